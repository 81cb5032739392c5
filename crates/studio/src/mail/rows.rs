//! The table `mails`.
#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

use super::State;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "mails")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub account_id: Option<String>,
    pub kind: String,
    pub sealed: Vec<u8>,
    pub state: State,
    pub tries: i64,
    pub due_at_ms: i64,
    pub created_at_ms: i64,
    pub sent_at_ms: Option<i64>,
    pub problem: Option<String>,
    /// The case that it is about, with which it goes.
    pub enquiry_id: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}
