//! `/messenger`: the support messenger on the approved pages and within Minitube. Whether it may be offered,
//! on what ground, and what may be kept for it, `policy` says; it is asked again at every request, whatever
//! the page's script may have thought.
//!
//! Nothing is kept in the browser before somebody opens the messenger, and only where support is allowed in
//! Cookie Settings. Within Minitube it also works without: there the account and the sign-in's own session
//! are known.
//!
//! Where somebody else's messenger is connected, a page that the policy lists for it has theirs instead ([`theirs`]).

pub(crate) mod events;
pub(crate) mod lines;
pub(crate) mod open;
pub(crate) mod panel;
pub(crate) mod theirs;

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use policy::{CookieClass, CookiePurpose, derive};
use serde::{Deserialize, Serialize};
use studio::Studio;
use studio::conversations::{Author, Circumstances, Line, Mark, Person, Secret};

use crate::cookies::{self, own_path};
use crate::language::without_language;
use crate::oops::Oops;
use crate::visit::{Visit, page_of};

/// What the page's script tells: where it is, and what it has read already.
#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    page: String,
    #[serde(default)]
    after: String,
}

/// Something that was said, for the page's script.
#[derive(Serialize)]
struct Said {
    mark: String,
    author: Author,
    words: String,
    at_ms: i64,
}

impl From<Line> for Said {
    fn from(line: Line) -> Self {
        let mark = line.mark.to_string();
        Self { mark, author: line.author, words: line.words, at_ms: line.written_at_ms }
    }
}

/// What the page's script gets to know.
#[derive(Serialize)]
pub(crate) struct Talk {
    lines: Vec<Said>,
    /// Whether the script may note in the browser what was read.
    keep: bool,
    /// Whether it is known who is there; otherwise what the browser noted is old.
    known: bool,
}

/// Somebody at the messenger.
struct Seat {
    person: Option<Person>,
    around: Circumstances,
    keep: bool,
    new_device: bool,
}

impl Seat {
    /// Who it is, if the messenger may be offered to them on this page.
    fn of(visit: &Visit, headers: &HeaderMap, page: &str) -> Result<Self, Oops> {
        let off = || Oops::new(StatusCode::FORBIDDEN, "messenger-off");
        let page = without_language(own_path(page).ok_or_else(off)?);
        let allowed = visit.consent.decision.allowed;
        derive::browser::messenger(page_of(page), allowed, visit.customer()).ok_or_else(off)?;
        let keep = derive::browser::may_stay(CookieClass::Support, allowed);
        let held = |purpose| cookies::read(&visit.policy, headers, purpose);
        let secret = |purpose| held(purpose).as_deref().and_then(Secret::parse);
        let kept = |purpose| if keep { secret(purpose) } else { None };
        let device = kept(CookiePurpose::SupportDevice);
        let session = kept(CookiePurpose::SupportSession).map(|session| session.as_str().to_owned());
        let signed_in = visit.session.as_ref().filter(|session| session.account.is_some());
        let around = Circumstances {
            page: page.to_owned(),
            language: visit.language.code().to_owned(),
            device,
            session: session.or_else(|| signed_in.map(|session| session.id.to_string())),
        };
        let person = who(visit, &around);
        Ok(Self { person, around, keep, new_device: false })
    }

    /// Sits down: where something may be kept, device and session get their secrets.
    fn sit(&mut self, visit: &Visit, headers: &HeaderMap, studio: &Studio) {
        if !self.keep {
            return;
        }
        let talk = studio.conversations();
        if self.around.device.is_none() {
            self.around.device = Some(talk.new_secret());
            self.new_device = true;
        }
        let session = cookies::read(&visit.policy, headers, CookiePurpose::SupportSession);
        let session = session.as_deref().and_then(Secret::parse).unwrap_or_else(|| talk.new_secret());
        self.around.session = Some(session.as_str().to_owned());
        self.person = who(visit, &self.around);
    }

    /// Hands the secrets to the browser. The device's period runs from the first time; the session's anew.
    fn keep_in(&self, answer: &mut Response, visit: &Visit) {
        if !self.keep {
            return;
        }
        if let Some(device) = self.around.device.as_ref().filter(|_| self.new_device) {
            cookies::set(answer, visit, CookiePurpose::SupportDevice, Some(device.as_str()));
        }
        if let Some(session) = &self.around.session {
            cookies::set(answer, visit, CookiePurpose::SupportSession, Some(session));
        }
    }

    /// What was said after a mark.
    async fn talk(&self, studio: &Studio, after: &str) -> Result<Talk, Oops> {
        let lines = match &self.person {
            Some(person) => studio.conversations().read(person, &Mark::parse(after)).await?,
            None => Vec::new(),
        };
        let lines = lines.into_iter().map(Said::from).collect();
        Ok(Talk { lines, keep: self.keep, known: self.person.is_some() })
    }
}

/// Signed in it is the customer, otherwise whoever holds the device's secret.
fn who(visit: &Visit, around: &Circumstances) -> Option<Person> {
    match visit.account() {
        Some(account) => Some(Person::Customer(account.clone())),
        None => around.device.clone().map(Person::Device),
    }
}
