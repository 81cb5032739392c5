//! `film.toml`: what the film is, its palette, its slots, the order of its shots.

use std::collections::BTreeMap;

use crate::fields::{Fields, Source, short};
use crate::palette::{Palette, hex};
use crate::reference;
use crate::report::Report;

/// Longest name of a hero in a film, in characters: longer ones would be too small in the boxes that are drawn for them. An
/// account may keep a longer one.
pub const NAME_CHARS_MAX: usize = 30;
/// Longest text that an option may ask for, and that is drawn in any slot, in characters.
pub(crate) const TEXT_CHARS_MAX: usize = 60;
/// Longest text of an option that says nothing of it, in characters.
pub(crate) const TEXT_CHARS: usize = 30;

/// What a film is, as its maker states it.
#[derive(Debug, Clone, PartialEq)]
pub struct FilmInfo {
    /// Short name for addresses and keys: small letters, digits and hyphens.
    pub slug: String,
    /// Version; a change of it makes every shot again.
    pub version: u32,
    /// Frames a second.
    pub fps: u32,
    /// Width in film pixels.
    pub width: u32,
    /// Height in film pixels.
    pub height: u32,
    /// Whether it is meant to be a short film.
    pub is_short: bool,
    /// Languages of the words, the first is the fallback.
    pub languages: Vec<String>,
    /// Youngest and oldest child it is meant for, in years.
    pub age: [u32; 2],
    /// Price.
    pub price: Price,
    /// What a buyer fills in besides face and name.
    pub options: BTreeMap<String, FilmOption>,
    /// Whether a face is needed to make the film.
    pub needs_face: bool,
    /// Whether a name is needed to make the film.
    pub needs_name: bool,
    /// The name shown where no name was given (posters, trailers).
    pub sample_name: String,
    /// Whether it can take a second hero, and who plays where there is none; it never needs one.
    pub second: Option<SecondInfo>,
    /// The pictures shown before paying.
    pub stills: Vec<Still>,
    /// The picture on the shelf.
    pub poster: Option<Still>,
    /// Path of the encoded sound track.
    pub sound: Option<String>,
    /// Path of the score.
    pub score: Option<String>,
}

/// The second hero of a film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondInfo {
    /// The name of the drawn friend who plays where no second child is given.
    pub sample: String,
}

/// A price in the smallest unit of a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// Cents.
    pub cents: u32,
    /// ISO 4217 code.
    pub currency: String,
}

/// A moment of the film.
#[derive(Debug, Clone, PartialEq)]
pub struct Still {
    /// Id of the shot.
    pub shot: String,
    /// Second within the shot.
    pub second: f64,
}

/// An option of a film, such as the child's age.
#[derive(Debug, Clone, PartialEq)]
pub struct FilmOption {
    /// What may be filled in.
    pub kind: OptionKind,
    /// The value shown where none was given.
    pub sample: String,
    /// Whether the film cannot be made without it.
    pub required: bool,
}

/// What may be filled in for an option.
#[derive(Debug, Clone, PartialEq)]
pub enum OptionKind {
    /// A whole number within bounds.
    Number {
        /// Smallest.
        min: u32,
        /// Largest.
        max: u32,
    },
    /// A short text.
    Text {
        /// Longest, in characters.
        max: usize,
    },
    /// One of a list.
    Choice(Vec<String>),
}

impl FilmOption {
    /// Whether a value may be filled in.
    pub fn allows(&self, value: &str) -> bool {
        match &self.kind {
            OptionKind::Number { min, max } => {
                value.bytes().all(|byte| byte.is_ascii_digit())
                    && value.parse::<u32>().is_ok_and(|n| (*min..=*max).contains(&n))
            }
            OptionKind::Text { max } => !value.trim().is_empty() && value.chars().count() <= *max,
            OptionKind::Choice(list) => list.iter().any(|one| one == value),
        }
    }
}

/// All of `film.toml`.
#[derive(Debug, Clone)]
pub(crate) struct Manifest {
    pub info: FilmInfo,
    pub palette: Palette,
    pub shots: Vec<String>,
    /// Paths of fonts by role, tried in order for each character.
    pub fonts: BTreeMap<String, Vec<String>>,
    pub grain: f64,
    pub vignette: f64,
    pub lines: Lines,
}

/// Where things stand in `film.toml`, for messages: fields by their key, fonts by their path, shots and languages by
/// their id, stills by `stills` and the id of their shot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines(BTreeMap<String, usize>);

impl Lines {
    /// The line of a thing, if it is known.
    pub fn of(&self, thing: &str) -> Option<usize> {
        self.0.get(thing).copied()
    }

    fn at(source: &Source<'_>, fields: &Fields<'_, '_>) -> Self {
        let mut lines = BTreeMap::new();
        for (key, span, value) in fields.entries() {
            lines.insert(key.to_owned(), source.line(span.start));
            let value = value.get_ref();
            let mut texts = Vec::new();
            match key {
                "shots" | "languages" => {
                    texts.extend(value.as_array().into_iter().flat_map(|list| list.iter()))
                }
                "fonts" => {
                    let lists = value.as_table().into_iter().flat_map(|roles| roles.values());
                    texts.extend(
                        lists.filter_map(|list| list.get_ref().as_array()).flat_map(|list| list.iter()),
                    );
                }
                "stills" => {
                    let stills = value.as_array().into_iter().flat_map(|list| list.iter());
                    let shots = stills.filter_map(|still| still.get_ref().as_table()?.get("shot"));
                    for shot in shots {
                        if let Some(id) = shot.get_ref().as_str() {
                            lines.insert(format!("stills {id}"), source.line(shot.span().start));
                        }
                    }
                }
                _ => {}
            }
            for text in texts {
                if let Some(name) = text.get_ref().as_str() {
                    lines.entry(name.to_owned()).or_insert_with(|| source.line(text.span().start));
                }
            }
        }
        Self(lines)
    }
}

/// Most shots of a film.
const MOST_SHOTS: usize = 60;

pub(crate) fn read(text: &str, report: &mut Report) -> Option<Manifest> {
    let source = Source::new("film.toml", text, report);
    let table = source.parse();
    let fields = Fields::new(&source, &table, 0..0, &reference::FILM);
    let lines = Lines::at(&source, &fields);
    let slug = fields.text_required("slug").unwrap_or_default();
    if !slug.is_empty() && !is_id(&slug) {
        fields.error("slug", "The slug is made of small letters, digits and hyphens, at most 60.");
    }
    let version = fields.whole_or_default("version");
    let fps = fields.whole_or_default("fps");
    let width = fields.whole_or_default("width");
    let height = fields.whole_or_default("height");
    let is_short = fields.choice("length") == Some("short");
    let languages = languages(&fields);
    let age = fields.numbers_or_default::<2>("age").map(|n| n.clamp(0.0, 120.0) as u32);
    let price = price(&fields);
    let slots = slots(&fields);
    let stills = fields
        .list("stills")
        .iter()
        .filter_map(|v| still(Fields::of(&source, v, &reference::STILL)?))
        .collect();
    let poster = fields.table("poster").and_then(still);
    let palette = palette(&fields);
    let shots = shots(&fields);
    let fonts = fonts(&fields);
    let [grain, vignette] = finish(&fields);
    let info = FilmInfo {
        slug,
        version,
        fps,
        width,
        height,
        is_short,
        languages,
        age,
        price,
        options: slots.options,
        needs_face: slots.needs_face,
        needs_name: slots.needs_name,
        sample_name: slots.sample_name,
        second: slots.second,
        stills,
        poster,
        sound: fields.text("sound"),
        score: fields.text("score"),
    };
    fields.done();
    let fits = is_id(&info.slug) && !info.languages.is_empty() && (1..=MOST_SHOTS).contains(&shots.len());
    let fits = fits && shots.iter().all(|id| is_id(id)) && info.languages.iter().all(|l| is_id(l));
    fits.then_some(Manifest { info, palette, shots, fonts, grain, vignette, lines })
}

/// Ids become file names and parts of addresses.
pub(crate) fn is_id(id: &str) -> bool {
    (1..=60).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !id.starts_with('-')
}

fn languages(fields: &Fields<'_, '_>) -> Vec<String> {
    let languages = fields.texts("languages");
    if languages.is_empty() || languages.iter().any(|l| !is_id(l)) {
        fields.error("languages", "The film needs at least one language, such as languages = [\"en\"].");
    } else if languages.iter().enumerate().any(|(at, language)| languages[..at].contains(language)) {
        fields.error("languages", "A language is named twice.");
    }
    languages
}

/// The ids of the shots in order.
fn shots(fields: &Fields<'_, '_>) -> Vec<String> {
    let shots = fields.texts("shots");
    if shots.is_empty() || shots.len() > MOST_SHOTS {
        fields.error(
            "shots",
            format!("A film has 1 to {MOST_SHOTS} shots, listed in order as shots = [\"01-…\"]."),
        );
    }
    for (i, id) in shots.iter().enumerate() {
        if !is_id(id) {
            fields.error(
                "shots",
                format!("\"{}\" cannot name a shot: small letters, digits and hyphens.", short(id)),
            );
        }
        if shots[..i].contains(id) {
            fields.error("shots", format!("The shot \"{}\" is listed twice.", short(id)));
        }
    }
    shots
}

/// Grain and vignette.
fn finish(fields: &Fields<'_, '_>) -> [f64; 2] {
    let Some(finish) = fields.table("finish") else { return [0.04, 0.25] };
    let measures = ["grain", "vignette"].map(|key| finish.number_or_default(key));
    finish.done();
    measures
}

/// The currencies that have no hundredths, or parts smaller than those (ISO 4217).
const NOT_IN_HUNDREDTHS: [&str; 25] = [
    "BHD", "BIF", "CLF", "CLP", "DJF", "GNF", "IQD", "ISK", "JOD", "JPY", "KMF", "KRW", "KWD", "LYD", "MGA",
    "MRU", "OMR", "PYG", "RWF", "TND", "UGX", "VND", "VUV", "XAF", "XPF",
];

fn price(fields: &Fields<'_, '_>) -> Price {
    let mut price = Price { cents: 0, currency: "USD".to_owned() };
    if let Some(table) = fields.table("price") {
        price.cents = table.whole_or_default("cents");
        if let Some(currency) = table.text_required("currency") {
            if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
                table.error("currency", "A currency is its three-letter code, such as \"USD\".");
            } else if NOT_IN_HUNDREDTHS.contains(&currency.as_str()) {
                table.error("currency", "Prices are told in hundredths, which this currency does not have.");
            }
            price.currency = currency;
        }
        table.done();
    }
    price
}

fn still(fields: Fields<'_, '_>) -> Option<Still> {
    let still = Still { shot: fields.text_required("shot")?, second: fields.number_required("second")? };
    fields.done();
    Some(still)
}

fn palette(fields: &Fields<'_, '_>) -> Palette {
    let mut palette = Palette::new();
    let Some(table) = fields.table("palette") else { return palette };
    for (name, span, value) in table.entries() {
        match value.get_ref().as_str().and_then(hex) {
            Some(rgb) => {
                palette.insert(name.to_owned(), rgb);
            }
            None => fields.source().error(span, "A colour of the palette is written as \"#rrggbb\"."),
        }
    }
    palette
}

fn fonts(fields: &Fields<'_, '_>) -> BTreeMap<String, Vec<String>> {
    let mut fonts = BTreeMap::new();
    let Some(table) = fields.table("fonts") else { return fonts };
    for (role, span, value) in table.entries() {
        let list: Option<Vec<String>> = value
            .get_ref()
            .as_array()
            .and_then(|a| a.iter().map(|v| v.get_ref().as_str().map(str::to_owned)).collect());
        match list.filter(|l| (1..=20).contains(&l.len())) {
            Some(list) => {
                fonts.insert(role.to_owned(), list);
            }
            None => fields.source().error(span, "Fonts are a list of 1 to 20 paths, tried in this order."),
        }
    }
    fonts
}

/// What is personal.
struct Slots {
    needs_face: bool,
    needs_name: bool,
    sample_name: String,
    second: Option<SecondInfo>,
    options: BTreeMap<String, FilmOption>,
}

fn slots(fields: &Fields<'_, '_>) -> Slots {
    let mut slots = Slots {
        needs_face: false,
        needs_name: false,
        sample_name: "Mia".to_owned(),
        second: None,
        options: BTreeMap::new(),
    };
    let Some(table) = fields.table("slots") else { return slots };
    for (key, span, value) in table.entries() {
        let about = match key {
            "face" => &reference::FACE,
            "name" => &reference::NAME,
            "second" => &reference::SECOND,
            _ => &reference::OPTION,
        };
        let Some(slot) = Fields::of(fields.source(), value, about) else { continue };
        match key {
            "face" => slots.needs_face = slot.flag("required"),
            "name" => {
                slots.needs_name = slot.flag("required");
                slots.sample_name = slot.text("sample").unwrap_or(slots.sample_name);
            }
            "second" => slots.second = second(&slot),
            _ if is_id(key) => {
                let required = slot.flag("required");
                if let Some(option) = option(&slot, required) {
                    slots.options.insert(key.to_owned(), option);
                }
            }
            _ => fields.source().error(span, "A slot is named with small letters, digits and hyphens."),
        }
        slot.done();
    }
    slots
}

fn second(slot: &Fields<'_, '_>) -> Option<SecondInfo> {
    let sample = slot.text_required("sample")?.trim().to_owned();
    if !(1..=NAME_CHARS_MAX).contains(&sample.chars().count()) {
        slot.error("sample", format!("The friend's name has 1 to {NAME_CHARS_MAX} characters."));
    }
    Some(SecondInfo { sample })
}

fn option(slot: &Fields<'_, '_>, required: bool) -> Option<FilmOption> {
    let Some(kind) = slot.choice("kind") else {
        // Another word has been reported already.
        slot.text_required("kind");
        return None;
    };
    let kind = match kind {
        "number" => OptionKind::Number {
            min: slot.whole("min").unwrap_or(0),
            max: slot.whole("max").unwrap_or(1_000_000),
        },
        "text" => {
            let max = slot.whole("max").map_or(TEXT_CHARS, |max| max as usize);
            if !(1..=TEXT_CHARS_MAX).contains(&max) {
                slot.error("max", format!("\"max\" must lie between 1 and {TEXT_CHARS_MAX}."));
            }
            OptionKind::Text { max: max.clamp(1, TEXT_CHARS_MAX) }
        }
        _ => OptionKind::Choice(slot.texts("of")),
    };
    let option = FilmOption { sample: slot.text_required("sample")?, kind, required };
    if !option.allows(&option.sample) {
        slot.error("sample", "The sample is not among the values that this option allows.");
    }
    Some(option)
}
