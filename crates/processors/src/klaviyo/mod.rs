//! Klaviyo: a list of marketing mail that is kept by a vendor (revision 2026-07-15, JSON:API).
//!
//! What makes mail lawful is the consent that a subscription job writes down, not the profile. Events create
//! profiles, so none is sent for somebody who did not agree. Deleting a profile also drops its suppression there
//! (assumed), so our own word on who withdrew ([`Withdrawals`]) is asked for before each call that could bring an
//! address back. Taking away (unsubscribing, suppressing, erasing, looking what is left) asks for nobody's
//! consent: such calls go out as deletions.
//!
//! Its webhooks are not taken: how they are signed is not described by Klaviyo itself. Who unsubscribed there is
//! asked for instead, with [`Klaviyo::suppressed_since`].
//!
//! It must not know the studio's rules, its database or its clock, and nothing of a child.

mod account;
mod role;
mod wire;

use std::time::Duration;

use egress::{Answer, Blocked, Egress, Means, Method, Request, RetryPolicy};
use policy::consent::Agreed;
use policy::{Personal, kind, processor, purpose};

pub(crate) use account::Account;

use crate::Secret;
use crate::role::{Withdrawals, WithdrawalsError};

/// Everything is at one host.
const PROFILE_IMPORT: &str = "https://a.klaviyo.com/api/profile-import";
const PROFILES: &str = "https://a.klaviyo.com/api/profiles";
const EVENTS: &str = "https://a.klaviyo.com/api/events";
const SUBSCRIBE: &str = "https://a.klaviyo.com/api/profile-subscription-bulk-create-jobs";
const UNSUBSCRIBE: &str = "https://a.klaviyo.com/api/profile-subscription-bulk-delete-jobs";
const SUPPRESS: &str = "https://a.klaviyo.com/api/profile-suppression-bulk-create-jobs";
const SUPPRESSION: &str = "https://a.klaviyo.com/api/profile-suppression-bulk-create-jobs/{job}";
const ERASE: &str = "https://a.klaviyo.com/api/data-privacy-deletion-jobs";

/// Where the address of one person stands in a bulk job, and beside it what sort of thing that is.
const PERSON_TYPE: &str = "data.attributes.profiles.data[0].type";
const PERSON_EMAIL: &str = "data.attributes.profiles.data[0].attributes.email";
const PERSON_CONSENT: &str =
    "data.attributes.profiles.data[0].attributes.subscriptions.email.marketing.consent";

/// Largest page of a list, set by Klaviyo.
const PAGE_MAX: u32 = 100;

/// An address of a person.
pub type Email = Personal<kind::Email, String>;
/// Something of a purchase.
pub type Purchase<T = String> = Personal<kind::Purchase, T>;

/// How Klaviyo is spoken to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The private key.
    pub key: Secret,
    /// The version of the interface that this adapter was written for.
    pub revision: String,
    /// The list that people are subscribed to, by its id there.
    pub list: String,
    /// How calls are tried again. All of them may arrive twice: by their nature, events by their id.
    pub retry: RetryPolicy,
    /// Longest wait for one answer.
    pub timeout: Duration,
    /// Profiles on a page while polling, 1 to 100.
    pub page_size: u32,
    /// Most pages that are read in one poll, so that a list without end ends.
    pub pages_max: u32,
}

impl Settings {
    /// The usual ones, for a key and a list.
    pub fn new(key: Secret, list: impl Into<String>) -> Self {
        Self {
            key,
            revision: "2026-07-15".to_owned(),
            list: list.into(),
            retry: RetryPolicy::default(),
            timeout: Duration::from_secs(30),
            page_size: PAGE_MAX,
            pages_max: 1000,
        }
    }
}

/// Why Klaviyo did not do what was asked. Nothing personal is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KlaviyoError {
    /// The policy does not let the call out; trying again changes nothing.
    #[error("the call to Klaviyo was blocked: {0}")]
    Blocked(Blocked),
    /// The person withdrew: nothing was sent.
    #[error("the person withdrew, so nothing was sent to Klaviyo")]
    Withdrawn,
    /// Whether the person withdrew is not known: nothing was sent.
    #[error(transparent)]
    Unsure(#[from] WithdrawalsError),
    /// Klaviyo said no; trying again changes nothing.
    #[error("Klaviyo refused the call ({status} {code})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Klaviyo's word for it; empty where there was none.
        code: String,
    },
    /// Worth another try.
    #[error("Klaviyo is away: {why}")]
    Away {
        /// What happened.
        why: String,
        /// How long to wait, in seconds, when that is known.
        retry_after_s: Option<u64>,
    },
    /// The answer is none that the contract knows.
    #[error("Klaviyo's answer cannot be read: {0}")]
    Malformed(&'static str),
    /// What was to be sent makes no sense.
    #[error("that cannot be sent to Klaviyo: {0}")]
    Invalid(&'static str),
}

impl From<egress::Error> for KlaviyoError {
    fn from(error: egress::Error) -> Self {
        match error.means() {
            Means::Away { retry_after_s } => Self::Away { why: error.to_string(), retry_after_s },
            Means::Blocked(why) => Self::Blocked(why),
            Means::Malformed(what) => Self::Malformed(what),
        }
    }
}

/// A person as Klaviyo may know them.
#[derive(Debug, Clone)]
pub struct Person {
    /// The address.
    pub email: Email,
    /// The parent's first name.
    pub first_name: Option<Personal<kind::PersonName, String>>,
    /// The parent's last name.
    pub last_name: Option<Personal<kind::PersonName, String>>,
}

/// What a purchase came to.
#[derive(Debug, Clone)]
pub struct Amount {
    /// In the currency's main unit: 19.9 for 19.90 EUR.
    pub value: Purchase<f64>,
    /// ISO 4217 code.
    pub currency: Purchase,
}

/// Something that happened. Only for people who agreed, as it creates a profile.
#[derive(Debug, Clone)]
pub struct Event {
    /// Names the event: the same one for the same person and metric is recorded once. Random, not empty.
    pub unique_id: String,
    /// Whose.
    pub email: Email,
    /// What happened, below 128 characters: `Placed Order`.
    pub metric: Personal<kind::Engagement, String>,
    /// When, in seconds since 1970.
    pub at_s: i64,
    /// The film, by its slug.
    pub film: Purchase,
    /// The order's id, where there is one.
    pub order: Option<Purchase>,
    /// What was bought.
    pub items: Vec<Purchase>,
    /// What it came to.
    pub amount: Option<Amount>,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Not begun.
    Queued,
    /// Under way.
    Processing,
    /// Done.
    Complete,
    /// Given up.
    Cancelled,
}

/// Why somebody gets no mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// They unsubscribed.
    Unsubscribed,
    /// They called the mail spam.
    SpamComplaint,
    /// Nobody takes mail there.
    HardBounce,
    /// It is no address.
    InvalidEmail,
    /// It was set by hand or by [`Klaviyo::suppress`].
    Suppressed,
}

/// Somebody who gets no mail any more.
#[derive(Debug, Clone)]
pub struct Suppressed {
    /// Who.
    pub email: Email,
    /// Why.
    pub reason: Reason,
    /// Since when, in seconds since 1970.
    pub at_s: i64,
}

/// That a deletion was taken. Klaviyo gives no id and has no call for its state: it is done when
/// [`Klaviyo::is_known`] says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasureTaken {
    /// What was answered: 202.
    pub status: u16,
}

/// The adapter. Clones share the way out.
#[derive(Clone)]
pub struct Klaviyo {
    egress: Egress,
    settings: Settings,
}

impl Klaviyo {
    /// An adapter on a way out.
    pub fn new(egress: Egress, settings: Settings) -> Self {
        Self { egress, settings }
    }

    /// Creates or changes a profile; its id there. It makes no mail lawful: see [`Klaviyo::subscribe`].
    ///
    /// # Errors
    /// [`KlaviyoError::Withdrawn`] before anything is sent; otherwise what was answered.
    pub async fn profile(
        &self,
        person: &Person,
        agreed: Agreed,
        withdrawals: &dyn Withdrawals,
    ) -> Result<String, KlaviyoError> {
        may_be_known(&person.email, withdrawals).await?;
        let answer = self
            .ask(|| {
                let mut call = self
                    .call(Method::POST, PROFILE_IMPORT)
                    .agreed(agreed)
                    .plain("data.type", "profile")
                    .field("data.attributes.email", &person.email);
                if let Some(name) = &person.first_name {
                    call = call.field("data.attributes.first_name", name);
                }
                if let Some(name) = &person.last_name {
                    call = call.field("data.attributes.last_name", name);
                }
                call
            })
            .await?;
        wire::id(&answer)
    }

    /// Writes down that a person agreed, and puts them on the list. Whether Klaviyo asks them once more depends
    /// on the list (double opt-in).
    ///
    /// # Errors
    /// [`KlaviyoError::Withdrawn`] before anything is sent; otherwise what was answered.
    pub async fn subscribe(
        &self,
        email: &Email,
        agreed: Agreed,
        withdrawals: &dyn Withdrawals,
    ) -> Result<(), KlaviyoError> {
        may_be_known(email, withdrawals).await?;
        let consent = Personal::<kind::MarketingConsent, _>::new("SUBSCRIBED");
        self.ask(|| {
            self.call(Method::POST, SUBSCRIBE)
                .agreed(agreed)
                .plain("data.type", "profile-subscription-bulk-create-job")
                .plain(PERSON_TYPE, "profile")
                .field(PERSON_EMAIL, email)
                .field(PERSON_CONSENT, &consent)
                .plain("data.relationships.list.data.type", "list")
                .plain("data.relationships.list.data.id", &self.settings.list)
        })
        .await?;
        Ok(())
    }

    /// Writes down that a person withdrew, everywhere: a call that names a list would take them off that list
    /// only.
    ///
    /// # Errors
    /// What was answered.
    pub async fn unsubscribe(&self, email: &Email) -> Result<(), KlaviyoError> {
        let consent = Personal::<kind::MarketingConsent, _>::new("UNSUBSCRIBED");
        self.ask(|| {
            self.call(Method::POST, UNSUBSCRIBE)
                .deletes()
                .plain("data.type", "profile-subscription-bulk-delete-job")
                .plain(PERSON_TYPE, "profile")
                .field(PERSON_EMAIL, email)
                .field(PERSON_CONSENT, &consent)
        })
        .await?;
        Ok(())
    }

    /// Keeps a person from getting mail, whatever else is written down there; the job's id. None where Klaviyo does
    /// not know the address: a suppression would create a profile for it.
    ///
    /// # Errors
    /// What was answered.
    pub async fn suppress(&self, email: &Email) -> Result<Option<String>, KlaviyoError> {
        if !self.is_known(email).await? {
            return Ok(None);
        }
        let answer = self
            .ask(|| {
                self.call(Method::POST, SUPPRESS)
                    .deletes()
                    .plain("data.type", "profile-suppression-bulk-create-job")
                    .plain(PERSON_TYPE, "profile")
                    .field(PERSON_EMAIL, email)
            })
            .await?;
        wire::id(&answer).map(Some)
    }

    /// Where the job of a suppression stands.
    ///
    /// # Errors
    /// What was answered; a job that is not there is refused with 404.
    pub async fn suppression(&self, job: &str) -> Result<JobState, KlaviyoError> {
        let answer =
            self.ask(|| self.call(Method::GET, SUPPRESSION).deletes().plain("path.job", job)).await?;
        wire::job_state(&answer)
    }

    /// Tells of something that happened.
    ///
    /// # Errors
    /// [`KlaviyoError::Withdrawn`] or [`KlaviyoError::Invalid`] before anything is sent; otherwise what was
    /// answered.
    pub async fn event(
        &self,
        event: &Event,
        agreed: Agreed,
        withdrawals: &dyn Withdrawals,
    ) -> Result<(), KlaviyoError> {
        if event.unique_id.is_empty() {
            return Err(KlaviyoError::Invalid("an event without an id could be recorded twice"));
        }
        let at = wire::time(event.at_s).ok_or(KlaviyoError::Invalid("the time of an event"))?;
        may_be_known(&event.email, withdrawals).await?;
        self.ask(|| {
            let mut call = self
                .call(Method::POST, EVENTS)
                .agreed(agreed)
                .plain("data.type", "event")
                .plain("data.attributes.unique_id", &event.unique_id)
                .plain("data.attributes.time", &at)
                .plain("data.attributes.metric.data.type", "metric")
                .field("data.attributes.metric.data.attributes.name", &event.metric)
                .plain("data.attributes.profile.data.type", "profile")
                .field("data.attributes.profile.data.attributes.email", &event.email)
                .field("data.attributes.properties.film", &event.film);
            if let Some(order) = &event.order {
                call = call.field("data.attributes.properties.order", order);
            }
            for (place, item) in event.items.iter().enumerate() {
                call = call.field_at("data.attributes.properties.items[]", place, item);
            }
            if let Some(amount) = &event.amount {
                call = call
                    .field("data.attributes.value", &amount.value)
                    .field("data.attributes.value_currency", &amount.currency);
            }
            call
        })
        .await?;
        Ok(())
    }

    /// Everybody who was kept from mail after a moment (seconds since 1970), each with every reason since then. It
    /// stands for the webhooks; asking again for a time that was asked for already changes nothing.
    ///
    /// # Errors
    /// What was answered; [`KlaviyoError::Malformed`] when the pages do not end.
    pub async fn suppressed_since(&self, since_s: i64) -> Result<Vec<Suppressed>, KlaviyoError> {
        let since = wire::time(since_s).ok_or(KlaviyoError::Invalid("the time to ask from"))?;
        let filter = format!("greater-than(subscriptions.email.marketing.suppression.timestamp,{since})");
        let (mut found, mut cursor) = (Vec::new(), None::<String>);
        for _ in 0..self.settings.pages_max {
            let answer = self
                .ask(|| {
                    // It carries nothing of anybody, and serves to have withdrawals respected: no consent is needed.
                    let call = self
                        .call(Method::GET, PROFILES)
                        .deletes()
                        .plain("query.filter", &filter)
                        .plain("query.additional-fields[profile]", "subscriptions")
                        .plain("query.fields[profile]", "email,subscriptions")
                        .plain("query.page[size]", self.settings.page_size.clamp(1, PAGE_MAX));
                    match &cursor {
                        Some(cursor) => call.plain("query.page[cursor]", cursor),
                        None => call,
                    }
                })
                .await?;
            let page = wire::suppressed(&answer, since_s)?;
            found.extend(page.found);
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(found),
            }
        }
        Err(KlaviyoError::Malformed("its pages do not end"))
    }

    /// Whether Klaviyo has a profile with this address: the proof that an erasure is done.
    ///
    /// # Errors
    /// What was answered.
    pub async fn is_known(&self, email: &Email) -> Result<bool, KlaviyoError> {
        let filter = email.clone().map::<purpose::Marketing, _>(|email| wire::filter_by_email(&email));
        let answer = self
            .ask(|| {
                self.call(Method::GET, PROFILES)
                    .deletes()
                    .field("query.filter", &filter)
                    .plain("query.fields[profile]", "email")
            })
            .await?;
        wire::has_any(&answer)
    }

    /// Has everything erased that Klaviyo has of an address. It takes its time there, and may be asked for again.
    /// [`Withdrawals`] keep the address out from then on: Klaviyo forgets that it was suppressed.
    ///
    /// # Errors
    /// What was answered.
    pub async fn erase(&self, email: &Email) -> Result<ErasureTaken, KlaviyoError> {
        let answer = self
            .ask(|| {
                self.call(Method::POST, ERASE)
                    .deletes()
                    .plain("data.type", "data-privacy-deletion-job")
                    .plain("data.attributes.profile.data.type", "profile")
                    .field("data.attributes.profile.data.attributes.email", email)
            })
            .await?;
        Ok(ErasureTaken { status: answer.status() })
    }

    fn call(&self, method: Method, address: &'static str) -> Request<processor::Klaviyo> {
        self.egress
            .to::<processor::Klaviyo, purpose::Marketing>(method, address)
            .header("authorization", &format!("Klaviyo-API-Key {}", self.settings.key.reveal()))
            .header("revision", &self.settings.revision)
            .media("application/vnd.api+json")
            .timeout(self.settings.timeout)
    }

    async fn ask(&self, call: impl Fn() -> Request<processor::Klaviyo>) -> Result<Answer, KlaviyoError> {
        let answer = self.egress.retry(&self.settings.retry, call).await?;
        match answer.status() {
            200..=299 => Ok(answer),
            status @ (408 | 425 | 429 | 500..=599) => Err(KlaviyoError::Away {
                why: format!("it answered with {status}"),
                retry_after_s: answer.retry_after_s(),
            }),
            status => Err(KlaviyoError::Refused { status, code: wire::error_code(&answer) }),
        }
    }
}

/// Whether an address may be sent at all.
async fn may_be_known(email: &Email, withdrawals: &dyn Withdrawals) -> Result<(), KlaviyoError> {
    match withdrawals.has_withdrawn(email).await? {
        true => Err(KlaviyoError::Withdrawn),
        false => Ok(()),
    }
}
