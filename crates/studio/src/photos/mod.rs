//! Photos and their cut-outs: taken in, looked at, kept encrypted, deleted with everything made
//! from them.
//!
//! What was sent is never stored: the decoder hands back clean pixels, encoded anew. Objects are
//! stored first and the row that names them is written last, so after a crash a photo is either
//! wholly there or not at all.

mod delete;
pub(crate) mod eyes;
pub(crate) mod rows;
mod show;
mod small;
mod upload;

use likeness::{Face, Warning};
use policy::PurposeId;
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;
use vault::{DataKey, Place};

use crate::{AccountId, ChildId, Error, PhotoId, Result, Studio, boxed, children};

pub use intake::BYTES_MAX;
pub use show::{Picture, PictureBytes};
pub(crate) use upload::Doors;
pub use upload::{Expected, GuardianAffirmation, PHOTOS_MAX, too_large};

/// Where a photo stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum State {
    /// Several faces: one is to be chosen.
    ChooseFace,
    /// Cut out.
    Ready,
}

/// A photo as its owner sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Photo {
    /// Its id.
    pub id: PhotoId,
    /// The child it was given for.
    pub child: Option<ChildId>,
    /// Where it stands.
    pub state: State,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Where the faces are: x, y, width, height in pixels, best first.
    pub faces: Vec<[f32; 4]>,
    /// Which of the faces was cut out.
    pub chosen_face: Option<usize>,
    /// What could be better about the photo.
    pub warnings: Vec<Warning>,
    /// The version of the guardian's affirmation.
    pub affirmed_wording: String,
    /// When it was affirmed.
    pub affirmed_at_ms: i64,
    /// When it was taken in.
    pub created_at_ms: i64,
}

/// What is known about a photo's content; sealed in its row.
#[derive(serde::Serialize, serde::Deserialize)]
struct Details {
    faces: Vec<Face>,
    chosen: Option<usize>,
    warnings: Vec<Warning>,
}

/// Photos of a studio.
#[derive(Clone, Copy)]
pub struct Photos<'a> {
    studio: &'a Studio,
}

impl<'a> Photos<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// The account's photos, newest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn list(&self, account: &AccountId) -> Result<Vec<Photo>> {
        let key = self.studio.data_key(account, PurposeId::Films).await?;
        let rows = rows::Entity::find()
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .order_by_desc(rows::Column::CreatedAtMs)
            .order_by_desc(rows::Column::Id)
            .all(self.studio.db().read())
            .await?;
        rows.into_iter().map(|row| self.open(&key, row)).collect()
    }

    /// One photo.
    ///
    /// # Errors
    /// `photo-not-found`.
    #[boxed]
    pub async fn get(&self, account: &AccountId, photo: &PhotoId) -> Result<Photo> {
        let row = row_of(self.studio.db().read(), account, photo).await?;
        self.open(&self.studio.data_key(account, PurposeId::Films).await?, row)
    }

    /// When a photo was given, which opens nothing of it.
    ///
    /// # Errors
    /// `photo-not-found`.
    #[boxed]
    pub async fn given_at_ms(&self, account: &AccountId, photo: &PhotoId) -> Result<i64> {
        Ok(row_of(self.studio.db().read(), account, photo).await?.created_at_ms)
    }

    /// Remembers which child a photo shows.
    ///
    /// # Errors
    /// `photo-not-found`, `child-not-found`.
    #[boxed]
    pub async fn set_child(&self, account: &AccountId, photo: &PhotoId, child: &ChildId) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        children::row_of(&tx, account, child).await?;
        let changed = rows::Entity::update_many()
            .col_expr(rows::Column::ChildId, Expr::value(child.as_str()))
            .filter(rows::Column::Id.eq(photo.as_str()))
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .exec(&tx)
            .await?;
        if changed.rows_affected == 0 {
            return Err(Error::not_found("photo-not-found"));
        }
        Ok(tx.commit().await?)
    }

    fn open(&self, key: &DataKey, row: rows::Model) -> Result<Photo> {
        let details = self.details(key, &row)?;
        Ok(Photo {
            id: PhotoId::stored(row.id),
            child: row.child_id.map(ChildId::stored),
            state: row.state,
            width: row.width as u32,
            height: row.height as u32,
            faces: details.faces.iter().map(|face| face.bounds).collect(),
            chosen_face: details.chosen,
            warnings: details.warnings,
            affirmed_wording: row.affirmed_wording,
            affirmed_at_ms: row.affirmed_at_ms,
            created_at_ms: row.created_at_ms,
        })
    }

    fn details(&self, key: &DataKey, row: &rows::Model) -> Result<Details> {
        let details = self.studio.vault().open_field(key, &details_place(&row.id), &row.details_sealed)?;
        serde_json::from_slice(&details).map_err(Error::internal)
    }

    fn seal_details(&self, key: &DataKey, id: &str, details: &Details) -> Result<Vec<u8>> {
        let details = serde_json::to_vec(details).map_err(Error::internal)?;
        Ok(self.studio.vault().seal_field(key, &details_place(id), &details))
    }
}

/// The photo's row, when it is the account's.
pub(crate) async fn row_of(
    db: &impl ConnectionTrait,
    account: &AccountId,
    photo: &PhotoId,
) -> Result<rows::Model> {
    rows::Entity::find_by_id(photo.as_str())
        .filter(rows::Column::AccountId.eq(account.as_str()))
        .one(db)
        .await?
        .ok_or_else(|| Error::not_found("photo-not-found"))
}

fn details_place(row: &str) -> Place<'_> {
    Place { table: "photos", row, column: "details" }
}

#[cfg(test)]
mod tests;
