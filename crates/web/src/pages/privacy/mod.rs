//! `/privacy`: the policy in force, each other version, and what changed between two. The prose is the policy's
//! own; the tables in it are derived from the same file that the program runs on.

pub(crate) mod changes;
pub(crate) mod sheets;
pub(crate) mod show;
pub(crate) mod tables;
mod text;

use policy::Date;

use crate::visit::Visit;

/// A day, as the visitor's language writes it.
pub(crate) fn day(visit: &Visit, day: Date) -> String {
    visit.day(day.start_ms())
}
