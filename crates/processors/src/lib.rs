//! Processors: whoever does something for the studio outside of it.
//!
//! Two roles are used today, each a trait with the embedded implementation beside it, so that `cargo run` needs no
//! account anywhere: [`Till`] and [`Post`]. Beside them stands an adapter for each processor of the policy, on the
//! vendor's own protocol; the studio uses none of them yet.
//!
//! It must not know the studio's rules or its database.

pub mod clerk;
pub mod contentsquare;
mod dkim;
pub mod fal;
pub mod ga;
pub mod gcs;
pub mod gemini;
pub mod imagekit;
pub mod intercom;
pub mod klaviyo;
pub mod mixpanel;
pub mod mux;
mod post;
mod secret;
pub mod segment;
mod signing;
mod smtp;
pub mod stripe;
pub mod svix;
mod till;

pub use dkim::{Dkim, DkimError};
pub use post::{Letter, LocalOutbox, Post, PostError};
pub use secret::Secret;
pub use smtp::{NoSender, SmtpPost};
pub use till::{Charge, ChargeRequest, ChargeState, Ledger, LedgerError, TestTill, Till, TillError};
