//! Films: the catalogue on offer, and the copies that families own.
//!
//! A copy is made shot by shot. Its row and the rows of its shots are the truth: who works on which
//! shot is a claim in the row, with a time until which it holds, so two workers never make the same
//! shot and a dead one is noticed. Shots that are in every copy ([`rows::shared_shots`]) are made
//! once. A film can be watched from the first second on: its playlist is complete, a segment that is
//! not there yet is waited for, and the shot that is waited for is made next. Other sizes come after all
//! that ([`making::renditions`]).
//!
//! | where | what |
//! | --- | --- |
//! | [`catalogue`] | the films on offer |
//! | [`create`], [`persona`], [`standing`] | a paid order becomes a film, who plays in it, how its shots stand |
//! | [`making`] | from the first shot to the whole film |
//! | [`watching`] | how far it is, and the parts that a player asks for |
//! | [`file`] | the whole film to keep |
//! | [`pictures`] | single pictures of it |
//! | [`changing`], [`lost_faces`] | corrected, made again, deleted, and what can be made once a photo is gone |

mod catalogue;
mod changing;
mod create;
mod file;
pub(crate) mod letters;
mod lost_faces;
mod making;
pub(crate) mod persona;
mod pictures;
pub(crate) mod rows;
mod standing;
mod watching;

#[cfg(test)]
mod second_tests;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use film::FilmOption;
use sea_orm::entity::prelude::*;

use crate::orders::OrderId;
use crate::{ChildId, PhotoId, Studio, id_type};

pub use catalogue::{Catalogue, CatalogueError, Show, Variant, published_in};
pub use changing::again::Again;
pub use changing::correct::{Correctable, Corrected, Correction};
pub use file::download::Download;
pub use making::renderer::{Engine, Placed, RenderError, Renderer};
pub use persona::{Persona, PersonaHero};
pub use pictures::public::{PublicPicture, PublicPictureKind};
pub use watching::parts::Part;

pub(crate) use changing::again;
pub(crate) use create::NewFilm;
pub(crate) use making::claim::release_all;
pub(crate) use making::elsewhere::Lacked;
pub(crate) use making::finish::{film as finish, without_captions};
pub(crate) use making::renditions::{ahead, due as renditions_due, next_shot as next_rendition};
pub(crate) use making::shared::{forget_unused, plan_all as plan_shared, ready as ready_shared};
pub(crate) use making::shot::{Made, next_shot};
pub(crate) use making::to_do::{ToDo, to_do};
pub(crate) use pictures::draw::{self, Drawn};
pub(crate) use pictures::own::own_poster;
pub(crate) use pictures::public::forget as forget_pictures;
pub(crate) use watching::view::{lacks_photo, of_order};

id_type!(
    /// A film that belongs to an account.
    FilmId
);

/// Where a film stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum FilmState {
    /// Shots are being made; it can be watched already.
    Making,
    /// Whole, the file to download included.
    Ready,
    /// It cannot be made; the money goes back.
    Failed,
}

/// Where a shot stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, serde::Serialize, serde::Deserialize,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ShotState {
    /// Not begun.
    Waiting,
    /// In a worker's hands.
    Making,
    /// Can be watched.
    Ready,
    /// Given up.
    Failed,
}

/// A shot as the owner of the film sees it.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct ShotView {
    /// Position in the film, from 0.
    pub place: usize,
    /// Where it stands.
    pub state: ShotState,
    /// In every copy of the film (otherwise made for this family).
    pub shared: bool,
    /// Length in seconds.
    pub seconds: f64,
}

/// Who plays beside the child in a film.
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
pub struct SecondHero {
    /// The name as it stands in the film.
    pub name: String,
    /// Their profile, unless it was deleted.
    pub child: Option<ChildId>,
    /// The photo, unless it was deleted.
    pub photo: Option<PhotoId>,
}

impl std::fmt::Debug for SecondHero {
    /// Without the name.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecondHero")
    }
}

/// What a film asks for besides names, as it stands in a copy.
#[derive(Clone, PartialEq, serde::Serialize)]
pub struct OptionView {
    /// Its id in the film.
    pub id: String,
    /// What may be filled in.
    #[serde(skip)]
    pub option: FilmOption,
    /// What stands in the copy; empty where nothing was given.
    pub value: String,
    /// Whether it can still be corrected.
    pub can: bool,
}

impl std::fmt::Debug for OptionView {
    /// Without the value.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OptionView({}, {})", self.id, self.can)
    }
}

/// A film as its owner sees it.
#[derive(Clone, PartialEq, serde::Serialize)]
pub struct FilmView {
    /// Its id.
    pub id: FilmId,
    /// The order it was made from.
    pub order: OrderId,
    /// Slug of the film in the catalogue.
    pub film: String,
    /// The version of it that this one was made of.
    pub version: i32,
    /// Title in the film's language.
    pub title: String,
    /// Language of the film.
    pub language: String,
    /// Languages in which there are captions, its own first; none where its version is not at hand any more.
    pub captions: Vec<String>,
    /// The child's name as it stands in the film.
    pub name: String,
    /// The child's profile, unless it was deleted.
    pub child: Option<ChildId>,
    /// The photo, unless it was deleted.
    pub photo: Option<PhotoId>,
    /// Who plays beside the child.
    pub second: Option<SecondHero>,
    /// Whether it lacks scenes for which a photo is needed that was deleted.
    pub lacks_photo: bool,
    /// Where it stands.
    pub state: FilmState,
    /// Grows when a name is corrected, and each time that the desk has it made again.
    pub revision: u32,
    /// Which names can be corrected.
    pub correctable: Correctable,
    /// What it asks for besides names; nothing where its version of the film is not at hand any more.
    pub options: Vec<OptionView>,
    /// Whether its poster can be drawn with those who play in it.
    pub own_poster: bool,
    /// Whether it can be watched in parts: not where its version of the film is not at hand any more.
    pub streams: bool,
    /// The shots in the film's order.
    pub shots: Vec<ShotView>,
    /// How many of them can be watched.
    pub shots_ready: usize,
    /// Length of the film in seconds.
    pub seconds: f64,
    /// About how many seconds making the rest will take.
    pub remaining_s: u32,
    /// Where its owner stopped watching, in seconds.
    pub stopped_s: Option<u32>,
    /// Bytes of the file to download, once there is one.
    pub download_bytes: Option<u64>,
    /// When it was paid.
    pub created_at_ms: i64,
    /// When it was whole.
    pub ready_at_ms: Option<i64>,
}

impl FilmView {
    /// Whether anything in it can be corrected.
    pub fn can_be_corrected(&self) -> bool {
        self.correctable.any() || self.options.iter().any(|option| option.can)
    }

    /// Whether it was whole and is being made again.
    pub fn is_made_again(&self) -> bool {
        self.state == FilmState::Making && self.ready_at_ms.is_some()
    }

    /// The photos that it uses, of whichever hero.
    pub fn photos(&self) -> impl Iterator<Item = &PhotoId> {
        self.photo.iter().chain(self.second.iter().filter_map(|hero| hero.photo.as_ref()))
    }

    /// The profiles of those who play.
    pub fn children(&self) -> impl Iterator<Item = &ChildId> {
        self.child.iter().chain(self.second.iter().filter_map(|hero| hero.child.as_ref()))
    }
}

impl std::fmt::Debug for FilmView {
    /// Without the name.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FilmView({}, {:?}, {}/{})", self.id, self.state, self.shots_ready, self.shots.len())
    }
}

/// The films that accounts own.
#[derive(Clone, Copy)]
pub struct Films<'a> {
    studio: &'a Studio,
}

impl<'a> Films<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }
}
