//! Signing in by a service that knows people, where one is connected. The ways of our own stay open beside it.
//!
//! A person of the service opens the account that they are linked to. They are linked to the account whose address
//! was confirmed here and at the service, and the owner is told; an address that was not is looked up nowhere. Who has
//! no account makes one with the same questions as everybody. Until then nothing of them is kept but what it takes to
//! have them deleted at the service when they do not go on.
//!
//! What changes at the service changes little here. An address: nothing, for ours changes only when both its ends
//! confirm. A session that ends there ends those of ours that began with it. A person who deletes themselves there has
//! asked for the end of their account, with the usual days to take it back; one whom we have deleted there has not, and
//! opens nothing from the moment that we asked for it.
//!
//! What changes here goes the other way: an account that gets a new address lets go of its person, unless they have
//! confirmed that address at the service too. A new password does not: any session may set one, it ends no other, and
//! whoever comes back by a mail link finds the way to take the person away beside it.
//!
//! The session is ours alone; a token of theirs is looked at once and forgotten. Theirs, on which ours rests, is a handle
//! of the account: when ours is over, it is ended there.

pub(crate) mod letter;
mod news;
pub(crate) mod rows;
mod unfinished;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use policy::{Country, ProcessorId, Subject, purpose};
pub use processors::role::{Brought, Door};
use processors::role::{Came, Person, SignIn, SignInError, Theirs};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;

use super::email::Email;
use super::rows::{State, accounts};
use super::sign_up::Pending;
use super::{Accounts, LINK_MS, SignedIn};
use crate::clock::{MINUTE_MS, SECOND_MS};
use crate::handles::Which;
use crate::marketing::Method;
use crate::sessions::rows as our_sessions;
use crate::sessions::{self, Session};
use crate::throttle::{self, Limit};
use crate::{AccountId, Client, Error, Result, boxed};
use rows::{people, sessions as their_sessions};

/// How often one client is sent to the service or comes back.
const PER_CLIENT: Limit = Limit { name: "service-client", tries_max: 120, window_ms: 15 * MINUTE_MS };

/// A browser that is sent to the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Belongs in a cookie of this browser: only it can come back.
    pub secret: String,
    /// The address that it is sent to.
    pub to: String,
}

/// What became of a browser that came back.
#[derive(Debug, Clone)]
pub enum CameBack {
    /// It is sent on once more.
    Ask(String),
    /// Somebody is signed in.
    In(Box<SignedIn>),
    /// Somebody has no account yet. What the browser keeps in place of the secret until they made one.
    New(String),
}

/// What a person fills in who comes from the service and has no account.
#[derive(Debug, Clone)]
pub struct PersonSignUp {
    /// What they said of their age: see [`SignUp::adult`](super::SignUp::adult).
    pub adult: Option<String>,
    /// The version of the marketing wording they ticked.
    pub marketing: Option<String>,
    /// The country that decided how they were asked, as far as it is known.
    pub country: Option<Country>,
    /// The language of the page ("en").
    pub language: String,
}

/// A browser that comes back.
#[derive(Clone, Copy)]
pub struct Return<'a> {
    /// What it was given when it was sent.
    pub secret: &'a str,
    /// What stands in the address it came to.
    pub state: &'a str,
    /// Whether it was sent on already.
    pub asked: bool,
    /// What it brought.
    pub brought: &'a Brought,
}

impl Accounts<'_> {
    /// The name of the sign-in service, as the policy has it; `None` when there is none.
    pub fn service(&self) -> Option<String> {
        let processor = self.studio.connected().sign_in.as_ref()?.processor();
        Some(self.studio.policy().processor(processor)?.name.clone())
    }

    /// Sends a browser to the service; it comes back to the address `back`, to which we add what we know it by.
    ///
    /// # Errors
    /// `service-not-found`, `too-many-sign-ins`.
    #[boxed]
    pub async fn go_to_service(&self, door: Door, back: &str, client: &Client) -> Result<Sent> {
        let service = self.sign_in_service()?;
        throttle::count(self.studio, &PER_CLIENT, client.0.as_bytes(), "too-many-sign-ins").await?;
        let secret = sessions::new_token(self.studio.random());
        let to = service.page(door, &format!("{back}?state={}", state_of(&secret)));
        Ok(Sent { secret, to })
    }

    /// A browser comes back to the address `back`. Whoever is there is told the same, whether or not somebody has an
    /// account.
    ///
    /// # Errors
    /// `service-refused` for what is forged, old or another browser's; `service-unverified`, `service-away`,
    /// `service-not-found`, `too-many-sign-ins`.
    pub async fn back_from_service(&self, came: Return<'_>, back: &str, client: &Client) -> Result<CameBack> {
        let (studio, service) = (self.studio, self.sign_in_service()?);
        throttle::count(studio, &PER_CLIENT, client.0.as_bytes(), "too-many-sign-ins").await?;
        if came.secret.is_empty() || !is_same(&state_of(came.secret), came.state) {
            return Err(refused("it is not the browser that was sent, or its time is over"));
        }
        let again = format!("{back}?state={}&asked=1", came.state);
        let now_s = studio.now_ms() / SECOND_MS;
        let theirs = match service.came_back(came.brought, &again, came.asked, now_s).await.map_err(failed)? {
            Came::Ask { to } => return Ok(CameBack::Ask(to)),
            Came::As(theirs) => theirs,
        };
        let person = self.person(&*service, &theirs).await?;
        match self.known(&*service, &person, &theirs).await {
            Ok(Some(who)) => return Ok(CameBack::In(Box::new(who))),
            Ok(None) => self.note_unfinished(service.processor(), &person.id).await?,
            Err(error) => {
                // Who has not confirmed their address there has come here all the same.
                if error.code() == "service-unverified" {
                    self.note_unfinished(service.processor(), &person.id).await?;
                }
                return Err(error);
            }
        }
        Ok(CameBack::New(self.arrived(&theirs)))
    }

    /// The address of whoever came from the service and has no account yet.
    ///
    /// # Errors
    /// `service-late`, `service-refused`, `service-unverified`, `service-away`, `service-not-found`,
    /// `too-many-sign-ins`.
    #[boxed]
    pub async fn address_at_service(&self, arrived: &str, client: &Client) -> Result<String> {
        let service = self.sign_in_service()?;
        let theirs = self.read_arrived(arrived)?;
        throttle::count(self.studio, &PER_CLIENT, client.0.as_bytes(), "too-many-sign-ins").await?;
        Ok(verified(&self.person(&*service, &theirs).await?)?.as_str().to_owned())
    }

    /// Makes an account for whoever came from the service, or signs in when they have one by now. Who says that they
    /// are under age is deleted there as well.
    ///
    /// # Errors
    /// As [`Self::address_at_service`] and, of the questions, [`Self::sign_up`].
    #[boxed]
    pub async fn sign_up_from_service(
        &self,
        arrived: &str,
        form: PersonSignUp,
        client: &Client,
    ) -> Result<SignedIn> {
        let (studio, service) = (self.studio, self.sign_in_service()?);
        let theirs = self.read_arrived(arrived)?;
        let adult = match self.adult(form.adult.as_deref()) {
            Err(error) if error.code() == "under-age" => {
                self.delete_unfinished(service.processor(), &theirs.person).await?;
                return Err(error);
            }
            said => said?,
        };
        self.check_wording(Subject::Marketing, form.marketing.as_deref())?;
        throttle::count(studio, &PER_CLIENT, client.0.as_bytes(), "too-many-sign-ins").await?;
        let person = self.person(&*service, &theirs).await?;
        if let Some(who) = self.known(&*service, &person, &theirs).await? {
            return Ok(who);
        }
        let email = verified(&person)?;
        let language = form.language.as_str();
        let answers =
            Pending { adult: Some(adult), marketing: None, country: None, password_hash: None, language };
        let (mut row, id) = self.new_pending(&email, &answers).await?;
        row.state = Set(State::Active);
        row.email_index = Set(Some(self.index(&email)));
        row.confirmed_at_ms = Set(Some(studio.now_ms()));
        let account = AccountId::stored(id);
        let tx = studio.db().begin().await?;
        accounts::Entity::insert(row).exec_without_returning(&tx).await?;
        self.link_person(&tx, &account, service.processor(), &person).await?;
        let who = self.let_in(&tx, &*service, account.clone(), State::Active, &theirs).await?;
        tx.commit().await?;
        if let Some(wording) = &form.marketing {
            studio.marketing().subscribe(&account, Method::SignUp, wording, form.country).await?;
        }
        Ok(SignedIn { is_new: true, ..who })
    }

    /// Since when the service opens an account; `None`: it does not.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn linked_at_ms(&self, account: &AccountId) -> Result<Option<i64>> {
        let row = people::Entity::find_by_id(account.as_str()).one(self.studio.db().read()).await?;
        Ok(row.map(|row| row.linked_at_ms))
    }

    /// The service does not open the account of this session any more, what it opened elsewhere is shut, and the
    /// person is deleted there.
    ///
    /// # Errors
    /// `account-not-found`.
    #[boxed]
    pub async fn unlink(&self, session: &Session) -> Result<()> {
        let account = session.account.as_ref().ok_or_else(|| Error::not_found("account-not-found"))?;
        self.forget_person(account, Some(session)).await
    }

    fn sign_in_service(&self) -> Result<Arc<dyn SignIn>> {
        self.studio.connected().sign_in.clone().ok_or_else(|| Error::not_found("service-not-found"))
    }

    /// The person of a session, as they are now: a token outlives its session and its person by a minute.
    async fn person(&self, service: &dyn SignIn, theirs: &Theirs) -> Result<Person> {
        let db = self.studio.db().read();
        if self.is_over(db, service, &theirs.session).await? {
            return Err(refused("that session has ended there, or is being ended"));
        }
        if self.studio.handles().is_going(db, service.processor(), &theirs.person).await? {
            return Err(refused("they are being deleted there"));
        }
        let person = service.person(&theirs.person).await.map_err(failed)?;
        person
            .filter(|person| person.may_sign_in && person.id == theirs.person)
            .ok_or_else(|| refused("there is no such person, or they are not let in"))
    }

    /// Whether a session of theirs has ended, as far as it was told, or is being ended because ours is over.
    async fn is_over(&self, db: &impl ConnectionTrait, service: &dyn SignIn, session: &str) -> Result<bool> {
        if let Some(handle) = service.session_handle(session)
            && self.studio.handles().is_going(db, service.processor(), &handle).await?
        {
            return Ok(true);
        }
        let ended = their_sessions::Entity::find()
            .filter(their_sessions::Column::TheirIndex.eq(self.their_index(session)))
            .filter(their_sessions::Column::SessionId.is_null())
            .one(db)
            .await?;
        Ok(ended.is_some())
    }

    /// Whether the person of an account has confirmed an address at the service. A service that does not answer has
    /// not said so.
    #[boxed]
    pub(super) async fn has_at_service(&self, account: &AccountId, email: &Email) -> Result<bool> {
        let (studio, db) = (self.studio, self.studio.db().read());
        let Some(service) = studio.connected().sign_in.clone() else { return Ok(false) };
        let Some(linked) = people::Entity::find_by_id(account.as_str()).one(db).await? else {
            return Ok(false);
        };
        let processor = service.processor();
        let known = studio.handles().of(db, account, processor, None).await?;
        let Some(id) = known.iter().find(|id| self.person_index(processor, id) == linked.person_index) else {
            return Ok(false);
        };
        let Ok(Some(person)) = service.person(id).await else { return Ok(false) };
        let is_theirs = verified(&person).is_ok_and(|theirs| theirs.look_up() == email.look_up());
        Ok(person.may_sign_in && is_theirs)
    }

    /// Signs a person in who has an account: theirs by a link, or by an address that was confirmed at both ends.
    async fn known(
        &self,
        service: &dyn SignIn,
        person: &Person,
        theirs: &Theirs,
    ) -> Result<Option<SignedIn>> {
        let (studio, processor, db) = (self.studio, service.processor(), self.studio.db().read());
        let whose = match self.linked(db, processor, &person.id).await? {
            Some(linked) => Some(linked.account_id),
            None => self.find(db, &verified(person)?).await?.map(|row| row.id),
        };
        let Some(whose) = whose else { return Ok(None) };
        let tx = studio.begin_for(&AccountId::stored(whose)).await?;
        if let Some(linked) = self.linked(&tx, processor, &person.id).await? {
            let row = accounts::Entity::find_by_id(linked.account_id).one(&tx).await?;
            let row = row.filter(|row| State::CONFIRMED.contains(&row.state));
            let row = row.ok_or_else(|| refused("its account is not in use"))?;
            let who = self.let_in(&tx, service, AccountId::stored(row.id), row.state, theirs).await?;
            tx.commit().await?;
            return Ok(Some(who));
        }
        let Some(row) = self.find(&tx, &verified(person)?).await? else { return Ok(None) };
        let account = AccountId::stored(row.id);
        self.link_person(&tx, &account, processor, person).await?;
        let name = self.service().unwrap_or_default();
        studio.mail().write(&tx, &account, &letter::linked(&row.language, &name)).await?;
        let who = self.let_in(&tx, service, account, row.state, theirs).await?;
        tx.commit().await?;
        Ok(Some(who))
    }

    async fn linked(
        &self,
        db: &impl ConnectionTrait,
        processor: ProcessorId,
        person: &str,
    ) -> Result<Option<people::Model>> {
        let index = self.person_index(processor, person);
        Ok(people::Entity::find().filter(people::Column::PersonIndex.eq(index)).one(db).await?)
    }

    /// Links a person to an account, in place of whoever was linked to it, who is let go of. They are the account's to
    /// be deleted from now on. Whose deletion we asked for is not linked: it is not called off.
    async fn link_person(
        &self,
        tx: &impl ConnectionTrait,
        account: &AccountId,
        processor: ProcessorId,
        person: &Person,
    ) -> Result<()> {
        // In this order: whoever has them deleted at this moment is waited for.
        self.finished(tx, processor, &person.id).await?;
        if self.studio.handles().is_going(tx, processor, &person.id).await? {
            return Err(refused("they are being deleted there"));
        }
        self.let_go_of_person(tx, account, None).await?;
        let row = people::ActiveModel {
            account_id: Set(account.to_string()),
            processor: Set(processor.to_string()),
            person_index: Set(self.person_index(processor, &person.id)),
            linked_at_ms: Set(self.studio.now_ms()),
            used_at_ms: Set(None),
        };
        people::Entity::insert(row).exec_without_returning(tx).await?;
        self.studio.handles().note(tx, account, processor, None, &person.id).await
    }

    /// Lets somebody in who is linked. A link that is taken away, and a session that ends there, at the same moment wait
    /// for the link's row or are waited for.
    async fn let_in(
        &self,
        tx: &impl ConnectionTrait,
        service: &dyn SignIn,
        account: AccountId,
        state: State,
        theirs: &Theirs,
    ) -> Result<SignedIn> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let used = people::Entity::update_many()
            .col_expr(people::Column::UsedAtMs, Expr::value(Some(now)))
            .filter(people::Column::AccountId.eq(account.as_str()))
            .exec(tx)
            .await?;
        if used.rows_affected == 0 || self.is_over(tx, service, &theirs.session).await? {
            return Err(refused("the link was taken away, or that session has ended there, just now"));
        }
        let who = self.signed_in(tx, account, state).await?;
        let session = our_sessions::Entity::find()
            .filter(our_sessions::Column::TokenHash.eq(sessions::hash(&who.session.token)))
            .one(tx)
            .await?
            .ok_or_else(|| Error::internal("the session that was just made is not there"))?;
        let row = their_sessions::ActiveModel {
            id: Set(studio.new_id()),
            account_id: Set(Some(who.account.to_string())),
            session_id: Set(Some(session.id.clone())),
            their_index: Set(self.their_index(&theirs.session)),
            at_ms: Set(now),
        };
        their_sessions::Entity::insert(row).exec_without_returning(tx).await?;
        if let Some(handle) = service.session_handle(&theirs.session) {
            let (processor, about) = (service.processor(), Some(session.id.as_str()));
            studio.handles().note(tx, &who.account, processor, about, &handle).await?;
        }
        Ok(who)
    }

    async fn forget_person(&self, account: &AccountId, here: Option<&Session>) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        self.let_go_of_person(&tx, account, here).await?;
        Ok(tx.commit().await?)
    }

    /// Takes a link away, if there is one, and has the person deleted at the service; sessions that began there end,
    /// but for `here`.
    pub(super) async fn let_go_of_person(
        &self,
        tx: &impl ConnectionTrait,
        account: &AccountId,
        here: Option<&Session>,
    ) -> Result<()> {
        let Some(linked) = people::Entity::find_by_id(account.as_str()).one(tx).await? else {
            return Ok(());
        };
        people::Entity::delete_by_id(account.as_str()).exec(tx).await?;
        self.end_begun_there(tx, account, here).await?;
        let processor = linked.processor.parse::<ProcessorId>().map_err(Error::internal)?;
        self.studio.handles().let_go(tx, account, Which::At(processor)).await
    }

    /// Ends the sessions of an account that began at the service.
    async fn end_begun_there(
        &self,
        tx: &impl ConnectionTrait,
        account: &AccountId,
        but: Option<&Session>,
    ) -> Result<()> {
        let begun_there = Query::select()
            .column(their_sessions::Column::SessionId)
            .from(their_sessions::Entity)
            .and_where(their_sessions::Column::AccountId.eq(account.as_str()))
            .and_where(their_sessions::Column::SessionId.is_not_null())
            .to_owned();
        let mut ends = our_sessions::Entity::delete_many()
            .filter(our_sessions::Column::AccountId.eq(account.as_str()))
            .filter(our_sessions::Column::Id.in_subquery(begun_there));
        if let Some(but) = but {
            ends = ends.filter(our_sessions::Column::Id.ne(but.id.as_str()));
        }
        ends.exec(tx).await?;
        Ok(())
    }

    /// What the browser of somebody new keeps: who they are at the service, signed, for as long as a link works.
    fn arrived(&self, theirs: &Theirs) -> String {
        let until_ms = self.studio.now_ms() + LINK_MS;
        let coded = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let said = format!("{}~{}~{until_ms}", coded(&theirs.person), coded(&theirs.session));
        let seal = self.arrived_seal(&said);
        format!("{said}~{seal}")
    }

    fn read_arrived(&self, arrived: &str) -> Result<Theirs> {
        let (said, seal) = arrived.rsplit_once('~').ok_or_else(late)?;
        if !is_same(&self.arrived_seal(said), seal) {
            return Err(late());
        }
        let mut parts = said.split('~');
        let (Some(person), Some(session), Some(until_ms)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(late());
        };
        if until_ms.parse::<i64>().map_err(|_| late())? <= self.studio.now_ms() {
            return Err(late());
        }
        let text = |coded: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(coded).map_err(Error::internal)?;
            String::from_utf8(bytes).map_err(Error::internal)
        };
        Ok(Theirs { person: text(person)?, session: text(session)? })
    }

    fn arrived_seal(&self, said: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.studio.0.house.index.of("person arrived", said.as_bytes()))
    }

    fn person_index(&self, processor: ProcessorId, person: &str) -> Vec<u8> {
        self.studio.0.house.index.of("person", format!("{processor}/{person}").as_bytes()).to_vec()
    }

    fn their_index(&self, session: &str) -> Vec<u8> {
        self.studio.0.house.index.of("session there", session.as_bytes()).to_vec()
    }
}

/// What stands in the address that a browser comes back to: it tells nothing of the secret in its cookie.
fn state_of(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(sessions::hash(secret))
}

/// Hashes are compared: how long that takes tells nothing of what was expected.
fn is_same(expected: &str, came: &str) -> bool {
    sessions::hash(expected) == sessions::hash(came)
}

/// The person's address, when the service was shown that it is theirs.
fn verified(person: &Person) -> Result<Email> {
    let email = person.verified_email.as_ref().map(|email| email.for_purpose::<purpose::Account>());
    email.and_then(|email| Email::parse(email).ok()).ok_or_else(|| {
        let sentence = "Your e-mail address is not confirmed at the service. Please confirm it there, or use another way to sign in.";
        Error::refused("service-unverified", sentence)
    })
}

fn failed(error: SignInError) -> Error {
    match error {
        SignInError::NotBelieved(why) => refused(why),
        error => Error::unavailable("service-away", error),
    }
}

/// One answer, whatever is wrong.
fn refused(detail: impl std::fmt::Display) -> Error {
    let sentence =
        "That did not work. Please begin again, or use another way to sign in. Nothing was changed.";
    Error::refused("service-refused", sentence).with_detail(detail)
}

fn late() -> Error {
    let sentence = "That took too long. Please begin again; nothing was kept.";
    Error::refused("service-late", sentence)
}

#[cfg(test)]
mod tests;
