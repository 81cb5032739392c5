//! Intercom: the messenger on pages that allow it, and conversations over REST 2.16.
//!
//! A page gets the messenger's settings as data ([`Intercom::visitor_boot`], [`Intercom::family_boot`]), and only
//! where the policy in force lists the page; our own loader starts it when somebody opens it. Who is signed in is told
//! by a short-lived token. Conversations are found, read and answered over the interface. Erasing goes in one order:
//! each conversation with its reports, then the contact; a visitor's goes with the last of their conversations. Archiving
//! is no erasure and is not done.
//!
//! Source: `crates/processors/tests/contracts/intercom`. The hosts outside the US are assumed. It must not know the
//! studio's rules, its database or its clock, and nothing of orders, films or a child.

mod account;
mod role;
mod token;
mod webhook;
mod wire;

use std::time::Duration;

use egress::{Answer, Blocked, Egress, Means, Method, Request, RetryPolicy};
use policy::consent::Agreed;
use policy::{Choosable, Page, Personal, Policy, ProcessorId, PurposeId, kind, processor, purpose};
use serde_json::{Value, json};

use crate::Secret;
use crate::signing::REPLAY_WINDOW_S;

pub(crate) use account::Account;
pub use token::Identity;
pub use webhook::{Notification, Seen, SeenError, WebhookError, is_signed};

/// The version of the interface that this is written for.
pub const VERSION: &str = "2.16";

/// Largest page of a search, set by Intercom.
const PAGE_MAX: u32 = 150;

/// What a person wrote, or what is written to them.
pub type Message = Personal<kind::SupportMessage, String>;
/// What says who somebody is.
pub type Id = Personal<kind::SupportIdentity, String>;
/// The path of a page.
pub type PagePath = Personal<kind::SupportPage, String>;

/// Where the workspace lies. The hosts of all but the US are assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// United States.
    #[default]
    Us,
    /// European Union.
    Eu,
    /// Australia.
    Au,
}

/// An address of the interface in a region.
macro_rules! at {
    ($region:expr, $path:literal) => {
        match $region {
            Region::Us => concat!("https://api.intercom.io", $path),
            Region::Eu => concat!("https://api.eu.intercom.io", $path),
            Region::Au => concat!("https://api.au.intercom.io", $path),
        }
    };
}

impl Region {
    /// What the messenger in the browser is told to speak to.
    pub fn messenger(self) -> &'static str {
        match self {
            Self::Us => "https://api-iam.intercom.io",
            Self::Eu => "https://api-iam.eu.intercom.io",
            Self::Au => "https://api-iam.au.intercom.io",
        }
    }
}

/// How Intercom is spoken to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the workspace lies.
    pub region: Region,
    /// The workspace's id, which every page may see.
    pub app_id: String,
    /// The access token of the interface. For erasing it needs the scope `delete_conversations_and_metrics`.
    pub token: Secret,
    /// Signs who is signed in.
    pub messenger_secret: Secret,
    /// Signs notifications.
    pub client_secret: Secret,
    /// In whose name the desk answers: an id of a teammate there.
    pub admin_id: String,
    /// How long a token of who is signed in is good, in seconds, 1 to 3600.
    pub token_s: i64,
    /// How far a notification's own time may lie from now, in seconds, both ways. Only a time inside the signed
    /// body counts; that one is there is assumed, so a notification without one is taken. None: no time is looked at.
    pub window_s: Option<i64>,
    /// How calls that may arrive twice are tried again. Answers to a person are not among them.
    pub retry: RetryPolicy,
    /// Longest wait for one answer.
    pub timeout: Duration,
    /// Conversations on a page of a search, 1 to 150.
    pub page_size: u32,
    /// Most pages that are read in one search, so that one without end ends.
    pub pages_max: u32,
}

/// The secrets of a workspace.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// See [`Settings::token`].
    pub token: Secret,
    /// See [`Settings::messenger_secret`].
    pub messenger_secret: Secret,
    /// See [`Settings::client_secret`].
    pub client_secret: Secret,
}

impl Settings {
    /// The usual ones, for a workspace and a teammate in whose name the desk answers.
    pub fn new(app_id: impl Into<String>, admin_id: impl Into<String>, secrets: Secrets) -> Self {
        let Secrets { token, messenger_secret, client_secret } = secrets;
        Self {
            region: Region::default(),
            app_id: app_id.into(),
            token,
            messenger_secret,
            client_secret,
            admin_id: admin_id.into(),
            token_s: 180,
            window_s: Some(REPLAY_WINDOW_S),
            retry: RetryPolicy::default(),
            timeout: Duration::from_secs(30),
            page_size: PAGE_MAX,
            pages_max: 1000,
        }
    }
}

/// Why Intercom did not do what was asked. Nothing personal is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntercomError {
    /// The policy does not let the call out; trying again changes nothing.
    #[error("the call to Intercom was blocked: {0}")]
    Blocked(Blocked),
    /// Intercom said no; trying again changes nothing.
    #[error("Intercom refused the call ({status} {code})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Intercom's word for it; empty where there was none.
        code: String,
    },
    /// It was not done, and is worth another try.
    #[error("Intercom is away: {why}")]
    Away {
        /// What happened.
        why: String,
        /// How long to wait, in seconds, when that is known.
        retry_after_s: Option<u64>,
    },
    /// Whether an answer reached the person is not known: somebody has to look before it is sent again.
    #[error("whether the answer arrived at Intercom is not known")]
    Uncertain,
    /// The answer is none that the contract knows.
    #[error("Intercom's answer cannot be read: {0}")]
    Malformed(&'static str),
    /// What was to be sent makes no sense.
    #[error("that cannot be sent to Intercom: {0}")]
    Invalid(&'static str),
}

impl From<egress::Error> for IntercomError {
    fn from(error: egress::Error) -> Self {
        match error.means() {
            Means::Away { retry_after_s } => Self::Away { why: error.to_string(), retry_after_s },
            Means::Blocked(why) => Self::Blocked(why),
            Means::Malformed(what) => Self::Malformed(what),
        }
    }
}

/// Why a page gets no messenger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoMessenger {
    /// Intercom is not switched on.
    #[error("Intercom is not switched on")]
    SwitchedOff,
    /// The policy does not allow it on pages of this sort.
    #[error("the policy allows no messenger on this page")]
    Page,
    /// The visitor did not agree to it.
    #[error("the visitor did not agree to the messenger")]
    NoConsent,
    /// A person without an id cannot be told apart there.
    #[error("a person needs an id for the messenger")]
    NoId,
}

/// What the messenger is started with on a page. Whoever is signed in is in the token alone.
#[derive(Debug, Clone)]
pub struct Boot {
    /// What it speaks to.
    pub api_base: &'static str,
    /// The workspace.
    pub app_id: String,
    /// Who is signed in.
    pub token: Option<Id>,
}

impl Boot {
    /// As the page's own loader gets it.
    pub fn settings(&self) -> Value {
        let mut settings = json!({"api_base": self.api_base, "app_id": self.app_id});
        if let Some(token) = &self.token {
            settings["intercom_user_jwt"] = json!(token.for_processor::<processor::Intercom>());
        }
        settings
    }
}

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Somebody waits for an answer, or gave one.
    Open,
    /// It is over.
    Closed,
    /// It comes back later.
    Snoozed,
}

/// Who wrote something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// The person.
    Contact,
    /// A teammate, by their id there.
    Admin(String),
    /// A machine of Intercom's.
    Bot,
}

/// A conversation in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: State,
    /// When something last happened, in seconds since 1970.
    pub updated_at_s: i64,
    /// Whom it is with, by the contacts' ids: handles for erasing.
    pub contacts: Vec<String>,
}

/// Something that was written.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its id.
    pub id: String,
    /// Who wrote it.
    pub author: Author,
    /// What was written, as plain text; never to be shown as HTML.
    pub body: Message,
    /// When, in seconds since 1970.
    pub at_s: i64,
}

/// A conversation with what was written in it, the oldest first.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: State,
    /// Whom it is with, by the contacts' ids: handles for erasing.
    pub contacts: Vec<String>,
    /// Those of them whom no id of ours names.
    pub visitors: Vec<String>,
    /// The id that we gave whom it is with, when they were signed in.
    pub known_as: Option<Id>,
    /// The path of the page where it began; nothing else of its address.
    pub page: Option<PagePath>,
    /// The messages; notes and events are left out. Intercom gives at most the last 500.
    pub parts: Vec<Part>,
}

/// What was erased, for the receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// The contact's id. Intercom itself can bring it back for 7 days (documentation of 2.3).
    pub contact: String,
    /// Ids of the conversations that went with it.
    pub conversations: Vec<String>,
}

/// The adapter. Clones share the way out.
#[derive(Clone)]
pub struct Intercom {
    egress: Egress,
    settings: Settings,
}

impl Intercom {
    /// An adapter on a way out.
    pub fn new(egress: Egress, settings: Settings) -> Self {
        Self { egress, settings }
    }

    /// What the messenger is started with for somebody who only visits, with what they agreed to.
    ///
    /// # Errors
    /// Where it may not be.
    pub fn visitor_boot(
        &self,
        policy: &Policy,
        page: Page,
        agreed: Option<Agreed>,
    ) -> Result<Boot, NoMessenger> {
        self.may_be_on(policy, PurposeId::VisitorSupport, page)?;
        match agreed.map(Agreed::to) {
            Some(Choosable::Support) => Ok(self.boot(None)),
            _ => Err(NoMessenger::NoConsent),
        }
    }

    /// What the messenger is started with for a family that is signed in. It is `now_s`, in seconds since 1970.
    ///
    /// # Errors
    /// Where it may not be.
    pub fn family_boot(
        &self,
        policy: &Policy,
        page: Page,
        identity: &Identity<'_>,
        now_s: i64,
    ) -> Result<Boot, NoMessenger> {
        self.may_be_on(policy, PurposeId::Support, page)?;
        let expires_s = now_s.saturating_add(self.settings.token_s.clamp(1, 3600));
        let token = token::make(&self.settings.messenger_secret, identity, expires_s);
        token.map(|token| self.boot(Some(token))).ok_or(NoMessenger::NoId)
    }

    /// Cookies of the messenger, which are removed on sign-out and when a visitor takes their consent back; the
    /// loader calls `Intercom('shutdown')` besides.
    pub fn cookies(&self) -> [String; 3] {
        ["intercom-session-", "intercom-id-", "intercom-device-id-"]
            .map(|name| format!("{name}{}", self.settings.app_id))
    }

    /// The workspace that the access token is for, where that is said.
    ///
    /// # Errors
    /// What was answered.
    pub async fn workspace(&self) -> Result<Option<String>, IntercomError> {
        let answer = self.ask(|| self.call(Method::GET, at!(self.settings.region, "/me"))).await?;
        wire::workspace(&answer)
    }

    /// Conversations in which something happened after a moment (seconds since 1970).
    ///
    /// # Errors
    /// What was answered; [`IntercomError::Malformed`] when the pages do not end.
    pub async fn updated_since(&self, since_s: i64) -> Result<Vec<Found>, IntercomError> {
        let since = |call: Request<processor::Intercom>| {
            call.plain("body.query.field", "updated_at")
                .plain("body.query.operator", ">")
                .plain("body.query.value", since_s)
        };
        self.search(since).await
    }

    /// A conversation with what was written in it.
    ///
    /// # Errors
    /// What was answered; one that is not there is refused with 404.
    pub async fn conversation(&self, id: &str) -> Result<Conversation, IntercomError> {
        let answer = self
            .ask(|| {
                self.call(Method::GET, at!(self.settings.region, "/conversations/{conversation}"))
                    .plain("path.conversation", id)
                    .plain("query.display_as", "plaintext")
            })
            .await?;
        wire::conversation(&answer)
    }

    /// Answers in a conversation. Intercom knows no key that would make this safe to send twice, so it is sent once;
    /// when what came of it is unclear, the conversation is read again.
    ///
    /// # Errors
    /// [`IntercomError::Away`] when it surely did not arrive, [`IntercomError::Uncertain`] when it may have.
    pub async fn reply(&self, conversation: &str, body: &Message) -> Result<(), IntercomError> {
        if body.for_processor::<processor::Intercom>().trim().is_empty() {
            return Err(IntercomError::Invalid("an answer without words"));
        }
        let before = self.conversation(conversation).await?;
        let sent = self
            .call(Method::POST, at!(self.settings.region, "/conversations/{conversation}/reply"))
            .plain("path.conversation", conversation)
            .plain("type", "admin")
            .plain("message_type", "comment")
            .plain("admin_id", &self.settings.admin_id)
            .field("body", body)
            .send()
            .await;
        let why = match sent {
            // Taken, or surely not.
            Ok(answer) if answer.status() == 429 || !is_away(answer.status()) => {
                return judged(answer).map(drop);
            }
            Ok(answer) => judged(answer).map(drop),
            Err(error @ (egress::Error::TimedOut(_) | egress::Error::Unreachable(..))) => Err(error.into()),
            Err(error) => return Err(error.into()),
        };
        let Ok(after) = self.conversation(conversation).await else { return Err(IntercomError::Uncertain) };
        let me = Author::Admin(self.settings.admin_id.clone());
        let mut new = after
            .parts
            .iter()
            .filter(|part| part.author == me && before.parts.iter().all(|known| known.id != part.id))
            .peekable();
        if new.peek().is_none() {
            return why;
        }
        let words = |text: &Message| -> Vec<String> {
            let text = text.for_processor::<processor::Intercom>();
            text.split_whitespace().map(str::to_owned).collect()
        };
        match new.any(|part| words(&part.body) == words(body)) {
            true => Ok(()),
            false => Err(IntercomError::Uncertain),
        }
    }

    /// The contacts of a person, by the id that we gave them in the token. It serves to erase them.
    ///
    /// # Errors
    /// What was answered.
    pub async fn contacts(&self, user_id: &Id) -> Result<Vec<String>, IntercomError> {
        let answer = self
            .ask(|| {
                self.call(Method::POST, at!(self.settings.region, "/contacts/search"))
                    .deletes()
                    .plain("body.query.field", "external_id")
                    .plain("body.query.operator", "=")
                    .field("body.query.value", user_id)
            })
            .await?;
        wire::contacts(&answer)
    }

    /// Erases a contact: each conversation with its reports first, then the contact. May be asked for again until it
    /// succeeds; what is gone already is no failure. Until then the contact stays, as the handle of what is left.
    ///
    /// # Errors
    /// What was answered. 403 at a conversation: the token lacks `delete_conversations_and_metrics`.
    pub async fn erase(&self, contact: &str) -> Result<Erased, IntercomError> {
        let conversations = self.conversations_of(contact).await?;
        for conversation in &conversations {
            self.erase_conversation(conversation).await?;
        }
        self.erase_contact(contact).await?;
        Ok(Erased { contact: contact.to_owned(), conversations })
    }

    /// The conversations of a contact. It serves to erase them.
    async fn conversations_of(&self, contact: &str) -> Result<Vec<String>, IntercomError> {
        let contact_id = Personal::<kind::SupportIdentity, _>::new(contact);
        let theirs = |call: Request<processor::Intercom>| {
            call.deletes()
                .plain("body.query.field", "contact_ids")
                .plain("body.query.operator", "=")
                .field("body.query.value", &contact_id)
        };
        Ok(self.search(theirs).await?.into_iter().map(|found| found.id).collect())
    }

    /// Erases a contact whose conversations are gone.
    async fn erase_contact(&self, contact: &str) -> Result<(), IntercomError> {
        let deleted = self
            .ask(|| {
                self.call(Method::DELETE, at!(self.settings.region, "/contacts/{contact}"))
                    .deletes()
                    .plain("path.contact", contact)
            })
            .await;
        gone(deleted)
    }

    /// Whom no id of ours names among those whom a conversation is with. Nobody, where it is gone.
    ///
    /// # Errors
    /// What was answered.
    pub async fn visitors_of(&self, conversation: &str) -> Result<Vec<String>, IntercomError> {
        match self.conversation(conversation).await {
            Ok(found) => Ok(found.visitors),
            Err(IntercomError::Refused { status: 404 | 410, .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Erases a visitor who had no other conversation than one that is gone; whether they had none. What is known of
    /// somebody who writes elsewhere stays until that goes.
    ///
    /// # Errors
    /// What was answered.
    pub async fn erase_visitor(&self, contact: &str, conversation: &str) -> Result<bool, IntercomError> {
        let others = self.conversations_of(contact).await?;
        // A search may still find what was deleted just now.
        let is_only_one = others.iter().all(|other| other == conversation);
        if is_only_one {
            self.erase_contact(contact).await?;
        }
        Ok(is_only_one)
    }

    /// Erases one conversation with its reports, as when its time is over.
    ///
    /// # Errors
    /// What was answered.
    pub async fn erase_conversation(&self, conversation: &str) -> Result<(), IntercomError> {
        let deleted = self
            .ask(|| {
                self.call(Method::DELETE, at!(self.settings.region, "/conversations/{conversation}"))
                    .deletes()
                    .plain("path.conversation", conversation)
                    .plain("query.retain_metrics", "false")
            })
            .await;
        gone(deleted)
    }

    /// Opens a notification: its signature (`X-Hub-Signature`) over the raw body, and its time when it has one. It may
    /// have been here before. It is `now_s`, in seconds since 1970.
    ///
    /// # Errors
    /// Why it is not believed; never [`WebhookError::Seen`].
    pub fn opened(
        &self,
        header: Option<&str>,
        body: &[u8],
        now_s: i64,
    ) -> Result<Notification, WebhookError> {
        webhook::read(&self.settings.client_secret, header, body, now_s, self.settings.window_s)
    }

    /// Takes a notification: its signature (`X-Hub-Signature`) over the raw body, its time when it has one, and whether
    /// it was here before. None: it was. It is `now_s`, in seconds since 1970.
    ///
    /// # Errors
    /// Why it is not taken; what is worth another delivery is [`WebhookError::Seen`] alone.
    pub async fn notified(
        &self,
        header: Option<&str>,
        body: &[u8],
        now_s: i64,
        seen: &dyn Seen,
    ) -> Result<Option<Notification>, WebhookError> {
        let notification = self.opened(header, body, now_s)?;
        let is_new = seen.is_first(&notification.id).await?;
        Ok(is_new.then_some(notification))
    }

    fn may_be_on(&self, policy: &Policy, purpose: PurposeId, page: Page) -> Result<(), NoMessenger> {
        if !self.egress.on().contains(ProcessorId::Intercom) {
            return Err(NoMessenger::SwitchedOff);
        }
        let intercom = policy.processor(ProcessorId::Intercom).ok_or(NoMessenger::Page)?;
        let host = self.settings.region.messenger();
        let here = |browser: &policy::Browser| {
            browser.purpose == purpose
                && browser.pages.contains(&page)
                // A page that may not connect to the workspace's region cannot have it.
                && browser.connect.iter().any(|source| source == host)
        };
        if intercom.browser.iter().any(here) { Ok(()) } else { Err(NoMessenger::Page) }
    }

    fn boot(&self, token: Option<Id>) -> Boot {
        let api_base = self.settings.region.messenger();
        Boot { api_base, app_id: self.settings.app_id.clone(), token }
    }

    /// Every conversation that a search finds, page by page.
    async fn search(
        &self,
        with_query: impl Fn(Request<processor::Intercom>) -> Request<processor::Intercom>,
    ) -> Result<Vec<Found>, IntercomError> {
        let (mut found, mut cursor) = (Vec::new(), None::<String>);
        for _ in 0..self.settings.pages_max {
            let answer = self
                .ask(|| {
                    let call = self.call(Method::POST, at!(self.settings.region, "/conversations/search"));
                    let call = with_query(call)
                        .plain("pagination.per_page", self.settings.page_size.clamp(1, PAGE_MAX));
                    match &cursor {
                        Some(cursor) => call.plain("pagination.starting_after", cursor),
                        None => call,
                    }
                })
                .await?;
            let page = wire::found(&answer)?;
            found.extend(page.found);
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(found),
            }
        }
        Err(IntercomError::Malformed("its pages do not end"))
    }

    fn call(&self, method: Method, address: &'static str) -> Request<processor::Intercom> {
        self.egress
            .to::<processor::Intercom, purpose::Support>(method, address)
            .header("authorization", &self.settings.token.bearer())
            .header("intercom-version", VERSION)
            .timeout(self.settings.timeout)
    }

    /// A call that may arrive twice.
    async fn ask(&self, call: impl Fn() -> Request<processor::Intercom>) -> Result<Answer, IntercomError> {
        judged(self.egress.retry(&self.settings.retry, call).await?)
    }
}

fn is_away(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

fn judged(answer: Answer) -> Result<Answer, IntercomError> {
    match answer.status() {
        200..=299 => Ok(answer),
        status if is_away(status) => Err(IntercomError::Away {
            why: format!("it answered with {status}"),
            retry_after_s: answer.retry_after_s(),
        }),
        status => Err(IntercomError::Refused { status, code: wire::error_code(&answer) }),
    }
}

/// That something was deleted, or was not there any more.
fn gone(answered: Result<Answer, IntercomError>) -> Result<(), IntercomError> {
    match answered {
        Ok(answer) => wire::deleted(&answer),
        Err(IntercomError::Refused { status: 404 | 410, .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
