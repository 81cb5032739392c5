//! Periods as the policy writes them: `30 minutes`, `24 hours`, `30 days`, `1 week`, `13 months`, `1 year`.

use serde::{Deserialize, Deserializer, de::Error};

/// What a period is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 30 days: a promise of months is kept rather early than late.
    Month,
    /// 365 days.
    Year,
}

/// A span of time, as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    number: u32,
    unit: Unit,
}

impl Default for Period {
    /// No time at all, as no file can say it.
    fn default() -> Self {
        Self { number: 0, unit: Unit::Minute }
    }
}

impl Period {
    /// Reads a whole number and a unit.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, unit) = text.split_once(' ')?;
        let unit = match unit.strip_suffix('s').unwrap_or(unit) {
            "minute" => Unit::Minute,
            "hour" => Unit::Hour,
            "day" => Unit::Day,
            "week" => Unit::Week,
            "month" => Unit::Month,
            "year" => Unit::Year,
            _ => return None,
        };
        number.parse().ok().filter(|number| *number > 0).map(|number| Self { number, unit })
    }

    /// How many of the unit.
    pub fn number(self) -> u32 {
        self.number
    }

    /// What it is counted in.
    pub fn unit(self) -> Unit {
        self.unit
    }

    /// Its length in seconds.
    pub fn seconds(self) -> u64 {
        let unit = match self.unit {
            Unit::Minute => 60,
            Unit::Hour => 3600,
            Unit::Day => 24 * 3600,
            Unit::Week => 7 * 24 * 3600,
            Unit::Month => 30 * 24 * 3600,
            Unit::Year => 365 * 24 * 3600,
        };
        u64::from(self.number) * unit
    }

    /// Its length in milliseconds, as times are counted in the program.
    pub fn ms(self) -> i64 {
        i64::try_from(self.seconds() * 1000).unwrap_or(i64::MAX)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom(format!("{text:?} is no period; write for example 30 days")))
    }
}

#[cfg(test)]
mod tests {
    use super::Period;

    #[test]
    fn periods_are_read() {
        let seconds = |text| Period::parse(text).map(Period::seconds);
        assert_eq!(seconds("1 year"), Some(31_536_000));
        assert_eq!(seconds("30 minutes"), Some(1800));
        assert_eq!(seconds("1 week"), Some(604_800));
        assert_eq!(Period::parse("13 months").map(Period::ms), Some(13 * 30 * 86_400_000));
        for wrong in ["", "30", "days", "0 days", "-1 days", "1.5 days", "2 moons", "1  day", "1 dayss"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
