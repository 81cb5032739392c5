//! The public pages: what the server spends on one, and how much JavaScript it brings along.
//!
//! Public is what somebody without an account comes to by following links from the first page. They have agreed to
//! everything, so that nothing that may load is left out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use anyhow::{Context, ensure};
use e2e::server::Server;
use e2e::visitor::{Value, Visitor, plain_client};

use crate::figure::{Bar, Figure};

/// How often each page is asked for.
const REQUESTS: u32 = 100;
/// More pages than the site has, should it ever lead on and on.
const MOST: usize = 500;

pub fn measure() -> anyhow::Result<Vec<Figure>> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(site())
}

async fn site() -> anyhow::Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(folder.path(), &[("MINISTUDIO_WORKS", "false")])?;
    let mut visitor = Visitor::new(&server.url)?;
    visitor.open("/cookie-settings").await?;
    visitor.must_submit("/cookie-settings", &[("decision", Value::Text("accept"))]).await?;
    let (mut scripts, mut times, mut sizes) = (Scripts::new(&server.url), Vec::new(), Vec::new());
    for (path, html) in public(visitor.clone()).await? {
        times.push(cpu_ms(&server, &mut visitor, &path).await?);
        sizes.push(scripts.of(&html).await?);
    }
    server.stop()?;
    times.sort_by(f64::total_cmp);
    let largest = |bytes: fn(&Bytes) -> u64| sizes.iter().map(bytes).max().unwrap_or(0) as f64 / 1000.0;
    ensure!(times.len() > 5 && largest(|bytes| bytes.sent) > 0.0, "this is not the site");
    Ok(vec![
        Figure::new("public pages", times.len() as f64, "pages"),
        Figure::new("public pages: server time at the median", times[times.len() / 2], "CPU ms / request")
            .against(Bar::AtMost(5.0)),
        Figure::new("public pages: server time of the slowest", times[times.len() - 1], "CPU ms / request"),
        Figure::new("public pages: most JavaScript, as it is", largest(|bytes| bytes.plain), "kB")
            .against(Bar::AtMost(60.0)),
        Figure::new("public pages: most JavaScript, as sent (gzip)", largest(|bytes| bytes.sent), "kB")
            .against(Bar::AtMost(60.0)),
    ])
}

/// The public pages: path and HTML.
async fn public(mut visitor: Visitor) -> anyhow::Result<Vec<(String, String)>> {
    let mut known = BTreeSet::from(["/".to_owned()]);
    let mut waiting = VecDeque::from(["/".to_owned()]);
    let mut pages = Vec::new();
    while let Some(path) = waiting.pop_front() {
        visitor.open(&path).await?;
        let kind = visitor.answer_headers.get("content-type").and_then(|kind| kind.to_str().ok());
        // What is somewhere else, or no page, is not one of them.
        if !visitor.status.is_success()
            || visitor.path != path
            || kind.is_none_or(|kind| !kind.starts_with("text/html"))
        {
            continue;
        }
        for next in visitor.addresses() {
            // The outbox takes the place of the mail server on this machine.
            let is_page = !next.starts_with("/assets/") && !next.ends_with("/outbox");
            if is_page && known.insert(next.clone()) {
                waiting.push_back(next);
            }
        }
        pages.push((path, visitor.html.clone()));
        ensure!(known.len() < MOST, "the site leads on and on");
    }
    Ok(pages)
}

/// CPU of the server for one request of a page.
async fn cpu_ms(server: &Server, visitor: &mut Visitor, path: &str) -> anyhow::Result<f64> {
    visitor.open(path).await?;
    let before = server.cpu_seconds()?;
    for _ in 0..REQUESTS {
        visitor.open(path).await?;
        ensure!(visitor.status.is_success(), "{path} answers {}", visitor.status);
    }
    Ok((server.cpu_seconds()? - before) * 1e3 / f64::from(REQUESTS))
}

/// How large something is: as it stands in its file, and as a browser is sent it.
#[derive(Clone, Copy, Default)]
struct Bytes {
    plain: u64,
    sent: u64,
}

/// The scripts of the site that were looked at so far: size, and the scripts that each names.
struct Scripts<'a> {
    server: &'a str,
    known: BTreeMap<String, (Bytes, Vec<String>)>,
}

impl<'a> Scripts<'a> {
    fn new(server: &'a str) -> Self {
        Self { server, known: BTreeMap::new() }
    }

    /// All scripts that a page names, and those that they name, once each. What is loaded only when somebody reaches for
    /// something (the player's library, the preview's worker) has no literal name there and is not counted.
    async fn of(&mut self, html: &str) -> anyhow::Result<Bytes> {
        let heads = html.split("<script").skip(1).filter_map(|rest| rest.split('>').next());
        let mut waiting: Vec<String> =
            heads.filter_map(|head| quoted(head, " src=\"")).map(str::to_owned).collect();
        let (mut seen, mut sum) = (BTreeSet::new(), Bytes::default());
        while let Some(path) = waiting.pop() {
            if !seen.insert(path.clone()) {
                continue;
            }
            let (bytes, names) = match self.known.get(&path) {
                Some(known) => known.clone(),
                None => {
                    let found = self.look_at(&path).await?;
                    self.known.insert(path, found.clone());
                    found
                }
            };
            sum.plain += bytes.plain;
            sum.sent += bytes.sent;
            waiting.extend(names);
        }
        Ok(sum)
    }

    async fn look_at(&self, path: &str) -> anyhow::Result<(Bytes, Vec<String>)> {
        let client = plain_client()?;
        let address = format!("{}{path}", self.server);
        let plain = client.get(&address).send().await?;
        ensure!(plain.status().is_success(), "{path} answers {}", plain.status());
        let plain = plain.bytes().await?;
        let sent = client.get(&address).header("accept-encoding", "gzip").send().await?.bytes().await?;
        let text = std::str::from_utf8(&plain)?;
        let (folder, _) = path.rsplit_once('/').context("a path")?;
        let named = ["from \"./", "import(\"./", "import \"./"]
            .into_iter()
            .flat_map(|before| text.split(before).skip(1).filter_map(|rest| rest.split('"').next()));
        let named = named.map(|name| format!("{folder}/{name}")).collect();
        Ok((Bytes { plain: plain.len() as u64, sent: sent.len() as u64 }, named))
    }
}

/// What stands in quotes after this.
fn quoted<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split('"').next()
}
