//! Every address of the site map in a real browser, in each kind of country and after each decision: what the
//! browser then holds and what it asked for is compared with the policy's table, both ways. The table of what was
//! found is printed. Before that each is opened without a browser: what every page has, and which have the messenger.
//!
//! Each address is asked for every time. Those that are pages are opened, a part of them at a time: every page
//! after every decision and in every kind of country, but not in each pair of the two; `MINISTUDIO_SOAK_SWEEP` opens all
//! of them (`cargo xtask soak`).

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use anyhow::{Context, ensure};
use e2e::browser::{Browser, Setup};
use e2e::server::Server;
use e2e::site::Site;
use e2e::visitor::{Value, Visitor, film_is_whole, order_tiny, plain_client, sign_up};
use e2e::{drawn_child, in_ten_months, messenger, tiny_film};
use policy::consent::Choice;
use policy::{Policy, Store, derive};
use serde_json::json;
use web::{Audience, Entry};

const COUNTRIES: [(&str, &str); 3] = [("regulated", "DE"), ("other", "US"), ("unknown", "ZZ")];
const STATES: [&str; 5] = ["undecided", "accepted", "refused", "withdrawn", "signal"];

/// Addresses that are not in the map, and those behind which there is nothing for anybody, or not for everybody: pages of
/// errors, and a page in another language. The film is nobody's, which is answered as one that is somebody else's.
const BESIDE: [&str; 6] = [
    "/nowhere",
    "/desk",
    "/films/nothing",
    "/minitube/00000000000000000000000000",
    "/operator/sign-in/nonsense",
    "/de/films",
];

/// Pages in another language that are opened without a browser besides.
const TRANSLATED: [&str; 2] = ["/de/about", "/de/films/tiny"];

/// The steps on the way to a film; where it takes no second hero, theirs lead back to the first one's.
const CREATE_STEPS: [&str; 9] =
    ["photo", "face", "child", "second", "second/photo", "second/face", "second/child", "stills", "till"];

const WITH_A_FILE: &str = "From: parent@example.org
Message-ID: <1@example.org>
Subject: The ticket
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=\"part\"

--part
Content-Type: text/plain

Here it is.
--part
Content-Type: application/pdf
Content-Disposition: attachment; filename=\"ticket.pdf\"
Content-Transfer-Encoding: base64

JVBERi0xLjcK
--part--
";

/// Little to paint: what a page looks like is not the question here.
const SMALL: Setup = Setup { size: (390, 320), scripts: true };

/// Somebody at the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Person {
    Nobody,
    Parent,
    Leaver,
    Operator,
}

impl Person {
    /// Which addresses they are sent to: a guest and a parent to everybody's, and to what is not for them.
    fn visits(self, entry: &Entry) -> bool {
        match entry.audience {
            Audience::Leaving => self == Self::Leaver,
            // Such a link makes an operator of whoever uses it first. This one was used.
            _ if entry.path.starts_with("/operator/") => self == Self::Operator,
            Audience::Desk(_) | Audience::ThisMachine => matches!(self, Self::Operator | Self::Nobody),
            Audience::Anyone
            | Audience::Customer
            | Audience::CustomerMedia
            | Audience::Owner
            | Audience::MailServer
            | Audience::Monitor
            | Audience::Processor => {
                matches!(self, Self::Nobody | Self::Parent)
            }
        }
    }

    /// A page that is shown to them, while others are sent on.
    fn home(self) -> &'static str {
        match self {
            Self::Nobody => "/sign-in",
            Self::Parent => "/account",
            Self::Leaver => "/account/stay",
            Self::Operator => "/desk",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Nobody => "signed out",
            Self::Parent => "signed in",
            Self::Leaver => "leaving",
            Self::Operator => "operator",
        }
    }
}

/// A site where there is something behind every address.
struct World {
    site: Site,
    sessions: BTreeMap<Person, String>,
    /// An address that really leads somewhere, for each of the map.
    addresses: BTreeMap<&'static str, String>,
}

impl World {
    async fn new() -> anyhow::Result<Self> {
        let site = Site::start_working(&[
            ("MINISTUDIO_FILMS", &tiny_film()),
            ("MINISTUDIO_INBOUND_SECRET_VARIABLE", "MAIL_SECRET"),
            ("MAIL_SECRET", "a secret of the mail server"),
        ])?;
        let mut seen = vec![
            "/films/tiny".to_owned(),
            "/films/tiny/preview/1".to_owned(),
            "/create/tiny".to_owned(),
            "/create/tiny/till/wait".to_owned(),
            "/messenger?page=/about".to_owned(),
            "/messenger/events?page=/about".to_owned(),
        ];
        let mut sessions = BTreeMap::new();
        let mut look = async |visitor: &mut Visitor, path: &str| -> anyhow::Result<()> {
            visitor.open(path).await?;
            ensure!(visitor.status.is_success(), "{path} answers {}", visitor.status);
            seen.extend(visitor.addresses());
            Ok(())
        };

        // Somebody who has not opened the mail yet, and somebody who goes.
        let mut stranger = site.visitor("DE")?;
        ask_for_mail(&mut stranger, "/sign-up", "stranger@example.org").await?;
        newest_mail(&mut stranger, &mut look).await?;
        let mut leaver = site.visitor("DE")?;
        sign_up(&mut leaver, "leaver@example.org").await?;
        leaver.open("/account/delete").await?;
        leaver.must_submit("/account/delete", &[]).await?;
        ask_for_mail(&mut leaver, "/sign-in", "leaver@example.org").await?;
        newest_mail(&mut leaver, &mut async |_, _| Ok(())).await?;
        let link = leaver.link("/sign-in/link/")?;
        leaver.open(&link).await?;
        ensure!(leaver.path == "/account/stay", "{}", leaver.path);
        sessions.insert(Person::Leaver, leaver.session()?);

        // A parent with a film, a second one half ordered, news asked for, and a copy of everything.
        let mut parent = site.visitor("DE")?;
        sign_up(&mut parent, "parent@example.org").await?;
        order_tiny(&mut parent, "Mia", &drawn_child(1), &[]).await?;
        let film = parent.path.clone();
        film_is_whole(&mut parent).await?;
        parent.open("/account").await?;
        parent.must_submit("/account/marketing", &[("marketing", Value::Text("marketing-1"))]).await?;
        newest_mail(&mut parent, &mut look).await?;
        parent.open("/account/address").await?;
        parent.must_submit("/account/address", &[("email", Value::Text("new@example.org"))]).await?;
        newest_mail(&mut parent, &mut look).await?;
        parent.open("/account/export").await?;
        parent.must_submit("/account/export", &[]).await?;
        let export = parent.path.clone();
        parent.open("/create/tiny").await?;
        let fields = [("guardian", Value::Text("guardian-1")), ("photo", Value::File(&drawn_child(2)))];
        parent.must_submit("/photo", &fields).await?;
        parent.open("/create/tiny/child").await?;
        let fields = [("name", Value::Text("Noah")), ("option-age", Value::Text("5"))];
        parent.must_submit("/child", &fields).await?;
        for path in ["/create/tiny/stills", "/library", "/account", "/films", "/films/tiny", &film] {
            look(&mut parent, path).await?;
        }
        parent.say("/minitube", "Hello").await?;
        parent.open("/contact").await?;
        let message = [
            ("email", Value::Text("parent@example.org")),
            ("kind", Value::Text("question")),
            ("message", Value::Text("Is it paper?")),
        ];
        parent.must_submit("/contact", &message).await?;
        sessions.insert(Person::Parent, parent.session()?);
        let release = format!("{film}/release");
        parent.open(&release).await?;
        let signed = [
            ("place-site", Value::Text("on")),
            ("until", Value::Text(&in_ten_months())),
            ("name", Value::Text("Anna Example")),
            ("wording", Value::Text("promotion-1")),
        ];
        parent.must_submit(&release, &signed).await?;

        let share = format!("{film}/share");
        parent.open(&share).await?;
        parent.must_submit(&share, &[]).await?;
        let shared = parent.link("/watch/")?.trim_start_matches(&site.server.url).to_owned();
        look(&mut parent, &shared).await?;

        // A pass to give away, and the mail that brings it.
        parent.open("/gift").await?;
        parent.must_submit("/gift", &[("giver", Value::Text("Anna"))]).await?;
        parent.press("/till", "outcome").await?;
        let gift = parent.path.clone();
        look(&mut parent, &gift).await?;
        let mail = [
            ("todo", Value::Text("mail")),
            ("email", Value::Text("grandma@example.org")),
            ("wording", Value::Text("gift-1")),
        ];
        parent.must_submit(&gift, &mail).await?;
        newest_mail(&mut parent, &mut look).await?;

        let mut operator = site.operator().await?;
        for path in ["/desk", "/desk/enquiries", "/desk/conversations", "/outbox", "/privacy"] {
            look(&mut operator, path).await?;
        }
        look(&mut operator, "/desk/orders").await?;
        let order = operator.link("/desk/orders/")?;
        look(&mut operator, &order).await?;
        operator.open("/desk/enquiries").await?;
        let case = operator.link("/desk/enquiries/")?;
        operator.open(&case).await?;
        operator.must_submit(&case, &[("todo", Value::Text("ask-whose"))]).await?;
        newest_mail(&mut operator, &mut look).await?;
        operator.open("/desk/campaigns").await?;
        let news = [("subject-en", Value::Text("News")), ("text-en", Value::Text("A new film."))];
        operator.must_submit("/desk/campaigns", &news).await?;
        let campaign = operator.path.split('?').next().unwrap_or_default().to_owned();
        operator.open("/desk/releases").await?;
        operator.press("/desk/releases", "show").await?;
        look(&mut parent, "/films/tiny").await?;
        // Somebody of the staff, who has a reason to look.
        let mut support = site.visitor("DE")?;
        sign_up(&mut support, "support@example.org").await?;
        operator.open("/desk/staff").await?;
        let role = [("email", Value::Text("support@example.org")), ("role", Value::Text("support"))];
        operator.must_submit("/desk/staff", &role).await?;
        support.open("/desk/looks").await?;
        let asked = [
            ("email", Value::Text("parent@example.org")),
            ("reason", Value::Text("The parent asked why the hat is cut off.")),
        ];
        support.must_submit("/desk/looks", &asked).await?;
        operator.open("/desk/looks").await?;
        operator.must_submit("/approve", &[]).await?;
        look(&mut support, "/desk/looks").await?;
        let open = support.link("/desk/looks/")?;
        look(&mut support, &open).await?;
        // A mail with a file, which somebody releases.
        let case = hand_in(&site, WITH_A_FILE).await?;
        operator.open(&case).await?;
        operator.press("/attachments/", "todo").await?;
        look(&mut operator, &case).await?;
        operator.link("/attachments/")?;
        sessions.insert(Person::Operator, operator.session()?);

        // Otherwise it would go on drawing the films of the catalogue beside the browsers.
        let site = site.idle()?;
        let version = Policy::current().effective;
        seen.extend(CREATE_STEPS.map(|step| format!("/create/tiny/{step}")));
        seen.extend([
            // Nobody is lent anything: no streaming service is connected.
            "/lent/nothing/film.mp4".to_owned(),
            // Mails in which nothing tells what is done with them, and the look of one, which is no page of the site.
            "/mail/nothing/seen.gif".to_owned(),
            "/mail/nothing/go".to_owned(),
            "/desk/campaigns/nothing/preview/en".to_owned(),
            export,
            campaign,
            format!("{film}/progress"),
            format!("{film}/name"),
            release,
            share,
            shared,
            format!("{film}/delete"),
            format!("{gift}/till"),
            format!("{gift}/card"),
            gift,
            format!("/privacy/{version}"),
            format!("/privacy/{version}/changes"),
            site.server.operator.trim_start_matches(&site.server.url).to_owned(),
        ]);
        let (mut addresses, mut unknown) = (BTreeMap::new(), Vec::new());
        for entry in web::map().into_iter().filter(|entry| entry.reads) {
            let found = seen.iter().find(|path| leads_to(path) == Some(entry.path)).cloned();
            match found.or_else(|| (!entry.path.contains('{')).then(|| entry.path.to_owned())) {
                Some(found) => drop(addresses.insert(entry.path, found)),
                None => unknown.push(entry.path),
            }
        }
        ensure!(unknown.is_empty(), "the sweep has to learn an address for {unknown:?}");
        Ok(Self { site, sessions, addresses })
    }
}

/// The address of the map that a path belongs to: of those that fit, the one that says most.
fn leads_to(path: &str) -> Option<&'static str> {
    let parts: Vec<&str> = path.split('?').next()?.split('/').collect();
    let fits = |template: &&'static str| {
        let wanted: Vec<&str> = template.split('/').collect();
        let rest = wanted.last().is_some_and(|last| last.starts_with("{*"));
        (wanted.len() == parts.len() || (rest && wanted.len() < parts.len()))
            && wanted.iter().zip(&parts).all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
    };
    web::map()
        .into_iter()
        .map(|entry| entry.path)
        .filter(|template| fits(template))
        .min_by_key(|template| template.matches('{').count())
}

async fn ask_for_mail(visitor: &mut Visitor, door: &str, email: &str) -> anyhow::Result<()> {
    visitor.open(door).await?;
    let mut fields = vec![("email", Value::Text(email))];
    if door == "/sign-up" {
        fields.push(("adult", Value::Text("adult-1")));
    }
    visitor.must_submit(door, &fields).await
}

/// Hands in a mail as a mail server does; the address of the case that it becomes.
async fn hand_in(site: &Site, mail: &str) -> anyhow::Result<String> {
    let request = plain_client()?.post(format!("{}/inbound/mail", site.server.url));
    let request = request.header("Authorization", "Bearer a secret of the mail server");
    let told = request.body(mail.replace('\n', "\r\n")).send().await?.text().await?;
    let told: serde_json::Value = serde_json::from_str(&told)?;
    Ok(format!("/desk/enquiries/{}", told["case"].as_str().with_context(|| told.to_string())?))
}

async fn newest_mail(
    visitor: &mut Visitor,
    look: &mut impl AsyncFnMut(&mut Visitor, &str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    visitor.open("/outbox").await?;
    let mail = visitor.link("/outbox/")?;
    look(visitor, &mail).await?;
    visitor.open(&mail).await
}

/// What may be loaded in a state, as the policy means it.
fn expected(country: &str, state: &str) -> Choice {
    match (country, state) {
        (_, "accepted") | ("other", "undecided") => Choice::ALL,
        _ => Choice::NONE,
    }
}

/// What the browser holds and what the page fetched.
struct Held {
    names: BTreeSet<(String, String)>,
    /// In how many seconds a cookie ends; one that ends with the browser is not here.
    ends: BTreeMap<String, f64>,
    fetched: Vec<String>,
    tools: String,
}

async fn held(browser: &Browser) -> anyhow::Result<Held> {
    let cookies = browser.devtools("Network.getAllCookies", json!({})).await?;
    let mut names = BTreeSet::new();
    let now_s: f64 = browser.page.execute("return Date.now() / 1000", vec![]).await?.convert()?;
    let mut ends = BTreeMap::new();
    for cookie in cookies["cookies"].as_array().context("no list")? {
        let name = cookie["name"].as_str().unwrap_or("").to_owned();
        if let Some(at_s) = cookie["expires"].as_f64().filter(|at_s| *at_s > 0.0) {
            ends.insert(name.clone(), at_s - now_s);
        }
        names.insert(("cookie".to_owned(), name));
    }
    let script =
        "return JSON.stringify({local: Object.keys(localStorage), session: Object.keys(sessionStorage),
        fetched: performance.getEntriesByType('resource').map(one => one.name),
        tools: document.querySelector('meta[name=\"ms-optional\"]')?.content ?? 'none'})";
    let found: String = browser.page.execute(script, vec![]).await?.convert()?;
    let found: serde_json::Value = serde_json::from_str(&found)?;
    let list = |key: &str| -> Vec<String> {
        found[key].as_array().into_iter().flatten().filter_map(|one| Some(one.as_str()?.to_owned())).collect()
    };
    names.extend(list("local").into_iter().map(|name| ("local-storage".to_owned(), name)));
    names.extend(list("session").into_iter().map(|name| ("session-storage".to_owned(), name)));
    Ok(Held {
        names,
        ends,
        fetched: list("fetched"),
        tools: found["tools"].as_str().unwrap_or("none").to_owned(),
    })
}

fn store(word: &str) -> Store {
    match word {
        "local-storage" => Store::LocalStorage,
        "session-storage" => Store::SessionStorage,
        _ => Store::Cookie,
    }
}

async fn decide(browser: &Browser, server: &Server, decision: &str) -> anyhow::Result<()> {
    browser.page.goto(format!("{}/cookie-settings", server.url)).await?;
    browser.click(&format!("button[value='{decision}']")).await?;
    browser.arrives("/cookie-settings?done=").await
}

/// What was found in one part of the sweep: names that a browser held, and a line for each country and state.
#[derive(Default)]
struct Found {
    seen: BTreeSet<String>,
    table: BTreeMap<String, BTreeSet<String>>,
    asked: BTreeSet<&'static str>,
}

/// Asks every address at once as a script of the page would, and says which of them are pages of their own.
async fn ask_all(browser: &Browser, addresses: &[&str]) -> anyhow::Result<BTreeSet<String>> {
    let script = "const done = arguments[arguments.length - 1];
        Promise.all(arguments[0].map(async path => {
            const stop = new AbortController();
            const answer = await fetch(path, {signal: stop.signal});
            const page = !answer.redirected && (answer.headers.get('content-type') ?? '').startsWith('text/html');
            stop.abort();
            return page ? [path] : [];
        })).then(found => done(found.flat()), error => done(['failed: ' + error]))";
    let pages: BTreeSet<String> =
        browser.page.execute_async(script, vec![json!(addresses)]).await?.convert()?;
    ensure!(pages.iter().all(|page| page.starts_with('/')), "{pages:?}");
    Ok(pages)
}

/// Every address that a person may ask for, in every kind of country and after every decision, with a browser of
/// its own.
async fn sweep(world: &World, person: Person) -> anyhow::Result<Found> {
    let server = &world.site.server;
    let policy = Policy::current();
    let mut all = Found::default();
    let entries: Vec<Entry> = web::map();
    let entries = entries.iter().filter(|entry| entry.reads && person.visits(entry));
    all.asked = entries.map(|entry| entry.path).collect();
    let addresses: Vec<&str> =
        all.asked.iter().map(|path| world.addresses[path].as_str()).chain(BESIDE).collect();
    let browser = Browser::open(SMALL).await?;
    if person == Person::Parent {
        // What a browser is given on the way in.
        browser.sign_up(&server.url, "new@example.org").await?;
        all.seen.extend(held(&browser).await?.names.into_iter().map(|(_, name)| name));
    }
    let every_pair = std::env::var_os("MINISTUDIO_SOAK_SWEEP").is_some();
    for (place, (country, code)) in COUNTRIES.into_iter().enumerate() {
        for (turn, state) in STATES.into_iter().enumerate() {
            browser.page.goto(format!("{}/healthz", server.url)).await?;
            browser.page.execute("localStorage.clear(); sessionStorage.clear()", vec![]).await?;
            browser.devtools("Network.enable", json!({})).await?;
            browser.devtools("Network.clearBrowserCookies", json!({})).await?;
            let gpc = if state == "signal" {
                json!({"x-country": code, "Sec-GPC": "1"})
            } else {
                json!({"x-country": code})
            };
            browser.devtools("Network.setExtraHTTPHeaders", json!({"headers": gpc})).await?;
            if let Some(session) = world.sessions.get(&person) {
                let cookie =
                    json!({"name": "ms-session", "value": session, "url": server.url, "httpOnly": true});
                browser.devtools("Network.setCookie", cookie).await?;
            }
            match state {
                "accepted" => decide(&browser, server, "accept").await?,
                "refused" => decide(&browser, server, "refuse").await?,
                "withdrawn" => {
                    decide(&browser, server, "accept").await?;
                    // Something that an optional tool had left behind.
                    browser.page.execute("document.cookie = '_ga=GA1.1.1; path=/'; localStorage.setItem('intercom-id-x', '1'); localStorage.setItem('mp_x_mixpanel', '1')", vec![]).await?;
                    if person != Person::Operator {
                        browser.page.goto(format!("{}/contact", server.url)).await?;
                        messenger::open(&browser).await?;
                        messenger::write(&browser, "Hello").await?;
                    }
                    decide(&browser, server, "withdraw").await?;
                }
                _ => browser.page.goto(format!("{}/about", server.url)).await?,
            }
            let allowed = expected(country, state);
            let pages = ask_all(&browser, &addresses).await?;
            ensure!(pages.contains("/nowhere"), "{pages:?}");
            let opened = addresses.iter().filter(|path| pages.contains(**path)).enumerate();
            let opened =
                opened.filter(|(page, _)| every_pair || (page + place + turn) % COUNTRIES.len() == 0);
            for (_, path) in opened {
                let place = format!("{path} ({country}, {state}, {})", person.word());
                browser.page.goto(format!("{}{path}", server.url)).await?;
                // Whoever writes to us: in Minitube also with everything refused, and then nothing is kept.
                if ["/contact", "/minitube"].contains(path) && (allowed.support || *path == "/minitube") {
                    messenger::open(&browser).await?;
                    messenger::write(&browser, "Hello").await?;
                }
                let held = held(&browser).await?;
                for (kind, name) in &held.names {
                    let known = policy.stored(store(kind), name);
                    let known =
                        known.with_context(|| format!("{place}: {kind} {name} is not in the policy"))?;
                    ensure!(
                        derive::browser::may_stay(known.class, allowed),
                        "{place}: {kind} {name} may not be there"
                    );
                    if let Some(seconds) = held.ends.get(name) {
                        let allowed_s = known.period.seconds().unwrap_or_default() as f64;
                        ensure!(*seconds <= allowed_s, "{place}: {name} lives for {seconds} s");
                    }
                    all.seen.insert(known.name.clone());
                }
                for address in &held.fetched {
                    ensure!(
                        address.starts_with(&server.url) || address.starts_with("blob:"),
                        "{place} asked {address}"
                    );
                }
                let loads = held.fetched.iter().any(|address| address.ends_with("js/optional.js"));
                ensure!(held.tools.contains("usage") == allowed.analytics, "{place}: {}", held.tools);
                ensure!(loads != held.tools.is_empty(), "{place}: the loader");
                let names = held.names.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(" ");
                all.table
                    .entry(format!("{country:9} {state:9} {:10}", person.word()))
                    .or_default()
                    .insert(format!("[{}] {names}", held.tools));
            }
        }
    }
    if person == Person::Nobody {
        // Somebody who says that they are under age.
        browser.devtools("Network.clearBrowserCookies", json!({})).await?;
        browser.page.goto(format!("{}/sign-up", server.url)).await?;
        browser.fill("#email", "kid@example.org").await?;
        browser.click("#minor").await?;
        browser.click("form[action='/sign-up'] button").await?;
        // The form has a lead, too: what is waited for is the page that comes instead of it.
        browser.find("main:not(:has(form[action='/sign-up'])) p.lead").await?;
        all.seen.extend(held(&browser).await?.names.into_iter().map(|(_, name)| name));
    }
    browser.close().await?;
    Ok(all)
}

/// Opens every address that a person may ask for, after they have agreed to all that is optional and after they have
/// refused it. Each page has the way to its cookie settings, and the one click as long as something is to be withdrawn;
/// the messenger is on the approved ones alone. How many pages that were.
async fn every_page(world: &World, person: Person) -> anyhow::Result<usize> {
    let map = web::map();
    let entries = map.iter().filter(|entry| entry.reads && person.visits(entry));
    let addresses: Vec<&str> =
        entries.map(|entry| world.addresses[entry.path].as_str()).chain(BESIDE).chain(TRANSLATED).collect();
    let mut pages = 0;
    for (allowed, country) in [(true, "DE"), (false, "US")] {
        let mut visitor = world.site.visitor(country)?;
        if let Some(session) = world.sessions.get(&person) {
            visitor = visitor.in_session(session)?;
        }
        visitor.open("/cookie-settings").await?;
        let decision = Value::Text(if allowed { "accept" } else { "refuse" });
        visitor.must_submit("/cookie-settings", &[("decision", decision)]).await?;
        // Whoever was not signed in would find pages to sign in alone, and nothing amiss with them.
        visitor.open(person.home()).await?;
        let (path, status) = (&visitor.path, visitor.status);
        ensure!(path == person.home() && status.is_success(), "{}: {status} at {path}", person.word());
        let mut met = BTreeSet::new();
        for address in &addresses {
            if !visitor.open_page(address).await? {
                continue;
            }
            pages += 1;
            let path = visitor.path.split('?').next().unwrap_or_default();
            let place = format!("{address} at {path} ({}, allowed: {allowed})", person.word());
            let (language, own) = match path.strip_prefix("/de/") {
                Some(rest) => ("/de", format!("/{rest}")),
                None => ("", path.to_owned()),
            };
            let settings = format!("href=\"{language}/cookie-settings\"");
            ensure!(visitor.html.contains(&settings), "{place} has no Cookie Settings");
            let withdraws = visitor.html.contains("name=\"decision\" value=\"withdraw\"");
            ensure!(withdraws == allowed || own == "/cookie-settings", "{place}, one click: {withdraws}");
            let approved = match leads_to(&own) {
                Some("/contact" | "/about" | "/films/{slug}") => allowed,
                Some("/minitube" | "/minitube/{film}") => person == Person::Parent,
                _ => false,
            };
            let approved = approved && visitor.status != 404;
            let has = visitor.html.contains("id=\"messenger\"");
            ensure!(has == approved, "{place}, the messenger: {has}");
            met.extend(leads_to(&own).filter(|_| has));
            let told = visitor.html.split("name=\"ms-optional\" content=\"").nth(1);
            let told =
                told.and_then(|rest| rest.split('"').next()).with_context(|| format!("{place}: no tools"))?;
            ensure!(told.contains("messenger") == has, "{place} may load {told}");
        }
        for page in ["/minitube", "/minitube/{film}"] {
            ensure!(met.contains(page) == (person == Person::Parent), "{} met it at {met:?}", person.word());
        }
    }
    Ok(pages)
}

#[tokio::test]
async fn proves_s9_4_s9_6_s9_8_s6_1_s5_7_what_pages_have_and_a_browser_holds_is_what_the_policy_says()
-> anyhow::Result<()> {
    let world = World::new().await?;
    for person in [Person::Nobody, Person::Parent, Person::Leaver, Person::Operator] {
        let pages = every_page(&world, person).await?;
        ensure!(pages > 2 * (BESIDE.len() + TRANSLATED.len()), "{} found {pages} pages", person.word());
    }
    let in_two = async {
        let operator = sweep(&world, Person::Operator).await?;
        let leaver = sweep(&world, Person::Leaver).await?;
        Ok([operator, leaver])
    };
    let (out, within, more) =
        futures::try_join!(sweep(&world, Person::Nobody), sweep(&world, Person::Parent), in_two)?;
    let (mut seen, mut table, mut asked) = (BTreeSet::new(), BTreeMap::new(), BTreeSet::new());
    for part in [out, within].into_iter().chain(more) {
        seen.extend(part.seen);
        table.extend(part.table);
        asked.extend(part.asked);
    }
    let readable: BTreeSet<&str> =
        web::map().into_iter().filter(|entry| entry.reads).map(|entry| entry.path).collect();
    ensure!(asked == readable, "nobody asked for {:?}", readable.difference(&asked).collect::<Vec<_>>());
    let policy = Policy::current();
    // Written past the test runner, which keeps the words of a test that passes to itself.
    let mut words = std::io::stderr().lock();
    for (row, found) in &table {
        writeln!(words, "{row}  {}", found.iter().cloned().collect::<Vec<_>>().join(" | "))?;
    }
    drop(words);
    // The other way round: every cookie of ours in the table is one that a browser was really given.
    for cookie in policy.cookies.iter().filter(|cookie| cookie.processor.is_none()) {
        ensure!(seen.contains(&cookie.name), "{} stands in the table and was never set", cookie.name);
    }
    Ok(())
}
