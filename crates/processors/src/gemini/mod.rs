//! Gemini: texts about a film, written before anybody orders it. It is called from the film maker's tools and the
//! catalogue, by staff, and never in an order: its terms exclude services for under-18s.
//!
//! It must not know orders, accounts or people. A request is text; a child in it is called [`CHILD`]. Pictures, files,
//! tools, searches and kept context do not exist in the types here. Nothing is deleted, as nothing personal is there.
//!
//! Whatever is not a finished text means: use the film's own.

mod account;
mod clean;
mod wire;

use std::time::Duration;

use egress::{Answer, Egress, Error, Means, Method, Request, RetryPolicy};
use policy::{Personal, kind, processor, purpose};
use serde_json::Value;

use crate::Secret;
pub use crate::role::CHILD;
pub(crate) use account::Account;
pub use clean::Found;
use wire::{WireAnswer, WireError};

/// Largest answer.
const ANSWER_BYTES_MAX: u64 = 4 << 20;
/// Most letters of a request. A film's texts are far shorter.
const TEXT_BYTES_MAX: usize = 200_000;

/// How Gemini is used.
#[derive(Debug, Clone)]
pub struct GeminiSettings {
    /// For calls.
    pub key: Secret,
    /// The model, such as `gemini-2.5-flash`.
    pub model: String,
    /// How long a text may take.
    pub timeout: Duration,
    /// How calls are repeated; a repeat costs money, nothing else.
    pub retry: RetryPolicy,
}

impl GeminiSettings {
    /// With a minute for each text.
    pub fn new(key: Secret, model: impl Into<String>) -> Self {
        let (timeout, retry) = (Duration::from_secs(60), RetryPolicy::default());
        Self { key, model: model.into(), timeout, retry }
    }
}

/// Who said a part of what is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// We.
    ByUs,
    /// The model, in an example or before.
    ByModel,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ask {
    /// How to write.
    pub instruction: Option<String>,
    /// What to write, and examples; the last is ours.
    pub turns: Vec<(Said, String)>,
    /// From 0.0 (always the same) to 2.0.
    pub temperature: Option<f64>,
    /// Longest text, in the model's tokens.
    pub tokens_max: Option<u32>,
    /// A schema (of OpenAPI), when the text is to be JSON.
    pub json: Option<Value>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// A finished text.
    Text(String),
    /// It was held back, as it or what was asked is not allowed there.
    Blocked {
        /// Gemini's word for it.
        reason: String,
    },
    /// It became too long and was cut.
    Cut,
    /// It ended for another reason.
    Stopped {
        /// Gemini's word for it.
        reason: String,
    },
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GeminiError {
    /// Something personal is in the request. Nothing was sent.
    #[error("the text has {0} in it; nothing was sent")]
    Personal(Found),
    /// The request makes no sense. Nothing was sent.
    #[error("Gemini is not asked that: {0}")]
    Invalid(&'static str),
    /// It said no; trying again changes nothing.
    #[error("Gemini refuses it: {status} {code}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Gemini's word for it; empty when it gave none.
        code: String,
    },
    /// Worth another try later.
    #[error("Gemini is away: {why}")]
    Away {
        /// What is wrong.
        why: String,
        /// How long it asks us to wait, in seconds.
        retry_after_s: Option<u64>,
    },
    /// It answered something that the contract does not have, or no JSON where JSON was asked for.
    #[error("the answer of Gemini is not as agreed: {0}")]
    Malformed(&'static str),
    /// The policy did not let the call out.
    #[error(transparent)]
    Blocked(Error),
}

/// The adapter.
pub struct Gemini {
    egress: Egress,
    settings: GeminiSettings,
}

impl Gemini {
    /// Sets it up. Nothing is asked yet.
    pub fn new(egress: Egress, settings: GeminiSettings) -> Self {
        Self { egress, settings }
    }

    /// Has a text written. `never` are values that must not be in the request, such as names that staff know of; beside
    /// them it is searched for what is personal by its form.
    ///
    /// # Errors
    /// See [`GeminiError`].
    pub async fn write(
        &self,
        ask: &Ask,
        never: &[Personal<kind::OrderWords, String>],
    ) -> Result<Written, GeminiError> {
        look(ask, never)?;
        let call = || self.call(ask);
        let answer = self.egress.retry(&self.settings.retry, call).await.map_err(failed)?;
        if !answer.is_success() {
            return Err(said_no(&answer));
        }
        let wire: WireAnswer = answer.json().map_err(|_| GeminiError::Malformed("no answer"))?;
        let written = wire.written()?;
        if let (Written::Text(text), Some(_)) = (&written, &ask.json) {
            let read = serde_json::from_str::<Value>(text);
            read.map_err(|_| GeminiError::Malformed("the text is not the JSON that was asked for"))?;
        }
        Ok(written)
    }

    /// Whether the model is there for our key. Nothing is written, and nothing is to be paid.
    ///
    /// # Errors
    /// See [`GeminiError`].
    pub async fn is_there(&self) -> Result<(), GeminiError> {
        let address = "https://generativelanguage.googleapis.com/v1beta/models/{model}";
        let call = || self.to(Method::GET, address);
        let answer = self.egress.retry(&self.settings.retry, call).await.map_err(failed)?;
        if answer.is_success() { Ok(()) } else { Err(said_no(&answer)) }
    }

    fn to(&self, method: Method, address: &'static str) -> Request<processor::GoogleGemini> {
        self.egress
            .to::<processor::GoogleGemini, purpose::Films>(method, address)
            .header("x-goog-api-key", self.settings.key.reveal())
            .timeout(self.settings.timeout)
            .answer_bytes_max(ANSWER_BYTES_MAX)
            .plain("path.model", &self.settings.model)
    }

    fn call(&self, ask: &Ask) -> Request<processor::GoogleGemini> {
        let address = "https://generativelanguage.googleapis.com/v1beta/models/{model}:generateContent";
        let mut call = self.to(Method::POST, address);
        if let Some(instruction) = &ask.instruction {
            call = call.plain("systemInstruction.parts[0].text", instruction);
        }
        for (at, (said, text)) in ask.turns.iter().enumerate() {
            let role = match said {
                Said::ByUs => "user",
                Said::ByModel => "model",
            };
            call = call.plain_at("contents[].role", at, role);
            call = call.plain_at("contents[].parts[0].text", at, text);
        }
        if let Some(temperature) = ask.temperature {
            call = call.plain("generationConfig.temperature", temperature);
        }
        if let Some(tokens_max) = ask.tokens_max {
            call = call.plain("generationConfig.maxOutputTokens", tokens_max);
        }
        if let Some(schema) = &ask.json {
            call = call.plain("generationConfig.responseMimeType", "application/json");
            call = call.plain("generationConfig.responseSchema", schema);
        }
        call
    }
}

/// Looks at everything that would go out.
fn look(ask: &Ask, never: &[Personal<kind::OrderWords, String>]) -> Result<(), GeminiError> {
    if !matches!(ask.turns.last(), Some((Said::ByUs, _))) {
        return Err(GeminiError::Invalid("the last part must be ours"));
    }
    if ask.temperature.is_some_and(|temperature| !(0.0..=2.0).contains(&temperature)) {
        return Err(GeminiError::Invalid("the temperature must be from 0 to 2"));
    }
    let never: Vec<&str> = never.iter().map(|value| value.for_purpose::<purpose::Films>().as_str()).collect();
    let schema = ask.json.as_ref().map(Value::to_string);
    let turns = ask.turns.iter().map(|(_, text)| text);
    let texts: Vec<&String> = ask.instruction.iter().chain(turns).chain(schema.iter()).collect();
    if texts.iter().map(|text| text.len()).sum::<usize>() > TEXT_BYTES_MAX {
        return Err(GeminiError::Invalid("it is too long"));
    }
    match texts.into_iter().find_map(|text| clean::find(text, &never)) {
        Some(found) => Err(GeminiError::Personal(found)),
        None => Ok(()),
    }
}

fn failed(error: Error) -> GeminiError {
    match error.means() {
        Means::Away { retry_after_s } => GeminiError::Away { why: error.to_string(), retry_after_s },
        Means::Blocked(_) => GeminiError::Blocked(error),
        Means::Malformed(what) => GeminiError::Malformed(what),
    }
}

fn said_no(answer: &Answer) -> GeminiError {
    let status = answer.status();
    let said = answer.json::<WireError>().ok().map(|wire| wire.error);
    if matches!(status, 408 | 425 | 429 | 500..) {
        let asked = said.and_then(|said| said.retry_after_s());
        let retry_after_s = answer.retry_after_s().or(asked);
        return GeminiError::Away { why: format!("status {status}"), retry_after_s };
    }
    let code = said.and_then(|said| said.status).map(|code| wire::word(&code)).unwrap_or_default();
    GeminiError::Refused { status, code }
}
