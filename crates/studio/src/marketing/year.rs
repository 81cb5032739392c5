//! A year of marketing under a moved clock: people of many countries and of every choice, campaigns, hourly jobs. What
//! was handed over is checked afterwards against what each of them did, by a rule that is written here a second time and
//! calls nothing of the program's.
//!
//! `MINISTUDIO_SOAK_YEAR` says how many people; in the daily run they are few.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use policy::{Country, Mailing, Subject};
use processors::{Letter, Post, PostError};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;

use super::{CampaignState, Draft, Method, PACES, Segment, Words, rows};
use crate::AccountId;
use crate::accounts::SignUp;
use crate::accounts::rows::accounts;
use crate::clock::{DAY_MS, HOUR_MS};
use crate::db::testing::{Kit, NOON_MS, code_in, on_sqlite_with, sign_up_form};
use crate::erasure::Reason;
use crate::mail::{State, rows as mails};
use crate::orders::OrderState;
use crate::orders::rows::{charges, orders};

/// People in the daily run.
const PEOPLE: usize = 60;
/// When something happens on each day, in hours of UTC: it is day in Asia, in Europe, where nobody knows, in America;
/// and night in some of them each time.
const HOURS: [i64; 4] = [1, 9, 16, 19];

/// The law and the clocks, by hand: whether agreeing takes a second step, whether customers may be written to, and how
/// many hours clocks are ahead of UTC at the least and at the most.
fn law(country: Option<&str>) -> (bool, bool, [i64; 2]) {
    match country {
        Some("DE" | "AT" | "CH") => (true, true, [1, 2]),
        Some("FR" | "IT" | "NL" | "SE") => (false, true, [1, 2]),
        Some("PL") => (false, false, [1, 2]),
        Some("GB" | "IE") => (false, true, [0, 1]),
        Some("ES") => (false, true, [0, 2]),
        Some("FI" | "GR") => (false, true, [2, 3]),
        Some("US") => (false, true, [-10, -4]),
        Some("AU") => (false, true, [8, 11]),
        Some("JP") => (true, false, [9, 9]),
        Some("BR") => (true, false, [-5, -2]),
        Some("IN") => (true, false, [5, 6]),
        None => (true, false, [-8, 2]),
        Some(other) => panic!("what is the law in {other}?"),
    }
}

const COUNTRIES: [Option<&str>; 19] = [
    Some("DE"),
    Some("AT"),
    Some("CH"),
    Some("FR"),
    Some("IT"),
    Some("NL"),
    Some("SE"),
    Some("PL"),
    Some("GB"),
    Some("IE"),
    Some("ES"),
    Some("FI"),
    Some("GR"),
    Some("US"),
    Some("AU"),
    Some("JP"),
    Some("BR"),
    Some("IN"),
    None,
];

/// Countries of the same law, for the table.
fn group(country: Option<&str>) -> &'static str {
    match law(country) {
        (true, true, _) => "to be confirmed, customers",
        (false, true, _) => "one act, customers",
        (false, false, _) => "one act",
        (true, false, _) => "to be confirmed",
    }
}

/// What somebody did, or got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Did {
    SignedUp,
    TickedAtSignUp,
    Ticked,
    Confirmed,
    ToldAsCustomer,
    Bought,
    Stopped,
    Complained,
    /// A mail to them came back.
    Bounced,
    Left,
    Stayed,
    Erased,
    Got(Mailing, &'static str),
}

struct Person {
    email: String,
    country: Option<&'static str>,
    language: &'static str,
    account: Option<AccountId>,
    leaving: bool,
    history: Vec<(i64, Did)>,
}

impl Person {
    fn country(&self) -> Option<Country> {
        self.country.and_then(Country::parse)
    }
}

/// What somebody's history comes to.
#[derive(Debug, Default)]
struct Known {
    account: bool,
    left: bool,
    acted: bool,
    ticked: bool,
    confirmed: bool,
    stopped: bool,
    /// Nothing goes to the address until they agree afresh.
    refused: bool,
    bought: bool,
    last_got_ms: Option<i64>,
    called_back: bool,
}

impl Known {
    fn stop(&mut self) {
        (self.acted, self.ticked, self.confirmed) = (true, false, false);
        (self.stopped, self.refused) = (true, true);
    }

    fn take(&mut self, did: Did) {
        match did {
            Did::SignedUp => self.account = true,
            Did::TickedAtSignUp => (self.acted, self.ticked) = (true, true),
            // Who has confirmed it cannot agree to more, unless nothing goes to their address.
            Did::Ticked if !self.confirmed || self.refused => {
                (self.acted, self.ticked, self.confirmed) = (true, true, false);
                (self.stopped, self.refused) = (false, false);
            }
            Did::Confirmed if self.ticked && !self.confirmed => {
                (self.confirmed, self.refused) = (true, false);
            }
            Did::ToldAsCustomer => self.acted = true,
            Did::Bought => self.bought = true,
            Did::Stopped | Did::Complained => self.stop(),
            Did::Bounced => self.refused = true,
            Did::Left => self.left = true,
            Did::Stayed => self.left = false,
            // Of an address that was refused this much is remembered.
            Did::Erased => *self = Self { refused: self.refused, ..Self::default() },
            Did::Ticked | Did::Confirmed | Did::Got(..) => {}
        }
    }

    /// Whether a mail that says it rests on this ground may go to them.
    fn allows(&self, ground: &str, country: Option<&str>) -> bool {
        let (confirm, customers, _) = law(country);
        if !self.account || self.left || self.stopped || self.refused {
            return false;
        }
        match ground {
            "consent" => self.confirmed || (self.ticked && !confirm),
            "customer" => self.bought && self.acted && customers,
            other => panic!("the ground {other}"),
        }
    }
}

/// Everything that somebody got must have been allowed when it went.
fn check(person: &Person) {
    let mut known = Known::default();
    for (at_ms, did) in &person.history {
        known.take(*did);
        let Did::Got(mailing, ground) = did else { continue };
        let what = format!("{mailing:?} to {} ({:?}) on {ground}: {known:?}", person.email, person.country);
        assert!(known.allows(ground, person.country), "{what}");
        let since_ms = known.last_got_ms.map_or(i64::MAX, |last_ms| at_ms - last_ms);
        assert!(since_ms >= 7 * DAY_MS, "{since_ms} ms after the last one: {what}");
        known.last_got_ms = Some(*at_ms);
        for ahead in law(person.country).2 {
            let hour = (at_ms / HOUR_MS + ahead).rem_euclid(24);
            assert!((8..20).contains(&hour), "at {hour} o'clock: {what}");
        }
        if *mailing == Mailing::ReEngagement {
            assert!(!known.called_back, "a second time: {what}");
            known.called_back = true;
        }
    }
}

/// A mail as it was handed over.
struct Handed {
    id: String,
    to: String,
    advertises: bool,
    taken: bool,
}

/// Takes every mail, but for addresses where nobody is.
#[derive(Default)]
struct Recording {
    handed: Mutex<Vec<Handed>>,
    gone: Mutex<BTreeSet<String>>,
}

impl Post for Recording {
    fn deliver<'a>(&'a self, letter: Letter<'a>) -> BoxFuture<'a, std::result::Result<(), PostError>> {
        let taken = !self.gone.lock().unwrap().contains(letter.to);
        self.handed.lock().unwrap().push(Handed {
            id: letter.id.to_owned(),
            to: letter.to.to_owned(),
            advertises: letter.unsubscribe.is_some(),
            taken,
        });
        Box::pin(async move {
            if taken { Ok(()) } else { Err(PostError::NoSuchAddress("nobody is there".into())) }
        })
    }

    fn is_local(&self) -> bool {
        true
    }
}

/// A repeatable row of numbers (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

struct Year<'a> {
    kit: &'a Kit,
    post: Arc<Recording>,
    dice: Dice,
    people: Vec<Person>,
    wording: String,
    /// How many mails went: by kind, ground and group of countries.
    sent: BTreeMap<(String, &'static str, &'static str), u64>,
}

impl Year<'_> {
    fn note(&mut self, person: usize, did: Did) {
        let at_ms = self.kit.studio.now_ms();
        self.people[person].history.push((at_ms, did));
    }

    /// Somebody does something.
    async fn act(&mut self) {
        let (person, roll) = (self.dice.below(self.people.len()), self.dice.below(100));
        let Some(account) = self.people[person].account.clone() else { return self.sign_up(person).await };
        let kit = self.kit;
        let (studio, marketing) = (&kit.studio, kit.studio.marketing());
        if self.people[person].leaving {
            match studio.accounts().stay(&account, studio.now_ms()).await {
                Ok(_) => self.note(person, Did::Stayed),
                // The days of grace were over.
                Err(error) => {
                    assert_eq!(error.code(), "account-not-found");
                    self.people[person].account = None;
                    self.note(person, Did::Erased);
                }
            }
            self.people[person].leaving = false;
            return;
        }
        let (token, country) = (marketing.token(&account), self.people[person].country());
        match roll {
            0..15 => {
                let method = if self.dice.one_in(2) { Method::Settings } else { Method::Checkout };
                marketing.subscribe(&account, method, &self.wording, country).await.unwrap();
                self.note(person, Did::Ticked);
            }
            15..30 => {
                marketing.confirm_by_link(&token).await.unwrap();
                self.note(person, Did::Confirmed);
            }
            30..45 => self.buy(person, &account).await,
            45..58 => drop(studio.orders().begin(&account, "tiny", "en").await.unwrap()),
            58..61 => {
                if let Some(draft) = studio.orders().draft_of(&account, "tiny").await.unwrap() {
                    studio.orders().discard(&account, &draft.id).await.unwrap();
                }
            }
            61..70 => {
                let seen = accounts::Entity::update_many()
                    .col_expr(accounts::Column::SeenAtMs, Expr::value(studio.now_ms()))
                    .filter(accounts::Column::Id.eq(account.as_str()));
                seen.exec(studio.db().write()).await.unwrap();
            }
            70..76 => {
                match self.dice.below(4) {
                    0 => marketing.stop(&account, Method::Settings).await.unwrap(),
                    1 => marketing.stop(&account, Method::ListService).await.unwrap(),
                    2 => marketing.stop_by_link(&token, Method::MailLink).await.unwrap(),
                    _ => marketing.stop_by_link(&token, Method::OneClick).await.unwrap(),
                }
                self.note(person, Did::Stopped);
            }
            76..78 => {
                let tx = studio.db().begin().await.unwrap();
                let email = self.people[person].email.clone();
                marketing.complained(&tx, Some(&account), &email).await.unwrap();
                tx.commit().await.unwrap();
                self.note(person, Did::Complained);
            }
            78..82 => {
                let email = self.people[person].email.clone();
                let mut gone = self.post.gone.lock().unwrap();
                if !gone.remove(&email) {
                    gone.insert(email);
                }
            }
            82..84 => {
                studio.accounts().leave(&account).await.unwrap();
                self.people[person].leaving = true;
                self.note(person, Did::Left);
            }
            84..87 => {
                studio.erasures().erase(&account, Reason::Owner).await.unwrap();
                self.people[person].account = None;
                self.note(person, Did::Erased);
            }
            _ => {}
        }
    }

    async fn sign_up(&mut self, person: usize) {
        let (kit, ticks) = (self.kit, self.dice.one_in(3));
        let who = &self.people[person];
        let form = SignUp {
            marketing: ticks.then(|| self.wording.clone()),
            country: who.country(),
            language: who.language.into(),
            ..sign_up_form(&who.email)
        };
        let accounts = kit.studio.accounts();
        let waiting = accounts.sign_up(form, &kit.client()).await.unwrap();
        let mail = kit.studio.mail().list(1).await.unwrap().remove(0);
        let code = code_in(&mail.letter.text);
        let signed_in = accounts.enter_code(&waiting.secret, &code, &kit.client()).await.unwrap();
        self.people[person].account = Some(signed_in.account);
        self.note(person, Did::SignedUp);
        if ticks {
            self.note(person, Did::TickedAtSignUp);
            self.note(person, Did::Confirmed);
        }
    }

    /// Buys a film; told of such mail at the till where that is the law, some object there.
    async fn buy(&mut self, person: usize, account: &AccountId) {
        let kit = self.kit;
        let (studio, now) = (&kit.studio, kit.studio.now_ms());
        let order = studio.orders().begin(account, "tiny", "en").await.unwrap().id;
        orders::Entity::update_many()
            .col_expr(orders::Column::State, Expr::value(OrderState::Done))
            .col_expr(orders::Column::OpenKey, Expr::value(None::<String>))
            .col_expr(orders::Column::PaidAtMs, Expr::value(Some(now)))
            .filter(orders::Column::Id.eq(order.as_str()))
            .exec(studio.db().write())
            .await
            .unwrap();
        let charge = charges::ActiveModel {
            id: Set(studio.new_id()),
            order_id: Set(order.to_string()),
            pay_key: Set(studio.new_id()),
            till: Set("test".into()),
            reference: Set("test".into()),
            cents: Set(100),
            currency: Set("USD".into()),
            charged_at_ms: Set(now),
            refunded_at_ms: Set(None),
        };
        charges::Entity::insert(charge).exec_without_returning(studio.db().write()).await.unwrap();
        self.note(person, Did::Bought);
        let country = self.people[person].country();
        if !studio.marketing().tells_customers(country) {
            return;
        }
        if self.dice.one_in(4) {
            studio.marketing().stop(account, Method::Checkout).await.unwrap();
            self.note(person, Did::Stopped);
        } else {
            studio.marketing().told_customer(account, country).await.unwrap();
            self.note(person, Did::ToldAsCustomer);
        }
    }

    /// The operator begins a campaign, holds one up, lets it go on or stops it.
    async fn campaigns(&mut self, day: i64) {
        let kit = self.kit;
        let marketing = kit.studio.marketing();
        if day % 16 == 3 {
            let mailing = if day % 32 == 3 { Mailing::ProductUpdate } else { Mailing::SpecialOffer };
            let words = Words { subject: "News".into(), text: "A new film.".into() };
            let segment = match self.dice.below(5) {
                0 => Segment { bought: Some(true), ..Segment::default() },
                1 => Segment { language: Some("de".into()), ..Segment::default() },
                2 => Segment { quiet_days: Some(20), ..Segment::default() },
                _ => Segment::default(),
            };
            let words = BTreeMap::from([("en".to_owned(), words)]);
            let draft = Draft { mailing, words, link: "/films".into(), segment, per_hour: PACES[3] };
            let campaign = marketing.draft(draft).await.unwrap();
            marketing.start(&campaign).await.unwrap();
        }
        for campaign in marketing.campaigns().await.unwrap() {
            match campaign.state {
                CampaignState::Paused => marketing.resume(&campaign.id).await.unwrap(),
                CampaignState::Sending if self.dice.one_in(12) => {
                    marketing.pause(&campaign.id).await.unwrap()
                }
                CampaignState::Sending if self.dice.one_in(25) => {
                    marketing.call_off(&campaign.id).await.unwrap();
                }
                _ => {}
            }
        }
    }

    /// Hands over whatever is due, and notes who got what.
    async fn deliver(&mut self) {
        let kit = self.kit;
        let studio = &kit.studio;
        loop {
            let due = mails::Entity::find()
                .filter(mails::Column::State.eq(State::Waiting))
                .filter(mails::Column::DueAtMs.lte(studio.now_ms()));
            if due.count(studio.db().read()).await.unwrap() == 0 {
                break;
            }
            studio.mail().deliver().await.unwrap();
        }
        let service = mails::Entity::find()
            .filter(mails::Column::State.eq(State::Waiting))
            .filter(mails::Column::Kind.is_not_in(Mailing::ALL.map(Mailing::word)));
        assert_eq!(service.count(studio.db().read()).await.unwrap(), 0, "the service waits for nothing");
        let handed = std::mem::take(&mut *self.post.handed.lock().unwrap());
        for mail in handed {
            let person = self.people.iter().position(|person| person.email == mail.to).unwrap();
            if !mail.taken {
                self.note(person, Did::Bounced);
                continue;
            }
            let row = mails::Entity::find_by_id(mail.id.as_str()).one(studio.db().read()).await;
            let kind = row.unwrap().expect("it was handed over just now").kind;
            let mailing = super::send::mailing_of(&kind);
            assert_eq!(mailing.is_some(), mail.advertises, "{kind}: what advertises can be stopped");
            let ground = match mailing {
                Some(mailing) => {
                    let ground = self.ground_of(&mail.id).await;
                    self.note(person, Did::Got(mailing, ground));
                    ground
                }
                None => "service",
            };
            let group = group(self.people[person].country);
            *self.sent.entry((kind, ground, group)).or_default() += 1;
        }
    }

    async fn ground_of(&self, mail: &str) -> &'static str {
        let by_mail = rows::mailings::Column::MailId.eq(mail);
        let row = rows::mailings::Entity::find().filter(by_mail).one(self.kit.studio.db().read()).await;
        match row.unwrap().expect("what advertises is noted").ground.as_str() {
            "consent" => "consent",
            "customer" => "customer",
            other => panic!("the ground {other}"),
        }
    }

    async fn live(&mut self) {
        let at_once = self.people.len().div_ceil(PEOPLE);
        for day in 0..365 {
            for hour in HOURS {
                let now_ms = NOON_MS + (day + 1) * DAY_MS + (hour - 12) * HOUR_MS;
                self.kit.clock.advance(now_ms - self.kit.studio.now_ms());
                for _ in 0..at_once {
                    self.act().await;
                }
                if hour == HOURS[1] {
                    self.campaigns(day).await;
                }
                self.kit.studio.marketing().send_due().await.unwrap();
                // Between the writing and the going somebody changes their mind.
                for _ in 0..at_once {
                    self.act().await;
                }
                self.deliver().await;
            }
            if day % 7 == 0 {
                self.kit.studio.tidy().await.unwrap();
            }
        }
    }

    fn print(&self) {
        eprintln!("{:20} {:10} {:28} {:>8}", "mail", "ground", "countries", "sent");
        for ((kind, ground, group), sent) in &self.sent {
            eprintln!("{kind:20} {ground:10} {group:28} {sent:>8}");
        }
    }
}

#[test]
fn proves_s3_3_s4_3_s5_10_in_a_year_nobody_gets_what_they_should_not() {
    let people: usize =
        std::env::var("MINISTUDIO_SOAK_YEAR").map_or(PEOPLE, |people| people.parse().expect("a number"));
    let post = Arc::new(Recording::default());
    let ours = Arc::clone(&post);
    on_sqlite_with(
        move |outside| outside.post = Arc::clone(&post) as Arc<dyn Post>,
        async |kit| {
            let languages = policy::LANGUAGES;
            let person = |number: usize| Person {
                email: format!("p{number}@example.org"),
                country: COUNTRIES[number % COUNTRIES.len()],
                language: languages[number % languages.len()],
                account: None,
                leaving: false,
                history: Vec::new(),
            };
            let mut year = Year {
                kit,
                post: Arc::clone(&ours),
                dice: Dice(0x9e37_79b9_7f4a_7c15),
                people: (0..people).map(person).collect(),
                wording: kit.studio.policy().wording(Subject::Marketing).version.clone(),
                sent: BTreeMap::new(),
            };
            year.live().await;
            year.print();
            year.people.iter().for_each(check);
            // It tells nothing if nothing went.
            for mailing in Mailing::ALL {
                let sent = year.sent.iter().filter(|((kind, ..), _)| kind == mailing.word());
                assert!(sent.map(|(_, sent)| sent).sum::<u64>() > 0, "no {mailing:?} went");
            }
            for ground in ["consent", "customer", "service"] {
                assert!(year.sent.keys().any(|(_, found, _)| *found == ground), "nothing went on {ground}");
            }
        },
    );
}

#[test]
fn the_check_finds_what_should_not_have_gone() {
    let morning_ms = NOON_MS - 3 * HOUR_MS;
    let with = |history: &[(i64, Did)]| {
        let history = history.iter().map(|(days, did)| (morning_ms + days * DAY_MS, *did)).collect();
        let (email, language) = ("a@example.org".to_owned(), "en");
        Person { email, country: Some("FR"), language, account: None, leaving: false, history }
    };
    let got = Did::Got(Mailing::ProductUpdate, "consent");
    let agreed = [(0, Did::SignedUp), (0, Did::Ticked)];
    check(&with(&[agreed[0], agreed[1], (1, got), (8, got)]));
    for wrong in [
        vec![agreed[0], (1, got)],
        vec![agreed[0], agreed[1], (1, Did::Stopped), (2, got)],
        vec![agreed[0], agreed[1], (1, got), (7, got)],
        vec![agreed[0], agreed[1], (1, Did::Bounced), (2, got)],
        vec![agreed[0], (0, Did::Bought), (0, Did::ToldAsCustomer), (1, got)],
        vec![agreed[0], agreed[1], (1, Did::Stopped), (2, Did::Erased), (3, Did::SignedUp), (4, got)],
    ] {
        let told = std::panic::catch_unwind(|| check(&with(&wrong)));
        assert!(told.is_err(), "{wrong:?}");
    }
}
