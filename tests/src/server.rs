//! The program under test, started as a person starts it.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use anyhow::{Context, bail, ensure};

use crate::cpu;

/// The built program beside this one.
pub fn program() -> PathBuf {
    let this = std::env::current_exe().expect("a program has a path");
    // Test programs lie one folder deeper than programs.
    let mut places = this.ancestors().skip(1).take(2).map(|folder| folder.join("ministudio"));
    places.find(|place| place.is_file()).expect("ministudio is missing: run `cargo build --release` first")
}

/// A command that runs the built program; in a watched test run with what it sends written down.
pub fn command() -> Command {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let Some(folder) = std::env::var_os(watch::FOLDER) else { return Command::new(program()) };
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    watched(&Path::new(&folder).join(format!("program-{}-{number}", std::process::id())))
}

fn watched(told: &Path) -> Command {
    let mut command = watch::beside(told);
    command.arg(program());
    command
}

/// What most tests do without, unless they say otherwise: other sizes than the one that a film is made for, and what is
/// made in spare time. Both are drawn and encoded beside whatever a test looks at next.
const SPARED: [(&str, &str); 2] = [("MINISTUDIO_RENDITIONS", ""), ("MINISTUDIO_SPARE_TIME", "false")];

fn sparing<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    SPARED.into_iter().chain(more.iter().copied()).collect()
}

/// Where a server listens that may take any free port.
const ANY_PORT: &str = "127.0.0.1:0";

/// An address of this machine that nobody listens at, for a server whose address has to be known beforehand.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// A running server. Killed on drop.
pub struct Server {
    child: Child,
    /// Where it answers, without a slash at the end: `http://127.0.0.1:PORT`.
    pub url: String,
    /// The operator's sign-in link that it printed, good for one use.
    pub operator: String,
    /// All that it printed so far.
    pub printed: Arc<Mutex<String>>,
}

impl Server {
    /// Starts the program on this data folder and waits until it has printed its address and answers.
    pub fn start(data: &Path, more: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start_as(command(), data, ANY_PORT, &sparing(more))
    }

    /// The same with every size and in its spare time, as a person who sets nothing has it.
    pub fn start_in_full(data: &Path, more: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start_as(command(), data, ANY_PORT, more)
    }

    /// The same as [`Self::start`] at an address of one's own choice, `127.0.0.1:PORT`.
    pub fn start_at(data: &Path, listen: &str, more: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start_as(command(), data, listen, &sparing(more))
    }

    /// The same with every connection that it opens and every packet that it sends written into this file.
    pub fn start_watched(data: &Path, more: &[(&str, &str)], calls: &Path) -> anyhow::Result<Self> {
        Self::start_as(watched(calls), data, ANY_PORT, &sparing(more))
    }

    fn start_as(
        mut command: Command,
        data: &Path,
        listen: &str,
        more: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        command.args(["serve", "--listen", listen, "--data"]).arg(data);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        if more.iter().any(|(name, _)| *name == "MINISTUDIO_FILMS") {
            // A test that brings a film is about that one; the others would be made ahead all the while.
            command.env("MINISTUDIO_BUILT_IN_FILMS", "false");
        }
        command.envs(more.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("could not start the program")?;
        let printed = Arc::new(Mutex::new(String::new()));
        let (found, lines) = std::sync::mpsc::channel::<String>();
        let stdout = child.stdout.take().expect("piped");
        let stderr = child.stderr.take().expect("piped");
        for stream in [Box::new(stdout) as Box<dyn std::io::Read + Send>, Box::new(stderr)] {
            let printed = Arc::clone(&printed);
            let found = found.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    printed.lock().expect("not poisoned").push_str(&format!("{line}\n"));
                    let _ = found.send(line);
                }
            });
        }
        drop(found);
        let (mut url, mut operator) = (None, None);
        while url.is_none() || operator.is_none() {
            match lines.recv_timeout(std::time::Duration::from_secs(60)) {
                Ok(line) => {
                    for word in line.split_whitespace() {
                        if word.starts_with("http://127.0.0.1:") {
                            if word.contains("/operator/sign-in/") {
                                operator = Some(word.to_owned());
                            } else if url.is_none() {
                                url = Some(word.trim_end_matches('/').to_owned());
                            }
                        }
                    }
                }
                Err(_) => {
                    let _ = child.kill();
                    bail!("the server printed no address: {}", printed.lock().expect("not poisoned"));
                }
            }
        }
        Ok(Self { child, url: url.expect("found"), operator: operator.expect("found"), printed })
    }

    /// CPU seconds that it and the children it has waited for have used so far, as the kernel counts them.
    pub fn cpu_seconds(&self) -> anyhow::Result<f64> {
        let spent = cpu::spent(&self.child.id().to_string())?;
        Ok(spent.own + spent.children)
    }

    /// kill -9: no goodbye, no clean-up.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to stop as an operator does (SIGTERM) and waits for a clean end.
    pub fn stop(mut self) -> anyhow::Result<()> {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        ensure!(status.success());
        let status = self.child.wait()?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
