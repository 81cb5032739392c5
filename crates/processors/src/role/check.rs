//! Whether a processor can be used.

use futures::future::BoxFuture;

/// The role: tells whether our account at a processor is good, with calls that carry nothing personal.
pub trait Check: Send + Sync {
    /// Looks. `site`: the address that people reach the site by, without a slash at its end.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to do.
    fn check(&self, now_s: i64, site: &str) -> BoxFuture<'_, Result<(), String>>;
}
