//! Processors: whoever does something for the studio outside of it.
//!
//! [`role`] has a trait for each thing that a processor can do. What `cargo run` needs is embedded, so that it needs no
//! account anywhere: [`TestTill`] and [`LocalOutbox`]. Each processor of the policy has a folder: an adapter on the
//! vendor's own protocol, and the roles that it takes. [`connect`] puts those that are switched on into their roles.
//!
//! It must not know the studio's rules or its database.

pub mod clerk;
mod connected;
pub mod contentsquare;
mod dkim;
pub mod fal;
pub mod ga;
pub mod gcs;
pub mod gemini;
pub mod google;
pub mod imagekit;
pub mod intercom;
pub mod klaviyo;
pub mod mixpanel;
pub mod mux;
mod outbox;
pub mod role;
mod secret;
pub mod segment;
mod setting;
mod signing;
mod smtp;
pub mod stripe;
pub mod svix;
mod test_till;
mod word;

pub use connected::{Connected, Fields, connect, fields_of};
pub use dkim::{Dkim, DkimError};
pub use outbox::LocalOutbox;
pub use role::{Charge, ChargeRequest, ChargeState, Letter, Post, PostError, Till, TillError};
pub use secret::Secret;
pub use smtp::{NoSender, SmtpPost};
pub use test_till::{Ledger, LedgerError, TestTill};
