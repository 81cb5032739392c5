//! Which macroblocks of a picture are one customer's and which are everyone's, and the runs that become slices.

/// Whose a macroblock is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Whose {
    /// The same for everyone.
    Shared,
    /// One customer's.
    Personal,
}

/// Macroblocks in raster order that become one slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The first one's number.
    pub first: usize,
    /// How many.
    pub count: usize,
    /// Whose they are.
    pub whose: Whose,
}

/// One picture's macroblocks: whose each is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map {
    across: usize,
    personal: Vec<bool>,
}

impl Map {
    /// All of it shared.
    pub fn shared(across: usize, down: usize) -> Self {
        Self { across, personal: vec![false; across * down] }
    }

    /// From one flag for each macroblock, row by row.
    pub fn new(across: usize, personal: Vec<bool>) -> Self {
        Self { across, personal }
    }

    /// Macroblocks in a row.
    pub fn across(&self) -> usize {
        self.across
    }

    /// The macroblocks of a side, in raster order.
    pub fn of(&self, whose: Whose) -> impl Iterator<Item = usize> {
        (0..self.len()).filter(move |at| self.whose(*at) == whose)
    }

    /// How many there are of it all.
    pub fn len(&self) -> usize {
        self.personal.len()
    }

    /// Whether it has no macroblocks.
    pub fn is_empty(&self) -> bool {
        self.personal.is_empty()
    }

    /// Whose a macroblock is.
    pub fn whose(&self, at: usize) -> Whose {
        if self.personal[at] { Whose::Personal } else { Whose::Shared }
    }

    /// Makes a macroblock personal.
    pub fn claim(&mut self, at: usize) {
        self.personal[at] = true;
    }

    /// How many are personal.
    pub fn personal(&self) -> usize {
        self.personal.iter().filter(|personal| **personal).count()
    }

    /// With the gaps closed that are at most so long, row by row: each costs two slices.
    pub fn without_gaps(&self, longest: usize) -> Self {
        let mut closed = self.clone();
        for row in closed.personal.chunks_mut(self.across) {
            let mut last = None;
            for at in 0..row.len() {
                if !row[at] {
                    continue;
                }
                if let Some(last) = last
                    && at - last - 1 <= longest
                {
                    row[last..at].fill(true);
                }
                last = Some(at);
            }
        }
        closed
    }

    /// With so many macroblocks around each personal one.
    pub fn wider(&self, by: usize) -> Self {
        let mut wider = self.clone();
        let down = self.len() / self.across;
        for at in (0..self.len()).filter(|at| self.personal[*at]) {
            let (x, y) = (at % self.across, at / self.across);
            for row in y.saturating_sub(by)..=(y + by).min(down - 1) {
                let row = row * self.across;
                wider.personal[row + x.saturating_sub(by)..=row + (x + by).min(self.across - 1)].fill(true);
            }
        }
        wider
    }

    /// Its runs, in raster order.
    pub fn runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for at in 0..self.len() {
            let whose = self.whose(at);
            match runs.last_mut() {
                Some(run) if run.whose == whose => run.count += 1,
                _ => runs.push(Run { first: at, count: 1, whose }),
            }
        }
        runs
    }

    /// Which may be read by predictions of a kind.
    pub(crate) fn readable(&self, by: Whose) -> Vec<bool> {
        self.personal.iter().map(|personal| *personal == (by == Whose::Personal)).collect()
    }
}

/// One coded slice, as a bare unit without start code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// Number of its first macroblock.
    pub first: usize,
    /// The unit.
    pub unit: Vec<u8>,
}

/// Puts a picture together from shared and personal slices: its units, in the order in which they must stand.
pub fn assemble<'a>(shared: &'a [Slice], personal: &'a [Slice]) -> Vec<&'a [u8]> {
    let mut slices: Vec<&Slice> = shared.iter().chain(personal).collect();
    slices.sort_by_key(|slice| slice.first);
    slices.into_iter().map(|slice| slice.unit.as_slice()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(text: &str) -> Map {
        let across = text.find('/').unwrap_or(text.len());
        Map::new(across, text.chars().filter(|c| *c != '/').map(|c| c == 'x').collect())
    }

    #[test]
    fn runs_cross_the_ends_of_rows() {
        let of = |first, count, whose| Run { first, count, whose };
        let runs = map("...x/xx.x").runs();
        let (shared, personal) = (Whose::Shared, Whose::Personal);
        assert_eq!(runs, [of(0, 3, shared), of(3, 3, personal), of(6, 1, shared), of(7, 1, personal)]);
    }

    #[test]
    fn maps_are_widened_and_closed() {
        assert_eq!(map("x.x..x/......").without_gaps(1), map("xxx..x/......"));
        assert_eq!(map("...../..x../.....").wider(1), map(".xxx./.xxx./.xxx."));
    }
}
