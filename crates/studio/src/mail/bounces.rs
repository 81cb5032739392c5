//! What mail servers write back about a mail of ours: that nobody is there (a delivery report, RFC 3464), or that
//! whoever got it calls it unwanted (a feedback report, RFC 5965).
//!
//! Anybody can write such a report. It counts only with the `Message-ID` of a mail that we sent, which nobody knows
//! but who got it and the servers on its way, and then for that mail's address, whatever else it says.

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};
use sea_orm::entity::prelude::*;

use super::{Outbox, is_gone, rows};
use crate::{AccountId, MailId, Result};

/// What a report says of the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nobody is there.
    Permanent,
    /// That mail did not come through, which says nothing against the address: it is late, the box is full, the
    /// mail itself was refused.
    Temporary,
    /// Who reads it does not want it.
    Complaint,
}

/// A report about a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    /// Whom the mail was for, where the report says so.
    pub recipient: Option<String>,
    /// What it says.
    pub kind: Kind,
    /// The `Message-ID` of the mail, where the report brings it back.
    pub message_id: Option<String>,
}

/// Reads a report, if the mail is one.
pub(crate) fn report(mail: &Message<'_>) -> Option<Report> {
    if !mail.is_content_type("multipart", "report") {
        return None;
    }
    let part = |subtype: &str| mail.parts.iter().find(|part| part.is_content_type("message", subtype));
    let (recipient, kind) = match (part("delivery-status"), part("feedback-report")) {
        (Some(status), _) => delivery(&text(status))?,
        (None, Some(feedback)) => complaint(&text(feedback))?,
        (None, None) => return None,
    };
    Some(Report { recipient, kind, message_id: mail.parts.iter().find_map(returned_id) })
}

impl Outbox<'_> {
    /// Takes a mail that is a report; whether it was one.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub(crate) async fn take_report(&self, mail: &Message<'_>) -> Result<bool> {
        match report(mail) {
            Some(report) => self.apply(report).await.map(|()| true),
            None => Ok(false),
        }
    }

    async fn apply(&self, report: Report) -> Result<()> {
        let studio = self.studio;
        let id = report.message_id.as_deref().and_then(|id| MailId::parse(id.split('@').next()?));
        let row = match &id {
            Some(id) => rows::Entity::find_by_id(id.as_str()).one(studio.db().read()).await?,
            None => None,
        };
        let Some(row) = row else {
            tracing::info!(why = ?report.kind, "a report about no mail of ours");
            return Ok(());
        };
        let (id, account) = (row.id.clone(), row.account_id.clone().map(AccountId::stored));
        let letter = match self.open(row).await {
            Ok(mail) => mail.letter,
            Err(error) if is_gone(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        tracing::info!(mail = id, why = ?report.kind, "a report about a mail");
        match report.kind {
            Kind::Temporary => Ok(()),
            Kind::Permanent => self.undeliverable(&id, &letter.to).await,
            Kind::Complaint => {
                let tx = match &account {
                    Some(account) => studio.begin_for(account).await?,
                    None => studio.db().begin().await?,
                };
                studio.marketing().complained(&tx, account.as_ref(), &letter.to).await?;
                Ok(tx.commit().await?)
            }
        }
    }
}

/// What a delivery report says of its first recipient that something came of.
fn delivery(text: &str) -> Option<(Option<String>, Kind)> {
    groups(text).into_iter().find_map(|fields| {
        let field = |name: &str| value(&fields, name);
        let status = field("status")?.split_whitespace().next()?.to_owned();
        let kind = match field("action")?.to_ascii_lowercase().as_str() {
            "failed" if egress::is_about_the_address(&status) => Kind::Permanent,
            "failed" | "delayed" => Kind::Temporary,
            _ => return None,
        };
        Some((field("original-recipient").or_else(|| field("final-recipient")).map(address), kind))
    })
}

/// What a feedback report says: every kind is a complaint, but the one that takes it back.
fn complaint(text: &str) -> Option<(Option<String>, Kind)> {
    let fields = groups(text).into_iter().next()?;
    let kind = value(&fields, "feedback-type")?;
    let recipient = value(&fields, "original-rcpt-to").map(address);
    (!kind.eq_ignore_ascii_case("not-spam")).then_some((recipient, Kind::Complaint))
}

/// The `Message-ID` of a mail that came back, whole or as its headers.
fn returned_id(part: &MessagePart<'_>) -> Option<String> {
    if let PartType::Message(mail) = &part.body {
        return mail.message_id().map(str::to_owned);
    }
    let is_headers =
        part.is_content_type("text", "rfc822-headers") || part.is_content_type("message", "rfc822");
    let mail = is_headers.then(|| MessageParser::default().parse(part.contents()))??;
    mail.message_id().map(str::to_owned)
}

fn text(part: &MessagePart<'_>) -> String {
    String::from_utf8_lossy(part.contents()).into_owned()
}

/// Fields in groups that empty lines part, unfolded, names in small letters.
fn groups(text: &str) -> Vec<Vec<(String, String)>> {
    let (mut groups, mut group) = (Vec::new(), Vec::<(String, String)>::new());
    for line in text.lines() {
        if line.trim().is_empty() {
            groups.push(std::mem::take(&mut group));
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = group.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            group.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    groups.push(group);
    groups.retain(|group| !group.is_empty());
    groups
}

fn value(fields: &[(String, String)], name: &str) -> Option<String> {
    fields.iter().find(|field| field.0 == name).map(|field| field.1.clone())
}

/// `rfc822; <anna@example.org>` is an address with its type.
fn address(value: String) -> String {
    let address = value.split_once(';').map_or(value.as_str(), |(_, address)| address);
    address.trim().trim_start_matches('<').trim_end_matches('>').to_owned()
}

#[cfg(test)]
mod tests {
    use policy::{Country, Mailing};
    use processors::{Post, SmtpPost};
    use std::sync::Arc;

    use super::super::State;
    use super::*;
    use crate::clock::HOUR_MS;
    use crate::db::testing::{Kit, on_both_with};
    use crate::enquiries::Inbound;
    use crate::mail::{Message as Words, PAUSE_MS};
    use crate::marketing::{Method, Status};
    use mail_server::{MailServer, Mood};

    fn delivery_report(id: &str, action: &str, status: &str) -> String {
        format!(
            "From: Mail Delivery System <MAILER-DAEMON@mx.example.net>\r\nTo: films@example.org\r\n\
             Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
             Message-ID: <1@mx.example.net>\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"b1\"\r\n\r\n\
             --b1\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you...\r\n\r\n\
             --b1\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; mx.example.net\r\nArrival-Date: Fri, 22 May 2026 12:00:00 +0000\r\n\r\n\
             Original-Recipient: rfc822;anna@example.org\r\nFinal-Recipient: rfc822; a.other@example.net\r\n\
             Action: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; 550 {status} no such\r\n user here\r\n\r\n\
             --b1\r\nContent-Type: text/rfc822-headers\r\n\r\n\
             From: films@example.org\r\nTo: anna@example.org\r\nMessage-ID: <{id}@example.org>\r\n\
             Subject: Ready\r\n\r\n--b1--\r\n"
        )
    }

    fn feedback(id: &str, kind: &str) -> String {
        format!(
            "From: <abusedesk@example.com>\r\nTo: films@example.org\r\nSubject: FW: Ready\r\nMIME-Version: 1.0\r\n\
             Message-ID: <2@example.com>\r\n\
             Content-Type: multipart/report; report-type=feedback-report; boundary=\"b2\"\r\n\r\n\
             --b2\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report.\r\n\r\n\
             --b2\r\nContent-Type: message/feedback-report\r\n\r\n\
             Feedback-Type: {kind}\r\nUser-Agent: SomeGenerator/1.0\r\nVersion: 1\r\n\
             Original-Rcpt-To: <redacted@example.com>\r\n\r\n\
             --b2\r\nContent-Type: message/rfc822\r\nContent-Disposition: inline\r\n\r\n\
             From: films@example.org\r\nTo: <redacted>\r\nMessage-ID: <{id}@example.org>\r\nSubject: Ready\r\n\r\n\
             Words.\r\n\r\n--b2--\r\n"
        )
    }

    fn read(raw: &str) -> Option<Report> {
        report(&MessageParser::default().parse(raw.as_bytes()).unwrap())
    }

    #[test]
    fn delivery_reports_are_read() {
        let kind = |action, status| read(&delivery_report("X", action, status)).map(|report| report.kind);
        assert_eq!(kind("failed", "5.1.1"), Some(Kind::Permanent));
        assert_eq!(kind("failed", "5.1.10"), Some(Kind::Permanent));
        for status in ["4.4.7", "5.0.0", "5.1.8", "5.2.2", "5.4.1", "5.7.1"] {
            assert_eq!(kind("failed", status), Some(Kind::Temporary), "{status}");
        }
        assert_eq!(kind("delayed", "4.4.1"), Some(Kind::Temporary));
        assert_eq!(kind("delivered", "2.0.0"), None);
        let whole = read(&delivery_report("X", "failed", "5.1.1")).unwrap();
        assert_eq!(whole.recipient.as_deref(), Some("anna@example.org"));
        assert_eq!(whole.message_id.as_deref(), Some("X@example.org"));
    }

    #[test]
    fn complaints_are_read() {
        let whole = read(&feedback("X", "abuse")).unwrap();
        assert_eq!(whole.kind, Kind::Complaint);
        assert_eq!(whole.message_id.as_deref(), Some("X@example.org"));
        assert_eq!(read(&feedback("X", "not-spam")), None);
        assert_eq!(read("From: a@example.org\r\nSubject: report\r\n\r\nStatus: 5.1.1\r\n"), None);
    }

    fn post(server: &MailServer) -> Arc<dyn Post> {
        let address = format!("smtp://{}", server.address());
        let way = egress::MailServer::new(&address, None, egress::Reroute::default()).unwrap();
        let way = way.with_patience(std::time::Duration::from_millis(900));
        Arc::new(SmtpPost::new(way, "films@example.org", None).unwrap())
    }

    async fn write(kit: &Kit, account: &AccountId) -> MailId {
        let tx = kit.studio.db().begin().await.unwrap();
        let words = Words { kind: "test", subject: "Fertig für Zoë".into(), ..Words::default() };
        let id = kit.studio.mail().write(&tx, account, &words).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn state(kit: &Kit, id: &MailId) -> State {
        let row = rows::Entity::find_by_id(id.as_str()).one(kit.studio.db().read()).await.unwrap();
        row.unwrap().state
    }

    async fn subscriber(kit: &Kit) -> AccountId {
        let account = kit.account_without_mail("anna@example.org").await;
        agree(kit, &account).await;
        account
    }

    async fn agree(kit: &Kit, account: &AccountId) {
        let marketing = kit.studio.marketing();
        marketing.subscribe(account, Method::Settings, "marketing-1", Country::parse("FR")).await.unwrap();
    }

    async fn may_get(kit: &Kit, account: &AccountId) -> bool {
        let db = kit.studio.db().read();
        kit.studio.marketing().ground(db, account, Mailing::ProductUpdate).await.unwrap().is_some()
    }

    #[test]
    fn no_mail_is_lost_over_failures_and_the_one_that_came_twice_is_the_same() {
        let server = MailServer::plain();
        on_both_with(
            |outside| outside.post = post(&server),
            async |kit| {
                let account = kit.account_without_mail("anna@example.org").await;
                let (before, id) = (server.taken().len(), write(kit, &account).await);
                for mood in [Mood::Closing, Mood::Busy, Mood::CutAfterData, Mood::Slow] {
                    server.set(mood);
                    assert_eq!(kit.studio.mail().deliver().await.unwrap(), 0, "{mood:?}");
                    assert_eq!(state(kit, &id).await, State::Waiting, "{mood:?}");
                    kit.clock.advance(HOUR_MS);
                }
                server.set(Mood::Good);
                assert_eq!(kit.studio.mail().deliver().await.unwrap(), 1);
                assert_eq!(kit.studio.mail().deliver().await.unwrap(), 0);
                assert_eq!(state(kit, &id).await, State::Sent);
                let taken = &server.taken()[before..];
                // Once before it broke off, once to the end: the same to the byte, by which it is known.
                assert_eq!(taken.len(), 2);
                assert_eq!(taken[0].message, taken[1].message);
                assert!(String::from_utf8_lossy(&taken[0].message).contains(&format!("<{id}@example.org>")));
            },
        );
    }

    #[test]
    fn where_nobody_is_nothing_advertises_and_the_service_still_writes() {
        let server = MailServer::plain();
        on_both_with(
            |outside| outside.post = post(&server),
            async |kit| {
                let account = subscriber(kit).await;
                kit.clock.advance(PAUSE_MS);
                assert!(may_get(kit, &account).await);
                server.set(Mood::Unknown);
                let id = write(kit, &account).await;
                kit.studio.mail().deliver().await.unwrap();
                assert_eq!(state(kit, &id).await, State::Undeliverable);
                assert!(!may_get(kit, &account).await);
                // The record of what they agreed to stays as it was.
                let history = kit.studio.marketing().history(&account).await.unwrap();
                assert_eq!((history.len(), history[0].status), (1, Status::Subscribed));
                server.set(Mood::Good);
                let id = write(kit, &account).await;
                kit.studio.mail().deliver().await.unwrap();
                assert_eq!(state(kit, &id).await, State::Sent, "mail of the service is still tried");
                kit.clock.advance(HOUR_MS);
                agree(kit, &account).await;
                assert!(may_get(kit, &account).await, "an act of their own counts for more");
            },
        );
    }

    #[test]
    fn reports_count_for_the_mail_that_they_are_about_and_no_other() {
        let server = MailServer::plain();
        on_both_with(
            |outside| outside.post = post(&server),
            async |kit| {
                let account = subscriber(kit).await;
                kit.clock.advance(PAUSE_MS);
                let id = write(kit, &account).await;
                kit.studio.mail().deliver().await.unwrap();
                let receive = async |raw: String| {
                    let taken = kit.studio.enquiries().receive(raw.as_bytes()).await.unwrap();
                    assert!(matches!(taken, Inbound::Ignored(_)), "{taken:?}");
                };
                receive(delivery_report("01JZZZZZZZZZZZZZZZZZZZZZZZ", "failed", "5.1.1")).await;
                receive(delivery_report("made-up", "failed", "5.1.1")).await;
                receive(feedback("01JZZZZZZZZZZZZZZZZZZZZZZZ", "abuse")).await;
                receive(delivery_report(id.as_str(), "delayed", "4.4.1")).await;
                assert!(may_get(kit, &account).await);
                assert_eq!(state(kit, &id).await, State::Sent);

                receive(delivery_report(id.as_str(), "failed", "5.1.1")).await;
                assert_eq!(state(kit, &id).await, State::Undeliverable);
                assert!(!may_get(kit, &account).await);
                kit.clock.advance(HOUR_MS);
                agree(kit, &account).await;
                assert!(may_get(kit, &account).await);

                kit.clock.advance(HOUR_MS);
                receive(feedback(id.as_str(), "abuse")).await;
                assert!(!may_get(kit, &account).await);
                let newest = &kit.studio.marketing().history(&account).await.unwrap()[0];
                assert_eq!((newest.status, newest.method), (Status::Unsubscribed, Method::Complaint));
            },
        );
    }

    #[test]
    fn who_reads_an_old_or_a_mistyped_address_speaks_for_no_account() {
        let server = MailServer::plain();
        on_both_with(
            |outside| outside.post = post(&server),
            async |kit| {
                let account = subscriber(kit).await;
                kit.clock.advance(PAUSE_MS);
                let tx = kit.studio.db().begin().await.unwrap();
                let words = Words { kind: "test", subject: "Hello".into(), ..Words::default() };
                let outbox = kit.studio.mail();
                let id = outbox.write_elsewhere(&tx, &account, "ana@example.org", &words).await.unwrap();
                tx.commit().await.unwrap();
                kit.studio.mail().deliver().await.unwrap();
                let id = id.as_str();
                for report in [feedback(id, "abuse"), delivery_report(id, "failed", "5.1.1")] {
                    kit.studio.enquiries().receive(report.as_bytes()).await.unwrap();
                }
                assert!(may_get(kit, &account).await);
                assert_eq!(kit.studio.marketing().history(&account).await.unwrap().len(), 1);
                assert_eq!(kit.rows("suppressions").await, 1, "nobody is written to at that address");
            },
        );
    }
}
