//! The table `order_acts`.
#![allow(missing_docs)]

use sea_orm::entity::prelude::*;

use super::orders::Act;
use crate::staff::Role;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "order_acts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub order_id: String,
    pub act: Act,
    pub turn: i32,
    pub by_whom: String,
    pub role: Role,
    pub reason_sealed: Vec<u8>,
    pub at_ms: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}
