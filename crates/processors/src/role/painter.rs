//! Having a shot painted outside from a child's photo.
//!
//! Nothing is uploaded: the photo goes with the wish, and what comes back is fetched and then deleted there, by the
//! request's id ([`super::Erases`]). A prompt has no name and no id in it.

use futures::future::BoxFuture;
use policy::{Personal, ProcessorId, kind};

use super::Trouble;

/// What is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaintKind {
    /// A picture.
    Picture,
    /// A moving picture that begins with the photo.
    Video,
}

/// What painting may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaintTerms {
    /// For a picture.
    pub picture: PaintCall,
    /// For a moving picture; nothing when it makes none.
    pub video: Option<PaintCall>,
    /// What all calls for an order may cost, in cents. What lies above is drawn.
    pub cents_per_order: u32,
}

/// What a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaintCall {
    /// How long a shot is waited for, in seconds. Then it is drawn.
    pub wait_s: u32,
    /// What it costs, in cents.
    pub cents: u32,
}

impl PaintTerms {
    /// What a call of a kind may take; nothing when that is not painted.
    pub fn of(&self, kind: PaintKind) -> Option<PaintCall> {
        match kind {
            PaintKind::Picture => Some(self.picture),
            PaintKind::Video => self.video,
        }
    }
}

/// What is to be painted.
#[derive(Debug, Clone)]
pub struct PaintWish {
    /// What is to come back: one of those that the terms have.
    pub kind: PaintKind,
    /// The child, as a PNG or JPEG.
    pub photo: Personal<kind::Photo, Vec<u8>>,
    /// What is to be seen.
    pub prompt: String,
    /// Where the painter may tell that it is done; without it, it is asked.
    pub webhook: Option<String>,
}

/// A wish that was taken.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PaintTicket {
    /// The painter's id of it, by which it is deleted there, and which webhooks name.
    pub request: String,
    /// What it is asked about with besides.
    pub track: String,
}

/// Where a wish stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaintStage {
    /// It waits or is being painted.
    UnderWay,
    /// It is over; the result says how.
    Over,
}

/// What was painted: bytes of a stranger, to be decoded behind a wall.
#[derive(Debug, Clone)]
pub enum Painted {
    /// A picture.
    Picture(Personal<kind::Still, Vec<u8>>),
    /// A moving picture.
    Video(Personal<kind::GeneratedVideo, Vec<u8>>),
}

/// Why a wish is not, or not yet, fulfilled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaintError {
    /// Whether the wish was taken is not known: it is not sent again. What was taken all the same has no handle here. Two
    /// things cover it: whoever takes this role has the painter forget each wish by itself within minutes, by what the
    /// policy puts on every call; and when the painter tells of one that nobody here knows, it is deleted there.
    #[error("whether it was taken is not known: {0}")]
    Unknown(String),
    /// It is away, and nothing was taken; or it said no, failed, or has it no more.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// The role: paints shots.
pub trait Painter: Send + Sync {
    /// Who it is.
    fn processor(&self) -> ProcessorId;

    /// What painting may take.
    fn terms(&self) -> PaintTerms;

    /// Sends a wish, once.
    ///
    /// # Errors
    /// See [`PaintError`].
    fn submit<'a>(&'a self, wish: &'a PaintWish) -> BoxFuture<'a, Result<PaintTicket, PaintError>>;

    /// Where it stands.
    ///
    /// # Errors
    /// See [`PaintError`].
    fn progress<'a>(&'a self, ticket: &'a PaintTicket) -> BoxFuture<'a, Result<PaintStage, PaintError>>;

    /// What was painted, once it is over.
    ///
    /// # Errors
    /// See [`PaintError`].
    fn result<'a>(&'a self, ticket: &'a PaintTicket) -> BoxFuture<'a, Result<Painted, PaintError>>;

    /// Has it stopped. What is over or gone counts as stopped.
    ///
    /// # Errors
    /// See [`PaintError`].
    fn cancel<'a>(&'a self, ticket: &'a PaintTicket) -> BoxFuture<'a, Result<(), PaintError>>;
}
