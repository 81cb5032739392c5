//! kill -9 while something ends: an account that is erased, a copy that is handed out, a sweep, a change of the master
//! key, a backup. Afterwards nothing is half done: what was to go is gone, and all that was to stay is there.
//!
//! Each test first does it once undisturbed, to know how long it takes here, and then kills it at moments drawn at
//! random over that time; the program is started again (or the command run again) after each. `MINISTUDIO_SOAK_ENDS`
//! says how often (`cargo xtask soak`); a few each day. `MINISTUDIO_SOAK_SEED` draws other moments. Where the kills fell
//! is printed, and a run in full fails that did not hit several places.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use e2e::moments::Moments;
use e2e::places::Places;
use e2e::server::{Server, command};
use e2e::site::{Site, files};
use e2e::visitor::{Value, Visitor, film_is_whole, order_tiny, plain_client};
use e2e::{drawn_child, tiny_film};
use sqlx::{Connection, Row, SqliteConnection};
use tempfile::TempDir;

/// How often without being told.
const ROUNDS: u32 = 4;
/// Where the moments begin without being told.
const SEED: u64 = 20_261_125;
const PASSWORD: &str = "four words for tests";
const DAY_S: i64 = 24 * 3_600;
/// Accounts that nobody confirmed, so that there is something to do while their keys are wrapped anew.
const STRANGERS: u32 = 40;
/// By which master keys the accounts' keys and the house's are wrapped.
const WRAPPED_BY: &str = "select hex(substr(key_wrapped, 1, 8)) from accounts \
                          union select hex(substr(value, 1, 8)) from house where name = 'house'";

/// A parent with an account, and what it holds when all is well.
struct Family {
    email: String,
    account: String,
    parent: Visitor,
    /// Their stored objects.
    objects: Vec<String>,
    /// Their key, wrapped.
    key: Vec<u8>,
    /// Where their photo is shown, and what is seen there.
    picture: String,
    pixels: Vec<u8>,
    /// Their copy of everything, as far as it does not change by the day.
    lasting: BTreeMap<String, Vec<u8>>,
}

/// A site that is killed, with the visitors that it has.
struct Trial {
    site: Site,
    moments: Moments,
    visitors: u32,
}

impl Trial {
    /// On a site that makes no films; with the number of rounds.
    fn begin(what: &str) -> anyhow::Result<(Self, u32)> {
        Self::on(what, Site::start(&[("MINISTUDIO_FILMS", &tiny_film())])?)
    }

    fn on(what: &str, site: Site) -> anyhow::Result<(Self, u32)> {
        let told = |name: &str| std::env::var(name).ok();
        let rounds = told("MINISTUDIO_SOAK_ENDS").map_or(Ok(ROUNDS), |text| text.parse())?;
        let seed = told("MINISTUDIO_SOAK_SEED").map_or(Ok(SEED), |text| text.parse())?;
        println!("{what}: {rounds} rounds, seed {seed}");
        Ok((Self { site, moments: Moments::new(seed), visitors: 0 }, rounds))
    }

    fn data(&self) -> &Path {
        self.site.data.path()
    }

    fn url(&self) -> String {
        self.site.server.url.clone()
    }

    /// Starts the server again; where it answers now.
    fn start_again(&mut self) -> anyhow::Result<String> {
        self.site.server.kill();
        self.site.server = started(self.data(), &shift(self))?;
        Ok(self.url())
    }

    /// A server on the site's data folder that works, at an address of its own.
    fn working(&self) -> anyhow::Result<Server> {
        let shift = shift(self);
        let settings = settings(&shift);
        let mut settings: Vec<(&str, &str)> =
            settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        settings.push(("MINISTUDIO_WORKS", "true"));
        Server::start(self.data(), &settings)
    }

    /// Whether a sweep has nothing to do now.
    fn is_swept(&self) -> anyhow::Result<bool> {
        Ok(self.site.due()?.iter().all(|(_, _, rows)| *rows == 0))
    }

    /// Lets a server that works go on with a sweep; it does so soon after its start.
    async fn swept_by_itself(&mut self) -> anyhow::Result<()> {
        self.site.server = self.working()?;
        for _ in 0..300 {
            if self.is_swept()? {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        anyhow::bail!("a server that works does not sweep: {:?}", self.site.due()?)
    }

    /// A command on the site's data folder.
    fn program(&self, arguments: &[&str]) -> Command {
        program(self.data(), &shift(self), arguments)
    }

    /// Somebody new, at an address of their own: one machine may not try that often.
    fn elsewhere(&mut self, url: &str) -> anyhow::Result<Visitor> {
        self.visitors += 1;
        let mut visitor = Visitor::new(url)?.in_country("DE")?;
        let address = format!("198.18.{}.{}", self.visitors / 250, 1 + self.visitors % 250);
        visitor.headers.insert("x-forwarded-for", address.parse()?);
        Ok(visitor)
    }

    /// Somebody who has signed up and opened the mail.
    async fn joined(&mut self, email: &str) -> anyhow::Result<Visitor> {
        let url = self.url();
        let mut parent = self.elsewhere(&url)?;
        ask(&mut parent, email, PASSWORD).await?;
        // The outbox page is for this machine alone, and the parent comes from elsewhere.
        let mut letter_box = Visitor::new(&url)?;
        letter_box.open("/outbox").await?;
        letter_box.open(&letter_box.link("/outbox/")?).await?;
        parent.open(&letter_box.link("/sign-in/link/")?).await?;
        ensure!(parent.session().is_ok(), "{email} is not signed in: {} at {}", parent.status, parent.path);
        Ok(parent)
    }

    /// A parent with a photo and a film that is half ordered.
    async fn family(&mut self, email: &str, name: &str, child: u8) -> anyhow::Result<Family> {
        let mut parent = self.joined(email).await?;
        draft(&mut parent, name, &drawn_child(child)).await?;
        self.known(email, parent).await
    }

    /// What the newest account holds.
    async fn known(&mut self, email: &str, mut parent: Visitor) -> anyhow::Result<Family> {
        let newest = self.site.rows("select id, key_wrapped from accounts order by id desc limit 1").await?;
        let (account, key): (String, Vec<u8>) = (newest[0].get(0), newest[0].get(1));
        let objects =
            self.site.rows(&format!("select id from objects where account_id = '{account}'")).await?;
        let objects: Vec<String> = objects.iter().map(|row| row.get(0)).collect();
        ensure!(objects.len() >= 4, "{email} has only {objects:?}");
        parent.open("/library").await?;
        let picture = parent.link("/library/photos/")?.replace("/delete", "/small.jpg");
        let (status, pixels) = parent.fetch(&picture).await?;
        ensure!(status.is_success(), "{picture} answers {status}");
        let lasting = lasting(&export(&mut parent).await?)?;
        ensure!(lasting.len() >= 8, "hardly anything is in the copy of {email}: {:?}", lasting.keys());
        Ok(Family { email: email.to_owned(), account, parent, objects, key, picture, pixels, lasting })
    }

    /// Whoever has an account there signs in, sees the photo, and gets a copy of all that there was.
    async fn intact(&mut self, url: &str, family: &Family) -> anyhow::Result<()> {
        let who = &family.email;
        let mut parent = self.elsewhere(url)?;
        sign_in(&mut parent, who).await?;
        ensure!(parent.session().is_ok(), "{who} cannot sign in: {} at {}", parent.status, parent.path);
        let (status, pixels) = parent.fetch(&family.picture).await?;
        ensure!(status.is_success() && pixels == family.pixels, "the photo of {who} does not show: {status}");
        let now = lasting(&export(&mut parent).await?)?;
        let names = family.lasting.keys().chain(now.keys()).collect::<BTreeSet<_>>();
        let other: Vec<_> =
            names.into_iter().filter(|name| family.lasting.get(*name) != now.get(*name)).collect();
        ensure!(other.is_empty(), "in the copy of {who} is missing or other: {other:?}");
        Ok(())
    }

    /// Nothing of an erased account is left: no row, no object, no key, no way in; and the ledger says so.
    async fn gone(&mut self, family: &Family) -> anyhow::Result<()> {
        let (who, account) = (&family.email, &family.account);
        let left = self.site.columns_with(account).await?;
        let ledger_alone = BTreeSet::from(["erasures.account_id".to_owned()]);
        ensure!(left == ledger_alone, "{who} is half erased, or came back: {left:?}");
        let line = format!("select done_at_ms from erasures where account_id = '{account}'");
        let line = self.site.rows(&line).await?;
        ensure!(line.len() == 1, "{} lines of the ledger are about {who}", line.len());
        ensure!(line[0].get::<Option<i64>, _>(0).is_some(), "the ledger does not say that {who} is erased");
        ensure!(self.ledger_names(family)?, "erasures.log does not name {who}");
        let still = on_disk(self.data(), family)?;
        ensure!(still.is_empty(), "objects of {who} are still on the disk: {still:?}");
        for file in files(self.data())? {
            if file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("studio.sqlite")) {
                let bytes = std::fs::read(&file)?;
                let found = bytes.windows(family.key.len()).any(|part| part == family.key.as_slice());
                ensure!(!found, "the key of {who} is still in {}", file.display());
            }
        }
        let url = self.url();
        let mut parent = family.parent.clone();
        parent.moved_to(&url);
        parent.open("/library").await?;
        ensure!(parent.path.starts_with("/sign-in"), "{who} is still at {}", parent.path);
        let mut again = self.elsewhere(&url)?;
        sign_in(&mut again, who).await?;
        ensure!(again.session().is_err(), "{who} signs in again and comes to {}", again.path);
        Ok(())
    }

    /// Whether the file beside the database says that the account is to go.
    fn ledger_names(&self, family: &Family) -> anyhow::Result<bool> {
        let file = self.data().join("erasures.log");
        if !file.exists() {
            return Ok(false);
        }
        let line = format!("account {}", family.account);
        Ok(std::fs::read_to_string(file)?.lines().any(|known| known == line))
    }
}

/// The file by which the site's clock is moved.
fn shift(trial: &Trial) -> String {
    text(&trial.data().join("shift"))
}

/// As [`Site`] is set up, without making films.
fn settings(shift: &str) -> [(&'static str, String); 5] {
    [
        ("MINISTUDIO_PROXIES", "127.0.0.1".into()),
        ("MINISTUDIO_COUNTRY_HEADER", "x-country".into()),
        ("MINISTUDIO_CLOCK_SHIFT", shift.to_owned()),
        ("MINISTUDIO_WORKS", "false".into()),
        ("MINISTUDIO_FILMS", tiny_film()),
    ]
}

fn started(data: &Path, shift: &str) -> anyhow::Result<Server> {
    let settings = settings(shift);
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Server::start(data, &settings)
}

fn program(data: &Path, shift: &str, arguments: &[&str]) -> Command {
    let mut program = command();
    program.args(arguments).arg("--data").arg(data).envs(settings(shift));
    program
}

/// Runs a command to its end, which must be a good one; how long it took.
fn ends_well(mut program: Command) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let told = program.output()?;
    ensure!(told.status.success(), "{program:?}: {}", String::from_utf8_lossy(&told.stderr));
    Ok(begun.elapsed())
}

/// Starts a command and kills it after a while; whether it had come to its end before.
async fn cut_off(mut program: Command, life: Duration) -> anyhow::Result<bool> {
    program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = program.spawn()?;
    tokio::time::sleep(life).await;
    child.kill()?;
    let ended = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&ended.stderr);
    ensure!(ended.status.code().is_none_or(|code| code == 0), "{program:?} failed by itself: {said}");
    Ok(ended.status.success())
}

/// Kills a server after a while.
async fn kill_after(server: &mut Server, life: Duration) {
    tokio::time::sleep(life).await;
    server.kill();
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Asks for an account; without a password, when that is empty.
async fn ask(visitor: &mut Visitor, email: &str, password: &str) -> anyhow::Result<()> {
    visitor.open("/sign-up").await?;
    let fields = [
        ("email", Value::Text(email)),
        ("password", Value::Text(password)),
        ("adult", Value::Text("adult-1")),
    ];
    visitor.must_submit("/sign-up", &fields).await
}

async fn sign_in(visitor: &mut Visitor, email: &str) -> anyhow::Result<()> {
    visitor.open("/sign-in").await?;
    let fields = [("email", Value::Text(email)), ("password", Value::Text(PASSWORD))];
    visitor.submit("/sign-in", &fields).await
}

/// Begins to order the engine's own tiny film, and goes no further than its stills.
async fn draft(parent: &mut Visitor, name: &str, photo: &Path) -> anyhow::Result<()> {
    parent.open("/create/tiny").await?;
    parent.open("/create/tiny/photo").await?;
    let fields = [("guardian", Value::Text("guardian-1")), ("photo", Value::File(photo))];
    parent.must_submit("/photo", &fields).await?;
    parent.open("/create/tiny/child").await?;
    let fields = [("name", Value::Text(name)), ("option-age", Value::Text("5"))];
    parent.must_submit("/child", &fields).await
}

/// Asks for a copy of everything; where it is fetched.
async fn export_link(parent: &mut Visitor) -> anyhow::Result<String> {
    parent.open("/account/export").await?;
    parent.submit("/account/export", &[]).await?;
    ensure!(parent.path.ends_with("/mini-studio.tar"), "the button leads to {}", parent.path);
    Ok(parent.path.clone())
}

/// A copy of everything.
async fn export(parent: &mut Visitor) -> anyhow::Result<Vec<u8>> {
    let link = export_link(parent).await?;
    let (status, archive) = parent.fetch(&link).await?;
    ensure!(status.is_success(), "{link} answers {status}");
    Ok(archive)
}

/// The files of a tar archive.
fn unpacked(archive: &[u8]) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let (mut files, mut at) = (BTreeMap::new(), 0);
    loop {
        let header = archive.get(at..at + 512).context("the archive has no end")?;
        if header[0] == 0 {
            return Ok(files);
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_matches(['\0', ' ']).to_owned();
        let size = usize::from_str_radix(&text(&header[124..136]), 8)?;
        let bytes = archive.get(at + 512..at + 512 + size).context("a file of the archive is cut off")?;
        files.insert(text(&header[..100]), bytes.to_vec());
        at += 512 + size.next_multiple_of(512);
    }
}

/// What of a copy stays the same whoever signs in and however late it is: each medium, and what belongs to the films.
fn lasting(archive: &[u8]) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = unpacked(archive)?;
    let data = files.remove("mini-studio/data.json").context("the copy has no data.json")?;
    let data: serde_json::Value = serde_json::from_slice(&data)?;
    for table in ["children", "films", "orders", "photos"] {
        let rows = data["tables"][table].as_array().with_context(|| format!("the copy has no {table}"))?;
        let mut rows: Vec<String> = rows.iter().map(ToString::to_string).collect();
        rows.sort();
        files.insert(format!("table {table}"), rows.join("\n").into_bytes());
    }
    files.insert("address".into(), data["tables"]["accounts"][0]["email"].to_string().into_bytes());
    Ok(files)
}

/// How many rows of a table, or of what stands behind `from`, a data folder has.
async fn count(data: &Path, what: &str) -> anyhow::Result<i64> {
    let file = data.join("studio.sqlite");
    let mut db = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await?;
    let query = format!("select count(*) from {what}");
    Ok(sqlx::query(sqlx::AssertSqlSafe(query.as_str())).fetch_one(&mut db).await?.get(0))
}

/// Those of a family's objects that lie in a data folder.
fn on_disk<'a>(data: &Path, family: &'a Family) -> anyhow::Result<Vec<&'a String>> {
    let files: Vec<String> = files(data)?.iter().map(|file| text(file)).collect();
    let there = |object: &&String| files.iter().any(|file| file.contains(object.as_str()));
    Ok(family.objects.iter().filter(there).collect())
}

/// What the staff fills in to have an account erased at once.
fn sure(email: &str) -> [(&str, Value<'_>); 2] {
    [("email", Value::Text(email)), ("sure", Value::Text("yes"))]
}

#[tokio::test]
async fn an_erasure_cut_off_at_any_moment_is_finished_at_the_next_start_or_never_began() -> anyhow::Result<()>
{
    let (mut trial, rounds) = Trial::begin("erasure")?;
    let kept = trial.family("kept@example.org", "Noah", 1).await?;
    let (mut tally, mut erased, mut takes) = (Places::default(), Vec::new(), Duration::ZERO);
    for round in 0..=rounds {
        let email = format!("gone{round}@example.org");
        let mut doomed = trial.family(&email, "Mia", (round % 4) as u8 + 1).await?;
        ensure!(on_disk(trial.data(), &doomed)?.len() == doomed.objects.len(), "{email} lacks objects");
        let mut operator = trial.site.operator().await?;
        operator.open("/desk/erasures").await?;
        if round == 0 {
            let begun = Instant::now();
            operator.must_submit("/desk/erasures", &sure(&email)).await?;
            takes = begun.elapsed();
        } else {
            let life = trial.moments.within(Duration::ZERO..takes * 11 / 10);
            let fields = sure(&email);
            let (answer, ()) = tokio::join!(
                operator.submit("/desk/erasures", &fields),
                kill_after(&mut trial.site.server, life)
            );
            let told = answer.is_ok() && operator.html.contains("The account is erased");
            let begun = trial.ledger_names(&doomed)?;
            let (left, all) = (on_disk(trial.data(), &doomed)?.len(), doomed.objects.len());
            match (begun, told) {
                (true, false) => tally.add(format!("begun, {left} of {all} objects left")),
                _ => tally.add_around(begun, told),
            }
            let url = trial.start_again()?;
            if trial.site.count(&format!("accounts where id = '{}'", doomed.account)).await? > 0 {
                ensure!(!begun && !told, "the erasure of {email} was begun, and the account is still there");
                // Not begun: all of it is there, and it can be erased as ever.
                trial.intact(&url, &doomed).await?;
                let there = on_disk(trial.data(), &doomed)?;
                ensure!(
                    there.len() == doomed.objects.len(),
                    "of the objects of {email} only {there:?} are left"
                );
                let of_it = format!("objects where account_id = '{}'", doomed.account);
                ensure!(
                    trial.site.count(&of_it).await? == doomed.objects.len() as i64,
                    "the register of {email}"
                );
                let line = format!("erasures where account_id = '{}'", doomed.account);
                ensure!(trial.site.count(&line).await? == 0, "the ledger has an erasure that was not begun");
                let mut operator = trial.site.operator().await?;
                operator.open("/desk/erasures").await?;
                operator.must_submit("/desk/erasures", &sure(&email)).await?;
            }
        }
        trial.gone(&doomed).await?;
        let url = trial.url();
        trial.intact(&url, &kept).await?;
        doomed.lasting.clear();
        erased.push(doomed);
    }
    // Nobody comes back later either.
    let url = trial.start_again()?;
    for doomed in &erased {
        trial.gone(doomed).await?;
    }
    trial.intact(&url, &kept).await?;
    println!("erasure: {tally}");
    tally.are_spread()
}

/// What arrived of a file.
struct Arrived {
    status: u16,
    etag: String,
    bytes: Vec<u8>,
    /// Whether that is all that was to come.
    whole: bool,
}

/// Fetches a file, or what follows on the bytes that arrived before, until all is there or the connection breaks.
/// `None`: there was no answer at all.
async fn fetched(
    parent: &Visitor,
    url: &str,
    link: &str,
    before: Option<&Arrived>,
) -> anyhow::Result<Option<Arrived>> {
    let cookie = format!("ms-session={}", parent.session()?);
    let mut request = plain_client()?.get(format!("{url}{link}")).header("Cookie", cookie);
    if let Some(before) = before {
        request = request.header("Range", format!("bytes={}-", before.bytes.len()));
        request = request.header("If-Range", &before.etag);
    }
    let Ok(mut answer) = request.send().await else { return Ok(None) };
    let etag =
        answer.headers().get("etag").and_then(|etag| etag.to_str().ok()).unwrap_or_default().to_owned();
    let (status, mut bytes) = (answer.status().as_u16(), Vec::new());
    loop {
        let whole = match answer.chunk().await {
            Ok(Some(piece)) => {
                bytes.extend_from_slice(&piece);
                continue;
            }
            Ok(None) => true,
            Err(_) => false,
        };
        return Ok(Some(Arrived { status, etag, bytes, whole }));
    }
}

#[tokio::test]
async fn a_copy_of_everything_that_broke_off_goes_on_where_it_ended_and_can_be_had_again()
-> anyhow::Result<()> {
    let working = Site::start_working(&[("MINISTUDIO_FILMS", &tiny_film())])?;
    let (mut trial, rounds) = Trial::on("export", working)?;
    // The one film of these tests: a copy is to be large enough to break off.
    let mut parent = trial.joined("kept@example.org").await?;
    order_tiny(&mut parent, "Mia", &drawn_child(1), &[]).await?;
    film_is_whole(&mut parent).await?;
    trial.site = trial.site.idle()?;
    parent.moved_to(&trial.url());
    for (name, child) in [("Noah", 2), ("Noah", 3), ("Noah", 4)] {
        draft(&mut parent, name, &drawn_child(child)).await?;
    }
    let kept = trial.known("kept@example.org", parent).await?;
    let mut tally = Places::default();
    for _ in 0..rounds {
        let mut url = trial.url();
        let mut parent = trial.elsewhere(&url)?;
        sign_in(&mut parent, &kept.email).await?;
        let link = export_link(&mut parent).await?;
        let begun = Instant::now();
        let all = fetched(&parent, &url, &link, None).await?.context("no answer")?;
        let takes = begun.elapsed();
        ensure!(all.status == 200 && all.whole, "{} with {} bytes", all.status, all.bytes.len());
        ensure!(lasting(&all.bytes)? == kept.lasting, "the copy is not what it was");

        let life = trial.moments.within(Duration::ZERO..takes * 11 / 10);
        let (part, ()) =
            tokio::join!(fetched(&parent, &url, &link, None), kill_after(&mut trial.site.server, life));
        let part = part?;
        url = trial.start_again()?;
        parent.moved_to(&url);
        let length = part.as_ref().map_or(0, |part| part.bytes.len());
        tally.add_around(length > 0, length == all.bytes.len());
        if let Some(part) = part {
            ensure!(part.status == 200 && part.etag == all.etag, "{} of {}", part.status, part.etag);
            ensure!(all.bytes.starts_with(&part.bytes), "what arrived is not the beginning of the copy");
            ensure!(part.whole == (length == all.bytes.len()), "{length} bytes passed for the whole copy");
            if !part.whole {
                let rest = fetched(&parent, &url, &link, Some(&part)).await?.context("no answer")?;
                ensure!(rest.status == 206 && rest.whole, "after {length} bytes: {}", rest.status);
                let joined = [part.bytes.as_slice(), rest.bytes.as_slice()].concat();
                ensure!(joined == all.bytes, "the two parts are not the copy");
            }
        }
        // From the beginning again: by the same link, and by a new one.
        let again = fetched(&parent, &url, &link, None).await?.context("no answer")?;
        ensure!(again.whole && again.bytes == all.bytes, "{}: another copy by the same link", again.status);
        ensure!(export(&mut parent).await? == all.bytes, "another copy by a new link");
    }
    let url = trial.url();
    trial.intact(&url, &kept).await?;
    println!("export: {tally}");
    tally.are_spread()
}

#[tokio::test]
async fn a_sweep_cut_off_at_any_moment_is_made_good_by_the_next_and_takes_nothing_else() -> anyhow::Result<()>
{
    let (mut trial, rounds) = Trial::begin("sweep")?;
    let kept = trial.family("kept@example.org", "Noah", 1).await?;
    let (mut tally, mut erased) = (Places::default(), Vec::new());
    let (mut opens, mut takes) = (Duration::ZERO, Duration::ZERO);
    for round in 0..=rounds {
        // One who never opens the mail, and one whose days of grace are over a month later.
        let url = trial.url();
        let mut stranger = trial.elsewhere(&url)?;
        ask(&mut stranger, &format!("stranger{round}@example.org"), "").await?;
        let email = format!("gone{round}@example.org");
        let mut doomed = trial.family(&email, "Mia", (round % 4) as u8 + 1).await?;
        doomed.parent.open("/account/delete").await?;
        doomed.parent.must_submit("/account/delete", &[]).await?;
        trial.site.server.kill();
        trial.site.at(i64::from(round + 1) * 31 * DAY_S)?;
        if round == 0 {
            opens = ends_well(trial.program(&["privacy", "sweep", "--dry-run"]))?;
            takes = ends_well(trial.program(&["privacy", "sweep"]))?;
        } else {
            // In odd rounds a server that works is killed, which sweeps once it answers; in even ones the command, most
            // often when it has opened everything.
            let ended = if round % 2 == 1 {
                let life = trial.moments.within(Duration::ZERO..takes * 11 / 10);
                kill_after(&mut trial.working()?, life).await;
                trial.is_swept()?
            } else {
                let life = trial.moments.within(opens * 7 / 10..takes * 11 / 10);
                cut_off(trial.program(&["privacy", "sweep"]), life).await?
            };
            tally.add_around(trial.ledger_names(&doomed)?, ended);
            // The next one makes it good: a server after half of either, the command after the others.
            if round % 4 < 2 {
                trial.swept_by_itself().await?;
            } else {
                ends_well(trial.program(&["privacy", "sweep"]))?;
            }
        }
        let url = trial.start_again()?;
        trial.gone(&doomed).await?;
        ensure!(trial.site.count("accounts where state = 'pending'").await? == 0, "a sign-up is left");
        ensure!(trial.is_swept()?, "after the sweep there is still due: {:?}", trial.site.due()?);
        trial.intact(&url, &kept).await?;
        doomed.lasting.clear();
        erased.push(doomed);
    }
    let url = trial.start_again()?;
    for doomed in &erased {
        trial.gone(doomed).await?;
    }
    trial.intact(&url, &kept).await?;
    println!("sweep: {tally}");
    tally.are_spread()
}

/// The master keys of a data folder.
fn master_keys(data: &Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(data.join("keys/master.key"))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(str::to_owned).collect())
}

#[tokio::test]
async fn a_change_of_the_master_key_cut_off_at_any_moment_leaves_every_account_open() -> anyhow::Result<()> {
    let (mut trial, rounds) = Trial::begin("master key")?;
    let families = [
        trial.family("kept@example.org", "Noah", 1).await?,
        trial.family("too@example.org", "Mia", 2).await?,
    ];
    let url = trial.url();
    for number in 0..STRANGERS {
        let mut stranger = trial.elsewhere(&url)?;
        ask(&mut stranger, &format!("stranger{number}@example.org"), "").await?;
    }
    trial.site.server.kill();
    let rotates = ends_well(trial.program(&["keys", "rotate"]))?;
    let forgets = ends_well(trial.program(&["keys", "forget-old"]))?;
    let mut tally = Places::default();
    for round in 1..=rounds {
        trial.site.server.kill();
        let before = master_keys(trial.data())?;
        ensure!(before.len() == 1, "there are {} master keys before the change", before.len());
        // The new key is made and taken into use, or the old one is forgotten.
        let forgetting = round % 2 == 0;
        let ended = if forgetting {
            ends_well(trial.program(&["keys", "rotate"]))?;
            let life = trial.moments.within(Duration::ZERO..forgets * 11 / 10);
            cut_off(trial.program(&["keys", "forget-old"]), life).await?
        } else {
            let life = trial.moments.within(Duration::ZERO..rotates * 11 / 10);
            cut_off(trial.program(&["keys", "rotate"]), life).await?
        };
        let keys = master_keys(trial.data())?;
        ensure!((1..=2).contains(&keys.len()), "there are {} master keys", keys.len());
        ensure!(forgetting || keys.contains(&before[0]), "the old key was lost before it was forgotten");
        tally.add_around(if forgetting { keys.len() == 1 } else { keys.len() == 2 }, ended);
        let url = trial.start_again()?;
        let by = trial.site.rows(WRAPPED_BY).await?.len();
        ensure!(by <= keys.len(), "{by} master keys are needed, and {} are there", keys.len());
        for family in &families {
            trial.intact(&url, family).await?;
        }

        // Made good by the commands that are there for it, the first of which may be left out.
        trial.site.server.kill();
        if trial.moments.next(2) == 0 {
            ends_well(trial.program(&["keys", "rotate", "--only-rewrap"]))?;
        }
        ends_well(trial.program(&["keys", "forget-old"]))?;
        let left = files(&trial.data().join("keys"))?;
        ensure!(master_keys(trial.data())?.len() == 1 && left.len() == 1, "old keys are left: {left:?}");
        let url = trial.start_again()?;
        ensure!(trial.site.rows(WRAPPED_BY).await?.len() == 1, "a key is still wrapped by an old master key");
        for family in &families {
            trial.intact(&url, family).await?;
        }
        let strangers = trial.site.count("accounts where state = 'pending'").await?;
        ensure!(strangers == i64::from(STRANGERS), "{strangers} of {STRANGERS} strangers are left");
    }
    println!("master key: {tally}");
    tally.are_spread()
}

/// A data folder in which there is nothing but the site's master key.
fn another_machine(trial: &Trial) -> anyhow::Result<TempDir> {
    let new = tempfile::tempdir()?;
    std::fs::create_dir_all(new.path().join("keys"))?;
    std::fs::copy(trial.data().join("keys/master.key"), new.path().join("keys/master.key"))?;
    Ok(new)
}

/// Brings a backup back on another machine, killed once on the way when it is told after how long; how long it took.
/// Whoever is to stay is there with everything, and whoever the ledger names is not.
async fn restored(
    trial: &mut Trial,
    backup: &Path,
    ledger: &Path,
    life: Option<Duration>,
    (kept, erased): (&Family, &Family),
) -> anyhow::Result<Duration> {
    let (new, shift) = (another_machine(trial)?, shift(trial));
    let (backup, ledger) = (text(backup), text(ledger));
    let restore = || program(new.path(), &shift, &["restore", &backup, "--ledger", &ledger]);
    if let Some(life) = life {
        cut_off(restore(), life).await?;
    }
    let mut takes = Duration::ZERO;
    if !new.path().join("studio.sqlite").exists() {
        takes = ends_well(restore())?;
    }
    let server = started(new.path(), &shift)?;
    trial.intact(&server.url, kept).await?;
    let back = count(new.path(), &format!("accounts where id = '{}'", erased.account)).await?;
    ensure!(back == 0, "{backup} brought {} back", erased.email);
    let back = on_disk(new.path(), erased)?;
    ensure!(back.is_empty(), "{backup} brought objects of {} back: {back:?}", erased.email);
    Ok(takes)
}

#[tokio::test]
async fn a_backup_cut_off_at_any_moment_passes_for_none_and_each_finished_one_comes_back()
-> anyhow::Result<()> {
    let (mut trial, rounds) = Trial::begin("backup")?;
    let kept = trial.family("kept@example.org", "Noah", 1).await?;
    let erased = trial.family("gone@example.org", "Mia", 2).await?;
    let folder = tempfile::tempdir()?;
    // As if the second one had been erased after each of these backups.
    let ledger = folder.path().join("erasures.log");
    std::fs::write(&ledger, format!("account {}\n", erased.account))?;
    let who = (&kept, &erased);
    let first = folder.path().join("backup-0");
    let takes = ends_well(trial.program(&["backup", &text(&first)]))?;
    let comes_back = restored(&mut trial, &first, &ledger, None, who).await?;
    let mut tally = Places::default();
    for round in 1..=rounds {
        let to = folder.path().join(format!("backup-{round}"));
        let unfinished = to.with_extension("unfinished");
        let snapshot = trial.data().join("backup.sqlite");
        let life = trial.moments.within(Duration::ZERO..takes * 11 / 10);
        let ended = cut_off(trial.program(&["backup", &text(&to)]), life).await?;
        ensure!(!ended || to.exists(), "the backup says that it is made, and is not there");
        tally.add_around(snapshot.exists() || unfinished.exists(), to.exists());
        if unfinished.exists() {
            ensure!(!to.exists(), "the backup is there, and unfinished too");
            let check = trial.program(&["backup", "--check", &text(&unfinished)]).output()?;
            if check.status.success() {
                // Killed just before it got its name: nothing is missing.
                restored(&mut trial, &unfinished, &ledger, None, who).await?;
            } else {
                let (new, shift) = (another_machine(&trial)?, shift(&trial));
                let (half, ledger) = (text(&unfinished), text(&ledger));
                let mut restore = program(new.path(), &shift, &["restore", &half, "--ledger", &ledger]);
                let told = restore.output()?;
                ensure!(!told.status.success(), "half a backup was brought back");
                ensure!(!new.path().join("studio.sqlite").exists(), "half a backup left a database behind");
            }
        }
        // What has the name of a backup is one; where there is none, it is made by the same command.
        if !to.exists() {
            ends_well(trial.program(&["backup", &text(&to)]))?;
        }
        ends_well(trial.program(&["backup", "--check", &text(&to)]))?;
        ensure!(!unfinished.exists() && !snapshot.exists(), "something is left of a backup that was cut off");
        let life = trial.moments.within(Duration::ZERO..comes_back * 11 / 10);
        restored(&mut trial, &to, &ledger, Some(life), who).await?;
        // The site beside which all this happened has noticed nothing.
        let url = trial.url();
        trial.intact(&url, &kept).await?;
        trial.intact(&url, &erased).await?;
        std::fs::remove_dir_all(&to)?;
    }
    println!("backup: {tally}");
    tally.are_spread()
}
