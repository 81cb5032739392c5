//! Signing mails (DKIM, RFC 6376), so that whoever gets one can tell that it is the domain's: `rsa-sha256`, or
//! `ed25519-sha256` (RFC 8463). Header and body count in the relaxed form. The cryptography is ring's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, RsaKeyPair};

use crate::signing;

/// Headers that are signed where they are there. `From` is named twice, so that none can be added.
const SIGNED: [&str; 12] = [
    "from",
    "from",
    "reply-to",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "auto-submitted",
    "list-unsubscribe",
    "list-unsubscribe-post",
];

/// Characters of a signature in one line.
const LINE: usize = 70;

/// A domain's key for signing mails.
pub struct Dkim {
    selector: String,
    domain: String,
    key: Key,
}

enum Key {
    // Boxed: it is large beside the other.
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

/// Why nothing can be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DkimError {
    /// The key is none.
    #[error(
        "the key that mails are signed with is neither an RSA key of 2048 bits or more nor an Ed25519 key (PEM)"
    )]
    Key,
    /// The names do not fit into the domain name system.
    #[error("the selector and domain that mails are signed for must be names of the domain name system")]
    Names,
    /// Signing failed.
    #[error("the mail could not be signed")]
    Signing,
}

impl Dkim {
    /// A key (PEM: PKCS#8, or PKCS#1 for RSA) whose public half is published at `SELECTOR._domainkey.DOMAIN`.
    ///
    /// # Errors
    /// See [`DkimError`].
    pub fn new(selector: &str, domain: &str, pem: &str) -> Result<Self, DkimError> {
        let is_name = |name: &str| {
            let is_label = |label: &str| {
                !label.is_empty()
                    && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            };
            name.split('.').all(is_label)
        };
        if !is_name(selector) || !is_name(domain) {
            return Err(DkimError::Names);
        }
        let (selector, domain) = (selector.to_owned(), domain.to_ascii_lowercase());
        Ok(Self { selector, domain, key: Key::read(pem)? })
    }

    /// A message with its signature in front.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub(crate) fn sign(&self, message: &[u8], at_s: i64) -> Result<Vec<u8>, DkimError> {
        let (headers, body) = parts(message);
        let mut names: Vec<&str> = Vec::new();
        for name in SIGNED {
            let is_there = headers.iter().any(|header| header.0 == name);
            if is_there {
                names.push(name);
            }
        }
        let algorithm = match self.key {
            Key::Rsa(_) => "rsa-sha256",
            Key::Ed25519(_) => "ed25519-sha256",
        };
        let (domain, selector, signed) = (&self.domain, &self.selector, names.join(":"));
        let hash = STANDARD.encode(digest(&SHA256, &relaxed_body(body)));
        let value = format!(
            "v=1; a={algorithm}; c=relaxed/relaxed;\r\n\td={domain}; s={selector}; t={at_s};\r\n\
             \th={signed};\r\n\tbh={hash};\r\n\tb="
        );
        let signature = STANDARD.encode(self.key.sign(&to_sign(&headers, &names, &value))?);
        let mut out = format!("DKIM-Signature: {value}").into_bytes();
        for (at, part) in signature.as_bytes().chunks(LINE).enumerate() {
            if at > 0 {
                out.extend_from_slice(b"\r\n\t ");
            }
            out.extend_from_slice(part);
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(message);
        Ok(out)
    }
}

impl Key {
    fn read(pem: &str) -> Result<Self, DkimError> {
        let der = signing::der(pem).ok_or(DkimError::Key)?;
        match Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der) {
            Ok(key) => Ok(Self::Ed25519(key)),
            Err(_) => signing::rsa_key(&der).map(|key| Self::Rsa(Box::new(key))).ok_or(DkimError::Key),
        }
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, DkimError> {
        match self {
            Self::Rsa(key) => signing::sign_rsa(key, text).ok_or(DkimError::Signing),
            // It signs the hash, not the text (RFC 8463, 3).
            Self::Ed25519(key) => Ok(key.sign(digest(&SHA256, text).as_ref()).as_ref().to_vec()),
        }
    }
}

/// Headers in the relaxed form, by their names, in their order; and the body.
fn parts(message: &[u8]) -> (Vec<(String, String)>, &[u8]) {
    let end = message.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = end.map_or((message, &[][..]), |end| (&message[..end], &message[end + 4..]));
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in String::from_utf8_lossy(head).split("\r\n") {
        match headers.last_mut() {
            Some((_, value)) if line.starts_with([' ', '\t']) => value.push_str(line),
            _ => {
                let (name, value) = line.split_once(':').unwrap_or((line, ""));
                headers.push((name.trim_end().to_ascii_lowercase(), value.to_owned()));
            }
        }
    }
    for (_, value) in &mut headers {
        *value = relaxed(value);
    }
    (headers, body)
}

/// A header's value: unfolded, runs of white space as one blank, none at the ends.
fn relaxed(value: &str) -> String {
    let words = value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// A body: runs of white space as one blank, none at the ends of lines, no empty lines at the end.
fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let (mut out, mut empty) = (Vec::with_capacity(body.len()), 0);
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut relaxed = Vec::with_capacity(line.len());
        for byte in line {
            match byte {
                b' ' | b'\t' if relaxed.last() == Some(&b' ') => {}
                b' ' | b'\t' => relaxed.push(b' '),
                byte => relaxed.push(*byte),
            }
        }
        if relaxed.last() == Some(&b' ') {
            relaxed.pop();
        }
        if relaxed.is_empty() {
            empty += 1;
            continue;
        }
        out.extend_from_slice(&b"\r\n".repeat(std::mem::take(&mut empty)));
        out.extend_from_slice(&relaxed);
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// What is signed: these headers, each name once more taking the one above, and the signature's own without its end.
fn to_sign(headers: &[(String, String)], names: &[&str], value: &str) -> Vec<u8> {
    let mut left: Vec<&(String, String)> = headers.iter().collect();
    let mut text = String::new();
    for name in names {
        // One that is not there counts as nothing: so none can be added.
        if let Some(at) = left.iter().rposition(|header| header.0 == *name) {
            let (name, value) = left.remove(at);
            text.push_str(&format!("{name}:{value}\r\n"));
        }
    }
    text.push_str(&format!("dkim-signature:{}", relaxed(value)));
    text.into_bytes()
}

#[cfg(test)]
pub(crate) mod tests {
    use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    /// The sample of RFC 8463, appendix A.
    const SAMPLE: &str = "From: Joe SixPack <joe@football.example.com>\r\n\
        To: Suzie Q <suzie@shopping.example.net>\r\n\
        Subject: Is dinner ready?\r\n\
        Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n\
        Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\
        \r\n\
        Hi.\r\n\
        \r\n\
        We lost the game.  Are you hungry yet?\r\n\
        \r\n\
        Joe.\r\n";
    /// Its key, around which PKCS#8 is written.
    const SAMPLE_KEY: &str = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";

    /// Whether a signed message is as its signature says, by the key in the domain name system. Reads the message
    /// by its own means, not by those that signed it.
    pub(crate) fn verifies(message: &[u8], public: &str) -> bool {
        let text = String::from_utf8(message.to_vec()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let unfolded = head.replace("\r\n\t", " ").replace("\r\n ", " ");
        let lines: Vec<(String, String)> = unfolded
            .split("\r\n")
            .map(|line| line.split_once(':').unwrap())
            .map(|(name, value)| {
                (name.to_lowercase(), value.split_whitespace().collect::<Vec<_>>().join(" "))
            })
            .collect();
        let of = |name: &str| lines.iter().filter(move |line| line.0 == name).collect::<Vec<_>>();
        let signature = &of("dkim-signature")[0].1;
        let tag = |name: &str| {
            let found = signature.split(';').find_map(|tag| tag.trim().strip_prefix(&format!("{name}=")));
            found.unwrap().replace(' ', "")
        };
        let mut canonical: String = body
            .split("\r\n")
            .map(|line| {
                let blanks = line.replace('\t', " ");
                let mut words =
                    blanks.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
                if blanks.starts_with(' ') && !words.is_empty() {
                    words.insert(0, ' ');
                }
                words + "\r\n"
            })
            .collect();
        while canonical.ends_with("\r\n\r\n") {
            canonical.truncate(canonical.len() - 2);
        }
        if tag("bh") != STANDARD.encode(digest(&SHA256, canonical.as_bytes())) {
            return false;
        }
        let mut seen: Vec<String> = Vec::new();
        let mut data = String::new();
        for name in tag("h").split(':').map(str::to_lowercase) {
            let before = seen.iter().filter(|seen| **seen == name).count();
            if let Some(line) = of(&name).iter().rev().nth(before) {
                data += &format!("{}:{}\r\n", line.0, line.1);
            }
            seen.push(name);
        }
        let (before, _) = signature.split_once(" b=").unwrap();
        data += &format!("dkim-signature:{before} b=");
        let (key, signed) = (STANDARD.decode(public.trim()).unwrap(), STANDARD.decode(tag("b")).unwrap());
        match tag("a").as_str() {
            "ed25519-sha256" => {
                let hash = digest(&SHA256, data.as_bytes());
                UnparsedPublicKey::new(&ED25519, key).verify(hash.as_ref(), &signed).is_ok()
            }
            "rsa-sha256" => {
                let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key);
                key.verify(data.as_bytes(), &signed).is_ok()
            }
            _ => false,
        }
    }

    #[test]
    fn the_sample_of_the_standard_gets_the_signature_that_stands_there() {
        let (headers, body) = parts(SAMPLE.as_bytes());
        let hash = STANDARD.encode(digest(&SHA256, &relaxed_body(body)));
        assert_eq!(hash, "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
        let value = format!(
            "v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n \
             q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : \
             date;\r\n bh={hash};\r\n b="
        );
        let names = ["from", "to", "subject", "date", "message-id", "from", "subject", "date"];
        let key = Key::read(SAMPLE_KEY).unwrap();
        assert_eq!(
            STANDARD.encode(key.sign(&to_sign(&headers, &names, &value)).unwrap()),
            "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
        );
    }

    #[test]
    fn both_kinds_of_keys_sign_and_a_change_shows() {
        let rsa = (mail_server::DKIM_RSA, mail_server::DKIM_RSA_PUBLIC);
        for (key, public) in [rsa, (mail_server::DKIM_ED25519, mail_server::DKIM_ED25519_PUBLIC)] {
            let dkim = Dkim::new("films2026", "football.example.com", key).unwrap();
            let signed = String::from_utf8(dkim.sign(SAMPLE.as_bytes(), 1_779_451_200).unwrap()).unwrap();
            assert!(verifies(signed.as_bytes(), public));
            assert!(!verifies(signed.replace("hungry", "thirsty").as_bytes(), public));
            assert!(!verifies(signed.replace("dinner", "supper").as_bytes(), public));
            let added = signed.replace("\r\nFrom:", "\r\nFrom: Eve <eve@example.net>\r\nFrom:");
            assert!(!verifies(added.as_bytes(), public), "a second sender does not go unseen");
            assert!(signed.split("\r\n").all(|line| line.len() < 998), "{signed}");
        }
    }

    #[test]
    fn what_is_no_key_signs_nothing() {
        assert_eq!(Dkim::new("a", "example.org", "no key").err(), Some(DkimError::Key));
        assert_eq!(Dkim::new("a", "example.org; x", mail_server::DKIM_RSA).err(), Some(DkimError::Names));
        assert_eq!(Dkim::new("", "example.org", mail_server::DKIM_RSA).err(), Some(DkimError::Names));
    }
}
