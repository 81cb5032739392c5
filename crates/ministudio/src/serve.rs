//! `ministudio serve` and `ministudio work`: opening the studio and keeping it running.

use std::fs::{DirBuilder, File, TryLockError};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use catalogue::OnDisk;
use film::Folder;
use policy::Policies;
use studio::db::{Db, InUse, Stand};
use studio::films::Catalogue;
use studio::till::TillMode;
use studio::{Clock, Outside, Studio, System};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};

use crate::config::{MAILS_LEAVE, Settings, secret_in};
use crate::outsiders::Outsiders;

/// Serves the site, and makes films unless that is left to others.
pub fn serve(settings: Settings) -> anyhow::Result<()> {
    let lock = prepare(&settings)?;
    runtime()?.block_on(async {
        let listener = listen(settings.listen).await?;
        let listening = listener.local_addr()?;
        let mut kept_out = take_part(&settings).await?;
        let studio = open(&settings, listening).await?;
        let token = studio.sessions().new_operator_token().await?;
        let (stop, stopped) = watch::channel(false);
        let options = web::WebOptions {
            public_url: settings.address_at(listening),
            embedded: settings.is_embedded(),
            loopback: listening.ip().is_loopback(),
            hosts: settings.hosts.clone(),
            proxies: settings.proxies.clone(),
            country_header: settings.country_header.clone(),
            proof: settings.proof.clone(),
            emulated: settings.emulators.clone(),
        };
        if let Some(why) = crate::doctor::decoding_is_open().await {
            tracing::error!(why, "photos are decoded in a process that is not shut in as it should be on this machine");
        }
        if options.lacks_proxies() {
            tracing::warn!(
                "visitors seem to come through a proxy on this machine, and `proxies` names none: to every limit they \
                 are one and the same visitor"
            );
        }
        say(&settings, &options, &studio, &token);

        let until = wait_for(stopped.clone());
        let mut site = tokio::spawn(web::serve(studio.clone(), options, listener, until));
        keep_mark(&studio, stopped.clone());
        let works = settings.works;
        let (workers, alone) = (studio.clone(), settings.is_embedded());
        let working = async move { if works { workers.jobs().run(alone, stopped).await } else { wait_for(stopped).await; Ok(()) } };
        let mut work = tokio::spawn(working);
        let (ended, all_run) = tokio::select! {
            () = signal() => (Ok(()), true),
            // Others have the database: nothing more is written there, so nothing is waited for.
            why = &mut kept_out => return Err(must_stop(why)),
            ended = &mut site => {
                (ended.map_err(anyhow::Error::from).and_then(|site| site.context("the site ended")), false)
            }
            ended = &mut work => {
                (ended.map_err(anyhow::Error::from).and_then(|work| work.context("the jobs ended")), false)
            }
        };
        println!("Stopping. What is under way is taken up again at the next start.");
        let _ = stop.send(true);
        let patience = tokio::time::sleep(PATIENCE);
        tokio::pin!(patience);
        if all_run {
            tokio::select! {
                _ = async { let _ = (&mut site).await; let _ = (&mut work).await; } => {}
                () = &mut patience => tracing::warn!("some work did not end in time; it is taken up again at the next start"),
                () = signal() => {}
            }
        }
        mark_last(&studio).await;
        ended
    })?;
    drop(lock);
    Ok(())
}

/// Makes films for a studio that others serve.
pub fn work(settings: Settings) -> anyhow::Result<()> {
    if settings.is_embedded() {
        bail!(
            "`work` needs a database that machines can share: set `database` to a postgres:// address.\n\
             With SQLite, `serve` makes the films itself."
        );
    }
    if settings.address.is_empty() {
        bail!(
            "`work` writes mails with links to the site: set `address` to the address that people reach it by, \
             as it is set where the site is served."
        );
    }
    let lock = prepare(&settings)?;
    runtime()?.block_on(async {
        let mut kept_out = take_part(&settings).await?;
        let studio = open(&settings, settings.listen).await?;
        let (stop, stopped) = watch::channel(false);
        println!(
            "Mini Studio makes films now, {} shots at once. Ctrl+C ends it.",
            studio.config().renders_at_once
        );
        keep_mark(&studio, stopped.clone());
        let jobs = studio.clone();
        let mut work = tokio::spawn(async move { jobs.jobs().run(false, stopped).await });
        tokio::select! {
            () = signal() => {}
            // Others have the database: nothing more is written there, so nothing is waited for.
            why = &mut kept_out => return Err(must_stop(why)),
            ended = &mut work => return ended?.context("the jobs ended"),
        }
        let _ = stop.send(true);
        let _ = tokio::time::timeout(PATIENCE, work).await;
        mark_last(&studio).await;
        Ok(())
    })?;
    drop(lock);
    Ok(())
}

/// Prints a new sign-in link for the operator, also beside a running site. The one before stops working.
pub fn operator_link(settings: Settings) -> anyhow::Result<()> {
    let token =
        with_studio(&settings, true, async |studio| Ok(studio.sessions().new_operator_token().await?))?;
    println!("{}", operator_address(&settings.address_at(settings.listen), &token));
    Ok(())
}

/// The operator's sign-in link, of a site with this address.
fn operator_address(address: &str, token: &str) -> String {
    format!("{address}/operator/sign-in/{token}")
}

/// Takes part in a database that machines share, to the end of the process: what must have it alone is kept out, and
/// machines that are set otherwise than this one are noticed. The task ends where this process is kept out itself, as it
/// lost its connection meanwhile: then it must stop.
async fn take_part(settings: &Settings) -> anyhow::Result<JoinHandle<studio::Error>> {
    let in_use = InUse::begin(&settings.studio(settings.listen), settings.alike()).await;
    let Some(mut in_use) = in_use.map_err(not_opened)? else {
        return Ok(tokio::spawn(std::future::pending()));
    };
    let differing = in_use.differing().await.map_err(not_opened)?;
    if differing.contains(&MAILS_LEAVE) {
        bail!(
            "Another machine on this database is set otherwise: one has `smtp` and the other has not, so that \
             mails would get lost. Set it alike on all machines. Nothing was started."
        );
    }
    if !differing.is_empty() {
        let detail = differing.join(", ");
        tracing::error!(
            detail,
            "another machine is set otherwise; what is named has to be alike on all of them"
        );
    }
    Ok(tokio::spawn(in_use.keep()))
}

/// Why a process that is kept out of its database stops, at once.
fn must_stop(why: Result<studio::Error, JoinError>) -> anyhow::Error {
    match why {
        Ok(error) => anyhow::anyhow!("stopped, as others have the database: {}", error.for_operator()),
        Err(error) => error.into(),
    }
}

/// Does something while no process serves or works on the database, on whatever machine, and none can begin to.
pub fn alone<T>(settings: &Settings, body: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let runtime = runtime()?;
    let config = settings.studio(settings.listen);
    let _kept = runtime.block_on(InUse::alone(&config)).map_err(not_opened)?;
    body()
}

/// What whoever started the program is told.
fn not_opened(error: studio::Error) -> anyhow::Error {
    anyhow::anyhow!("the studio cannot be opened: {}", error.for_operator())
}

/// How long work under way may take to end.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(8);

/// Moves the mark on, by which a database that was brought back is known, as long as the program runs.
fn keep_mark(studio: &Studio, stopped: watch::Receiver<bool>) {
    let studio = studio.clone();
    tokio::spawn(async move { studio::backup::mark_until(&studio, stopped).await });
}

/// Moves it on once more, now that nobody is let in: what was taken back until now is known to be.
async fn mark_last(studio: &Studio) {
    let _ = tokio::time::timeout(PATIENCE, studio::backup::mark(studio)).await;
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// Makes the data folder, open to its owner alone. In the embedded size one process has it at a time:
/// the lock, held while it is returned, goes with the process however it ends.
pub fn prepare(settings: &Settings) -> anyhow::Result<Option<File>> {
    let data = &settings.data;
    let made = DirBuilder::new().recursive(true).mode(0o700).create(data);
    made.with_context(|| format!("cannot make the data folder {}", data.display()))?;
    // One that was there before may be open to others.
    std::fs::set_permissions(data, std::fs::Permissions::from_mode(0o700))
        .with_context(|| format!("cannot close the data folder {} to others", data.display()))?;
    if !settings.is_embedded() {
        return Ok(None);
    }
    let file = data.join("in-use");
    let lock = File::create(&file).with_context(|| format!("cannot write to {}", data.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => bail!(
            "Mini Studio is running already on the data folder {}.\n\
             Stop it first, or choose another folder with --data.",
            data.display()
        ),
        Err(TryLockError::Error(error)) => Err(error).context("cannot lock the data folder"),
    }
}

async fn listen(at: SocketAddr) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(at).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => bail!(
            "Port {} is taken by another program.\n\
             Stop that one, or choose another port: ministudio serve --listen {}:0 takes any free one.",
            at.port(),
            at.ip()
        ),
        Err(error) => Err(error).with_context(|| format!("cannot listen at {at}")),
    }
}

/// Does something with a studio that does not serve. `beside`: while another process may be serving; then it has to be
/// there as this program has it, and nothing is made or brought up to date.
pub fn with_studio<T>(
    settings: &Settings,
    beside: bool,
    body: impl AsyncFnOnce(&Studio) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let lock = if beside { None } else { prepare(settings)? };
    let done = runtime()?.block_on(async {
        let (config, outside, catalogue) = parts(settings, settings.listen)?;
        if beside {
            is_there(&config).await?;
        }
        let studio = Studio::look_into(config, outside, catalogue).await;
        body(&studio.map_err(not_opened)?).await
    });
    drop(lock);
    done
}

/// Whether a studio is there that can be opened as it is; if not, why, in one sentence.
async fn is_there(config: &studio::Config) -> anyhow::Result<()> {
    match Db::stand(config).await.map_err(not_opened)? {
        Stand::Absent => Err(absent(&config.data)),
        Stand::Earlier => bail!(
            "The studio in the data folder {} is of an earlier version of the program, and its next start brings it \
             up to date. Nothing was changed.",
            config.data.display()
        ),
        Stand::Current => Ok(()),
    }
}

/// That there is no studio, in one sentence.
fn absent(data: &Path) -> anyhow::Error {
    let data = data.display();
    anyhow::anyhow!(
        "There is no studio in the data folder {data} yet: its first start makes one. Nothing was made."
    )
}

/// That a studio was begun with these settings, in whatever version; if not, says so. Nothing is made.
pub fn must_be_begun(settings: &Settings) -> anyhow::Result<()> {
    if is_begun(settings)? { Ok(()) } else { Err(absent(&settings.data)) }
}

/// Whether a studio was begun with these settings, in whatever version. Nothing is made.
pub fn is_begun(settings: &Settings) -> anyhow::Result<bool> {
    Ok(wait_until(Db::stand(&settings.studio(settings.listen)))? != Stand::Absent)
}

/// What the studio's own commands need beside a studio: where everything lies, and the outside world.
pub fn outside(settings: &Settings) -> anyhow::Result<(studio::Config, Outside)> {
    let (config, outside, _) = parts(settings, settings.listen)?;
    Ok((config, outside))
}

/// Does it to its end; what went wrong in the studio's words.
pub fn wait_until<T>(work: impl Future<Output = studio::Result<T>>) -> anyhow::Result<T> {
    runtime()?.block_on(work).map_err(|error| anyhow::anyhow!("{}", error.for_operator()))
}

async fn open(settings: &Settings, listening: SocketAddr) -> anyhow::Result<Studio> {
    let (config, outside, catalogue) = parts(settings, listening)?;
    let studio = Studio::open(config, outside, catalogue).await;
    studio.map_err(not_opened)
}

/// What a studio is opened with.
fn parts(settings: &Settings, listening: SocketAddr) -> anyhow::Result<(studio::Config, Outside, Catalogue)> {
    let catalogue = films(settings)?;
    let environment = |name: &str| std::env::var(name).ok();
    let mut config = settings.studio(listening);
    config.policies = policies(&settings.policies)?;
    config.maildir = settings.maildir()?;
    config.inbound_secret =
        secret_in("inbound_secret_variable", &settings.inbound_secret_variable, environment)?;
    config.metrics_secret =
        secret_in("metrics_secret_variable", &settings.metrics_secret_variable, environment)?;
    let mut outside = Outside::embedded();
    outside.post = crate::post::post(settings, environment)?;
    config.provenance = crate::marks::signer(settings)?.map(Arc::new);
    if !settings.clock_shift.as_os_str().is_empty() {
        tracing::warn!("the clock is shifted: this is a trial");
        outside.clock = Arc::new(Shifted(settings.clock_shift.clone()));
    }
    let outsiders = Outsiders::read(settings, &config.policies)?;
    config.switched_on = outsiders.on.clone();
    outside.connect = outsiders.connect(&config.policies, Arc::clone(&outside.clock))?;
    Ok((config, outside, catalogue))
}

/// The machine's clock, ahead by the seconds that stand in a file.
struct Shifted(PathBuf);

impl Clock for Shifted {
    fn now_ms(&self) -> i64 {
        let text = std::fs::read_to_string(&self.0).unwrap_or_default();
        System.now_ms() + text.trim().parse::<i64>().unwrap_or(0) * 1_000
    }
}

/// The policies of the program and those on the disk.
fn policies(folders: &[PathBuf]) -> anyhow::Result<Policies> {
    let read = |folder: &PathBuf| -> anyhow::Result<(String, policy::Files)> {
        let name = folder
            .file_name()
            .and_then(|name| name.to_str())
            .context("a policy's folder is named after its day")?;
        let mut files = policy::Files::new();
        read_texts(folder, "", &mut files)
            .with_context(|| format!("cannot read the policy {}", folder.display()))?;
        Ok((name.to_owned(), files))
    };
    let more = folders.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    Policies::embedded().with(more).map_err(|error| anyhow::anyhow!("{error}"))
}

/// All files of a folder by their path in it.
fn read_texts(folder: &Path, within: &str, files: &mut policy::Files) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{within}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read_texts(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.insert(path, std::fs::read_to_string(entry.path())?);
        }
    }
    Ok(())
}

/// The films of the program, where they are offered, and those on the disk: named in the configuration or published.
fn films(settings: &Settings) -> anyhow::Result<Catalogue> {
    let embedded: Vec<_> = catalogue::films().filter(|_| settings.built_in_films).collect();
    let (on_disk, earlier) = on_disk(settings)?;
    let embedded = embedded.iter().map(|film| film as &dyn Folder);
    let on_disk = on_disk.iter().map(|film| film as &dyn Folder);
    let offered = Catalogue::in_heights(&settings.renditions, embedded.chain(on_disk))?;
    Ok(offered.with_earlier(&settings.renditions, earlier.iter().map(|film| film as &dyn Folder)))
}

/// The films on the disk, and the earlier versions that stand beside them on their shelves.
fn on_disk(settings: &Settings) -> anyhow::Result<(Vec<OnDisk>, Vec<OnDisk>)> {
    let (mut offered, mut earlier) = (Vec::new(), Vec::new());
    for folder in &settings.films {
        let context = || format!("cannot open the film folder {}", folder.display());
        let films = catalogue::films_in(folder).with_context(context)?;
        anyhow::ensure!(!films.is_empty(), "there is no film in {}", folder.display());
        offered.extend(films);
        earlier.extend(catalogue::earlier_in(folder).with_context(context)?);
    }
    // What `film publish` put there.
    let published = studio::films::published_in(&settings.data);
    if published.is_dir() {
        let context = || format!("cannot read the films in {}", published.display());
        offered.extend(catalogue::films_in(&published).with_context(context)?);
        earlier.extend(catalogue::earlier_in(&published).with_context(context)?);
    }
    Ok((offered, earlier))
}

/// What a person needs to know.
fn say(settings: &Settings, options: &web::WebOptions, studio: &Studio, token: &str) {
    let address = &options.public_url;
    let data = settings.data.canonicalize().unwrap_or_else(|_| settings.data.clone());
    println!("Mini Studio is running.\n");
    println!("  Films      {address}/");
    println!("  Operator   {}", operator_address(address, token));
    println!("             (once, within an hour; `ministudio operator-link` prints another)");
    if !settings.smtp.is_empty() {
        println!("  Mails      are sent from {}", settings.mail_from);
    } else if options.loopback {
        println!("  Mails      {address}/outbox (nothing is sent out)");
    } else {
        println!("  Mails      stay in the database; the outbox page exists only on a loopback address");
    }
    println!("  Data       {}", data.display());
    if !settings.master_key_command.is_empty() {
        println!("  Master key kept by a key-management service, asked through `master_key_command`");
    } else if settings.is_embedded() && settings.master_key_variable.is_empty() {
        println!(
            "  Master key {} (keep a copy: without it nothing opens)",
            data.join("keys/master.key").display()
        );
    }
    println!("  Till       {}", till(studio.till().mode()));
    let on: Vec<&str> = studio.switched_on().iter().map(|(id, _)| id.as_str()).collect();
    println!("  Processors {}\n", if on.is_empty() { "none".to_owned() } else { on.join(", ") });
    println!("Ctrl+C stops it.");
}

/// What becomes of money.
fn till(mode: TillMode) -> &'static str {
    match mode {
        TillMode::NoMoney => "a test till, no money is taken",
        TillMode::TestMode => "in its test mode, only play money is taken",
        TillMode::Live => "takes money",
    }
}

async fn wait_for(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Ctrl+C, or being asked to end.
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("signals can be listened to");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_versions_are_read_from_whichever_shelf_they_stand_on() {
        let outer = tempfile::tempdir().unwrap();
        for film in ["shelf/moon/1", "shelf/moon/2", "boat", "data/films/sea/3", "data/films/sea/4"] {
            let folder = outer.path().join(film);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("film.toml"), film).unwrap();
        }
        let settings = Settings {
            data: outer.path().join("data"),
            films: ["shelf", "boat"].map(|folder| outer.path().join(folder)).to_vec(),
            ..Settings::default()
        };
        let said = |films: &[OnDisk]| -> Vec<String> {
            let text =
                |film: &OnDisk| String::from_utf8(film.read("film.toml").unwrap().into_owned()).unwrap();
            films.iter().map(text).collect()
        };
        let (offered, earlier) = on_disk(&settings).unwrap();
        assert_eq!(said(&offered), ["shelf/moon/2", "boat", "data/films/sea/4"]);
        assert_eq!(said(&earlier), ["shelf/moon/1", "data/films/sea/3"]);
    }
}
