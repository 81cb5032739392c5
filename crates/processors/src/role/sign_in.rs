//! Signing in at a service: it knows persons and their sessions there; who they are to us it does not know.
//!
//! A browser is sent to the service's page and comes back with something that only the service can have made. Nothing
//! is believed of it that the service did not sign, for us, a moment ago.

use std::collections::BTreeMap;

use futures::future::BoxFuture;
use policy::{Personal, ProcessorId, kind};

use super::Trouble;

/// What a browser is sent to the service for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// To sign in.
    SignIn,
    /// To make an account there first.
    SignUp,
}

/// What a browser brought back, of which the service takes what is its own.
#[derive(Clone, Default)]
pub struct Brought {
    /// Cookies by their names.
    pub cookies: BTreeMap<String, String>,
    /// What stands in the address, by name.
    pub parameters: BTreeMap<String, String>,
}

/// Somebody's session at the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theirs {
    /// The service's id of the person.
    pub person: String,
    /// The service's id of the session.
    pub session: String,
}

/// As what a browser came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// Somebody is signed in there.
    As(Theirs),
    /// It brought nothing that is still good: it is sent on to this address of the service, once, and comes back.
    Ask {
        /// The address.
        to: String,
    },
}

/// A person as far as an account here needs them.
#[derive(Debug, Clone)]
pub struct Person {
    /// The service's id of them.
    pub id: String,
    /// Their first address, when it was shown to be theirs; else there is none.
    pub verified_email: Option<Personal<kind::Email, String>>,
    /// Whether the service lets them in.
    pub may_sign_in: bool,
}

/// Why the service did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// What was brought is forged, expired, made for somebody else, or nothing at all.
    #[error("it is not believed: {0}")]
    NotBelieved(String),
    /// It is away, or said no to us: then the operator has to look.
    #[error("the sign-in service did not answer: {0}")]
    Trouble(#[from] Trouble),
}

/// The role: has a page to sign in on, and says who did.
pub trait SignIn: Send + Sync {
    /// Whose service it is.
    fn processor(&self) -> ProcessorId;

    /// The service's page; from it a browser comes back to the address `back`.
    fn page(&self, door: Door, back: &str) -> String;

    /// Who came back to the address `back`. `asked`: the browser was sent on already, and is not sent on again.
    ///
    /// # Errors
    /// See [`SignInError`].
    fn came_back<'a>(
        &'a self,
        brought: &'a Brought,
        back: &'a str,
        asked: bool,
        now_s: i64,
    ) -> BoxFuture<'a, Result<Came, SignInError>>;

    /// The handle by which a session there is ended, as a deletion is; `None` where the service ends none.
    fn session_handle(&self, session: &str) -> Option<String> {
        let _ = session;
        None
    }

    /// A person as they are now; `None` when there is none any more.
    ///
    /// # Errors
    /// See [`SignInError`].
    fn person<'a>(&'a self, person: &'a str) -> BoxFuture<'a, Result<Option<Person>, SignInError>>;
}
