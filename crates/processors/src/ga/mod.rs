//! Google Analytics 4: events from the server (Measurement Protocol) after consent, and the deletion of everything
//! with a client id (Analytics Admin API).
//!
//! Google answers 2xx to whatever it receives, and knows no key that would make a doubled event one: an event goes out
//! once. The id of a client, which the browser keeps in `_ga`, is the only handle for deletion.
//!
//! The Measurement Protocol puts its secret into the address: addresses are kept out of logs (`egress` does).

mod account;

use egress::{Egress, Method, Request, RetryPolicy};
use futures::future::BoxFuture;
use policy::consent::Agreed;
use policy::{Personal, ProcessorId, processor, purpose};
use serde::Deserialize;
use serde_json::json;

use crate::Secret;
use crate::google::{GoogleError, ServiceAccount, Tokens};
use crate::role::{Check, IdAt, NOW, PAGE, Queue, is_key};

pub use crate::role::{
    Analytics, AnalyticsError, AnalyticsId, BrowserTag, Erasure, NoTag, Usage, Visitor, Withdrawal,
};

pub(crate) use account::Account;

type Google = processor::GoogleAnalytics;

const SCOPE: &str = "https://www.googleapis.com/auth/analytics.edit";
const DELETION: &str =
    "https://analyticsadmin.googleapis.com/v1alpha/properties/{property}:submitUserDeletion";

/// Where events are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GaRegion {
    /// `www.google-analytics.com`
    #[default]
    World,
    /// `region1.google-analytics.com`
    Europe,
}

/// What can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GaSettings {
    /// `G-…`, public.
    pub measurement_id: String,
    /// The Measurement Protocol's secret.
    pub api_secret: Secret,
    /// Number of the property, for deletions.
    pub property: String,
    /// Where events are taken.
    pub region: GaRegion,
    /// How deletions are tried again. An event goes out once.
    pub retry: RetryPolicy,
}

/// The property.
pub struct Ga {
    egress: Egress,
    settings: GaSettings,
    tokens: Tokens,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Submitted {
    deletion_request_time: String,
}

impl Ga {
    /// A property, with the service account that may have data deleted (`analytics.edit`).
    ///
    /// # Errors
    /// When an id is of another form.
    pub fn new(
        egress: Egress,
        account: ServiceAccount,
        settings: GaSettings,
    ) -> Result<Self, AnalyticsError> {
        if !is_measurement_id(&settings.measurement_id) {
            return Err(AnalyticsError::Invalid("a measurement id looks like G-AB12CD34EF"));
        }
        let property = &settings.property;
        if property.is_empty() || !property.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(AnalyticsError::Invalid("a property is its number"));
        }
        Ok(Self { egress, settings, tokens: Tokens::new(account, SCOPE) })
    }

    /// The tag for the browser, in basic consent mode: it is not loaded before somebody agreed, and then has storage
    /// for analytics alone. Nothing for advertising is ever granted.
    ///
    /// # Errors
    /// When the measurement id is none.
    pub fn tag(measurement_id: &str) -> Result<BrowserTag, NoTag> {
        if !is_measurement_id(measurement_id) {
            return Err(NoTag("a measurement id such as G-AB12CD34EF"));
        }
        let denied = json!({
            "ad_storage": "denied",
            "ad_user_data": "denied",
            "ad_personalization": "denied",
            "analytics_storage": "denied",
        });
        let options = json!({
            "allow_google_signals": false,
            "allow_ad_personalization_signals": false,
            // Nothing that stands in a query.
            "page_location": PAGE,
            "page_referrer": "",
        });
        Ok(BrowserTag {
            processor: "google-analytics",
            script: format!("https://www.googletagmanager.com/gtag/js?id={measurement_id}"),
            key: measurement_id.to_owned(),
            queue: Queue { global: "dataLayer", as_arguments: true, with: json!({}) },
            first: vec![
                json!(["consent", "default", denied]),
                json!(["consent", "update", {"analytics_storage": "granted"}]),
                json!(["js", NOW]),
                json!(["config", measurement_id, options]),
            ],
            options,
            mask: None,
            // `GA1.1.` and the client's id, which has a dot in it.
            ids: vec![IdAt::Cookie { name: "_ga", from: -2, to: None }],
            withdrawal: Withdrawal {
                flags: vec![format!("ga-disable-{measurement_id}")],
                cookies: vec!["_ga", "_ga_*"],
                ..Withdrawal::default()
            },
        })
    }

    fn event(&self, agreed: Agreed, who: &Visitor, usage: &Usage) -> Request<Google> {
        let address = match self.settings.region {
            GaRegion::World => "https://www.google-analytics.com/mp/collect",
            GaRegion::Europe => "https://region1.google-analytics.com/mp/collect",
        };
        let at_us = usage.at_ms.saturating_mul(1000);
        let mut request = self
            .egress
            .to::<Google, purpose::Analytics>(Method::POST, address)
            .agreed(agreed)
            .plain("query.measurement_id", &self.settings.measurement_id)
            .plain("query.api_secret", self.settings.api_secret.reveal())
            .field("client_id", &who.id)
            .field("timestamp_micros", &Personal::<policy::kind::UsageEvent, _>::new(at_us))
            .field_at("events[].name", 0, &usage.name)
            .plain_at("events[].params.engagement_time_msec", 0, 1);
        if let Some(session) = &who.session {
            request = request.field_at("events[].params.session_id", 0, session);
        }
        if let Some(path) = &usage.path {
            request = request.field_at("events[].params.page_path", 0, path);
        }
        if let Some(film) = &usage.film {
            request = request.field_at("events[].params.film", 0, film);
        }
        if let Some((value, currency)) = &usage.worth {
            request = request.field_at("events[].params.value", 0, value);
            request = request.field_at("events[].params.currency", 0, currency);
        }
        request
    }

    async fn submit(&self, id: &AnalyticsId, now_s: i64) -> Result<Erasure, AnalyticsError> {
        let how = &self.settings.retry;
        let bearer = self.tokens.bearer::<Google, purpose::Analytics>(&self.egress, how, true, now_s).await?;
        let call = || {
            self.egress
                .to::<Google, purpose::Analytics>(Method::POST, DELETION)
                .header("authorization", &bearer)
                .plain("path.property", &self.settings.property)
                .field("clientId", id)
                .deletes()
        };
        let answer = self.egress.retry(how, call).await?;
        if answer.status() != 200 {
            if answer.status() == 401 {
                self.tokens.forget();
            }
            return Err(GoogleError::of(&answer).into());
        }
        let submitted: Submitted =
            answer.json().map_err(|_| AnalyticsError::Malformed("a deletion that was taken"))?;
        Ok(Erasure::Taken { said: submitted.deletion_request_time })
    }
}

/// Of asking Google for a token.
impl From<GoogleError> for AnalyticsError {
    fn from(error: GoogleError) -> Self {
        match error {
            GoogleError::Away(why) => Self::Away(why),
            GoogleError::Blocked(why) => Self::Blocked(why),
            GoogleError::Unauthorized | GoogleError::Signing => Self::Unauthorized,
            GoogleError::Refused { status, reason } => Self::Refused { status, reason },
            GoogleError::Malformed(what) => Self::Malformed(what),
        }
    }
}

fn is_measurement_id(id: &str) -> bool {
    id.strip_prefix("G-").is_some_and(|rest| is_key(rest, 4..=20))
}

impl Analytics for Ga {
    fn processor(&self) -> ProcessorId {
        ProcessorId::GoogleAnalytics
    }

    fn knows_doubles(&self) -> bool {
        false
    }

    fn send<'a>(
        &'a self,
        agreed: Agreed,
        who: &'a Visitor,
        usage: &'a Usage,
    ) -> BoxFuture<'a, Result<(), AnalyticsError>> {
        Box::pin(async move {
            // Twice would count twice; what is lost is one event.
            let once = RetryPolicy { tries_max: 1, ..self.settings.retry };
            let answer = self.egress.retry(&once, || self.event(agreed, who, usage)).await?;
            match answer.is_success() {
                true => Ok(()),
                false => Err(AnalyticsError::of(&answer, None)),
            }
        })
    }

    fn erase<'a>(
        &'a self,
        id: &'a AnalyticsId,
        now_s: i64,
    ) -> BoxFuture<'a, Result<Erasure, AnalyticsError>> {
        Box::pin(self.submit(id, now_s))
    }

    /// Google gives no number to ask with.
    fn erasure<'a>(&'a self, _: &'a str, _: i64) -> BoxFuture<'a, Result<Erasure, AnalyticsError>> {
        Box::pin(async { Err(AnalyticsError::Invalid("Google Analytics has no tasks to ask for")) })
    }
}

/// Asks for a token, which deletions need; the property itself is not asked after.
impl Check for Ga {
    fn check(&self, now_s: i64, _: &str) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            let how = &self.settings.retry;
            self.tokens
                .bearer::<Google, purpose::Analytics>(&self.egress, how, true, now_s)
                .await
                .map(drop)
                .map_err(|error| {
                    format!("{error}: check key_file, and that its service account still is there")
                })
        })
    }
}
