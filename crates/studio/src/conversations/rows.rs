//! The tables `conversations` and `conversation_messages`.
#![allow(missing_docs)]

/// A conversation.
pub mod conversations {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "conversations")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub page: String,
        pub device_hash: Option<Vec<u8>>,
        pub session_hash: Option<Vec<u8>>,
        pub account_id: Option<String>,
        pub state: super::super::State,
        pub created_at_ms: i64,
        pub waiting_since_ms: Option<i64>,
        pub closed_at_ms: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What was said in it.
pub mod messages {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "conversation_messages")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub conversation_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub place: i64,
        pub author: super::super::Author,
        pub sealed: Vec<u8>,
        pub written_at_ms: i64,
        pub closed_at_ms: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
