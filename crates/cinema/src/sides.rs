//! A personal shot in two sides: what is the same for every child is coded once and kept, and for an order only the
//! macroblocks are drawn and coded that a child can change; where only the camera moved, hardly any is drawn. Together
//! they are a segment like any other, beside the same init segment.
//!
//! It pays where little of the picture is personal; where not, the shot is made whole.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use film::{Area, Room, Scene};
use region::{Coder, Effort, Map, Moved, Quality, Slice, Told, Whose, assemble, order};

use crate::frames::{AreaFrames, Frames};
use crate::nal::Sample;
use crate::picture::Picture;
use crate::planned::{Coded, planned, view};
use crate::settings::{MACROBLOCKS_A_SECOND, Settings};
use crate::shot::{Segment, SegmentPlace, ShotError, fragment};

/// Pixels of a macroblock's side.
const SIDE: u32 = 16;
/// Gaps of so many macroblocks between personal ones are personal, too: each would cost two more slices.
const CLOSED: usize = 6;
/// What drawing one more area costs, in macroblocks drawn.
const ONE_MORE: usize = 16;
/// The share of the macroblocks that may be personal for this way to pay: beyond it, it saves too little for its bits.
const MOST_PERSONAL: f64 = 0.65;
/// For so many macroblocks that players must be ready for there may be one slice (of level 4 in Rec. ITU-T H.264, table A-4):
/// a picture may have 170 slices at 24 pictures a second.
const MACROBLOCKS_A_SLICE: u32 = 60;

/// Which macroblocks of each picture of a shot are personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regions {
    width: u32,
    height: u32,
    fps: u32,
    maps: Vec<Map>,
}

impl Regions {
    /// From the areas that a child can change, for each picture.
    pub fn new(reach: &[Vec<Area>], settings: &Settings) -> Self {
        let Settings { width, height, fps, .. } = *settings;
        let (across, down) = grid(width, height);
        let map = |areas: &Vec<Area>| {
            let mut map = Map::shared(across, down);
            for area in areas {
                let cells = |from: u32, length: u32, end: usize| {
                    (from / SIDE) as usize..((from + length).div_ceil(SIDE) as usize).min(end)
                };
                for row in cells(area.y, area.height, down) {
                    cells(area.x, area.width, across).for_each(|column| map.claim(row * across + column));
                }
            }
            map.without_gaps(CLOSED)
        };
        Self { width, height, fps, maps: reach.iter().map(map).collect() }
    }

    /// Of a scene, for all who take no more than a room.
    pub fn of_scene(scene: &Scene, room: Room, settings: &Settings) -> Self {
        let reach: Vec<_> = (0..scene.frames()).map(|frame| scene.reach(frame, room)).collect();
        Self::new(&reach, settings)
    }

    /// The rendition that they are of.
    fn settings(&self) -> Settings {
        Settings::new(self.width, self.height, self.fps)
    }

    /// Pictures in the shot.
    pub fn frames(&self) -> u32 {
        self.maps.len() as u32
    }

    /// The share of all macroblocks that is personal.
    pub fn share(&self) -> f64 {
        let (personal, all) = self
            .maps
            .iter()
            .fold((0, 0), |(personal, all), map| (personal + map.personal(), all + map.len()));
        personal as f64 / all.max(1) as f64
    }

    /// Slices of a picture, on average and at most.
    pub fn slices(&self) -> (f64, usize) {
        let counts = self.maps.iter().map(|map| map.runs().len());
        let most = counts.clone().max().unwrap_or(0);
        (counts.sum::<usize>() as f64 / self.maps.len().max(1) as f64, most)
    }

    /// Whether the shot had better be made in two sides than whole.
    pub fn pays(&self) -> bool {
        let most_slices = MACROBLOCKS_A_SECOND / MACROBLOCKS_A_SLICE / self.fps.max(1);
        self.share() <= MOST_PERSONAL && self.slices().1 <= most_slices as usize
    }

    /// The areas to draw of a picture, which hold all that is personal on a map of it.
    fn areas(&self, map: &Map) -> Vec<Area> {
        let boxes = blocks(map, map.across()).into_iter();
        let pixels = |block: Block| {
            let [x, y] = [block.left, block.top].map(|at| at as u32 * SIDE);
            let [right, bottom] = [block.right, block.bottom].map(|at| at as u32 * SIDE);
            Area { x, y, width: right.min(self.width) - x, height: bottom.min(self.height) - y }
        };
        boxes.map(pixels).collect()
    }
}

/// Macroblocks across and down.
fn grid(width: u32, height: u32) -> (usize, usize) {
    (width.div_ceil(SIDE) as usize, height.div_ceil(SIDE) as usize)
}

/// A box of macroblocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Block {
    fn size(&self) -> usize {
        (self.right - self.left) * (self.bottom - self.top)
    }

    fn joined(&self, other: &Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

/// Few boxes that hold all personal macroblocks and not much more.
fn blocks(map: &Map, across: usize) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for row in 0..map.len() / across {
        let is_personal = |column: &usize| map.whose(row * across + column) == Whose::Personal;
        let mut at = 0;
        while let Some(left) = (at..across).find(is_personal) {
            let right = (left..across).find(|column| !is_personal(column)).unwrap_or(across);
            let above = blocks
                .iter_mut()
                .find(|block| block.bottom == row && (block.left, block.right) == (left, right));
            match above {
                Some(above) => above.bottom = row + 1,
                None => blocks.push(Block { left, top: row, right, bottom: row + 1 }),
            }
            at = right;
        }
    }
    while let Some((one, other)) = worth_joining(&blocks) {
        blocks[one] = blocks[one].joined(&blocks[other]);
        blocks.swap_remove(other);
    }
    blocks
}

/// Two boxes, the second one later in the list, that are drawn at less cost as one.
fn worth_joining(blocks: &[Block]) -> Option<(usize, usize)> {
    (0..blocks.len()).find_map(|one| {
        let cheaper = |other: &usize| {
            let (one, other) = (&blocks[one], &blocks[*other]);
            one.joined(other).size() <= one.size() + other.size() + ONE_MORE
        };
        (one + 1..blocks.len()).find(cheaper).map(|other| (one, other))
    })
}

/// The side of a shot that is everyone's, coded, and where the other one belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedSide {
    /// The personal side's quantiser.
    qp: u8,
    regions: Regions,
    /// The pictures in the order of coding.
    pictures: Vec<Coded>,
}

/// Codes what is everyone's of a shot, once. The frames show nobody, or whoever stays within the reach that the
/// regions were made from; they are drawn twice, the second time not in the order of showing. `progress` is as in
/// [`make_shot`](crate::make_shot), of twice as many pictures.
pub fn make_shared_side(
    frames: &mut dyn Frames,
    regions: Regions,
    settings: &Settings,
    progress: &mut dyn FnMut(u32, u32) -> ControlFlow<()>,
) -> Result<SharedSide, ShotError> {
    if frames.frames() < 2 {
        return Err(ShotError::TooShort);
    }
    if (frames.frames(), settings.stream()) != (regions.frames(), regions.settings().stream()) {
        return Err(ShotError::OtherShot);
    }
    let pictures = planned(frames, &regions.maps, settings, progress)?;
    Ok(SharedSide { qp: settings.quantiser.min(47), regions, pictures })
}

/// Draws and codes what is personal of a shot and puts both sides together.
pub fn make_personal_shot(
    shared: &SharedSide,
    frames: &mut dyn AreaFrames,
    place: SegmentPlace,
    progress: &mut dyn FnMut(u32, u32) -> ControlFlow<()>,
) -> Result<Segment, ShotError> {
    let count = shared.regions.frames();
    if frames.frames() != count {
        return Err(ShotError::OtherShot);
    }
    let mut side = PersonalSide::new(shared);
    while let Some((frame, areas)) = side.next() {
        for area in areas {
            side.put(area, frames.draw_area(frame, area))?;
        }
        side.code(&frames.moved(frame))?;
        if progress(side.coded(), count).is_break() {
            return Err(ShotError::Cancelled);
        }
    }
    side.finish(place)
}

/// The personal side while it is made, picture by picture: draw the areas of the [`next`](Self::next) one,
/// [`put`](Self::put) each and [`code`](Self::code).
pub struct PersonalSide<'a> {
    shared: &'a SharedSide,
    coder: Coder,
    /// The numbers of the pictures in the order of coding.
    order: Vec<usize>,
    /// What was drawn last; outside of the areas it is anything.
    picture: Picture,
    area: Picture,
    samples: Vec<Sample>,
}

impl<'a> PersonalSide<'a> {
    /// Begins a shot.
    pub fn new(shared: &'a SharedSide) -> Self {
        let (settings, count) = (shared.regions.settings(), shared.pictures.len());
        let quality = Quality { qp: shared.qp, effort: Effort::Fast };
        Self {
            shared,
            coder: Coder::new(&settings.stream(), Whose::Personal, quality, count),
            order: order(count),
            picture: Picture::new(settings.width, settings.height),
            area: Picture::new(SIDE, SIDE),
            samples: Vec::new(),
        }
    }

    /// Pictures so far.
    pub fn coded(&self) -> u32 {
        self.samples.len() as u32
    }

    /// The number of the next picture and what is to be drawn of it, which may be nothing; none after the last.
    pub fn next(&self) -> Option<(u32, Vec<Area>)> {
        let coded = self.samples.len();
        let next = *self.order.get(coded)?;
        let (regions, map) = (&self.shared.regions, &self.shared.regions.maps[next]);
        let areas = match &self.shared.pictures[coded].told {
            Some(told) => regions.areas(&told.drawn(map)),
            None => regions.areas(map),
        };
        Some((next as u32, areas))
    }

    /// Takes over one of the areas, drawn as opaque RGBA.
    pub fn put(&mut self, area: Area, rgba: &[u8]) -> Result<(), ShotError> {
        if rgba.len() != (area.width * area.height * 4) as usize {
            return Err(ShotError::WrongSize { frame: self.coded(), bytes: rgba.len() });
        }
        if (self.area.width(), self.area.height()) != (area.width, area.height) {
            self.area = Picture::new(area.width, area.height);
        }
        self.area.set_rgba(rgba);
        self.picture.put(&self.area, area.x, area.y);
        Ok(())
    }

    /// Codes the next picture, whose areas are there; nothing after the last. `moved` is what is known to move in it.
    pub fn code(&mut self, moved: &[Moved]) -> Result<(), ShotError> {
        let coded = self.samples.len();
        let Some(next) = self.order.get(coded) else { return Ok(()) };
        let (picture, map) = (&self.shared.pictures[coded], &self.shared.regions.maps[*next]);
        let drawn = view(&self.picture);
        let own = match &picture.told {
            Some(told) => self.coder.code_told(&drawn, map, moved, told).ok_or(ShotError::OtherShot)?,
            None => self.coder.code(&drawn, map, moved),
        };
        self.samples.push(Sample::of_units(*next as u32, assemble(&picture.slices, &own)));
        Ok(())
    }

    /// The shot, once all pictures are coded.
    pub fn finish(self, place: SegmentPlace) -> Result<Segment, ShotError> {
        let frames = self.coded();
        if frames != self.shared.regions.frames() {
            return Err(ShotError::WrongPicture(frames));
        }
        Ok(Segment { bytes: fragment(&self.samples, place)?, frames })
    }
}

/// What the bytes of a shared side begin with; the last one is the version.
const MAGIC: &[u8] = b"SIDE\x05";

impl SharedSide {
    /// Where the other side belongs.
    pub fn regions(&self) -> &Regions {
        &self.regions
    }

    /// Whether the shot had better be made in two sides than whole.
    pub fn pays(&self) -> bool {
        self.regions.pays()
    }

    /// To be kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let Regions { width, height, fps, maps } = &self.regions;
        for number in [*width, *height, *fps, u32::from(self.qp), maps.len() as u32] {
            put_number(&mut out, number as usize);
        }
        for (frame, picture) in order(maps.len()).into_iter().zip(&self.pictures) {
            let map = &maps[frame];
            // Shared and personal ones by turns; the first may be none.
            let runs = map.runs();
            let starts_personal = runs.first().is_some_and(|run| run.whose == Whose::Personal);
            put_number(&mut out, runs.len() + usize::from(starts_personal));
            if starts_personal {
                put_number(&mut out, 0);
            }
            runs.iter().for_each(|run| put_number(&mut out, run.count));
            picture.slices.iter().for_each(|slice| put_bytes(&mut out, &slice.unit));
            // Nothing stands for what is to be drawn.
            put_bytes(&mut out, &picture.told.as_ref().map_or_else(Vec::new, Told::to_bytes));
        }
        out
    }

    /// What was kept; `None` when it is damaged or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = Rest(bytes.strip_prefix(MAGIC)?);
        let numbers = [rest.number()?, rest.number()?, rest.number()?, rest.number()?, rest.number()?];
        let [width, height, fps, qp, count] = numbers.map(|number| number as u32);
        let is_sound =
            (16..=4096).contains(&width) && (16..=4096).contains(&height) && qp <= 47 && count >= 2;
        if !is_sound {
            return None;
        }
        let (across, down) = grid(width, height);
        // No more than there can be: each takes a number at least.
        if count as usize > rest.0.len() / 4 {
            return None;
        }
        let (mut maps, mut pictures) = (BTreeMap::new(), Vec::new());
        for frame in order(count as usize) {
            let map = Map::new(across, rest.flags(across * down)?);
            let shared = map.runs().into_iter().filter(|run| run.whose == Whose::Shared);
            let slice = |first| Some(Slice { first, unit: rest.bytes()?.to_vec() });
            let slices = shared.map(|run| run.first).map(slice).collect::<Option<Vec<Slice>>>()?;
            let told = Some(rest.bytes()?).filter(|told| !told.is_empty());
            let told = told.map(|told| Told::from_bytes(told, map.personal()));
            pictures.push(Coded { slices, told: told.map_or(Some(None), |told| told.map(Some))? });
            maps.insert(frame, map);
        }
        let regions = Regions { width, height, fps, maps: maps.into_values().collect() };
        rest.0.is_empty().then_some(Self { qp: qp as u8, regions, pictures })
    }
}

fn put_number(out: &mut Vec<u8>, number: usize) {
    out.extend_from_slice(&(number as u32).to_le_bytes());
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// What is still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn number(&mut self) -> Option<usize> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*number) as usize)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    /// So many flags, written as lengths of unset and set ones by turns.
    fn flags(&mut self, count: usize) -> Option<Vec<bool>> {
        let mut flags = Vec::with_capacity(count);
        for turn in 0..self.number()? {
            let length = self.number()?;
            if length > count - flags.len() {
                return None;
            }
            flags.resize(flags.len() + length, turn % 2 == 1);
        }
        (flags.len() == count).then_some(flags)
    }
}

#[cfg(test)]
mod tests {
    use region::Ways;

    use super::*;
    use crate::{Decoder, Fragment, ParameterSets, TestPattern, ssim, to_stream};

    const FRAMES: u32 = 12;

    /// Everyone's picture with something of one child in it, which moves.
    struct Child {
        everyones: TestPattern,
        own: TestPattern,
        whole: Vec<u8>,
        area: Vec<u8>,
    }

    fn settings() -> Settings {
        Settings::new(320, 180, 24)
    }

    fn child(seed: u32) -> Child {
        let pattern = |seed| TestPattern::new(320, 180, FRAMES, seed);
        Child { everyones: pattern(1), own: pattern(seed), whole: Vec::new(), area: Vec::new() }
    }

    /// Where the child is; at the bottom it ends with the picture, within a macroblock.
    fn places(frame: u32) -> Vec<Area> {
        let one = Area { x: 40 + frame * 3, y: 121, width: 50, height: 59 };
        vec![one, Area { x: 200, y: 20 + frame, width: 21, height: 9 }]
    }

    fn area_of(whole: &[u8], area: Area) -> Vec<u8> {
        let rows = whole.chunks(320 * 4).skip(area.y as usize).take(area.height as usize);
        rows.flat_map(|row| &row[area.x as usize * 4..][..area.width as usize * 4]).copied().collect()
    }

    impl Frames for Child {
        fn frames(&self) -> u32 {
            FRAMES
        }

        fn draw(&mut self, frame: u32) -> &[u8] {
            self.whole = self.everyones.draw(frame).to_vec();
            let own = self.own.draw(frame);
            for area in places(frame) {
                for y in area.y..area.y + area.height {
                    let at = ((y * 320 + area.x) * 4) as usize;
                    let row = at..at + area.width as usize * 4;
                    self.whole[row.clone()].copy_from_slice(&own[row]);
                }
            }
            &self.whole
        }
    }

    impl AreaFrames for Child {
        fn frames(&self) -> u32 {
            FRAMES
        }

        fn draw_area(&mut self, frame: u32, area: Area) -> &[u8] {
            self.area = area_of(self.draw(frame), area);
            &self.area
        }

        fn moved(&self, frame: u32) -> Vec<Moved> {
            let of = |Area { x, y, width, height }: Area| {
                let [left, top, right, bottom] = [x, y, x + width, y + height].map(f64::from);
                let outline = vec![[left, top], [right, top], [right, bottom], [left, bottom]];
                Moved { outline, place: [1.0, 0.0, 0.0, 1.0, left, top] }
            };
            places(frame).into_iter().map(of).collect()
        }
    }

    fn regions() -> Regions {
        Regions::new(&(0..FRAMES).map(places).collect::<Vec<_>>(), &settings())
    }

    fn go_on(_: u32, _: u32) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn shared_side() -> SharedSide {
        make_shared_side(&mut child(5), regions(), &settings(), &mut go_on).unwrap()
    }

    fn decoded(segment: &Segment) -> Vec<Picture> {
        let sets = ParameterSets::of(&settings()).unwrap();
        let fragment = Fragment::read(&segment.bytes).unwrap();
        assert!((0..).zip(&fragment.samples).all(|(at, sample)| sample.sync == (at == 0)));
        Decoder::pictures(fragment.samples.iter().map(|sample| to_stream(sample.bytes, &sets))).unwrap()
    }

    #[test]
    fn the_sides_make_a_shot_of_the_child_and_leave_the_rest_as_it_is() {
        let shared = SharedSide::from_bytes(&shared_side().to_bytes()).unwrap();
        let place = SegmentPlace { first_frame: 240, sequence: 7 };
        let films = [5, 9].map(|seed| {
            let segment = make_personal_shot(&shared, &mut child(seed), place, &mut go_on).unwrap();
            assert_eq!((segment.frames, Fragment::read(&segment.bytes).unwrap().start), (FRAMES, 240_000));
            let pictures = decoded(&segment);
            let mut alike = 0.0;
            for (frame, shown) in (0..).zip(&pictures) {
                let mut source = Picture::new(320, 180);
                source.set_rgba(child(seed).draw(frame));
                alike += ssim(&source, shown) / f64::from(FRAMES);
            }
            assert!(alike > 0.97, "{alike}");
            pictures
        });
        let [one, other] = films;
        assert_eq!((one.len(), other.len()), (FRAMES as usize, FRAMES as usize));
        let mut differing = 0;
        for ((one, other), map) in one.iter().zip(&other).zip(&shared.regions.maps) {
            for (plane, (one, other)) in one.planes().into_iter().zip(other.planes()).enumerate() {
                let (side, width) = if plane == 0 { (16, 320) } else { (8, 160) };
                for (at, (one, other)) in one.iter().zip(other).enumerate() {
                    let block = at / width / side * 20 + at % width / side;
                    assert!(one == other || map.whose(block) == Whose::Personal, "plane {plane} at {at}");
                    differing += usize::from(one != other);
                }
            }
        }
        assert!(differing > 1000, "the children differ");
    }

    /// The same on twos: with every second picture only the camera moves.
    struct OnTwos {
        child: Child,
        shown: Vec<u8>,
        /// Pixels of each picture that were drawn.
        drawn: BTreeMap<u32, u32>,
    }

    /// By how much the camera moves then.
    const PAN: usize = 3;

    impl OnTwos {
        fn new(seed: u32) -> Self {
            Self { child: child(seed), shown: Vec::new(), drawn: BTreeMap::new() }
        }
    }

    impl Frames for OnTwos {
        fn frames(&self) -> u32 {
            FRAMES
        }

        fn draw(&mut self, frame: u32) -> &[u8] {
            let by = frame as usize % 2 * PAN;
            let rows = self.child.draw(frame & !1).chunks(320 * 4);
            let moved = |row: &[u8]| [&row[by * 4..], &row[(320 - by) * 4..]].concat();
            self.shown = rows.flat_map(moved).collect();
            &self.shown
        }

        fn ways(&self, frame: u32) -> Option<Ways> {
            let own = vec![[1.0, 0.0, 0.0, 1.0, PAN as f64, 0.0]];
            (frame % 2 == 1).then_some(Ways { own, others: Vec::new() })
        }
    }

    impl AreaFrames for OnTwos {
        fn frames(&self) -> u32 {
            FRAMES
        }

        fn draw_area(&mut self, frame: u32, area: Area) -> &[u8] {
            *self.drawn.entry(frame).or_default() += area.width * area.height;
            self.child.area = area_of(self.draw(frame), area);
            &self.child.area
        }

        fn moved(&self, frame: u32) -> Vec<Moved> {
            let by = (frame as usize % 2 * PAN) as f64;
            let mut moved = self.child.moved(frame & !1);
            for moved in &mut moved {
                moved.outline.iter_mut().for_each(|corner| corner[0] -= by);
                moved.place[4] -= by;
            }
            moved
        }
    }

    #[test]
    fn where_only_the_camera_moves_little_is_drawn() {
        let wide = |area: Area| Area { x: area.x - 8, width: area.width + 16, ..area };
        let reach = |frame: u32| places(frame & !1).into_iter().map(wide).collect();
        let regions = Regions::new(&(0..FRAMES).map(reach).collect::<Vec<Vec<Area>>>(), &settings());
        let shared = make_shared_side(&mut OnTwos::new(5), regions, &settings(), &mut go_on).unwrap();
        let shared = SharedSide::from_bytes(&shared.to_bytes()).unwrap();
        let place = SegmentPlace { first_frame: 0, sequence: 1 };
        let mut frames = OnTwos::new(9);
        let segment = make_personal_shot(&shared, &mut frames, place, &mut go_on).unwrap();
        let drawn = |frame: u32| frames.drawn.get(&frame).copied().unwrap_or(0);
        // On the last ones others build, though they are odd.
        for frame in (0..FRAMES).filter(|frame| ![1, 3, 5, 7].contains(frame)) {
            assert!(drawn(frame) > 5_000, "{frame}: {}", drawn(frame));
        }
        for frame in [1, 3, 5, 7] {
            assert!(drawn(frame) * 3 < drawn(frame - 1), "{frame}: {}", drawn(frame));
        }
        for (frame, shown) in (0..).zip(decoded(&segment)) {
            let mut source = Picture::new(320, 180);
            source.set_rgba(frames.draw(frame));
            let alike = ssim(&source, &shown);
            assert!(alike > 0.95, "{frame}: {alike}");
        }
    }

    #[test]
    fn what_was_told_wrongly_is_refused() {
        let mut shared = make_shared_side(&mut OnTwos::new(5), regions(), &settings(), &mut go_on).unwrap();
        let told = shared.pictures.iter_mut().find_map(|picture| picture.told.as_mut()).unwrap();
        let mut bytes = told.to_bytes();
        // Far away, each that is not to be drawn.
        let runs = bytes.chunks_exact_mut(6).filter(|run| run[2..4] != i16::MIN.to_le_bytes());
        runs.for_each(|run| run[2..4].copy_from_slice(&1900i16.to_le_bytes()));
        let count = (0..300).find(|count| Told::from_bytes(&bytes, *count).is_some()).unwrap();
        *told = Told::from_bytes(&bytes, count).unwrap();
        let place = SegmentPlace { first_frame: 0, sequence: 1 };
        let made = make_personal_shot(&shared, &mut OnTwos::new(5), place, &mut go_on);
        assert_eq!(made.err(), Some(ShotError::OtherShot));
    }

    #[test]
    fn a_shared_side_is_read_as_it_was_written_or_not_at_all() {
        let shared = shared_side();
        let bytes = shared.to_bytes();
        assert_eq!(SharedSide::from_bytes(&bytes).as_ref(), Some(&shared));
        assert!(SharedSide::from_bytes(&[&bytes[..], &[0]].concat()).is_none());
        for end in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
            assert!(SharedSide::from_bytes(&bytes[..end]).is_none(), "cut off at {end}");
        }
        let mut other = bytes;
        other[4] += 1;
        assert!(SharedSide::from_bytes(&other).is_none(), "another version");
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let shared = shared_side();
        let mut short = TestPattern::new(320, 180, FRAMES - 1, 1);
        let refused = make_shared_side(&mut short, regions(), &settings(), &mut go_on);
        assert_eq!(refused, Err(ShotError::OtherShot));
        let place = SegmentPlace { first_frame: 0, sequence: 1 };
        assert_eq!(PersonalSide::new(&shared).finish(place), Err(ShotError::WrongPicture(0)));
    }

    #[test]
    fn areas_hold_all_that_is_personal_and_pay_where_that_is_little() {
        let regions = regions();
        for map in &regions.maps {
            let areas = regions.areas(map);
            assert!(areas.len() <= 2, "{areas:?}");
            let holds = |at: usize| {
                let (x, y) = (at as u32 % 20 * SIDE, at as u32 / 20 * SIDE);
                let inside = |area: &Area| {
                    x >= area.x && x < area.x + area.width && y >= area.y && y < area.y + area.height
                };
                areas.iter().any(inside)
            };
            assert!((0..map.len()).all(|at| map.whose(at) == Whose::Shared || holds(at)));
            assert!(areas.iter().all(|area| area.x + area.width <= 320 && area.y + area.height <= 180));
        }
        assert!(regions.pays(), "{} {:?}", regions.share(), regions.slices());
        let all = Area { x: 0, y: 0, width: 320, height: 128 };
        assert!(!Regions::new(&vec![vec![all]; 3], &settings()).pays());
    }
}
