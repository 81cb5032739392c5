//! Deletions at processors, on both databases.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use processors::Connected;
use processors::role::Erases;

use super::*;
use crate::Outside;
use crate::accounts::rows::accounts;
use crate::clock::HOUR_MS;
use crate::db::testing::{Kit, on_both_with};
use crate::erasure::Reason;

/// A processor that answers as it is told, and then that it is done.
#[derive(Default)]
struct There {
    answers: Mutex<VecDeque<std::result::Result<Erased, Trouble>>>,
    asked: Mutex<Vec<String>>,
}

impl There {
    fn answer(&self, asked: String) -> std::result::Result<Erased, Trouble> {
        self.asked.lock().unwrap().push(asked);
        let next = self.answers.lock().unwrap().pop_front();
        next.unwrap_or_else(|| Ok(Erased::Done { receipt: "number 7".into() }))
    }

    fn will(&self, answers: impl IntoIterator<Item = std::result::Result<Erased, Trouble>>) {
        self.answers.lock().unwrap().extend(answers);
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Erases for There {
    fn erase<'a>(&'a self, handle: &'a str, _: i64) -> BoxFuture<'a, std::result::Result<Erased, Trouble>> {
        Box::pin(async move { self.answer(format!("erase {handle}")) })
    }

    fn standing<'a>(
        &'a self,
        handle: &'a str,
        task: &'a str,
        _: i64,
    ) -> BoxFuture<'a, std::result::Result<Erased, Trouble>> {
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
        assert!(!kit.shows("handles", "asset-1").await, "a handle is sealed");
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
            Err(Trouble::Away { why: "status 503".into(), after_s: Some(30) }),
            Ok(Erased::UnderWay { task: "t-1".into(), again_s: 600 }),
            Ok(Erased::UnderWay { task: "t-1".into(), again_s: 600 }),
            Err(Trouble::Refused("it does not know the task".into())),
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
fn who_has_no_account_is_deleted_there_as_everybody_is() {
    let there = Arc::new(There::default());
    with(&there, async |kit| {
        let (account, handles) = (kit.account("anna@example.org").await, kit.studio.handles());
        let db = kit.studio.db().write();
        for _ in 0..2 {
            handles.delete(db, AT, "stray-1").await.unwrap();
        }
        // It is another's if somebody has it.
        note(kit, &account, None, "stray-1").await;
        assert_eq!(kit.rows("handles").await, 2);
        assert_eq!(handles.owner(AT, "stray-1").await.unwrap(), Some(account.clone()));
        assert!(handles.is_going(db, AT, "stray-1").await.unwrap());
        assert!(!kit.shows("handles", "stray-1").await, "a handle is sealed");
        there.will([Ok(Erased::InWriting { letter: "Please delete stray-1.".into() })]);
        handles.carry_on().await.unwrap();
        assert_eq!(there.asked(), ["erase stray-1"]);
        let going = handles.going().await.unwrap();
        assert_eq!(going[0].letter.as_deref(), Some("Please delete stray-1."));
        kit.clock.advance(LETTER_MS + 1);
        assert_eq!(handles.late().await.unwrap(), 1);
        handles.confirmed(&going[0].id, "case 12").await.unwrap();
        let known = handles.of(db, &account, AT, None).await.unwrap();
        assert_eq!((known, handles.receipts().await.unwrap().len()), (vec!["stray-1".to_owned()], 1));
    });
}

#[test]
fn what_can_only_be_asked_in_writing_waits_for_its_answer() {
    let there = Arc::new(There::default());
    with(&there, async |kit| {
        let (account, handles) = (kit.account("anna@example.org").await, kit.studio.handles());
        note(kit, &account, None, "cs-1").await;
        there.will([
            Ok(Erased::InWriting { letter: "Please delete cs-1.".into() }),
            Err(Trouble::Away { why: "status 503".into(), after_s: None }),
            Err(Trouble::Refused("it cannot be asked".into())),
        ]);
        let_go(kit, &account, Which::All).await;
        // Whatever is said after it, the letter waits for its answer.
        for _ in 0..3 {
            handles.carry_on().await.unwrap();
            assert_eq!(there.asked(), ["erase cs-1"]);
            let going = handles.going().await.unwrap();
            assert_eq!(going[0].letter.as_deref(), Some("Please delete cs-1."));
            kit.clock.advance(HOUR_MS);
        }
        let going = handles.going().await.unwrap();
        assert!(!kit.shows("handles", "Please delete").await, "the letter is sealed");
        assert_eq!(handles.confirmed(&going[0].id, " ").await.unwrap_err().code(), "number-missing");
        handles.confirmed(&going[0].id, "case 12").await.unwrap();
        assert!(handles.are_gone(&account).await.unwrap());
        assert_eq!(handles.receipts().await.unwrap()[0].receipt, "case 12");
    });
}

#[test]
fn a_letter_that_nobody_sent_is_late_after_five_days() {
    let there = Arc::new(There::default());
    with(&there, async |kit| {
        let (account, handles) = (kit.account("anna@example.org").await, kit.studio.handles());
        let late = async || (handles.late().await.unwrap(), handles.going().await.unwrap()[0].is_late);
        note(kit, &account, None, "cs-1").await;
        there.will([Ok(Erased::InWriting { letter: "Please delete cs-1.".into() })]);
        let_go(kit, &account, Which::All).await;
        handles.carry_on().await.unwrap();
        kit.clock.advance(LETTER_MS);
        assert_eq!(late().await, (0, false), "to the millisecond");
        kit.clock.advance(1);
        assert_eq!(late().await, (1, true));
    });
}

#[test]
fn an_account_is_erased_at_once_but_for_what_reaches_a_processor_that_is_away() {
    let there = Arc::new(There::default());
    with(&there, async |kit| {
        let account = kit.account("anna@example.org").await;
        note(kit, &account, None, "user-1").await;
        there.will([Err(Trouble::Away { why: "status 500".into(), after_s: None })]);
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
fn a_handle_that_does_not_open_holds_up_no_other() {
    let there = Arc::new(There::default());
    with(&there, async |kit| {
        let (account, handles) = (kit.account("anna@example.org").await, kit.studio.handles());
        note(kit, &account, None, "a").await;
        note(kit, &account, None, "b").await;
        handles::Entity::update_many()
            .col_expr(handles::Column::HandleSealed, Expr::value(b"damaged".to_vec()))
            .filter(handles::Column::HandleIndex.eq(handles.index(AT, "a")))
            .exec(kit.studio.db().write())
            .await
            .unwrap();
        let_go(kit, &account, Which::All).await;
        handles.carry_on().await.unwrap();
        assert_eq!(there.asked(), ["erase b"]);
        let going = handles.going().await.unwrap();
        assert_eq!((going.len(), going[0].tries), (1, 1));
        assert!(going[0].problem.is_some(), "{going:?}");
        handles.carry_on().await.unwrap();
        assert_eq!(handles.going().await.unwrap(), going, "it is put off");
        kit.clock.advance(MINUTE_MS);
        handles.carry_on().await.unwrap();
        assert_eq!(handles.going().await.unwrap()[0].tries, 2);
    });
}

#[test]
fn what_takes_long_there_is_late_after_a_month_and_all_else_after_a_day() {
    let there = Arc::new(There::default());
    with(&there, async |kit| {
        let (account, handles) = (kit.account("anna@example.org").await, kit.studio.handles());
        let is_late = async || {
            let (late, going) = (handles.late().await.unwrap(), handles.going().await.unwrap());
            assert_eq!(late, u64::from(going[0].is_late), "the alarm and the list agree");
            late == 1
        };
        note(kit, &account, None, "a").await;
        there.will([
            Ok(Erased::UnderWay { task: "t-1".into(), again_s: u64::MAX }),
            Ok(Erased::InWriting { letter: "Please delete a.".into() }),
            Ok(Erased::UnderWay { task: "t-2".into(), again_s: 1 }),
            Err(Trouble::Refused("it does not know the task".into())),
        ]);
        let_go(kit, &account, Which::All).await;
        kit.clock.advance(LATE_MS);
        assert!(!is_late().await, "to the millisecond");
        kit.clock.advance(1);
        assert!(is_late().await);
        for asked in ["erase a", "standing a t-1", "erase a"] {
            handles.carry_on().await.unwrap();
            assert_eq!(there.asked(), [asked]);
            assert!(!is_late().await, "{asked}");
            kit.clock.advance(crate::due::WAIT_MAX_MS);
        }
        kit.clock.advance(LONG_MS - LATE_MS - 1 - 3 * crate::due::WAIT_MAX_MS);
        assert!(!is_late().await, "to the millisecond");
        kit.clock.advance(1);
        assert!(is_late().await);
        kit.clock.advance(-DAY_MS);
        handles.carry_on().await.unwrap();
        assert_eq!(there.asked(), ["standing a t-2"]);
        assert!(is_late().await, "it has to be begun anew");
    });
}

#[test]
fn what_is_noted_while_an_account_is_erased_is_deleted_there_before_the_account_is_gone() {
    let there = Arc::new(There::default());
    with(&there, async |kit| {
        let account = kit.account("anna@example.org").await;
        let (handles, erasures) = (kit.studio.handles(), kit.studio.erasures());
        note(kit, &account, None, "user-1").await;
        erasures.erase(&account, Reason::Owner).await.unwrap();
        // A call that was under way comes back.
        note(kit, &account, None, "late-1").await;
        assert_eq!(handles.going().await.unwrap().len(), 2);
        // One that knew nothing of the erasure yet.
        handles::Entity::update_many()
            .col_expr(handles::Column::GoingAtMs, Expr::value(None::<i64>))
            .filter(handles::Column::HandleIndex.eq(handles.index(AT, "late-1")))
            .exec(kit.studio.db().write())
            .await
            .unwrap();
        handles.carry_on().await.unwrap();
        assert_eq!(there.asked(), ["erase user-1"]);
        erasures.carry_on().await.unwrap();
        assert_eq!(kit.rows("accounts").await, 1, "a processor has something still");
        handles.carry_on().await.unwrap();
        assert_eq!(there.asked(), ["erase late-1"]);
        erasures.carry_on().await.unwrap();
        assert_eq!(kit.rows("accounts").await + kit.rows("handles").await, 0);
        assert_eq!(kit.rows("erasure_receipts").await, 2);
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
