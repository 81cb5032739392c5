//! E-mail addresses: as people type them, as we store them, as we look them up.

use unicode_normalization::UnicodeNormalization;

use crate::{Error, Result};

/// Longest address, in bytes (RFC 5321).
const BYTES_MAX: usize = 254;

/// An address, normalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Email(String);

impl Email {
    /// Reads an address as typed: trimmed, the domain in lower case. Whether somebody reads mail
    /// there is found out by sending one.
    ///
    /// # Errors
    /// `email-invalid`.
    pub fn parse(typed: &str) -> Result<Self> {
        let wrong =
            || Error::refused("email-invalid", "This does not look like an e-mail address. Please check it.");
        let typed: String = typed.trim().nfc().collect();
        let (local, domain) = typed.rsplit_once('@').ok_or_else(wrong)?;
        let unfit =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | ',' | ';' | '@');
        let labels_ok = domain.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        });
        let local_ok = !local.is_empty() && local.len() <= 64 && !local.contains(unfit);
        if typed.len() > BYTES_MAX || !local_ok || !labels_ok || !domain.contains('.') {
            return Err(wrong());
        }
        Ok(Self(format!("{local}@{}", domain.to_lowercase())))
    }

    /// The address to write to.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it is looked up by. Nearly every provider ignores capitals before the `@`, and
    /// telephones put them there; mail always goes to the address as it was confirmed.
    pub fn look_up(&self) -> Vec<u8> {
        self.0.to_lowercase().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn addresses_are_normalised() {
        let parsed = |typed| Email::parse(typed).unwrap();
        assert_eq!(parsed("  Anna.B@Example.ORG ").as_str(), "Anna.B@example.org");
        assert_eq!(parsed("Anna.B@example.org").look_up(), parsed("anna.b@EXAMPLE.org").look_up());
        assert_ne!(parsed("anna.b@example.org").look_up(), parsed("annab@example.org").look_up());
        assert_eq!(parsed("o'neill+films@mail.example.co.uk").as_str(), "o'neill+films@mail.example.co.uk");
        assert_eq!(parsed("jürgen@müller.example").as_str(), "jürgen@müller.example");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(65));
        for typed in [
            "",
            "anna",
            "@example.org",
            "anna@",
            "anna@example",
            "anna@.org",
            "anna@example..org",
            "a b@example.org",
            "anna@exa mple.org",
            "a@b@example.org",
            "anna@example.org\nBcc: x@y.z",
            "<anna@example.org>",
            "anna@-example.org",
            "anna@example.org,ben@example.org",
            "anna\0@example.org",
            &long,
        ] {
            assert_eq!(Email::parse(typed).unwrap_err().code(), "email-invalid", "{typed:?}");
        }
    }
}
