//! `cargo xtask prove`: which promise of the privacy policy is shown to hold, by which test.
//!
//! A test proves promise `S11-1` when its name holds `proves_s11_1`, or `_s11_1` after another one:
//! `proves_s7_1_s12_9_…` proves two. The state comes from running the tests, never from a list: a promise that
//! no test names is "not yet". The results lie in `target/proof.json`, from where the site shows them at `/promises`.

use std::collections::BTreeMap;

use anyhow::ensure;
use policy::{Policy, Promise};
use serde_json::json;

use crate::machine::root;
use crate::test::{self, TestResult, run_tests};

/// How to print it.
#[derive(clap::Args)]
pub struct Args {
    /// JSON instead of a table.
    #[arg(long)]
    json: bool,
}

/// Runs all tests and prints each promise with its state and its tests. An error, once it is printed, when a test failed: a
/// promise that is broken is one whose test did.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let results = run_tests(&test::Args::default(), |line| eprintln!("{line}"))?;
    let promises = states(&Policy::current().promises, &results);
    let proof = serde_json::to_string_pretty(&json!({ "at_ms": now_ms(), "promises": promises }))?;
    std::fs::write(root().join("target/proof.json"), &proof)?;
    if args.json {
        println!("{proof}");
    } else {
        print_table(&promises);
    }
    let failed: Vec<&str> =
        results.iter().filter(|result| !result.passed).map(|result| result.name.as_str()).collect();
    ensure!(failed.is_empty(), "the tests did not all pass: {}", failed.join(", "));
    Ok(())
}

fn print_table(promises: &[serde_json::Value]) {
    for promise in promises {
        println!(
            "{:<6} {:<8} {}",
            promise["id"].as_str().unwrap_or(""),
            promise["state"].as_str().unwrap_or(""),
            promise["promise"].as_str().unwrap_or("")
        );
    }
    let proven = promises.iter().filter(|promise| promise["state"] == "proven").count();
    println!("{proven} of {} promises proven", promises.len());
}

#[expect(clippy::disallowed_methods, reason = "a chore runs on the machine's own clock")]
fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}

/// Each promise with its state and the names of its tests.
fn states(promises: &[Promise], results: &[TestResult]) -> Vec<serde_json::Value> {
    let mut proofs: BTreeMap<&str, Vec<&TestResult>> = BTreeMap::new();
    for Promise { id, .. } in promises {
        let mark = format!("_{}", id.to_lowercase().replace('-', "_"));
        for result in results {
            let Some((_, claims)) = result.name.split_once("proves_") else { continue };
            let claims = format!("_{claims}");
            let named = claims.match_indices(&mark).any(|(at, _)| {
                // `proves_s1_1` is not `proves_s1_10`.
                !claims[at + mark.len()..].starts_with(|next: char| next.is_ascii_digit())
            });
            if named {
                proofs.entry(id).or_default().push(result);
            }
        }
    }
    promises
        .iter()
        .map(|Promise { id, promise, .. }| {
            let tests = proofs.get(id.as_str()).map(Vec::as_slice).unwrap_or_default();
            let state = match tests {
                [] => "not yet",
                tests if tests.iter().all(|test| test.passed) => "proven",
                _ => "broken",
            };
            let names: Vec<&String> = tests.iter().map(|test| &test.name).collect();
            json!({"id": id, "promise": promise, "state": state, "tests": names})
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use policy::Promise;

    use super::states;
    use crate::test::TestResult;

    #[test]
    fn a_promise_is_proven_by_the_tests_that_name_it_and_only_by_them() {
        let promises = ["S1-1", "S1-10", "S2-1"].map(|id| Promise {
            id: id.to_owned(),
            section: String::new(),
            promise: String::new(),
            proof: String::new(),
        });
        let result = |name: &str, passed| TestResult { name: name.into(), passed };
        let found = states(
            &promises,
            &[result("a::proves_s1_10_x", true), result("proves_s2_1", false), result("proves_s2_1_b", true)],
        );
        assert_eq!(found[0]["state"], "not yet");
        assert_eq!(found[1]["state"], "proven");
        assert_eq!(found[2]["state"], "broken");
    }
}
