//! The public pages: front page, catalogue, a film, its pictures.

use crate::kit::Kit;

#[tokio::test]
async fn the_public_pages_show_the_film() {
    let kit = Kit::new().await;
    let mut visitor = kit.visitor();
    visitor.get("/").await.is(200).holds("/films/tiny").holds("<h1");
    visitor.get("/films").await.is(200).holds("/films/tiny");
    let film = visitor.get("/films/tiny").await;
    film.is(200).holds("$1.00").holds("href=\"/create/tiny\"").holds("poster.jpg").holds("no money is taken");
    visitor.get("/fr/films/tiny").await.is(200).holds("1,00\u{a0}$").holds("hreflang=\"de\"");
    visitor.get("/films/none").await.is(404);
    visitor.get("/healthz").await.is(200).holds("ok");
}

#[tokio::test]
async fn what_is_for_everybody_can_be_found_and_says_in_one_way_where_it_stands() {
    let kit = Kit::new().await;
    let mut visitor = kit.visitor();
    let there = |place: &str| format!("href=\"http://127.0.0.1:8080{place}\"");
    for page in [
        "/films",
        "/films/tiny",
        "/about",
        "/contact",
        "/terms",
        "/privacy",
        "/promises",
        "/cookie-settings",
        "/gift",
        "/sign-in",
        "/sign-up",
    ] {
        for place in [page.to_owned(), format!("/es{page}")] {
            let answer = visitor.get(&format!("{place}?next=/gift")).await;
            answer.is(200).lacks("noindex").holds("<meta name=\"description\" content=\"");
            answer.holds(&format!("rel=\"canonical\" {}", there(&place)));
            answer.holds(&format!("hreflang=\"x-default\" {}", there(page)));
        }
    }
    visitor.get("/fr").await.is(200).holds(&format!("rel=\"canonical\" {}", there("/fr")));
    // What was filled in wrongly, and what is nobody else's, is not.
    visitor.post("/sign-up", &[("email", "no address")]).await.is(422).holds("noindex").lacks("canonical");
    visitor.get("/films/none").await.is(404).holds("noindex").lacks("canonical");
}

#[tokio::test]
async fn pictures_are_drawn_and_may_be_kept() {
    let kit = Kit::new().await;
    let mut visitor = kit.visitor();
    let picture = visitor.get("/films/tiny/poster.jpg?v=1&l=en&w=480").await;
    picture.is(200);
    assert_eq!(picture.header("content-type"), "image/jpeg");
    assert!(
        picture.bytes.starts_with(&[0xFF, 0xD8, 0xFF])
            && picture.header("cache-control").contains("max-age=31536000")
    );
    let etag = picture.header("etag").parse().unwrap();
    visitor.more.insert("if-none-match", etag);
    visitor.get("/films/tiny/poster.jpg?v=1&l=en&w=480").await.is(304);
    visitor.more.clear();
    for none in [
        "/films/tiny/shot-99.jpg",
        "/films/tiny/poster.png",
        "/films/none/poster.jpg",
        "/films/tiny/still-x.jpg",
    ] {
        visitor.get(none).await.is(404);
    }
}

#[tokio::test]
async fn the_preview_may_do_what_it_needs_and_nothing_else_may() {
    let kit = Kit::new().await;
    let mut visitor = kit.visitor();
    let page = visitor.get("/films/tiny").await;
    page.is(200);
    let files = visitor.get("/films/tiny/preview/old").await;
    files.is(200);
    assert_eq!(files.header("cache-control"), "no-cache", "another version is not to be kept");
    assert!(film::MapFolder::from_bytes(&files.bytes).is_some());
    visitor.get("/films/none/preview/old").await.is(404);
    let text = String::from_utf8_lossy(&page.bytes).into_owned();
    // A build without the engine does not speak of it.
    let Some((_, rest)) = text.split_once("data-script=\"") else {
        page.lacks("id=\"try\"");
        return;
    };
    let may =
        |policy: &str| ["trusted-types preview", "'wasm-unsafe-eval'"].map(|rule| policy.contains(rule));
    assert_eq!(may(page.header("content-security-policy")), [true, false]);
    let worker = visitor.get(rest.split('"').next().unwrap()).await;
    assert_eq!(may(worker.is(200).header("content-security-policy")), [false, true]);
    let other = visitor.get("/films").await;
    assert_eq!(may(other.header("content-security-policy")), [false, false]);
}

#[tokio::test]
async fn the_language_follows_the_browser_unless_the_address_names_one() {
    let kit = Kit::new().await;
    let mut visitor = kit.visitor();
    visitor.more.insert("accept-language", "es-MX,es;q=0.9,en;q=0.5".parse().unwrap());
    let page = visitor.get("/films").await;
    page.holds("<html lang=\"es\"").holds("href=\"/films/tiny\"").holds("href=\"/de/films\"");
    assert!(page.header("vary").contains("accept-language"));
    visitor.get("/en/films").await.holds("<html lang=\"en\"").holds("href=\"/en/films/tiny\"");
}

#[tokio::test]
async fn nothing_comes_from_elsewhere() {
    let kit = Kit::new().await;
    for path in ["/", "/films", "/films/tiny", "/sign-up", "/sign-in", "/nothing"] {
        let page = kit.visitor().get(path).await;
        for attribute in ["src=\"http", "src=\"//", "href=\"//", "style=\"", "onclick=", "<style", "url(http"]
        {
            page.lacks(attribute);
        }
        // A block of words in JSON is no script.
        let ours =
            ["<script type=\"module\" src=\"/assets/", "<script type=\"application/json\" data-words>"];
        let ours: usize = ours.iter().map(|start| page.text().matches(start).count()).sum();
        assert_eq!(page.text().matches("<script").count(), ours, "{path}");
    }
}

#[tokio::test]
async fn assets_may_be_kept_for_a_year_under_their_own_version_only() {
    let kit = Kit::new().await;
    let mut visitor = kit.visitor();
    let page = visitor.get("/").await;
    let at = page.text().find("/assets/").unwrap();
    let base = page.text()[at..].split('/').take(3).collect::<Vec<_>>().join("/");
    for (file, kind) in [
        ("site.css", "text/css; charset=utf-8"),
        ("js/page.js", "text/javascript; charset=utf-8"),
        ("vendor/hls.mjs", "text/javascript; charset=utf-8"),
        ("fonts/caprasimo-latin-400-normal.woff2", "font/woff2"),
    ] {
        let asset = visitor.get(&format!("{base}/{file}")).await;
        assert_eq!(asset.is(200).header("content-type"), kind);
        assert!(asset.header("cache-control").contains("immutable"));
        assert_eq!(
            visitor.get(&format!("/assets/older/{file}")).await.is(200).header("cache-control"),
            "no-cache"
        );
    }
    visitor.get(&format!("{base}/../Cargo.toml")).await.is(404);
}
