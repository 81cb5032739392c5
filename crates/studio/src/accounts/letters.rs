//! The mails of signing up and in.

use super::link::NewLink;
use crate::mail::Message;

const WORKS: &str = "The link and the code work once, for half an hour.";
const NOT_YOU: &str = "If this was not you, you need do nothing: without this mail nobody gets in.";

/// Somebody new signed up.
pub(super) fn confirm(link: &NewLink) -> Message {
    Message {
        kind: "confirm-address",
        subject: "Confirm your address for Mini Studio".into(),
        paragraphs: vec![
            "Welcome to Mini Studio. Open this link to confirm your address and make your account.".into(),
        ],
        button: Some(("Confirm and sign in".into(), path(link))),
        code: Some(spaced(&link.code)),
        afterwards: vec![
            format!("Or type this code on the page that is waiting. {WORKS}"),
            "If this was not you, you need do nothing: no account is made, and your address is forgotten within a day."
                .into(),
        ],
    }
}

/// Somebody signed up with an address that has an account.
pub(super) fn already_here(link: &NewLink) -> Message {
    Message {
        kind: "already-here",
        subject: "You already have a Mini Studio account".into(),
        paragraphs: vec![
            "Somebody, probably you, signed up at Mini Studio with this address. It has an account already, and nothing about it was changed."
                .into(),
        ],
        button: Some(("Sign in".into(), path(link))),
        code: Some(spaced(&link.code)),
        afterwards: vec![format!("Or type this code on the page that is waiting. {WORKS}"), NOT_YOU.into()],
    }
}

/// Somebody with an account wants to sign in.
pub(super) fn sign_in(link: &NewLink) -> Message {
    Message {
        kind: "sign-in",
        subject: "Sign in to Mini Studio".into(),
        paragraphs: vec!["Open this link to sign in to Mini Studio.".into()],
        button: Some(("Sign in".into(), path(link))),
        code: Some(spaced(&link.code)),
        afterwards: vec![format!("Or type this code on the page that is waiting. {WORKS}"), NOT_YOU.into()],
    }
}

/// Somebody without an account wants to sign in.
pub(super) fn nobody_here() -> Message {
    Message {
        kind: "nobody-here",
        subject: "No Mini Studio account with this address".into(),
        paragraphs: vec![
            "Somebody, probably you, tried to sign in at Mini Studio with this address, but there is no account with it. Perhaps you used another address, or have no account yet."
                .into(),
        ],
        button: Some(("Make an account".into(), "/sign-up".into())),
        code: None,
        afterwards: vec!["If this was not you, you need do nothing. Your address is forgotten within a day.".into()],
    }
}

fn path(link: &NewLink) -> String {
    format!("/sign-in/link/{}", link.token)
}

/// "123 456": easier to read off.
fn spaced(code: &str) -> String {
    let (left, right) = code.split_at(3);
    format!("{left} {right}")
}
