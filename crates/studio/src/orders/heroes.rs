//! What a draft holds of each of its heroes. The first and the second are given in the same way, with the same care.

use film::NameProblem;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use vault::DataKey;

use super::rows::orders;
use super::view::place;
use super::{GivenPhoto, HeroChange};
use crate::children::Child;
use crate::films::Show;
use crate::{AccountId, Error, Result, Studio};

/// What the row of an order holds of one hero.
#[derive(Default)]
pub(super) struct Held {
    pub child: Option<String>,
    pub name_sealed: Option<Vec<u8>>,
    pub photo: Option<String>,
    pub guardian_wording: Option<String>,
    pub guardian_at_ms: Option<i64>,
}

impl Held {
    /// Of the child that the film is made for.
    pub fn first(row: &orders::Model) -> Self {
        Self {
            child: row.child_id.clone(),
            name_sealed: row.name_sealed.clone(),
            photo: row.photo_id.clone(),
            guardian_wording: row.guardian_wording.clone(),
            guardian_at_ms: row.guardian_at_ms,
        }
    }

    /// Of the one beside it.
    pub fn second(row: &orders::Model) -> Self {
        Self {
            child: row.second_child_id.clone(),
            name_sealed: row.second_name_sealed.clone(),
            photo: row.second_photo_id.clone(),
            guardian_wording: row.second_guardian_wording.clone(),
            guardian_at_ms: row.second_guardian_at_ms,
        }
    }

    /// Whether there is a photo, and the guardian's word that it may be used for this order.
    pub fn is_given(&self) -> bool {
        self.photo.is_some() && self.guardian_wording.is_some()
    }

    /// With a change taken over.
    pub fn changed(
        mut self,
        show: &Show,
        change: &Looked,
        now_ms: i64,
        seal: impl Fn(&[u8]) -> Vec<u8>,
    ) -> Result<Self> {
        let from_child = change.child.as_ref().filter(|_| self.name_sealed.is_none());
        if let Some(name) = change.name.as_deref().or(from_child.map(|child| child.name.as_str())) {
            self.name_sealed = Some(seal(checked_name(show, name)?.as_bytes()));
        }
        if let Some(GivenPhoto { photo, affirmation }) = &change.photo {
            self.photo = Some(photo.to_string());
            self.guardian_wording = Some(affirmation.wording.clone());
            self.guardian_at_ms = Some(now_ms);
        }
        if let Some(child) = &change.child {
            self.child = Some(child.id.to_string());
        }
        Ok(self)
    }
}

/// A change of one hero that was looked at: the photo and the profile are the account's, the guardian's word is that of
/// now.
pub(super) struct Looked {
    child: Option<Child>,
    name: Option<String>,
    photo: Option<GivenPhoto>,
}

impl Looked {
    pub async fn at(studio: &Studio, account: &AccountId, change: HeroChange) -> Result<Self> {
        if let Some(given) = &change.photo {
            given.affirmation.check(studio)?;
            studio.photos().get(account, &given.photo).await?;
        }
        let child = match &change.child {
            Some(child) => Some(studio.children().get(account, child).await?),
            None => None,
        };
        Ok(Self { child, name: change.name, photo: change.photo })
    }
}

/// Whether somebody plays beside the child: the film takes a second hero, and one was begun with.
pub(super) fn has_second(show: &Show, row: &orders::Model) -> bool {
    show.film().info().second.is_some() && (row.second_name_sealed.is_some() || row.second_photo_id.is_some())
}

/// The names of an order as they were corrected in its film; one that the order does not have stays away.
pub(crate) async fn correct_names(
    tx: &impl ConnectionTrait,
    studio: &Studio,
    key: &DataKey,
    order: &str,
    first: &str,
    second: Option<&str>,
) -> Result<()> {
    use orders::Column as C;
    for (column, field, name) in
        [(C::NameSealed, "name", Some(first)), (C::SecondNameSealed, "second_name", second)]
    {
        let Some(name) = name else { continue };
        let sealed = studio.vault().seal_field(key, &place(order, field), name.as_bytes());
        orders::Entity::update_many()
            .col_expr(column, Expr::value(Some(sealed)))
            .filter(C::Id.eq(order))
            .filter(column.is_not_null())
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// The name as it will stand in the film.
pub(crate) fn checked_name(show: &Show, name: &str) -> Result<String> {
    let name = crate::children::checked_name(name)?;
    match show.film().problems_with_name(&name).into_iter().next() {
        None => Ok(name),
        Some(problem @ NameProblem::TooLong) => {
            Err(Error::refused("name-long-for-film", problem.to_string()))
        }
        Some(problem) => Err(Error::refused("name-not-drawable", problem.to_string())),
    }
}
