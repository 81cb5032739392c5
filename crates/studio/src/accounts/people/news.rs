//! What the service tells by itself. What holds is asked of it.
//!
//! It tells of everybody it knows; who never came here is none of our business.

use processors::role::{SignIn, SignInError};
use sea_orm::ActiveValue::Set;
use sea_orm::QuerySelect;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Query;

use super::Accounts;
use super::rows::{people, sessions as their_sessions};
use crate::sessions::rows as our_sessions;
use crate::{AccountId, Error, Result, boxed};

impl Accounts<'_> {
    /// A person changed there, or is not there any more. Their address stays here as it is: it changes when both its ends
    /// confirm, and in no other way.
    #[boxed]
    pub(crate) async fn person_changed(&self, person: &str) -> Result<()> {
        let Some(service) = self.studio.connected().sign_in.clone() else { return Ok(()) };
        let processor = service.processor();
        let now = service.person(person).await.map_err(away)?;
        let linked = self.linked(self.studio.db().read(), processor, person).await?;
        match (now, linked) {
            (None, linked) => self.person_gone(&*service, person, linked.map(|row| row.account_id)).await,
            (Some(now), Some(linked)) if !now.may_sign_in => {
                let account = AccountId::stored(linked.account_id);
                self.end_begun_there(self.studio.db().write(), &account, None).await
            }
            (Some(_), _) => Ok(()),
        }
    }

    /// A session of a person ended there: ours that began with it end, and nobody comes in with its last token. Who
    /// comes in at this moment is waited for, by the row of their link.
    #[boxed]
    pub(crate) async fn person_left(&self, person: &str, session: &str) -> Result<()> {
        let (studio, index) = (self.studio, self.their_index(session));
        let Some(service) = &studio.connected().sign_in else { return Ok(()) };
        let person = self.person_index(service.processor(), person);
        let begun = Query::select()
            .column(their_sessions::Column::SessionId)
            .from(their_sessions::Entity)
            .and_where(their_sessions::Column::TheirIndex.eq(index.clone()))
            .and_where(their_sessions::Column::SessionId.is_not_null())
            .to_owned();
        let ended = their_sessions::ActiveModel {
            id: Set(studio.new_id()),
            account_id: Set(None),
            session_id: Set(None),
            their_index: Set(index),
            at_ms: Set(studio.now_ms()),
        };
        let tx = studio.db().begin().await?;
        people::Entity::find()
            .filter(people::Column::PersonIndex.eq(person))
            .lock_exclusive()
            .one(&tx)
            .await?;
        our_sessions::Entity::delete_many()
            .filter(our_sessions::Column::Id.in_subquery(begun))
            .exec(&tx)
            .await?;
        their_sessions::Entity::insert(ended).exec_without_returning(&tx).await?;
        Ok(tx.commit().await?)
    }

    /// Who deletes themselves there has asked for their account's end. Whom we have deleted has not: then the link was
    /// taken away here before, or is let go of. Begun again it does the same: the link goes last.
    async fn person_gone(&self, service: &dyn SignIn, person: &str, account: Option<String>) -> Result<()> {
        let (studio, processor) = (self.studio, service.processor());
        self.finished(studio.db().write(), processor, person).await?;
        let Some(account) = account.map(AccountId::stored) else { return Ok(()) };
        if studio.handles().is_going(studio.db().write(), processor, person).await? {
            return self.forget_person(&account, None).await;
        }
        match self.leave(&account).await {
            Ok(_) => {}
            // It is about to end already.
            Err(error) if error.code() == "account-not-found" => {}
            Err(error) => return Err(error),
        }
        self.forget_person(&account, None).await
    }
}

fn away(error: SignInError) -> Error {
    Error::unavailable("service-away", error)
}
