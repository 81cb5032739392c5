//! The code that is made from the policy: the ids of all versions, a marker type for each, what the newest
//! version lets whom do, and the files themselves.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::Version;
use crate::format::{Policy, Words};

/// Ids with what they stand for.
type Named<'a> = Vec<(&'a str, &'a str)>;

/// The enums of ids.
pub fn ids(versions: &[Version]) -> String {
    let mut code = String::new();
    for (name, sort, ids) in [
        ("CategoryId", "category", named(versions, categories)),
        ("KindId", "kind of data", named(versions, kinds)),
        ("PurposeId", "purpose", named(versions, purposes)),
        ("ProcessorId", "processor", named(versions, processors)),
        ("RetentionId", "retention rule", named(versions, retention_rules)),
    ] {
        line(&mut code, format_args!("enumeration! {{ {name}, {sort:?},"));
        for (id, stands_for) in ids {
            line(&mut code, format_args!("    {} = {id:?}, {stands_for:?};", camel(id)));
        }
        code.push_str("}\n");
    }
    code
}

/// The marker types, and what the newest version allows.
pub fn markers(versions: &[Version]) -> String {
    let mut code = String::new();
    for (module, id, about, ids) in [
        ("category", "CategoryId", "Categories of personal data, as types.", named(versions, categories)),
        ("kind", "KindId", "Kinds of personal data, as types.", named(versions, kinds)),
        ("purpose", "PurposeId", "Purposes, as types.", named(versions, purposes)),
        ("processor", "ProcessorId", "Processors, as types.", named(versions, processors)),
    ] {
        line(&mut code, format_args!("#[doc = {about:?}]\npub mod {module} {{"));
        for (name, stands_for) in ids {
            line(&mut code, format_args!("    super::mark!({}, {id}, {stands_for:?});", camel(name)));
        }
        code.push_str("}\n");
    }
    let newest = &versions[versions.len() - 1].policy;
    for version in versions {
        for (category, kind) in kinds_of(&version.policy) {
            // A kind that a later version still has is not said twice.
            let implementation = format!("impl Kind for kind::{kind} ");
            if !code.contains(&implementation) {
                line(&mut code, format_args!("{implementation}{{ type Category = category::{category}; }}"));
            }
        }
    }
    for purpose in &newest.purposes {
        let used: Vec<String> = purpose.categories.iter().map(|category| camel(category.as_str())).collect();
        for (_, kind) in kinds_of(newest).filter(|(category, _)| used.contains(category)) {
            line(
                &mut code,
                format_args!("impl MayUse<kind::{kind}> for purpose::{} {{}}", camel(purpose.id.as_str())),
            );
        }
    }
    for processor in &newest.processors {
        let name = camel(processor.id.as_str());
        for purpose in &processor.purposes {
            line(
                &mut code,
                format_args!("impl Serves<purpose::{}> for processor::{name} {{}}", camel(purpose.as_str())),
            );
        }
        for kind in processor.fields.keys() {
            line(
                &mut code,
                format_args!("impl MayReceive<kind::{}> for processor::{name} {{}}", camel(kind.as_str())),
            );
        }
    }
    code
}

/// The files themselves, for the library to read again.
pub fn files(versions: &[Version], classification: &Path) -> String {
    let mut code = String::from("pub(crate) static EMBEDDED: &[(&str, &[(&str, &str)])] = &[\n");
    for version in versions {
        line(&mut code, format_args!("    (\"{}\", &[", version.policy.effective));
        for file in version.files.keys() {
            line(
                &mut code,
                format_args!("        ({file:?}, include_str!({:?})),", version.folder.join(file)),
            );
        }
        code.push_str("    ]),\n");
    }
    line(
        &mut code,
        format_args!("];\npub(crate) static CLASSIFICATION: &str = include_str!({classification:?});"),
    );
    code
}

fn categories(policy: &Policy) -> Named<'_> {
    policy.categories.iter().map(|category| (category.id.as_str(), text(&category.name))).collect()
}

fn kinds(policy: &Policy) -> Named<'_> {
    let kinds = policy.categories.iter().flat_map(|category| &category.kinds);
    kinds.map(|kind| (kind.id.as_str(), text(&kind.name))).collect()
}

fn purposes(policy: &Policy) -> Named<'_> {
    policy.purposes.iter().map(|purpose| (purpose.id.as_str(), text(&purpose.name))).collect()
}

fn processors(policy: &Policy) -> Named<'_> {
    policy.processors.iter().map(|processor| (processor.id.as_str(), processor.name.as_str())).collect()
}

fn retention_rules(policy: &Policy) -> Named<'_> {
    policy.retention.iter().map(|rule| (rule.id.as_str(), text(&rule.name))).collect()
}

/// The kinds with their category, as types are written.
fn kinds_of(policy: &Policy) -> impl Iterator<Item = (String, String)> {
    policy.categories.iter().flat_map(|category| {
        let name = camel(category.id.as_str());
        category.kinds.iter().map(move |kind| (name.clone(), camel(kind.id.as_str())))
    })
}

/// Ids of all versions with the newest name, in the order in which they came up.
fn named<'a>(versions: &'a [Version], of: fn(&'a Policy) -> Named<'a>) -> Named<'a> {
    let all: Named<'a> = versions.iter().flat_map(|version| of(&version.policy)).collect();
    let newest: BTreeMap<&str, &str> = all.iter().copied().collect();
    let mut ids: Named<'a> = Vec::new();
    for (id, _) in all {
        if !ids.iter().any(|(other, _)| *other == id) {
            ids.push((id, newest[id]));
        }
    }
    ids
}

fn text(words: &Words) -> &str {
    words.in_language("en")
}

fn line(code: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(code, "{what}");
}

/// `uploaded-images` as a type is written: `UploadedImages`.
fn camel(id: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    id.split('-').map(capital).collect()
}
