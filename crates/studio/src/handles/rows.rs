//! The tables `handles` and `erasure_receipts`.
#![allow(missing_docs)]

pub mod handles {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "handles")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub account_id: Option<String>,
        pub processor: String,
        pub about: Option<String>,
        pub handle_sealed: Vec<u8>,
        pub handle_index: Vec<u8>,
        pub given_at_ms: i64,
        pub going_at_ms: Option<i64>,
        pub task_sealed: Option<Vec<u8>>,
        pub letter_sealed: Option<Vec<u8>>,
        pub problem: Option<String>,
        pub tries: i32,
        pub next_at_ms: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod receipts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "erasure_receipts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub processor: String,
        pub erasure_id: Option<String>,
        pub asked_at_ms: i64,
        pub done_at_ms: i64,
        pub receipt: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
