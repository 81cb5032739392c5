//! Profiles of children: a name, so far.

mod name;
pub(crate) mod rows;

use policy::PurposeId;
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use sea_orm::{ExprTrait, PaginatorTrait, QueryOrder};
use vault::{DataKey, Place};

pub use name::NAME_CHARS_MAX;
pub(crate) use name::{checked_name, is_invisible, is_steering};

use crate::backup::Deleted;
use crate::{AccountId, ChildId, Error, Result, Studio, boxed, orders};

/// Children an account may have.
pub const CHILDREN_MAX: u64 = 50;

/// A child's profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// Its id.
    pub id: ChildId,
    /// The name, in any script.
    pub name: String,
    /// When the profile was made.
    pub created_at_ms: i64,
}

/// Children's profiles of a studio.
#[derive(Clone, Copy)]
pub struct Children<'a> {
    studio: &'a Studio,
}

impl<'a> Children<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Makes a profile.
    ///
    /// # Errors
    /// `name-empty`, `name-long`, `name-control`, `too-many-children`.
    #[boxed]
    pub async fn create(&self, account: &AccountId, name: &str) -> Result<Child> {
        let name = checked_name(name)?;
        let key = self.studio.data_key(account, PurposeId::Films).await?;
        let of_account = rows::Entity::find().filter(rows::Column::AccountId.eq(account.as_str()));
        if of_account.count(self.studio.db().read()).await? >= CHILDREN_MAX {
            return Err(Error::conflict(
                "too-many-children",
                "There are as many children as an account can have.",
            ));
        }
        let (id, now) = (self.studio.new_id(), self.studio.now_ms());
        let row = rows::ActiveModel {
            name_sealed: Set(self.studio.vault().seal_field(&key, &place(&id), name.as_bytes())),
            id: Set(id.clone()),
            account_id: Set(account.to_string()),
            created_at_ms: Set(now),
            changed_at_ms: Set(now),
        };
        rows::Entity::insert(row).exec_without_returning(self.studio.db().write()).await?;
        Ok(Child { id: ChildId::stored(id), name, created_at_ms: now })
    }

    /// The profile for a name that was typed into an order: the one of that name, else the order's own so far under its new
    /// name, if nothing but this order is about it, else a new one. Nothing where there are as many as an account can have.
    ///
    /// # Errors
    /// As [`Children::create`], and `child-not-found`.
    #[boxed]
    pub async fn of_order(
        &self,
        account: &AccountId,
        so_far: Option<&ChildId>,
        name: &str,
    ) -> Result<Option<Child>> {
        if let Some(known) = self.list(account).await?.into_iter().find(|child| child.name == name) {
            return Ok(Some(known));
        }
        if let Some(child) = so_far
            && !self.is_of_more(account, child).await?
        {
            return self.rename(account, child, name).await.map(Some);
        }
        match self.create(account, name).await {
            Ok(child) => Ok(Some(child)),
            Err(error) if error.code() == "too-many-children" => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a film or more than one order is about a child.
    async fn is_of_more(&self, account: &AccountId, child: &ChildId) -> Result<bool> {
        use crate::films::rows::films;
        use crate::orders::rows::orders;
        let db = self.studio.db().read();
        let in_films = films::Entity::find().filter(films::Column::AccountId.eq(account.as_str())).filter(
            films::Column::ChildId.eq(child.as_str()).or(films::Column::SecondChildId.eq(child.as_str())),
        );
        let in_orders = orders::Entity::find().filter(orders::Column::AccountId.eq(account.as_str())).filter(
            orders::Column::ChildId.eq(child.as_str()).or(orders::Column::SecondChildId.eq(child.as_str())),
        );
        Ok(in_films.count(db).await? > 0 || in_orders.count(db).await? > 1)
    }

    /// The account's children, oldest profile first.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn list(&self, account: &AccountId) -> Result<Vec<Child>> {
        self.list_for(account, PurposeId::Films).await
    }

    /// The same of an account whose data may only be stored: by the names its owner tells the profiles apart.
    #[boxed]
    pub(crate) async fn stored(&self, account: &AccountId) -> Result<Vec<Child>> {
        self.list_for(account, PurposeId::Account).await
    }

    /// One profile of an account whose data may only be stored, for the question before it is deleted. Of any other
    /// account see [`Children::get`]: what a child's name is opened for there is its films.
    ///
    /// # Errors
    /// `child-not-found`.
    #[boxed]
    pub async fn stored_one(&self, account: &AccountId, child: &ChildId) -> Result<Child> {
        let row = row_of(self.studio.db().read(), account, child).await?;
        self.open(&self.studio.data_key(account, PurposeId::Account).await?, row)
    }

    async fn list_for(&self, account: &AccountId, purpose: PurposeId) -> Result<Vec<Child>> {
        let key = self.studio.data_key(account, purpose).await?;
        let rows = rows::Entity::find()
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .order_by_asc(rows::Column::Id)
            .all(self.studio.db().read())
            .await?;
        rows.into_iter().map(|row| self.open(&key, row)).collect()
    }

    /// One profile.
    ///
    /// # Errors
    /// `child-not-found`.
    #[boxed]
    pub async fn get(&self, account: &AccountId, child: &ChildId) -> Result<Child> {
        let row = row_of(self.studio.db().read(), account, child).await?;
        self.open(&self.studio.data_key(account, PurposeId::Films).await?, row)
    }

    /// Corrects the name.
    ///
    /// # Errors
    /// As [`Children::create`], and `child-not-found`.
    #[boxed]
    pub async fn rename(&self, account: &AccountId, child: &ChildId, name: &str) -> Result<Child> {
        let name = checked_name(name)?;
        let key = self.studio.data_key(account, PurposeId::Films).await?;
        let sealed = self.studio.vault().seal_field(&key, &place(child.as_str()), name.as_bytes());
        let changed = rows::Entity::update_many()
            .col_expr(rows::Column::NameSealed, Expr::value(sealed))
            .col_expr(rows::Column::ChangedAtMs, Expr::value(self.studio.now_ms()))
            .filter(rows::Column::Id.eq(child.as_str()))
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .exec(self.studio.db().write())
            .await?;
        if changed.rows_affected == 0 {
            return Err(Error::not_found("child-not-found"));
        }
        self.get(account, child).await
    }

    /// Deletes the profile, and the name wherever no film holds it; photos given for the child stay, without it.
    ///
    /// # Errors
    /// `child-not-found`.
    #[boxed]
    pub async fn delete(&self, account: &AccountId, child: &ChildId) -> Result<()> {
        let theirs = rows::Entity::find_by_id(child.as_str())
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .one(self.studio.db().read())
            .await?;
        if theirs.is_none() {
            return Err(Error::not_found("child-not-found"));
        }
        self.studio.ledger().enter(Deleted::Child, child.as_str())?;
        let tx = self.studio.db().begin().await?;
        // Before the row: with it the orders forget whose they are.
        orders::forget_child(&tx, account, child).await?;
        let deleted = rows::Entity::delete_many()
            .filter(rows::Column::Id.eq(child.as_str()))
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .exec(&tx)
            .await?;
        if deleted.rows_affected == 0 {
            return Err(Error::not_found("child-not-found"));
        }
        tx.commit().await?;
        self.studio.db().leave_no_trace().await;
        Ok(())
    }

    fn open(&self, key: &DataKey, row: rows::Model) -> Result<Child> {
        let name = self.studio.vault().open_field(key, &place(&row.id), &row.name_sealed)?;
        let name = String::from_utf8(name).map_err(Error::internal)?;
        Ok(Child { id: ChildId::stored(row.id), name, created_at_ms: row.created_at_ms })
    }
}

/// The child's row, when it is the account's.
pub(crate) async fn row_of(
    db: &impl ConnectionTrait,
    account: &AccountId,
    child: &ChildId,
) -> Result<rows::Model> {
    rows::Entity::find_by_id(child.as_str())
        .filter(rows::Column::AccountId.eq(account.as_str()))
        .one(db)
        .await?
        .ok_or_else(|| Error::not_found("child-not-found"))
}

fn place(row: &str) -> Place<'_> {
    Place { table: "children", row, column: "name" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Class;
    use crate::db::testing::on_both;
    use crate::films::rows::films;
    use crate::films::testing::paid;
    use crate::orders::Change;

    #[test]
    fn a_profile_lives_and_goes() {
        on_both(async |kit| {
            let account = kit.account("anna@example.org").await;
            let children = kit.studio.children();
            let mila = children.create(&account, "  Mila ").await.unwrap();
            kit.clock.advance(1);
            let other = children.create(&account, "李小龍 🌙").await.unwrap();
            assert_eq!(children.list(&account).await.unwrap(), [mila.clone(), other.clone()]);
            let renamed = children.rename(&account, &mila.id, "Milla").await.unwrap();
            assert_eq!((&renamed.id, renamed.name.as_str()), (&mila.id, "Milla"));
            children.delete(&account, &other.id).await.unwrap();
            assert_eq!(children.list(&account).await.unwrap(), [renamed]);
            assert_eq!(children.delete(&account, &other.id).await.unwrap_err().class(), Class::NotFound);
        });
    }

    #[test]
    fn a_name_that_is_typed_anew_makes_no_second_child() {
        on_both(async |kit| {
            let account = kit.account("anna@example.org").await;
            let children = kit.studio.children();
            let mai = children.of_order(&account, None, "Mai").await.unwrap().unwrap();
            let mia = children.of_order(&account, Some(&mai.id), "Mia").await.unwrap().unwrap();
            assert_eq!((&mia.id, mia.name.as_str()), (&mai.id, "Mia"));
            let ben = children.create(&account, "Ben").await.unwrap();
            let known = children.of_order(&account, Some(&mia.id), "Ben").await.unwrap().unwrap();
            assert_eq!(known.id, ben.id);
            assert_eq!(children.list(&account).await.unwrap().len(), 2);
            let draft = kit.studio.orders().begin(&account, "tiny", "en").await.unwrap();
            let change = Change { child: Some(ben.id.clone()), ..Change::default() };
            kit.studio.orders().change(&account, &draft.id, change).await.unwrap();
            let same = children.of_order(&account, Some(&ben.id), "Benno").await.unwrap().unwrap();
            assert_eq!(same.id, ben.id, "one draft alone is about him");
            // Who is in a film keeps the name.
            paid(kit, &account).await;
            films::Entity::update_many()
                .col_expr(films::Column::ChildId, Expr::value(ben.id.as_str()))
                .exec(kit.studio.db().write())
                .await
                .unwrap();
            let other = children.of_order(&account, Some(&ben.id), "Tom").await.unwrap().unwrap();
            assert_ne!(other.id, ben.id);
        });
    }

    #[test]
    fn another_account_finds_nothing() {
        on_both(async |kit| {
            let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
            let children = kit.studio.children();
            let mila = children.create(&anna, "Mila").await.unwrap();
            assert!(children.list(&ben).await.unwrap().is_empty());
            assert_eq!(children.get(&ben, &mila.id).await.unwrap_err().code(), "child-not-found");
            assert_eq!(children.rename(&ben, &mila.id, "X").await.unwrap_err().code(), "child-not-found");
            assert_eq!(children.delete(&ben, &mila.id).await.unwrap_err().code(), "child-not-found");
            assert_eq!(children.get(&anna, &mila.id).await.unwrap(), mila);
        });
    }

    #[test]
    fn a_sealed_name_does_not_open_in_another_row() {
        on_both(async |kit| {
            let account = kit.account("anna@example.org").await;
            let children = kit.studio.children();
            let mila = children.create(&account, "Mila").await.unwrap();
            let other = children.create(&account, "Lena").await.unwrap();
            let sealed = row_of(kit.studio.db().read(), &account, &mila.id).await.unwrap().name_sealed;
            rows::Entity::update_many()
                .col_expr(rows::Column::NameSealed, Expr::value(sealed))
                .filter(rows::Column::Id.eq(other.id.as_str()))
                .exec(kit.studio.db().write())
                .await
                .unwrap();
            assert_eq!(children.get(&account, &other.id).await.unwrap_err().class(), Class::Internal);
        });
    }
}
