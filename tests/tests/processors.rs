//! What goes out, and to whom: recorded at the kernel's door over a whole journey. No outside processor can be
//! switched on that the policy and an agreement do not cover.

use std::collections::BTreeSet;
use std::net::IpAddr;

use anyhow::{Context, ensure};
use e2e::server::{Server, command};
use e2e::visitor::{Value, Visitor, film_is_whole, order_tiny, sign_up};
use e2e::{drawn_child, tiny_film};
use policy::{Policies, derive};

#[tokio::test]
async fn proves_s6_2_s6_1_a_whole_journey_opens_no_connection_that_the_policy_does_not_name()
-> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let calls = data.path().join("calls");
    let server = Server::start_watched(data.path(), &[("MINISTUDIO_FILMS", &tiny_film())], &calls)?;
    let mut parent = Visitor::new(&server.url)?.in_country("DE")?;
    parent.open("/").await?;
    parent.must_submit("/cookie-settings", &[("decision", Value::Text("accept"))]).await?;
    for path in ["/films", "/films/tiny", "/about", "/privacy", "/promises", "/terms", "/contact"] {
        parent.open(path).await?;
    }
    let message = [
        ("email", Value::Text("parent@example.org")),
        ("kind", Value::Text("question")),
        ("message", Value::Text("Is the moon made of paper?")),
    ];
    parent.submit("/contact", &message).await?;
    sign_up(&mut parent, "parent@example.org").await?;
    order_tiny(&mut parent, "Mia", &drawn_child(1), &[]).await?;
    let film = parent.path.clone();
    film_is_whole(&mut parent).await?;
    parent.fetch(&format!("{film}/film.mp4")).await?;
    parent.open("/account/delete").await?;
    parent.must_submit("/account/delete", &[]).await?;
    server.stop()?;

    let told = watch::reached(&calls).context("strace wrote nothing: `cargo xtask test` installs it")?;
    let reached: BTreeSet<IpAddr> = told.into_iter().filter(|to| !to.is_loopback()).collect();
    let hosts: Vec<String> = reached.iter().map(ToString::to_string).collect();
    let policies = Policies::embedded();
    let policy = policies.in_force(0);
    let found =
        derive::unclassified::hosts(policy, policies.classification(), hosts.iter().map(String::as_str));
    ensure!(found.is_empty(), "{found:?}");
    // No processor is switched on: then there is none to reach, classified or not.
    ensure!(reached.is_empty(), "{reached:?}");
    Ok(())
}

#[test]
fn the_watch_sees_what_it_is_to_see() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let calls = folder.path().join("calls");
    // An address that is documentation's own (RFC 5737): nobody answers, the attempt is what counts.
    let knock = "exec 3<>/dev/udp/192.0.2.7/9; echo x >&3";
    // Nobody listens there: how it ends does not matter.
    watch::around(&calls).args(["bash", "-c", knock]).status()?;
    let reached = watch::reached(&calls)?;
    ensure!(reached.contains(&"192.0.2.7".parse()?), "{reached:?}");
    Ok(())
}

#[test]
fn proves_s6_16_a_processor_that_nothing_binds_keeps_the_program_from_starting() -> anyhow::Result<()> {
    for (chosen, sentence) in [
        ("fal", "without the reference of the signed agreement"),
        ("fal=", "without the reference of the signed agreement"),
        ("somebody=DPA 1", "somebody cannot be switched on"),
        ("fal=DPA 1,mux", "mux cannot be switched on without the reference"),
        ("fal=DPA 1", "fal is half configured: missing field `key`"),
    ] {
        let data = tempfile::tempdir()?;
        let told = command()
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data.path())
            .env("MINISTUDIO_PROCESSORS", chosen)
            .output()?;
        let words = String::from_utf8_lossy(&told.stderr);
        ensure!(told.status.code() == Some(1) && words.contains(sentence), "{chosen}: {words}");
        ensure!(words.contains("nothing was started"), "{words}");
    }
    Ok(())
}
