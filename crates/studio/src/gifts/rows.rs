//! The tables `gifts`, `passes`, `gift_mails` and `gift_refusals`.
#![allow(missing_docs)]

/// Passes that somebody buys to give away, with what is theirs: the name, the message, the code.
pub(crate) mod gifts {
    use sea_orm::entity::prelude::*;

    /// Where the purchase stands.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
    pub enum State {
        /// Not paid yet.
        Unpaid,
        /// Paid: there is a pass.
        Paid,
        /// Taken back unused; the money is on its way back.
        Returning,
        /// The money was given back.
        Returned,
        /// Nobody gave the money back, and its pass is good for nothing: a bank took its payment.
        Revoked,
    }

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "gifts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub account_id: String,
        pub pass_id: Option<String>,
        pub state: State,
        pub film: Option<String>,
        pub pay_key: String,
        pub price_cents: i32,
        pub price_currency: String,
        pub giver_sealed: Vec<u8>,
        pub message_sealed: Option<Vec<u8>>,
        pub code_sealed: Option<Vec<u8>>,
        pub created_at_ms: i64,
        pub paying_at_ms: Option<i64>,
        pub paid_at_ms: Option<i64>,
        pub ended_at_ms: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What a code is good for. No person stands in it.
pub(crate) mod passes {
    use sea_orm::entity::prelude::*;

    /// Whether it can be used.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "kebab-case")]
    pub enum State {
        /// Until it expires.
        Good,
        /// An order was paid with it.
        Used,
        /// Taken back.
        Revoked,
    }

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "passes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub code_hash: Vec<u8>,
        pub state: State,
        pub film: Option<String>,
        pub order_id: Option<String>,
        pub made_at_ms: i64,
        pub expires_at_ms: i64,
        pub used_at_ms: Option<i64>,
        pub ended_at_ms: Option<i64>,
        pub said_at_ms: Option<i64>,
        pub issued_by: Option<String>,
        pub reason: Option<crate::gifts::Reason>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// That a giver said that they may use an address. Which one is not kept.
pub(crate) mod mails {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "gift_mails")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub account_id: String,
        pub gift_id: String,
        pub wording: String,
        pub at_ms: i64,
        pub mail_id: Option<String>,
        pub goes_at_ms: Option<i64>,
        pub delivered_at_ms: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Addresses, by their keyed hash, that want no gift mail.
pub(crate) mod refusals {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "gift_refusals")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub address_index: Vec<u8>,
        pub since_ms: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
