//! What signing shares, for processors and by them: keys as they are written down, RSA, tokens, hexadecimal digits, and
//! the signature of a webhook with a time in it. The cryptography is ring's.
//!
//! It must not know any vendor, nor any clock.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use crate::Secret;

/// How far the time of what was signed may be from now, both ways, in seconds: what is played again later counts for
/// nothing.
pub(crate) const REPLAY_WINDOW_S: i64 = 300;
/// Signatures of one header that are looked at: there is one for each secret that is valid.
const SIGNATURES_MAX: usize = 16;

/// Why a signature counts for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unproven {
    /// There is none, or none of the form.
    Unsigned,
    /// No secret of ours made it.
    Forged,
    /// It is from before the window.
    TooOld,
    /// It is from after the window.
    FromTheFuture,
}

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

/// Whether one of the secrets signed a body within the window around `now_s` (seconds since 1970). The header is
/// `t=SECONDS,v1=HEX[,v1=HEX]`, each signature an HMAC-SHA256 over `SECONDS.BODY`, the body as it came, with the whole
/// text of a secret as its key.
pub(crate) fn timestamped_hmac(
    secrets: &[Secret],
    header: &str,
    body: &[u8],
    now_s: i64,
) -> Result<(), Unproven> {
    let (mut time, mut tags) = (None, Vec::new());
    for part in header.split(',') {
        match part.trim().split_once('=') {
            // A second time would leave open which one is meant.
            Some(("t", _)) if time.is_some() => return Err(Unproven::Unsigned),
            Some(("t", text)) => time = Some(text),
            Some(("v1", text)) if tags.len() < SIGNATURES_MAX => tags.extend(tag(text)),
            _ => {}
        }
    }
    let time = time.ok_or(Unproven::Unsigned)?;
    let is_number = time.bytes().all(|byte| byte.is_ascii_digit());
    let at_s: i64 = time.parse().ok().filter(|_| is_number).ok_or(Unproven::Unsigned)?;
    if tags.is_empty() {
        return Err(Unproven::Unsigned);
    }
    let signed = [time.as_bytes(), b".", body].concat();
    let is_by = |secret: &Secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes());
        // ring compares in constant time.
        tags.iter().any(|tag| hmac::verify(&key, &signed, tag).is_ok())
    };
    // An empty secret is none: everybody has it.
    if !secrets.iter().filter(|secret| !secret.reveal().is_empty()).any(is_by) {
        return Err(Unproven::Forged);
    }
    match now_s.saturating_sub(at_s) {
        age if age > REPLAY_WINDOW_S => Err(Unproven::TooOld),
        age if age < -REPLAY_WINDOW_S => Err(Unproven::FromTheFuture),
        _ => Ok(()),
    }
}

/// A signature of SHA-256: 64 small hexadecimal digits. Another one is not read.
fn tag(text: &str) -> Option<Vec<u8>> {
    let is_small = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (text.len() == 64 && text.bytes().all(is_small)).then(|| unhex(text)).flatten()
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

    const NOW_S: i64 = 1_790_000_000;

    #[test]
    fn a_signature_is_small_hexadecimal_digits() {
        assert_eq!(tag(&"0f".repeat(32)), Some(vec![15; 32]));
        for (wrong, times) in [("", 1), ("0f", 1), ("0F", 32), ("0g", 32), ("ü", 32)] {
            assert_eq!(tag(&wrong.repeat(times)), None, "{wrong}");
        }
    }

    /// The header for a body of `{}`.
    fn signed(secret: &str, time: &str) -> String {
        let text = format!("{time}.{{}}");
        let tag = hex(&hmac(hmac::HMAC_SHA256, &Secret::new(secret), text.as_bytes()));
        format!("t={time},v1={tag}")
    }

    #[test]
    fn a_webhook_counts_within_the_window_and_by_a_secret_of_ours() {
        let judged = |secret: &str, header: &str, now_s| {
            timestamped_hmac(&[Secret::new("other"), Secret::new(secret)], header, b"{}", now_s)
        };
        for time in ["", "+1790000000", "-1", "1e9", "1790000000.0", " 1790000000"] {
            assert_eq!(judged("s", &signed("s", time), NOW_S), Err(Unproven::Unsigned), "{time}");
        }
        let good = signed("s", "1790000000");
        assert_eq!(judged("s", &good, NOW_S), Ok(()));
        assert_eq!(judged("s", &good, NOW_S + REPLAY_WINDOW_S), Ok(()));
        assert_eq!(judged("s", &good, NOW_S + REPLAY_WINDOW_S + 1), Err(Unproven::TooOld));
        assert_eq!(judged("s", &good, NOW_S - REPLAY_WINDOW_S - 1), Err(Unproven::FromTheFuture));
        assert_eq!(judged("s", &format!("t=1,{good}"), NOW_S), Err(Unproven::Unsigned), "two times");
        assert_eq!(judged("s", &good.to_uppercase(), NOW_S), Err(Unproven::Unsigned));
        let others = format!(",v1={}", "00".repeat(32)).repeat(SIGNATURES_MAX);
        let many = good.replacen(",v1=", &format!("{others},v1="), 1);
        assert_eq!(judged("s", &many, NOW_S), Err(Unproven::Forged), "not all of them are looked at");
        assert_eq!(judged("", &signed("", "1790000000"), NOW_S), Err(Unproven::Forged), "everybody has it");
        assert_eq!(timestamped_hmac(&[], &good, b"{}", NOW_S), Err(Unproven::Forged));
    }

    #[test]
    fn hexadecimal_digits_are_read_as_they_are_written() {
        assert_eq!(unhex(&hex(&[0, 15, 255])), Some(vec![0, 15, 255]));
        for wrong in ["0", "0g", "ü", "+1"] {
            assert_eq!(unhex(wrong), None, "{wrong}");
        }
    }
}
