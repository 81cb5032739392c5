//! The tables `list_members`, `list_purchases` and `list_polls`.

use sea_orm::entity::prelude::*;

/// What a list was told last of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub(crate) enum Told {
    /// Nothing: what they agreed to does not count yet.
    Nothing,
    /// That they agreed, or not all of it: what is sent now may have arrived.
    Begun,
    /// That they agreed.
    Subscribed,
    /// They are let go of; that they withdrew is still to be told.
    Leaving,
    /// That they withdrew.
    Unsubscribed,
}

pub(crate) mod members {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "list_members")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub account_id: String,
        pub processor: String,
        pub told: super::Told,
        pub email_index: Option<Vec<u8>>,
        pub email_sealed: Option<Vec<u8>>,
        pub since_ms: i64,
        pub bought_since_ms: i64,
        pub looked_at_ms: i64,
        pub tries: i32,
        pub next_at_ms: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod purchases {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "list_purchases")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub order_id: String,
        pub account_id: String,
        pub told_at_ms: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod polls {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "list_polls")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub processor: String,
        pub heard_at_ms: i64,
        pub compare_at_ms: i64,
        pub tries: i32,
        pub next_at_ms: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
