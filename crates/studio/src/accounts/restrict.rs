//! Restriction (GDPR, Art. 18): an account's data are only stored, until that is lifted. No film is made or shown,
//! no photo opened, nothing advertised, no support given in the messenger; [`crate::purposes`] sees to that.

use policy::PurposeId;
use sea_orm::entity::prelude::*;

use super::rows::{State, accounts};
use super::{Accounts, email_of, language_of};
use crate::backup::Said;
use crate::mail::Message;
use crate::sessions::{self, NewSession};
use crate::{AccountId, Error, Result, boxed};

impl Accounts<'_> {
    /// From now on the account's data are only stored. Everybody is signed out, and a mail says so. Restricting
    /// again changes nothing; whether it did.
    ///
    /// # Errors
    /// `account-not-found`.
    #[boxed]
    pub async fn restrict(&self, account: &AccountId) -> Result<bool> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let tx = studio.begin_for(account).await?;
        let restricted = self
            .change(account, &[State::Active], State::Restricted)
            .col_expr(accounts::Column::RestrictedAtMs, Expr::value(Some(now)))
            .exec(&tx)
            .await?;
        if restricted.rows_affected == 0 {
            drop(tx);
            return self.get(account).await.map(|_| false);
        }
        self.shut(&tx, account, State::Restricted).await?;
        let letter = letter(&language_of(&tx, account).await?, true);
        studio.mail().write(&tx, account, &letter).await?;
        studio.ledger().enter_said(Said::Restricted, account.as_str(), now)?;
        tx.commit().await?;
        tracing::info!("the data of an account are only stored from now on");
        Ok(true)
    }

    /// Lifts it: a mail says so before anything is done with the data again (Art. 18(3)), and what was under way
    /// goes on. Lifting what is not restricted changes nothing; whether it did.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn lift_restriction(&self, account: &AccountId) -> Result<bool> {
        let studio = self.studio;
        let tx = studio.begin_for(account).await?;
        let language = language_of(&tx, account).await?;
        let lifted = self
            .change(account, &[State::Restricted], State::Active)
            .col_expr(accounts::Column::RestrictedAtMs, Expr::value(None::<i64>))
            .exec(&tx)
            .await?;
        let is_lifted = lifted.rows_affected == 1;
        if is_lifted {
            sessions::end_all(&tx, account).await?;
            studio.mail().write(&tx, account, &letter(&language, false)).await?;
            studio.ledger().enter_said(Said::Lifted, account.as_str(), studio.now_ms())?;
        }
        tx.commit().await?;
        studio.jobs().look_again().await;
        Ok(is_lifted)
    }

    /// A session for whoever has just restricted their account, or lifted that, in this browser, where they signed in
    /// then.
    ///
    /// # Errors
    /// `account-not-found`.
    #[boxed]
    pub async fn session_after(&self, account: &AccountId, signed_in_at_ms: i64) -> Result<NewSession> {
        let row = accounts::Entity::find_by_id(account.as_str()).one(self.studio.db().read()).await?;
        let row = row.ok_or_else(|| Error::not_found("account-not-found"))?;
        let (studio, role) = (self.studio, row.state.role());
        sessions::go_on(studio, studio.db().write(), Some(account), role, signed_in_at_ms).await
    }

    /// Accounts whose data are only stored, each with its address and since when; oldest first. For the desk.
    ///
    /// # Errors
    /// `account-not-found` among others.
    #[boxed]
    pub async fn restricted(&self) -> Result<Vec<(AccountId, String, i64)>> {
        use sea_orm::QueryOrder;
        let studio = self.studio;
        let rows = accounts::Entity::find()
            .filter(accounts::Column::State.eq(State::Restricted))
            .order_by_asc(accounts::Column::RestrictedAtMs)
            .all(studio.db().read())
            .await?;
        let mut restricted = Vec::with_capacity(rows.len());
        for row in rows {
            let account = AccountId::stored(row.id);
            let opened = studio.open_account(studio.db().read(), &account, PurposeId::Account).await;
            // Lifted or erased at this very moment.
            let Ok((row, key)) = opened else { continue };
            restricted.push((
                account,
                email_of(studio, &key, &row)?,
                row.restricted_at_ms.unwrap_or_default(),
            ));
        }
        Ok(restricted)
    }
}

fn letter(language: &str, restricted: bool) -> Message {
    let kind = if restricted { "restricted" } else { "restriction-lifted" };
    let [subject, first, second, button] = match (restricted, language) {
        (true, "de") => [
            "Ihre Daten werden nur noch aufbewahrt",
            "Die Verarbeitung Ihrer Daten in Ihrem Mini-Studio-Konto ist eingeschränkt: Wir bewahren sie auf und tun sonst nichts damit. Es wird kein Film gemacht oder gezeigt, kein Foto geöffnet und keine Werbung verschickt.",
            "Sie können das jederzeit aufheben, eine Kopie Ihrer Daten holen oder das Konto löschen: Melden Sie sich einfach an.",
            "Anmelden",
        ],
        (true, "fr") => [
            "Vos données sont seulement conservées",
            "Le traitement des données de votre compte Mini Studio est limité : nous les conservons et n’en faisons rien d’autre. Aucun film n’est fait ni montré, aucune photo n’est ouverte, aucune publicité n’est envoyée.",
            "Vous pouvez lever la limitation à tout moment, obtenir une copie de vos données ou supprimer le compte : il suffit de vous connecter.",
            "Me connecter",
        ],
        (true, "es") => [
            "Sus datos solo se conservan",
            "El tratamiento de los datos de su cuenta de Mini Studio está limitado: los conservamos y no hacemos nada más con ellos. No se hace ni se muestra ninguna película, no se abre ninguna foto y no se envía publicidad.",
            "Puede levantar la limitación cuando quiera, obtener una copia de sus datos o eliminar la cuenta: basta con iniciar sesión.",
            "Iniciar sesión",
        ],
        (true, _) => [
            "Your data are only stored from now on",
            "The processing of the data in your Mini Studio account is restricted: we keep them and do nothing else with them. No film is made or shown, no photo is opened, and nothing is advertised to you.",
            "You can lift that at any time, take a copy of your data or delete the account: simply sign in.",
            "Sign in",
        ],
        (false, "de") => [
            "Ihre Daten werden wieder verwendet",
            "Die Einschränkung für Ihr Mini-Studio-Konto ist aufgehoben. Ihre Filme sind wieder da, und was in Arbeit war, geht weiter.",
            "Waren Sie das nicht, oder möchten Sie es anders, melden Sie sich an oder schreiben Sie uns.",
            "Anmelden",
        ],
        (false, "fr") => [
            "Vos données sont de nouveau utilisées",
            "La limitation de votre compte Mini Studio est levée. Vos films sont de retour, et ce qui était en cours reprend.",
            "Si ce n’était pas vous, ou si vous en décidez autrement, connectez-vous ou écrivez-nous.",
            "Me connecter",
        ],
        (false, "es") => [
            "Sus datos vuelven a utilizarse",
            "La limitación de su cuenta de Mini Studio se ha levantado. Sus películas vuelven a estar ahí, y lo que estaba en marcha continúa.",
            "Si no ha sido usted, o lo prefiere de otro modo, inicie sesión o escríbanos.",
            "Iniciar sesión",
        ],
        (false, _) => [
            "Your data are used again",
            "The restriction of your Mini Studio account is lifted. Your films are back, and what was under way goes on.",
            "If this was not you, or you want it otherwise, sign in or write to us.",
            "Sign in",
        ],
    };
    Message {
        kind,
        subject: subject.into(),
        paragraphs: vec![first.into(), second.into()],
        button: Some((button.into(), "/sign-in".into())),
        ..Message::default()
    }
}

#[cfg(test)]
mod tests {
    use policy::PurposeId;

    use crate::clock::DAY_MS;
    use crate::db::testing::on_both;
    use crate::films::testing::paid;

    #[test]
    fn proves_s12_4_restricted_data_are_stored_and_nothing_else_is_done_with_them() {
        on_both(async |kit| {
            let (studio, accounts) = (&kit.studio, kit.studio.accounts());
            let account = kit.account("anna@example.org").await;
            paid(kit, &account).await;
            assert!(!crate::films::to_do(studio).await.unwrap().is_empty());
            accounts.restrict(&account).await.unwrap();
            accounts.restrict(&account).await.unwrap();
            let since = accounts.get(&account).await.unwrap().restricted_at_ms;
            assert_eq!(since, Some(studio.now_ms()));
            assert_eq!(kit.rows("sessions").await, 0);
            for purpose in PurposeId::ALL {
                let stored_only =
                    [PurposeId::Account, PurposeId::ServiceMessages, PurposeId::Law].contains(purpose);
                assert_eq!(studio.data_key(&account, *purpose).await.is_ok(), stored_only, "{purpose}");
            }
            // What was ordered is not made, however long it takes.
            kit.clock.advance(DAY_MS);
            assert!(crate::films::to_do(studio).await.unwrap().is_empty());
            let mails = studio.mail().list(5).await.unwrap();
            assert_eq!(mails.iter().filter(|mail| mail.kind == "restricted").count(), 1);

            // Leaving and staying keeps it; lifting ends it, and the film is made.
            accounts.leave(&account).await.unwrap();
            accounts.stay(&account, studio.now_ms()).await.unwrap();
            assert_eq!(accounts.get(&account).await.unwrap().restricted_at_ms, since);
            let anna = (account.clone(), "anna@example.org".to_owned(), since.unwrap());
            assert_eq!(accounts.restricted().await.unwrap(), [anna]);
            accounts.lift_restriction(&account).await.unwrap();
            accounts.lift_restriction(&account).await.unwrap();
            assert!(!crate::films::to_do(studio).await.unwrap().is_empty());
            let mails = studio.mail().list(9).await.unwrap();
            assert_eq!(mails.iter().filter(|mail| mail.kind == "restriction-lifted").count(), 1);
            assert!(studio.data_key(&account, PurposeId::Films).await.is_ok());
        });
    }
}
