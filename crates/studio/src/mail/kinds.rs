//! The kinds of mail in every language, as they are really written: what each says is a snapshot, one file a language.
//! With `MINISTUDIO_MAILS` naming a folder, each is put there as HTML too, for pictures (`cargo xtask shots`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use policy::{Country, LANGUAGES, Mailing, Subject};

use super::Letter;
use crate::AccountId;
use crate::accounts::SignUp;
use crate::clock::DAY_MS;
use crate::db::testing::{Kit, code_in, on_sqlite_with, sign_up_form};
use crate::enquiries::{Kind, NewEnquiry};
use crate::films::testing::{Counting, paid};
use crate::gifts::NewGift;
use crate::jobs;
use crate::marketing::{Draft, Method, PACES, Segment, Words};
use crate::orders::OrderId;
use crate::orders::letters::{Back, given_back, refunded};
use crate::till::Outcome;

/// The first mail of each kind, by language and kind.
type Found = BTreeMap<&'static str, BTreeMap<String, Letter>>;

/// Which language a mail is in says its address: `anna-de@example.org`.
async fn collect(kit: &Kit, found: &mut Found) {
    let mut mails = kit.studio.mail().list(10_000).await.unwrap();
    mails.reverse();
    for mail in mails {
        let is_in = |code: &&str| mail.letter.to.ends_with(&format!("-{code}@example.org"));
        // Those to ourselves are in English alone.
        let Some(language) = LANGUAGES.into_iter().find(is_in) else { continue };
        found.entry(language).or_default().entry(mail.kind).or_insert(mail.letter);
    }
}

async fn sign_up(kit: &Kit, name: &str, language: &str, news: Option<Country>) -> AccountId {
    let accounts = kit.studio.accounts();
    let form = || SignUp {
        marketing: news.map(|_| "marketing-1".into()),
        country: news,
        language: language.into(),
        ..sign_up_form(&format!("{name}-{language}@example.org"))
    };
    let waiting = accounts.sign_up(form(), &kit.client()).await.unwrap();
    let code = code_in(&kit.studio.mail().list(1).await.unwrap()[0].letter.text);
    let account = accounts.enter_code(&waiting.secret, &code, &kit.client()).await.unwrap().account;
    accounts.sign_up(form(), &kit.client()).await.unwrap();
    account
}

/// The token in the first mail of a kind, which leads to an account's address.
fn token(found: &Found, language: &str, kind: &str) -> String {
    let text = &found[language][kind].text;
    let (_, rest) = text.split_once("/account/address/").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

/// Mails whose cause is a service, a browser or a failure that is not here: their words, as they are written there.
async fn write_all(kit: &Kit, account: &AccountId, order: &OrderId, language: &str) {
    let studio = &kit.studio;
    let mut next = (**studio.policy()).clone();
    next.effective = policy::Date::parse("2026-07-01").unwrap();
    next.wordings.retain(|wording| wording.subject != Subject::Cookies);
    let messages = [
        refunded(studio, account, "tiny", order, Back::Money).await.unwrap(),
        given_back(studio, account, "tiny", order, Back::Money).await.unwrap(),
        crate::accounts::passkeys::letter::letter(language),
        crate::accounts::people::letter::linked(language, "Example Sign-in"),
        crate::conversations::letter::letter(language),
        crate::looks::letter::letter(language, "The parent wrote that the face is cut off."),
        crate::notices::message(studio.policy(), &next, language).unwrap(),
    ];
    let tx = studio.db().begin().await.unwrap();
    for message in &messages {
        studio.mail().write(&tx, account, message).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// A gift: bought, sent to somebody, taken back.
async fn give(kit: &Kit, account: &AccountId, language: &str, found: &mut Found) {
    let (studio, gifts) = (&kit.studio, kit.studio.gifts());
    let message = "For the bravest of all snails.\nSee you soon!".into();
    let new = NewGift { film: Some("tiny".into()), giver: "Anna".into(), message };
    let gift = gifts.begin(account, &new).await.unwrap();
    let pay_key = gifts.find(account, &gift).await.unwrap().pay_key;
    gifts.pay(account, &gift, &pay_key, Outcome::Pay).await.unwrap();
    let wording = studio.policy().wording(Subject::Gift).version.clone();
    let to = format!("carla-{language}@example.org");
    gifts.send(account, &gift, &to, Some(&wording), None).await.unwrap();
    // A mail that waits goes with the pass.
    collect(kit, found).await;
    gifts.withdraw(account, &gift).await.unwrap();
}

/// What brings the mails about, for somebody of each language.
async fn live(kit: &Kit, language: &'static str, found: &mut Found) {
    let (studio, marketing) = (&kit.studio, kit.studio.marketing());
    let accounts = studio.accounts();
    let anna = sign_up(kit, "anna", language, Country::parse("FR")).await;
    let ben = sign_up(kit, "ben", language, None).await;
    for name in ["anna", "nobody"] {
        accounts.send_link(&format!("{name}-{language}@example.org"), language, &kit.client()).await.unwrap();
    }
    marketing.subscribe(&ben, Method::Settings, "marketing-1", Country::parse("DE")).await.unwrap();
    accounts.set_password(&kit.session(&ben).await, "four quiet words here").await.unwrap();
    accounts.ask_for_address(&ben, &format!("anna-{language}@example.org")).await.unwrap();
    accounts.ask_for_address(&anna, &format!("anna2-{language}@example.org")).await.unwrap();
    accounts.restrict(&ben).await.unwrap();
    collect(kit, found).await;
    accounts.lift_restriction(&ben).await.unwrap();

    for (kind, answered) in [(Kind::Privacy, false), (Kind::Question, true)] {
        let email = format!("carla-{language}@example.org");
        let new = NewEnquiry { email, kind, message: "How?".into(), language: language.into() };
        let case = studio.enquiries().ask(new, &kit.client()).await.unwrap().id;
        if answered {
            studio.enquiries().answer(&kit.operator(), &case, "Like this.").await.unwrap();
        } else {
            studio.enquiries().ask_whose(&kit.operator(), &case).await.unwrap();
        }
    }
    let (order, _) = paid(kit, &anna).await;
    jobs::testing::run_all(studio).await.unwrap();
    write_all(kit, &anna, &order, language).await;
    give(kit, &anna, language, found).await;
    collect(kit, found).await;

    studio.orders().begin(&anna, "tiny", "en").await.unwrap();
    kit.clock.advance(DAY_MS);
    marketing.send_due().await.unwrap();
    for mailing in [Mailing::ProductUpdate, Mailing::SpecialOffer] {
        kit.clock.advance(8 * DAY_MS);
        let words = Words { subject: "Two new films".into(), text: "A train.\n\nA parade.".into() };
        let words = LANGUAGES.map(|code| (code.to_owned(), words.clone()));
        let draft = Draft {
            mailing,
            words: BTreeMap::from(words),
            link: "/films".into(),
            segment: Segment { language: Some(language.into()), ..Segment::default() },
            per_hour: PACES[0],
        };
        let campaign = marketing.draft(draft).await.unwrap();
        marketing.start(&campaign).await.unwrap();
        marketing.send_due().await.unwrap();
    }
    accounts.leave(&ben).await.unwrap();
    kit.clock.advance(24 * DAY_MS);
    collect(kit, found).await;
    studio.tidy().await.unwrap();
    kit.clock.advance(40 * DAY_MS);
    marketing.send_due().await.unwrap();
    collect(kit, found).await;
    // Both ends confirm a new address.
    accounts.ask_for_address(&anna, &format!("anna3-{language}@example.org")).await.unwrap();
    let mut newest = Found::new();
    let mut mails = studio.mail().list(20).await.unwrap();
    mails.retain(|mail| mail.kind.starts_with("address-"));
    for mail in mails {
        newest.entry(language).or_default().entry(mail.kind).or_insert(mail.letter);
    }
    for kind in ["address-old", "address-new"] {
        accounts.confirm_address(&token(&newest, language, kind)).await.unwrap();
    }
    collect(kit, found).await;
}

/// The text without what differs from run to run: tokens, ids, codes.
fn masked(text: &str) -> String {
    let is_random = |part: &str| {
        part.len() >= 20 && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    // An id that stands at the end of a sentence.
    let is_id =
        |word: &str| word.len() == 26 && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let words = |part: &str| {
        part.split(' ').map(|word| if is_id(word) { "…" } else { word }).collect::<Vec<_>>().join(" ")
    };
    let is_code = |line: &str| line.len() == 7 && line.chars().all(|c| c.is_ascii_digit() || c == ' ');
    let lines = text.lines().map(|line| match is_code(line) {
        true => "000 000".to_owned(),
        false => {
            let parts = line.split('/').map(|part| if is_random(part) { "…".into() } else { words(part) });
            parts.collect::<Vec<_>>().join("/")
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_kind_of_mail_says_what_it_should_in_every_language() {
    let folder = std::env::var_os("MINISTUDIO_MAILS").map(PathBuf::from);
    on_sqlite_with(
        |outside| outside.renderer = Arc::new(Arc::new(Counting::default())),
        async |kit| {
            let mut found = Found::new();
            for language in LANGUAGES {
                live(kit, language, &mut found).await;
            }
            let kinds = |language: &str| found[language].keys().map(String::as_str).collect::<BTreeSet<_>>();
            for kind in [
                "confirm-address",
                "film-ready",
                "film-refunded",
                "order-refunded",
                "enquiry-received",
                "passkey-added",
                "look-approved",
                "policy-changes",
                "gift-bought",
                "gift",
                "gift-returned",
            ] {
                assert!(kinds("en").contains(kind), "{kind}: {:?}", kinds("en"));
            }
            for mailing in Mailing::ALL {
                assert!(kinds("en").contains(mailing.word()), "{mailing:?}: {:?}", kinds("en"));
            }
            for (language, letters) in &found {
                assert_eq!(kinds(language), kinds("en"), "{language}");
                let mut said = String::new();
                // French sets these signs apart by a space that no line breaks at.
                let apart = [" ;", " :", " !", " ?", " »", "« "];
                for (kind, letter) in letters {
                    let (subject, text) = (&letter.subject, masked(&letter.text));
                    said += &format!("=== {kind}\n{subject}\n\n{text}\n\n");
                    let loose = apart.iter().find(|sign| subject.contains(**sign) || text.contains(**sign));
                    assert!(loose.is_none(), "{language} {kind}: {loose:?} can break in {text}");
                    let english = masked(&found["en"][kind].text);
                    assert!(*language == "en" || text != english, "{kind} is in English: {text}");
                    assert!(letter.html.contains(&format!("<html lang=\"{language}\"")), "{kind}");
                    if let Some(folder) = &folder {
                        std::fs::write(folder.join(format!("{kind}-{language}.html")), &letter.html).unwrap();
                    }
                }
                insta::assert_snapshot!(format!("mails_{language}"), said);
            }
        },
    );
}
