//! The coder of one side of a shot, shared or personal: picture after picture its slices. What it reads of the picture
//! before and of neighbours is its own side's alone, so its slices are right whatever the other side holds.

use crate::bits::{BitWriter, unit};
use crate::cabac::{Cabac, Start};
use crate::choose::{Chooser, Tools};
use crate::deblock::Deblocking;
use crate::frame::{Frame, I420};
use crate::joint::Choices;
use crate::macroblock::Macroblock;
use crate::motion::{Readable, Reference};
use crate::pen::Pen;
use crate::regions::{Map, Run, Slice, Whose};
use crate::sets::Sets;
use crate::tables::CHROMA_QP;

/// How much work is put into smaller slices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// While somebody waits.
    Fast,
    /// Made once, for everyone.
    Best,
}

/// How pictures are coded. Both sides of a shot must have the same, but for the effort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quality {
    /// Quantiser, 0 to 47.
    pub qp: u8,
    /// Whether every second picture is one that no other builds on, coded somewhat coarser.
    pub layered: bool,
    /// Work.
    pub effort: Effort,
}

/// How much coarser pictures are that no other builds on.
const COARSER: u8 = 4;

/// Codes one side of one shot, its pictures in order.
pub struct Coder {
    sets: Sets,
    side: Whose,
    quality: Quality,
    tools: [Tools; 2],
    /// The picture that is made.
    frame: Frame,
    /// The one that it builds on, and what of it is of this side.
    before: Reference,
    readable: Vec<bool>,
    coded: Vec<Macroblock>,
    /// Slices so far: their numbers.
    slices: u32,
    pictures: u32,
    /// Pictures so far that others build on.
    references: u32,
    /// Whether the last picture stands in `before`.
    is_before: bool,
    is_exact: bool,
}

impl Coder {
    /// A coder for slices beside the parameter sets given.
    ///
    /// # Panics
    /// When the quantiser is larger than 47.
    pub fn new(sets: Sets, side: Whose, quality: Quality) -> Self {
        assert!(quality.qp <= 47, "a quantiser of at most 47");
        let frame = Frame::new(sets.across, sets.down);
        let tools = |qp: u8| Tools::new(qp, chroma_qp(qp, &sets), quality.effort);
        Self {
            sets,
            side,
            quality,
            tools: [tools(quality.qp), tools(quality.qp + if quality.layered { COARSER } else { 0 })],
            before: Reference::new(frame.clone()),
            frame,
            readable: vec![false; sets.across * sets.down],
            coded: vec![Macroblock::default(); sets.across * sets.down],
            slices: 0,
            pictures: 0,
            references: 0,
            is_before: false,
            is_exact: false,
        }
    }

    /// Lets [`decoded`](Self::decoded) be right for pictures that no other builds on, too. Costs time.
    pub fn exact(mut self) -> Self {
        self.is_exact = true;
        self
    }

    /// Codes the next picture: the slices of this side. A coder either codes or chooses, for all of a shot.
    ///
    /// # Panics
    /// When picture or map have another size than the stream.
    pub fn code(&mut self, picture: &I420<'_>, map: &Map) -> Vec<Slice> {
        self.check(picture, map);
        let side = self.side;
        let runs = map.runs().into_iter().filter(|run| run.whose == side);
        let slices = runs.map(|run| self.slice(picture, run)).collect();
        self.advance(map);
        slices
    }

    /// Chooses for the next picture how the macroblocks of this side are coded, to be joined with those of the other
    /// side in one slice.
    ///
    /// # Panics
    /// When picture or map have another size than the stream.
    pub fn choose(&mut self, picture: &I420<'_>, map: &Map) -> Choices {
        self.check(picture, map);
        self.slices += 1;
        let own = map.readable(self.side);
        let mut chooser = self.chooser(picture);
        chooser.mixed = Some(&own);
        let mut made: Vec<_> = own.iter().map(|_| None).collect();
        for at in (0..own.len()).filter(|at| own[*at]) {
            let choice = chooser.macroblock(at);
            made[at] = Some((chooser.coded[at], choice));
        }
        let choices = Choices {
            header: self.header(0, false),
            start: self.start(),
            qp: self.tools().qp,
            kind: self.kind(),
            across: self.sets.across,
            made,
        };
        self.advance(map);
        choices
    }

    fn check(&self, picture: &I420<'_>, map: &Map) {
        let Sets { across, down, .. } = self.sets;
        assert_eq!(map.len(), across * down, "the map has another size than the stream");
        let fits = picture.width.div_ceil(16) == across && picture.height.div_ceil(16) == down;
        let is_whole = picture.planes[0].len() == picture.width * picture.height
            && picture.planes[1..].iter().all(|plane| plane.len() == picture.width * picture.height / 4);
        assert!(
            fits && is_whole && picture.width.is_multiple_of(2),
            "the picture has another size than the stream"
        );
    }

    /// The picture is done; the next one may build on it.
    fn advance(&mut self, map: &Map) {
        let is_reference = self.is_reference();
        if is_reference {
            std::mem::swap(&mut self.frame, &mut self.before.frame);
            self.readable = map.readable(self.side);
            for at in (0..map.len()).filter(|at| self.readable[*at]) {
                self.before.fill(at % self.sets.across, at / self.sets.across);
            }
            self.references += 1;
        }
        self.is_before = is_reference;
        self.pictures += 1;
    }

    fn is_start(&self) -> bool {
        self.pictures == 0
    }

    fn is_reference(&self) -> bool {
        !self.quality.layered || self.pictures.is_multiple_of(2)
    }

    fn tools(&self) -> &Tools {
        &self.tools[usize::from(!self.is_reference())]
    }

    fn start(&self) -> Start {
        if self.is_start() { Start::Intra } else { Start::Predicted(0) }
    }

    /// The first byte of a unit: how important it is, and which kind (7.4.1).
    fn kind(&self) -> u8 {
        let importance = if self.is_reference() { 2 << 5 } else { 0 };
        importance | if self.is_start() { 5 } else { 1 }
    }

    /// The planes of the last picture as a decoder has them, where they are of this side; elsewhere anything.
    pub fn decoded(&self, width: usize, height: usize) -> [Vec<u8>; 3] {
        if self.is_before { self.before.frame.shown(width, height) } else { self.frame.shown(width, height) }
    }

    fn chooser<'a>(&'a mut self, picture: &'a I420<'a>) -> Chooser<'a> {
        let (predicted, index) = (!self.is_start(), usize::from(!self.is_reference()));
        Chooser {
            tools: &self.tools[index],
            predicted,
            slice: self.slices,
            picture,
            frame: &mut self.frame,
            before: &self.before,
            readable: Readable { may: &self.readable, across: self.sets.across, down: self.sets.down },
            coded: &mut self.coded,
            mixed: None,
        }
    }

    fn slice(&mut self, picture: &I420<'_>, run: Run) -> Slice {
        self.slices += 1;
        let across = self.sets.across;
        let cabac = Cabac::new(self.header(run.first, true), self.start(), self.tools().qp);
        let mut pen = Pen::new(cabac, !self.is_start(), across);
        let mut chooser = self.chooser(picture);
        for at in run.first..run.first + run.count {
            let choice = chooser.macroblock(at);
            pen.write(chooser.coded, at, &choice);
        }
        // What nobody builds on need not be right here.
        if self.is_reference() || self.is_exact {
            let deblocking = Deblocking::new(self.tools().qp, self.tools().chroma_qp);
            deblocking.slice(&mut self.frame, &self.coded, across, run.first, run.count);
        }
        Slice { first: run.first, unit: unit(self.kind(), &pen.finish()) }
    }

    /// The slice header (7.3.3), filled up to a whole byte.
    fn header(&self, first: usize, filtered: bool) -> Vec<u8> {
        let (sets, is_start) = (&self.sets, self.is_start());
        let mut out = BitWriter::default();
        out.unsigned(first as u32);
        out.unsigned(if is_start { 2 } else { 0 }); // I or P
        out.unsigned(sets.picture_set);
        out.bits(self.references, sets.frame_num_bits);
        if is_start {
            out.unsigned(0); // number of the IDR picture
        }
        if let Some(bits) = sets.order_bits {
            out.bits(self.pictures * 2, bits);
        }
        if !is_start {
            out.flag(false); // as many references as the set says
            out.flag(false); // in their order
        }
        if self.is_reference() {
            // Nothing special is done about references; for IDR two flags say so.
            out.bits(0, if is_start { 2 } else { 1 });
        }
        if !is_start {
            out.unsigned(0); // cabac_init_idc
        }
        out.signed(i32::from(self.tools().qp) - sets.first_qp);
        if filtered {
            out.unsigned(2); // within slices only
            out.signed(0);
            out.signed(0);
        } else {
            out.unsigned(1);
        }
        out.aligned_with_ones()
    }
}

fn chroma_qp(luma: u8, sets: &Sets) -> u8 {
    CHROMA_QP[(i32::from(luma) + sets.chroma_offset).clamp(0, 51) as usize]
}
