//! What a processor can do for the studio, a trait a role. A vendor's folder implements those that it takes; where none
//! does, the studio does the job itself.
//!
//! A role knows no vendor's words, and no vendor knows another's.

mod analytics;
mod check;
mod checkout;
mod erase;
mod hook;
mod lists;
mod messenger;
mod painter;
mod post;
mod sign_in;
mod stills;
mod streaming;
mod tag;
mod till;
mod trouble;
mod writer;

pub use analytics::{Analytics, AnalyticsError, AnalyticsId, ByAnalyticsId, Erasure, Usage, Visitor};
pub use check::Check;
pub use checkout::{
    Checkout, CheckoutRequest, CheckoutState, Due, GivenBack, HostedTill, HostedTillError, Refund,
    RefundRequest, RefundState, Settled,
};
pub use erase::{Erased, Erases};
pub use hook::{Hook, HookError, News, Opened};
pub use lists::{Address, Bought, KeptOut, KeptOutBy, Lists, ListsError, Withdrawals, WithdrawalsError};
pub use messenger::{
    CONVERSATION, KnownPerson, Messenger, MessengerBoot, MessengerError, SupportId, SupportWords, Talk,
    TalkAuthor, TalkPart, Touched,
};
pub use painter::{
    PaintCall, PaintError, PaintKind, PaintStage, PaintTerms, PaintTicket, PaintWish, Painted, Painter,
};
pub use post::{Letter, Post, PostError};
pub use sign_in::{Brought, Came, Door, Person, SignIn, SignInError, Theirs};
pub use stills::Stills;
pub use streaming::{ARRIVES_WITHIN_S, Stream, StreamState, Streaming, Way};
pub use tag::{BrowserTag, IdAt, NOW, NoTag, PAGE, Queue, Withdrawal};
pub use till::{Charge, ChargeRequest, ChargeState, Till, TillError, TillMode};
pub use trouble::Trouble;
pub use writer::{Assignment, CHILD, WriteError, Writer};

pub(crate) use analytics::Errors;
pub(crate) use tag::is_key;
pub(crate) use trouble::CallError;
