//! The coder of one side of a shot, shared or personal: picture after picture its slices. What it reads of the picture
//! before and of neighbours is its own side's alone, so its slices are right whatever the other side holds.

use std::sync::Arc;

use crate::bits::{BitWriter, unit};
use crate::cabac::{Cabac, Start};
use crate::choose::{Chooser, Tools};
use crate::deblock::{Deblocking, OFFSET};
use crate::frame::{Frame, I420};
use crate::macroblock::Macroblock;
use crate::motion::{Reference, Vector};
use crate::moved::{Known, Moved};
use crate::pen::Pen;
use crate::plan::Plan;
use crate::references::{Bases, Held};
use crate::regions::{Map, Run, Slice, Whose};
use crate::roles::{Role, pyramid};
use crate::stream::{FIRST_QP, NUMBER_BITS, ORDER_BITS, PICTURE_SET, REFERENCES, Stream};
use crate::syntax::Kin;
use crate::tables::CHROMA_QP;
use crate::told::Told;
use crate::weigh::{Kit, Weigher};

/// How much work is put into fewer bytes. Does not alter the parameter sets: shots of either effort stand side by side in
/// one film.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effort {
    /// For what is made while somebody waits.
    Fast,
    /// For what is made once for everyone: half of the bytes for ten times the work.
    Best,
}

/// How pictures are coded. Both sides of a shot must have the same, but for the effort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quality {
    /// Quantiser, 0 to [`Self::QP_MAX`].
    pub qp: u8,
    /// Work.
    pub effort: Effort,
}

impl Quality {
    /// The coarsest quantiser: in a shot with a plan the pictures that stand deepest are still coarser, and none of those
    /// in H.264 is above 51.
    pub const QP_MAX: u8 = COARSEST - COARSER_PLANNED[3];
}

/// The coarsest quantiser that there is (Rec. ITU-T H.264, 7.4.2.2).
const COARSEST: u8 = 51;
/// How much coarser pictures are, by how deep they stand.
const COARSER: [u8; 4] = [0, 5, 7, 9];
/// The same where a plan says what is worth more.
const COARSER_PLANNED: [u8; 4] = [0, 2, 3, 4];
/// How much finer the first picture is, on which all others build, without a plan.
const FIRST_FINER: u8 = 2;

/// Which contexts P and B slices start with (`cabac_init_idc`).
const INIT: [u8; 2] = [0, 0];

/// Codes one side of one shot.
pub struct Coder {
    across: usize,
    down: usize,
    side: Whose,
    quality: Quality,
    /// By quantiser, where somebody waits.
    tools: Vec<Tools>,
    /// By quantiser, where there is time for more.
    kits: Vec<Kit>,
    plan: Option<Arc<Plan>>,
    /// The pictures in the order of coding.
    roles: Vec<Role>,
    deblocking: Deblocking,
    /// The picture that is made.
    frame: Frame,
    /// Those that it may build on, the last one last.
    held: Vec<Held>,
    /// Room for further ones.
    spare: Vec<Reference>,
    coded: Vec<Macroblock>,
    /// What is known to move in the picture that is made.
    known: Vec<Known>,
    /// Slices so far: their numbers.
    slices: u32,
    pictures: usize,
    /// Pictures so far that others build on.
    references: u32,
    /// Whether the last picture is held.
    is_held: bool,
    is_exact: bool,
}

impl Coder {
    /// A coder for one side of a shot of so many pictures.
    ///
    /// # Panics
    /// When the quantiser is larger than [`Quality::QP_MAX`].
    pub fn new(stream: &Stream, side: Whose, quality: Quality, count: usize) -> Self {
        assert!(quality.qp <= Quality::QP_MAX, "a quantiser of at most {}", Quality::QP_MAX);
        let (across, down) = (stream.across(), stream.down());
        let (tools, kits) = if quality.effort == Effort::Best { (0..0, 0..52) } else { (0..52, 0..0) };
        Self {
            across,
            down,
            side,
            quality,
            tools: tools.map(|qp| Tools::new(qp, chroma_qp(qp))).collect(),
            kits: kits.map(|qp| Kit::new(qp, chroma_qp(qp))).collect(),
            plan: None,
            roles: pyramid(count),
            deblocking: Deblocking::new(std::array::from_fn(|qp| chroma_qp(qp as u8))),
            frame: Frame::new(across, down),
            held: Vec::new(),
            spare: Vec::new(),
            known: Vec::new(),
            coded: vec![Macroblock::default(); across * down],
            slices: 0,
            pictures: 0,
            references: 0,
            is_held: false,
            is_exact: false,
        }
    }

    /// Lets [`decoded`](Self::decoded) be right for pictures that no other builds on, too. Costs time.
    pub fn exact(mut self) -> Self {
        self.is_exact = true;
        self
    }

    /// With a plan of the shot, which is heeded where there is time for it.
    pub fn planned(mut self, plan: Arc<Plan>) -> Self {
        self.plan = Some(plan);
        self
    }

    /// Codes the next picture in the [`order`](crate::order) of coding: the slices of this side. `moved` is what is known
    /// to move in it, the uppermost last; in each picture the same things in the same order, or none.
    ///
    /// # Panics
    /// When picture or map have another size than the stream, or there are more pictures than were told.
    pub fn code(&mut self, picture: &I420<'_>, map: &Map, moved: &[Moved]) -> Vec<Slice> {
        self.check(picture, map);
        self.known = Known::of(moved, Bases::of(&self.held, self.role()));
        let side = self.side;
        let runs = map.runs().into_iter().filter(|run| run.whose == side);
        let slices = runs.map(|run| self.slice(picture, run)).collect();
        self.advance(map);
        slices
    }

    /// Codes the next picture as it was [told](crate::Teller), of which only that is looked at which is to be drawn; `moved`
    /// as for [`code`](Self::code). Nothing where it cannot be: another picture builds on it, or what was told is of another
    /// map. Then the shot cannot be gone on with.
    ///
    /// # Panics
    /// As [`code`](Self::code), and when it is not the personal side's while somebody waits.
    pub fn code_told(
        &mut self,
        picture: &I420<'_>,
        map: &Map,
        moved: &[Moved],
        told: &Told,
    ) -> Option<Vec<Slice>> {
        self.check(picture, map);
        assert!(self.side == Whose::Personal && !self.is_weighed(), "it is told to who waits");
        if self.role().is_reference {
            return None;
        }
        self.known = Known::of(moved, Bases::of(&self.held, self.role()));
        let told = told.by_place(map)?;
        let slice = |run: Run| {
            let mut pen = self.pen(run);
            self.choose(picture, run, &told, &mut pen)?;
            Some(self.written(run, pen))
        };
        let slices = map.runs().into_iter().filter(|run| run.whose == Whose::Personal).map(slice).collect();
        self.advance(map);
        slices
    }

    fn check(&self, picture: &I420<'_>, map: &Map) {
        let (across, down) = (self.across, self.down);
        assert_eq!(map.len(), across * down, "the map has another size than the stream");
        let fits = picture.width.div_ceil(16) == across && picture.height.div_ceil(16) == down;
        let is_whole = picture.planes[0].len() == picture.width * picture.height
            && picture.planes[1..].iter().all(|plane| plane.len() == picture.width * picture.height / 4);
        assert!(
            fits && is_whole && picture.width.is_multiple_of(2),
            "the picture has another size than the stream"
        );
    }

    /// The picture is done; later ones may build on it.
    fn advance(&mut self, map: &Map) {
        let role = self.role();
        if role.is_reference {
            self.hold(role, map);
            self.references += 1;
        }
        self.is_held = role.is_reference;
        self.pictures += 1;
    }

    fn hold(&mut self, role: Role, map: &Map) {
        let (across, down) = (self.across, self.down);
        if self.is_parting(role) {
            // As its header says.
            let held = std::mem::take(&mut self.held);
            let (kept, parted) = held.into_iter().partition(|held| Some(held.shown) == role.past);
            self.held = kept;
            self.spare.extend(parted.into_iter().map(|held: Held| held.reference));
        }
        let reference = if self.held.len() == REFERENCES as usize {
            self.held.remove(0).reference
        } else {
            self.spare.pop().unwrap_or_else(|| Reference::new(Frame::new(across, down)))
        };
        let own = map.readable(self.side);
        let (shown, number, coded) = (role.shown, self.references, self.coded.clone());
        let places = self.known.iter().map(Known::place).collect();
        let mut held = Held {
            places,
            shown,
            bases: [role.past, role.next],
            number,
            reference,
            own,
            coded,
            across,
            down,
        };
        std::mem::swap(&mut self.frame, &mut held.reference.frame);
        for at in (0..map.len()).filter(|at| held.own[*at]) {
            held.reference.fill(at % across, at / across);
        }
        self.held.push(held);
    }

    fn role(&self) -> Role {
        *self.roles.get(self.pictures).expect("no more pictures than were told")
    }

    /// Whether a picture is one that lets go of all references but the one that it builds on.
    fn is_parting(&self, role: Role) -> bool {
        role.level == 0 && role.past.is_some()
    }

    fn held(&self, shown: Option<usize>) -> Option<&Held> {
        shown.and_then(|shown| self.held.iter().find(|held| held.shown == shown))
    }

    fn kin(&self) -> Kin {
        match self.role() {
            Role { next: Some(_), .. } => Kin::Both,
            Role { past: Some(_), .. } => Kin::Past,
            _ => Kin::Nothing,
        }
    }

    fn is_weighed(&self) -> bool {
        self.quality.effort == Effort::Best
    }

    /// The quantiser of the picture.
    fn qp(&self) -> u8 {
        let is_planned = self.is_weighed() && self.plan.is_some();
        let coarser = if is_planned { COARSER_PLANNED } else { COARSER };
        let finer = if self.kin() == Kin::Nothing && !is_planned { FIRST_FINER } else { 0 };
        (self.quality.qp.saturating_sub(finer) + coarser[usize::from(self.role().level)]).min(COARSEST)
    }

    fn start(&self) -> Start {
        match self.kin() {
            Kin::Nothing => Start::Intra,
            Kin::Past => Start::Predicted(INIT[0]),
            Kin::Both => Start::Predicted(INIT[1]),
        }
    }

    /// The first byte of a unit: how important it is, and which kind (7.4.1).
    fn kind(&self) -> u8 {
        let importance = if self.role().is_reference { 2 << 5 } else { 0 };
        importance | if self.kin() == Kin::Nothing { 5 } else { 1 }
    }

    /// The planes of the last picture as a decoder has them, where they are of this side; elsewhere anything.
    pub fn decoded(&self, width: usize, height: usize) -> [Vec<u8>; 3] {
        match self.held.last() {
            Some(held) if self.is_held => held.reference.frame.shown(width, height),
            _ => self.frame.shown(width, height),
        }
    }

    fn slice(&mut self, picture: &I420<'_>, run: Run) -> Slice {
        let mut pen = self.pen(run);
        if self.is_weighed() {
            self.weigh(picture, run, &mut pen);
        } else {
            self.choose(picture, run, &[], &mut pen);
        }
        self.written(run, pen)
    }

    /// Begins a slice.
    fn pen(&mut self, run: Run) -> Pen {
        self.slices += 1;
        let qp = self.qp();
        Pen::new(Cabac::new(self.header(run.first), self.start(), qp), self.kin(), self.across, qp)
    }

    /// Ends a slice.
    fn written(&mut self, run: Run, pen: Pen) -> Slice {
        // What nobody builds on need not be right here.
        if self.role().is_reference || self.is_exact {
            let across = self.across;
            self.deblocking.slice(&mut self.frame, &self.coded, across, run.first, run.count);
        }
        Slice { first: run.first, unit: unit(self.kind(), &pen.finish()) }
    }

    /// `told`: vectors that are not sought, by macroblock of the picture. Nothing where one of them cannot be.
    fn choose(&mut self, picture: &I420<'_>, run: Run, told: &[Option<Vector>], pen: &mut Pen) -> Option<()> {
        let (role, kin, qp) = (self.role(), self.kin(), self.qp());
        let mut chooser = Chooser {
            is_exact: self.is_exact,
            known: &self.known,
            all: &self.tools,
            tools: &self.tools[0],
            qp,
            kin,
            level: role.level,
            shown: role.shown,
            slice: self.slices,
            picture,
            frame: &mut self.frame,
            bases: Bases::of(&self.held, role),
            across: self.across,
            coded: &mut self.coded,
        };
        for at in run.first..run.first + run.count {
            let choice = match told.get(at).copied().flatten() {
                Some(vector) => chooser.told(at, vector, told)?,
                None => chooser.macroblock(at),
            };
            pen.write(chooser.coded, at, &choice);
        }
        Some(())
    }

    fn weigh(&mut self, picture: &I420<'_>, run: Run, pen: &mut Pen) {
        let (role, kin, qp) = (self.role(), self.kin(), self.qp());
        let mut weigher = Weigher {
            qp,
            kits: &self.kits,
            plan: self.plan.as_ref().and_then(|plan| plan.picture(role.shown)),
            kin,
            slice: self.slices,
            picture,
            bases: Bases::of(&self.held, role),
            frame: &mut self.frame,
            across: self.across,
            coded: &mut self.coded,
        };
        for at in run.first..run.first + run.count {
            let choice = weigher.macroblock(at, pen.states(), pen.before());
            pen.write(weigher.coded, at, &choice);
        }
    }

    /// The slice header (7.3.3), filled up to a whole byte.
    fn header(&self, first: usize) -> Vec<u8> {
        let (role, kin) = (self.role(), self.kin());
        let mut out = BitWriter::default();
        out.unsigned(first as u32);
        out.unsigned(match kin {
            Kin::Past => 0,
            Kin::Both => 1,
            Kin::Nothing => 2,
        });
        out.unsigned(PICTURE_SET);
        out.bits(self.references, NUMBER_BITS);
        if kin == Kin::Nothing {
            out.unsigned(0); // number of the IDR picture
        }
        out.bits(role.shown as u32 * 2, ORDER_BITS);
        if kin == Kin::Both {
            out.flag(true); // direct vectors from the neighbours
        }
        if kin != Kin::Nothing {
            out.flag(false); // as many references as the set says
            self.references(role, &mut out);
        }
        if kin == Kin::Both {
            out.flag(false);
        }
        if self.is_parting(role) {
            self.part(role, &mut out);
        } else if role.is_reference {
            // Nothing special is done about references; for IDR two flags say so.
            out.bits(0, if kin == Kin::Nothing { 2 } else { 1 });
        }
        if let Start::Predicted(model) = self.start() {
            out.unsigned(u32::from(model));
        }
        out.signed(i32::from(self.qp()) - i32::from(FIRST_QP));
        out.unsigned(2); // filtered within slices only
        out.signed(OFFSET / 2);
        out.signed(OFFSET / 2);
        out.aligned_with_ones()
    }

    /// Lets go of all references but the one that it builds on (7.3.3.3).
    fn part(&self, role: Role, out: &mut BitWriter) {
        let parted = self.held.iter().filter(|held| Some(held.shown) != role.past);
        let mut parted = parted.map(|held| held.number).peekable();
        out.flag(parted.peek().is_some());
        if parted.peek().is_some() {
            for number in parted {
                out.unsigned(1);
                out.unsigned(self.references - number - 1);
            }
            out.unsigned(0);
        }
    }

    /// Which picture of the past comes first (7.3.3.1). In P slices it would be the last one coded; in B slices it is the
    /// one shown last, as it should.
    fn references(&self, role: Role, out: &mut BitWriter) {
        let wanted = self.held(role.past).map_or(0, |held| held.number);
        let is_usual = role.next.is_some() || wanted + 1 == self.references;
        out.flag(!is_usual);
        if !is_usual {
            out.unsigned(0);
            out.unsigned(self.references - wanted - 1);
            out.unsigned(3);
        }
    }
}

pub(crate) fn chroma_qp(luma: u8) -> u8 {
    CHROMA_QP[usize::from(luma)]
}
