//! The messenger of somebody else, where one is connected: what pages start it with, what was said in it, what the desk
//! answers, and having it deleted there.
//!
//! What was said there is kept here as any other conversation is, so the desk, retention and erasure know one sort
//! only; beside it stands which conversation and which message it is there. Read again in any order it is one copy.
//! A family is known there by a random id made for it alone, which is the handle by which it is let go of.

mod answers;
mod boot;
mod end;
pub(crate) mod rows;
mod sync;
#[cfg(test)]
mod tests;

use policy::{ProcessorId, PurposeId};
use processors::role::{Messenger as Role, MessengerError};
use sea_orm::ConnectionTrait;
use vault::Place;

use crate::clock::MINUTE_MS;
use crate::due;
use crate::handles::Which;
use crate::{AccountId, Error, Result, Studio, boxed};
use rows::outside_conversations;

pub(super) use answers::queue;
pub use processors::role::MessengerBoot;

/// How the ids begin that we give to families there: what begins so and is not known any more was erased.
const OURS: &str = "family-";
/// Rows looked at in one go.
const BATCH: u64 = 100;

/// The connected messenger of a studio.
#[derive(Clone, Copy)]
pub struct Messenger<'a> {
    studio: &'a Studio,
}

impl<'a> Messenger<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Whose it is; none where our own messenger is the only one.
    pub fn processor(&self) -> Option<ProcessorId> {
        self.role().map(|role| role.processor())
    }

    /// Goes on with what is due: looking through it, sending answers, having conversations deleted. One that fails
    /// holds up no other. What is to be deleted is known, and late, also where the messenger is not connected any more.
    #[boxed]
    pub(crate) async fn carry_on(&self) -> Result<()> {
        let (looked, answered) = match self.role() {
            Some(role) => (self.look(role).await, self.answer(role).await),
            None => (Ok(()), Ok(())),
        };
        let ended = self.end().await;
        looked.and(answered).and(ended)
    }

    fn role(&self) -> Option<&'a dyn Role> {
        self.studio.connected().messenger.as_deref()
    }

    /// What one of their ids is found by.
    fn index(&self, processor: ProcessorId, what: &str) -> Vec<u8> {
        let what = format!("{processor}/{what}");
        self.studio.0.house.index.of("outside-conversation", what.as_bytes()).to_vec()
    }

    /// Their id of a conversation.
    fn their(&self, row: &outside_conversations::Model) -> Result<String> {
        self.opened(&place(&row.conversation_id), &row.their_sealed)
    }

    fn opened(&self, place: &Place<'_>, sealed: &[u8]) -> Result<String> {
        let plain = self.studio.vault().open_field(self.studio.house_key(), place, sealed)?;
        String::from_utf8(plain).map_err(Error::internal)
    }
}

/// Has whoever may take the role let go of an account: it objected to support within Minitube.
pub(crate) async fn let_go(studio: &Studio, db: &impl ConnectionTrait, account: &AccountId) -> Result<()> {
    let supports = |processor: &&policy::Processor| {
        processor.browser.iter().any(|browser| browser.purpose == PurposeId::Support)
    };
    for processor in studio.policy().processors.iter().filter(supports) {
        studio.handles().let_go(db, account, Which::At(processor.id)).await?;
    }
    Ok(())
}

fn place(conversation: &str) -> Place<'_> {
    Place { table: "outside_conversations", row: conversation, column: "their" }
}

fn failed(error: &MessengerError) -> Error {
    Error::unavailable("messenger-away", error)
}

/// How long to wait after so many tries.
fn wait_ms(tries: i32, error: Option<&MessengerError>) -> i64 {
    let after_s = match error {
        Some(MessengerError::Trouble(trouble)) => trouble.after_s(),
        _ => None,
    };
    due::wait_ms(MINUTE_MS / 2, tries, after_s)
}
