//! The figures, on both databases.

use std::sync::Arc;

use policy::ProcessorId;
use sea_orm::ActiveValue::Set;

use super::*;
use crate::db::testing::{on_both, on_both_configured, on_both_with};
use crate::films::testing::{Counting, paid, whole_order};
use crate::handles::{LATE_MS, Which};
use crate::jobs::testing::run_all;
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
        assert!(first.mails_waiting > 0, "the mail of the sign-up");
        assert_eq!((first.first_picture_ms, first.whole_film_ms), (None, None));

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
        kit.clock.advance(LATE_MS + 1);
        let later = studio.metrics().now().await.unwrap();
        assert_eq!((later.deletions_late, later.webhooks_dead), (1, 1));
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
