//! A day in words, as the language of a mail writes it. Pages have their own, from the translations of the site.

use jiff::tz::TimeZone;

use crate::{Error, Result};

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const GERMAN: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const FRENCH: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const SPANISH: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

/// The day of a time in UTC: `22 May 2026`, `22. Mai 2026`, `22 mai 2026`, `22 de mayo de 2026`.
///
/// # Errors
/// If the time is not one of a calendar.
pub(crate) fn day(language: &str, at_ms: i64) -> Result<String> {
    let at = jiff::Timestamp::from_millisecond(at_ms).map_err(Error::internal)?;
    let date = at.to_zoned_datetime(TimeZone::UTC).date();
    let (day, month, year) = (date.day(), date.month() as usize - 1, date.year());
    Ok(match language {
        "de" => format!("{day}. {} {year}", GERMAN[month]),
        // The first of a month is an ordinal there.
        "fr" if day == 1 => format!("1er {} {year}", FRENCH[month]),
        "fr" => format!("{day} {} {year}", FRENCH[month]),
        "es" => format!("{day} de {} de {year}", SPANISH[month]),
        _ => format!("{day} {} {year}", ENGLISH[month]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_writes_days_its_own_way() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let may = at("2026-05-22T23:59:59Z");
        let days = ["en", "de", "fr", "es"].map(|language| day(language, may).unwrap());
        assert_eq!(days, ["22 May 2026", "22. Mai 2026", "22 mai 2026", "22 de mayo de 2026"]);
        assert_eq!(day("fr", at("2026-12-01T00:00:00Z")).unwrap(), "1er décembre 2026");
    }
}
