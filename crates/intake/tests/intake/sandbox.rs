//! Processes that misbehave inside the sandbox: each is denied or ended, and the parent gets a
//! clean answer.
#![cfg(target_os = "linux")]

use crate::make;
use intake::Intake;
use landlock::{ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr};
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_intake-child");
const SIGSYS: i32 = 31;

fn probe(argument: &str) -> std::process::ExitStatus {
    Command::new(PROGRAM)
        .arg(argument)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("starts")
}

/// Whether the kernel has Landlock: it makes a set of rules, which binds nobody, or there is an error. Nothing of the
/// product is asked.
fn kernel_has_landlock() -> bool {
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))
        .and_then(|rules| rules.create())
        .is_ok()
}

#[tokio::test]
async fn the_operator_is_told_what_is_in_force() {
    let strength = Intake::with_program(PROGRAM).strength().await.expect("an answer");
    assert!(strength.limits);
    // Both are there on any Linux of the last years; a kernel without them is reported, not hidden.
    assert_eq!(strength.files, kernel_has_landlock());
    assert!(strength.to_string().contains("seccomp"));
}

#[tokio::test]
async fn forbidden_calls_end_the_process() {
    let strength = Intake::with_program(PROGRAM).strength().await.expect("an answer");
    for argument in ["open", "connect", "exec", "thread"] {
        let status = probe(argument);
        assert_ne!(status.code(), Some(0), "{argument} was possible");
        if strength.calls {
            assert_eq!(status.signal(), Some(SIGSYS), "{argument}");
        }
        let argument: &'static str = argument;
        let refused = Intake::with_program(PROGRAM)
            .with_argument(argument)
            .accept(&make::jpeg(&make::quarters(80, 80)))
            .await
            .expect_err("no answer from it");
        assert_eq!(refused.code(), "unwell", "{argument}");
    }
}

#[test]
fn landlock_and_limits_hold_on_their_own() {
    // Denied; or, by a kernel without Landlock, not tried.
    let expected = if kernel_has_landlock() { 7 } else { 77 };
    for argument in ["files-only:open", "files-only:write"] {
        assert_eq!(probe(argument).code(), Some(expected), "{argument}");
    }
    for argument in ["limits-only:open", "limits-only:allocate"] {
        assert_eq!(probe(argument).code(), Some(7), "{argument}");
    }
}

#[test]
fn where_memory_runs_out_the_decoding_process_goes_first() {
    let mut process = Command::new(PROGRAM)
        .arg("stop-clip")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    // Once it has said something it is shut in.
    let mut answer = [0; 4];
    process.stdout.take().expect("piped").read_exact(&mut answer).expect("its answer");
    let score = std::fs::read_to_string(format!("/proc/{}/oom_score_adj", process.id()));
    process.kill().and_then(|()| process.wait()).expect("ended");
    assert_eq!(score.expect("readable").trim(), "1000");
}

#[tokio::test]
async fn hoarding_memory_ends_the_process() {
    let jpeg = make::jpeg(&make::quarters(80, 80));
    let refused =
        Intake::with_program(PROGRAM).with_argument("allocate").accept(&jpeg).await.expect_err("ended");
    assert_eq!(refused.code(), "took-too-long");
}

#[tokio::test]
async fn looping_and_waiting_are_ended_by_the_wall_clock() {
    let jpeg = make::jpeg(&make::quarters(80, 80));
    for argument in ["loop", "wait"] {
        let refused = Intake::with_program(PROGRAM)
            .with_argument(argument)
            .with_wall_limit(Duration::from_millis(300))
            .accept(&jpeg)
            .await
            .expect_err("ended");
        assert_eq!(refused.code(), "took-too-long", "{argument}");
    }
}

#[tokio::test]
async fn looping_is_ended_by_the_processor_limit_too() {
    let jpeg = make::jpeg(&make::quarters(80, 80));
    let refused = Intake::with_program(PROGRAM)
        .with_argument("loop")
        .with_wall_limit(Duration::from_secs(120))
        .accept(&jpeg)
        .await
        .expect_err("ended");
    assert_eq!(refused.code(), "took-too-long");
}

#[tokio::test]
async fn lies_and_babble_are_not_believed() {
    let jpeg = make::jpeg(&make::quarters(80, 80));
    for argument in ["lie", "babble"] {
        let refused = Intake::with_program(PROGRAM)
            .with_argument(argument)
            .accept(&jpeg)
            .await
            .expect_err("not believed");
        assert_eq!(refused.code(), "unwell", "{argument}");
    }
}

#[tokio::test]
async fn a_program_that_is_not_there_or_not_ours_is_our_fault() {
    let jpeg = make::jpeg(&make::quarters(80, 80));
    for program in ["/nonexistent/program", "/bin/true"] {
        let refused = Intake::with_program(program).accept(&jpeg).await.expect_err("no answer");
        assert!(refused.is_our_fault(), "{program}: {refused:?}");
    }
}
