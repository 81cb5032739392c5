//! All versions of the policy, and which one holds when.

use std::fmt;
use std::sync::{Arc, LazyLock};

use crate::{Classification, Date, Files, Mistakes, Policy};

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The versions in the program. The build has read the same files with the same code.
static COMPILED_IN: LazyLock<Policies> = LazyLock::new(|| {
    let versions = EMBEDDED.iter().map(|(day, files)| {
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        version(day, &files).expect("the build has read it")
    });
    let classification = Classification::read(CLASSIFICATION).expect("the build has read it");
    Policies { versions: versions.map(Arc::new).collect(), classification: Arc::new(classification) }
});

/// All versions, the oldest first.
#[derive(Debug, Clone)]
pub struct Policies {
    versions: Vec<Arc<Policy>>,
    classification: Arc<Classification>,
}

/// Why a version from outside the program cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// Its files are wrong.
    Wrong(String, Mistakes),
    /// Its folder is not named after its day.
    Named(String, Date),
    /// There is a version of that day.
    Twice(Date),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong(folder, mistakes) => write!(f, "the policy {folder} cannot be used:\n{mistakes}"),
            Self::Named(folder, day) => {
                write!(f, "the policy {folder} takes effect on {day}: name its folder so")
            }
            Self::Twice(day) => {
                write!(f, "there is a policy of {day} already; what was published is not changed")
            }
        }
    }
}

impl std::error::Error for Unusable {}

impl Policies {
    /// The versions in the program.
    pub fn embedded() -> Self {
        COMPILED_IN.clone()
    }

    /// The same with versions that an operator added: the name of each folder with its files. They may name
    /// only categories, kinds, purposes, processors and rules that the program knows.
    ///
    /// # Errors
    /// When one cannot be used.
    pub fn with(mut self, more: impl IntoIterator<Item = (String, Files)>) -> Result<Self, Unusable> {
        for (folder, files) in more {
            let policy = version(&folder, &files)?;
            self.classification.check(&policy).map_err(|mistakes| Unusable::Wrong(folder, mistakes))?;
            if self.versions.iter().any(|other| other.effective == policy.effective) {
                return Err(Unusable::Twice(policy.effective));
            }
            self.versions.push(Arc::new(policy));
        }
        self.versions.sort_by_key(|policy| policy.effective);
        Ok(self)
    }

    /// The version that holds at a time: the newest that has taken effect, or the oldest before any has.
    pub fn in_force(&self, now_ms: i64) -> &Arc<Policy> {
        let begun = self.versions.iter().rev().find(|policy| policy.effective.start_ms() <= now_ms);
        begun.unwrap_or(&self.versions[0])
    }

    /// The next version that will take effect.
    pub fn upcoming(&self, now_ms: i64) -> Option<&Arc<Policy>> {
        let in_force = self.in_force(now_ms).effective;
        self.versions.iter().find(|policy| policy.effective > in_force)
    }

    /// The version that held before another.
    pub fn before(&self, policy: &Policy) -> Option<&Arc<Policy>> {
        self.versions.iter().rev().find(|other| other.effective < policy.effective)
    }

    /// A version by its day.
    pub fn version(&self, day: &str) -> Option<&Arc<Policy>> {
        let day = Date::parse(day)?;
        self.versions.iter().find(|policy| policy.effective == day)
    }

    /// All versions, the oldest first.
    pub fn all(&self) -> &[Arc<Policy>] {
        &self.versions
    }

    /// Where personal data lies in the program.
    pub fn classification(&self) -> &Classification {
        &self.classification
    }
}

impl Policy {
    /// The newest version in the program. Where the time matters ask [`Policies::in_force`].
    pub fn current() -> &'static Self {
        COMPILED_IN.versions.last().expect("there is one")
    }
}

fn version(folder: &str, files: &Files) -> Result<Policy, Unusable> {
    let policy = Policy::read(files).map_err(|mistakes| Unusable::Wrong(folder.into(), mistakes))?;
    if Date::parse(folder) != Some(policy.effective) {
        return Err(Unusable::Named(folder.into(), policy.effective));
    }
    Ok(policy)
}
