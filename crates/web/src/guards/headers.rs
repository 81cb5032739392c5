//! Headers that every answer carries.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use policy::derive::csp::{self, Sources};

use crate::emulated::Emulated;
use crate::visit::{App, Visit};

/// Marks an answer that has to do with the preview in the browser, and may therefore do one thing that no other may.
#[derive(Clone, Copy)]
pub(crate) enum Preview {
    /// A page: make a worker of our script, by a rule of that name (`preview.js`).
    Page,
    /// The worker's script: compile the engine. A worker has a policy of its own, so that its page cannot.
    Worker,
}

/// Everything comes from us; what a page may load from a processor as well, the policy says. `blob:` is for
/// the preview of a chosen photo and for the player, both made in the page itself.
///
/// Where a page may load a processor's script, and only there, it may turn text into code as such scripts do: they bring
/// their own further scripts and make trusted types of their own, whose names are not ours to know. What can be loaded
/// is bound by `script-src` all the same, to the hosts that the policy names, and inline code runs nowhere.
fn content_security_policy(sources: &Sources, emulated: Emulated<'_>, preview: Option<Preview>) -> String {
    let mut directives = String::from(
        "default-src 'none'; style-src 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    if sources.script.is_empty() {
        let rules = if matches!(preview, Some(Preview::Page)) { "preview" } else { "'none'" };
        directives += &format!("; require-trusted-types-for 'script'; trusted-types {rules}");
    }
    for (directive, others) in sources.by_directive() {
        let ours = match directive {
            "script-src" if matches!(preview, Some(Preview::Worker)) => "'self' 'wasm-unsafe-eval'",
            "script-src" | "connect-src" | "form-action" => "'self'",
            "img-src" | "media-src" => "'self' blob:",
            _ if others.is_empty() => "'none'",
            _ => "",
        };
        directives += &format!("; {directive} {ours}");
        for other in others.iter().flat_map(|other| emulated.sources(other)) {
            directives += " ";
            directives += &other;
        }
    }
    directives
}

const PERMISSIONS_POLICY: &str = "accelerometer=(), autoplay=(self), browsing-topics=(), camera=(), \
    display-capture=(), fullscreen=(self), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), \
    midi=(), payment=(), picture-in-picture=(self), screen-wake-lock=(self), usb=()";

/// Two years.
const TRANSPORT_SECURITY: &str = "max-age=63072000";

/// Adds the security headers, and `no-store` where nobody said how long an answer may be kept.
pub(crate) async fn security_headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    // `welcome`, further in, has put it there.
    let visit = answer.extensions_mut().remove::<Visit>();
    let preview = answer.extensions_mut().remove::<Preview>();
    let is_at = |start: &str| visit.as_ref().is_some_and(|visit| visit.path.starts_with(start));
    let (shared, shown) = (is_at("/watch/"), is_at("/shown/"));
    let headers = answer.headers_mut();
    let sources = visit.map_or_else(Sources::default, |visit| {
        csp::sources(&visit.policy, visit.page(), app.studio.switched_on(), visit.consent.decision.allowed)
    });
    if let Ok(value) =
        HeaderValue::from_str(&content_security_policy(&sources, app.options.emulators(), preview))
    {
        // What came from a stranger has a stricter one of its own.
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(value);
    }
    let mut set = |name: &'static str, value: &'static str| {
        headers.insert(header::HeaderName::from_static(name), HeaderValue::from_static(value));
    };
    set("x-content-type-options", "nosniff");
    // What is shared by a link is found by nobody else, and its address is told to nobody.
    set("referrer-policy", if shared { "no-referrer" } else { "same-origin" });
    // What a family lets be shown is looked for on its film's page alone.
    if shared || shown {
        set("x-robots-tag", "noindex, nofollow, noarchive");
    }
    set("permissions-policy", PERMISSIONS_POLICY);
    set("cross-origin-opener-policy", "same-origin");
    set("cross-origin-resource-policy", "same-origin");
    set("x-frame-options", "DENY");
    if app.options.secure() {
        set("strict-transport-security", TRANSPORT_SECURITY);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    answer
}
