//! Periods as the policy writes them: `30 minutes`, `24 hours`, `30 days`, `1 week`, `13 months`, `1 year`.

use serde::{Deserialize, Deserializer, de::Error};

use super::Date;

/// A day, in milliseconds.
const DAY_MS: i64 = 24 * 3600 * 1000;

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
    /// 365 days where a length is asked for, a year of the calendar where a time is: what is kept for years ends on the
    /// same day of another year.
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

    /// The time that lies so long before another, in milliseconds since 1970. Years are those of the calendar (UTC).
    pub fn before(self, at_ms: i64) -> i64 {
        match self.unit {
            Unit::Year => years_on(at_ms, 0_i32.saturating_sub_unsigned(self.number)),
            _ => at_ms.saturating_sub(self.ms()),
        }
    }

    /// The time that lies so long after another, as [`Period::before`] counts.
    pub fn after(self, at_ms: i64) -> i64 {
        match self.unit {
            Unit::Year => years_on(at_ms, 0_i32.saturating_add_unsigned(self.number)),
            _ => at_ms.saturating_add(self.ms()),
        }
    }
}

/// The same moment of the same day in another year.
fn years_on(at_ms: i64, years: i32) -> i64 {
    Date::of(at_ms).years_on(years).start_ms() + at_ms.rem_euclid(DAY_MS)
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
    use super::{Date, Period};

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

    #[test]
    fn years_are_those_of_the_calendar() {
        let ms = |text| Date::parse(text).unwrap().start_ms();
        let period = |text| Period::parse(text).unwrap();
        for (from, years, to) in [
            // Over a leap day, and over two.
            ("2026-05-22", "3 years", "2029-05-22"),
            ("2026-05-22", "7 years", "2033-05-22"),
            ("2026-05-22", "1 year", "2027-05-22"),
            ("2096-12-31", "7 years", "2103-12-31"),
        ] {
            assert_eq!(period(years).after(ms(from) + 1), ms(to) + 1, "{from}");
            assert_eq!(period(years).before(ms(to) + 1), ms(from) + 1, "{to}");
        }
        // On a leap day nothing goes that is not so old yet.
        assert_eq!(period("3 years").before(ms("2028-02-29")), ms("2025-02-28"));
        assert_eq!(period("30 days").before(ms("2028-03-01")), ms("2028-01-31"));
        assert_eq!(period("1 day").after(ms("2028-02-28")), ms("2028-02-29"));
    }
}
