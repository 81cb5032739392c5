//! Looks: the one way in which somebody who works here opens a photo or a film of an account ("break-glass").
//!
//! A look has a reason, is approved by a second person (unless the configuration says that one is enough), ends
//! after [`LOOK_MS`], and is told to the owner: by a mail when it is approved, and in the list of all accesses,
//! where each thing that was opened stands before a byte of it is handed out.

pub(crate) mod letter;
pub(crate) mod rows;

use std::ops::Range;

use policy::PurposeId;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{Condition, QueryOrder, QuerySelect};
use vault::Place;

use crate::clock::HOUR_MS;
use crate::films::{Download, FilmId, FilmView};
use crate::photos::{Photo, Picture, PictureBytes};
use crate::staff::{Role, Room, Worker};
use crate::{AccountId, Error, PhotoId, Result, Studio, boxed, id_type};
use rows::{looks, things};

id_type!(
    /// A look.
    LookId
);

/// How long a look lasts, from its approval.
pub const LOOK_MS: i64 = HOUR_MS;
/// How long a look may wait for its approval.
pub const ASKED_MS: i64 = 24 * HOUR_MS;
/// Shortest reason, in characters: a word is none.
pub const REASON_CHARS_MIN: usize = 10;
/// Longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 500;
/// The most looks that are listed.
const LISTED: u64 = 100;

impl Worker {
    /// Whether they asked for a look, or it is at what is their own.
    fn is_concerned(&self, row: &looks::Model) -> bool {
        row.by_whom == self.name() || self.account.as_ref().is_some_and(|own| own.as_str() == row.account_id)
    }

    fn must(&self, room: Room) -> Result<()> {
        if self.role.may(room) { Ok(()) } else { Err(Error::not_found("look-not-found")) }
    }
}

/// What can be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum Thing {
    /// A photo.
    Photo,
    /// A film.
    Film,
}

/// Where a look stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Waits for a second person.
    Asked,
    /// Things can be opened.
    Open,
    /// Over.
    Ended,
}

/// A look, as the desk and the owner see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Its id.
    pub id: LookId,
    /// What whoever looks is here for.
    pub role: Role,
    /// Why.
    pub reason: String,
    /// Where it stands.
    pub stage: Stage,
    /// When it was asked for.
    pub asked_at_ms: i64,
    /// When it was approved.
    pub approved_at_ms: Option<i64>,
    /// When it ends, or ended.
    pub ends_at_ms: Option<i64>,
    /// What was opened, and when; oldest first.
    pub opened: Vec<(Thing, i64)>,
}

/// A look at the desk.
#[derive(Debug, Clone)]
pub struct DeskLook {
    /// The look.
    pub look: Look,
    /// Whether whoever asks may open things in it.
    pub is_theirs: bool,
    /// Whether whoever asks may approve it.
    pub may_approve: bool,
}

/// What there is to look at.
pub struct Things {
    /// The photos.
    pub photos: Vec<Photo>,
    /// The films.
    pub films: Vec<FilmView>,
}

/// Looks of a studio.
#[derive(Clone, Copy)]
pub struct Looks<'a> {
    studio: &'a Studio,
}

impl<'a> Looks<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Asks for a look at an account's photos and films. Where one person is enough it is approved at once.
    ///
    /// # Errors
    /// `reason-short`, `reason-long`; `account-not-found`; `look-not-found` for whom looking is not.
    #[boxed]
    pub async fn ask(&self, who: &Worker, owner: &AccountId, reason: &str) -> Result<LookId> {
        who.must(Room::Looking)?;
        let reason = checked(reason)?;
        let studio = self.studio;
        let key = studio.data_key(owner, PurposeId::Films).await?;
        let id = studio.new_id();
        let row = looks::ActiveModel {
            id: Set(id.clone()),
            account_id: Set(owner.to_string()),
            by_whom: Set(who.name().to_owned()),
            role: Set(who.role),
            reason_sealed: Set(studio.vault().seal_field(&key, &reason_place(&id), reason.as_bytes())),
            asked_at_ms: Set(studio.now_ms()),
            approved_by: Set(None),
            approved_at_ms: Set(None),
            ends_at_ms: Set(None),
        };
        looks::Entity::insert(row).exec_without_returning(studio.db().write()).await?;
        let id = LookId::stored(id);
        if !studio.config().looks_need_two {
            self.approved(who, &id).await?;
        }
        Ok(id)
    }

    /// Approves a look that somebody else asked for, at what is somebody else's. The owner gets a mail. Approving
    /// twice changes nothing.
    ///
    /// # Errors
    /// `look-not-found`; `look-own` for whoever asked for it, and for the owner.
    #[boxed]
    pub async fn approve(&self, who: &Worker, look: &LookId) -> Result<()> {
        who.must(Room::Approving)?;
        if who.is_concerned(&self.row(look).await?) {
            let sentence = "Somebody else has to approve this look.";
            return Err(Error::conflict("look-own", sentence));
        }
        self.approved(who, look).await
    }

    async fn approved(&self, who: &Worker, look: &LookId) -> Result<()> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let row = self.row(look).await?;
        let owner = AccountId::stored(row.account_id.clone());
        let tx = studio.begin_for(&owner).await?;
        let (account, key) = studio.open_account(&tx, &owner, PurposeId::Films).await?;
        let approved = looks::Entity::update_many()
            .col_expr(looks::Column::ApprovedBy, Expr::value(Some(who.name())))
            .col_expr(looks::Column::ApprovedAtMs, Expr::value(Some(now)))
            .col_expr(looks::Column::EndsAtMs, Expr::value(Some(now + LOOK_MS)))
            .filter(looks::Column::Id.eq(look.as_str()))
            .filter(looks::Column::EndsAtMs.is_null())
            // A reason of some time ago is none any more.
            .filter(looks::Column::AskedAtMs.gt(now - ASKED_MS))
            .exec(&tx)
            .await?;
        if approved.rows_affected == 1 {
            let reason = self.reason(&key, &row)?;
            studio.mail().write(&tx, &owner, &letter::letter(&account.language, &reason)).await?;
        }
        tx.commit().await?;
        if approved.rows_affected == 1 {
            tracing::info!("a look at private things was approved; its owner is told");
        }
        Ok(())
    }

    /// Ends a look, or says no to one that waits: whoever asked for it, or may approve.
    ///
    /// # Errors
    /// `look-not-found`.
    #[boxed]
    pub async fn end(&self, who: &Worker, look: &LookId) -> Result<()> {
        let row = self.row(look).await?;
        if row.by_whom != who.name() {
            who.must(Room::Approving)?;
        }
        self.ended(looks::Column::Id.eq(look.as_str())).await
    }

    /// Ends a look at what is one's own.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn end_by_owner(&self, owner: &AccountId, look: &LookId) -> Result<()> {
        self.ended(looks::Column::AccountId.eq(owner.as_str()).and(looks::Column::Id.eq(look.as_str()))).await
    }

    async fn ended(&self, which: sea_orm::sea_query::SimpleExpr) -> Result<()> {
        let now = self.studio.now_ms();
        looks::Entity::update_many()
            .col_expr(looks::Column::EndsAtMs, Expr::value(Some(now)))
            .filter(which)
            .filter(going_on(now))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    /// The looks that somebody at the desk has to do with, newest first: their own, and for who approves, all.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn at_desk(&self, who: &Worker) -> Result<Vec<DeskLook>> {
        who.must(Room::Looks)?;
        let mut found = looks::Entity::find().order_by_desc(looks::Column::Id).limit(LISTED);
        if !who.role.may(Room::Approving) {
            found = found.filter(looks::Column::ByWhom.eq(who.name()));
        }
        let mut listed = Vec::new();
        for row in found.all(self.studio.db().read()).await? {
            let owner = AccountId::stored(row.account_id.clone());
            // Of an account that is about to end, or whose data are only stored, nothing is opened.
            let Ok(key) = self.studio.data_key(&owner, PurposeId::Films).await else { continue };
            let (is_theirs, concerned) = (row.by_whom == who.name(), who.is_concerned(&row));
            let look = self.read(&key, row).await?;
            let may_approve = look.stage == Stage::Asked && !concerned && who.role.may(Room::Approving);
            listed.push(DeskLook { look, is_theirs, may_approve });
        }
        Ok(listed)
    }

    /// Everything that anybody but its owner opened of an account, or asked to, newest first: for the owner.
    ///
    /// # Errors
    /// `account-not-found`.
    #[boxed]
    pub async fn of_owner(&self, owner: &AccountId) -> Result<Vec<Look>> {
        let key = self.studio.data_key(owner, PurposeId::Account).await?;
        let rows = looks::Entity::find()
            .filter(looks::Column::AccountId.eq(owner.as_str()))
            .order_by_desc(looks::Column::Id)
            .all(self.studio.db().read())
            .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            found.push(self.read(&key, row).await?);
        }
        Ok(found)
    }

    /// What there is to open in a look.
    ///
    /// # Errors
    /// `look-not-found`; `look-over`.
    #[boxed]
    pub async fn things(&self, who: &Worker, look: &LookId) -> Result<Things> {
        let owner = self.open(who, look).await?;
        let photos = self.studio.photos().list(&owner).await?;
        Ok(Things { photos, films: self.studio.films().list(&owner).await? })
    }

    /// Opens a photo in a look. That stands in the owner's list before anything is handed out.
    ///
    /// # Errors
    /// As [`Self::things`]; `photo-not-found`.
    #[boxed]
    pub async fn photo(&self, who: &Worker, look: &LookId, photo: &PhotoId) -> Result<PictureBytes> {
        let owner = self.open(who, look).await?;
        self.studio.photos().get(&owner, photo).await?;
        self.note(look, Thing::Photo, photo.as_str()).await?;
        self.studio.photos().picture(&owner, photo, Picture::Photo).await
    }

    /// Opens a film, or a part of its file, in a look; noted as [`Self::photo`] is.
    ///
    /// # Errors
    /// As [`Self::things`], and those of a download.
    #[boxed]
    pub async fn film(
        &self,
        who: &Worker,
        look: &LookId,
        film: &FilmId,
        range: Option<Range<u64>>,
    ) -> Result<Download> {
        let owner = self.open(who, look).await?;
        self.studio.films().find(&owner, film).await?;
        self.note(look, Thing::Film, film.as_str()).await?;
        self.studio.films().download(&owner, film, range).await
    }

    /// Whether a film that is on its way in a look may go on: the look is open still, and so is the account.
    ///
    /// # Errors
    /// As [`Self::things`].
    #[boxed]
    pub async fn goes_on(&self, who: &Worker, look: &LookId) -> Result<()> {
        let owner = self.open(who, look).await?;
        self.studio.data_key(&owner, PurposeId::Films).await.map(drop)
    }

    /// Whose things whoever asked for a look may open now.
    async fn open(&self, who: &Worker, look: &LookId) -> Result<AccountId> {
        who.must(Room::Looking)?;
        let row = self.row(look).await?;
        if row.by_whom != who.name() {
            return Err(Error::not_found("look-not-found"));
        }
        if self.stage(&row) != Stage::Open {
            let sentence = "This look is not open: it waits for approval, or its time is over.";
            return Err(Error::conflict("look-over", sentence));
        }
        Ok(AccountId::stored(row.account_id))
    }

    /// Writes down that something is opened, once for each thing of a look.
    async fn note(&self, look: &LookId, thing: Thing, id: &str) -> Result<()> {
        let known = things::Entity::find()
            .filter(things::Column::LookId.eq(look.as_str()))
            .filter(things::Column::ThingId.eq(id))
            .count(self.studio.db().read())
            .await?;
        if known == 0 {
            let row = things::ActiveModel {
                id: Set(self.studio.new_id()),
                look_id: Set(look.to_string()),
                thing: Set(thing),
                thing_id: Set(id.to_owned()),
                at_ms: Set(self.studio.now_ms()),
            };
            things::Entity::insert(row).exec_without_returning(self.studio.db().write()).await?;
        }
        Ok(())
    }

    async fn row(&self, look: &LookId) -> Result<looks::Model> {
        let row = looks::Entity::find_by_id(look.as_str()).one(self.studio.db().read()).await?;
        row.ok_or_else(|| Error::not_found("look-not-found"))
    }

    fn stage(&self, row: &looks::Model) -> Stage {
        match (row.approved_at_ms, row.ends_at_ms) {
            (None, None) if self.studio.now_ms() - row.asked_at_ms < ASKED_MS => Stage::Asked,
            (Some(_), Some(ends)) if self.studio.now_ms() < ends => Stage::Open,
            _ => Stage::Ended,
        }
    }

    async fn read(&self, key: &vault::DataKey, row: looks::Model) -> Result<Look> {
        let opened = things::Entity::find()
            .filter(things::Column::LookId.eq(row.id.as_str()))
            .order_by_asc(things::Column::Id)
            .all(self.studio.db().read())
            .await?;
        Ok(Look {
            role: row.role,
            reason: self.reason(key, &row)?,
            stage: self.stage(&row),
            asked_at_ms: row.asked_at_ms,
            approved_at_ms: row.approved_at_ms,
            ends_at_ms: row.ends_at_ms,
            opened: opened.into_iter().map(|thing| (thing.thing, thing.at_ms)).collect(),
            id: LookId::stored(row.id),
        })
    }

    fn reason(&self, key: &vault::DataKey, row: &looks::Model) -> Result<String> {
        let reason = self.studio.vault().open_field(key, &reason_place(&row.id), &row.reason_sealed)?;
        String::from_utf8(reason).map_err(Error::internal)
    }
}

/// A reason that an owner reads, without the space around it.
pub(crate) fn checked(reason: &str) -> Result<&str> {
    let reason = reason.trim();
    let chars = reason.chars().count();
    if chars < REASON_CHARS_MIN {
        let sentence = "Please write why, in a sentence: the owner reads it.";
        return Err(Error::refused("reason-short", sentence));
    }
    if chars > REASON_CHARS_MAX {
        return Err(Error::refused("reason-long", "That is more than 500 characters."));
    }
    Ok(reason)
}

/// Ends whatever somebody who works here has asked for, in the transaction of what causes it.
pub(crate) async fn end_all_of(db: &impl ConnectionTrait, worker: &AccountId, now: i64) -> Result<()> {
    looks::Entity::update_many()
        .col_expr(looks::Column::EndsAtMs, Expr::value(Some(now)))
        .filter(looks::Column::ByWhom.eq(worker.as_str()))
        .filter(going_on(now))
        .exec(db)
        .await?;
    Ok(())
}

/// Waits, or is open.
fn going_on(now: i64) -> Condition {
    Condition::any().add(looks::Column::EndsAtMs.is_null()).add(looks::Column::EndsAtMs.gt(now))
}

fn reason_place(row: &str) -> Place<'_> {
    Place { table: "looks", row, column: "reason" }
}

#[cfg(test)]
mod tests;
