//! How a macroblock is written (Rec. ITU-T H.264, 7.3.5 and 9.3.3): which decisions in which contexts. Decides nothing.

use crate::cabac::Sink;
use crate::macroblock::{BOTH, CHROMA, CHROMA_MEAN, LUMA_MEAN, Macroblock, NEXT, PAST, Parts, Way};
use crate::motion::Vector;
use crate::tables::{BLOCKS, LAST_LARGE, SIGNIFICANT_LARGE};

/// The levels of a macroblock, in the order of coding.
#[derive(Clone)]
pub(crate) struct Levels {
    /// By block of luma in the order of coding; the first is unused where the means are apart.
    pub luma: [[i16; 16]; 16],
    /// By quarter, where the transform is that of 8x8.
    pub large: [[i16; 64]; 4],
    pub luma_means: [i16; 16],
    pub chroma: [[[i16; 16]; 4]; 2],
    pub chroma_means: [[i16; 4]; 2],
}

impl Levels {
    pub fn new() -> Self {
        Self {
            luma: [[0; 16]; 16],
            large: [[0; 64]; 4],
            luma_means: [0; 16],
            chroma: [[[0; 16]; 4]; 2],
            chroma_means: [[0; 4]; 2],
        }
    }
}

/// What is written of a macroblock beside what its neighbours need to know of it.
#[derive(Clone)]
pub(crate) struct Choice {
    /// Of a whole macroblock from its neighbours.
    pub whole_mode: u8,
    pub levels: Levels,
}

/// What is written in relation to the neighbours.
#[derive(Default)]
pub(crate) struct Related {
    /// By block in the order of coding: the mode's number when it is not the one foreseen.
    pub small_modes: [Option<u8>; 16],
    /// By list and part: difference of its vector from the one foreseen.
    pub differences: [[Vector; 4]; 2],
}

/// What the macroblocks of a slice may be predicted from, beside their neighbours: I, P and B slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kin {
    Nothing,
    Past,
    Both,
}

/// The kinds of blocks (table 9-42): number, coefficients and start of their contexts.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub flag: usize,
    pub place: usize,
    pub level: usize,
    pub coefficients: usize,
}

impl Kind {
    /// The context of whether there is a level at a place.
    #[inline]
    pub fn significant(self, place: usize) -> usize {
        match self.coefficients {
            4 => 105 + self.place + place.min(2),
            64 => 402 + usize::from(SIGNIFICANT_LARGE[place]),
            _ => 105 + self.place + place,
        }
    }

    /// The context of whether it is the last one.
    #[inline]
    pub fn last(self, place: usize) -> usize {
        match self.coefficients {
            4 => 166 + self.place + place.min(2),
            64 => 417 + usize::from(LAST_LARGE[place]),
            _ => 166 + self.place + place,
        }
    }
}

const MEANS: Kind = Kind { flag: 85, place: 0, level: 227, coefficients: 16 };
pub(crate) const REST: Kind = Kind { flag: 89, place: 15, level: 237, coefficients: 15 };
pub(crate) const PLAIN: Kind = Kind { flag: 93, place: 29, level: 247, coefficients: 16 };
const CHROMA_MEANS: Kind = Kind { flag: 97, place: 44, level: 257, coefficients: 4 };
/// Its blocks have no flag of their own.
pub(crate) const LARGE: Kind = Kind { flag: 0, place: 0, level: 426, coefficients: 64 };
pub(crate) const CHROMA_REST: Kind = Kind { flag: 101, place: 47, level: 266, coefficients: 15 };

/// A macroblock with the neighbours of its slice.
pub(crate) struct Writer<'a, S> {
    pub cabac: &'a mut S,
    pub kin: Kin,
    pub own: &'a Macroblock,
    pub left: Option<&'a Macroblock>,
    pub above: Option<&'a Macroblock>,
    pub before: Before,
}

/// The quantiser of the macroblock before, and whether it was a changed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Before {
    pub qp: u8,
    pub changed: bool,
}

impl Before {
    /// What it is for the macroblock after one.
    pub fn after(self, own: &Macroblock) -> Self {
        if own.has_quantiser() {
            Self { qp: own.qp, changed: own.qp != self.qp }
        } else {
            Self { changed: false, ..self }
        }
    }
}

impl<S: Sink> Writer<'_, S> {
    /// How many of the neighbours are such: the one at the left counts one, the one above so much.
    fn count(&self, above: usize, is: impl Fn(&Macroblock) -> bool) -> usize {
        usize::from(self.left.is_some_and(&is)) + above * usize::from(self.above.is_some_and(&is))
    }

    /// Whether it is skipped; nothing follows then.
    pub fn skip(&mut self) {
        let first = if self.kin == Kin::Both { 24 } else { 11 };
        let context = first + self.count(1, |other| other.way != Way::Skipped);
        self.cabac.decide(context, self.own.way == Way::Skipped);
    }

    /// Whether luma is transformed by 8x8.
    fn size_of_transform(&mut self) {
        let context = 399 + self.count(1, |other| other.large);
        self.cabac.decide(context, self.own.large);
    }

    /// All that is written.
    pub fn write(&mut self, choice: &Choice, related: &Related) {
        if self.kin != Kin::Nothing {
            self.skip();
        }
        match self.own.way {
            Way::Skipped => return,
            Way::Direct => {
                let context = self.moved_context();
                self.cabac.decide(context, false);
            }
            Way::Moved(parts) => {
                if self.kin == Kin::Both {
                    self.moved_between(parts);
                } else {
                    self.moved(parts);
                }
                self.vectors(parts, &related.differences);
            }
            Way::Small => {
                self.intra_prefix();
                let context = self.intra_context();
                self.cabac.decide(context, false);
                self.size_of_transform();
                self.small_modes(&related.small_modes);
                self.chroma_mode();
            }
            Way::Whole => {
                self.intra_prefix();
                self.whole(choice.whole_mode);
                self.chroma_mode();
            }
        }
        if self.own.way != Way::Whole {
            self.pattern();
        }
        if self.own.pattern & 15 != 0 && matches!(self.own.way, Way::Moved(_) | Way::Direct) {
            self.size_of_transform();
        }
        if self.own.has_quantiser() {
            self.quantiser();
            self.residual(&choice.levels);
        }
    }

    fn moved(&mut self, parts: Parts) {
        let bins: [(usize, bool); 3] = match parts {
            Parts::One => [(14, false), (15, false), (16, false)],
            Parts::Halves => [(14, false), (15, true), (17, true)],
            Parts::Columns => [(14, false), (15, true), (17, false)],
            Parts::Quarters => [(14, false), (15, false), (16, true)],
        };
        for (context, bin) in bins {
            self.cabac.decide(context, bin);
        }
        if parts == Parts::Quarters {
            // None of the quarters is taken apart further.
            for _ in 0..4 {
                self.cabac.decide(21, true);
            }
        }
    }

    fn moved_context(&self) -> usize {
        27 + self.count(1, |other| !matches!(other.way, Way::Skipped | Way::Direct))
    }

    /// The type of a macroblock of a B slice (table 9-37), as far as it moved.
    fn moved_between(&mut self, parts: Parts) {
        let lists = &self.own.lists;
        let (number, length) = match (parts, lists[0], lists[3]) {
            (Parts::Quarters, ..) => (0b11111, 5),
            (Parts::One, PAST, _) => (0b00, 2),
            (Parts::One, NEXT, _) => (0b01, 2),
            (Parts::One, ..) => (0b10000, 5),
            (parts, first, second) => {
                let (number, length) = match (first, second) {
                    (PAST, PAST) => (0b10001, 5),
                    (NEXT, NEXT) => (0b10011, 5),
                    (PAST, NEXT) => (0b10101, 5),
                    (NEXT, PAST) => (0b10111, 5),
                    (PAST, BOTH) => (0b110000, 6),
                    (NEXT, BOTH) => (0b110010, 6),
                    (BOTH, PAST) => (0b110100, 6),
                    (BOTH, NEXT) => (0b110110, 6),
                    _ => (0b111000, 6),
                };
                match (parts, number) {
                    (Parts::Columns, 0b10111) => (0b11110, 5),
                    (Parts::Columns, _) => (number + 1, length),
                    _ => (number, length),
                }
            }
        };
        let context = self.moved_context();
        self.cabac.decide(context, true);
        let bin = |at: i32| number >> (length - 1 - at) & 1 == 1;
        for at in 0..length {
            let context = match at {
                0 => 30,
                1 if bin(0) => 31,
                _ => 32,
            };
            self.cabac.decide(context, bin(at));
        }
        if parts == Parts::Quarters {
            (0..4).for_each(|quarter| self.quarter(quarter));
        }
    }

    /// The type of a quarter in a B slice.
    fn quarter(&mut self, quarter: usize) {
        let own = self.own;
        if own.direct >> quarter & 1 == 1 {
            self.cabac.decide(36, false);
            return;
        }
        let bins: &[(usize, bool)] = match own.lists[quarter] {
            PAST => &[(36, true), (37, false), (39, false)],
            NEXT => &[(36, true), (37, false), (39, true)],
            _ => &[(36, true), (37, true), (38, false), (39, false), (39, false)],
        };
        for (context, bin) in bins {
            self.cabac.decide(*context, *bin);
        }
    }

    fn vectors(&mut self, parts: Parts, differences: &[[Vector; 4]; 2]) {
        for (list, differences) in differences.iter().enumerate() {
            for (part, quarter) in part_quarters(parts).iter().enumerate() {
                if !self.own.uses(list, *quarter) || self.own.direct >> quarter & 1 == 1 {
                    continue;
                }
                let [x, y] = self.written_beside(list, *quarter);
                component(self.cabac, 40, i32::from(differences[part].x), x);
                component(self.cabac, 47, i32::from(differences[part].y), y);
            }
        }
    }

    /// Sums of the sizes of what was written for the quarters at the left and above.
    fn written_beside(&self, list: usize, quarter: usize) -> [u32; 2] {
        let left = if quarter % 2 == 1 {
            Some(&self.own.written[list][quarter - 1])
        } else {
            self.left.map(|left| &left.written[list][quarter + 1])
        };
        let above = if quarter >= 2 {
            Some(&self.own.written[list][quarter - 2])
        } else {
            self.above.map(|above| &above.written[list][quarter + 2])
        };
        [0, 1].map(|axis| left.map_or(0, |w| u32::from(w[axis])) + above.map_or(0, |w| u32::from(w[axis])))
    }

    fn intra_prefix(&mut self) {
        match self.kin {
            Kin::Nothing => {}
            Kin::Past => self.cabac.decide(14, true),
            Kin::Both => {
                let context = self.moved_context();
                let bins = [(context, true), (30, true), (31, true), (32, true), (32, false), (32, true)];
                bins.into_iter().for_each(|(context, bin)| self.cabac.decide(context, bin));
            }
        }
    }

    fn intra_context(&self) -> usize {
        match self.kin {
            Kin::Nothing => 3 + self.count(1, |other| other.way != Way::Small),
            Kin::Past => 17,
            Kin::Both => 32,
        }
    }

    fn whole(&mut self, mode: u8) {
        let context = self.intra_context();
        self.cabac.decide(context, true);
        self.cabac.go_on();
        let (luma, chroma) = (self.own.pattern & 15 != 0, self.own.pattern >> 4);
        let [has_luma, has_chroma, more, high, low] = match self.kin {
            Kin::Nothing => [6, 7, 8, 9, 10],
            Kin::Past => [18, 19, 19, 20, 20],
            Kin::Both => [33, 34, 34, 35, 35],
        };
        self.cabac.decide(has_luma, luma);
        self.cabac.decide(has_chroma, chroma != 0);
        if chroma != 0 {
            self.cabac.decide(more, chroma == 2);
        }
        self.cabac.decide(high, mode >> 1 == 1);
        self.cabac.decide(low, mode & 1 == 1);
    }

    fn small_modes(&mut self, modes: &[Option<u8>; 16]) {
        // One of a quarter where its blocks are of 8x8.
        for mode in modes.iter().step_by(if self.own.large { 4 } else { 1 }) {
            self.cabac.decide(68, mode.is_none());
            if let Some(mode) = mode {
                for bit in 0..3 {
                    self.cabac.decide(69, mode >> bit & 1 == 1);
                }
            }
        }
    }

    fn chroma_mode(&mut self) {
        let mode = self.own.chroma_mode;
        let context = 64 + self.count(1, |other| other.way.is_intra() && other.chroma_mode != 0);
        self.cabac.decide(context, mode != 0);
        if mode != 0 {
            self.cabac.decide(67, mode != 1);
            if mode != 1 {
                self.cabac.decide(67, mode != 2);
            }
        }
    }

    fn pattern(&mut self) {
        let own = self.own.pattern;
        let lacks = |pattern: Option<u8>, bit: u32| pattern.is_some_and(|pattern| pattern >> bit & 1 == 0);
        let [left, above] = [self.left, self.above].map(|other| other.map(|other| other.pattern));
        let beside = [
            [lacks(left, 1), lacks(above, 2)],
            [lacks(Some(own), 0), lacks(above, 3)],
            [lacks(left, 3), lacks(Some(own), 0)],
            [lacks(Some(own), 2), lacks(Some(own), 1)],
        ];
        for (bit, [left, above]) in beside.into_iter().enumerate() {
            self.cabac.decide(73 + usize::from(left) + 2 * usize::from(above), own >> bit & 1 == 1);
        }
        let chroma = own >> 4;
        let context = 77 + self.count(2, |other| other.pattern >> 4 != 0);
        self.cabac.decide(context, chroma != 0);
        if chroma != 0 {
            let context = 81 + self.count(2, |other| other.pattern >> 4 == 2);
            self.cabac.decide(context, chroma == 2);
        }
    }

    fn quantiser(&mut self) {
        let by = i32::from(self.own.qp) - i32::from(self.before.qp);
        let mut context = 60 + usize::from(self.before.changed);
        for at in 0..if by > 0 { 2 * by - 1 } else { -2 * by } {
            self.cabac.decide(context, true);
            context = if at == 0 { 62 } else { 63 };
        }
        self.cabac.decide(context, false);
    }

    fn residual(&mut self, levels: &Levels) {
        let own = self.own;
        let is_whole = own.way == Way::Whole;
        if is_whole {
            self.block(MEANS, &levels.luma_means, LUMA_MEAN, LUMA_MEAN, LUMA_MEAN);
        }
        for (number, (x, y)) in BLOCKS.into_iter().enumerate() {
            if own.pattern >> (number / 4) & 1 == 0 {
                continue;
            }
            if own.large {
                if number % 4 == 0 {
                    coefficients(self.cabac, LARGE, &levels.large[number / 4]);
                }
                continue;
            }
            let at = (y * 4 + x) as u32;
            // Blocks at the border are beside those of the other border of the neighbour.
            let left = if x == 0 { at + 3 } else { at - 1 };
            let above = if y == 0 { at + 12 } else { at - 4 };
            if is_whole {
                self.inside(REST, &levels.luma[number][1..], at, (x == 0, left), (y == 0, above));
            } else {
                self.inside(PLAIN, &levels.luma[number], at, (x == 0, left), (y == 0, above));
            }
        }
        if own.pattern >> 4 == 0 {
            return;
        }
        for (plane, means) in levels.chroma_means.iter().enumerate() {
            let flag = CHROMA_MEAN + plane as u32;
            self.block(CHROMA_MEANS, means, flag, flag, flag);
        }
        if own.pattern >> 4 != 2 {
            return;
        }
        for (plane, blocks) in levels.chroma.iter().enumerate() {
            for (number, block) in blocks.iter().enumerate() {
                let (x, y) = (number % 2, number / 2);
                let at = CHROMA + (plane * 4 + number) as u32;
                let left = if x == 0 { at + 1 } else { at - 1 };
                let above = if y == 0 { at + 2 } else { at - 2 };
                self.inside(CHROMA_REST, &block[1..], at, (x == 0, left), (y == 0, above));
            }
        }
    }

    /// A block whose flags are those of the macroblocks beside.
    fn block(&mut self, kind: Kind, levels: &[i16], own: u32, left: u32, above: u32) {
        self.inside(kind, levels, own, (true, left), (true, above));
    }

    /// A block; for left and above whether it is another macroblock's, and its flag.
    fn inside(&mut self, kind: Kind, levels: &[i16], own: u32, left: (bool, u32), above: (bool, u32)) {
        let intra = self.own.way.is_intra();
        let is_coded = |(outside, flag): (bool, u32), other: Option<&Macroblock>| {
            if outside { other.map_or(intra, |other| other.has(flag)) } else { self.own.has(flag) }
        };
        let context = usize::from(is_coded(left, self.left)) + 2 * usize::from(is_coded(above, self.above));
        let is_own = self.own.has(own);
        self.cabac.decide(kind.flag + context, is_own);
        if is_own {
            coefficients(self.cabac, kind, levels);
        }
    }
}

/// The upper left quarter of each part.
pub(crate) fn part_quarters(parts: Parts) -> &'static [usize] {
    match parts {
        Parts::One => &[0],
        Parts::Halves => &[0, 2],
        Parts::Columns => &[0, 1],
        Parts::Quarters => &[0, 1, 2, 3],
    }
}

/// The quarters of the part that begins with one.
pub(crate) fn covered(parts: Parts, quarter: usize) -> &'static [usize] {
    match (parts, quarter) {
        (Parts::One, _) => &[0, 1, 2, 3],
        (Parts::Halves, 0) => &[0, 1],
        (Parts::Halves, _) => &[2, 3],
        (Parts::Columns, 0) => &[0, 2],
        (Parts::Columns, _) => &[1, 3],
        (Parts::Quarters, quarter) => match quarter {
            0 => &[0],
            1 => &[1],
            2 => &[2],
            _ => &[3],
        },
    }
}

/// One component of a vector's difference (9.3.2.3: UEG3 with a sign, cut off at 9).
fn component(cabac: &mut impl Sink, base: usize, value: i32, beside: u32) {
    let context = base + usize::from(beside > 2) + usize::from(beside > 32);
    let size = value.unsigned_abs();
    cabac.decide(context, size != 0);
    if size == 0 {
        return;
    }
    for at in 1..size.min(9) {
        cabac.decide(base + 2 + (at as usize).min(4), true);
    }
    if size < 9 {
        cabac.decide(base + 2 + (size as usize).min(4), false);
    } else {
        cabac.bypass_golomb(3, size - 9);
    }
    cabac.bypass(value < 0);
}

/// Where levels are, and what they are (7.3.5.3.3).
fn coefficients(cabac: &mut impl Sink, kind: Kind, levels: &[i16]) {
    let is_chroma_mean = kind.coefficients == 4;
    let end = levels[..kind.coefficients].iter().rposition(|level| *level != 0).unwrap_or(0);
    for (at, level) in levels[..kind.coefficients - 1].iter().enumerate().take(end + 1) {
        cabac.decide(kind.significant(at), *level != 0);
        if *level != 0 {
            cabac.decide(kind.last(at), at == end);
        }
    }
    let (mut ones, mut larger) = (0usize, 0usize);
    for level in levels[..=end].iter().rev().filter(|level| **level != 0) {
        let more = u32::from(level.unsigned_abs()) - 1;
        let first = kind.level + if larger > 0 { 0 } else { (1 + ones).min(4) };
        cabac.decide(first, more != 0);
        if more == 0 {
            ones += 1;
        } else {
            let context = kind.level + 5 + larger.min(4 - usize::from(is_chroma_mean));
            for _ in 1..more.min(14) {
                cabac.decide(context, true);
            }
            if more < 14 {
                cabac.decide(context, false);
            } else {
                cabac.bypass_golomb(0, more - 14);
            }
            larger += 1;
        }
        cabac.bypass(*level < 0);
    }
}
