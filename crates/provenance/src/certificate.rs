//! A certificate that an installation makes for itself, so that its films are marked from the first day on. It proves
//! that a film was not changed since; whose it is, only a certificate of an authority proves, which an operator may have.
//! Of such a one the end can be read.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

use crate::{Error, MAKER, der};

// Object identifiers, as they stand in DER.
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const ORGANISATION: &[u8] = &[0x55, 0x04, 0x0a];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 0x0e];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const AUTHORITY_KEY_ID: &[u8] = &[0x55, 0x1d, 0x23];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
/// Protecting mails: of the uses that C2PA takes the one that its readers know without being told.
const EMAIL_PROTECTION: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x04];

/// The tag of the version, which begins a certificate.
const VERSION: u8 = 0xa0;

/// From the start of time to no end (RFC 5280, 4.1.2.5): nobody renews it, and it does not tell when it was made.
const FROM: &[u8] = b"200101000000Z";
const UNTIL: &[u8] = b"99991231235959Z";

/// A new key and its certificate, as PEM. The key is as secret as any.
///
/// # Errors
/// [`Error::Signing`] when the system has no randomness to give.
pub fn self_made() -> Result<String, Error> {
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
    let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).map_err(|_| Error::Signing)?;
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).map_err(|_| Error::Signing)?;
    let mut serial = [0; 16];
    random.fill(&mut serial).map_err(|_| Error::Signing)?;
    // Positive, and without a leading zero.
    serial[0] = (serial[0] & 0x3f) | 0x40;

    let body = body(&serial, pair.public_key().as_ref());
    let signature = pair.sign(&random, &body).map_err(|_| Error::Signing)?;
    let certificate = der::sequence([body, algorithm_id(), der::bits(signature.as_ref())]);
    Ok(pem("CERTIFICATE", &certificate) + &pem("PRIVATE KEY", key.as_ref()))
}

/// When a certificate ends: the digits of year, month, day, hour, minute and second (UTC), as 20271231235959, whether or not
/// there is such a time. Nothing where that cannot be read.
pub(crate) fn ends(certificate: &[u8]) -> Option<String> {
    let (_, certificate, _) = der::first(certificate)?;
    let (_, mut body, _) = der::first(certificate)?;
    // The version, which the oldest leave out; the serial number, the algorithm, the issuer.
    if body.first() == Some(&VERSION) {
        (_, _, body) = der::first(body)?;
    }
    for _ in 0..3 {
        (_, _, body) = der::first(body)?;
    }
    let (_, validity, _) = der::first(body)?;
    let (_, _, until) = der::first(validity)?;
    let (kind, until, _) = der::first(until)?;
    let until = std::str::from_utf8(until).ok()?.strip_suffix('Z')?;
    let century = match kind {
        // Two digits of the year: from 50 on they are of the last century (RFC 5280, 4.1.2.5.1).
        der::UTC_TIME if until < "50" => "20",
        der::UTC_TIME => "19",
        der::GENERALIZED_TIME => "",
        _ => return None,
    };
    let digits = format!("{century}{until}");
    (digits.len() == 14 && digits.bytes().all(|digit| digit.is_ascii_digit())).then_some(digits)
}

/// What is signed (RFC 5280, 4.1), with the extensions that C2PA asks for (14.5.1).
fn body(serial: &[u8], public: &[u8]) -> Vec<u8> {
    let name =
        der::sequence([part_of_name(ORGANISATION, MAKER), part_of_name(COMMON_NAME, "Mini Studio films")]);
    let key_id = &digest::digest(&digest::SHA256, public).as_ref()[..20].to_vec();
    let extensions = der::sequence([
        extension(BASIC_CONSTRAINTS, true, &der::sequence([])),
        // Bit 0: digital signatures.
        extension(KEY_USAGE, true, &der::value(der::BIT_STRING, &[7, 0x80])),
        extension(EXTENDED_KEY_USAGE, false, &der::sequence([id(EMAIL_PROTECTION)])),
        extension(SUBJECT_KEY_ID, false, &der::value(der::OCTET_STRING, key_id)),
        extension(AUTHORITY_KEY_ID, false, &der::sequence([der::value(0x80, key_id)])),
    ]);
    der::sequence([
        // Version 3.
        der::value(VERSION, &der::value(der::INTEGER, &[2])),
        der::value(der::INTEGER, serial),
        algorithm_id(),
        name.clone(),
        der::sequence([der::value(der::UTC_TIME, FROM), der::value(der::GENERALIZED_TIME, UNTIL)]),
        name,
        der::sequence([der::sequence([id(EC_PUBLIC_KEY), id(P256)]), der::bits(public)]),
        der::value(0xa3, &extensions),
    ])
}

fn id(id: &[u8]) -> Vec<u8> {
    der::value(der::OBJECT_ID, id)
}

fn algorithm_id() -> Vec<u8> {
    der::sequence([id(ECDSA_WITH_SHA256)])
}

fn part_of_name(kind: &[u8], text: &str) -> Vec<u8> {
    der::value(der::SET, &der::sequence([id(kind), der::value(der::UTF8_STRING, text.as_bytes())]))
}

fn extension(kind: &[u8], critical: bool, contents: &[u8]) -> Vec<u8> {
    let critical = if critical { der::value(der::BOOLEAN, &[0xff]) } else { Vec::new() };
    der::sequence([id(kind), critical, der::value(der::OCTET_STRING, contents)])
}

fn pem(label: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_certificate_is_read_in_either_form() {
        let time = |kind: u8, time: &str| {
            let until = der::value(kind, time.as_bytes());
            let validity = der::sequence([der::value(der::UTC_TIME, FROM), until]);
            let number = || der::value(der::INTEGER, &[1]);
            let (new, old) = (der::value(VERSION, &number()), Vec::new());
            let [new, old] = [new, old].map(|version| {
                let name = der::sequence([]);
                let body = [version, number(), algorithm_id(), name, validity.clone()].concat();
                ends(&der::sequence([der::value(der::SEQUENCE, &body), algorithm_id(), der::bits(&[])]))
            });
            assert_eq!(new, old, "with a version or without");
            new
        };
        for (kind, until, digits) in [
            (der::UTC_TIME, "700101000000Z", "19700101000000"),
            (der::UTC_TIME, "491231235959Z", "20491231235959"),
            (der::UTC_TIME, "500101000000Z", "19500101000000"),
            (der::GENERALIZED_TIME, "20500301000000Z", "20500301000000"),
            (der::GENERALIZED_TIME, "99991231235959Z", "99991231235959"),
        ] {
            assert_eq!(time(kind, until).as_deref(), Some(digits));
        }
        for unreadable in ["270501120000", "2705011200Z", "27050112000xZ", "Z", ""] {
            assert_eq!(time(der::UTC_TIME, unreadable), None, "{unreadable}");
        }
        assert_eq!(time(der::OCTET_STRING, "270501120000Z"), None);
        assert_eq!(ends(b"no certificate"), None);
    }
}
