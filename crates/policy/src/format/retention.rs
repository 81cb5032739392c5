//! How long what is kept.

use serde::Deserialize;

use super::{Period, Words};
use crate::ids::RetentionId;

/// A retention rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Its id.
    pub id: RetentionId,
    /// What is kept.
    pub name: Words,
    /// How long.
    pub period: Period,
    /// Counted from what.
    pub from: Start,
    /// What the law lets or makes us keep, and why.
    #[serde(default)]
    pub remainder: Option<Words>,
}

/// What a retention rule counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// The account was deleted by its owner: the time in which that can be undone.
    AccountDeleted,
    /// The thing came to be.
    Created,
    /// It was last used.
    LastUsed,
    /// It ceased to be valid.
    Expired,
    /// It was paid.
    Paid,
    /// It was answered and closed.
    Closed,
    /// The person last reacted, or unsubscribed.
    LastInteraction,
}
