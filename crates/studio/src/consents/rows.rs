//! The table `consent_receipts`.
#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "consent_receipts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub consent_id: String,
    pub given_at_ms: i64,
    pub country: Option<String>,
    pub regime: String,
    pub analytics: bool,
    pub support: bool,
    pub method: super::Method,
    pub wording: String,
    pub policy: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}
