//! Every library in the tree must be licensed so that anybody may use the product: read from `cargo metadata`.

use std::process::Stdio;

use anyhow::{Context, ensure};

use crate::machine::cargo;

/// Licences that ask for no more than naming the author. MPL-2.0 asks to publish changes to its own files, which
/// nobody here makes.
const ALLOWED: [&str; 15] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "IJG",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Libraries that name no licence in their description but bring its text: read by a person, and found allowed.
const READ: [&str; 1] = ["apalis-postgres"];

/// Fails with the list of libraries whose licence is not among those.
pub fn check() -> anyhow::Result<()> {
    let told =
        cargo().args(["metadata", "--format-version", "1", "--locked"]).stderr(Stdio::inherit()).output()?;
    ensure!(told.status.success(), "cargo metadata ended with {}", told.status);
    let told: serde_json::Value = serde_json::from_slice(&told.stdout)?;
    let packages = told["packages"].as_array().context("cargo metadata names no packages")?;
    let wrong: Vec<String> = packages
        .iter()
        .filter(|package| {
            let read = READ.iter().any(|name| package["name"] == *name) && package["license"].is_null();
            !read && !package["license"].as_str().is_some_and(is_allowed)
        })
        .map(|package| format!("{} ({})", package["name"], package["license"]))
        .collect();
    ensure!(wrong.is_empty(), "these libraries are licensed otherwise: {}", wrong.join(", "));
    Ok(())
}

/// Whether one may choose allowed licences only: an SPDX expression without brackets in brackets; `/` is how `OR`
/// was written before SPDX.
fn is_allowed(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    expression.split(" AND ").all(|part| {
        let part = part.trim().trim_start_matches('(').trim_end_matches(')');
        part.split(" OR ").any(|one| ALLOWED.contains(&one.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    #[test]
    fn of_several_licences_one_must_do_and_of_several_at_once_all() {
        assert!(is_allowed("MIT OR GPL-3.0-only") && is_allowed("GPL-2.0-only/MIT"));
        assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(!is_allowed("GPL-3.0-only") && !is_allowed("MIT AND AGPL-3.0-only") && !is_allowed(""));
    }
}
