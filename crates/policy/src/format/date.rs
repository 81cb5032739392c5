//! The day from which a version counts.

use std::fmt;

use serde::{Deserialize, Deserializer, de::Error};

/// A day, as `2026-05-22`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Reads `2026-05-22`; nothing that is no day.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |from: usize, to: usize| {
            text.get(from..to)
                .filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))?
                .parse::<u16>()
                .ok()
        };
        let dashes = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
        let (year, month, day) = (digits(0, 4)?, digits(5, 7)? as u8, digits(8, 10)? as u8);
        let last = match month {
            2 => 28 + u8::from(is_leap(year)),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let holds = dashes && (1..=12).contains(&month) && (1..=last).contains(&day);
        holds.then_some(Self { year, month, day })
    }

    /// Its midnight UTC, in milliseconds since 1970.
    pub fn start_ms(self) -> i64 {
        // Days by the years before, counting from March so that the leap day is a year's last.
        let (year, month, day) = (i64::from(self.year), i64::from(self.month), i64::from(self.day));
        let year = if month <= 2 { year - 1 } else { year };
        let in_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let days = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + in_year;
        (days - 719_468) * 24 * 3600 * 1000
    }

    /// The day (UTC) of a time in milliseconds since 1970.
    pub(super) fn of(at_ms: i64) -> Self {
        // As above, the other way round: eras of 400 years, of which each has as many days as the next.
        let days = at_ms.div_euclid(24 * 3600 * 1000) + 719_468;
        let (era, in_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
        let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_based = (5 * in_year + 2) / 153;
        let day = in_year - (153 * march_based + 2) / 5 + 1;
        let month = if march_based < 10 { march_based + 3 } else { march_based - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        Self { year: year.clamp(0, u16::MAX.into()) as u16, month: month as u8, day: day as u8 }
    }

    /// The same day so many years later, or earlier; of a leap day, where that year has none, the day before.
    pub(super) fn years_on(self, years: i32) -> Self {
        let year = i32::from(self.year).saturating_add(years).clamp(0, u16::MAX.into()) as u16;
        let day = if self.month == 2 && !is_leap(year) { self.day.min(28) } else { self.day };
        Self { year, day, ..self }
    }

    /// The year.
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month, from 1.
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub fn day(self) -> u8 {
        self.day
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| D::Error::custom(format!("{text:?} is no day; write for example 2026-05-22")))
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn days_are_read_and_counted() {
        let ms = |text: &str| Date::parse(text).map(Date::start_ms);
        assert_eq!(ms("1970-01-01"), Some(0));
        assert_eq!(ms("2000-02-29"), Some(951_782_400_000));
        assert_eq!(ms("2026-05-22"), Some(1_779_408_000_000));
        for text in ["1970-01-01", "1999-12-31", "2000-02-29", "2026-05-22", "2028-03-01", "2100-02-28"] {
            let day = Date::parse(text).unwrap();
            assert_eq!((Date::of(day.start_ms()), Date::of(day.start_ms() + 86_399_999)), (day, day));
        }
        assert_eq!(Date::parse("2026-05-22").unwrap().to_string(), "2026-05-22");
        assert!(Date::parse("2026-05-22") < Date::parse("2026-06-01"));
        for wrong in [
            "",
            "2026-5-22",
            "2026-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026/05/22",
            "+026-05-22",
            "2026-05-2é",
        ] {
            assert_eq!(ms(wrong), None, "{wrong}");
        }
    }
}
