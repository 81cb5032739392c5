//! The table `film_copies`.
#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

/// What is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum What {
    /// The film.
    Stream,
    /// A still of it.
    Still,
}

/// Where a copy stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum CopyState {
    /// Nothing was sent.
    Waiting,
    /// It may have arrived.
    Sending,
    /// It arrived, and is being made ready.
    Preparing,
    /// It is used.
    Ready,
    /// It is not used, for good.
    Failed,
}

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "film_copies")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub account_id: String,
    pub film_id: String,
    pub what: What,
    pub processor: String,
    pub state: CopyState,
    /// By which it is deleted; a still is shown by it too.
    pub handle_sealed: Vec<u8>,
    /// What players ask for.
    pub shown_sealed: Option<Vec<u8>>,
    pub rounds: i32,
    pub tries: i32,
    pub next_at_ms: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}
