//! Which post delivers mails: the local outbox, or the operator's mail server.

use std::sync::Arc;

use anyhow::{Context, bail};
use egress::{MailServer, Reroute};
use processors::{Dkim, LocalOutbox, Post, SmtpPost};

use crate::config::Settings;

/// The post as it is set. `environment` holds the password.
///
/// # Errors
/// When half of it is missing, in one sentence.
pub fn post(
    settings: &Settings,
    environment: impl Fn(&str) -> Option<String>,
) -> anyhow::Result<Arc<dyn Post>> {
    let Settings {
        smtp, smtp_password_variable, mail_from, dkim_selector, dkim_domain, dkim_key_file, ..
    } = settings;
    let key = [dkim_selector.is_empty(), dkim_domain.is_empty(), dkim_key_file.as_os_str().is_empty()];
    if smtp.is_empty() {
        let without = [smtp_password_variable.is_empty(), mail_from.is_empty()];
        if without.iter().chain(&key).any(|is_empty| !is_empty) {
            bail!(
                "The configuration says how mails are sent but not by which mail server: set `smtp`, or none of it."
            );
        }
        return Ok(Arc::new(LocalOutbox));
    }
    if mail_from.is_empty() {
        bail!("The configuration names a mail server but not whom mails are from: set `mail_from`.");
    }
    let password = match smtp_password_variable.as_str() {
        "" => None,
        name => match environment(name).filter(|password| !password.is_empty()) {
            Some(password) => Some(password),
            None => bail!("The password of the mail server is missing: set the environment variable {name}."),
        },
    };
    let server = MailServer::new(smtp, password, Reroute::default())
        .context("Look at `smtp` and `smtp_password_variable` in the configuration")?;
    let dkim = match key {
        [true, true, true] => None,
        [false, false, false] => {
            let pem = std::fs::read_to_string(dkim_key_file).with_context(|| {
                format!("cannot read the key for signing mails, {}", dkim_key_file.display())
            })?;
            Some(
                Dkim::new(dkim_selector, dkim_domain, &pem)
                    .context("Look at `dkim_…` in the configuration")?,
            )
        }
        _ => bail!(
            "Signing mails is half configured: set `dkim_selector`, `dkim_domain` and `dkim_key_file`, or none of them."
        ),
    };
    Ok(Arc::new(SmtpPost::new(server, mail_from, dkim).context("Look at `mail_from` in the configuration")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of settings; nothing when they do.
    fn said(set: impl Fn(&mut Settings)) -> String {
        let mut settings = Settings::default();
        set(&mut settings);
        let environment = |name: &str| (name == "MAIL_PASSWORD").then(|| "secret".to_owned());
        post(&settings, environment).err().map_or_else(String::new, |error| format!("{error:#}"))
    }

    #[test]
    fn nothing_set_keeps_mails_here() {
        assert!(post(&Settings::default(), |_| None).unwrap().is_local());
    }

    #[test]
    fn half_a_configuration_is_refused_in_a_sentence() {
        let whole = |settings: &mut Settings| {
            settings.smtp = "smtps://films@mail.example.org".into();
            settings.smtp_password_variable = "MAIL_PASSWORD".into();
            settings.mail_from = "films@example.org".into();
        };
        assert_eq!(said(whole), "");
        type Break = fn(&mut Settings);
        let broken: [(Break, &str); 8] = [
            (|s| s.smtp.clear(), "set `smtp`"),
            (|s| s.smtp = "mail.example.org".into(), "smtps://USER@HOST:465"),
            (|s| s.mail_from.clear(), "set `mail_from`"),
            (|s| s.mail_from = "films".into(), "none: films"),
            (|s| s.smtp_password_variable.clear(), "both a user in its address and a password"),
            (|s| s.smtp_password_variable = "NOWHERE".into(), "environment variable NOWHERE"),
            (|s| s.dkim_selector = "films2026".into(), "half configured"),
            (
                |s| {
                    s.dkim_selector = "films2026".into();
                    s.dkim_domain = "example.org".into();
                    s.dkim_key_file = "/nowhere/key.pem".into();
                },
                "/nowhere/key.pem",
            ),
        ];
        for (wrong, sentence) in broken {
            let said = said(|settings| {
                whole(settings);
                wrong(settings);
            });
            assert!(said.contains(sentence) && !said.contains("secret"), "{said}");
        }
    }
}
