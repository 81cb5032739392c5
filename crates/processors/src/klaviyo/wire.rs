//! What Klaviyo's answers look like (JSON:API), and how times and filters are written for it.
//!
//! Only what is used is read: Klaviyo adds fields between revisions.

use egress::Answer;
use policy::Personal;
use serde::Deserialize;

use super::{JobState, KlaviyoError, Reason, Suppressed};
use crate::word::word;

/// A document with one thing in it.
#[derive(Deserialize)]
struct One<T> {
    data: Thing<T>,
}

/// A document with many.
#[derive(Deserialize)]
struct Many<T> {
    data: Vec<Thing<T>>,
    #[serde(default)]
    links: Links,
}

#[derive(Default, Deserialize)]
struct Links {
    #[serde(default)]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Thing<T> {
    id: Option<String>,
    attributes: T,
}

/// Attributes that are not looked at.
#[derive(Deserialize)]
struct Any {}

#[derive(Deserialize)]
struct Job {
    status: String,
}

#[derive(Deserialize)]
struct Profile {
    email: Option<String>,
    subscriptions: Option<Subscriptions>,
}

#[derive(Deserialize)]
struct Subscriptions {
    email: Option<Channel>,
}

#[derive(Deserialize)]
struct Channel {
    marketing: Option<Marketing>,
}

#[derive(Deserialize)]
struct Marketing {
    suppression: Option<Vec<Suppression>>,
}

#[derive(Deserialize)]
struct Suppression {
    reason: String,
    timestamp: String,
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<OneError>,
}

#[derive(Deserialize)]
struct OneError {
    #[serde(default)]
    code: String,
}

/// A page of those who get no mail.
pub(super) struct Page {
    pub(super) found: Vec<Suppressed>,
    /// Where the next page begins.
    pub(super) next: Option<String>,
}

/// The id of the one thing in an answer.
pub(super) fn id(answer: &Answer) -> Result<String, KlaviyoError> {
    let one: One<Any> = answer.json().map_err(|_| KlaviyoError::Malformed("no document with one thing"))?;
    one.data.id.filter(|id| !id.is_empty()).ok_or(KlaviyoError::Malformed("no id"))
}

/// Where a job stands.
pub(super) fn job_state(answer: &Answer) -> Result<JobState, KlaviyoError> {
    let one: One<Job> = answer.json().map_err(|_| KlaviyoError::Malformed("no job"))?;
    match one.data.attributes.status.as_str() {
        "queued" => Ok(JobState::Queued),
        "processing" => Ok(JobState::Processing),
        "complete" => Ok(JobState::Complete),
        "cancelled" => Ok(JobState::Cancelled),
        _ => Err(KlaviyoError::Malformed("a job in an unknown state")),
    }
}

/// Whether there is anything in a list.
pub(super) fn has_any(answer: &Answer) -> Result<bool, KlaviyoError> {
    let many: Many<Any> = answer.json().map_err(|_| KlaviyoError::Malformed("no list"))?;
    Ok(!many.data.is_empty())
}

/// Those on a page who got into their state after a moment.
pub(super) fn suppressed(answer: &Answer, since_s: i64) -> Result<Page, KlaviyoError> {
    let many: Many<Profile> = answer.json().map_err(|_| KlaviyoError::Malformed("no list of profiles"))?;
    let mut found = Vec::new();
    for Thing { attributes: Profile { email, subscriptions }, .. } in many.data {
        let marketing = subscriptions.and_then(|of| of.email).and_then(|of| of.marketing);
        // Who is known by a number alone gets no mail from us.
        let (Some(email), Some(marketing)) = (email, marketing) else { continue };
        for suppression in marketing.suppression.unwrap_or_default() {
            let at: jiff::Timestamp =
                suppression.timestamp.parse().map_err(|_| KlaviyoError::Malformed("a time"))?;
            if at.as_second() >= since_s {
                let reason = reason(&suppression.reason)?;
                found.push(Suppressed { email: Personal::new(email.clone()), reason, at_s: at.as_second() });
            }
        }
    }
    let next = match many.links.next {
        Some(link) => Some(cursor(&link).ok_or(KlaviyoError::Malformed("a link to a next page"))?),
        None => None,
    };
    Ok(Page { found, next })
}

fn reason(word: &str) -> Result<Reason, KlaviyoError> {
    match word {
        "UNSUBSCRIBE" => Ok(Reason::Unsubscribed),
        "SPAM_COMPLAINT" => Ok(Reason::SpamComplaint),
        "HARD_BOUNCE" => Ok(Reason::HardBounce),
        "INVALID_EMAIL" => Ok(Reason::InvalidEmail),
        "USER_SUPPRESSED" => Ok(Reason::Suppressed),
        _ => Err(KlaviyoError::Malformed("an unknown reason")),
    }
}

/// Klaviyo's word for an error.
pub(super) fn error_code(answer: &Answer) -> String {
    let errors = answer.json::<Errors>().map(|errors| errors.errors).unwrap_or_default();
    word(errors.first().map(|error| error.code.as_str()))
}

/// A moment as RFC 3339, in UTC. None outside the years that can be written.
pub(super) fn time(seconds: i64) -> Option<String> {
    jiff::Timestamp::from_second(seconds).ok().map(|at| at.to_string())
}

/// The filter that finds one address.
pub(super) fn filter_by_email(email: &str) -> String {
    format!("equals(email,\"{}\")", email.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The cursor in a link. The link itself is never called.
fn cursor(link: &str) -> Option<String> {
    let (_, query) = link.split_once('?')?;
    let query = query.split('#').next()?;
    query.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        if unescaped(name)? == "page[cursor]" { unescaped(value) } else { None }
    })
}

/// A part of a query as it was before it was escaped.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_out_of_a_link() {
        let link = "https://a.klaviyo.com/api/profiles?page%5Bsize%5D=2&page%5Bcursor%5D=a%3D%3D+b";
        assert_eq!(cursor(link), Some("a== b".to_owned()));
        assert_eq!(cursor("https://a.klaviyo.com/api/profiles?page[cursor]=x#y"), Some("x".to_owned()));
        for wrong in
            ["https://a.klaviyo.com/api/profiles", "x?page[cursor]=%4", "x?page[cursor]=%zz", "x?a=b"]
        {
            assert_eq!(cursor(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_address_cannot_leave_its_filter() {
        assert_eq!(filter_by_email("a@b.org"), "equals(email,\"a@b.org\")");
        assert_eq!(filter_by_email("a\"),x\\@b"), "equals(email,\"a\\\"),x\\\\@b\")");
    }

    #[test]
    fn times_are_written_in_utc() {
        assert_eq!(time(1_790_000_000).as_deref(), Some("2026-09-21T14:13:20Z"));
        assert_eq!(time(i64::MAX), None);
    }
}
