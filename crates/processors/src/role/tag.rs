//! What our own loader in the browser needs to know of a tag: where its script is, how it takes commands, where it keeps
//! the ids that it makes, and what to take away when somebody withdraws. The loader asks for a tag only once what it is
//! for was agreed to: nothing here is loaded before.
//!
//! It must not know a person: nothing in a tag is different from one to the next.

use serde::Serialize;
use serde_json::Value;

/// In a command: the time, which only the browser knows.
pub const NOW: &str = "$now";
/// In a command: the page's address without its query.
pub const PAGE: &str = "$page";

/// A tag, as data for the loader.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BrowserTag {
    /// The processor's id in the policy.
    pub processor: &'static str,
    /// Where the script is loaded from. Its host is one of the policy's sources.
    pub script: String,
    /// The public key.
    #[serde(skip)]
    pub key: String,
    /// Options for the script's start, under the vendor's own names; they stand in a command or in the queue.
    #[serde(skip)]
    pub options: Value,
    /// Where the script takes commands from.
    pub queue: Queue,
    /// Commands before the script is there, in this order: lists with the command's name first.
    pub first: Vec<Value>,
    /// The attribute by which a part of the page is masked; the whole page gets it.
    pub mask: Option<&'static str>,
    /// Where it keeps the ids that it makes and that a deletion can name.
    pub ids: Vec<IdAt>,
    /// What is to be done when somebody withdraws.
    pub withdrawal: Withdrawal,
}

/// The list on `window` from which a script takes commands, the earlier ones too.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Queue {
    /// Its name.
    pub global: &'static str,
    /// Whether it takes a function's `arguments` instead of lists.
    pub as_arguments: bool,
    /// What is put on it beside the commands: an object.
    pub with: Value,
}

/// Where in the browser an id stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "store", rename_all = "kebab-case")]
pub enum IdAt {
    /// In a cookie: these of the parts that dots divide it into.
    Cookie {
        /// The cookie.
        name: &'static str,
        /// The first part; below zero it counts from the end.
        from: i32,
        /// The part before which it ends; none: all that follow.
        to: Option<i32>,
    },
    /// In an entry of the browser's storage that holds an object.
    LocalStorage {
        /// The entry.
        name: String,
        /// The field.
        field: &'static str,
    },
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
    /// Cookies that stay although one of the names above fits: they remember the withdrawal until the answer to it
    /// takes them away too.
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
