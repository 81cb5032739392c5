//! Which macroblocks of a shot are personal, what of its pictures is to be drawn for them, and whether the shot had better
//! be made in two sides. It must not know how either side is coded.

use film::{Area, Room, Scene};
use region::{Map, Whose};

use super::SIDE;
use crate::settings::{MACROBLOCKS_A_SECOND, Settings};

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
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) fps: u32,
    pub(super) maps: Vec<Map>,
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
    pub(super) fn settings(&self) -> Settings {
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
    pub(super) fn areas(&self, map: &Map) -> Vec<Area> {
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
pub(super) fn grid(width: u32, height: u32) -> (usize, usize) {
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
