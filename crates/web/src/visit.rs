//! One request, as every page needs to know it: in which language, by whom, to which address.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use policy::derive::browser;
use policy::{Country, Page, Policy, ProcessorId};
use studio::accounts::PasskeySite;
use studio::conversations::MessengerBoot;
use studio::sessions::{self, Session};
use studio::staff::{Role, Worker};
use studio::{AccountId, Client, Studio};
use tokio::sync::watch;

use crate::consent::{self, Consent};
use crate::cookies;
use crate::language::Language;
use crate::oops::Oops;
use crate::options::WebOptions;
use crate::pages::messenger::theirs;
use crate::pages::privacy::sheets::Sheets;
use crate::pages::usage;
use crate::tags;

/// What every handler can reach.
#[derive(Clone)]
pub(crate) struct App {
    /// The rules.
    pub(crate) studio: Studio,
    /// How we are served.
    pub(crate) options: Arc<WebOptions>,
    /// Becomes true when the server is to stop.
    pub(crate) stopping: Stopping,
    /// The privacy page's texts, as far as they are the same for everybody.
    pub(crate) sheets: Arc<Sheets>,
}

/// That the server is to stop: what would never end by itself ends then.
#[derive(Clone)]
pub(crate) struct Stopping(pub(crate) watch::Receiver<bool>);

impl Stopping {
    /// Returns when the time has come.
    pub(crate) async fn come(&mut self) {
        // An error says that nobody will ever tell.
        if self.0.wait_for(|stopping| *stopping).await.is_err() {
            std::future::pending().await
        }
    }
}

/// The language that stands at the head of the path, put there by [`crate::guards::language_in_path`].
#[derive(Clone, Copy)]
pub(crate) struct LanguageInPath(pub(crate) Language);

/// One request.
#[derive(Clone)]
pub(crate) struct Visit {
    /// The language of the answer.
    pub(crate) language: Language,
    /// Whether the language stands in the address; then it stays there.
    pub(crate) in_path: bool,
    /// The path without language, and the query.
    pub(crate) path: String,
    /// The session, when there is a living one.
    pub(crate) session: Option<Arc<Session>>,
    /// The session's token.
    pub(crate) token: Option<String>,
    /// What this browser holds while it waits for a sign-in mail.
    pub(crate) waiting: Option<cookies::Waiting>,
    /// Whether the asker wants JSON instead of a page.
    pub(crate) json: bool,
    /// Where the request comes from.
    pub(crate) address: Option<IpAddr>,
    /// Whether it came through somebody who is none of our proxies and says that it is not theirs.
    pub(crate) forwarded: bool,
    /// The policy in force.
    pub(crate) policy: Arc<Policy>,
    /// The next one, once it is published.
    pub(crate) upcoming: Option<Arc<Policy>>,
    /// What is allowed in this browser.
    pub(crate) consent: Consent,
    /// Whether the customer objected to support within Minitube; looked up where that matters.
    pub(crate) objected: bool,
    /// Whose messenger is connected, in place of our own.
    pub(crate) messenger_of: Option<ProcessorId>,
    /// What it is started with, on a page that may have it.
    pub(crate) messenger: Option<Arc<MessengerBoot>>,
    /// What the visitor is at the desk for; looked up there alone.
    pub(crate) staff: Option<Role>,
    /// The tags of processors that may be loaded on this page, for our own loader.
    pub(crate) tags: Option<Arc<str>>,
    /// How we are served.
    pub(crate) options: Arc<WebOptions>,
}

impl Visit {
    /// What sort of page this is, as far as what may be loaded on it differs.
    pub(crate) fn page(&self) -> Page {
        page_of(self.path.split('?').next().unwrap_or("/"))
    }

    /// The customer, as far as it matters for the messenger.
    pub(crate) fn customer(&self) -> Option<browser::Customer> {
        self.account().map(|_| browser::Customer { objected: self.objected })
    }

    /// Whether this page may offer the messenger.
    pub(crate) fn offers_messenger(&self) -> bool {
        browser::messenger(self.page(), self.consent.decision.allowed, self.customer()).is_some()
    }

    /// The words for a key.
    pub(crate) fn text(&self, key: &str) -> String {
        self.language.text(key)
    }

    /// The day of a time in milliseconds since 1970 (UTC), in words.
    pub(crate) fn day(&self, at_ms: i64) -> String {
        self.language.day(jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default())
    }

    /// The day and the time of day (UTC).
    pub(crate) fn moment(&self, at_ms: i64) -> String {
        let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
        format!("{}, {} UTC", self.language.day(at), at.strftime("%H:%M"))
    }

    /// An address of ours in the visitor's language.
    pub(crate) fn to(&self, path: &str) -> String {
        if self.in_path { format!("/{}{path}", self.language.code()) } else { path.to_owned() }
    }

    /// Sends the browser on, so that reloading repeats nothing.
    pub(crate) fn go(&self, path: &str) -> Response {
        Redirect::to(&self.to(path)).into_response()
    }

    /// As [`Self::go`]; a script that sent the form is told the address instead.
    pub(crate) fn go_or_tell(&self, path: &str) -> Response {
        if self.json {
            axum::Json(serde_json::json!({ "next": self.to(path) })).into_response()
        } else {
            self.go(path)
        }
    }

    /// For the limits: whoever knocks.
    pub(crate) fn client(&self) -> Client {
        self.address.map_or_else(|| Client("unknown".into()), Client::at)
    }

    /// The customer's account, when a customer is signed in.
    pub(crate) fn account(&self) -> Option<&AccountId> {
        self.account_as(sessions::Role::Customer)
    }

    /// The account whose data are only stored, when its owner is here.
    pub(crate) fn restricted(&self) -> Option<&AccountId> {
        self.account_as(sessions::Role::Restricted)
    }

    /// The account of whoever is signed in, whether or not its data are used.
    pub(crate) fn owner(&self) -> Option<&AccountId> {
        self.account().or_else(|| self.restricted())
    }

    /// The account that is about to end, when its owner is here to take that back.
    pub(crate) fn leaving(&self) -> Option<&AccountId> {
        self.account_as(sessions::Role::Leaving)
    }

    fn account_as(&self, role: sessions::Role) -> Option<&AccountId> {
        self.session.as_ref().filter(|session| session.role == role)?.account.as_ref()
    }

    /// Whoever is at the desk.
    pub(crate) fn worker(&self) -> Option<Worker> {
        Some(Worker { account: self.account().cloned(), role: self.staff? })
    }

    /// Whether the operator is signed in.
    pub(crate) fn is_operator(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.role == sessions::Role::Operator)
    }

    /// Whether the request comes from this machine, to a server that listens on this machine only.
    pub(crate) fn is_local(&self) -> bool {
        self.options.embedded
            && self.options.loopback
            // Behind a proxy that we were not told of everybody seems to be here.
            && self.options.is_named_here()
            && !self.forwarded
            && self.address.is_none_or(|ip| ip.to_canonical().is_loopback())
    }
}

fn at_desk(path: &str) -> bool {
    path.strip_prefix("/desk").is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

/// What sort of page a path without language is.
pub(crate) fn page_of(path: &str) -> Page {
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').skip(1).collect();
    match parts[..] {
        ["contact" | "about"] | ["films", _] => Page::Support,
        // Where a code was refused, the bill is shown again, to be paid otherwise.
        ["create", _, "till"] | ["create", _, "till", "pass"] | ["gift", "mine", _, "till"] => Page::Checkout,
        ["minitube"] => Page::Minitube,
        ["minitube", _] => Page::Watch,
        ["create" | "library" | "minitube" | "account" | "desk", ..] => Page::SignedIn,
        ["gift", "film", _] => Page::Public,
        // Whoever knows such an address can do what it is for: it is shown to nobody else.
        ["contact", "confirm", _] | ["sign-in", "link", _] | ["gift", _, ..] => Page::SignedIn,
        ["preferences" | "mail" | "operator" | "outbox" | "watch", ..] => Page::SignedIn,
        _ => Page::Public,
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get::<Self>().cloned().ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// The signed-in customer. Routes that take it must be registered for customers.
pub(crate) struct Customer(pub(crate) AccountId);

impl<S: Send + Sync> FromRequestParts<S> for Customer {
    type Rejection = Oops;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts
            .extensions
            .get::<Visit>()
            .and_then(|visit| visit.account().cloned())
            .map(Self)
            .ok_or_else(|| Oops::new(StatusCode::UNAUTHORIZED, "sign-in-required"))
    }
}

/// Whoever is at the desk. Routes that take it must be registered for a part of it.
pub(crate) struct AtDesk(pub(crate) Worker);

impl<S: Send + Sync> FromRequestParts<S> for AtDesk {
    type Rejection = Oops;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts
            .extensions
            .get::<Visit>()
            .and_then(Visit::worker)
            .map(Self)
            .ok_or_else(|| Oops::new(StatusCode::FORBIDDEN, "operator-only"))
    }
}

/// The site as passkeys know it; `None` under an address that can have none.
pub(crate) struct PasskeyPlace(pub(crate) Option<PasskeySite>);

impl<S: Send + Sync> FromRequestParts<S> for PasskeyPlace {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let visit = parts.extensions.get::<Visit>().ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
        let host = header_text(&parts.headers, header::HOST).unwrap_or_default();
        Ok(Self(visit.options.passkey_site(host)))
    }
}

/// The owner of an account, also when its data are only stored. Routes that take it must be registered for them.
pub(crate) struct Owner(pub(crate) AccountId);

impl<S: Send + Sync> FromRequestParts<S> for Owner {
    type Rejection = Oops;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts
            .extensions
            .get::<Visit>()
            .and_then(|visit| visit.owner().cloned())
            .map(Self)
            .ok_or_else(|| Oops::new(StatusCode::UNAUTHORIZED, "sign-in-required"))
    }
}

/// The owner of an account that is about to end. Routes that take it must be registered for them.
pub(crate) struct Leaving(pub(crate) AccountId);

impl<S: Send + Sync> FromRequestParts<S> for Leaving {
    type Rejection = Oops;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        parts
            .extensions
            .get::<Visit>()
            .and_then(|visit| visit.leaving().cloned())
            .map(Self)
            .ok_or_else(|| Oops::new(StatusCode::UNAUTHORIZED, "sign-in-required"))
    }
}

/// Finds out who asks what, and dresses failures as pages of ours.
pub(crate) async fn welcome(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|from| from.0.ip());
    let (address, told) = from_proxy(&app.options, headers, peer);
    let now_ms = app.studio.now_ms();
    let policy = Arc::clone(app.studio.policy());
    let consent = Consent::of(&policy, headers, address, told, now_ms);
    let (token, waiting) = (cookies::session(&policy, headers), cookies::waiting(&policy, headers));
    let in_path = request.extensions().get::<LanguageInPath>().map(|found| found.0);
    let accepted = header_text(headers, header::ACCEPT_LANGUAGE).and_then(Language::accepted);
    let mut visit = Visit {
        language: in_path.or(accepted).unwrap_or_default(),
        in_path: in_path.is_some(),
        path: request.uri().path_and_query().map_or_else(|| "/".into(), |path| path.as_str().to_owned()),
        session: None,
        json: header_text(headers, header::ACCEPT)
            .is_some_and(|accept| accept.starts_with("application/json")),
        address,
        forwarded: FORWARDED.iter().any(|name| headers.contains_key(*name)) && address == peer,
        upcoming: app.studio.policies().upcoming(now_ms).map(Arc::clone),
        policy,
        consent,
        objected: false,
        messenger_of: app.studio.messenger().processor(),
        messenger: None,
        staff: None,
        tags: None,
        token,
        waiting,
        options: Arc::clone(&app.options),
    };
    let mut failed = None;
    // What everybody gets alike needs no look into the books.
    let for_all = visit.path.starts_with("/assets/") || matches!(visit.path.as_str(), "/livez" | "/healthz");
    if let Some(token) = visit.token.as_ref().filter(|_| !for_all) {
        match app.studio.sessions().find(token).await {
            Ok(found) => visit.session = found.map(Arc::new),
            Err(error) => failed = Some(Oops::from(error)),
        }
    }
    // Only where the messenger may be: not with each segment of a film.
    let asks_for_support =
        matches!(visit.page(), Page::Minitube | Page::Watch) || visit.path.starts_with("/messenger");
    if let Some(account) = visit.account().filter(|_| asks_for_support) {
        match app.studio.accounts().objected_to_support(account).await {
            Ok(objected) => visit.objected = objected,
            Err(error) => failed = Some(Oops::from(error)),
        }
    }
    if visit.messenger_of.is_some() && failed.is_none() && !for_all {
        match theirs::boot_of(&app.studio, &visit, visit.page()).await {
            Ok(boot) => visit.messenger = boot.map(Arc::new),
            // A page is more than its messenger.
            Err(error) => tracing::warn!(%error, "a page goes without the messenger"),
        }
    }
    if !for_all {
        usage::stood_here(&app, &visit).await;
    }
    if let Some(session) = visit.session.as_ref().filter(|_| at_desk(&visit.path)) {
        match app.studio.staff().role_of(session).await {
            Ok(role) => visit.staff = role,
            Err(error) => failed = Some(Oops::from(error)),
        }
    }
    visit.tags = tags::of(&app.studio, &visit);
    request.extensions_mut().insert(visit.clone());
    let head = request.method() == Method::HEAD;
    let answer = match failed {
        Some(oops) => oops.into_response(),
        None => next.run(request).await,
    };
    let mut answer = crate::oops::dress(&visit, head, answer);
    if is_page(&answer) {
        visit.consent.remember_country(&mut answer, &visit);
    }
    answer.extensions_mut().insert(visit);
    answer
}

fn is_page(answer: &Response) -> bool {
    answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// What proxies and tunnels put on what they forward.
const FORWARDED: [&str; 6] =
    ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via"];

/// Whose address it is, and in which country, as far as a proxy that we trust tells.
fn from_proxy(
    options: &WebOptions,
    headers: &HeaderMap,
    peer: Option<IpAddr>,
) -> (Option<IpAddr>, Option<Country>) {
    let Some(proxy) = peer.map(|peer| peer.to_canonical()).filter(|peer| options.proxies.contains(peer))
    else {
        return (peer, None);
    };
    // The last address is the one that our own proxy saw.
    let forwarded =
        headers.get_all("x-forwarded-for").iter().filter_map(|header| header.to_str().ok()).next_back();
    let forwarded = forwarded.and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
    let told = headers.get(options.country_header.as_str()).and_then(|header| header.to_str().ok());
    (Some(forwarded.unwrap_or(proxy)), told.and_then(consent::known))
}

/// The same answer, with which the browser empties its cache of ours: what was deleted or shut must not live on there,
/// for whoever has the machine next.
pub(crate) fn with_cache_emptied(mut answer: Response) -> Response {
    let name = header::HeaderName::from_static("clear-site-data");
    answer.headers_mut().insert(name, HeaderValue::from_static("\"cache\""));
    answer
}

/// A header's text.
pub(crate) fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_that_is_shown_again_is_a_bill_and_a_code_is_nobody_elses() {
        for (path, page) in [
            ("/create/tiny/till", Page::Checkout),
            ("/create/tiny/till/pass", Page::Checkout),
            ("/create/tiny/till/wait", Page::SignedIn),
            ("/gift", Page::Public),
            ("/gift/film/tiny", Page::Public),
            ("/gift/ABCDE-FGHIJ", Page::SignedIn),
            ("/gift/stop/token", Page::SignedIn),
        ] {
            assert_eq!(page_of(path), page, "{path}");
        }
    }
}
