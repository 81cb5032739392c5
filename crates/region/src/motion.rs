//! Prediction from the picture before (Rec. ITU-T H.264, 8.4.2.2), and what a vector reads of it.

use crate::frame::{Frame, Plane};
use crate::kernels::{self, Halves, mean, means};

/// A motion vector in quarter samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Vector {
    pub x: i16,
    pub y: i16,
}

impl Vector {
    pub const ZERO: Self = Self { x: 0, y: 0 };

    pub fn new(x: i32, y: i32) -> Self {
        Self { x: x as i16, y: y as i16 }
    }

    pub fn plus(self, x: i32, y: i32) -> Self {
        Self::new(i32::from(self.x) + x, i32::from(self.y) + y)
    }

    /// Whether neither coordinate is farther than so much from another's.
    pub fn is_within(self, other: Self, most: u16) -> bool {
        self.x.abs_diff(other.x) <= most && self.y.abs_diff(other.y) <= most
    }

    /// The nearest whole sample.
    pub fn rounded(self) -> Self {
        Self { x: (self.x + 2) & !3, y: (self.y + 2) & !3 }
    }
}

/// Which macroblocks of the picture before may be read.
pub(crate) struct Readable<'a> {
    pub may: &'a [bool],
    pub across: usize,
    pub down: usize,
}

/// How far past the picture's border vectors may point, in samples.
const PAST: i32 = 16;

/// How far vectors may always point where all around is readable: a macroblock without the filter's margin.
const NEAR: i16 = 12 * 4;

impl Readable<'_> {
    /// Whether a macroblock and all around it may be read, none of it past the border.
    pub fn all_around(&self, column: usize, row: usize) -> bool {
        (1..self.across - 1).contains(&column)
            && (1..self.down - 1).contains(&row)
            && (row - 1..=row + 1).all(|row| {
                let at = row * self.across + column;
                self.may[at - 1] && self.may[at] && self.may[at + 1]
            })
    }

    /// Whether a vector is one that may be used wherever [`all_around`](Self::all_around) holds.
    #[inline]
    pub fn is_near(vector: Vector) -> bool {
        (-NEAR..=NEAR).contains(&vector.x) && (-NEAR..=NEAR).contains(&vector.y)
    }

    /// Whether all that prediction of a part of luma reads, and that of its chroma, may be read. Samples past the
    /// border are those of the border.
    #[inline]
    pub fn allows(&self, x: usize, y: usize, width: usize, height: usize, vector: Vector) -> bool {
        let span = |at: usize, length: usize, v: i16, blocks: usize| {
            let whole = at as i32 + (i32::from(v) >> 2);
            let (mut first, mut last) = (whole, whole + length as i32 - 1);
            if v & 3 != 0 {
                (first, last) = (first - 2, last + 3);
            }
            // Chroma reads one sample more to interpolate between eighths.
            if v & 7 != 0 {
                let chroma = (at / 2) as i32 + (i32::from(v) >> 3);
                (first, last) = (first.min(chroma * 2), last.max((chroma + length as i32 / 2) * 2 + 1));
            }
            let end = blocks as i32 * 16 - 1;
            if first < -PAST || last > end + PAST {
                return None;
            }
            Some((first.clamp(0, end) as usize / 16, last.clamp(0, end) as usize / 16))
        };
        let Some((left, right)) = span(x, width, vector.x, self.across) else { return false };
        let Some((top, bottom)) = span(y, height, vector.y, self.down) else { return false };
        (top..=bottom)
            .all(|row| self.may[row * self.across + left..=row * self.across + right].iter().all(|may| *may))
    }
}

/// What is read for a part of 16 x 16 with the margins of the filter.
const WINDOW: usize = 24;

/// Part of a plane around a place, from two samples left of it and above.
struct Window<'a> {
    data: &'a [u8],
    stride: usize,
}

/// Does something with the window around a place; where it reaches past the border, with a copy that repeats the border.
#[inline]
fn with_window<T>(plane: &Plane, x: i32, y: i32, side: usize, run: impl FnOnce(&Window<'_>) -> T) -> T {
    let (left, top) = (x - 2, y - 2);
    let inside =
        left >= 0 && top >= 0 && left as usize + side <= plane.width && top as usize + side <= plane.height;
    if inside {
        let data = &plane.data[top as usize * plane.width + left as usize..];
        return run(&Window { data, stride: plane.width });
    }
    let mut held = [0; WINDOW * WINDOW];
    let end = plane.width as i32 - 1;
    let before = (-left).clamp(0, side as i32) as usize;
    let after = (left + side as i32 - 1 - end).clamp(0, side as i32) as usize;
    for (line, row) in held.chunks_exact_mut(WINDOW).take(side).enumerate() {
        let from = (top + line as i32).clamp(0, plane.height as i32 - 1) as usize * plane.width;
        let from = &plane.data[from..from + plane.width];
        row[..before].fill(from[0]);
        if before + after < side {
            let first = (left + before as i32) as usize;
            row[before..side - after].copy_from_slice(&from[first..first + side - after - before]);
        }
        row[side - after..side].fill(from[end as usize]);
    }
    run(&Window { data: &held, stride: WINDOW })
}

#[inline]
fn six(a: i16, b: i16, c: i16, d: i16, e: i16, f: i16) -> i16 {
    (a + f) - 5 * (b + e) + 20 * (c + d)
}

impl Window<'_> {
    /// Samples of a row, from the window's column and line on.
    #[inline]
    fn row<const N: usize>(&self, column: usize, line: usize) -> &[u8; N] {
        let at = line * self.stride + column;
        self.data[at..at + N].try_into().expect("a range of N")
    }

    fn whole<const W: usize>(&self, column: usize, line: usize, out: &mut [u8]) {
        for (row, out) in out.chunks_exact_mut(16).enumerate() {
            out[..W].copy_from_slice(self.row::<W>(2 + column, 2 + line + row));
        }
    }

    /// Half a sample to the right.
    fn right<const W: usize>(&self, line: usize, out: &mut [u8]) {
        for (row, out) in out.chunks_exact_mut(16).enumerate() {
            let at = (2 + line + row) * self.stride;
            let from = &self.data[at..at + W + 5];
            let out = &mut out[..W];
            for x in 0..W {
                let s = |i: usize| i16::from(from[x + i]);
                out[x] = ((six(s(0), s(1), s(2), s(3), s(4), s(5)) + 16) >> 5).clamp(0, 255) as u8;
            }
        }
    }

    /// Half a sample down.
    fn down<const W: usize>(&self, column: usize, out: &mut [u8]) {
        for (row, out) in out.chunks_exact_mut(16).enumerate() {
            let rows: [&[u8; W]; 6] = std::array::from_fn(|i| self.row::<W>(2 + column, row + i));
            let out = &mut out[..W];
            for x in 0..W {
                let s = |i: usize| i16::from(rows[i][x]);
                out[x] = ((six(s(0), s(1), s(2), s(3), s(4), s(5)) + 16) >> 5).clamp(0, 255) as u8;
            }
        }
    }

    /// Half a sample to the right and down.
    fn middle<const W: usize>(&self, out: &mut [u8]) {
        let height = out.len() / 16;
        let mut half = [[0i16; W]; 21];
        for (row, half) in half.iter_mut().enumerate().take(height + 5) {
            let at = row * self.stride;
            let from = &self.data[at..at + W + 5];
            for x in 0..W {
                let s = |i: usize| i16::from(from[x + i]);
                half[x] = six(s(0), s(1), s(2), s(3), s(4), s(5));
            }
        }
        for (row, out) in out.chunks_exact_mut(16).enumerate() {
            let out = &mut out[..W];
            for x in 0..W {
                let s = |i: usize| i32::from(half[row + i][x]);
                let sum = (s(0) + s(5)) - 5 * (s(1) + s(4)) + 20 * (s(2) + s(3));
                out[x] = ((sum + 512) >> 10).clamp(0, 255) as u8;
            }
        }
    }
}

/// A picture that others build on, with luma between its samples: half a sample to the right, down, and both.
pub(crate) struct Reference {
    pub frame: Frame,
    halves: [Plane; 3],
}

const WHOLE: usize = 0;
const RIGHT: usize = 1;
const DOWN: usize = 2;
const MIDDLE: usize = 3;

/// Which two of the four kinds of places a vector's fraction lies between (8.4.2.2.1), by rows of four: the first is one
/// line further down for three quarters down, the second one column further to the right for three quarters.
const BETWEEN: [(usize, usize); 16] = [
    (WHOLE, WHOLE),
    (RIGHT, WHOLE),
    (RIGHT, RIGHT),
    (RIGHT, WHOLE),
    (WHOLE, DOWN),
    (RIGHT, DOWN),
    (RIGHT, MIDDLE),
    (RIGHT, DOWN),
    (DOWN, DOWN),
    (MIDDLE, DOWN),
    (MIDDLE, MIDDLE),
    (MIDDLE, DOWN),
    (WHOLE, DOWN),
    (RIGHT, DOWN),
    (RIGHT, MIDDLE),
    (RIGHT, DOWN),
];

impl Reference {
    pub fn new(frame: Frame) -> Self {
        let plane = &frame.planes[0];
        Self { halves: [plane.clone(), plane.clone(), plane.clone()], frame }
    }

    /// Works out what lies between the samples of one macroblock. What it reads must be ready.
    pub fn fill(&mut self, column: usize, row: usize) {
        let (x, y) = (column * 16, row * 16);
        let mut out = Halves { right: [[0; 16]; 16], down: [[0; 16]; 16], middle: [[0; 16]; 16] };
        with_window(&self.frame.planes[0], x as i32, y as i32, 21, |window| {
            kernels::halves(window.data, window.stride, &mut out);
        });
        for (plane, out) in self.halves.iter_mut().zip([&out.right, &out.down, &out.middle]) {
            for (line, out) in out.iter().enumerate() {
                *plane.row_mut::<16>(x, y + line) = *out;
            }
        }
    }

    fn plane(&self, kind: usize) -> &Plane {
        if kind == WHOLE { &self.frame.planes[0] } else { &self.halves[kind - 1] }
    }

    /// The two planes that a vector's block lies between, each with where it starts there; none past the border.
    #[inline]
    fn between(
        &self,
        x: usize,
        y: usize,
        width: usize,
        height: usize,
        vector: Vector,
    ) -> Option<[(&Plane, usize); 2]> {
        let (px, py) = (x as i32 + i32::from(vector.x >> 2), y as i32 + i32::from(vector.y >> 2));
        let plane = &self.frame.planes[0];
        if px < 0 || py < 0 || px as usize + width >= plane.width || py as usize + height >= plane.height {
            return None;
        }
        let at = py as usize * plane.width + px as usize;
        let (fx, fy) = (vector.x as usize & 3, vector.y as usize & 3);
        let (first, second) = BETWEEN[fy * 4 + fx];
        let lower = if fy == 3 { at + plane.width } else { at };
        Some([(self.plane(first), lower), (self.plane(second), at + usize::from(fx == 3))])
    }

    /// Luma of a part `W` wide (16 or 8); `out` has rows of 16 and as many as the part.
    pub fn luma<const W: usize>(&self, x: usize, y: usize, vector: Vector, out: &mut [u8]) {
        let Some([(one, first), (two, second)]) = self.between(x, y, W, out.len() / 16, vector) else {
            return luma::<W>(&self.frame.planes[0], x, y, vector, out);
        };
        let is_half = vector.x & 1 == 0 && vector.y & 1 == 0;
        for (line, out) in out.chunks_exact_mut(16).enumerate() {
            let one = one.from::<W>(first + line * one.width);
            let out = &mut out[..W];
            if is_half {
                out.copy_from_slice(one);
            } else {
                out.copy_from_slice(&means(one, two.from::<W>(second + line * two.width)));
            }
        }
    }

    /// How far a part `W` wide (16 or 8) of a macroblock's luma is from what a vector predicts, or `most` and more when
    /// it is as far as that. `luma` begins with the part and has rows of 16.
    #[inline]
    pub fn difference<const W: usize>(
        &self,
        luma: &[u8],
        height: usize,
        [x, y]: [usize; 2],
        vector: Vector,
        most: u32,
    ) -> u32 {
        let Some([(one, first), (two, second)]) = self.between(x, y, W, height, vector) else {
            let mut held = [0; 256];
            self::luma::<W>(&self.frame.planes[0], x, y, vector, &mut held[..height * 16]);
            return kernels::difference::<W>(luma, height, &held, 16, most);
        };
        let (apart, one) = (one.width, &one.data[first..]);
        if vector.x & 1 == 0 && vector.y & 1 == 0 {
            return kernels::difference::<W>(luma, height, one, apart, most);
        }
        kernels::difference_between::<W>(luma, height, [one, &two.data[second..]], apart, most)
    }
}

/// Luma of a part `W` wide (16 or 8), wherever it points; `out` has rows of 16 and as many as the part.
fn luma<const W: usize>(plane: &Plane, x: usize, y: usize, vector: Vector, out: &mut [u8]) {
    let at = |place: usize, v: i16| place as i32 + (i32::from(v) >> 2);
    let side = W.max(out.len() / 16) + 5;
    with_window(plane, at(x, vector.x), at(y, vector.y), side, |window| luma_of::<W>(window, vector, out));
}

fn luma_of<const W: usize>(window: &Window<'_>, vector: Vector, out: &mut [u8]) {
    let (fx, fy) = (vector.x & 3, vector.y & 3);
    let (column, line) = (usize::from(fx == 3), usize::from(fy == 3));
    match (fx, fy) {
        (0, 0) => return window.whole::<W>(0, 0, out),
        (2, 2) => return window.middle::<W>(out),
        (2, 0) => return window.right::<W>(0, out),
        (0, 2) => return window.down::<W>(0, out),
        _ => {}
    }
    // A quarter lies between two of the nearest whole and half places (8.4.2.2.1).
    let mut second = [0u8; 256];
    let second = &mut second[..out.len()];
    match (fx, fy) {
        (_, 0) => {
            window.whole::<W>(column, 0, out);
            window.right::<W>(0, second);
        }
        (0, _) => {
            window.whole::<W>(0, line, out);
            window.down::<W>(0, second);
        }
        (2, _) => {
            window.right::<W>(line, out);
            window.middle::<W>(second);
        }
        (_, 2) => {
            window.down::<W>(column, out);
            window.middle::<W>(second);
        }
        _ => {
            window.right::<W>(line, out);
            window.down::<W>(column, second);
        }
    }
    for (one, other) in out.iter_mut().zip(second) {
        *one = mean(*one, *other);
    }
}

/// Chroma of a part `W` wide (8 or 4); `out` has rows of 8 and as many as the part.
pub(crate) fn chroma<const W: usize>(plane: &Plane, x: usize, y: usize, vector: Vector, out: &mut [u8]) {
    let at = |place: usize, v: i16| place as i32 + (i32::from(v) >> 3);
    let side = W.max(out.len() / 8) + 3;
    with_window(plane, at(x, vector.x), at(y, vector.y), side, |window| chroma_of::<W>(window, vector, out));
}

fn chroma_of<const W: usize>(window: &Window<'_>, vector: Vector, out: &mut [u8]) {
    let (fx, fy) = (vector.x as u16 & 7, vector.y as u16 & 7);
    if fx == 0 && fy == 0 {
        for (row, out) in out.chunks_exact_mut(8).enumerate() {
            out[..W].copy_from_slice(window.row::<W>(2, 2 + row));
        }
        return;
    }
    let [a, b, c, d] = [(8 - fx) * (8 - fy), fx * (8 - fy), (8 - fx) * fy, fx * fy];
    for (row, out) in out.chunks_exact_mut(8).enumerate() {
        let [one, right] = [2, 3].map(|column| window.row::<W>(column, 2 + row));
        let [below, last] = [2, 3].map(|column| window.row::<W>(column, 3 + row));
        let out = &mut out[..W];
        for x in 0..W {
            let s = |row: &[u8; W]| u16::from(row[x]);
            out[x] = ((a * s(one) + b * s(right) + c * s(below) + d * s(last) + 32) >> 6) as u8;
        }
    }
}

/// Sum of the absolute differences of two blocks.
#[inline]
pub(crate) fn difference(one: &[u8], other: &[u8]) -> u32 {
    one.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(*b))).sum()
}
