//! Our account at fal, and the roles that it takes: it paints shots, deletes what it got, and tells when it is done.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use egress::Egress;
use futures::future::BoxFuture;
use policy::{Personal, ProcessorId, kind, purpose};
use serde::Deserialize;

use super::{
    Envelope, Fal, FalError, FalSettings, FalWebhookError, FileAt, Made, PhotoFormat, Progress, Submission,
    Ticket,
};
use crate::Secret;
use crate::connected::{self, Connected};
use crate::role::{
    CallError, Check, Erased, Erases, Hook, HookError, News, Opened, PaintCall, PaintError, PaintKind,
    PaintStage, PaintTerms, PaintTicket, PaintWish, Painted, Painter, Trouble,
};
use crate::setting::{Setting, filled};

/// An id that no request has: asking for it tells whether we are let in, and costs nothing.
const NO_REQUEST: &str = "00000000-0000-0000-0000-000000000000";
/// How long a shot is waited for when nothing else is said; a moving picture takes its time.
const WAIT_S: u32 = 90;
const VIDEO_WAIT_S: u32 = 180;
/// What the shots of an order may cost when nothing else is said.
const CENTS_PER_ORDER: u32 = 100;
/// Largest file that is fetched: more than any picture has, and than a few seconds of a moving one have.
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
    /// The same of the model that makes a moving picture of a photo; without one there are none.
    video_model: Option<String>,
    video_cents_per_call: Option<Setting<NonZeroU32>>,
    video_wait_s: Option<Setting<NonZeroU32>>,
}

/// The name of a model that a field holds.
fn model(text: &str, field: &str) -> Result<String, String> {
    let model = text.trim();
    if model.contains('/') && super::wire::is_path(model) {
        return Ok(model.to_owned());
    }
    Err(format!("{field} must be a model of fal's, such as owner/model"))
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
        let picture_model = model(&self.model, "model")?;
        let video_model = self.video_model.map(|text| model(&text, "video_model")).transpose()?;
        let read = |number: Option<Setting<NonZeroU32>>, name: &str, or: u32| {
            number.map_or(Ok(or), |number| above_0(number, name))
        };
        let picture = PaintCall {
            wait_s: read(self.wait_s, "wait_s", WAIT_S)?,
            cents: above_0(self.cents_per_call, "cents_per_call")?,
        };
        let video = match (&video_model, self.video_cents_per_call, self.video_wait_s) {
            (Some(_), Some(cents), wait_s) => Some(PaintCall {
                wait_s: read(wait_s, "video_wait_s", VIDEO_WAIT_S)?,
                cents: above_0(cents, "video_cents_per_call")?,
            }),
            (None, None, None) => None,
            (Some(_), None, _) => return Err("video_model needs video_cents_per_call beside it".to_owned()),
            (None, ..) => {
                return Err("video_cents_per_call and video_wait_s need video_model beside them".to_owned());
            }
        };
        let cents_per_order = read(self.cents_per_order, "cents_per_order", CENTS_PER_ORDER)?;
        for (call, field) in [(Some(picture), "cents_per_call"), (video, "video_cents_per_call")] {
            if call.is_some_and(|call| call.cents > cents_per_order) {
                return Err(format!("cents_per_order is below {field}: no such shot would ever be made"));
            }
        }
        let terms = PaintTerms { picture, video, cents_per_order };
        let mut settings = FalSettings::new(self.key, self.admin_key, self.user_id.trim());
        settings.file_bytes_max = FILE_BYTES_MAX;
        let fal = Arc::new(Fal::new(egress.clone(), settings));
        to.erases.insert(ProcessorId::Fal, fal.clone());
        to.hooks.insert(ProcessorId::Fal, fal.clone());
        let painter = Arc::new(FalPainter { fal, picture_model, video_model, terms });
        to.checks.insert(ProcessorId::Fal, painter.clone());
        to.painter = Some(painter);
        Ok(())
    }
}

/// fal with the models that are used.
struct FalPainter {
    fal: Arc<Fal>,
    picture_model: String,
    video_model: Option<String>,
    terms: PaintTerms,
}

impl FalPainter {
    /// The model that makes what is wished for, and what that may take.
    fn maker(&self, kind: PaintKind) -> Option<(&str, PaintCall)> {
        let model = match kind {
            PaintKind::Picture => Some(&self.picture_model),
            PaintKind::Video => self.video_model.as_ref(),
        };
        Some((model?, self.terms.of(kind)?))
    }
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
            let Some((model, call)) = self.maker(wish.kind) else {
                return Err(Trouble::Refused("no model is set up for that".to_owned()).into());
            };
            let submission = Submission {
                webhook: wish.webhook.as_deref(),
                // What nobody waits for any more need not be made.
                timeout_s: Some(call.wait_s.max(2)),
                ..Submission::new(model, &wish.prompt, &wish.photo, format(&wish.photo))
            };
            match self.fal.submit_as(submission).await {
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
                return Err(Trouble::Refused("the result has no files".to_owned()).into());
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

impl Check for FalPainter {
    fn check(&self, now_s: i64, _: &str) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            // Its addresses have the first two parts of the model alone.
            let app = self.picture_model.split('/').take(2).collect::<Vec<_>>().join("/");
            let nobodys = Ticket { request_id: NO_REQUEST.to_owned(), app };
            is_let_in("key", self.fal.progress(&nobodys).await)?;
            is_let_in("admin_key", self.fal.delete_payloads(NO_REQUEST, attempt(now_s)).await)
        })
    }
}

/// Whether somebody who asked for what is not there could ask at all.
fn is_let_in<T>(field: &str, said: Result<T, FalError>) -> Result<(), String> {
    match said {
        Err(FalError::Refused { status: status @ (401 | 403), .. }) => {
            Err(format!("fal does not let us in ({status}): look at {field}"))
        }
        Ok(_) | Err(FalError::Gone | FalError::Refused { .. }) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// A number of a try, each time another: fal answers the same one from memory.
fn attempt(now_s: i64) -> u32 {
    (now_s.unsigned_abs() & u64::from(u32::MAX)) as u32
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
        FalError::Unknown(why) => PaintError::Unknown(why),
        other => PaintError::Trouble(other.into()),
    }
}

impl CallError for FalError {
    fn away(&self) -> Option<(String, Option<u64>)> {
        match self {
            Self::Away { why, retry_after_s } => Some((why.clone(), *retry_after_s)),
            Self::NotAllDeleted(_) => Some((self.to_string(), None)),
            _ => None,
        }
    }
}

impl Erases for Fal {
    fn erase<'a>(&'a self, handle: &'a str, now_s: i64) -> BoxFuture<'a, Result<Erased, Trouble>> {
        Box::pin(async move {
            let deleted = self.delete_payloads(handle, attempt(now_s)).await?;
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
        let away_there = Trouble::Away { why: "status 503".into(), after_s: Some(7) };
        assert_eq!(not_done(away), PaintError::Trouble(away_there));
        assert!(matches!(not_done(FalError::Unknown("x".into())), PaintError::Unknown(_)));
        assert!(matches!(not_done(FalError::Gone), PaintError::Trouble(Trouble::Refused(_))));
        assert!(matches!(not_taken(FalWebhookError::Keys(FalError::Gone)), HookError::Away(_)));
        assert!(matches!(not_taken(FalWebhookError::OtherAccount), HookError::NotBelieved(_)));
    }
}
