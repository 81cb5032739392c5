//! Faces of a film whose photo was deleted: which they are, and what can be made without them. Looks at nothing but the
//! film's row and what its shots show.

use film::{ShotInfo, Slot};

use super::rows::films;
use super::{FilmState, Show};

/// Which names of a film can still be corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Correctable {
    /// The child's.
    pub first: bool,
    /// The second hero's.
    pub second: bool,
}

impl Correctable {
    /// Whether one of them can.
    pub fn any(self) -> bool {
        self.first || self.second
    }

    /// Of a film in its own version; where that is not at hand any more, a name is corrected without a shot. `is_ready`:
    /// whether the shot at a place is there.
    pub(super) fn of(show: Option<&Show>, film: &films::Model, is_ready: &dyn Fn(usize) -> bool) -> Self {
        let is_made = film.state != FilmState::Failed;
        let can = |slot: Slot| is_made && show.is_none_or(|show| can_change(show, film, &[slot], is_ready));
        Self { first: can(Slot::Name), second: film.second_name_sealed.is_some() && can(Slot::SecondName) }
    }
}

/// The faces that cannot be drawn any more.
pub(super) fn faces(show: &Show, film: &films::Model) -> Vec<Slot> {
    let first = show.film().info().needs_face && film.photo_id.is_none();
    let second = film.second_name_sealed.is_some() && film.second_photo_id.is_none();
    let first = first.then_some(Slot::Face);
    first.into_iter().chain(second.then_some(Slot::SecondFace)).collect()
}

/// Whether all of a film could be drawn another time.
pub(super) fn is_whole(show: &Show, film: &films::Model) -> bool {
    show.is_version(film.film_version) && faces(show, film).is_empty()
}

/// Whether a shot shows one of them.
pub(super) fn shows(show: &Show, film: &films::Model, place: usize) -> bool {
    let shot = show.film().shots().get(place);
    shot.is_some_and(|shot| shows_any(shot, &faces(show, film)))
}

/// Those of them that a shot can be made without. Until a film was whole there are none: it cannot become whole, and
/// nothing more is made of it.
pub(super) fn spared(show: &Show, film: &films::Model, place: usize) -> Vec<Slot> {
    if film.ready_at_ms.is_none() || shows(show, film, place) {
        return Vec::new();
    }
    faces(show, film)
}

/// Whether the shots that show one of these slots can be made again: none of them shows a face that is gone, nor does
/// one that is still to be made.
pub(super) fn can_change(
    show: &Show,
    film: &films::Model,
    changed: &[Slot],
    is_ready: &dyn Fn(usize) -> bool,
) -> bool {
    let gone = faces(show, film);
    if gone.is_empty() {
        return true;
    }
    let mut shots = show.film().shots().iter().enumerate();
    film.ready_at_ms.is_some()
        && shots
            .all(|(place, shot)| !shows_any(shot, &gone) || (is_ready(place) && !shows_any(shot, changed)))
}

fn shows_any(shot: &ShotInfo, slots: &[Slot]) -> bool {
    slots.iter().any(|slot| shot.slots.contains(slot))
}
