//! Where kills fell: by it a test that kills at moments drawn at random shows that it did not hit the same place each
//! time.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::ensure;

/// From so many kills on a run is one in full, and has to hit [`DISTINCT`] places.
const FULL: u32 = 100;
/// Fewer places say that the moments are drawn over the wrong time.
const DISTINCT: usize = 3;
/// The longest bar of the picture.
const WIDEST: u32 = 40;

/// How many kills fell in which place.
#[derive(Debug, Default)]
pub struct Places(BTreeMap<String, u32>);

impl Places {
    /// One more there.
    pub fn add(&mut self, place: impl Into<String>) {
        *self.0.entry(place.into()).or_default() += 1;
    }

    /// One more before something began, in its midst or after its end.
    pub fn add_around(&mut self, begun: bool, ended: bool) {
        self.add(match (begun, ended) {
            (_, true) => "after its end",
            (true, false) => "in its midst",
            (false, false) => "before it began",
        });
    }

    fn kills(&self) -> u32 {
        self.0.values().sum()
    }

    /// That a run in full hit several places; a short one may miss some.
    ///
    /// # Errors
    /// When it did not.
    pub fn are_spread(&self) -> anyhow::Result<()> {
        ensure!(
            self.kills() < FULL || self.0.len() >= DISTINCT,
            "the kills fell in fewer than {DISTINCT} places: {self}"
        );
        Ok(())
    }
}

/// A line for each place, with a bar.
impl fmt::Display for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} kills", self.kills())?;
        let most = self.0.values().max().copied().unwrap_or(1);
        for (place, kills) in &self.0 {
            let bar = "#".repeat((kills * WIDEST).div_ceil(most) as usize);
            write!(f, "\n  {kills:>5}  {bar:<40}  {place}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_in_full_hits_several_places_and_each_is_shown() {
        let mut places = Places::default();
        for _ in 0..FULL - 1 {
            places.add_around(true, false);
        }
        assert!(places.are_spread().is_ok(), "a short run may miss some");
        places.add("0 of 4 shots ready");
        let why = places.are_spread().unwrap_err().to_string();
        assert!(why.contains("fewer than 3 places: 100 kills"), "{why}");
        places.add_around(false, false);
        assert!(places.are_spread().is_ok());
        let shown = places.to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!((lines.len(), lines[0]), (4, "101 kills"));
        assert_eq!(lines[1].trim_end(), format!("      1  {:<40}  0 of 4 shots ready", "#"));
        assert_eq!(lines[3], format!("     99  {}  in its midst", "#".repeat(40)));
    }
}
