//! A new address for an account: it holds once both ends have confirmed it, the old letter box and the new one.
//! Who asks learns nothing about whether somebody else has an account with the new address.

use policy::PurposeId;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Condition;
use vault::{DataKey, Place};

use super::email::Email;
use super::rows::{accounts, email_changes};
use super::{Accounts, email_of, place};
use crate::clock::DAY_MS;
use crate::mail::{Message, rows as mails};
use crate::sessions::{hash, new_token};
use crate::throttle::{self, Limit};
use crate::{AccountId, Class, Error, Result, Studio, boxed};

/// How long both ends have to confirm.
pub const CHANGE_MS: i64 = DAY_MS;
/// Changes that one account may ask for: nobody floods another's letter box.
const PER_ACCOUNT: Limit = Limit { name: "address-account", tries_max: 5, window_ms: DAY_MS };
/// Mails to one new address, whichever accounts ask for it: many accounts flood nobody's letter box either.
const PER_ADDRESS: Limit = Limit { name: "address-address", tries_max: 3, window_ms: DAY_MS };

/// The mails of a change: to the address that the account has; to the new one; to the new one if it has an account.
/// Each of them names the new address, which may be a stranger's.
const TO_OLD: &str = "address-old";
const TO_NEW: &str = "address-new";
const TO_TAKEN: &str = "address-taken";
const OF_A_CHANGE: [&str; 3] = [TO_OLD, TO_NEW, TO_TAKEN];
const TO_NEW_ADDRESS: [&str; 2] = [TO_NEW, TO_TAKEN];

/// Where a change stands after one end has confirmed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changing {
    /// The other end has not confirmed yet.
    Waits,
    /// The account has its new address.
    Done,
}

impl Accounts<'_> {
    /// Asks for a new address: both ends get a mail with a link of their own. Asking again takes the place of what
    /// was asked before. Where much is sent to the new address already, nothing more is; the answer is the same.
    ///
    /// # Errors
    /// `email-invalid`, `email-same`, `too-many-links`, `account-not-found`.
    #[boxed]
    pub async fn ask_for_address(&self, account: &AccountId, email: &str) -> Result<()> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        let email = Email::parse(email)?;
        throttle::count(studio, &PER_ACCOUNT, account.as_str().as_bytes(), "too-many-links").await?;
        let whom = email.look_up();
        let is_flooded = match throttle::count(studio, &PER_ADDRESS, &whom, "too-many-links").await {
            Ok(()) => false,
            Err(error) if error.class() == Class::TooMany => true,
            Err(error) => return Err(error),
        };
        let (old_token, new_token) = (new_token(studio.random()), new_token(studio.random()));
        let tx = studio.begin_for(account).await?;
        let (row, key) = studio.open_account(&tx, account, PurposeId::Account).await?;
        let old = Email::parse(&email_of(studio, &key, &row)?)?;
        if old.look_up() == email.look_up() {
            return Err(Error::refused("email-same", "This is the address that your account has already."));
        }
        let sealed = studio.vault().seal_field(&key, &change_place(account), email.as_str().as_bytes());
        let change = email_changes::ActiveModel {
            account_id: Set(account.to_string()),
            email_sealed: Set(sealed),
            old_token_hash: Set(hash(&old_token)),
            new_token_hash: Set(hash(&new_token)),
            old_confirmed_at_ms: Set(None),
            new_confirmed_at_ms: Set(None),
            created_at_ms: Set(now),
            expires_at_ms: Set(now + CHANGE_MS),
        };
        self.forget_change(&tx, account).await?;
        email_changes::Entity::insert(change).exec_without_returning(&tx).await?;
        let taken = self.find(&tx, &email).await?.is_some();
        studio.mail().write(&tx, account, &to_old_end(&row.language, email.as_str(), &old_token)).await?;
        let letter = match taken {
            _ if is_flooded => None,
            // Whoever reads it has an account of their own; who asked is told nothing.
            true => Some(taken_letter(&row.language)),
            false => Some(to_new_end(&row.language, &new_token)),
        };
        if let Some(letter) = letter {
            studio.mail().write_elsewhere(&tx, account, email.as_str(), &letter).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Forgets the change that was asked for.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn keep_address(&self, account: &AccountId) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        self.forget_change(&tx, account).await?;
        Ok(tx.commit().await?)
    }

    /// Whether a link of such a mail still works.
    ///
    /// # Errors
    /// `link-invalid`.
    #[boxed]
    pub async fn check_address_link(&self, token: &str) -> Result<()> {
        self.change_of(self.studio.db().read(), token).await.map(drop)
    }

    /// One end confirms by its link. When both have, the account has its new address, and both are told. That is also
    /// how somebody gets out of a letter box that others read: whoever came to be linked by the old address opens the
    /// account no longer, unless they have confirmed the new one at the service too.
    ///
    /// # Errors
    /// `link-invalid` (used up, expired, or never made); `email-taken` when somebody made an account with the
    /// address meanwhile.
    #[boxed]
    pub async fn confirm_address(&self, token: &str) -> Result<Changing> {
        let (studio, now) = (self.studio, self.studio.now_ms());
        // Asked before the database is held.
        let (whose, keeps_person) = self.is_confirmed_there(token).await?;
        let tx = studio.begin_for(&whose).await?;
        let change = self.change_of(&tx, token).await?;
        let account = AccountId::stored(change.account_id.clone());
        let (row, key) =
            studio.open_account(&tx, &account, PurposeId::Account).await.map_err(|_| invalid())?;
        let by_old = change.old_token_hash == hash(token);
        let (column, other) = match by_old {
            true => (email_changes::Column::OldConfirmedAtMs, change.new_confirmed_at_ms),
            false => (email_changes::Column::NewConfirmedAtMs, change.old_confirmed_at_ms),
        };
        if other.is_none() {
            email_changes::Entity::update_many()
                .col_expr(column, Expr::value(Some(now)))
                .filter(email_changes::Column::AccountId.eq(account.as_str()))
                .filter(column.is_null())
                .exec(&tx)
                .await?;
            tx.commit().await?;
            return Ok(Changing::Waits);
        }
        let email = self.opened_change(&key, &change)?;
        self.forget_change(&tx, &account).await?;
        if self.find(&tx, &email).await?.is_some() {
            tx.commit().await?;
            let sentence = "There is an account with that address meanwhile. Nothing was changed.";
            return Err(Error::conflict("email-taken", sentence));
        }
        let old = email_of(studio, &key, &row)?;
        let sealed = studio.vault().seal_field(&key, &place(&row.id, "email"), email.as_str().as_bytes());
        let changed = accounts::ActiveModel {
            id: Set(row.id),
            email_index: Set(Some(self.index(&email))),
            email_sealed: Set(sealed),
            ..Default::default()
        };
        accounts::Entity::update(changed).exec(&tx).await?;
        if let Some(index) = &row.email_index {
            studio.marketing().moved(&tx, &account, index, self.index(&email)).await?;
            studio.enquiries().moved(&tx, index, self.index(&email)).await?;
        }
        if !keeps_person {
            self.let_go_of_person(&tx, &account, None).await?;
        }
        let letter = changed_letter(&row.language);
        studio.mail().write(&tx, &account, &letter).await?;
        studio.mail().write_elsewhere(&tx, &account, &old, &letter).await?;
        tx.commit().await?;
        tracing::info!("an account has a new address, confirmed at both ends");
        Ok(Changing::Done)
    }

    /// Within a change: what was asked for is forgotten, and so are the mails that name its address.
    async fn forget_change(&self, tx: &impl ConnectionTrait, account: &AccountId) -> Result<()> {
        email_changes::Entity::delete_by_id(account.as_str()).exec(tx).await?;
        mails::Entity::delete_many()
            .filter(mails::Column::AccountId.eq(account.as_str()))
            .filter(mails::Column::Kind.is_in(OF_A_CHANGE))
            .exec(tx)
            .await?;
        Ok(())
    }

    /// The address that waits for its confirmations.
    #[boxed]
    pub(super) async fn new_address(&self, account: &AccountId, key: &DataKey) -> Result<Option<String>> {
        let change = email_changes::Entity::find_by_id(account.as_str())
            .filter(email_changes::Column::ExpiresAtMs.gt(self.studio.now_ms()))
            .one(self.studio.db().read())
            .await?;
        let open = |change: email_changes::Model| -> Result<String> {
            let email = self.studio.vault().open_field(key, &change_place(account), &change.email_sealed)?;
            String::from_utf8(email).map_err(Error::internal)
        };
        change.map(open).transpose()
    }

    /// Whose a change is, and whether the person of that account has confirmed its address at the sign-in service too.
    async fn is_confirmed_there(&self, token: &str) -> Result<(AccountId, bool)> {
        let (studio, db) = (self.studio, self.studio.db().read());
        let change = self.change_of(db, token).await?;
        let account = AccountId::stored(change.account_id.clone());
        let (_, key) = studio.open_account(db, &account, PurposeId::Account).await.map_err(|_| invalid())?;
        let is_confirmed = self.has_at_service(&account, &self.opened_change(&key, &change)?).await?;
        Ok((account, is_confirmed))
    }

    fn opened_change(&self, key: &DataKey, change: &email_changes::Model) -> Result<Email> {
        let account = AccountId::stored(change.account_id.clone());
        let email = self.studio.vault().open_field(key, &change_place(&account), &change.email_sealed)?;
        Email::parse(&String::from_utf8(email).map_err(Error::internal)?)
    }

    async fn change_of(&self, db: &impl ConnectionTrait, token: &str) -> Result<email_changes::Model> {
        let by = Condition::any()
            .add(email_changes::Column::OldTokenHash.eq(hash(token)))
            .add(email_changes::Column::NewTokenHash.eq(hash(token)));
        email_changes::Entity::find()
            .filter(by)
            .filter(email_changes::Column::ExpiresAtMs.gt(self.studio.now_ms()))
            .one(db)
            .await?
            .ok_or_else(invalid)
    }
}

/// Whether a mail of this kind goes to the new address of a change.
pub(crate) fn is_to_new_address(kind: &str) -> bool {
    TO_NEW_ADDRESS.contains(&kind)
}

/// Forgets changes whose time is over and the mails that name their addresses, and what somebody who was killed left of
/// those that have gone.
#[boxed]
pub(crate) async fn forget_changes(studio: &Studio) -> Result<()> {
    let now = studio.now_ms();
    email_changes::Entity::delete_many()
        .filter(email_changes::Column::ExpiresAtMs.lte(now))
        .exec(studio.db().write())
        .await?;
    studio.mail().forget_until(&OF_A_CHANGE, now - CHANGE_MS).await?;
    studio.mail().forget_done(&TO_NEW_ADDRESS, None).await
}

fn change_place(account: &AccountId) -> Place<'_> {
    Place { table: "email_changes", row: account.as_str(), column: "email" }
}

fn invalid() -> Error {
    let sentence =
        "This link does not work any more: it was used, or its time is over. The address is as it was.";
    Error::refused("link-invalid", sentence)
}

/// To the address that the account has: it may be somebody else who asked.
fn to_old_end(language: &str, new: &str, token: &str) -> Message {
    let (first, [subject, button, after]) = match language {
        "de" => (
            format!(
                "Ihr Mini-Studio-Konto soll die Adresse {new} bekommen. Bestätigen Sie das hier; im neuen Postfach liegt ebenfalls ein Link. Erst mit beiden gilt die neue Adresse."
            ),
            [
                "Soll Ihr Konto eine neue Adresse bekommen?",
                "Ja, ändern",
                "Waren Sie das nicht, öffnen Sie nichts: Dann bleibt alles, wie es ist. Beide Links gelten einen Tag.",
            ],
        ),
        "fr" => (
            format!(
                "Votre compte Mini Studio doit recevoir l’adresse {new}. Confirmez-le ici ; un lien se trouve aussi dans la nouvelle boîte. La nouvelle adresse ne vaut qu’avec les deux."
            ),
            [
                "Votre compte doit-il changer d’adresse ?",
                "Oui, changer",
                "Si ce n’était pas vous, n’ouvrez rien : tout reste comme avant. Les deux liens valent un jour.",
            ],
        ),
        "es" => (
            format!(
                "Su cuenta de Mini Studio va a recibir la dirección {new}. Confírmelo aquí; en el nuevo buzón hay otro enlace. La nueva dirección vale solo con ambos."
            ),
            [
                "¿Debe su cuenta cambiar de dirección?",
                "Sí, cambiarla",
                "Si no fue usted, no abra nada: todo queda como está. Ambos enlaces valen un día.",
            ],
        ),
        _ => (
            format!(
                "Your Mini Studio account is to get the address {new}. Confirm that here; there is a link in the new inbox too. The new address holds only with both."
            ),
            [
                "Shall your account get a new address?",
                "Yes, change it",
                "If this was not you, open nothing: then everything stays as it is. Both links work for a day.",
            ],
        ),
    };
    link_letter(TO_OLD, [subject.into(), first, button.into(), after.into()], token)
}

/// To the new address.
fn to_new_end(language: &str, token: &str) -> Message {
    let words = match language {
        "de" => [
            "Bestätigen Sie Ihre neue Adresse für Mini Studio",
            "Ein Mini-Studio-Konto soll diese Adresse bekommen. Bestätigen Sie, dass es Ihre ist; auch im bisherigen Postfach liegt ein Link. Erst mit beiden gilt die neue Adresse.",
            "Das ist meine Adresse",
            "Waren Sie das nicht, öffnen Sie nichts: Dann passiert nichts, und Ihre Adresse ist binnen eines Tages vergessen.",
        ],
        "fr" => [
            "Confirmez votre nouvelle adresse pour Mini Studio",
            "Un compte Mini Studio doit recevoir cette adresse. Confirmez qu’elle est à vous ; un lien se trouve aussi dans l’ancienne boîte. La nouvelle adresse ne vaut qu’avec les deux.",
            "C’est mon adresse",
            "Si ce n’était pas vous, n’ouvrez rien : il ne se passe rien, et votre adresse est oubliée dans la journée.",
        ],
        "es" => [
            "Confirme su nueva dirección para Mini Studio",
            "Una cuenta de Mini Studio va a recibir esta dirección. Confirme que es suya; en el buzón anterior hay otro enlace. La nueva dirección vale solo con ambos.",
            "Es mi dirección",
            "Si no fue usted, no abra nada: no pasa nada, y su dirección se olvida en un día.",
        ],
        _ => [
            "Confirm your new address for Mini Studio",
            "A Mini Studio account is to get this address. Confirm that it is yours; there is a link in the old inbox too. The new address holds only with both.",
            "This is my address",
            "If this was not you, open nothing: then nothing happens, and your address is forgotten within a day.",
        ],
    };
    link_letter(TO_NEW, words.map(str::to_owned), token)
}

fn link_letter(kind: &'static str, words: [String; 4], token: &str) -> Message {
    let [subject, first, button, after] = words;
    Message {
        kind,
        subject,
        paragraphs: vec![first],
        button: Some((button, format!("/account/address/{token}"))),
        afterwards: vec![after],
        ..Message::default()
    }
}

/// To a new address that has an account already.
fn taken_letter(language: &str) -> Message {
    let [subject, first] = match language {
        "de" => [
            "Ihre Adresse hat schon ein Mini-Studio-Konto",
            "Jemand, vielleicht Sie, wollte ein anderes Mini-Studio-Konto auf diese Adresse umstellen. Zu ihr gibt es schon ein Konto; nichts wurde geändert.",
        ],
        "fr" => [
            "Votre adresse a déjà un compte Mini Studio",
            "Quelqu’un, peut-être vous, a voulu donner cette adresse à un autre compte Mini Studio. Elle a déjà un compte ; rien n’a été changé.",
        ],
        "es" => [
            "Su dirección ya tiene una cuenta de Mini Studio",
            "Alguien, quizá usted, quiso dar esta dirección a otra cuenta de Mini Studio. Ya tiene una cuenta; no se ha cambiado nada.",
        ],
        _ => [
            "Your address has a Mini Studio account already",
            "Somebody, perhaps you, wanted to give this address to another Mini Studio account. It has an account already; nothing was changed.",
        ],
    };
    Message { kind: TO_TAKEN, subject: subject.into(), paragraphs: vec![first.into()], ..Message::default() }
}

/// To both ends, once it is done.
fn changed_letter(language: &str) -> Message {
    let [subject, first] = match language {
        "de" => [
            "Ihr Konto hat eine neue Adresse",
            "Ihr Mini-Studio-Konto hat jetzt die neue Adresse, die aus beiden Postfächern bestätigt wurde. Alle weiteren Mails gehen dorthin.",
        ],
        "fr" => [
            "Votre compte a une nouvelle adresse",
            "Votre compte Mini Studio a maintenant la nouvelle adresse, confirmée par les deux boîtes. Tous les messages y seront envoyés.",
        ],
        "es" => [
            "Su cuenta tiene una nueva dirección",
            "Su cuenta de Mini Studio tiene ahora la nueva dirección, confirmada por ambos buzones. Los demás correos irán allí.",
        ],
        _ => [
            "Your account has a new address",
            "Your Mini Studio account now has the new address that both inboxes confirmed. All further mails go there.",
        ],
    };
    Message {
        kind: "address-changed",
        subject: subject.into(),
        paragraphs: vec![first.into()],
        ..Message::default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures::future::BoxFuture;
    use processors::{Letter, Post, PostError};

    use super::*;
    use crate::conversations::{Circumstances, Person};
    use crate::db::testing::{Kit, on_both, on_both_with};
    use crate::enquiries::testing::letters;
    use crate::enquiries::{Kind, NewEnquiry};
    use crate::erasure::Reason;
    use crate::marketing::Method;
    use crate::staff::Role;

    /// A post that finds nobody at one address.
    struct Selective;

    impl Post for Selective {
        fn deliver<'a>(&'a self, letter: Letter<'a>) -> BoxFuture<'a, std::result::Result<(), PostError>> {
            let result = match letter.to {
                "nobody@example.org" => Err(PostError::NoSuchAddress("nobody".into())),
                _ => Ok(()),
            };
            Box::pin(async { result })
        }
        fn is_local(&self) -> bool {
            false
        }
    }

    #[test]
    fn an_address_that_was_typed_is_forgotten_with_its_mail_and_within_a_day() {
        on_both_with(
            |outside| outside.post = Arc::new(Selective),
            async |kit| {
                let (studio, accounts) = (&kit.studio, kit.studio.accounts());
                let account = kit.account_without_mail("anna@example.org").await;
                kit.account_without_mail("ben@example.org").await;
                let asks = async |email: &str| accounts.ask_for_address(&account, email).await.unwrap();
                let kept = async || (kit.rows("mails").await, kit.rows("email_changes").await);
                for email in ["new@example.org", "ben@example.org", "nobody@example.org"] {
                    asks(email).await;
                    assert_eq!(kept().await, (2, 1), "what was asked before is forgotten");
                    studio.mail().deliver().await.unwrap();
                    assert_eq!(kept().await, (1, 1), "the mail to {email} has gone");
                }
                assert_eq!(kit.rows("suppressions").await, 0, "of an address that is not kept nothing is");
                kit.clock.advance(CHANGE_MS - 1);
                studio.retention().sweep().await.unwrap();
                assert_eq!(kept().await, (1, 1));
                kit.clock.advance(1);
                studio.retention().sweep().await.unwrap();
                assert_eq!(kept().await, (0, 0));
                // One that has not gone is taken back.
                asks("late@example.org").await;
                accounts.keep_address(&account).await.unwrap();
                assert_eq!(kept().await, (0, 0));
            },
        );
    }

    #[test]
    fn many_accounts_flood_nobodys_letter_box_and_learn_nothing_of_that() {
        on_both(async |kit| {
            let accounts = kit.studio.accounts();
            for (at, (new, mails)) in [("New@example.org", 2), ("new@example.org", 2), ("new@EXAMPLE.org", 2)]
                .into_iter()
                .chain([("new@example.org", 1), ("other@example.org", 2)])
                .enumerate()
            {
                let account = kit.account_without_mail(&format!("a{at}@example.org")).await;
                accounts.ask_for_address(&account, new).await.unwrap();
                let of_it = mails_of(kit, &account).await;
                assert_eq!(of_it, mails, "{at}");
            }
            kit.clock.advance(DAY_MS);
            let account = kit.account_without_mail("b@example.org").await;
            accounts.ask_for_address(&account, "new@example.org").await.unwrap();
            assert_eq!(mails_of(kit, &account).await, 2);
        });
    }

    /// How many mails of an account were written.
    async fn mails_of(kit: &Kit, account: &AccountId) -> usize {
        let of_it = mails::Entity::find().filter(mails::Column::AccountId.eq(account.as_str()));
        of_it.all(kit.studio.db().read()).await.unwrap().len()
    }

    #[test]
    fn where_mails_stay_on_the_machine_they_are_read_there_for_a_day() {
        on_both(async |kit| {
            let account = kit.account("anna@example.org").await;
            kit.studio.accounts().ask_for_address(&account, "new@example.org").await.unwrap();
            kit.studio.mail().deliver().await.unwrap();
            assert_eq!(kit.rows("mails").await, 3);
            kit.clock.advance(CHANGE_MS);
            kit.studio.retention().sweep().await.unwrap();
            let left = kit.studio.mail().list(9).await.unwrap();
            assert_eq!(left.iter().map(|mail| mail.kind.as_str()).collect::<Vec<_>>(), ["confirm-address"]);
        });
    }

    /// The links of the newest mails: at the old end, and at the new one if that has any.
    async fn links(kit: &Kit) -> (String, Option<String>) {
        let mails = kit.studio.mail().list(2).await.unwrap();
        let link = |kind: &str| {
            let mail = mails.iter().find(|mail| mail.kind == kind)?;
            let (_, rest) = mail.letter.text.split_once("/account/address/")?;
            Some(rest.split_whitespace().next()?.to_owned())
        };
        (link("address-old").unwrap(), link("address-new"))
    }

    #[test]
    fn proves_s12_2_a_new_address_holds_once_both_ends_have_confirmed_it() {
        on_both(async |kit| {
            let (studio, accounts) = (&kit.studio, kit.studio.accounts());
            let account = kit.account("anna@example.org").await;
            studio.marketing().stop(&account, Method::Settings).await.unwrap();
            accounts.ask_for_address(&account, " Anna@new.example ").await.unwrap();
            let email = async || accounts.get(&account).await.unwrap().email;
            assert_eq!(accounts.get(&account).await.unwrap().new_email.unwrap(), "Anna@new.example");
            let (old, new) = links(kit).await;
            let new = new.unwrap();
            // One end is not enough, however often it says so.
            for _ in 0..2 {
                assert_eq!(accounts.confirm_address(&new).await.unwrap(), Changing::Waits);
            }
            assert_eq!(email().await, "anna@example.org");
            assert_eq!(accounts.confirm_address(&old).await.unwrap(), Changing::Done);
            assert_eq!(email().await, "Anna@new.example");
            assert_eq!(accounts.get(&account).await.unwrap().new_email, None);
            for used in [&old, &new] {
                assert_eq!(accounts.confirm_address(used).await.unwrap_err().code(), "link-invalid");
            }
            // Both are told; the new one signs in, the old one is nobody's, and both are left alone by marketing.
            let told = studio.mail().list(2).await.unwrap();
            let mut told: Vec<_> = told.into_iter().map(|mail| (mail.kind, mail.letter.to)).collect();
            told.sort();
            let changed = |to: &str| ("address-changed".to_owned(), to.to_owned());
            assert_eq!(told, [changed("Anna@new.example"), changed("anna@example.org")]);
            assert_eq!(accounts.with_address("anna@new.example").await.unwrap(), account);
            assert!(accounts.with_address("anna@example.org").await.is_err());
            assert_eq!(kit.rows("suppressions").await, 2);
        });
    }

    #[test]
    fn a_case_that_is_known_to_be_theirs_stays_theirs_and_goes_with_the_account() {
        on_both(async |kit| {
            let (studio, accounts, enquiries) = (&kit.studio, kit.studio.accounts(), kit.studio.enquiries());
            let account = kit.account("anna@example.org").await;
            let (person, page) = (Person::Customer(account.clone()), "/minitube".to_owned());
            let around = Circumstances { page, language: "en".into(), device: None, session: None };
            let words = "GDPR request: what do you hold?";
            studio.conversations().say(&person, &around, words, &kit.client()).await.unwrap();
            let open = async || enquiries.open(Role::PrivacyOfficer, 10).await.unwrap();
            let case = open().await.remove(0).id;
            // Anybody can write an address down.
            let form = NewEnquiry {
                email: "anna@example.org".into(),
                kind: Kind::Privacy,
                message: "Is it about me?".into(),
                language: "en".into(),
            };
            let anybodys = enquiries.ask(form, &kit.client()).await.unwrap().id;
            accounts.ask_for_address(&account, "anna@new.example").await.unwrap();
            let (old, new) = links(kit).await;
            accounts.confirm_address(&old).await.unwrap();
            assert_eq!(accounts.confirm_address(&new.unwrap()).await.unwrap(), Changing::Done);
            // Somebody else has the old address now.
            kit.account("anna@example.org").await;
            assert_eq!(enquiries.account_of(&case).await.unwrap(), Some(account.clone()));
            // So the answer goes where its owner is now, and the desk sees that.
            let shown = async |id| enquiries.get(id).await.unwrap().email;
            assert_eq!(shown(&case).await, "anna@new.example");
            assert_eq!(shown(&anybodys).await, "anna@example.org");
            enquiries.answer(&kit.operator(), &case, "This is all.").await.unwrap();
            assert_eq!(letters(kit, "enquiry-answer").await[0].to, "anna@new.example");
            studio.erasures().erase(&account, Reason::Owner).await.unwrap();
            assert_eq!(enquiries.get(&case).await.err().unwrap().code(), "enquiry-not-found");
            let left: Vec<_> = open().await.into_iter().map(|one| one.id).collect();
            assert_eq!(left, [anybodys]);
        });
    }

    #[test]
    fn nobody_learns_who_has_an_account_and_time_runs_out() {
        on_both(async |kit| {
            let (accounts, account) = (kit.studio.accounts(), kit.account("anna@example.org").await);
            kit.account("ben@example.org").await;
            accounts.ask_for_address(&account, "ben@example.org").await.unwrap();
            let (old, new) = links(kit).await;
            assert_eq!(new, None, "who has an account gets no link to lose it by");
            assert_eq!(accounts.get(&account).await.unwrap().new_email.unwrap(), "ben@example.org");
            assert_eq!(accounts.confirm_address(&old).await.unwrap(), Changing::Waits);

            accounts.ask_for_address(&account, "anna@new.example").await.unwrap();
            assert_eq!(accounts.check_address_link(&old).await.unwrap_err().code(), "link-invalid");
            let (old, new) = links(kit).await;
            // Somebody makes an account with it meanwhile.
            accounts.confirm_address(&new.unwrap()).await.unwrap();
            kit.account("anna@new.example").await;
            assert_eq!(accounts.confirm_address(&old).await.unwrap_err().code(), "email-taken");
            assert_eq!(accounts.get(&account).await.unwrap().email, "anna@example.org");

            accounts.ask_for_address(&account, "late@example.org").await.unwrap();
            let (old, _) = links(kit).await;
            accounts.check_address_link(&old).await.unwrap();
            kit.clock.advance(CHANGE_MS);
            assert_eq!(accounts.confirm_address(&old).await.unwrap_err().code(), "link-invalid");
            assert_eq!(accounts.get(&account).await.unwrap().new_email, None);
            let same = accounts.ask_for_address(&account, "ANNA@example.org").await.unwrap_err();
            assert_eq!(same.code(), "email-same");
            accounts.ask_for_address(&account, "again@example.org").await.unwrap();
            accounts.keep_address(&account).await.unwrap();
            assert_eq!(accounts.get(&account).await.unwrap().new_email, None);
        });
    }
}
