//! What consent adds to a request: looking up the country, deciding, deriving what may be loaded; and what the
//! running server spends on asking, and on the pages that are rendered from the policy.

use std::hint::black_box;
use std::net::IpAddr;

use e2e::server::Server;
use e2e::visitor::{Value, Visitor};
use policy::consent::decide;
use policy::{Page, Policy, SwitchedOn, derive};

use crate::clock;
use crate::figure::{Bar, Figure};

const DECISIONS: u32 = 20_000;
const REQUESTS: u32 = 400;
/// What a request may take longer.
const BAR: Bar = Bar::AtMost(0.2);

pub fn measure() -> anyhow::Result<Vec<Figure>> {
    let mut figures = vec![decision()];
    figures.extend(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(pages())?);
    Ok(figures)
}

fn decision() -> Figure {
    let (policy, on) = (Policy::current(), SwitchedOn::none());
    let start = clock::process();
    for number in 0..DECISIONS {
        // Addresses from everywhere, so that no lookup is the one before.
        let address = IpAddr::from(number.wrapping_mul(2_654_435_761).to_be_bytes());
        let country = country::of_address(address);
        let decision = decide(policy, country, false, None, i64::from(number));
        black_box(derive::browser::loaded(policy, Page::Support, &on, decision.allowed).count());
        black_box(derive::csp::sources(policy, Page::Support, &on, decision.allowed));
    }
    let each_ms = (clock::process() - start) * 1e3 / f64::from(DECISIONS);
    Figure::new("consent: country, decision, what may load", each_ms, "CPU ms / request").against(BAR)
}

async fn pages() -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let settings = [
        ("MINISTUDIO_WORKS", "false"),
        ("MINISTUDIO_PROXIES", "127.0.0.1"),
        ("MINISTUDIO_COUNTRY_HEADER", "x-country"),
    ];
    let server = Server::start(folder.path(), &settings)?;
    let asked = Visitor::new(&server.url)?.in_country("DE")?;
    let mut decided = Visitor::new(&server.url)?.in_country("DE")?;
    decided.open("/cookie-settings").await?;
    decided.must_submit("/cookie-settings", &[("decision", Value::Text("refuse"))]).await?;
    let with_banner = cpu_ms(&server, asked, "/terms").await?;
    let without = cpu_ms(&server, decided.clone(), "/terms").await?;
    let privacy = cpu_ms(&server, decided, "/privacy").await?;
    server.stop()?;
    let unit = "CPU ms / request";
    Ok(vec![
        Figure::new("consent: asking on a page", with_banner - without, unit).against(BAR),
        Figure::new("consent: the privacy page beside a plain one", privacy - without, unit).against(BAR),
        Figure::new("consent: a plain page, whole", without, unit),
    ])
}

/// CPU of the server for one request of a page.
async fn cpu_ms(server: &Server, mut visitor: Visitor, path: &str) -> anyhow::Result<f64> {
    for _ in 0..REQUESTS / 10 {
        visitor.open(path).await?;
    }
    let before = server.cpu_seconds()?;
    for _ in 0..REQUESTS {
        visitor.open(path).await?;
        anyhow::ensure!(visitor.status.is_success(), "{path} answers {}", visitor.status);
    }
    Ok((server.cpu_seconds()? - before) * 1e3 / f64::from(REQUESTS))
}
