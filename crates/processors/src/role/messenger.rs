//! Being the messenger: somebody else's window on our pages, in which people write to support.
//!
//! What was said is read and answered here; the window itself runs in the browser, and what it is started with is
//! handed over as data. Whether it may be on a page the policy says; that is asked again here.

use std::fmt;

use futures::future::BoxFuture;
use policy::consent::Agreed;
use policy::{Page, Personal, Policy, ProcessorId, kind};
use serde_json::Value;

use super::Trouble;

/// Words of a person, or words to them.
pub type SupportWords = Personal<kind::SupportMessage, String>;
/// What says who somebody is.
pub type SupportId = Personal<kind::SupportIdentity, String>;

/// Somebody who is signed in, as the messenger may know them.
#[derive(Debug, Clone)]
pub struct KnownPerson {
    /// Our random id of them for the messenger and for nothing else.
    pub id: SupportId,
    /// Their address.
    pub email: Option<SupportId>,
    /// Their name.
    pub name: Option<SupportId>,
}

/// What the messenger is started with in a browser.
#[derive(Clone)]
pub struct MessengerBoot {
    /// Whose it is.
    pub processor: ProcessorId,
    /// The address of its script.
    pub script: String,
    /// Where in the page the script looks for its settings.
    pub settings_in: &'static str,
    /// The function in the page by which it is told to show itself and to shut down.
    pub call: &'static str,
    /// Its settings, an object. Who is signed in stands in them.
    pub settings: Personal<kind::SupportIdentity, Value>,
    /// How long they are good, in seconds; none: without end.
    pub good_s: Option<i64>,
}

impl fmt::Debug for MessengerBoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessengerBoot").field("script", &self.script).finish_non_exhaustive()
    }
}

/// A conversation in which something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Its id there.
    pub id: String,
    /// When, in seconds since 1970.
    pub at_s: i64,
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TalkAuthor {
    /// Whoever asks.
    Person,
    /// Whoever answers, a machine among them.
    Staff,
}

/// Something that was said.
#[derive(Debug, Clone)]
pub struct TalkPart {
    /// Its id there; may be empty for the first.
    pub id: String,
    /// Who said it.
    pub author: TalkAuthor,
    /// The words, as plain text.
    pub words: SupportWords,
    /// When, in seconds since 1970.
    pub at_s: i64,
}

/// A conversation with all that was said in it, oldest first.
#[derive(Debug, Clone)]
pub struct Talk {
    /// Our id of the person, when they were signed in.
    pub person: Option<SupportId>,
    /// The path of the page where it began.
    pub page: Option<Personal<kind::SupportPage, String>>,
    /// Whether it is over there.
    pub is_closed: bool,
    /// What was said.
    pub parts: Vec<TalkPart>,
}

/// What the handle of a conversation begins with, before its id. Whoever takes the role deletes by it too.
pub const CONVERSATION: &str = "conversation/";

/// Why the messenger did not do it. Nothing personal is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessengerError {
    /// There is no such conversation any more.
    #[error("the conversation is gone there")]
    Gone,
    /// Whether it was done is not known: what was said is to be read again first.
    #[error("whether it arrived is not known")]
    Unclear,
    /// It was not done.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// The role: the messenger on our pages.
pub trait Messenger: Send + Sync {
    /// Who takes it.
    fn processor(&self) -> ProcessorId;

    /// What it is started with for somebody who only visits; none where it may not be.
    fn visitor_boot(&self, policy: &Policy, page: Page, agreed: Option<Agreed>) -> Option<MessengerBoot>;

    /// What it is started with for a family that is signed in; none where it may not be.
    fn family_boot(
        &self,
        policy: &Policy,
        page: Page,
        person: &KnownPerson,
        now_s: i64,
    ) -> Option<MessengerBoot>;

    /// A conversation.
    ///
    /// # Errors
    /// See [`MessengerError`].
    fn conversation<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Talk, MessengerError>>;

    /// The conversations in which something happened after a moment (seconds since 1970).
    ///
    /// # Errors
    /// See [`MessengerError`].
    fn updated_since(&self, since_s: i64) -> BoxFuture<'_, Result<Vec<Touched>, MessengerError>>;

    /// Answers in a conversation. It is no harm to be told that it is [`MessengerError::Unclear`] or away: whoever asks
    /// looks first whether it arrived.
    ///
    /// # Errors
    /// See [`MessengerError`].
    fn reply<'a>(&'a self, id: &'a str, words: &'a SupportWords)
    -> BoxFuture<'a, Result<(), MessengerError>>;

    /// Has a conversation deleted, with whatever is counted of it. One that is not there counts as deleted.
    ///
    /// # Errors
    /// See [`MessengerError`].
    fn erase_conversation<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), MessengerError>>;
}
