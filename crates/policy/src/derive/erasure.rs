//! The erasure of an account, step by step, in an order that can be taken up again after any of them: what is
//! outside first, while the handles are still known; the key of the account last but for its row.

use crate::{Classification, Keep, Link, Policy, Processor, RetentionId, SwitchedOn};

/// A step.
#[derive(Debug, Clone)]
pub enum Step<'a> {
    /// Have a processor delete what it got.
    Processor(&'a Processor),
    /// Delete the bytes of the account's objects of a kind.
    Objects(&'a str),
    /// Delete rows.
    Rows {
        /// The table.
        table: &'a str,
        /// How a row leads to the account.
        by: &'a Link,
    },
    /// Leave rows until their rule ends; the law asks for them.
    Remain {
        /// The table.
        table: &'a str,
        /// Until when.
        rule: RetentionId,
        /// Why.
        why: &'a str,
    },
    /// Delete the account's own row, and with it its key: what was sealed under it cannot be read any more,
    /// wherever a copy of it may be.
    Account {
        /// The table.
        table: &'a str,
    },
}

/// The plan for one account.
pub fn plan<'a>(policy: &'a Policy, on: &SwitchedOn, classification: &'a Classification) -> Vec<Step<'a>> {
    let processors = policy
        .processors
        .iter()
        .filter(|processor| on.contains(processor.id) && !processor.fields.is_empty());
    let mut steps: Vec<Step<'a>> = processors.map(Step::Processor).collect();
    steps.extend(classification.objects.keys().map(|kind| Step::Objects(kind)));
    let of_accounts = || {
        classification
            .tables
            .iter()
            .filter_map(|(name, table)| Some((name.as_str(), table, table.account.as_ref()?)))
    };
    // A row that leads to the account through another goes before that other.
    for through in [true, false] {
        for (table, what, by) in of_accounts() {
            let is_last = *by == Link::Column("id".into());
            if matches!(by, Link::Through { .. }) != through || is_last {
                continue;
            }
            match (&what.remains, &what.keep) {
                (Some(why), Keep::Rule(rule)) => steps.push(Step::Remain { table, rule: *rule, why }),
                _ => steps.push(Step::Rows { table, by }),
            }
        }
    }
    let accounts = of_accounts().filter(|(_, _, by)| **by == Link::Column("id".into()));
    steps.extend(accounts.map(|(table, _, _)| Step::Account { table }));
    steps
}
