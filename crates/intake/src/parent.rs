//! The parent's side: starts the decoding process, feeds it, waits no longer than it must, and
//! trusts nothing it answers.

use crate::sandbox::Strength;
use crate::{Accepted, Refused, child, clean, sniff};
use likeness::Photo;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

/// A decoding process that takes longer by the wall clock is ended.
const WALL_MAX: Duration = Duration::from_secs(30);

/// Takes uploads in by means of a separate process.
#[derive(Clone, Debug)]
pub struct Intake {
    pub(crate) program: PathBuf,
    /// Instead of the one that names the job, and of its time, in tests.
    pub(crate) argument: Option<&'static str>,
    pub(crate) wall_max: Option<Duration>,
}

impl Intake {
    /// Uses `program` as the decoding process; its `main` must begin with
    /// [`maybe_run_child`](crate::maybe_run_child).
    pub fn with_program(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), argument: None, wall_max: None }
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
        self.argument = Some(argument);
        self
    }

    /// Ends the decoding process after `wall_max` by the wall clock, sooner than usual.
    pub fn with_wall_limit(mut self, wall_max: Duration) -> Self {
        self.wall_max = Some(wall_max);
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
        let mut process = started(&self.program, &[self.argument.unwrap_or(child::ARGUMENT)])
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
        let (answer, status) = match tokio::time::timeout(self.wall_max.unwrap_or(WALL_MAX), talk).await {
            Ok((answer, status)) => {
                (answer, status.map_err(|e| unwell("waiting for the decoding process", e))?)
            }
            Err(_) => {
                let _ = process.kill().await;
                return Err(Refused::TookTooLong);
            }
        };
        match ended(status) {
            End::Done => {}
            End::Exhausted => return Err(Refused::TookTooLong),
            End::Crashed => return Err(Refused::Damaged),
            End::Other(detail) => return Err(Refused::Unwell { detail }),
        }
        child::parse(answer).ok_or_else(|| Refused::Unwell {
            detail: "the decoding process gave no answer; does main begin with intake::maybe_run_child()?"
                .into(),
        })
    }
}

/// Starts a program as a decoding process; it ends with its handle at the latest.
pub(crate) fn started(program: &Path, arguments: &[&str]) -> std::io::Result<Child> {
    Command::new(program)
        .args(arguments)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}

/// What an end of the process means.
pub(crate) enum End {
    /// It said all it had to say.
    Done,
    /// It came to its limit of time or memory.
    Exhausted,
    /// It fell over.
    Crashed,
    /// Anything else, for the operator.
    Other(String),
}

pub(crate) fn ended(status: ExitStatus) -> End {
    if status.success() {
        return End::Done;
    }
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        const SIGABRT: i32 = 6;
        const SIGKILL: i32 = 9;
        const SIGSEGV: i32 = 11;
        const SIGXCPU: i32 = 24;
        match status.signal() {
            // Out of memory ends in abort, out of time in XCPU or KILL.
            Some(SIGABRT | SIGKILL | SIGXCPU) => return End::Exhausted,
            Some(SIGSEGV) => return End::Crashed,
            _ => {}
        }
    }
    // A forbidden system call among them: either the file broke into the decoder, or this
    // machine's libraries need a call that is not on the list. The operator should look.
    End::Other(format!("the decoding process ended early ({status})"))
}
