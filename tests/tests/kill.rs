//! kill -9 at any moment: no order lost, none made twice, none charged twice.
//!
//! A parent orders film after film while the server is killed under them, at moments drawn at random
//! over everything that happens: signing up, the upload, the till, making, the download file. After
//! each kill the server is started again on the same folder and the parent goes on where they were.
//! Where the kills fell is printed, and a run in full fails that did not hit several places.
//! `MINISTUDIO_SOAK_KILLS` says how often (`cargo xtask soak`); a few each day.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use e2e::drawn_child;
use e2e::moments::Moments;
use e2e::places::Places;
use e2e::server::Server;
use e2e::visitor::{Value, Visitor, sign_up};
use sqlx::{Connection, Row, SqliteConnection};
use tokio::sync::Mutex;

/// How often without being told.
const KILLS: u32 = 12;
/// Films of one parent, before another comes: nobody may send photos without end.
const ORDERS_EACH: u32 = 25;
/// A kill comes at most so long after the server answered.
const LONGEST_LIFE_MS: u64 = 2_200;

/// The server, started again whenever it was killed.
struct Victim {
    data: PathBuf,
    films: String,
    server: Option<Server>,
}

impl Victim {
    fn start(&mut self) -> anyhow::Result<String> {
        let server = Server::start(&self.data, &[("MINISTUDIO_FILMS", &self.films)])?;
        let url = server.url.clone();
        self.server = Some(server);
        Ok(url)
    }

    fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill();
        }
    }
}

/// One step further on the way to a film, wherever the parent stands. `true`: the film is whole.
async fn go_on(parent: &mut Visitor, number: u32) -> anyhow::Result<bool> {
    parent.open("/create/tiny").await?;
    ensure!(parent.status.is_success(), "{} at {}", parent.status, parent.path);
    if parent.path.starts_with("/sign-up") {
        sign_up(parent, &format!("parent{}@example.org", number / ORDERS_EACH)).await?;
    } else if parent.path.ends_with("/photo") {
        let photo = drawn_child(1 + (number % 4) as u8);
        let fields = [("guardian", Value::Text("guardian-1")), ("photo", Value::File(&photo))];
        parent.must_submit("/photo", &fields).await?;
    } else if parent.path.ends_with("/child") {
        let name = format!("Mia {number}");
        let fields = [("name", Value::Text(name.as_str())), ("option-age", Value::Text("5"))];
        parent.must_submit("/child", &fields).await?;
    } else if parent.path.ends_with("/stills") {
        parent.open("/create/tiny/till").await?;
        parent.must_submit("/till", &[("outcome", Value::Text("pay"))]).await?;
        ensure!(parent.path.starts_with("/minitube/"), "paying led to {}", parent.path);
        return Ok(true);
    } else {
        anyhow::bail!("/create/tiny led to {}", parent.path);
    }
    Ok(false)
}

/// All films of the library and whether none is still being made.
async fn films(parent: &mut Visitor) -> anyhow::Result<(usize, bool)> {
    parent.open("/library").await?;
    ensure!(parent.status.is_success());
    Ok((parent.html.matches("film.mp4?download").count(), !parent.html.contains("Being made")))
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_nothing_is_lost_and_nothing_done_twice() -> anyhow::Result<()> {
    let kills = std::env::var("MINISTUDIO_SOAK_KILLS").ok().map_or(Ok(KILLS), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let films_folder = e2e::tiny_film();
    let victim = Victim { data: folder.path().into(), films: films_folder, server: None };
    let victim = Arc::new(Mutex::new(victim));
    let mut url = victim.lock().await.start()?;
    let mut parents = vec![Visitor::new(&url)?];
    let mut moments = Moments::new(20_260_522);
    let (mut paid, mut heard, mut places) = (0u32, 0u32, Places::default());

    for kill in 1..=kills {
        let life = Duration::from_millis(moments.next(LONGEST_LIFE_MS));
        let doomed = Arc::clone(&victim);
        let killer = tokio::spawn(async move {
            tokio::time::sleep(life).await;
            doomed.lock().await.kill();
        });
        // Goes on until the connection breaks.
        while !killer.is_finished() {
            let parent = parents.last_mut().context("there is one")?;
            match go_on(parent, paid).await {
                Ok(true) => {
                    paid += 1;
                    heard += 1;
                    if paid % ORDERS_EACH == 0 {
                        parents.push(Visitor::new(&url)?);
                    }
                }
                Ok(false) => {}
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
        killer.await?;
        places.add(place(folder.path()).await?);
        url = victim.lock().await.start()?;
        parents.iter_mut().for_each(|parent| parent.moved_to(&url));
        if kill % 25 == 0 {
            println!("{kill} kills, {heard} orders confirmed");
        }
    }

    // The last kill may have come between the till's yes and our writing it down: the till is asked again for it.
    let mut tries = 0;
    while count(folder.path(), "select count(*) from orders where paying_at_ms is not null").await? > 0 {
        tries += 1;
        ensure!(tries < 300, "a payment was not settled");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    // Left in peace, everything that was paid for becomes whole. A parent who had come no further than the
    // sign-up page has no library.
    let mut whole = 0;
    for parent in &mut parents {
        parent.open("/library").await?;
        if parent.path.starts_with("/sign-in") {
            continue;
        }
        let mut tries = 0;
        let found = loop {
            let (found, all) = films(parent).await?;
            if all {
                break found;
            }
            tries += 1;
            ensure!(tries < 600, "films are still being made: {}", parent.html);
            tokio::time::sleep(Duration::from_millis(500)).await;
        };
        whole += found;
    }
    let parent = &mut parents[0];
    parent.open("/library").await?;
    let path = parent.link("film.mp4").context("not one film was made: kill less often")?;
    let (status, file) = parent.fetch(&path).await?;
    ensure!(status.is_success());
    let probed = folder.path().join("film.mp4");
    std::fs::write(&probed, file)?;
    e2e::probe(&probed)?;
    victim.lock().await.server.take().context("it runs")?.stop()?;
    let books = books(folder.path()).await?;
    println!("{kills} kills, {heard} orders confirmed to the parent, {whole} films whole, books: {books:?}");
    println!("where they fell: {places}");
    ensure!(whole as u32 >= heard, "{heard} orders were confirmed, but only {whole} films are there");
    ensure!(books.done == whole as i64, "{whole} films and {} orders done", books.done);
    ensure!(books.charges == books.done, "{} charges for {} orders", books.charges, books.done);
    ensure!(
        books.till == books.charges,
        "the till took {} payments for {} charges",
        books.till,
        books.charges
    );
    ensure!(books.films == books.done, "{} films for {} orders", books.films, books.done);
    ensure!(books.unfinished_shots == 0 && books.drafts <= 1, "{books:?}");
    places.are_spread()
}

/// What the database says at the end.
#[derive(Debug)]
struct Books {
    done: i64,
    drafts: i64,
    charges: i64,
    till: i64,
    films: i64,
    unfinished_shots: i64,
}

/// Where things stood: the newest film that is being made, or else the newest order.
const PLACE: &str = "select coalesce(
    (select (select count(*) from shots where film_id = films.id and state = 'ready') || ' of ' ||
            (select count(*) from shots where film_id = films.id) || ' shots ready'
       from films where state = 'making' order by created_at_ms desc limit 1),
    (select case when state <> 'draft' then 'the newest order is ' || state
                 when paying_at_ms is not null then 'at the till'
                 when photo_id is null then 'a draft without a photo'
                 else 'a draft with a photo' end
       from orders order by created_at_ms desc limit 1),
    'before the first order')";

/// Where a kill fell. It is looked for in a copy: what the kill left behind is the next start's to mend.
async fn place(folder: &Path) -> anyhow::Result<String> {
    let copy = tempfile::tempdir()?;
    for name in ["studio.sqlite", "studio.sqlite-wal"] {
        let file = folder.join(name);
        if file.exists() {
            std::fs::copy(file, copy.path().join(name))?;
        }
    }
    let file = copy.path().join("studio.sqlite");
    let mut db = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await?;
    Ok(sqlx::query(PLACE).fetch_one(&mut db).await?.get(0))
}

/// What a query of the database counts.
async fn count(folder: &Path, query: &'static str) -> anyhow::Result<i64> {
    let mut db =
        SqliteConnection::connect(&format!("sqlite://{}", folder.join("studio.sqlite").display())).await?;
    Ok(sqlx::query(query).fetch_one(&mut db).await?.get(0))
}

async fn books(folder: &Path) -> anyhow::Result<Books> {
    let mut counts = Vec::new();
    for query in [
        "select count(*) from orders where state = 'done'",
        "select count(*) from orders where state = 'draft'",
        "select count(*) from charges where refunded_at_ms is null",
        "select count(*) from test_till where not refunded",
        "select count(*) from films where state = 'ready'",
        "select count(*) from shots where not shared and state <> 'ready'",
    ] {
        counts.push(count(folder, query).await?);
    }
    let [done, drafts, charges, till, films, unfinished_shots] = counts[..] else { unreachable!() };
    Ok(Books { done, drafts, charges, till, films, unfinished_shots })
}
