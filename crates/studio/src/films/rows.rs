//! The tables of films, their shots, and the shots that all copies share.

/// Films: one per paid order.
pub(crate) mod films {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "films")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub account_id: String,
        pub order_id: String,
        pub film: String,
        pub film_version: i32,
        pub language: String,
        pub state: crate::films::FilmState,
        pub child_id: Option<String>,
        pub photo_id: Option<String>,
        pub name_sealed: Vec<u8>,
        pub options_sealed: Vec<u8>,
        /// Grows when the name is corrected.
        pub revision: i32,
        /// Where the viewer waits: shots are made from here on.
        pub wanted_shot: i32,
        pub mp4_object: Option<String>,
        pub mp4_bytes: Option<i64>,
        pub finish_attempts: i32,
        pub created_at_ms: i64,
        pub first_shot_at_ms: Option<i64>,
        pub ready_at_ms: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Shots of a film. For a shared one the row only names the key: its state stands in
/// [`shared_shots`].
pub(crate) mod shots {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "shots")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub film_id: String,
        /// Position in the film, from 0.
        #[sea_orm(primary_key, auto_increment = false)]
        pub place: i32,
        pub shot_key: String,
        pub shared: bool,
        pub state: crate::films::ShotState,
        pub object: Option<String>,
        pub bytes: Option<i64>,
        /// How often somebody began to make it: a process that dies counts too.
        pub starts: i32,
        /// How often making it failed.
        pub failures: i32,
        /// Who makes it, drawn anew for each start.
        pub claim: Option<String>,
        pub claimed_until_ms: Option<i64>,
        pub not_before_ms: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Shots that are in every copy of a film in one language: made once, kept plain.
pub(crate) mod shared_shots {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "shared_shots")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub shot_key: String,
        pub film: String,
        pub film_version: i32,
        pub language: String,
        pub place: i32,
        pub state: crate::films::ShotState,
        pub bytes: Option<i64>,
        pub starts: i32,
        pub failures: i32,
        pub claim: Option<String>,
        pub claimed_until_ms: Option<i64>,
        pub not_before_ms: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
