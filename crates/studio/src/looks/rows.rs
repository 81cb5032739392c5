//! The tables `looks` and `look_things`.

/// A look.
pub mod looks {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    use crate::staff::Role;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "looks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub account_id: String,
        pub by_whom: String,
        pub role: Role,
        pub reason_sealed: Vec<u8>,
        pub asked_at_ms: i64,
        pub approved_by: Option<String>,
        pub approved_at_ms: Option<i64>,
        pub ends_at_ms: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What was opened in one.
pub mod things {
    #![allow(missing_docs)]
    use sea_orm::entity::prelude::*;

    use crate::looks::Thing;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "look_things")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub look_id: String,
        pub thing: Thing,
        pub thing_id: String,
        pub at_ms: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
