//! Deleting a photo: the row, the photo, its small version and its cut-outs.

use sea_orm::{ColumnTrait, EntityTrait, ModelTrait, QueryFilter, QuerySelect};

use super::{Photos, row_of, rows};
use crate::backup::Deleted;
use crate::{AccountId, PhotoId, Result, boxed, objects};

impl Photos<'_> {
    /// Deletes every photo of an account, without opening one; returns how many there were.
    ///
    /// # Errors
    /// When the database or the store is out of reach.
    #[boxed]
    pub async fn delete_all(&self, account: &AccountId) -> Result<usize> {
        let ids: Vec<String> = rows::Entity::find()
            .select_only()
            .column(rows::Column::Id)
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .into_tuple()
            .all(self.studio.db().read())
            .await?;
        for id in &ids {
            self.delete(account, &PhotoId::stored(id.clone())).await?;
        }
        Ok(ids.len())
    }

    /// Deletes a photo and everything made from it, whatever is being made with it.
    ///
    /// # Errors
    /// `photo-not-found`.
    #[boxed]
    pub async fn delete(&self, account: &AccountId, photo: &PhotoId) -> Result<()> {
        let studio = self.studio;
        let tx = studio.db().begin().await?;
        let row = row_of(&tx, account, photo).await?;
        studio.ledger().enter(Deleted::Photo, photo.as_str())?;
        let objects = [
            Some(&row.photo_object),
            Some(&row.small_object),
            row.cut_out_object.as_ref(),
            row.cut_out_small_object.as_ref(),
        ];
        let objects =
            objects.into_iter().flatten().map(|id| objects::id_in_row(id)).collect::<Result<Vec<_>>>()?;
        studio.objects().strike(&tx, account, &objects).await?;
        row.delete(&tx).await?;
        studio.generated().gone(&tx, crate::generated::On::Photo(photo.as_str())).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        studio.db().leave_no_trace().await;
        // Should this fail, nothing refers to them any more and the sweep deletes them.
        studio.objects().delete(&objects).await
    }
}
