//! The one way out: every call to a processor goes through here, and nothing else in the program opens a
//! connection to the outside.
//!
//! A call names its processor and its purpose as types, and each personal value that it carries is a
//! [`policy::Personal`]: what the policy does not allow does not build. When it is sent the guard looks
//! again, with the version that is in force and what this deployment has switched on: host, purpose, consent,
//! every field by its name, headers, size. A redirect is not followed. Every attempt, also one that was
//! blocked, leaves a [`Receipt`] without the data.
//!
//! Beside it, the operator's own [`MailServer`]: the one thing outside that is no processor.
//!
//! It must not know any vendor, the database or the studio's rules.
//!
//! ```
//! use egress::{Egress, Method};
//! use policy::{Personal, kind, processor, purpose};
//! async fn draw(egress: &Egress, photo: &Personal<kind::Photo, String>) {
//!     let call = egress.to::<processor::Fal, purpose::Films>(Method::POST, "https://queue.fal.run/{+model}");
//!     let _ = call.plain("path.model", "a/b").field("image_url", photo).send().await;
//! }
//! ```
//!
//! An e-mail address does not go to Fal.ai, which takes photos only:
//!
//! ```compile_fail,E0308
//! use egress::{Egress, Method};
//! use policy::{Personal, kind, processor, purpose};
//! async fn draw(egress: &Egress, email: &Personal<kind::Email, String>) {
//!     let call = egress.to::<processor::Fal, purpose::Films>(Method::POST, "https://queue.fal.run/{+model}");
//!     let _ = call.plain("path.model", "a/b").field("image_url", email).send().await;
//! }
//! ```
//!
//! nor does a personal value pass for a plain one,
//!
//! ```compile_fail,E0277
//! use egress::{Egress, Method};
//! use policy::{Personal, kind, processor, purpose};
//! async fn draw(egress: &Egress, photo: &Personal<kind::Photo, String>) {
//!     let call = egress.to::<processor::Fal, purpose::Films>(Method::POST, "https://queue.fal.run/{+model}");
//!     let _ = call.plain("path.model", "a/b").plain("prompt", photo).send().await;
//! }
//! ```
//!
//! and a processor is not used for what it is not there for:
//!
//! ```compile_fail,E0277
//! use egress::{Egress, Method};
//! use policy::{processor, purpose};
//! fn analyse(egress: &Egress) {
//!     let _ = egress.to::<processor::Fal, purpose::Analytics>(Method::POST, "https://queue.fal.run/{+model}");
//! }
//! ```

mod answer;
mod body;
mod client;
mod error;
mod guard;
mod obstacle;
mod percent;
mod receipt;
mod request;
mod retry;
mod send;
mod smtp;

pub use answer::Answer;
pub use client::{Egress, Limits, Reroute, SetUp};
pub use error::{Blocked, Error, Means};
pub use obstacle::Obstacle;
pub use percent::percent_encoded;
pub use receipt::{NoReceipts, Outcome, Receipt, ReceiptError, Receipts};
pub use request::Request;
pub use reqwest::Method;
pub use retry::RetryPolicy;
pub use smtp::{MailServer, NotTaken, Unusable, is_about_the_address};
