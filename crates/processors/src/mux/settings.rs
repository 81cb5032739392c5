//! What is set for Mux. It must not know where that stands.

use std::time::Duration;

use egress::RetryPolicy;

use crate::Secret;

/// How much Mux makes of a film (`video_quality`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quality {
    /// Least to pay.
    Basic,
    /// More renditions.
    Plus,
    /// The most.
    Premium,
}

impl Quality {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Plus => "plus",
            Self::Premium => "premium",
        }
    }
}

/// Settings of an environment at Mux.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Id of the access token.
    pub token_id: String,
    /// Its secret.
    pub token_secret: Secret,
    /// Secrets that webhooks are signed with; two while one takes the other's place.
    pub webhook_secrets: Vec<Secret>,
    /// How much is made of a film.
    pub quality: Quality,
    /// Whether assets are for trying only: Mux marks them and deletes them after a day.
    pub test: bool,
    /// The site that a direct upload comes from, such as `https://films.example.org`.
    pub cors_origin: String,
    /// Time for one call.
    pub timeout: Duration,
    /// How calls are repeated that may arrive twice.
    pub retry: RetryPolicy,
    /// Pages of 100 assets that are looked through for a passthrough, newest first.
    pub pages_max: u32,
}

impl Settings {
    /// With an access token, the secret of the webhooks and the site; the rest as usual.
    pub fn new(token_id: String, token_secret: Secret, webhook_secret: Secret, cors_origin: String) -> Self {
        Self {
            token_id,
            token_secret,
            webhook_secrets: vec![webhook_secret],
            quality: Quality::Basic,
            test: false,
            cors_origin,
            timeout: Duration::from_secs(30),
            retry: RetryPolicy::default(),
            pages_max: 5,
        }
    }

    /// The header `authorization`.
    pub(super) fn basic(&self) -> Secret {
        Secret::basic(&self.token_id, self.token_secret.reveal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_printed() {
        let secret = || Secret::new("canary");
        let settings = Settings::new("id".into(), secret(), secret(), "https://films.example.org".into());
        assert!(!format!("{settings:?}").contains("canary"));
        assert_eq!(settings.basic().reveal(), "Basic aWQ6Y2FuYXJ5");
    }
}
