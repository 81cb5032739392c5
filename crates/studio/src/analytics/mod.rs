//! What is told to processors of somebody who agreed to analytics: a few moments of what they do, under a random id that
//! stands for nothing else.
//!
//! The rule, as consent is a matter of the browser and these events are the account's:
//! - What is done in a browser is told only where that browser's own decision allows it ([`policy::consent`]: country,
//!   Global Privacy Control and choice), and only of somebody who is signed in there ([`Analytics::happened`]).
//! - What is done for them without a browser (a payment is confirmed, a film becomes whole) is told only when they were
//!   in such a browser within the day before ([`STANDING_MS`]), and were in none since that does not allow it, whatever
//!   the reason ([`Analytics::not_allowed_here`]).
//! - A no in any browser in which they are signed in is the account's: what was not told yet is dropped, and everything
//!   that processors have is deleted there, whichever browser it came from. A browser that still allows it begins anew,
//!   with an id that has no relation to the one before. Said while nobody was signed in there, it is the account's as
//!   soon as somebody is, unless processors know them since a later time ([`Analytics::refused_here`]).
//! - A signal (Global Privacy Control) or a choice that ran out stops what its browser would tell, what happens by itself,
//!   and what waits to be told; it withdraws nothing that was told.
//!
//! Nobody who is signed out is known here: what a processor's own script keeps in their browser goes with it, and
//! nothing of it is stored by us.
//!
//! It must not know a vendor, nor how a person's decision came about.

pub(crate) mod rows;

use std::sync::Arc;

use policy::consent::Agreed;
use policy::{Choosable, ProcessorId, PurposeId};
use processors::role::{self, AnalyticsError, AnalyticsId, Visitor};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, PaginatorTrait, QueryOrder, QuerySelect};
use ulid::Ulid;
use vault::{DataKey, Place};

use crate::accounts::in_use;
use crate::accounts::rows::{State, accounts};
use crate::clock::{DAY_MS, MINUTE_MS};
use crate::due::{self, Due};
use crate::handles::Which;
use crate::handles::rows::handles;
use crate::orders::Price;
use crate::throttle::{self, Limit};
use crate::{AccountId, Error, Result, Studio, boxed, keys};
use rows::{events, ids};

/// How long after the last sign of a browser that allows it something that happens by itself is told.
pub const STANDING_MS: i64 = DAY_MS;
/// Events older than this are dropped: late ones count for the wrong day.
const KEPT_MS: i64 = DAY_MS;
/// Events sent in one go.
const BATCH: u64 = 100;
/// That somebody was here is written down at most so often.
const SEEN_EVERY_MS: i64 = MINUTE_MS;
/// How long whoever tells an event has for it.
const CLAIM_MS: i64 = 10 * MINUTE_MS;
/// Ids of one account that a processor's script can have made, those that are being deleted among them: browsers with
/// a consent of their own.
const BROWSERS_MAX: u64 = 20;
/// New ids of one account at all processors.
const IDS_A_DAY: Limit = Limit { name: "analytics-ids", tries_max: 40, window_ms: DAY_MS };
/// Longest id that a processor's script makes.
const ID_BYTES_MAX: usize = 100;
/// What the handles are kept under.
const ABOUT: &str = "analytics";

/// Something that somebody did. A film is meant by its name in the catalogue.
#[derive(Debug, Clone, Copy)]
pub enum What<'w> {
    /// Looked at a page: its path in the site map, where nothing stands for a thing of theirs.
    PageViewed {
        /// The path.
        path: &'w str,
        /// The film of the catalogue that it is about.
        film: Option<&'w str>,
    },
    /// Confirmed a new account.
    SignedUp,
    /// Began an order.
    FilmStarted {
        /// Of which film.
        film: &'w str,
    },
    /// Paid one.
    Purchased {
        /// Of which film.
        film: &'w str,
        /// What was paid.
        price: &'w Price,
    },
    /// Their film became whole.
    FilmFinished {
        /// Which.
        film: &'w str,
    },
    /// Watched their film for a while.
    FilmWatched {
        /// Which.
        film: &'w str,
    },
}

impl<'w> What<'w> {
    fn name(self) -> &'static str {
        match self {
            Self::PageViewed { .. } => "page_view",
            Self::SignedUp => "sign_up",
            Self::FilmStarted { .. } => "film_started",
            Self::Purchased { .. } => "purchase",
            Self::FilmFinished { .. } => "film_finished",
            Self::FilmWatched { .. } => "film_watched",
        }
    }

    fn film(self) -> Option<&'w str> {
        match self {
            Self::PageViewed { film, .. } => film,
            Self::SignedUp => None,
            Self::FilmStarted { film }
            | Self::Purchased { film, .. }
            | Self::FilmFinished { film }
            | Self::FilmWatched { film } => Some(film),
        }
    }
}

/// An id that a processor's script made in a browser.
#[derive(Debug, Clone)]
pub struct MadeInBrowser {
    /// Whose script.
    pub processor: String,
    /// The id.
    pub id: String,
}

/// Analytics of a studio.
#[derive(Clone, Copy)]
pub struct Analytics<'a> {
    studio: &'a Studio,
}

impl<'a> Analytics<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Somebody did something in a browser in which they agreed to analytics. With any other agreement, and when
    /// nobody is to be told, nothing happens.
    ///
    /// # Errors
    /// `account-not-found`; `purpose-not-allowed`.
    pub async fn happened(&self, account: &AccountId, agreed: Agreed, what: What<'_>) -> Result<()> {
        let studio = self.studio;
        if agreed.to() != Choosable::Analytics || studio.connected().analytics.is_empty() {
            return Ok(());
        }
        studio.pursue(PurposeId::Analytics)?;
        if let Some(noted) = self.seen_just_now(account).await? {
            return self.queue(studio.db().write(), account, &noted, what).await;
        }
        let (row, key) = keys::of_account(studio.db().read(), studio.vault(), account).await?;
        if row.state != State::Active {
            return Ok(());
        }
        let tx = studio.db().begin().await?;
        let noted = self.seen(&tx, account, &key).await?;
        self.queue(&tx, account, &noted, what).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Something happened for somebody without their browser, in the transaction of what happened.
    pub(crate) async fn happened_by_itself(
        &self,
        db: &impl ConnectionTrait,
        account: &AccountId,
        what: What<'_>,
    ) -> Result<()> {
        if self.studio.connected().analytics.is_empty() || self.studio.pursue(PurposeId::Analytics).is_err() {
            return Ok(());
        }
        let row = ids::Entity::find_by_id(account.as_str())
            .filter(ids::Column::SeenAtMs.gte(self.studio.now_ms() - STANDING_MS))
            .one(db)
            .await?;
        match row {
            Some(row) => self.queue(db, account, &noted_in(&row), what).await,
            None => Ok(()),
        }
    }

    /// Somebody is signed in in a browser that does not allow it: a no, a signal, a choice that ran out. What happens by
    /// itself is told no more until they are seen in one that does, and what waits is dropped. It writes only when there
    /// is something to end.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn not_allowed_here(&self, account: &AccountId) -> Result<()> {
        let studio = self.studio;
        if studio.connected().analytics.is_empty() {
            return Ok(());
        }
        let stands = ids::Entity::find_by_id(account.as_str()).filter(ids::Column::SeenAtMs.gt(0_i64));
        if stands.one(studio.db().read()).await?.is_none() {
            return Ok(());
        }
        let tx = studio.db().begin().await?;
        ids::Entity::update_many()
            .col_expr(ids::Column::SeenAtMs, Expr::value(0_i64))
            .filter(ids::Column::AccountId.eq(account.as_str()))
            .exec(&tx)
            .await?;
        drop_events(&tx, account).await?;
        Ok(tx.commit().await?)
    }

    /// Somebody is signed in in a browser in which they said no at this time, perhaps signed out: what processors knew
    /// them by then goes. A no that is older than that says nothing of it; it is a browser that does not allow it.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn refused_here(&self, account: &AccountId, at_ms: i64) -> Result<()> {
        let known_by_then = handles::Entity::find()
            .filter(handles::Column::AccountId.eq(account.as_str()))
            .filter(handles::Column::About.eq(ABOUT))
            .filter(handles::Column::GoingAtMs.is_null())
            .filter(handles::Column::GivenAtMs.lte(at_ms));
        match known_by_then.one(self.studio.db().read()).await? {
            Some(_) => self.withdraw(account).await,
            None => self.not_allowed_here(account).await,
        }
    }

    /// Ids that processors' scripts made in a browser in which somebody signed in agreed to analytics: by them, what is
    /// kept there is deleted with the rest. Those of processors that make none are left out.
    ///
    /// # Errors
    /// `account-not-found`; `purpose-not-allowed`.
    #[boxed]
    pub async fn made_in_browser(
        &self,
        account: &AccountId,
        agreed: Agreed,
        made: &[MadeInBrowser],
    ) -> Result<()> {
        let studio = self.studio;
        if agreed.to() != Choosable::Analytics {
            return Ok(());
        }
        studio.pursue(PurposeId::Analytics)?;
        for MadeInBrowser { processor, id } in made {
            let Some(processor) = self.makes_ids(processor).filter(|_| is_id(id)) else { continue };
            let handles = studio.handles();
            if handles.of(studio.db().read(), account, processor, Some(ABOUT)).await?.contains(id) {
                continue;
            }
            // What is being deleted is deleted first; should its browser go on, it tells the id again.
            if handles.owner(processor, id).await?.as_ref() == Some(account) {
                continue;
            }
            if self.ids_at(account, processor).await? >= BROWSERS_MAX {
                let processor = processor.as_str();
                tracing::warn!(processor, "an account has more browsers than are noted: one id is not kept");
                return Ok(());
            }
            match throttle::count(studio, &IDS_A_DAY, account.as_str().as_bytes(), "too-many-tries").await {
                Ok(()) => handles.note(studio.db().write(), account, processor, Some(ABOUT), id).await?,
                // A page cannot do anything about it.
                Err(error) if error.retry_after_s().is_some() => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// How many ids of an account a processor has, those that are being deleted among them.
    async fn ids_at(&self, account: &AccountId, processor: ProcessorId) -> Result<u64> {
        let all = handles::Entity::find()
            .filter(handles::Column::AccountId.eq(account.as_str()))
            .filter(handles::Column::Processor.eq(processor.as_str()))
            .filter(handles::Column::About.eq(ABOUT));
        Ok(all.count(self.studio.db().read()).await?)
    }

    /// Somebody took their agreement back: what was not told is dropped, what was told is deleted wherever it is.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn withdraw(&self, account: &AccountId) -> Result<()> {
        let studio = self.studio;
        let tx = studio.db().begin().await?;
        drop_events(&tx, account).await?;
        ids::Entity::delete_by_id(account.as_str()).exec(&tx).await?;
        studio.handles().let_go(&tx, account, Which::About(ABOUT)).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        Ok(())
    }

    /// The same for everybody, within a change: of a database that was brought back nobody knows who took it back since.
    pub(crate) async fn withdraw_all(&self, tx: &impl ConnectionTrait) -> Result<()> {
        events::Entity::delete_many().exec(tx).await?;
        ids::Entity::delete_many().exec(tx).await?;
        let told: Vec<Option<String>> = handles::Entity::find()
            .select_only()
            .column(handles::Column::AccountId)
            .distinct()
            .filter(handles::Column::About.eq(ABOUT))
            .filter(handles::Column::GoingAtMs.is_null())
            .into_tuple()
            .all(tx)
            .await?;
        for account in told.into_iter().flatten() {
            self.studio.handles().let_go(tx, &AccountId::stored(account), Which::About(ABOUT)).await?;
        }
        Ok(())
    }

    /// Tells what is due. One that fails holds up no other.
    #[boxed]
    pub(crate) async fn carry_on(&self) -> Result<()> {
        due::work_off(self, self.studio.now_ms()).await
    }

    /// The processors that may be told, if somebody was seen a moment ago and nothing has to be noted.
    async fn seen_just_now(&self, account: &AccountId) -> Result<Option<Vec<ProcessorId>>> {
        let (studio, db) = (self.studio, self.studio.db().read());
        let lately = studio.now_ms() - SEEN_EVERY_MS;
        let row = ids::Entity::find_by_id(account.as_str())
            .filter(ids::Column::SeenAtMs.gt(lately))
            .one(db)
            .await?;
        let Some(noted) = row.map(|row| noted_in(&row)) else { return Ok(None) };
        if studio.connected().analytics.iter().any(|one| !noted.contains(&one.processor())) {
            return Ok(None);
        }
        let active = accounts::Entity::find_by_id(account.as_str())
            .filter(accounts::Column::State.eq(State::Active))
            .one(db)
            .await?;
        Ok(active.map(|_| noted))
    }

    /// A browser that allows it was here. Gives the processors that may be told, each with the id noted as its handle.
    async fn seen(
        &self,
        tx: &impl ConnectionTrait,
        account: &AccountId,
        key: &DataKey,
    ) -> Result<Vec<ProcessorId>> {
        let studio = self.studio;
        let fresh = self.random_id();
        let row = ids::ActiveModel {
            account_id: Set(account.to_string()),
            id_sealed: Set(studio.vault().seal_field(key, &place(account.as_str()), fresh.as_bytes())),
            seen_at_ms: Set(studio.now_ms()),
            noted: Set(String::new()),
        };
        let again =
            OnConflict::column(ids::Column::AccountId).update_column(ids::Column::SeenAtMs).to_owned();
        ids::Entity::insert(row).on_conflict(again).exec_without_returning(tx).await?;
        let row = ids::Entity::find_by_id(account.as_str()).one(tx).await?;
        let row = row.ok_or_else(|| Error::internal("an analytics id is gone as soon as it was there"))?;
        let mut noted = noted_in(&row);
        let told = studio.connected().analytics.iter().map(|one| one.processor());
        let missing: Vec<ProcessorId> = told.filter(|id| !noted.contains(id)).collect();
        if missing.is_empty() {
            return Ok(noted);
        }
        let id = self.opened(key, &row)?;
        for processor in missing {
            studio.handles().note(tx, account, processor, Some(ABOUT), &id).await?;
            noted.push(processor);
        }
        let words: Vec<&str> = noted.iter().map(|id| id.as_str()).collect();
        ids::Entity::update_many()
            .col_expr(ids::Column::Noted, Expr::value(words.join(" ")))
            .filter(ids::Column::AccountId.eq(account.as_str()))
            .exec(tx)
            .await?;
        Ok(noted)
    }

    /// Keeps an event for each of these processors until it was told. One in which there is more than there may be is
    /// not kept.
    async fn queue(
        &self,
        db: &impl ConnectionTrait,
        account: &AccountId,
        processors: &[ProcessorId],
        what: What<'_>,
    ) -> Result<()> {
        let studio = self.studio;
        let event_key = self.random_id();
        let path = match what {
            What::PageViewed { path, .. } => Some(path.to_owned()),
            _ => None,
        };
        let price = match what {
            What::Purchased { price, .. } => Some(price),
            _ => None,
        };
        let told = studio.connected().analytics.iter().filter(|one| processors.contains(&one.processor()));
        let rows: Vec<events::Model> = told
            .map(|one| events::Model {
                id: studio.new_id(),
                account_id: account.to_string(),
                processor: one.processor().to_string(),
                event_key: event_key.clone(),
                name: what.name().to_owned(),
                path: path.clone(),
                film: what.film().map(str::to_owned),
                cents: price.map(|price| i64::from(price.cents)),
                currency: price.map(|price| price.currency.clone()),
                at_ms: studio.now_ms(),
                tries: 0,
                next_at_ms: studio.now_ms(),
            })
            .collect();
        let Some(first) = rows.first() else { return Ok(()) };
        if let Err(error) = usage(first) {
            tracing::warn!(problem = %error, "an event of usage was not kept");
            return Ok(());
        }
        let rows = rows.into_iter().map(|row| events::ActiveModel::from(row).reset_all());
        events::Entity::insert_many(rows).exec_without_returning(db).await?;
        Ok(())
    }

    async fn tell(&self, row: &events::Model) -> Result<()> {
        let studio = self.studio;
        let told = studio.connected().analytics.iter().find(|one| one.processor().as_str() == row.processor);
        let is_late = studio.now_ms() - row.at_ms > KEPT_MS;
        // Nobody is there any more to be told, or it is too late: it is let be.
        let (Some(told), Some(id), false) = (told, self.id_of(row).await?, is_late) else {
            return self.forget(row).await;
        };
        // Whoever takes it tells it, alone, and only while it may be told.
        let is_taken = match told.knows_doubles() {
            true => self.claim(row).await?,
            // Lost rather than counted twice.
            false => self.take(row).await?,
        };
        if !is_taken {
            return Ok(());
        }
        let sent = self.send(told, AnalyticsId::new(id.clone()), row).await;
        self.let_go_late(told.processor(), &id, row).await?;
        match sent {
            Ok(()) => self.forget(row).await,
            Err(error @ (AnalyticsError::Away(_) | AnalyticsError::Unauthorized)) if told.knows_doubles() => {
                let (processor, tries) = (row.processor.as_str(), row.tries);
                tracing::warn!(processor, problem = %error, tries, "an event of usage waits to be told");
                self.later(row).await
            }
            Err(error) => {
                let processor = row.processor.as_str();
                tracing::warn!(processor, problem = %error, "an event of usage was not taken");
                self.forget(row).await
            }
        }
    }

    async fn send(
        &self,
        told: &Arc<dyn role::Analytics>,
        id: AnalyticsId,
        row: &events::Model,
    ) -> Result<(), AnalyticsError> {
        let who = Visitor { id, session: None };
        told.send(Agreed::analytics_on_record(), &who, &usage(row)?).await
    }

    /// Has an event deleted that went out under an id that was let go of meanwhile, whether it arrived or not.
    async fn let_go_late(&self, processor: ProcessorId, id: &str, row: &events::Model) -> Result<()> {
        let (handles, account) = (self.studio.handles(), AccountId::stored(row.account_id.clone()));
        match handles.stands(&account, processor, id).await? {
            true => Ok(()),
            false => handles.let_go_late(&account, processor, ABOUT, id).await,
        }
    }

    /// The id of whoever did it, as long as they agree.
    async fn id_of(&self, row: &events::Model) -> Result<Option<String>> {
        let studio = self.studio;
        let found = ids::Entity::find_by_id(row.account_id.as_str()).one(studio.db().read()).await?;
        let Some(found) = found else { return Ok(None) };
        let account = AccountId::stored(row.account_id.clone());
        let (_, key) = keys::of_account(studio.db().read(), studio.vault(), &account).await?;
        self.opened(&key, &found).map(Some)
    }

    async fn forget(&self, row: &events::Model) -> Result<()> {
        self.take(row).await.map(drop)
    }

    /// Takes an event away; whether it was there.
    async fn take(&self, row: &events::Model) -> Result<bool> {
        let gone = events::Entity::delete_by_id(row.id.as_str()).exec(self.studio.db().write()).await?;
        Ok(gone.rows_affected == 1)
    }

    /// Keeps others from an event for a while; whether it was there and free.
    async fn claim(&self, row: &events::Model) -> Result<bool> {
        let until = self.studio.now_ms().saturating_add(CLAIM_MS);
        let mine = events::Entity::update_many()
            .col_expr(events::Column::NextAtMs, Expr::value(until))
            .filter(events::Column::Id.eq(row.id.as_str()))
            .filter(events::Column::NextAtMs.eq(row.next_at_ms))
            .exec(self.studio.db().write())
            .await?;
        Ok(mine.rows_affected == 1)
    }

    async fn later(&self, row: &events::Model) -> Result<()> {
        let at_ms = self.studio.now_ms().saturating_add(due::wait_ms(MINUTE_MS, row.tries, None));
        events::Entity::update_many()
            .col_expr(events::Column::Tries, Expr::value(row.tries.saturating_add(1)))
            .col_expr(events::Column::NextAtMs, Expr::value(at_ms))
            .filter(events::Column::Id.eq(row.id.as_str()))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    /// The processor of this name, if its script makes ids that a deletion can name.
    fn makes_ids(&self, processor: &str) -> Option<ProcessorId> {
        let tags = &self.studio.connected().tags;
        let makes = tags.iter().any(|tag| tag.processor == processor && !tag.ids.is_empty());
        if makes { processor.parse().ok() } else { None }
    }

    /// Random through and through: unlike our other ids it says nothing of when.
    fn random_id(&self) -> String {
        Ulid::from_bytes(self.studio.random().bytes()).to_string()
    }

    fn opened(&self, key: &DataKey, row: &ids::Model) -> Result<String> {
        let plain = self.studio.vault().open_field(key, &place(&row.account_id), &row.id_sealed)?;
        String::from_utf8(plain).map_err(Error::internal)
    }
}

impl Due for Analytics<'_> {
    type Row = events::Model;

    async fn due(&self, until_ms: i64) -> Result<Vec<events::Model>> {
        let due = events::Entity::find()
            .filter(events::Column::NextAtMs.lte(until_ms))
            .filter(events::Column::AccountId.in_subquery(in_use()))
            .order_by_asc(events::Column::NextAtMs)
            .order_by_asc(events::Column::Id)
            .limit(BATCH)
            .all(self.studio.db().write())
            .await?;
        if !due.is_empty() {
            self.studio.pursue(PurposeId::Analytics)?;
        }
        Ok(due)
    }

    async fn see_to(&self, row: &events::Model) -> Result<()> {
        self.tell(row).await
    }

    async fn put_off(&self, row: &events::Model, _: &Error) -> Result<()> {
        self.later(row).await
    }
}

/// Forgets what waited for a day, whomever it is of and whoever was to be told: an account may be only stored by now, and
/// a processor switched off.
#[boxed]
pub(crate) async fn tidy(studio: &Studio) -> Result<()> {
    let late = events::Column::AtMs.lt(studio.now_ms() - KEPT_MS);
    events::Entity::delete_many().filter(late).exec(studio.db().write()).await?;
    Ok(())
}

/// What waits to be told of somebody is told to nobody.
async fn drop_events(tx: &impl ConnectionTrait, account: &AccountId) -> Result<()> {
    events::Entity::delete_many().filter(events::Column::AccountId.eq(account.as_str())).exec(tx).await?;
    Ok(())
}

fn noted_in(row: &ids::Model) -> Vec<ProcessorId> {
    row.noted.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

/// Whether this has the form of an id that a script makes.
fn is_id(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:$".contains(&byte);
    !text.is_empty() && text.len() <= ID_BYTES_MAX && text.bytes().all(is_letter)
}

/// The event as it goes out.
fn usage(row: &events::Model) -> Result<role::Usage, AnalyticsError> {
    let mut usage = role::Usage::new(&row.event_key, &row.name, row.at_ms)?;
    if let Some(path) = &row.path {
        usage = usage.on_page(path)?;
    }
    if let Some(film) = &row.film {
        usage = usage.with_film(film)?;
    }
    if let (Some(cents), Some(currency)) = (row.cents, &row.currency) {
        usage = usage.worth(cents as f64 / 100.0, currency)?;
    }
    Ok(usage)
}

fn place(account: &str) -> Place<'_> {
    Place { table: "analytics_ids", row: account, column: "id" }
}

#[cfg(test)]
mod tests;
