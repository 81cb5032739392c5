//! Clerk over real HTTP, against the emulator; its tokens also against the cases of the contract.

use std::time::Duration;

use ::egress::{Blocked, Error, Method, RetryPolicy};
use emulators::clerk::Clerk as Vendor;
use emulators::{Asked, Hook, Mood};
use policy::{ProcessorId, processor, purpose};
use processors::clerk::{
    Clerk, ClerkError, ClerkSettings, ClerkWebhookError, Delivery, Event, Expected, Keys, Session, Token,
    TokenError,
};
use processors::role::{Brought, Came, Door, Erased, HookError, News, Opened, SignInError, Theirs};
use processors::svix::SvixError;
use processors::{Connected, Secret};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::svix::receiver;
use crate::{NOW_MS, egress};

const NOW_S: i64 = NOW_MS / 1000;
const KEY: &str = "sk_test_emulator";
const SECRET: &str = "whsec_XIq7mCXR+cnOCnmHmqH51V/jVcyk+rRI";
const ISSUER: &str = "https://clerk.ministudio.example";
const PARTY: &str = "https://ministudio.example";

fn settings(key: &str) -> ClerkSettings {
    let parties = vec![PARTY.to_owned()];
    let mut settings = ClerkSettings::new(Secret::new(key), SECRET, ISSUER, parties).unwrap();
    let (first_wait, wait_max) = (Duration::from_millis(1), Duration::from_millis(20));
    settings.retry = RetryPolicy { tries_max: 4, first_wait, wait_max };
    settings
}

fn way_out(vendor: &Vendor) -> ::egress::Egress {
    egress(&[ProcessorId::Clerk], &[("api.clerk.com", vendor.emulator.address)])
}

async fn kit() -> (Vendor, Clerk) {
    let vendor = Vendor::start(KEY, SECRET).await;
    let clerk = Clerk::new(way_out(&vendor), settings(KEY));
    (vendor, clerk)
}

/// A vendor with one user in one session, a token of which dies in a minute.
fn signed_in(vendor: &Vendor) -> (String, String) {
    let user = vendor.sign_up("anna@example.org", "Anna", "Beispiel", NOW_S);
    let session = vendor.sign_in(&user);
    (user, session)
}

fn token(vendor: &Vendor, session: &str, now_s: i64) -> String {
    vendor.token(&vendor.claims(session, ISSUER, PARTY, now_s))
}

// Tokens.

#[derive(Deserialize)]
struct Vectors {
    jwks: Value,
    issuer: String,
    authorized_parties: Vec<String>,
    now: Option<i64>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    now: Option<i64>,
    token: String,
    accept: bool,
}

fn every_case_of(vectors: &str, cases_min: usize) {
    let vectors: Vectors = serde_json::from_str(vectors).unwrap();
    let keys = Keys::read(vectors.jwks.to_string().as_bytes()).unwrap();
    let expected =
        Expected { issuer: vectors.issuer, authorised_parties: vectors.authorized_parties, leeway_s: 5 };
    assert!(vectors.cases.len() >= cases_min);
    for case in vectors.cases {
        let now_s = case.now.or(vectors.now).unwrap();
        let checked = Token::read(&case.token).and_then(|token| token.check(&keys, &expected, now_s));
        assert_eq!(checked.is_ok(), case.accept, "{}: {checked:?}", case.name);
    }
}

#[test]
fn every_token_of_the_contract_is_decided_as_it_says() {
    every_case_of(include_str!("../contracts/clerk/vectors.json"), 17);
}

#[test]
fn every_token_that_clerk_published_is_decided_as_it_says() {
    every_case_of(include_str!("../contracts/clerk/published.json"), 2);
}

#[tokio::test]
async fn a_token_is_checked_without_a_call_once_the_keys_are_there() {
    let (vendor, clerk) = kit().await;
    let (user_id, session_id) = signed_in(&vendor);
    let token = token(&vendor, &session_id, NOW_S);
    let all = futures::future::join_all((0..20).map(|_| clerk.session(&token, NOW_S))).await;
    let session = Session { user_id, session_id, expires_at_s: NOW_S + 60 };
    assert!(all.iter().all(|one| one.as_ref() == Ok(&session)), "{all:?}");
    assert_eq!(clerk.session(&token, NOW_S + 30).await, Ok(session));
    let asked = vendor.emulator.asked();
    assert_eq!(asked.len(), 1, "the keys, once");
    assert_eq!((asked[0].method.as_str(), asked[0].path.as_str()), ("GET", "/v1/jwks"));
}

#[tokio::test]
async fn a_new_key_is_asked_for_and_nobody_can_have_it_asked_for_all_the_time() {
    let (vendor, clerk) = kit().await;
    let (_, session) = signed_in(&vendor);
    let old = token(&vendor, &session, NOW_S);
    clerk.session(&old, NOW_S).await.unwrap();
    vendor.rotate();
    let new = token(&vendor, &session, NOW_S + 50);
    assert_eq!(clerk.session(&new, NOW_S + 59).await, Err(TokenError::UnknownKey));
    assert_eq!(vendor.emulator.asked().len(), 1, "asked a moment ago");
    assert!(clerk.session(&new, NOW_S + 60).await.is_ok());
    assert_eq!(vendor.emulator.asked().len(), 2);
    // The old key is not published any more.
    assert_eq!(clerk.session(&old, NOW_S + 61).await, Err(TokenError::UnknownKey));
    assert_eq!(vendor.emulator.asked().len(), 2);
}

#[tokio::test]
async fn while_clerk_is_away_the_keys_that_are_held_go_on_for_a_day() {
    let (vendor, clerk) = kit().await;
    let (_, session) = signed_in(&vendor);
    vendor.emulator.mood([Mood::Fails(500); 4]);
    let error = clerk.session(&token(&vendor, &session, NOW_S), NOW_S).await.unwrap_err();
    assert!(matches!(error, TokenError::Keys(ClerkError::Away { .. })), "{error:?}");
    assert!(clerk.session(&token(&vendor, &session, NOW_S), NOW_S).await.is_ok());

    let later_s = NOW_S + 3600;
    vendor.emulator.mood([Mood::Fails(503); 4]);
    assert!(clerk.session(&token(&vendor, &session, later_s), later_s).await.is_ok());
    let asked = vendor.emulator.asked().len();
    assert!(clerk.session(&token(&vendor, &session, later_s), later_s + 1).await.is_ok());
    assert_eq!(vendor.emulator.asked().len(), asked, "it failed a moment ago");

    // One success, so that it is not left alone.
    assert!(clerk.user("user_nobody").await.unwrap().is_none());
    let too_late_s = NOW_S + 86_400;
    vendor.emulator.mood([Mood::Fails(503); 4]);
    let late = clerk.session(&token(&vendor, &session, too_late_s), too_late_s).await;
    assert!(matches!(late, Err(TokenError::Keys(ClerkError::Away { .. }))), "{late:?}");
}

#[tokio::test]
async fn what_a_token_says_is_held_against_what_it_must_say() {
    let (vendor, clerk) = kit().await;
    let (_, session) = signed_in(&vendor);
    for (name, value, error) in [
        ("iss", json!("https://clerk.evil.example"), TokenError::Issuer),
        ("azp", json!("https://evil.example"), TokenError::Party),
        ("azp", Value::Null, TokenError::Party),
        ("exp", json!(NOW_S - 5), TokenError::Expired),
        ("nbf", json!(NOW_S + 6), TokenError::NotYet),
        ("iat", json!(NOW_S + 6), TokenError::FromTheFuture),
        ("sts", json!("pending"), TokenError::Pending),
        ("sub", json!(""), TokenError::Malformed),
        ("sid", Value::Null, TokenError::Malformed),
    ] {
        let mut claims = vendor.claims(&session, ISSUER, PARTY, NOW_S);
        claims[name] = value;
        assert_eq!(clerk.session(&vendor.token(&claims), NOW_S).await, Err(error), "{name}");
    }
    let mut anywhere = settings(KEY);
    anywhere.expected.authorised_parties.clear();
    let clerk = Clerk::new(way_out(&vendor), anywhere);
    let mut claims = vendor.claims(&session, ISSUER, PARTY, NOW_S);
    claims["azp"] = Value::Null;
    assert!(clerk.session(&vendor.token(&claims), NOW_S).await.is_ok(), "none are set");
}

// Users.

#[tokio::test]
async fn a_user_is_read_as_far_as_it_is_needed() {
    let (vendor, clerk) = kit().await;
    let (user_id, _) = signed_in(&vendor);
    let user = clerk.user(&user_id).await.unwrap().unwrap();
    assert_eq!(user.id, user_id);
    assert_eq!(*user.email.as_ref().unwrap().for_purpose::<purpose::Account>(), "anna@example.org");
    assert_eq!(*user.first_name.as_ref().unwrap().for_purpose::<purpose::Account>(), "Anna");
    assert_eq!(*user.last_name.as_ref().unwrap().for_purpose::<purpose::Account>(), "Beispiel");
    assert!(user.email_is_verified && user.may_sign_in && user.external_id.is_none());
    assert_eq!(user.updated_at_ms, NOW_MS / 1000 * 1000);
    let shown = format!("{user:?}");
    assert!(!shown.contains("anna@") && !shown.contains("Beispiel"), "{shown}");
    assert!(clerk.user("user_nobody").await.unwrap().is_none());
}

#[tokio::test]
async fn a_call_that_fails_is_made_again_and_a_no_is_not() {
    let (vendor, clerk) = kit().await;
    let (user_id, _) = signed_in(&vendor);
    vendor.emulator.mood([Mood::TooMany(0), Mood::Fails(500), Mood::CutAfter]);
    assert!(clerk.user(&user_id).await.unwrap().is_some());
    assert_eq!(vendor.emulator.asked().len(), 4);

    let stranger = Clerk::new(way_out(&vendor), settings("sk_test_other"));
    let error = stranger.user(&user_id).await.unwrap_err();
    assert_eq!(error, ClerkError::Refused { status: 401, code: "authentication_invalid".into() });
    assert_eq!(vendor.emulator.asked().len(), 5);

    vendor.emulator.mood([Mood::TooMany(3600)]);
    let error = clerk.user(&user_id).await.unwrap_err();
    assert_eq!(error, ClerkError::Away { why: "status 429".into(), retry_after_s: Some(3600) });
}

#[tokio::test]
async fn a_deleted_user_leaves_nothing_even_when_the_answer_is_lost() {
    let (vendor, clerk) = kit().await;
    let (user_id, session) = signed_in(&vendor);
    let other = vendor.sign_in(&user_id);
    let sessions = [session.clone(), other, "sess_gone".to_owned()];
    // The three sessions are ended; then the user is deleted, and the answer is lost.
    let well = Mood::Slow(Duration::ZERO);
    vendor.emulator.mood([well, well, well, Mood::CutAfter]);
    let deleted = clerk.delete_user(&user_id, &sessions, NOW_S).await.unwrap();
    assert_eq!((deleted.user_id.as_str(), deleted.tokens_dead_at_s), (user_id.as_str(), NOW_S + 65));
    assert!(!vendor.has(&user_id) && !vendor.has("anna@example.org") && vendor.session(&session).is_none());

    let asked: Vec<String> =
        vendor.emulator.asked().iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect();
    assert_eq!(asked[0], format!("POST /v1/sessions/{session}/revoke"));
    assert_eq!(asked[3..], [format!("DELETE /v1/users/{user_id}"), format!("DELETE /v1/users/{user_id}")]);

    let again = clerk.delete_user(&user_id, &[], NOW_S).await.unwrap();
    assert!(again.was_gone);
}

#[tokio::test]
async fn clerk_gets_ids_of_its_own_and_nothing_else() {
    let (vendor, clerk) = kit().await;
    let (user_id, session) = signed_in(&vendor);
    clerk.session(&token(&vendor, &session, NOW_S), NOW_S).await.unwrap();
    clerk.user(&user_id).await.unwrap();
    clerk.delete_user(&user_id, &[session], NOW_S).await.unwrap();
    let asked = vendor.emulator.asked();
    assert_eq!(asked.len(), 4);
    for asked in asked {
        assert!(asked.body.is_empty() && asked.query.is_empty(), "{asked:?}");
        assert_eq!(asked.header("clerk-api-version"), "2026-05-12");
    }
    for field in ["public_metadata", "private_metadata", "unsafe_metadata"] {
        let call = way_out(&vendor)
            .to::<processor::Clerk, purpose::Account>(Method::POST, "https://api.clerk.com/v1/users");
        let blocked = call.plain(field, json!({"child": "Mia"})).send().await;
        assert_eq!(blocked.unwrap_err(), Error::Blocked(ProcessorId::Clerk, Blocked::Plain(field.into())));
    }
    assert_eq!(vendor.emulator.asked().len(), 4);

    let off = Clerk::new(egress(&[], &[("api.clerk.com", vendor.emulator.address)]), settings(KEY));
    let error = off.user("user_x").await.unwrap_err();
    assert_eq!(error, ClerkError::Blocked(Error::Blocked(ProcessorId::Clerk, Blocked::SwitchedOff)));
}

#[test]
fn no_secret_is_shown() {
    let shown = format!("{:?}", settings(KEY));
    assert!(!shown.contains(KEY) && !shown.contains("XIq7mCXR"), "{shown}");
}

// Webhooks.

/// Sends a message over the wire; what came.
async fn sent(message: &Hook) -> Asked {
    let receiver = receiver().await;
    let url = format!("http://{}/webhooks/clerk", receiver.address);
    assert_eq!(message.post(&url).await.unwrap(), 200);
    receiver.asked().remove(0)
}

fn read(clerk: &Clerk, asked: &Asked, now_s: i64) -> Result<Delivery, ClerkWebhookError> {
    let header = |name: &str| asked.headers.get(name).and_then(|value| value.to_str().ok());
    clerk.webhook(header, &asked.body, now_s)
}

#[tokio::test]
async fn what_happens_to_a_user_is_told() {
    let (vendor, clerk) = kit().await;
    let (user_id, session) = signed_in(&vendor);
    let told = vendor.event("msg_1", "user.created", &vendor.about_user(&user_id), NOW_S);
    let created = read(&clerk, &sent(&told).await, NOW_S).unwrap();
    assert_eq!(created.message.id, "msg_1");
    let Event::UserCreated(user) = created.event else { panic!("no user") };
    assert_eq!(user.id, user_id);
    assert_eq!(*user.email.unwrap().for_purpose::<purpose::Account>(), "anna@example.org");

    let told = vendor.event("msg_2", "user.updated", &vendor.about_user(&user_id), NOW_S);
    let updated = read(&clerk, &sent(&told).await, NOW_S).unwrap();
    assert!(matches!(updated.event, Event::UserUpdated(_)));

    for event in ["session.ended", "session.removed", "session.revoked"] {
        let told = vendor.event("msg_3", event, &vendor.about_session(&session, NOW_S), NOW_S);
        let ended = read(&clerk, &sent(&told).await, NOW_S).unwrap();
        let Event::SessionEnded { session_id, user_id: whose } = ended.event else { panic!("{event}") };
        assert_eq!((session_id, whose), (session.clone(), user_id.clone()));
    }

    clerk.delete_user(&user_id, &[], NOW_S).await.unwrap();
    let told = vendor.event("msg_4", "user.deleted", &vendor.about_user(&user_id), NOW_S);
    let deleted = read(&clerk, &sent(&told).await, NOW_S).unwrap();
    let Event::UserDeleted { user_id: gone } = deleted.event else { panic!("no end") };
    assert_eq!(gone, user_id);

    let told = vendor.event("msg_5", "session.created", &Value::Null, NOW_S);
    let other = read(&clerk, &sent(&told).await, NOW_S).unwrap();
    assert!(matches!(other.event, Event::Other), "nothing that we use is no error");
}

#[tokio::test]
async fn a_webhook_that_is_forged_old_or_from_the_future_is_not_taken() {
    let (vendor, clerk) = kit().await;
    let about = json!({"id": "user_x", "object": "user", "deleted": true});
    let told = vendor.event("msg_1", "user.deleted", &about, NOW_S);
    let came = sent(&told).await;
    assert!(read(&clerk, &came, NOW_S + 300).is_ok() && read(&clerk, &came, NOW_S - 300).is_ok());
    let no = |error| Err::<(), _>(ClerkWebhookError::Signature(error));
    // Replayed later, it is too old.
    assert_eq!(read(&clerk, &came, NOW_S + 301).map(drop), no(SvixError::TooOld));
    assert_eq!(read(&clerk, &came, NOW_S - 301).map(drop), no(SvixError::FromTheFuture));

    let mut forged = told.clone();
    forged.body = String::from_utf8(forged.body).unwrap().replace("user_x", "user_y").into_bytes();
    let came = sent(&forged).await;
    assert_eq!(read(&clerk, &came, NOW_S).map(drop), no(SvixError::Signature));

    let mut renamed = told.clone();
    renamed.headers[0].1 = "msg_2".into();
    let came = sent(&renamed).await;
    assert_eq!(read(&clerk, &came, NOW_S).map(drop), no(SvixError::Signature), "it cannot be made a new one");

    let stranger = Vendor::start(KEY, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").await;
    let came = sent(&stranger.event("msg_1", "user.deleted", &about, NOW_S)).await;
    assert_eq!(read(&clerk, &came, NOW_S).map(drop), no(SvixError::Signature));

    let nonsense = vendor.sign("msg_9", b"{\"type\":\"user.deleted\"}".to_vec(), NOW_S);
    let came = sent(&nonsense).await;
    assert_eq!(read(&clerk, &came, NOW_S).map(drop), Err(ClerkWebhookError::Malformed));
}

#[tokio::test]
async fn a_doubled_webhook_has_the_same_id_also_when_it_is_signed_again() {
    let (vendor, clerk) = kit().await;
    let about = json!({"id": "user_x", "object": "user", "deleted": true});
    let first = sent(&vendor.event("msg_1", "user.deleted", &about, NOW_S)).await;
    let second = sent(&vendor.event("msg_1", "user.deleted", &about, NOW_S + 200)).await;
    let first = read(&clerk, &first, NOW_S).unwrap().message;
    let second = read(&clerk, &second, NOW_S + 200).unwrap().message;
    assert_eq!(first.id, second.id);
    assert_ne!(first.sent_at_s, second.sent_at_s);
}

// Roles.

fn account(vendor: &Vendor) -> Value {
    json!({
        "secret_key": KEY, "frontend": vendor.frontend(), "authorised_parties": [PARTY], "webhook_secret": SECRET,
    })
}

fn connect(vendor: &Vendor, account: &Value) -> Result<Connected, Vec<String>> {
    let fields = account.as_object().unwrap().clone();
    processors::connect(&[(ProcessorId::Clerk, fields)].into(), &way_out(vendor))
}

fn brought(name: &str, value: &str) -> Brought {
    Brought { parameters: [(name.to_owned(), value.to_owned())].into(), ..Brought::default() }
}

#[tokio::test]
async fn half_an_account_says_what_is_missing() {
    let vendor = Vendor::start(KEY, SECRET).await;
    let whole = account(&vendor);
    assert!(connect(&vendor, &whole).is_ok());
    for (field, value, word) in [
        ("secret_key", json!("pk_live_x"), "secret_key"),
        ("secret_key", Value::Null, "secret_key"),
        ("frontend", Value::Null, "publishable_key"),
        ("frontend", json!("http://clerk.example.org"), "frontend"),
        ("authorised_parties", json!([]), "authorised_parties"),
        ("authorised_parties", json!(""), "authorised_parties"),
        ("webhook_secret", json!("whsec_"), "webhook_secret"),
        ("shadow", json!("x"), "shadow"),
    ] {
        let mut account = whole.clone();
        match value {
            Value::Null => drop(account.as_object_mut().unwrap().remove(field)),
            value => account[field] = value,
        }
        let wrong = connect(&vendor, &account).err().unwrap().join("; ");
        assert!(wrong.contains("clerk is half configured") && wrong.contains(word), "{field}: {wrong}");
        assert!(!wrong.contains(KEY) && !wrong.contains(SECRET), "{wrong}");
    }
    let mut live = whole;
    live["publishable_key"] = json!("pk_live_Y2xlcmsuZmlsbXMuZXhhbXBsZSQ");
    live.as_object_mut().unwrap().remove("frontend");
    let connected = connect(&vendor, &live).unwrap();
    let page = connected.sign_in.unwrap().page(Door::SignUp, "https://films.example/a?b=c");
    let back = "https%3A%2F%2Ffilms.example%2Fa%3Fb%3Dc";
    assert_eq!(page, format!("https://accounts.films.example/sign-up?redirect_url={back}"));
    assert!(vendor.emulator.asked().is_empty(), "nothing is asked yet");
}

#[tokio::test]
async fn a_browser_is_asked_once_and_believed_by_its_handshake() {
    let vendor = Vendor::start(KEY, SECRET).await;
    let (user, session) = signed_in(&vendor);
    let service = connect(&vendor, &account(&vendor)).unwrap().sign_in.unwrap();
    let (frontend, back) = (vendor.frontend(), "https://ministudio.example/back?state=x");
    let comes = async |brought: &Brought, asked| service.came_back(brought, back, asked, NOW_S).await;
    let Came::Ask { to } = comes(&brought("__clerk_db_jwt", "dvb_1"), false).await.unwrap() else {
        panic!("it is asked")
    };
    let handshake = "/v1/client/handshake?redirect_url=https%3A%2F%2Fministudio.example%2Fback%3Fstate%3Dx&";
    assert!(
        to.starts_with(&format!("{frontend}{handshake}")) && to.ends_with("&__clerk_db_jwt=dvb_1"),
        "{to}"
    );

    let token = |party: Value, now_s: i64| {
        let mut claims = vendor.claims(&session, &frontend, PARTY, now_s);
        claims["azp"] = party;
        vendor.token(&claims)
    };
    let shaken = |token: &str| {
        let line = format!("__session={token}; Path=/; Secure; SameSite=Lax");
        vendor.handshake(&["__client_uat=1; Path=/", line.as_str()])
    };
    let good = shaken(&token(json!(PARTY), NOW_S));
    let came = comes(&brought("__clerk_handshake", &good), true).await;
    assert_eq!(came, Ok(Came::As(Theirs { person: user.clone(), session: session.clone() })));
    let by_cookie = |name: &str, value: &str| Brought {
        cookies: [(name.to_owned(), value.to_owned())].into(),
        ..Brought::default()
    };
    assert_eq!(comes(&by_cookie("__clerk_handshake", &good), true).await, came);
    assert_eq!(comes(&by_cookie("__session", &token(json!(PARTY), NOW_S)), false).await, came);

    let old = token(json!(PARTY), NOW_S - 90);
    assert!(matches!(comes(&by_cookie("__session", &old), false).await, Ok(Came::Ask { .. })));
    // A handshake's cookie of an earlier time counts for nothing until it was asked for.
    assert!(matches!(comes(&by_cookie("__clerk_handshake", &good), false).await, Ok(Came::Ask { .. })));
    let another = shaken(&old);
    let forged = format!("{}.{}", good.rsplit_once('.').unwrap().0, another.rsplit_once('.').unwrap().1);
    for (what, shaken) in [
        ("expired", shaken(&old)),
        ("without a party", shaken(&token(Value::Null, NOW_S))),
        ("for another site", shaken(&token(json!("https://evil.example"), NOW_S))),
        ("signed out", vendor.handshake(&["__session=; Path=/; Max-Age=0"])),
        ("forged", forged),
        ("no handshake", token(json!(PARTY), NOW_S)),
    ] {
        let refused = comes(&brought("__clerk_handshake", &shaken), true).await;
        assert!(matches!(refused, Err(SignInError::NotBelieved(_))), "{what}: {refused:?}");
    }
    assert!(matches!(comes(&Brought::default(), true).await, Err(SignInError::NotBelieved(_))));
    assert_eq!(vendor.emulator.asked().len(), 1, "the keys alone");

    let email = async || service.person(&user).await.unwrap().unwrap().verified_email;
    assert_eq!(*email().await.unwrap().for_purpose::<purpose::Account>(), "anna@example.org");
    vendor.set_verified(&user, false);
    assert!(email().await.is_none());
    assert!(service.person("user_nobody").await.unwrap().is_none());
}

#[tokio::test]
async fn an_erased_person_has_no_session_left_and_is_gone() {
    let vendor = Vendor::start(KEY, SECRET).await;
    let (user, _) = signed_in(&vendor);
    let connected = connect(&vendor, &account(&vendor)).unwrap();
    let erases = &connected.erases[&ProcessorId::Clerk];
    let gone = |receipt: &str| Ok(Erased::Done { receipt: receipt.to_owned() });
    assert_eq!(erases.erase(&user, NOW_S).await, gone("deleted: true"));
    let asked = vendor.emulator.asked();
    let asked: Vec<String> = asked.iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect();
    assert_eq!(asked, [format!("POST /v1/users/{user}/ban"), format!("DELETE /v1/users/{user}")]);
    assert!(!vendor.has(&user));
    assert_eq!(erases.erase(&user, NOW_S).await, gone("there is no such user"));
    // An instance that cannot ban deletes all the same.
    let (other, _) = signed_in(&vendor);
    vendor.emulator.mood([Mood::Fails(402)]);
    assert_eq!(erases.erase(&other, NOW_S).await, gone("deleted: true"));
    connected.checks[&ProcessorId::Clerk].check(NOW_S, "").await.unwrap();
    // A session ends alone, once however often it is asked; its person stays.
    let (third, session) = signed_in(&vendor);
    let handle = connected.sign_in.as_ref().unwrap().session_handle(&session).unwrap();
    vendor.emulator.mood([Mood::CutAfter]);
    for _ in 0..2 {
        assert_eq!(erases.erase(&handle, NOW_S).await, gone("the session is over"));
    }
    assert_eq!(vendor.session(&session), Some("revoked"));
    assert!(vendor.user(&third).is_some());
    assert_eq!(erases.erase("session/sess_none", NOW_S).await, gone("the session is over"));
}

#[tokio::test]
async fn news_say_what_to_look_at() {
    let vendor = Vendor::start(KEY, SECRET).await;
    let (user, session) = signed_in(&vendor);
    let connected = connect(&vendor, &account(&vendor)).unwrap();
    let hook = &connected.hooks[&ProcessorId::Clerk];
    let opened = async |message: &Hook, now_s: i64| {
        let find = |name: &str| {
            let header = message.headers.iter().find(|(header, _)| *header == name);
            header.map(|(_, value)| value.clone())
        };
        hook.open(&find, &message.body, now_s).await
    };
    let person = || user.clone();
    for (event, about, news) in [
        ("user.created", vendor.about_user(&user), News::PersonChanged { person: person() }),
        ("user.updated", vendor.about_user(&user), News::PersonChanged { person: person() }),
        (
            "session.revoked",
            vendor.about_session(&session, NOW_S),
            News::PersonLeft { person: person(), session: session.clone() },
        ),
        (
            "user.deleted",
            json!({"id": user, "object": "user", "deleted": true}),
            News::PersonChanged { person: person() },
        ),
    ] {
        let message = vendor.event("msg_1", event, &about, NOW_S);
        assert_eq!(
            opened(&message, NOW_S).await,
            Ok(Opened { id: "msg_1".into(), news: vec![news] }),
            "{event}"
        );
        assert!(matches!(opened(&message, NOW_S + 301).await, Err(HookError::NotBelieved(_))), "{event}");
    }
    let other = vendor.event("msg_2", "session.created", &Value::Null, NOW_S);
    assert_eq!(opened(&other, NOW_S).await.unwrap().news, []);
}
