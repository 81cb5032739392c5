//! What signing for processors shares: keys as they are written down, RSA, tokens, hexadecimal digits. The cryptography
//! is ring's.
//!
//! It must not know any vendor, nor any clock.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use crate::Secret;

/// What stands in a PEM text.
pub(crate) fn der(pem: &str) -> Option<Vec<u8>> {
    let lines = pem.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    STANDARD.decode(lines.collect::<String>()).ok()
}

/// A private RSA key, as PKCS#8 or PKCS#1.
pub(crate) fn rsa_key(der: &[u8]) -> Option<RsaKeyPair> {
    RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)).ok()
}

/// A signature with RSA PKCS#1 v1.5 and SHA-256: the same text gives the same signature.
pub(crate) fn sign_rsa(key: &RsaKeyPair, text: &[u8]) -> Option<Vec<u8>> {
    let mut signature = vec![0; key.public().modulus_len()];
    // What is random blinds the computation and does not show in the signature.
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).ok()?;
    Some(signature)
}

/// An HMAC of a text under a secret.
pub(crate) fn hmac(algorithm: hmac::Algorithm, secret: &Secret, text: &[u8]) -> Vec<u8> {
    let key = hmac::Key::new(algorithm, secret.reveal().as_bytes());
    hmac::sign(&key, text).as_ref().to_vec()
}

/// A JWT (RFC 7519) of a header and claims that are JSON already; `None` when it is not signed.
pub(crate) fn jwt(
    header: impl AsRef<[u8]>,
    claims: impl AsRef<[u8]>,
    sign: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> Option<String> {
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(text.as_bytes())?);
    Some(format!("{text}.{signature}"))
}

/// Bytes in small hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing into a text does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// What hexadecimal digits stand for.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes().chunks(2).map(|pair| Some((digit(pair[0])? << 4) | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_digits_are_read_as_they_are_written() {
        assert_eq!(unhex(&hex(&[0, 15, 255])), Some(vec![0, 15, 255]));
        for wrong in ["0", "0g", "ü", "+1"] {
            assert_eq!(unhex(wrong), None, "{wrong}");
        }
    }
}
