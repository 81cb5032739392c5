//! What a page starts the messenger with.

use policy::consent::Agreed;
use policy::{Page, Personal, PurposeId};
use processors::role::KnownPerson;

use super::{Messenger, MessengerBoot, OURS};
use crate::clock::SECOND_MS;
use crate::{AccountId, Result, accounts, boxed, sessions};

impl Messenger<'_> {
    /// For somebody who only visits, with what they agreed to; none where it may not be.
    pub fn for_visitor(&self, page: Page, agreed: Option<Agreed>) -> Option<MessengerBoot> {
        self.role()?.visitor_boot(self.studio.policy(), page, agreed)
    }

    /// For a family that is signed in and has not objected; none where it may not be. They are known there by a random
    /// id, which is noted before it is handed out, and by their address.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn for_family(&self, account: &AccountId, page: Page) -> Result<Option<MessengerBoot>> {
        let (studio, policy) = (self.studio, self.studio.policy());
        let Some(role) = self.role() else { return Ok(None) };
        let browser = policy.processor(role.processor()).map(|processor| processor.browser.as_slice());
        let is_here = browser
            .unwrap_or_default()
            .iter()
            .any(|browser| browser.purpose == PurposeId::Support && browser.pages.contains(&page));
        if !is_here {
            return Ok(None);
        }
        let (row, key) = studio.open_account(studio.db().read(), account, PurposeId::Support).await?;
        if row.support_objected_at_ms.is_some() {
            return Ok(None);
        }
        let email = accounts::email_of(studio, &key, &row)?;
        let person = KnownPerson {
            id: Personal::new(self.id_of(account).await?),
            email: Some(Personal::new(email)),
            name: None,
        };
        Ok(role.family_boot(policy, page, &person, studio.now_ms() / SECOND_MS))
    }

    /// The id by which an account is known there; made when there is none.
    async fn id_of(&self, account: &AccountId) -> Result<String> {
        let studio = self.studio;
        let Some(processor) = self.processor() else { return Ok(String::new()) };
        let known = studio.handles().of(studio.db().read(), account, processor, None).await?;
        if let Some(id) = known.into_iter().next() {
            return Ok(id);
        }
        let tx = studio.db().begin().await?;
        let known = studio.handles().of(&tx, account, processor, None).await?;
        let id = match known.into_iter().next() {
            Some(id) => id,
            None => {
                let id = format!("{OURS}{}", sessions::new_token(studio.random()));
                studio.handles().note(&tx, account, processor, None, &id).await?;
                id
            }
        };
        tx.commit().await?;
        Ok(id)
    }
}
