//! Mail: written in the same transaction as what caused it, delivered afterwards.

mod bounces;
mod day;
#[cfg(test)]
mod kinds;
mod layout;
pub(crate) mod rows;
mod strangers;

use std::sync::Arc;

use policy::{Ground, PurposeId};
use processors::PostError;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use vault::{DataKey, Place};

use crate::clock::{HOUR_MS, MINUTE_MS};
use crate::marketing::Turn;
use crate::{AccountId, Error, MailId, Result, Studio, boxed, gifts};
pub(crate) use day::day;
use strangers::is_to_stranger;

/// Mails handed over in one go.
const BATCH: u64 = 50;
/// While a mail is being handed over nobody else takes it for this long.
const CLAIMED_MS: i64 = 5 * MINUTE_MS;
/// Pause after the first failed try; it doubles with each.
const PAUSE_MS: i64 = MINUTE_MS;
/// Longest pause between two tries.
const PAUSE_MS_MAX: i64 = 6 * HOUR_MS;
/// Tries until a mail is given up: about two days.
const TRIES_MAX: i64 = 16;

/// A mail, written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Letter {
    /// The address it goes to.
    pub to: String,
    /// Subject line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML, complete.
    pub html: String,
    /// Where such mail is stopped by one click; `None` for mail that is part of the service.
    #[serde(default)]
    pub unsubscribe: Option<String>,
}

/// What a mail says, before it is laid out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// A stable word for the kind of mail: `sign-in`, `film-ready` …
    pub kind: &'static str,
    /// Subject line.
    pub subject: String,
    /// Paragraphs before the button.
    pub paragraphs: Vec<String>,
    /// A button: its words and where it leads (a path beginning with `/`).
    pub button: Option<(String, String)>,
    /// Something to read off, shown large: a code.
    pub code: Option<String>,
    /// Paragraphs after the button.
    pub afterwards: Vec<String>,
    /// Where such mail is refused that advertises nothing: the words of the link and its path.
    pub refusal: Option<(String, String)>,
    /// The path where such mail is stopped, for mail that advertises.
    pub unsubscribe: Option<String>,
    /// What it rests on, for mail that advertises: it says so.
    pub ground: Option<Ground>,
    /// The path of the picture by which it is known that the mail was opened. Only for those who agreed to that.
    pub seen: Option<String>,
}

/// Whether a mail has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum State {
    /// Waits for its delivery.
    Waiting,
    /// Delivered.
    Sent,
    /// Given up.
    Failed,
    /// Nobody takes mail at its address.
    Undeliverable,
    /// Not sent: there was no ground for it any more when it was to go.
    Withdrawn,
}

/// A mail in the outbox.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Its id.
    pub id: MailId,
    /// The kind of mail.
    pub kind: String,
    /// The mail itself.
    pub letter: Letter,
    /// Whether it has gone.
    pub state: State,
    /// When it was written.
    pub created_at_ms: i64,
}

/// The outbox of a studio.
#[derive(Clone, Copy)]
pub struct Outbox<'a> {
    studio: &'a Studio,
}

impl<'a> Outbox<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Writes a mail to the account's address, within the transaction of what caused it.
    ///
    /// # Errors
    /// `account-not-found`, or when the database is out of reach.
    pub async fn write(
        &self,
        tx: &impl ConnectionTrait,
        account: &AccountId,
        message: &Message,
    ) -> Result<MailId> {
        self.write_for(tx, account, PurposeId::ServiceMessages, message).await
    }

    /// The same for another purpose than telling of orders and the service.
    pub(crate) async fn write_for(
        &self,
        tx: &impl ConnectionTrait,
        account: &AccountId,
        purpose: PurposeId,
        message: &Message,
    ) -> Result<MailId> {
        let studio = self.studio;
        let (row, key) = studio.open_account(tx, account, purpose).await?;
        let to = crate::accounts::email_of(studio, &key, &row)?;
        self.seal(tx, Some(account), &key, &to, &row.language, message).await
    }

    /// Writes a mail of an account to another address than the account has, within the transaction of what caused
    /// it.
    ///
    /// # Errors
    /// `account-not-found`, or when the database is out of reach.
    pub(crate) async fn write_elsewhere(
        &self,
        tx: &impl ConnectionTrait,
        account: &AccountId,
        to: &str,
        message: &Message,
    ) -> Result<MailId> {
        let (row, key) = self.studio.open_account(tx, account, PurposeId::ServiceMessages).await?;
        self.seal(tx, Some(account), &key, to, &row.language, message).await
    }

    /// Has a mail that was just written wait, within the transaction that wrote it.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub(crate) async fn not_before(
        &self,
        tx: &impl ConnectionTrait,
        mail: &MailId,
        at_ms: i64,
    ) -> Result<()> {
        rows::Entity::update_many()
            .col_expr(rows::Column::DueAtMs, Expr::value(at_ms))
            .filter(rows::Column::Id.eq(mail.as_str()))
            .exec(tx)
            .await?;
        crate::jobs::ask_later(tx, self.studio, crate::jobs::Job::DeliverMail, at_ms).await
    }

    /// Writes a mail to an address without an account, within the transaction of what caused it.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub(crate) async fn write_to_stranger(
        &self,
        tx: &impl ConnectionTrait,
        to: &str,
        language: &str,
        message: &Message,
    ) -> Result<MailId> {
        self.seal(tx, None, self.studio.house_key(), to, language, message).await
    }

    /// The same of a case: the mail goes with the case.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub(crate) async fn write_of_case(
        &self,
        tx: &impl ConnectionTrait,
        case: &str,
        to: &str,
        language: &str,
        message: &Message,
    ) -> Result<MailId> {
        let mail = self.write_to_stranger(tx, to, language, message).await?;
        rows::Entity::update_many()
            .col_expr(rows::Column::EnquiryId, Expr::value(Some(case)))
            .filter(rows::Column::Id.eq(mail.as_str()))
            .exec(tx)
            .await?;
        Ok(mail)
    }

    /// A message as whoever gets it sees it.
    pub(crate) fn laid_out(&self, message: &Message, to: &str, language: &str) -> Letter {
        let (policy, config) = (self.studio.policy(), self.studio.config());
        let sender = layout::Sender {
            address: &config.address,
            by: &policy.controller,
            postal: &config.postal_address,
        };
        layout::lay_out(message, to, language, &sender)
    }

    async fn seal(
        &self,
        tx: &impl ConnectionTrait,
        account: Option<&AccountId>,
        key: &DataKey,
        to: &str,
        language: &str,
        message: &Message,
    ) -> Result<MailId> {
        let studio = self.studio;
        let letter = self.laid_out(message, to, language);
        let (id, now) = (studio.new_id(), studio.now_ms());
        let letter = serde_json::to_vec(&letter).map_err(Error::internal)?;
        let mail = rows::ActiveModel {
            sealed: Set(studio.vault().seal_field(key, &place(&id), &letter)),
            id: Set(id.clone()),
            account_id: Set(account.map(AccountId::to_string)),
            kind: Set(message.kind.into()),
            state: Set(State::Waiting),
            tries: Set(0),
            due_at_ms: Set(now),
            created_at_ms: Set(now),
            sent_at_ms: Set(None),
            problem: Set(None),
            enquiry_id: Set(None),
        };
        rows::Entity::insert(mail).exec_without_returning(tx).await?;
        crate::jobs::ask(tx, studio, crate::jobs::Job::DeliverMail).await?;
        Ok(MailId::stored(id))
    }

    /// Delivers what is due; returns how many went. Called after writing and from time to time.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn deliver(&self) -> Result<usize> {
        let due = rows::Entity::find()
            .filter(rows::Column::State.eq(State::Waiting))
            .filter(rows::Column::DueAtMs.lte(self.studio.now_ms()))
            .order_by_asc(rows::Column::DueAtMs)
            .limit(BATCH)
            .all(self.studio.db().read())
            .await?;
        let mut sent = 0;
        for row in due {
            let (id, kind) = (row.id.clone(), row.kind.clone());
            match self.deliver_one(row).await {
                Ok(is_sent) => sent += usize::from(is_sent),
                // Its time is put off by now: it holds up no other.
                Err(error) => {
                    tracing::error!(mail = id, %error, "a mail was not delivered; it is tried again")
                }
            }
            if is_to_stranger(&kind) {
                self.forget_done(&[&kind], Some(&id)).await?;
            }
        }
        Ok(sent)
    }

    async fn deliver_one(&self, row: rows::Model) -> Result<bool> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let claimed = rows::Entity::update_many()
            .col_expr(rows::Column::DueAtMs, Expr::value(now + CLAIMED_MS))
            .col_expr(rows::Column::Tries, Expr::value(row.tries + 1))
            .filter(rows::Column::Id.eq(row.id.as_str()))
            .filter(rows::Column::State.eq(State::Waiting))
            .filter(rows::Column::Tries.eq(row.tries))
            .exec(studio.db().write())
            .await?;
        if claimed.rows_affected == 0 {
            return Ok(false); // Another worker has it.
        }
        let (id, tries) = (row.id.clone(), row.tries + 1);
        let account = row.account_id.clone().map(AccountId::stored);
        match studio.marketing().turn_of(&id, &row.kind, account.as_ref()).await? {
            Turn::Goes => {}
            Turn::Waits(until_ms) => {
                self.put_off(&id, row.tries, until_ms).await?;
                return Ok(false);
            }
            Turn::Falls => {
                self.withdraw(&id).await?;
                return Ok(false);
            }
        }
        let mail = match self.open(row).await {
            Ok(mail) => mail,
            // Its account is on its way out, or has gone: nothing is sent there any more.
            Err(error) if is_gone(&error) => {
                self.withdraw(&id).await?;
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        let is_gift = mail.kind == gifts::MAIL_KIND;
        if is_gift && !studio.gifts().may_go(&id, &mail.letter.to).await? {
            self.withdraw(&id).await?;
            return Ok(false);
        }
        let policy = Arc::clone(studio.policy());
        let by = &policy.controller;
        let letter = processors::Letter {
            id: &id,
            to: &mail.letter.to,
            from_name: &by.name,
            from_email: &by.email,
            subject: &mail.letter.subject,
            text: &mail.letter.text,
            html: &mail.letter.html,
            unsubscribe: mail.letter.unsubscribe.as_deref(),
            written_at_ms: mail.created_at_ms,
        };
        let update = rows::Entity::update_many().filter(rows::Column::Id.eq(id.as_str()));
        let (update, sent) = match studio.0.outside.post.deliver(letter).await {
            Ok(()) => (
                update
                    .col_expr(rows::Column::State, Expr::value(State::Sent))
                    .col_expr(rows::Column::Problem, Expr::value(None::<String>))
                    .col_expr(rows::Column::SentAtMs, Expr::value(now)),
                true,
            ),
            Err(PostError::Later(detail)) if tries < TRIES_MAX => {
                tracing::warn!(mail = id, tries, %detail, "mail not delivered, will be tried again");
                let pause = PAUSE_MS_MAX.min(PAUSE_MS << (tries - 1).min(20));
                let update = update.col_expr(rows::Column::Problem, Expr::value(Some(detail.to_string())));
                (update.col_expr(rows::Column::DueAtMs, Expr::value(now + pause)), false)
            }
            // Of an address that is not kept, this is not kept either.
            Err(PostError::NoSuchAddress(detail)) if !is_to_stranger(&mail.kind) => {
                tracing::warn!(mail = id, tries, %detail, "nobody takes mail at the address");
                self.undeliverable(&id, &mail.letter.to).await?;
                return Ok(false);
            }
            Err(error) => {
                tracing::error!(mail = id, tries, %error, "mail given up");
                let update = update.col_expr(rows::Column::Problem, Expr::value(Some(error.to_string())));
                (update.col_expr(rows::Column::State, Expr::value(State::Failed)), false)
            }
        };
        let tx = studio.db().begin().await?;
        update.exec(&tx).await?;
        if sent {
            studio.marketing().delivered(&tx, &id, &mail.kind).await?;
        }
        if sent && is_gift {
            gifts::note_delivered(&tx, &id, now).await?;
        }
        tx.commit().await?;
        Ok(sent)
    }

    /// It is not its time yet, which is no try that failed.
    async fn put_off(&self, mail: &str, tries: i64, until_ms: i64) -> Result<()> {
        rows::Entity::update_many()
            .col_expr(rows::Column::DueAtMs, Expr::value(until_ms))
            .col_expr(rows::Column::Tries, Expr::value(tries))
            .filter(rows::Column::Id.eq(mail))
            .filter(rows::Column::State.eq(State::Waiting))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    /// Nobody takes mail at its address: nothing that advertises goes there any more. Mail that is part of the
    /// service is still tried.
    async fn undeliverable(&self, mail: &str, to: &str) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        rows::Entity::update_many()
            .col_expr(rows::Column::State, Expr::value(State::Undeliverable))
            .filter(rows::Column::Id.eq(mail))
            .exec(&tx)
            .await?;
        self.studio.marketing().bounced(&tx, to).await?;
        Ok(tx.commit().await?)
    }

    async fn withdraw(&self, mail: &str) -> Result<()> {
        rows::Entity::update_many()
            .col_expr(rows::Column::State, Expr::value(State::Withdrawn))
            .filter(rows::Column::Id.eq(mail))
            .exec(self.studio.db().write())
            .await?;
        Ok(())
    }

    /// The last mails, newest first. For the local outbox page of the embedded size.
    ///
    /// # Errors
    /// `outbox-not-local` when mails are really sent: then nobody but the addressee reads them.
    #[boxed]
    pub async fn list(&self, limit: u64) -> Result<Vec<Mail>> {
        self.check_local()?;
        let rows = rows::Entity::find()
            .order_by_desc(rows::Column::CreatedAtMs)
            .order_by_desc(rows::Column::Id)
            .limit(limit)
            .all(self.studio.db().read())
            .await?;
        let mut mails = Vec::with_capacity(rows.len());
        for row in rows {
            match self.open(row).await {
                Ok(mail) => mails.push(mail),
                Err(error) if is_gone(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(mails)
    }

    /// One mail of the local outbox.
    ///
    /// # Errors
    /// `mail-not-found`, `outbox-not-local`.
    #[boxed]
    pub async fn get(&self, mail: &MailId) -> Result<Mail> {
        self.check_local()?;
        let row = rows::Entity::find_by_id(mail.as_str()).one(self.studio.db().read()).await?;
        self.open(row.ok_or_else(|| Error::not_found("mail-not-found"))?).await
    }

    fn check_local(&self) -> Result<()> {
        if self.studio.0.outside.post.is_local() { Ok(()) } else { Err(Error::not_found("outbox-not-local")) }
    }

    async fn open(&self, row: rows::Model) -> Result<Mail> {
        let letter = match row.account_id {
            Some(account) => {
                let key =
                    self.studio.data_key(&AccountId::stored(account), PurposeId::ServiceMessages).await?;
                self.studio.vault().open_field(&key, &place(&row.id), &row.sealed)?
            }
            None => self.studio.vault().open_field(self.studio.house_key(), &place(&row.id), &row.sealed)?,
        };
        Ok(Mail {
            id: MailId::stored(row.id),
            kind: row.kind,
            letter: serde_json::from_slice(&letter).map_err(Error::internal)?,
            state: row.state,
            created_at_ms: row.created_at_ms,
        })
    }
}

/// Whether a mail cannot be opened because its account is no more, or is about to be erased.
fn is_gone(error: &Error) -> bool {
    matches!(error.code(), "purpose-not-allowed" | "account-not-found")
}

fn place(row: &str) -> Place<'_> {
    Place { table: "mails", row, column: "sealed" }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::BoxFuture;

    use super::*;
    use crate::db::testing::{on_both, on_both_with};

    /// A post that is away until its third try, and turns one subject down for good.
    #[derive(Default)]
    struct Moody(AtomicUsize);

    impl processors::Post for Moody {
        fn deliver<'a>(&'a self, letter: processors::Letter<'a>) -> BoxFuture<'a, Result<(), PostError>> {
            let tries = self.0.fetch_add(1, Ordering::SeqCst);
            let result = match letter.subject {
                "never" => Err(PostError::Never("no such address".into())),
                _ if tries < 2 => Err(PostError::Later("away".into())),
                _ => Ok(()),
            };
            Box::pin(async { result })
        }
        fn is_local(&self) -> bool {
            false
        }
    }

    async fn write(studio: &Studio, account: &AccountId, subject: &str) {
        let tx = studio.db().begin().await.unwrap();
        let message = Message { kind: "test", subject: subject.into(), ..Message::default() };
        studio.mail().write(&tx, account, &message).await.unwrap();
        tx.commit().await.unwrap();
    }

    #[test]
    fn a_mail_is_written_with_its_cause_or_not_at_all() {
        on_both(async |kit| {
            let account = kit.account("anna@example.org").await;
            let before = kit.studio.mail().list(100).await.unwrap().len();
            let tx = kit.studio.db().begin().await.unwrap();
            kit.studio.mail().write(&tx, &account, &Message::default()).await.unwrap();
            drop(tx);
            assert_eq!(kit.studio.mail().list(100).await.unwrap().len(), before);

            write(&kit.studio, &account, "Hello").await;
            let mails = kit.studio.mail().list(100).await.unwrap();
            let mail = kit.studio.mail().get(&mails[0].id).await.unwrap();
            assert_eq!(
                (mail.letter.to.as_str(), mail.letter.subject.as_str()),
                ("anna@example.org", "Hello")
            );
            assert!(kit.studio.mail().deliver().await.unwrap() >= 1);
            assert_eq!(kit.studio.mail().get(&mails[0].id).await.unwrap().state, State::Sent);
            assert_eq!(kit.studio.mail().deliver().await.unwrap(), 0, "nothing goes twice");
        });
    }

    #[test]
    fn an_absent_post_is_tried_again_with_growing_pauses() {
        on_both_with(
            |outside| outside.post = Arc::new(Moody::default()),
            async |kit| {
                let account = kit.account_without_mail("anna@example.org").await;
                write(&kit.studio, &account, "hello").await;
                let deliver = async || kit.studio.mail().deliver().await.unwrap();
                assert_eq!(deliver().await, 0);
                assert_eq!(deliver().await, 0, "not before the pause is over");
                kit.clock.advance(PAUSE_MS);
                assert_eq!(deliver().await, 0);
                kit.clock.advance(PAUSE_MS);
                assert_eq!(deliver().await, 0, "the second pause is longer");
                kit.clock.advance(PAUSE_MS);
                assert_eq!(deliver().await, 1);

                write(&kit.studio, &account, "never").await;
                assert_eq!(deliver().await, 0);
                kit.clock.advance(PAUSE_MS_MAX);
                assert_eq!(deliver().await, 0, "given up");
                assert_eq!(kit.studio.mail().list(1).await.unwrap_err().code(), "outbox-not-local");
            },
        );
    }

    /// A post with which the program dies once, after the mail has gone.
    #[derive(Default)]
    struct Deadly {
        died: std::sync::atomic::AtomicBool,
        taken: std::sync::Mutex<Vec<String>>,
    }

    impl processors::Post for Deadly {
        fn deliver<'a>(&'a self, letter: processors::Letter<'a>) -> BoxFuture<'a, Result<(), PostError>> {
            self.taken.lock().unwrap().push(letter.id.to_owned());
            assert!(self.died.swap(true, Ordering::SeqCst), "told to die");
            Box::pin(async { Ok(()) })
        }
        fn is_local(&self) -> bool {
            true
        }
    }

    #[test]
    fn a_mail_that_was_in_hand_when_the_program_died_is_not_lost_and_known_by_its_id() {
        use futures::FutureExt;
        let post = Arc::new(Deadly::default());
        let theirs = Arc::clone(&post);
        on_both_with(
            move |outside| outside.post = Arc::clone(&theirs) as Arc<dyn processors::Post>,
            async |kit| {
                post.died.store(false, Ordering::SeqCst);
                post.taken.lock().unwrap().clear();
                let account = kit.account_without_mail("anna@example.org").await;
                write(&kit.studio, &account, "Hello").await;
                let outbox = kit.studio.mail();
                let dying = std::panic::AssertUnwindSafe(outbox.deliver()).catch_unwind().await;
                assert!(dying.is_err());
                assert_eq!(outbox.deliver().await.unwrap(), 0, "it may still be in somebody's hands");
                kit.clock.advance(CLAIMED_MS);
                assert_eq!(outbox.deliver().await.unwrap(), 1);
                assert_eq!(outbox.deliver().await.unwrap(), 0);
                // A post that knows the id takes the second for the first.
                let taken = post.taken.lock().unwrap().clone();
                assert_eq!((taken.len(), &taken[0]), (2, &taken[1]));
            },
        );
    }

    /// What is logged.
    #[derive(Clone, Default)]
    struct Log(Arc<std::sync::Mutex<Vec<u8>>>);

    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_server_that_repeats_the_address_leaves_no_trace_of_it() {
        use mail_server::{MailServer, Mood};
        let server = MailServer::plain();
        let address = format!("smtp://{}", server.address());
        let sends = |outside: &mut crate::Outside| {
            let way = egress::MailServer::new(&address, None, egress::Reroute::default()).unwrap();
            outside.post = Arc::new(processors::SmtpPost::new(way, "films@example.org", None).unwrap());
        };
        on_both_with(sends, async |kit| {
            let account = kit.account_without_mail("anna@example.org").await;
            let (log, outbox) = (Log::default(), kit.studio.mail());
            let into = log.clone();
            let reader =
                tracing_subscriber::fmt().with_ansi(false).with_writer(move || into.clone()).finish();
            let reading = tracing::subscriber::set_default(reader);
            let answers = [
                (Mood::Busy, "451 4.7.1: the rules there do not allow it"),
                (Mood::NoRelay, "554 5.7.1: the rules there do not allow it"),
                (Mood::Disliked, "554 5.6.0: it is not taken in this form"),
                (Mood::Unknown, "550 5.1.1: the address is not good"),
            ];
            for (mood, answer) in answers {
                server.set(mood);
                write(&kit.studio, &account, "Hello").await;
                assert_eq!(outbox.deliver().await.unwrap(), 0, "{mood:?}");
                let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
                assert!(logged.contains(answer), "{mood:?}: {logged}");
                assert!(!logged.contains("anna"), "{mood:?}: {logged}");
                // Of an address where nobody is, the row says that alone.
                let shown = kit.dump("mails").await;
                assert!(mood == Mood::Unknown || shown.contains(answer), "{mood:?}: {shown}");
                assert!(!kit.shows("mails", "anna@").await, "{mood:?}: {shown}");
            }
            drop(reading);
            assert!(server.heard().iter().any(|line| line.contains("anna@example.org")), "it was named");
        });
    }

    #[test]
    fn two_workers_deliver_a_mail_once() {
        on_both(async |kit| {
            let account = kit.account("anna@example.org").await;
            kit.studio.mail().deliver().await.unwrap();
            write(&kit.studio, &account, "Hello").await;
            let workers = (0..4).map(|_| async { kit.studio.mail().deliver().await.unwrap() });
            assert_eq!(futures::future::join_all(workers).await.into_iter().sum::<usize>(), 1);
        });
    }
}
