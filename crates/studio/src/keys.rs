//! Which keys the studio holds: the master key's keeper, the house's own key, accounts' keys.

use std::ops::Deref;
use std::sync::Arc;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use vault::{CommandKeeper, DataKey, FileKeeper, Index, Keeper, Random, Vault, WrappedKey};

use crate::accounts::rows::accounts;
use crate::db::Db;
use crate::{AccountId, Class, Config, Error, MasterKey, Result, Studio, boxed};

/// The table `house`: the house's own secrets, by name.
pub(crate) mod house_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "house")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub value: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

const HOUSE: &str = "house";

/// What belongs to no account: the blind indexes, and the words of people without one.
pub(crate) struct House {
    pub index: Index,
    pub key: DataKey,
}

impl House {
    /// Opens the house's key, made at the first start. Two processes starting at once agree.
    #[boxed]
    pub async fn open(db: &Db, vault: &Vault) -> Result<Self> {
        let (_, wrapped) = vault.new_data_key(HOUSE).await?;
        let row =
            house_rows::ActiveModel { name: Set(HOUSE.into()), value: Set(wrapped.as_bytes().to_vec()) };
        let keep_first = OnConflict::column(house_rows::Column::Name).do_nothing().to_owned();
        house_rows::Entity::insert(row).on_conflict(keep_first).exec_without_returning(db.write()).await?;
        let row = house_rows::Entity::find_by_id(HOUSE).one(db.write()).await?;
        let row = row.ok_or_else(|| Error::internal("the house's key is gone"))?;
        let key = vault.unwrap(HOUSE, &WrappedKey::from_bytes(row.value)).await.map_err(other_key)?;
        Ok(Self { index: Index::new(&key), key })
    }
}

/// The key of somebody's: their account's, or the house's where they have none.
pub(crate) enum Key<'a> {
    /// The account's.
    Own(Box<DataKey>),
    /// The house's.
    House(&'a DataKey),
}

impl Deref for Key<'_> {
    type Target = DataKey;

    fn deref(&self) -> &DataKey {
        match self {
            Self::Own(key) => key,
            Self::House(key) => key,
        }
    }
}

/// That this is not the master key which the database was begun with.
fn other_key(error: vault::Error) -> Error {
    match error {
        vault::Error::UnknownMasterKey(id) => Error::refused(
            "master-key-other",
            format!(
                "The master key here is not the one of this database: none with the id {id} is at hand. Put \
                 the keys here that it is used with, such as `keys/master.key` from another machine. Nothing \
                 was changed."
            ),
        ),
        other => other.into(),
    }
}

/// Makes sure that no master key is made where the one that the database was begun with is missing.
///
/// # Errors
/// `master-key-missing`; when the database is out of reach.
pub(crate) async fn may_be_made(config: &Config, db: &Db) -> Result<()> {
    let MasterKey::File(file) = &config.master_key else { return Ok(()) };
    if file.exists() || house_rows::Entity::find_by_id(HOUSE).one(db.read()).await?.is_none() {
        return Ok(());
    }
    let sentence = format!(
        "The master key {} is missing, and nothing in this database opens without it. Copy it from where the \
         database was used, or from the copy that you keep. No other was made.",
        file.display()
    );
    Err(Error::refused("master-key-missing", sentence))
}

/// The master key's keeper, as configured.
pub(crate) async fn keeper(config: &Config, random: &dyn Random) -> Result<Arc<dyn Keeper>> {
    let keys = match &config.master_key {
        MasterKey::File(file) => FileKeeper::open_or_create(file, random)?,
        MasterKey::Environment(name) => {
            let text = std::env::var(name).map_err(|_| {
                let sentence = format!("The master key is missing: set the environment variable {name}.");
                Error::refused("master-key-missing", sentence)
            })?;
            FileKeeper::from_text(&text)?
        }
        MasterKey::Command(words) => return Ok(Arc::new(CommandKeeper::start(words).await?)),
    };
    Ok(Arc::new(keys))
}

/// Accounts whose keys are wrapped anew in one go.
const BATCH: u64 = 500;

impl Studio {
    /// A transaction that writes, in which an account's key is opened. The keeper is asked before it begins, and
    /// remembers the key for a while: one that takes its time holds up nobody else who writes. Of an account that is not
    /// there, or does not open, nothing is said yet.
    ///
    /// # Errors
    /// When the keeper or the database is out of reach.
    #[boxed]
    pub(crate) async fn begin_for(&self, account: &AccountId) -> Result<DatabaseTransaction> {
        if let Err(error) = of_account(self.db().read(), self.vault(), account).await
            && error.class() == Class::Unavailable
        {
            return Err(error);
        }
        self.db().begin().await
    }

    /// Wraps every data key anew with the current master key; returns how many were still wrapped by another. What
    /// is sealed under them stays as it is. Interrupted, it goes on where it ended; doing it twice changes nothing.
    ///
    /// # Errors
    /// When a key does not open: its master key is not among those that are known.
    #[boxed]
    pub async fn rewrap_keys(&self) -> Result<u64> {
        let (db, mut rewrapped) = (self.db(), 0);
        if let Some(row) = house_rows::Entity::find_by_id(HOUSE).one(db.read()).await? {
            let old = WrappedKey::from_bytes(row.value);
            if let Some(new) = self.vault().rewrap(HOUSE, &old).await? {
                let row =
                    house_rows::ActiveModel { name: Set(HOUSE.into()), value: Set(new.as_bytes().to_vec()) };
                house_rows::Entity::update(row).exec(db.write()).await?;
                rewrapped += 1;
            }
        }
        let mut after = String::new();
        loop {
            let batch: Vec<(String, Vec<u8>)> = accounts::Entity::find()
                .select_only()
                .column(accounts::Column::Id)
                .column(accounts::Column::KeyWrapped)
                .filter(accounts::Column::Id.gt(after.as_str()))
                .order_by_asc(accounts::Column::Id)
                .limit(BATCH)
                .into_tuple()
                .all(db.read())
                .await?;
            let Some((last, _)) = batch.last() else { return Ok(rewrapped) };
            after.clone_from(last);
            for (id, wrapped) in batch {
                let old = WrappedKey::from_bytes(wrapped);
                let Some(new) = self.vault().rewrap(&id, &old).await? else { continue };
                // Only where the old one still stands: an account that was erased meanwhile stays erased.
                let changed = accounts::Entity::update_many()
                    .col_expr(accounts::Column::KeyWrapped, Expr::value(new.as_bytes().to_vec()))
                    .filter(accounts::Column::Id.eq(id))
                    .filter(accounts::Column::KeyWrapped.eq(old.as_bytes().to_vec()))
                    .exec(db.write())
                    .await?;
                rewrapped += changed.rows_affected;
            }
        }
    }
}

/// The file of the master keys, where they lie in one.
///
/// # Errors
/// `keys-in-environment`, `keys-elsewhere`.
pub fn master_key_file(config: &Config) -> Result<&std::path::Path> {
    match &config.master_key {
        MasterKey::File(file) => Ok(file),
        MasterKey::Environment(name) => Err(Error::refused(
            "keys-in-environment",
            format!(
                "The master key comes from {name}. Put the new key before the old one there, then run this with --only-rewrap."
            ),
        )),
        MasterKey::Command(_) => Err(Error::refused(
            "keys-elsewhere",
            "The master key is kept by a key-management service: it is made anew, and deleted, there.",
        )),
    }
}

/// An account's row with its data key, open.
pub(crate) async fn of_account(
    db: &impl ConnectionTrait,
    vault: &Vault,
    account: &AccountId,
) -> Result<(accounts::Model, DataKey)> {
    let row = accounts::Entity::find_by_id(account.as_str()).one(db).await?;
    let row = row.ok_or_else(|| Error::not_found("account-not-found"))?;
    let key = vault.unwrap(&row.id, &WrappedKey::from_bytes(row.key_wrapped.clone())).await?;
    Ok((row, key))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    use base64::Engine;

    use super::*;
    use crate::db::testing::{on_both, on_both_configured};
    use crate::films::testing::paid;
    use crate::{Outside, SystemRandom};

    #[test]
    fn a_new_master_key_takes_the_place_of_the_old_one_and_nothing_is_sealed_anew() {
        on_both(async |kit| {
            let (anna, _) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
            paid(kit, &anna).await;
            let config = kit.studio.config();
            let file = master_key_file(config).unwrap();
            let (old_text, random) = (std::fs::read_to_string(file).unwrap(), SystemRandom::default());
            FileKeeper::add_key(file, &random).unwrap();
            let opened = async || {
                let catalogue = crate::films::testing::catalogue();
                let eyes = Arc::new(crate::db::testing::Painted);
                Studio::open_with(config.clone(), Outside::embedded(), catalogue, eyes).await
            };
            let before = kit.rows("objects").await;
            let studio = opened().await.unwrap();
            assert_eq!(studio.rewrap_keys().await.unwrap(), 3, "two accounts and the house");
            assert_eq!(studio.rewrap_keys().await.unwrap(), 0);
            assert_eq!(FileKeeper::forget_old_keys(file, &random).unwrap(), 1);
            assert!(!std::fs::read_to_string(file).unwrap().contains(old_text.trim()));
            let studio = opened().await.unwrap();
            assert_eq!(studio.accounts().get(&anna).await.unwrap().email, "anna@example.org");
            let photo = studio.photos().list(&anna).await.unwrap()[0].id.clone();
            studio.photos().cut_out(&anna, &photo).await.unwrap();
            assert_eq!(kit.rows("objects").await, before);
            // Whoever has only the old key has nothing any more.
            std::fs::write(file, old_text).unwrap();
            assert!(opened().await.is_err());
        });
    }

    #[test]
    fn a_key_is_not_made_in_the_place_of_a_missing_one_and_another_one_is_told_apart() {
        on_both(async |kit| {
            let config = kit.studio.config();
            let file = master_key_file(config).unwrap();
            let refused = async || {
                let catalogue = crate::films::testing::catalogue();
                let eyes = Arc::new(crate::db::testing::Painted);
                let opened = Studio::open_with(config.clone(), Outside::embedded(), catalogue, eyes).await;
                opened.err().unwrap()
            };
            std::fs::remove_file(file).unwrap();
            assert_eq!(refused().await.code(), "master-key-missing");
            assert!(!file.exists());
            FileKeeper::open_or_create(file, &SystemRandom::default()).unwrap();
            assert_eq!(refused().await.code(), "master-key-other");
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert!(refused().await.for_operator().contains("0600"));
        });
    }

    #[test]
    fn no_key_is_asked_for_while_others_wait_to_write() {
        let opens = [
            "open_account(&tx,",
            "of_account(&tx,",
            "mail().write(&tx,",
            "mail().write_elsewhere(&tx,",
            "mail().write_for(&tx,",
            "marketing().complained(&tx,",
        ];
        let mut seen = 0;
        for (file, text) in crate::purposes::testing::sources() {
            let text: String = text.split_whitespace().collect();
            for open in opens {
                for (at, _) in text.match_indices(open) {
                    let begun = text[..at].rfind("lettx=").map_or("", |begun| &text[begun..at]);
                    assert!(begun.contains("studio.begin_for("), "{open} in {file}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 20, "only {seen} were looked at");
    }

    /// Names the file of its keys to the program below.
    const VARIABLE: &str = "KEEPER_PROGRAM";

    /// No test of its own: this very file, run again by the next test, is the program that keeps the master keys.
    #[test]
    fn the_keepers_program() {
        let Some(file) = std::env::var_os(VARIABLE) else { return };
        let random: Arc<dyn Random> = Arc::new(SystemRandom::default());
        let mut out = std::io::stdout();
        // Whatever the test's frame has written on this line before.
        writeln!(out).unwrap();
        for line in std::io::stdin().lines() {
            let keys = FileKeeper::from_text(&std::fs::read_to_string(&file).unwrap()).unwrap();
            let line = line.unwrap();
            let answer = vault::answer(&keys, &line, random.bytes());
            writeln!(out, "{}", futures::executor::block_on(answer).unwrap()).unwrap();
            out.flush().unwrap();
        }
        std::process::exit(0);
    }

    #[test]
    fn a_key_management_service_keeps_the_master_key_and_makes_it_anew() {
        let file = |config: &Config| config.data.join("kms.keys");
        let line = |key: u8| base64::engine::general_purpose::STANDARD.encode([key; 32]);
        let kept_elsewhere = |config: &mut Config| {
            std::fs::write(file(config), line(1)).unwrap();
            let this = std::env::current_exe().unwrap().display().to_string();
            let variable = format!("{VARIABLE}={}", file(config).display());
            let program =
                ["env", &variable, &this, "keys::tests::the_keepers_program", "--exact", "--nocapture"];
            config.master_key = MasterKey::Command(program.map(str::to_owned).to_vec());
        };
        on_both_configured(kept_elsewhere, async |kit| {
            let anna = kit.account("anna@example.org").await;
            paid(kit, &anna).await;
            let config = kit.studio.config();
            assert!(!config.data.join("keys").exists(), "no key lies here");
            assert_eq!(master_key_file(config).unwrap_err().code(), "keys-elsewhere");
            assert_eq!(kit.studio.rewrap_keys().await.unwrap(), 0);

            std::fs::write(file(config), format!("{}\n{}", line(2), line(1))).unwrap();
            let opened = async || {
                let catalogue = crate::films::testing::catalogue();
                let eyes = Arc::new(crate::db::testing::Painted);
                Studio::open_with(config.clone(), Outside::embedded(), catalogue, eyes).await
            };
            let studio = opened().await.unwrap();
            assert_eq!(studio.rewrap_keys().await.unwrap(), 2, "an account and the house");
            assert_eq!(studio.rewrap_keys().await.unwrap(), 0);
            std::fs::write(file(config), line(2)).unwrap();
            let studio = opened().await.unwrap();
            assert_eq!(studio.accounts().get(&anna).await.unwrap().email, "anna@example.org");
            let photo = studio.photos().list(&anna).await.unwrap()[0].id.clone();
            studio.photos().cut_out(&anna, &photo).await.unwrap();

            std::fs::write(file(config), line(1)).unwrap();
            assert!(opened().await.is_err(), "whoever has only the old key has nothing any more");
        });
    }
}
