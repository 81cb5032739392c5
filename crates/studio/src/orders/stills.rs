//! Stills with the child in them, before anything is paid.
//!
//! They are drawn when they are looked at (some tens of milliseconds) and kept nowhere: what is not
//! stored needs no deleting.

use bytes::Bytes;
use policy::PurposeId;

use super::heroes::has_second;
use super::view::{owned, personal};
use super::{OrderId, Orders};
use crate::films::persona::{Given, with_heads};
use crate::{AccountId, Error, Result, boxed};

/// A picture of a moment of the film with the child in it.
#[derive(Debug, Clone)]
pub struct Still {
    /// `image/jpeg`.
    pub content_type: &'static str,
    /// Changes when the picture does.
    pub etag: String,
    /// The file.
    pub bytes: Bytes,
}

/// Width of a still in pixels.
const STILL_WIDTH: u32 = 960;

impl Orders<'_> {
    /// How many stills a film shows before paying.
    pub fn stills(&self, film: &str) -> usize {
        self.studio.catalogue().show(film).map_or(0, |show| show.film().info().stills.len())
    }

    /// One of the stills, from 0, as the draft stands.
    ///
    /// # Errors
    /// `order-not-found`, `still-not-found`, `photo-needed` while there is no photo with a face.
    #[boxed]
    pub async fn still(&self, account: &AccountId, order: &OrderId, number: usize) -> Result<Still> {
        let studio = self.studio;
        let row = owned(studio.db().read(), account, order).await?;
        let show = studio.catalogue().show(&row.film).ok_or_else(|| Error::not_found("film-not-found"))?;
        let info = show.film().info();
        let still = info.stills.get(number).ok_or_else(|| Error::not_found("still-not-found"))?.clone();
        let key = studio.data_key(account, PurposeId::Films).await?;
        let told = personal(studio, &key, &row)?;
        if row.photo_id.is_none() && info.needs_face {
            return Err(Error::refused(
                "photo-needed",
                "Please add a photo first; then you can see it in the film.",
            ));
        }
        let second = info.second.as_ref().filter(|_| has_second(show, &row)).map(|info| Given {
            photo: row.second_photo_id.clone(),
            name: told.second.unwrap_or_else(|| info.sample.clone()),
        });
        let name = told.name.unwrap_or_else(|| info.sample_name.clone());
        let first = Given { photo: row.photo_id, name };
        let options = show.options_or_samples(told.options);
        let persona = with_heads(studio, account, first, second, row.language, options).await?;
        let picture = studio.backstage().draw(show, persona, still, STILL_WIDTH).await?;
        Ok(Still { content_type: picture.content_type, etag: picture.etag, bytes: picture.bytes })
    }
}
