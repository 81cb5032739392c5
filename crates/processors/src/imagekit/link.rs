//! Signed addresses of pictures. It must not know who looks at them.
//!
//! ImageKit's form: `ik-s` is the HMAC-SHA1 (hex, key: the private key) of what follows the endpoint, with its query,
//! and then the end of its life, in seconds since 1970, which is `ik-t` too. Without an end `9999999999` is signed
//! and `ik-t` left out; that form is never made here.

use egress::percent_encoded;
use ring::hmac;

use crate::{Secret, signing};

/// Longest life of an address, in seconds.
pub const LINK_LIFE_MAX_S: i64 = 24 * 3600;

/// What ImageKit takes for "for ever".
const FOR_EVER_S: i64 = 9_999_999_999;

/// A picture as it is to be shown.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// Its path at the endpoint, not escaped.
    pub path: &'a str,
    /// What is made of it, in ImageKit's own words: `w-400,h-300:rt-90`. Empty: nothing.
    pub transformation: &'a str,
    /// Whether that stands in the path instead of the query. A purge of a folder does not reach such an address.
    pub is_in_path: bool,
    /// Further parameters.
    pub query: &'a [(&'a str, &'a str)],
}

impl<'a> Picture<'a> {
    /// The picture as it is.
    pub fn plain(path: &'a str) -> Self {
        Self { path, transformation: "", is_in_path: false, query: &[] }
    }
}

/// Why there is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Its life is out of range.
    #[error("an address lives from 1 s to {} s", LINK_LIFE_MAX_S)]
    Life,
    /// The path is empty or leads up.
    #[error("that is no path of a picture")]
    Path,
    /// There is a character in it that would end the transformation.
    #[error("that is no transformation")]
    Transformation,
    /// A parameter would take the signature's place.
    #[error("a parameter must not be named like one of the signature")]
    Parameter,
}

/// An address of a picture for `life_s` seconds from `now_s` (seconds since 1970).
///
/// # Errors
/// See [`LinkError`].
pub fn link(
    private_key: &Secret,
    endpoint: &str,
    picture: &Picture<'_>,
    now_s: i64,
    life_s: i64,
) -> Result<String, LinkError> {
    let expires_s = now_s.saturating_add(life_s);
    if !(1..=LINK_LIFE_MAX_S).contains(&life_s) || !(1..FOR_EVER_S).contains(&expires_s) {
        return Err(LinkError::Life);
    }
    let rest = rest(picture)?;
    let signature = signature(private_key, &rest, expires_s);
    let joint = if rest.contains('?') { '&' } else { '?' };
    let endpoint = endpoint.trim_end_matches('/');
    Ok(format!("{endpoint}/{rest}{joint}ik-t={expires_s}&ik-s={signature}"))
}

/// The signature of what follows the endpoint, with the end of its life. SHA-1 is ImageKit's choice; as HMAC it is
/// not known to be broken.
pub fn signature(private_key: &Secret, rest: &str, expires_s: i64) -> String {
    let text = format!("{rest}{expires_s}");
    signing::hex(&signing::hmac(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, private_key, text.as_bytes()))
}

/// What follows the endpoint, in ImageKit's order: own parameters, then `tr`.
fn rest(picture: &Picture<'_>) -> Result<String, LinkError> {
    let path = picture.path.trim_start_matches('/');
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(LinkError::Path);
    }
    let made = picture.transformation;
    let is_plain =
        |b: u8| b.is_ascii_graphic() && !matches!(b, b'&' | b'?' | b'#' | b'"' | b'<' | b'>' | b'/');
    if !made.bytes().all(is_plain) {
        return Err(LinkError::Transformation);
    }
    let mut rest = String::new();
    if picture.is_in_path && !made.is_empty() {
        rest.push_str(&format!("tr:{made}/"));
    }
    rest.push_str(&percent_encoded(path, "/:@!$&'()*+,;="));
    let mut pairs = Vec::new();
    for (name, value) in picture.query {
        if matches!(*name, "ik-t" | "ik-s" | "tr" | "") {
            return Err(LinkError::Parameter);
        }
        pairs.push(format!("{}={}", percent_encoded(name, ""), percent_encoded(value, "")));
    }
    if !picture.is_in_path && !made.is_empty() {
        pairs.push(format!("tr={made}"));
    }
    if !pairs.is_empty() {
        rest.push_str(&format!("?{}", pairs.join("&")));
    }
    Ok(rest)
}
