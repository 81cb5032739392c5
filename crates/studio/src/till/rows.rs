//! The tables `checkouts` and `disputes`.
#![allow(missing_docs)]

/// Checkouts at a till that has a page of its own.
pub(crate) mod checkouts {
    use sea_orm::entity::prelude::*;

    /// Where a checkout stands, and the money of it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
    pub enum State {
        /// The till is being asked for its page.
        Opening,
        /// The page waits for the parent.
        Open,
        /// The parent is done, and the money takes days.
        Processing,
        /// Nobody paid.
        Closed,
        /// The money is there, and nothing was done for it yet.
        Paid,
        /// The order was paid with it.
        Used,
        /// The money goes back.
        Returning,
        /// The money was given back.
        Returned,
    }

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "checkouts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub order_id: String,
        pub pay_key: String,
        pub turn: i32,
        pub till: String,
        pub state: State,
        pub checkout: Option<String>,
        pub amount_minor: i64,
        pub currency: String,
        pub language: String,
        pub payment: Option<String>,
        pub refund: Option<String>,
        pub refund_round: i32,
        pub opened_at_ms: i64,
        pub expires_at_ms: i64,
        pub paid_at_ms: Option<i64>,
        pub returned_at_ms: Option<i64>,
        pub tries: i32,
        pub next_at_ms: Option<i64>,
        pub problem: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Payments that a bank wants back.
pub(crate) mod disputes {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "disputes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub payment: Option<String>,
        pub amount_minor: i64,
        pub currency: String,
        pub reason: String,
        pub heard_at_ms: i64,
        pub answered_at_ms: Option<i64>,
        pub is_inquiry: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
