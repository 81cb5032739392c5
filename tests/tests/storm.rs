//! Every processor fails a good part of its calls, in every way there is, and the server is killed in the midst of it:
//! each order that was paid is made or given back, nothing is paid twice, and nothing is left outside that nobody knows
//! of. In the end everybody leaves, and with them everything that any processor had, each with its receipt.
//!
//! Parents order film after film and pay on the till's own page, whose webhook comes once, twice or never. What fails
//! for a parent they try again. The clock is moved forward so that no back-off is waited for, the processors' with it.
//! `MINISTUDIO_SOAK_STORM` says how many orders (`cargo xtask soak`); a few each day. `MINISTUDIO_SOAK_SEED` makes
//! another weather.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use e2e::moments::Moments;
use e2e::server::Server;
use e2e::site::files;
use e2e::visitor::{Value, Visitor};
use e2e::{drawn_child, tiny_film};
use emulators::all::All;
use emulators::fal::Stand;
use serde_json::Value as Json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row, SqliteConnection};

/// Orders without being told.
const ORDERS: u32 = 6;
/// Where the weather begins without being told.
const SEED: u64 = 20_261_127;
/// Of a hundred calls so many fail.
const PERCENT: u64 = 30;
/// Parents at once.
const VISITORS: usize = 2;
/// Films of one parent, before another comes: nobody may send photos without end.
const ORDERS_EACH: usize = 10;
/// Of so many orders one loses its photo before it is paid.
const LOSES_PHOTO: u32 = 5;
/// How often the server is killed.
const KILLS: u32 = 2;
/// A kill comes at most so long after the payment that called for it.
const LONGEST_LIFE_MS: u64 = 1_500;
/// What a parent tries in vain so often is no bad luck.
const TRIES: u32 = 200;
/// How often something that is waited for is looked at.
const POLL: Duration = Duration::from_millis(250);
/// As long as something is waited for, the clock is moved forward so often.
const PASS_EVERY: Duration = Duration::from_secs(3);
/// After everybody has paid, and after everybody has left, the storm goes on for so long.
const STORM_GOES_ON: Duration = Duration::from_secs(20);
/// Time for everything that does not grow with the orders.
const PATIENCE_S: u64 = 600;
/// Time for an order.
const PATIENCE_EACH_S: u64 = 40;
/// Until the till is asked for what it did not tell.
const FORGOTTEN_S: i64 = 31;
/// Until what failed is tried again.
const BACK_OFF_S: i64 = 120;
/// Until what is not needed is swept, or a deletion is asked after.
const HALF_HOUR_S: i64 = 1_800;
/// The days of grace, and one.
const GRACE_S: i64 = 31 * 24 * 3_600;
/// Lines of the server's log that are shown when something went wrong.
const LOG_LINES: usize = 80;
/// The till's webhooks.
const HOOK: &str = "/webhooks/stripe";

/// What is not over yet, in words and as rows.
const UNDER_WAY: [(&str, &str); 9] = [
    (
        "orders are neither made nor given back",
        "orders where state in ('paid', 'making', 'failed') or paying_at_ms is not null",
    ),
    ("checkouts are open", "checkouts where state in ('opening', 'open', 'processing', 'paid', 'returning')"),
    ("films are being made", "films where state = 'making'"),
    (
        "films have no copy outside",
        "films where state = 'ready' and (select count(*) from film_copies where film_id = films.id) < 2",
    ),
    ("copies are on their way", "film_copies where next_at_ms is not null"),
    ("generated shots are not over", "generated_shots"),
    ("strays of the painter are not over", "generated_strays"),
    ("webhooks are not worked off", "webhooks where done_at_ms is null"),
    ("deletions are not done", "handles where going_at_ms is not null"),
];

/// The server, started again whenever it was killed.
struct Victim {
    data: PathBuf,
    listen: String,
    settings: Vec<(&'static str, String)>,
    server: Option<Server>,
}

impl Victim {
    fn start(&mut self) -> anyhow::Result<()> {
        let settings: Vec<(&str, &str)> =
            self.settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.server = Some(Server::start_at(&self.data, &self.listen, &settings)?);
        Ok(())
    }

    fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill();
        }
    }

    /// What it said last, for whoever has to find out what went wrong.
    fn shows_its_log(&self) {
        let Some(server) = &self.server else { return };
        let printed = server.printed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let lines: Vec<&str> = printed.lines().collect();
        println!("{}", lines[lines.len().saturating_sub(LOG_LINES)..].join("\n"));
    }
}

/// Somebody who orders.
struct Parent {
    visitor: Visitor,
    /// What the till knows them by, where it does.
    customer: Option<String>,
}

/// Where an order is paid.
struct AtTill {
    order: String,
    /// The till's own page, by its id.
    page: String,
}

/// The weather, and everything that stands in it.
struct Storm {
    all: Arc<All>,
    site: String,
    data: PathBuf,
    shift: PathBuf,
    ahead_s: AtomicI64,
    seed: u64,
    ends: Instant,
    /// Payments that parents made.
    paid: AtomicU32,
    /// Orders whose photo was deleted before they were paid.
    photos_lost: AtomicU32,
    /// Deliveries of the till's webhooks that were taken.
    heard: AtomicU32,
    last: Mutex<Option<Json>>,
}

impl Storm {
    fn begins(&self, turn: u32) {
        self.all.storm(PERCENT, self.seed + 100 * u64::from(turn));
    }

    fn is_over(&self) {
        self.all.storm(0, self.seed);
    }

    fn in_time(&self, what: &str) -> anyhow::Result<()> {
        ensure!(Instant::now() < self.ends, "it takes too long: {what}");
        Ok(())
    }

    /// Moves the clock forward: the processors' first, so that nothing is ever ahead of them.
    fn pass(&self, seconds: i64) -> anyhow::Result<()> {
        let ahead_s = self.ahead_s.fetch_add(seconds, Ordering::Relaxed) + seconds;
        self.all.set_ahead(ahead_s);
        // The file is read all the time: half written it would be another moment.
        let new = self.shift.with_extension("new");
        std::fs::write(&new, ahead_s.to_string())?;
        Ok(std::fs::rename(&new, &self.shift)?)
    }

    fn now_s(&self) -> i64 {
        machine_now_s() + self.ahead_s.load(Ordering::Relaxed)
    }

    async fn rows(&self, query: &str) -> anyhow::Result<Vec<SqliteRow>> {
        let file = self.data.join("studio.sqlite");
        let mut db = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await?;
        let rows = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_all(&mut db).await;
        rows.with_context(|| query.to_owned())
    }

    async fn count(&self, what: &str) -> anyhow::Result<i64> {
        Ok(self.rows(&format!("select count(*) from {what}")).await?[0].get(0))
    }

    /// The first column of some rows, each value once.
    async fn texts(&self, query: &str) -> anyhow::Result<BTreeSet<String>> {
        Ok(self.rows(query).await?.iter().map(|row| row.get(0)).collect())
    }

    /// How many rows each processor has.
    async fn by_processor(&self, from: &str) -> anyhow::Result<BTreeMap<String, i64>> {
        let rows = self.rows(&format!("select processor, count(*) from {from} group by processor")).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// Somebody who agreed to everything, with an account; every second one is a customer at the till.
    async fn joins(&self, number: usize) -> anyhow::Result<Parent> {
        let email = format!("parent{number}@example.org");
        let mut visitor = Visitor::new(&self.site)?.in_country("DE")?;
        // One machine may not try that often.
        visitor.headers.insert("x-forwarded-for", format!("198.18.0.{}", 1 + number % 250).parse()?);
        visitor.open("/").await?;
        visitor.must_submit("/cookie-settings", &[("decision", Value::Text("accept"))]).await?;
        visitor.open("/sign-up").await?;
        let fields = [
            ("email", Value::Text(email.as_str())),
            ("adult", Value::Text("adult-1")),
            ("marketing", Value::Text("marketing-1")),
        ];
        visitor.must_submit("/sign-up", &fields).await?;
        // The outbox page is for this machine alone, and the parent comes from elsewhere.
        let mut letter_box = Visitor::new(&self.site)?;
        letter_box.open("/outbox").await?;
        letter_box.open(&letter_box.link("/outbox/")?).await?;
        visitor.open(&letter_box.link("/sign-in/link/")?).await?;
        ensure!(
            visitor.session().is_ok(),
            "{email} is not signed in: {} at {}",
            visitor.status,
            visitor.path
        );
        let customer = number.is_multiple_of(2).then(|| self.all.stripe.customer(&email));
        Ok(Parent { visitor, customer })
    }

    /// One parent after the other places every second order.
    async fn buy(&self, parents: &mut [Parent], first: u32, orders: u32) -> anyhow::Result<()> {
        for (turn, number) in (first..orders).step_by(VISITORS).enumerate() {
            let parent = parents.get_mut(turn / ORDERS_EACH).context("a parent is missing")?;
            self.buys(parent, number).await.with_context(|| format!("order {number}"))?;
            if (number + 1) % 20 == 0 {
                println!("storm: {} orders", number + 1);
            }
        }
        Ok(())
    }

    /// Orders a film and pays it; ends when it is known that it is paid.
    async fn buys(&self, parent: &mut Parent, number: u32) -> anyhow::Result<()> {
        let loses_photo = loses_photo(number);
        let (order, event) = loop {
            let at = self.goes_to_the_till(&mut parent.visitor, number).await?;
            if loses_photo {
                self.loses_photo(&mut parent.visitor, &at.order).await?;
            }
            if let Some(event) = self.pays(&at.page, parent.customer.as_deref()) {
                break (at.order, event);
            }
        };
        if loses_photo {
            self.photos_lost.fetch_add(1, Ordering::Relaxed);
        }
        // Told once, twice, never.
        for _ in 0..[1, 2, 0][number as usize % 3] {
            self.tells(&event).await;
        }
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(event);
        self.is_settled(&order).await
    }

    async fn goes_to_the_till(&self, visitor: &mut Visitor, number: u32) -> anyhow::Result<AtTill> {
        let mut why = String::new();
        for tries in 1..=TRIES {
            self.in_time("an order is not at the till")?;
            // A processor may be left alone for a while.
            if tries % 20 == 0 {
                self.pass(FORGOTTEN_S)?;
            }
            match go_on(visitor, number).await {
                Ok(Some(at)) => return Ok(at),
                Ok(None) => {}
                Err(error) => {
                    why = format!("{error:#}");
                    tokio::time::sleep(POLL).await;
                }
            }
        }
        bail!("a parent gives up: {why}")
    }

    /// Deletes the photo of a draft.
    async fn loses_photo(&self, visitor: &mut Visitor, order: &str) -> anyhow::Result<()> {
        let photo = format!("select coalesce(photo_id, '') from orders where id = '{order}'");
        let photo = self.texts(&photo).await?.pop_first().filter(|photo| !photo.is_empty());
        let photo = photo.context("the draft has no photo")?;
        let address = format!("/library/photos/{photo}/delete");
        // What the parent is told may be lost or wrong: the row counts.
        while self.count(&format!("photos where id = '{photo}'")).await? > 0 {
            self.in_time("a photo is not deleted")?;
            if visitor.open(&address).await.is_ok() && visitor.status.is_success() {
                let _ = visitor.submit(&address, &[]).await;
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// Pays on the till's page; the till's event of it, none where the page is closed.
    fn pays(&self, page: &str, customer: Option<&str>) -> Option<Json> {
        let mut sessions = self.all.stripe.sessions().into_iter();
        sessions.find(|session| session["id"] == page && session["status"] == "open")?;
        let event = self.all.stripe.pay(page, customer);
        self.paid.fetch_add(1, Ordering::Relaxed);
        Some(event)
    }

    async fn tells(&self, event: &Json) {
        let sent = self.all.stripe.send(&format!("{}{HOOK}", self.site), event, self.now_s()).await;
        if sent.is_ok_and(|status| (200..300).contains(&status)) {
            self.heard.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What is due outside is seen to when something is told, not only from time to time: the till repeats itself.
    async fn nudges(&self) {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(event) = last {
            self.tells(&event).await;
        }
    }

    /// Waits until an order that was paid is a draft no more.
    async fn is_settled(&self, order: &str) -> anyhow::Result<()> {
        let mut passed = Instant::now();
        while self.count(&format!("orders where id = '{order}' and state = 'draft'")).await? > 0 {
            self.in_time("a payment is not seen")?;
            if passed.elapsed() > PASS_EVERY {
                self.pass(FORGOTTEN_S)?;
                passed = Instant::now();
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// Kills the server when some are paid and others are not, and starts it again.
    async fn kills(&self, victim: &mut Victim, orders: u32) -> anyhow::Result<()> {
        let mut moments = Moments::new(self.seed);
        for kill in 1..=KILLS {
            while self.paid.load(Ordering::Relaxed) < orders * kill / (KILLS + 1) {
                self.in_time("nobody pays")?;
                tokio::time::sleep(POLL).await;
            }
            tokio::time::sleep(Duration::from_millis(moments.next(LONGEST_LIFE_MS))).await;
            victim.kill();
            // At its start it looks whether the bucket is fit; without an answer nothing is started.
            self.is_over();
            victim.start()?;
            self.begins(kill);
        }
        Ok(())
    }

    /// Waits until nothing of a list is left, with the clock moving on; in the storm for its time, then without it.
    async fn until_over(
        &self,
        pass_s: i64,
        storm: Duration,
        left: impl AsyncFn() -> anyhow::Result<Vec<String>>,
    ) -> anyhow::Result<()> {
        let begun = Instant::now();
        let mut passed = begun;
        let mut blows = !storm.is_zero();
        loop {
            if blows && begun.elapsed() > storm {
                self.is_over();
                blows = false;
            }
            let left = left().await?;
            if left.is_empty() && !blows {
                return Ok(());
            }
            self.in_time(&left.join(", "))?;
            if passed.elapsed() > PASS_EVERY {
                self.pass(pass_s)?;
                self.nudges().await;
                passed = Instant::now();
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// What is not over yet. A webhook that was given up is an error at once.
    async fn under_way(&self) -> anyhow::Result<Vec<String>> {
        let dead = "webhooks where done_at_ms is null and next_at_ms is null";
        if self.count(dead).await? > 0 {
            let why = format!("select processor || ': ' || coalesce(problem, '') from {dead}");
            bail!("webhooks were given up: {:?}", self.texts(&why).await?);
        }
        let mut left = Vec::new();
        for (words, what) in UNDER_WAY {
            let rows = self.count(what).await?;
            if rows > 0 {
                left.push(format!("{rows} {words}"));
            }
        }
        Ok(left)
    }

    /// Objects of accounts in the bucket, by their ids.
    fn in_bucket(&self) -> BTreeSet<String> {
        let sealed = self.all.gcs.objects().into_iter().filter(|kept| !kept.name.starts_with("shared/"));
        sealed.map(|kept| kept.name.rsplit('/').next().unwrap_or_default().to_owned()).collect()
    }

    /// Objects in the bucket that no row knows.
    async fn orphans(&self) -> anyhow::Result<Vec<String>> {
        let (there, known) = (self.in_bucket(), self.texts("select id from objects").await?);
        let orphans = there.difference(&known).count();
        Ok(if orphans == 0 { Vec::new() } else { vec![format!("{orphans} orphans in the bucket")] })
    }

    /// Our books and the till's are the same, and nobody paid twice or for nothing.
    async fn money(&self) -> anyhow::Result<Money> {
        let payments: BTreeSet<String> = ids(&self.all.stripe.payments(), "id");
        let refunds = self.all.stripe.refunds();
        let refunded = ids(&refunds, "payment_intent");
        let paid = self.paid.load(Ordering::Relaxed) as usize;
        ensure!(payments.len() == paid, "{paid} were paid, the till has {} payments", payments.len());
        ensure!(refunds.len() == refunded.len(), "a payment was given back twice: {refunds:?}");

        let charges = self.count("charges").await? as usize;
        let charged = self.texts("select reference from charges where till = 'stripe'").await?;
        ensure!(charges == charged.len(), "{charges} charges for {} payments", charged.len());
        ensure!(charged == payments, "at the till {payments:?}, in the books {charged:?}");
        let back = "select reference from charges where refunded_at_ms is not null";
        let back = self.texts(back).await?;
        ensure!(back == refunded, "given back at the till {refunded:?}, in the books {back:?}");
        let twice =
            self.count("(select order_id from charges group by order_id having count(*) > 1)").await?;
        ensure!(twice == 0, "{twice} orders were charged twice");

        let made = self.count("orders where state = 'done'").await? as usize;
        let given_back = self.count("orders where state = 'refunded'").await? as usize;
        ensure!(made + given_back == paid, "{paid} paid, {made} made and {given_back} given back");
        ensure!(given_back == refunded.len(), "{given_back} orders, {} payments given back", refunded.len());
        let wrong = "orders join charges on charges.order_id = orders.id \
                     where (orders.state = 'refunded') <> (charges.refunded_at_ms is not null)";
        ensure!(self.count(wrong).await? == 0, "a film was made for nothing, or paid and not made");
        let films = self.count("films where state = 'ready'").await? as usize;
        ensure!(films == made, "{made} orders are made, {films} films are there");
        let lost = self.photos_lost.load(Ordering::Relaxed) as usize;
        ensure!(given_back >= lost, "{lost} photos were lost, {given_back} orders given back");
        Ok(Money { made, given_back })
    }

    /// What is outside is what the rows say, no more and no less.
    async fn nothing_is_adrift(&self) -> anyhow::Result<()> {
        let (there, known) = (self.in_bucket(), self.texts("select id from objects").await?);
        ensure!(there == known, "in the bucket {}, in the register {}", there.len(), known.len());

        let of_films = "from film_copies join films on films.id = film_copies.film_id \
                        where films.state = 'ready' and film_copies.state in ('preparing', 'ready')";
        let streams = self.texts(&format!("select film_copies.id {of_films} and what = 'stream'")).await?;
        let assets = self.all.mux.assets();
        let named: BTreeSet<String> = assets
            .iter()
            .filter_map(|asset| asset.settings["passthrough"].as_str())
            .map(str::to_owned)
            .collect();
        ensure!(named == streams, "films at Mux {named:?}, by the rows {streams:?}");
        ensure!(assets.len() == named.len(), "{} films at Mux under {} names", assets.len(), named.len());
        let stills = self.texts(&format!("select film_copies.id {of_films} and what = 'still'")).await?;
        let pictures = self.all.imagekit.files();
        ensure!(pictures.len() == stills.len(), "{} stills, by the rows {}", pictures.len(), stills.len());

        let handles = self.by_processor("handles").await?;
        let known = |processor: &str| handles.get(processor).copied().unwrap_or(0) as usize;
        ensure!(known("mux") == assets.len(), "{} handles for {} films", known("mux"), assets.len());
        ensure!(known("imagekit") == pictures.len(), "{} for {} stills", known("imagekit"), pictures.len());
        ensure!(known("fal") == 0, "{} wishes were not let go of", known("fal"));
        self.only_lost_wishes_are_left()
    }

    /// The painter has no key by which a wish is known again: one whose answer was lost, or whose server was killed,
    /// cannot be taken back. Nothing of its photo is kept, and it ends by itself.
    fn only_lost_wishes_are_left(&self) -> anyhow::Result<()> {
        let fal = &self.all.fal;
        let lost = fal.emulator.treated().get("cut after").copied().unwrap_or(0) + u64::from(KILLS);
        let left = fal.requests();
        ensure!(left.len() as u64 <= lost, "{} wishes are left, {lost} answers were lost", left.len());
        for (id, taken) in left {
            ensure!(taken.kept.is_none(), "the photo of {id} is kept");
            let ends = taken.files_live_s.is_some() || !matches!(taken.stand, Stand::Made(_));
            ensure!(ends, "what was made of {id} never ends");
        }
        Ok(())
    }

    /// What is not gone yet after everybody has left.
    async fn not_gone(&self) -> anyhow::Result<Vec<String>> {
        let mut left = Vec::new();
        for what in ["accounts", "erasures where done_at_ms is null", "handles", "objects", "films", "photos"]
        {
            let rows = self.count(what).await?;
            if rows > 0 {
                left.push(format!("{rows} {what}"));
            }
        }
        let problems = "select processor || ': ' || coalesce(problem, 'under way') from handles";
        left.extend(self.texts(problems).await?);
        let objects = self.in_bucket().len();
        if objects > 0 {
            left.push(format!("{objects} objects in the bucket"));
        }
        Ok(left)
    }

    /// Nobody outside has anything of anybody.
    fn nothing_is_left_outside(&self) -> anyhow::Result<()> {
        let all = &self.all;
        ensure!(all.mux.assets().is_empty(), "films are left: {:?}", all.mux.assets());
        ensure!(all.imagekit.files().is_empty(), "{} stills are left", all.imagekit.files().len());
        ensure!(all.stripe.customers().is_empty(), "customers are left: {:?}", all.stripe.customers());
        let klaviyo = all.klaviyo.kept();
        ensure!(klaviyo.profiles.is_empty(), "on lists: {:?}", klaviyo.profiles.keys());
        ensure!(klaviyo.events.is_empty(), "{} events of a list are left", klaviyo.events.len());
        ensure!(all.ga.kept().is_empty(), "events are left: {:?}", all.ga.kept());
        ensure!(all.segment.messages().is_empty(), "events are left: {:?}", all.segment.messages());
        ensure!(all.mixpanel.events().is_empty(), "events are left: {:?}", all.mixpanel.events());
        ensure!(all.gcs.soft_deleted().is_empty(), "deleted objects can be brought back");
        self.only_lost_wishes_are_left()
    }
}

/// What came of the orders.
struct Money {
    made: usize,
    given_back: usize,
}

/// One step further on the way to the till's own page. Where it is, once the parent was led there.
async fn go_on(parent: &mut Visitor, number: u32) -> anyhow::Result<Option<AtTill>> {
    parent.open("/create/tiny").await?;
    ensure!(parent.status.is_success(), "{} at {}", parent.status, parent.path);
    if parent.path.ends_with("/photo") {
        // Sent again a photo is the same one: what is deleted must be no other film's.
        let photo = drawn_child(if loses_photo(number) { 4 } else { 1 + (number % 3) as u8 });
        let fields = [("guardian", Value::Text("guardian-1")), ("photo", Value::File(&photo))];
        parent.must_submit("/photo", &fields).await?;
    } else if parent.path.ends_with("/child") {
        let name = format!("Mia {number}");
        let fields = [("name", Value::Text(name.as_str())), ("option-age", Value::Text("5"))];
        parent.must_submit("/child", &fields).await?;
    } else if parent.path.ends_with("/stills") {
        parent.open("/create/tiny/till").await?;
        let order = hidden(&parent.html, "order").context("no order at the till")?;
        parent.submit("/till", &[("outcome", Value::Text("pay"))]).await?;
        // Sent there, or shown the way; whether that page loads at once is the weather's.
        let page = match parent.path.strip_prefix("/c/pay/") {
            Some(page) => page.to_owned(),
            None => {
                ensure!(parent.status.is_success(), "{} at {}", parent.status, parent.path);
                parent.link("/c/pay/")?.rsplit('/').next().unwrap_or_default().to_owned()
            }
        };
        return Ok(Some(AtTill { order, page }));
    } else {
        bail!("/create/tiny led to {}: {}", parent.path, parent.words());
    }
    Ok(None)
}

/// Whether an order's photo is deleted before it is paid.
fn loses_photo(number: u32) -> bool {
    number % LOSES_PHOTO == 2
}

/// What a hidden field of a page holds.
fn hidden(html: &str, name: &str) -> Option<String> {
    let after = html.split(&format!("name=\"{name}\" value=\"")).nth(1)?;
    Some(after.split('"').next()?.to_owned())
}

fn ids(objects: &[Json], field: &str) -> BTreeSet<String> {
    objects.iter().filter_map(|object| object[field].as_str()).map(str::to_owned).collect()
}

/// The engine's own tiny film, with the shot that shows the face painted outside.
fn film_to_paint(folder: &Path) -> anyhow::Result<PathBuf> {
    let (from, to) = (PathBuf::from(tiny_film()), folder.join("tiny"));
    for file in files(&from)? {
        let inside = file.strip_prefix(&from)?;
        let copy = to.join(inside);
        std::fs::create_dir_all(copy.parent().context("a file lies in a folder")?)?;
        let mut bytes = std::fs::read(&file)?;
        if inside == Path::new("shots/02-hill.toml") {
            let painted =
                "generated = { kind = \"portrait\", prompt = \"the child on a hill, cut from paper\" }\n";
            bytes.splice(0..0, painted.bytes());
        }
        std::fs::write(&copy, bytes)?;
    }
    Ok(to)
}

/// A port that is free now.
fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

#[expect(clippy::disallowed_methods, reason = "a vendor has a clock of its own")]
fn machine_now_s() -> i64 {
    jiff::Timestamp::now().as_second()
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_storm_of_failures_every_paid_order_is_made_or_given_back_and_nothing_is_left_adrift()
-> anyhow::Result<()> {
    let told = |name: &str| std::env::var(name).ok();
    let orders = told("MINISTUDIO_SOAK_STORM").map_or(Ok(ORDERS), |text| text.parse())?;
    let seed: u64 = told("MINISTUDIO_SOAK_SEED").map_or(Ok(SEED), |text| text.parse())?;
    println!("storm: {orders} orders, seed {seed}");
    let begun = Instant::now();
    let folder = tempfile::tempdir()?;
    let portrait = std::fs::read(e2e::root().join("tests/emulators/portrait.png"))?;
    let all = Arc::new(All::start(portrait).await);
    let listen = format!("127.0.0.1:{}", free_port()?);
    let storm = Storm {
        site: format!("http://{listen}"),
        data: folder.path().join("studio"),
        shift: folder.path().join("shift"),
        ahead_s: AtomicI64::new(0),
        seed,
        ends: begun + Duration::from_secs(PATIENCE_S + PATIENCE_EACH_S * u64::from(orders)),
        paid: AtomicU32::new(0),
        photos_lost: AtomicU32::new(0),
        heard: AtomicU32::new(0),
        last: Mutex::default(),
        all: Arc::clone(&all),
    };
    let configuration = all.configure(folder.path(), &storm.site)?;
    storm.pass(0)?;
    let beside = tokio::spawn(async move { all.go_on().await });
    let text = |path: &Path| path.display().to_string();
    let settings = vec![
        ("MINISTUDIO_CONFIG", text(&configuration)),
        ("MINISTUDIO_FILMS", text(&film_to_paint(folder.path())?)),
        ("MINISTUDIO_PROXIES", "127.0.0.1".to_owned()),
        ("MINISTUDIO_COUNTRY_HEADER", "x-country".to_owned()),
        ("MINISTUDIO_CLOCK_SHIFT", text(&storm.shift)),
    ];
    let mut victim = Victim { data: storm.data.clone(), listen, settings, server: None };
    victim.start()?;

    let played = play(&storm, &mut victim, orders, begun).await;
    beside.abort();
    if played.is_err() {
        victim.shows_its_log();
        return played;
    }
    victim.server.take().context("it runs")?.stop()
}

/// Everything from the first account to the last that is erased.
async fn play(storm: &Storm, victim: &mut Victim, orders: u32, begun: Instant) -> anyhow::Result<()> {
    let each = (orders as usize).div_ceil(VISITORS).div_ceil(ORDERS_EACH).max(1);
    let mut people = Vec::new();
    for number in 0..each * VISITORS {
        people.push(storm.joins(number).await?);
    }
    let (some, others) = people.split_at_mut(each);
    storm.begins(0);
    tokio::try_join!(storm.buy(some, 0, orders), storm.buy(others, 1, orders), storm.kills(victim, orders))?;
    let bought = begun.elapsed();
    println!("storm: all paid after {} s", bought.as_secs());

    // What is under way comes to its end, first in the storm and then without it.
    storm.until_over(BACK_OFF_S, STORM_GOES_ON, async || storm.under_way().await).await?;
    storm.until_over(HALF_HOUR_S, Duration::ZERO, async || storm.orphans().await).await?;
    storm.until_over(BACK_OFF_S, Duration::ZERO, async || storm.under_way().await).await?;
    let money = storm.money().await?;
    storm.nothing_is_adrift().await?;
    println!("storm: all made or given back after {} s", begun.elapsed().as_secs());

    let handles = storm.by_processor("handles").await?;
    let before = storm.by_processor("erasure_receipts").await?;
    for processor in ["mux", "imagekit", "stripe", "klaviyo", "segment", "mixpanel", "google-analytics"] {
        ensure!(handles.contains_key(processor), "{processor} has nothing of anybody: {handles:?}");
    }
    for parent in &mut people {
        parent.visitor.open("/account/delete").await?;
        parent.visitor.must_submit("/account/delete", &[]).await?;
    }
    storm.begins(KILLS + 1);
    storm.pass(GRACE_S)?;
    storm.until_over(HALF_HOUR_S, STORM_GOES_ON, async || storm.not_gone().await).await?;
    let erased = storm.count("erasures where done_at_ms is not null").await? as usize;
    ensure!(erased == people.len(), "{} left, {erased} are erased", people.len());
    let receipts = storm.by_processor("erasure_receipts").await?;
    let of = |counts: &BTreeMap<String, i64>, processor: &str| counts.get(processor).copied().unwrap_or(0);
    for (processor, had) in &handles {
        let new = of(&receipts, processor) - of(&before, processor);
        ensure!(new >= *had, "{processor} had {had}, and gave {new} receipts");
    }
    ensure!(storm.count("erasure_receipts where receipt = ''").await? == 0, "a receipt says nothing");
    storm.nothing_is_left_outside()?;
    // What was told of the deletions themselves is worked off too.
    storm.until_over(BACK_OFF_S, Duration::ZERO, async || storm.under_way().await).await?;

    let (mut calls, mut failed) = (0, BTreeMap::<&str, u64>::new());
    for (_, emulator) in storm.all.emulators() {
        calls += emulator.asked().len();
        for (mood, times) in emulator.treated() {
            *failed.entry(mood).or_default() += times;
        }
    }
    println!(
        "storm: {orders} orders of {} parents, {KILLS} kills: {} payments, {} made, {} given back ({} without \
         their photo), {} webhooks taken; {calls} calls, failed: {failed:?}; {erased} accounts erased with {} \
         receipts; {} h passed in {} s",
        people.len(),
        storm.paid.load(Ordering::Relaxed),
        money.made,
        money.given_back,
        storm.photos_lost.load(Ordering::Relaxed),
        storm.heard.load(Ordering::Relaxed),
        receipts.values().sum::<i64>(),
        storm.ahead_s.load(Ordering::Relaxed) / 3_600,
        begun.elapsed().as_secs()
    );
    ensure!(!failed.is_empty(), "there was no storm");
    Ok(())
}
