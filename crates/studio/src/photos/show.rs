//! Showing a photo or its cut-out to its owner.

use bytes::Bytes;
use likeness::CutOut;
use policy::PurposeId;

use super::{Photos, row_of};
use crate::{AccountId, Error, PhotoId, Result, boxed, objects};

/// A picture that can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// The photo, upright and clean (JPEG).
    Photo,
    /// The photo, small (JPEG, longer side 320).
    PhotoSmall,
    /// The cut-out (PNG).
    CutOut,
    /// The cut-out, small (PNG, 192 by 192).
    CutOutSmall,
}

/// Bytes of a picture.
#[derive(Debug, Clone)]
pub struct PictureBytes {
    /// `image/jpeg` or `image/png`.
    pub content_type: &'static str,
    /// The file.
    pub bytes: Bytes,
}

impl Photos<'_> {
    /// A picture to show.
    ///
    /// # Errors
    /// `photo-not-found`, `face-not-chosen` (a cut-out before a face was chosen).
    #[boxed]
    pub async fn picture(
        &self,
        account: &AccountId,
        photo: &PhotoId,
        which: Picture,
    ) -> Result<PictureBytes> {
        if which == Picture::CutOut {
            let cut_out = self.cut_out(account, photo).await?;
            let png = tokio::task::spawn_blocking(move || cut_out.png()).await.map_err(Error::internal)?;
            return Ok(PictureBytes { content_type: "image/png", bytes: png.into() });
        }
        let row = row_of(self.studio.db().read(), account, photo).await?;
        let (object, content_type) = match which {
            Picture::Photo => (row.photo_object, "image/jpeg"),
            Picture::PhotoSmall => (row.small_object, "image/jpeg"),
            Picture::CutOut | Picture::CutOutSmall => {
                (row.cut_out_small_object.ok_or_else(not_chosen)?, "image/png")
            }
        };
        Ok(PictureBytes { content_type, bytes: self.object(account, &object).await? })
    }

    /// The cut-out, for drawing.
    ///
    /// # Errors
    /// `photo-not-found`, `face-not-chosen`.
    #[boxed]
    pub async fn cut_out(&self, account: &AccountId, photo: &PhotoId) -> Result<CutOut> {
        let object = self.cut_out_object(account, photo).await?;
        let bytes = self.object(account, &object).await?;
        CutOut::from_bytes(&bytes).map_err(Error::internal)
    }

    /// The object that the cut-out is: another one when another face was chosen.
    ///
    /// # Errors
    /// As [`Self::cut_out`].
    pub(crate) async fn cut_out_object(&self, account: &AccountId, photo: &PhotoId) -> Result<String> {
        let row = row_of(self.studio.db().read(), account, photo).await?;
        row.cut_out_object.ok_or_else(not_chosen)
    }

    async fn object(&self, account: &AccountId, object: &str) -> Result<Bytes> {
        let key = self.studio.data_key(account, PurposeId::Films).await?;
        self.studio.objects().get(&key, &objects::id_in_row(object)?).await
    }
}

fn not_chosen() -> Error {
    Error::conflict("face-not-chosen", "There are several faces in this photo. Please choose the hero first.")
}
