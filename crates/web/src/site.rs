//! The site map: every address, whom it is for, and which page or action answers.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{from_fn, from_fn_with_state, map_request};
use axum::routing::{MethodRouter, get, post};
use studio::Studio;
use studio::staff::Room;
use tokio::sync::watch;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::Predicate;

use crate::assets;
use crate::guards::Audience::{
    Anyone, Customer, CustomerMedia, Desk, Leaving, MailServer, Monitor, Owner, Processor, ThisMachine,
};
use crate::guards::{Audience, admit, known_host, language_in_path, same_origin, security_headers};
use crate::language::Language;
use crate::options::WebOptions;
use crate::pages::{
    about, account, contact, cookie_settings, create, desk, films, gift, health, home, inbound, lent,
    library, mail, messenger, metrics, minitube, outbox, preferences, privacy, promises, sign_in, sign_out,
    sign_up, terms, usage, webhooks, whose,
};
use crate::visit::{App, Stopping, Visit, welcome};

/// The most that a form without a file may hold.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// An address of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path, with `{…}` where a part varies.
    pub path: &'static str,
    /// Whom it is for.
    pub audience: Audience,
    /// Whether it can be read (GET).
    pub reads: bool,
    /// Whether it changes something (POST).
    pub changes: bool,
}

/// The site in the making: routes, and the map of them.
struct Site {
    router: Router<App>,
    map: Vec<Entry>,
}

impl Site {
    fn add(
        mut self,
        path: &'static str,
        audience: Audience,
        reads: bool,
        changes: bool,
        answers: MethodRouter<App>,
    ) -> Self {
        let guard =
            from_fn(move |visit: Visit, request: Request, next| admit(audience, visit, request, next));
        self.router = self.router.route(path, answers.route_layer(guard));
        self.map.push(Entry { path, audience, reads, changes });
        self
    }

    /// A page or a picture.
    fn page(self, path: &'static str, audience: Audience, answers: MethodRouter<App>) -> Self {
        self.add(path, audience, true, false, answers)
    }

    /// A page with a form.
    fn form(self, path: &'static str, audience: Audience, answers: MethodRouter<App>) -> Self {
        self.add(path, audience, true, true, answers)
    }

    /// Something that is done from another page.
    fn action(self, path: &'static str, audience: Audience, answers: MethodRouter<App>) -> Self {
        self.add(path, audience, false, true, answers)
    }
}

fn site() -> Site {
    use account as a;
    use create as c;
    use library as l;
    use minitube as m;

    use crate::pages::watch as w;
    Site { router: Router::new(), map: Vec::new() }
        // for everybody
        .page("/", Anyone, get(home::show))
        .page("/livez", Anyone, get(health::lives))
        .page("/healthz", Anyone, get(health::show))
        .page("/metrics", Monitor, get(metrics::show))
        .page("/assets/{version}/{*path}", Anyone, get(assets::show))
        .page("/films", Anyone, get(films::index::show))
        .page("/films/{slug}", Anyone, get(films::film::show))
        .page("/films/{slug}/{picture}", Anyone, get(films::picture::show))
        .page("/films/{slug}/preview/{version}", Anyone, get(films::preview::files))
        .page("/shown/{release}/film.mp4", Anyone, get(films::shown::show))
        .page("/lent/{token}/film.mp4", Anyone, get(lent::show))
        .form("/watch/{token}", Anyone, get(w::door::show).post(w::door::send))
        .page("/watch/{token}/film.mp4", Anyone, get(w::film::show))
        .page("/watch/{token}/captions/{name}", Anyone, get(w::captions::show))
        .page("/about", Anyone, get(about::show))
        .form("/contact", Anyone, get(contact::show).post(contact::send))
        .form("/contact/confirm/{token}", Anyone, get(whose::show).post(whose::send))
        .action(
            "/inbound/mail",
            MailServer,
            post(inbound::send).layer(DefaultBodyLimit::max(studio::enquiries::MAIL_BYTES_MAX)),
        )
        .action(
            "/webhooks/{processor}",
            Processor,
            post(webhooks::send).layer(DefaultBodyLimit::max(studio::webhooks::BYTES_MAX)),
        )
        .page("/terms", Anyone, get(terms::show))
        .page("/privacy", Anyone, get(privacy::show::current))
        .page("/privacy/{version}", Anyone, get(privacy::show::version))
        .page("/privacy/{version}/changes", Anyone, get(privacy::changes::show))
        .form("/preferences/{token}", Anyone, get(preferences::show).post(preferences::send))
        .page("/mail/{token}/seen.gif", Anyone, get(mail::seen))
        .page("/mail/{token}/go", Anyone, get(mail::go))
        .page("/promises", Anyone, get(promises::show))
        .form("/cookie-settings", Anyone, get(cookie_settings::show).post(cookie_settings::send))
        .action("/usage", Anyone, post(usage::send))
        .action("/usage/ids", Anyone, post(usage::ids))
        .form("/messenger", Anyone, get(messenger::lines::show).post(messenger::lines::send))
        .action("/messenger/open", Anyone, post(messenger::open::send))
        .page("/messenger/events", Anyone, get(messenger::events::show))
        .form("/sign-up", Anyone, get(sign_up::show).post(sign_up::send))
        .form("/sign-in", Anyone, get(sign_in::form::show).post(sign_in::form::send))
        .form("/sign-in/mail", Anyone, get(sign_in::mail::show).post(sign_in::mail::send))
        .form("/sign-in/link/{token}", Anyone, get(sign_in::link::show).post(sign_in::link::send))
        .page("/sign-in/service", Anyone, get(sign_in::service::go))
        .page("/sign-in/service/return", Anyone, get(sign_in::service::back))
        .form("/sign-up/service", Anyone, get(sign_in::newcomer::show).post(sign_in::newcomer::send))
        .action("/sign-in/passkey", Anyone, post(a::passkeys::sign_in))
        .action("/sign-in/passkey/begin", Anyone, post(a::passkeys::begin_sign_in))
        .action("/sign-out", Anyone, post(sign_out::send))
        // the way to a film
        .page("/create/{slug}", Customer, get(c::start::show))
        .form(
            "/create/{slug}/photo",
            Customer,
            get(c::photo::show).post(c::photo::send).layer(DefaultBodyLimit::disable()),
        )
        .action("/create/{slug}/photo/known", Customer, post(c::photo::take_known))
        .form("/create/{slug}/face", Customer, get(c::face::show).post(c::face::send))
        .form("/create/{slug}/child", Customer, get(c::child::show).post(c::child::send))
        .page("/create/{slug}/second", Customer, get(c::second::show))
        .form(
            "/create/{slug}/second/photo",
            Customer,
            get(c::photo::show).post(c::photo::send).layer(DefaultBodyLimit::disable()),
        )
        .action("/create/{slug}/second/photo/known", Customer, post(c::photo::take_known))
        .form("/create/{slug}/second/face", Customer, get(c::face::show).post(c::face::send))
        .form("/create/{slug}/second/child", Customer, get(c::second::ask_name).post(c::second::send_name))
        .action("/create/{slug}/second/leave", Customer, post(c::second::leave))
        .page("/create/{slug}/stills", Customer, get(c::stills::show))
        .page("/create/{slug}/stills/{picture}", CustomerMedia, get(c::still::show))
        .form("/create/{slug}/till", Customer, get(c::till::show).post(c::till::send))
        .page("/create/{slug}/till/wait", Customer, get(c::wait::show))
        .action("/create/{slug}/till/pass", Customer, post(c::till::redeem))
        // giving one away
        .form("/gift", Anyone, get(gift::buy::show).post(gift::buy::send))
        .page("/gift/film/{slug}", Anyone, get(gift::buy::show_film))
        .page("/gift/{code}", Anyone, get(gift::pass::show))
        .form("/gift/stop/{token}", Anyone, get(gift::stop::show).post(gift::stop::send))
        .form("/gift/mine/{gift}", Customer, get(gift::mine::show).post(gift::mine::send))
        .form("/gift/mine/{gift}/till", Customer, get(gift::till::show).post(gift::till::send))
        .page("/gift/mine/{gift}/card", Customer, get(gift::card::show))
        // watching
        .page("/minitube", Customer, get(m::index::show))
        .page("/minitube/{film}", Customer, get(m::film::show))
        .page("/minitube/{film}/progress", CustomerMedia, get(m::progress::show))
        .page("/minitube/{film}/stream/{name}", CustomerMedia, get(m::stream::show))
        .action("/minitube/{film}/stopped", CustomerMedia, post(m::stopped::send))
        .page("/minitube/{film}/film.mp4", CustomerMedia, get(m::download::show))
        .form("/minitube/{film}/name", Customer, get(m::name::show).post(m::name::send))
        .form("/minitube/{film}/share", Customer, get(m::share::show).post(m::share::send))
        .form("/minitube/{film}/release", Customer, get(m::release::show).post(m::release::send))
        .form("/minitube/{film}/delete", Owner, get(m::delete::show).post(m::delete::send))
        // what we keep
        .page("/library", Customer, get(l::index::show))
        .page("/library/photos/{photo}/{picture}", CustomerMedia, get(l::photo_picture::show))
        .form("/library/photos/{photo}/delete", Owner, get(l::photo_delete::show).post(l::photo_delete::send))
        .form("/library/children/{child}/name", Customer, get(l::child_name::show).post(l::child_name::send))
        .form(
            "/library/children/{child}/delete",
            Owner,
            get(l::child_delete::show).post(l::child_delete::send),
        )
        .action("/library/drafts/{order}/discard", Customer, post(l::draft_discard::send))
        .page("/account", Customer, get(a::profile::show))
        .action("/account/password", Customer, post(a::profile::set_password))
        .action("/account/marketing", Owner, post(a::profile::set_marketing))
        .action("/account/language", Customer, post(a::profile::set_language))
        .page("/account/orders", Customer, get(a::orders::show))
        .form("/account/sessions", Customer, get(a::places::show).post(a::places::end))
        .form("/account/passkeys", Customer, get(a::passkeys::show).post(a::passkeys::remove))
        .form("/account/service", Customer, get(a::service::show).post(a::service::remove))
        .action("/account/passkeys/begin", Customer, post(a::passkeys::begin))
        .action("/account/passkeys/add", Customer, post(a::passkeys::add))
        .form("/account/address", Owner, get(a::address::show).post(a::address::ask))
        .action("/account/address/keep", Owner, post(a::address::keep))
        .form("/account/address/{token}", Anyone, get(a::address::link).post(a::address::confirm))
        .form("/account/export", Owner, get(a::export::show).post(a::export::send))
        .page("/account/export/{token}/mini-studio.tar", Owner, get(a::export::file))
        .form("/account/access", Owner, get(a::access::show).post(a::access::end))
        .form("/account/restriction", Owner, get(a::restriction::show).post(a::restriction::send))
        .form("/account/delete", Owner, get(a::leave::show).post(a::leave::send))
        .form("/account/stay", Leaving, get(a::leave::offer).post(a::leave::stay))
        .action("/account/support", Owner, post(a::profile::set_support))
        // who works here
        .page("/operator/sign-in/{token}", Anyone, get(desk::sign_in::show))
        .page("/desk", Desk(Room::Figures), get(desk::index::show))
        .page("/desk/figures", Desk(Room::Business), get(desk::figures::show))
        .form("/desk/jobs", Desk(Room::Films), get(desk::jobs::show).post(desk::jobs::send))
        .page("/desk/orders", Desk(Room::Orders), get(desk::orders::list))
        .page("/desk/orders/{order}", Desk(Room::Orders), get(desk::orders::show))
        .form(
            "/desk/orders/{order}/refund",
            Desk(Room::Orders),
            get(desk::orders::ask_refund).post(desk::orders::refund),
        )
        .form(
            "/desk/orders/{order}/again",
            Desk(Room::Orders),
            get(desk::orders::ask_again).post(desk::orders::again),
        )
        .page("/desk/enquiries", Desk(Room::Enquiries), get(desk::enquiries::list))
        .form(
            "/desk/enquiries/{enquiry}",
            Desk(Room::Enquiries),
            get(desk::enquiries::show).post(desk::enquiries::send),
        )
        .form(
            "/desk/enquiries/{enquiry}/attachments/{attachment}",
            Desk(Room::Rights),
            get(desk::attachments::fetch).post(desk::attachments::send),
        )
        .form(
            "/desk/campaigns",
            Desk(Room::Campaigns),
            get(desk::campaigns::show).post(desk::campaigns::send),
        )
        .form(
            "/desk/campaigns/{campaign}",
            Desk(Room::Campaigns),
            get(desk::campaign::show).post(desk::campaign::send),
        )
        .page(
            "/desk/campaigns/{campaign}/preview/{language}",
            Desk(Room::Campaigns),
            get(desk::campaign::preview),
        )
        .form(
            "/desk/restrictions",
            Desk(Room::Rights),
            get(desk::restrictions::show).post(desk::restrictions::send),
        )
        .form("/desk/erasures", Desk(Room::Rights), get(desk::erasures::show).post(desk::erasures::send))
        .page("/desk/conversations", Desk(Room::Conversations), get(desk::conversations::list))
        .form(
            "/desk/conversations/{conversation}",
            Desk(Room::Conversations),
            get(desk::conversations::show).post(desk::conversations::answer),
        )
        .action(
            "/desk/conversations/{conversation}/close",
            Desk(Room::Conversations),
            post(desk::conversations::close),
        )
        .form("/desk/disputes", Desk(Room::Rights), get(desk::disputes::show).post(desk::disputes::send))
        .page("/desk/processing", Desk(Room::Processing), get(desk::processing::show))
        .form(
            "/desk/processors",
            Desk(Room::Rights),
            get(desk::processors::show).post(desk::processors::send),
        )
        .form("/desk/releases", Desk(Room::Releases), get(desk::releases::show).post(desk::releases::send))
        .form("/desk/gifts", Desk(Room::Gifts), get(desk::gifts::show).post(desk::gifts::send))
        .form("/desk/staff", Desk(Room::Staff), get(desk::staff::show).post(desk::staff::send))
        .form("/desk/looks", Desk(Room::Looks), get(desk::looks::list).post(desk::looks::ask))
        .action("/desk/looks/{look}/approve", Desk(Room::Approving), post(desk::looks::approve))
        .action("/desk/looks/{look}/end", Desk(Room::Looks), post(desk::looks::end))
        .page("/desk/looks/{look}", Desk(Room::Looking), get(desk::looks::show))
        .page("/desk/looks/{look}/photos/{photo}", Desk(Room::Looking), get(desk::looks::photo))
        .page("/desk/looks/{look}/films/{film}", Desk(Room::Looking), get(desk::looks::film))
        // who sits at this machine
        .page("/outbox", ThisMachine, get(outbox::index::show))
        .page("/outbox/{mail}", ThisMachine, get(outbox::mail::show))
}

/// Every address there is, for tests and for the map of who may see what.
pub fn map() -> Vec<Entry> {
    site().map
}

static MAP: LazyLock<Vec<Entry>> = LazyLock::new(map);

/// The address of the site map that a path belongs to: `/films/moon-garden` is `/films/{slug}`. The language at
/// its head counts for nothing.
pub(crate) fn template_of(path: &str) -> Option<&'static str> {
    entry_of(path).map(|entry| entry.path)
}

/// The nearest page above a path without language, or itself: what can be read, where the path may be one to which
/// something is only sent.
pub(crate) fn page_above(path: &str) -> &str {
    let mut above = path;
    while entry_of(above).is_none_or(|entry| !entry.reads) {
        match above.rsplit_once('/') {
            Some((rest, _)) if !rest.is_empty() => above = rest,
            _ => return "/",
        }
    }
    above
}

fn entry_of(path: &str) -> Option<&'static Entry> {
    let mut parts: Vec<&str> = path.trim_end_matches('/').split('/').skip(1).collect();
    if parts.first().is_some_and(|first| Language::of(first).is_some()) {
        parts.remove(0);
    }
    let fits = |entry: &&Entry| {
        let wanted: Vec<&str> = entry.path.trim_end_matches('/').split('/').skip(1).collect();
        wanted.len() == parts.len()
            && wanted.iter().zip(&parts).all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
    };
    MAP.iter().find(fits)
}

/// Texts are packed, pictures and films are so already.
#[derive(Clone, Copy)]
struct Texts;

impl Predicate for Texts {
    fn should_compress<B: axum::body::HttpBody>(&self, response: &axum::http::Response<B>) -> bool {
        let kind =
            response.headers().get(axum::http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        kind.is_some_and(|kind| {
            // A stream of events goes out as it comes.
            (kind.starts_with("text/") && !kind.starts_with("text/event-stream"))
                || kind.contains("javascript")
                || kind.contains("json")
                || kind.contains("svg")
                || kind == films::preview::KIND
        })
    }
}

/// The whole site over a studio.
pub fn router(studio: Studio, options: WebOptions) -> Router {
    router_until(studio, options, watch::channel(false).1)
}

/// The same; what goes on for long ends when `stopping` becomes true.
pub(crate) fn router_until(studio: Studio, options: WebOptions, stopping: watch::Receiver<bool>) -> Router {
    let app =
        App { studio, options: Arc::new(options), stopping: Stopping(stopping), sheets: Arc::default() };
    let inner = site()
        .router
        .fallback(|| async { crate::oops::Oops::not_found() })
        .layer(
            // From the outside in.
            ServiceBuilder::new()
                .layer(CompressionLayer::new().compress_when(Texts))
                .layer(from_fn_with_state(app.clone(), security_headers))
                .layer(from_fn_with_state(app.clone(), welcome))
                .layer(CatchPanicLayer::new())
                .layer(from_fn_with_state(app.clone(), known_host))
                .layer(from_fn(same_origin))
                .layer(DefaultBodyLimit::max(FORM_BYTES_MAX)),
        )
        .with_state(app);
    // The language is taken off the path before the path is looked at.
    Router::new().fallback_service(ServiceBuilder::new().layer(map_request(language_first)).service(inner))
}

async fn language_first(request: Request) -> Request {
    language_in_path(request)
}

#[cfg(test)]
mod tests {
    use super::{map, page_above, template_of};

    #[test]
    fn a_path_is_known_by_its_place_in_the_map_alone() {
        assert_eq!(template_of("/films/moon-garden"), Some("/films/{slug}"));
        assert_eq!(template_of("/de/films/"), Some("/films"));
        assert_eq!(template_of("/"), Some("/"));
        assert_eq!(template_of("/fr"), Some("/"));
        assert_eq!(template_of("/mia@example.org"), None);
        assert_eq!(template_of("/privacy/2026-05-22/changes"), Some("/privacy/{version}/changes"));
    }

    #[test]
    fn above_every_address_there_is_a_page_that_can_be_read() {
        for (path, page) in [
            ("/library", "/library"),
            ("/account/password", "/account"),
            ("/account/address/keep", "/account/address"),
            ("/create/moon-garden/photo/known", "/create/moon-garden/photo"),
            ("/create/moon-garden/till/pass", "/create/moon-garden/till"),
            ("/library/drafts/01ARZ3NDEKTSV4RRFFQ69G5FAV/discard", "/library"),
            ("/minitube/01ARZ3NDEKTSV4RRFFQ69G5FAV/delete", "/minitube/01ARZ3NDEKTSV4RRFFQ69G5FAV/delete"),
            ("/nowhere/at/all", "/"),
        ] {
            assert_eq!(page_above(path), page);
        }
        for entry in map() {
            let page = page_above(entry.path);
            let known = map().into_iter().find(|other| other.path == page);
            assert!(known.is_some_and(|known| known.reads), "{} leads to {page}", entry.path);
        }
    }
}
