//! Faces of a film whose photo was deleted: which they are, and what can be made without them. Looks at nothing but the
//! film's row and what its shots show.

use film::{ShotInfo, Slot};

use super::Show;
use super::rows::films;

/// The faces that cannot be drawn any more.
pub(super) fn of(show: &Show, film: &films::Model) -> Vec<Slot> {
    let first = show.film().info().needs_face && film.photo_id.is_none();
    let second = film.second_name_sealed.is_some() && film.second_photo_id.is_none();
    let first = first.then_some(Slot::Face);
    first.into_iter().chain(second.then_some(Slot::SecondFace)).collect()
}

/// Whether all of a film could be drawn another time.
pub(super) fn is_whole(show: &Show, film: &films::Model) -> bool {
    show.is_version(film.film_version) && of(show, film).is_empty()
}

/// Whether a shot shows one of them.
pub(super) fn shows(show: &Show, film: &films::Model, place: usize) -> bool {
    let shot = show.film().shots().get(place);
    shot.is_some_and(|shot| shows_any(shot, &of(show, film)))
}

/// Those of them that a shot can be made without. Until a film was whole there are none: it cannot become whole, and
/// nothing more is made of it.
pub(super) fn spared(show: &Show, film: &films::Model, place: usize) -> Vec<Slot> {
    if film.ready_at_ms.is_none() || shows(show, film, place) {
        return Vec::new();
    }
    of(show, film)
}

/// Whether the shots that show one of these slots can be made again: none of them shows a face that is gone, nor does
/// one that is still to be made.
pub(super) fn can_change(
    show: &Show,
    film: &films::Model,
    changed: &[Slot],
    is_ready: &dyn Fn(usize) -> bool,
) -> bool {
    let gone = of(show, film);
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
