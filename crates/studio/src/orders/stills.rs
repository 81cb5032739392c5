//! Stills with the child in them, before anything is paid.
//!
//! They are drawn when they are looked at (some tens of milliseconds) and kept nowhere: what is not
//! stored needs no deleting.

use bytes::Bytes;
use policy::PurposeId;
use ring::digest;

use super::heroes::has_second;
use super::view::{owned, personal};
use super::{OrderId, Orders};
use crate::films::draw;
use crate::films::persona::{Given, with_heads, without_heads};
use crate::hex::hex;
use crate::{AccountId, Error, PhotoId, Result, boxed};

/// A picture of a moment of the film with the child in it.
#[derive(Debug, Clone)]
pub struct Still {
    /// `image/jpeg`.
    pub content_type: &'static str,
    /// Changes when the picture does.
    pub etag: String,
    /// The file; nothing, where it is the one that is known.
    pub bytes: Option<Bytes>,
}

/// Width of a still in pixels.
const STILL_WIDTH: u32 = 960;
/// Stills of one account that wait to be drawn at the same moment: a page with all of a film's, in two tabs.
const STILLS_AT_ONCE: usize = 12;
/// After so many seconds others may be asked for.
const SOON_S: u64 = 5;

impl Orders<'_> {
    /// How many stills a film shows before paying.
    pub fn stills(&self, film: &str) -> usize {
        self.studio.catalogue().show(film).map_or(0, |show| show.film().info().stills.len())
    }

    /// One of the stills, from 0, as the draft stands; not drawn again where `known` is the etag that it has.
    ///
    /// # Errors
    /// `order-not-found`, `still-not-found`, `photo-needed` while there is no photo with a face; `too-many-stills` at
    /// this moment.
    #[boxed]
    pub async fn still(
        &self,
        account: &AccountId,
        order: &OrderId,
        number: usize,
        known: Option<&str>,
    ) -> Result<Still> {
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
        let rest = without_heads(&first, second.as_ref(), &row.language, &options);
        let mut depends_on = vec![draw::etag(show, &rest, &still, STILL_WIDTH)?];
        for hero in [Some(&first), second.as_ref()] {
            depends_on.push(match hero.and_then(|hero| hero.photo.clone()) {
                Some(photo) => studio.photos().cut_out_object(account, &PhotoId::stored(photo)).await?,
                None => String::new(),
            });
        }
        let etag = hex(digest::digest(&digest::SHA256, depends_on.join("/").as_bytes()).as_ref());
        if known == Some(etag.as_str()) {
            return Ok(Still { content_type: "image/jpeg", etag, bytes: None });
        }
        let place = studio.0.stills.begin(account.as_str().as_bytes(), STILLS_AT_ONCE);
        let _place = place.ok_or_else(|| Error::too_many("too-many-stills", SOON_S))?;
        // Before the heads are opened: who waits holds none.
        let easel = studio.backstage().easel().await?;
        let persona = with_heads(studio, account, first, second, row.language, options).await?;
        let picture = studio.backstage().draw_at(easel, show, persona, (still, STILL_WIDTH)).await?;
        Ok(Still { content_type: picture.content_type, etag, bytes: Some(picture.bytes) })
    }
}
