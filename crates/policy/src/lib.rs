//! The policy file as types: what the program promises, as data that it runs on.
//!
//! The file is `/policy/<date>/policy.toml`. This crate reads nothing, writes nothing and knows no
//! clock; everything may use it.

mod period;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use period::Period;
use serde::Deserialize;

/// The policy in force.
static CURRENT: LazyLock<Policy> = LazyLock::new(|| {
    Policy::read(include_str!("../../../policy/2026-05-22/policy.toml")).expect("a test reads the same file")
});

/// A policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The day it takes effect, ISO 8601.
    pub effective: String,
    /// Who answers for the data.
    pub controller: Controller,
    /// Sentences that people confirm, the older versions too.
    pub wordings: Vec<Wording>,
    /// What is kept in the visitor's browser.
    pub cookies: Vec<Cookie>,
}

/// Who answers for the data.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Controller {
    /// Name.
    pub name: String,
    /// Where to write to.
    pub email: String,
}

/// What a wording is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// Being an adult, when signing up.
    Adult,
    /// Being the child's guardian, with each photo.
    Guardian,
    /// Agreeing to marketing mail.
    Marketing,
}

/// A sentence that people confirm.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// What it is about.
    pub subject: Subject,
    /// Names this very wording; what is recorded when it is confirmed.
    pub version: String,
    /// The sentence by language; English is always there.
    pub text: BTreeMap<String, String>,
}

impl Wording {
    /// The sentence in a language, or in English.
    pub fn in_language(&self, language: &str) -> &str {
        self.text.get(language).unwrap_or_else(|| &self.text["en"])
    }
}

/// Something kept in the visitor's browser.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// What for.
    pub purpose: CookiePurpose,
    /// Whether the site cannot do without; only others need consent.
    pub essential: bool,
    /// How long it is kept.
    pub period: Period,
}

/// What a cookie is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CookiePurpose {
    /// Staying signed in.
    Session,
    /// Waiting for a sign-in mail to be opened.
    SignIn,
}

/// Why a policy file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not of the form this program knows.
    #[error("the policy file: {0}")]
    Form(#[from] toml::de::Error),
    /// Two wordings or cookies of one name.
    #[error("the policy file names {0} twice")]
    Twice(String),
    /// A wording without English.
    #[error("the wording {0} has no English text")]
    NoEnglish(String),
    /// A subject that has no wording.
    #[error("there is no wording for {0:?}")]
    NoWording(Subject),
}

impl Policy {
    /// The policy in force.
    pub fn current() -> &'static Self {
        &CURRENT
    }

    /// Reads a policy file.
    ///
    /// # Errors
    /// When it is not a policy or contradicts itself.
    pub fn read(text: &str) -> Result<Self, Error> {
        let policy: Self = toml::from_str(text)?;
        let mut names = std::collections::BTreeSet::new();
        let versions = policy.wordings.iter().map(|wording| &wording.version);
        for name in versions.chain(policy.cookies.iter().map(|cookie| &cookie.name)) {
            if !names.insert(name) {
                return Err(Error::Twice(name.clone()));
            }
        }
        if let Some(wording) = policy.wordings.iter().find(|wording| !wording.text.contains_key("en")) {
            return Err(Error::NoEnglish(wording.version.clone()));
        }
        for subject in [Subject::Adult, Subject::Guardian, Subject::Marketing] {
            if !policy.wordings.iter().any(|wording| wording.subject == subject) {
                return Err(Error::NoWording(subject));
            }
        }
        Ok(policy)
    }

    /// The wording to show: the last one of its subject.
    pub fn wording(&self, subject: Subject) -> &Wording {
        let mut of_subject = self.wordings.iter().filter(|wording| wording.subject == subject);
        of_subject.next_back().expect("`read` has seen to it")
    }

    /// Whether this version of a subject's wording may be confirmed: it is the current one.
    pub fn is_current(&self, subject: Subject, version: &str) -> bool {
        self.wording(subject).version == version
    }

    /// A cookie by its name; what is not in the policy is not set.
    pub fn cookie(&self, name: &str) -> Option<&Cookie> {
        self.cookies.iter().find(|cookie| cookie.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_in_force_can_be_used() {
        let policy = Policy::current();
        assert_eq!(policy.controller.email, "hello@ministudio.com");
        assert!(
            policy.wordings.iter().all(|w| ["en", "de", "fr", "es"].iter().all(|l| w.text.contains_key(*l)))
        );
        assert_eq!(policy.cookie("ms-session").unwrap().period.seconds(), 30 * 24 * 3600);
        assert!(policy.cookie("_ga").is_none());
    }

    #[test]
    fn only_the_current_wording_may_be_confirmed() {
        let mut policy = Policy::current().clone();
        let first = policy.wording(Subject::Adult).version.clone();
        assert!(policy.is_current(Subject::Adult, &first));
        assert!(!policy.is_current(Subject::Guardian, &first));
        let text = BTreeMap::from([("en".to_owned(), "Anew.".to_owned())]);
        policy.wordings.push(Wording { subject: Subject::Adult, version: "adult-2".into(), text });
        assert!(policy.is_current(Subject::Adult, "adult-2"));
        assert!(!policy.is_current(Subject::Adult, &first));
        assert_eq!(policy.wording(Subject::Adult).in_language("de"), "Anew.");
    }

    #[test]
    fn a_file_that_contradicts_itself_is_refused() {
        let text = include_str!("../../../policy/2026-05-22/policy.toml");
        let twice = text.replace("guardian-1", "adult-1");
        assert!(matches!(Policy::read(&twice), Err(Error::Twice(name)) if name == "adult-1"));
        let unknown = text.replace("[controller]", "[controller]\nfax = \"1\"");
        assert!(matches!(Policy::read(&unknown), Err(Error::Form(_))));
        let none = text.replace("subject = \"guardian\"", "subject = \"adult\"");
        assert!(matches!(Policy::read(&none), Err(Error::NoWording(Subject::Guardian))));
    }
}
