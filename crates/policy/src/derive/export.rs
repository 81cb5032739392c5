//! What an account's owner gets who asks for a copy of everything (GDPR, Art. 15 and 20).

use crate::{CategoryId, Class, Classification, Link};

/// What to hand out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan<'a> {
    /// Rows.
    pub tables: Vec<Rows<'a>>,
    /// Stored objects by kind, with their category.
    pub objects: Vec<(&'a str, CategoryId)>,
    /// Columns that are held back, and why: `accounts.password_sealed`.
    pub held_back: Vec<(String, &'a str)>,
}

/// Rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows<'a> {
    /// The table.
    pub table: &'a str,
    /// How a row leads to the account.
    pub by: &'a Link,
    /// Columns with their category.
    pub columns: Vec<(&'a str, CategoryId)>,
}

/// Columns that are handed out, with their category; those that are held back, and why: `accounts.password_sealed`.
pub type Columns<'a> = (Vec<(&'a str, CategoryId)>, Vec<(String, &'a str)>);

/// Which columns of a table are handed out to whom the row belongs, and which are held back.
pub fn columns<'a>(classification: &'a Classification, table: &str) -> Columns<'a> {
    let (mut columns, mut held_back) = (Vec::new(), Vec::new());
    for (column, held) in classification.tables.get(table).into_iter().flat_map(|what| &what.columns) {
        match (&held.class, &held.secret) {
            (Class::Personal(_), Some(why)) => held_back.push((format!("{table}.{column}"), why.as_str())),
            (Class::Personal(category), None) => columns.push((column.as_str(), *category)),
            (Class::Operational(_), _) => {}
        }
    }
    (columns, held_back)
}

/// The plan for one account.
pub fn plan(classification: &Classification) -> Plan<'_> {
    let mut plan = Plan { tables: Vec::new(), objects: Vec::new(), held_back: Vec::new() };
    for (table, what) in &classification.tables {
        let Some(by) = &what.account else { continue };
        let (columns, held_back) = columns(classification, table);
        plan.tables.push(Rows { table, by, columns });
        plan.held_back.extend(held_back);
    }
    let objects = classification.objects.iter().filter(|(_, object)| object.export);
    plan.objects.extend(objects.map(|(kind, object)| (kind.as_str(), object.category)));
    plan
}
