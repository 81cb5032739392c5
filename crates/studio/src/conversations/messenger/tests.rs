//! A messenger of somebody else, in memory, on both databases.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use futures::future::BoxFuture;
use policy::consent::Agreed;
use policy::{Page, Personal, Policy, purpose};
use processors::Connected;
use processors::role::{
    CONVERSATION, Erased, Erases, KnownPerson, SupportWords, Talk, TalkAuthor, TalkPart, Touched, Trouble,
};
use sea_orm::entity::prelude::*;

use super::*;
use crate::clock::{DAY_MS, HOUR_MS, SECOND_MS};
use crate::conversations::rows::messages;
use crate::conversations::{Author, Circumstances, Mark, Person, State};
use crate::db::testing::{Kit, on_both_with};
use crate::enquiries::testing::letters;
use crate::handles::LATE_MS;

const THEM: ProcessorId = ProcessorId::Intercom;

fn busy() -> MessengerError {
    MessengerError::Trouble(Trouble::Away { why: "busy".into(), after_s: None })
}

/// How the next answer is treated.
#[derive(Clone, Copy)]
enum Mood {
    /// Not done.
    Away,
    /// Done, and nobody hears of it.
    Unheard,
}

#[derive(Clone, Default)]
struct Held {
    person: Option<String>,
    is_closed: bool,
    parts: Vec<TalkPart>,
    at_s: i64,
}

#[derive(Default)]
struct Inner {
    talks: BTreeMap<String, Held>,
    moods: VecDeque<Mood>,
    erased: Vec<String>,
    /// What cannot be read.
    broken: BTreeSet<String>,
}

#[derive(Default)]
struct Them(Mutex<Inner>);

impl Them {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// Somebody writes in a conversation.
    fn says(&self, talk: &str, person: Option<&str>, words: &str, at_ms: i64) {
        let mut inner = self.lock();
        let held = inner.talks.entry(talk.to_owned()).or_default();
        held.person = person.map(str::to_owned);
        held.add(TalkAuthor::Person, words, at_ms / SECOND_MS);
    }

    fn answers(&self, talk: &str) -> usize {
        self.lock().talks[talk].parts.iter().filter(|part| part.author == TalkAuthor::Staff).count()
    }
}

impl Held {
    fn add(&mut self, author: TalkAuthor, words: &str, at_s: i64) {
        let id = self.parts.len().to_string();
        self.parts.push(TalkPart { id, author, words: Personal::new(words.to_owned()), at_s });
        self.at_s = at_s;
    }
}

fn boot(id: &str) -> MessengerBoot {
    MessengerBoot {
        processor: THEM,
        script: "https://messenger.example".into(),
        settings_in: "settings",
        call: "call",
        settings: Personal::new(serde_json::json!({ "id": id })),
        good_s: None,
    }
}

impl Role for Them {
    fn processor(&self) -> ProcessorId {
        THEM
    }

    fn visitor_boot(&self, _: &Policy, _: Page, agreed: Option<Agreed>) -> Option<MessengerBoot> {
        agreed.map(|_| boot(""))
    }

    fn family_boot(&self, _: &Policy, _: Page, person: &KnownPerson, _: i64) -> Option<MessengerBoot> {
        Some(boot(person.id.for_purpose::<purpose::Support>()))
    }

    fn conversation<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Talk, MessengerError>> {
        let held = self.lock().talks.get(id).cloned();
        let is_broken = self.lock().broken.contains(id);
        Box::pin(async move {
            if is_broken {
                return Err(busy());
            }
            let Held { person, is_closed, parts, .. } = held.ok_or(MessengerError::Gone)?;
            let page = Some(Personal::new("/minitube".to_owned()));
            Ok(Talk { person: person.map(Personal::new), page, is_closed, parts })
        })
    }

    fn updated_since(&self, since_s: i64) -> BoxFuture<'_, Result<Vec<Touched>, MessengerError>> {
        let inner = self.lock();
        let later = inner.talks.iter().filter(|(_, held)| held.at_s > since_s);
        let found: Vec<Touched> =
            later.map(|(id, held)| Touched { id: id.clone(), at_s: held.at_s }).collect();
        Box::pin(async move { Ok(found) })
    }

    fn reply<'a>(
        &'a self,
        id: &'a str,
        words: &'a SupportWords,
    ) -> BoxFuture<'a, Result<(), MessengerError>> {
        let mut inner = self.lock();
        let mood = inner.moods.pop_front();
        let came = match (mood, inner.talks.get_mut(id)) {
            (Some(Mood::Away), _) => Err(busy()),
            (_, None) => Err(MessengerError::Gone),
            (mood, Some(held)) => {
                let at_s = held.at_s + 1;
                held.add(TalkAuthor::Staff, words.for_purpose::<purpose::Support>(), at_s);
                if mood.is_some() { Err(MessengerError::Unclear) } else { Ok(()) }
            }
        };
        Box::pin(async move { came })
    }

    fn erase_conversation<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), MessengerError>> {
        let mut inner = self.lock();
        let came = match inner.moods.pop_front() {
            Some(_) => Err(busy()),
            None => {
                inner.talks.remove(id);
                inner.erased.push(id.to_owned());
                Ok(())
            }
        };
        Box::pin(async move { came })
    }
}

impl Erases for Them {
    fn erase<'a>(&'a self, handle: &'a str, _: i64) -> BoxFuture<'a, Result<Erased, Trouble>> {
        let mut inner = self.lock();
        let talk = handle.strip_prefix(CONVERSATION);
        let came = match inner.moods.pop_front() {
            Some(_) => Err(Trouble::Away { why: "busy".into(), after_s: None }),
            None => {
                inner
                    .talks
                    .retain(|id, held| talk != Some(id.as_str()) && held.person.as_deref() != Some(handle));
                inner.erased.push(talk.unwrap_or(handle).to_owned());
                Ok(Erased::Done { receipt: "gone".into() })
            }
        };
        Box::pin(async move { came })
    }
}

/// A studio with a messenger that is empty at the beginning.
fn with_them(body: impl AsyncFn(&Kit, &Them)) {
    let them = Arc::new(Them::default());
    let connected = || {
        let mut connected = Connected { messenger: Some(them.clone()), ..Connected::default() };
        connected.erases.insert(THEM, them.clone());
        connected
    };
    let change = |outside: &mut crate::Outside| {
        let connected = connected();
        outside.connect = Arc::new(move |_| Ok(connected.clone()));
    };
    on_both_with(change, async |kit| {
        *them.lock() = Inner::default();
        body(kit, &*them).await;
    });
}

/// The id by which an account is known there, as its browser is told.
async fn known_as(kit: &Kit, account: &AccountId) -> String {
    let boot = kit.studio.messenger().for_family(account, Page::Minitube).await.unwrap().unwrap();
    boot.settings.for_purpose::<purpose::Support>()["id"].as_str().unwrap().to_owned()
}

async fn lines(kit: &Kit) -> Vec<(Author, String)> {
    let talk = kit.studio.conversations();
    let listed = talk.list(10).await.unwrap();
    assert_eq!(listed.len(), 1, "{listed:?}");
    let shown = talk.get(&listed[0].id).await.unwrap();
    shown.lines.into_iter().map(|line| (line.author, line.words)).collect()
}

fn said(author: Author, words: &str) -> (Author, String) {
    (author, words.to_owned())
}

#[test]
fn what_is_said_there_is_here_once_however_it_is_told() {
    with_them(async |kit, them| {
        let (messenger, account) = (kit.studio.messenger(), kit.account("anna@example.org").await);
        let id = known_as(kit, &account).await;
        assert_eq!(known_as(kit, &account).await, id, "one id for an account");
        assert!(!id.contains(account.as_str()));
        messenger.carry_on().await.unwrap();
        them.says("c1", Some(&id), "Where is our film?", kit.studio.now_ms());
        messenger.heard("c1").await.unwrap();
        messenger.heard("c1").await.unwrap();
        // What was never told is found by looking.
        kit.clock.advance(sync::LOOK_EVERY_MS);
        them.says("c1", Some(&id), "It stops.", kit.studio.now_ms());
        them.lock().talks.get_mut("c1").unwrap().add(
            TalkAuthor::Staff,
            "We look.",
            kit.studio.now_ms() / 1000,
        );
        messenger.carry_on().await.unwrap();
        messenger.heard("c1").await.unwrap();
        messenger.heard("none").await.unwrap();
        let expected = [
            said(Author::Person, "Where is our film?"),
            said(Author::Person, "It stops."),
            said(Author::Staff, "We look."),
        ];
        assert_eq!(lines(kit).await, expected);
        let listed = kit.studio.conversations().list(1).await.unwrap().remove(0);
        assert_eq!((listed.held_at, listed.signed_in, listed.waiting_since_ms), (Some(THEM), true, None));
        assert_eq!(listed.page, "/minitube");
        // What its person writes in our own messenger goes on there, not here.
        let around =
            Circumstances { page: "/minitube/1".into(), language: "en".into(), device: None, session: None };
        let person = Person::Customer(account.clone());
        kit.studio.conversations().say(&person, &around, "Hello", &kit.client()).await.unwrap();
        assert_eq!(kit.rows("conversations").await, 2);
        let read = kit.studio.conversations().read(&person, &Mark::default()).await.unwrap();
        assert_eq!(read.len(), 4, "they read all of it");
    });
}

#[test]
fn a_request_there_is_one_case_whose_clock_runs_from_when_it_was_written() {
    with_them(async |kit, them| {
        let (studio, messenger) = (&kit.studio, kit.studio.messenger());
        let account = kit.account("anna@example.org").await;
        let (id, written_at_ms) = (known_as(kit, &account).await, studio.now_ms());
        them.says("c1", Some(&id), "GDPR request: what do you hold?", written_at_ms);
        kit.clock.advance(3 * DAY_MS);
        them.says("c1", Some(&id), "GDPR request: and of my son?", studio.now_ms());
        // However often it is read.
        for _ in 0..9 {
            messenger.heard("c1").await.unwrap();
        }
        let enquiries = studio.enquiries();
        let case = enquiries.open(crate::staff::Role::PrivacyOfficer, 10).await.unwrap().remove(0);
        assert_eq!((case.created_at_ms, case.due_at_ms), (written_at_ms, written_at_ms + 30 * DAY_MS));
        let added = enquiries.steps(&case.id).await.unwrap().pop().unwrap();
        assert_eq!(added.words.as_deref(), Some("GDPR request: and of my son?"));
        assert_eq!((kit.rows("enquiries").await, letters(kit, "enquiry-received").await.len()), (1, 1));
        // In another conversation it is another, and acknowledged: what was read again counts for nothing.
        them.says("c2", Some(&id), "GDPR request: who has it?", studio.now_ms());
        messenger.heard("c2").await.unwrap();
        assert_eq!((kit.rows("enquiries").await, letters(kit, "enquiry-received").await.len()), (2, 2));
    });
}

#[test]
fn it_is_closed_and_goes_on_as_it_does_there() {
    with_them(async |kit, them| {
        let messenger = kit.studio.messenger();
        them.says("c1", None, "Hello?", kit.studio.now_ms());
        them.lock().talks.get_mut("c1").unwrap().is_closed = true;
        messenger.heard("c1").await.unwrap();
        let listed = async || kit.studio.conversations().list(1).await.unwrap().remove(0);
        assert_eq!(listed().await.state, State::Closed);
        them.lock().talks.get_mut("c1").unwrap().is_closed = false;
        messenger.heard("c1").await.unwrap();
        assert_eq!(listed().await.state, State::Closed, "until somebody writes");
        them.says("c1", None, "Still there?", kit.studio.now_ms());
        messenger.heard("c1").await.unwrap();
        let now = listed().await;
        assert!(now.state == State::Open && now.waiting_since_ms.is_some());
    });
}

#[test]
fn an_answer_goes_out_once_though_calls_fail() {
    with_them(async |kit, them| {
        let (messenger, talk) = (kit.studio.messenger(), kit.studio.conversations());
        them.says("c1", None, "How long is a film?", kit.studio.now_ms());
        messenger.heard("c1").await.unwrap();
        let id = talk.list(1).await.unwrap().remove(0).id;
        them.lock().moods.extend([Mood::Away, Mood::Unheard]);
        talk.answer(&id, "A  minute.").await.unwrap();
        talk.answer(&id, "Or two.").await.unwrap();
        let mut there = Vec::new();
        for _ in 0..4 {
            messenger.carry_on().await.unwrap();
            there.push((them.answers("c1"), talk.get(&id).await.unwrap().unsent.len()));
            kit.clock.advance(10 * MINUTE_MS);
        }
        // Away; done without being heard of; found there, and the second follows it.
        assert_eq!(there, [(0, 2), (1, 2), (2, 0), (2, 0)]);
        assert_eq!(
            lines(kit).await,
            [
                said(Author::Person, "How long is a film?"),
                said(Author::Staff, "A  minute."),
                said(Author::Staff, "Or two.")
            ]
        );
        // Where it can no longer be read, it stays marked and is not tried for ever.
        them.lock().talks.clear();
        talk.answer(&id, "Hello?").await.unwrap();
        messenger.carry_on().await.unwrap();
        let shown = talk.get(&id).await.unwrap();
        assert_eq!(shown.unsent, [shown.lines.last().unwrap().mark.clone()]);
    });
}

#[test]
fn a_stranger_is_a_visitor_and_whoever_was_erased_is_nobody() {
    with_them(async |kit, them| {
        let messenger = kit.studio.messenger();
        let now = kit.studio.now_ms();
        them.says("c1", None, "canary-visitor", now);
        them.says("c2", Some("somebody-elses-id"), "canary-stranger", now);
        them.says("c3", Some("family-that-was-erased"), "canary-erased", now);
        for id in ["c1", "c2", "c3"] {
            messenger.heard(id).await.unwrap();
        }
        let listed = kit.studio.conversations().list(10).await.unwrap();
        assert_eq!(listed.iter().map(|one| one.signed_in).collect::<Vec<_>>(), [false, false]);
        let erased = them.lock().erased.clone();
        assert_eq!(erased, ["family-that-was-erased", "c3"], "a page that was still open brought them back");
        let all = messages::Entity::find().all(kit.studio.db().read()).await.unwrap();
        assert_eq!(all.len(), 2);
        assert!(all.iter().all(|row| !String::from_utf8_lossy(&row.sealed).contains("canary")));
    });
}

#[test]
fn who_objects_is_let_go_of_and_not_offered_it_any_more() {
    with_them(async |kit, them| {
        let (studio, account) = (&kit.studio, kit.account("anna@example.org").await);
        let id = known_as(kit, &account).await;
        them.says("c1", Some(&id), "Hello?", studio.now_ms());
        studio.messenger().heard("c1").await.unwrap();
        studio.accounts().object_to_support(&account).await.unwrap();
        assert!(studio.messenger().for_family(&account, Page::Minitube).await.unwrap().is_none());
        them.says("c1", Some(&id), "Still there?", studio.now_ms());
        studio.messenger().heard("c1").await.unwrap();
        assert_eq!(lines(kit).await.len(), 1, "nothing more is fetched");
        studio.handles().carry_on().await.unwrap();
        // What came after it is deleted at once, and the rest as it was let go of.
        assert_eq!(them.lock().erased, [id.as_str(), "c1", id.as_str()]);
        assert!(them.lock().talks.is_empty());
        assert_eq!((kit.rows("handles").await, kit.rows("erasure_receipts").await), (0, 1));
        studio.accounts().allow_support(&account).await.unwrap();
        assert_ne!(known_as(kit, &account).await, id, "nobody there can tell that it is the same family");
    });
}

#[test]
fn when_our_copy_goes_by_its_rule_theirs_follows() {
    with_them(async |kit, them| {
        let (studio, messenger) = (&kit.studio, kit.studio.messenger());
        them.says("c1", None, "How long is a film?", studio.now_ms());
        messenger.heard("c1").await.unwrap();
        let id = studio.conversations().list(1).await.unwrap().remove(0).id;
        studio.conversations().close(&id).await.unwrap();
        messenger.carry_on().await.unwrap();
        assert_eq!(kit.rows("outside_conversations").await, 1);
        kit.clock.advance(366 * DAY_MS);
        studio.tidy().await.unwrap();
        assert_eq!((kit.rows("conversations").await, kit.rows("outside_messages").await), (0, 0));
        them.lock().moods.push_back(Mood::Away);
        messenger.carry_on().await.unwrap();
        let handles = studio.handles();
        handles.carry_on().await.unwrap();
        assert!(them.lock().erased.is_empty());
        // Somebody who writes in it again until then is not heard any more.
        them.says("c1", None, "And in colour?", studio.now_ms());
        messenger.heard("c1").await.unwrap();
        assert_eq!((kit.rows("conversations").await, kit.rows("outside_conversations").await), (0, 0));
        let going = handles.going().await.unwrap();
        assert_eq!((going.len(), going[0].tries), (1, 1), "it is known, and shown, until it is gone there");
        assert!(!kit.shows("handles", "conversation/c1").await, "sealed");
        kit.clock.advance(LATE_MS + 1);
        assert_eq!(handles.late().await.unwrap(), 1);
        handles.carry_on().await.unwrap();
        assert_eq!(them.lock().erased, ["c1"]);
        assert_eq!((kit.rows("handles").await, kit.rows("erasure_receipts").await), (0, 1));
    });
}

#[test]
fn one_conversation_that_cannot_be_read_holds_up_no_other_and_is_read_later() {
    with_them(async |kit, them| {
        let messenger = kit.studio.messenger();
        messenger.carry_on().await.unwrap();
        them.says("c1", None, "One?", kit.studio.now_ms());
        them.says("c2", None, "Two?", kit.studio.now_ms());
        them.lock().broken.insert("c1".into());
        kit.clock.advance(sync::LOOK_EVERY_MS);
        messenger.carry_on().await.unwrap();
        assert_eq!((kit.rows("conversations").await, kit.rows("outside_misses").await), (1, 1));
        let missed = rows::outside_misses::Entity::find().one(kit.studio.db().read()).await.unwrap().unwrap();
        assert!(!String::from_utf8_lossy(&missed.their_sealed).contains("c1"));
        // By then the look has gone past it.
        kit.clock.advance(HOUR_MS);
        messenger.carry_on().await.unwrap();
        kit.clock.advance(HOUR_MS);
        messenger.carry_on().await.unwrap();
        assert_eq!((kit.rows("conversations").await, kit.rows("outside_misses").await), (1, 1));
        kit.clock.advance(HOUR_MS);
        them.lock().broken.clear();
        messenger.carry_on().await.unwrap();
        assert_eq!((kit.rows("conversations").await, kit.rows("outside_misses").await), (2, 0));
    });
}

#[test]
fn many_answers_that_wait_hold_up_no_other_conversation_and_what_can_never_go_ends() {
    with_them(async |kit, them| {
        let (messenger, talk) = (kit.studio.messenger(), kit.studio.conversations());
        them.says("c1", None, "One?", kit.studio.now_ms());
        messenger.heard("c1").await.unwrap();
        let first = talk.list(1).await.unwrap().remove(0).id;
        kit.clock.advance(SECOND_MS);
        them.says("c2", None, "Two?", kit.studio.now_ms());
        messenger.heard("c2").await.unwrap();
        let second =
            talk.list(10).await.unwrap().into_iter().map(|one| one.id).find(|id| *id != first).unwrap();
        for at in 0..=BATCH {
            talk.answer(&first, &format!("Answer {at}.")).await.unwrap();
        }
        talk.answer(&second, "Yes.").await.unwrap();
        them.lock().moods.push_back(Mood::Away);
        messenger.carry_on().await.unwrap();
        assert_eq!((them.answers("c1"), them.answers("c2")), (0, 1));

        talk.answer(&second, "No.").await.unwrap();
        let db = kit.studio.db().write();
        outside_conversations::Entity::delete_by_id(second.as_str()).exec(db).await.unwrap();
        messenger.carry_on().await.unwrap();
        let waiting = rows::outside_messages::Entity::find()
            .filter(rows::outside_messages::Column::ConversationId.eq(second.as_str()))
            .filter(rows::outside_messages::Column::NextAtMs.is_not_null());
        assert_eq!(waiting.all(db).await.unwrap(), []);
    });
}

#[test]
fn what_is_to_be_deleted_is_known_though_the_messenger_is_not_connected_any_more() {
    with_them(async |kit, them| {
        let (studio, messenger) = (&kit.studio, kit.studio.messenger());
        them.says("c1", None, "How long is a film?", studio.now_ms());
        messenger.heard("c1").await.unwrap();
        messenger.carry_on().await.unwrap();
        let id = studio.conversations().list(1).await.unwrap().remove(0).id;
        studio.conversations().close(&id).await.unwrap();
        kit.clock.advance(366 * DAY_MS);
        studio.tidy().await.unwrap();
        messenger.end().await.unwrap();
        assert!(studio.handles().are_any_going().await.unwrap() && them.lock().erased.is_empty());
        studio.handles().carry_on().await.unwrap();
        assert_eq!(them.lock().erased, ["c1"]);
    });
}
