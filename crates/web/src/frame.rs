//! The frame of every page: head of the document, sky with navigation, footer in the soil.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use policy::Subject;
use policy::consent::{Choice, Purpose, Why};

use crate::consent;
use crate::cookies::with_next;
use crate::guards::Preview;
use crate::language::Language;
use crate::oops::Dressed;
use crate::pages::messenger::{panel, theirs};
use crate::visit::Visit;
use crate::{assets, drawings};

/// How the page begins under the navigation.
enum Opening {
    /// The title in the sky over a strip of hills.
    Title { lead: Option<Markup> },
    /// Something of the page's own, with its own `h1`, before its own scenery.
    Own { scenery: Markup, words: Markup },
    /// Nothing: the page's `h1` stands in its body.
    Plain,
}

/// A page in the making.
pub(crate) struct Frame<'a> {
    visit: &'a Visit,
    title: String,
    shown_title: Option<Markup>,
    description: Option<String>,
    opening: Opening,
    night: bool,
    child: bool,
    guest: bool,
    class: &'static str,
    scripts: Vec<&'static str>,
    refresh_s: Option<u32>,
    status: StatusCode,
    is_public: bool,
    is_kept: bool,
    has_preview: bool,
    next: Option<String>,
    own: Option<&'static str>,
}

impl<'a> Frame<'a> {
    /// A page with this title.
    pub(crate) fn new(visit: &'a Visit, title: &str) -> Self {
        Self {
            visit,
            title: title.to_owned(),
            shown_title: None,
            description: None,
            opening: Opening::Title { lead: None },
            night: false,
            child: false,
            guest: false,
            class: "",
            scripts: Vec::new(),
            refresh_s: None,
            status: StatusCode::OK,
            is_public: false,
            is_kept: false,
            has_preview: false,
            next: None,
            own: None,
        }
    }

    /// The title as the page shows it, where it holds more than plain words (a child's name).
    pub(crate) fn shown_title(mut self, title: Markup) -> Self {
        self.shown_title = Some(title);
        self
    }

    /// A sentence under the title.
    pub(crate) fn lead(mut self, lead: Markup) -> Self {
        self.opening = Opening::Title { lead: Some(lead) };
        self
    }

    /// An opening of the page's own before its own scenery.
    pub(crate) fn opening(mut self, scenery: Markup, words: Markup) -> Self {
        self.opening = Opening::Own { scenery, words };
        self
    }

    /// No title in the sky.
    pub(crate) fn plain(mut self) -> Self {
        self.opening = Opening::Plain;
        self
    }

    /// What search engines and links show of the page; also says that the page is public, and the same for everybody.
    pub(crate) fn public(mut self, description: &str) -> Self {
        self.is_kept = true;
        self.findable(description)
    }

    /// The same of a page that tells of the browser that asks, and is therefore kept nowhere.
    pub(crate) fn findable(mut self, description: &str) -> Self {
        self.description = Some(description.to_owned());
        self.is_public = true;
        self
    }

    /// The house with the lights down.
    pub(crate) fn night(mut self) -> Self {
        self.night = true;
        self
    }

    /// A page for the child: no navigation, nothing else to press.
    pub(crate) fn for_child(mut self) -> Self {
        self.child = true;
        self.night()
    }

    /// A page for somebody to whom nothing else here belongs: its head leads nowhere.
    pub(crate) fn guest(mut self) -> Self {
        self.guest = true;
        self
    }

    /// A class on the body.
    pub(crate) fn class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    /// A module of ours, such as `js/photo.js`.
    pub(crate) fn script(mut self, path: &'static str) -> Self {
        self.scripts.push(path);
        self
    }

    /// The preview that never uploads is on the page (`pages::films::preview`).
    pub(crate) fn preview(mut self, has_preview: bool) -> Self {
        self.has_preview = has_preview;
        if has_preview { self.script("js/preview.js") } else { self }
    }

    /// Where one wants to go after this page, a path of ours: kept in another language, and when the banner is answered.
    pub(crate) fn leads_to(mut self, next: Option<&str>) -> Self {
        self.next = next.map(str::to_owned);
        self
    }

    /// The page's address, where more belongs to it than its path: kept in another language.
    pub(crate) fn address(mut self, own: &'static str) -> Self {
        self.own = Some(own);
        self
    }

    /// Without JavaScript the page loads itself again after so many seconds.
    pub(crate) fn refresh(mut self, seconds: Option<u32>) -> Self {
        self.refresh_s = seconds;
        self
    }

    /// Another status than 200.
    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The page as an answer.
    pub(crate) fn page(self, body: Markup) -> Response {
        let status = self.status;
        let is_kept = self.is_kept && self.visit.session.is_none();
        let preview = self.has_preview.then_some(Preview::Page);
        let html = self.document(body).into_string();
        let mut answer = (status, Body::from(html)).into_response();
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-language, cookie"));
        if is_kept && status == StatusCode::OK {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        }
        answer.extensions_mut().insert(Dressed);
        if let Some(preview) = preview {
            answer.extensions_mut().insert(preview);
        }
        answer
    }

    /// The whole document.
    pub(crate) fn document(self, body: Markup) -> Markup {
        let visit = self.visit;
        let language = visit.language;
        let title = match self.status.is_client_error() || self.status.is_server_error() {
            true => format!("{}: {}", visit.text("title-error"), self.title),
            false => self.title.clone(),
        };
        // What went wrong, a form that was filled in wrongly for one, is nothing to be found.
        let is_public = self.is_public && self.status == StatusCode::OK;
        let path = visit.path.split('?').next().unwrap_or("/");
        let found_at = |language: Option<Language>| {
            let site = &visit.options.public_url;
            match language {
                Some(language) if path == "/" => format!("{site}/{}", language.code()),
                Some(language) => format!("{site}/{}{path}", language.code()),
                None => format!("{site}{path}"),
            }
        };
        let here = with_next(self.own.unwrap_or(path), self.next.as_deref());
        html! {
            (DOCTYPE)
            html lang=(language.code()) class=[self.night.then_some("night")] {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) " – Mini Studio" }
                    @if let Some(description) = &self.description { meta name="description" content=(description); }
                    @if !is_public { meta name="robots" content="noindex"; }
                    @if self.night { meta name="color-scheme" content="dark"; } @else { meta name="color-scheme" content="light dark"; }
                    link rel="icon" type="image/svg+xml" href=(assets::url("img/icon.svg"));
                    link rel="preload" as="font" type="font/woff2" crossorigin href=(assets::url("fonts/caprasimo-latin-400-normal.woff2"));
                    link rel="preload" as="font" type="font/woff2" crossorigin href=(assets::url("fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2"));
                    link rel="stylesheet" href=(assets::url("site.css"));
                    @if is_public {
                        // Without what stands behind the path, such as where one wants to go after signing in.
                        link rel="canonical" href=(found_at(visit.in_path.then_some(language)));
                        link rel="alternate" hreflang="x-default" href=(found_at(None));
                        @for other in Language::ALL {
                            link rel="alternate" hreflang=(other.code()) href=(found_at(Some(other)));
                        }
                    }
                    @if let Some(seconds) = self.refresh_s {
                        noscript { meta http-equiv="refresh" content=(seconds); }
                    }
                    @let optional = optional_tools(visit, self.status);
                    meta name="ms-optional" content=(optional);
                    meta name="ms-removable" content=(consent::removable_storage(&visit.policy, visit.consent.decision.allowed));
                    @if let Some(processor) = visit.messenger_of.filter(|_| visit.session.is_some()) {
                        meta name="ms-sign-out" content=(consent::names_of(&visit.policy, processor).join(" "));
                    }
                    script type="module" src=(assets::url("js/page.js")) {}
                    @if !optional.is_empty() { script type="module" src=(assets::url("js/optional.js")) {} }
                    @if let Some(tags) = visit.tags.as_deref().filter(|_| self.status == StatusCode::OK) {
                        script type="application/json" id="tags" { (PreEscaped(tags)) }
                        script type="module" src=(assets::url("js/tags.js")) {}
                    }
                    @for script in &self.scripts { script type="module" src=(assets::url(script)) {} }
                }
                body class=[(!self.class.is_empty()).then_some(self.class)] {
                    a.skip href="#content" { (visit.text("skip")) }
                    div.sky aria-hidden="true" {
                        @match &self.opening {
                            Opening::Title { .. } => { (drawings::strip()) (drawings::edge("to-table", 7)) }
                            Opening::Own { scenery, .. } => { (scenery) }
                            Opening::Plain => {}
                        }
                    }
                    @if self.guest { (guest_head()) } @else if self.child { (child_head(visit)) } @else { (head(visit, path)) }
                    main {
                        div.opening id="content" tabindex="-1" {
                            @match &self.opening {
                                Opening::Title { lead } => {
                                    div.wrap.title {
                                        h1 { @match &self.shown_title { Some(shown) => (shown), None => (self.title) } }
                                        @if let Some(lead) = lead { p.lead { (lead) } }
                                    }
                                }
                                Opening::Own { words, .. } => { (words) }
                                Opening::Plain => {}
                            }
                        }
                        @if !self.child { (upcoming(visit)) }
                        div.content { (body) }
                    }
                    div.soil-line { (drawings::soil()) }
                    @if self.child { (child_foot(visit, &here)) } @else { (foot(visit, &here)) }
                    @if offers_messenger(visit, self.status) {
                        @if !self.child { (panel::round_button(visit)) }
                        @match visit.messenger.as_deref() {
                            Some(boot) => { (theirs::data(visit, boot)) }
                            None => { (panel::panel(visit)) }
                        }
                    }
                    @if visit.consent.decision.ask && !self.child && path != "/cookie-settings" { (banner(visit, &here)) }
                }
            }
        }
    }
}

fn head(visit: &Visit, path: &str) -> Markup {
    let item = |to: &str, key: &str| {
        let here = path == to || path.starts_with(&format!("{to}/"));
        html! { li { a href=(visit.to(to)) aria-current=[here.then_some("page")] { (visit.text(key)) } } }
    };
    html! {
        header.head { div.wrap.row.apart {
            a.brand href=(visit.to("/")) { (drawings::logo()) span { "Mini Studio" } }
            nav aria-label=(visit.text("nav-label")) {
                ul {
                    (item("/films", "nav-films"))
                    @if visit.account().is_some() {
                        (item("/minitube", "nav-minitube"))
                        (item("/library", "nav-library"))
                        (item("/account", "nav-account"))
                    } @else if visit.restricted().is_some() {
                        // The one page of the account that is open to them.
                        (item("/account/restriction", "nav-account"))
                    } @else if visit.is_operator() {
                        (item("/desk", "nav-desk"))
                    } @else {
                        (item("/sign-in", "nav-sign-in"))
                    }
                }
            }
        } }
    }
}

/// Minitube: only the way back for the grown-up.
fn child_head(visit: &Visit) -> Markup {
    html! {
        header.head { div.wrap.row.apart {
            a.brand href=(visit.to("/minitube")) { (drawings::logo()) span { "Minitube" } }
            nav aria-label=(visit.text("nav-label")) {
                ul { li { a href=(visit.to("/library")) { (visit.text("nav-grown-ups")) } } }
            }
        } }
    }
}

/// Whose page it is, and no way to anywhere else.
fn guest_head() -> Markup {
    html! {
        header.head { div.wrap.row.apart { span.brand { (drawings::logo()) span { "Mini Studio" } } } }
    }
}

/// Whether the messenger is on this page. What is not there is no page of a film.
fn offers_messenger(visit: &Visit, status: StatusCode) -> bool {
    visit.offers_messenger() && status != StatusCode::NOT_FOUND
}

/// The optional tools that may be loaded here, as the page's own loader knows them: counts of use where that
/// is allowed; the messenger where it may be, ours or somebody else's, which in Minitube takes no consent.
fn optional_tools(visit: &Visit, status: StatusCode) -> String {
    let allowed = visit.consent.decision.allowed;
    let usage = allowed.allows(Purpose::Analytics).then_some("usage");
    let whose = if visit.messenger.is_some() { "outside-messenger" } else { "messenger" };
    let messenger = offers_messenger(visit, status).then_some(whose);
    usage.into_iter().chain(messenger).collect::<Vec<_>>().join(" ")
}

/// The question, with two buttons that weigh the same. It is a form like any other: no script is needed.
fn banner(visit: &Visit, here: &str) -> Markup {
    let wording = visit.policy.wording(Subject::Cookies);
    let words = match visit.consent.decision.why {
        Why::Outdated => "banner-words-again",
        _ => "banner-words",
    };
    html! {
        aside.banner role="region" aria-labelledby="banner" {
            form.wrap.stack.tight method="post" action=(visit.to("/cookie-settings")) {
                h2 id="banner" { (visit.text("banner-title")) }
                p { (wording.in_language(visit.language.code())) }
                p.hint { (visit.text(words)) " " a href=(visit.to("/privacy#cookies")) { (visit.text("banner-more")) } }
                input type="hidden" name="wording" value=(wording.version);
                input type="hidden" name="next" value=(here);
                div.row.answers {
                    button.button name="decision" value="accept" { (visit.text("banner-accept")) }
                    button.button name="decision" value="refuse" { (visit.text("banner-refuse")) }
                    a.button.quiet href=(visit.to("/cookie-settings")) { (visit.text("banner-choose")) }
                }
            }
        }
    }
}

/// "Cookie Settings", on every page, and beside it the one click that withdraws everything optional.
fn cookie_settings(visit: &Visit, here: &str) -> Markup {
    html! {
        div.row {
            a href=(visit.to("/cookie-settings")) { (visit.text("foot-cookies")) }
            @if visit.consent.decision.allowed != Choice::NONE {
                form method="post" action=(visit.to("/cookie-settings")) {
                    input type="hidden" name="wording" value=(visit.policy.wording(Subject::Cookies).version);
                    input type="hidden" name="next" value=(here);
                    button.link-button name="decision" value="withdraw" { (visit.text("cookies-withdraw")) }
                }
            }
        }
    }
}

/// Minitube: who answers for the site, and what every page has; nothing else to press.
fn child_foot(visit: &Visit, here: &str) -> Markup {
    let controller = &visit.policy.controller;
    html! { footer.foot { div.wrap.row.apart {
        address { strong { (controller.name) } " · " (controller.email) }
        (cookie_settings(visit, here))
    } } }
}

fn foot(visit: &Visit, here: &str) -> Markup {
    let controller = &visit.policy.controller;
    let link = |to: &str, key: &str| html! { li { a href=(visit.to(to)) { (visit.text(key)) } } };
    html! {
        footer.foot {
            div.wrap.stack.tight {
                div.row.apart {
                    address { strong { (controller.name) } " · " a href={ "mailto:" (controller.email) } { (controller.email) } }
                    ul {
                        (link("/films", "nav-films"))
                        (link("/about", "foot-about"))
                        (link("/contact", "foot-contact"))
                        (link("/privacy", "foot-privacy"))
                        (link("/promises", "foot-promises"))
                        (link("/terms", "foot-terms"))
                        @if visit.is_local() { (link("/outbox", "nav-outbox")) }
                    }
                }
                (cookie_settings(visit, here))
                nav aria-label=(visit.text("languages")) {
                    ul {
                        @for language in Language::ALL {
                            li {
                                @if language == visit.language {
                                    span lang=(language.code()) aria-current="true" { (language.own_name()) }
                                } @else {
                                    a href={ "/" (language.code()) (if here == "/" { "" } else { here }) } lang=(language.code()) hreflang=(language.code()) { (language.own_name()) }
                                }
                            }
                        }
                    }
                }
                p { small { (visit.text("foot-promise")) } }
            }
        }
    }
}

/// A new policy is coming: said on every page until it holds.
fn upcoming(visit: &Visit) -> Markup {
    let Some(next) = &visit.upcoming else { return html! {} };
    let summary = next.summary.in_language(visit.language.code());
    html! {
        aside.wrap { p.notice {
            (visit.language.with("privacy-upcoming", &[("date", crate::pages::privacy::day(visit, next.effective).into()), ("summary", summary.into())]))
            " " a href=(visit.to(&format!("/privacy/{}", next.effective))) { (visit.text("privacy-upcoming-link")) }
        } }
    }
}
