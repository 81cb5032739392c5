//! Segment: events by its tracking API after consent, and deletion by a regulation.
//!
//! A regulation works by `userId` alone. So each event goes out under the person's random analytics id as `userId`,
//! never under an anonymous id only, and never with traits. After a deletion the id is suppressed for good: the person
//! gets a new one. Suppression does not reach what a page's own script sends past Segment.

mod account;

use egress::{Egress, Method, Request, RetryPolicy};
use futures::future::BoxFuture;
use policy::consent::Agreed;
use policy::{ProcessorId, processor, purpose};
use serde::Deserialize;
use serde_json::json;

use crate::Secret;
use crate::role::{
    Analytics, AnalyticsError, AnalyticsId, BrowserTag, Check, Erasure, Errors, NoTag, Queue, Usage, Visitor,
    Withdrawal, is_key,
};

pub(crate) use account::Account;

const REGULATIONS: &str = "https://api.segmentapis.com/regulations";
const REGULATION: &str = "https://api.segmentapis.com/regulations/{regulation}";

/// A number that no regulation has: asking for it tells whether our token may ask.
const NO_REGULATION: &str = "0";

/// Where the workspace is. Events sent to the wrong place are answered with 200 and lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SegmentRegion {
    /// `api.segment.io`
    #[default]
    World,
    /// `events.eu1.segmentapis.com`
    Europe,
}

/// What can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentSettings {
    /// The source's write key.
    pub write_key: Secret,
    /// Token of the Public API (business plan), for regulations.
    pub public_api_token: Secret,
    /// Where the workspace is.
    pub region: SegmentRegion,
    /// How calls are tried again: an event carries a key by which a doubled one is known.
    pub retry: RetryPolicy,
}

/// The workspace.
pub struct Segment {
    egress: Egress,
    settings: SegmentSettings,
}

#[derive(Deserialize)]
struct Data<T> {
    data: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    regulate_id: String,
}

#[derive(Deserialize)]
struct Found {
    regulation: Regulation,
}

/// `Regulation` of the Public API.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Regulation {
    overall_status: String,
    #[serde(default)]
    stream_status: Vec<Stream>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stream {
    #[serde(default)]
    destination_status: Vec<Destination>,
}

#[derive(Deserialize)]
struct Destination {
    name: String,
    status: String,
}

/// `{errors:[{type,message,field}]}`
#[derive(Deserialize)]
struct PublicError {
    #[serde(rename = "type")]
    sort: Option<String>,
}

impl Segment {
    /// A workspace.
    pub fn new(egress: Egress, settings: SegmentSettings) -> Self {
        Self { egress, settings }
    }

    /// The tag for the browser. The loader loads it after consent, and never calls `identify`. It sends no event of
    /// its own either: one under an anonymous id alone could not be deleted. What it keeps, it keeps in cookies.
    ///
    /// # Errors
    /// When the write key is none.
    pub fn tag(write_key: &str) -> Result<BrowserTag, NoTag> {
        if !is_key(write_key, 8..=64) {
            return Err(NoTag("a write key of letters and digits"));
        }
        let options = json!({"disableClientPersistence": false, "storage": {"stores": ["cookie"]}});
        Ok(BrowserTag {
            processor: "segment",
            script: format!("https://cdn.segment.com/analytics.js/v1/{write_key}/analytics.min.js"),
            key: write_key.to_owned(),
            queue: Queue {
                global: "analytics",
                as_arguments: false,
                with: json!({"_writeKey": write_key, "_loadOptions": options, "SNIPPET_VERSION": "5.2.1"}),
            },
            options,
            first: Vec::new(),
            mask: None,
            // A deletion cannot name the anonymous id.
            ids: Vec::new(),
            withdrawal: Withdrawal {
                commands: vec![json!(["reset"])],
                cookies: vec!["ajs_anonymous_id", "ajs_user_id", "_fbp"],
                storage: vec!["ajs_anonymous_id".to_owned(), "ajs_user_id".to_owned()],
                ..Withdrawal::default()
            },
        })
    }

    /// An event; `at` is when it happened, as Segment wants it written.
    fn event(&self, agreed: Agreed, who: &Visitor, usage: &Usage, at: &str) -> Request<processor::Segment> {
        let address = match self.settings.region {
            SegmentRegion::World => "https://api.segment.io/v1/track",
            SegmentRegion::Europe => "https://events.eu1.segmentapis.com/v1/track",
        };
        let basic = Secret::basic(self.settings.write_key.reveal(), "");
        let mut request = self
            .egress
            .to::<processor::Segment, purpose::Analytics>(Method::POST, address)
            .agreed(agreed)
            .header("authorization", basic.reveal())
            .plain("type", "track")
            .plain("messageId", &usage.key)
            .plain("timestamp", at)
            .field("userId", &who.id)
            .field("event", &usage.name);
        if let Some(path) = &usage.path {
            request = request.field("properties.path", path);
        }
        if let Some(film) = &usage.film {
            request = request.field("properties.film", film);
        }
        if let Some((value, currency)) = &usage.worth {
            request = request.field("properties.value", value).field("properties.currency", currency);
        }
        request
    }

    fn bearer(&self) -> String {
        self.settings.public_api_token.bearer()
    }

    async fn regulate(&self, id: &AnalyticsId) -> Result<Erasure, AnalyticsError> {
        let call = || {
            self.egress
                .to::<processor::Segment, purpose::Analytics>(Method::POST, REGULATIONS)
                .media("application/vnd.segment.v1+json")
                .header("authorization", &self.bearer())
                .plain("regulationType", "SUPPRESS_WITH_DELETE")
                .plain("subjectType", "USER_ID")
                .field_at("subjectIds[]", 0, id)
                .deletes()
        };
        let answer = self.egress.retry(&self.settings.retry, call).await?;
        if !answer.is_success() {
            return Err(AnalyticsError::of(&answer, word(&answer)));
        }
        let created: Data<Created> = answer.json().map_err(|_| AnalyticsError::Malformed("a regulation"))?;
        Ok(Erasure::UnderWay { task: created.data.regulate_id })
    }

    async fn regulation(&self, task: &str) -> Result<Erasure, AnalyticsError> {
        let call = || {
            self.egress
                .to::<processor::Segment, purpose::Analytics>(Method::GET, REGULATION)
                .header("authorization", &self.bearer())
                .plain("path.regulation", task)
                .deletes()
        };
        let answer = self.egress.retry(&self.settings.retry, call).await?;
        if !answer.is_success() {
            return Err(AnalyticsError::of(&answer, word(&answer)));
        }
        let found: Data<Found> =
            answer.json().map_err(|_| AnalyticsError::Malformed("the state of a regulation"))?;
        let (regulation, task) = (found.data.regulation, task.to_owned());
        Ok(match regulation.overall_status.as_str() {
            "INITIALIZED" | "RUNNING" => Erasure::UnderWay { task },
            "FINISHED" => Erasure::Done { task },
            // Also when only a destination failed that cannot delete: which one stands in its list.
            "PARTIAL_SUCCESS" | "FAILED" => {
                let places =
                    regulation.stream_status.into_iter().flat_map(|stream| stream.destination_status);
                let open = places.filter(|place| place.status != "FINISHED");
                // The name is the operator's own.
                let of = |place: Destination| {
                    format!("{}: {}", place.name, crate::word::word(Some(&place.status)))
                };
                let left: Vec<String> = open.map(of).collect();
                match left.is_empty() {
                    true => Erasure::Failed { task, state: regulation.overall_status },
                    false => Erasure::Partly { task, left },
                }
            }
            "INVALID" | "NOT_SUPPORTED" => Erasure::Failed { task, state: regulation.overall_status },
            _ => return Err(AnalyticsError::Malformed("an unknown state of a regulation")),
        })
    }
}

/// A time in milliseconds since 1970 as RFC 3339, in UTC: `2019-02-01T09:00:00.007Z`. None outside the years that can
/// be written.
fn time(at_ms: i64) -> Option<String> {
    jiff::Timestamp::from_millisecond(at_ms).ok().map(|at| format!("{at:.3}"))
}

fn word(answer: &egress::Answer) -> Option<String> {
    answer.json::<Errors<PublicError>>().ok()?.errors.into_iter().find_map(|error| error.sort)
}

impl Check for Segment {
    fn check(&self, _: i64, _: &str) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            match self.regulation(NO_REGULATION).await {
                Ok(_) | Err(AnalyticsError::Refused { status: 400 | 404, .. }) => Ok(()),
                Err(AnalyticsError::Away(why)) => Err(why),
                Err(error) => Err(format!("{error}: look at public_api_token")),
            }
        })
    }
}

impl Analytics for Segment {
    fn processor(&self) -> ProcessorId {
        ProcessorId::Segment
    }

    fn send<'a>(
        &'a self,
        agreed: Agreed,
        who: &'a Visitor,
        usage: &'a Usage,
    ) -> BoxFuture<'a, Result<(), AnalyticsError>> {
        Box::pin(async move {
            let at = time(usage.at_ms).ok_or(AnalyticsError::Invalid("the time of an event"))?;
            let call = || self.event(agreed, who, usage, &at);
            let answer = self.egress.retry(&self.settings.retry, call).await?;
            match answer.is_success() {
                true => Ok(()),
                false => Err(AnalyticsError::of(&answer, None)),
            }
        })
    }

    fn erase<'a>(&'a self, id: &'a AnalyticsId, _: i64) -> BoxFuture<'a, Result<Erasure, AnalyticsError>> {
        Box::pin(self.regulate(id))
    }

    fn erasure<'a>(&'a self, task: &'a str, _: i64) -> BoxFuture<'a, Result<Erasure, AnalyticsError>> {
        Box::pin(self.regulation(task))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_with_their_milliseconds() {
        assert_eq!(time(1_549_011_600_007).as_deref(), Some("2019-02-01T09:00:00.007Z"));
        assert_eq!(time(951_782_400_000).as_deref(), Some("2000-02-29T00:00:00.000Z"));
        assert_eq!(time(-1).as_deref(), Some("1969-12-31T23:59:59.999Z"));
        assert_eq!(time(i64::MAX), None);
    }
}
