//! The table `releases`.
#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "releases")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub account_id: String,
    pub film_id: String,
    pub name_sealed: Vec<u8>,
    /// Words of the places, separated by commas.
    pub scope: String,
    pub wording: String,
    pub language: String,
    pub given_at_ms: i64,
    pub until_ms: i64,
    pub shown_at_ms: Option<i64>,
    pub withdrawn_at_ms: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}
