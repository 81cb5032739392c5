//! Who works here, and what each may do at the desk: [`Role::may`] is the one table of it.
//!
//! A member of the staff is an account with a role, so signing in, its throttle and its end are those of every
//! account. The role holds for [`DESK_MS`] after signing in, and ends at once when it is taken away. Nobody here,
//! whatever their role, opens a photo or a film but by a look that its owner is told of ([`crate::looks`]).

pub(crate) mod rows;

use policy::PurposeId;
use sea_orm::ActiveValue::Set;
use sea_orm::QueryOrder;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

use crate::accounts::email_of;
use crate::clock::HOUR_MS;
use crate::enquiries::Kind;
use crate::sessions::{self, Session};
use crate::{AccountId, Error, Result, Studio, boxed, looks};

/// How long after signing in the desk is open.
pub const DESK_MS: i64 = 12 * HOUR_MS;

/// What somebody at the desk is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
pub enum Role {
    /// Runs this installation; signs in by the link that the program prints, and is no account.
    Operator,
    /// Sees to rights, cases and erasures.
    PrivacyOfficer,
    /// Answers questions.
    Support,
    /// Looks after the films on offer.
    FilmMaker,
}

impl Role {
    /// Those that an account can have.
    pub const GRANTED: [Self; 3] = [Self::PrivacyOfficer, Self::Support, Self::FilmMaker];

    /// Its stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::PrivacyOfficer => "privacy-officer",
            Self::Support => "support",
            Self::FilmMaker => "film-maker",
        }
    }

    /// What may be done in which part of the desk: no more than the work needs.
    pub fn may(self, room: Room) -> bool {
        match self {
            Self::Operator => room != Room::Looking,
            Self::PrivacyOfficer => matches!(
                room,
                Room::Figures
                    | Room::Enquiries
                    | Room::Rights
                    | Room::Processing
                    | Room::Looks
                    | Room::Looking
                    | Room::Approving
            ),
            Self::Support => matches!(
                room,
                Room::Figures
                    | Room::Orders
                    | Room::Enquiries
                    | Room::Conversations
                    | Room::Looks
                    | Room::Looking
                    | Room::Gifts
            ),
            Self::FilmMaker => matches!(room, Room::Figures | Room::Films),
        }
    }

    /// Which enquiries somebody reads: what concerns rights, only who sees to them.
    pub fn reads(self, kind: Kind) -> bool {
        self.may(Room::Enquiries) && (self.may(Room::Rights) || !kind.concerns_rights())
    }
}

/// Somebody at the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Their account; `None` for the operator.
    pub account: Option<AccountId>,
    /// What they are here for.
    pub role: Role,
}

impl Worker {
    pub(crate) fn name(&self) -> &str {
        self.account.as_ref().map_or("operator", AccountId::as_str)
    }
}

/// A part of the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Room {
    /// How the studio does as a whole.
    Figures,
    /// The same as a business: takings, and what people agree to.
    Business,
    /// Trying again what could not be made.
    Films,
    /// Trying again whatever else was given up: mails, what processors told, deletions there.
    Jobs,
    /// Orders: giving money back, making a film again.
    Orders,
    /// What people wrote to us.
    Enquiries,
    /// The messenger.
    Conversations,
    /// Mails to many.
    Campaigns,
    /// Restricting and erasing accounts; cases about rights.
    Rights,
    /// The record of processing.
    Processing,
    /// Which looks were asked for.
    Looks,
    /// Asking for a look and opening what is private in it.
    Looking,
    /// Letting somebody else look.
    Approving,
    /// Showing films that their owners released.
    Releases,
    /// Who works here.
    Staff,
    /// Giving gift passes out.
    Gifts,
}

impl Room {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Figures,
        Self::Business,
        Self::Films,
        Self::Jobs,
        Self::Orders,
        Self::Enquiries,
        Self::Conversations,
        Self::Campaigns,
        Self::Rights,
        Self::Processing,
        Self::Looks,
        Self::Looking,
        Self::Approving,
        Self::Releases,
        Self::Staff,
        Self::Gifts,
    ];
}

/// Somebody who works here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Their account.
    pub account: AccountId,
    /// Its address.
    pub email: String,
    /// What they are here for.
    pub role: Role,
    /// Since when.
    pub since_ms: i64,
}

/// The staff of a studio.
#[derive(Clone, Copy)]
pub struct Staff<'a> {
    studio: &'a Studio,
}

impl<'a> Staff<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// What a session may do at the desk; `None`: nothing.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn role_of(&self, session: &Session) -> Result<Option<Role>> {
        match (session.role, &session.account) {
            (sessions::Role::Operator, _) => Ok(Some(Role::Operator)),
            (sessions::Role::Customer, Some(account))
                if self.studio.now_ms() - session.signed_in_at_ms < DESK_MS =>
            {
                let row = rows::Entity::find_by_id(account.as_str()).one(self.studio.db().read()).await?;
                Ok(row.map(|row| row.role))
            }
            _ => Ok(None),
        }
    }

    /// Whether an account belongs to somebody who works here, however long ago they signed in.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn works_here(&self, account: &AccountId) -> Result<bool> {
        let row = rows::Entity::find_by_id(account.as_str()).one(self.studio.db().read()).await?;
        Ok(row.is_some())
    }

    /// Gives an account a role, in place of the one it had. Looks that it asked for end.
    ///
    /// # Errors
    /// `role-not-granted` for the operator's, which no account has; `account-not-found`.
    #[boxed]
    pub async fn grant(&self, account: &AccountId, role: Role) -> Result<()> {
        if !Role::GRANTED.contains(&role) {
            return Err(Error::refused("role-not-granted", "This role cannot be given to an account."));
        }
        self.studio.accounts().get(account).await?;
        let row = rows::ActiveModel {
            account_id: Set(account.to_string()),
            role: Set(role),
            since_ms: Set(self.studio.now_ms()),
        };
        let replace = OnConflict::column(rows::Column::AccountId)
            .update_columns([rows::Column::Role, rows::Column::SinceMs])
            .to_owned();
        let tx = self.studio.db().begin().await?;
        rows::Entity::insert(row).on_conflict(replace).exec_without_returning(&tx).await?;
        looks::end_all_of(&tx, account, self.studio.now_ms()).await?;
        tx.commit().await?;
        tracing::info!("somebody was given a role at the desk");
        Ok(())
    }

    /// Takes an account's role away, and with it the looks that it asked for; who has none has lost nothing.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn take_away(&self, account: &AccountId) -> Result<()> {
        let tx = self.studio.db().begin().await?;
        rows::Entity::delete_by_id(account.as_str()).exec(&tx).await?;
        looks::end_all_of(&tx, account, self.studio.now_ms()).await?;
        tx.commit().await?;
        tracing::info!("somebody has no role at the desk any more");
        Ok(())
    }

    /// Everybody who works here, longest first. Whose account is being erased is left out.
    ///
    /// # Errors
    /// When the database is out of reach.
    #[boxed]
    pub async fn list(&self) -> Result<Vec<Member>> {
        let studio = self.studio;
        let rows = rows::Entity::find()
            .order_by_asc(rows::Column::SinceMs)
            .order_by_asc(rows::Column::AccountId)
            .all(studio.db().read())
            .await?;
        let mut members = Vec::with_capacity(rows.len());
        for row in rows {
            let account = AccountId::stored(row.account_id);
            let opened = studio.open_account(studio.db().read(), &account, PurposeId::Account).await;
            let Ok((owner, key)) = opened else { continue };
            let email = email_of(studio, &key, &owner)?;
            members.push(Member { account, email, role: row.role, since_ms: row.since_ms });
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::on_both;

    #[test]
    fn proves_s11_3_each_role_may_do_what_its_work_needs_and_no_more() {
        // Written apart from the rule: rooms in the order of `Room::ALL`.
        let expected = [
            (
                Role::Operator,
                "figures business films jobs orders enquiries conversations campaigns rights processing looks - approving releases staff gifts",
            ),
            (
                Role::PrivacyOfficer,
                "figures - - - - enquiries - - rights processing looks looking approving - - -",
            ),
            (Role::Support, "figures - - - orders enquiries conversations - - - looks looking - - - gifts"),
            (Role::FilmMaker, "figures - films - - - - - - - - - - - - -"),
        ];
        for (role, rooms) in expected {
            let wanted: Vec<bool> = rooms.split(' ').map(|room| room != "-").collect();
            assert_eq!(Room::ALL.map(|room| role.may(room)).to_vec(), wanted, "{role:?}");
        }
        for kind in Kind::ALL {
            let rights = matches!(kind, Kind::Privacy | Kind::California | Kind::PhotoDeletion);
            assert_eq!(Role::Support.reads(kind), !rights, "{kind:?}");
            assert!(Role::PrivacyOfficer.reads(kind) && Role::Operator.reads(kind));
            assert!(!Role::FilmMaker.reads(kind));
        }
    }

    #[test]
    fn a_role_is_an_accounts_own_and_ends_at_once() {
        on_both(async |kit| {
            let (studio, staff) = (&kit.studio, kit.studio.staff());
            let anna = kit.account("anna@example.org").await;
            let session = sessions::make(studio, studio.db().write(), Some(&anna), sessions::Role::Customer);
            let token = session.await.unwrap().token;
            let role = async || {
                let session = studio.sessions().find(&token).await.unwrap().unwrap();
                staff.role_of(&session).await.unwrap()
            };
            assert_eq!(role().await, None);
            assert_eq!(staff.grant(&anna, Role::Operator).await.unwrap_err().code(), "role-not-granted");
            staff.grant(&anna, Role::FilmMaker).await.unwrap();
            staff.grant(&anna, Role::Support).await.unwrap();
            assert_eq!(role().await, Some(Role::Support));
            let listed = staff.list().await.unwrap();
            assert_eq!(
                listed.iter().map(|member| member.email.as_str()).collect::<Vec<_>>(),
                ["anna@example.org"]
            );
            kit.clock.advance(DESK_MS - 1);
            assert_eq!(role().await, Some(Role::Support));
            kit.clock.advance(1);
            assert_eq!(role().await, None, "the desk wants somebody who has just signed in");
            assert!(staff.works_here(&anna).await.unwrap());
            staff.take_away(&anna).await.unwrap();
            assert!(!staff.works_here(&anna).await.unwrap());
        });
    }
}
