//! The main job in a real browser, as a parent does it; each page on the way is looked at: no
//! accessibility violation in either theme, nothing wider than the screen, a picture into `shots/`.

use std::time::Duration;

use anyhow::{Context, ensure};
use e2e::browser::{Browser, DESK, PHONE, Setup};
use e2e::drawn_child;
use e2e::server::Server;
use serde_json::json;
use thirtyfour::By;

const FILM: &str = "moon-garden";

/// Looks at the page as it stands, in both themes.
async fn look(browser: &Browser, name: &str) -> anyhow::Result<()> {
    for (theme, dark) in [("light", false), ("dark", true)] {
        browser.theme(dark).await?;
        browser.axe(&format!("{name}, {theme}")).await?;
        browser.fits(name).await?;
        browser.shoot(&format!("{name}-{theme}")).await?;
    }
    browser.theme(false).await
}

/// Signs up by the code in the mail, read from the outbox page.
async fn sign_up(browser: &Browser, server: &Server, email: &str) -> anyhow::Result<()> {
    browser.fill("#email", email).await?;
    browser.click("#adult").await?;
    browser.click("form[data-once] button.big").await?;
    browser.arrives("/sign-in/mail").await?;
    let code = newest_code(browser, server).await?;
    browser.page.goto(format!("{}/sign-in/mail", server.url)).await?;
    browser.fill("#code", &code).await?;
    browser.click("form[data-once] button.big").await
}

/// Opens the newest mail of the outbox page, once there is one.
async fn open_newest_mail(browser: &Browser, server: &Server) -> anyhow::Result<()> {
    for _ in 0..300 {
        browser.page.goto(format!("{}/outbox", server.url)).await?;
        if !browser.page.find_all(By::Css("main h2 a")).await?.is_empty() {
            return browser.click("main h2 a").await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("no mail came")
}

/// The six digits in the newest mail of the outbox page.
async fn newest_code(browser: &Browser, server: &Server) -> anyhow::Result<String> {
    open_newest_mail(browser, server).await?;
    let text = browser.find(".mail-text").await?.text().await?;
    let is_code = |line: &&str| line.len() == 7 && line.chars().all(|c| c.is_ascii_digit() || c == ' ');
    Ok(text.lines().map(str::trim).find(is_code).context("no code in the mail")?.to_owned())
}

/// A number for what the player shows: two pictures that differ have two numbers.
async fn shown(browser: &Browser) -> anyhow::Result<(f64, i64)> {
    let found = browser
        .page
        .execute(
            "const v = document.querySelector('video'), c = document.createElement('canvas');
             c.width = 64; c.height = 36;
             const g = c.getContext('2d'); g.drawImage(v, 0, 0, 64, 36);
             let sum = 7; for (const b of g.getImageData(0, 0, 64, 36).data) sum = (sum * 31 + b) % 1000000007;
             return [v.currentTime, sum];",
            vec![],
        )
        .await?;
    Ok(found.convert()?)
}

/// Waits (up to ten minutes: a busy machine makes films slowly) until the script's answer is true.
async fn until(browser: &Browser, what: &str, script: &str) -> anyhow::Result<()> {
    for _ in 0..6000 {
        if browser.page.execute(format!("return Boolean({script})"), vec![]).await?.convert::<bool>()? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("waited in vain for {what}: {}", browser.text().await?)
}

#[tokio::test]
async fn a_parent_on_a_phone_gets_a_film_and_watches_it_while_it_is_made() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let server = Server::start(data.path(), &[])?;
    let browser = Browser::open(PHONE).await?;
    let at = |path: &str| format!("{}{path}", server.url);

    browser.page.goto(at("/")).await?;
    look(&browser, "banner").await?;
    browser.answer_banner("refuse").await?;
    look(&browser, "home").await?;
    browser.page.goto(at("/films")).await?;
    look(&browser, "films").await?;
    browser.click(&format!("a[href='/films/{FILM}']")).await?;
    browser.arrives(&format!("/films/{FILM}")).await?;
    look(&browser, "film").await?;
    browser.click(&format!("a.wide[href='/create/{FILM}']")).await?;
    browser.arrives("/sign-up").await?;
    look(&browser, "sign-up").await?;
    sign_up(&browser, &server, "parent@example.org").await?;

    // A picture without a face is refused in words; nothing of the order is lost.
    browser.arrives(&format!("/create/{FILM}/photo")).await?;
    look(&browser, "photo").await?;
    browser.click("#guardian").await?;
    browser.choose_file("#photo", &e2e::root().join("tests/photos/coffee.png")).await?;
    browser.click("form[data-photo] button.big").await?;
    until(&browser, "a refusal", "document.querySelector('#photo-wrong')?.textContent.includes('face')")
        .await?;
    look(&browser, "photo-refused").await?;
    browser.choose_file("#photo", &drawn_child(1)).await?;
    browser.click("form[data-photo] button.big").await?;
    browser.find("img.cut-out").await?;
    until(&browser, "the cut-out", "document.querySelector('img.cut-out').naturalWidth === 768").await?;
    look(&browser, "cut-out").await?;
    browser.click(&format!("a[href='/create/{FILM}/child']")).await?;

    browser.arrives("/child").await?;
    look(&browser, "child").await?;
    browser.fill("#name", "Mai").await?;
    browser.click("form[data-once] button.big").await?;
    browser.arrives("/stills").await?;
    until(
        &browser,
        "the stills",
        "[...document.querySelectorAll('main img')].every(i => i.complete && i.naturalWidth > 0)",
    )
    .await?;
    look(&browser, "stills").await?;
    browser.click(&format!("a[href='/create/{FILM}/till']")).await?;
    browser.arrives("/till").await?;
    look(&browser, "till").await?;
    browser.click("button[value='pay']").await?;

    // Watching begins while shots are still being made.
    browser.arrives("/minitube/").await?;
    let film = browser.page.current_url().await?.path().to_owned();
    until(&browser, "the first picture", "document.querySelector('video').readyState >= 2").await?;
    look(&browser, "watching").await?;
    until(&browser, "the film to play", "document.querySelector('video').currentTime > 0.5").await?;
    // It goes on, and what it shows changes: however long the next shot takes to be made.
    let (first_time, first_picture) = shown(&browser).await?;
    until(
        &browser,
        "the film to go on",
        &format!("document.querySelector('video').currentTime > {}", first_time + 1.0),
    )
    .await?;
    let (_, second_picture) = shown(&browser).await?;
    ensure!(second_picture != first_picture, "the picture does not change");
    until(&browser, "its whole length", "document.querySelector('video').duration > 45").await?;
    let tracks = "[...document.querySelector('video').textTracks]";
    until(&browser, "captions", &format!("{tracks}.some(t => t.mode === 'showing' && t.cues?.length >= 10)"))
        .await?;
    until(&browser, "sound", "document.querySelector('video').webkitAudioDecodedByteCount > 1000").await?;
    // Seeking to a shot that may not be made yet: it is waited for.
    browser.page.execute("document.querySelector('video').currentTime = 52", vec![]).await?;
    until(&browser, "the end to play", "document.querySelector('video').currentTime > 53").await?;

    // Whole: it can be kept.
    until(&browser, "the download", "!document.querySelector('[data-when-ready]').hidden").await?;

    // Keys: captions go and come. Where the film is stopped it goes on, and nothing is kept in the browser for it.
    let key = "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'c', bubbles: true }))";
    for showing in [false, true] {
        browser.page.execute(key, vec![]).await?;
        let now = format!("{tracks}.some(t => t.mode === 'showing') === {showing}");
        until(&browser, "captions to change", &now).await?;
    }
    let stop =
        "const v = document.querySelector('video'); v.currentTime = 20; v.play().then(() => v.pause());";
    browser.page.execute(stop, vec![]).await?;
    // Not a place near the end, which was kept while it played: from there a film begins anew.
    let kept = "((at) => at >= 20 && at < 30)(document.querySelector('video').dataset.stopped)";
    until(&browser, "its place to be kept", kept).await?;
    browser.page.goto(at(&film)).await?;
    until(&browser, "it to go on there", "document.querySelector('video').currentTime >= 20").await?;
    let kept = "return localStorage.length + sessionStorage.length";
    ensure!(browser.page.execute(kept, vec![]).await?.convert::<u64>()? == 0);
    browser.click("[data-from-start]").await?;
    until(&browser, "it to begin again", "document.querySelector('video').currentTime < 10").await?;
    look(&browser, "watching-again").await?;
    browser.page.goto(at("/minitube")).await?;
    look(&browser, "minitube").await?;
    browser.page.goto(at("/library")).await?;
    look(&browser, "library").await?;

    // The name was misspelt: only the shots that show it are made again.
    browser.page.goto(at(&format!("{film}/name"))).await?;
    look(&browser, "name").await?;
    browser.fill("#name", "Mia").await?;
    browser.click("form[data-once] button.big").await?;
    browser.find("[data-progress]").await?;
    let again = "return document.querySelectorAll('[data-shot].done').length";
    let kept: u64 = browser.page.execute(again, vec![]).await?.convert()?;
    ensure!(kept >= 10, "only {kept} shots were kept when the name was corrected");
    until(&browser, "the corrected film", "!document.querySelector('[data-when-ready]').hidden").await?;
    let said = "!document.querySelector('[data-progress]').hidden \
                && document.querySelector('[data-progress] [role=status]').textContent.includes('The film is ready.')";
    until(&browser, "words that it is ready", said).await?;

    for (path, name) in [
        ("/account", "account"),
        ("/account/export", "export"),
        ("/account/address", "address"),
        ("/account/orders", "orders"),
        ("/account/sessions", "places"),
        ("/account/passkeys", "passkeys"),
        ("/account/access", "access"),
        (&format!("{film}/share"), "share"),
        (&format!("{film}/release"), "release"),
        ("/account/restriction", "restriction"),
        ("/account/delete", "leave"),
        ("/outbox", "outbox"),
        ("/nowhere", "error"),
        ("/about", "about"),
        ("/contact", "contact"),
        ("/terms", "terms"),
        ("/privacy", "privacy"),
        ("/de/privacy", "privacy-german"),
        ("/promises", "promises"),
        ("/cookie-settings", "cookie-settings"),
    ] {
        browser.page.goto(at(path)).await?;
        look(&browser, name).await?;
    }
    // Only stored for a moment.
    browser.page.goto(at("/account/restriction")).await?;
    browser.click("main form button.big").await?;
    browser.find("input[name='choice'][value='lift']").await?;
    look(&browser, "restricted").await?;
    browser.click("main form button.big").await?;
    browser.arrives("/account?done=restriction-lifted").await?;
    // The photo of the first film is offered for another one, and asked for again.
    browser.page.goto(at(&format!("/create/{FILM}"))).await?;
    browser.find("form[action$='/photo/known']").await?;
    look(&browser, "photo-known").await?;
    browser.page.goto(at(&format!("{film}/delete"))).await?;
    look(&browser, "film-delete").await?;
    browser.click("main form button").await?;
    browser.arrives("/library?done=film").await?;
    ensure!(!browser.text().await?.contains("with Mia"), "the film is still in the library");
    browser.click("a[href^='/library/photos/'][href$='/delete']").await?;
    look(&browser, "photo-delete").await?;
    browser.click("main form button").await?;
    browser.arrives("/library?done=photo").await?;
    ensure!(browser.text().await?.contains("We keep no photo of yours"), "the photo is still there");
    // The end of the account, and the way back.
    browser.page.goto(at("/account/delete")).await?;
    browser.click("main form button.big").await?;
    browser.find("main div.notice").await?;
    look(&browser, "left").await?;
    browser.page.goto(at("/sign-in")).await?;
    browser.fill("#email", "parent@example.org").await?;
    browser.click("button[value='link']").await?;
    browser.arrives("/sign-in/mail").await?;
    let code = newest_code(&browser, &server).await?;
    browser.page.goto(at("/sign-in/mail")).await?;
    browser.fill("#code", &code).await?;
    browser.click("form[data-once] button.big").await?;
    browser.arrives("/account/stay").await?;
    look(&browser, "stay").await?;
    browser.click("main form button.big").await?;
    browser.arrives("/library").await?;
    browser.close().await?;
    server.stop()
}

#[tokio::test]
async fn without_scripts_the_way_leads_to_the_download_all_the_same() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let server = Server::start(data.path(), &[])?;
    let browser = Browser::open(Setup { scripts: false, ..PHONE }).await?;
    let at = |path: &str| format!("{}{path}", server.url);

    browser.page.goto(at(&format!("/films/{FILM}"))).await?;
    browser.answer_banner("accept").await?;
    browser.click(&format!("a.wide[href='/create/{FILM}']")).await?;
    browser.arrives("/sign-up").await?;
    sign_up(&browser, &server, "plain@example.org").await?;
    browser.arrives("/photo").await?;
    browser.click("#guardian").await?;
    browser.choose_file("#photo", &drawn_child(2)).await?;
    browser.click("form[data-photo] button.big").await?;
    browser.find("img.cut-out").await?;
    browser.click(&format!("a[href='/create/{FILM}/child']")).await?;
    browser.fill("#name", "Noé").await?;
    browser.click("form[data-once] button.big").await?;
    browser.arrives("/stills").await?;
    browser.click(&format!("a[href='/create/{FILM}/till']")).await?;
    browser.click("button[value='pay']").await?;
    browser.arrives("/minitube/").await?;
    // The page loads itself again until the film can be downloaded.
    let film = browser.page.current_url().await?.path().to_owned();
    let mut ready = false;
    for _ in 0..600 {
        browser.page.goto(at("/library")).await?;
        if browser.text().await?.contains("Download the film") {
            ready = true;
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    ensure!(ready, "the film never became ready: {}", browser.text().await?);
    let cookies = browser.page.get_all_cookies().await?;
    let cookies: Vec<String> =
        cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
    #[expect(clippy::disallowed_methods, reason = "a visitor comes from outside the program")]
    let answer = reqwest::Client::new()
        .get(at(&format!("{film}/film.mp4?download")))
        .header("cookie", cookies.join("; "))
        .send()
        .await?;
    ensure!(answer.status().is_success(), "the download answers {}", answer.status());
    let file = data.path().join("film.mp4");
    std::fs::write(&file, answer.bytes().await?)?;
    let streams = e2e::probe(&file)?;
    ensure!(streams.video == "h264 1280x720" && streams.audio == "aac", "{streams:?}");
    ensure!((45.0..80.0).contains(&streams.seconds), "{streams:?}");
    browser.close().await
}

#[tokio::test]
async fn the_pages_fit_a_desk_and_the_operator_finds_theirs() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let server = Server::start(data.path(), &[("MINISTUDIO_WORKS", "false")])?;
    let browser = Browser::open(DESK).await?;
    browser.page.goto(format!("{}/about", server.url)).await?;
    look(&browser, "banner-desk").await?;
    browser.answer_banner("accept").await?;
    for (path, name) in [
        ("/about", "about-desk"),
        ("/contact", "contact-desk"),
        ("/terms", "terms-desk"),
        ("/privacy", "privacy-desk"),
        ("/promises", "promises-desk"),
        ("/cookie-settings", "cookie-settings-desk"),
        ("/", "home-desk"),
        ("/films", "films-desk"),
        ("/films/moon-garden", "film-desk"),
        ("/sign-in", "sign-in-desk"),
        ("/sign-up", "sign-up-desk"),
        ("/outbox", "outbox-desk"),
        ("/de/films", "films-german-desk"),
    ] {
        browser.page.goto(format!("{}{path}", server.url)).await?;
        look(&browser, name).await?;
    }
    browser.page.goto(format!("{}/contact?about=privacy", server.url)).await?;
    browser.fill("#email", "somebody@example.org").await?;
    browser.fill("#message", "What do you hold of me?").await?;
    browser.click("main form button.big").await?;
    browser.arrives("/contact?sent=").await?;
    browser.page.goto(&server.operator).await?;
    browser.arrives("/desk").await?;
    look(&browser, "operator-desk").await?;
    for (path, name) in [
        ("/desk/conversations", "conversations-none-desk"),
        ("/desk/orders", "orders-desk"),
        ("/desk/jobs", "jobs-desk"),
        ("/desk/figures", "figures-desk"),
        ("/desk/campaigns", "campaigns-desk"),
        ("/desk/restrictions", "restrictions-desk"),
        ("/desk/erasures", "erasures-desk"),
        ("/desk/enquiries", "enquiries-desk"),
        ("/desk/processing", "processing-desk"),
        ("/desk/staff", "staff-desk"),
        ("/desk/looks", "looks-desk"),
        ("/desk/releases", "releases-desk"),
    ] {
        browser.page.goto(format!("{}{path}", server.url)).await?;
        look(&browser, name).await?;
    }
    browser.page.goto(format!("{}/desk/enquiries", server.url)).await?;
    browser.click("a[href^='/desk/enquiries/']").await?;
    browser.find("#whose").await?;
    look(&browser, "case-desk").await?;
    let steps = "document.querySelectorAll('[aria-labelledby=log] li').length";
    let before = browser.page.execute(format!("return {steps}"), vec![]).await?.convert::<i64>()?;
    browser.click("button[value='ask-whose']").await?;
    // A page left sooner takes its form with it.
    until(&browser, "the question in the log", &format!("{steps} > {before}")).await?;
    open_newest_mail(&browser, &server).await?;
    let link = browser.find(".mail-text a[href*='/contact/confirm/']").await?.attr("href").await?;
    browser.page.goto(format!("{}{}", server.url, link.context("no link")?)).await?;
    look(&browser, "whose-desk").await?;
    browser.close().await
}

#[tokio::test]
async fn a_passkey_signs_in_without_an_address_or_a_password() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let server = Server::start(data.path(), &[("MINISTUDIO_WORKS", "false")])?;
    // Passkeys belong to a name.
    let url = server.url.replace("127.0.0.1", "localhost");
    let browser = Browser::open(PHONE).await?;
    browser.devtools("WebAuthn.enable", json!({})).await?;
    let device = json!({
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
        "isUserVerified": true, "automaticPresenceSimulation": true,
    });
    browser.devtools("WebAuthn.addVirtualAuthenticator", json!({ "options": device })).await?;
    browser.page.goto(format!("{url}/about")).await?;
    browser.answer_banner("refuse").await?;
    browser.sign_up(&url, "parent@example.org").await?;
    browser.open_mail(&url).await?;
    browser.page.goto(format!("{url}/account/passkeys")).await?;
    browser.click("[data-passkey='add'] button").await?;
    browser.find("button[name='passkey']").await?;
    browser.find(".notice[role=status]").await?;
    look(&browser, "passkeys-one").await?;
    // The device has one now, and the page says so instead of nothing.
    browser.click("[data-passkey='add'] button").await?;
    until(
        &browser,
        "a sentence of the passkey that is there",
        "document.querySelector('[data-passkey] [role=alert]').textContent.includes('already')",
    )
    .await?;
    browser.page.goto(format!("{url}/account")).await?;
    browser.click("form[action='/sign-out'] button").await?;
    until(&browser, "being signed out", "location.pathname !== '/account'").await?;
    browser.page.goto(format!("{url}/sign-in")).await?;
    look(&browser, "sign-in-passkey").await?;
    browser.click("[data-passkey='use'] button").await?;
    browser.arrives("/library").await?;
    // Once removed it opens nothing, and the page says so.
    browser.page.goto(format!("{url}/account/passkeys")).await?;
    browser.click("button[name='passkey']").await?;
    until(&browser, "an empty list", "!document.querySelector('button[name=passkey]')").await?;
    browser.page.goto(format!("{url}/account")).await?;
    browser.click("form[action='/sign-out'] button").await?;
    until(&browser, "being signed out", "location.pathname !== '/account'").await?;
    browser.page.goto(format!("{url}/sign-in")).await?;
    browser.click("[data-passkey='use'] button").await?;
    until(
        &browser,
        "a sentence",
        "document.querySelector('[data-passkey] [role=alert]').textContent.includes('does not open')",
    )
    .await?;
    browser.close().await?;
    server.stop()
}
