//! Orders at the desk: found by their number, with what became of them; the money is given back, the film made again.
//!
//! Neither the photo, the child's name nor the address is opened here. What is done is written down with its reason, and
//! its owner reads it.

use policy::PurposeId;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use vault::{DataKey, Place};

use super::{Desk, rows};
use crate::films::rows::{films, shared_shots, shots};
use crate::films::{Again, FilmState, ShotState, again};
use crate::gifts::{GiftId, Sold};
use crate::jobs::{self, Job};
use crate::orders::rows::{charges, orders};
use crate::orders::{OrderId, OrderState, Price};
use crate::staff::{Role, Room, Worker};
use crate::till::rows::{checkouts, disputes};
use crate::{AccountId, Error, Result, boxed, gifts, looks};

/// Orders on one page.
const PAGE: u64 = 25;

/// What the desk does with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum Act {
    /// Gives the money back.
    Refund,
    /// Has the film made again.
    MakeAgain,
}

/// An order in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// Its number.
    pub id: OrderId,
    /// Slug of the film.
    pub film: String,
    /// Language of the film.
    pub language: String,
    /// Where it stands.
    pub state: OrderState,
    /// What it cost; nothing once that is no longer kept.
    pub price: Option<Price>,
    /// When it was paid; nothing once that is no longer kept.
    pub paid_at_ms: Option<i64>,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPage {
    /// The orders, newest first.
    pub lines: Vec<OrderLine>,
    /// Where the next page begins.
    pub older: Option<OrderId>,
}

/// What happened to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It was paid.
    Paid,
    /// The first scene with the child in it was there.
    FirstShot,
    /// The film was whole.
    Whole,
    /// The money was back.
    Back,
}

/// A scene that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    /// Position in the film, from 0.
    pub place: usize,
    /// How often making it failed.
    pub failures: u32,
    /// Whether it was given up.
    pub given_up: bool,
}

/// Something that the desk did with an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// What.
    pub act: Act,
    /// What whoever did it is here for.
    pub role: Role,
    /// Their account, or `operator`.
    pub by: String,
    /// Why; nothing where the account is not in use at present.
    pub reason: Option<String>,
    /// When.
    pub at_ms: i64,
}

/// The same, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnersAct {
    /// Slug of the film.
    pub film: String,
    /// What was done.
    pub done: Done,
}

/// An order as the desk sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderShown {
    /// What the list says of it.
    pub line: OrderLine,
    /// What happened, oldest first.
    pub events: Vec<(Event, i64)>,
    /// The scenes that failed.
    pub troubles: Vec<Trouble>,
    /// What is in the way of the money, in the till's words.
    pub problem: Option<String>,
    /// A bank wants the payment back.
    pub is_disputed: bool,
    /// Whether it was paid with a gift pass: that is then good again, and no money moves.
    pub is_by_pass: bool,
    /// Whether the money can be given back.
    pub may_refund: bool,
    /// What can be made again; nothing while the film is being made, or is deleted.
    pub again: Vec<Again>,
    /// How often the film was changed: handed back with the wish to make it again, so that pressed twice it is one.
    pub revision: i32,
    /// What was done here, newest first.
    pub done: Vec<Done>,
}

impl Desk<'_> {
    /// A page of the orders that were paid, the newest first.
    ///
    /// # Errors
    /// `order-not-found` for whom orders are not.
    #[boxed]
    pub async fn orders(
        &self,
        who: &Worker,
        state: Option<OrderState>,
        before: Option<&OrderId>,
    ) -> Result<OrderPage> {
        self.sees_orders(who)?;
        let mut find = orders::Entity::find()
            // What somebody only puts together is nobody's business.
            .filter(orders::Column::State.ne(OrderState::Draft))
            .order_by_desc(orders::Column::Id)
            .limit(PAGE + 1);
        if let Some(state) = state {
            find = find.filter(orders::Column::State.eq(state));
        }
        if let Some(before) = before {
            find = find.filter(orders::Column::Id.lt(before.as_str()));
        }
        let mut lines: Vec<OrderLine> =
            find.all(self.studio.db().read()).await?.into_iter().map(line).collect();
        let has_more = lines.len() as u64 > PAGE;
        lines.truncate(PAGE as usize);
        let older = lines.last().filter(|_| has_more).map(|line| line.id.clone());
        Ok(OrderPage { lines, older })
    }

    /// The order with a number that a customer names: its own, that of its film, or a link in which one of them stands.
    ///
    /// # Errors
    /// `order-not-found` for whom orders are not.
    #[boxed]
    pub async fn find_order(&self, who: &Worker, typed: &str) -> Result<Option<OrderId>> {
        self.sees_orders(who)?;
        let db = self.studio.db().read();
        for word in typed.split(|c: char| !c.is_ascii_alphanumeric()) {
            let Some(id) = OrderId::parse(word) else { continue };
            let film = films::Entity::find_by_id(id.as_str()).one(db).await?;
            let id = film.map_or(id, |film| OrderId::stored(film.order_id));
            let found = orders::Entity::find_by_id(id.as_str())
                .filter(orders::Column::State.ne(OrderState::Draft))
                .one(db)
                .await?;
            if found.is_some() {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// The gift pass that was bought with a number that a customer names.
    ///
    /// # Errors
    /// `order-not-found` for whom orders are not.
    #[boxed]
    pub async fn find_gift(&self, who: &Worker, typed: &str) -> Result<Option<Sold>> {
        self.sees_orders(who)?;
        for word in typed.split(|c: char| !c.is_ascii_alphanumeric()) {
            let Some(id) = GiftId::parse(word) else { continue };
            if let Some(sold) = self.studio.gifts().sold(&id).await? {
                return Ok(Some(sold));
            }
        }
        Ok(None)
    }

    /// One order.
    ///
    /// # Errors
    /// `order-not-found`.
    #[boxed]
    pub async fn order(&self, who: &Worker, id: &OrderId) -> Result<OrderShown> {
        self.sees_orders(who)?;
        let (studio, db) = (self.studio, self.studio.db().read());
        let row = self.order_row(id).await?;
        let film = self.film_of(id).await?;
        let charge = self.charge_of(id).await?;
        let is_disputed = match &charge {
            Some(charge) => self.is_disputed(charge).await?,
            None => false,
        };
        let problem = checkouts::Entity::find()
            .filter(checkouts::Column::OrderId.eq(id.as_str()))
            .filter(checkouts::Column::Problem.is_not_null())
            .order_by_desc(checkouts::Column::Turn)
            .one(db)
            .await?
            .and_then(|row| row.problem);
        let may_refund = is_made(row.state)
            && !is_disputed
            && charge.as_ref().is_some_and(|charge| charge.refunded_at_ms.is_none());
        let back = (row.state == OrderState::Refunded).then_some(row.ended_at_ms).flatten();
        let back = back.or_else(|| charge.as_ref()?.refunded_at_ms);
        let mut events: Vec<(Event, i64)> = [
            (Event::Paid, row.paid_at_ms),
            (Event::FirstShot, film.as_ref().and_then(|film| film.first_shot_at_ms)),
            (Event::Whole, film.as_ref().and_then(|film| film.ready_at_ms)),
            (Event::Back, back),
        ]
        .into_iter()
        .filter_map(|(event, at_ms)| Some((event, at_ms?)))
        .collect();
        events.sort_by_key(|(_, at_ms)| *at_ms);
        let again = match film.as_ref().map(|film| film.state) {
            Some(FilmState::Ready) => vec![Again::Personal],
            Some(FilmState::Failed) => vec![Again::GivenUp, Again::Personal],
            Some(FilmState::Making) | None => Vec::new(),
        };
        let troubles = match &film {
            Some(film) => self.troubles(&film.id).await?,
            None => Vec::new(),
        };
        let owner = AccountId::stored(row.account_id.clone());
        let key = studio.data_key(&owner, PurposeId::Payment).await.ok();
        let done = self.done_with(id.as_str(), key.as_ref()).await?;
        Ok(OrderShown {
            line: line(row),
            events,
            troubles,
            problem,
            is_disputed,
            is_by_pass: charge.as_ref().is_some_and(|charge| charge.till == gifts::TILL),
            may_refund,
            again,
            revision: film.map_or(0, |film| film.revision),
            done,
        })
    }

    /// Gives the whole money of an order back. A film that is being made for it is given up; one that is whole stays its
    /// owner's. Asked twice, it goes back once.
    ///
    /// # Errors
    /// `reason-short`, `reason-long`; `order-not-found`; `order-own`; `order-goes-back` when the money is on its way back
    /// or back; `order-not-charged`; `order-disputed`; `purpose-not-allowed` while the account is not in use.
    #[boxed]
    pub async fn refund(&self, who: &Worker, id: &OrderId, reason: &str) -> Result<()> {
        let reason = looks::checked(reason)?;
        let studio = self.studio;
        let (row, key) = self.actionable(who, id, PurposeId::Payment).await?;
        if self.did(id, Act::Refund, 0).await? {
            return Ok(());
        }
        let charge = self.charge_of(id).await?;
        let charge = charge.ok_or_else(|| {
            Error::conflict("order-not-charged", "Nothing was paid for this order, so nothing can go back.")
        })?;
        if !is_made(row.state) || charge.refunded_at_ms.is_some() {
            return Err(goes_back());
        }
        if self.is_disputed(&charge).await? {
            let sentence =
                "A bank wants this payment back already. Please answer the dispute, or it is paid twice.";
            return Err(Error::conflict("order-disputed", sentence));
        }
        let tx = studio.db().begin().await?;
        let turned = orders::Entity::update_many()
            .col_expr(orders::Column::State, Expr::value(OrderState::Failed))
            .filter(orders::Column::Id.eq(id.as_str()))
            .filter(orders::Column::State.is_in([OrderState::Paid, OrderState::Making, OrderState::Done]))
            .exec(&tx)
            .await?;
        if turned.rows_affected != 1 {
            tx.rollback().await?;
            return if self.did(id, Act::Refund, 0).await? { Ok(()) } else { Err(goes_back()) };
        }
        again::stop(&tx, id.as_str()).await?;
        self.note(&tx, &key, id, (Act::Refund, 0), who, reason).await?;
        jobs::ask(&tx, studio, Job::RefundOrder { order: id.clone() }).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        studio.backstage().shot_is_ready();
        tracing::info!(order = %id, "the desk gives the money of an order back");
        Ok(())
    }

    /// Has the film of an order made again. `seen` is [`OrderShown::revision`]: pressed twice, it is made again once.
    ///
    /// # Errors
    /// `reason-short`, `reason-long`; `order-not-found`; `order-own`; `film-not-found`, `film-being-made`, `film-older`,
    /// `photo-gone`, `nothing-given-up`; `film-busy` when it was changed meanwhile; `purpose-not-allowed` while the
    /// account is not in use.
    #[boxed]
    pub async fn make_again(
        &self,
        who: &Worker,
        id: &OrderId,
        which: Again,
        seen: i32,
        reason: &str,
    ) -> Result<()> {
        let reason = looks::checked(reason)?;
        let studio = self.studio;
        let (_, key) = self.actionable(who, id, PurposeId::Films).await?;
        if self.did(id, Act::MakeAgain, seen).await? {
            return Ok(());
        }
        let film = self.film_of(id).await?.ok_or_else(|| Error::not_found("film-not-found"))?;
        if let Err(error) = again::check(studio, &film).await {
            return if self.did(id, Act::MakeAgain, seen).await? { Ok(()) } else { Err(error) };
        }
        let tx = studio.db().begin().await?;
        let begun = match film.revision == seen {
            true => again::begin(&tx, studio, &film, which).await?,
            false => None,
        };
        let Some(objects) = begun else {
            tx.rollback().await?;
            let sentence = "The film is being changed in another window. Please reload the page.";
            let is_done = self.did(id, Act::MakeAgain, seen).await?;
            return if is_done { Ok(()) } else { Err(Error::conflict("film-busy", sentence)) };
        };
        self.note(&tx, &key, id, (Act::MakeAgain, seen), who, reason).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        tracing::info!(order = %id, "the desk has a film made again");
        studio.objects().delete(&objects).await
    }

    /// What the desk did with an account's orders, newest first: for its owner.
    ///
    /// # Errors
    /// `account-not-found`.
    #[boxed]
    pub async fn of_owner(&self, owner: &AccountId) -> Result<Vec<OwnersAct>> {
        let key = self.studio.data_key(owner, PurposeId::Account).await?;
        let theirs = orders::Entity::find()
            .filter(orders::Column::AccountId.eq(owner.as_str()))
            .all(self.studio.db().read())
            .await?;
        let mut acts = Vec::new();
        for order in theirs {
            let done = self.done_with(&order.id, Some(&key)).await?;
            acts.extend(done.into_iter().map(|done| OwnersAct { film: order.film.clone(), done }));
        }
        acts.sort_by_key(|act| std::cmp::Reverse(act.done.at_ms));
        Ok(acts)
    }

    fn sees_orders(&self, who: &Worker) -> Result<()> {
        self.studio.pursue(PurposeId::Payment)?;
        if who.role.may(Room::Orders) { Ok(()) } else { Err(Error::not_found("order-not-found")) }
    }

    /// An order that somebody may do something with, and its account's key for that.
    async fn actionable(
        &self,
        who: &Worker,
        id: &OrderId,
        purpose: PurposeId,
    ) -> Result<(orders::Model, DataKey)> {
        self.sees_orders(who)?;
        let row = self.order_row(id).await?;
        let owner = AccountId::stored(row.account_id.clone());
        if who.account.as_ref() == Some(&owner) {
            return Err(Error::conflict(
                "order-own",
                "This is your own order: somebody else has to do that.",
            ));
        }
        let key = self.studio.data_key(&owner, purpose).await?;
        Ok((row, key))
    }

    async fn order_row(&self, id: &OrderId) -> Result<orders::Model> {
        let row = orders::Entity::find_by_id(id.as_str())
            .filter(orders::Column::State.ne(OrderState::Draft))
            .one(self.studio.db().read())
            .await?;
        row.ok_or_else(|| Error::not_found("order-not-found"))
    }

    async fn film_of(&self, id: &OrderId) -> Result<Option<films::Model>> {
        let film = films::Entity::find().filter(films::Column::OrderId.eq(id.as_str()));
        Ok(film.one(self.studio.db().read()).await?)
    }

    async fn charge_of(&self, id: &OrderId) -> Result<Option<charges::Model>> {
        let charge = charges::Entity::find().filter(charges::Column::OrderId.eq(id.as_str()));
        Ok(charge.one(self.studio.db().read()).await?)
    }

    /// Whether a bank wants a payment back, and nobody has answered yet. One that only asks may be given back.
    async fn is_disputed(&self, charge: &charges::Model) -> Result<bool> {
        let open = disputes::Entity::find()
            .filter(disputes::Column::Payment.eq(charge.reference.as_str()))
            .filter(disputes::Column::AnsweredAtMs.is_null())
            .filter(disputes::Column::IsInquiry.eq(false));
        Ok(open.one(self.studio.db().read()).await?.is_some())
    }

    async fn troubles(&self, film: &str) -> Result<Vec<Trouble>> {
        let db = self.studio.db().read();
        let own = shots::Entity::find()
            .filter(shots::Column::FilmId.eq(film))
            .order_by_asc(shots::Column::Place)
            .all(db)
            .await?;
        let keys: Vec<&str> =
            own.iter().filter(|shot| shot.shared).map(|shot| shot.shot_key.as_str()).collect();
        let shared =
            shared_shots::Entity::find().filter(shared_shots::Column::ShotKey.is_in(keys)).all(db).await?;
        let trouble = |shot: &shots::Model| {
            let common = shared.iter().find(|row| shot.shared && row.shot_key == shot.shot_key);
            let (failures, state) =
                common.map_or((shot.failures, shot.state), |row| (row.failures, row.state));
            let place = shot.place.unsigned_abs() as usize;
            let given_up = state == ShotState::Failed;
            (failures > 0).then_some(Trouble { place, failures: failures.unsigned_abs(), given_up })
        };
        Ok(own.iter().filter_map(trouble).collect())
    }

    /// What was done with an order; the reasons where they can be opened.
    async fn done_with(&self, order: &str, key: Option<&DataKey>) -> Result<Vec<Done>> {
        let rows = rows::Entity::find()
            .filter(rows::Column::OrderId.eq(order))
            .order_by_desc(rows::Column::Id)
            .all(self.studio.db().read())
            .await?;
        let done = |row: rows::Model| -> Result<Done> {
            let open =
                |key: &DataKey| self.studio.vault().open_field(key, &place(&row.id), &row.reason_sealed);
            let reason = key.map(open).transpose()?.map(String::from_utf8).transpose();
            let reason = reason.map_err(Error::internal)?;
            Ok(Done { act: row.act, role: row.role, by: row.by_whom, reason, at_ms: row.at_ms })
        };
        rows.into_iter().map(done).collect()
    }

    async fn did(&self, id: &OrderId, act: Act, turn: i32) -> Result<bool> {
        let found = rows::Entity::find()
            .filter(rows::Column::OrderId.eq(id.as_str()))
            .filter(rows::Column::Act.eq(act))
            .filter(rows::Column::Turn.eq(turn));
        Ok(found.one(self.studio.db().write()).await?.is_some())
    }

    /// Writes down what is done, in the transaction that does it.
    async fn note(
        &self,
        tx: &impl ConnectionTrait,
        key: &DataKey,
        order: &OrderId,
        (act, turn): (Act, i32),
        who: &Worker,
        reason: &str,
    ) -> Result<()> {
        let studio = self.studio;
        let id = studio.new_id();
        let row = rows::ActiveModel {
            reason_sealed: Set(studio.vault().seal_field(key, &place(&id), reason.as_bytes())),
            id: Set(id),
            order_id: Set(order.to_string()),
            act: Set(act),
            turn: Set(turn),
            by_whom: Set(who.name().to_owned()),
            role: Set(who.role),
            at_ms: Set(studio.now_ms()),
        };
        rows::Entity::insert(row).exec_without_returning(tx).await?;
        Ok(())
    }
}

/// Whether the desk, and not a film that could not be made, has the money of an order given back.
pub(crate) async fn asked_for_refund(db: &impl ConnectionTrait, order: &OrderId) -> Result<bool> {
    let found = rows::Entity::find()
        .filter(rows::Column::OrderId.eq(order.as_str()))
        .filter(rows::Column::Act.eq(Act::Refund));
    Ok(found.one(db).await?.is_some())
}

/// Whether an order has its film, or is to get it.
fn is_made(state: OrderState) -> bool {
    matches!(state, OrderState::Paid | OrderState::Making | OrderState::Done)
}

fn goes_back() -> Error {
    Error::conflict("order-goes-back", "The money of this order is back, or on its way back.")
}

fn line(row: orders::Model) -> OrderLine {
    OrderLine {
        id: OrderId::stored(row.id),
        film: row.film,
        language: row.language,
        state: row.state,
        price: (!row.price_currency.is_empty())
            .then_some(Price { cents: row.price_cents.unsigned_abs(), currency: row.price_currency }),
        paid_at_ms: row.paid_at_ms,
    }
}

fn place(row: &str) -> Place<'_> {
    Place { table: "order_acts", row, column: "reason" }
}
