//! Periods as the policy writes them: `30 minutes`, `24 hours`, `30 days`, `1 year`.

use serde::{Deserialize, Deserializer, de::Error};

/// A span of time. A year counts 365 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period(u64);

impl Period {
    /// Reads a whole number and a unit.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, unit) = text.split_once(' ')?;
        let seconds = match unit {
            "minute" | "minutes" => 60,
            "hour" | "hours" => 3600,
            "day" | "days" => 24 * 3600,
            "year" | "years" => 365 * 24 * 3600,
            _ => return None,
        };
        number
            .parse::<u32>()
            .ok()
            .filter(|number| *number > 0)
            .map(|number| Self(u64::from(number) * seconds))
    }

    /// Its length in seconds.
    pub fn seconds(self) -> u64 {
        self.0
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
        for wrong in ["", "30", "days", "0 days", "-1 days", "1.5 days", "2 weeks", "1  day"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
