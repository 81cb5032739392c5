//! What is said to a keeper's program and back: one JSON object a line.
//!
//! ```text
//! {"id":1,"do":"current"}
//! {"id":1,"by":"00000000000000a1"}
//! {"id":2,"do":"wrap","context":BASE64,"key":BASE64}
//! {"id":2,"by":"00000000000000a1","wrapped":BASE64}
//! {"id":3,"do":"unwrap","by":"00000000000000a1","context":BASE64,"wrapped":BASE64}
//! {"id":3,"key":BASE64}
//! {"id":4,"error":"denied"}
//! ```
//! Requests carry numbers of ours, and may be answered in any order. What is no answer to one is left alone. An
//! error is one word, so that nothing secret is in it: other texts are not passed on.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::{Keeper, KeyId};
use crate::Error;

/// A line longer than this is no answer.
pub(super) const LINE_BYTES_MAX: usize = 16 * 1024;
/// Letters of an error's word at most: fewer than any writing of a key has.
const WORD_MAX: usize = 24;

/// The bytes do not open, or are bound to another context.
const DOES_NOT_OPEN: &str = "does-not-open";
/// The program has no master key of that name.
const UNKNOWN_KEY: &str = "unknown-key";

/// What the program is asked for.
#[derive(Clone, Copy)]
pub(super) enum Ask<'a> {
    /// To name the current master key.
    Current,
    /// To wrap a data key with it.
    Wrap { context: &'a [u8], key: &'a [u8; 32] },
    /// To open a wrapped one.
    Unwrap { by: KeyId, context: &'a [u8], wrapped: &'a [u8] },
}

/// The same as it is named on the line.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Task {
    Current,
    Wrap,
    Unwrap,
}

/// A request as it stands on its line.
#[derive(Serialize, Deserialize)]
struct Request {
    id: u64,
    #[serde(rename = "do")]
    task: Task,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    context: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<Secret>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wrapped: Option<String>,
}

/// An answer as it stands on its line.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Answer {
    pub id: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<Secret>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wrapped: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A data key in base64, overwritten when it goes.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Secret(String);

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Secret {
    fn of(key: &[u8; 32]) -> Self {
        Self(STANDARD.encode(key))
    }

    fn open(&self) -> Option<Zeroizing<[u8; 32]>> {
        let bytes = Zeroizing::new(STANDARD.decode(&self.0).ok()?);
        let key: [u8; 32] = bytes.as_slice().try_into().ok()?;
        Some(Zeroizing::new(key))
    }
}

impl Answer {
    /// What a line says, if it is an answer.
    pub fn read(line: &[u8]) -> Option<Self> {
        // A list would be read as the fields in their order.
        line.trim_ascii_start().starts_with(b"{").then(|| serde_json::from_slice(line).ok())?
    }

    /// The word of an error, if it is one.
    pub fn refusal(&self) -> Option<Refusal> {
        let text = self.error.as_deref()?;
        let is_word = (1..=WORD_MAX).contains(&text.len())
            && text.bytes().all(|letter| matches!(letter, b'a'..=b'z' | b'-'));
        Some(match text {
            DOES_NOT_OPEN => Refusal::DoesNotOpen,
            UNKNOWN_KEY => Refusal::UnknownKey,
            word if is_word => Refusal::Other(word.to_owned()),
            _ => Refusal::Other("something that is not one short word, so it is not repeated".into()),
        })
    }

    /// Which master key it names.
    pub fn by(&self) -> Option<KeyId> {
        self.by.as_deref().and_then(KeyId::parse)
    }

    /// The wrapped bytes.
    pub fn wrapped(&self) -> Option<Vec<u8>> {
        let bytes = STANDARD.decode(self.wrapped.as_deref()?).ok()?;
        Some(bytes).filter(|bytes| !bytes.is_empty())
    }

    /// The data key.
    pub fn key(&self) -> Option<Zeroizing<[u8; 32]>> {
        self.key.as_ref().and_then(Secret::open)
    }
}

/// What an error's word means.
pub(super) enum Refusal {
    /// [`Error::DoesNotOpen`].
    DoesNotOpen,
    /// [`Error::UnknownMasterKey`].
    UnknownKey,
    /// Anything else.
    Other(String),
}

impl Ask<'_> {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Wrap { .. } => "wrap",
            Self::Unwrap { .. } => "unwrap",
        }
    }

    /// The line that asks for it.
    pub fn line(self, id: u64) -> Zeroizing<Vec<u8>> {
        let plain = Request { id, task: Task::Current, by: None, context: None, key: None, wrapped: None };
        let request = match self {
            Self::Current => plain,
            Self::Wrap { context, key } => Request {
                task: Task::Wrap,
                context: Some(STANDARD.encode(context)),
                key: Some(Secret::of(key)),
                ..plain
            },
            Self::Unwrap { by, context, wrapped } => Request {
                task: Task::Unwrap,
                by: Some(by.to_string()),
                context: Some(STANDARD.encode(context)),
                wrapped: Some(STANDARD.encode(wrapped)),
                ..plain
            },
        };
        // Room for it beforehand: a buffer that grows would leave copies of a key behind.
        let mut line = Zeroizing::new(Vec::with_capacity(LINE_BYTES_MAX));
        serde_json::to_writer(&mut *line, &request).expect("numbers and text can be written");
        line.push(b'\n');
        line
    }
}

/// The other side, with any keeper behind it: the answer to a request's line. Tests play the program with it.
#[doc(hidden)]
pub async fn answer(keeper: &dyn Keeper, line: &str, nonce: [u8; 12]) -> Option<String> {
    let request: Request = serde_json::from_str(line).ok()?;
    let decoded = |text: &Option<String>| STANDARD.decode(text.as_deref().unwrap_or_default()).ok();
    let (context, wrapped) = (decoded(&request.context)?, decoded(&request.wrapped)?);
    let mut answer = Answer { id: request.id, ..Answer::default() };
    let done = match request.task {
        Task::Current => {
            answer.by = Some(keeper.current().to_string());
            Ok(())
        }
        Task::Wrap => {
            let key = request.key.as_ref()?.open()?;
            keeper.wrap(&context, &key, nonce).await.map(|(by, wrapped)| {
                answer.by = Some(by.to_string());
                answer.wrapped = Some(STANDARD.encode(wrapped));
            })
        }
        Task::Unwrap => {
            let by = KeyId::parse(request.by.as_deref()?)?;
            keeper.unwrap(by, &context, &wrapped).await.map(|key| answer.key = Some(Secret::of(&key)))
        }
    };
    answer.error = done.err().map(|error| match error {
        Error::DoesNotOpen => DOES_NOT_OPEN.into(),
        Error::UnknownMasterKey(_) => UNKNOWN_KEY.into(),
        _ => "away".into(),
    });
    serde_json::to_string(&answer).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_on_a_line_is_what_the_handbook_says() {
        let text = |line: Zeroizing<Vec<u8>>| String::from_utf8(line.to_vec()).unwrap();
        let by = KeyId([0, 0, 0, 0, 0, 0, 0, 0xa1]);
        assert_eq!(text(Ask::Current.line(1)), "{\"id\":1,\"do\":\"current\"}\n");
        let key = STANDARD.encode([7; 32]);
        assert_eq!(
            text(Ask::Wrap { context: b"anna", key: &[7; 32] }.line(2)),
            format!("{{\"id\":2,\"do\":\"wrap\",\"context\":\"YW5uYQ==\",\"key\":\"{key}\"}}\n")
        );
        let asked = "{\"id\":3,\"do\":\"unwrap\",\"by\":\"00000000000000a1\",\"context\":\"YW5uYQ==\",\"wrapped\":\"AQI=\"}\n";
        assert_eq!(text(Ask::Unwrap { by, context: b"anna", wrapped: &[1, 2] }.line(3)), asked);
        let answer = Answer::read(b"{\"id\":2,\"by\":\"00000000000000a1\",\"wrapped\":\"AQI=\"}").unwrap();
        assert_eq!((answer.id, answer.by(), answer.wrapped()), (2, Some(by), Some(vec![1, 2])));
        for nothing in ["", "ready", "{}", "[1]", "{\"id\":\"1\"}"] {
            assert!(Answer::read(nothing.as_bytes()).is_none(), "{nothing}");
        }
        for bad in ["", "a1", "00000000000000g1", "+0000000000000a1", "00000000000000a100"] {
            assert_eq!(KeyId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_error_is_one_word_and_nothing_else_is_repeated() {
        let secret = STANDARD.encode([7; 32]);
        for (text, word) in [
            ("denied", "denied"),
            (secret.as_str(), "something"),
            ("no such key: abc", "something"),
            ("abcdefghijklmnopqrstuvwxyz", "something"),
            ("", "something"),
        ] {
            let line = serde_json::to_vec(&serde_json::json!({ "id": 1, "error": text })).unwrap();
            let Some(Refusal::Other(said)) = Answer::read(&line).unwrap().refusal() else { panic!("{text}") };
            assert!(said.starts_with(word), "{said}");
        }
    }
}
