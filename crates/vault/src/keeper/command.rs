//! A key-management service as keeper, asked through a program of the operator's choice.
//!
//! The master key never comes here: the program (a small script around the service's command line; the protocol
//! stands in `lines.rs` and, with an example, in `docs/operating.md`) sends a data key to the service to be wrapped
//! or opened. One process stays; when it ends it is started again.
//!
//! Two things do not depend on the program's care. What it wraps is bound to its context here as well, by a code over
//! the context under the data key itself. And it is opened once before anybody relies on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use ring::hmac;
use tokio::sync::Mutex;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::known::Known;
use super::lines::{Answer, Ask, Refusal};
use super::program::{Ended, Program};
use super::{Keeper, KeyId};
use crate::Error;

/// Bytes of the code that binds a wrapped key to its context.
const CODE_BYTES: usize = 32;
/// A program that ends again and again is started this often at least.
const BACK_OFF_MAX: Duration = Duration::from_secs(5);

/// How long a [`CommandKeeper`] waits and how much it remembers.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// One call, with starting the program again when it ended. Default: 10 s.
    pub answer: Duration,
    /// Before a program that ended is started again; doubled, up to 5 s, while it ends without having answered.
    /// Default: 100 ms.
    pub back_off: Duration,
    /// Data keys that are remembered. Default: 1000.
    pub keys_max: usize,
    /// How long one is remembered. Default: 5 minutes.
    pub age_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(10),
            back_off: Duration::from_millis(100),
            keys_max: 1_000,
            age_max: Duration::from_secs(300),
        }
    }
}

/// A program that asks a key-management service.
///
/// Nearly every request opens a data key, so those opened a moment ago are remembered: at most 1000, five minutes
/// each, overwritten when they go. Erasing an account deletes its wrapped key, and without that nobody can ask for
/// the open one; its last trace here goes with those minutes.
pub struct CommandKeeper {
    words: Vec<String>,
    limits: Limits,
    line: Mutex<Line>,
    current: AtomicU64,
    next: AtomicU64,
    known: Arc<Known>,
}

/// The program as it runs, and when it may be started again.
struct Line {
    program: Option<Arc<Program>>,
    failures: u32,
    not_before: Instant,
}

impl CommandKeeper {
    /// Starts the program (the first word; the others are handed to it) and asks which master key is the current
    /// one. Belongs to the runtime it is started in.
    ///
    /// # Errors
    /// [`Error::Keeper`] when no program is named, [`Error::KeeperAway`] when it does not start or does not answer.
    pub async fn start(words: &[String]) -> Result<Self, Error> {
        Self::start_within(words, Limits::default()).await
    }

    /// The same with other limits, for tests.
    #[doc(hidden)]
    pub async fn start_within(words: &[String], limits: Limits) -> Result<Self, Error> {
        if words.first().is_none_or(String::is_empty) {
            return Err(Error::Keeper("no program is named that keeps it".into()));
        }
        let keeper = Self {
            words: words.to_vec(),
            limits,
            line: Mutex::new(Line { program: None, failures: 0, not_before: Instant::now() }),
            current: AtomicU64::new(0),
            next: AtomicU64::new(1),
            known: Arc::new(Known::new(limits.keys_max, limits.age_max)),
        };
        let answer = keeper.ask(Ask::Current).await?;
        keeper.learn(answer.by().ok_or_else(|| away(Ask::Current, "its answer names no key"))?);
        forget_in_time(&keeper.known, limits.age_max);
        Ok(keeper)
    }

    /// Asks within the time limit. A program that answered nobody meanwhile is taken to hang and ended.
    async fn ask(&self, what: Ask<'_>) -> Result<Answer, Error> {
        let mut asked = None;
        let answered = tokio::time::timeout(self.limits.answer, self.ask_patiently(what, &mut asked)).await;
        let Ok(answer) = answered else {
            let mut how = format!("no answer within {:?}", self.limits.answer);
            if let Some((program, answers)) = asked {
                if program.answers() == answers {
                    program.stop();
                }
                how += &program.words();
            }
            return Err(away(what, &how));
        };
        let answer = answer?;
        match (answer.refusal(), what) {
            (None, _) => Ok(answer),
            (Some(Refusal::DoesNotOpen), Ask::Unwrap { .. }) => Err(Error::DoesNotOpen),
            (Some(Refusal::UnknownKey), Ask::Unwrap { by, .. }) => {
                Err(Error::UnknownMasterKey(by.to_string()))
            }
            (Some(Refusal::Other(word)), _) => {
                let words = asked.map_or(String::new(), |(program, _)| program.words());
                Err(away(what, &format!("it answered: {word}{words}")))
            }
            (Some(_), _) => Err(away(what, "it answered that there is no such key")),
        }
    }

    /// Asks, and once more when the program ends over it. `asked`: whom, and how many answers it had given before.
    async fn ask_patiently(
        &self,
        what: Ask<'_>,
        asked: &mut Option<(Arc<Program>, u64)>,
    ) -> Result<Answer, Error> {
        let mut again = true;
        loop {
            let program = self.program().await?;
            *asked = Some((Arc::clone(&program), program.answers()));
            let id = self.next.fetch_add(1, Ordering::Relaxed);
            match program.ask(id, what.line(id)).await {
                Ok(answer) => return Ok(answer),
                Err(Ended(_)) if again => again = false,
                Err(Ended(how)) => return Err(away(what, &how)),
            }
        }
    }

    /// The program, started when it is not running.
    async fn program(&self) -> Result<Arc<Program>, Error> {
        let mut line = self.line.lock().await;
        if let Some(program) = line.program.take() {
            if !program.has_ended() {
                line.program = Some(Arc::clone(&program));
                return Ok(program);
            }
            line.pause(self.limits.back_off, program.answers() > 0);
        }
        tokio::time::sleep_until(line.not_before).await;
        match Program::start(&self.words) {
            Ok(program) => Ok(Arc::clone(line.program.insert(Arc::new(program)))),
            Err(error) => {
                line.pause(self.limits.back_off, false);
                Err(Error::KeeperAway(format!("{} cannot be started: {error}", self.words[0])))
            }
        }
    }

    fn learn(&self, current: KeyId) {
        self.current.store(u64::from_be_bytes(current.0), Ordering::Relaxed);
    }

    /// A data key, remembered or asked for; many who want the same one ask once.
    async fn open(&self, by: KeyId, context: &[u8], wrapped: &[u8]) -> Result<[u8; 32], Error> {
        let cell = self.known.cell(by, context, wrapped);
        let key = cell.get_or_try_init(|| self.ask_to_open(by, context, wrapped));
        // A little longer than a call may take: who waits behind another does not wait anew.
        match tokio::time::timeout(self.limits.answer * 6 / 5, key).await {
            Ok(key) => key.map(|key| **key),
            Err(_) => Err(Error::KeeperAway("unwrap: no answer in time to others either".into())),
        }
    }

    async fn ask_to_open(
        &self,
        by: KeyId,
        context: &[u8],
        wrapped: &[u8],
    ) -> Result<Zeroizing<[u8; 32]>, Error> {
        let (code, wrapped) = wrapped.split_first_chunk::<CODE_BYTES>().ok_or(Error::DoesNotOpen)?;
        let ask = Ask::Unwrap { by, context, wrapped };
        let key = self.ask(ask).await?.key().ok_or_else(|| away(ask, "its answer holds no key"))?;
        hmac::verify(&code_key(&key), &bound(by, context), code).map_err(|_| Error::DoesNotOpen)?;
        Ok(key)
    }
}

impl Keeper for CommandKeeper {
    /// The one that was named at the start, or at the last wrapping since.
    fn current(&self) -> KeyId {
        KeyId(self.current.load(Ordering::Relaxed).to_be_bytes())
    }

    fn wrap<'a>(
        &'a self,
        context: &'a [u8],
        key: &'a [u8; 32],
        _nonce: [u8; 12],
    ) -> BoxFuture<'a, Result<(KeyId, Vec<u8>), Error>> {
        Box::pin(async move {
            let ask = Ask::Wrap { context, key };
            let answer = self.ask(ask).await?;
            let (by, wrapped) = answer
                .by()
                .zip(answer.wrapped())
                .ok_or_else(|| away(ask, "its answer lacks `by` or `wrapped`"))?;
            let code = hmac::sign(&code_key(key), &bound(by, context));
            let wrapped = [code.as_ref(), &wrapped].concat();
            match self.open(by, context, &wrapped).await {
                Ok(_) => {}
                Err(Error::DoesNotOpen | Error::UnknownMasterKey(_)) => {
                    return Err(away(ask, "what it wrapped does not open again"));
                }
                Err(error) => return Err(error),
            }
            self.learn(by);
            Ok((by, wrapped))
        })
    }

    fn unwrap<'a>(
        &'a self,
        by: KeyId,
        context: &'a [u8],
        wrapped: &'a [u8],
    ) -> BoxFuture<'a, Result<[u8; 32], Error>> {
        Box::pin(self.open(by, context, wrapped))
    }
}

impl Line {
    /// It ended, or did not start: when it may be tried again. `well`: it had answered something.
    fn pause(&mut self, back_off: Duration, well: bool) {
        self.failures = if well { 0 } else { (self.failures + 1).min(16) };
        self.not_before = Instant::now() + (back_off * 2_u32.pow(self.failures)).min(BACK_OFF_MAX);
    }
}

/// Forgets data keys also when nobody asks for any.
fn forget_in_time(known: &Arc<Known>, age_max: Duration) {
    let known = Arc::downgrade(known);
    let pause = (age_max / 5).max(Duration::from_millis(1));
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(pause).await;
            let Some(known) = known.upgrade() else { return };
            known.sweep();
        }
    });
}

fn away(what: Ask<'_>, how: &str) -> Error {
    Error::KeeperAway(format!("{}: {how}", what.name()))
}

fn code_key(key: &[u8; 32]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key)
}

fn bound(by: KeyId, context: &[u8]) -> Vec<u8> {
    [b"ministudio wrapped key 1".as_slice(), &by.0, context].concat()
}
