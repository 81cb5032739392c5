//! The tables `enquiries`, `enquiry_steps` and `enquiry_attachments`.

/// A case.
pub(crate) mod enquiries {
    use sea_orm::entity::prelude::*;

    use crate::enquiries::{Kind, Source, State};

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "enquiries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub kind: Kind,
        pub state: State,
        pub priority: bool,
        pub sealed: Vec<u8>,
        pub created_at_ms: i64,
        pub due_at_ms: i64,
        pub closed_at_ms: Option<i64>,
        pub source: Option<Source>,
        pub language: Option<String>,
        pub mail_hash: Option<Vec<u8>>,
        pub token_hash: Option<Vec<u8>>,
        pub confirmed_at_ms: Option<i64>,
        pub reminded_at_ms: Option<i64>,
        pub alarmed_at_ms: Option<i64>,
        /// A keyed hash of the address, as an account has it of its own; none before there was that column.
        pub address_index: Option<Vec<u8>>,
        /// The conversation in the messenger that it was asked for in, while that is kept.
        pub conversation_id: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What was done with a case.
pub(crate) mod steps {
    use sea_orm::entity::prelude::*;

    use crate::enquiries::StepKind;
    use crate::staff::Role;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "enquiry_steps")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub enquiry_id: String,
        pub step: StepKind,
        pub words_sealed: Option<Vec<u8>>,
        pub by_whom: Option<String>,
        pub role: Option<Role>,
        pub at_ms: i64,
        pub closed_at_ms: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What came with the mail that a case was.
pub(crate) mod attachments {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "enquiry_attachments")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub enquiry_id: String,
        pub name_sealed: Vec<u8>,
        pub kind_sealed: Vec<u8>,
        pub bytes: i64,
        pub content_sealed: Vec<u8>,
        pub released_at_ms: Option<i64>,
        pub closed_at_ms: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
