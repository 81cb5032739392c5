//! A backup made beside the running program, and brought back by hand: what was erased since stays erased.

use std::path::Path;
use std::process::Output;

use anyhow::ensure;
use e2e::server::{Server, command};
use e2e::site::{Site, files_with};
use e2e::visitor::{Value, Visitor, film_is_whole, order_tiny, sign_up};
use e2e::{drawn_child, tiny_film};

fn run(arguments: &[&str], data: &Path) -> anyhow::Result<Output> {
    Ok(command().args(arguments).arg("--data").arg(data).env("MINISTUDIO_FILMS", tiny_film()).output()?)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[tokio::test]
async fn proves_g_4_a_backup_from_before_an_erasure_brings_nothing_of_it_back() -> anyhow::Result<()> {
    let site = Site::start_working(&[("MINISTUDIO_FILMS", &tiny_film())])?;
    for (email, child, name) in [("gone@example.org", 1, "Mia Wunderlich"), ("kept@example.org", 2, "Noah")] {
        let mut parent = site.visitor("DE")?;
        sign_up(&mut parent, email).await?;
        order_tiny(&mut parent, name, &drawn_child(child), &[]).await?;
        film_is_whole(&mut parent).await?;
    }
    let folder = tempfile::tempdir()?;
    let backup = folder.path().join("backup");
    let told = run(&["backup", &text(&backup)], site.data.path())?;
    let words = String::from_utf8_lossy(&told.stdout).into_owned();
    ensure!(told.status.success() && words.contains("is made, and was read once"), "{told:?}");
    let told = run(&["backup", "--check", &text(&backup)], site.data.path())?;
    ensure!(told.status.success(), "{told:?}");
    for personal in ["gone@example.org", "SQLite format", "Wunderlich"] {
        ensure!(files_with(&backup, personal)?.is_empty(), "{personal} can be read in the backup");
    }

    let mut operator = site.operator().await?;
    operator.open("/desk/erasures").await?;
    let fields = [("email", Value::Text("gone@example.org")), ("sure", Value::Text("yes"))];
    operator.must_submit("/desk/erasures", &fields).await?;
    let Site { server, data, .. } = site;
    server.stop()?;

    // Another machine: the master key was kept apart, and the ledger is newer than the backup.
    let new = folder.path().join("new");
    std::fs::create_dir_all(new.join("keys"))?;
    std::fs::copy(data.path().join("keys/master.key"), new.join("keys/master.key"))?;
    let told = run(&["restore", &text(&backup)], &new)?;
    let words = String::from_utf8_lossy(&told.stderr).into_owned();
    ensure!(!told.status.success() && words.contains("erasures.log"), "{words}");
    let ledger = text(&data.path().join("erasures.log"));
    let told = run(&["restore", &text(&backup), "--ledger", &ledger], &new)?;
    let words = String::from_utf8_lossy(&told.stdout).into_owned();
    ensure!(told.status.success() && words.contains("Erased again, as it was erased since: 1"), "{told:?}");

    let server = Server::start(&new, &[("MINISTUDIO_FILMS", &tiny_film())])?;
    let sign_in = async |email: &str| -> anyhow::Result<Visitor> {
        let mut parent = Visitor::new(&server.url)?;
        parent.open("/sign-in").await?;
        parent.must_submit("/sign-in", &[("email", Value::Text(email))]).await?;
        parent.open("/outbox").await?;
        parent.open(&parent.link("/outbox/")?).await?;
        Ok(parent)
    };
    let gone = sign_in("gone@example.org").await?;
    ensure!(gone.link("/sign-in/link/").is_err(), "the erased account is back");
    let mut kept = sign_in("kept@example.org").await?;
    let link = kept.link("/sign-in/link/")?;
    kept.open(&link).await?;
    film_is_whole(&mut kept).await?;
    let film = kept.link("film.mp4")?;
    let path = film.split('?').next().unwrap_or(&film);
    let (status, bytes) = kept.fetch(path).await?;
    ensure!(status.is_success() && bytes.len() > 10_000, "{status}");
    server.stop()
}

#[tokio::test]
async fn after_a_leak_a_command_beside_the_running_site_lets_nobody_in_any_more() -> anyhow::Result<()> {
    let site = Site::start(&[])?;
    let link = site.operator_link()?;
    let mut operator = Visitor::new(&site.server.url)?;
    operator.open(&link).await?;
    ensure!(operator.path == "/desk", "{}", operator.path);
    let mut second = Visitor::new(&site.server.url)?;
    second.open(&link).await?;
    ensure!(second.status == 422 && second.html.contains("operator-link"), "{}", second.html);

    ensure!(site.says(&["privacy", "end-all"]).is_err(), "it is not done without --yes");
    operator.open("/desk").await?;
    ensure!(operator.status.is_success(), "{}", operator.status);
    let said = String::from_utf8(site.says(&["privacy", "end-all", "--yes"])?)?;
    ensure!(said.contains("Nobody is signed in any more"), "{said}");
    operator.open("/desk").await?;
    ensure!(operator.status == 403, "{}", operator.status);
    site.operator().await.map(drop)
}

#[test]
fn old_master_keys_of_a_variable_are_taken_out_of_it_by_whoever_set_it() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    // 32 bytes each, in base64: the current one first.
    let keys = format!("{}AQE=,{}AAA=", "AQEB".repeat(10), "AAAA".repeat(10));
    let films = tiny_film();
    let settings = [
        ("MINISTUDIO_FILMS", films.as_str()),
        ("MINISTUDIO_MASTER_KEY_VARIABLE", "FILM_KEYS"),
        ("FILM_KEYS", keys.as_str()),
    ];
    Server::start(data.path(), &settings)?.stop()?;
    let said = command().args(["keys", "forget-old", "--data"]).arg(data.path()).envs(settings).output()?;
    let (out, error) = (String::from_utf8(said.stdout)?, String::from_utf8_lossy(&said.stderr));
    ensure!(said.status.success() && out.contains("Take the others out of FILM_KEYS"), "{out}{error}");
    ensure!(!data.path().join("keys").exists(), "no key lies here");
    Ok(())
}
