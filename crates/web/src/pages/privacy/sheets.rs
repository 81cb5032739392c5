//! The privacy page's text and tables, made once for each version and language: only what depends on who asks
//! is made for each request.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use maud::Markup;
use policy::{Date, Policy, SwitchedOn};

use super::text::{Part, headings, parts, written};
use super::{day, tables};
use crate::visit::Visit;

/// A version in a language.
pub(super) struct Sheet {
    /// Anchors and titles of the sections.
    pub(super) headings: Vec<(String, String)>,
    /// All of it, from top to bottom.
    pub(super) pieces: Vec<Piece>,
}

/// A piece of a sheet.
pub(super) enum Piece {
    /// The same for everybody.
    Same(Markup),
    /// The authority of the visitor's country.
    Authority,
}

/// The sheets made so far: as many as there are versions and languages at most.
#[derive(Default)]
pub(crate) struct Sheets(RwLock<BTreeMap<(Date, &'static str), Arc<Sheet>>>);

impl Sheets {
    /// The sheet of a version in the visitor's language.
    pub(super) fn of(&self, visit: &Visit, policy: &Policy, on: &SwitchedOn) -> Arc<Sheet> {
        let key = (policy.effective, visit.language.code());
        // A sheet is whole before it is put in: a panic elsewhere leaves none half made.
        let made = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key).map(Arc::clone);
        made.unwrap_or_else(|| {
            let sheet = Arc::new(make(visit, policy, on));
            self.0.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&sheet));
            sheet
        })
    }
}

fn make(visit: &Visit, policy: &Policy, on: &SwitchedOn) -> Sheet {
    let parts = parts(policy, visit.language.code(), &day(visit, policy.effective));
    let pieces = parts.iter().map(|part| match part {
        Part::Written(markdown) => Piece::Same(written(markdown)),
        Part::Derived("authority") => Piece::Authority,
        Part::Derived(name) => Piece::Same(tables::derived(visit, policy, on, name)),
    });
    Sheet { headings: headings(&parts), pieces: pieces.collect() }
}
