//! The person's side: writing, and reading what was said.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Condition;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect, QueryTrait};

use super::messenger::rows::outside_conversations;
use super::rows::{conversations, messages};
use super::{
    Author, Circumstances, Conversations, Line, Listener, Mark, Person, State, checked, since_first, take,
};
use crate::clock::HOUR_MS;
use crate::throttle::{self, Limit};
use crate::{Client, Result, boxed};

/// Messages from one client: nobody floods the desk.
const PER_CLIENT: Limit = Limit { name: "messages-client", tries_max: 120, window_ms: HOUR_MS };
/// Messages of one person.
const PER_PERSON: Limit = Limit { name: "messages-person", tries_max: 40, window_ms: HOUR_MS };
/// The most that is read at once: the last conversations, and the last lines of them.
const CONVERSATIONS: u64 = 20;
const LINES: u64 = 200;

/// Browsers in which one person listens at the same moment.
const LISTENERS_PER_PERSON: usize = 16;
/// The same of all that come from one client, a school among them.
const LISTENERS_PER_CLIENT: usize = 200;

impl Conversations<'_> {
    /// Says something to support. It goes into the open conversation; where there is none, one begins. What is a request
    /// about rights is a case besides.
    ///
    /// # Errors
    /// `message-empty`, `words-long`, `too-many-messages`.
    #[boxed]
    pub async fn say(
        &self,
        person: &Person,
        around: &Circumstances,
        words: &str,
        client: &Client,
    ) -> Result<()> {
        let studio = self.studio;
        let words = checked(words)?;
        let (account, device_hash) = match person {
            Person::Customer(account) => {
                (Some(account.as_str()), around.device.as_ref().map(|device| self.device_hash(device)))
            }
            Person::Device(device) => (None, Some(self.device_hash(device))),
        };
        let known_by = Self::known_by(account, device_hash.as_deref());
        throttle::count(studio, &PER_CLIENT, client.0.as_bytes(), "too-many-messages").await?;
        throttle::count(studio, &PER_PERSON, &known_by, "too-many-messages").await?;
        let (key, now) = (self.key_of(account).await?, studio.now_ms());
        let signed_in = match person {
            Person::Customer(account) => Some(account),
            Person::Device(_) => None,
        };
        let asker = studio.enquiries().asker(signed_in, &around.language, words).await?;
        let elsewhere = outside_conversations::Entity::find()
            .select_only()
            .column(outside_conversations::Column::ConversationId)
            .into_query();
        let tx = studio.db().begin().await?;
        let open = conversations::Entity::find()
            .filter(self.of(person))
            .filter(conversations::Column::State.eq(State::Open))
            // What goes on at a messenger of somebody else goes on there.
            .filter(conversations::Column::Id.not_in_subquery(elsewhere))
            .order_by_desc(conversations::Column::Id)
            .one(&tx)
            .await?;
        let conversation = match open {
            Some(open) if take(&tx, &open.id, since_first(now)).await? => open.id,
            _ => {
                let id = studio.new_id();
                let session = around.session.as_ref();
                let row = conversations::ActiveModel {
                    id: Set(id.clone()),
                    page: Set(around.page.clone()),
                    device_hash: Set(device_hash),
                    session_hash: Set(session.map(|session| {
                        studio.0.house.index.of("support-session", session.as_bytes()).to_vec()
                    })),
                    account_id: Set(account.map(str::to_owned)),
                    state: Set(State::Open),
                    created_at_ms: Set(now),
                    waiting_since_ms: Set(Some(now)),
                    closed_at_ms: Set(None),
                };
                conversations::Entity::insert(row).exec_without_returning(&tx).await?;
                id
            }
        };
        self.add(&tx, (&conversation, &key), Author::Person, words, now).await?;
        if let Some(asker) = &asker {
            studio.enquiries().take_said(&tx, asker, &conversation, words, now).await?;
        }
        tx.commit().await?;
        self.tell(known_by);
        Ok(())
    }

    /// What was said after a mark, oldest first, over all conversations of the person that are still kept.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn read(&self, person: &Person, after: &Mark) -> Result<Vec<Line>> {
        let db = self.studio.db().read();
        let ids: Vec<String> = conversations::Entity::find()
            .select_only()
            .column(conversations::Column::Id)
            .filter(self.of(person))
            .filter(conversations::Column::Id.gte(after.conversation.as_str()))
            .order_by_desc(conversations::Column::Id)
            .limit(CONVERSATIONS)
            .into_tuple()
            .all(db)
            .await?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let later = Condition::any()
            .add(messages::Column::ConversationId.gt(after.conversation.as_str()))
            .add(messages::Column::Place.gt(after.place));
        let mut rows = messages::Entity::find()
            .filter(messages::Column::ConversationId.is_in(ids))
            .filter(later)
            .order_by_desc(messages::Column::ConversationId)
            .order_by_desc(messages::Column::Place)
            .limit(LINES)
            .all(db)
            .await?;
        rows.reverse();
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let key = match person {
            Person::Customer(account) => self.key_of(Some(account.as_str())).await?,
            Person::Device(_) => self.key_of(None).await?,
        };
        rows.into_iter().map(|row| self.line(&key, row)).collect()
    }

    /// Listens for what is said to or by a person. Other processes are not heard: look from time to time. `None` when
    /// this person, or all at this client, listen more often than browsers do.
    pub fn listen(&self, person: &Person, client: &Client) -> Option<Listener> {
        let whom = match person {
            Person::Customer(account) => Self::known_by(Some(account.as_str()), None),
            Person::Device(device) => Self::known_by(None, Some(&self.device_hash(device))),
        };
        let listeners = &self.studio.0.listeners;
        let of_client = listeners.listening.begin(&client.with(b""), LISTENERS_PER_CLIENT)?;
        let of_person = listeners.listening.begin(&whom, LISTENERS_PER_PERSON)?;
        Some(Listener { whom, said: listeners.sender.subscribe(), _places: [of_client, of_person] })
    }

    /// The conversations of a person and of nobody else.
    fn of(&self, person: &Person) -> Condition {
        match person {
            Person::Customer(account) => {
                Condition::all().add(conversations::Column::AccountId.eq(account.as_str()))
            }
            Person::Device(device) => Condition::all()
                .add(conversations::Column::DeviceHash.eq(self.device_hash(device)))
                // What was said signed in is not read signed out on the same device.
                .add(conversations::Column::AccountId.is_null()),
        }
    }
}
