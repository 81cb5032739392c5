//! The figures, on both databases.

use std::sync::Arc;

use futures::future::BoxFuture;
use policy::ProcessorId;
use processors::{Letter, Post, PostError};
use sea_orm::ActiveValue::Set;

use super::*;
use crate::db::testing::{on_both, on_both_configured, on_both_with};
use crate::erasure::Reason;
use crate::films::testing::{Counting, SHARED, paid, whole_order};
use crate::handles::{LATE_MS, Which};
use crate::jobs::testing::run_all;
use crate::mail::Message;
use crate::till::testing::dispute;
use crate::webhooks::rows as webhooks;

#[test]
fn each_figure_follows_what_it_counts() {
    let drawn = |outside: &mut crate::Outside| outside.renderer = Arc::new(Arc::new(Counting::default()));
    on_both_with(drawn, async |kit| {
        let (studio, account) = (&kit.studio, kit.account("anna@example.org").await);
        let first = studio.metrics().now().await.unwrap();
        let each = (OrderState::iter().count(), FilmState::iter().count());
        assert_eq!((first.orders.len(), first.films.len()), each, "each state is there from the start");
        assert_eq!(first.orders.iter().map(|(_, count)| count).sum::<u64>(), 0);
        assert_eq!((first.mails_waiting, first.mails_later), (0, 0), "the sign-up's is due just now");
        assert_eq!((first.first_picture_ms, first.whole_film_ms), (None, None));
        assert_eq!((first.first_picture_waits_s, first.backup_age_s), (0, None));

        paid(kit, &account).await;
        let other = kit.account("ben@example.org").await;
        whole_order(kit, &other).await;
        kit.clock.advance(1_500);
        run_all(studio).await.unwrap();
        kit.clock.advance(MINUTE_MS - 1_500 - 1);
        assert_eq!(studio.metrics().now().await.unwrap(), first, "what was counted within the last minute");
        kit.clock.advance(1);
        let now = studio.metrics().now().await.unwrap();
        assert_eq!((of(&now.orders, OrderState::Done), of(&now.orders, OrderState::Draft)), (1, 1));
        assert_eq!((of(&now.films, FilmState::Ready), of(&now.films, FilmState::Making)), (1, 0));
        assert_eq!((now.shots_made, now.mails_waiting), (Shots { own: 3, shared: 1 }, 0));
        assert_eq!(now.shots_given_up, Shots::default());
        assert_eq!((now.first_picture_ms, now.whole_film_ms), (Some(1_500), Some(1_500)));
        assert_eq!((now.cases_overdue, now.deletions_late, now.webhooks_dead), (0, 0, 0));
        assert_eq!((now.erasures_late, now.disputes_open), (0, 0));

        // What is late, given up or waits.
        let (handles, db) = (studio.handles(), studio.db().write());
        handles.note(db, &account, ProcessorId::Mux, None, "a").await.unwrap();
        handles.let_go(db, &account, Which::All).await.unwrap();
        let told = webhooks::ActiveModel {
            id: Set("x/1".into()),
            processor: Set("x".into()),
            news: Set("[]".into()),
            received_at_ms: Set(studio.now_ms()),
            done_at_ms: Set(None),
            tries: Set(8),
            next_at_ms: Set(None),
            problem: Set(Some("away".into())),
        };
        webhooks::Entity::insert(told).exec_without_returning(db).await.unwrap();
        let dispute = dispute(studio, "dispute-1");
        studio.till().heard_dispute(dispute, None).await.unwrap();
        kit.clock.advance(LATE_MS + 1);
        let later = studio.metrics().now().await.unwrap();
        assert_eq!((later.deletions_late, later.webhooks_dead, later.disputes_open), (1, 1, 1));
        assert_eq!((later.mails_given_up, later.refunds_stuck), (0, 0));
        assert!(later.jobs_not_relayed > 0, "nobody took the job of the deletion");
    });
}

#[test]
fn the_figures_are_read_with_the_secret_alone() {
    on_both(async |kit| {
        let metrics = kit.studio.metrics();
        assert!(!metrics.are_offered() && !metrics.may_be_read_with(""), "nobody may while no secret is set");
    });
    let secret = |config: &mut crate::Config| config.metrics_secret = Some("a long secret".into());
    on_both_configured(secret, async |kit| {
        let metrics = kit.studio.metrics();
        assert!(metrics.are_offered() && metrics.may_be_read_with("a long secret"));
        for wrong in ["", "a long secre", "a long secret ", "A long secret"] {
            assert!(!metrics.may_be_read_with(wrong), "{wrong}");
        }
    });
}

#[test]
fn whoever_waits_longest_for_the_first_picture_is_seen_and_the_day_before_is_not_told_of_any_more() {
    let drawn = |outside: &mut crate::Outside| outside.renderer = Arc::new(Arc::new(Counting::default()));
    on_both_with(drawn, async |kit| {
        let (studio, anna) = (&kit.studio, kit.account("anna@example.org").await);
        paid(kit, &anna).await;
        kit.clock.advance(10 * MINUTE_MS);
        let ben = kit.account("ben@example.org").await;
        paid(kit, &ben).await;
        let waits = async || {
            let now = studio.metrics().now().await.unwrap();
            (now.first_picture_waits_s, now.first_picture_ms, now.whole_film_ms)
        };
        assert_eq!(waits().await, (600, None, None));
        run_all(studio).await.unwrap();
        kit.clock.advance(MINUTE_MS);
        assert_eq!(waits().await, (0, Some(0), Some(0)));
        kit.clock.advance(DAY_MS);
        assert_eq!(waits().await, (0, None, None));
    });
}

#[test]
fn a_shared_shot_that_a_copy_waits_for_is_counted_apart_from_what_is_made_ahead() {
    let renderer = Arc::new(Counting::default());
    renderer.break_shot(Some(SHARED));
    let drawn = |outside: &mut crate::Outside| outside.renderer = Arc::new(Arc::clone(&renderer));
    on_both_with(drawn, async |kit| {
        let studio = &kit.studio;
        let counted = async || {
            let now = studio.metrics().now().await.unwrap();
            (now.shots_given_up.shared, now.shots_given_up_ahead)
        };
        // As it is made while there is time, and in another size.
        for (key, height) in [("key-1", None), ("key-2", Some(480))] {
            let given_up = shared_shots::ActiveModel {
                shot_key: Set(key.into()),
                film: Set("tiny".into()),
                film_version: Set(1),
                language: Set("en".into()),
                place: Set(0),
                height: Set(height),
                room: Set(None),
                state: Set(ShotState::Failed),
                bytes: Set(None),
                starts: Set(5),
                failures: Set(5),
                claim: Set(None),
                claimed_until_ms: Set(None),
                not_before_ms: Set(0),
            };
            shared_shots::Entity::insert(given_up).exec_without_returning(studio.db().write()).await.unwrap();
        }
        assert_eq!(counted().await, (0, 2));
        let anna = kit.account("anna@example.org").await;
        paid(kit, &anna).await;
        for _ in 0..8 {
            run_all(studio).await.unwrap();
            kit.clock.advance(2 * MINUTE_MS);
        }
        assert_eq!(counted().await, (1, 2));
    });
}

/// A post that is away.
struct Away;

impl Post for Away {
    fn deliver<'a>(&'a self, _: Letter<'a>) -> BoxFuture<'a, Result<(), PostError>> {
        Box::pin(async { Err(PostError::Later("answered with 421 4.3.2".into())) })
    }

    fn is_local(&self) -> bool {
        false
    }
}

#[test]
fn a_mail_waits_once_it_is_late_or_was_tried_in_vain_and_one_for_another_day_does_not() {
    let away = |outside: &mut crate::Outside| outside.post = Arc::new(Away);
    on_both_with(away, async |kit| {
        let (studio, anna) = (&kit.studio, kit.account_without_mail("anna@example.org").await);
        let counted = async || {
            let now = studio.metrics().now().await.unwrap();
            (now.mails_waiting, now.mails_later)
        };
        let message = Message { kind: "test", subject: "Hello".into(), ..Message::default() };
        let tx = studio.db().begin().await.unwrap();
        studio.mail().write(&tx, &anna, &message).await.unwrap();
        let gift = studio.mail().write(&tx, &anna, &message).await.unwrap();
        studio.mail().not_before(&tx, &gift, studio.now_ms() + DAY_MS).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(counted().await, (0, 1));
        kit.clock.advance(MAIL_LATE_MS);
        assert_eq!(counted().await, (0, 1), "to the millisecond");
        kit.clock.advance(MINUTE_MS);
        assert_eq!(counted().await, (1, 1));
        // Its next try is to come: it waits all the same.
        studio.mail().deliver().await.unwrap();
        kit.clock.advance(MINUTE_MS);
        assert_eq!(counted().await, (1, 1));
    });
}

#[test]
fn an_erasure_is_late_after_a_day_unless_a_processor_holds_it_up() {
    on_both(async |kit| {
        let (studio, db) = (&kit.studio, kit.studio.db().write());
        let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
        studio.handles().note(db, &ben, ProcessorId::Mux, None, "a").await.unwrap();
        for account in [&anna, &ben] {
            studio.erasures().erase(account, Reason::Owner).await.unwrap();
        }
        // As if hers had been broken off before its end.
        erasure::rows::Entity::update_many()
            .col_expr(erasure::rows::Column::DoneAtMs, Expr::value(None::<i64>))
            .exec(db)
            .await
            .unwrap();
        let late = async || studio.metrics().now().await.unwrap().erasures_late;
        kit.clock.advance(ERASURE_LATE_MS);
        assert_eq!(late().await, 0, "to the millisecond");
        kit.clock.advance(MINUTE_MS);
        assert_eq!(late().await, 1, "his waits for a processor, and is late with that");
    });
}

#[test]
fn the_database_is_asked_whether_it_answers() {
    on_both(async |kit| {
        let metrics = kit.studio.metrics();
        metrics.database_answers().await.unwrap();
        kit.studio.db().read().close_by_ref().await.unwrap();
        assert!(metrics.database_answers().await.is_err());
    });
}
