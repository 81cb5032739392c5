//! What the sweeper deletes when: rows whose rule counts from a column of theirs.

use crate::{Classification, Keep, Policy, RetentionId, Start};

/// Rows to delete once they are old enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep<'a> {
    /// The table.
    pub table: &'a str,
    /// The column from which the rule counts.
    pub since: &'a str,
    /// How it is written there.
    pub written: Written,
    /// Rows older than this go.
    pub after_ms: i64,
    /// The rule.
    pub rule: RetentionId,
}

/// How a time is written in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Milliseconds since 1970; rows without one are not old yet.
    Milliseconds,
    /// The day in UTC, as `2026-05-22`.
    Day,
}

/// Everything to sweep.
pub fn sweeps<'a>(policy: &Policy, classification: &'a Classification) -> Vec<Sweep<'a>> {
    let tables = classification.tables.iter().filter_map(|(table, what)| {
        let Keep::Rule(rule) = &what.keep else { return None };
        let (since, rule) = (what.since.as_deref()?, policy.rule(*rule)?);
        let written = if since.ends_with("_ms") { Written::Milliseconds } else { Written::Day };
        Some(Sweep { table, since, written, after_ms: rule.period.ms(), rule: rule.id })
    });
    tables.collect()
}

/// How long a deleted account can be brought back.
pub fn grace_ms(policy: &Policy) -> i64 {
    let rules = policy.retention.iter().filter(|rule| rule.from == Start::AccountDeleted);
    rules.map(|rule| rule.period.ms()).max().unwrap_or(0)
}
