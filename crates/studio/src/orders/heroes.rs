//! What a draft holds of each of its heroes. The first and the second are given in the same way, with the same care.

use std::collections::BTreeMap;

use film::NameProblem;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter};
use vault::DataKey;

use super::rows::orders;
use super::view::place;
use super::{GivenPhoto, HeroChange};
use crate::children::Child;
use crate::films::Show;
use crate::films::rows::films;
use crate::{AccountId, ChildId, Error, Result, Studio};

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

/// What an order tells of its heroes, as it was corrected in its film; what the order does not have stays away.
pub(crate) async fn correct(
    tx: &impl ConnectionTrait,
    studio: &Studio,
    key: &DataKey,
    order: &str,
    first: &str,
    second: Option<&str>,
    options: &BTreeMap<String, String>,
) -> Result<()> {
    use orders::Column as C;
    let options = serde_json::to_vec(options).map_err(Error::internal)?;
    for (column, field, plain) in [
        (C::NameSealed, "name", Some(first.as_bytes())),
        (C::SecondNameSealed, "second_name", second.map(str::as_bytes)),
        (C::OptionsSealed, "options", Some(options.as_slice())),
    ] {
        let Some(plain) = plain else { continue };
        let sealed = studio.vault().seal_field(key, &place(order, field), plain);
        orders::Entity::update_many()
            .col_expr(column, Expr::value(Some(sealed)))
            .filter(C::Id.eq(order))
            .filter(column.is_not_null())
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Lets go of all that an order tells of its heroes, as its film is deleted: what was paid for it stays in the books.
pub(crate) async fn forget_heroes(tx: &impl ConnectionTrait, order: &str) -> Result<()> {
    use orders::Column as C;
    orders::Entity::update_many()
        .col_expr(C::ChildId, Expr::value(None::<String>))
        .col_expr(C::NameSealed, Expr::value(None::<Vec<u8>>))
        .col_expr(C::OptionsSealed, Expr::value(None::<Vec<u8>>))
        .col_expr(C::PhotoId, Expr::value(None::<String>))
        .col_expr(C::GuardianWording, Expr::value(None::<String>))
        .col_expr(C::GuardianAtMs, Expr::value(None::<i64>))
        .col_expr(C::SecondChildId, Expr::value(None::<String>))
        .col_expr(C::SecondNameSealed, Expr::value(None::<Vec<u8>>))
        .col_expr(C::SecondPhotoId, Expr::value(None::<String>))
        .col_expr(C::SecondGuardianWording, Expr::value(None::<String>))
        .col_expr(C::SecondGuardianAtMs, Expr::value(None::<i64>))
        .filter(C::Id.eq(order))
        .exec(tx)
        .await?;
    Ok(())
}

/// Lets go of what orders tell of a child whose profile is deleted, be they drafts or at their end. An order whose film
/// is there has the name that stands in the film, until that is deleted.
pub(crate) async fn forget_child(
    tx: &impl ConnectionTrait,
    account: &AccountId,
    child: &ChildId,
) -> Result<()> {
    use orders::Column as C;
    let with_film = Query::select()
        .column(films::Column::OrderId)
        .from(films::Entity)
        .and_where(films::Column::AccountId.eq(account.as_str()))
        .to_owned();
    for (whose, name) in [(C::ChildId, C::NameSealed), (C::SecondChildId, C::SecondNameSealed)] {
        orders::Entity::update_many()
            .col_expr(whose, Expr::value(None::<String>))
            .col_expr(name, Expr::value(None::<Vec<u8>>))
            .col_expr(C::OptionsSealed, Expr::value(None::<Vec<u8>>))
            // Whoever is about to pay the draft looks at it again.
            .col_expr(C::Changes, Expr::col(C::Changes).add(1))
            .filter(C::AccountId.eq(account.as_str()))
            .filter(whose.eq(child.as_str()))
            .filter(C::Id.not_in_subquery(with_film.clone()))
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
