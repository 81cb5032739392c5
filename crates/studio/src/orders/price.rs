//! Prices, and how each language writes them, on pages and in mails.

/// A price in the smallest unit of a currency.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Price {
    /// Cents.
    pub cents: u32,
    /// ISO 4217 code.
    pub currency: String,
}

impl Price {
    /// The price, as a language writes it: `$14.90`, `14,90 $`.
    pub fn in_words(&self, language: &str) -> String {
        money(language, self.cents.into(), &self.currency)
    }
}

/// An amount in the smallest unit of a currency with two decimals, as a language writes it.
pub fn money(language: &str, cents: i64, currency: &str) -> String {
    let sign = match currency {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        other => other,
    };
    let (whole, rest) = (cents / 100, cents % 100);
    match language {
        "de" | "fr" | "es" => format!("{whole},{rest:02}\u{a0}{sign}"),
        _ if sign != currency => format!("{sign}{whole}.{rest:02}"),
        _ => format!("{whole}.{rest:02} {sign}"),
    }
}

#[cfg(test)]
mod tests {
    use super::money;

    #[test]
    fn prices_follow_the_language() {
        assert_eq!(money("en", 1490, "USD"), "$14.90");
        assert_eq!(money("de", 1490, "USD"), "14,90\u{a0}$");
        assert_eq!(money("en", 1405, "CHF"), "14.05 CHF");
    }
}
