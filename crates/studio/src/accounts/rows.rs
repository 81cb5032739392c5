//! The tables `accounts`, `links` and `email_changes`.

use sea_orm::entity::prelude::*;

use crate::sessions::Role;

/// Where an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum State {
    /// The address is not confirmed; swept away after a day.
    Pending,
    /// In use.
    Active,
    /// In use, and its data are only stored until that is lifted (GDPR, Art. 18).
    Restricted,
    /// Its owner asked for its end and can still take that back; nothing is processed.
    Leaving,
    /// On its way out for good; nobody gets in.
    Erasing,
}

impl State {
    /// Those whose address somebody has confirmed, and who can sign in.
    pub const CONFIRMED: [Self; 3] = [Self::Active, Self::Restricted, Self::Leaving];

    /// What a session of the account's owner may do.
    pub fn role(self) -> Role {
        match self {
            Self::Leaving => Role::Leaving,
            Self::Restricted => Role::Restricted,
            Self::Pending | Self::Active | Self::Erasing => Role::Customer,
        }
    }
}

/// An account.
pub mod accounts {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "accounts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub state: super::State,
        pub key_wrapped: Vec<u8>,
        pub email_index: Option<Vec<u8>>,
        pub email_sealed: Vec<u8>,
        pub password_sealed: Option<Vec<u8>>,
        pub language: String,
        pub adult_wording: Option<String>,
        pub adult_at_ms: Option<i64>,
        pub created_at_ms: i64,
        pub confirmed_at_ms: Option<i64>,
        pub seen_at_ms: i64,
        pub leaving_at_ms: Option<i64>,
        pub support_objected_at_ms: Option<i64>,
        pub restricted_at_ms: Option<i64>,
        /// When it was said last whether the account is to end.
        pub leaving_said_at_ms: Option<i64>,
        /// When it was said last whether its data are only to be stored.
        pub restricted_said_at_ms: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A link that was mailed, with its code.
pub mod links {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "links")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub account_id: String,
        pub token_hash: Vec<u8>,
        pub waiting_hash: Vec<u8>,
        pub code_hash: Vec<u8>,
        pub tries: i64,
        pub created_at_ms: i64,
        pub expires_at_ms: i64,
        pub used_at_ms: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A new address that is not confirmed at both ends yet; an account has at most one.
pub mod email_changes {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "email_changes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub account_id: String,
        pub email_sealed: Vec<u8>,
        pub old_token_hash: Vec<u8>,
        pub new_token_hash: Vec<u8>,
        pub old_confirmed_at_ms: Option<i64>,
        pub new_confirmed_at_ms: Option<i64>,
        pub created_at_ms: i64,
        pub expires_at_ms: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
