//! Files of films that were whole before films were marked as synthetic media: such a file is marked when somebody asks
//! for it, once. Knows of the file only that there is a mark in it or none: what the film shows stays as it is.

use policy::PurposeId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::mark;
use crate::films::FilmId;
use crate::films::rows::films;
use crate::films::watching::view;
use crate::objects::id_in_row;
use crate::{AccountId, Error, Result, Studio, boxed};

/// Sees to it that a film's file is marked; returns the film's row as it stands then. A file that does not take a mark is
/// handed out as it is, rather than not at all.
#[boxed]
pub(super) async fn see_to(studio: &Studio, row: films::Model) -> Result<films::Model> {
    let (Some(object), Some(size)) = (&row.mp4_object, row.mp4_bytes) else { return Ok(row) };
    let old = id_in_row(object)?;
    let (account, id) = (AccountId::stored(row.account_id.clone()), FilmId::stored(row.id.clone()));
    let key = studio.data_key(&account, PurposeId::Films).await?;
    let start = studio.vault().get_range(&key, &old, 0..provenance::START.min(size.unsigned_abs())).await?;
    if provenance::is_marked(&start) {
        return Ok(row);
    }
    let (signer, instance) = (mark::signer(studio).await?, studio.random().bytes());
    let file = studio.objects().get(&key, &old).await?;
    let marking = tokio::task::spawn_blocking(move || {
        let room = signer.room().map_err(Error::internal)?;
        let mut file = cinema::with_room(&file, room).map_err(Error::internal)?;
        signer.mark(&mut file, instance).map_err(Error::internal)?;
        Ok::<_, Error>(file)
    });
    let file = match marking.await.map_err(Error::internal)? {
        Ok(file) => file,
        Err(error) => {
            tracing::warn!(film = %row.id, %error, "a film's file from before could not be marked");
            return Ok(row);
        }
    };
    let stored = studio.objects().store(&key, &file).await?;
    let tx = studio.db().begin().await?;
    let replaced = films::Entity::update_many()
        .col_expr(films::Column::Mp4Object, Expr::value(Some(stored.id.to_string())))
        .col_expr(films::Column::Mp4Bytes, Expr::value(Some(stored.bytes as i64)))
        .filter(films::Column::Id.eq(row.id.as_str()))
        .filter(films::Column::Mp4Object.eq(object.as_str()))
        .exec(&tx)
        .await?;
    if replaced.rows_affected != 1 {
        // Somebody else was quicker, or the film is being made again.
        tx.rollback().await?;
        studio.objects().delete(&[stored.id]).await?;
        return view::owned(studio, &account, &id).await;
    }
    studio.objects().enter(&tx, &account, "film-file", &stored).await?;
    studio.objects().strike(&tx, &account, std::slice::from_ref(&old)).await?;
    tx.commit().await?;
    studio.objects().delete(&[old]).await?;
    Ok(films::Model { mp4_object: Some(stored.id.to_string()), mp4_bytes: Some(stored.bytes as i64), ..row })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use futures::TryStreamExt;

    use super::*;
    use crate::db::testing::{Kit, on_both_with};
    use crate::films::testing::{Counting, paid};
    use crate::films::{Download, without_captions};
    use crate::jobs::testing::run_all;

    async fn download(kit: &Kit, account: &AccountId, film: &FilmId) -> Download {
        kit.studio.films().download(account, film, None).await.unwrap()
    }

    #[test]
    fn proves_g_1_a_film_from_before_is_marked_once_when_somebody_asks_for_it() {
        let renderer = Arc::new(Counting::default());
        on_both_with(
            |outside| outside.renderer = Arc::new(Arc::clone(&renderer)),
            async |kit| {
                let (studio, account) = (&kit.studio, kit.account("anna@example.org").await);
                let (_, film) = paid(kit, &account).await;
                run_all(studio).await.unwrap();
                let row = view::owned(studio, &account, &film).await.unwrap();
                // As it was put together then.
                let plain = without_captions(studio, &row).await.unwrap().unwrap();
                assert!(c2pa_reader::read(&plain).is_err());
                let key = studio.data_key(&account, PurposeId::Films).await.unwrap();
                let old = studio.objects().store(&key, &plain).await.unwrap();
                let db = studio.db().write();
                studio.objects().enter(db, &account, "film-file", &old).await.unwrap();
                films::Entity::update_many()
                    .col_expr(films::Column::Mp4Object, Expr::value(Some(old.id.to_string())))
                    .col_expr(films::Column::Mp4Bytes, Expr::value(Some(old.bytes as i64)))
                    .filter(films::Column::Id.eq(film.as_str()))
                    .exec(db)
                    .await
                    .unwrap();

                let first = download(kit, &account, &film).await;
                let (etag, size) = (first.etag.clone(), first.size);
                let whole = first.bytes.try_collect::<Vec<Bytes>>().await.unwrap().concat();
                c2pa_reader::read(&whole).unwrap();
                assert_eq!(size, whole.len() as u64);
                assert!(whole.len() > plain.len() && plain.ends_with(&whole[whole.len() - 1_000..]));
                // Nothing is left of the one without, and the next who asks is given the same.
                assert!(studio.objects().get(&key, &old.id).await.is_err());
                assert_eq!(download(kit, &account, &film).await.etag, etag);
            },
        );
    }
}
