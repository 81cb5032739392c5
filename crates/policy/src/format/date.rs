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
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            2 => 28 + u8::from(leap),
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
