//! The page of the preview and what it asks for. Served to this machine only: the address is a loopback one, and the
//! `Host` of each request is checked, so that no page from elsewhere can come to it under a name of its own. Served to
//! one person of this machine only: each address begins with a secret, and those on the page are told from there.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use film::{Cast, Film, FilmOption, Hero, OptionKind, Problem, Rendition, Severity};
use likeness::CutOut;
use serde_json::{Value, json};

use super::children::{Children, MOODS, PHOTO};
use super::desk::{Desk, Reading};
use super::pictures::{Pictures, jpeg};
use crate::film::check::source_line;
use crate::film::publish::slot;

/// How long a page waits for news before it asks again.
const PATIENCE: Duration = Duration::from_secs(20);
/// Widths that pictures are drawn in.
const WIDTHS: std::ops::RangeInclusive<u32> = 160..=1920;

/// Pictures carry the key of their shot in their address, so they may be kept; nothing else is.
const KEEP: &str = "private, max-age=86400, immutable";
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src blob:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Everything that the page is made of.
pub struct Preview {
    pub desk: Arc<Desk>,
    pub children: Children,
    pub pictures: Pictures,
    pub listening: SocketAddr,
    /// What every address begins with; nobody guesses it.
    pub secret: String,
}

/// What stands in an address after the question mark.
type Asked = Query<BTreeMap<String, String>>;

pub fn router(preview: Arc<Preview>) -> Router {
    Router::new()
        .route("/{secret}", get(to_the_page))
        .route("/{secret}/", get(|| text("text/html; charset=utf-8", include_str!("page.html"))))
        .route("/{secret}/preview.css", get(|| text("text/css; charset=utf-8", include_str!("page.css"))))
        .route(
            "/{secret}/preview.js",
            get(|| text("text/javascript; charset=utf-8", include_str!("page.js"))),
        )
        .route("/{secret}/film", get(film))
        .route("/{secret}/frame/{shot}/{frame}", get(frame))
        .route("/{secret}/mood/{child}/{mood}", get(mood))
        .route("/{secret}/sound", get(sound))
        .layer(from_fn_with_state(Arc::clone(&preview), guard))
        .with_state(preview)
}

/// For who left out the end of the address: what the page asks for is told from there.
async fn to_the_page(State(preview): State<Arc<Preview>>) -> Redirect {
    Redirect::to(&format!("/{}/", preview.secret))
}

async fn text(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind)], text)
}

/// Whether two texts are the same, in a time that does not tell where they differ.
fn is_same(one: &str, other: &str) -> bool {
    let differ = one.bytes().zip(other.bytes()).fold(0_u8, |differ, (one, other)| differ | (one ^ other));
    one.len() == other.len() && std::hint::black_box(differ) == 0
}

/// Lets in who knows the secret and asks this machine by its own name, and says what the page may do.
async fn guard(State(preview): State<Arc<Preview>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let port = preview.listening.port();
    let ours = [format!("localhost:{port}"), format!("127.0.0.1:{port}"), preview.listening.to_string()];
    if !ours.iter().any(|own| own == host) {
        return (StatusCode::MISDIRECTED_REQUEST, "This page is for this machine only.").into_response();
    }
    let said = request.uri().path().split('/').nth(1).unwrap_or_default();
    if !is_same(said, &preview.secret) {
        let closed = "This page is at the address that the program printed, and at no other.";
        return (StatusCode::FORBIDDEN, closed).into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Everything about the film but its pictures; waits while there is no news since `since`.
async fn film(State(preview): State<Arc<Preview>>, Query(asked): Asked) -> Response {
    let mut news = preview.desk.reading();
    let since: Option<u64> = asked.get("since").and_then(|since| since.parse().ok());
    let news_after = |reading: &Arc<Reading>| Some(reading.serial) != since;
    // Without news the same is said again.
    let _ = tokio::time::timeout(PATIENCE, news.wait_for(news_after)).await;
    let reading = Arc::clone(&preview.desk.reading().borrow());
    off_the_road(move || Some(axum::Json(state(&preview, &reading, &asked)).into_response())).await
}

/// A frame of a shot. The address holds the key of the shot as the page knows it; when it has become another, the
/// page is out of date and is told so.
async fn frame(
    State(preview): State<Arc<Preview>>,
    Path((_, shot, frame)): Path<(String, String, u32)>,
    Query(asked): Asked,
) -> Response {
    let reading = Arc::clone(&preview.desk.reading().borrow());
    off_the_road(move || {
        let film = reading.film.as_ref()?;
        let index = film.shots().iter().position(|one| one.id == shot)?;
        let heads = heads(&preview, &asked)?;
        let options = options(film, &asked);
        let (cast, size) = (cast(film, &heads, &asked, &options), size(film, &asked));
        if asked.get("key") != Some(&film.shot_key(index, &cast, size).to_string()) {
            return Some((StatusCode::CONFLICT, "The shot has changed.").into_response());
        }
        picture(
            preview.pictures.frame(film, index, frame, &cast, size)?,
            !asked.values().any(|value| value == PHOTO),
        )
    })
    .await
}

/// The head of a child in a mood, on grey.
async fn mood(
    State(preview): State<Arc<Preview>>,
    Path((_, child, mood)): Path<(String, String, usize)>,
) -> Response {
    off_the_road(move || {
        let head = preview.children.head(&child)??;
        let (_, mood) = MOODS.get(mood)?;
        let seen = head.with_mood(*mood).with_rim(12.0);
        picture(jpeg(&seen.rgba, seen.width, seen.height)?, child != PHOTO)
    })
    .await
}

/// The sound track, if the film has one.
async fn sound(State(preview): State<Arc<Preview>>) -> Response {
    let reading = Arc::clone(&preview.desk.reading().borrow());
    let track = || {
        let path = reading.film.as_ref()?.info().sound.clone()?;
        Some(film::Folder::read(&reading.files, &path)?.into_owned())
    };
    match track() {
        Some(bytes) => ([(header::CONTENT_TYPE, "audio/mp4")], bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A picture that browsers keep; not with the child of somebody's photo on it, which is kept nowhere.
fn picture(jpeg: Vec<u8>, is_drawn: bool) -> Option<Response> {
    let keep = if is_drawn { KEEP } else { "no-store" };
    Some(([(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, keep)], jpeg).into_response())
}

/// Does what takes the processor, beside the threads that answer. A mistake of the engine's own costs the answer only.
async fn off_the_road(work: impl FnOnce() -> Option<Response> + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(work).await {
        Ok(Some(response)) => response,
        Ok(None) => (StatusCode::NOT_FOUND, "There is no such picture.").into_response(),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, "The engine fell over this.").into_response(),
    }
}

/// Who plays; the film's own drawn heads where nobody does.
#[derive(Default)]
struct Heads {
    first: Option<Arc<CutOut>>,
    second: Option<Arc<CutOut>>,
}

/// The heads that are asked for; nothing if there is no such child.
fn heads(preview: &Preview, asked: &BTreeMap<String, String>) -> Option<Heads> {
    let head = |key: &str| preview.children.head(asked.get(key).map_or("", String::as_str));
    Some(Heads { first: head("child")?, second: head("second-child")? })
}

/// Options stand in the address under their own name with `set-` before it. What an option does not allow is left out.
fn options(film: &Film, asked: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let given = |(key, option): (&String, &FilmOption)| {
        let value = asked.get(&format!("set-{key}")).filter(|value| option.allows(value))?;
        Some((key.clone(), value.clone()))
    };
    film.info().options.iter().filter_map(given).collect()
}

/// A second hero plays in a film that takes one, as soon as a name or a child is given.
fn cast<'a>(
    film: &Film,
    heads: &'a Heads,
    asked: &'a BTreeMap<String, String>,
    options: &'a BTreeMap<String, String>,
) -> Cast<'a> {
    let said = |key: &str| asked.get(key).map_or("", String::as_str);
    let second = Hero { face: heads.second.as_deref(), name: said("second-name") };
    let is_given = second.face.is_some() || !second.name.trim().is_empty();
    Cast {
        face: heads.first.as_deref(),
        name: said("name"),
        language: said("language"),
        options,
        second: (film.info().second.is_some() && is_given).then_some(second),
    }
}

fn size(film: &Film, asked: &BTreeMap<String, String>) -> Rendition {
    let info = film.info();
    let width = asked.get("width").and_then(|width| width.parse().ok()).unwrap_or(640);
    let width: u32 = u32::clamp(width, *WIDTHS.start(), *WIDTHS.end());
    let height = (u64::from(width) * u64::from(info.height) / u64::from(info.width)) as u32;
    Rendition { width, height: height.clamp(16, 4096) }
}

/// What the page shows beside the pictures.
fn state(preview: &Preview, reading: &Reading, asked: &BTreeMap<String, String>) -> Value {
    let problems: Vec<Value> = reading.report.problems.iter().map(|one| problem(one, reading)).collect();
    let children: Vec<Value> =
        preview.children.list().iter().map(|(id, label)| json!({ "id": id, "label": label })).collect();
    let mut state = json!({
        "serial": reading.serial,
        "isEarlier": reading.is_earlier,
        "problems": problems,
        "children": children,
        "moods": MOODS.map(|(name, _)| name),
        "film": Value::Null,
    });
    if let Some(film) = &reading.film {
        state["film"] = of_film(preview, film, asked);
    }
    state
}

fn of_film(preview: &Preview, film: &Film, asked: &BTreeMap<String, String>) -> Value {
    let info = film.info();
    let heads = heads(preview, asked).unwrap_or_default();
    let options = options(film, asked);
    let (cast, size) = (cast(film, &heads, asked, &options), size(film, asked));
    let words = film.words(cast.language);
    let spoken = |texts: &[Option<String>], index: usize| {
        texts.get(index).and_then(Option::as_deref).map(|text| film.told(text, &cast)).unwrap_or_default()
    };
    let shots: Vec<Value> = film
        .shots()
        .iter()
        .enumerate()
        .map(|(index, shot)| {
            let because = film.because(index);
            let why: Vec<Value> = because
                .iter()
                .map(|one| json!({ "slot": slot(&one.slot), "place": one.place, "line": one.line }))
                .collect();
            json!({
                "id": shot.id,
                "key": film.shot_key(index, &cast, size).to_string(),
                "first": shot.first_frame,
                "frames": shot.frames,
                "personal": shot.is_personal(),
                "why": why,
                "caption": spoken(&words.captions, index),
                "described": spoken(&words.described, index),
            })
        })
        .collect();
    let names = [cast.name, cast.second.map_or("", |second| second.name)].map(str::trim);
    let told =
        names.into_iter().filter(|name| !name.is_empty()).flat_map(|name| film.problems_with_name(name));
    let told: Vec<String> = told.map(|problem| problem.to_string()).collect();
    json!({
        "slug": info.slug,
        "version": info.version,
        "title": words.title,
        "fps": info.fps,
        "width": size.width,
        "height": size.height,
        "frames": film.frames(),
        "languages": info.languages,
        "sampleName": info.sample_name,
        "secondSample": info.second.as_ref().map(|second| &second.sample),
        "sound": info.sound,
        "options": info.options.iter().map(of_option).collect::<Vec<_>>(),
        "nameProblems": told,
        "shots": shots,
    })
}

fn of_option((key, option): (&String, &FilmOption)) -> Value {
    match &option.kind {
        OptionKind::Number { min, max } => {
            json!({ "key": key, "sample": option.sample, "kind": "number", "min": min, "max": max })
        }
        OptionKind::Text { max } => {
            json!({ "key": key, "sample": option.sample, "kind": "text", "max": max })
        }
        OptionKind::Choice(of) => json!({ "key": key, "sample": option.sample, "kind": "choice", "of": of }),
    }
}

fn problem(problem: &Problem, reading: &Reading) -> Value {
    json!({
        "isError": problem.severity == Severity::Error,
        "file": problem.file,
        "line": problem.line,
        "message": problem.message,
        "suggestion": problem.suggestion,
        "source": problem.line.and_then(|line| source_line(&reading.files, &problem.file, line)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt as _;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    /// Asks as the page does.
    async fn ask(router: &Router, host: &str, path: &str) -> (StatusCode, Vec<u8>) {
        asks(router, host, &format!("/{SECRET}{path}")).await
    }

    async fn asks(router: &Router, host: &str, path: &str) -> (StatusCode, Vec<u8>) {
        let request = axum::http::Request::get(path).header("host", host).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        (status, to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec())
    }

    #[tokio::test]
    async fn the_page_shows_the_film_its_problems_and_why_a_shot_is_personal() {
        const HOST: &str = "127.0.0.1:8421";
        let outer = tempfile::tempdir().unwrap();
        let root = outer.path().join("boat");
        crate::film::new::write(&root, "Boat", "boat").unwrap();
        let desk = Arc::new(Desk::new(catalogue::OnDisk::open(&root).unwrap(), &root).unwrap());
        let router = router(Arc::new(Preview {
            desk: Arc::clone(&desk),
            children: Children::new(None),
            pictures: Pictures::default(),
            listening: HOST.parse().unwrap(),
            secret: SECRET.to_owned(),
        }));
        // Whoever else uses this machine knows the port, and gets nothing of the child.
        for secret in ["", "/", "/0", "/0123456789abcdef0123456789abcdee", &format!("/{SECRET}0")] {
            for path in
                ["/", "/preview.js", "/film", "/mood/one/1", "/frame/02-hello/48", "/sound", "/nowhere"]
            {
                let (status, body) = asks(&router, HOST, &format!("{secret}{path}")).await;
                assert_eq!(status, StatusCode::FORBIDDEN, "{secret}{path}");
                assert!(body.starts_with(b"This page is at the address"), "{secret}{path}");
            }
        }
        for host in ["evil.example", "evil.example:8421", "127.0.0.1:80", ""] {
            assert_eq!(ask(&router, host, "/").await.0, StatusCode::MISDIRECTED_REQUEST, "{host}");
        }
        let bare = axum::http::Request::get(format!("/{SECRET}")).header("host", HOST);
        let sent_on = router.clone().oneshot(bare.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(sent_on.status(), StatusCode::SEE_OTHER);
        assert_eq!(sent_on.headers()["location"], format!("/{SECRET}/"));
        for path in ["/", "/preview.css", "/preview.js"] {
            let (status, body) = ask(&router, "localhost:8421", path).await;
            assert_eq!(status, StatusCode::OK);
            let body = String::from_utf8(body).unwrap();
            assert!(!body.contains("http://") && !body.contains("https://"), "{path} asks nobody else");
            let lost = ["\"/", "`/", "'/"].into_iter().find(|start| body.contains(start));
            assert_eq!(lost, None, "{path} has an address without the secret");
        }
        let state = async |query: &str| -> Value {
            let (status, body) = ask(&router, HOST, &format!("/film?{query}")).await;
            assert_eq!(status, StatusCode::OK);
            serde_json::from_slice(&body).unwrap()
        };
        let seen = state("width=320&name=Zo%C3%A9&language=de").await;
        assert_eq!(seen["problems"], json!([]));
        let shots = seen["film"]["shots"].as_array().unwrap();
        assert_eq!(
            (shots[0]["personal"].as_bool(), shots[1]["personal"].as_bool()),
            (Some(false), Some(true))
        );
        assert!(shots[1]["caption"].as_str().unwrap().contains("Zoé"));
        let slots: Vec<&str> =
            shots[1]["why"].as_array().unwrap().iter().map(|one| one["slot"].as_str().unwrap()).collect();
        assert!(slots.contains(&"face") && slots.contains(&"name"), "{slots:?}");
        let frame = |shot: &Value| {
            format!(
                "/frame/{}/48?width=320&name=Zo%C3%A9&language=de&key={}",
                shot["id"].as_str().unwrap(),
                shot["key"].as_str().unwrap()
            )
        };
        let (status, picture) = ask(&router, HOST, &frame(&shots[1])).await;
        assert_eq!((status, &picture[..2]), (StatusCode::OK, &[0xff, 0xd8][..]));
        let (status, moody) = ask(&router, HOST, "/mood/one/1").await;
        assert_eq!((status, &moody[..2]), (StatusCode::OK, &[0xff, 0xd8][..]));
        assert_eq!(ask(&router, HOST, "/mood/sample/1").await.0, StatusCode::NOT_FOUND);
        assert_eq!(ask(&router, HOST, "/sound").await.0, StatusCode::NOT_FOUND);

        // A mistake: the page hears of it at once, and the picture that it knew is no more.
        let path = root.join("shots/02-hello.toml");
        let shot = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, shot.replace("shadow", "shadwo").replace("amount = 0.15", "amount = 0.2"))
            .unwrap();
        assert!(desk.look());
        let told = state(&format!("since={}", seen["serial"])).await;
        let problem = &told["problems"][0];
        assert_eq!(problem["file"], "shots/02-hello.toml");
        assert!(problem["source"].as_str().unwrap().contains("shadwo"), "{problem}");
        assert!(problem["suggestion"].as_str().unwrap().contains("shadow"), "{problem}");
        assert_eq!(ask(&router, HOST, &frame(&shots[1])).await.0, StatusCode::CONFLICT);
        assert_eq!(ask(&router, HOST, &frame(&shots[0])).await.0, StatusCode::OK);
    }
}
