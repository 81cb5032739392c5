//! Which processors a deployment has switched on. None is, without an agreement that binds it.

use std::collections::BTreeMap;
use std::fmt;

use crate::{Policies, ProcessorId};

/// The processors that are switched on, each with the agreement that binds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SwitchedOn(BTreeMap<ProcessorId, String>);

/// Why a processor cannot be switched on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotBound {
    /// No version that holds or will hold names it.
    NotInPolicy(ProcessorId),
    /// Neither the policy nor the configuration says which signed agreement binds it.
    NoAgreement(ProcessorId, String),
}

impl fmt::Display for NotBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInPolicy(id) => write!(f, "{id} cannot be switched on: the policy does not name it"),
            Self::NoAgreement(id, document) => write!(
                f,
                "{id} cannot be switched on without the reference of the signed agreement ({document}): \
                 give it in the configuration or in processors.toml"
            ),
        }
    }
}

impl std::error::Error for NotBound {}

impl SwitchedOn {
    /// Nobody: the program does everything itself.
    pub fn none() -> Self {
        Self::default()
    }

    /// Those that are chosen, each with the reference of its agreement unless the policy has it. Region and
    /// safeguard are always there: a version without them cannot be read.
    ///
    /// # Errors
    /// Everything that is missing.
    pub fn new(
        policies: &Policies,
        now_ms: i64,
        chosen: impl IntoIterator<Item = (ProcessorId, Option<String>)>,
    ) -> Result<Self, Vec<NotBound>> {
        let (mut on, mut missing) = (BTreeMap::new(), Vec::new());
        let policy = policies.in_force(now_ms);
        for (id, reference) in chosen {
            let Some(processor) = policy.processor(id) else {
                missing.push(NotBound::NotInPolicy(id));
                continue;
            };
            let agreement = &processor.agreement;
            let reference = reference.or_else(|| agreement.reference.clone());
            match reference.filter(|reference| !reference.trim().is_empty()) {
                Some(reference) => drop(on.insert(id, reference)),
                None => missing.push(NotBound::NoAgreement(id, agreement.document.clone())),
            }
        }
        if missing.is_empty() { Ok(Self(on)) } else { Err(missing) }
    }

    /// Whether a processor is on.
    pub fn contains(&self, id: ProcessorId) -> bool {
        self.0.contains_key(&id)
    }

    /// Those that are on, with their agreements.
    pub fn iter(&self) -> impl Iterator<Item = (ProcessorId, &str)> {
        self.0.iter().map(|(id, reference)| (*id, reference.as_str()))
    }

    /// Whether nobody is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
