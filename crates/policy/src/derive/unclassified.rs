//! What the program has and the policy does not say, and the other way round.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::{Classification, Cookie, Database, Policy, Store};

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// It is there, and nothing says what it is.
    Unclassified(String),
    /// It is said what it is, and it is not there.
    Superfluous(String),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclassified(what) => write!(f, "{what} is unclassified: say in the policy what it holds"),
            Self::Superfluous(what) => write!(f, "{what} is classified but does not exist"),
        }
    }
}

/// Compares the schema of a database: tables with their columns.
pub fn schema(
    classification: &Classification,
    database: Database,
    schema: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<Difference> {
    let said = classification.tables.iter().filter(|(_, table)| table.on.is_none_or(|on| on == database));
    let said: BTreeMap<&str, _> = said.map(|(name, table)| (name.as_str(), table)).collect();
    let mut found = differences("table", schema.keys().map(String::as_str), said.keys().copied());
    for (name, columns) in schema {
        let Some(table) = said.get(name.as_str()).filter(|table| table.all.is_none()) else { continue };
        let said = table.columns.keys().map(String::as_str);
        found.extend(differences(&format!("column {name}."), columns.iter().map(String::as_str), said));
    }
    found
}

/// Compares the kinds of stored objects.
pub fn objects<'a>(
    classification: &'a Classification,
    kinds: impl IntoIterator<Item = &'a str>,
) -> Vec<Difference> {
    differences("object", kinds, classification.objects.keys().map(String::as_str))
}

/// Compares the fields of log lines. A run seldom writes every line, so what was not seen is no difference.
pub fn log<'a>(
    classification: &'a Classification,
    fields: impl IntoIterator<Item = &'a str>,
) -> Vec<Difference> {
    let said = classification.log.keys().map(String::as_str);
    let found = differences("log field", fields, said);
    found.into_iter().filter(|difference| matches!(difference, Difference::Unclassified(_))).collect()
}

/// Hosts that were called and are neither a processor's nor classified.
pub fn hosts<'a>(
    policy: &Policy,
    classification: &Classification,
    called: impl IntoIterator<Item = &'a str>,
) -> Vec<Difference> {
    let of_processor =
        |host: &str| policy.processors.iter().any(|processor| processor.server.iter().any(|own| own == host));
    let unknown =
        called.into_iter().filter(|host| !of_processor(host) && !classification.hosts.contains_key(*host));
    unknown.map(|host| Difference::Unclassified(format!("host {host}"))).collect()
}

/// What a browser holds that the policy does not name. What it does not hold may be set on other ways.
pub fn stored<'a>(policy: &Policy, held: impl IntoIterator<Item = (Store, &'a str)>) -> Vec<Difference> {
    let unknown = held.into_iter().filter(|(store, name)| policy.stored(*store, name).is_none());
    unknown.map(|(store, name)| Difference::Unclassified(format!("{store:?} {name:?}"))).collect()
}

/// The entries of a table of cookies that no browser was seen to hold, of those it should have.
pub fn never_set<'a>(
    table: impl IntoIterator<Item = &'a Cookie>,
    held: &BTreeSet<(Store, String)>,
) -> Vec<Difference> {
    let seen =
        |cookie: &Cookie| held.iter().any(|(store, name)| *store == cookie.store && cookie.is_named(name));
    let missing = table.into_iter().filter(|cookie| !seen(cookie));
    missing.map(|cookie| Difference::Superfluous(format!("{:?} {:?}", cookie.store, cookie.name))).collect()
}

fn differences<'a>(
    sort: &str,
    there: impl IntoIterator<Item = &'a str>,
    said: impl IntoIterator<Item = &'a str>,
) -> Vec<Difference> {
    let (there, said): (BTreeSet<&str>, BTreeSet<&str>) =
        (there.into_iter().collect(), said.into_iter().collect());
    let name =
        |what: &&str| if sort.ends_with('.') { format!("{sort}{what}") } else { format!("{sort} {what}") };
    let unclassified = there.difference(&said).map(|what| Difference::Unclassified(name(what)));
    unclassified.chain(said.difference(&there).map(|what| Difference::Superfluous(name(what)))).collect()
}
