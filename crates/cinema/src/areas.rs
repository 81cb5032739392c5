//! Parts of a picture in whole macroblocks: which ones some boxes touch, and few boxes that hold them all.

use film::Area;

/// Pixels of a macroblock's side.
pub(crate) const SIDE: u32 = 16;
/// What drawing one more area costs, in macroblocks drawn.
const ONE_MORE: usize = 4;

/// Macroblocks across and down.
pub(crate) fn grid(width: u32, height: u32) -> (usize, usize) {
    (width.div_ceil(SIDE) as usize, height.div_ceil(SIDE) as usize)
}

/// The macroblocks that an area touches in a picture of a size.
pub(crate) fn cells(area: &Area, (width, height): (u32, u32)) -> impl Iterator<Item = usize> + use<> {
    let (across, down) = grid(width, height);
    let span = |from: u32, length: u32, end: usize| {
        (from / SIDE) as usize..((from + length).div_ceil(SIDE) as usize).min(end)
    };
    let (rows, columns) = (span(area.y, area.height, down), span(area.x, area.width, across));
    rows.flat_map(move |row| columns.clone().map(move |column| row * across + column))
}

/// Few areas of a picture that hold all of these macroblocks and not much more.
pub(crate) fn holding((width, height): (u32, u32), is_held: impl Fn(usize) -> bool) -> Vec<Area> {
    let pixels = |block: Block| {
        let [x, y] = [block.left, block.top].map(|at| at as u32 * SIDE);
        let [right, bottom] = [block.right, block.bottom].map(|at| at as u32 * SIDE);
        Area { x, y, width: right.min(width) - x, height: bottom.min(height) - y }
    };
    blocks(grid(width, height), is_held).into_iter().map(pixels).collect()
}

/// Few areas that hold all that these touch and not much more.
pub(crate) fn joined<'a>(areas: impl Iterator<Item = &'a Area>, size: (u32, u32)) -> Vec<Area> {
    let (across, down) = grid(size.0, size.1);
    let mut held = vec![false; across * down];
    areas.for_each(|area| cells(area, size).for_each(|at| held[at] = true));
    holding(size, |at| held[at])
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

fn blocks((across, down): (usize, usize), is_held: impl Fn(usize) -> bool) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for row in 0..down {
        let is_held = |column: &usize| is_held(row * across + column);
        let mut at = 0;
        while let Some(left) = (at..across).find(is_held) {
            let right = (left..across).find(|column| !is_held(column)).unwrap_or(across);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_hold_what_they_are_made_of_and_little_more() {
        let own = [
            Area { x: 3, y: 5, width: 40, height: 30 },
            Area { x: 40, y: 30, width: 20, height: 50 },
            Area { x: 300, y: 170, width: 20, height: 10 },
        ];
        let areas = joined(own.iter(), (320, 180));
        let holds = |x: u32, y: u32| {
            areas.iter().any(|a| (a.x..a.x + a.width).contains(&x) && (a.y..a.y + a.height).contains(&y))
        };
        for a in &own {
            assert!((a.x..a.x + a.width).all(|x| (a.y..a.y + a.height).all(|y| holds(x, y))), "{a:?}");
        }
        assert!(areas.iter().all(|a| a.x % SIDE == 0 && a.y % SIDE == 0));
        assert!(areas.iter().all(|a| a.x + a.width <= 320 && a.y + a.height <= 180));
        let drawn: u32 = areas.iter().map(|a| a.width * a.height).sum();
        assert!(drawn < 320 * 180 / 4, "{drawn}");
        assert!(joined([].iter(), (320, 180)).is_empty());
    }
}
