//! What a processor tells us by itself.
//!
//! It is news, not the truth: it comes late, twice, out of order or never. So it says only what to look at again; what
//! holds is then asked of the processor.

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

/// What there is to look at again. Ids alone: it is kept until it was worked off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum News {
    /// A checkout at the till was paid, expired or failed.
    Checkout {
        /// The till's id of it.
        checkout: String,
    },
    /// Money was given back, or what was given back failed to arrive.
    Refund {
        /// The till's id of the payment.
        payment: String,
    },
    /// A bank wants a payment back, or asks about it. Somebody has to answer.
    Dispute {
        /// The till's id of the dispute.
        dispute: String,
        /// The till's id of the payment.
        payment: Option<String>,
        /// How much, in the currency's smallest unit.
        amount_minor: i64,
        /// ISO 4217 code in capitals.
        currency: String,
        /// The bank's reason, in the till's words.
        reason: String,
        /// The bank only asks, and took nothing. What was kept before this was told says nothing of it.
        #[serde(default)]
        is_inquiry: bool,
    },
    /// A film at the streaming service became ready, failed or went.
    Stream {
        /// The service's id of it.
        stream: String,
    },
    /// A person at the sign-in service changed, or is not there any more.
    PersonChanged {
        /// The service's id of them.
        person: String,
    },
    /// A session of a person at the sign-in service ended. That holds as it is told: it cannot be asked.
    PersonLeft {
        /// The service's id of them.
        person: String,
        /// The service's id of the session.
        session: String,
    },
    /// Somebody wrote in the messenger, or a conversation was closed.
    Conversation {
        /// The messenger's id of it.
        conversation: String,
    },
    /// A shot that was ordered outside is made, or cannot be.
    Shot {
        /// The painter's id of the request.
        request: String,
    },
}

/// What a delivery holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Names the delivery: the same id twice is the same delivery.
    pub id: String,
    /// What to look at; empty when nobody here waits for it.
    pub news: Vec<News>,
}

/// Why a delivery is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// Unsigned, forged, too old, from the future, or for somebody else.
    #[error("it is not believed: {0}")]
    NotBelieved(String),
    /// It is signed, but cannot be read.
    #[error("it cannot be read: {0}")]
    Malformed(String),
    /// It cannot be told yet (the keys it is signed with are out of reach): to be delivered again.
    #[error("it cannot be looked at yet: {0}")]
    Away(String),
}

/// The role: tells whether a delivery is the processor's own, and what it holds.
pub trait Hook: Send + Sync {
    /// Opens a delivery: its headers by their name in small letters, and its body as it came, byte by byte.
    ///
    /// # Errors
    /// See [`HookError`].
    fn open<'a>(
        &'a self,
        header: &'a (dyn Fn(&str) -> Option<String> + Send + Sync),
        body: &'a [u8],
        now_s: i64,
    ) -> BoxFuture<'a, Result<Opened, HookError>>;
}
