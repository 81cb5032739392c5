//! Keys and secrets of the processors' interfaces.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// A key, token or secret of a processor's interface. It is shown nowhere.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the header `authorization` holds with it as a token (RFC 6750).
    pub(crate) fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// What the header `authorization` holds with a user and a password (RFC 7617).
    pub(crate) fn basic(user: &str, password: &str) -> Self {
        Self(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown_and_stands_in_a_header() {
        let secret = Secret::new("canary");
        assert_eq!(format!("{secret:?}"), "Secret");
        assert_eq!(secret.bearer(), "Bearer canary");
        assert_eq!(Secret::basic("id", "canary").reveal(), "Basic aWQ6Y2FuYXJ5");
    }
}
