//! The parent's side: starts the decoding process, feeds it, waits no longer than it must, and
//! trusts nothing it answers.

use crate::sandbox::Strength;
use crate::{Accepted, Refused, child, clean, sniff};
use likeness::Photo;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

/// A decoding process that takes longer by the wall clock is ended.
const WALL_MAX: Duration = Duration::from_secs(30);

/// Takes uploads in by means of a separate process.
#[derive(Clone, Debug)]
pub struct Intake {
    program: PathBuf,
    argument: &'static str,
    wall_max: Duration,
}

impl Intake {
    /// Uses `program` as the decoding process; its `main` must begin with
    /// [`maybe_run_child`](crate::maybe_run_child).
    pub fn with_program(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), argument: child::ARGUMENT, wall_max: WALL_MAX }
    }

    /// Uses the running program; its `main` must begin with
    /// [`maybe_run_child`](crate::maybe_run_child).
    pub fn this_program() -> std::io::Result<Self> {
        // On Linux this link leads to the running program even after an update replaced its file.
        let link = std::path::Path::new("/proc/self/exe");
        if link.exists() {
            Ok(Self::with_program(link))
        } else {
            std::env::current_exe().map(Self::with_program)
        }
    }

    /// Starts the program with another argument, for tests of misbehaving processes.
    #[doc(hidden)]
    pub fn with_argument(mut self, argument: &'static str) -> Self {
        self.argument = argument;
        self
    }

    /// Ends the decoding process after `wall_max` by the wall clock instead of 30 s.
    pub fn with_wall_limit(mut self, wall_max: Duration) -> Self {
        self.wall_max = wall_max;
        self
    }

    /// Takes in one upload: refused in words, or clean pixels. Never holds on to `bytes`.
    pub async fn accept(&self, bytes: &[u8]) -> Result<Accepted, Refused> {
        // What needs no decoding is refused without starting anything.
        sniff::sniff(bytes)?;
        let (_, result) = self.run(bytes).await?;
        let photo = result?;
        tokio::task::spawn_blocking(move || clean::accept(photo))
            .await
            .map_err(|e| Refused::Unwell { detail: format!("encoding the photo: {e}") })?
    }

    /// What is in force in the decoding process here, for the operator.
    pub async fn strength(&self) -> Result<Strength, Refused> {
        Ok(self.run(&[]).await?.0)
    }

    async fn run(&self, bytes: &[u8]) -> Result<(Strength, Result<Photo, Refused>), Refused> {
        let unwell = |what: &str, e: std::io::Error| Refused::Unwell { detail: format!("{what}: {e}") };
        let mut process = Command::new(&self.program)
            .arg(self.argument)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| unwell("starting the decoding process", e))?;
        let (stdin, stdout) = (process.stdin.take(), process.stdout.take());
        let talk = async {
            let feed = async {
                if let Some(mut stdin) = stdin {
                    // A process that has ended does not read: what it said counts, not this.
                    let _ = stdin.write_all(bytes).await;
                    let _ = stdin.shutdown().await;
                }
            };
            let hear = async {
                let mut answer = Vec::new();
                if let Some(stdout) = stdout {
                    let _ = stdout.take(child::ANSWER_MAX as u64 + 1).read_to_end(&mut answer).await;
                }
                answer
            };
            let ((), answer) = tokio::join!(feed, hear);
            (answer, process.wait().await)
        };
        let (answer, status) = match tokio::time::timeout(self.wall_max, talk).await {
            Ok((answer, status)) => {
                (answer, status.map_err(|e| unwell("waiting for the decoding process", e))?)
            }
            Err(_) => {
                let _ = process.kill().await;
                return Err(Refused::TookTooLong);
            }
        };
        if !status.success() {
            return Err(ended(status));
        }
        child::parse(answer).ok_or_else(|| Refused::Unwell {
            detail: "the decoding process gave no answer; does main begin with intake::maybe_run_child()?"
                .into(),
        })
    }
}

/// What an early end of the process means.
fn ended(status: ExitStatus) -> Refused {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        const SIGABRT: i32 = 6;
        const SIGKILL: i32 = 9;
        const SIGSEGV: i32 = 11;
        const SIGXCPU: i32 = 24;
        match status.signal() {
            // Out of memory ends in abort, out of time in XCPU or KILL.
            Some(SIGABRT | SIGKILL | SIGXCPU) => return Refused::TookTooLong,
            Some(SIGSEGV) => return Refused::Damaged,
            _ => {}
        }
    }
    // A forbidden system call among them: either the file broke into the decoder, or this
    // machine's libraries need a call that is not on the list. The operator should look.
    Refused::Unwell { detail: format!("the decoding process ended early ({status})") }
}
