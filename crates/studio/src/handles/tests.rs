//! Deletions at processors, on both databases.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use processors::Connected;
use processors::role::Erases;

use super::*;
use crate::Outside;
use crate::accounts::rows::accounts;
use crate::db::testing::{Kit, on_both_with};
use crate::erasure::Reason;

/// A processor that answers as it is told, and then that it is done.
#[derive(Default)]
struct There {
    answers: Mutex<VecDeque<std::result::Result<Erased, EraseError>>>,
    asked: Mutex<Vec<String>>,
}

impl There {
    fn answer(&self, asked: String) -> std::result::Result<Erased, EraseError> {
        self.asked.lock().unwrap().push(asked);
        let next = self.answers.lock().unwrap().pop_front();
        next.unwrap_or_else(|| Ok(Erased::Done { receipt: "number 7".into() }))
    }

    fn will(&self, answers: impl IntoIterator<Item = std::result::Result<Erased, EraseError>>) {
        self.answers.lock().unwrap().extend(answers);
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Erases for There {
    fn erase<'a>(
        &'a self,
        handle: &'a str,
        _: i64,
    ) -> BoxFuture<'a, std::result::Result<Erased, EraseError>> {
        Box::pin(async move { self.answer(format!("erase {handle}")) })
    }

    fn standing<'a>(
        &'a self,
        handle: &'a str,
        task: &'a str,
        _: i64,
    ) -> BoxFuture<'a, std::result::Result<Erased, EraseError>> {
        Box::pin(async move { self.answer(format!("standing {handle} {task}")) })
    }
}

const AT: ProcessorId = ProcessorId::Mux;

fn with(there: &Arc<There>, body: impl AsyncFn(&Kit)) {
    let connect = |outside: &mut Outside| {
        let there = Arc::clone(there);
        outside.connect = Arc::new(move |_| {
            let mut connected = Connected::default();
            connected.erases.insert(AT, there.clone());
            Ok(connected)
        });
    };
    on_both_with(connect, body);
}

async fn note(kit: &Kit, account: &AccountId, about: Option<&str>, handle: &str) {
    kit.studio.handles().note(kit.studio.db().write(), account, AT, about, handle).await.unwrap();
}

async fn let_go(kit: &Kit, account: &AccountId, which: Which<'_>) {
    kit.studio.handles().let_go(kit.studio.db().write(), account, which).await.unwrap();
}

#[test]
fn what_was_let_go_of_is_deleted_there_and_leaves_a_receipt_and_nothing_else() {
    let there = Arc::new(There::default());
    with(&there, async |kit| {
        let (account, handles) = (kit.account("anna@example.org").await, kit.studio.handles());
        note(kit, &account, Some("film 1"), "asset-1").await;
        note(kit, &account, Some("film 1"), "asset-1").await;
        note(kit, &account, Some("film 2"), "asset-2").await;
        let db = kit.studio.db().read();
        assert_eq!(handles.of(db, &account, AT, None).await.unwrap(), ["asset-1", "asset-2"]);
        assert_eq!(handles.owner(AT, "asset-2").await.unwrap(), Some(account.clone()));
        assert_eq!(handles.owner(AT, "asset-3").await.unwrap(), None);
        assert!(!kit.dump("handles").await.contains("asset-1"), "a handle is sealed");
        // Nothing is asked for as long as nothing was let go of.
        handles.carry_on().await.unwrap();
        assert!(there.asked().is_empty());
        let_go(kit, &account, Which::About("film 1")).await;
        handles.carry_on().await.unwrap();
        assert_eq!(there.asked(), ["erase asset-1"]);
        assert_eq!(handles.of(db, &account, AT, None).await.unwrap(), ["asset-2"]);
        let receipts = handles.receipts().await.unwrap();
        assert_eq!((receipts.len(), receipts[0].receipt.as_str()), (1, "number 7"));
        // Noted again before it is deleted, it stays.
        let_go(kit, &account, Which::At(AT)).await;
        note(kit, &account, Some("film 2"), "asset-2").await;
        handles.carry_on().await.unwrap();
        assert!(there.asked().is_empty());
    });
}

#[test]
fn a_deletion_is_tried_until_it_is_done_and_alarms_when_it_is_late() {
    let there = Arc::new(There::default());
    with(&there, async |kit| {
        let (account, handles) = (kit.account("anna@example.org").await, kit.studio.handles());
        note(kit, &account, None, "a").await;
        there.will([
            Err(EraseError::Away { why: "status 503".into(), after_s: Some(30) }),
            Ok(Erased::UnderWay { task: "t-1".into(), again_s: 600 }),
            Ok(Erased::UnderWay { task: "t-1".into(), again_s: 600 }),
            Err(EraseError::Refused("it does not know the task".into())),
        ]);
        let_go(kit, &account, Which::All).await;
        handles.carry_on().await.unwrap();
        assert_eq!(there.asked(), ["erase a"]);
        kit.clock.advance(29 * SECOND_MS);
        handles.carry_on().await.unwrap();
        assert!(there.asked().is_empty(), "it asked to be left alone for thirty seconds");
        kit.clock.advance(SECOND_MS);
        handles.carry_on().await.unwrap();
        assert_eq!(there.asked(), ["erase a"]);
        for _ in 0..2 {
            kit.clock.advance(600 * SECOND_MS);
            handles.carry_on().await.unwrap();
            assert_eq!(there.asked(), ["standing a t-1"]);
        }
        assert!(handles.going().await.unwrap()[0].problem.as_deref().unwrap().contains("does not know"));
        assert_eq!(handles.late().await.unwrap(), 0);
        kit.clock.advance(LATE_MS);
        assert_eq!(handles.late().await.unwrap(), 1);
        handles.carry_on().await.unwrap();
        assert_eq!(there.asked(), ["erase a"], "a lost task is begun anew");
        assert!(handles.are_gone(&account).await.unwrap());
    });
}

#[test]
fn what_can_only_be_asked_in_writing_waits_for_its_answer() {
    let there = Arc::new(There::default());
    with(&there, async |kit| {
        let (account, handles) = (kit.account("anna@example.org").await, kit.studio.handles());
        note(kit, &account, None, "cs-1").await;
        there.will([Ok(Erased::InWriting { letter: "Please delete cs-1.".into() })]);
        let_go(kit, &account, Which::All).await;
        handles.carry_on().await.unwrap();
        let going = handles.going().await.unwrap();
        assert_eq!(going[0].letter.as_deref(), Some("Please delete cs-1."));
        assert!(!kit.dump("handles").await.contains("Please delete"), "the letter is sealed");
        assert_eq!(handles.confirmed(&going[0].id, " ").await.unwrap_err().code(), "number-missing");
        handles.confirmed(&going[0].id, "case 12").await.unwrap();
        assert!(handles.are_gone(&account).await.unwrap());
        assert_eq!(handles.receipts().await.unwrap()[0].receipt, "case 12");
    });
}

#[test]
fn an_account_is_erased_at_once_but_for_what_reaches_a_processor_that_is_away() {
    let there = Arc::new(There::default());
    with(&there, async |kit| {
        let account = kit.account("anna@example.org").await;
        note(kit, &account, None, "user-1").await;
        there.will([Err(EraseError::Away { why: "status 500".into(), after_s: None })]);
        let entry = kit.studio.erasures().erase(&account, Reason::Owner).await.unwrap();
        assert_eq!(entry.done_at_ms, None, "it is not finished before the processor is");
        let row = accounts::Entity::find_by_id(account.as_str()).one(kit.studio.db().read()).await.unwrap();
        let row = row.unwrap();
        assert!(row.email_sealed.is_empty() && row.email_index.is_none(), "who it was is gone already");
        assert_eq!(kit.rows("sessions").await + kit.rows("links").await, 0);
        kit.studio.handles().carry_on().await.unwrap();
        kit.studio.erasures().carry_on().await.unwrap();
        assert_eq!(kit.rows("accounts").await, 1, "it is still to be deleted there");
        kit.clock.advance(HOUR_MS);
        kit.studio.handles().carry_on().await.unwrap();
        kit.studio.erasures().carry_on().await.unwrap();
        assert_eq!(kit.rows("accounts").await + kit.rows("handles").await, 0);
        let done = kit.studio.erasures().ledger().await.unwrap();
        assert_eq!(done[0].done_at_ms, Some(kit.studio.now_ms()));
        assert_eq!(kit.rows("erasure_receipts").await, 1);
        // The address is free again, also before that.
        kit.account("anna@example.org").await;
    });
}

#[test]
fn a_processor_that_is_not_connected_any_more_is_not_forgotten() {
    let there = Arc::new(There::default());
    with(&there, async |kit| {
        let (account, handles) = (kit.account("anna@example.org").await, kit.studio.handles());
        let db = kit.studio.db().write();
        handles.note(db, &account, ProcessorId::Clerk, None, "user-1").await.unwrap();
        let_go(kit, &account, Which::All).await;
        handles.carry_on().await.unwrap();
        let going = handles.going().await.unwrap();
        assert!(going[0].problem.as_deref().unwrap().contains("not connected"), "{going:?}");
        assert!(!handles.are_gone(&account).await.unwrap());
    });
}
