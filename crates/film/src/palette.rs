//! The few colours of a film, by name.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::fields::{Fields, short};
use crate::report::{Severity, did_you_mean};
use crate::track::Track;

/// sRGB, 8 bit.
pub(crate) type Rgb = [u8; 3];

/// Named colours of a film.
pub(crate) type Palette = BTreeMap<String, Rgb>;

/// Reads `#rrggbb`.
pub(crate) fn hex(text: &str) -> Option<Rgb> {
    let digits =
        text.strip_prefix('#').filter(|d| d.len() == 6 && d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let n = u32::from_str_radix(digits, 16).ok()?;
    Some([(n >> 16) as u8, (n >> 8) as u8, n as u8])
}

/// A colour field: a name of the palette or `#rrggbb`.
pub(crate) fn colour(fields: &Fields<'_, '_>, key: &'static str, palette: &Palette) -> Option<Rgb> {
    let value = fields.value(key)?;
    let text = fields.text(key)?;
    let found = hex(&text).or_else(|| palette.get(&text).copied());
    if found.is_none() {
        unknown(fields, value.span(), &text, palette);
    }
    found
}

fn unknown(fields: &Fields<'_, '_>, span: Range<usize>, said: &str, palette: &Palette) {
    let names = || {
        let names: Vec<String> = palette.keys().take(12).map(|name| short(name)).collect();
        (!names.is_empty()).then(|| format!("the palette has {}", names.join(", ")))
    };
    fields.source().say(
        Severity::Error,
        span,
        format!("\"{}\" is neither a colour of the palette nor written as #rrggbb.", short(said)),
        did_you_mean(said, palette.keys().map(String::as_str)).or_else(names),
    );
}

/// A colour that changes: a colour, or a list of keys `[second, colour]` or `[second, colour, "ease"]`.
pub(crate) fn colour_track(
    fields: &Fields<'_, '_>,
    key: &'static str,
    palette: &Palette,
) -> Option<[Track; 3]> {
    let value = fields.value(key)?;
    if value.get_ref().is_str() {
        return colour(fields, key, palette).map(|rgb| rgb.map(|c| Track::fixed(f64::from(c))));
    }
    let entries = value.get_ref().as_array().into_iter().flat_map(|keys| keys.iter());
    let said = entries.filter_map(|entry| entry.get_ref().as_array().and_then(|parts| parts.get(1)));
    let mut all_known = true;
    for colour in said {
        let text = colour.get_ref().as_str().unwrap_or_default();
        if !text.is_empty() && hex(text).is_none() && !palette.contains_key(text) {
            all_known = false;
            unknown(fields, colour.span(), text, palette);
        }
    }
    if !all_known {
        return None;
    }
    fields.colour_keys(key, &|text| hex(text).or_else(|| palette.get(text).copied()))
}

/// A darker, slightly cooler shade of a tone, for the shaded side of skin.
pub(crate) fn shade(tone: Rgb) -> Rgb {
    let [r, g, b] = tone.map(u32::from);
    [(r * 80 / 100) as u8, (g * 75 / 100) as u8, (b * 78 / 100) as u8]
}
