//! What is stored of an account whose data are used for nothing else: as much of it as its owner needs to tell one thing
//! from another and to delete it. No photo and no film is opened for that.

use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};

use super::Accounts;
use crate::children::Child;
use crate::films::FilmId;
use crate::films::rows::films;
use crate::photos::rows as photos;
use crate::{AccountId, Error, PhotoId, Result, boxed};

/// What is stored, the newest first but for the children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Photos, each with when it was given.
    pub photos: Vec<(PhotoId, i64)>,
    /// Films.
    pub films: Vec<StoredFilm>,
    /// Children.
    pub children: Vec<Child>,
}

/// A film that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFilm {
    /// Its id.
    pub id: FilmId,
    /// Which film of the catalogue it is.
    pub film: String,
    /// When it was ordered.
    pub created_at_ms: i64,
}

impl Accounts<'_> {
    /// What is stored of an account.
    ///
    /// # Errors
    /// `account-not-found` among others.
    #[boxed]
    pub async fn stored(&self, account: &AccountId) -> Result<Stored> {
        let db = self.studio.db().read();
        let photos: Vec<(String, i64)> = photos::Entity::find()
            .select_only()
            .column(photos::Column::Id)
            .column(photos::Column::CreatedAtMs)
            .filter(photos::Column::AccountId.eq(account.as_str()))
            .order_by_desc(photos::Column::CreatedAtMs)
            .order_by_desc(photos::Column::Id)
            .into_tuple()
            .all(db)
            .await?;
        let films: Vec<(String, String, i64)> = films::Entity::find()
            .select_only()
            .column(films::Column::Id)
            .column(films::Column::Film)
            .column(films::Column::CreatedAtMs)
            .filter(films::Column::AccountId.eq(account.as_str()))
            .order_by_desc(films::Column::Id)
            .into_tuple()
            .all(db)
            .await?;
        let film = |(id, film, created_at_ms)| StoredFilm { id: FilmId::stored(id), film, created_at_ms };
        Ok(Stored {
            photos: photos.into_iter().map(|(id, at_ms)| (PhotoId::stored(id), at_ms)).collect(),
            films: films.into_iter().map(film).collect(),
            children: self.studio.children().stored(account).await?,
        })
    }

    /// One film of those that are stored.
    ///
    /// # Errors
    /// `film-not-found`, the same for one that is somebody else's.
    #[boxed]
    pub async fn stored_film(&self, account: &AccountId, film: &FilmId) -> Result<StoredFilm> {
        let row = films::Entity::find_by_id(film.as_str())
            .filter(films::Column::AccountId.eq(account.as_str()))
            .one(self.studio.db().read())
            .await?
            .ok_or_else(|| Error::not_found("film-not-found"))?;
        Ok(StoredFilm { id: film.clone(), film: row.film, created_at_ms: row.created_at_ms })
    }
}

#[cfg(test)]
mod tests {
    use policy::{Country, Mailing};

    use crate::db::testing::on_both;
    use crate::films::testing::paid;
    use crate::marketing::{Method, Status};

    #[test]
    fn proves_s12_2_s12_3_s12_6_s12_7_who_had_their_data_restricted_keeps_their_other_rights() {
        on_both(async |kit| {
            let (studio, accounts) = (&kit.studio, kit.studio.accounts());
            let account = kit.account("anna@example.org").await;
            let france = Country::parse("FR");
            studio.marketing().subscribe(&account, Method::Settings, "marketing-1", france).await.unwrap();
            let (_, film) = paid(kit, &account).await;
            let mila = studio.children().create(&account, "Mila").await.unwrap();
            let ids = |children: &[crate::children::Child]| -> Vec<_> {
                children.iter().map(|child| child.id.clone()).collect()
            };
            let children = ids(&studio.children().list(&account).await.unwrap());
            let photos = studio.photos().list(&account).await.unwrap();
            accounts.restrict(&account).await.unwrap();

            let stored = accounts.stored(&account).await.unwrap();
            assert_eq!(stored.films.iter().map(|one| &one.id).collect::<Vec<_>>(), [&film]);
            assert_eq!(ids(&stored.children), children);
            assert!(stored.children.contains(&mila));
            let listed: Vec<_> = photos.iter().map(|photo| (photo.id.clone(), photo.created_at_ms)).collect();
            assert_eq!((stored.photos.clone(), stored.photos.len()), (listed, 1));
            // Each can be asked about by itself, and by its owner alone.
            let other = kit.account("ben@example.org").await;
            assert_eq!(accounts.stored_film(&account, &film).await.unwrap(), stored.films[0]);
            assert_eq!(accounts.stored_film(&other, &film).await.unwrap_err().code(), "film-not-found");
            let (photo, given_at_ms) = &stored.photos[0];
            assert_eq!(studio.photos().given_at_ms(&account, photo).await.unwrap(), *given_at_ms);
            let not_theirs = studio.photos().given_at_ms(&other, photo).await;
            assert_eq!(not_theirs.unwrap_err().code(), "photo-not-found");
            assert_eq!(studio.children().stored_one(&account, &mila.id).await.unwrap(), mila);
            let not_theirs = studio.children().stored_one(&other, &mila.id).await;
            assert_eq!(not_theirs.unwrap_err().code(), "child-not-found");
            // None of it is opened.
            assert_eq!(studio.films().find(&account, &film).await.unwrap_err().code(), "purpose-not-allowed");
            let photo = &photos[0].id;
            let opened = studio.photos().get(&account, photo).await;
            assert_eq!(opened.unwrap_err().code(), "purpose-not-allowed");

            studio.photos().delete(&account, photo).await.unwrap();
            studio.films().delete(&account, &film).await.unwrap();
            for child in &children {
                studio.children().delete(&account, child).await.unwrap();
            }
            let left = accounts.stored(&account).await.unwrap();
            assert!(left.photos.is_empty() && left.films.is_empty() && left.children.is_empty(), "{left:?}");

            accounts.object_to_support(&account).await.unwrap();
            studio.marketing().stop(&account, Method::Settings).await.unwrap();
            let objected = accounts.get(&account).await.unwrap().support_objected_at_ms;
            assert_eq!(objected, Some(studio.now_ms()));
            assert_eq!(studio.marketing().history(&account).await.unwrap()[0].status, Status::Unsubscribed);

            accounts.ask_for_address(&account, "anna@new.example").await.unwrap();
            let mails = studio.mail().list(2).await.unwrap();
            for mail in &mails {
                let (_, rest) = mail.letter.text.split_once("/account/address/").unwrap();
                accounts.confirm_address(rest.split_whitespace().next().unwrap()).await.unwrap();
            }
            let now = accounts.get(&account).await.unwrap();
            assert_eq!(now.email, "anna@new.example");
            assert!(now.restricted_at_ms.is_some(), "and they are only stored still");
            // What was said meanwhile holds when they are used again.
            accounts.lift_restriction(&account).await.unwrap();
            let ground =
                studio.marketing().ground(studio.db().read(), &account, Mailing::ProductUpdate).await;
            assert_eq!(ground.unwrap(), None);
        });
    }
}
