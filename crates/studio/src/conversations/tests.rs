//! Conversations on both databases.

use super::*;
use crate::Client;
use crate::clock::{DAY_MS, MINUTE_MS};
use crate::db::testing::{Kit, on_both};
use crate::enquiries::testing::{confirm, letters};
use crate::enquiries::{Kind, NewEnquiry, Source, StepKind};
use crate::staff::Role;

fn around(page: &str, device: Option<&Secret>) -> Circumstances {
    let (page, language, session) = (page.into(), "en".into(), Some("a session".into()));
    Circumstances { page, language, device: device.cloned(), session }
}

fn words(lines: &[Line]) -> Vec<(Author, &str)> {
    lines.iter().map(|line| (line.author, line.words.as_str())).collect()
}

async fn say(kit: &Kit, person: &Person, text: &str) {
    let device = match person {
        Person::Device(device) => Some(device),
        Person::Customer(_) => None,
    };
    kit.studio.conversations().say(person, &around("/contact", device), text, &kit.client()).await.unwrap();
}

#[test]
fn what_is_said_is_read_by_its_person_and_by_nobody_else() {
    on_both(async |kit| {
        let talk = kit.studio.conversations();
        let all = Mark::default();
        let anna = Person::Customer(kit.account("anna@example.org").await);
        let secret = talk.new_secret();
        let visitor = Person::Device(secret.clone());
        let stranger = Person::Device(talk.new_secret());
        say(kit, &visitor, "  How long is a film?\n").await;
        // Signed in on the same device: another conversation.
        talk.say(&anna, &around("/minitube", Some(&secret)), "My film stops.", &kit.client()).await.unwrap();
        let listed = talk.list(10).await.unwrap();
        assert_eq!(listed.iter().map(|one| one.signed_in).collect::<Vec<_>>(), [false, true]);
        talk.answer(&listed[0].id, "A minute.").await.unwrap();
        let read = talk.read(&visitor, &all).await.unwrap();
        assert_eq!(words(&read), [(Author::Person, "How long is a film?"), (Author::Staff, "A minute.")]);
        assert_eq!(talk.read(&visitor, &Mark::parse(&read[0].mark.to_string())).await.unwrap(), read[1..]);
        assert_eq!(talk.read(&visitor, &read[1].mark).await.unwrap(), []);
        assert_eq!(words(&talk.read(&anna, &all).await.unwrap()), [(Author::Person, "My film stops.")]);
        assert_eq!(talk.read(&stranger, &all).await.unwrap(), []);
        let shown = talk.get(&listed[1].id).await.unwrap();
        assert_eq!((shown.listed.page.as_str(), shown.account.is_some()), ("/minitube", true));
        assert!(talk.get(&ConversationId::parse(&kit.studio.new_id()).unwrap()).await.is_err());
    });
}

#[test]
fn whoever_waits_longest_comes_first_and_a_closed_conversation_is_not_gone_on_with() {
    on_both(async |kit| {
        let talk = kit.studio.conversations();
        let people: Vec<Person> = (0..3).map(|_| Person::Device(talk.new_secret())).collect();
        for person in &people {
            say(kit, person, "Hello").await;
            kit.clock.advance(MINUTE_MS);
        }
        let ids = async || talk.list(10).await.unwrap().into_iter().map(|one| one.id).collect::<Vec<_>>();
        let [first, second, third] = ids().await.try_into().unwrap();
        talk.answer(&first, "Yes?").await.unwrap();
        assert_eq!(ids().await, [second.clone(), third.clone(), first.clone()]);
        say(kit, &people[0], "Still there?").await;
        say(kit, &people[1], "Hello?").await;
        assert_eq!(ids().await, [second.clone(), third.clone(), first.clone()], "waiting since the first");
        talk.close(&second).await.unwrap();
        talk.close(&second).await.unwrap();
        assert_eq!(talk.answer(&second, "Late").await.unwrap_err().code(), "conversation-closed");
        assert_eq!(ids().await, [third.clone(), first.clone(), second.clone()]);
        assert!(talk.get(&second).await.unwrap().listed.state == State::Closed);
        say(kit, &people[1], "Another thing").await;
        let listed = ids().await;
        assert_eq!(listed.len(), 4);
        let lines = talk.read(&people[1], &Mark::default()).await.unwrap();
        assert_eq!(lines.len(), 3, "the earlier conversation is still to be read");
        assert!(lines.is_sorted_by_key(|line| line.mark.clone()));
    });
}

#[test]
fn what_cannot_be_taken_is_said_and_nothing_is_kept() {
    on_both(async |kit| {
        let talk = kit.studio.conversations();
        let (secret, client) = (talk.new_secret(), Client("a".into()));
        let person = Person::Device(secret.clone());
        let code = async |text: &str| {
            talk.say(&person, &around("/about", Some(&secret)), text, &client).await.map_err(|e| e.code())
        };
        assert_eq!(code(" \n ").await, Err("message-empty"));
        assert_eq!(code(&"é".repeat(MESSAGE_CHARS_MAX + 1)).await, Err("words-long"));
        assert_eq!(kit.rows("conversations").await, 0);
        code(&"é".repeat(MESSAGE_CHARS_MAX)).await.unwrap();
        for _ in 1..40 {
            code("Hello").await.unwrap();
        }
        assert_eq!(code("Hello").await, Err("too-many-messages"));
        assert_eq!((kit.rows("conversations").await, kit.rows("conversation_messages").await), (1, 40));
        assert!(Secret::parse("a").is_none() && Secret::parse(secret.as_str()).is_some());
    });
}

#[test]
fn two_at_the_same_moment_are_both_taken() {
    on_both(async |kit| {
        let talk = kit.studio.conversations();
        let person = Person::Device(talk.new_secret());
        say(kit, &person, "First").await;
        let id = talk.list(1).await.unwrap()[0].id.clone();
        let answers = (0..6).map(|_| talk.answer(&id, "Answer"));
        for answer in futures::future::join_all(answers).await {
            answer.unwrap();
        }
        assert_eq!(talk.read(&person, &Mark::default()).await.unwrap().len(), 7);
    });
}

#[test]
fn the_words_lie_sealed_and_go_with_the_account() {
    on_both(async |kit| {
        let talk = kit.studio.conversations();
        let account = kit.account("anna@example.org").await;
        say(kit, &Person::Customer(account.clone()), "canary-signed-in").await;
        say(kit, &Person::Device(talk.new_secret()), "canary-signed-out").await;
        let rows = messages::Entity::find().all(kit.studio.db().read()).await.unwrap();
        for row in &rows {
            assert!(!String::from_utf8_lossy(&row.sealed).contains("canary"));
        }
        use crate::accounts::rows::accounts;
        accounts::Entity::delete_by_id(account.as_str()).exec(kit.studio.db().write()).await.unwrap();
        assert_eq!((kit.rows("conversations").await, kit.rows("conversation_messages").await), (1, 1));
    });
}

#[test]
fn proves_s12_10_s15_1_a_request_in_the_messenger_is_a_case_with_its_clock() {
    on_both(async |kit| {
        let (studio, enquiries) = (&kit.studio, kit.studio.enquiries());
        let anna = Person::Customer(kit.account("anna@example.org").await);
        say(kit, &anna, "My film stops.").await;
        assert_eq!(kit.rows("enquiries").await, 0);
        say(kit, &anna, "GDPR Request: what do you hold?").await;
        kit.clock.advance(1);
        // Signed out it is known by the address that they write; without one it is answered where it was said.
        let visitor = Person::Device(studio.conversations().new_secret());
        say(kit, &visitor, "GDPR request").await;
        say(kit, &visitor, "GDPR request, please to ben@example.org.").await;
        let open = enquiries.open(Role::PrivacyOfficer, 10).await.unwrap();
        let found: Vec<_> = open
            .iter()
            .map(|case| (case.email.as_str(), case.message.as_str(), case.confirmed_at_ms.is_some()))
            .collect();
        let of_ben = ("ben@example.org", "GDPR request, please to ben@example.org.", false);
        assert_eq!(found, [("anna@example.org", "GDPR Request: what do you hold?", true), of_ben]);
        for case in &open {
            assert_eq!((case.kind, case.priority, case.source), (Kind::Privacy, true, Source::Messenger));
            assert_eq!(case.due_at_ms - case.created_at_ms, 30 * DAY_MS);
        }
        assert_eq!(letters(kit, "enquiry-received").await.len(), 2);
        kit.clock.advance(30 * DAY_MS + 1);
        studio.tidy().await.unwrap();
        assert_eq!((enquiries.overdue().await.unwrap(), letters(kit, "case-overdue").await.len()), (2, 2));
    });
}

#[test]
fn what_is_said_later_is_added_to_the_open_case_and_no_letter_box_is_flooded() {
    on_both(async |kit| {
        let enquiries = kit.studio.enquiries();
        let anna = Person::Customer(kit.account("anna@example.org").await);
        say(kit, &anna, "GDPR request: what do you hold?").await;
        say(kit, &anna, "GDPR request: and of my son?").await;
        let open = async || enquiries.open(Role::PrivacyOfficer, 10).await.unwrap();
        let case = open().await.remove(0).id;
        let steps = enquiries.steps(&case).await.unwrap();
        let steps: Vec<_> = steps.iter().map(|step| (step.kind, step.words.as_deref())).collect();
        let added = (StepKind::Added, Some("GDPR request: and of my son?"));
        assert_eq!(steps, [(StepKind::Came, None), (StepKind::Confirmed, None), added]);
        assert_eq!((kit.rows("enquiries").await, letters(kit, "enquiry-received").await.len()), (1, 1));
        // What comes when it was answered is a case of its own.
        let asks_again = async || {
            for case in open().await {
                enquiries.answer(&kit.operator(), &case.id, "This is all.").await.unwrap();
            }
            say(kit, &anna, "GDPR request: is that all?").await;
            (kit.rows("enquiries").await, letters(kit, "enquiry-received").await.len())
        };
        for more in (2..8).zip(2..8) {
            assert_eq!(asks_again().await, more);
        }
        // What others write down with her address keeps her from nothing.
        for _ in 0..6 {
            let form = NewEnquiry {
                email: "anna@example.org".into(),
                kind: Kind::Privacy,
                message: "Hello".into(),
                language: "en".into(),
            };
            enquiries.ask(form, &kit.client()).await.unwrap();
        }
        assert_eq!(letters(kit, "enquiry-received").await.len(), 7 + 5);
        assert_eq!(asks_again().await, (14, 7 + 5 + 1));
    });
}

#[test]
fn proves_s12_11_whoever_wrote_anothers_address_down_adds_nothing_to_what_its_owner_confirmed() {
    on_both(async |kit| {
        let enquiries = kit.studio.enquiries();
        let visitor = Person::Device(kit.studio.conversations().new_secret());
        let says = async || {
            say(kit, &visitor, "GDPR request, please to ben@example.org.").await;
            kit.rows("enquiries").await
        };
        assert_eq!((says().await, says().await), (1, 1));
        let case = enquiries.open(Role::PrivacyOfficer, 10).await.unwrap().remove(0).id;
        confirm(kit, &case).await;
        assert_eq!((says().await, says().await), (2, 2));
        let steps: Vec<_> = enquiries.steps(&case).await.unwrap().into_iter().map(|step| step.kind).collect();
        assert_eq!(steps, [StepKind::Came, StepKind::Added, StepKind::Asked, StepKind::Confirmed]);
    });
}

#[test]
fn whoever_listens_hears_their_own_conversation() {
    on_both(async |kit| {
        let talk = kit.studio.conversations();
        let people: Vec<Person> = (0..2).map(|_| Person::Device(talk.new_secret())).collect();
        let client = kit.client();
        let mut listeners: Vec<Listener> =
            people.iter().map(|person| talk.listen(person, &client).unwrap()).collect();
        // One person does not use up what is there for all.
        let many: Vec<_> = (1..20).map_while(|_| talk.listen(&people[0], &client)).collect();
        assert_eq!(many.len(), 15);
        drop(many);
        assert!(talk.listen(&people[0], &client).is_some());
        say(kit, &people[0], "Hello").await;
        listeners[0].heard().await;
        use futures::FutureExt;
        assert!(listeners[0].heard().now_or_never().is_none(), "once");
        assert!(listeners[1].heard().now_or_never().is_none(), "nobody else's");
        let id = talk.list(1).await.unwrap()[0].id.clone();
        talk.answer(&id, "Hello!").await.unwrap();
        listeners[0].heard().await;
    });
}

#[test]
fn a_quiet_conversation_closes_by_itself_and_one_that_waits_later() {
    on_both(async |kit| {
        let talk = kit.studio.conversations();
        for person in [talk.new_secret(), talk.new_secret()] {
            say(kit, &Person::Device(person), "Hello").await;
            kit.clock.advance(MINUTE_MS);
        }
        let answered = talk.list(1).await.unwrap()[0].id.clone();
        talk.answer(&answered, "Hello!").await.unwrap();
        let answered_at_ms = kit.studio.now_ms();
        say(kit, &Person::Customer(kit.account("anna@example.org").await), "Hello").await;
        let closed = async || {
            tidy(&kit.studio).await.unwrap();
            let all = talk.list(10).await.unwrap();
            all.into_iter().filter(|one| one.state == State::Closed).map(|one| one.id).collect::<Vec<_>>()
        };
        kit.clock.advance(QUIET_MS - 1);
        assert_eq!(closed().await, []);
        kit.clock.advance(1);
        assert_eq!(closed().await, [answered]);
        // The other visitor wrote a minute before.
        let unanswered_ms = answered_at_ms - MINUTE_MS + UNANSWERED_MS;
        kit.clock.advance(unanswered_ms - kit.studio.now_ms() - 1);
        assert_eq!(closed().await.len(), 1);
        kit.clock.advance(1);
        assert_eq!(closed().await.len(), 2);
        kit.clock.advance(365 * DAY_MS);
        kit.studio.retention().sweep().await.unwrap();
        assert_eq!(closed().await.len(), 0, "and goes by its rule");
        let left = talk.list(10).await.unwrap();
        assert!(left.len() == 1 && left[0].signed_in, "whoever has an account and waits is not forgotten");
    });
}

#[test]
fn whoever_has_left_is_told_of_the_first_answer_by_mail_and_not_what_it_says() {
    on_both(async |kit| {
        let talk = kit.studio.conversations();
        let anna = Person::Customer(kit.account("anna@example.org").await);
        let told = async || {
            let mails = kit.studio.mail().list(50).await.unwrap();
            let told = mails.into_iter().filter(|mail| mail.kind == "support-answer");
            told.map(|mail| mail.letter.text).collect::<Vec<_>>()
        };
        say(kit, &anna, "My film stops.").await;
        say(kit, &Person::Device(talk.new_secret()), "Hello").await;
        let ids: Vec<_> = talk.list(10).await.unwrap().into_iter().map(|one| one.id).collect();
        talk.answer(&ids[0], "We look at it.").await.unwrap();
        assert!(told().await.is_empty(), "they are there still");
        say(kit, &anna, "Thank you.").await;
        kit.clock.advance(desk::LEFT_MS + 1);
        for id in &ids {
            for words in ["It is made again.", "Tell us if not."] {
                talk.answer(id, words).await.unwrap();
            }
        }
        let told = told().await;
        assert_eq!(told.len(), 1, "one for a wait, and none for a device");
        assert!(!told[0].contains("made again"));
    });
}
