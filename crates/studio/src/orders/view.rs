//! An order as its owner sees it; the one place where it is checked whose it is.

use std::collections::BTreeMap;

use policy::PurposeId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use vault::{DataKey, Place};

use super::heroes::{Held, has_second};
use super::rows::orders;
use super::{Missing, OrderId, OrderState, OrderView, Orders, Price, SecondHero};
use crate::films::{FilmId, Show};
use crate::{AccountId, ChildId, Error, PhotoId, Result, Studio, boxed};

impl Orders<'_> {
    /// One order of the account's.
    ///
    /// # Errors
    /// `order-not-found`, the same for one that is somebody else's.
    #[boxed]
    pub async fn find(&self, account: &AccountId, order: &OrderId) -> Result<OrderView> {
        let row = owned(self.studio.db().read(), account, order).await?;
        self.view(account, row).await
    }

    /// The account's open draft of a film, if there is one.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn draft_of(&self, account: &AccountId, film: &str) -> Result<Option<OrderView>> {
        let row = orders::Entity::find()
            .filter(orders::Column::OpenKey.eq(open_key(account, film)))
            .one(self.studio.db().read())
            .await?;
        match row {
            Some(row) => self.view(account, row).await.map(Some),
            None => Ok(None),
        }
    }

    /// All orders of the account, the newest first.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn list(&self, account: &AccountId) -> Result<Vec<OrderView>> {
        let rows = orders::Entity::find()
            .filter(orders::Column::AccountId.eq(account.as_str()))
            .order_by_desc(orders::Column::Id)
            .all(self.studio.db().read())
            .await?;
        let mut views = Vec::with_capacity(rows.len());
        for row in rows {
            views.push(self.view(account, row).await?);
        }
        Ok(views)
    }

    #[boxed]
    pub(super) async fn view(&self, account: &AccountId, row: orders::Model) -> Result<OrderView> {
        let key = self.studio.data_key(account, PurposeId::Films).await?;
        let told = personal(self.studio, &key, &row)?;
        let made = crate::films::of_order(self.studio.db().read(), &row.id).await?;
        let show = self.studio.catalogue().show(&row.film);
        let missing = match (row.state, show) {
            (OrderState::Draft, Some(show)) => missing(show, &row, &told),
            _ => Vec::new(),
        };
        let second = show.is_some_and(|show| has_second(show, &row)).then(|| SecondHero {
            child: row.second_child_id.clone().map(ChildId::stored),
            name: told.second,
            photo: row.second_photo_id.clone().map(PhotoId::stored),
        });
        Ok(OrderView {
            id: OrderId::stored(row.id),
            film: row.film,
            state: row.state,
            language: row.language,
            child: row.child_id.map(ChildId::stored),
            name: told.name,
            photo: row.photo_id.map(PhotoId::stored),
            second,
            options: told.options,
            price: Price { cents: row.price_cents.unsigned_abs(), currency: row.price_currency },
            missing,
            pay_key: row.pay_key,
            made: made.map(FilmId::stored),
        })
    }
}

/// An order of this account, or the same answer as for one that is not there.
pub(super) async fn owned(
    db: &impl ConnectionTrait,
    account: &AccountId,
    order: &OrderId,
) -> Result<orders::Model> {
    orders::Entity::find_by_id(order.as_str())
        .filter(orders::Column::AccountId.eq(account.as_str()))
        .one(db)
        .await?
        .ok_or_else(|| Error::not_found("order-not-found"))
}

pub(super) fn open_key(account: &AccountId, film: &str) -> String {
    format!("{account}/{film}")
}

/// The sealed parts of an order.
pub(super) struct Told {
    /// The child's name.
    pub name: Option<String>,
    /// The second hero's name.
    pub second: Option<String>,
    /// The film's options.
    pub options: BTreeMap<String, String>,
}

/// Opens the sealed parts of an order.
pub(super) fn personal(studio: &Studio, key: &DataKey, row: &orders::Model) -> Result<Told> {
    let open = |column, sealed: &Option<Vec<u8>>| {
        sealed
            .as_ref()
            .map(|sealed| studio.vault().open_field(key, &place(&row.id, column), sealed))
            .transpose()
    };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let name = open("name", &row.name_sealed)?.map(text);
    let second = open("second_name", &row.second_name_sealed)?.map(text);
    let options = match open("options", &row.options_sealed)? {
        Some(options) => serde_json::from_slice(&options).map_err(Error::internal)?,
        None => BTreeMap::new(),
    };
    Ok(Told { name, second, options })
}

pub(super) fn place<'a>(order: &'a str, column: &'a str) -> Place<'a> {
    Place { table: "orders", row: order, column }
}

/// What a draft still needs; of a second hero all of it, once one was begun with.
pub(super) fn missing(show: &Show, row: &orders::Model, told: &Told) -> Vec<Missing> {
    let info = show.film().info();
    let photo = (info.needs_face && !Held::first(row).is_given()).then_some(Missing::Photo);
    let name = (info.needs_name && told.name.is_none()).then_some(Missing::Name);
    let options = info
        .options
        .iter()
        .filter(|(id, option)| option.required && !told.options.contains_key(*id))
        .map(|(id, _)| Missing::Option(id.clone()));
    let second = has_second(show, row).then(|| {
        let photo = (!Held::second(row).is_given()).then_some(Missing::SecondPhoto);
        let name = told.second.is_none().then_some(Missing::SecondName);
        photo.into_iter().chain(name)
    });
    photo.into_iter().chain(name).chain(options).chain(second.into_iter().flatten()).collect()
}
