//! Our account at Clerk, as the configuration has it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_PAD_INDIFFERENT;
use egress::Egress;
use policy::ProcessorId;
use serde::Deserialize;

use super::roles::{AtClerk, Pages};
use super::{Clerk, ClerkSettings};
use crate::Secret;
use crate::connected::{self, Connected};
use crate::setting::Setting;

/// The cookie that holds a session token where the operator's pages share an origin with Clerk's script.
const SESSION_COOKIE: &str = "__session";

/// The fields. Keys and secrets are shown nowhere: there is no `Debug`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    /// `sk_…`, for calls.
    secret_key: Secret,
    /// `pk_…`; it names the host of the instance's pages.
    publishable_key: Option<String>,
    /// The origin of the instance's pages, in place of the one that the publishable key names.
    frontend: Option<String>,
    /// The origin of the page to sign in on, where it is not the usual one.
    portal: Option<String>,
    /// Our own origins: a token that was made for another site is refused.
    authorised_parties: Setting<Vec<String>>,
    /// `whsec_…`, of the webhooks' endpoint.
    webhook_secret: Secret,
    /// The name of the cookie with the session token.
    session_cookie: Option<String>,
}

/// The origins of this site.
fn origins(setting: Setting<Vec<String>>) -> Result<Vec<String>, String> {
    let wrong = "authorised_parties must name the origins of this site, such as https://films.example";
    let origins: Option<Vec<String>> = setting.several(wrong)?.iter().map(|party| origin(party)).collect();
    origins.ok_or_else(|| wrong.to_owned())
}

impl connected::Account for Account {
    fn connect(self, egress: &Egress, to: &mut Connected) -> Result<(), String> {
        if !self.secret_key.reveal().starts_with("sk_") {
            return Err("secret_key must be the instance's secret key, sk_…".to_owned());
        }
        let frontend = match (&self.frontend, &self.publishable_key) {
            (Some(frontend), _) => origin(frontend).ok_or("frontend must be an origin, https://…")?,
            (None, Some(key)) => {
                let host = host_in(key).ok_or("publishable_key must be the instance's key, pk_…")?;
                format!("https://{host}")
            }
            (None, None) => {
                return Err("publishable_key is missing (or frontend, the pages' origin)".to_owned());
            }
        };
        let portal = match &self.portal {
            Some(portal) => origin(portal).ok_or("portal must be an origin, https://…")?,
            None => usual_portal(&frontend),
        };
        let parties = origins(self.authorised_parties)?;
        let settings = ClerkSettings::new(self.secret_key, self.webhook_secret.reveal(), &frontend, parties)
            .map_err(|error| format!("webhook_secret: {error}"))?;
        let session_cookie = self.session_cookie.unwrap_or_else(|| SESSION_COOKIE.to_owned());
        let pages = Pages { frontend, portal, session_cookie };
        let clerk = Arc::new(AtClerk::new(Clerk::new(egress.clone(), settings), pages));
        to.sign_in = Some(clerk.clone());
        to.erases.insert(ProcessorId::Clerk, clerk.clone());
        to.checks.insert(ProcessorId::Clerk, clerk.clone());
        to.hooks.insert(ProcessorId::Clerk, clerk);
        Ok(())
    }
}

/// The origin that a text is: with TLS, or on this machine for trials.
fn origin(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('/');
    let (scheme, host) = text.split_once("://")?;
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
    let bare = host.split(':').next().unwrap_or_default();
    let is_here = matches!(bare, "localhost" | "127.0.0.1");
    let is_good =
        !bare.is_empty() && host.chars().all(is_host) && (scheme == "https" || scheme == "http" && is_here);
    is_good.then(|| format!("{scheme}://{host}").to_lowercase())
}

/// The host in a publishable key: `pk_live_` or `pk_test_`, and in base64 the host and `$`.
fn host_in(key: &str) -> Option<String> {
    let coded = key.strip_prefix("pk_live_").or_else(|| key.strip_prefix("pk_test_"))?;
    let host = String::from_utf8(STANDARD_PAD_INDIFFERENT.decode(coded).ok()?).ok()?;
    let origin = origin(&format!("https://{}", host.strip_suffix('$')?))?;
    origin.strip_prefix("https://").map(str::to_owned)
}

/// Where an instance has its page to sign in on, unless it is told otherwise.
fn usual_portal(frontend: &str) -> String {
    match frontend.strip_prefix("https://clerk.") {
        Some(domain) => format!("https://accounts.{domain}"),
        None => frontend.replace(".clerk.accounts.dev", ".accounts.dev"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_are_found_by_the_publishable_key() {
        let key = |prefix: &str, host: &str| format!("{prefix}{}", STANDARD_PAD_INDIFFERENT.encode(host));
        let live = host_in(&key("pk_live_", "clerk.films.example$")).unwrap();
        assert_eq!(live, "clerk.films.example");
        assert_eq!(usual_portal(&format!("https://{live}")), "https://accounts.films.example");
        let test = host_in(&key("pk_test_", "quick-snail-1.clerk.accounts.dev$")).unwrap();
        assert_eq!(usual_portal(&format!("https://{test}")), "https://quick-snail-1.accounts.dev");
        for wrong in
            ["", "pk_live_", "sk_live_x", &key("pk_live_", "no-end.example"), &key("pk_live_", "a/b$")]
        {
            assert_eq!(host_in(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_origin_has_tls_or_is_this_machine() {
        assert_eq!(origin("https://Films.example/").as_deref(), Some("https://films.example"));
        assert_eq!(origin("http://127.0.0.1:8420").as_deref(), Some("http://127.0.0.1:8420"));
        for wrong in
            ["http://films.example", "films.example", "https://films.example/a", "https://a@b", "https://"]
        {
            assert_eq!(origin(wrong), None, "{wrong}");
        }
        let read = |text: &str| origins(Setting::Said(text.to_owned()));
        assert!(read(" , ").is_err() && read("https://a.example, b.example").is_err());
        let two = read("https://a.example, https://b.example").unwrap();
        assert_eq!(two, ["https://a.example", "https://b.example"]);
    }
}
