//! Addresses that let somebody do one thing with one object for a while (V4 signed URLs, `GOOG4-RSA-SHA256`). They
//! are made here without asking anybody; the same input gives the same address.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ring::digest::{SHA256, digest};

use super::{GcsError, ServiceAccount};
use crate::signing;

const ALGORITHM: &str = "GOOG4-RSA-SHA256";
/// The longest that an address may be good for: seven days, in seconds.
const EXPIRES_MAX_S: u32 = 604_800;

/// Where a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// `https://{authority}/{bucket}/{object}`; the usual one, with `storage.googleapis.com`.
    Path(&'a str),
    /// `https://{bucket}.{authority}/{object}`
    VirtualHost(&'a str),
    /// `https://{authority}/{object}`, a name of the operator's that leads to the bucket.
    Bound(&'a str),
}

/// What an address is to allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToSign<'a> {
    /// `https`, or `http` for a name of the operator's.
    pub scheme: &'a str,
    /// Where the bucket is.
    pub place: Place<'a>,
    /// The bucket.
    pub bucket: &'a str,
    /// The object; none for the bucket itself.
    pub object: Option<&'a str>,
    /// `GET`, `PUT`, …
    pub method: &'a str,
    /// Headers that the caller must send as they are here.
    pub headers: &'a [(&'a str, &'a str)],
    /// More fields of the query.
    pub query: &'a [(&'a str, &'a str)],
    /// How long it is good for, in seconds: 1 to 604,800.
    pub expires_s: u32,
}

impl<'a> ToSign<'a> {
    /// Reading one object.
    pub fn reading(bucket: &'a str, object: &'a str, expires_s: u32) -> Self {
        Self {
            scheme: "https",
            place: Place::Path("storage.googleapis.com"),
            bucket,
            object: Some(object),
            method: "GET",
            headers: &[],
            query: &[],
            expires_s,
        }
    }
}

/// A signed address, with what it was made of. Whoever has it may use it: it is kept out of logs.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl {
    /// The address.
    pub url: String,
    /// The request in one form.
    pub canonical_request: String,
    /// What was signed.
    pub string_to_sign: String,
}

impl std::fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignedUrl")
    }
}

/// Signs an address that is good from now on.
///
/// # Errors
/// When it would be good for too long or not at all, or the key does not sign.
pub fn sign_url(account: &ServiceAccount, what: &ToSign<'_>, now_s: i64) -> Result<SignedUrl, GcsError> {
    if !(1..=EXPIRES_MAX_S).contains(&what.expires_s) {
        return Err(GcsError::Invalid("an address is good for 1 to 604800 seconds"));
    }
    let authority = match what.place {
        Place::Path(authority) | Place::Bound(authority) => authority.to_owned(),
        Place::VirtualHost(authority) => format!("{}.{authority}", what.bucket),
    };
    let usual_port = if what.scheme == "http" { ":80" } else { ":443" };
    let host = authority.strip_suffix(usual_port).unwrap_or(&authority);
    let object = what.object.map(|object| escaped(object, true));
    let path = match (what.place, object) {
        (Place::Path(_), Some(object)) => format!("/{}/{object}", what.bucket),
        (Place::Path(_), None) => format!("/{}", what.bucket),
        (_, object) => format!("/{}", object.unwrap_or_default()),
    };

    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    headers.insert("host".to_owned(), host.to_owned());
    for (name, value) in what.headers {
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        headers.insert(name.to_ascii_lowercase(), value);
    }
    let signed_headers = headers.keys().map(String::as_str).collect::<Vec<_>>().join(";");
    let payload = headers.get("x-goog-content-sha256").map_or("UNSIGNED-PAYLOAD", String::as_str);

    let at = Civil::of(now_s);
    let scope = format!("{}/auto/storage/goog4_request", at.day());
    let expires = what.expires_s.to_string();
    let (credential, stamp) = (format!("{}/{scope}", account.email()), at.stamp());
    let own = [
        ("X-Goog-Algorithm", ALGORITHM),
        ("X-Goog-Credential", credential.as_str()),
        ("X-Goog-Date", stamp.as_str()),
        ("X-Goog-Expires", expires.as_str()),
        ("X-Goog-SignedHeaders", signed_headers.as_str()),
    ];
    let all = own.iter().chain(what.query);
    let mut query: Vec<(String, String)> =
        all.map(|(name, value)| (escaped(name, false), escaped(value, false))).collect();
    query.sort();
    let query = query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");

    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let canonical_request = format!("{}\n{path}\n{query}\n{lines}\n{signed_headers}\n{payload}", what.method);
    let hash = signing::hex(digest(&SHA256, canonical_request.as_bytes()).as_ref());
    let string_to_sign = format!("{ALGORITHM}\n{stamp}\n{scope}\n{hash}");
    let signature = signing::hex(&account.sign(string_to_sign.as_bytes())?);
    let url = format!("{}://{authority}{path}?{query}&X-Goog-Signature={signature}", what.scheme);
    Ok(SignedUrl { url, canonical_request, string_to_sign })
}

/// Percent-encoded (RFC 3986): everything but what is unreserved, and `/` within a path.
fn escaped(text: &str, is_path: bool) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(byte as char),
            b'/' if is_path => escaped.push('/'),
            // Writing to a text does not fail.
            _ => _ = write!(escaped, "%{byte:02X}"),
        }
    }
    escaped
}

/// A moment in UTC, as a calendar has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    year: i64,
    month: i64,
    day: i64,
    second_of_day: i64,
}

impl Civil {
    /// Seconds since 1970 as a date (Hinnant, "chrono-compatible low-level date algorithms").
    pub(crate) fn of(at_s: i64) -> Self {
        let days = at_s.div_euclid(86_400) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        Self { year, month, day, second_of_day: at_s.rem_euclid(86_400) }
    }

    /// `20190201`
    fn day(&self) -> String {
        format!("{:04}{:02}{:02}", self.year, self.month, self.day)
    }

    fn clock(&self) -> (i64, i64, i64) {
        (self.second_of_day / 3600, self.second_of_day / 60 % 60, self.second_of_day % 60)
    }

    /// `20190201T090000Z`
    fn stamp(&self) -> String {
        let (hour, minute, second) = self.clock();
        format!("{}T{hour:02}{minute:02}{second:02}Z", self.day())
    }

    /// `2019-02-01T09:00:00.250Z` (RFC 3339), with the milliseconds on top.
    pub(crate) fn rfc3339(&self, ms: i64) -> String {
        let (hour, minute, second) = self.clock();
        let (year, month, day) = (self.year, self.month, self.day);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_dates() {
        assert_eq!(Civil::of(1_549_011_600).stamp(), "20190201T090000Z");
        assert_eq!(Civil::of(951_782_400).day(), "20000229");
        assert_eq!(Civil::of(-1).stamp(), "19691231T235959Z");
        assert_eq!(Civil::of(1_549_011_600).rfc3339(7), "2019-02-01T09:00:00.007Z");
    }
}
