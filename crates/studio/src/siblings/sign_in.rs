//! Signing in: by our own mails, and by a service that knows people.

use std::cell::RefCell;
use std::collections::BTreeMap;

use emulators::clerk::Clerk;
use policy::ProcessorId;
use serde_json::json;

use super::{Emulated, Held, Role, SITE, erase, hours_pass, with_nobody, with_vendor};
use crate::Result;
use crate::accounts::{Brought, CameBack, Door, PersonSignUp, Return, SignUp, SignedIn, UNDER_AGE};
use crate::clock::{DAY_MS, MINUTE_MS, SECOND_MS};
use crate::db::testing::{Kit, code_in, sign_up_form};

const KEY: &str = "sk_test_emulated0123456789";
const HOOKS: &str = "whsec_ZW11bGF0b3ItZW11bGF0b3ItMDEyMzQ1Njc=";
/// Where a browser comes back to.
const BACK: &str = "https://films.example.org/sign-in/service/return";
const NOBODYS: &str = "the-secret-of-another-browser";

/// What differs between the doors.
trait Side {
    /// Somebody new shows that an address is theirs, and says of their age what they are asked.
    async fn signs_up(&self, kit: &Kit, email: &str, adult: Option<&str>) -> Result<SignedIn>;
    /// Somebody who has an account shows that its address is theirs.
    async fn comes(&self, kit: &Kit, email: &str) -> Result<SignedIn>;
    /// Whether somebody is let in who gives an address and does not show that it is theirs.
    async fn lets_in_unproven(&self, kit: &Kit, email: &str) -> bool;
    /// Whether another browser is let in than the one that asked, by what its owner showed.
    async fn lets_in_elsewhere(&self, kit: &Kit, email: &str) -> bool;
    /// Whether an address is known outside.
    fn knows(&self, email: &str) -> bool;
}

async fn hold(kit: &Kit, side: &impl Side, held: &Held<'_>) {
    let (anna, kid) = ("anna@example.org", "kid@example.org");

    held.to("nobody gets an account who does not say that they are an adult");
    for (said, code) in [(None, "adult-required"), (Some(UNDER_AGE), "under-age")] {
        assert_eq!(side.signs_up(kit, kid, said).await.unwrap_err().code(), code);
    }
    assert_eq!((kit.rows("accounts").await, kit.rows("sessions").await), (0, 0));

    held.to("an address that was shown to be theirs leads to the same account each time");
    let first = side.signs_up(kit, anna, Some("adult-1")).await.unwrap();
    assert!(first.is_new);
    let again = side.comes(kit, anna).await.unwrap();
    assert!(again.account == first.account && !again.is_new);

    held.to("also to an account that was made by another door, and however it is written");
    let ben = kit.account("ben@example.org").await;
    assert_eq!(side.comes(kit, "Ben@Example.org").await.unwrap().account, ben);
    assert_eq!(kit.rows("accounts WHERE state = 'active'").await, 2);

    held.to("an address that was not shown to be theirs opens nothing");
    let before = kit.rows("sessions").await;
    // Only so many mails may be asked for in a while.
    kit.clock.advance(20 * MINUTE_MS);
    assert!(!side.lets_in_unproven(kit, anna).await);

    held.to("what somebody showed lets in no other browser than the one that asked");
    assert!(!side.lets_in_elsewhere(kit, anna).await);
    assert_eq!(kit.rows("sessions").await, before);

    held.to("who signs out is out, in that browser alone");
    let sessions = kit.studio.sessions();
    let is_in = async |who: &SignedIn| sessions.find(&who.session.token).await.unwrap().is_some();
    assert!(is_in(&first).await && is_in(&again).await);
    sessions.end(&again.session.token).await.unwrap();
    assert!(is_in(&first).await && !is_in(&again).await);

    held.to("who left is forgotten on either side, and would begin anew");
    erase(kit, &first.account, |_| ()).await;
    kit.clock.advance(DAY_MS);
    hours_pass(kit, |_| ()).await;
    assert!(!side.knows(anna) && !side.knows(kid));
    let anew = side.signs_up(kit, anna, Some("adult-1")).await.unwrap();
    assert!(anew.is_new && anew.account != first.account);
}

struct ByMail;

impl ByMail {
    /// The code in the last mail, which only the owner of its address reads.
    async fn code(&self, kit: &Kit) -> String {
        code_in(&kit.studio.mail().list(1).await.unwrap()[0].letter.text)
    }

    /// Asks for a mail; what the browser keeps that asked.
    async fn asks(&self, kit: &Kit, email: &str) -> Result<String> {
        Ok(kit.studio.accounts().send_link(email, "en", &kit.client()).await?.secret)
    }

    async fn enters(&self, kit: &Kit, secret: &str, code: &str) -> Result<SignedIn> {
        kit.studio.accounts().enter_code(secret, code, &kit.client()).await
    }
}

impl Side for ByMail {
    async fn signs_up(&self, kit: &Kit, email: &str, adult: Option<&str>) -> Result<SignedIn> {
        let form = SignUp { adult: adult.map(str::to_owned), ..sign_up_form(email) };
        let waiting = kit.studio.accounts().sign_up(form, &kit.client()).await?;
        self.enters(kit, &waiting.secret, &self.code(kit).await).await
    }

    async fn comes(&self, kit: &Kit, email: &str) -> Result<SignedIn> {
        let secret = self.asks(kit, email).await?;
        self.enters(kit, &secret, &self.code(kit).await).await
    }

    async fn lets_in_unproven(&self, kit: &Kit, email: &str) -> bool {
        let secret = self.asks(kit, email).await.unwrap();
        let code: u32 = self.code(kit).await.parse().unwrap();
        self.enters(kit, &secret, &format!("{:06}", (code + 1) % 1_000_000)).await.is_ok()
    }

    async fn lets_in_elsewhere(&self, kit: &Kit, email: &str) -> bool {
        self.asks(kit, email).await.unwrap();
        self.enters(kit, NOBODYS, &self.code(kit).await).await.is_ok()
    }

    fn knows(&self, _: &str) -> bool {
        false
    }
}

struct ByService<'a> {
    clerk: &'a Clerk,
    /// Its users by their addresses.
    users: RefCell<BTreeMap<String, String>>,
}

impl ByService<'_> {
    /// The user with an address, who is made when there is none.
    fn user(&self, kit: &Kit, email: &str) -> String {
        let known = self.users.borrow().get(&email.to_lowercase()).cloned();
        known.filter(|user| self.clerk.user(user).is_some()).unwrap_or_else(|| {
            let user = self.clerk.sign_up(email, "Parent", "One", kit.studio.now_ms() / SECOND_MS);
            self.users.borrow_mut().insert(email.to_lowercase(), user.clone());
            user
        })
    }

    /// A browser is sent to the service and comes back as one of its users, with a secret of its own or another's.
    async fn back_as(&self, kit: &Kit, user: &str, other: Option<&str>) -> Result<CameBack> {
        let (accounts, client) = (kit.studio.accounts(), kit.client());
        let sent = accounts.go_to_service(Door::SignIn, BACK, &client).await?;
        let (_, state) = sent.to.rsplit_once("%3Fstate%3D").expect("what it is known by");
        let session = self.clerk.sign_in(user);
        let now_s = kit.studio.now_ms() / SECOND_MS;
        let claims = self.clerk.claims(&session, &self.clerk.frontend(), SITE, now_s);
        let cookies = BTreeMap::from([("__session".to_owned(), self.clerk.token(&claims))]);
        let brought = Brought { cookies, ..Brought::default() };
        let secret = other.unwrap_or(&sent.secret);
        let came = Return { secret, state, asked: true, brought: &brought };
        accounts.back_from_service(came, BACK, &client).await
    }
}

impl Side for ByService<'_> {
    async fn signs_up(&self, kit: &Kit, email: &str, adult: Option<&str>) -> Result<SignedIn> {
        let CameBack::New(arrived) = self.back_as(kit, &self.user(kit, email), None).await? else {
            panic!("they have an account")
        };
        let adult = adult.map(str::to_owned);
        let form = PersonSignUp { adult, marketing: None, country: None, language: "en".into() };
        kit.studio.accounts().sign_up_from_service(&arrived, form, &kit.client()).await
    }

    async fn comes(&self, kit: &Kit, email: &str) -> Result<SignedIn> {
        match self.back_as(kit, &self.user(kit, email), None).await? {
            CameBack::In(who) => Ok(*who),
            other => panic!("not let in: {other:?}"),
        }
    }

    async fn lets_in_unproven(&self, kit: &Kit, email: &str) -> bool {
        let thief = self.clerk.sign_up(email, "Some", "Body", kit.studio.now_ms() / SECOND_MS);
        self.clerk.set_verified(&thief, false);
        matches!(self.back_as(kit, &thief, None).await, Ok(CameBack::In(_)))
    }

    async fn lets_in_elsewhere(&self, kit: &Kit, email: &str) -> bool {
        let came = self.back_as(kit, &self.user(kit, email), Some(NOBODYS)).await;
        matches!(came, Ok(CameBack::In(_)))
    }

    fn knows(&self, email: &str) -> bool {
        self.clerk.has(email)
    }
}

async fn clerk() -> Emulated<Clerk> {
    let clerk = Clerk::start(KEY, HOOKS).await;
    let hosts = vec![("api.clerk.com", clerk.emulator.address)];
    let account = json!({
        "secret_key": KEY, "webhook_secret": HOOKS, "frontend": clerk.frontend(), "authorised_parties": SITE,
    });
    Emulated { emulator: clerk, id: ProcessorId::Clerk, hosts, account }
}

#[test]
fn our_mails_and_a_service_open_the_same_accounts_to_the_same_people() {
    let role = Role::new("sign-in");
    let held = role.taken_by("our own mails");
    with_nobody(|_| (), async |kit| hold(kit, &ByMail, &held).await);
    let held = role.taken_by("Clerk");
    with_vendor(
        clerk,
        |_| (),
        async |kit, clerk| {
            hold(kit, &ByService { clerk, users: RefCell::default() }, &held).await;
        },
    );
    role.print();
}
