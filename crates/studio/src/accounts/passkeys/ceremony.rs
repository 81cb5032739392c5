//! What a browser answers when a passkey is made or used, checked as Web Authentication Level 3 says (sections 7.1
//! and 7.2). Pure: bytes in, yes or no out.
//!
//! No attestation is asked for, so the public key may be taken as the browser hands it out
//! (`getPublicKey()`, SubjectPublicKeyInfo): what the signed statement would add is who built the authenticator,
//! which nobody here wants to know. Signatures are checked by `ring`.

use ring::{digest, signature};
use serde::Deserialize;

/// The site that a passkey belongs to, as browsers know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeySite {
    /// The relying party's id: a host name without port. An address in digits has no passkeys.
    pub id: String,
    /// The origin of our pages, such as `https://films.example`.
    pub origin: String,
}

/// What was asked of the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// To make a passkey.
    Create,
    /// To use one.
    Get,
}

/// What is wrong with an answer; for the operator only.
pub(super) type Wrong = &'static str;

/// Present, and it was verified who it is (by a finger, a face, a number): a passkey stands alone, so both are
/// needed. Then, whether the answer holds a new credential.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const NEW_CREDENTIAL: u8 = 0x40;

/// How each kind of key begins in DER (RFC 5280, 5480, 8410).
const ES256: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
const ED25519: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";
const RSA_2048: &[u8] =
    b"\x30\x82\x01\x22\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03\x82\x01\x0f\x00";

#[derive(Deserialize)]
struct ClientData {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: bool,
}

/// The challenge that an answer is to.
pub(super) fn challenge_of(client_data: &[u8]) -> Result<String, Wrong> {
    Ok(read(client_data)?.challenge)
}

/// Checks what the browser says of itself: what was done, and on which page.
pub(super) fn check_client(client_data: &[u8], asked: Asked, site: &PasskeySite) -> Result<(), Wrong> {
    let said = read(client_data)?;
    let wanted = if asked == Asked::Create { "webauthn.create" } else { "webauthn.get" };
    if said.r#type != wanted {
        return Err("it is an answer to another question");
    }
    if said.origin != site.origin || said.cross_origin {
        return Err("it comes from another page");
    }
    Ok(())
}

fn read(client_data: &[u8]) -> Result<ClientData, Wrong> {
    serde_json::from_slice(client_data).map_err(|_| "the client's data cannot be read")
}

/// What the authenticator says: how often it signed, and the id of a credential that it made.
pub(super) fn authenticator<'a>(
    data: &'a [u8],
    site: &PasskeySite,
) -> Result<(u32, Option<&'a [u8]>), Wrong> {
    let short = "the authenticator's data are too short";
    let (site_hash, rest) = data.split_first_chunk::<32>().ok_or(short)?;
    let (flags, rest) = rest.split_first().ok_or(short)?;
    let (signed, rest) = rest.split_first_chunk::<4>().ok_or(short)?;
    if digest::digest(&digest::SHA256, site.id.as_bytes()).as_ref() != site_hash {
        return Err("it is for another site");
    }
    if flags & PRESENT == 0 || flags & VERIFIED == 0 {
        return Err("it was not verified who it is");
    }
    let credential = if flags & NEW_CREDENTIAL == 0 {
        None
    } else {
        // The model of the authenticator is skipped.
        let (length, rest) = rest.get(16..).and_then(<[u8]>::split_first_chunk::<2>).ok_or(short)?;
        Some(rest.get(..usize::from(u16::from_be_bytes(*length))).ok_or(short)?)
    };
    Ok((u32::from_be_bytes(*signed), credential))
}

/// A kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Es256,
    Ed25519,
    Rsa2048,
}

/// Whether a public key is of a kind that signatures can be checked with.
pub(super) fn is_known_key(public_key: &[u8]) -> bool {
    match kind(public_key) {
        // A point of the curve, not packed.
        Some((Kind::Es256, key)) => key.len() == 65 && key[0] == 4,
        Some((Kind::Ed25519, key)) => key.len() == 32,
        Some((Kind::Rsa2048, key)) => key.len() > 256,
        None => false,
    }
}

fn kind(public_key: &[u8]) -> Option<(Kind, &[u8])> {
    let kinds = [(ES256, Kind::Es256), (ED25519, Kind::Ed25519), (RSA_2048, Kind::Rsa2048)];
    kinds.into_iter().find_map(|(head, kind)| Some((kind, public_key.strip_prefix(head)?)))
}

/// Checks a signature over what authenticator and client say.
pub(super) fn check_signature(
    public_key: &[u8],
    authenticator_data: &[u8],
    client_data: &[u8],
    signed: &[u8],
) -> Result<(), Wrong> {
    let (kind, key) = kind(public_key).ok_or("the key is of an unknown kind")?;
    let algorithm: &dyn signature::VerificationAlgorithm = match kind {
        Kind::Es256 => &signature::ECDSA_P256_SHA256_ASN1,
        Kind::Ed25519 => &signature::ED25519,
        Kind::Rsa2048 => &signature::RSA_PKCS1_2048_8192_SHA256,
    };
    let hash = digest::digest(&digest::SHA256, client_data);
    let message = [authenticator_data, hash.as_ref()].concat();
    signature::UnparsedPublicKey::new(algorithm, key)
        .verify(&message, signed)
        .map_err(|_| "the signature is not that of the key")
}

/// An authenticator for tests: makes passkeys and uses them, with any answer bent as told.
#[cfg(test)]
pub(super) mod testing {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

    use super::*;

    pub struct Authenticator {
        pair: EcdsaKeyPair,
        pub credential: Vec<u8>,
        pub signed: u32,
        pub flags: u8,
        pub site: PasskeySite,
    }

    impl Authenticator {
        pub fn new(site: &PasskeySite) -> Self {
            let random = SystemRandom::new();
            let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref(), &random)
                .unwrap();
            let credential = pair.public_key().as_ref()[1..17].to_vec();
            Self { pair, credential, signed: 0, flags: PRESENT | VERIFIED, site: site.clone() }
        }

        pub fn public_key(&self) -> Vec<u8> {
            [ES256, self.pair.public_key().as_ref()].concat()
        }

        pub fn client_data(&self, asked: Asked, challenge: &str) -> Vec<u8> {
            let kind = if asked == Asked::Create { "webauthn.create" } else { "webauthn.get" };
            let data = serde_json::json!({"type": kind, "challenge": challenge, "origin": self.site.origin, "crossOrigin": false});
            data.to_string().into_bytes()
        }

        pub fn data(&self, new: bool) -> Vec<u8> {
            let mut data = digest::digest(&digest::SHA256, self.site.id.as_bytes()).as_ref().to_vec();
            data.push(self.flags | if new { NEW_CREDENTIAL } else { 0 });
            data.extend(self.signed.to_be_bytes());
            if new {
                data.extend([0; 16]);
                data.extend((self.credential.len() as u16).to_be_bytes());
                data.extend(&self.credential);
                // The key follows, in CBOR; nobody reads it here.
                data.push(0xa0);
            }
            data
        }

        pub fn sign(&self, authenticator_data: &[u8], client_data: &[u8]) -> Vec<u8> {
            let hash = digest::digest(&digest::SHA256, client_data);
            let message = [authenticator_data, hash.as_ref()].concat();
            self.pair.sign(&SystemRandom::new(), &message).unwrap().as_ref().to_vec()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::Authenticator;
    use super::*;

    fn site() -> PasskeySite {
        PasskeySite { id: "films.example".into(), origin: "https://films.example".into() }
    }

    #[test]
    fn an_answer_counts_for_its_page_its_question_and_its_site_alone() {
        let key = Authenticator::new(&site());
        let said = key.client_data(Asked::Get, "abc");
        assert_eq!(challenge_of(&said), Ok("abc".into()));
        assert_eq!(check_client(&said, Asked::Get, &site()), Ok(()));
        assert!(check_client(&said, Asked::Create, &site()).is_err());
        let elsewhere = PasskeySite { origin: "https://evil.example".into(), ..site() };
        assert!(check_client(&said, Asked::Get, &elsewhere).is_err());
        let framed = String::from_utf8(said.clone()).unwrap().replace("false", "true");
        assert!(check_client(framed.as_bytes(), Asked::Get, &site()).is_err());
        assert!(check_client(b"{}", Asked::Get, &site()).is_err());

        let data = key.data(true);
        assert_eq!(authenticator(&data, &site()), Ok((0, Some(&key.credential[..]))));
        assert!(authenticator(&data, &PasskeySite { id: "example".into(), ..site() }).is_err());
        for cut in 0..55 + key.credential.len() {
            assert!(authenticator(&data[..cut], &site()).is_err(), "{cut}");
        }
        for flags in [0, PRESENT, VERIFIED] {
            let mut asleep = Authenticator::new(&site());
            asleep.flags = flags;
            assert!(authenticator(&asleep.data(false), &site()).is_err());
        }
    }

    #[test]
    fn only_the_key_itself_signs() {
        let (key, other) = (Authenticator::new(&site()), Authenticator::new(&site()));
        let (said, data) = (key.client_data(Asked::Get, "abc"), key.data(false));
        let signed = key.sign(&data, &said);
        assert_eq!(check_signature(&key.public_key(), &data, &said, &signed), Ok(()));
        assert!(check_signature(&other.public_key(), &data, &said, &signed).is_err());
        assert!(check_signature(&key.public_key(), &data, b"{}", &signed).is_err());
        assert!(check_signature(&key.public_key(), &key.data(true), &said, &signed).is_err());
        assert!(is_known_key(&key.public_key()));
        assert!(!is_known_key(&key.public_key()[..90]) && !is_known_key(b"") && !is_known_key(&[0x30; 91]));
    }
}
