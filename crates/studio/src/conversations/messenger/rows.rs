//! The tables `outside_conversations`, `outside_messages`, `outside_looks` and `outside_misses`.
#![allow(missing_docs)]

/// A conversation of ours that is held at the messenger of somebody else.
pub mod outside_conversations {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "outside_conversations")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub conversation_id: String,
        pub account_id: Option<String>,
        pub processor: String,
        pub their_sealed: Vec<u8>,
        pub their_index: Vec<u8>,
        pub seen_s: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Which message of ours is which there; one that is not there yet is to be sent.
pub mod outside_messages {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "outside_messages")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub conversation_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub place: i64,
        pub their_index: Option<Vec<u8>>,
        pub sent_at_ms: Option<i64>,
        pub next_at_ms: Option<i64>,
        pub tries: i32,
        pub problem: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Up to when a messenger was looked through.
pub mod outside_looks {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "outside_looks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub processor: String,
        pub since_s: i64,
        pub next_at_ms: i64,
        pub compare_at_ms: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A conversation that could not be read there, until it was.
pub mod outside_misses {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "outside_misses")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub processor: String,
        pub their_sealed: Vec<u8>,
        pub their_index: Vec<u8>,
        pub tries: i32,
        pub next_at_ms: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
