//! Inter prediction: how a macroblock is predicted from other pictures while somebody waits: as foreseen where next to
//! nothing is left then; else by vectors for all of it, and for parts of it where much is left and its neighbours
//! predict it no better.

use crate::choose::Chooser;
use crate::frame::Samples;
use crate::intra::{self, Beside};
use crate::macroblock::{Macroblock, Way};
use crate::motion::Vector;
use crate::moved::{self, Known};
use crate::sad::satd;
use crate::search::{Care, Moves, Search, Starts};
use crate::syntax::Choice;
use crate::vectors::Around;

// What follows was found by trial on the drawn films, for the least bits at equal likeness. Of two numbers the first is for
// pictures of level 0: most builds on them, and what they build on themselves is far away.

/// How much is tried, by how deep a picture stands.
const CARE: [Care; 4] = [
    Care { slanted: false, far: true, fine: true, quarters: true },
    Care { slanted: false, far: true, fine: false, quarters: true },
    Care { slanted: false, far: true, fine: false, quarters: false },
    Care { slanted: false, far: false, fine: false, quarters: false },
];
/// Costs above which more is tried than the foreseen vectors, than other pictures, and than vectors for all of it: in
/// sums of differences which leave nothing of a block.
const SOUGHT: u32 = 10;
const BESIDE: u32 = 16;
const PARTED: [u32; 2] = [16, 32];
/// Costs below which what is known to move is not sought: little else would leave less of it.
const KNOWN: [u32; 2] = [20, 40];
/// In tenths of what vectors cost: below that the neighbours' prediction is taken.
const DEARER: [u32; 2] = [15, 12];

impl Chooser<'_> {
    /// Chooses for a macroblock of a P or B slice; whether it is done, and not better predicted from its neighbours.
    pub fn between(
        &mut self,
        source: &Samples,
        around: &Around<'_>,
        at: usize,
        beside: Beside,
        (own, choice): (&mut Macroblock, &mut Choice),
    ) -> bool {
        let bases = self.bases;
        let search = Search {
            at,
            column: at % self.across,
            row: at / self.across,
            source,
            around: *around,
            bases,
            kin: self.kin,
            care: CARE[usize::from(self.level)],
            bit: self.tools.bit,
            nothing: self.tools.nothing(),
        };
        let place = [search.column, search.row];
        let mut predicted = Samples::new();
        let mut foreseen = search.foreseen();
        if let Some(moves) = &mut foreseen {
            bases.predict(place[0], place[1], &moves.vectors, &moves.lists, &mut predicted);
            if self.is_near(source, &predicted) {
                own.way = Way::Skipped;
                (own.vectors, own.lists) = (moves.vectors, moves.lists);
                self.frame.put(&predicted, place[0], place[1]);
                return true;
            }
            moves.cost = satd::<16>(&source.luma, &predicted.luma, 16);
        }
        let Some(best) = self.moves(&search, foreseen, beside) else { return false };
        own.way = best.way;
        (own.vectors, own.lists, own.direct) = (best.vectors, best.lists, best.direct);
        bases.predict(place[0], place[1], &own.vectors, &own.lists, &mut predicted);
        self.leave(source, &predicted, place, own, choice);
        true
    }

    /// The best vectors, unless the macroblock is better predicted from its neighbours.
    fn moves(&self, search: &Search<'_>, foreseen: Option<Moves>, beside: Beside) -> Option<Moves> {
        let nothing = search.nothing;
        if let Some(foreseen) = foreseen.filter(|foreseen| foreseen.cost < nothing * SOUGHT) {
            return Some(foreseen);
        }
        let is_inner = usize::from(self.level > 0);
        let known = self.known(search);
        if known != [None; 2]
            && let Some(given) = search.given(&known)
        {
            let best = foreseen.filter(|foreseen| foreseen.cost <= given.cost).unwrap_or(given);
            if best.cost < nothing * KNOWN[is_inner] {
                return Some(best);
            }
        }
        let starts = self.starts(search, known, foreseen.as_ref());
        let one = search.one(&starts, foreseen.as_ref());
        let best = [foreseen, one].into_iter().flatten().min_by_key(|moves| moves.cost)?;
        if best.cost >= nothing * BESIDE {
            let mut predicted = [0; 256];
            let (place, luma) = ([search.column, search.row], &search.source.luma);
            let plane = &self.frame.planes[0];
            let (_, cost) = intra::best_whole(plane, place, beside, luma, self.tools.bit, &mut predicted);
            if cost + self.bits(8) < best.cost * DEARER[is_inner] / 10 {
                return None;
            }
        }
        if best.cost < nothing * PARTED[is_inner] {
            return Some(best);
        }
        search.parted(one.as_ref(), &starts, foreseen.as_ref(), best.cost).or(Some(best))
    }

    /// The vectors of what is known to move where the middle of the macroblock is.
    fn known(&self, search: &Search<'_>) -> [Option<Vector>; 2] {
        Known::vectors(self.known, moved::middle([search.column, search.row]))
    }

    fn starts(&self, search: &Search<'_>, known: [Option<Vector>; 2], foreseen: Option<&Moves>) -> Starts {
        let [past, next] = self.bases.0;
        let going_on = self.bases.0.map(|base| {
            // In a B picture the later one was coded before, and knows what moved between the two.
            next.or(past)?.going_on(search.at, self.shown, base?.shown)
        });
        let likely = [0, 1].map(|list| known[list].or(going_on[list]));
        search.starts(&self.coded[search.at], likely, foreseen)
    }

    /// Whether next to nothing would be left after a prediction.
    fn is_near(&self, source: &Samples, predicted: &Samples) -> bool {
        let [luma, chroma] = self.tools.near();
        near::<16>(&source.luma, &predicted.luma, luma)
            && (0..2).all(|plane| near::<8>(&source.chroma[plane], &predicted.chroma[plane], chroma))
    }
}

/// Whether each block of 4x4 differs by less than `most`.
fn near<const STRIDE: usize>(one: &[u8], other: &[u8], most: u32) -> bool {
    let rows = one.chunks_exact(STRIDE * 4).zip(other.chunks_exact(STRIDE * 4));
    rows.into_iter().all(|(one, other)| {
        let mut sums = [0u16; STRIDE];
        for (one, other) in one.chunks_exact(STRIDE).zip(other.chunks_exact(STRIDE)) {
            for x in 0..STRIDE {
                sums[x] += u16::from(one[x].abs_diff(other[x]));
            }
        }
        sums.chunks_exact(4).all(|four| four.iter().map(|sum| u32::from(*sum)).sum::<u32>() < most)
    })
}
