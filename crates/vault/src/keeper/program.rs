//! The program that a key-management service is asked through: one process that stays, spoken to in lines.
//!
//! What it writes to its standard error is counted; the end of it is kept for the operator, with everything taken out
//! that could be a key.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinSet;
use zeroize::Zeroizing;

use super::lines::{Answer, LINE_BYTES_MAX};

/// Requests that wait to be written.
const WAITING_MAX: usize = 64;
/// Bytes of the standard error that are kept.
const WORDS_MAX: usize = 512;
/// Letters of it that the operator is shown.
const SHOWN_MAX: usize = 160;
/// A run of this many letters could be a key and is not shown.
const RUN_MAX: usize = 16;
/// What the names of our own settings begin with in the environment.
const SETTINGS: &str = "MINISTUDIO_";
/// How long the last words of a program that ended are waited for.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// A running program. Dropped, it is ended.
pub(super) struct Program {
    requests: mpsc::Sender<Zeroizing<Vec<u8>>>,
    heard: Arc<Heard>,
    _tasks: JoinSet<()>,
}

/// It has ended, and how, for the operator.
#[derive(Debug)]
pub(super) struct Ended(pub String);

/// What is known of it.
#[derive(Default)]
struct Heard {
    talk: Mutex<Talk>,
    answers: AtomicU64,
    stop: Notify,
    words: Mutex<Words>,
}

/// Who waits for which answer, until it has ended.
#[derive(Default)]
struct Talk {
    waiting: HashMap<u64, oneshot::Sender<Answer>>,
    ended: Option<String>,
}

/// What it wrote to its standard error.
#[derive(Default)]
struct Words {
    bytes: u64,
    lines: u64,
    last: Vec<u8>,
}

impl Program {
    /// Starts it: the first word is the program, the others are handed to it.
    pub fn start(words: &[String]) -> std::io::Result<Self> {
        let (first, others) = words.split_first().ok_or(std::io::ErrorKind::InvalidInput)?;
        let mut command = Command::new(first);
        // Secrets of processors may be among our own settings. They are none of its business.
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_setting(name)) {
            command.env_remove(name);
        }
        let mut child = command
            .args(others)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl+C is for us: what is under way still needs it. It ends when its input does.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let missing = || std::io::Error::other("no pipe to it");
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        let (requests, lines) = mpsc::channel(WAITING_MAX);
        let (words_end, words_ended) = oneshot::channel();
        let (heard, mut tasks) = (Arc::new(Heard::default()), JoinSet::new());
        tasks.spawn(write(stdin, lines, Arc::clone(&heard)));
        tasks.spawn(listen_to_words(stderr, Arc::clone(&heard), words_end));
        tasks.spawn(watch(child, stdout, Arc::clone(&heard), words_ended));
        Ok(Self { requests, heard, _tasks: tasks })
    }

    /// Asks, and waits for as long as it runs. Whoever stops waiting leaves nothing behind.
    pub async fn ask(&self, id: u64, line: Zeroizing<Vec<u8>>) -> Result<Answer, Ended> {
        let (sender, answer) = oneshot::channel();
        {
            let mut talk = self.heard.talk();
            if let Some(how) = &talk.ended {
                return Err(Ended(how.clone()));
            }
            talk.waiting.insert(id, sender);
        }
        let _waiting = Waiting { heard: &self.heard, id };
        // Written whole by a task of its own, whatever becomes of the one who asks. Not taken: it ends just now, and
        // nobody answers.
        let _ = self.requests.send(line).await;
        answer.await.map_err(|_| Ended(self.heard.talk().ended.clone().unwrap_or_default()))
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.heard.talk().ended.is_some()
    }

    /// How many answers it gave.
    pub fn answers(&self) -> u64 {
        self.heard.answers.load(Ordering::Relaxed)
    }

    /// Ends it: it does not answer any more.
    pub fn stop(&self) {
        self.heard.stop.notify_one();
    }

    /// What it wrote to its standard error, for the operator.
    pub fn words(&self) -> String {
        self.heard.words().shown()
    }
}

/// Somebody who waits for an answer.
struct Waiting<'a> {
    heard: &'a Heard,
    id: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.heard.talk().waiting.remove(&self.id);
    }
}

impl Heard {
    fn talk(&self) -> MutexGuard<'_, Talk> {
        self.talk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn words(&self) -> MutexGuard<'_, Words> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands an answer on. What nobody waits for (any more) is left alone.
    fn take(&self, line: &[u8]) {
        let Some(answer) = Answer::read(line) else { return };
        let waiting = self.talk().waiting.remove(&answer.id);
        if let Some(waiting) = waiting {
            self.answers.fetch_add(1, Ordering::Relaxed);
            let _ = waiting.send(answer);
        }
    }

    /// Lets everybody know who waits.
    fn end(&self, status: std::io::Result<ExitStatus>) {
        let how = match status {
            Ok(status) => format!("the program ended ({status}){}", self.words().shown()),
            Err(error) => format!("the program ended ({error}){}", self.words().shown()),
        };
        let mut talk = self.talk();
        talk.ended = Some(how);
        talk.waiting.clear();
    }
}

impl Words {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.lines += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.last.extend_from_slice(bytes);
        let too_many = self.last.len().saturating_sub(WORDS_MAX);
        self.last.drain(..too_many);
    }

    fn shown(&self) -> String {
        if self.bytes == 0 {
            return String::new();
        }
        let text = String::from_utf8_lossy(&self.last).into_owned();
        // What was cut through may be the end of a key.
        let text = match self.bytes > self.last.len() as u64 {
            true => text.split_once(char::is_whitespace).map_or("", |(_, rest)| rest),
            false => &text,
        };
        let (mut said, text) = (String::new(), without_keys(text));
        let skipped = text.chars().count().saturating_sub(SHOWN_MAX);
        said.extend(text.chars().skip(skipped));
        format!("; on its standard error {} bytes in {} lines, last: {said:?}", self.bytes, self.lines)
    }
}

/// Whether a variable of the environment is a setting of this program.
fn is_setting(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(SETTINGS.as_bytes())
}

/// A text with everything taken out that could be a key in base64 or hexadecimal digits.
fn without_keys(text: &str) -> String {
    let could_be = |letter: char| letter.is_ascii_alphanumeric() || "+/=_-\\".contains(letter);
    let (mut shown, mut run) = (String::new(), String::new());
    for letter in text.chars().map(Some).chain([None]) {
        match letter {
            Some(letter) if could_be(letter) => run.push(letter),
            _ => {
                shown.push_str(if run.len() < RUN_MAX { &run } else { "…" });
                run.clear();
                shown.extend(letter.map(|letter| if letter.is_control() { ' ' } else { letter }));
            }
        }
    }
    shown.trim().to_owned()
}

/// Writes requests, each whole.
async fn write(mut stdin: ChildStdin, mut lines: mpsc::Receiver<Zeroizing<Vec<u8>>>, heard: Arc<Heard>) {
    while let Some(line) = lines.recv().await {
        if stdin.write_all(&line).await.is_err() {
            // It does not listen any more.
            heard.stop.notify_one();
            return;
        }
    }
}

/// Keeps count of its standard error until that ends.
async fn listen_to_words(mut stderr: ChildStderr, heard: Arc<Heard>, _end: oneshot::Sender<()>) {
    let mut piece = [0; 1024];
    while let Ok(length @ 1..) = stderr.read(&mut piece).await {
        heard.words().add(&piece[..length]);
    }
}

/// Hears its answers until it ends or is to end.
async fn watch(mut child: Child, stdout: ChildStdout, heard: Arc<Heard>, words_ended: oneshot::Receiver<()>) {
    let patience = tokio::select! {
        () = hear(stdout, &heard) => LAST_WORDS,
        () = heard.stop.notified() => Duration::ZERO,
    };
    // One that only closed its output is of no use either; one that ended keeps the status it ended with.
    let status = match tokio::time::timeout(patience, child.wait()).await {
        Ok(status) => status,
        Err(_) => {
            let _ = child.start_kill();
            child.wait().await
        }
    };
    let _ = tokio::time::timeout(LAST_WORDS, words_ended).await;
    heard.end(status);
}

async fn hear(stdout: ChildStdout, heard: &Heard) {
    let mut stdout = BufReader::new(stdout);
    loop {
        let mut line = Zeroizing::new(Vec::with_capacity(LINE_BYTES_MAX + 1));
        let read = (&mut stdout).take(LINE_BYTES_MAX as u64).read_until(b'\n', &mut line).await;
        match read {
            Ok(1..) if line.last() == Some(&b'\n') => heard.take(&line),
            // Its end, or a line that does not end.
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_a_key_is_not_shown() {
        let mut words = Words::default();
        assert_eq!(words.shown(), "");
        words.add(b"denied for key=\"q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=\"\n");
        words.add(b"or abcdef0123456789abcdef0123456789\n");
        let shown = words.shown();
        assert!(shown.contains("98 bytes in 2 lines"), "{shown}");
        assert!(shown.contains("denied for") && shown.ends_with("or …\""), "{shown}");
        assert!(!shown.contains("q83v") && !shown.contains("abcdef"), "{shown}");
        // Whatever falls off at the front takes the rest of its word along.
        words.add(&[b'k'; WORDS_MAX]);
        assert!(words.shown().ends_with("last: \"\""), "{}", words.shown());
        words.add(b"k of\n");
        assert!(words.shown().ends_with("last: \"of\""), "{}", words.shown());
    }
}
