//! The messenger: our own, and a vendor's window on our pages. The desk is the same.

use emulators::intercom::{Intercom, Workspace};
use policy::consent::{self, Choice, Given};
use policy::{Country, Page, ProcessorId, purpose};
use serde_json::{Value, json};

use super::{Emulated, Held, NOON_S, Role, SITE, erase, hours_pass, with_nobody, with_vendor};
use crate::AccountId;
use crate::clock::{DAY_MS, SECOND_MS};
use crate::conversations::{Author, Circumstances, ConversationId, Mark, Person};
use crate::db::testing::Kit;

const ASKED: &str = "The film stops after the first shot.";
const ANSWERED: &str = "It goes on now. Please try again.";
const VISITED: &str = "How long is a film?";

/// What differs between the messengers.
trait Side {
    /// Somebody who is signed in writes.
    async fn writes(&self, kit: &Kit, account: &AccountId, words: &str);
    /// Somebody writes who is not.
    async fn visitor_writes(&self, kit: &Kit, words: &str);
    /// What somebody who is signed in reads where they write.
    async fn reads(&self, kit: &Kit, account: &AccountId) -> Vec<(Author, String)>;
    /// Whether a text is kept outside.
    fn keeps(&self, text: &str) -> bool;
    /// Whether anybody is known outside who is not signed in here.
    fn knows_visitors(&self) -> bool;
    /// It is this late there, in seconds since 1970.
    fn set_now(&self, now_s: i64);
}

/// Hours go by, on either side.
async fn later(kit: &Kit, side: &impl Side) {
    hours_pass(kit, |now_s| side.set_now(now_s)).await;
}

/// The one conversation at the desk that such a person began.
async fn at_desk(kit: &Kit, signed_in: bool) -> ConversationId {
    let listed = kit.studio.conversations().list(10).await.unwrap();
    let mut theirs = listed.into_iter().filter(|one| one.signed_in == signed_in);
    let one = theirs.next().expect("a conversation");
    assert!(theirs.next().is_none(), "it is there once");
    one.id
}

async fn read_at_desk(kit: &Kit, id: &ConversationId) -> Vec<(Author, String)> {
    let shown = kit.studio.conversations().get(id).await.unwrap();
    shown.lines.into_iter().map(|line| (line.author, line.words)).collect()
}

async fn hold(kit: &Kit, side: &impl Side, held: &Held<'_>) {
    let (studio, desk) = (&kit.studio, kit.studio.conversations());
    let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
    let asked = (Author::Person, ASKED.to_owned());
    let answered = (Author::Staff, ANSWERED.to_owned());

    held.to("what a person writes reaches the desk once, and waits for an answer");
    later(kit, side).await;
    side.writes(kit, &anna, ASKED).await;
    later(kit, side).await;
    let id = at_desk(kit, true).await;
    let shown = desk.get(&id).await.unwrap();
    assert!(shown.listed.waiting_since_ms.is_some() && shown.account.as_ref() == Some(&anna));
    assert_eq!(read_at_desk(kit, &id).await, std::slice::from_ref(&asked));

    held.to("the desk's answer reaches the person once");
    desk.answer(&id, ANSWERED).await.unwrap();
    later(kit, side).await;
    assert_eq!(side.reads(kit, &anna).await, [asked.clone(), answered.clone()]);
    assert_eq!(read_at_desk(kit, &id).await, [asked, answered]);
    let shown = desk.get(&id).await.unwrap();
    assert!(shown.listed.waiting_since_ms.is_none() && shown.unsent.is_empty());

    held.to("nobody else reads it, and the words lie sealed");
    assert!(side.reads(kit, &ben).await.is_empty());
    for words in [ASKED, ANSWERED] {
        assert!(!kit.shows("conversation_messages", words).await, "{words}");
    }

    held.to("who objects to being supported is known to nobody outside, and no window is opened for them");
    studio.accounts().object_to_support(&ben).await.unwrap();
    assert!(studio.messenger().for_family(&ben, Page::Minitube).await.unwrap().is_none());
    later(kit, side).await;
    assert!(!side.keeps("ben@example.org"));

    held.to("with the account its conversations are gone, on either side");
    erase(kit, &anna, |now_s| side.set_now(now_s)).await;
    assert_eq!((kit.rows("conversations").await, kit.rows("conversation_messages").await), (0, 0));
    for text in [ASKED, ANSWERED, "anna@example.org"] {
        assert!(!side.keeps(text), "{text}");
    }

    held.to(
        "a visitor's conversation is kept for its time, and is then gone on either side, with whoever it was",
    );
    side.visitor_writes(kit, VISITED).await;
    later(kit, side).await;
    let id = at_desk(kit, false).await;
    assert_eq!(read_at_desk(kit, &id).await, [(Author::Person, VISITED.to_owned())]);
    desk.close(&id).await.unwrap();
    later(kit, side).await;
    assert_eq!(kit.rows("conversations").await, 1);
    kit.clock.advance(366 * DAY_MS);
    studio.tidy().await.unwrap();
    later(kit, side).await;
    assert_eq!((kit.rows("conversations").await, kit.rows("conversation_messages").await), (0, 0));
    assert!(!side.keeps(VISITED) && !side.knows_visitors());
}

struct Ours;

impl Side for Ours {
    async fn writes(&self, kit: &Kit, account: &AccountId, words: &str) {
        let around =
            Circumstances { page: "/minitube".into(), language: "en".into(), device: None, session: None };
        let person = Person::Customer(account.clone());
        kit.studio.conversations().say(&person, &around, words, &kit.client()).await.unwrap();
    }

    async fn visitor_writes(&self, kit: &Kit, words: &str) {
        let talk = kit.studio.conversations();
        let device = talk.new_secret();
        let around = Circumstances {
            page: "/contact".into(),
            language: "en".into(),
            device: Some(device.clone()),
            session: None,
        };
        talk.say(&Person::Device(device), &around, words, &kit.client()).await.unwrap();
    }

    async fn reads(&self, kit: &Kit, account: &AccountId) -> Vec<(Author, String)> {
        let person = Person::Customer(account.clone());
        let lines = kit.studio.conversations().read(&person, &Mark::default()).await.unwrap();
        lines.into_iter().map(|line| (line.author, line.words)).collect()
    }

    fn keeps(&self, _: &str) -> bool {
        false
    }

    fn knows_visitors(&self) -> bool {
        false
    }

    fn set_now(&self, _: i64) {}
}

struct Theirs<'a>(&'a Intercom);

impl Theirs<'_> {
    /// Whom its window knows that is started so in a browser.
    fn starts(&self, settings: &Value) -> String {
        self.0.boot(settings).unwrap()
    }

    /// The window on a family's page.
    async fn family(&self, kit: &Kit, account: &AccountId) -> String {
        self.0.set_now(kit.studio.now_ms() / SECOND_MS);
        let boot = kit.studio.messenger().for_family(account, Page::Minitube).await.unwrap();
        self.starts(boot.expect("a messenger").settings.for_purpose::<purpose::Support>())
    }

    /// Somebody writes there, and it tells us.
    async fn says(&self, kit: &Kit, contact: &str, page: &str, words: &str) {
        let id = self.0.writes(contact, &format!("{SITE}{page}"), words).to_string();
        for _ in 0..2 {
            kit.studio.messenger().heard(&id).await.unwrap();
        }
    }
}

impl Side for Theirs<'_> {
    async fn writes(&self, kit: &Kit, account: &AccountId, words: &str) {
        let contact = self.family(kit, account).await;
        self.says(kit, &contact, "/minitube", words).await;
    }

    async fn visitor_writes(&self, kit: &Kit, words: &str) {
        let (policy, now_ms) = (kit.studio.policy(), kit.studio.now_ms());
        let choice = Choice { analytics: false, support: true };
        let given = Given { choice, wording: "cookies-1".into(), at_ms: now_ms, knowing_gpc: false };
        let decided = consent::decide(policy, Country::parse("DE"), false, Some(&given), now_ms);
        let boot =
            kit.studio.messenger().for_visitor(Page::Support, decided.agreed(consent::Purpose::Support));
        let settings = boot.expect("a messenger").settings;
        let contact = self.starts(settings.for_purpose::<purpose::Support>());
        self.says(kit, &contact, "/contact", words).await;
    }

    async fn reads(&self, kit: &Kit, account: &AccountId) -> Vec<(Author, String)> {
        let contact = self.family(kit, account).await;
        let kept = self.0.kept();
        let theirs = kept.conversations.values().filter(|one| one.contact == contact);
        let line = |part: &emulators::intercom::Part| {
            let author = if part.author.0 == "user" { Author::Person } else { Author::Staff };
            (author, part.body.clone())
        };
        theirs.flat_map(|one| one.parts.iter().map(line)).collect()
    }

    fn keeps(&self, text: &str) -> bool {
        let kept = self.0.kept();
        let mut words = kept.conversations.values().flat_map(|one| &one.parts);
        words.any(|part| part.body.contains(text))
            || kept.contacts.values().any(|contact| contact.email.as_deref() == Some(text))
    }

    fn knows_visitors(&self) -> bool {
        self.0.kept().contacts.values().any(|contact| contact.external_id.is_none())
    }

    fn set_now(&self, now_s: i64) {
        self.0.set_now(now_s);
    }
}

async fn intercom() -> Emulated<Intercom> {
    let workspace = Workspace {
        app_id: "emul8ted".into(),
        token: "intercom-token".into(),
        messenger_secret: "intercom-identity".into(),
        client_secret: "intercom-client".into(),
        admin_id: "493881".into(),
    };
    let account = json!({
        "app_id": workspace.app_id, "admin_id": workspace.admin_id, "access_token": workspace.token,
        "identity_secret": workspace.messenger_secret, "client_secret": workspace.client_secret,
    });
    let intercom = Intercom::start(workspace, NOON_S).await;
    let hosts = vec![("api.intercom.io", intercom.emulator.address)];
    Emulated { emulator: intercom, id: ProcessorId::Intercom, hosts, account }
}

#[test]
fn our_messenger_and_theirs_bring_words_to_the_desk_and_back() {
    let role = Role::new("messenger");
    let held = role.taken_by("our own");
    with_nobody(|_| (), async |kit| hold(kit, &Ours, &held).await);
    let held = role.taken_by("Intercom");
    with_vendor(intercom, |_| (), async |kit, intercom| hold(kit, &Theirs(intercom), &held).await);
    role.print();
}
