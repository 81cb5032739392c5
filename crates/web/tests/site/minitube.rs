//! Watching: the player, its streams, the download, correcting the name, deleting.

use std::collections::BTreeSet;

use axum::http::StatusCode;

use crate::create::at_the_stills;
use crate::kit::{Answer, Kit, Visitor};
use crate::messenger::send;

/// Pays for what is at the till and has it made; returns where its film is.
pub async fn paid(kit: &Kit, parent: &mut Visitor) -> String {
    let film = bought(parent).await;
    kit.work();
    film
}

/// Pays for what is at the till; returns where its film is.
async fn bought(parent: &mut Visitor) -> String {
    let till = parent.get("/create/tiny/till").await;
    let (order, key) = (till.hidden("order"), till.hidden("pay_key"));
    let fields = [("order", order.as_str()), ("pay_key", key.as_str()), ("outcome", "pay")];
    parent.post("/create/tiny/till", &fields).await.goes_to("/minitube/").header("location").to_owned()
}

/// Asks until it is there, as a player does. The server holds each request, so nobody sleeps here.
async fn patiently(visitor: &mut Visitor, path: &str) -> Answer {
    for _ in 0..30 {
        let answer = visitor.get(path).await;
        if answer.status != StatusCode::SERVICE_UNAVAILABLE {
            return answer;
        }
        assert!(answer.header("retry-after").parse::<u32>().unwrap() >= 1);
    }
    panic!("{path} never came");
}

/// Lines of a playlist that name files, and the file of its `EXT-X-MAP`.
fn files(list: &str) -> BTreeSet<String> {
    let plain = list.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned);
    let quoted = list.split("URI=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    plain.chain(quoted).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_is_watched_corrected_and_deleted() {
    let kit = Kit::new().await;
    let mut parent = at_the_stills(&kit, "a@example.org", "Zoë <b>").await;
    let film = paid(&kit, &mut parent).await;
    let mut other = kit.parent("b@example.org").await;

    // The page is there at once, and the playlist is complete.
    let page = parent.get(&film).await;
    page.is(200)
        .holds("<video")
        .holds("kind=\"captions\"")
        .holds("data-progress")
        .holds("data-messenger-open")
        .holds("<bdi>Zoë &lt;b&gt;</bdi>")
        .lacks("Zoë <b>");
    // Who objects is not offered support while a film plays either.
    parent.post("/account/support", &[("choice", "object")]).await.goes_to("/account?done=support-objected");
    parent.get(&film).await.is(200).lacks("messenger");
    parent.post("/account/support", &[("choice", "allow")]).await.goes_to("/account?done=support-allowed");
    let master = parent.get(&format!("{film}/stream/master.m3u8")).await;
    assert_eq!(master.is(200).header("content-type"), "application/vnd.apple.mpegurl");
    let mut segments = 0;
    for list in files(master.text()) {
        let media = parent.get(&format!("{film}/stream/{list}")).await;
        media.is(200).holds("#EXT-X-ENDLIST");
        for file in files(media.text()) {
            let part = patiently(&mut parent, &format!("{film}/stream/{file}")).await;
            part.is(200);
            assert!(!part.bytes.is_empty(), "{file}");
            // What a browser has of the family it may show again only after asking, and then it need not be sent again.
            let is_everyones = ["video.mp4", "sound", "shot-0."].iter().any(|start| file.starts_with(start));
            let keeps = if is_everyones { "private, max-age=3600" } else { "private, no-cache" };
            assert_eq!(part.header("cache-control"), keeps, "{file}");
            parent.more.insert("if-none-match", part.header("etag").parse().unwrap());
            let again = parent.get(&format!("{film}/stream/{file}")).await;
            parent.more.clear();
            assert!(again.is(304).bytes.is_empty(), "{file}");
            other.get(&format!("{film}/stream/{file}")).await.is(404);
            segments += usize::from(file.contains(".m4s"));
        }
    }
    assert!(segments >= 4, "one segment a shot at least");
    parent.get(&format!("{film}/stream/../../account")).await.is(404);
    parent.get(&format!("{film}/stream/shot-99.m4s")).await.is(404);

    // The file: whole, in ranges, outside.
    let whole = finished(&mut parent, &film).await;
    assert_eq!(&whole.bytes[4..8], b"ftyp");
    // The end of the making is said.
    parent.get(&format!("{film}/progress")).await.is(200).holds("The film is ready.");
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let etag = whole.header("etag").to_owned();
    parent.more.insert("range", "bytes=4-7".parse().unwrap());
    let part = parent.get(&format!("{film}/film.mp4")).await;
    assert_eq!(part.is(206).bytes, b"ftyp");
    assert_eq!(part.header("content-range"), format!("bytes 4-7/{}", whole.bytes.len()));
    // A segment as well; a list changes, and goes out whole.
    parent.get(&format!("{film}/stream/shot-0.m4s")).await.is(206);
    parent.get(&format!("{film}/stream/master.m3u8")).await.is(200).holds("#EXTM3U");
    parent.more.insert("if-range", "\"older\"".parse().unwrap());
    assert_eq!(parent.get(&format!("{film}/film.mp4")).await.is(200).bytes.len(), whole.bytes.len());
    parent.more.insert("if-range", etag.parse().unwrap());
    parent.get(&format!("{film}/film.mp4")).await.is(206);
    parent.more.clear();
    parent.more.insert("range", "bytes=999999999-".parse().unwrap());
    parent.get(&format!("{film}/film.mp4")).await.is(416);
    parent.more.clear();
    let kept = parent.get(&format!("{film}/film.mp4?download")).await;
    assert!(kept.header("content-disposition").starts_with("attachment"));
    for path in ["", "/film.mp4", "/progress", "/name", "/delete", "/stream/master.m3u8"] {
        other.get(&format!("{film}{path}")).await.is(404);
    }
    other.post(&format!("{film}/delete"), &[]).await.is(404);
    other.post(&format!("{film}/name"), &[("name", "Eve")]).await.is(404);

    // Where it was stopped stands with the film, for its owner alone; near its end there is nothing to go on with.
    let stopped = format!("{film}/stopped");
    parent.get(&film).await.is(200).lacks("data-stopped").holds("id=\"player-keys\"");
    for (seconds, shown) in [("4", true), ("9", false), ("5", true)] {
        send(&mut parent, &stopped, &format!("{{\"seconds\":{seconds}}}")).await.is(204);
        let held = parent.get(&film).await.text().contains(&format!("data-stopped=\"{seconds}\""));
        assert_eq!(held, shown, "{seconds}");
    }
    send(&mut other, &stopped, "{\"seconds\":6}").await.is(404);
    send(&mut parent, &stopped, "{\"seconds\":-1}").await.is(422);
    parent.get(&film).await.holds("data-stopped=\"5\"");

    // Correcting the name makes its shots again.
    parent.post(&format!("{film}/name"), &[("name", "")]).await.is(422);
    parent.post(&format!("{film}/name"), &[("name", "Zoe")]).await.goes_to(&film);
    parent.get(&film).await.is(200).holds("<bdi>Zoe</bdi>");
    finished(&mut parent, &film).await;
    // So does correcting what was filled in besides.
    let ages = |age: &'static str| [("name", "Zoe"), ("option-age", age)];
    let refused = parent.post(&format!("{film}/name"), &ages("99")).await;
    refused.is(422).holds("href=\"#options\"").holds("value=\"99\"");
    parent.post(&format!("{film}/name"), &ages("7")).await.goes_to(&film);
    parent.get(&format!("{film}/name")).await.is(200).holds("value=\"7\"");
    finished(&mut parent, &film).await;
    // The profile has a name of its own, and a way from there to the film's.
    let library = parent.get("/library").await;
    let at = library.text().find("/library/children/").unwrap();
    let child = library.text()[at..].split('"').next().unwrap().to_owned();
    let corrects = format!("href=\"{film}/name\"");
    parent.get(&child).await.is(200).holds(&corrects);
    // The poster with the child in it is for the family alone, and no more once the photo is gone.
    let at = library.text().find("/library/photos/").unwrap();
    let photo = library.text()[at..].split('"').next().unwrap().replace("/small.jpg", "");
    let (poster, pages) = (format!("{film}/stream/poster.jpg"), ["/minitube", "/library", film.as_str()]);
    let picture = parent.get(&poster).await;
    assert_eq!(picture.is(200).header("content-type"), "image/jpeg");
    assert_eq!(picture.header("cache-control"), "private, no-store");
    other.get(&poster).await.is(404);
    for page in pages {
        parent.get(page).await.is(200).holds(&poster);
    }
    let deleted = parent.post(&format!("{photo}/delete"), &[]).await;
    assert_eq!(deleted.goes_to("/library?done=photo").header("clear-site-data"), "\"cache\"");
    parent.get(&poster).await.is(404);
    for page in pages {
        parent.get(page).await.is(200).lacks(&poster).holds("/films/tiny/poster.jpg");
    }
    // The name stands in a scene without the face: it is corrected without the photo as well.
    parent.get(&film).await.is(200).holds(&corrects);
    parent.post(&format!("{film}/name"), &[("name", "Zoé")]).await.goes_to(&film);
    finished(&mut parent, &film).await;

    // Deleting asks first and means it.
    parent.get(&format!("{film}/delete")).await.is(200).holds("for good");
    let segment = parent.get(&format!("{film}/stream/shot-1.m4s")).await;
    let deleted = parent.post(&format!("{film}/delete"), &[]).await;
    assert_eq!(deleted.goes_to("/library?done=film").header("clear-site-data"), "\"cache\"");
    // What a browser has of it all the same is not confirmed any more.
    parent.more.insert("if-none-match", segment.is(200).header("etag").parse().unwrap());
    parent.get(&format!("{film}/stream/shot-1.m4s")).await.is(404);
    parent.more.clear();
    parent.get(&film).await.is(404);
    parent.get(&format!("{film}/film.mp4")).await.is(404);
    parent.get("/library?done=film").await.is(200).holds("The film is deleted");
}

/// What a browser is answered that has a shot and asks whether it is still that.
async fn asked_again(visitor: &mut Visitor, shot: &str, etag: &str) -> StatusCode {
    visitor.more.insert("if-none-match", etag.parse().unwrap());
    let answer = visitor.get(shot).await;
    visitor.more.clear();
    answer.status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shot_of_the_family_is_confirmed_to_its_owner_alone_and_not_while_data_are_only_stored_or_end() {
    let kit = Kit::new().await;
    let mut parent = at_the_stills(&kit, "a@example.org", "Zoë").await;
    let film = paid(&kit, &mut parent).await;
    let shot = format!("{film}/stream/shot-1.m4s");
    let etag = patiently(&mut parent, &shot).await.is(200).header("etag").to_owned();
    assert_eq!(asked_again(&mut parent, &shot, &etag).await, StatusCode::NOT_MODIFIED);
    let mut other = kit.parent("b@example.org").await;
    assert_eq!(asked_again(&mut other, &shot, &etag).await, StatusCode::NOT_FOUND);
    assert_eq!(asked_again(&mut kit.visitor(), &shot, &etag).await, StatusCode::UNAUTHORIZED);
    parent.post("/account/restriction", &[("choice", "restrict")]).await.goes_to("/account/restriction");
    assert_eq!(asked_again(&mut parent, &shot, &etag).await, StatusCode::UNAUTHORIZED);
    parent.post("/account/restriction", &[("choice", "lift")]).await.is(303);
    assert_eq!(asked_again(&mut parent, &shot, &etag).await, StatusCode::NOT_MODIFIED);
    // In the days of grace also to who signs in again.
    parent.post("/account/delete", &[]).await.is(200);
    assert_eq!(asked_again(&mut parent, &shot, &etag).await, StatusCode::UNAUTHORIZED);
    parent.post("/sign-in", &[("email", "a@example.org")]).await.goes_to("/sign-in/mail");
    let code = kit.code().await;
    parent.post("/sign-in/mail", &[("code", &code)]).await.goes_to("/account/stay");
    assert_eq!(asked_again(&mut parent, &shot, &etag).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_cannot_be_corrected_any_more_is_told() {
    let kit = Kit::new().await;
    let mut parent = at_the_stills(&kit, "a@example.org", "Zoë").await;
    // Nothing of it is made yet: nobody works.
    let film = bought(&mut parent).await;
    let name = format!("{film}/name");
    let told = ["The name <bdi>Zoë</bdi> can no longer", "“<bdi>Age of the child: 5</bdi>” can no longer"];
    let page = parent.get(&name).await;
    page.is(200).holds("name=\"option-age\"").lacks(told[0]).lacks(told[1]);
    let library = parent.get("/library").await;
    let at = library.text().find("/library/photos/").unwrap();
    let photo = library.text()[at..].split('"').next().unwrap().replace("/small.jpg", "");
    parent.post(&format!("{photo}/delete"), &[]).await.goes_to("/library?done=photo");
    let page = parent.get(&name).await;
    page.is(200).holds(told[0]).holds(told[1]).lacks("name=\"option-age\"").lacks("name=\"name\"");
}

/// The file, once there is one. Between the looks the last shot's request is held by the server.
pub async fn finished(parent: &mut Visitor, film: &str) -> Answer {
    for _ in 0..600 {
        let progress = parent.get(&format!("{film}/progress")).await;
        progress.is(200);
        if progress.text().contains("\"state\":\"ready\"") {
            let file = parent.get(&format!("{film}/film.mp4")).await;
            file.is(200);
            return file;
        }
        progress.lacks("\"state\":\"failed\"");
        patiently(parent, &format!("{film}/stream/shot-3.m4s")).await;
        tokio::task::yield_now().await;
    }
    panic!("the film never became whole");
}

#[tokio::test]
async fn minitube_is_for_the_child() {
    let kit = Kit::new().await;
    let mut parent = kit.parent("a@example.org").await;
    let page = parent.get("/minitube").await;
    page.is(200)
        .holds("class=\"night\"")
        .holds("stage is still empty")
        .lacks("mailto:")
        .lacks("href=\"/account\"");
}
