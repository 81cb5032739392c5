//! What the sweeper deletes when: rows whose rule counts from a column of theirs, and what of a row goes before it.

use std::collections::BTreeMap;

use crate::{Classification, Empty, Keep, Period, Policy, RetentionId, Start};

/// Rows to delete, or columns of them to empty, once they are old enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep<'a> {
    /// The table.
    pub table: &'a str,
    /// The column from which the rule counts.
    pub since: &'a str,
    /// How it is written there.
    pub written: Written,
    /// Rows that are older go.
    pub period: Period,
    /// The rule.
    pub rule: RetentionId,
    /// The rows stay, without what stands in `since` and with this in other columns.
    pub empty: Option<&'a BTreeMap<String, Empty>>,
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
    let mut sweeps = Vec::new();
    for (table, what) in &classification.tables {
        let rows = match (&what.keep, &what.since) {
            (Keep::Rule(rule), Some(since)) => Some((*rule, since, None)),
            _ => None,
        };
        let columns = what.sooner.as_ref().map(|sooner| (sooner.keep, &sooner.since, Some(&sooner.empty)));
        for (rule, since, empty) in rows.into_iter().chain(columns) {
            let Some(rule) = policy.rule(rule) else { continue };
            let written = if since.ends_with("_ms") { Written::Milliseconds } else { Written::Day };
            sweeps.push(Sweep { table, since, written, period: rule.period, rule: rule.id, empty });
        }
    }
    sweeps
}

/// How long a deleted account can be brought back.
pub fn grace_ms(policy: &Policy) -> i64 {
    let rules = policy.retention.iter().filter(|rule| rule.from == Start::AccountDeleted);
    rules.map(|rule| rule.period.ms()).max().unwrap_or(0)
}
