//! Who signs: a private key and the certificates that speak for it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

use crate::{Error, certificate};

/// Signs marks with ECDSA on P-256 (ES256).
pub struct Signer {
    key: EcdsaKeyPair,
    certificates: Vec<Vec<u8>>,
}

impl Signer {
    /// Certificates and private key out of a PEM text, in any order; of the certificates the key's own is the first, and
    /// each further one speaks for that before it.
    ///
    /// # Errors
    /// Unless there is one fitting key and its certificate.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        let certificates = blocks(text, "CERTIFICATE")?;
        let keys = blocks(text, "PRIVATE KEY")?;
        let first = certificates.first().ok_or(Error::NoCertificate)?;
        let [key] = &keys[..] else { return Err(Error::NoKey) };
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key, &SystemRandom::new())
            .map_err(|_| Error::KeyKind)?;
        let public = key.public_key().as_ref();
        if !first.windows(public.len()).any(|part| part == public) {
            return Err(Error::OtherKey);
        }
        Ok(Self { key, certificates })
    }

    /// When the first of the certificates ends: the digits of year, month, day, hour, minute and second (UTC), as
    /// 20271231235959; nothing where that cannot be read of one. For one of [`crate::self_made`] that is the last second of
    /// the year 9999.
    pub fn ends(&self) -> Option<String> {
        let ends: Option<Vec<String>> = self.certificates.iter().map(|one| certificate::ends(one)).collect();
        // As many digits in each: they are in the order of the times.
        ends?.into_iter().min()
    }

    /// The certificates, the key's own first.
    pub(crate) fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = self.key.sign(&SystemRandom::new(), message).map_err(|_| Error::Signing)?;
        Ok(signature.as_ref().to_vec())
    }
}

/// Without the key.
impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({} certificates)", self.certificates.len())
    }
}

/// The blocks of a kind in a PEM text (RFC 7468), in their order.
fn blocks(text: &str, label: &str) -> Result<Vec<Vec<u8>>, Error> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let block = |rest: &str| {
        let (inside, _) = rest.split_once(&end).ok_or(Error::Pem)?;
        let inside: String = inside.split_whitespace().collect();
        STANDARD.decode(inside).map_err(|_| Error::Pem)
    };
    text.split(&begin).skip(1).map(block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::self_made;

    #[test]
    fn only_a_key_with_its_own_certificate_is_taken() {
        let (one, other) = (self_made().unwrap(), self_made().unwrap());
        assert_eq!(Signer::from_pem(&one).unwrap().ends().as_deref(), Some("99991231235959"));
        let why = |text: &str| Signer::from_pem(text).unwrap_err();
        let part = |text: &str, label: &str| {
            let from = text.find(&format!("-----BEGIN {label}")).unwrap();
            let end = format!("-----END {label}-----\n");
            text[from..text.find(&end).unwrap() + end.len()].to_owned()
        };
        assert_eq!(why(""), Error::NoCertificate);
        assert_eq!(why(&part(&one, "CERTIFICATE")), Error::NoKey);
        assert_eq!(why(&(one.clone() + &other)), Error::NoKey);
        let mixed = part(&one, "CERTIFICATE") + &part(&other, "PRIVATE KEY");
        assert_eq!(why(&mixed), Error::OtherKey);
        // What follows the key's own is a chain.
        assert!(Signer::from_pem(&(one.clone() + &part(&other, "CERTIFICATE"))).is_ok());
        assert_eq!(why(&one.replace("-----END PRIVATE KEY-----", "")), Error::Pem);
        let broken = one.replace("-----BEGIN PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY-----\nAAAA");
        assert_eq!(why(&broken), Error::KeyKind);
        assert!(!format!("{:?}", Signer::from_pem(&one).unwrap()).contains("key"));
    }
}
