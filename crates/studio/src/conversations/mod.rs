//! Conversations: what a person and support say to each other in the messenger.
//!
//! A conversation belongs to an account when its person was signed in, otherwise to a device: to whoever
//! holds the device's secret, of which only a keyed hash is kept. A conversation that began signed out is
//! never tied to an account later. What is kept of a person beside their words is what the policy lists: the
//! page where it began, device, session, and the account when signed in. No address, no browser.
//!
//! Words are sealed: under the account's key when there is one, otherwise under the house's.

mod desk;
pub(crate) mod letter;
mod messenger;
mod person;
pub(crate) mod rows;
#[cfg(test)]
mod tests;
mod tidy;

use policy::PurposeId;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, QuerySelect};
use vault::{DataKey, Place};

use crate::keys::Key;
use crate::under_way::{Held, UnderWay};
use crate::{AccountId, Error, Result, Studio, boxed, id_type, sessions};

pub(crate) use desk::readable;
pub use desk::{Listed, Shown};
pub(crate) use messenger::let_go;
pub use messenger::{Messenger, MessengerBoot};
use rows::{conversations, messages};
pub(crate) use tidy::tidy;
pub use tidy::{QUIET_MS, UNANSWERED_MS};

id_type!(
    /// A conversation.
    ConversationId
);

/// Longest message, in characters.
pub const MESSAGE_CHARS_MAX: usize = 2_000;

/// Who wrote something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum, serde::Serialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Author {
    /// Whoever asks.
    Person,
    /// Whoever answers.
    Staff,
}

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum State {
    /// It goes on.
    Open,
    /// It is over; who writes again begins another one.
    Closed,
}

/// A secret by which a device or a session of the messenger is known: 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Length as text.
    const CHARS: usize = 43;

    /// Reads one that a browser sent; `None` when it cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let ours = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        (text.len() == Self::CHARS && text.chars().all(ours)).then(|| Self(text.to_owned()))
    }

    /// For the browser to keep.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who is at the messenger.
#[derive(Clone, PartialEq, Eq)]
pub enum Person {
    /// A signed-in customer.
    Customer(AccountId),
    /// Whoever holds a device's secret.
    Device(Secret),
}

/// Where and with what somebody writes.
#[derive(Clone)]
pub struct Circumstances {
    /// The path of the page.
    pub page: String,
    /// The language of the page.
    pub language: String,
    /// The device, when it is known.
    pub device: Option<Secret>,
    /// The session: the messenger's own, or that of the sign-in.
    pub session: Option<String>,
}

/// Where something stands among all that a person and support said: later is greater.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    conversation: String,
    place: i64,
}

impl Mark {
    /// Reads one; what is none stands before everything.
    pub fn parse(text: &str) -> Self {
        let found = text.split_once('.').and_then(|(conversation, place)| {
            Some(Self {
                conversation: ConversationId::parse(conversation)?.to_string(),
                place: place.parse().ok()?,
            })
        });
        found.unwrap_or_default()
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.conversation, self.place)
    }
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it stands.
    pub mark: Mark,
    /// Who wrote it.
    pub author: Author,
    /// The words.
    pub words: String,
    /// When.
    pub written_at_ms: i64,
}

/// Those who listen in this process: they are told that something was said to or by a person.
pub(crate) struct Listeners {
    sender: tokio::sync::broadcast::Sender<Vec<u8>>,
    listening: UnderWay,
}

impl Default for Listeners {
    fn default() -> Self {
        /// Whoever falls behind this far looks by themselves.
        const HELD: usize = 256;
        Self { sender: tokio::sync::broadcast::Sender::new(HELD), listening: UnderWay::default() }
    }
}

/// Hears when something new is said to or by one person, in this process.
pub struct Listener {
    whom: Vec<u8>,
    said: tokio::sync::broadcast::Receiver<Vec<u8>>,
    _places: [Held; 2],
}

impl Listener {
    /// Returns when there may be something new.
    #[boxed]
    pub async fn heard(&mut self) {
        use tokio::sync::broadcast::error::RecvError;
        loop {
            match self.said.recv().await {
                Ok(whom) if whom != self.whom => {}
                Ok(_) | Err(RecvError::Lagged(_)) => return,
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

/// The conversations of a studio.
#[derive(Clone, Copy)]
pub struct Conversations<'a> {
    studio: &'a Studio,
}

impl<'a> Conversations<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// A secret for a device or a session.
    pub fn new_secret(&self) -> Secret {
        Secret(sessions::new_token(self.studio.random()))
    }

    /// What is kept of a device's secret: a keyed hash. Looking for it by this hash tells nothing by the time
    /// it takes, as nobody outside can tell what a guess is hashed to.
    fn device_hash(&self, device: &Secret) -> Vec<u8> {
        self.studio.0.house.index.of("support-device", device.as_str().as_bytes()).to_vec()
    }

    /// By what the limits and the listeners know somebody.
    fn known_by(account: Option<&str>, device_hash: Option<&[u8]>) -> Vec<u8> {
        match account {
            Some(account) => account.as_bytes().to_vec(),
            None => device_hash.unwrap_or_default().to_vec(),
        }
    }

    /// The key that a conversation's words are sealed under.
    async fn key_of(&self, account: Option<&str>) -> Result<Key<'a>> {
        Ok(match account {
            Some(account) => {
                let account = AccountId::stored(account.to_owned());
                Key::Own(Box::new(self.studio.data_key(&account, PurposeId::Support).await?))
            }
            None => {
                self.studio.pursue(PurposeId::VisitorSupport)?;
                Key::House(self.studio.house_key())
            }
        })
    }

    /// Adds what somebody said, in a transaction that has taken the conversation's row already. Returns its place.
    async fn add(
        &self,
        tx: &impl ConnectionTrait,
        (conversation, key): (&str, &DataKey),
        author: Author,
        words: &str,
        written_at_ms: i64,
    ) -> Result<i64> {
        let last: Option<Option<i64>> = messages::Entity::find()
            .select_only()
            .column_as(messages::Column::Place.max(), "last")
            .filter(messages::Column::ConversationId.eq(conversation))
            .into_tuple()
            .one(tx)
            .await?;
        let place = last.flatten().unwrap_or(0) + 1;
        let row = row_name(conversation, place);
        let row = messages::ActiveModel {
            conversation_id: Set(conversation.to_owned()),
            place: Set(place),
            author: Set(author),
            sealed: Set(self.studio.vault().seal_field(key, &at(&row), words.as_bytes())),
            written_at_ms: Set(written_at_ms),
            closed_at_ms: Set(None),
        };
        messages::Entity::insert(row).exec_without_returning(tx).await?;
        Ok(place)
    }

    fn line(&self, key: &DataKey, row: messages::Model) -> Result<Line> {
        let name = row_name(&row.conversation_id, row.place);
        let words = self.studio.vault().open_field(key, &at(&name), &row.sealed)?;
        Ok(Line {
            mark: Mark { conversation: row.conversation_id, place: row.place },
            author: row.author,
            words: String::from_utf8(words).map_err(Error::internal)?,
            written_at_ms: row.written_at_ms,
        })
    }

    /// Tells the listeners.
    fn tell(&self, whom: Vec<u8>) {
        // An error says that nobody listens.
        let _ = self.studio.0.listeners.sender.send(whom);
    }
}

fn row_name(conversation: &str, place: i64) -> String {
    format!("{conversation}.{place}")
}

fn at(row: &str) -> Place<'_> {
    Place { table: "conversation_messages", row, column: "sealed" }
}

/// What was typed, without the space around it.
fn checked(words: &str) -> Result<&str> {
    let words = words.trim();
    if words.is_empty() {
        return Err(Error::refused("message-empty", "Please write what we can do for you."));
    }
    if words.chars().count() > MESSAGE_CHARS_MAX {
        let sentence = "That is more than 2,000 characters. Please write it in two messages.";
        return Err(Error::refused("words-long", sentence));
    }
    Ok(words)
}

/// Takes a conversation's row, if it still stands as it should, for the rest of a transaction.
async fn take(
    tx: &impl ConnectionTrait,
    conversation: &str,
    waiting_since: sea_orm::sea_query::SimpleExpr,
) -> Result<bool> {
    let taken = conversations::Entity::update_many()
        .col_expr(conversations::Column::WaitingSinceMs, waiting_since)
        .filter(conversations::Column::Id.eq(conversation))
        .filter(conversations::Column::State.eq(State::Open))
        .exec(tx)
        .await?;
    Ok(taken.rows_affected == 1)
}

/// Since when the person waits, once they have written: since the first message without an answer.
fn since_first(now_ms: i64) -> sea_orm::sea_query::SimpleExpr {
    use sea_orm::sea_query::Func;
    Func::coalesce([Expr::col(conversations::Column::WaitingSinceMs), Expr::value(now_ms)]).into()
}
