//! Orders: from a draft to a film that is made, or to the money given back.
//!
//! ```text
//! draft ── pay ──> paid ── first shot begun ──> making ── last shot, download file ──> done
//!                    └─ not makeable for good, or ┴ the desk gives the money back ───────┴──> failed ──> refunded
//! ```
//! Each arrow is one transaction that begins with `UPDATE … WHERE state = …`: whoever comes second
//! (a double click, another tab, a doubled job) changes nothing and is told how things stand.
//! A half-finished order simply stays a draft.

mod draft;
mod heroes;
pub(crate) mod letters;
mod pay;
mod price;
mod receipts;
mod refund;
pub(crate) mod rows;
mod stills;
mod view;

use std::collections::BTreeMap;

use sea_orm::entity::prelude::*;

use crate::photos::GuardianAffirmation;
use crate::{ChildId, PhotoId, Result, Studio, id_type};

pub use price::{Price, money};
pub use receipts::{Back, Paid, Receipt, Thing};
pub use stills::Still;

pub(crate) use draft::{change_options, unfit_option};
pub(crate) use heroes::{checked_name, correct, forget_child, forget_heroes};
pub(crate) use pay::begun;

id_type!(
    /// An order, from the draft on.
    OrderId
);

/// Where an order stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Being put together; nothing is owed.
    Draft,
    /// Paid; making has not begun.
    Paid,
    /// Shots are being made.
    Making,
    /// The film is whole, or its owner deleted it before it was.
    Done,
    /// The money is on its way back: the film cannot be made, or the desk gives it back, whole as the film may be.
    Failed,
    /// The money was given back.
    Refunded,
}

/// What a draft still needs before it can be paid, in the order in which it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// A photo with a face.
    Photo,
    /// The child's name.
    Name,
    /// An option of the film, by its name in the manifest.
    Option(String),
    /// A photo of the second hero, once there is one.
    SecondPhoto,
    /// The second hero's name.
    SecondName,
}

/// An order as its owner sees it.
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
pub struct OrderView {
    /// Its id.
    pub id: OrderId,
    /// Slug of the film.
    pub film: String,
    /// Where it stands.
    pub state: OrderState,
    /// Language of the film.
    pub language: String,
    /// The child's profile, when one was chosen.
    pub child: Option<ChildId>,
    /// The name as it will stand in the film.
    pub name: Option<String>,
    /// The photo.
    pub photo: Option<PhotoId>,
    /// The second hero, once one was begun with.
    pub second: Option<SecondHero>,
    /// The film's options that were filled in.
    pub options: BTreeMap<String, String>,
    /// The price as it was when the draft was begun.
    pub price: Price,
    /// What it still needs; empty when it can be paid.
    pub missing: Vec<Missing>,
    /// To be handed back to the till: with it, paying twice is paying once.
    pub pay_key: String,
    /// The film that it became.
    pub made: Option<crate::films::FilmId>,
}

impl OrderView {
    /// The photos that it uses, of whichever hero.
    pub fn photos(&self) -> impl Iterator<Item = &PhotoId> {
        self.photo.iter().chain(self.second.iter().filter_map(|hero| hero.photo.as_ref()))
    }

    /// The profiles of those who play.
    pub fn children(&self) -> impl Iterator<Item = &ChildId> {
        self.child.iter().chain(self.second.iter().filter_map(|hero| hero.child.as_ref()))
    }
}

impl std::fmt::Debug for OrderView {
    /// Without the name.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OrderView({}, {:?}, missing {:?})", self.id, self.state, self.missing)
    }
}

/// Who plays beside the child, as far as it was told.
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
pub struct SecondHero {
    /// Their profile, unless there is none or it was deleted.
    pub child: Option<ChildId>,
    /// The name as it will stand in the film.
    pub name: Option<String>,
    /// The photo.
    pub photo: Option<PhotoId>,
}

impl std::fmt::Debug for SecondHero {
    /// Without the name.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecondHero")
    }
}

/// A photo, and the guardian's word that it may be used for this order: a photo serves no order that it was not
/// given for.
#[derive(Clone)]
pub struct GivenPhoto {
    /// Which.
    pub photo: PhotoId,
    /// The word for this order.
    pub affirmation: GuardianAffirmation,
}

impl GivenPhoto {
    /// A photo with what was ticked for it on the page of this order.
    ///
    /// # Errors
    /// `affirmation-required` when nothing was.
    pub fn new(photo: &PhotoId, ticked: Option<GuardianAffirmation>) -> Result<Self> {
        Ok(Self { photo: photo.clone(), affirmation: GuardianAffirmation::required(ticked)? })
    }
}

/// What is to be changed in a draft; `None` leaves it as it is.
#[derive(Clone, Default)]
pub struct Change {
    /// One of the film's languages.
    pub language: Option<String>,
    /// A profile of the account's; its name is taken over when no other is given.
    pub child: Option<ChildId>,
    /// The name as it shall stand in the film.
    pub name: Option<String>,
    /// A photo of the account's, given for this order.
    pub photo: Option<GivenPhoto>,
    /// The second hero, where the film takes one.
    pub second: Option<SecondChange>,
    /// Options of the film; an empty value takes one back.
    pub options: BTreeMap<String, String>,
}

/// What is to be changed about the second hero.
#[derive(Clone)]
pub enum SecondChange {
    /// Somebody plays: this is taken over.
    Plays(HeroChange),
    /// Nobody plays beside the child any more: all that was given for it is let go of.
    Leaves,
}

/// What is to be changed about one hero; `None` leaves it as it is.
#[derive(Clone, Default)]
pub struct HeroChange {
    /// A profile of the account's; its name is taken over when no other is given.
    pub child: Option<ChildId>,
    /// The name as it shall stand in the film.
    pub name: Option<String>,
    /// A photo of the account's, given for this order.
    pub photo: Option<GivenPhoto>,
}

/// Orders of accounts.
#[derive(Clone, Copy)]
pub struct Orders<'a> {
    studio: &'a Studio,
}

impl<'a> Orders<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! Dying at a bad moment, for the tests.
    use super::*;

    /// The till took the money, and nobody wrote it down.
    pub async fn ask_the_till_and_die(studio: &Studio, order: &OrderId, pay_key: &str, price: &Price) {
        studio.orders().mark_paying(order.as_str(), Some(studio.now_ms())).await.unwrap();
        studio.till().charge(pay_key, price, "test-paid").await.unwrap();
    }
}
