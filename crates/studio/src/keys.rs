//! Which keys the studio holds: the master key's keeper, the house's own key, accounts' keys.

use std::sync::Arc;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use vault::{DataKey, FileKeeper, Index, Keeper, Random, Vault, WrappedKey};

use crate::accounts::rows::accounts;
use crate::db::Db;
use crate::{AccountId, Config, Error, MasterKey, Result};

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
    pub async fn open(db: &Db, vault: &Vault) -> Result<Self> {
        let (_, wrapped) = vault.new_data_key(HOUSE).await?;
        let row =
            house_rows::ActiveModel { name: Set(HOUSE.into()), value: Set(wrapped.as_bytes().to_vec()) };
        let keep_first = OnConflict::column(house_rows::Column::Name).do_nothing().to_owned();
        house_rows::Entity::insert(row).on_conflict(keep_first).exec_without_returning(db.write()).await?;
        let row = house_rows::Entity::find_by_id(HOUSE).one(db.write()).await?;
        let row = row.ok_or_else(|| Error::internal("the house's key is gone"))?;
        let key = vault.unwrap(HOUSE, &WrappedKey::from_bytes(row.value)).await?;
        Ok(Self { index: Index::new(&key), key })
    }
}

/// The master key's keeper, as configured.
pub(crate) fn keeper(config: &Config, random: &dyn Random) -> Result<Arc<dyn Keeper>> {
    Ok(Arc::new(match &config.master_key {
        MasterKey::File(file) => FileKeeper::open_or_create(file, random)?,
        MasterKey::Environment(name) => {
            let text = std::env::var(name).map_err(|_| Error::internal(format!("{name} is not set")))?;
            FileKeeper::from_text(&text)?
        }
    }))
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
