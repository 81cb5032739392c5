//! What is set for ImageKit. It must not know where that stands.

use std::time::Duration;

use egress::RetryPolicy;

use crate::Secret;

/// Settings of an account at ImageKit.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The private key: for the interface, and for signing addresses.
    pub private_key: Secret,
    /// Where pictures are delivered from, without `/` at its end: `https://ik.imagekit.io/ID`.
    pub endpoint: String,
    /// The folder that all films have theirs in; letters, digits and `-`.
    pub root: String,
    /// Secrets that webhooks are signed with (`whsec_…`); two while one takes the other's place.
    pub webhook_secrets: Vec<Secret>,
    /// Time for one call.
    pub timeout: Duration,
    /// How calls are repeated that may arrive twice.
    pub retry: RetryPolicy,
    /// Whether a file is looked at after it was uploaded: one that is not private is an error.
    pub check_private: bool,
    /// Whether `X-RateLimit-Reset` counts milliseconds (assumed) or seconds.
    pub reset_is_ms: bool,
}

impl Settings {
    /// With a private key and the address that pictures are delivered from; the rest as usual.
    pub fn new(private_key: Secret, endpoint: &str) -> Self {
        Self {
            private_key,
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            root: "stills".to_owned(),
            webhook_secrets: Vec::new(),
            timeout: Duration::from_secs(60),
            retry: RetryPolicy::default(),
            check_private: true,
            reset_is_ms: true,
        }
    }

    /// The header `authorization`: the private key is the user, and there is no password.
    pub(super) fn basic(&self) -> Secret {
        Secret::basic(self.private_key.reveal(), "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_printed() {
        let settings = Settings::new(Secret::new("canary"), "https://ik.imagekit.io/x/");
        assert!(!format!("{settings:?}").contains("canary"));
        assert_eq!(settings.endpoint, "https://ik.imagekit.io/x");
        assert_eq!(settings.basic().reveal(), "Basic Y2FuYXJ5Og==");
    }
}
