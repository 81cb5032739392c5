//! What our own loader in the browser needs to know of a tag: where its script is, its key, its options, and what to
//! take away when somebody withdraws. The loader asks for it only once analytics was agreed to: nothing here is
//! loaded before.
//!
//! It must not know a person: nothing in a tag is different from one to the next.

use serde::Serialize;
use serde_json::Value;

/// A tag, as data for the loader.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BrowserTag {
    /// The processor's id in the policy.
    pub processor: &'static str,
    /// Where the script is loaded from. Its host is one of the policy's sources.
    pub script: String,
    /// The public key.
    pub key: String,
    /// Options for the script's start, under the vendor's own names.
    pub options: Value,
    /// Commands before the script is there, in this order: lists with the command's name first.
    pub first: Vec<Value>,
    /// What is to be done when somebody withdraws.
    pub withdrawal: Withdrawal,
}

/// What is to be done when somebody withdraws, in this order; then the page is loaded again, without the tag.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Withdrawal {
    /// Commands to the script, like [`BrowserTag::first`].
    pub commands: Vec<Value>,
    /// Names on `window` that are set to true.
    pub flags: Vec<String>,
    /// Cookies to remove; `*` at the end stands for anything.
    pub cookies: Vec<&'static str>,
    /// Cookies that stay although one of the names above fits: they remember the withdrawal.
    pub cookies_kept: Vec<&'static str>,
    /// Entries of the browser's storage to remove; `*` at the end stands for anything.
    pub storage: Vec<String>,
}

/// Why there is no tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the tag's key must be {0}")]
pub struct NoTag(pub &'static str);

/// Whether a key has only letters and digits, and how many.
pub(crate) fn is_key(key: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
