//! Reads and checks the C2PA mark of an MP4 file, for tests. Written from the specifications alone (C2PA 2.2, ISO/IEC
//! 19566-5, RFC 8949, 9052, 9360, 5280): it must share no code with what writes the mark. It knows no more than such a
//! mark may have, and takes nothing that it does not know.
//!
//! Whether somebody trusts who signed is not its question.

mod boxes;
mod cbor;
mod certificate;

use ring::digest::{Context, SHA256, digest};

use boxes::{Super, superbox};
use cbor::Value;

/// What went wrong, or was found wrong.
pub type Wrong = String;

/// What a mark says, after all of it has held.
#[derive(Debug)]
pub struct Mark {
    /// Who made the file.
    pub maker: String,
    /// What was done with it, each with the kind of source.
    pub actions: Vec<(String, String)>,
    /// The id of this very file.
    pub instance: String,
    /// How many certificates there are.
    pub certificates: usize,
    /// The mark itself.
    pub bytes: Vec<u8>,
}

/// A box of the file: where it begins, its kind, all of it.
type Outermost<'a> = (usize, &'a [u8], &'a [u8]);

const BOX_ID: &[u8] = b"\xd8\xfe\xc3\xd6\x1b\x0e\x48\x3c\x92\x97\x58\x28\x87\x7e\xc4\x81";

/// Reads and checks the mark of a file.
///
/// # Errors
/// When there is none, or anything about it does not hold.
pub fn read(file: &[u8]) -> Result<Mark, Wrong> {
    let outermost = outermost(file)?;
    let marks: Vec<usize> = (0..outermost.len())
        .filter(|number| {
            let (_, kind, whole) = outermost[*number];
            kind == b"uuid" && whole.get(8..24) == Some(BOX_ID)
        })
        .collect();
    let [number] = marks[..] else { return Err(format!("{} marks", marks.len())) };
    let media = outermost.iter().position(|(_, kind, _)| *kind == b"mdat");
    ensure(outermost[0].1 == b"ftyp" && number == 1, "the mark does not follow the first box")?;
    ensure(media.is_some_and(|media| media > number), "the mark does not come before the media")?;
    // Version and flags, purpose, no further box.
    let rest = &outermost[number].2[24..];
    let rest = rest.strip_prefix(b"\0\0\0\0manifest\0\0\0\0\0\0\0\0\0").ok_or("the mark is no manifest")?;

    let store = superbox(rest)?;
    store.is(b"c2pa", "c2pa")?;
    let [manifest] = &store.inside[..] else { return Err("not one manifest".into()) };
    let manifest = superbox(manifest)?;
    let name = manifest.label.clone();
    manifest.is(b"c2ma", &name)?;
    ensure(name.starts_with("urn:c2pa:"), "the manifest's label")?;
    let [assertions, claim, signature] = &manifest.inside[..] else {
        return Err("a manifest has assertions, claim and signature".into());
    };
    let claim = superbox(claim)?.cbor(b"c2cl", "c2pa.claim.v2")?.to_vec();
    let signature = superbox(signature)?.cbor(b"c2cs", "c2pa.signature")?.to_vec();
    let certificates = check_signature(&claim, &signature)?;

    let claim = cbor::read(&claim)?;
    claim.has_only(&["instanceID", "claim_generator_info", "signature", "created_assertions", "alg"])?;
    ensure(claim.at("alg")?.text()? == "sha256", "the hash's algorithm")?;
    let signed_by = format!("self#jumbf=/c2pa/{name}/c2pa.signature");
    ensure(claim.at("signature")?.text()? == signed_by, "the claim names another signature")?;
    let assertions = check_assertions(&superbox(assertions)?, claim.at("created_assertions")?)?;
    let [(first, actions), (second, binding)] = &assertions[..] else {
        return Err("not two assertions".into());
    };
    ensure(first == "c2pa.actions.v2" && second == "c2pa.hash.bmff.v3", "other assertions")?;
    check_binding(&outermost, binding)?;
    let action = |action: &Value| -> Result<(String, String), Wrong> {
        Ok((action.at("action")?.text()?.to_owned(), action.at("digitalSourceType")?.text()?.to_owned()))
    };
    Ok(Mark {
        maker: claim.at("claim_generator_info")?.at("name")?.text()?.to_owned(),
        actions: actions.at("actions")?.list()?.iter().map(action).collect::<Result<_, _>>()?,
        instance: claim.at("instanceID")?.text()?.to_owned(),
        certificates,
        bytes: outermost[number].2.to_vec(),
    })
}

/// The file's boxes, which fill it.
fn outermost(file: &[u8]) -> Result<Vec<Outermost<'_>>, Wrong> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < file.len() {
        let (kind, whole) = boxes::first(&file[at..])?;
        found.push((at, kind, whole));
        at += whole.len();
    }
    if found.is_empty() { Err("the file is empty".into()) } else { Ok(found) }
}

/// Every assertion is listed with the hash that it has, and none besides.
fn check_assertions(store: &Super<'_>, listed: &Value) -> Result<Vec<(String, Value)>, Wrong> {
    store.is(b"c2as", "c2pa.assertions")?;
    let listed = listed.list()?;
    ensure(listed.len() == store.inside.len(), "an assertion is not listed, or missing")?;
    let mut read = Vec::new();
    for (whole, listed) in store.inside.iter().zip(listed) {
        let assertion = superbox(whole)?;
        let label = assertion.label.clone();
        listed.has_only(&["url", "hash"])?;
        ensure(listed.at("url")?.text()? == format!("self#jumbf=c2pa.assertions/{label}"), "the order")?;
        // Of a superbox without its own head.
        ensure(listed.at("hash")?.bytes()? == digest(&SHA256, &whole[8..]).as_ref(), &label)?;
        read.push((label.clone(), cbor::read(assertion.cbor(b"cbor", &label)?)?));
    }
    Ok(read)
}

/// The file has the hash that was signed.
fn check_binding(outermost: &[Outermost<'_>], binding: &Value) -> Result<(), Wrong> {
    binding.has_only(&["exclusions", "alg", "hash"])?;
    ensure(binding.at("alg")?.text()? == "sha256", "the hash's algorithm")?;
    let mut context = Context::new(&SHA256);
    let exclusions = binding.at("exclusions")?.list()?;
    for (at, kind, whole) in outermost {
        let mut excluded = false;
        for exclusion in exclusions {
            exclusion.has_only(&["xpath", "data"])?;
            excluded |= excludes(exclusion, kind, whole)?;
        }
        if !excluded {
            context.update(&(*at as u64).to_be_bytes());
            context.update(whole);
        } else {
            // What plays may never be left out.
            ensure(!matches!(*kind, b"moov" | b"mdat"), "the film itself is left out")?;
        }
    }
    ensure(binding.at("hash")?.bytes()? == context.finish().as_ref(), "the file was changed")
}

fn excludes(exclusion: &Value, kind: &[u8], whole: &[u8]) -> Result<bool, Wrong> {
    if exclusion.at("xpath")?.text()?.strip_prefix('/').map(str::as_bytes) != Some(kind) {
        return Ok(false);
    }
    let Ok(data) = exclusion.at("data") else { return Ok(true) };
    for part in data.list()? {
        let (at, value) = (part.at("offset")?.number()? as usize, part.at("value")?.bytes()?);
        if whole.get(at..at + value.len()) != Some(value) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The claim was signed by the first certificate's key, and each certificate by that of the next. Returns how many there are.
fn check_signature(claim: &[u8], signature: &[u8]) -> Result<usize, Wrong> {
    let Value::Tagged(18, sign1) = cbor::read(signature)? else { return Err("no COSE_Sign1".into()) };
    let [head, open, payload, signature] = sign1.list()? else {
        return Err("COSE_Sign1 has four parts".into());
    };
    ensure(*open == Value::Map(vec![]) && *payload == Value::Null, "what is not signed")?;
    let head = head.bytes()?;
    let Value::Map(fields) = cbor::read(head)? else { return Err("the signature's head".into()) };
    let [(Value::Number(1), Value::Number(-7)), (Value::Number(33), certificates)] = &fields[..] else {
        return Err("not ES256 with certificates".into());
    };
    let chain: Vec<&[u8]> = match certificates {
        Value::Bytes(only) => vec![&only[..]],
        chain => chain.list()?.iter().map(Value::bytes).collect::<Result<_, _>>()?,
    };
    // Sig_structure.
    let mut signed = vec![0x84, 0x6a];
    signed.extend(b"Signature1");
    for part in [head, &[], claim] {
        signed.extend(cbor::head_of_bytes(part.len()));
        signed.extend(part);
    }
    certificate::check_chain(&chain)?;
    certificate::read(chain[0])?.signed(&signed, signature.bytes()?)?;
    Ok(chain.len())
}

fn ensure(holds: bool, otherwise: &str) -> Result<(), Wrong> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}
