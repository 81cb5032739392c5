//! What the mark says: the manifest store with its one manifest (C2PA 2.2, chapters 10 to 13 and 18).

use ring::digest::{SHA256, digest};

use crate::jumbf::{Kind, superbox, with_cbor};
use crate::{Error, MAKER, Signer, cbor};

/// IPTC's word for a mix of several elements, at least one of which is synthetic: scenes that a program draws, with a
/// face out of a photo. "trainedAlgorithmicMedia" would say that a model had made all of it up, "composite" alone would
/// not say that anything is synthetic.
const SOURCE: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic";

const ACTIONS: &str = "c2pa.actions.v2";
const HASH: &str = "c2pa.hash.bmff.v3";
const CLAIM: &str = "c2pa.claim.v2";
const SIGNATURE: &str = "c2pa.signature";

/// The id that a manifest's box in an MP4 file has.
pub(crate) const BOX_ID: [u8; 16] =
    [0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e, 0x48, 0x3c, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4, 0x81];

/// The store of a file whose bytes have this hash. Its size depends on the signer alone.
pub(crate) fn store(signer: &Signer, instance: [u8; 16], hash: &[u8]) -> Result<Vec<u8>, Error> {
    let instance = uuid(instance);
    let label = format!("urn:c2pa:{instance}");
    let assertions = [(ACTIONS, actions()), (HASH, binding(hash))]
        .map(|(label, cbor)| (label, with_cbor(Kind::Cbor, label, &cbor)));
    let listed = assertions.each_ref().map(|(label, whole)| {
        // What is hashed of a box begins behind its own head.
        let hash = cbor::bytes(digest(&SHA256, &whole[8..]).as_ref());
        let url = cbor::text(&format!("self#jumbf=c2pa.assertions/{label}"));
        cbor::fields([("url", url), ("hash", hash)])
    });
    let maker =
        cbor::fields([("name", cbor::text(MAKER)), ("version", cbor::text(env!("CARGO_PKG_VERSION")))]);
    let claim = cbor::fields([
        ("instanceID", cbor::text(&format!("xmp:iid:{instance}"))),
        ("claim_generator_info", maker),
        ("signature", cbor::text(&format!("self#jumbf=/c2pa/{label}/{SIGNATURE}"))),
        ("created_assertions", cbor::list(&listed)),
        ("alg", cbor::text("sha256")),
    ]);
    let signature = sign(signer, &claim)?;
    let boxes = [
        superbox(Kind::Assertions, "c2pa.assertions", &assertions.map(|(_, whole)| whole)),
        with_cbor(Kind::Claim, CLAIM, &claim),
        with_cbor(Kind::Signature, SIGNATURE, &signature),
    ];
    Ok(superbox(Kind::Store, "c2pa", &[superbox(Kind::Manifest, &label, &boxes)]))
}

/// What was done: it was created, as synthetic media, and that is all. When, is not said.
fn actions() -> Vec<u8> {
    let created = cbor::fields([
        ("action", cbor::text("c2pa.created")),
        ("digitalSourceType", cbor::text(SOURCE)),
        ("softwareAgent", cbor::fields([("name", cbor::text(MAKER))])),
    ]);
    cbor::fields([("actions", cbor::list(&[created])), ("allActionsIncluded", vec![cbor::TRUE])])
}

/// What binds the manifest to the file: the hash of all its boxes but those named.
fn binding(hash: &[u8]) -> Vec<u8> {
    let id = cbor::fields([("offset", cbor::number(8)), ("value", cbor::bytes(&BOX_ID))]);
    let ours = cbor::fields([("xpath", cbor::text("/uuid")), ("data", cbor::list(&[id]))]);
    let other = |kind: &str| cbor::fields([("xpath", cbor::text(kind))]);
    cbor::fields([
        ("exclusions", cbor::list(&[ours, other("/ftyp"), other("/mfra")])),
        ("alg", cbor::text("sha256")),
        ("hash", cbor::bytes(hash)),
    ])
}

/// COSE_Sign1 with the claim left out, as it stands in its own box (RFC 9052, 4.2 and 4.4; RFC 9360).
fn sign(signer: &Signer, claim: &[u8]) -> Result<Vec<u8>, Error> {
    const ALGORITHM: i64 = 1;
    const ES256: i64 = -7;
    const CERTIFICATES: i64 = 33;
    const SIGN1: u64 = 18;
    let certificates: Vec<Vec<u8>> = signer.certificates().iter().map(|one| cbor::bytes(one)).collect();
    let certificates = match &certificates[..] {
        [only] => only.clone(),
        chain => cbor::list(chain),
    };
    let head = cbor::bytes(&cbor::map([
        (cbor::number(ALGORITHM), cbor::number(ES256)),
        (cbor::number(CERTIFICATES), certificates),
    ]));
    let signed = cbor::list(&[cbor::text("Signature1"), head.clone(), cbor::bytes(&[]), cbor::bytes(claim)]);
    let signature = cbor::bytes(&signer.sign(&signed)?);
    Ok(cbor::tagged(SIGN1, &cbor::list(&[head, cbor::map([]), vec![cbor::NULL], signature])))
}

/// A random id in its usual form (RFC 9562, version 4).
fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = format!("{:032x}", u128::from_be_bytes(bytes));
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
