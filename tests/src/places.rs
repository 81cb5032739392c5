//! Where kills fell: by it a test that kills at moments drawn at random shows that it did not hit the same place each
//! time.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::ensure;

/// From so many kills on a run is one in full, and has to hit several places.
const FULL: u32 = 100;
/// Fewer places say that the moments are drawn over the wrong time.
const DISTINCT: usize = 3;
/// Where only three places are told apart, one may be missed by luck; but not the one that a test is about.
const DISTINCT_AROUND: usize = 2;
const BEFORE: &str = "before it began";
const MIDST: &str = "in its midst";
const AFTER: &str = "after its end";
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
            (_, true) => AFTER,
            (true, false) => MIDST,
            (false, false) => BEFORE,
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
        let all_around = self.0.keys().all(|place| [BEFORE, MIDST, AFTER].contains(&place.as_str()));
        let is_spread = match all_around {
            true => self.0.len() >= DISTINCT_AROUND && self.0.contains_key(MIDST),
            false => self.0.len() >= DISTINCT,
        };
        ensure!(self.kills() < FULL || is_spread, "the kills fell in too few places: {self}");
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
        assert!(why.contains("too few places: 100 kills"), "{why}");
        places.add_around(false, false);
        assert!(places.are_spread().is_ok());
        let shown = places.to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!((lines.len(), lines[0]), (4, "101 kills"));
        assert_eq!(lines[1].trim_end(), format!("      1  {:<40}  0 of 4 shots ready", "#"));
        assert_eq!(lines[3], format!("     99  {}  in its midst", "#".repeat(40)));
    }

    #[test]
    fn around_something_one_place_may_be_missed_and_its_midst_may_not() {
        let spread = |before: u32, midst: u32, after: u32| {
            let mut places = Places::default();
            for (kills, begun, ended) in [(before, false, false), (midst, true, false), (after, true, true)] {
                (0..kills).for_each(|_| places.add_around(begun, ended));
            }
            places.are_spread().is_ok()
        };
        assert!(spread(1, FULL, 0) && spread(0, FULL, 1) && spread(1, 1, FULL));
        assert!(!spread(0, FULL, 0) && !spread(FULL, 0, 1));
        assert!(spread(FULL - 2, 0, 1), "a short run may miss it");
    }
}
