//! Releases: the express written consent of a guardian to show one film, with the likeness in it, so as to promote
//! the service. Signed by name for named places, until a named day; nothing is shown without one.
//!
//! That a film may be shown is asked anew with each request, so a withdrawal takes it out everywhere at once.

pub(crate) mod rows;

use std::collections::BTreeMap;
use std::ops::Range;

use policy::{PurposeId, Subject};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QueryOrder, QuerySelect, QueryTrait};
use vault::{DataKey, Place as Sealed};

use crate::clock::DAY_MS;
use crate::films::rows::films;
use crate::films::{Download, FilmId, FilmState, FilmView};
use crate::{AccountId, Error, Result, Studio, boxed, id_type};

id_type!(
    /// A release.
    ReleaseId
);

/// How long a release may last, at most: a likeness is not given away for good.
pub const RELEASE_MS_MAX: i64 = 2 * 365 * DAY_MS;
/// Longest name under a release, in characters.
pub const NAME_CHARS_MAX: usize = 120;
/// The most releases that are listed.
const LISTED: u64 = 100;

/// Where a film may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On the film's page here.
    Site,
    /// In what we publish elsewhere on the internet.
    Online,
    /// On fairs and other occasions.
    Events,
}

impl Place {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Site, Self::Online, Self::Events];

    /// Its stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Online => "online",
            Self::Events => "events",
        }
    }
}

/// What a guardian signs.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The name they sign with.
    pub name: String,
    /// Where the film may be shown.
    pub places: Vec<Place>,
    /// Until when.
    pub until_ms: i64,
    /// The version of the wording that they read.
    pub wording: String,
    /// The language they read it in.
    pub language: String,
}

/// A release, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its id.
    pub id: ReleaseId,
    /// The film.
    pub film: FilmId,
    /// The name it is signed with.
    pub name: String,
    /// Where the film may be shown.
    pub places: Vec<Place>,
    /// The version of the wording.
    pub wording: String,
    /// When it was signed.
    pub given_at_ms: i64,
    /// Until when it holds.
    pub until_ms: i64,
    /// Since when the film is shown here; `None`: it is not.
    pub shown_at_ms: Option<i64>,
    /// When it was withdrawn.
    pub withdrawn_at_ms: Option<i64>,
}

/// A release that holds, at the desk: what may be shown, and nothing of whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Showable {
    /// Its id.
    pub id: ReleaseId,
    /// The film of the catalogue.
    pub film: String,
    /// Where it may be shown.
    pub places: Vec<Place>,
    /// Until when.
    pub until_ms: i64,
    /// Since when it is shown here.
    pub shown_at_ms: Option<i64>,
}

/// Releases of a studio.
#[derive(Clone, Copy)]
pub struct Releases<'a> {
    studio: &'a Studio,
}

impl<'a> Releases<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Signs a release for one film. One that holds already is withdrawn for it: the newest words count.
    ///
    /// # Errors
    /// `release-name`, `release-places`, `release-until`, `wording-changed`; `film-not-found`; `film-not-ready`;
    /// `release-two` for a film with two heroes.
    #[boxed]
    pub async fn sign(&self, account: &AccountId, film: &FilmId, signed: &Signed) -> Result<ReleaseId> {
        let studio = self.studio;
        let name = signed.name.split_whitespace().collect::<Vec<_>>().join(" ");
        // A signature is a name, not a letter.
        if name.chars().count() < 3
            || name.chars().count() > NAME_CHARS_MAX
            || name.chars().any(char::is_control)
        {
            return Err(Error::refused("release-name", "Please sign with your full name."));
        }
        if signed.places.is_empty() {
            return Err(Error::refused("release-places", "Please choose where the film may be shown."));
        }
        let now = studio.now_ms();
        if signed.until_ms <= now || signed.until_ms > now + RELEASE_MS_MAX {
            let sentence = "Please choose a day within the next two years.";
            return Err(Error::refused("release-until", sentence));
        }
        if studio.policy().wording(Subject::Promotion).version != signed.wording {
            let sentence = "The wording has changed meanwhile. Please read it again; nothing was signed.";
            return Err(Error::conflict("wording-changed", sentence));
        }
        let whole = studio.films().find(account, film).await?;
        must_be_ready(whole.state)?;
        if whole.second.is_some() {
            // What is signed speaks of one child; who answers for the other is not asked.
            let sentence = "Two children play in this film, and a release holds for one. Nothing was signed.";
            return Err(Error::conflict("release-two", sentence));
        }
        let key = studio.data_key(account, PurposeId::Account).await?;
        let id = studio.new_id();
        let row = rows::ActiveModel {
            id: Set(id.clone()),
            account_id: Set(account.to_string()),
            film_id: Set(film.to_string()),
            name_sealed: Set(studio.vault().seal_field(&key, &name_place(&id), name.as_bytes())),
            scope: Set(words_of(&signed.places)),
            wording: Set(signed.wording.clone()),
            language: Set(signed.language.clone()),
            given_at_ms: Set(now),
            until_ms: Set(signed.until_ms),
            shown_at_ms: Set(None),
            withdrawn_at_ms: Set(None),
        };
        let tx = studio.db().begin().await?;
        // It may have been deleted meanwhile, or be deleted at this moment: that has to wait, or this.
        let there = film_of(account, film).lock_exclusive().one(&tx).await?;
        must_be_ready(there.ok_or_else(|| Error::not_found("film-not-found"))?.state)?;
        withdraw(&tx, film, now).await?;
        rows::Entity::insert(row).exec_without_returning(&tx).await?;
        tx.commit().await?;
        Ok(ReleaseId::stored(id))
    }

    /// Withdraws what was signed for a film; where nothing holds, nothing changes. Nobody is shown it any more.
    ///
    /// # Errors
    /// `film-not-found` for one that is somebody else's.
    #[boxed]
    pub async fn withdraw(&self, account: &AccountId, film: &FilmId) -> Result<()> {
        let signed = rows::Entity::find()
            .filter(rows::Column::FilmId.eq(film.as_str()))
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .count(self.studio.db().read())
            .await?;
        if signed == 0 {
            self.studio.films().find(account, film).await?;
        }
        withdraw(self.studio.db().write(), film, self.studio.now_ms()).await
    }

    /// Everything that was signed for an account's films, newest first, each with the slug of its film in the catalogue,
    /// as long as there is that.
    ///
    /// # Errors
    /// `account-not-found`.
    #[boxed]
    pub async fn of_account(&self, account: &AccountId) -> Result<Vec<(Option<String>, Release)>> {
        let db = self.studio.db().read();
        let key = self.studio.data_key(account, PurposeId::Account).await?;
        let signed = rows::Entity::find()
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .order_by_desc(rows::Column::Id)
            .limit(LISTED)
            .all(db)
            .await?;
        let films = slugs_of(db, account).await?;
        let read = |row: rows::Model| Ok((films.get(&row.film_id).cloned(), self.read(&key, row)?));
        signed.into_iter().map(read).collect()
    }

    /// Everything that was signed for a film, newest first.
    ///
    /// # Errors
    /// `film-not-found`.
    #[boxed]
    pub async fn of_film(&self, account: &AccountId, film: &FilmId) -> Result<Vec<Release>> {
        self.studio.films().find(account, film).await?;
        let key = self.studio.data_key(account, PurposeId::Account).await?;
        let rows = rows::Entity::find()
            .filter(rows::Column::FilmId.eq(film.as_str()))
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .order_by_desc(rows::Column::Id)
            .all(self.studio.db().read())
            .await?;
        rows.into_iter().map(|row| self.read(&key, row)).collect()
    }

    fn read(&self, key: &DataKey, row: rows::Model) -> Result<Release> {
        let name = self.studio.vault().open_field(key, &name_place(&row.id), &row.name_sealed)?;
        Ok(Release {
            name: String::from_utf8(name).map_err(Error::internal)?,
            places: places_of(&row.scope),
            id: ReleaseId::stored(row.id),
            film: FilmId::stored(row.film_id),
            wording: row.wording,
            given_at_ms: row.given_at_ms,
            until_ms: row.until_ms,
            shown_at_ms: row.shown_at_ms,
            withdrawn_at_ms: row.withdrawn_at_ms,
        })
    }

    /// Whether a release holds now.
    pub fn holds(&self, release: &Release) -> bool {
        release.withdrawn_at_ms.is_none() && self.studio.now_ms() < release.until_ms
    }

    /// What may be shown, newest first: for the desk.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn showable(&self) -> Result<Vec<Showable>> {
        let rows = self.holding().order_by_desc(rows::Column::Id).limit(LISTED);
        let mut found = Vec::new();
        for row in rows.all(self.studio.db().read()).await? {
            // The film is deleted, its account about to end or only stored: nothing to show.
            let Ok(view) = self.view(&row).await else { continue };
            found.push(Showable {
                id: ReleaseId::stored(row.id),
                film: view.film,
                places: places_of(&row.scope),
                until_ms: row.until_ms,
                shown_at_ms: row.shown_at_ms,
            });
        }
        Ok(found)
    }

    /// Shows a film on its page here, or takes it off.
    ///
    /// # Errors
    /// `release-not-found` for one that does not hold, or not for this place.
    #[boxed]
    pub async fn show_here(&self, release: &ReleaseId, shown: bool) -> Result<()> {
        let row = self.row(release).await?;
        if !places_of(&row.scope).contains(&Place::Site) {
            return Err(Error::not_found("release-not-found"));
        }
        let at = shown.then(|| self.studio.now_ms());
        rows::Entity::update_many()
            .col_expr(rows::Column::ShownAtMs, Expr::value(at))
            .filter(rows::Column::Id.eq(release.as_str()))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    /// The families' copies of a film of the catalogue that are shown on its page, newest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn shown(&self, film: &str) -> Result<Vec<ReleaseId>> {
        // Few are shown, and films are many: each is looked up by its id.
        let copy = films::Entity::find().select_only().column(films::Column::Id);
        let copy = copy.filter(Expr::cust("films.id = releases.film_id"));
        let copy = copy.filter(films::Column::Film.eq(film)).into_query();
        let rows = self
            .holding()
            .filter(rows::Column::ShownAtMs.is_not_null())
            .filter(Expr::exists(copy))
            .order_by_desc(rows::Column::Id)
            .limit(LISTED);
        let mut found = Vec::new();
        for row in rows.all(self.studio.db().read()).await? {
            // Its account may be about to end, or only stored.
            if self.studio.data_key(&AccountId::stored(row.account_id), PurposeId::Promotion).await.is_ok() {
                found.push(ReleaseId::stored(row.id));
            }
        }
        Ok(found)
    }

    /// A film that is shown, or a part of its file: for everybody, as long as its release holds.
    ///
    /// # Errors
    /// `release-not-found`; those of a download.
    #[boxed]
    pub async fn film(&self, release: &ReleaseId, range: Option<Range<u64>>) -> Result<Download> {
        let (account, film) = self.of_shown(release).await?;
        self.studio.films().file(&account, &film, PurposeId::Promotion, range).await
    }

    /// Whether a film that is shown, and on its way to somebody, may go on.
    ///
    /// # Errors
    /// `release-not-found` and `purpose-not-allowed` when its release does not hold any more, or it is not shown.
    #[boxed]
    pub async fn goes_on(&self, release: &ReleaseId) -> Result<()> {
        let (account, _) = self.of_shown(release).await?;
        self.studio.data_key(&account, PurposeId::Promotion).await.map(drop)
    }

    /// The account and the film of a release under which that is shown.
    async fn of_shown(&self, release: &ReleaseId) -> Result<(AccountId, FilmId)> {
        let row = self.row(release).await?;
        if row.shown_at_ms.is_none() {
            return Err(Error::not_found("release-not-found"));
        }
        Ok((AccountId::stored(row.account_id), FilmId::stored(row.film_id)))
    }

    async fn view(&self, row: &rows::Model) -> Result<FilmView> {
        let account = AccountId::stored(row.account_id.clone());
        self.studio.data_key(&account, PurposeId::Promotion).await?;
        self.studio.films().find(&account, &FilmId::stored(row.film_id.clone())).await
    }

    fn holding(&self) -> Select<rows::Entity> {
        rows::Entity::find().filter(holds(self.studio.now_ms()))
    }

    /// A release that holds.
    async fn row(&self, release: &ReleaseId) -> Result<rows::Model> {
        let row = self.holding().filter(rows::Column::Id.eq(release.as_str()));
        row.one(self.studio.db().read()).await?.ok_or_else(|| Error::not_found("release-not-found"))
    }
}

/// Whether an account has released any film that there is: without that its key does not open for promotion.
pub(crate) async fn any_holds(
    studio: &Studio,
    db: &impl ConnectionTrait,
    account: &AccountId,
) -> Result<bool> {
    let films = films::Entity::find().select_only().column(films::Column::Id);
    let films = films.filter(films::Column::AccountId.eq(account.as_str())).into_query();
    let held = rows::Entity::find()
        .filter(holds(studio.now_ms()))
        .filter(rows::Column::AccountId.eq(account.as_str()))
        .filter(rows::Column::FilmId.in_subquery(films))
        .count(db)
        .await?;
    Ok(held > 0)
}

/// Withdraws whatever holds for a film, in the transaction of what causes it.
pub(crate) async fn withdraw(db: &impl ConnectionTrait, film: &FilmId, now: i64) -> Result<()> {
    rows::Entity::update_many()
        .col_expr(rows::Column::WithdrawnAtMs, Expr::value(Some(now)))
        .col_expr(rows::Column::ShownAtMs, Expr::value(None::<i64>))
        .filter(rows::Column::FilmId.eq(film.as_str()))
        .filter(rows::Column::WithdrawnAtMs.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// A film, if it is this account's.
pub(crate) fn film_of(account: &AccountId, film: &FilmId) -> Select<films::Entity> {
    films::Entity::find_by_id(film.as_str()).filter(films::Column::AccountId.eq(account.as_str()))
}

/// The slugs in the catalogue of an account's films, by their ids.
pub(crate) async fn slugs_of(
    db: &impl ConnectionTrait,
    account: &AccountId,
) -> Result<BTreeMap<String, String>> {
    let films = films::Entity::find()
        .select_only()
        .column(films::Column::Id)
        .column(films::Column::Film)
        .filter(films::Column::AccountId.eq(account.as_str()));
    let slugs: Vec<(String, String)> = films.into_tuple().all(db).await?;
    Ok(slugs.into_iter().collect())
}

/// Only a whole film is shown to others.
pub(crate) fn must_be_ready(state: FilmState) -> Result<()> {
    if state == FilmState::Ready {
        return Ok(());
    }
    Err(Error::conflict("film-not-ready", "The film is not ready yet."))
}

fn holds(now: i64) -> Condition {
    Condition::all().add(rows::Column::WithdrawnAtMs.is_null()).add(rows::Column::UntilMs.gt(now))
}

fn words_of(places: &[Place]) -> String {
    let named = Place::ALL.into_iter().filter(|place| places.contains(place));
    named.map(Place::word).collect::<Vec<_>>().join(",")
}

fn places_of(words: &str) -> Vec<Place> {
    Place::ALL.into_iter().filter(|place| words.split(',').any(|word| word == place.word())).collect()
}

fn name_place(row: &str) -> Sealed<'_> {
    Sealed { table: "releases", row, column: "name" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::db::testing::{Kit, on_both_with};
    use crate::films::testing::{Counting, paid};
    use crate::jobs::testing::run_all;

    fn signed(kit: &Kit) -> Signed {
        Signed {
            name: " Anna  Example ".into(),
            places: vec![Place::Events, Place::Site],
            until_ms: kit.studio.now_ms() + 30 * DAY_MS,
            wording: "promotion-1".into(),
            language: "en".into(),
        }
    }

    #[test]
    fn proves_s8_2_a_film_is_shown_only_under_a_signed_release_and_a_withdrawal_ends_that_everywhere() {
        let drawn = |outside: &mut crate::Outside| outside.renderer = Arc::new(Arc::new(Counting::default()));
        on_both_with(drawn, async |kit| {
            let (studio, releases) = (&kit.studio, kit.studio.releases());
            let account = kit.account("anna@example.org").await;
            let (_, film) = paid(kit, &account).await;
            let early = releases.sign(&account, &film, &signed(kit)).await.unwrap_err();
            assert_eq!(early.code(), "film-not-ready");
            run_all(studio).await.unwrap();
            // Off by default: nothing opens it.
            let closed =
                async || studio.data_key(&account, PurposeId::Promotion).await.err().map(|e| e.code());
            assert_eq!(closed().await, Some("purpose-not-allowed"));
            assert_eq!(releases.showable().await.unwrap(), []);
            let wrong = [
                ("release-name", Signed { name: " A ".into(), ..signed(kit) }),
                ("release-places", Signed { places: vec![], ..signed(kit) }),
                ("release-until", Signed { until_ms: studio.now_ms(), ..signed(kit) }),
                ("release-until", Signed { until_ms: i64::MAX, ..signed(kit) }),
                ("wording-changed", Signed { wording: "promotion-0".into(), ..signed(kit) }),
            ];
            for (code, signed) in wrong {
                assert_eq!(releases.sign(&account, &film, &signed).await.unwrap_err().code(), code);
            }
            let other = kit.account("ben@example.org").await;
            let not_theirs = releases.sign(&other, &film, &signed(kit)).await.unwrap_err();
            assert_eq!(not_theirs.code(), "film-not-found");

            let id = releases.sign(&account, &film, &signed(kit)).await.unwrap();
            let kept = &releases.of_film(&account, &film).await.unwrap()[0];
            assert_eq!((kept.name.as_str(), kept.wording.as_str()), ("Anna Example", "promotion-1"));
            assert_eq!(
                (&kept.places[..], kept.given_at_ms),
                (&[Place::Site, Place::Events][..], studio.now_ms())
            );
            // Signed is not shown yet; only what was signed for this place can be.
            let refused = async || releases.film(&id, None).await.err().map(|error| error.code());
            assert_eq!(refused().await, Some("release-not-found"));
            let slug = releases.showable().await.unwrap()[0].film.clone();
            releases.show_here(&id, true).await.unwrap();
            assert_eq!(refused().await, None);
            releases.goes_on(&id).await.unwrap();
            assert_eq!(releases.shown(&slug).await.unwrap(), std::slice::from_ref(&id));
            assert_eq!(releases.shown("another").await.unwrap(), []);

            releases.withdraw(&account, &film).await.unwrap();
            releases.withdraw(&account, &film).await.unwrap();
            assert_eq!(refused().await, Some("release-not-found"));
            assert_eq!(releases.goes_on(&id).await.unwrap_err().code(), "release-not-found");
            assert_eq!(closed().await, Some("purpose-not-allowed"));
            assert!(
                releases.shown(&slug).await.unwrap().is_empty()
                    && releases.showable().await.unwrap().is_empty()
            );
            assert_eq!(releases.show_here(&id, true).await.unwrap_err().code(), "release-not-found");

            // One for another place is never shown here; its day ends it; so does the end of the film.
            let elsewhere = Signed { places: vec![Place::Online], ..signed(kit) };
            let id = releases.sign(&account, &film, &elsewhere).await.unwrap();
            assert_eq!(releases.show_here(&id, true).await.unwrap_err().code(), "release-not-found");
            let id = releases.sign(&account, &film, &signed(kit)).await.unwrap();
            assert_eq!(releases.showable().await.unwrap().len(), 1, "the newest alone holds");
            releases.show_here(&id, true).await.unwrap();
            kit.clock.advance(30 * DAY_MS - 1);
            assert!(releases.film(&id, None).await.is_ok());
            kit.clock.advance(1);
            assert!(releases.film(&id, None).await.is_err());
            let id = releases.sign(&account, &film, &signed(kit)).await.unwrap();
            releases.show_here(&id, true).await.unwrap();
            studio.films().delete(&account, &film).await.unwrap();
            assert!(releases.film(&id, None).await.is_err());
            assert_eq!(closed().await, Some("purpose-not-allowed"));
            let gone = releases.sign(&account, &film, &signed(kit)).await.unwrap_err();
            assert_eq!(gone.code(), "film-not-found");
            // One that holds without its film opens nothing.
            rows::Entity::update_many()
                .col_expr(rows::Column::WithdrawnAtMs, Expr::value(None::<i64>))
                .exec(studio.db().write())
                .await
                .unwrap();
            assert_eq!(closed().await, Some("purpose-not-allowed"));
        });
    }
}
