//! The tables `generated_shots` and `generated_strays`.
#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "generated_shots")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub account_id: String,
    pub film_id: String,
    pub place: i32,
    pub photo_id: String,
    pub state: crate::generated::State,
    pub request_sealed: Option<Vec<u8>>,
    pub picture_sealed: Option<Vec<u8>>,
    pub cents: i32,
    pub asked_at_ms: Option<i64>,
    pub until_ms: i64,
    pub tries: i32,
    pub next_at_ms: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}

pub mod strays {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "generated_strays")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub processor: String,
        /// Under the house's key: it belongs to no account any more.
        pub request_sealed: Vec<u8>,
        pub request_index: Vec<u8>,
        pub asked_at_ms: i64,
        pub tries: i32,
        pub next_at_ms: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
