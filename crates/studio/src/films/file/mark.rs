//! The mark of a film's file, that it is synthetic media: who signs it. Nothing in it tells of a person or a time.

use std::sync::Arc;

use provenance::Signer;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};
use vault::Place;

use crate::keys::house_rows;
use crate::{Error, Result, Studio, boxed};

/// Where the house keeps the key and the certificate that it made for itself, sealed.
const NAME: &str = "provenance";
const PLACE: Place<'static> = Place { table: "house", row: NAME, column: "value" };

/// The operator's signer, or the house's own, made when the first film is whole. Two processes making it at once agree.
#[boxed]
pub(in crate::films) async fn signer(studio: &Studio) -> Result<Arc<Signer>> {
    if let Some(signer) = &studio.config().provenance {
        return Ok(Arc::clone(signer));
    }
    let (db, vault, house) = (studio.db(), studio.vault(), studio.house_key());
    let kept = match house_rows::Entity::find_by_id(NAME).one(db.read()).await? {
        Some(kept) => kept,
        None => {
            let made = provenance::self_made().map_err(Error::internal)?;
            let value = vault.seal_field(house, &PLACE, made.as_bytes());
            let row = house_rows::ActiveModel { name: Set(NAME.into()), value: Set(value) };
            let keep_first = OnConflict::column(house_rows::Column::Name).do_nothing().to_owned();
            house_rows::Entity::insert(row)
                .on_conflict(keep_first)
                .exec_without_returning(db.write())
                .await?;
            let kept = house_rows::Entity::find_by_id(NAME).one(db.write()).await?;
            kept.ok_or_else(|| Error::internal("the key for marking films is gone"))?
        }
    };
    let pem = String::from_utf8(vault.open_field(house, &PLACE, &kept.value)?).map_err(Error::internal)?;
    Ok(Arc::new(Signer::from_pem(&pem).map_err(Error::internal)?))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures::TryStreamExt;

    use super::*;
    use crate::AccountId;
    use crate::db::testing::{Kit, on_both_where};
    use crate::films::FilmId;
    use crate::films::testing::{Counting, paid};
    use crate::jobs::testing::run_all;

    async fn file(kit: &Kit, account: &AccountId, film: &FilmId) -> Vec<u8> {
        let download = kit.studio.films().download(account, film, None).await.unwrap();
        download.bytes.try_collect::<Vec<Bytes>>().await.unwrap().concat()
    }

    fn holds(bytes: &[u8], text: &str) -> bool {
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    }

    fn with(signer: Option<Arc<Signer>>, body: impl AsyncFn(&Kit)) {
        let renderer = Arc::new(Counting::default());
        on_both_where(
            |outside| outside.renderer = Arc::new(Arc::clone(&renderer)),
            |config| config.provenance = signer.clone(),
            body,
        );
    }

    #[test]
    fn proves_g_1_a_downloaded_film_says_that_it_is_synthetic_media_and_of_nobody() {
        with(None, async |kit| {
            let account = kit.account("anna@example.org").await;
            let (order, film) = paid(kit, &account).await;
            run_all(&kit.studio).await.unwrap();
            let whole = file(kit, &account, &film).await;
            let mark = c2pa_reader::read(&whole).unwrap();
            assert_eq!((mark.maker.as_str(), mark.certificates), ("Mini Studio", 1));
            let [(done, source)] = &mark.actions[..] else { panic!("{:?}", mark.actions) };
            assert_eq!(done, "c2pa.created");
            assert!(source.ends_with("/digitalsourcetype/compositeSynthetic"), "{source}");
            assert!(holds(&whole, provenance::words("en")), "and so do its words");

            // A part of it is a part of the same file, whenever it is asked for.
            let part = kit.studio.films().download(&account, &film, Some(30..2_000)).await.unwrap();
            let part = part.bytes.try_collect::<Vec<Bytes>>().await.unwrap().concat();
            assert_eq!(part, whole[30..2_000]);
            // Changed, it does not pass for ours any more.
            let mut changed = whole.clone();
            *changed.last_mut().unwrap() ^= 1;
            assert_eq!(c2pa_reader::read(&changed).unwrap_err(), "the file was changed");

            // Made again it is another file, by the same maker; what it says to whoever plays it does not stand in its mark.
            kit.studio.films().correct_name(&account, &film, "Maximiliana").await.unwrap();
            run_all(&kit.studio).await.unwrap();
            let whole = file(kit, &account, &film).await;
            let again = c2pa_reader::read(&whole).unwrap();
            assert_ne!(again.instance, mark.instance);
            assert!(holds(&whole, "Maximiliana"), "in the captions");
            let ids = [account.as_str(), order.as_str(), film.as_str()];
            for telling in ids.into_iter().chain(["Maximiliana", "anna@example.org", "2026", "tiny"]) {
                assert!(!holds(&mark.bytes, telling) && !holds(&again.bytes, telling), "{telling}");
            }
            let key = house_rows::Entity::find_by_id(NAME).one(kit.studio.db().read()).await.unwrap();
            assert!(!holds(&key.unwrap().value, "PRIVATE KEY"), "it is kept sealed");
        });
    }

    #[test]
    fn the_operators_own_key_signs_where_there_is_one() {
        let signer = Arc::new(Signer::from_pem(&provenance::self_made().unwrap()).unwrap());
        with(Some(signer), async |kit| {
            let account = kit.account("anna@example.org").await;
            let (_, film) = paid(kit, &account).await;
            run_all(&kit.studio).await.unwrap();
            c2pa_reader::read(&file(kit, &account, &film).await).unwrap();
            let own = house_rows::Entity::find_by_id(NAME).one(kit.studio.db().read()).await.unwrap();
            assert!(own.is_none(), "none is made");
        });
    }
}
