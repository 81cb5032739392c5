//! Who delivers mail: the local outbox, which is a page of ours, and a mail server. The latter is no vendor's but the
//! operator's own.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use mail_parser::MessageParser;
use mail_server::MailServer;
use policy::{Country, Mailing};
use processors::SmtpPost;

use super::{Held, Role, SITE, erase, with_nobody};
use crate::clock::DAY_MS;
use crate::db::testing::Kit;
use crate::mail::{Message, State};
use crate::marketing::{Method, Words};
use crate::{AccountId, Outside};

/// A letter as whoever it was written to reads it.
#[derive(Debug, PartialEq, Eq)]
struct Arrived {
    to: String,
    subject: String,
    text: String,
    html: String,
    /// Where the button leads by which mail programs stop such mail.
    stops_at: Option<String>,
}

/// What differs between the ways to the letter box.
trait Side {
    /// All that arrived, oldest first.
    async fn arrived(&self, kit: &Kit) -> Vec<Arrived>;
}

async fn write(kit: &Kit, account: &AccountId, message: &Message) {
    let tx = kit.studio.db().begin().await.unwrap();
    kit.studio.mail().write(&tx, account, message).await.unwrap();
    tx.commit().await.unwrap();
}

/// Writes to everybody who agreed; to how many.
async fn advertise(kit: &Kit, mailing: Mailing) -> u64 {
    let words = Words { subject: "News".into(), text: "A new film.\n\nCome and see.".into() };
    let marketing = kit.studio.marketing();
    marketing.begin(mailing, BTreeMap::from([("en".to_owned(), words)])).await.unwrap();
    marketing.send_due().await.unwrap()
}

async fn deliver(kit: &Kit) {
    for _ in 0..2 {
        kit.studio.mail().deliver().await.unwrap();
    }
}

async fn hold(kit: &Kit, side: &impl Side, held: &Held<'_>) {
    let studio = &kit.studio;
    let anna = kit.account_without_mail("anna@example.org").await;
    let ben = kit.account_without_mail("ben@example.org").await;
    let ready = Message {
        kind: "test",
        subject: "Fertig: „Der Mondgarten“, für Zoë".into(),
        paragraphs: vec!["Ihr Film ist da. Schön, nicht wahr? ".repeat(20).trim().to_owned()],
        button: Some(("Ansehen".into(), "/minitube".into())),
        ..Message::default()
    };

    held.to("a letter arrives once, at its own address and at no other");
    write(kit, &anna, &ready).await;
    deliver(kit).await;
    let arrived = side.arrived(kit).await;
    assert_eq!(arrived.len(), 1, "{arrived:?}");
    let letter = &arrived[0];
    assert_eq!(letter.to, "anna@example.org");

    held.to("it arrives as text and as HTML, with the same words, in every language");
    assert_eq!(letter.subject, ready.subject);
    for body in [&letter.text, &letter.html] {
        assert!(body.contains(&ready.paragraphs[0]) && body.contains(&format!("{SITE}/minitube")), "{body}");
    }
    assert!(letter.html.starts_with("<!doctype html>") && !letter.text.contains('<'));

    held.to("it says who writes, and where an answer reaches us");
    let by = &studio.policy().controller;
    for body in [&letter.text, &letter.html] {
        assert!(body.contains(&by.name) && body.contains(&by.email), "{body}");
    }

    held.to("mail that is part of the service has no way to be stopped");
    assert_eq!(letter.stops_at, None);

    held.to("what advertises has one, in the letter and for the mail program, and it works");
    let (marketing, france) = (studio.marketing(), Country::parse("FR"));
    marketing.subscribe(&anna, Method::Settings, "marketing-1", france).await.unwrap();
    assert_eq!(advertise(kit, Mailing::ProductUpdate).await, 1);
    deliver(kit).await;
    let arrived = side.arrived(kit).await;
    assert_eq!(arrived.len(), 2, "{arrived:?}");
    let link = arrived[1].stops_at.clone().expect("a link");
    assert!(arrived[1].text.contains(&link) && link.starts_with(&format!("{SITE}/preferences/")), "{link}");
    let token = link.rsplit('/').next().unwrap_or_default();
    assert!(studio.marketing().preferences(token).await.unwrap().wanted);

    held.to("what somebody has stopped does not arrive, though it was written before");
    kit.clock.advance(8 * DAY_MS);
    assert_eq!(advertise(kit, Mailing::SpecialOffer).await, 1);
    studio.marketing().stop_by_link(token, Method::OneClick).await.unwrap();
    deliver(kit).await;
    assert_eq!(side.arrived(kit).await, arrived);

    held.to("nothing arrives for an account that was erased");
    write(kit, &ben, &ready).await;
    erase(kit, &ben, |_| ()).await;
    deliver(kit).await;
    assert_eq!(side.arrived(kit).await, arrived);
}

/// The page of the local outbox.
struct Outbox;

impl Side for Outbox {
    async fn arrived(&self, kit: &Kit) -> Vec<Arrived> {
        let mails = kit.studio.mail().list(100).await.unwrap();
        let sent = mails.into_iter().rev().filter(|mail| mail.state == State::Sent);
        let arrived = sent.map(|mail| Arrived {
            to: mail.letter.to,
            subject: mail.letter.subject,
            text: plain(&mail.letter.text),
            html: plain(&mail.letter.html),
            stops_at: mail.letter.unsubscribe,
        });
        arrived.collect()
    }
}

/// What a mail server took.
struct Server<'a>(&'a MailServer);

impl Side for Server<'_> {
    async fn arrived(&self, _: &Kit) -> Vec<Arrived> {
        let read = |taken: &mail_server::Taken| {
            let mail = MessageParser::default().parse(&taken.message).unwrap();
            let link = mail.header_raw("List-Unsubscribe").map(str::trim);
            let by_one_click = mail.header_raw("List-Unsubscribe-Post").map(str::trim);
            assert_eq!(by_one_click, link.map(|_| "List-Unsubscribe=One-Click"));
            Arrived {
                to: taken.to.clone(),
                subject: mail.subject().unwrap_or_default().to_owned(),
                text: plain(&mail.body_text(0).unwrap()),
                html: plain(&mail.body_html(0).unwrap()),
                stops_at: link.map(|link| link.trim_matches(['<', '>']).to_owned()),
            }
        };
        self.0.taken().iter().map(read).collect()
    }
}

/// As the wire may end lines otherwise.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end().to_owned()
}

#[test]
fn the_outbox_and_a_mail_server_deliver_the_same() {
    let role = Role::new("post");
    let held = role.taken_by("the local outbox");
    with_nobody(|_| (), async |kit| hold(kit, &Outbox, &held).await);
    let held = role.taken_by("a mail server");
    let server: RefCell<Option<Rc<MailServer>>> = RefCell::default();
    let sends = |outside: &mut Outside| {
        let fresh = MailServer::plain();
        let address = format!("smtp://{}", fresh.address());
        let way = egress::MailServer::new(&address, None, egress::Reroute::default()).unwrap();
        let way = way.with_patience(Duration::from_secs(5));
        outside.post = Arc::new(SmtpPost::new(way, "films@example.org", None).unwrap());
        *server.borrow_mut() = Some(Rc::new(fresh));
    };
    with_nobody(sends, async |kit| {
        let server = server.borrow().clone().expect("it was started");
        hold(kit, &Server(&server), &held).await;
    });
    role.print();
}
