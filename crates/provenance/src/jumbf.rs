//! Writing JUMBF boxes (ISO/IEC 19566-5): named boxes within boxes.

/// What a superbox holds: the first four bytes of its type's id, of which C2PA and JUMBF name the others.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Store,
    Manifest,
    Assertions,
    Claim,
    Signature,
    Cbor,
}

impl Kind {
    fn code(self) -> &'static [u8; 4] {
        match self {
            Self::Store => b"c2pa",
            Self::Manifest => b"c2ma",
            Self::Assertions => b"c2as",
            Self::Claim => b"c2cl",
            Self::Signature => b"c2cs",
            Self::Cbor => b"cbor",
        }
    }
}

const ID_ENDS_IN: [u8; 12] = [0x00, 0x11, 0x00, 0x10, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];
/// It may be asked for by its label, which follows.
const LABELLED: u8 = 0b11;

/// A superbox with what is written already.
pub(crate) fn superbox(kind: Kind, label: &str, contents: &[Vec<u8>]) -> Vec<u8> {
    let described = [&kind.code()[..], &ID_ENDS_IN, &[LABELLED], label.as_bytes(), &[0]].concat();
    plain(b"jumb", &[plain(b"jumd", &described), contents.concat()].concat())
}

/// A superbox with one CBOR box.
pub(crate) fn with_cbor(kind: Kind, label: &str, cbor: &[u8]) -> Vec<u8> {
    superbox(kind, label, &[plain(b"cbor", cbor)])
}

/// A box: length, kind, contents.
pub(crate) fn plain(kind: &[u8; 4], contents: &[u8]) -> Vec<u8> {
    let length = u32::try_from(contents.len() + 8).expect("a manifest is small");
    [&length.to_be_bytes()[..], kind, contents].concat()
}
