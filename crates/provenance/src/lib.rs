//! The mark in a film's file: a C2PA manifest (specification 2.2) which says, signed and bound to every byte of the
//! file, that it is synthetic media, made by Mini Studio.
//!
//! Bytes in, bytes out: this crate must not know films, people, stores, files or clocks. Nothing personal can get into
//! a mark: there is no way to hand anything in but an id, which is random.
//!
//! Written by ourselves: the manifest is five small boxes, and the library for it brings a hundred crates and a second
//! cryptography into the tree.

mod cbor;
mod certificate;
mod der;
mod jumbf;
mod manifest;
mod mark;
mod signer;
mod words;

pub use certificate::self_made;
pub use mark::{START, is_marked};
pub use signer::Signer;
pub use words::words;

/// Who made the file, as it stands in every mark.
pub const MAKER: &str = "Mini Studio";

/// Why a file could not be marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text holds no certificate.
    #[error("there is no certificate (PEM, BEGIN CERTIFICATE) in it")]
    NoCertificate,
    /// The text holds no private key, or more than one.
    #[error("there must be one private key in it (PEM, BEGIN PRIVATE KEY)")]
    NoKey,
    /// A block of the text is no PEM.
    #[error("it is not valid PEM")]
    Pem,
    /// The private key is of another kind.
    #[error("the private key must be of the curve P-256, in PKCS#8 with its public key")]
    KeyKind,
    /// The first certificate is for another key.
    #[error("the first certificate is not the private key's")]
    OtherKey,
    /// No room was left for the mark, or the file is none of ours.
    #[error("the file has no room for the mark")]
    NoRoom,
    /// There was no randomness to be had, or a signature could not be made.
    #[error("signing failed")]
    Signing,
}
