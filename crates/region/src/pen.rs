//! Writes what was chosen, one macroblock after the other, in relation to what stands beside it in the slice. What was
//! chosen apart from some of its neighbours is put right here: vectors and modes stay, how they are written follows.

use crate::cabac::Cabac;
use crate::choose::{covered, small_foreseen};
use crate::macroblock::{Macroblock, Parts, Way};
use crate::motion::Vector;
use crate::syntax::{Choice, Related, Writer, part_quarters};
use crate::tables::BLOCKS;
use crate::vectors::Around;

/// One slice while it is written.
pub(crate) struct Pen {
    cabac: Cabac,
    predicted: bool,
    across: usize,
    is_first: bool,
}

impl Pen {
    pub fn new(cabac: Cabac, predicted: bool, across: usize) -> Self {
        Self { cabac, predicted, across, is_first: true }
    }

    /// Writes the next macroblock of the slice.
    pub fn write(&mut self, coded: &mut [Macroblock], at: usize, choice: &Choice) {
        if !std::mem::take(&mut self.is_first) {
            self.cabac.go_on();
        }
        let (before, from) = coded.split_at_mut(at);
        let own = &mut from[0];
        let (across, column) = (self.across, at % self.across);
        let neighbour = |is_there: bool, back: usize| {
            let other = is_there.then(|| at.checked_sub(back)).flatten().map(|other| &before[other]);
            other.filter(|other| other.slice == own.slice)
        };
        let around = Around {
            left: neighbour(column > 0, 1),
            above: neighbour(true, across),
            corner: neighbour(column > 0, across + 1),
            beyond: neighbour(column + 1 < across, across - 1),
        };
        let related = relate(own, &around);
        let mut writer = Writer {
            cabac: &mut self.cabac,
            predicted: self.predicted,
            own,
            left: around.left,
            above: around.above,
        };
        writer.write(choice, &related);
    }

    /// The bytes of the slice.
    pub fn finish(self) -> Vec<u8> {
        self.cabac.finish()
    }
}

fn relate(own: &mut Macroblock, around: &Around<'_>) -> Related {
    let mut related = Related::default();
    let is_foreseen = own.vectors[0] == around.skipped();
    match own.way {
        Way::Skipped if !is_foreseen => own.way = Way::Moved(Parts::One),
        Way::Moved(Parts::One) if own.pattern == 0 && is_foreseen => own.way = Way::Skipped,
        _ => {}
    }
    match own.way {
        Way::Moved(parts) => {
            for (number, quarter) in part_quarters(parts).iter().enumerate() {
                let foreseen = around.part(parts, number, &own.vectors);
                let vector = own.vectors[*quarter];
                let by = Vector { x: vector.x - foreseen.x, y: vector.y - foreseen.y };
                related.differences[number] = by;
                for other in covered(parts, *quarter) {
                    own.written[*other] = [by.x, by.y].map(|v| v.unsigned_abs().min(64) as u8);
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
