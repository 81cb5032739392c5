//! Signing in by the service, as it is promised to people.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use futures::FutureExt;
use futures::future::BoxFuture;
use policy::Personal;
use processors::Connected;
use processors::role::{Erased, Erases, Trouble};

use super::*;
use crate::Outside;
use crate::clock::DAY_MS;
use crate::db::testing::{Kit, on_both, on_both_with};
use crate::sessions::Role;

const BACK: &str = "https://films.example/sign-in/service/return";

/// A service that knows a few people. Its token is "person session"; it signs nothing.
#[derive(Default)]
struct Service {
    /// The address of each, whether it is verified, and whether they are let in.
    people: Mutex<BTreeMap<String, (String, bool, bool)>>,
    deleted: Mutex<Vec<String>>,
    ended: Mutex<Vec<String>>,
    is_away: Mutex<bool>,
    /// What it answers to deletions, before it says that they are done.
    answers: Mutex<VecDeque<Result<Erased, Trouble>>>,
    /// What it was asked of deletions.
    asked: Mutex<Vec<String>>,
}

impl Service {
    fn has(&self, person: &str, email: &str, is_verified: bool) {
        self.people.lock().unwrap().insert(person.into(), (email.into(), is_verified, true));
    }

    fn will(&self, answers: impl IntoIterator<Item = Result<Erased, Trouble>>) {
        self.answers.lock().unwrap().extend(answers);
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    fn answer(&self, asked: String, person: &str) -> Result<Erased, Trouble> {
        if let Some(session) = person.strip_prefix("session/") {
            self.ended.lock().unwrap().push(session.to_owned());
            return Ok(Erased::Done { receipt: "over".into() });
        }
        self.asked.lock().unwrap().push(asked);
        if let Some(answer) = self.answers.lock().unwrap().pop_front() {
            return answer;
        }
        self.people.lock().unwrap().remove(person);
        self.deleted.lock().unwrap().push(person.to_owned());
        Ok(Erased::Done { receipt: "gone".into() })
    }

    /// The sessions that it was told to end.
    fn ended(&self) -> Vec<String> {
        let mut ended = std::mem::take(&mut *self.ended.lock().unwrap());
        ended.sort();
        ended
    }

    fn deleted(&self) -> Vec<String> {
        self.deleted.lock().unwrap().clone()
    }
}

impl SignIn for Service {
    fn processor(&self) -> ProcessorId {
        ProcessorId::Clerk
    }

    fn page(&self, _: Door, back: &str) -> String {
        format!("https://service.example/?back={back}")
    }

    fn came_back<'a>(
        &'a self,
        brought: &'a Brought,
        back: &'a str,
        asked: bool,
        _: i64,
    ) -> BoxFuture<'a, Result<Came, SignInError>> {
        let came = match brought.parameters.get("token").and_then(|token| token.split_once(' ')) {
            Some((person, session)) => {
                Ok(Came::As(Theirs { person: person.into(), session: session.into() }))
            }
            None if asked => Err(SignInError::NotBelieved("nothing was brought".into())),
            None => Ok(Came::Ask { to: format!("https://service.example/ask?back={back}") }),
        };
        std::future::ready(came).boxed()
    }

    fn session_handle(&self, session: &str) -> Option<String> {
        Some(format!("session/{session}"))
    }

    fn person<'a>(&'a self, person: &'a str) -> BoxFuture<'a, Result<Option<Person>, SignInError>> {
        let found = self.people.lock().unwrap().get(person).cloned();
        let found = found.map(|(email, is_verified, may_sign_in)| Person {
            id: person.to_owned(),
            verified_email: is_verified.then(|| Personal::new(email)),
            may_sign_in,
        });
        let answer = match *self.is_away.lock().unwrap() {
            true => Err(SignInError::Trouble(Trouble::Away { why: "it rests".into(), after_s: None })),
            false => Ok(found),
        };
        std::future::ready(answer).boxed()
    }
}

impl Erases for Service {
    fn erase<'a>(&'a self, handle: &'a str, _: i64) -> BoxFuture<'a, Result<Erased, Trouble>> {
        std::future::ready(self.answer(format!("erase {handle}"), handle)).boxed()
    }

    fn standing<'a>(
        &'a self,
        handle: &'a str,
        task: &'a str,
        _: i64,
    ) -> BoxFuture<'a, Result<Erased, Trouble>> {
        std::future::ready(self.answer(format!("standing {handle} {task}"), handle)).boxed()
    }
}

/// A test with the service connected; it begins with nobody on each database.
fn with_service(body: impl AsyncFn(&Kit, &Service)) {
    let service = Arc::new(Service::default());
    let connected = {
        let service = Arc::clone(&service);
        move |outside: &mut Outside| {
            let service = Arc::clone(&service);
            outside.connect = Arc::new(move |_| {
                let mut connected = Connected { sign_in: Some(service.clone()), ..Connected::default() };
                connected.erases.insert(ProcessorId::Clerk, service.clone());
                Ok(connected)
            });
        }
    };
    on_both_with(connected, async |kit| {
        service.people.lock().unwrap().clear();
        service.deleted.lock().unwrap().clear();
        service.ended.lock().unwrap().clear();
        *service.is_away.lock().unwrap() = false;
        service.answers.lock().unwrap().clear();
        service.asked.lock().unwrap().clear();
        body(kit, &*service).await;
    });
}

fn brought(token: &str) -> Brought {
    Brought { parameters: [("token".to_owned(), token.to_owned())].into(), ..Brought::default() }
}

/// A browser goes to the service and comes back with a token.
async fn comes(kit: &Kit, token: &str) -> Result<CameBack> {
    let accounts = kit.studio.accounts();
    let sent = accounts.go_to_service(Door::SignIn, BACK, &kit.client()).await?;
    let state = sent.to.rsplit_once("?state=").unwrap().1;
    let brought = brought(token);
    let came = Return { secret: &sent.secret, state, asked: true, brought: &brought };
    accounts.back_from_service(came, BACK, &kit.client()).await
}

async fn enters(kit: &Kit, token: &str) -> SignedIn {
    match comes(kit, token).await.unwrap() {
        CameBack::In(who) => *who,
        other => panic!("not let in: {other:?}"),
    }
}

async fn is_new(kit: &Kit, token: &str) -> String {
    match comes(kit, token).await.unwrap() {
        CameBack::New(arrived) => arrived,
        other => panic!("not new: {other:?}"),
    }
}

async fn refusal(kit: &Kit, token: &str) -> (&'static str, String) {
    let error = comes(kit, token).await.unwrap_err();
    (error.code(), error.sentence().to_owned())
}

fn form(adult: Option<&str>) -> PersonSignUp {
    PersonSignUp { adult: adult.map(str::to_owned), marketing: None, country: None, language: "en".into() }
}

async fn newest_mail(kit: &Kit) -> String {
    kit.studio.mail().list(1).await.unwrap()[0].kind.clone()
}

#[test]
fn somebody_new_gets_an_account_only_by_the_questions() {
    with_service(async |kit, service| {
        let accounts = kit.studio.accounts();
        service.has("p1", "Anna@Example.org", true);
        let arrived = is_new(kit, "p1 s1").await;
        assert_eq!(accounts.address_at_service(&arrived, &kit.client()).await.unwrap(), "Anna@example.org");
        assert_eq!(
            (kit.rows("accounts").await, kit.rows("sessions").await),
            (0, 0),
            "none is made by coming"
        );
        let sign_up = async |arrived: &str, adult: Option<&str>| {
            accounts.sign_up_from_service(arrived, form(adult), &kit.client()).await
        };
        assert_eq!(sign_up(&arrived, None).await.unwrap_err().code(), "adult-required");
        assert_eq!(sign_up(&arrived, Some("adult-0")).await.unwrap_err().code(), "wording-changed");
        let forged = arrived.replacen(&URL_SAFE_NO_PAD.encode("p1"), &URL_SAFE_NO_PAD.encode("p2"), 1);
        assert_eq!(sign_up(&forged, Some("adult-1")).await.unwrap_err().code(), "service-late");
        assert_eq!(kit.rows("accounts").await, 0);

        let who = sign_up(&arrived, Some("adult-1")).await.unwrap();
        assert!(who.is_new);
        assert_eq!(accounts.get(&who.account).await.unwrap().email, "Anna@example.org");
        assert_eq!(kit.rows("people_unfinished").await, 0);
        // The form sent twice signs in; so does coming again, whatever the address there is by then.
        assert_eq!(sign_up(&arrived, Some("adult-1")).await.unwrap().account, who.account);
        service.has("p1", "other@example.org", false);
        assert_eq!(enters(kit, "p1 s2").await.account, who.account);
        assert_eq!(accounts.get(&who.account).await.unwrap().email, "Anna@example.org", "it stays as it is");

        service.has("p2", "late@example.org", true);
        let arrived = is_new(kit, "p2 s3").await;
        kit.clock.advance(LINK_MS);
        assert_eq!(sign_up(&arrived, Some("adult-1")).await.unwrap_err().code(), "service-late");
    });
}

#[test]
fn an_account_is_linked_only_by_an_address_that_both_have_seen_confirmed() {
    with_service(async |kit, service| {
        let anna = kit.account("anna@example.org").await;
        service.has("thief", "anna@example.org", false);
        service.has("stranger", "nobody@example.org", false);
        let (known, unknown) = (refusal(kit, "thief s1").await, refusal(kit, "stranger s2").await);
        assert_eq!(known.0, "service-unverified");
        assert_eq!(known, unknown, "nobody learns who has an account");
        assert_eq!(kit.rows("people").await, 0);

        service.has("p1", "ANNA@example.org", true);
        let who = enters(kit, "p1 s1").await;
        assert_eq!((&who.account, who.role), (&anna, Role::Customer));
        assert_eq!(newest_mail(kit).await, "service-added");
        let mails = kit.rows("mails").await;
        assert_eq!(enters(kit, "p1 s1").await.account, anna);
        assert_eq!(kit.rows("mails").await, mails, "told once");
        let handles = kit.studio.handles();
        let noted = handles.of(kit.studio.db().read(), &anna, ProcessorId::Clerk, None).await.unwrap();
        assert_eq!(noted, ["p1", "session/s1"]);

        // Signed up here, but never confirmed: that is nobody's account.
        let accounts = kit.studio.accounts();
        let pending = crate::db::testing::sign_up_form("ben@example.org");
        accounts.sign_up(pending, &kit.client()).await.unwrap();
        service.has("p2", "ben@example.org", true);
        is_new(kit, "p2 s3").await;
    });
}

#[test]
fn only_the_browser_that_was_sent_comes_back_and_it_is_asked_once() {
    with_service(async |kit, service| {
        let accounts = kit.studio.accounts();
        service.has("p1", "anna@example.org", true);
        let sent = accounts.go_to_service(Door::SignIn, BACK, &kit.client()).await.unwrap();
        let state = sent.to.rsplit_once("?state=").unwrap().1;
        assert!(!sent.to.contains(&sent.secret));
        let (good, nothing) = (brought("p1 s1"), Brought::default());
        let comes = async |secret: &str, state: &str, asked: bool, brought: &Brought| {
            let came = Return { secret, state, asked, brought };
            accounts.back_from_service(came, BACK, &kit.client()).await
        };
        for (secret, state) in [("", ""), ("", state), (sent.secret.as_str(), ""), ("another", state)] {
            assert_eq!(comes(secret, state, false, &good).await.unwrap_err().code(), "service-refused");
        }
        let CameBack::Ask(to) = comes(&sent.secret, state, false, &nothing).await.unwrap() else {
            panic!("it is sent on")
        };
        assert!(to.ends_with(&format!("?state={state}&asked=1")), "{to}");
        assert_eq!(comes(&sent.secret, state, true, &nothing).await.unwrap_err().code(), "service-refused");
        assert!(matches!(comes(&sent.secret, state, true, &good).await.unwrap(), CameBack::New(_)));
        *service.is_away.lock().unwrap() = true;
        assert_eq!(comes(&sent.secret, state, true, &good).await.unwrap_err().code(), "service-away");
    });
}

#[test]
fn who_does_not_go_on_is_deleted_there_and_who_is_under_age_at_once() {
    with_service(async |kit, service| {
        let accounts = kit.studio.accounts();
        service.has("p1", "anna@example.org", true);
        service.has("p2", "kid@example.org", true);
        service.has("p3", "made@example.org", true);
        is_new(kit, "p1 s1").await;
        let kid = is_new(kit, "p2 s2").await;
        let made = is_new(kit, "p3 s3").await;
        accounts.sign_up_from_service(&made, form(Some("adult-1")), &kit.client()).await.unwrap();
        let young = form(Some(crate::accounts::UNDER_AGE));
        let error = accounts.sign_up_from_service(&kid, young, &kit.client()).await.unwrap_err();
        assert_eq!(error.code(), "under-age");
        sees_to(kit).await;
        assert_eq!(service.deleted(), ["p2"]);
        kit.clock.advance(DAY_MS);
        sees_to(kit).await;
        sees_to(kit).await;
        assert_eq!(service.deleted(), ["p2", "p1"], "each once, and nobody who has an account");
        assert_eq!(kit.rows("handles").await, 2, "of whoever made one, and of their session");
        assert_eq!((kit.rows("people_unfinished").await, kit.rows("erasure_receipts").await), (0, 2));
    });
}

#[test]
fn who_is_deleted_there_leaves_here_and_can_take_it_back() {
    with_service(async |kit, service| {
        let (accounts, anna) = (kit.studio.accounts(), kit.account("anna@example.org").await);
        service.has("p1", "anna@example.org", true);
        let who = enters(kit, "p1 s1").await;
        // News that are not so change nothing.
        accounts.person_changed("p1").await.unwrap();
        assert!(kit.studio.sessions().find(&who.session.token).await.unwrap().is_some());
        service.people.lock().unwrap().clear();
        for _ in 0..2 {
            accounts.person_changed("p1").await.unwrap();
        }
        assert!(accounts.ends_at_ms(&anna).await.is_ok(), "the usual days");
        assert_eq!(newest_mail(kit).await, "leaving");
        assert!(kit.studio.sessions().find(&who.session.token).await.unwrap().is_none());
        assert_eq!((kit.rows("people").await, kit.rows("people_sessions").await), (0, 0));
        assert_eq!(refusal(kit, "p1 s1").await.0, "service-refused", "a token outlives its person");
        accounts.stay(&anna, kit.studio.now_ms()).await.unwrap();
        kit.studio.handles().carry_on().await.unwrap();
        accounts.get(&anna).await.unwrap();
    });
}

#[test]
fn an_erased_account_and_one_that_is_unlinked_take_the_person_along() {
    with_service(async |kit, service| {
        let (accounts, anna) = (kit.studio.accounts(), kit.account("anna@example.org").await);
        service.has("p1", "anna@example.org", true);
        let (there, here) = (enters(kit, "p1 s1").await, enters(kit, "p1 s2").await);
        assert!(accounts.linked_at_ms(&anna).await.unwrap().is_some());
        let sessions = kit.studio.sessions();
        let session = sessions.find(&here.session.token).await.unwrap().unwrap();
        accounts.unlink(&session).await.unwrap();
        assert_eq!(accounts.linked_at_ms(&anna).await.unwrap(), None);
        assert!(sessions.find(&here.session.token).await.unwrap().is_some(), "where it was asked from");
        assert!(sessions.find(&there.session.token).await.unwrap().is_none());
        kit.studio.handles().carry_on().await.unwrap();
        assert_eq!(service.deleted(), ["p1"]);
        // The service tells of it: that is no wish to leave.
        accounts.person_changed("p1").await.unwrap();
        accounts.get(&anna).await.unwrap();

        service.has("p2", "ben@example.org", true);
        let arrived = is_new(kit, "p2 s3").await;
        let ben =
            accounts.sign_up_from_service(&arrived, form(Some("adult-1")), &kit.client()).await.unwrap();
        accounts.leave(&ben.account).await.unwrap();
        assert_eq!(enters(kit, "p2 s4").await.role, Role::Leaving);
        kit.clock.advance(31 * DAY_MS);
        kit.studio.tidy().await.unwrap();
        kit.studio.handles().carry_on().await.unwrap();
        assert_eq!(service.deleted(), ["p1", "p2"]);
        accounts.person_changed("p2").await.unwrap();
    });
}

#[test]
fn a_session_that_ends_there_ends_here_and_nobody_comes_in_with_it() {
    with_service(async |kit, service| {
        let accounts = kit.studio.accounts();
        kit.account("anna@example.org").await;
        service.has("p1", "anna@example.org", true);
        let (first, second) = (enters(kit, "p1 s1").await, enters(kit, "p1 s2").await);
        accounts.person_left("p1", "s1").await.unwrap();
        let sessions = kit.studio.sessions();
        assert!(sessions.find(&first.session.token).await.unwrap().is_none());
        assert!(sessions.find(&second.session.token).await.unwrap().is_some());
        assert_eq!(refusal(kit, "p1 s1").await.0, "service-refused");
        // Signing out here ends theirs as well; until that is done nobody comes in with it.
        sessions.end(&second.session.token).await.unwrap();
        accounts.carry_on().await.unwrap();
        assert_eq!(refusal(kit, "p1 s2").await.0, "service-refused");
        kit.studio.handles().carry_on().await.unwrap();
        assert_eq!(service.ended(), ["s1", "s2"]);
        // Whoever comes twice with one session has it until the newer of ours is over.
        let (older, newer) = (enters(kit, "p1 s5").await, enters(kit, "p1 s5").await);
        sessions.end(&older.session.token).await.unwrap();
        sees_to(kit).await;
        assert!(service.ended().is_empty());
        sessions.end(&newer.session.token).await.unwrap();
        sees_to(kit).await;
        assert_eq!(service.ended(), ["s5"]);
        assert_eq!(kit.rows("erasure_receipts").await, 3);
        enters(kit, "p1 s6").await;
        // As long as a browser may have been asked the questions with it.
        kit.clock.advance(LINK_MS);
        accounts.carry_on().await.unwrap();
        assert_eq!(kit.rows("people_sessions").await, 2);
        assert_eq!(refusal(kit, "p1 s1").await.0, "service-refused");
        kit.clock.advance(10 * MINUTE_MS);
        accounts.carry_on().await.unwrap();
        assert_eq!(kit.rows("people_sessions").await, 1);

        // Who is not let in there any more is out here too, and their account is as it was.
        let third = enters(kit, "p1 s3").await;
        service.people.lock().unwrap().get_mut("p1").unwrap().2 = false;
        accounts.person_changed("p1").await.unwrap();
        assert!(sessions.find(&third.session.token).await.unwrap().is_none());
        assert_eq!(refusal(kit, "p1 s4").await.0, "service-refused");
        assert_eq!(kit.rows("people").await, 1);
    });
}

/// What is due at the service is done.
async fn sees_to(kit: &Kit) {
    kit.studio.accounts().carry_on().await.unwrap();
    kit.studio.handles().carry_on().await.unwrap();
}

/// The owner of an account asks for a new address, and both ends confirm it.
async fn moves(kit: &Kit, account: &AccountId, to: &str) {
    let accounts = kit.studio.accounts();
    accounts.ask_for_address(account, to).await.unwrap();
    for mail in kit.studio.mail().list(2).await.unwrap() {
        let (_, rest) = mail.letter.text.split_once("/account/address/").unwrap();
        accounts.confirm_address(rest.split_whitespace().next().unwrap()).await.unwrap();
    }
    assert_eq!(accounts.get(account).await.unwrap().email, to);
}

#[test]
fn a_new_address_lets_go_of_whoever_has_not_confirmed_it_there_too() {
    with_service(async |kit, service| {
        let (accounts, anna) = (kit.studio.accounts(), kit.account("anna@example.org").await);
        let sessions = kit.studio.sessions();
        service.has("p1", "anna@example.org", true);
        let there = enters(kit, "p1 s1").await;
        service.has("p1", "ANNA@new.example", true);
        moves(kit, &anna, "anna@new.example").await;
        assert!(accounts.linked_at_ms(&anna).await.unwrap().is_some(), "confirmed at both again");
        assert!(sessions.find(&there.session.token).await.unwrap().is_some());
        // Somebody else read the letter box: whoever they are at the service opens nothing any more.
        moves(kit, &anna, "anna@safe.example").await;
        assert_eq!(accounts.linked_at_ms(&anna).await.unwrap(), None);
        assert!(sessions.find(&there.session.token).await.unwrap().is_none());
        assert_eq!(refusal(kit, "p1 s1").await.0, "service-refused");
        kit.studio.handles().carry_on().await.unwrap();
        assert_eq!(service.deleted(), ["p1"]);
        accounts.person_changed("p1").await.unwrap();
        accounts.get(&anna).await.unwrap();

        // A service that is away has not said that it knows the address.
        service.has("p2", "anna@safe.example", true);
        enters(kit, "p2 s2").await;
        service.has("p2", "anna@last.example", true);
        *service.is_away.lock().unwrap() = true;
        moves(kit, &anna, "anna@last.example").await;
        assert_eq!(accounts.linked_at_ms(&anna).await.unwrap(), None);
    });
}

#[test]
fn whom_we_have_deleted_there_opens_nothing_and_ends_no_account() {
    with_service(async |kit, service| {
        let (accounts, anna) = (kit.studio.accounts(), kit.account("anna@example.org").await);
        let handles = kit.studio.handles();
        service.has("p1", "anna@example.org", true);
        let who = enters(kit, "p1 s1").await;
        let session = kit.studio.sessions().find(&who.session.token).await.unwrap().unwrap();
        accounts.unlink(&session).await.unwrap();
        // They come again before it is done: that calls nothing off.
        assert_eq!(refusal(kit, "p1 s2").await.0, "service-refused");
        handles.carry_on().await.unwrap();
        assert_eq!(service.deleted(), ["p1"]);
        accounts.person_changed("p1").await.unwrap();
        accounts.get(&anna).await.unwrap();

        // Somebody takes another's place, who is let go of.
        service.has("p2", "anna@example.org", true);
        let before = enters(kit, "p2 s3").await;
        service.has("p3", "anna@example.org", true);
        enters(kit, "p3 s4").await;
        assert!(kit.studio.sessions().find(&before.session.token).await.unwrap().is_none());
        handles.carry_on().await.unwrap();
        assert_eq!(service.deleted(), ["p1", "p2"]);
        accounts.person_changed("p2").await.unwrap();
        accounts.get(&anna).await.unwrap();
        assert!(accounts.linked_at_ms(&anna).await.unwrap().is_some());

        // It is told of a deletion of ours while the link is still there.
        handles.let_go(kit.studio.db().write(), &anna, Which::At(ProcessorId::Clerk)).await.unwrap();
        service.people.lock().unwrap().clear();
        accounts.person_changed("p3").await.unwrap();
        accounts.get(&anna).await.unwrap();
        assert_eq!(kit.rows("people").await, 0);
    });
}

#[test]
fn nobody_is_deleted_there_who_never_came_here() {
    with_service(async |kit, service| {
        let accounts = kit.studio.accounts();
        service.has("elsewhere", "ben@example.org", true);
        accounts.person_changed("elsewhere").await.unwrap();
        assert_eq!(kit.rows("people_unfinished").await, 0);
        // Who came and has not confirmed their address did come.
        service.has("p1", "anna@example.org", false);
        assert_eq!(refusal(kit, "p1 s1").await.0, "service-unverified");
        kit.clock.advance(2 * DAY_MS);
        sees_to(kit).await;
        assert_eq!(service.deleted(), ["p1"]);
    });
}

#[test]
fn a_deletion_there_is_tried_until_it_is_done_and_is_not_called_off() {
    with_service(async |kit, service| {
        let (accounts, handles) = (kit.studio.accounts(), kit.studio.handles());
        service.has("p1", "anna@example.org", true);
        is_new(kit, "p1 s1").await;
        service.will([
            Err(Trouble::Away { why: "status 503".into(), after_s: Some(30) }),
            Ok(Erased::UnderWay { task: "t-1".into(), again_s: 600 }),
            Ok(Erased::InWriting { letter: "Please delete p1.".into() }),
        ]);
        kit.clock.advance(DAY_MS);
        let asked_at_ms = kit.studio.now_ms();
        let carry_on = async || {
            sees_to(kit).await;
            service.asked()
        };
        assert_eq!(carry_on().await, ["erase p1"]);
        assert_eq!(refusal(kit, "p1 s2").await.0, "service-refused", "it may be done at any moment");
        assert_eq!(kit.rows("accounts").await + kit.rows("people_unfinished").await, 0);
        kit.clock.advance(29 * SECOND_MS);
        assert!(carry_on().await.is_empty(), "it asked to be left alone for thirty seconds");
        kit.clock.advance(SECOND_MS);
        assert_eq!(carry_on().await, ["erase p1"]);
        kit.clock.advance(600 * SECOND_MS);
        assert_eq!(carry_on().await, ["standing p1 t-1"]);
        let going = handles.going().await.unwrap();
        assert_eq!((going[0].letter.as_deref(), going[0].tries), (Some("Please delete p1."), 3));
        assert!(!kit.shows("handles", "Please delete").await, "the letter is sealed");
        // It is told of the end before we see it: the receipt is still written, once.
        service.people.lock().unwrap().clear();
        accounts.person_changed("p1").await.unwrap();
        kit.clock.advance(DAY_MS);
        assert_eq!(carry_on().await, ["erase p1"]);
        assert!(carry_on().await.is_empty());
        let receipts = handles.receipts().await.unwrap();
        assert_eq!((receipts.len(), receipts[0].asked_at_ms), (1, asked_at_ms));
        assert_eq!(receipts[0].done_at_ms, kit.studio.now_ms());
    });
}

#[test]
fn a_row_that_cannot_be_read_holds_up_no_other() {
    with_service(async |kit, service| {
        service.has("p1", "anna@example.org", true);
        service.has("p2", "ben@example.org", true);
        is_new(kit, "p1 s1").await;
        rows::unfinished::Entity::update_many()
            .col_expr(rows::unfinished::Column::PersonSealed, Expr::value(vec![0_u8]))
            .exec(kit.studio.db().write())
            .await
            .unwrap();
        is_new(kit, "p2 s2").await;
        kit.clock.advance(DAY_MS);
        sees_to(kit).await;
        assert_eq!(service.deleted(), ["p2"]);
        assert_eq!(kit.rows("people_unfinished").await, 1);
    });
}

#[test]
fn a_service_that_is_switched_off_is_not_forgotten() {
    on_both(async |kit| {
        let accounts = kit.studio.accounts();
        accounts.note_unfinished(ProcessorId::Clerk, "p1").await.unwrap();
        sees_to(kit).await;
        assert!(!kit.studio.handles().are_any_going().await.unwrap());
        kit.clock.advance(DAY_MS);
        sees_to(kit).await;
        let going = kit.studio.handles().going().await.unwrap();
        assert!(going[0].problem.as_deref().unwrap().contains("not connected"), "{going:?}");
        assert_eq!(kit.rows("people_unfinished").await, 0);
    });
}
