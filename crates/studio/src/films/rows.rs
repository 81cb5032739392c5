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
        /// Who plays beside the child, where the name is there.
        pub second_child_id: Option<String>,
        pub second_photo_id: Option<String>,
        pub second_name_sealed: Option<Vec<u8>>,
        /// Grows when a name is corrected, and each time that the desk has it made again.
        pub revision: i32,
        /// Where the viewer waits: shots are made from here on.
        pub wanted_shot: i32,
        /// Where its owner stopped watching, in seconds.
        pub stopped_s: Option<i32>,
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
        /// Made of what was painted for it outside, in this size alone.
        pub painted: bool,
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
        /// Nothing: in the size that the film is made for.
        pub height: Option<i32>,
        /// Of a personal shot what is everyone's who takes no more than this room; nothing: a whole shot.
        pub room: Option<i32>,
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

/// Shots of whole films in other sizes: each row is one that is there.
pub(crate) mod rendition_shots {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "rendition_shots")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub film_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub height: i32,
        /// Position in the film, from 0.
        #[sea_orm(primary_key, auto_increment = false)]
        pub place: i32,
        pub shot_key: String,
        /// Nothing: it is one that all copies share.
        pub object: Option<String>,
        pub bytes: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Films of which something is left to be made in other sizes.
pub(crate) mod renditions_due {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "renditions_due")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub film_id: String,
        pub next_at_ms: i64,
        pub failures: i32,
        /// Who makes a shot of it, drawn anew for each.
        pub claim: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
