//! Where copies are watched and seen: addresses that were signed a moment ago and end.

use std::collections::BTreeMap;

use policy::{ProcessorId, PurposeId};
use processors::role::{Stills, Streaming};
use sea_orm::entity::prelude::*;

use super::rows::{self, CopyState, What};
use super::{Picture, Streams, WIDTHS};
use crate::clock::SECOND_MS;
use crate::films::FilmId;
use crate::{AccountId, Error, Result, boxed};

/// How long an address for watching works: longer than any evening, shorter than a day.
pub(super) const WATCH_S: i64 = 4 * 3600;
/// How long an address of a still works.
const SHOW_S: i64 = 4 * 3600;
/// Addresses of stills stay the same for so long, so that a browser need not fetch them again.
const SAME_S: i64 = 3600;

impl Streams<'_> {
    #[boxed]
    pub(super) async fn signed_playlist(
        &self,
        role: &dyn Streaming,
        account: &AccountId,
        film: &FilmId,
    ) -> Result<Option<String>> {
        let row = self.ready(account, What::Stream, role.processor());
        let row = row.filter(rows::Column::FilmId.eq(film.as_str())).one(self.studio.db().read()).await?;
        let Some((id, sealed)) = row.and_then(|row| Some((row.id, row.shown_sealed?))) else {
            return Ok(None);
        };
        let key = self.studio.data_key(account, PurposeId::Films).await?;
        let playback = self.opened(&key, &id, "shown", &sealed)?;
        let url = role.playlist_url(&playback, self.studio.now_ms() / SECOND_MS, WATCH_S);
        url.map(Some).map_err(Error::internal)
    }

    #[boxed]
    pub(super) async fn signed_pictures(
        &self,
        role: &dyn Stills,
        account: &AccountId,
    ) -> Result<BTreeMap<FilmId, Picture>> {
        let ready = self.ready(account, What::Still, role.processor());
        let ready = ready.all(self.studio.db().read()).await?;
        if ready.is_empty() {
            return Ok(BTreeMap::new());
        }
        let key = self.studio.data_key(account, PurposeId::Films).await?;
        let now_s = self.studio.now_ms() / SECOND_MS;
        let since_s = now_s - now_s % SAME_S;
        let mut pictures = BTreeMap::new();
        for row in ready {
            let handle = self.opened(&key, &row.id, "handle", &row.handle_sealed)?;
            let mut links = Vec::new();
            for width in WIDTHS {
                let link = role.link(&handle, width, since_s, SHOW_S).map_err(Error::internal)?;
                links.push((width, link));
            }
            pictures.insert(FilmId::stored(row.film_id), Picture { links });
        }
        Ok(pictures)
    }

    fn ready(&self, account: &AccountId, what: What, processor: ProcessorId) -> Select<rows::Entity> {
        rows::Entity::find()
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .filter(rows::Column::What.eq(what))
            .filter(rows::Column::State.eq(CopyState::Ready))
            .filter(rows::Column::Processor.eq(processor.as_str()))
    }
}
