//! What of Gemini's answers is read. Words that are not known yet are read too.

use serde::Deserialize;
use serde_json::Value;

use super::{GeminiError, Written};
use crate::word::word_or;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireAnswer {
    #[serde(default)]
    candidates: Vec<WireCandidate>,
    prompt_feedback: Option<WireFeedback>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireFeedback {
    block_reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireCandidate {
    content: Option<WireContent>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct WireContent {
    #[serde(default)]
    parts: Vec<WirePart>,
}

#[derive(Deserialize)]
struct WirePart {
    text: Option<String>,
    /// What the model thought on its way, which is no part of the text.
    #[serde(default)]
    thought: bool,
}

#[derive(Deserialize)]
pub(super) struct WireError {
    pub(super) error: WireStatus,
}

#[derive(Deserialize)]
pub(super) struct WireStatus {
    pub(super) status: Option<String>,
    #[serde(default)]
    details: Vec<Value>,
}

impl WireStatus {
    /// The wait that a `RetryInfo` asks for (`"17s"`, `"0.5s"`), in whole seconds. Assumed.
    pub(super) fn retry_after_s(&self) -> Option<u64> {
        let delay = self.details.iter().find_map(|detail| detail.get("retryDelay")?.as_str())?;
        let (whole, part) = match delay.strip_suffix('s')?.split_once('.') {
            Some((whole, part)) => (whole, part),
            None => (delay.strip_suffix('s')?, ""),
        };
        let seconds: u64 = whole.parse().ok()?;
        Some(seconds + u64::from(part.bytes().any(|byte| byte != b'0')))
    }
}

impl WireAnswer {
    /// What came of it.
    pub(super) fn written(self) -> Result<Written, GeminiError> {
        let Some(candidate) = self.candidates.into_iter().next() else {
            let reason = self.prompt_feedback.and_then(|feedback| feedback.block_reason);
            let reason = reason.ok_or(GeminiError::Malformed("neither a text nor a reason"))?;
            return Ok(Written::Blocked { reason: word(&reason) });
        };
        let reason = candidate.finish_reason.unwrap_or_default();
        match reason.as_str() {
            "STOP" => {
                let parts = candidate.content.map(|content| content.parts).unwrap_or_default();
                let parts = parts.into_iter().filter(|part| !part.thought).filter_map(|part| part.text);
                let text: String = parts.collect();
                if text.trim().is_empty() {
                    return Err(GeminiError::Malformed("an empty text"));
                }
                Ok(Written::Text(text))
            }
            "MAX_TOKENS" => Ok(Written::Cut),
            "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "IMAGE_SAFETY" => {
                Ok(Written::Blocked { reason })
            }
            "" => Err(GeminiError::Malformed("a text that is not finished")),
            _ => Ok(Written::Stopped { reason: word(&reason) }),
        }
    }
}

/// A word of theirs.
pub(super) fn word(text: &str) -> String {
    word_or(Some(text), "UNKNOWN")
}
