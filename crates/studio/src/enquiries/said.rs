//! What somebody says in the messenger and marks as a request about their rights is a case, as it would be by the
//! form: its clock runs from when it was said, it goes first, and it is acknowledged by mail. What they say of it later
//! in the same conversation is added to it as long as it is open, unless it is known to be somebody's who need not be
//! they. Of somebody signed in the address is known and theirs; of anybody else it is the one that they write, if they
//! write one. Without one nothing can be sent: it is answered where it was said.

use policy::PurposeId;
use sea_orm::QuerySelect;
use sea_orm::entity::prelude::*;

use super::rows::enquiries;
use super::{Case, Enquiries, Kind, Source, State, StepKind};
use crate::accounts::{Email, email_of};
use crate::{AccountId, Result, boxed};

/// A request that was made in the messenger, and where its answer goes.
pub(crate) struct Asker {
    kind: Kind,
    email: Email,
    language: String,
    /// Whether the address is known to be theirs.
    is_theirs: bool,
}

impl Enquiries<'_> {
    /// Who asks, where words are a request that can be answered by mail; nobody, of all other words. `language`: of the
    /// page, for whoever is not signed in.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub(crate) async fn asker(
        &self,
        account: Option<&AccountId>,
        language: &str,
        words: &str,
    ) -> Result<Option<Asker>> {
        // By the rule that holds for every way by which one comes.
        let kind = Kind::Question.by_words(words);
        if !kind.concerns_rights() {
            return Ok(None);
        }
        let studio = self.studio;
        let (email, language, is_theirs) = match account {
            Some(account) => {
                let (row, key) = studio.open_account(studio.db().read(), account, PurposeId::Support).await?;
                (Email::parse(&email_of(studio, &key, &row)?)?, row.language, true)
            }
            None => {
                let Some(email) = address_in(words) else { return Ok(None) };
                studio.pursue(PurposeId::Support)?;
                (email, language.to_owned(), false)
            }
        };
        Ok(Some(Asker { kind, email, language, is_theirs }))
    }

    /// Enters a request that was made in a conversation at `at_ms`, within the transaction that keeps its words: into the
    /// open case that it belongs to, or as a case of its own.
    pub(crate) async fn take_said(
        &self,
        tx: &impl ConnectionTrait,
        asker: &Asker,
        conversation: &str,
        words: &str,
        at_ms: i64,
    ) -> Result<()> {
        let studio = self.studio;
        let mut open = enquiries::Entity::find()
            .filter(enquiries::Column::ConversationId.eq(conversation))
            .filter(enquiries::Column::State.eq(State::Open))
            .filter(enquiries::Column::Kind.eq(asker.kind))
            .filter(enquiries::Column::AddressIndex.eq(studio.accounts().index_of(asker.email.as_str())?));
        if !asker.is_theirs {
            // Anybody can write an address down: to what its owner has confirmed only they add something.
            open = open.filter(enquiries::Column::ConfirmedAtMs.is_null());
        }
        // Held, so that nobody closes or confirms it at this moment without what is added.
        if let Some(open) = open.lock_exclusive().one(tx).await? {
            return self.log(tx, &open.id, StepKind::Added, None, Some(words)).await;
        }
        let acknowledged = self.may_acknowledge(tx, &asker.email, asker.is_theirs).await?;
        let case = Case {
            email: &asker.email,
            kind: asker.kind,
            message: words,
            language: &asker.language,
            source: Source::Messenger,
            mail_hash: None,
            conversation: Some(conversation),
            // Another's clock may be ahead of ours.
            came_at_ms: at_ms.min(studio.now_ms()),
            is_theirs: asker.is_theirs,
            acknowledged,
        };
        self.enter(tx, case).await.map(drop)
    }
}

/// The first address that stands in somebody's words.
fn address_in(words: &str) -> Option<Email> {
    let apart = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '<' | '>' | '(' | ')' | '"');
    words.split(apart).find_map(|word| Email::parse(word.trim_matches(['.', '!', '?'])).ok())
}
