//! Mixpanel: events after consent (`/import`, or `/track`), and deletion by a GDPR task that is asked after until it is
//! done. An event carries `$insert_id`, by which a doubled one is known.

mod account;

use egress::{Answer, Egress, Method, Request, RetryPolicy};
use futures::future::BoxFuture;
use policy::consent::Agreed;
use policy::{Personal, ProcessorId, kind, processor, purpose};
use serde::Deserialize;
use serde_json::json;

use crate::Secret;
use crate::role::{
    Analytics, AnalyticsError, AnalyticsId, BrowserTag, Check, Erasure, Errors, IdAt, NoTag, Queue, Usage,
    Visitor, Withdrawal, is_key,
};

pub(crate) use account::Account;

/// Where the project's data is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MixpanelRegion {
    /// `api.mixpanel.com`, `mixpanel.com`
    #[default]
    World,
    /// `api-eu.mixpanel.com`, `eu.mixpanel.com`
    Europe,
}

/// By which call events go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ingestion {
    /// `/import?strict=1`, which says what was wrong; with a service account.
    Import {
        /// Number of the project.
        project_id: String,
        /// The service account's name.
        user: Secret,
        /// Its secret.
        secret: Secret,
    },
    /// `/track`, with the project's token in each event.
    Track,
}

/// What can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MixpanelSettings {
    /// The project's token. It is public in the browser's tag.
    pub project_token: String,
    /// By which call events go out.
    pub ingestion: Ingestion,
    /// OAuth token of a person who may have data deleted. It ends after a year.
    pub deletion_token: Secret,
    /// When that token ends, in seconds since 1970.
    pub deletion_token_ends_s: i64,
    /// Where the project's data is.
    pub region: MixpanelRegion,
    /// How calls are tried again.
    pub retry: RetryPolicy,
}

/// How the token for deletions stands. Without a good one nothing is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletionToken {
    /// It is good for longer.
    Good,
    /// It ends in so many days: a new one is needed.
    EndsIn(i64),
    /// It has ended.
    Over,
}

/// When the operator is warned that the token ends, in days.
const WARNING_DAYS: i64 = 30;

/// The project.
pub struct Mixpanel {
    egress: Egress,
    settings: MixpanelSettings,
}

#[derive(Deserialize)]
struct Imported {
    num_records_imported: u64,
}

#[derive(Deserialize)]
struct FailedRecord {
    field: Option<String>,
}

#[derive(Deserialize)]
struct Results<T> {
    results: T,
}

#[derive(Deserialize)]
struct Created {
    task_id: String,
}

/// Its ids and who asked are not read.
#[derive(Deserialize)]
struct State {
    status: String,
}

impl Mixpanel {
    /// A project.
    ///
    /// # Errors
    /// When the token is none.
    pub fn new(egress: Egress, settings: MixpanelSettings) -> Result<Self, AnalyticsError> {
        match is_key(&settings.project_token, 8..=64) {
            true => Ok(Self { egress, settings }),
            false => Err(AnalyticsError::Invalid("a project's token has letters and digits")),
        }
    }

    /// The tag for the browser: no cookies, no address, opted out until the loader opts in after consent, no
    /// recording of sessions, no address of a page, no waiting list in the storage. Mixpanel's own defaults are
    /// otherwise.
    ///
    /// # Errors
    /// When the token is none.
    pub fn tag(project_token: &str, region: MixpanelRegion) -> Result<BrowserTag, NoTag> {
        if !is_key(project_token, 8..=64) {
            return Err(NoTag("a project's token of letters and digits"));
        }
        let host = match region {
            MixpanelRegion::World => "https://api.mixpanel.com",
            MixpanelRegion::Europe => "https://api-eu.mixpanel.com",
        };
        let options = json!({
            "persistence": "localStorage",
            "ip": false,
            "opt_out_tracking_by_default": true,
            "opt_out_persistence_by_default": true,
            "record_sessions_percent": 0,
            "ignore_dnt": false,
            "batch_requests": false,
            "autocapture": false,
            "property_blacklist": ["$current_url", "$initial_referrer", "$referrer"],
            "api_host": host,
        });
        let storage = format!("mp_{project_token}_mixpanel");
        Ok(BrowserTag {
            processor: "mixpanel",
            script: "https://cdn.mxpnl.com/libs/mixpanel-2-latest.min.js".to_owned(),
            key: project_token.to_owned(),
            queue: Queue {
                global: "mixpanel",
                as_arguments: false,
                // The third is the name of the first project on a page.
                with: json!({"__SV": 1.2, "_i": [[project_token, options, "mixpanel"]]}),
            },
            options,
            first: vec![json!(["opt_in_tracking"])],
            mask: None,
            ids: vec![IdAt::LocalStorage { name: storage.clone(), field: "distinct_id" }],
            withdrawal: Withdrawal {
                commands: vec![
                    json!(["opt_out_tracking", {"clear_persistence": true, "delete_user": false}]),
                ],
                storage: vec![storage],
                ..Withdrawal::default()
            },
        })
    }

    /// How the token for deletions stands.
    pub fn deletion_token(&self, now_s: i64) -> DeletionToken {
        let left_s = self.settings.deletion_token_ends_s.saturating_sub(now_s);
        match left_s.div_euclid(86_400) {
            _ if left_s <= 0 => DeletionToken::Over,
            days if days < WARNING_DAYS => DeletionToken::EndsIn(days),
            _ => DeletionToken::Good,
        }
    }

    fn event(&self, agreed: Agreed, who: &Visitor, usage: &Usage) -> Request<processor::Mixpanel> {
        let settings = &self.settings;
        let address = match (&settings.ingestion, settings.region) {
            (Ingestion::Import { .. }, MixpanelRegion::World) => "https://api.mixpanel.com/import",
            (Ingestion::Import { .. }, MixpanelRegion::Europe) => "https://api-eu.mixpanel.com/import",
            (Ingestion::Track, MixpanelRegion::World) => "https://api.mixpanel.com/track",
            (Ingestion::Track, MixpanelRegion::Europe) => "https://api-eu.mixpanel.com/track",
        };
        let request = self
            .egress
            .to::<processor::Mixpanel, purpose::Analytics>(Method::POST, address)
            .list()
            .agreed(agreed);
        let mut request = match &settings.ingestion {
            Ingestion::Import { project_id, user, secret } => {
                let basic = Secret::basic(user.reveal(), secret.reveal());
                request
                    .header("authorization", basic.reveal())
                    .plain("query.strict", "1")
                    .plain("query.project_id", project_id)
            }
            Ingestion::Track => request.plain("properties.token", &settings.project_token),
        };
        request = request
            .field("event", &usage.name)
            .plain("properties.time", usage.at_ms)
            .field("properties.distinct_id", &who.id)
            .field("properties.$insert_id", &Personal::<kind::AnonymousId, _>::new(usage.key.as_str()));
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

    fn taken(&self, answer: &Answer) -> Result<(), AnalyticsError> {
        if !answer.is_success() {
            let failed = answer.json::<Errors<FailedRecord>>().ok();
            let field = failed.and_then(|failed| failed.errors.into_iter().find_map(|record| record.field));
            return Err(AnalyticsError::of(answer, field));
        }
        match self.settings.ingestion {
            Ingestion::Import { .. } => match answer.json::<Imported>() {
                Ok(Imported { num_records_imported: 1 }) => Ok(()),
                _ => Err(AnalyticsError::Malformed("an import of one event")),
            },
            // `1`: taken; `0`: nothing in it was an event. Neither says that the token is good.
            Ingestion::Track => match answer.body().trim_ascii() {
                b"1" => Ok(()),
                b"0" => Err(AnalyticsError::Refused { status: answer.status(), reason: "0".to_owned() }),
                _ => Err(AnalyticsError::Malformed("neither 1 nor 0")),
            },
        }
    }

    fn bearer(&self) -> String {
        self.settings.deletion_token.bearer()
    }

    async fn create(&self, id: &AnalyticsId) -> Result<Erasure, AnalyticsError> {
        let address = match self.settings.region {
            MixpanelRegion::World => "https://mixpanel.com/api/app/data-deletions/v3.0/",
            MixpanelRegion::Europe => "https://eu.mixpanel.com/api/app/data-deletions/v3.0/",
        };
        let call = || {
            self.egress
                .to::<processor::Mixpanel, purpose::Analytics>(Method::POST, address)
                .header("authorization", &self.bearer())
                .plain("query.token", &self.settings.project_token)
                .plain("compliance_type", "GDPR")
                .field_at("distinct_ids[]", 0, id)
                .deletes()
        };
        let answer = self.egress.retry(&self.settings.retry, call).await?;
        if !answer.is_success() {
            return Err(AnalyticsError::of(&answer, None));
        }
        let created: Results<Created> =
            answer.json().map_err(|_| AnalyticsError::Malformed("a deletion task"))?;
        Ok(Erasure::UnderWay { task: created.results.task_id })
    }

    async fn state(&self, task: &str) -> Result<Erasure, AnalyticsError> {
        let address = match self.settings.region {
            MixpanelRegion::World => "https://mixpanel.com/api/app/data-deletions/v3.0/{tracking}",
            MixpanelRegion::Europe => "https://eu.mixpanel.com/api/app/data-deletions/v3.0/{tracking}",
        };
        let call = || {
            self.egress
                .to::<processor::Mixpanel, purpose::Analytics>(Method::GET, address)
                .header("authorization", &self.bearer())
                .plain("query.token", &self.settings.project_token)
                .plain("path.tracking", task)
                .deletes()
        };
        let answer = self.egress.retry(&self.settings.retry, call).await?;
        if !answer.is_success() {
            return Err(AnalyticsError::of(&answer, None));
        }
        let found: Results<State> =
            answer.json().map_err(|_| AnalyticsError::Malformed("the state of a deletion task"))?;
        let task = task.to_owned();
        Ok(match found.results.status.as_str() {
            "PENDING" | "STAGING" | "STARTED" | "UNKNOWN" => Erasure::UnderWay { task },
            "SUCCESS" => Erasure::Done { task },
            "FAILURE" | "REVOKED" | "NOT_FOUND" => Erasure::Failed { task, state: found.results.status },
            _ => return Err(AnalyticsError::Malformed("an unknown state of a deletion task")),
        })
    }
}

impl Analytics for Mixpanel {
    fn processor(&self) -> ProcessorId {
        ProcessorId::Mixpanel
    }

    fn send<'a>(
        &'a self,
        agreed: Agreed,
        who: &'a Visitor,
        usage: &'a Usage,
    ) -> BoxFuture<'a, Result<(), AnalyticsError>> {
        Box::pin(async move {
            let call = || self.event(agreed, who, usage);
            let answer = self.egress.retry(&self.settings.retry, call).await?;
            self.taken(&answer)
        })
    }

    fn erase<'a>(&'a self, id: &'a AnalyticsId, _: i64) -> BoxFuture<'a, Result<Erasure, AnalyticsError>> {
        Box::pin(self.create(id))
    }

    fn erasure<'a>(&'a self, task: &'a str, _: i64) -> BoxFuture<'a, Result<Erasure, AnalyticsError>> {
        Box::pin(self.state(task))
    }
}

/// Nothing is asked: an account that can be used for events may still be unable to delete, and only we know until when.
impl Check for Mixpanel {
    fn check(&self, now_s: i64, _: &str) -> BoxFuture<'_, Result<(), String>> {
        let said = match self.deletion_token(now_s) {
            DeletionToken::Good => Ok(()),
            DeletionToken::EndsIn(days) => {
                Err(format!("deletion_token ends within {} days: set a new one, with its day", days + 1))
            }
            DeletionToken::Over => {
                Err("deletion_token has ended, so nothing is deleted there: set a new one, with its day"
                    .to_owned())
            }
        };
        Box::pin(async move { said })
    }
}
