//! Who signs the mark in films' files: the operator's own key, or nobody named here, and then the studio makes one.

use std::path::Path;

use anyhow::{Context, bail};
use provenance::Signer;

use crate::config::Settings;

/// The signer as it is set.
///
/// # Errors
/// When half of it is missing, or key and certificate do not fit, in one sentence.
pub fn signer(settings: &Settings) -> anyhow::Result<Option<Signer>> {
    let (certificate, key) = (&settings.provenance_certificate_file, &settings.provenance_key_file);
    match (certificate.as_os_str().is_empty(), key.as_os_str().is_empty()) {
        (true, true) => Ok(None),
        (false, false) => {
            let pem = [read(certificate, "certificates")?, read(key, "key")?].join("\n");
            let signer = Signer::from_pem(&pem).context("Look at `provenance_…` in the configuration")?;
            Ok(Some(signer))
        }
        _ => bail!(
            "Marking films is half configured: set `provenance_certificate_file` and `provenance_key_file`, or neither."
        ),
    }
}

/// The signer as it is set, or one with a certificate of its own making: for a film that is made without a studio. It
/// proves that the film was not changed since; whose it is, only the studio's own proves.
///
/// # Errors
/// As [`signer`].
pub fn signer_or_self_made(settings: &Settings) -> anyhow::Result<Signer> {
    match signer(settings)? {
        Some(signer) => Ok(signer),
        None => Ok(Signer::from_pem(&provenance::self_made()?)?),
    }
}

fn read(file: &Path, what: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the {what} for marking films, {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_and_certificate_are_both_there_and_fit_or_neither_is() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
        let said = |certificate: &Path, key: &Path| {
            let settings = Settings {
                provenance_certificate_file: certificate.into(),
                provenance_key_file: key.into(),
                ..Settings::default()
            };
            signer(&settings).map(|signer| signer.is_some()).map_err(|error| format!("{error:#}"))
        };
        let nothing = Path::new("");
        assert_eq!(said(nothing, nothing), Ok(false));
        assert!(said(&certificate, nothing).unwrap_err().contains("half configured"));
        assert!(said(&certificate, &key).unwrap_err().contains("cannot read the certificates"));
        let made = provenance::self_made().unwrap();
        let (first, second) = made.split_at(made.find("-----BEGIN PRIVATE KEY").unwrap());
        std::fs::write(&certificate, first).unwrap();
        std::fs::write(&key, second).unwrap();
        assert_eq!(said(&certificate, &key), Ok(true));
        let other = provenance::self_made().unwrap();
        std::fs::write(&key, &other[other.find("-----BEGIN PRIVATE KEY").unwrap()..]).unwrap();
        let why = said(&certificate, &key).unwrap_err();
        assert!(why.contains("provenance_…") && why.contains("not the private key's"), "{why}");
    }
}
