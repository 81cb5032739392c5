//! Having texts about a film written outside, before anybody orders it. Nothing personal is in what is asked: a child
//! is called [`CHILD`].

use futures::future::BoxFuture;

use super::Trouble;

/// What stands for the child's name.
pub const CHILD: &str = "{CHILD}";

/// A text that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// How to write.
    pub instruction: String,
    /// What is known about the film, and the text that there is.
    pub about: String,
    /// How many variants.
    pub variants: u8,
}

/// Why there is no text. The film's own stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// It wrote nothing.
    #[error(transparent)]
    Trouble(#[from] Trouble),
    /// What came is held back, cut, or no text.
    #[error("{0}")]
    NoText(String),
}

/// The role: writes texts.
pub trait Writer: Send + Sync {
    /// Writes variants of a text; at least one, and no empty one.
    ///
    /// # Errors
    /// See [`WriteError`].
    fn write<'a>(&'a self, assignment: &'a Assignment) -> BoxFuture<'a, Result<Vec<String>, WriteError>>;
}
