//! Which tags of processors a page hands to our own loader (`assets/js/tags.js`): those that are connected, that the
//! policy has on this page, and that this visitor allows now. Nothing of a tag is on any other page.
//!
//! It knows no vendor: a tag is data.

use std::sync::Arc;

use policy::derive::browser;
use serde_json::{Value, json};
use studio::Studio;

use crate::emulated::Emulated;
use crate::visit::Visit;

/// What the loader is told, fit to stand in an element; none where nothing may be loaded.
pub(crate) fn of(studio: &Studio, visit: &Visit) -> Option<Arc<str>> {
    let connected = &studio.connected().tags;
    if connected.is_empty() {
        return None;
    }
    let allowed = visit.consent.decision.allowed;
    let here: Vec<&str> = browser::loaded(&visit.policy, visit.page(), studio.switched_on(), allowed)
        .map(|(processor, _)| processor.id.as_str())
        .collect();
    let tags: Vec<_> = connected.iter().filter(|tag| here.contains(&tag.processor)).collect();
    if tags.is_empty() {
        return None;
    }
    let mut tags = serde_json::to_value(tags).ok()?;
    lead(&mut tags, visit.options.emulators());
    // Only whoever is signed in can have what the scripts keep deleted by us, so only theirs is told.
    let told = json!({"tell": visit.account().is_some(), "tags": tags});
    // No text can end the element.
    Some(told.to_string().replace('<', "\\u003c").into())
}

/// Leads every address to what stands in for it.
pub(crate) fn lead(value: &mut Value, emulated: Emulated<'_>) {
    match value {
        Value::String(text) => *text = emulated.url(text),
        Value::Array(list) => list.iter_mut().for_each(|one| lead(one, emulated)),
        Value::Object(object) => object.values_mut().for_each(|one| lead(one, emulated)),
        _ => {}
    }
}
