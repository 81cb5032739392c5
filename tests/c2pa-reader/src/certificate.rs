//! X.509 certificates with keys on P-256: what C2PA asks of the one that signs, and that each speaks for the one before.

use ring::signature::{ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

use crate::{Wrong, ensure};

/// What is looked at.
pub(crate) struct Certificate<'a> {
    body: &'a [u8],
    signature: &'a [u8],
    issuer: &'a [u8],
    subject: &'a [u8],
    public: &'a [u8],
    extensions: &'a [u8],
}

impl Certificate<'_> {
    /// Whether its key signed a message (as COSE writes a signature).
    pub fn signed(&self, message: &[u8], signature: &[u8]) -> Result<(), Wrong> {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.public);
        key.verify(message, signature).map_err(|_| "the claim is not signed by this certificate".into())
    }

    /// The extension of this id: its contents.
    fn extension(&self, id: &[u8]) -> Result<Option<&[u8]>, Wrong> {
        let mut rest = self.extensions;
        while !rest.is_empty() {
            let mut one = take(&mut rest, 0x30)?.1;
            let is_it = take(&mut one, 0x06)?.1 == id;
            if one.first() == Some(&0x01) {
                take(&mut one, 0x01)?;
            }
            let contents = take(&mut one, 0x04)?.1;
            if is_it {
                return Ok(Some(contents));
            }
        }
        Ok(None)
    }
}

/// Every certificate holds, the first one may sign media.
pub(crate) fn check_chain(chain: &[&[u8]]) -> Result<(), Wrong> {
    let read = chain.iter().map(|one| read(one)).collect::<Result<Vec<_>, _>>()?;
    let first = read.first().ok_or("no certificate")?;
    for (number, one) in read.iter().enumerate() {
        // The last one is taken as it is, unless it speaks for itself.
        let Some(by) = read.get(number + 1).or((one.issuer == one.subject).then_some(one)) else { break };
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, by.public);
        let holds = by.subject == one.issuer && key.verify(one.body, one.signature).is_ok();
        ensure(holds, &format!("nothing speaks for certificate {}", number + 1))?;
    }
    let usage = first.extension(b"\x55\x1d\x0f")?.ok_or("no key usage")?;
    ensure(usage == [3, 2, 7, 0x80], "the key is for something else")?;
    let uses = first.extension(b"\x55\x1d\x25")?.ok_or("no extended key usage")?;
    // Protecting mails alone: the one use that common readers take without being told.
    ensure(uses == b"\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04", "the certificate is not for media")?;
    let constraints = first.extension(b"\x55\x1d\x13")?;
    ensure(constraints.is_none_or(|constraints| constraints == [0x30, 0]), "an authority signs itself")?;
    ensure(first.extension(b"\x55\x1d\x23")?.is_some(), "no authority key identifier")
}

/// Takes a certificate apart (RFC 5280, 4.1).
pub(crate) fn read(bytes: &[u8]) -> Result<Certificate<'_>, Wrong> {
    let mut rest = bytes;
    let mut certificate = take(&mut rest, 0x30)?.1;
    ensure(rest.is_empty(), "something follows a certificate")?;
    let (body, mut inside) = take(&mut certificate, 0x30)?;
    let algorithm = take(&mut certificate, 0x30)?.1;
    let signature = bits(take(&mut certificate, 0x03)?.1)?;
    ensure(certificate.is_empty(), "a certificate has three parts")?;
    ensure(algorithm == b"\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02", "not signed with ECDSA and SHA-256")?;

    ensure(take(&mut inside, 0xa0)?.1 == [2, 1, 2], "not version 3")?;
    let serial = take(&mut inside, 0x02)?.1;
    ensure(serial.len() <= 20 && serial.first().is_some_and(|first| *first < 0x80), "the serial number")?;
    ensure(take(&mut inside, 0x30)?.1 == algorithm, "two algorithms")?;
    let issuer = take(&mut inside, 0x30)?.1;
    take(&mut inside, 0x30)?;
    let subject = take(&mut inside, 0x30)?.1;
    let mut key = take(&mut inside, 0x30)?.1;
    let kind = take(&mut key, 0x30)?.1;
    ensure(
        kind == b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",
        "not a key on P-256",
    )?;
    let public = bits(take(&mut key, 0x03)?.1)?;
    let mut extensions = take(&mut inside, 0xa3)?.1;
    let extensions = take(&mut extensions, 0x30)?.1;
    Ok(Certificate { body, signature, issuer, subject, public, extensions })
}

fn bits(contents: &[u8]) -> Result<&[u8], Wrong> {
    contents.strip_prefix(&[0]).ok_or_else(|| "bits that are no bytes".into())
}

/// The next value, which must have this tag: all of it, and its contents.
fn take<'a>(bytes: &mut &'a [u8], tag: u8) -> Result<(&'a [u8], &'a [u8]), Wrong> {
    let wrong = || format!("no {tag:#04x} where it belongs");
    let (head, length) = match **bytes {
        [first, short @ ..=0x7f, ..] if first == tag => (2, usize::from(short)),
        [first, 0x81, length, ..] if first == tag => (3, usize::from(length)),
        [first, 0x82, high, low, ..] if first == tag => (4, usize::from(high) << 8 | usize::from(low)),
        _ => return Err(wrong()),
    };
    let (whole, rest) = bytes.split_at_checked(head + length).ok_or_else(wrong)?;
    *bytes = rest;
    Ok((whole, &whole[head..]))
}
