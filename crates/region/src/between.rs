//! How a macroblock of a B slice is coded while somebody waits: as foreseen, or as a whole from the past, from the future
//! or from the mean of both.

use crate::choose::{Chooser, Found, Part};
use crate::frame::Samples;
use crate::intra::Beside;
use crate::macroblock::{BOTH, Macroblock, NEXT, PAST, Parts, Way};
use crate::motion::{Vector, difference};
use crate::seek::far;
use crate::syntax::Choice;
use crate::vectors::Around;

/// What a macroblock is predicted from.
struct Moved {
    way: Way,
    vectors: [[Vector; 4]; 2],
    lists: u8,
    cost: u32,
}

impl Chooser<'_> {
    /// Chooses for a macroblock of a B slice; whether it is done, and not better predicted from its neighbours.
    pub fn between(
        &mut self,
        source: &Samples,
        around: &Around<'_>,
        at: usize,
        beside: Beside,
        (own, choice): (&mut Macroblock, &mut Choice),
    ) -> bool {
        let (bases, column, row) = (self.bases, at % self.across, at / self.across);
        let mut predicted = Samples::new();
        let foreseen = bases.direct(at, around);
        let foreseen =
            foreseen.filter(|direct| bases.allow(column, row, &direct.vectors, &[direct.lists; 4]));
        let mut best: Option<Moved> = None;
        if let Some(direct) = foreseen {
            bases.predict(column, row, &direct.vectors, &[direct.lists; 4], &mut predicted);
            let cost = difference(&source.luma, &predicted.luma);
            best = Some(Moved { way: Way::Direct, vectors: direct.vectors, lists: direct.lists, cost });
            if self.is_luma_near(source, &predicted) && self.is_chroma_near(source, &predicted) {
                own.way = Way::Skipped;
                (own.vectors, own.lists) = (direct.vectors, [direct.lists; 4]);
                self.show(&predicted, column, row);
                return true;
            }
        }
        let mut found = [None; 2];
        for (list, found) in found.iter_mut().enumerate() {
            *found = self.found(source, around, at, list);
        }
        let bit = self.tools.bit;
        let mut keep = |vectors: [Vector; 2], lists: u8, cost: u32| {
            if best.as_ref().is_none_or(|best| cost < best.cost) {
                let vectors = [0, 1]
                    .map(|list| if lists >> list & 1 == 1 { [vectors[list]; 4] } else { [Vector::ZERO; 4] });
                best = Some(Moved { way: Way::Moved(Parts::One), vectors, lists, cost });
            }
        };
        if let [Some(past), Some(next)] = found {
            let vectors = [past.vector, next.vector];
            bases.block::<16>([column * 16, row * 16], vectors, BOTH, &mut predicted.luma);
            let cost = difference(&source.luma, &predicted.luma);
            let foreseen = [0, 1].map(|list| around.one(list));
            let rate: u32 = (0..2).map(|list| far(vectors[list], foreseen[list])).sum();
            keep(vectors, BOTH, cost + (rate + 5) * bit);
        }
        for (list, found) in found.into_iter().enumerate() {
            if let Some(found) = found {
                keep([found.vector; 2], if list == 0 { PAST } else { NEXT }, found.cost + 2 * bit);
            }
        }
        let Some(best) = best else { return false };
        if self.is_better_beside(source, beside, column, row, best.cost) {
            return false;
        }
        own.way = best.way;
        (own.vectors, own.lists) = (best.vectors, [best.lists; 4]);
        bases.predict(column, row, &own.vectors, &own.lists, &mut predicted);
        self.leave(source, &predicted, [column, row], own, choice);
        true
    }

    /// The best vector found in a list for all of a macroblock.
    fn found(&self, source: &Samples, around: &Around<'_>, at: usize, list: usize) -> Option<Found> {
        let place = [at % self.across * 16, at / self.across * 16];
        let starts = self.starts(around, at, list);
        self.seek::<16>(source, self.bases.0[list]?, place, Part::WHOLE, around.one(list), &starts)
    }
}
