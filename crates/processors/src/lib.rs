//! Processors: whoever does something for the studio outside of it. One trait per role, with the
//! embedded implementation beside it: `cargo run` needs no account anywhere.
//!
//! It must not know the studio's rules or its database.

mod dkim;
mod post;
mod smtp;
pub mod stripe;
mod till;

pub use dkim::{Dkim, DkimError};
pub use post::{Letter, LocalOutbox, Post, PostError};
pub use smtp::{NoSender, SmtpPost};
pub use till::{Charge, ChargeRequest, ChargeState, Ledger, LedgerError, TestTill, Till, TillError};
