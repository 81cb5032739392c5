//! Pictures of which an order need draw next to nothing: everything in them stands as in the one before, only seen from
//! elsewhere. How they moved is sought once, in everyone's picture, and told whenever an order is made: of nearly all
//! macroblocks nothing is coded but vectors, and nothing is left of what they predict. No other picture builds on such a one.

use crate::choose::Tools;
use crate::coder::chroma_qp;
use crate::frame::{Frame, I420, Samples};
use crate::macroblock::{Macroblock, PAST, Parts, Way};
use crate::motion::{Reference, Vector};
use crate::moved::{self, Known};
use crate::references::{Bases, Held};
use crate::regions::{Map, Whose};
use crate::roles::{Role, pyramid};
use crate::sad::satd;
use crate::stream::Stream;
use crate::vectors::Around;

/// The quantiser that costs are told by: about that of pictures on which nothing builds.
const QP: u8 = 32;
/// Costs above which a macroblock had better be drawn, in sums of differences which leave nothing of a block: much of it is
/// uncovered, or moved from where nothing may be read.
const MUCH: u32 = 60;
/// By so much a later way must be better than one before it.
const SLIGHT: u32 = 2;
/// By how much other ways may differ from those of what a child changes, in quarter samples: where the child stood before,
/// what is behind is not to be had.
const NEAR: u16 = 8;

/// How each personal macroblock of a picture moved from the picture before, in their order: by a vector, or so that it had
/// better be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told(Vec<Option<Vector>>);

impl Told {
    /// Those to be drawn as personal ones, all others as shared.
    pub fn drawn(&self, map: &Map) -> Map {
        let mut drawn = Map::shared(map.across(), map.len() / map.across());
        for (at, vector) in map.of(Whose::Personal).zip(&self.0) {
            if vector.is_none() {
                drawn.claim(at);
            }
        }
        drawn
    }

    /// By macroblock of the picture, if it has as many personal ones.
    pub(crate) fn by_place(&self, map: &Map) -> Option<Vec<Option<Vector>>> {
        let mut all = vec![None; map.len()];
        map.of(Whose::Personal).zip(&self.0).for_each(|(at, vector)| all[at] = *vector);
        (map.personal() == self.0.len()).then_some(all)
    }

    /// To be kept: runs of macroblocks that moved alike, each as their number and the vector's coordinates, of two bytes each,
    /// the lowest first. One that is to be drawn has the vector [`DRAWN`].
    pub fn to_bytes(&self) -> Vec<u8> {
        let runs = self.0.chunk_by(|one, next| one == next).flat_map(|run| run.chunks(u16::MAX.into()));
        let of = |run: &[Option<Vector>]| {
            let Vector { x, y } = run[0].unwrap_or(DRAWN);
            [(run.len() as u16).to_le_bytes(), x.to_le_bytes(), y.to_le_bytes()]
        };
        runs.flat_map(of).flatten().collect()
    }

    /// What was kept of a picture with so many personal macroblocks; nothing where it is damaged.
    pub fn from_bytes(bytes: &[u8], count: usize) -> Option<Self> {
        let (runs, rest) = bytes.as_chunks::<6>();
        let mut vectors = Vec::with_capacity(count);
        for [a, b, c, d, e, f] in runs {
            let length = usize::from(u16::from_le_bytes([*a, *b]));
            if length == 0 || length > count - vectors.len() {
                return None;
            }
            let vector = Vector { x: i16::from_le_bytes([*c, *d]), y: i16::from_le_bytes([*e, *f]) };
            if vector != DRAWN && !vector.is_within(Vector::ZERO, moved::FARTHEST * 4) {
                return None;
            }
            vectors.resize(vectors.len() + length, Some(vector).filter(|vector| *vector != DRAWN));
        }
        (vectors.len() == count && rest.is_empty()).then_some(Self(vectors))
    }
}

/// Stands for no vector; none leads so far.
const DRAWN: Vector = Vector { x: i16::MIN, y: i16::MIN };

/// A macroblock of a picture that was told: as what is known to move where it lies, else by the vector that was told; nothing
/// where it cannot be predicted so.
pub(crate) fn macroblock(
    vector: Vector,
    known: &[Known],
    bases: Bases<'_>,
    (at, across): (usize, usize),
    around: &Around<'_>,
) -> Option<Macroblock> {
    let place = [at % across, at / across];
    let known =
        Known::vectors(known, moved::middle(place))[0].filter(|vector| is_inside(place, bases, *vector));
    let (vectors, lists) =
        known.into_iter().chain([vector]).find_map(|vector| from_past(place, bases, vector))?;
    let direct = bases.direct(at, around);
    let is_direct = direct.is_some_and(|direct| vectors == direct.vectors && lists == [direct.lists; 4]);
    let way = if is_direct { Way::Direct } else { Way::Moved(Parts::One) };
    Some(Macroblock { way, vectors, lists, ..Macroblock::default() })
}

/// Vectors and lists of a macroblock that is predicted from the past, if it may be.
fn from_past(
    [column, row]: [usize; 2],
    bases: Bases<'_>,
    vector: Vector,
) -> Option<([[Vector; 4]; 2], [u8; 4])> {
    let (vectors, lists) = ([[vector; 4], [Vector::ZERO; 4]], [PAST; 4]);
    bases.allow(column, row, &vectors, &lists).then_some((vectors, lists))
}

/// Whether a vector leads out of the picture at most by as much as ways may differ: what comes in from there is not known.
fn is_inside(place: [usize; 2], bases: Bases<'_>, vector: Vector) -> bool {
    let Some(past) = bases.0[0] else { return false };
    let fits = |at: usize, blocks: usize, by: i16| {
        let (from, most) = ((at * 64) as i32 + i32::from(by), ((blocks - 1) * 64) as i32);
        (-i32::from(NEAR)..=most + i32::from(NEAR)).contains(&from)
    };
    fits(place[0], past.across, vector.x) && fits(place[1], past.down, vector.y)
}

/// What is left of a macroblock that is predicted from the past, if it may be.
fn cost(source: &Samples, place: [usize; 2], bases: Bases<'_>, vector: Vector) -> Option<u32> {
    (is_inside(place, bases, vector) && from_past(place, bases, vector).is_some()).then(|| {
        let mut held = [0; 256];
        bases.block::<16>(place.map(|at| at * 16), [vector, Vector::ZERO], PAST, &mut held);
        satd::<16>(&source.luma, &held, 16)
    })
}

/// The ways in which what stands still was seen to move, each from samples of a picture to those of the one shown before it,
/// as in [`Moved`](crate::Moved).
#[derive(Debug, Clone, PartialEq)]
pub struct Ways {
    /// Of what a child changes. Where little goes on they serve as well as any other.
    pub own: Vec<[f64; 6]>,
    /// Of all else.
    pub others: Vec<[f64; 6]>,
}

/// Seeks how everyone's pictures moved.
pub struct Teller {
    across: usize,
    down: usize,
    /// Below this sum of differences nothing of a block is left.
    nothing: u32,
    /// The pictures in the order of coding.
    roles: std::vec::IntoIter<Role>,
    /// Those that the next ones build on, as they were drawn.
    held: Vec<Held>,
}

impl Teller {
    /// For a shot of so many pictures of a stream.
    pub fn new(stream: &Stream, count: usize) -> Self {
        let (across, down) = (stream.across(), stream.down());
        Self {
            across,
            down,
            nothing: Tools::new(QP, chroma_qp(QP)).nothing(),
            roles: pyramid(count).into_iter(),
            held: Vec::new(),
        }
    }

    /// Takes the next picture in the [`order`](crate::order) of coding. `ways`: how it was seen to move where everything in it
    /// stands as in the one shown before. Then this tells how its personal macroblocks moved, unless another picture builds
    /// on it.
    pub fn see(&mut self, picture: &I420<'_>, map: &Map, ways: Option<&Ways>) -> Option<Told> {
        let role = self.roles.next()?;
        if role.is_reference {
            self.hold(picture, role, map);
            return None;
        }
        ways.filter(|_| map.personal() > 0).map(|ways| self.told(picture, role, map, ways))
    }

    fn told(&self, picture: &I420<'_>, role: Role, map: &Map, ways: &Ways) -> Told {
        // Only there all stands as here.
        let bases = Bases([Bases::of(&self.held, role).0[0], None]);
        let mut source = Samples::new();
        let of = |at: usize| {
            let place = [at % self.across, at / self.across];
            source.take(picture, place[0], place[1]);
            let mut best: Option<(Vector, u32)> = None;
            let [own, others] = [&ways.own, &ways.others].map(|ways| {
                ways.iter()
                    .filter_map(|way| moved::vector(*way, moved::middle(place)))
                    .collect::<Vec<Vector>>()
            });
            let is_near = |vector: &&Vector| own.iter().all(|own| vector.is_within(*own, NEAR));
            let mut last = None;
            for exact in own.iter().chain(&others).filter(is_near) {
                // Where the camera is slow, many are the same.
                if last.replace(exact) == Some(exact) {
                    continue;
                }
                // Whole samples may be read where nothing beside them may.
                for vector in [*exact, exact.rounded()] {
                    let cost = cost(&source, place, bases, vector);
                    if let Some(cost) = cost
                        && best.is_none_or(|(_, least)| cost + self.nothing * SLIGHT < least)
                    {
                        best = Some((vector, cost));
                    }
                }
            }
            best.filter(|(_, cost)| *cost < self.nothing * MUCH).map(|(vector, _)| vector)
        };
        Told(map.of(Whose::Personal).map(of).collect())
    }

    fn hold(&mut self, picture: &I420<'_>, role: Role, map: &Map) {
        if role.level == 0 {
            self.held.retain(|held| Some(held.shown) == role.past);
        }
        let (across, down) = (self.across, self.down);
        let mut frame = Frame::new(across, down);
        let mut samples = Samples::new();
        for at in 0..across * down {
            samples.take(picture, at % across, at / across);
            frame.put(&samples, at % across, at / across);
        }
        let mut reference = Reference::new(frame);
        (0..across * down).for_each(|at| reference.fill(at % across, at / across));
        self.held.push(Held {
            shown: role.shown,
            bases: [role.past, role.next],
            number: 0,
            reference,
            own: map.readable(Whose::Personal),
            coded: Vec::new(),
            places: Vec::new(),
            across,
            down,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told() -> Told {
        let (far, near) = (Some(Vector::new(-300, 5)), Some(Vector::new(1, -1)));
        Told([vec![far; 70_000], vec![None; 3], vec![near], vec![None], vec![far]].concat())
    }

    #[test]
    fn it_is_read_as_it_was_kept_or_not_at_all() {
        let (told, count) = (told(), 70_006);
        let bytes = told.to_bytes();
        assert_eq!(bytes.len(), 6 * 6);
        assert_eq!(Told::from_bytes(&bytes, count), Some(told));
        assert_eq!(Told::from_bytes(&bytes, count - 1), None);
        assert_eq!(Told::from_bytes(&bytes, count + 1), None);
        assert!((1..bytes.len()).all(|end| Told::from_bytes(&bytes[..end], count).is_none()));
        assert_eq!(Told::from_bytes(&[&bytes[..], &[0; 6]].concat(), count), None, "a run of none");
    }

    #[test]
    fn what_is_to_be_drawn_has_a_map_of_its_own() {
        let mut map = Map::shared(4, 3);
        [1, 5, 6, 11].into_iter().for_each(|at| map.claim(at));
        let near = Some(Vector::new(1, -1));
        let told = Told(vec![near, None, near, None]);
        let drawn = told.drawn(&map);
        assert_eq!(drawn.of(Whose::Personal).collect::<Vec<usize>>(), [5, 11]);
        let by_place = told.by_place(&map).unwrap();
        assert!((0..12).all(|at| by_place[at] == near.filter(|_| [1, 6].contains(&at))));
        map.claim(0);
        assert_eq!(told.by_place(&map), None);
    }
}
