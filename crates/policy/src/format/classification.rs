//! Where personal data lies in the program: `classification.toml`, the same for all versions.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::Error};

use super::{Mistake, Mistakes, Policy, Start, mistake};
use crate::ids::{CategoryId, RetentionId};

/// What everything that the program keeps, writes or reaches is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Classification {
    /// Tables by name.
    pub tables: BTreeMap<String, Table>,
    /// Stored objects by kind.
    pub objects: BTreeMap<String, Object>,
    /// Fields of log lines.
    pub log: BTreeMap<String, Column>,
    /// Outgoing hosts besides those of the processors.
    pub hosts: BTreeMap<String, Column>,
}

/// A table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// How a row leads to its account.
    #[serde(default)]
    pub account: Option<Link>,
    /// How long rows are kept.
    pub keep: Keep,
    /// The column from which that counts; rows go with the account where there is none.
    #[serde(default)]
    pub since: Option<String>,
    /// Why rows outlive their account until their rule ends.
    #[serde(default)]
    pub remains: Option<String>,
    /// The only database that has the table.
    #[serde(default)]
    pub on: Option<Database>,
    /// What of a row goes before the row.
    #[serde(default)]
    pub sooner: Option<Sooner>,
    /// Its columns.
    #[serde(default)]
    pub columns: BTreeMap<String, Column>,
    /// What all columns are, where a library decides which there are.
    #[serde(default)]
    pub all: Option<Column>,
}

/// Columns that are emptied by a rule of their own, while their row stays.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sooner {
    /// The rule.
    pub keep: RetentionId,
    /// The column from which it counts. Nothing stands there afterwards, so that it is done once.
    pub since: String,
    /// The other columns, and what stands in each afterwards.
    pub empty: BTreeMap<String, Empty>,
}

/// What stands in a column that was emptied and cannot hold nothing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Empty {
    /// A number.
    Number(i64),
    /// Words.
    Words(String),
}

/// How long rows are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keep {
    /// By a retention rule.
    Rule(RetentionId),
    /// As long as the program has use for them: nobody's data.
    Operational,
}

/// How a row leads to its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// A column with the account's id.
    Column(String),
    /// A column with the id of a row that leads there.
    Through {
        /// The column.
        column: String,
        /// The tables in one of which its value is an `id`.
        tables: Vec<String>,
    },
}

/// A database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Database {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// A column, a field of a log line, a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What it holds.
    pub class: Class,
    /// Why it is not handed out in an export.
    pub secret: Option<String>,
}

/// What something holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Class {
    /// Personal data.
    Personal(CategoryId),
    /// Nobody's data, and why.
    Operational(String),
}

/// A kind of stored object.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// What it holds.
    pub category: CategoryId,
    /// How long it is kept.
    pub keep: RetentionId,
    /// Whether it is handed out in an export; what only repeats another in small is not.
    pub export: bool,
}

const FILE: &str = "classification.toml";

impl Classification {
    /// Reads the file.
    ///
    /// # Errors
    /// Everything that is wrong with its form.
    pub fn read(text: &str) -> Result<Self, Mistakes> {
        let mut mistakes = Vec::new();
        let read: Option<Self> = mistake::toml(FILE, text, &mut mistakes);
        let Some(read) = read else { return Err(Mistakes(mistakes)) };
        for (name, table) in &read.tables {
            read.check_table(name, table, &mut mistakes);
        }
        if mistakes.is_empty() { Ok(read) } else { Err(Mistakes(mistakes)) }
    }

    /// What it names that a version of the policy does not know.
    ///
    /// # Errors
    /// Everything that does not fit.
    pub fn check(&self, policy: &Policy) -> Result<(), Mistakes> {
        let mut mistakes = Vec::new();
        for (name, table) in &self.tables {
            for (column, class) in table.columns.iter().chain(table.all.as_ref().map(|all| (ALL, all))) {
                known_class(policy, format!("tables.{name}.columns.{column}"), class, &mut mistakes);
            }
            if let Keep::Rule(rule) = &table.keep {
                check_rule(policy, name, table, rule, &mut mistakes);
            }
            if let Some(sooner) = &table.sooner {
                check_sooner(policy, name, sooner, &mut mistakes);
            }
        }
        for (kind, object) in &self.objects {
            known_category(policy, format!("objects.{kind}.category"), &object.category, &mut mistakes);
            known_rule(policy, format!("objects.{kind}.keep"), &object.keep, &mut mistakes);
        }
        for (section, fields) in [("log", &self.log), ("hosts", &self.hosts)] {
            for (field, class) in fields {
                known_class(policy, format!("{section}.{field}"), class, &mut mistakes);
            }
        }
        if mistakes.is_empty() { Ok(()) } else { Err(Mistakes(mistakes)) }
    }

    fn check_table(&self, name: &str, table: &Table, mistakes: &mut Vec<Mistake>) {
        let key = |part: &str| format!("tables.{name}.{part}");
        let columns = || table.columns.keys().map(String::as_str);
        let mut column = |part: &str, column: &str| {
            if !table.columns.contains_key(column) {
                mistakes.push(Mistake::unknown(FILE, key(part), "column", column, columns()));
            }
        };
        match &table.account {
            Some(Link::Column(at) | Link::Through { column: at, .. }) => column("account", at),
            None => {}
        }
        if let Some(since) = &table.since {
            column("since", since);
        }
        if let Some(sooner) = &table.sooner {
            column("sooner.since", &sooner.since);
            for emptied in sooner.empty.keys() {
                column("sooner.empty", emptied);
            }
        }
        if let Some(Link::Through { tables: through, .. }) = &table.account {
            let leads =
                self.tables.iter().filter(|(_, table)| matches!(table.account, Some(Link::Column(_))));
            let leads: Vec<&str> = leads.map(|(name, _)| name.as_str()).collect();
            for through in through.iter().filter(|through| !leads.contains(&through.as_str())) {
                mistakes.push(Mistake::unknown(
                    FILE,
                    key("account"),
                    "table of accounts named",
                    through,
                    leads.clone(),
                ));
            }
        }
        if table.columns.is_empty() == table.all.is_none() {
            mistakes.push(Mistake::new(FILE, key("columns"), "give either columns or what all of them are"));
        }
        let personal =
            table.columns.values().chain(&table.all).any(|column| matches!(column.class, Class::Personal(_)));
        if personal && table.keep == Keep::Operational {
            mistakes.push(Mistake::new(FILE, key("keep"), "personal data needs a retention rule"));
        }
        if table.remains.is_some() && (table.since.is_none() || table.account.is_none()) {
            mistakes.push(Mistake::new(
                FILE,
                key("remains"),
                "what outlives an account needs `account` and `since`",
            ));
        }
    }
}

const ALL: &String = &String::new();

fn check_rule(policy: &Policy, name: &str, table: &Table, rule: &RetentionId, mistakes: &mut Vec<Mistake>) {
    known_rule(policy, format!("tables.{name}.keep"), rule, mistakes);
    let Some(rule) = policy.retention.iter().find(|known| known.id == *rule) else { return };
    let with_account = rule.from == Start::AccountDeleted;
    if with_account == table.since.is_some() {
        let what = match with_account {
            true => "its rule counts from the account's deletion, so no column does",
            false => "its rule counts from a column, which must be named",
        };
        mistakes.push(Mistake::new(FILE, format!("tables.{name}.since"), what));
    }
    if with_account && table.account.is_none() {
        let what = "its rule counts from the account's deletion, so rows must lead to one";
        mistakes.push(Mistake::new(FILE, format!("tables.{name}.account"), what));
    }
}

fn check_sooner(policy: &Policy, name: &str, sooner: &Sooner, mistakes: &mut Vec<Mistake>) {
    known_rule(policy, format!("tables.{name}.sooner.keep"), &sooner.keep, mistakes);
    let rule = policy.retention.iter().find(|known| known.id == sooner.keep);
    if rule.is_some_and(|rule| rule.from == Start::AccountDeleted) {
        let what = "its rule counts from the account's deletion, when the whole row goes";
        mistakes.push(Mistake::new(FILE, format!("tables.{name}.sooner.keep"), what));
    }
}

fn known_rule(policy: &Policy, key: String, rule: &RetentionId, mistakes: &mut Vec<Mistake>) {
    if !policy.retention.iter().any(|known| known.id == *rule) {
        let known = policy.retention.iter().map(|known| known.id.as_str());
        mistakes.push(Mistake::unknown(FILE, key, "retention rule", rule.as_str(), known));
    }
}

fn known_class(policy: &Policy, key: String, column: &Column, mistakes: &mut Vec<Mistake>) {
    if let Class::Personal(category) = &column.class {
        known_category(policy, key, category, mistakes);
    }
}

fn known_category(policy: &Policy, key: String, category: &CategoryId, mistakes: &mut Vec<Mistake>) {
    if !policy.categories.iter().any(|known| known.id == *category) {
        let known = policy.categories.iter().map(|known| known.id.as_str());
        mistakes.push(Mistake::unknown(FILE, key, "category", category.as_str(), known));
    }
}

impl<'de> Deserialize<'de> for Keep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "operational" {
            return Ok(Self::Operational);
        }
        text.parse().map(Self::Rule).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Link {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(match text.split_once(" in ") {
            Some((column, tables)) => Self::Through {
                column: column.into(),
                tables: tables.split(" or ").map(str::to_owned).collect(),
            },
            None => Self::Column(text),
        })
    }
}

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "write a category, \"operational: why\", or { category = …, secret = \"why\" }"
        )]
        enum Written {
            Word(String),
            Secret { category: CategoryId, secret: String },
        }
        let word = match Written::deserialize(deserializer)? {
            Written::Secret { category, secret } => {
                return Ok(Self { class: Class::Personal(category), secret: Some(secret) });
            }
            Written::Word(word) => word,
        };
        let class = match word.split_once(':') {
            Some(("operational", why)) if !why.trim().is_empty() => Class::Operational(why.trim().into()),
            Some(_) => {
                return Err(D::Error::custom(format!(
                    "{word:?} is neither a category nor \"operational: why\""
                )));
            }
            None if word == "operational" => return Err(D::Error::custom("say why it is operational")),
            None => Class::Personal(word.parse().map_err(D::Error::custom)?),
        };
        Ok(Self { class, secret: None })
    }
}
