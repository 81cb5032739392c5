//! What decisions would cost in bits, without writing them: the arithmetic coder's states are followed, its output is not.

use crate::cabac::{Sink, States};
use crate::tables::NEXT_STATE;

/// Parts of a bit that are counted.
pub(crate) const BIT: u32 = 256;

/// What a decision costs by the number of its state: the more probable symbol, and the less probable one.
#[rustfmt::skip]
const LIKELY: [u16; 64] = [
    256, 238, 221, 206, 192, 180, 168, 157, 148, 139, 130, 122, 115, 108, 102, 96, 90, 85, 80, 76, 72, 68, 64, 60, 57, 54,
    51, 48, 46, 43, 41, 39, 37, 35, 33, 31, 29, 28, 26, 25, 24, 22, 21, 20, 19, 18, 17, 16, 15, 15, 14, 13, 12, 12, 11, 11,
    10, 10, 9, 9, 8, 8, 7, 4,
];
#[rustfmt::skip]
const UNLIKELY: [u16; 64] = [
    256, 275, 294, 314, 333, 352, 371, 391, 410, 429, 448, 468, 487, 506, 525, 545, 564, 583, 602, 622, 641, 660, 679, 699,
    718, 737, 756, 776, 795, 814, 833, 853, 872, 891, 910, 930, 949, 968, 987, 1007, 1026, 1045, 1064, 1084, 1103, 1122,
    1141, 1161, 1180, 1199, 1218, 1238, 1257, 1276, 1295, 1315, 1334, 1353, 1372, 1392, 1411, 1430, 1449, 1701,
];

/// By held state and symbol: the cost, and the state after it.
static STEPS: [[(u16, u8); 2]; 128] = steps();

const fn steps() -> [[(u16, u8); 2]; 128] {
    let mut steps = [[(0, 0); 2]; 128];
    let mut held = 0;
    while held < 128 {
        let (state, likely) = (held >> 1, held & 1);
        let mut bin = 0;
        while bin < 2 {
            steps[held][bin] = if bin == likely {
                (LIKELY[state], NEXT_STATE[state][1] << 1 | likely as u8)
            } else {
                let flipped = likely as u8 ^ (state == 0) as u8;
                (UNLIKELY[state], NEXT_STATE[state][0] << 1 | flipped)
            };
            bin += 1;
        }
        held += 1;
    }
    steps
}

/// What one decision would cost.
#[inline]
pub(crate) fn cost(states: &States, context: usize, bin: bool) -> u32 {
    u32::from(STEPS[usize::from(states[context]) & 127][usize::from(bin)].0)
}

/// Counts the bits of decisions.
pub(crate) struct Counter {
    states: States,
    /// In parts of a bit.
    pub cost: u32,
}

impl Counter {
    pub fn new(states: &States) -> Self {
        Self { states: *states, cost: 0 }
    }
}

impl Sink for Counter {
    #[inline]
    fn decide(&mut self, context: usize, bin: bool) {
        let (cost, next) = STEPS[usize::from(self.states[context]) & 127][usize::from(bin)];
        self.cost += u32::from(cost);
        self.states[context] = next;
    }

    #[inline]
    fn bypass(&mut self, _: bool) {
        self.cost += BIT;
    }

    fn bypass_golomb(&mut self, mut order: u32, mut value: u32) {
        while value >= 1 << order {
            self.cost += BIT;
            value -= 1 << order;
            order += 1;
        }
        self.cost += BIT * (order + 1);
    }

    fn go_on(&mut self) {}
}
