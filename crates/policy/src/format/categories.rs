//! The personal data that is collected.

use serde::Deserialize;

use super::Words;
use crate::ids::{CategoryId, KindId};

/// A category of personal data.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its id.
    pub id: CategoryId,
    /// Its name.
    pub name: Words,
    /// What belongs to it.
    pub description: Words,
    /// What it consists of.
    pub kinds: Vec<Kind>,
}

/// A kind of data within a category: what a processor may or may not get.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Its id.
    pub id: KindId,
    /// Its name.
    pub name: Words,
}
