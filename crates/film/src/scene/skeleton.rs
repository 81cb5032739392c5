//! The middle of the strokes of a letter: where a brush, or a row of flowers, would go.
//!
//! The outline is set into a coarse grid, thinned to lines one cell wide (Zhang and Suen, 1984), and
//! the lines are walked from end to end.

use vello_cpu::kurbo::{BezPath, PathSeg, Point, Rect, Shape};

/// Cells along the larger side of a letter.
const CELLS: f64 = 96.0;
/// More than roundings make of the box of a curve.
const SLACK: f64 = 1e-6;

/// Points along the strokes of a letter, about `spacing` apart, stroke by stroke.
pub(super) fn points_along(outline: &BezPath, spacing: f64) -> Vec<Point> {
    let bounds = outline.bounding_box();
    let side = bounds.width().max(bounds.height());
    if !(side > 0.0 && side.is_finite()) {
        return Vec::new();
    }
    let cell = side / CELLS;
    let mut grid = Grid::of(outline, bounds.x0, bounds.y0, cell, bounds.width(), bounds.height());
    let blots = grid.blots();
    grid.thin();
    grid.keep_one_of_each(&blots);
    let mut points = Vec::new();
    for line in grid.lines() {
        let line: Vec<Point> = smooth(&line)
            .into_iter()
            .map(|p| Point::new(bounds.x0 + (p.x - 0.5) * cell, bounds.y0 + (p.y - 0.5) * cell))
            .collect();
        spaced(&line, spacing, &mut points);
    }
    if points.is_empty() {
        // A dot: its stroke is a point.
        points.push(bounds.center());
    }
    points
}

struct Grid {
    width: usize,
    height: usize,
    cells: Vec<bool>,
}

impl Grid {
    /// One empty cell around; a cell is set if its centre lies inside.
    fn of(outline: &BezPath, x0: f64, y0: f64, cell: f64, width: f64, height: f64) -> Self {
        let (w, h) = ((width / cell).ceil() as usize + 2, (height / cell).ceil() as usize + 2);
        let mut cells = vec![false; w * h];
        let segments: Vec<(PathSeg, Rect)> =
            outline.segments().map(|segment| (segment, Shape::bounding_box(&segment))).collect();
        for (y, row) in cells.chunks_exact_mut(w).enumerate().take(h - 1).skip(1) {
            let middle = y0 + (y as f64 - 0.5) * cell;
            // Only what passes the row counts for its cells.
            let passes = |(_, on): &&(PathSeg, Rect)| on.y0 - SLACK <= middle && middle <= on.y1 + SLACK;
            let passing = segments.iter().filter(passes).map(|(segment, _)| *segment);
            let passing = BezPath::from_path_segments(passing);
            for (x, set) in row.iter_mut().enumerate().take(w - 1).skip(1) {
                let centre = Point::new(x0 + (x as f64 - 0.5) * cell, middle);
                *set = passing.winding(centre) != 0;
            }
        }
        Self { width: w, height: h, cells }
    }

    /// The eight neighbours, clockwise from above.
    fn around(&self, at: usize) -> [usize; 8] {
        let w = self.width;
        [at - w, at - w + 1, at + 1, at + w + 1, at + w, at + w - 1, at - 1, at - w - 1]
    }

    /// What hangs together: the body of a letter, each of its dots and accents.
    fn blots(&self) -> Vec<Vec<usize>> {
        let mut left = self.cells.clone();
        let mut blots = Vec::new();
        while let Some(first) = left.iter().position(|set| *set) {
            left[first] = false;
            let (mut blot, mut seen) = (vec![first], 0);
            while let Some(&at) = blot.get(seen) {
                seen += 1;
                for next in self.around(at).into_iter().filter(|i| left[*i]).collect::<Vec<_>>() {
                    left[next] = false;
                    blot.push(next);
                }
            }
            blots.push(blot);
        }
        blots
    }

    /// A dot can be thinned to nothing: its middle stays.
    fn keep_one_of_each(&mut self, blots: &[Vec<usize>]) {
        for blot in blots {
            if blot.iter().all(|at| !self.cells[*at]) {
                let y = blot.iter().map(|at| at / self.width).sum::<usize>() / blot.len();
                let x = blot.iter().map(|at| at % self.width).sum::<usize>() / blot.len();
                self.cells[y * self.width + x] = true;
            }
        }
    }

    fn thin(&mut self) {
        loop {
            let mut changed = false;
            for pass in 0..2 {
                let mut gone = Vec::new();
                for y in 1..self.height - 1 {
                    for x in 1..self.width - 1 {
                        let at = y * self.width + x;
                        if self.cells[at] && self.thinnable(at, pass) {
                            gone.push(at);
                        }
                    }
                }
                changed |= !gone.is_empty();
                gone.into_iter().for_each(|at| self.cells[at] = false);
            }
            if !changed {
                break;
            }
        }
    }

    fn thinnable(&self, at: usize, pass: usize) -> bool {
        let p = self.around(at).map(|i| self.cells[i]);
        let set = p.iter().filter(|c| **c).count();
        let turns = (0..8).filter(|&i| !p[i] && p[(i + 1) % 8]).count();
        let (a, b) = if pass == 0 {
            (p[0] && p[2] && p[4], p[2] && p[4] && p[6])
        } else {
            (p[0] && p[2] && p[6], p[0] && p[4] && p[6])
        };
        (2..=6).contains(&set) && turns == 1 && !a && !b
    }

    /// The lines of cells, walked from their ends (or anywhere, for rings), straight on where lines
    /// meet; the lines that start farther left come first.
    fn lines(&self) -> Vec<Vec<Point>> {
        let mut left = self.cells.clone();
        let mut lines = Vec::new();
        loop {
            let open = |at: &usize| self.around(*at).iter().filter(|i| left[**i]).count() == 1;
            let by_column = |at: &usize| (at % self.width, at / self.width);
            let set: Vec<usize> = (0..left.len()).filter(|at| left[*at]).collect();
            let ends = set.iter().copied().filter(open).min_by_key(by_column);
            let Some(start) = ends.or_else(|| set.iter().copied().min_by_key(by_column)) else { break };
            let mut line = vec![start];
            left[start] = false;
            let mut heading = (0_i64, 0_i64);
            let mut at = start;
            loop {
                let (x, y) = ((at % self.width) as i64, (at / self.width) as i64);
                let step = |i: usize| ((i % self.width) as i64 - x, (i / self.width) as i64 - y);
                let straight = |i: &usize| {
                    let (dx, dy) = step(*i);
                    dx * heading.0 + dy * heading.1
                };
                let Some(next) = self.around(at).into_iter().filter(|i| left[*i]).max_by_key(straight) else {
                    break;
                };
                let (dx, dy) = step(next);
                // The heading remembers a few steps.
                heading = (heading.0 * 2 / 3 + dx * 3, heading.1 * 2 / 3 + dy * 3);
                left[next] = false;
                line.push(next);
                at = next;
            }
            // Where a ring was opened or a stroke began at another, take the touching cell along.
            let joins = |at: usize| {
                self.around(at).into_iter().find(|i| self.cells[*i] && !left[*i] && !line.contains(i))
            };
            let (head, tail) = (joins(line[0]), joins(line[line.len() - 1]));
            // A short line is a spur that the thinning left, unless it touches nothing: then it is a dot.
            let is_dot = head.is_none() && tail.is_none();
            line.splice(0..0, head);
            line.extend(tail);
            if line.len() >= 4 || is_dot {
                lines.push(
                    line.into_iter()
                        .map(|i| Point::new((i % self.width) as f64, (i / self.width) as f64))
                        .collect(),
                );
            }
        }
        lines
    }
}

/// The steps of the grid smoothed out.
fn smooth(line: &[Point]) -> Vec<Point> {
    (0..line.len())
        .map(|i| {
            let reach = 3.min(i).min(line.len() - 1 - i);
            let near = &line[i - reach..=i + reach];
            let sum = near.iter().fold((0.0, 0.0), |(x, y), p| (x + p.x, y + p.y));
            Point::new(sum.0 / near.len() as f64, sum.1 / near.len() as f64)
        })
        .collect()
}

/// Points evenly spaced along a line, including both ends, but none close to a point that is there.
fn spaced(line: &[Point], spacing: f64, points: &mut Vec<Point>) {
    let length: f64 = line.windows(2).map(|w| w[0].distance(w[1])).sum();
    let steps = (length / spacing).round().max(1.0);
    let step = length / steps;
    let mut place = |at: Point| {
        if points.iter().all(|p| p.distance(at) > spacing * 0.55) {
            points.push(at);
        }
    };
    let (mut walked, mut next) = (0.0, 0.0);
    for pair in line.windows(2) {
        let long = pair[0].distance(pair[1]);
        while next <= walked + long + 1e-6 && long > 0.0 {
            place(pair[0].lerp(pair[1], ((next - walked) / long).clamp(0.0, 1.0)));
            next += step;
        }
        walked += long;
    }
    if let Some(last) = line.last() {
        place(*last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vello_cpu::kurbo::{Circle, Rect};

    #[test]
    fn a_bar_becomes_a_row_along_its_middle() {
        let bar = Rect::new(0.0, 0.0, 300.0, 30.0).to_path(0.1);
        let points = points_along(&bar, 25.0);
        assert!((8..=13).contains(&points.len()), "{}", points.len());
        assert!(points.iter().all(|p| (p.y - 15.0).abs() < 8.0));
        assert!(points.windows(2).all(|w| w[1].x > w[0].x));
    }

    #[test]
    fn a_ring_is_walked_round() {
        let mut ring = Circle::new((100.0, 100.0), 100.0).to_path(0.1);
        ring.extend(Circle::new((100.0, 100.0), 70.0).to_path(0.1).reverse_subpaths());
        let points = points_along(&ring, 40.0);
        assert!((11..=16).contains(&points.len()), "{}", points.len());
        assert!(points.iter().all(|p| (p.distance(Point::new(100.0, 100.0)) - 85.0).abs() < 8.0));
    }

    #[test]
    fn a_dot_is_one_point() {
        assert_eq!(points_along(&Circle::new((5.0, 5.0), 5.0).to_path(0.1), 20.0).len(), 1);
    }

    #[test]
    fn a_letter_keeps_its_dots() {
        for radius in [3.0, 5.0, 8.0, 13.0] {
            let mut letter = Rect::new(40.0, 100.0, 60.0, 300.0).to_path(0.1);
            letter.extend(Circle::new((20.0, 40.0), radius).to_path(0.1));
            letter.extend(Circle::new((80.0, 40.0), radius).to_path(0.1));
            let points = points_along(&letter, 30.0);
            let dots: Vec<&Point> = points.iter().filter(|p| p.y < 90.0).collect();
            assert_eq!(dots.len(), 2, "radius {radius}: {points:?}");
            assert!(dots.iter().all(|p| (p.y - 40.0).abs() < 5.0), "{dots:?}");
        }
    }
}
