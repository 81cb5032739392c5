//! Our account at fal, and the roles that it takes: it paints shots, deletes what it got, and tells when it is done.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use egress::Egress;
use futures::future::BoxFuture;
use policy::{Personal, ProcessorId, kind, purpose};
use serde::Deserialize;

use super::{
    Envelope, Fal, FalError, FalSettings, FalWebhookError, FileAt, Made, PhotoFormat, Progress, Ticket,
};
use crate::Secret;
use crate::connected::{self, Connected};
use crate::role::{
    EraseError, Erased, Erases, Hook, HookError, News, Opened, PaintError, PaintStage, PaintTerms,
    PaintTicket, PaintWish, Painted, Painter,
};
use crate::setting::{Setting, filled};

/// How long a shot is waited for when nothing else is said.
const WAIT_S: u32 = 90;
/// What the shots of an order may cost when nothing else is said.
const CENTS_PER_ORDER: u32 = 100;
/// Largest file that is fetched: more than any picture has.
const FILE_BYTES_MAX: u64 = 32 << 20;
/// The headers of a webhook that are read.
const HEADERS: [&str; 4] = [
    "x-fal-webhook-request-id",
    "x-fal-webhook-user-id",
    "x-fal-webhook-timestamp",
    "x-fal-webhook-signature",
];

/// What the configuration says of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    /// For making shots.
    key: Secret,
    /// For deleting: fal wants another key with more rights.
    admin_key: Secret,
    /// fal's id of our account, which its webhooks name.
    user_id: String,
    /// The model that makes a picture of a photo, as `owner/model`.
    model: String,
    /// What a call of the model costs, in cents.
    cents_per_call: Setting<NonZeroU32>,
    /// What the shots of one order may cost, in cents.
    cents_per_order: Option<Setting<NonZeroU32>>,
    /// How long a shot is waited for, in seconds.
    wait_s: Option<Setting<NonZeroU32>>,
}

/// A number of that name.
fn above_0(number: Setting<NonZeroU32>, name: &str) -> Result<u32, String> {
    number.read(&format!("{name} must be a whole number above 0")).map(NonZeroU32::get)
}

impl connected::Account for Account {
    fn connect(self, egress: &Egress, to: &mut Connected) -> Result<(), String> {
        filled(&[
            ("key", self.key.reveal()),
            ("admin_key", self.admin_key.reveal()),
            ("user_id", &self.user_id),
        ])?;
        let model = self.model.trim().to_owned();
        if !model.contains('/') || !super::wire::is_path(&model) {
            return Err("model must be a model of fal's, such as owner/model".to_owned());
        }
        let read = |number: Option<Setting<NonZeroU32>>, name: &str, or: u32| {
            number.map_or(Ok(or), |number| above_0(number, name))
        };
        let terms = PaintTerms {
            wait_s: read(self.wait_s, "wait_s", WAIT_S)?,
            cents_per_call: above_0(self.cents_per_call, "cents_per_call")?,
            cents_per_order: read(self.cents_per_order, "cents_per_order", CENTS_PER_ORDER)?,
        };
        if terms.cents_per_call > terms.cents_per_order {
            return Err("cents_per_order is below cents_per_call: no shot would ever be made".to_owned());
        }
        let mut settings = FalSettings::new(self.key, self.admin_key, self.user_id.trim());
        settings.file_bytes_max = FILE_BYTES_MAX;
        // What nobody waits for any more need not be made.
        settings.request_timeout_s = Some(terms.wait_s.max(2));
        let fal = Arc::new(Fal::new(egress.clone(), settings));
        to.erases.insert(ProcessorId::Fal, fal.clone());
        to.hooks.insert(ProcessorId::Fal, fal.clone());
        to.painter = Some(Arc::new(FalPainter { fal, model, terms }));
        Ok(())
    }
}

/// fal with the model that is used.
struct FalPainter {
    fal: Arc<Fal>,
    model: String,
    terms: PaintTerms,
}

impl Painter for FalPainter {
    fn processor(&self) -> ProcessorId {
        ProcessorId::Fal
    }

    fn terms(&self) -> PaintTerms {
        self.terms
    }

    fn submit<'a>(&'a self, wish: &'a PaintWish) -> BoxFuture<'a, Result<PaintTicket, PaintError>> {
        Box::pin(async move {
            let (model, prompt, webhook) = (&self.model, &wish.prompt, wish.webhook.as_deref());
            let submitted = self.fal.submit_telling(model, prompt, &wish.photo, format(&wish.photo), webhook);
            match submitted.await {
                Ok(ticket) => Ok(PaintTicket { request: ticket.request_id, track: ticket.app }),
                // It was answered: it may have been taken.
                Err(error @ FalError::Malformed(_)) => Err(PaintError::Unknown(error.to_string())),
                Err(error) => Err(not_done(error)),
            }
        })
    }

    fn progress<'a>(&'a self, ticket: &'a PaintTicket) -> BoxFuture<'a, Result<PaintStage, PaintError>> {
        Box::pin(async move {
            match self.fal.progress(&theirs(ticket)).await.map_err(not_done)? {
                Progress::InQueue { .. } | Progress::InProgress => Ok(PaintStage::UnderWay),
                Progress::Completed => Ok(PaintStage::Over),
            }
        })
    }

    fn result<'a>(&'a self, ticket: &'a PaintTicket) -> BoxFuture<'a, Result<Painted, PaintError>> {
        Box::pin(async move {
            let files: Vec<FileAt> = self.fal.result(&theirs(ticket)).await.map_err(not_done)?;
            let Some(file) = files.first() else {
                return Err(PaintError::Refused("the result has no files".to_owned()));
            };
            match self.fal.fetch(file).await.map_err(not_done)? {
                Made::Picture(picture) => Ok(Painted::Picture(picture)),
                Made::Video(video) => Ok(Painted::Video(video)),
            }
        })
    }

    fn cancel<'a>(&'a self, ticket: &'a PaintTicket) -> BoxFuture<'a, Result<(), PaintError>> {
        Box::pin(async move { self.fal.cancel(&theirs(ticket)).await.map(drop).map_err(not_done) })
    }
}

fn theirs(ticket: &PaintTicket) -> Ticket {
    Ticket { request_id: ticket.request.clone(), app: ticket.track.clone() }
}

fn format(photo: &Personal<kind::Photo, Vec<u8>>) -> PhotoFormat {
    let is_png = photo.for_purpose::<purpose::Films>().starts_with(b"\x89PNG");
    if is_png { PhotoFormat::Png } else { PhotoFormat::Jpeg }
}

fn not_done(error: FalError) -> PaintError {
    match error {
        FalError::Away { why, retry_after_s } => PaintError::Away { why, after_s: retry_after_s },
        FalError::Unknown(why) => PaintError::Unknown(why),
        other => PaintError::Refused(other.to_string()),
    }
}

impl Erases for Fal {
    fn erase<'a>(&'a self, handle: &'a str, now_s: i64) -> BoxFuture<'a, Result<Erased, EraseError>> {
        // Each time with another number: fal answers the same one from memory.
        let attempt = (now_s.unsigned_abs() & u64::from(u32::MAX)) as u32;
        Box::pin(async move {
            let deleted = self.delete_payloads(handle, attempt).await.map_err(|error| match error {
                FalError::Away { why, retry_after_s } => EraseError::Away { why, after_s: retry_after_s },
                error @ FalError::NotAllDeleted(_) => {
                    EraseError::Away { why: error.to_string(), after_s: None }
                }
                other => EraseError::Refused(other.to_string()),
            })?;
            let receipt = match deleted.was_gone {
                true => "nothing was there any more".to_owned(),
                false => format!("payloads deleted, {} files", deleted.files),
            };
            Ok(Erased::Done { receipt })
        })
    }
}

impl Hook for Fal {
    /// Whether the request is one of ours is for whoever keeps those to say.
    fn open<'a>(
        &'a self,
        header: &'a (dyn Fn(&str) -> Option<String> + Send + Sync),
        body: &'a [u8],
        now_s: i64,
    ) -> BoxFuture<'a, Result<Opened, HookError>> {
        let headers: BTreeMap<&str, String> =
            HEADERS.into_iter().filter_map(|name| Some((name, header(name)?))).collect();
        let envelope = Envelope::read(|name: &str| headers.get(name).map(String::as_str));
        Box::pin(async move {
            let envelope = envelope.map_err(not_taken)?;
            let opened = self.opened(envelope, body, now_s).await.map_err(not_taken)?;
            let request = opened.request_id().to_owned();
            // The body says no more than that it is over; told again it is the same.
            Ok(Opened { id: request.clone(), news: vec![News::Shot { request }] })
        })
    }
}

fn not_taken(error: FalWebhookError) -> HookError {
    match error {
        FalWebhookError::Keys(why) => HookError::Away(why.to_string()),
        FalWebhookError::Malformed(_) => HookError::Malformed(error.to_string()),
        other => HookError::NotBelieved(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_is_told_by_what_can_be_done_about_it() {
        let away = FalError::Away { why: "status 503".into(), retry_after_s: Some(7) };
        assert_eq!(not_done(away), PaintError::Away { why: "status 503".into(), after_s: Some(7) });
        assert!(matches!(not_done(FalError::Unknown("x".into())), PaintError::Unknown(_)));
        assert!(matches!(not_done(FalError::Gone), PaintError::Refused(_)));
        assert!(matches!(not_taken(FalWebhookError::Keys(FalError::Gone)), HookError::Away(_)));
        assert!(matches!(not_taken(FalWebhookError::OtherAccount), HookError::NotBelieved(_)));
    }
}
