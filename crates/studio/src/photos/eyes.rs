//! Who looks at photos: the sandboxed decoder and the face finder, as one part that tests of the
//! rules replace.

use std::sync::Arc;

use futures::future::BoxFuture;
use intake::{Accepted, Clip, ClipRefused, Intake, Refused};
use likeness::{CutOut, Face, Likeness, Refusal};

use crate::{Config, Error, Result};

/// Looks at photos.
pub(crate) trait Eyes: Send + Sync {
    /// Turns hostile bytes into clean pixels.
    fn take_in<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Accepted, Refused>>;

    /// Opens a hostile moving picture for frames of this size.
    fn watch(&self, bytes: Vec<u8>, frame: (u32, u32)) -> BoxFuture<'_, Result<Clip, ClipRefused>>;

    /// The usable faces, best first. Computes for a while.
    fn faces(&self, photo: &likeness::Photo) -> Result<Vec<Face>, Refusal>;

    /// Cuts one of the faces out. Computes for a while.
    fn cut_out(&self, photo: &likeness::Photo, face: &Face) -> Result<CutOut, Refusal>;
}

struct Real {
    intake: Intake,
    likeness: Likeness,
}

/// The real ones.
pub(crate) fn real(config: &Config) -> Result<Arc<dyn Eyes>> {
    let intake = match &config.decoder {
        Some(program) => Intake::with_program(program),
        None => Intake::this_program().map_err(Error::internal)?,
    };
    Ok(Arc::new(Real { intake, likeness: Likeness::embedded() }))
}

impl Eyes for Real {
    fn take_in<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Accepted, Refused>> {
        Box::pin(self.intake.accept(bytes))
    }

    fn watch(&self, bytes: Vec<u8>, frame: (u32, u32)) -> BoxFuture<'_, Result<Clip, ClipRefused>> {
        Box::pin(self.intake.watch(bytes, frame))
    }

    fn faces(&self, photo: &likeness::Photo) -> Result<Vec<Face>, Refusal> {
        self.likeness.faces(photo)
    }

    fn cut_out(&self, photo: &likeness::Photo, face: &Face) -> Result<CutOut, Refusal> {
        self.likeness.cut_out(photo, face)
    }
}
