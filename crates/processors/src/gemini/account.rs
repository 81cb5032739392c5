//! Our account at Gemini, and the role that it takes: it writes texts about films.

use std::sync::Arc;

use egress::Egress;
use futures::future::BoxFuture;
use policy::ProcessorId;
use serde::Deserialize;
use serde_json::json;

use super::{Ask, Gemini, GeminiError, GeminiSettings, Said, Written};
use crate::Secret;
use crate::connected::{self, Connected};
use crate::role::{Assignment, Check, Trouble, WriteError, Writer};

/// The longest text that is taken, in the model's tokens; all variants together.
const TOKENS_MAX: u32 = 4096;
/// How freely it writes, from 0 to 2.
const TEMPERATURE: f64 = 0.9;

/// What the configuration says of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    /// For calls.
    key: Secret,
    /// The model, such as `gemini-2.5-flash`.
    model: String,
}

impl connected::Account for Account {
    fn connect(self, egress: &Egress, to: &mut Connected) -> Result<(), String> {
        if self.key.reveal().trim().is_empty() {
            return Err("key must be a key of the Gemini interface".to_owned());
        }
        let model = self.model.trim();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        if model.is_empty() || !model.bytes().all(is_plain) {
            return Err("model must be the name of a model, such as gemini-2.5-flash".to_owned());
        }
        let settings = GeminiSettings::new(self.key, model);
        let gemini = Arc::new(Gemini::new(egress.clone(), settings));
        to.checks.insert(ProcessorId::GoogleGemini, gemini.clone());
        to.writer = Some(gemini);
        Ok(())
    }
}

impl Writer for Gemini {
    fn write<'a>(&'a self, assignment: &'a Assignment) -> BoxFuture<'a, Result<Vec<String>, WriteError>> {
        Box::pin(async move {
            let about = format!("{}\n\nWrite {} variants.", assignment.about, assignment.variants);
            let ask = Ask {
                instruction: Some(assignment.instruction.clone()),
                turns: vec![(Said::ByUs, about)],
                temperature: Some(TEMPERATURE),
                tokens_max: Some(TOKENS_MAX),
                json: Some(json!({"type": "ARRAY", "items": {"type": "STRING"}})),
            };
            match Gemini::write(self, &ask, &[]).await.map_err(not_written)? {
                Written::Text(text) => variants(&text, assignment.variants),
                Written::Blocked { reason } => Err(WriteError::NoText(format!("it was held back: {reason}"))),
                Written::Cut => Err(WriteError::NoText("it became too long and was cut".to_owned())),
                Written::Stopped { reason } => Err(WriteError::NoText(format!("it was ended: {reason}"))),
            }
        })
    }
}

impl Check for Gemini {
    fn check(&self, _: i64, _: &str) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            match self.is_there().await {
                Ok(()) => Ok(()),
                Err(GeminiError::Refused { status: 404, .. }) => {
                    Err("Gemini has no such model: look at model".to_owned())
                }
                Err(error @ GeminiError::Refused { .. }) => Err(format!("{error}: look at key")),
                Err(error) => Err(error.to_string()),
            }
        })
    }
}

/// The texts in an answer.
fn variants(text: &str, most: u8) -> Result<Vec<String>, WriteError> {
    let malformed = || WriteError::NoText("the answer is no list of texts".to_owned());
    let list: Vec<String> = serde_json::from_str(text).map_err(|_| malformed())?;
    let list = list.into_iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let list: Vec<String> = list.take(usize::from(most)).collect();
    if list.is_empty() { Err(malformed()) } else { Ok(list) }
}

fn not_written(error: GeminiError) -> WriteError {
    match error {
        GeminiError::Malformed(_) => WriteError::NoText(error.to_string()),
        GeminiError::Away { why, retry_after_s } => Trouble::Away { why, after_s: retry_after_s }.into(),
        other => Trouble::Refused(other.to_string()).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_list_of_texts_is_taken() {
        assert_eq!(variants(r#"[" a ", "", "b", "c"]"#, 2), Ok(vec!["a".to_owned(), "b".to_owned()]));
        for wrong in ["[]", r#"[" "]"#, "{}", "[1]", "a"] {
            assert!(matches!(variants(wrong, 3), Err(WriteError::NoText(_))), "{wrong}");
        }
    }
}
