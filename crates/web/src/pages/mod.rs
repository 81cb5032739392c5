//! The pages, one file a page or action, named as the site map names them.

pub(crate) mod about;
pub(crate) mod account;
pub(crate) mod contact;
pub(crate) mod cookie_settings;
pub(crate) mod create;
pub(crate) mod desk;
pub(crate) mod films;
pub(crate) mod gift;
pub(crate) mod health;
pub(crate) mod home;
pub(crate) mod inbound;
pub(crate) mod lent;
pub(crate) mod library;
pub(crate) mod mail;
pub(crate) mod messenger;
pub(crate) mod metrics;
pub(crate) mod minitube;
pub(crate) mod outbox;
pub(crate) mod preferences;
pub(crate) mod privacy;
pub(crate) mod promises;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod sign_up;
pub(crate) mod terms;
pub(crate) mod usage;
pub(crate) mod watch;
pub(crate) mod webhooks;
pub(crate) mod whose;

use maud::{Markup, html};

use crate::visit::Visit;

/// The way to the contact page, whether or not there is a messenger.
pub(crate) fn ask_us(visit: &Visit) -> Markup {
    html! { p { a.button.quiet href=(visit.to("/contact")) { (visit.text("contact-title")) } } }
}
