//! ContentSquare: a tag on public pages after consent, everything masked. It has no interface for deletion: somebody
//! writes to the vendor, naming the id from `_cs_id`, and the request is followed until the vendor says that it was
//! done. What is kept of it, as data, is its receipt.
//!
//! Nothing is called from here. It must not know how the letter is sent.

mod account;

use policy::{Personal, kind, processor};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::role::{BrowserTag, IdAt, NoTag, Queue, Withdrawal, is_key};

pub(crate) use account::Account;

/// The id that the tag keeps in the cookie `_cs_id`: the only thing that a deletion can name.
pub type ContentsquareId = Personal<kind::SessionReplay, String>;

/// How long the vendor is waited for before somebody is reminded, in seconds: thirty days.
const PATIENCE_S: i64 = 30 * 86_400;

/// What is in an element with this attribute is not recorded.
const MASK: &str = "data-cs-mask";

/// A request for deletion that is followed. Times are in seconds since 1970. The person's id is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureRequest {
    /// Our reference of it, random; the vendor's answer names it.
    pub reference: String,
    /// When it came up.
    pub opened_s: i64,
    /// When somebody sent it to the vendor.
    pub sent_s: Option<i64>,
    /// When the vendor said that it was done, and under which number of theirs.
    pub acknowledged: Option<Acknowledged>,
}

/// What the vendor said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// When.
    pub at_s: i64,
    /// The vendor's number of it.
    pub number: String,
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Somebody has to send it.
    ToBeSent,
    /// The vendor has it.
    Waiting,
    /// The vendor has had it for too long: somebody has to ask.
    Overdue,
    /// The vendor says that it is done.
    Done,
}

/// Why a request does not change so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The reference is none.
    #[error("a reference has 1 to 64 letters, digits and dashes")]
    Reference,
    /// It was not sent yet.
    #[error("the request was not sent yet")]
    NotSent,
    /// A thing would be over before it began.
    #[error("that would be before the request was made")]
    TooEarly,
    /// The vendor's number is missing.
    #[error("the vendor's number of the request is missing")]
    NoNumber,
}

impl ErasureRequest {
    /// A new request.
    ///
    /// # Errors
    /// When the reference is none.
    pub fn open(reference: &str, now_s: i64) -> Result<Self, RequestError> {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        match (1..=64).contains(&reference.len()) && reference.bytes().all(is_letter) {
            true => Ok(Self {
                reference: reference.to_owned(),
                opened_s: now_s,
                sent_s: None,
                acknowledged: None,
            }),
            false => Err(RequestError::Reference),
        }
    }

    /// What is written to the vendor.
    pub fn letter(&self, id: &ContentsquareId) -> String {
        let id = id.for_processor::<processor::Contentsquare>();
        format!(
            "Request for erasure (GDPR, article 17), our reference {}.\n\n\
             As your customer under the data processing agreement we ask you to delete all data, recordings included, \
             that belongs to the ContentSquare user id {id} (cookie _cs_id), and to confirm it with a reference of \
             yours. We need no further data about the person, and have none for you.\n",
            self.reference
        )
    }

    /// It was sent. The first time counts.
    ///
    /// # Errors
    /// When that would be before it came up.
    pub fn sent(mut self, at_s: i64) -> Result<Self, RequestError> {
        if at_s < self.opened_s {
            return Err(RequestError::TooEarly);
        }
        self.sent_s.get_or_insert(at_s);
        Ok(self)
    }

    /// The vendor confirmed it. The first time counts.
    ///
    /// # Errors
    /// When it was not sent, the time is before that, or the vendor's number is missing.
    pub fn acknowledged(mut self, number: &str, at_s: i64) -> Result<Self, RequestError> {
        match self.sent_s {
            None => return Err(RequestError::NotSent),
            Some(sent_s) if at_s < sent_s => return Err(RequestError::TooEarly),
            Some(_) if number.trim().is_empty() => return Err(RequestError::NoNumber),
            Some(_) => {}
        }
        self.acknowledged.get_or_insert(Acknowledged { at_s, number: number.trim().to_owned() });
        Ok(self)
    }

    /// Where it stands.
    pub fn standing(&self, now_s: i64) -> Standing {
        match (self.sent_s, &self.acknowledged) {
            (_, Some(_)) => Standing::Done,
            (None, None) => Standing::ToBeSent,
            (Some(sent_s), None) if now_s.saturating_sub(sent_s) > PATIENCE_S => Standing::Overdue,
            (Some(_), None) => Standing::Waiting,
        }
    }
}

/// The tag for the browser: for public pages alone, after consent. It is told no query, and never who somebody is.
///
/// # Errors
/// When the id is none.
pub fn contentsquare_tag(tag_id: &str) -> Result<BrowserTag, NoTag> {
    if !is_key(tag_id, 13..=13) {
        return Err(NoTag("an id of 13 letters and digits"));
    }
    Ok(BrowserTag {
        processor: "contentsquare",
        script: format!("https://t.contentsquare.net/uxa/{tag_id}.js"),
        key: tag_id.to_owned(),
        // The page masks itself with the attribute; the vendor's name for it is assumed.
        options: json!({"mask_attribute": MASK}),
        queue: Queue { global: "_uxa", as_arguments: false, with: json!({}) },
        first: vec![json!(["setQuery", ""])],
        mask: Some(MASK),
        // The person's id, then counts and times.
        ids: vec![IdAt::Cookie { name: "_cs_id", from: 0, to: Some(1) }],
        withdrawal: Withdrawal {
            commands: vec![json!(["optout"])],
            cookies: vec!["_cs_*"],
            cookies_kept: vec!["_cs_optout"],
            ..Withdrawal::default()
        },
    })
}
