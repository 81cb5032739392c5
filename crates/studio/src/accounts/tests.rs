//! Signing up and in, as it is promised to people.

use super::*;
use crate::clock::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::db::testing::{Kit, code_in, on_both, sign_up_form, token_in};
use crate::{Class, Client};

async fn last_mail(kit: &Kit) -> (String, String) {
    let mail = kit.studio.mail().list(1).await.unwrap().remove(0);
    (mail.kind, mail.letter.text)
}

fn with_password(email: &str, password: &str) -> SignUp {
    SignUp { password: Some(password.into()), ..sign_up_form(email) }
}

#[test]
fn signing_up_by_link_makes_an_account_and_signs_in() {
    on_both(async |kit| {
        let accounts = kit.studio.accounts();
        let form = SignUp { email: "  Anna@Example.ORG ".into(), ..sign_up_form("") };
        let waiting = accounts.sign_up(form, &kit.client()).await.unwrap();
        let (kind, text) = last_mail(kit).await;
        assert_eq!(kind, "confirm-address");
        assert!(
            text.contains("hello@ministudio.com") && text.contains("Mini Studio, Inc."),
            "who writes: {text}"
        );

        let signed_in =
            accounts.open_link(&token_in(&text), Some(&waiting.secret), &kit.client()).await.unwrap();
        assert!(signed_in.is_new && !signed_in.password_dropped);
        let session = kit.studio.sessions().find(&signed_in.session.token).await.unwrap().unwrap();
        assert_eq!(session.account.as_ref(), Some(&signed_in.account));
        let account = accounts.get(&signed_in.account).await.unwrap();
        assert_eq!(account.email, "Anna@example.org");
        assert!(!account.has_password);
    });
}

#[test]
fn the_code_does_the_same_as_the_link() {
    on_both(async |kit| {
        let accounts = kit.studio.accounts();
        let waiting =
            accounts.sign_up(with_password("a@example.org", "four quiet words here"), &kit.client()).await;
        let waiting = waiting.unwrap();
        let code = code_in(&last_mail(kit).await.1);
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        let signed_in = accounts.enter_code(&waiting.secret, &spaced, &kit.client()).await.unwrap();
        assert!(signed_in.is_new && !signed_in.password_dropped);
        assert!(accounts.sign_in("A@example.org", "four quiet words here", &kit.client()).await.is_ok());
    });
}

#[test]
fn without_an_adult_nothing_is_kept() {
    on_both(async |kit| {
        let accounts = kit.studio.accounts();
        let form = SignUp { adult: None, ..with_password("kid@example.org", "four quiet words here") };
        assert_eq!(accounts.sign_up(form, &kit.client()).await.unwrap_err().code(), "adult-required");
        for table in ["accounts", "links", "mails", "throttles", "sessions"] {
            assert_eq!(kit.rows(table).await, 0, "{table}");
        }
        let old = SignUp { adult: Some("adult-0".into()), ..sign_up_form("a@example.org") };
        assert_eq!(accounts.sign_up(old, &kit.client()).await.unwrap_err().code(), "wording-changed");
        assert_eq!(kit.rows("accounts").await, 0);
    });
}

#[test]
fn marketing_is_stored_only_when_it_was_ticked() {
    on_both(async |kit| {
        let accounts = kit.studio.accounts();
        let form = SignUp { marketing: Some("marketing-1".into()), ..sign_up_form("a@example.org") };
        let waiting = accounts.sign_up(form, &kit.client()).await.unwrap();
        let code = code_in(&last_mail(kit).await.1);
        let yes = accounts.enter_code(&waiting.secret, &code, &kit.client()).await.unwrap().account;
        let no = kit.account("b@example.org").await;
        let history = async |id: &AccountId| kit.studio.marketing().history(id).await.unwrap();
        let acts: Vec<_> =
            history(&yes).await.into_iter().map(|act| (act.status, act.method, act.wording)).collect();
        let wording = || "marketing-1".to_owned();
        use crate::marketing::{Method, Status};
        assert_eq!(
            acts,
            [
                (Status::Confirmed, Method::MailLink, wording()),
                (Status::Subscribed, Method::SignUp, wording())
            ]
        );
        assert_eq!(history(&no).await, []);
        let no =
            accounts::Entity::find_by_id(no.as_str()).one(kit.studio.db().read()).await.unwrap().unwrap();
        assert_eq!(no.adult_wording.as_deref(), Some("adult-1"));
        assert_eq!(no.adult_at_ms, Some(kit.studio.now_ms()));
    });
}

/// Everything a stranger can see, for a known and an unknown address.
#[test]
fn nobody_learns_who_has_an_account() {
    on_both(async |kit| {
        kit.account("known@example.org").await;
        let accounts = kit.studio.accounts();
        for sign_up in [true, false] {
            let mut seen = Vec::new();
            for email in ["known@example.org", "unknown@example.org"] {
                let before = (kit.rows("links").await, kit.rows("mails").await);
                let waiting = if sign_up {
                    accounts
                        .sign_up(with_password(email, "four quiet words here"), &kit.client())
                        .await
                        .unwrap()
                } else {
                    accounts.send_link(email, "en", &kit.client()).await.unwrap()
                };
                let work = (kit.rows("links").await - before.0, kit.rows("mails").await - before.1);
                let mut tries = Vec::new();
                for _ in 0..=CODE_TRIES_MAX {
                    let wrong =
                        accounts.enter_code(&waiting.secret, "000000", &kit.client()).await.unwrap_err();
                    tries.push((wrong.class(), wrong.code(), wrong.sentence().to_owned()));
                }
                seen.push((waiting.secret.len(), waiting.expires_at_ms - kit.studio.now_ms(), work, tries));
            }
            assert_eq!(seen[0], seen[1]);
            assert_eq!(seen[0].3.last().unwrap().1, "link-invalid", "a code may be tried five times");
        }
        let wrong = async |email: &str| {
            let error = accounts.sign_in(email, "not the password", &kit.client()).await.unwrap_err();
            (error.class(), error.code(), error.sentence().to_owned())
        };
        assert_eq!(wrong("known@example.org").await, wrong("unknown@example.org").await);
    });
}

#[test]
fn the_mail_says_what_the_page_does_not() {
    on_both(async |kit| {
        let anna = kit.account("anna@example.org").await;
        let accounts = kit.studio.accounts();

        accounts
            .sign_up(with_password("anna@example.org", "a password by a stranger"), &kit.client())
            .await
            .unwrap();
        let (kind, text) = last_mail(kit).await;
        assert_eq!(kind, "already-here");
        let signed_in = accounts.open_link(&token_in(&text), None, &kit.client()).await.unwrap();
        assert_eq!((signed_in.account, signed_in.is_new), (anna.clone(), false));
        let wrong = accounts.sign_in("anna@example.org", "a password by a stranger", &kit.client()).await;
        assert_eq!(wrong.unwrap_err().code(), "sign-in-wrong", "signing up again changes nothing");

        accounts.send_link("anna@example.org", "en", &kit.client()).await.unwrap();
        let (kind, text) = last_mail(kit).await;
        assert_eq!(kind, "sign-in");
        assert_eq!(accounts.open_link(&token_in(&text), None, &kit.client()).await.unwrap().account, anna);

        accounts.send_link("nobody@example.org", "en", &kit.client()).await.unwrap();
        let (kind, text) = last_mail(kit).await;
        assert_eq!(kind, "nobody-here");
        assert!(!text.contains("/sign-in/link/"));
    });
}

#[test]
fn an_address_belongs_to_whoever_opens_its_mail() {
    on_both(async |kit| {
        let accounts = kit.studio.accounts();
        // A stranger signs up with Anna's address and a password; Anna opens the mail elsewhere.
        let stranger =
            accounts.sign_up(with_password("anna@example.org", "the stranger's words"), &kit.client()).await;
        let text = last_mail(kit).await.1;
        // Anna signs up herself as well.
        accounts.sign_up(sign_up_form("anna@example.org"), &kit.client()).await.unwrap();
        let anna = accounts.open_link(&token_in(&text), None, &kit.client()).await.unwrap();
        assert!(anna.is_new && anna.password_dropped);
        let wrong = accounts.sign_in("anna@example.org", "the stranger's words", &kit.client()).await;
        assert_eq!(wrong.unwrap_err().code(), "sign-in-wrong");
        // Her second mail leads to the same account.
        let text = last_mail(kit).await.1;
        let again = accounts.open_link(&token_in(&text), None, &kit.client()).await.unwrap();
        assert_eq!((again.account, again.is_new), (anna.account, false));
        assert_eq!(kit.rows("accounts").await, 1);
        let secret = stranger.unwrap().secret;
        let late = accounts.enter_code(&secret, "000000", &kit.client()).await.unwrap_err();
        assert_eq!(late.code(), "link-invalid");
    });
}

#[test]
fn a_link_works_once_and_for_half_an_hour() {
    on_both(async |kit| {
        kit.account("anna@example.org").await;
        let accounts = kit.studio.accounts();
        let ask = async || {
            let waiting = accounts.send_link("anna@example.org", "en", &kit.client()).await.unwrap();
            let text = last_mail(kit).await.1;
            (waiting.secret, token_in(&text), code_in(&text))
        };
        let (secret, token, code) = ask().await;
        kit.clock.advance(LINK_MS - 1);
        accounts.open_link(&token, None, &kit.client()).await.expect("one millisecond before the end");
        let used = [
            accounts.open_link(&token, None, &kit.client()).await.unwrap_err(),
            accounts.enter_code(&secret, &code, &kit.client()).await.unwrap_err(),
        ];
        assert!(used.iter().all(|error| error.code() == "link-invalid" && error.class() == Class::Refused));

        let (secret, token, code) = ask().await;
        kit.clock.advance(LINK_MS);
        assert_eq!(accounts.open_link(&token, None, &kit.client()).await.unwrap_err().code(), "link-invalid");
        assert_eq!(
            accounts.enter_code(&secret, &code, &kit.client()).await.unwrap_err().code(),
            "link-invalid"
        );
        assert_eq!(
            accounts.open_link("made up", None, &kit.client()).await.unwrap_err().code(),
            "link-invalid"
        );
        assert!((15 * MINUTE_MS..=HOUR_MS).contains(&LINK_MS));
    });
}

#[test]
fn a_link_opened_many_times_at_once_signs_in_once() {
    on_both(async |kit| {
        kit.account("anna@example.org").await;
        let accounts = kit.studio.accounts();
        accounts.send_link("anna@example.org", "en", &kit.client()).await.unwrap();
        let (token, client) = (token_in(&last_mail(kit).await.1), kit.client());
        let results =
            futures::future::join_all((0..6).map(|_| accounts.open_link(&token, None, &client))).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    });
}

#[test]
fn codes_cannot_be_guessed_by_many_tries_at_once() {
    on_both(async |kit| {
        kit.account("anna@example.org").await;
        let accounts = kit.studio.accounts();
        let waiting = accounts.send_link("anna@example.org", "en", &kit.client()).await.unwrap();
        let code = code_in(&last_mail(kit).await.1);
        let client = kit.client();
        let wrong = (0..20).map(|_| accounts.enter_code(&waiting.secret, "x", &client));
        let results = futures::future::join_all(wrong).await;
        let compared =
            results.iter().filter(|result| result.as_ref().unwrap_err().code() == "code-wrong").count();
        assert_eq!(compared as i64, CODE_TRIES_MAX);
        let late = accounts.enter_code(&waiting.secret, &code, &kit.client()).await.unwrap_err();
        assert_eq!(late.code(), "link-invalid", "the right code comes too late");
    });
}

#[test]
fn what_opens_an_account_for_good_takes_a_fresh_sign_in_and_is_told() {
    on_both(async |kit| {
        let anna = kit.account("anna@example.org").await;
        let accounts = kit.studio.accounts();
        let old = kit.session(&anna).await;
        kit.clock.advance(HOUR_MS);
        let late = accounts.set_password(&old, "four quiet words here").await.unwrap_err();
        assert_eq!(late.code(), "sign-in-again");
        // Neither restricting and lifting nor leaving and staying makes an old sign-in a fresh one.
        assert!(!accounts.lift_restriction(&anna).await.unwrap(), "there is nothing to lift");
        assert!(accounts.restrict(&anna).await.unwrap() && accounts.lift_restriction(&anna).await.unwrap());
        accounts.leave(&anna).await.unwrap();
        for again in [
            accounts.stay(&anna, old.signed_in_at_ms).await.unwrap(),
            accounts.session_after(&anna, old.signed_in_at_ms).await.unwrap(),
        ] {
            let again = kit.studio.sessions().find(&again.token).await.unwrap().unwrap();
            assert_eq!(again.signed_in_at_ms, old.signed_in_at_ms);
            assert_eq!(kit.studio.exports().link(&again), None);
        }
        accounts.set_password(&kit.session(&anna).await, "four quiet words here").await.unwrap();
        assert_eq!(last_mail(kit).await.0, "password-set");
    });
}

#[test]
fn passwords_are_throttled_per_address_and_per_client() {
    on_both(async |kit| {
        let anna = kit.account("anna@example.org").await;
        let accounts = kit.studio.accounts();
        accounts.set_password(&kit.session(&anna).await, "four quiet words here").await.unwrap();
        let sign_in = async |password: &str, client: &Client| {
            accounts.sign_in("anna@example.org", password, client).await
        };
        let (stranger, here) = (Client("stranger".into()), Client("here".into()));
        let right = async || sign_in("four quiet words here", &here).await;
        right().await.unwrap();
        for _ in 0..10 {
            assert_eq!(sign_in("wrong", &stranger).await.unwrap_err().code(), "sign-in-wrong");
        }
        let late = sign_in("four quiet words here", &stranger).await.unwrap_err();
        assert_eq!((late.code(), late.retry_after_s()), ("too-many-sign-ins", Some(15 * 60)));
        right().await.expect("who tries in vain keeps nobody else out");
        // From very many places at once, it is the address that is protected.
        for _ in 0..100 {
            assert_eq!(sign_in("wrong", &kit.client()).await.unwrap_err().code(), "sign-in-wrong");
        }
        assert_eq!(right().await.unwrap_err().code(), "too-many-sign-ins");
        accounts.send_link("anna@example.org", "en", &kit.client()).await.expect("the mail is the way out");
        kit.clock.advance(15 * MINUTE_MS);
        right().await.expect("the window is over, and it starts from none");

        let client = Client("one".into());
        let mut tries = 0;
        let error = loop {
            let error = accounts.sign_in(&format!("{tries}@example.org"), "x", &client).await.unwrap_err();
            tries += 1;
            if error.code() != "sign-in-wrong" {
                break error;
            }
        };
        assert_eq!((error.class(), tries), (Class::TooMany, 51));
    });
}

#[test]
fn a_letter_box_is_not_flooded() {
    on_both(async |kit| {
        let accounts = kit.studio.accounts();
        let stranger = Client("stranger".into());
        for _ in 0..4 {
            accounts.send_link("victim@example.org", "en", &stranger).await.unwrap();
        }
        let mails = kit.rows("mails").await;
        for sign_up in [true, false] {
            let error = match sign_up {
                true => accounts.sign_up(sign_up_form("Victim@example.org"), &stranger).await,
                false => accounts.send_link("victim@example.org", "en", &stranger).await,
            };
            assert_eq!(error.unwrap_err().code(), "too-many-links");
        }
        assert_eq!(kit.rows("mails").await, mails);
        accounts.send_link("other@example.org", "en", &stranger).await.unwrap();
        // Whose box it is gets in all the same; from everywhere together there is an end to it.
        for _ in 4..50 {
            accounts.send_link("victim@example.org", "en", &kit.client()).await.unwrap();
        }
        let error = accounts.send_link("victim@example.org", "en", &kit.client()).await.unwrap_err();
        assert_eq!(error.code(), "too-many-links");
    });
}

#[test]
fn what_was_not_confirmed_is_forgotten() {
    on_both(async |kit| {
        let anna = kit.account("anna@example.org").await;
        let accounts = kit.studio.accounts();
        accounts.sign_up(sign_up_form("ben@example.org"), &kit.client()).await.unwrap();
        accounts.send_link("carla@example.org", "en", &kit.client()).await.unwrap();
        assert_eq!(kit.rows("accounts").await, 3);
        kit.clock.advance(DAY_MS - 1);
        kit.studio.tidy().await.unwrap();
        assert_eq!(kit.rows("accounts").await, 3, "one millisecond before the day is over");
        kit.clock.advance(MINUTE_MS * 31);
        kit.studio.tidy().await.unwrap();
        assert_eq!(kit.rows("accounts").await, 1);
        assert_eq!(kit.rows("links").await, 0);
        assert_eq!(kit.rows("mails").await, 1, "their mails went with them");
        accounts.get(&anna).await.unwrap();
    });
}

#[test]
fn bad_input_is_refused_in_words() {
    on_both(async |kit| {
        let accounts = kit.studio.accounts();
        let code = async |form: SignUp| accounts.sign_up(form, &kit.client()).await.unwrap_err().code();
        assert_eq!(code(sign_up_form("anna")).await, "email-invalid");
        assert_eq!(code(with_password("a@example.org", "short")).await, "password-short");
        assert_eq!(code(with_password("a@example.org", &"x".repeat(201))).await, "password-long");
        let empty = with_password("a@example.org", "");
        assert!(accounts.sign_up(empty, &kit.client()).await.is_ok(), "an empty field is no password");
        let unknown = AccountId::stored(kit.studio.new_id());
        assert_eq!(accounts.get(&unknown).await.unwrap_err().class(), Class::NotFound);
    });
}
