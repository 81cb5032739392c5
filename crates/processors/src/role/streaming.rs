//! Streaming a film from somewhere else than our own house. The service fetches it from an address that it is lent, or is
//! sent it, and plays it for whoever has an address that was signed a short while ago.

use bytes::Bytes;
use futures::future::BoxFuture;
use policy::{Personal, ProcessorId, kind};

use super::Trouble;

/// How far a film is at the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamState {
    /// It is being fetched and made ready.
    Preparing,
    /// It can be watched.
    Ready,
    /// It never will be.
    Failed,
}

/// A film at the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// The service's id of it; also the handle by which it is deleted.
    pub id: String,
    /// What players ask for; none when nobody can watch it.
    pub playback: Option<String>,
    /// How far it is.
    pub state: StreamState,
}

/// How a film gets to the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The service fetches it from an address of ours: [`Streaming::ingest`].
    Fetched,
    /// It is sent there: [`Streaming::send`].
    Sent,
}

/// What was sent has arrived after so many seconds, or never will: whoever sends is at it no longer. Until then a service
/// that deletes by a handle that was made before does not say that it is done.
pub const ARRIVES_WITHIN_S: i64 = 5 * 60;

/// The role: streams films.
pub trait Streaming: Send + Sync {
    /// Who it is.
    fn processor(&self) -> ProcessorId;

    /// The handle by which a film is deleted whose id is not known yet: made of the name under which it is sent, so that
    /// it can be noted before anything is. A deletion by it is done once nothing is there any more, and nothing can come
    /// any more ([`ARRIVES_WITHIN_S`]).
    fn early_handle(&self, name: &str) -> String;

    /// Has a film fetched from an address, once for each name however often it is asked.
    ///
    /// # Errors
    /// See [`Trouble`].
    fn ingest<'a>(
        &'a self,
        name: &'a str,
        url: &'a Personal<kind::GeneratedVideo, String>,
    ) -> BoxFuture<'a, Result<Stream, Trouble>>;

    /// How films get there; `None`: fetched where the site can be reached from outside, sent where it cannot.
    fn way(&self) -> Option<Way> {
        Some(Way::Fetched)
    }

    /// Sends a film (MP4), once for each name however often it is asked; within [`ARRIVES_WITHIN_S`].
    ///
    /// # Errors
    /// See [`Trouble`].
    fn send<'a>(
        &'a self,
        name: &'a str,
        film: &'a Personal<kind::GeneratedVideo, Bytes>,
    ) -> BoxFuture<'a, Result<Stream, Trouble>> {
        let _ = (name, film);
        Box::pin(std::future::ready(Err(Trouble::Refused("it takes no film that is sent".to_owned()))))
    }

    /// How far a film is, by the service's id; none when it is not there.
    ///
    /// # Errors
    /// See [`Trouble`].
    fn look<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Stream>, Trouble>>;

    /// Where a player finds a film for `life_s` seconds from `now_s` (seconds since 1970): a playlist (HLS).
    ///
    /// # Errors
    /// When it cannot be signed.
    fn playlist_url(&self, playback: &str, now_s: i64, life_s: i64) -> Result<String, Trouble>;
}
