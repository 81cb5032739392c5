//! The tables of orders and charges.

/// Orders, drafts among them.
pub(crate) mod orders {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "orders")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub account_id: String,
        pub film: String,
        pub film_version: i32,
        pub state: crate::orders::OrderState,
        pub open_key: Option<String>,
        pub pay_key: String,
        pub language: String,
        pub child_id: Option<String>,
        pub name_sealed: Option<Vec<u8>>,
        pub options_sealed: Option<Vec<u8>>,
        pub photo_id: Option<String>,
        pub guardian_wording: Option<String>,
        pub guardian_at_ms: Option<i64>,
        /// The same of a second hero, for the films that take one.
        pub second_child_id: Option<String>,
        pub second_name_sealed: Option<Vec<u8>>,
        pub second_photo_id: Option<String>,
        pub second_guardian_wording: Option<String>,
        pub second_guardian_at_ms: Option<i64>,
        pub price_cents: i32,
        pub price_currency: String,
        pub changes: i32,
        pub created_at_ms: i64,
        pub changed_at_ms: i64,
        pub paying_at_ms: Option<i64>,
        pub paid_at_ms: Option<i64>,
        pub ended_at_ms: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Charges: money that was taken, at most once for an order.
pub(crate) mod charges {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "charges")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub order_id: String,
        pub pay_key: String,
        pub till: String,
        pub reference: String,
        pub cents: i32,
        pub currency: String,
        pub charged_at_ms: i64,
        pub refunded_at_ms: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
