//! Showing stills of a film in every size from somewhere else than our own house: the picture lies there privately, and
//! is shown at addresses that were signed a short while ago.

use futures::future::BoxFuture;
use policy::{Personal, ProcessorId, kind};

use super::Trouble;

/// The role: keeps stills and shows them.
pub trait Stills: Send + Sync {
    /// Who it is.
    fn processor(&self) -> ProcessorId;

    /// The handle under which a picture is going to be sent: made of chance alone, so that it can be noted before. A
    /// deletion by it is done once nothing can come any more ([`super::ARRIVES_WITHIN_S`]).
    fn early_handle(&self, chance: [u8; 32]) -> String;

    /// Sends a picture (JPEG) under a handle that was made before; the handle by which it is shown and deleted from then
    /// on. Sent again, it is the same picture.
    ///
    /// # Errors
    /// See [`Trouble`].
    fn upload<'a>(
        &'a self,
        handle: &'a str,
        jpeg: &'a Personal<kind::Still, Vec<u8>>,
    ) -> BoxFuture<'a, Result<String, Trouble>>;

    /// Where a picture is shown, so many pixels wide, for `life_s` seconds from `now_s` (seconds since 1970).
    ///
    /// # Errors
    /// When it cannot be signed.
    fn link(&self, handle: &str, width: u32, now_s: i64, life_s: i64) -> Result<String, Trouble>;
}
