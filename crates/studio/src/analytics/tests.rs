use std::collections::BTreeSet;
use std::sync::Mutex;

use futures::FutureExt;
use futures::future::BoxFuture;
use policy::processor;
use processors::Connected;
use processors::role::{BrowserTag, ByAnalyticsId, Erasure, IdAt, Queue, Usage, Withdrawal};
use tokio::sync::Notify;

use super::*;
use crate::db::testing::{Kit, on_both_with};
use crate::erasure::Reason;
use crate::films::testing::paid;
use crate::{Outside, Studio};

/// A processor in memory.
struct Book {
    processor: ProcessorId,
    knows_doubles: bool,
    is_away: Mutex<bool>,
    /// Events take their time, if they do.
    slow: Mutex<Option<Arc<Slow>>>,
    /// Whose id, and the event's key.
    told: Mutex<Vec<(String, String)>>,
    erased: Mutex<Vec<String>>,
}

/// An event that is under way.
#[derive(Default)]
struct Slow {
    begun: Notify,
    arrives: Notify,
}

impl Book {
    fn of(processor: ProcessorId, knows_doubles: bool) -> Arc<Self> {
        let (is_away, slow) = (Mutex::new(false), Mutex::default());
        let (told, erased) = (Mutex::default(), Mutex::default());
        Arc::new(Self { processor, knows_doubles, is_away, slow, told, erased })
    }

    /// From now on events take their time.
    fn slow(&self) -> Arc<Slow> {
        Arc::clone(self.slow.lock().unwrap().get_or_insert_default())
    }

    fn away(&self, is_away: bool) {
        *self.is_away.lock().unwrap() = is_away;
    }

    fn told(&self) -> Vec<(String, String)> {
        self.told.lock().unwrap().clone()
    }

    fn erased(&self) -> Vec<String> {
        let mut erased = self.erased.lock().unwrap().clone();
        erased.sort();
        erased
    }

    fn empty(&self) {
        self.away(false);
        *self.slow.lock().unwrap() = None;
        self.told.lock().unwrap().clear();
        self.erased.lock().unwrap().clear();
    }
}

impl role::Analytics for Book {
    fn processor(&self) -> ProcessorId {
        self.processor
    }

    fn knows_doubles(&self) -> bool {
        self.knows_doubles
    }

    fn send<'a>(
        &'a self,
        agreed: Agreed,
        who: &'a Visitor,
        usage: &'a Usage,
    ) -> BoxFuture<'a, Result<(), AnalyticsError>> {
        assert_eq!(agreed.to(), Choosable::Analytics);
        let id = who.id.for_processor::<processor::Mixpanel>().clone();
        let sent = match *self.is_away.lock().unwrap() {
            true => Err(AnalyticsError::Away("status 503".into())),
            false => {
                self.told.lock().unwrap().push((id, usage.key().to_owned()));
                Ok(())
            }
        };
        let slow = self.slow.lock().unwrap().clone();
        async move {
            if let Some(slow) = slow {
                slow.begun.notify_one();
                slow.arrives.notified().await;
            }
            sent
        }
        .boxed()
    }

    fn erase<'a>(&'a self, id: &'a AnalyticsId, _: i64) -> BoxFuture<'a, Result<Erasure, AnalyticsError>> {
        self.erased.lock().unwrap().push(id.for_processor::<processor::Mixpanel>().clone());
        Box::pin(async { Ok(Erasure::Taken { said: "taken".into() }) })
    }

    fn erasure<'a>(&'a self, _: &'a str, _: i64) -> BoxFuture<'a, Result<Erasure, AnalyticsError>> {
        Box::pin(async { Err(AnalyticsError::Invalid("there is nothing to ask for")) })
    }
}

/// Two processors: one that knows doubled events and whose script makes ids, and one of neither.
struct Two {
    knows: Arc<Book>,
    once: Arc<Book>,
}

impl Two {
    fn new() -> Self {
        let knows = Book::of(ProcessorId::Mixpanel, true);
        Self { knows, once: Book::of(ProcessorId::GoogleAnalytics, false) }
    }

    fn connect(&self, outside: &mut Outside) {
        let mut connected = Connected::default();
        for book in [&self.knows, &self.once] {
            let role: Arc<dyn role::Analytics> = Arc::<Book>::clone(book);
            connected.erases.insert(book.processor, Arc::new(ByAnalyticsId(Arc::clone(&role))));
            connected.analytics.push(role);
        }
        connected.tags.push(tag());
        outside.connect = Arc::new(move |_| Ok(connected.clone()));
        self.empty();
    }

    fn empty(&self) {
        self.knows.empty();
        self.once.empty();
    }
}

fn tag() -> BrowserTag {
    BrowserTag {
        processor: ProcessorId::Mixpanel.as_str(),
        script: String::new(),
        key: String::new(),
        options: serde_json::Value::Null,
        queue: Queue { global: "queue", as_arguments: false, with: serde_json::Value::Null },
        first: Vec::new(),
        mask: None,
        ids: vec![IdAt::LocalStorage { name: "ids".into(), field: "id" }],
        withdrawal: Withdrawal::default(),
    }
}

fn agreed() -> Agreed {
    Agreed::analytics_on_record()
}

fn made(processor: ProcessorId, id: &str) -> MadeInBrowser {
    MadeInBrowser { processor: processor.to_string(), id: id.to_owned() }
}

async fn see_to(studio: &Studio) {
    studio.analytics().carry_on().await.unwrap();
    studio.handles().carry_on().await.unwrap();
}

async fn events(kit: &Kit) -> Vec<events::Model> {
    events::Entity::find().order_by_asc(events::Column::Id).all(kit.studio.db().read()).await.unwrap()
}

const PAGE: What<'_> = What::PageViewed { path: "/films/slug", film: Some("tiny") };

#[test]
fn without_an_agreement_nothing_is_kept_or_told() {
    let two = Two::new();
    on_both_with(
        |outside| two.connect(outside),
        async |kit| {
            let (studio, account) = (&kit.studio, kit.account("anna@example.org").await);
            let analytics = studio.analytics();
            analytics.happened(&account, Agreed::marketing_on_record(), PAGE).await.unwrap();
            let ids = [made(ProcessorId::Mixpanel, "browser-1")];
            analytics.made_in_browser(&account, Agreed::marketing_on_record(), &ids).await.unwrap();
            paid(kit, &account).await;
            see_to(studio).await;
            for table in ["analytics_ids", "usage_events", "handles"] {
                assert_eq!(kit.rows(table).await, 0, "{table}");
            }
            assert_eq!((two.knows.told(), two.once.told()), (vec![], vec![]));
        },
    );
}

#[test]
fn each_is_told_of_each_event_once_and_who_is_away_holds_up_nobody() {
    let two = Two::new();
    on_both_with(
        |outside| two.connect(outside),
        async |kit| {
            let (studio, account) = (&kit.studio, kit.account("anna@example.org").await);
            two.knows.away(true);
            studio.analytics().happened(&account, agreed(), PAGE).await.unwrap();
            studio.analytics().happened(&account, agreed(), What::SignedUp).await.unwrap();
            assert_eq!(events(kit).await.len(), 4);
            see_to(studio).await;
            see_to(studio).await;
            let (told, keys) = (two.once.told(), [0, 1].map(|at| two.once.told()[at].1.clone()));
            assert_eq!((told.len(), two.knows.told().len(), events(kit).await.len()), (2, 0, 2));
            two.knows.away(false);
            kit.clock.advance(MINUTE_MS);
            see_to(studio).await;
            let late = two.knows.told();
            assert_eq!(late.iter().map(|(_, key)| key.clone()).collect::<Vec<_>>(), keys, "known by its key");
            assert_eq!(late, told, "by the same id at each");
            kit.clock.advance(MINUTE_MS);
            see_to(studio).await;
            assert_eq!((two.once.told().len(), two.knows.told().len(), events(kit).await.len()), (2, 2, 0));
            // Who counts doubled events twice is not asked a second time.
            two.once.away(true);
            studio.analytics().happened(&account, agreed(), PAGE).await.unwrap();
            see_to(studio).await;
            two.once.away(false);
            kit.clock.advance(MINUTE_MS);
            see_to(studio).await;
            assert_eq!((two.once.told().len(), two.knows.told().len(), events(kit).await.len()), (2, 3, 0));
        },
    );
}

#[test]
fn what_waits_for_more_than_a_day_is_let_be() {
    let two = Two::new();
    on_both_with(
        |outside| two.connect(outside),
        async |kit| {
            let (studio, account) = (&kit.studio, kit.account("anna@example.org").await);
            two.knows.away(true);
            studio.analytics().happened(&account, agreed(), PAGE).await.unwrap();
            see_to(studio).await;
            two.knows.away(false);
            kit.clock.advance(KEPT_MS + MINUTE_MS);
            see_to(studio).await;
            assert_eq!((two.knows.told().len(), events(kit).await.len()), (0, 0));
        },
    );
}

#[test]
fn what_happens_by_itself_is_told_for_a_day_after_the_last_sign_and_no_longer() {
    let two = Two::new();
    on_both_with(
        |outside| two.connect(outside),
        async |kit| {
            let (studio, account) = (&kit.studio, kit.account("anna@example.org").await);
            let whole = What::FilmFinished { film: "tiny" };
            let db = studio.db().write();
            studio.analytics().happened(&account, agreed(), PAGE).await.unwrap();
            paid(kit, &account).await;
            let bought: Vec<_> =
                events(kit).await.into_iter().filter(|event| event.name == "purchase").collect();
            assert_eq!(bought.len(), 2);
            assert_eq!(bought[0].film.as_deref(), Some("tiny"));
            kit.clock.advance(STANDING_MS);
            studio.analytics().happened_by_itself(db, &account, whole).await.unwrap();
            let finished =
                |rows: Vec<events::Model>| rows.iter().filter(|row| row.name == "film_finished").count();
            assert_eq!(finished(events(kit).await), 2);
            kit.clock.advance(1);
            studio.analytics().happened_by_itself(db, &account, whole).await.unwrap();
            assert_eq!(finished(events(kit).await), 2);
        },
    );
}

#[test]
fn a_withdrawal_drops_what_waits_and_deletes_what_was_told_whichever_browser_it_came_from() {
    let two = Two::new();
    on_both_with(
        |outside| two.connect(outside),
        async |kit| {
            let (studio, anna) = (&kit.studio, kit.account("anna@example.org").await);
            let (analytics, ben) = (studio.analytics(), kit.account("ben@example.org").await);
            analytics.happened(&ben, agreed(), PAGE).await.unwrap();
            analytics.happened(&anna, agreed(), PAGE).await.unwrap();
            see_to(studio).await;
            let ids: BTreeSet<String> = two.once.told().into_iter().map(|(id, _)| id).collect();
            assert_eq!(ids.len(), 2, "each has an id");
            let ids = [
                made(ProcessorId::Mixpanel, "$device:one"),
                made(ProcessorId::Mixpanel, "$device:two"),
                made(ProcessorId::Mixpanel, "anna@example.org"),
                made(ProcessorId::GoogleAnalytics, "its-script-makes-none"),
            ];
            for _ in 0..2 {
                analytics.made_in_browser(&anna, agreed(), &ids).await.unwrap();
            }
            analytics.happened(&anna, agreed(), What::SignedUp).await.unwrap();
            let annas = two.once.told()[1].0.clone();
            analytics.withdraw(&anna).await.unwrap();
            see_to(studio).await;
            let mut all = ["$device:one".to_owned(), "$device:two".to_owned(), annas.clone()];
            all.sort();
            assert_eq!(two.knows.erased(), all);
            assert_eq!(two.once.erased(), std::slice::from_ref(&annas));
            assert_eq!((two.knows.told().len(), events(kit).await.len()), (2, 0), "what waited is dropped");
            assert_eq!(kit.rows("handles").await, 2, "another's are as they were");
            assert_eq!(studio.handles().receipts().await.unwrap().len(), 4);
            // Whoever agrees again is somebody new.
            analytics.happened(&anna, agreed(), PAGE).await.unwrap();
            see_to(studio).await;
            let anew = two.once.told().pop().unwrap().0;
            assert_ne!(anew, annas);
            assert_eq!(kit.rows("handles").await, 4);
        },
    );
}

#[test]
fn what_arrives_after_its_deletion_is_deleted_once_more() {
    let two = Two::new();
    on_both_with(
        |outside| two.connect(outside),
        async |kit| {
            let studio = &kit.studio;
            for (email, is_erased) in [("anna@example.org", false), ("ben@example.org", true)] {
                two.empty();
                let account = kit.account(email).await;
                studio.analytics().happened(&account, agreed(), PAGE).await.unwrap();
                let slow = two.once.slow();
                let taken_back = async {
                    slow.begun.notified().await;
                    kit.clock.advance(1);
                    match is_erased {
                        true => drop(studio.erasures().erase(&account, Reason::Owner).await.unwrap()),
                        false => studio.analytics().withdraw(&account).await.unwrap(),
                    }
                    studio.handles().carry_on().await.unwrap();
                    kit.clock.advance(MINUTE_MS);
                    studio.erasures().carry_on().await.unwrap();
                    assert_eq!((two.once.erased().len(), kit.rows("handles").await), (1, 0));
                    slow.arrives.notify_one();
                };
                let analytics = studio.analytics();
                let (told, ()) = futures::join!(analytics.carry_on(), taken_back);
                told.unwrap();
                kit.clock.advance(1);
                studio.handles().carry_on().await.unwrap();
                let id = two.once.told()[0].0.clone();
                assert_eq!(two.once.erased(), [id.clone(), id]);
                assert_eq!((kit.rows("handles").await, events(kit).await.len()), (0, 0));
            }
        },
    );
}

#[test]
fn no_event_holds_a_persons_data() {
    let two = Two::new();
    on_both_with(
        |outside| two.connect(outside),
        async |kit| {
            let (studio, account) = (&kit.studio, kit.account("anna@example.org").await);
            for path in ["/films?name=Mia", "/mia@example.org", "films", "/zoë"] {
                let page = What::PageViewed { path, film: None };
                studio.analytics().happened(&account, agreed(), page).await.unwrap();
                let film = What::FilmWatched { film: path.trim_start_matches("films") };
                studio.analytics().happened(&account, agreed(), film).await.unwrap();
            }
            assert_eq!(events(kit).await, []);
            let (order, film) = paid(kit, &account).await;
            studio.analytics().happened(&account, agreed(), PAGE).await.unwrap();
            for event in events(kit).await {
                let out = usage(&event).unwrap();
                let said = [Some(event.name), event.path, event.film, Some(out.key().to_owned())];
                let said = said.into_iter().flatten().collect::<Vec<_>>().join(" ");
                for person in ["anna", "Mia", account.as_str(), order.as_str(), film.as_str()] {
                    assert!(!said.contains(person), "{said}");
                }
            }
            see_to(studio).await;
            let (id, _) = two.once.told().pop().unwrap();
            assert_ne!(id, account.as_str());
        },
    );
}

#[test]
fn whoever_restricts_or_leaves_is_not_told_of() {
    let two = Two::new();
    on_both_with(
        |outside| two.connect(outside),
        async |kit| {
            let (studio, account) = (&kit.studio, kit.account("anna@example.org").await);
            studio.analytics().happened(&account, agreed(), PAGE).await.unwrap();
            studio.accounts().leave(&account).await.unwrap();
            studio.analytics().happened(&account, agreed(), PAGE).await.unwrap();
            see_to(studio).await;
            assert_eq!((two.once.told().len(), events(kit).await.len()), (0, 2));
            // Nor does it lie there for longer than it would have waited.
            kit.clock.advance(KEPT_MS);
            studio.tidy().await.unwrap();
            assert_eq!(events(kit).await.len(), 2);
            kit.clock.advance(1);
            studio.tidy().await.unwrap();
            assert_eq!(events(kit).await.len(), 0);
        },
    );
}

#[test]
fn a_browser_that_does_not_allow_it_ends_what_happens_by_itself_and_what_waits() {
    let two = Two::new();
    on_both_with(
        |outside| two.connect(outside),
        async |kit| {
            let (studio, account) = (&kit.studio, kit.account("anna@example.org").await);
            let ben = kit.account("ben@example.org").await;
            let analytics = studio.analytics();
            analytics.happened(&ben, agreed(), PAGE).await.unwrap();
            analytics.happened(&account, agreed(), PAGE).await.unwrap();
            analytics.not_allowed_here(&account).await.unwrap();
            paid(kit, &account).await;
            let left = events(kit).await;
            assert!(left.len() == 2 && left.iter().all(|event| event.account_id == ben.as_str()), "{left:?}");
            see_to(studio).await;
            assert_eq!((two.once.told().len(), two.once.erased()), (1, vec![]), "it withdraws nothing");
            // Seen again where it is allowed, it goes on under the same id, also within the same minute.
            analytics.happened(&account, agreed(), PAGE).await.unwrap();
            let whole = What::FilmFinished { film: "tiny" };
            analytics.happened_by_itself(studio.db().write(), &account, whole).await.unwrap();
            let whole = events(kit).await.into_iter().filter(|event| event.name == "film_finished").count();
            assert_eq!((whole, kit.rows("analytics_ids").await), (2, 2));
        },
    );
}

#[test]
fn proves_s3_2_s12_8_a_no_that_was_said_signed_out_is_the_accounts_once_somebody_is_in() {
    let two = Two::new();
    on_both_with(
        |outside| two.connect(outside),
        async |kit| {
            let (studio, account) = (&kit.studio, kit.account("anna@example.org").await);
            let analytics = studio.analytics();
            let before = studio.now_ms();
            kit.clock.advance(MINUTE_MS);
            analytics.happened(&account, agreed(), PAGE).await.unwrap();
            let ids = [made(ProcessorId::Mixpanel, "$device:one")];
            analytics.made_in_browser(&account, agreed(), &ids).await.unwrap();
            see_to(studio).await;
            let id = two.once.told().pop().unwrap().0;
            // Another browser's no is older than what they agreed to since.
            analytics.refused_here(&account, before).await.unwrap();
            see_to(studio).await;
            assert_eq!((two.once.erased(), kit.rows("analytics_ids").await), (vec![], 1));
            kit.clock.advance(MINUTE_MS);
            let refused = studio.now_ms();
            kit.clock.advance(MINUTE_MS);
            for _ in 0..2 {
                analytics.refused_here(&account, refused).await.unwrap();
                see_to(studio).await;
            }
            assert_eq!(two.once.erased(), std::slice::from_ref(&id));
            assert_eq!(two.knows.erased().len(), 2);
            assert_eq!((kit.rows("analytics_ids").await, kit.rows("handles").await), (0, 0));
            // A browser that still allows it begins anew, and the old no does not end that.
            analytics.happened(&account, agreed(), PAGE).await.unwrap();
            analytics.refused_here(&account, refused).await.unwrap();
            see_to(studio).await;
            assert_eq!((two.once.erased().len(), kit.rows("handles").await), (1, 2));
        },
    );
}

#[test]
fn ids_of_browsers_are_noted_up_to_a_number_though_others_are_being_deleted() {
    let two = Two::new();
    on_both_with(
        |outside| two.connect(outside),
        async |kit| {
            let (studio, account) = (&kit.studio, kit.account("anna@example.org").await);
            let analytics = studio.analytics();
            let many = |from: usize| -> Vec<MadeInBrowser> {
                (from..from + 30).map(|at| made(ProcessorId::Mixpanel, &format!("browser-{at}"))).collect()
            };
            analytics.made_in_browser(&account, agreed(), &many(0)).await.unwrap();
            assert_eq!(kit.rows("handles").await, BROWSERS_MAX as i64);
            // Going, they still count; and none of them is kept again.
            analytics.withdraw(&account).await.unwrap();
            analytics.made_in_browser(&account, agreed(), &many(10)).await.unwrap();
            assert_eq!(kit.rows("handles").await, BROWSERS_MAX as i64);
            studio.handles().carry_on().await.unwrap();
            assert_eq!((two.knows.erased().len(), kit.rows("handles").await), (20, 0));
            // Twenty more make the forty of a day.
            analytics.made_in_browser(&account, agreed(), &many(100)).await.unwrap();
            analytics.withdraw(&account).await.unwrap();
            studio.handles().carry_on().await.unwrap();
            analytics.made_in_browser(&account, agreed(), &many(200)).await.unwrap();
            assert_eq!(kit.rows("handles").await, 0);
            kit.clock.advance(DAY_MS);
            analytics.made_in_browser(&account, agreed(), &many(200)).await.unwrap();
            assert_eq!(kit.rows("handles").await, BROWSERS_MAX as i64);
        },
    );
}
