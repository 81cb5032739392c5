//! Drafts: begun, changed, thrown away. Everything survives reload, crash and a wrong turn.

use std::collections::BTreeMap;

use film::OptionKind;
use policy::PurposeId;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter};

use super::heroes::{Held, Looked};
use super::rows::orders;
use super::view::{open_key, owned, personal, place};
use super::{Change, HeroChange, OrderId, OrderState, OrderView, Orders, SecondChange};
use crate::children::checked_name;
use crate::films::Show;
use crate::{AccountId, Error, Result, boxed};

/// How often a change is tried again when another tab was faster.
const TRIES: usize = 5;

impl Orders<'_> {
    /// Begins a draft of a film, or finds the one that is open: an account has at most one for each
    /// film. An unknown language becomes the film's first.
    ///
    /// # Errors
    /// `film-not-found` when there is no such film.
    #[boxed]
    pub async fn begin(&self, account: &AccountId, film: &str, language: &str) -> Result<OrderView> {
        let show = self.studio.catalogue().show(film).ok_or_else(|| Error::not_found("film-not-found"))?;
        let info = show.film().info();
        let now = self.studio.now_ms();
        let open = open_key(account, film);
        let row = orders::ActiveModel {
            id: Set(self.studio.new_id()),
            account_id: Set(account.to_string()),
            film: Set(film.to_owned()),
            film_version: Set(info.version as i32),
            state: Set(OrderState::Draft),
            open_key: Set(Some(open.clone())),
            pay_key: Set(self.studio.new_id()),
            language: Set(show.language(language).to_owned()),
            price_cents: Set(info.price.cents as i32),
            price_currency: Set(info.price.currency.clone()),
            changes: Set(0),
            created_at_ms: Set(now),
            changed_at_ms: Set(now),
            child_id: Set(None),
            name_sealed: Set(None),
            options_sealed: Set(None),
            photo_id: Set(None),
            guardian_wording: Set(None),
            guardian_at_ms: Set(None),
            second_child_id: Set(None),
            second_name_sealed: Set(None),
            second_photo_id: Set(None),
            second_guardian_wording: Set(None),
            second_guardian_at_ms: Set(None),
            paying_at_ms: Set(None),
            paid_at_ms: Set(None),
            ended_at_ms: Set(None),
        };
        let keep_first = OnConflict::column(orders::Column::OpenKey).do_nothing().to_owned();
        orders::Entity::insert(row)
            .on_conflict(keep_first)
            .exec_without_returning(self.studio.db().write())
            .await?;
        let draft = self.draft_of(account, film).await?;
        draft.ok_or_else(|| {
            Error::conflict("draft-gone", "That order was just paid or deleted in another window.")
        })
    }

    /// Changes a draft. Nothing is taken over when any part of the change is refused.
    ///
    /// # Errors
    /// `order-not-found`; `order-not-open` when it was paid already; `photo-not-found`, `wording-changed`,
    /// `child-not-found`; refused with a sentence: `name-…`, `language-unknown`, `option-unknown`,
    /// `option-value`, `one-hero` when the film takes no second one, `photo-of-both`.
    #[boxed]
    pub async fn change(&self, account: &AccountId, order: &OrderId, change: Change) -> Result<OrderView> {
        let key = self.studio.data_key(account, PurposeId::Films).await?;
        let first = HeroChange { child: change.child, name: change.name, photo: change.photo };
        let first = Looked::at(self.studio, account, first).await?;
        let (plays, leaves) = match change.second {
            Some(SecondChange::Plays(hero)) => (Some(Looked::at(self.studio, account, hero).await?), false),
            Some(SecondChange::Leaves) => (None, true),
            None => (None, false),
        };
        for _ in 0..TRIES {
            let row = owned(self.studio.db().read(), account, order).await?;
            let show =
                self.studio.catalogue().show(&row.film).ok_or_else(|| Error::not_found("film-not-found"))?;
            let mut options = personal(self.studio, &key, &row)?.options;
            let language = match &change.language {
                Some(language) => checked_language(show, language)?,
                None => row.language.clone(),
            };
            change_options(show, &mut options, &change.options)?;
            let seal = |column: &'static str, plain: &[u8]| {
                self.studio.vault().seal_field(&key, &place(&row.id, column), plain)
            };
            let options_sealed = seal("options", &serde_json::to_vec(&options).map_err(Error::internal)?);
            let now = self.studio.now_ms();
            let hero = Held::first(&row).changed(show, &first, now, |name| seal("name", name))?;
            let mut second = if leaves { Held::default() } else { Held::second(&row) };
            let takes_two = show.film().info().second.is_some();
            if let Some(plays) = &plays {
                if !takes_two {
                    return Err(one_hero());
                }
                second = second.changed(show, plays, now, |name| seal("second_name", name))?;
            }
            if takes_two && hero.photo.is_some() && hero.photo == second.photo {
                return Err(photo_of_both());
            }
            let changed = orders::Entity::update_many()
                .col_expr(orders::Column::Language, Expr::value(language))
                .col_expr(orders::Column::OptionsSealed, Expr::value(Some(options_sealed)))
                .col_expr(orders::Column::NameSealed, Expr::value(hero.name_sealed))
                .col_expr(orders::Column::PhotoId, Expr::value(hero.photo))
                .col_expr(orders::Column::GuardianWording, Expr::value(hero.guardian_wording))
                .col_expr(orders::Column::GuardianAtMs, Expr::value(hero.guardian_at_ms))
                .col_expr(orders::Column::ChildId, Expr::value(hero.child))
                .col_expr(orders::Column::SecondNameSealed, Expr::value(second.name_sealed))
                .col_expr(orders::Column::SecondPhotoId, Expr::value(second.photo))
                .col_expr(orders::Column::SecondGuardianWording, Expr::value(second.guardian_wording))
                .col_expr(orders::Column::SecondGuardianAtMs, Expr::value(second.guardian_at_ms))
                .col_expr(orders::Column::SecondChildId, Expr::value(second.child))
                .col_expr(orders::Column::ChangedAtMs, Expr::value(now))
                .col_expr(orders::Column::Changes, Expr::col(orders::Column::Changes).add(1))
                .filter(orders::Column::Id.eq(row.id.as_str()))
                .filter(orders::Column::State.eq(OrderState::Draft))
                .filter(orders::Column::Changes.eq(row.changes))
                .exec(self.studio.db().write())
                .await?;
            if changed.rows_affected == 1 {
                return self.find(account, order).await;
            }
            if row.state != OrderState::Draft {
                return Err(not_open());
            }
        }
        Err(Error::conflict(
            "order-busy",
            "That order is being changed in another window. Please reload the page.",
        ))
    }

    /// Throws a draft away.
    ///
    /// # Errors
    /// `order-not-found`; `order-not-open` when it was paid already.
    #[boxed]
    pub async fn discard(&self, account: &AccountId, order: &OrderId) -> Result<()> {
        owned(self.studio.db().read(), account, order).await?;
        let deleted = orders::Entity::delete_many()
            .filter(orders::Column::Id.eq(order.as_str()))
            .filter(orders::Column::AccountId.eq(account.as_str()))
            .filter(orders::Column::State.eq(OrderState::Draft))
            // While the till is being asked, it is not certain that it is a draft.
            .filter(orders::Column::PayingAtMs.is_null())
            .exec(self.studio.db().write())
            .await?;
        if deleted.rows_affected == 1 { Ok(()) } else { Err(not_open()) }
    }
}

fn not_open() -> Error {
    Error::conflict("order-not-open", "This order is paid already and can no longer be changed here.")
}

fn one_hero() -> Error {
    Error::refused("one-hero", "In this film one child plays the hero. Nothing of your order was changed.")
}

/// A photo has one chosen face.
fn photo_of_both() -> Error {
    let sentence = "This photo already shows the other hero. Please choose another photo for this one.";
    Error::refused("photo-of-both", sentence)
}

fn checked_language(show: &Show, language: &str) -> Result<String> {
    let known = show.film().info().languages.iter().any(|known| known == language);
    let refuse = || {
        Error::refused("language-unknown", "This film is not made in that language. Please choose another.")
    };
    known.then(|| language.to_owned()).ok_or_else(refuse)
}

/// Takes over what is filled in for a film's options; an empty value takes one back.
///
/// # Errors
/// `option-unknown`, `option-value`.
pub(crate) fn change_options(
    show: &Show,
    options: &mut BTreeMap<String, String>,
    change: &BTreeMap<String, String>,
) -> Result<()> {
    for (id, value) in change {
        let Some(option) = show.film().info().options.get(id) else {
            return Err(Error::refused(
                "option-unknown",
                "This film has no such choice. Please reload the page.",
            ));
        };
        // What is written is cleaned and looked at like a name: every letter must be there to be drawn.
        let written = match option.kind {
            OptionKind::Text { .. } => checked_name(value).ok(),
            _ => Some(value.clone()),
        };
        let fits = |value: &String| option.allows(value) && show.film().unwritable_in(id, value).is_empty();
        if value.is_empty() {
            options.remove(id);
        } else if let Some(value) = written.filter(fits) {
            options.insert(id.clone(), value);
        } else {
            return Err(unfit_option());
        }
    }
    Ok(())
}

/// A value that cannot stand in the film, or none where there must be one.
pub(crate) fn unfit_option() -> Error {
    Error::refused("option-value", "That value does not fit this film. Please choose another.")
}
