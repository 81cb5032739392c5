//! The tables of marketing.

/// What somebody did about it.
pub(crate) mod acts {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "marketing_acts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub account_id: String,
        pub status: crate::marketing::Status,
        pub method: crate::marketing::Method,
        pub wording: String,
        /// Whether agreeing took a second step, by the rule that held where they were.
        pub confirm: bool,
        /// Whether customers may be written to by it.
        pub customers: bool,
        /// How far the clocks there are ahead of UTC at least, in minutes.
        pub clock_least: i64,
        /// And at most.
        pub clock_most: i64,
        pub at_ms: i64,
        /// When another act took its place, or at once where it ended everything.
        pub ended_at_ms: Option<i64>,
        /// From when the years count for which it is kept.
        pub over_at_ms: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Addresses that are not written to.
pub(crate) mod suppressions {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "suppressions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub email_index: Vec<u8>,
        pub since_ms: i64,
        /// From when the years count for which it is kept: none while an account has the address.
        pub over_at_ms: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What was sent.
pub(crate) mod mailings {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "mailings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub account_id: String,
        pub mailing: String,
        pub about: String,
        pub ground: String,
        pub at_ms: i64,
        pub mail_id: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What somebody who agreed to it did with such a mail.
pub(crate) mod engagements {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "engagements")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub account_id: String,
        pub mailing_id: String,
        pub what: crate::marketing::Engaged,
        pub at_ms: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What the operator wrote to all who may get it, or to some of them.
pub(crate) mod campaigns {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "campaigns")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub mailing: String,
        pub words: String,
        pub created_at_ms: i64,
        pub state: crate::marketing::CampaignState,
        pub segment: String,
        pub link: String,
        pub per_hour: i64,
        pub begun_at_ms: Option<i64>,
        pub sent: i64,
        pub opened: i64,
        pub clicked: i64,
        pub unsubscribed: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
