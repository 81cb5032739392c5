//! A studio with a site, and visitors with cookies.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use catalogue::OnDisk;
use film::Folder;
use studio::films::Catalogue;
use studio::{Config, Manual, Outside, SeededRandom, Studio};
use tower::ServiceExt;
use web::WebOptions;

/// 2026-05-22, noon (UTC).
pub const NOON_MS: i64 = 1_779_451_200_000;

/// A site of its own.
pub struct Kit {
    pub studio: Studio,
    pub router: Router,
    pub clock: Arc<Manual>,
    _folder: tempfile::TempDir,
    stop: tokio::sync::watch::Sender<bool>,
}

impl Drop for Kit {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

/// How a test's site is served, unless it says otherwise.
pub fn options() -> WebOptions {
    WebOptions::local("http://127.0.0.1:8080")
}

impl Kit {
    /// A site with the film engine's small test film.
    pub async fn new() -> Self {
        Self::with(options()).await
    }

    /// Served in another way.
    pub async fn with(options: WebOptions) -> Self {
        Self::with_outside(options, |_| ()).await
    }

    /// The same, with some of what is outside replaced.
    pub async fn with_outside(options: WebOptions, change: impl FnOnce(&mut Outside)) -> Self {
        Self::with_parts(options, |_, outside| change(outside)).await
    }

    /// The same, configured otherwise as well.
    pub async fn with_parts(options: WebOptions, change: impl FnOnce(&mut Config, &mut Outside)) -> Self {
        Self::with_film(options, change, &tiny()).await
    }

    /// A site with the same film, which takes a second hero.
    pub async fn of_two() -> Self {
        Self::with_film(options(), |_, _| (), &OfTwo(tiny())).await
    }

    async fn with_film(
        options: WebOptions,
        change: impl FnOnce(&mut Config, &mut Outside),
        film: &dyn Folder,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Manual::at(NOON_MS));
        let mut outside = Outside::embedded();
        outside.clock = clock.clone();
        outside.random = Arc::new(SeededRandom::new(7));
        let mut config = Config::in_folder(folder.path());
        config.decoder = Some(decoder());
        change(&mut config, &mut outside);
        let films = Catalogue::read([film]).unwrap();
        let studio = Studio::open(config, outside, films).await.unwrap();
        let (stop, _) = tokio::sync::watch::channel(false);
        Self { router: web::router(studio.clone(), options), studio, clock, _folder: folder, stop }
    }

    /// Lets the jobs run in the background until the kit is dropped.
    pub fn work(&self) {
        let (studio, stop) = (self.studio.clone(), self.stop.subscribe());
        let handle = tokio::runtime::Handle::current();
        std::thread::spawn(move || handle.block_on(studio.jobs().run(true, stop)));
    }

    /// Somebody new.
    pub fn visitor(&self) -> Visitor {
        Visitor { router: self.router.clone(), cookies: BTreeMap::new(), more: HeaderMap::new() }
    }

    /// Somebody with an account, signed in.
    pub async fn parent(&self, email: &str) -> Visitor {
        let mut visitor = self.visitor();
        let fields = [("email", email), ("adult", "adult-1")];
        visitor.post("/sign-up", &fields).await.goes_to("/sign-in/mail");
        let code = self.code().await;
        visitor.post("/sign-in/mail", &[("code", &code)]).await.goes_to("/films");
        visitor
    }

    /// The text of the last mail.
    pub async fn mail(&self) -> String {
        self.studio.mail().list(1).await.unwrap()[0].letter.text.clone()
    }

    /// The six digits in the last mail.
    pub async fn code(&self) -> String {
        let text = self.mail().await;
        let is_code = |line: &&str| line.len() == 7 && line.chars().all(|c| c.is_ascii_digit() || c == ' ');
        text.lines().find(is_code).expect("a code").to_owned()
    }

    /// The path of the link in the last mail.
    pub async fn link(&self) -> String {
        let text = self.mail().await;
        let at = text.find("/sign-in/link/").expect("a link");
        text[at..].split_whitespace().next().unwrap().to_owned()
    }
}

fn tiny() -> OnDisk {
    OnDisk::open(root().join("crates/film/tests/tiny")).unwrap()
}

/// The small film with a place for a second hero.
struct OfTwo(OnDisk);

impl Folder for OfTwo {
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        let bytes = self.0.read(path)?;
        if path != "film.toml" {
            return Some(bytes);
        }
        let text = std::str::from_utf8(&bytes).unwrap();
        Some(text.replace("[fonts]", "second = { sample = \"Tom\" }\n\n[fonts]").into_bytes().into())
    }

    fn paths(&self) -> Vec<String> {
        self.0.paths()
    }

    fn fallback_fonts(&self) -> &'static [&'static [u8]] {
        self.0.fallback_fonts()
    }
}

/// The project's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A drawn child, for tests.
pub fn photo(file: &str) -> Vec<u8> {
    std::fs::read(root().join("tests/photos").join(file)).unwrap()
}

/// The program that decodes photos: the example beside the tests.
fn decoder() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().and_then(Path::parent).unwrap().join("examples/preview");
    assert!(program.is_file(), "{} is missing: `cargo test` builds it", program.display());
    program
}

/// A browser without scripts.
#[derive(Clone)]
pub struct Visitor {
    router: Router,
    pub cookies: BTreeMap<String, String>,
    /// Headers to be sent with every request.
    pub more: HeaderMap,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).expect("text")
    }

    /// A header's text, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// It must be this status.
    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        let start: String = String::from_utf8_lossy(&self.bytes).chars().take(2000).collect();
        assert_eq!(self.status.as_u16(), status, "{start}");
        self
    }

    /// It must send the browser on to an address that begins like this.
    #[track_caller]
    pub fn goes_to(&self, path: &str) -> &Self {
        self.is(303);
        assert!(self.header("location").starts_with(path), "{} instead of {path}", self.header("location"));
        self
    }

    /// The page must hold this.
    #[track_caller]
    pub fn holds(&self, part: &str) -> &Self {
        assert!(self.text().contains(part), "no {part:?} in\n{}", self.text());
        self
    }

    /// The page must not hold this.
    #[track_caller]
    pub fn lacks(&self, part: &str) -> &Self {
        assert!(!self.text().contains(part), "{part:?} in\n{}", self.text());
        self
    }

    /// The value of a hidden field.
    #[track_caller]
    pub fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let at = self.text().find(&start).unwrap_or_else(|| panic!("no field {name}")) + start.len();
        self.text()[at..].split('"').next().unwrap().to_owned()
    }
}

impl Visitor {
    /// Reads a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends a form as our own page does.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", percent(value)))
            .collect::<Vec<_>>()
            .join("&");
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body));
        self.send(request.unwrap()).await
    }

    /// Sends the photo form.
    pub async fn upload(&mut self, path: &str, guardian: Option<&str>, file: &[u8]) -> Answer {
        let mut body = Vec::new();
        if let Some(guardian) = guardian {
            body.extend(
                format!("--BOUND\r\nContent-Disposition: form-data; name=\"guardian\"\r\n\r\n{guardian}\r\n")
                    .bytes(),
            );
        }
        body.extend(b"--BOUND\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"photo.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n");
        body.extend_from_slice(file);
        body.extend(b"\r\n--BOUND--\r\n");
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=BOUND")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body));
        self.send(request.unwrap()).await
    }

    /// Sends any request, with this visitor's cookies.
    pub async fn send(&mut self, mut request: Request<Body>) -> Answer {
        let headers = request.headers_mut();
        headers.entry(header::HOST).or_insert("127.0.0.1:8080".parse().unwrap());
        for (name, value) in &self.more {
            headers.insert(name, value.clone());
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            headers.insert(header::COOKIE, pairs.join("; ").parse().unwrap());
        }
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }
}

fn percent(value: &str) -> String {
    value
        .bytes()
        .map(|b| if b.is_ascii_alphanumeric() { (b as char).to_string() } else { format!("%{b:02X}") })
        .collect()
}
