//! The table `photos`.
#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

use super::State;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "photos")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub account_id: String,
    pub child_id: Option<String>,
    pub state: State,
    pub content_index: Vec<u8>,
    pub photo_object: String,
    pub small_object: String,
    pub cut_out_object: Option<String>,
    pub cut_out_small_object: Option<String>,
    pub width: i64,
    pub height: i64,
    pub details_sealed: Vec<u8>,
    pub affirmed_wording: String,
    pub affirmed_at_ms: i64,
    pub created_at_ms: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}
