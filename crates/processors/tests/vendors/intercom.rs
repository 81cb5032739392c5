//! Intercom over real HTTP: the messenger's settings, conversations, notifications, erasing, and a vendor that
//! misbehaves.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use egress::{Blocked, RetryPolicy};
use emulators::Mood;
use emulators::intercom::{Workspace, letter_box};
use futures::future::BoxFuture;
use policy::consent::{self, Agreed, Choice, Given};
use policy::{Country, Page, Personal, Policy, ProcessorId, processor};
use processors::Secret;
use processors::intercom::{
    Author, Id, Identity, Intercom, IntercomError, Message, NoMessenger, Secrets, Seen, SeenError, Settings,
    State, WebhookError, is_signed,
};
use processors::role::{
    CONVERSATION, Check, Erased, Erases, Hook, HookError, KnownPerson, Messenger, MessengerError, News,
    Opened, Trouble,
};
use serde_json::{Value, json};

use crate::{NOW_MS, egress};

const NOW_S: i64 = NOW_MS / 1000;
const VECTORS: &str = include_str!("../contracts/intercom/vectors.json");
const ADMIN: &str = "991267695";

/// Notifications in memory.
#[derive(Default)]
struct Taken(Mutex<BTreeSet<String>>);

impl Seen for Taken {
    fn is_first<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<bool, SeenError>> {
        let is_first = self.0.lock().unwrap().insert(id.to_owned());
        Box::pin(async move { Ok(is_first) })
    }
}

fn settings() -> Settings {
    let secrets = Secrets {
        token: Secret::new("dG9rOnRva2Vu"),
        messenger_secret: Secret::new("messenger-secret"),
        client_secret: Secret::new("client-secret"),
    };
    let mut settings = Settings::new("abc123", ADMIN, secrets);
    settings.retry = RetryPolicy {
        tries_max: 4,
        first_wait: Duration::from_millis(1),
        wait_max: Duration::from_millis(5),
    };
    settings
}

struct Kit {
    vendor: emulators::intercom::Intercom,
    intercom: Intercom,
}

impl Kit {
    async fn with(settings: Settings) -> Self {
        let workspace = Workspace {
            app_id: "abc123".to_owned(),
            token: "dG9rOnRva2Vu".to_owned(),
            messenger_secret: "messenger-secret".to_owned(),
            client_secret: "client-secret".to_owned(),
            admin_id: ADMIN.to_owned(),
        };
        let vendor = emulators::intercom::Intercom::start(workspace, NOW_S).await;
        let egress = egress(&[ProcessorId::Intercom], &[("api.intercom.io", vendor.emulator.address)]);
        Self { vendor, intercom: Intercom::new(egress, settings) }
    }

    async fn new() -> Self {
        Self::with(settings()).await
    }

    /// A family's contact, started in a browser as our pages do.
    fn family(&self) -> String {
        let (user_id, email) = (id("usr_8a397f0171"), id("parent@example.org"));
        let identity = Identity { user_id: &user_id, email: Some(&email), name: None };
        let boot = self.intercom.family_boot(Policy::current(), Page::Minitube, &identity, NOW_S).unwrap();
        self.vendor.boot(&boot.settings()).unwrap()
    }
}

fn id(text: &str) -> Id {
    Personal::new(text.to_owned())
}

fn message(text: &str) -> Message {
    Personal::new(text.to_owned())
}

fn text(of: &Message) -> &str {
    of.for_processor::<processor::Intercom>()
}

fn agreed(choice: Choice, to: consent::Purpose) -> Option<Agreed> {
    let given = Given { choice, wording: "cookies-1".to_owned(), at_ms: NOW_MS, knowing_gpc: false };
    consent::decide(Policy::current(), Country::parse("DE"), false, Some(&given), NOW_MS).agreed(to)
}

fn cases(of: &str) -> Vec<Value> {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let cases = vectors[of]["cases"].as_array().unwrap().clone();
    assert!(!cases.is_empty());
    cases
}

#[tokio::test]
async fn every_token_of_the_contract_is_made() {
    for case in cases("messenger_jwt") {
        let mut settings = settings();
        settings.messenger_secret = Secret::new(case["secret"].as_str().unwrap());
        settings.token_s = 3600;
        let kit = Kit::with(settings).await;
        let claim = |name: &str| case["claims"][name].as_str().map(id);
        let (user_id, email, name) = (claim("user_id").unwrap(), claim("email"), claim("name"));
        let identity = Identity { user_id: &user_id, email: email.as_ref(), name: name.as_ref() };
        let now_s = case["claims"]["exp"].as_i64().unwrap() - 3600;
        let boot = kit.intercom.family_boot(Policy::current(), Page::Minitube, &identity, now_s).unwrap();
        assert_eq!(boot.settings()["intercom_user_jwt"], case["token"]);
        assert!(!format!("{boot:?}").contains("eyJ"), "it is shown nowhere");
    }
}

fn text_of(id: &Id) -> &str {
    id.for_processor::<processor::Intercom>()
}

#[test]
fn every_signature_of_the_contract_is_judged() {
    for case in cases("webhook") {
        let secret = Secret::new(case["client_secret"].as_str().unwrap());
        let body = case["body"].as_str().unwrap().as_bytes();
        let is_good = is_signed(&secret, case["header"].as_str(), body);
        assert_eq!(json!(is_good), case["accept"], "{}", case["name"]);
    }
}

#[tokio::test]
async fn a_page_gets_the_messenger_only_where_it_may_be() {
    let Kit { vendor, intercom } = Kit::new().await;
    let policy = Policy::current();
    let support = Choice { analytics: false, support: true };
    let yes = agreed(support, consent::Purpose::Support);
    let boot = intercom.visitor_boot(policy, Page::Support, yes).unwrap();
    assert_eq!(boot.settings(), json!({"api_base": "https://api-iam.intercom.io", "app_id": "abc123"}));
    let contact = vendor.boot(&boot.settings()).unwrap();
    assert_eq!(vendor.kept().contacts[&contact].external_id, None);

    let no = agreed(Choice { analytics: true, support: false }, consent::Purpose::Analytics);
    assert_eq!(intercom.visitor_boot(policy, Page::Support, None).unwrap_err(), NoMessenger::NoConsent);
    assert_eq!(intercom.visitor_boot(policy, Page::Support, no).unwrap_err(), NoMessenger::NoConsent);
    for page in Page::ALL.into_iter().filter(|page| *page != Page::Support) {
        assert_eq!(intercom.visitor_boot(policy, page, yes).unwrap_err(), NoMessenger::Page);
    }
    let user_id = id("usr_1");
    let identity = Identity { user_id: &user_id, email: None, name: None };
    for page in Page::ALL.into_iter().filter(|page| *page != Page::Minitube) {
        let refused = intercom.family_boot(policy, page, &identity, NOW_S).unwrap_err();
        assert_eq!(refused, NoMessenger::Page);
    }
    let nobody = id("");
    let identity = Identity { user_id: &nobody, ..identity };
    let refused = intercom.family_boot(policy, Page::Minitube, &identity, NOW_S).unwrap_err();
    assert_eq!(refused, NoMessenger::NoId);

    let off = Intercom::new(egress(&[], &[]), settings());
    assert_eq!(off.visitor_boot(policy, Page::Support, yes).unwrap_err(), NoMessenger::SwitchedOff);
    assert_eq!(
        intercom.cookies(),
        ["intercom-session-abc123", "intercom-id-abc123", "intercom-device-id-abc123"]
    );
}

#[tokio::test]
async fn a_token_is_good_for_minutes_and_for_one_workspace() {
    let kit = Kit::new().await;
    let user_id = id("usr_1");
    let identity = Identity { user_id: &user_id, email: None, name: None };
    let boot = kit.intercom.family_boot(Policy::current(), Page::Minitube, &identity, NOW_S).unwrap();
    let mut settings = boot.settings();
    let contact = kit.vendor.boot(&settings).unwrap();
    assert_eq!(kit.vendor.boot(&settings).unwrap(), contact, "it is the same person");
    kit.vendor.set_now(NOW_S + 300);
    assert_eq!(kit.vendor.boot(&settings), Err("the token has expired".to_owned()));
    kit.vendor.set_now(NOW_S);
    let forged = settings["intercom_user_jwt"].as_str().unwrap().replacen("eyJ1", "eyJ2", 1);
    settings["intercom_user_jwt"] = json!(forged);
    assert!(kit.vendor.boot(&settings).is_err());
}

#[tokio::test]
async fn a_conversation_is_found_read_and_answered() {
    let kit = Kit::new().await;
    let (vendor, intercom) = (&kit.vendor, &kit.intercom);
    let contact = kit.family();
    let old = vendor.writes(&contact, "https://films.example.org/minitube", "Hello?");
    vendor.set_now(NOW_S + 60);
    let new = vendor.writes(&contact, "https://films.example.org/minitube", "Where is our film?");

    let found = intercom.updated_since(NOW_S).await.unwrap();
    assert_eq!(found.iter().map(|found| found.id.clone()).collect::<Vec<_>>(), [new.to_string()]);
    assert_eq!((found[0].state, found[0].updated_at_s), (State::Open, NOW_S + 60));
    assert_eq!(found[0].contacts, [contact]);
    assert_eq!(intercom.updated_since(NOW_S - 1).await.unwrap().len(), 2);

    intercom.reply(&new.to_string(), &message("In your Minitube.")).await.unwrap();
    let read = intercom.conversation(&new.to_string()).await.unwrap();
    let written: Vec<(&str, &Author)> =
        read.parts.iter().map(|part| (text(&part.body), &part.author)).collect();
    assert_eq!(
        written,
        [("Where is our film?", &Author::Contact), ("In your Minitube.", &Author::Admin(ADMIN.to_owned())),]
    );
    assert_eq!(vendor.kept().conversations[&old].parts.len(), 1);

    let missing = intercom.conversation("1").await.unwrap_err();
    assert_eq!(missing, IntercomError::Refused { status: 404, code: "not_found".to_owned() });
    let empty = intercom.reply(&new.to_string(), &message(" ")).await.unwrap_err();
    assert!(matches!(empty, IntercomError::Invalid(_)), "{empty:?}");
}

#[tokio::test]
async fn a_search_is_read_to_its_end() {
    let mut settings = settings();
    settings.page_size = 2;
    let kit = Kit::with(settings.clone()).await;
    let contact = kit.family();
    for place in 0..5 {
        kit.vendor.writes(&contact, "https://films.example.org/minitube", &format!("{place}"));
    }
    assert_eq!(kit.intercom.updated_since(0).await.unwrap().len(), 5);
    settings.pages_max = 2;
    let egress = egress(&[ProcessorId::Intercom], &[("api.intercom.io", kit.vendor.emulator.address)]);
    let endless = Intercom::new(egress, settings).updated_since(0).await.unwrap_err();
    assert!(matches!(endless, IntercomError::Malformed(_)), "{endless:?}");
}

#[tokio::test]
async fn an_answer_reaches_a_person_once() {
    let kit = Kit::new().await;
    let contact = kit.family();
    let conversation = kit.vendor.writes(&contact, "https://films.example.org/minitube", "Hello?");
    let name = conversation.to_string();
    let answers = || kit.vendor.kept().conversations[&conversation].parts.len() - 1;

    // Reading first is done at once; the answer arrives, but that is not heard.
    kit.vendor.emulator.mood([Mood::TooMany(0), Mood::Slow(Duration::ZERO), Mood::CutAfter]);
    kit.intercom.reply(&name, &message("Here  we are.")).await.unwrap();
    assert_eq!(answers(), 1);

    for (mood, count) in [(Mood::Fails(500), 1), (Mood::CutBefore, 1), (Mood::TooMany(0), 1)] {
        kit.vendor.emulator.mood([Mood::Slow(Duration::ZERO), mood]);
        let away = kit.intercom.reply(&name, &message("Anything else?")).await.unwrap_err();
        assert!(matches!(away, IntercomError::Away { .. }), "{away:?}");
        assert_eq!(answers(), count);
    }
    kit.vendor.emulator.mood([Mood::Slow(Duration::ZERO), Mood::CutAfter, Mood::Fails(400)]);
    let uncertain = kit.intercom.reply(&name, &message("Anything else?")).await;
    assert_eq!(uncertain, Err(IntercomError::Uncertain));
    assert_eq!(answers(), 2);
}

#[tokio::test]
async fn who_is_erased_leaves_nothing_behind() {
    let kit = Kit::new().await;
    let contact = kit.family();
    let visitor = {
        let agreed = agreed(Choice { analytics: false, support: true }, consent::Purpose::Support);
        let boot = kit.intercom.visitor_boot(Policy::current(), Page::Support, agreed).unwrap();
        kit.vendor.boot(&boot.settings()).unwrap()
    };
    let url = "https://films.example.org/minitube";
    let mine = [kit.vendor.writes(&contact, url, "One"), kit.vendor.writes(&contact, url, "Two")];
    let other = kit.vendor.writes(&visitor, "https://films.example.org/about", "Other");

    kit.vendor.may_delete_reports(false);
    let refused = kit.intercom.erase(&contact).await.unwrap_err();
    assert!(matches!(refused, IntercomError::Refused { status: 403, .. }), "{refused:?}");
    assert!(kit.vendor.kept().contacts.contains_key(&contact), "the handle stays while something is left");
    kit.vendor.may_delete_reports(true);

    assert_eq!(kit.intercom.contacts(&id("usr_8a397f0171")).await.unwrap(), std::slice::from_ref(&contact));
    assert!(kit.intercom.contacts(&id("usr_other")).await.unwrap().is_empty());
    kit.vendor.emulator.mood([Mood::TooMany(0), Mood::Fails(503)]);
    let erased = kit.intercom.erase(&contact).await.unwrap();
    assert_eq!(
        (erased.contact, erased.conversations),
        (contact.clone(), mine.map(|id| id.to_string()).to_vec())
    );
    let kept = kit.vendor.kept();
    assert_eq!(kept.conversations.keys().collect::<Vec<_>>(), [&other]);
    assert_eq!(kept.reports, [other].into(), "nor in reports");
    assert_eq!(kept.contacts.keys().collect::<Vec<_>>(), [&visitor]);

    let again = kit.intercom.erase(&contact).await.unwrap();
    assert!(again.conversations.is_empty());
    kit.intercom.erase_conversation(&other.to_string()).await.unwrap();
    kit.intercom.erase_conversation(&other.to_string()).await.unwrap();
    assert!(kit.vendor.kept().reports.is_empty());
    assert!(kit.vendor.emulator.asked().iter().all(|asked| !asked.path.ends_with("/archive")));
}

#[tokio::test]
async fn an_erasure_that_was_cut_off_is_finished() {
    let kit = Kit::new().await;
    let contact = kit.family();
    let id = kit.vendor.writes(&contact, "https://films.example.org/minitube", "One");
    kit.vendor.emulator.mood([
        Mood::Slow(Duration::ZERO),
        Mood::CutAfter,
        Mood::Slow(Duration::ZERO),
        Mood::CutAfter,
    ]);
    let erased = kit.intercom.erase(&contact).await.unwrap();
    assert_eq!(erased.conversations, [id.to_string()]);
    let kept = kit.vendor.kept();
    assert!(kept.contacts.is_empty() && kept.conversations.is_empty() && kept.reports.is_empty());
}

#[tokio::test]
async fn nothing_goes_out_unless_it_is_switched_on() {
    let kit = Kit::new().await;
    let off = egress(&[], &[("api.intercom.io", kit.vendor.emulator.address)]);
    let intercom = Intercom::new(off, settings());
    let blocked = IntercomError::Blocked(Blocked::SwitchedOff);
    assert_eq!(intercom.erase("6762f14a").await, Err(blocked.clone()));
    assert_eq!(intercom.contacts(&id("usr_1")).await, Err(blocked));
    assert!(kit.vendor.emulator.asked().is_empty());
}

#[tokio::test]
async fn an_answer_says_what_it_says_and_nothing_else() {
    let kit = Kit::new().await;
    let contact = kit.family();
    let conversation = kit.vendor.writes(&contact, "https://films.example.org/minitube", "Hello?");
    kit.intercom.reply(&conversation.to_string(), &message("Here.")).await.unwrap();
    let asked = kit.vendor.emulator.asked();
    let sent = asked.iter().find(|asked| asked.path.ends_with("/reply")).unwrap();
    assert_eq!(
        sent.json(),
        json!({"type": "admin", "message_type": "comment", "admin_id": ADMIN, "body": "Here."})
    );
    for asked in &asked {
        assert_eq!(asked.header("intercom-version"), "2.16");
        assert_eq!(asked.header("authorization"), "Bearer dG9rOnRva2Vu");
    }
    let shown = format!("{:?}", settings());
    for secret in ["dG9rOnRva2Vu", "messenger-secret", "client-secret"] {
        assert!(!shown.contains(secret), "{shown}");
    }

    let mut wrong = settings();
    wrong.token = Secret::new("other");
    let egress = egress(&[ProcessorId::Intercom], &[("api.intercom.io", kit.vendor.emulator.address)]);
    let refused = Intercom::new(egress, wrong).updated_since(0).await.unwrap_err();
    assert_eq!(refused, IntercomError::Refused { status: 401, code: "unauthorized".to_owned() });
}

#[tokio::test]
async fn a_notification_is_taken_once_and_only_when_it_is_intercoms() {
    let kit = Kit::new().await;
    let seen = Taken::default();
    let inbox = letter_box().await;
    let url = format!("http://{}/hooks/intercom", inbox.address);
    let topic = "conversation.user.created";
    for (id, at_s) in [
        ("notif_1", Some(NOW_S)),
        ("notif_1", Some(NOW_S)),
        ("notif_old", Some(NOW_S - 301)),
        ("notif_future", Some(NOW_S + 301)),
        ("notif_edge", Some(NOW_S - 300)),
        ("notif_timeless", None),
    ] {
        let sent = kit.vendor.notification(id, topic, 215, at_s);
        assert_eq!(kit.vendor.notify(&url, sent).await.unwrap(), 200);
    }
    let mut results = Vec::new();
    for asked in inbox.asked() {
        let header = asked.header("x-hub-signature").to_owned();
        results.push(kit.intercom.notified(Some(&header), &asked.body, NOW_S, &seen).await);
    }
    let first = results[0].clone().unwrap().unwrap();
    assert_eq!((first.id.as_str(), first.topic.as_str()), ("notif_1", topic));
    assert_eq!(first.conversation.as_deref(), Some("215"));
    assert_eq!(results[1], Ok(None), "doubled");
    assert_eq!(results[2], Err(WebhookError::TooOld));
    assert_eq!(results[3], Err(WebhookError::FromTheFuture));
    assert!(matches!(results[4], Ok(Some(_))) && matches!(results[5], Ok(Some(_))));

    // Replayed within the window, forged, changed, not signed at all.
    let asked = &inbox.asked()[0];
    let header = asked.header("x-hub-signature").to_owned();
    let replayed = kit.intercom.notified(Some(&header), &asked.body, NOW_S + 200, &seen).await;
    assert_eq!(replayed, Ok(None));
    let mut changed = asked.body.to_vec();
    let place = changed.len() - 5;
    changed[place] ^= 1;
    for (header, body) in [
        (Some(header.as_str()), changed.as_slice()),
        (Some("sha1=00"), &asked.body[..]),
        (Some(&header[5..]), &asked.body[..]),
        (None, &asked.body[..]),
    ] {
        let forged = kit.intercom.notified(header, body, NOW_S, &seen).await;
        assert_eq!(forged, Err(WebhookError::Forged));
    }
}

#[tokio::test]
async fn in_its_roles_it_starts_is_read_tells_and_lets_go() {
    let kit = Kit::new().await;
    let messenger: &dyn Messenger = &kit.intercom;
    let policy = Policy::current();
    let person = KnownPerson { id: id("family-1"), email: Some(id("parent@example.org")), name: None };
    assert!(messenger.family_boot(policy, Page::Watch, &person, NOW_S).is_none());
    assert!(messenger.visitor_boot(policy, Page::Support, None).is_none());
    let boot = messenger.family_boot(policy, Page::Minitube, &person, NOW_S).unwrap();
    assert_eq!((boot.script.as_str(), boot.good_s), ("https://widget.intercom.io/widget/abc123", Some(180)));
    assert!(!format!("{boot:?}").contains("eyJ"), "it is shown nowhere");
    let contact = kit.vendor.boot(boot.settings.for_processor::<processor::Intercom>()).unwrap();
    assert_eq!(kit.vendor.kept().contacts[&contact].external_id.as_deref(), Some("family-1"));

    // Of the page only its path is read.
    let number = kit.vendor.writes(&contact, "https://films.example.org/minitube?film=1#end", "Hello?");
    let talk = messenger.conversation(&number.to_string()).await.unwrap();
    assert_eq!(text_of(&talk.person.unwrap()), "family-1");
    assert_eq!(talk.page.unwrap().for_processor::<processor::Intercom>(), "/minitube");
    assert_eq!(messenger.conversation("1").await.unwrap_err(), MessengerError::Gone);

    let topic = "conversation.user.created";
    let (signature, body) = kit.vendor.notification("notif_1", topic, number, Some(NOW_S));
    let header = |name: &str| (name == "x-hub-signature").then(|| signature.clone());
    let opened = kit.intercom.open(&header, &body, NOW_S).await.unwrap();
    let news = vec![News::Conversation { conversation: number.to_string() }];
    assert_eq!(opened, Opened { id: "notif_1".to_owned(), news });
    let forged = kit.intercom.open(&|_: &str| None, &body, NOW_S).await;
    assert!(matches!(forged, Err(HookError::NotBelieved(_))), "{forged:?}");

    let receipt = "1 contacts deleted, with 1 conversations".to_owned();
    // As long as a page can hold a token that was good, what was deleted may come back.
    let under_way = |asked: Result<Erased, Trouble>| match asked {
        Ok(Erased::UnderWay { task, again_s }) => (task, again_s),
        other => panic!("{other:?}"),
    };
    let (task, again_s) = under_way(Erases::erase(&kit.intercom, "family-1", NOW_S).await);
    assert!(kit.vendor.kept().contacts.is_empty() && kit.vendor.kept().conversations.is_empty());
    let (later, until) = (NOW_S + 1, NOW_S + again_s.cast_signed());
    let (task, left_s) = under_way(kit.intercom.standing("family-1", &task, later).await);
    assert_eq!(left_s, again_s - 1, "from when it was asked for first");
    let done = kit.intercom.standing("family-1", &task, until).await;
    assert_eq!(done, Ok(Erased::Done { receipt }));
    let (task, _) = under_way(Erases::erase(&kit.intercom, "family-1", NOW_S).await);
    let none = kit.intercom.standing("family-1", &task, until).await;
    assert_eq!(none, Ok(Erased::Done { receipt: "there was no contact".to_owned() }));

    // A conversation of somebody whom no id of ours names goes by its own, and with the last one goes who they are.
    let visitor = kit.vendor.boot(&json!({"app_id": "abc123"})).unwrap();
    let ask = |words: &str| kit.vendor.writes(&visitor, "https://films.example.org/contact", words);
    let is_gone =
        |gone: Result<Erased, Trouble>| assert!(matches!(gone, Ok(Erased::Done { .. })), "{gone:?}");
    let numbers = [ask("How long is a film?"), ask("And in colour?")];
    for (number, left) in numbers.into_iter().zip([1, 0]) {
        let handle = format!("{CONVERSATION}{number}");
        let (task, _) = under_way(Erases::erase(&kit.intercom, &handle, NOW_S).await);
        assert_eq!(task, visitor);
        assert!(kit.vendor.kept().conversations.contains_key(&number), "whose it is is written down first");
        for _ in 0..2 {
            is_gone(kit.intercom.standing(&handle, &task, NOW_S).await);
            assert_eq!(kit.vendor.kept().contacts.len(), left);
        }
        is_gone(Erases::erase(&kit.intercom, &handle, NOW_S).await);
    }
    // A family has a handle of its own, by which it goes.
    let family = kit.family();
    let number = kit.vendor.writes(&family, "https://films.example.org/minitube", "Hello?");
    is_gone(Erases::erase(&kit.intercom, &format!("{CONVERSATION}{number}"), NOW_S).await);
    assert_eq!(kit.vendor.kept().contacts.keys().collect::<Vec<_>>(), [&family]);
    assert!(kit.vendor.kept().conversations.is_empty() && kit.vendor.kept().reports.is_empty());

    // Whether it works is asked without anybody's data.
    assert_eq!(kit.intercom.check(NOW_S, "").await, Ok(()));
    let asked = kit.vendor.emulator.asked().pop().unwrap();
    assert!(asked.path == "/me" && asked.query.is_empty() && asked.body.is_empty());
    let way_out = || egress(&[ProcessorId::Intercom], &[("api.intercom.io", kit.vendor.emulator.address)]);
    let mut wrong = settings();
    wrong.app_id = "another".to_owned();
    let said = Intercom::new(way_out(), wrong).check(NOW_S, "").await.unwrap_err();
    assert!(said.contains("another workspace"), "{said}");
    let mut wrong = settings();
    wrong.token = Secret::new("another");
    let said = Intercom::new(way_out(), wrong).check(NOW_S, "").await.unwrap_err();
    assert!(said.contains("look at access_token"), "{said}");
}

#[tokio::test]
async fn the_account_says_what_to_set() {
    let fields = |text: Value| -> processors::Fields { serde_json::from_value(text).unwrap() };
    let good = json!({
        "app_id": "abc123",
        "admin_id": ADMIN,
        "access_token": "token",
        "identity_secret": "secret",
        "client_secret": "secret",
    });
    let egress = egress(&[ProcessorId::Intercom], &[]);
    let connect = |account: &Value| {
        processors::connect(&[(ProcessorId::Intercom, fields(account.clone()))].into(), &egress)
    };
    let connected = connect(&good).unwrap();
    assert!(connected.messenger.is_some());
    assert!(connected.erases.contains_key(&ProcessorId::Intercom));
    assert!(connected.hooks.contains_key(&ProcessorId::Intercom));
    for (field, wrong) in
        [("admin_id", json!(" ")), ("app_id", json!("a/b")), ("region", json!("eu")), ("token", json!("x"))]
    {
        let mut account = good.clone();
        account[field] = wrong;
        assert!(connect(&account).is_err(), "{field}");
    }
}
