//! The steps of a generated shot: asked for, looked at, fetched, given up, ended.

use std::sync::Arc;

use film::GeneratedKind;
use policy::{Personal, PurposeId};
use processors::role::{PaintError, PaintStage, PaintTicket, PaintWish, Painted, Painter, Trouble};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, UpdateMany};

use super::strays::Strays;
use super::{AFTER_CANCEL_MS, CALL_MAX_MS, Generated, State, kind_of, picture, place_of, rows, video};
use crate::accounts::in_use;
use crate::clock::SECOND_MS;
use crate::due::{self, Due};
use crate::films::rows::{films, shots};
use crate::films::{FilmId, FilmState, ShotState, Show};
use crate::handles::Which;
use crate::jobs::{self, Job};
use crate::photos::Picture;
use crate::{AccountId, Error, PhotoId, Result, boxed, keys};

/// How often the painter is asked when it does not tell by itself.
const POLL_MS: i64 = 5 * SECOND_MS;
/// When an error of ours is looked at again.
const AGAIN_MS: i64 = 15 * SECOND_MS;
/// Rows looked at in one go.
const BATCH: u64 = 100;

impl Due for Generated<'_> {
    type Row = rows::Model;

    async fn due(&self, until_ms: i64) -> Result<Vec<rows::Model>> {
        let due = rows::Entity::find()
            .filter(rows::Column::NextAtMs.lte(until_ms))
            .order_by_asc(rows::Column::NextAtMs)
            .limit(BATCH);
        Ok(due.all(self.studio.db().read()).await?)
    }

    async fn see_to(&self, row: &rows::Model) -> Result<()> {
        self.go_on(row.clone()).await
    }

    async fn put_off(&self, row: &rows::Model, _: &Error) -> Result<()> {
        self.later(&row.id, row.until_ms, AGAIN_MS).await
    }
}

impl Generated<'_> {
    #[boxed]
    pub(super) async fn go_on(&self, row: rows::Model) -> Result<()> {
        let now = self.studio.now_ms();
        // In another's hands, unless that one is no more.
        if row.state == State::Asking && now < row.asked_at_ms.unwrap_or(0) + CALL_MAX_MS {
            return self.later(&row.id, row.until_ms, AGAIN_MS).await;
        }
        let Some(painter) = self.studio.connected().painter.as_deref() else {
            return self.give_up(None, row, "no painter is connected any more").await;
        };
        let (is_wanted, in_time) = (self.is_wanted(&row).await?, now < row.until_ms);
        match row.state {
            State::Going => self.end(painter, row).await,
            State::Wanted | State::Asked if is_wanted && in_time => match self.show(&row).await? {
                Some(show) if row.state == State::Wanted => self.submit(painter, row, &show).await,
                Some(show) => self.look(painter, row, &show).await,
                // Another machine may have the film.
                None => self.later(&row.id, row.until_ms, POLL_MS).await,
            },
            // Whoever makes shots has it now.
            State::Fetched if is_wanted => self.later(&row.id, row.until_ms, AGAIN_MS).await,
            _ if is_wanted => self.give_up(Some(painter), row, "it is late").await,
            _ => self.give_up(Some(painter), row, "nobody needs it any more").await,
        }
    }

    /// Whether the shot is still to be made, for an account that is in use and of a photo that is there.
    async fn is_wanted(&self, row: &rows::Model) -> Result<bool> {
        let db = self.studio.db().read();
        let film = films::Entity::find_by_id(row.film_id.as_str())
            .filter(films::Column::AccountId.in_subquery(in_use()))
            .filter(films::Column::PhotoId.eq(row.photo_id.as_str()))
            .filter(films::Column::State.eq(FilmState::Making))
            .one(db)
            .await?;
        if film.is_none() {
            return Ok(false);
        }
        let shot = shots::Entity::find()
            .filter(shots::Column::FilmId.eq(row.film_id.as_str()))
            .filter(shots::Column::Place.eq(row.place))
            .filter(shots::Column::State.is_in([ShotState::Waiting, ShotState::Making]))
            .one(db)
            .await?;
        Ok(shot.is_some())
    }

    /// Sends the wish, once: from here on the row says that it may have been taken.
    async fn submit(&self, painter: &dyn Painter, row: rows::Model, show: &Show) -> Result<()> {
        let studio = self.studio;
        let began = self
            .turn(&row, State::Asking)
            .col_expr(rows::Column::AskedAtMs, Expr::value(Some(studio.now_ms())))
            .exec(studio.db().write())
            .await?;
        if began.rows_affected != 1 {
            return Ok(());
        }
        let row = rows::Model { state: State::Asking, ..row };
        let wish = match self.wish(painter, &row, show).await {
            Ok(wish) => wish,
            Err(error) => return self.give_up(Some(painter), row, error.code()).await,
        };
        let ticket = match painter.submit(&wish).await {
            Ok(ticket) => ticket,
            Err(PaintError::Trouble(Trouble::Away { after_s, .. })) => {
                let tries = row.tries.saturating_add(1);
                self.turn(&row, State::Wanted)
                    .col_expr(rows::Column::Tries, Expr::value(tries))
                    .exec(studio.db().write())
                    .await?;
                return self.later(&row.id, row.until_ms, due::wait_ms(POLL_MS, row.tries, after_s)).await;
            }
            Err(error) => return self.give_up(Some(painter), row, &error.to_string()).await,
        };
        if let Err(error) = self.asked(painter, &row, &ticket).await {
            self.has_no_owner(painter, &ticket).await;
            return Err(error);
        }
        Ok(())
    }

    /// Nobody is left who would let go of what was just taken: it is stopped and deleted apart from any row, once at once
    /// and once when it may have been made all the same.
    async fn has_no_owner(&self, painter: &dyn Painter, ticket: &PaintTicket) {
        let (studio, processor) = (self.studio, painter.processor());
        let noted = Strays::new(studio).note(processor, &ticket.request, AFTER_CANCEL_MS).await;
        if let Err(error) = painter.cancel(ticket).await {
            tracing::warn!(processor = processor.as_str(), problem = %error, "a stray wish was not cancelled");
        }
        let erased = match studio.connected().erases.get(&processor) {
            Some(erases) => erases.erase(&ticket.request, studio.now_ms() / SECOND_MS).await,
            None => Err(Trouble::Refused("it is not connected for deleting".to_owned())),
        };
        if let Err(error) = erased {
            tracing::warn!(processor = processor.as_str(), problem = %error, "a stray wish is not deleted yet");
        }
        if let Err(error) = noted {
            let processor = processor.as_str();
            tracing::error!(processor, %error, "a stray wish could not be noted; it is not deleted again");
        }
    }

    /// What goes out: the child's cut-out head alone, whoever else is in the photo, and the film's prompt.
    async fn wish(&self, painter: &dyn Painter, row: &rows::Model, show: &Show) -> Result<PaintWish> {
        let studio = self.studio;
        let account = AccountId::stored(row.account_id.clone());
        let shot = show.film().shots().get(row.place as usize);
        let generated = shot.and_then(|shot| shot.generated.as_ref());
        let generated =
            generated.ok_or_else(|| Error::internal("the film's shot is not generated any more"))?;
        let photo = PhotoId::stored(row.photo_id.clone());
        let head = studio.photos().picture(&account, &photo, Picture::CutOut).await?;
        let address = &studio.config().address;
        // Where nobody reaches us from outside, the painter is asked instead.
        let webhook = address
            .starts_with("https://")
            .then(|| format!("{address}/webhooks/{}", painter.processor().as_str()));
        let (photo, prompt) = (Personal::new(head.bytes.to_vec()), generated.prompt.clone());
        Ok(PaintWish { kind: kind_of(generated.kind), photo, prompt, webhook })
    }

    /// Notes under which id the painter has it, in the same breath as its answer.
    async fn asked(&self, painter: &dyn Painter, row: &rows::Model, ticket: &PaintTicket) -> Result<()> {
        let studio = self.studio;
        let account = AccountId::stored(row.account_id.clone());
        let plain = serde_json::to_vec(ticket).map_err(Error::internal)?;
        let next_at_ms = studio.now_ms() + POLL_MS;
        let tx = studio.begin_for(&account).await?;
        let (_, key) = keys::of_account(&tx, studio.vault(), &account).await?;
        let sealed = studio.vault().seal_field(&key, &place_of(&row.id, "request"), &plain);
        let asked = self
            .turn(row, State::Asked)
            .col_expr(rows::Column::RequestSealed, Expr::value(Some(sealed)))
            .col_expr(rows::Column::NextAtMs, Expr::value(next_at_ms))
            .exec(&tx)
            .await?;
        if asked.rows_affected != 1 {
            return Err(Error::internal("a generated shot went while it was asked for"));
        }
        studio.handles().note(&tx, &account, painter.processor(), Some(&row.id), &ticket.request).await?;
        jobs::ask_later(&tx, studio, Job::SeeToProcessors, next_at_ms).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        Ok(())
    }

    /// Asks how far it is, and fetches what is done.
    async fn look(&self, painter: &dyn Painter, row: rows::Model, show: &Arc<Show>) -> Result<()> {
        let Some(ticket) = self.ticket(&row).await? else {
            return self.give_up(Some(painter), row, "its request is not known").await;
        };
        match painter.progress(&ticket).await {
            Ok(PaintStage::Over) => {}
            Ok(PaintStage::UnderWay) => return self.later(&row.id, row.until_ms, POLL_MS).await,
            Err(PaintError::Trouble(Trouble::Away { after_s, .. })) => {
                return self.later(&row.id, row.until_ms, due::wait_ms(POLL_MS, 0, after_s)).await;
            }
            Err(error) => return self.give_up(Some(painter), row, &error.to_string()).await,
        }
        let painted = match painter.result(&ticket).await {
            Ok(painted) => painted,
            Err(PaintError::Trouble(Trouble::Away { after_s, .. })) => {
                return self.later(&row.id, row.until_ms, due::wait_ms(POLL_MS, 0, after_s)).await;
            }
            Err(error) => return self.give_up(Some(painter), row, &error.to_string()).await,
        };
        match self.taken_in(&row, show, painted).await {
            Ok(bytes) => self.fetched(row, &bytes).await,
            Err(error) => self.give_up(Some(painter), row, error.sentence()).await,
        }
    }

    /// What is kept of what was painted, if it is what the film wishes for.
    async fn taken_in(&self, row: &rows::Model, show: &Arc<Show>, painted: Painted) -> Result<Vec<u8>> {
        let place = row.place as usize;
        let generated = show.film().shots().get(place).and_then(|shot| shot.generated.as_ref());
        match (generated.map(|generated| generated.kind), painted) {
            (Some(GeneratedKind::Portrait), Painted::Picture(picture)) => {
                let frame = show.rendition();
                picture::taken_in(self.studio, picture, (frame.width, frame.height)).await
            }
            (Some(GeneratedKind::ImageToVideo), Painted::Video(video)) => {
                video::taken_in(self.studio, video, show, place).await
            }
            _ => Err(Error::refused("painted-refused", "It is not of the kind that the film wishes for.")),
        }
    }

    /// Keeps it for whoever makes the shot, and lets go of it outside at once.
    async fn fetched(&self, row: rows::Model, painted: &[u8]) -> Result<()> {
        let studio = self.studio;
        let account = AccountId::stored(row.account_id.clone());
        let key = studio.data_key(&account, PurposeId::Films).await?;
        let sealed = studio.vault().seal_field(&key, &place_of(&row.id, "picture"), painted);
        let tx = studio.db().begin().await?;
        let kept = self
            .turn(&row, State::Fetched)
            .col_expr(rows::Column::PictureSealed, Expr::value(Some(sealed)))
            .col_expr(rows::Column::RequestSealed, Expr::value(None::<Vec<u8>>))
            .col_expr(rows::Column::NextAtMs, Expr::value(studio.now_ms() + AGAIN_MS))
            .exec(&tx)
            .await?;
        if kept.rows_affected != 1 {
            // Told twice: another was a moment faster.
            return Ok(tx.rollback().await?);
        }
        studio.handles().let_go(&tx, &account, Which::About(&row.id)).await?;
        self.free(&tx, &row).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        Ok(())
    }

    /// The shot is drawn. What the painter may have is cancelled and let go of.
    async fn give_up(&self, painter: Option<&dyn Painter>, row: rows::Model, why: &str) -> Result<()> {
        let studio = self.studio;
        let account = AccountId::stored(row.account_id.clone());
        let tx = studio.db().begin().await?;
        let to_stop = painter.filter(|_| row.state == State::Asked);
        let given_up = match to_stop {
            Some(_) => {
                let going = self
                    .turn(&row, State::Going)
                    .col_expr(rows::Column::Tries, Expr::value(0))
                    .col_expr(rows::Column::NextAtMs, Expr::value(studio.now_ms()));
                going.exec(&tx).await?.rows_affected
            }
            None => {
                let gone = rows::Entity::delete_many()
                    .filter(rows::Column::Id.eq(row.id.as_str()))
                    .filter(rows::Column::State.eq(row.state));
                gone.exec(&tx).await?.rows_affected
            }
        };
        if given_up != 1 {
            return Ok(tx.rollback().await?);
        }
        studio.handles().let_go(&tx, &account, Which::About(&row.id)).await?;
        self.free(&tx, &row).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        if row.state != State::Fetched {
            tracing::info!(film = %row.film_id, shot = row.place, problem = why, "a shot is not generated");
        }
        match to_stop {
            Some(painter) => self.end(painter, rows::Model { state: State::Going, tries: 0, ..row }).await,
            None => Ok(()),
        }
    }

    /// Has the painter stop; after a while lets go of what was made all the same, and forgets it.
    async fn end(&self, painter: &dyn Painter, row: rows::Model) -> Result<()> {
        let studio = self.studio;
        let account = AccountId::stored(row.account_id.clone());
        let ticket = self.ticket(&row).await?;
        if let Some(ticket) = &ticket
            && row.tries == 0
        {
            if let Err(error) = painter.cancel(ticket).await {
                let processor = painter.processor().as_str();
                tracing::warn!(processor, problem = %error, "a wish was not cancelled; it is deleted all the same");
            }
            self.turn(&row, State::Going)
                .col_expr(rows::Column::Tries, Expr::value(1))
                .col_expr(rows::Column::NextAtMs, Expr::value(studio.now_ms() + AFTER_CANCEL_MS))
                .exec(studio.db().write())
                .await?;
            return Ok(());
        }
        let tx = studio.db().begin().await?;
        if let Some(ticket) = &ticket {
            studio.handles().note(&tx, &account, painter.processor(), Some(&row.id), &ticket.request).await?;
            studio.handles().let_go(&tx, &account, Which::About(&row.id)).await?;
        }
        rows::Entity::delete_by_id(row.id.as_str()).exec(&tx).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        Ok(())
    }

    /// The shot is free to be made now.
    pub(super) async fn free(&self, tx: &impl ConnectionTrait, row: &rows::Model) -> Result<()> {
        let now = self.studio.now_ms();
        let freed = shots::Entity::update_many()
            .col_expr(shots::Column::NotBeforeMs, Expr::value(now))
            .filter(shots::Column::FilmId.eq(row.film_id.as_str()))
            .filter(shots::Column::Place.eq(row.place))
            .filter(shots::Column::State.eq(ShotState::Waiting))
            .filter(shots::Column::NotBeforeMs.eq(row.until_ms))
            .exec(tx)
            .await?;
        if freed.rows_affected == 1 {
            let film = FilmId::stored(row.film_id.clone());
            jobs::ask(tx, self.studio, Job::MakeShot { film, place: row.place as usize }).await?;
        }
        Ok(())
    }

    /// The film of a shot, if it is in the catalogue in its version.
    async fn show(&self, row: &rows::Model) -> Result<Option<Arc<Show>>> {
        let film = films::Entity::find_by_id(row.film_id.as_str()).one(self.studio.db().read()).await?;
        let catalogue = self.studio.catalogue();
        Ok(film.and_then(|film| catalogue.show_of(&film.film, film.film_version).cloned()))
    }

    #[boxed]
    pub(super) async fn ticket(&self, row: &rows::Model) -> Result<Option<PaintTicket>> {
        let Some(sealed) = &row.request_sealed else { return Ok(None) };
        let account = AccountId::stored(row.account_id.clone());
        // Also of an account that is about to end: what it left outside is to be deleted.
        let (_, key) = keys::of_account(self.studio.db().read(), self.studio.vault(), &account).await?;
        let plain = self.studio.vault().open_field(&key, &place_of(&row.id, "request"), sealed)?;
        serde_json::from_slice(&plain).map(Some).map_err(Error::internal)
    }

    /// The row, from the state that it was seen in to another: of two that try, one succeeds.
    fn turn(&self, row: &rows::Model, to: State) -> UpdateMany<rows::Entity> {
        rows::Entity::update_many()
            .col_expr(rows::Column::State, Expr::value(to))
            .filter(rows::Column::Id.eq(row.id.as_str()))
            .filter(rows::Column::State.eq(row.state))
    }

    /// Looks again after a while, and when its time is over.
    async fn later(&self, id: &str, until_ms: i64, wait_ms: i64) -> Result<()> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let at_ms = if now < until_ms { (now + wait_ms).min(until_ms) } else { now + wait_ms };
        let tx = studio.db().begin().await?;
        rows::Entity::update_many()
            .col_expr(rows::Column::NextAtMs, Expr::value(at_ms))
            .filter(rows::Column::Id.eq(id))
            .exec(&tx)
            .await?;
        jobs::ask_later(&tx, studio, Job::SeeToProcessors, at_ms).await?;
        tx.commit().await?;
        studio.backstage().nudge();
        Ok(())
    }
}
