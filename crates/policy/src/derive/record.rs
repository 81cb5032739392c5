//! The record of processing activities (GDPR, Art. 30), of this deployment.

use crate::{Category, Controller, Policy, Processor, Purpose, Retention, Safeguard, SwitchedOn, Words};

/// The record.
#[derive(Debug, Clone)]
pub struct Record<'a> {
    /// Who answers for the data.
    pub controller: &'a Controller,
    /// What is done.
    pub activities: Vec<Activity<'a>>,
    /// How the data is protected.
    pub measures: &'a Words,
}

/// One activity: a purpose.
#[derive(Debug, Clone)]
pub struct Activity<'a> {
    /// What for, by what right, whose data.
    pub purpose: &'a Purpose,
    /// What data.
    pub categories: Vec<&'a Category>,
    /// Who gets some of it.
    pub recipients: Vec<Recipient<'a>>,
    /// When it is deleted.
    pub retention: Vec<&'a Retention>,
}

/// Somebody who gets some of the data.
#[derive(Debug, Clone)]
pub struct Recipient<'a> {
    /// Who.
    pub processor: &'a Processor,
    /// The agreement that binds them.
    pub agreement: &'a str,
    /// What protects the transfer to where they are.
    pub safeguard: Safeguard,
    /// Where they are.
    pub regions: &'a [String],
}

/// The record of a deployment.
pub fn record<'a>(policy: &'a Policy, on: &'a SwitchedOn) -> Record<'a> {
    let activities = policy.purposes.iter().map(|purpose| Activity {
        purpose,
        categories: purpose.categories.iter().filter_map(|id| policy.category(*id)).collect(),
        recipients: recipients(policy, on, purpose),
        retention: purpose.keep.iter().filter_map(|id| policy.rule(*id)).collect(),
    });
    Record { controller: &policy.controller, activities: activities.collect(), measures: &policy.measures }
}

fn recipients<'a>(policy: &'a Policy, on: &'a SwitchedOn, purpose: &Purpose) -> Vec<Recipient<'a>> {
    let on = on.iter().filter_map(|(id, agreement)| Some((policy.processor(id)?, agreement)));
    on.filter(|(processor, _)| processor.purposes.contains(&purpose.id))
        .map(|(processor, agreement)| Recipient {
            processor,
            agreement,
            safeguard: processor.safeguard,
            regions: &processor.regions,
        })
        .collect()
}
