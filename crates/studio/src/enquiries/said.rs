//! What somebody says in the messenger and marks as a request about their rights is a case, as it would be by the
//! form: its clock runs, it goes first, and it is acknowledged by mail. Of somebody signed in the address is known and
//! theirs; of anybody else it is the one that they write, if they write one. Without one nothing can be sent: it is
//! answered where it was said.

use policy::PurposeId;
use sea_orm::ConnectionTrait;

use super::{Case, Enquiries, Kind, Source};
use crate::accounts::{Email, email_of};
use crate::{AccountId, Result, boxed};

/// Where the answer to a request goes that was made in the messenger.
pub(crate) struct Asker {
    email: Email,
    language: String,
    /// Whether the address is known to be theirs.
    is_theirs: bool,
    /// Whether something is written there at once.
    acknowledged: bool,
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
        if !is_request(words) {
            return Ok(None);
        }
        let studio = self.studio;
        let Some(account) = account else {
            let Some(email) = address_in(words) else { return Ok(None) };
            studio.pursue(PurposeId::Support)?;
            let acknowledged = self.may_acknowledge(&email).await?;
            return Ok(Some(Asker { email, language: language.to_owned(), is_theirs: false, acknowledged }));
        };
        let (row, key) = studio.open_account(studio.db().read(), account, PurposeId::Support).await?;
        let email = Email::parse(&email_of(studio, &key, &row)?)?;
        Ok(Some(Asker { email, language: row.language, is_theirs: true, acknowledged: true }))
    }

    /// Makes words a case if they are a request, within the transaction that keeps them.
    pub(crate) async fn take_said(
        &self,
        tx: &impl ConnectionTrait,
        asker: &Asker,
        words: &str,
    ) -> Result<()> {
        if !is_request(words) {
            return Ok(());
        }
        let case = Case {
            email: &asker.email,
            kind: Kind::Question,
            message: words,
            language: &asker.language,
            source: Source::Messenger,
            mail_hash: None,
            is_theirs: asker.is_theirs,
            acknowledged: asker.acknowledged,
        };
        self.enter(tx, case).await.map(drop)
    }
}

/// Whether words are a request about rights, by the rule that holds for every way by which one comes.
fn is_request(words: &str) -> bool {
    Kind::Question.by_words(words).concerns_rights()
}

/// The first address that stands in somebody's words.
fn address_in(words: &str) -> Option<Email> {
    let apart = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '<' | '>' | '(' | ')' | '"');
    words.split(apart).find_map(|word| Email::parse(word.trim_matches(['.', '!', '?'])).ok())
}
