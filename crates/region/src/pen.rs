//! Writes what was chosen, one macroblock after the other, in relation to what stands beside it in the slice.

use crate::cabac::{Cabac, States};
use crate::choose::small_foreseen;
use crate::macroblock::{Macroblock, Parts, Way};
use crate::motion::Vector;
use crate::syntax::{Before, Choice, Kin, Related, Writer, covered, part_quarters};
use crate::tables::BLOCKS;
use crate::vectors::Around;

/// One slice while it is written.
pub(crate) struct Pen {
    cabac: Cabac,
    kin: Kin,
    across: usize,
    is_first: bool,
    before: Before,
}

impl Pen {
    pub fn new(cabac: Cabac, kin: Kin, across: usize, qp: u8) -> Self {
        Self { cabac, kin, across, is_first: true, before: Before { qp, changed: false } }
    }

    /// The contexts as they are before the next macroblock.
    pub fn states(&self) -> &States {
        self.cabac.states()
    }

    /// The quantiser before the next macroblock.
    pub fn before(&self) -> Before {
        self.before
    }

    /// Writes the next macroblock of the slice.
    pub fn write(&mut self, coded: &mut [Macroblock], at: usize, choice: &Choice) {
        if !std::mem::take(&mut self.is_first) {
            self.cabac.go_on();
        }
        let (before, from) = coded.split_at_mut(at);
        let own = &mut from[0];
        let around = Around::of(before, own.slice, self.across);
        let related = relate(own, &around, self.kin);
        if !own.has_quantiser() {
            own.qp = self.before.qp;
        }
        let mut writer = Writer {
            cabac: &mut self.cabac,
            kin: self.kin,
            own,
            left: around.left,
            above: around.above,
            before: self.before,
        };
        writer.write(choice, &related);
        self.before = self.before.after(own);
    }

    /// The bytes of the slice.
    pub fn finish(self) -> Vec<u8> {
        self.cabac.finish()
    }
}

/// How a macroblock is written in relation to what stands around it; one that needs nothing written becomes skipped.
pub(crate) fn relate(own: &mut Macroblock, around: &Around<'_>, kin: Kin) -> Related {
    let mut related = Related::default();
    match own.way {
        Way::Moved(Parts::One)
            if kin == Kin::Past && own.pattern == 0 && own.vectors[0][0] == around.skipped() =>
        {
            own.way = Way::Skipped;
        }
        Way::Direct if own.pattern == 0 => own.way = Way::Skipped,
        _ => {}
    }
    match own.way {
        Way::Moved(parts) => {
            for list in 0..2 {
                for (number, quarter) in part_quarters(parts).iter().enumerate() {
                    if !own.uses(list, *quarter) || own.direct >> quarter & 1 == 1 {
                        continue;
                    }
                    let foreseen = around.part_of(parts, number, own, list);
                    let vector = own.vectors[list][*quarter];
                    let by = Vector { x: vector.x - foreseen.x, y: vector.y - foreseen.y };
                    related.differences[list][number] = by;
                    for other in covered(parts, *quarter) {
                        own.written[list][*other] = [by.x, by.y].map(|v| v.unsigned_abs().min(64) as u8);
                    }
                }
            }
        }
        Way::Small => {
            for (mode, (x, y)) in related.small_modes.iter_mut().zip(BLOCKS) {
                let foreseen = small_foreseen(around, &own.modes, x, y);
                let own = own.modes[y * 4 + x];
                *mode = (own != foreseen).then(|| if own < foreseen { own } else { own - 1 });
            }
        }
        _ => {}
    }
    related
}
