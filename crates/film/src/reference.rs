//! What may stand in the files of a film: every table with its fields, their kinds, bounds and defaults. The
//! readers of this crate take bounds and defaults from here, and the reference for film makers and the schemas
//! for their editors are made of it, so that none of them can say something else.
//!
//! It must not know how it is shown.

/// A table of a file.
#[derive(Debug)]
pub struct Table {
    /// What it is called in messages, such as "the camera".
    pub what: &'static str,
    /// What it is called in a heading.
    pub title: &'static str,
    /// What it is for, a sentence or two.
    pub about: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
    /// What stands under keys that the film maker chooses; the key is a description of them.
    pub free: Option<Field>,
}

/// A field of a table.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its key.
    pub key: &'static str,
    /// Whether it has to be there.
    pub required: bool,
    /// What stands in it.
    pub kind: Kind,
    /// What it means.
    pub about: &'static str,
}

/// What stands in a field.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A text.
    Text {
        /// What holds where it is left out.
        default: Option<&'static str>,
    },
    /// One of a few words.
    Choice {
        /// The words.
        of: &'static [&'static str],
        /// What holds where it is left out.
        default: Option<&'static str>,
    },
    /// `true` or `false`.
    Flag {
        /// What holds where it is left out.
        default: bool,
    },
    /// A number.
    Number {
        /// Smallest.
        low: f64,
        /// Largest.
        high: f64,
        /// What holds where it is left out.
        default: Option<f64>,
    },
    /// A whole number.
    Whole {
        /// Smallest.
        low: u32,
        /// Largest.
        high: u32,
        /// What holds where it is left out.
        default: Option<u32>,
    },
    /// A list of numbers, one for each of these names.
    Numbers {
        /// What each of them is.
        of: &'static [&'static str],
        /// What holds where it is left out.
        default: Option<&'static [f64]>,
    },
    /// A list of texts.
    Texts,
    /// A text, or a list of texts.
    OneOrTexts,
    /// A number, or keys with easing over the time of the shot.
    Track {
        /// What holds where it is left out.
        default: Option<f64>,
    },
    /// A colour of the palette, or `#rrggbb`.
    Colour,
    /// `#rrggbb`.
    Hex,
    /// A colour, or keys with easing over the time of the shot.
    ColourTrack,
    /// A table.
    Table(&'static Table),
    /// A list of tables.
    Tables(&'static Table),
    /// A table, or a list of tables.
    OneOrTables(&'static Table),
}

/// A kind of file.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Its short name.
    pub name: &'static str,
    /// Where it lies in the folder.
    pub path: &'static str,
    /// What stands in it.
    pub table: &'static Table,
}

/// The files of a film that are tables.
pub static FILES: [File; 3] = [
    File { name: "film", path: "film.toml", table: &FILM },
    File { name: "shot", path: "shots/ID.toml", table: &SHOT },
    File { name: "words", path: "words/LANGUAGE.toml", table: &WORDS },
];

/// Names of the easings of keys.
pub const EASINGS: &[&str] = &crate::track::Ease::NAMES;

/// No coordinate, angle or factor of a film is larger than this.
pub const LARGEST: f64 = 100_000.0;

impl Table {
    /// The field with this key.
    pub fn field(&self, key: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.key == key)
    }
}

impl Field {
    const fn needed(self) -> Self {
        Self { required: true, ..self }
    }
}

const fn field(key: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { key, required: false, kind, about }
}

const fn text(key: &'static str, about: &'static str) -> Field {
    field(key, Kind::Text { default: None }, about)
}

const fn number(key: &'static str, [low, high]: [f64; 2], default: f64, about: &'static str) -> Field {
    field(key, Kind::Number { low, high, default: Some(default) }, about)
}

const fn whole(key: &'static str, [low, high]: [u32; 2], default: u32, about: &'static str) -> Field {
    field(key, Kind::Whole { low, high, default: Some(default) }, about)
}

const fn track(key: &'static str, default: f64, about: &'static str) -> Field {
    field(key, Kind::Track { default: Some(default) }, about)
}

const XY: &[&str] = &["x", "y"];
const BOX: &[&str] = &["x", "y", "width", "height"];
const FROM_TO: &[&str] = &["from", "to"];

/// `film.toml`.
pub static FILM: Table = Table {
    what: "film.toml",
    title: "film.toml",
    about: "What the film is, its palette, its slots, the order of its shots.",
    fields: &[
        text("slug", "Short name for addresses and keys: small letters, digits and hyphens.").needed(),
        whole("version", [1, u32::MAX], 1, "Counted up by its maker; a new one makes all shots again."),
        whole("fps", [12, 60], 24, "Frames a second."),
        whole("width", [64, 3840], 1280, "Width in film pixels; the film is drawn in any size."),
        whole("height", [64, 2160], 720, "Height in film pixels."),
        field(
            "length",
            Kind::Choice { of: &["full", "short"], default: Some("full") },
            "A full film has 45 to 70 s, a short one 8 to 45 s; `check` looks at it.",
        ),
        field(
            "languages",
            Kind::Texts,
            "Languages of the words, one file each under words/; the first stands in for one that the film does not have.",
        )
        .needed(),
        field(
            "age",
            Kind::Numbers { of: FROM_TO, default: Some(&[0.0, 99.0]) },
            "Youngest and oldest child it is meant for, in years.",
        ),
        field("price", Kind::Table(&PRICE), "What a copy costs."),
        text("sound", "Path of the encoded sound track, such as sound/track.m4a; without one the film is silent."),
        text("score", "Path of the composed music that the track is made of, such as score/score.toml."),
        field("poster", Kind::Table(&STILL), "The picture on the shelf."),
        field("stills", Kind::Tables(&STILL), "The pictures shown before paying."),
        field("shots", Kind::Texts, "The shots in their order, one file each under shots/.").needed(),
        field("palette", Kind::Table(&PALETTE), "The film's few colours."),
        field("slots", Kind::Table(&SLOTS), "What is personal."),
        field("fonts", Kind::Table(&FONTS), "The fonts of the texts that stand in the set."),
        field("finish", Kind::Table(&FINISH), "Grain and vignette."),
    ],
    free: None,
};

/// The price.
pub static PRICE: Table = Table {
    what: "the price",
    title: "Price",
    about: "What a copy costs, in the smallest unit of a currency.",
    fields: &[
        whole("cents", [0, 1_000_000], 0, "Cents."),
        text("currency", "Its three-letter code, such as USD.").needed(),
    ],
    free: None,
};

/// A still or the poster.
pub static STILL: Table = Table {
    what: "a still",
    title: "Still",
    about: "A moment of the film.",
    fields: &[
        text("shot", "Id of the shot.").needed(),
        field("second", Kind::Number { low: 0.0, high: 3600.0, default: None }, "Second within the shot.")
            .needed(),
    ],
    free: None,
};

/// The palette.
pub static PALETTE: Table = Table {
    what: "the palette",
    title: "Palette",
    about: "Named colours, at most seven and their shades; shots and `data-fill` in drawings name them.",
    fields: &[],
    free: Some(field("NAME", Kind::Hex, "A colour.")),
};

/// The slots.
pub static SLOTS: Table = Table {
    what: "the slots",
    title: "Slots",
    about: "What a parent gives for a copy. A shot that shows a slot is personal; nobody states it.",
    fields: &[
        field("face", Kind::Table(&FACE), "The child's face, from a photo."),
        field("name", Kind::Table(&NAME), "The child's name."),
        field(
            "second",
            Kind::Table(&SECOND),
            "A second hero, who is never needed; without this table the film takes none.",
        ),
    ],
    free: Some(field("OPTION", Kind::Table(&OPTION), "Anything else, such as the age; its key is an id.")),
};

const REQUIRED: Field =
    field("required", Kind::Flag { default: true }, "Whether the film cannot be made without it.");

/// The slot of the face.
pub static FACE: Table = Table {
    what: "a slot",
    title: "Slot of the face",
    about: "The child's face.",
    fields: &[REQUIRED],
    free: None,
};

/// The slot of the name.
pub static NAME: Table = Table {
    what: "a slot",
    title: "Slot of the name",
    about: "The child's name, 1 to 30 characters.",
    fields: &[
        REQUIRED,
        field(
            "sample",
            Kind::Text { default: Some("Mia") },
            "The name shown where none was given: posters, trailers.",
        ),
    ],
    free: None,
};

/// The second hero.
pub static SECOND: Table = Table {
    what: "the second hero",
    title: "Slot of the second hero",
    about: "A second child beside the first, with a face and a name. Where none is given, a drawn friend plays.",
    fields: &[text("sample", "The name of that friend, 1 to 30 characters.").needed()],
    free: None,
};

/// An option.
pub static OPTION: Table = Table {
    what: "a slot",
    title: "Option",
    about: "What else may be filled in. `min` and `max` belong to numbers, `max` to texts, `of` to choices.",
    fields: &[
        field(
            "kind",
            Kind::Choice { of: &["number", "text", "choice"], default: None },
            "What may be filled in.",
        )
        .needed(),
        text("sample", "The value shown where none was given; one that the option allows.").needed(),
        REQUIRED,
        field("min", Kind::Whole { low: 0, high: 1_000_000, default: None }, "Smallest number (0)."),
        field(
            "max",
            Kind::Whole { low: 0, high: 1_000_000, default: None },
            "Largest number (1000000), or the longest text in characters (30, at most 60).",
        ),
        field("of", Kind::Texts, "What may be chosen."),
    ],
    free: None,
};

/// The fonts.
pub static FONTS: Table = Table {
    what: "the fonts",
    title: "Fonts",
    about: "Roles of fonts. Texts of the set are written with the role `set` unless they say another.",
    fields: &[],
    free: Some(field(
        "ROLE",
        Kind::Texts,
        "1 to 20 paths of fonts, tried in this order for each character; behind them stand the program's, for names in any script.",
    )),
};

/// Grain and vignette.
pub static FINISH: Table = Table {
    what: "the finish",
    title: "Finish",
    about: "What lies over every frame.",
    fields: &[
        number("grain", [0.0, 0.2], 0.04, "How much the paper's grain dims at most."),
        number("vignette", [0.0, 1.0], 0.25, "How much darker the corners get."),
    ],
    free: None,
};

/// A shot.
pub static SHOT: Table = Table {
    what: "the shot",
    title: "shots/ID.toml",
    about: "What happens in a shot: its length, the camera, the light, the sheets from back to front.",
    fields: &[
        field(
            "seconds",
            Kind::Number { low: 0.5, high: 30.0, default: None },
            "Its length; 2.5 to 7 s hold a small child.",
        )
        .needed(),
        field(
            "twos",
            Kind::Flag { default: true },
            "Sheets and puppets move with every second frame, as cut paper does; camera and light with each.",
        ),
        field("background", Kind::Colour, "The colour behind all sheets (black)."),
        field("camera", Kind::Table(&CAMERA), "Where the camera stands."),
        field("light", Kind::Table(&LIGHT), "The scene's light on the face."),
        field("sheet", Kind::Tables(&SHEET), "The sheets, back to front, each under [[sheet]]; 1 to 120.")
            .needed(),
        field(
            "generated",
            Kind::Table(&GENERATED),
            "What may be painted outside in the place of what is drawn.",
        ),
    ],
    free: None,
};

/// The camera.
pub static CAMERA: Table = Table {
    what: "the camera",
    title: "Camera",
    about: "Near sheets (depth) move and grow more than far ones.",
    fields: &[
        track("x", 0.0, "To the right, in film pixels."),
        track("y", 0.0, "Down, in film pixels."),
        track("zoom", 1.0, "0.05 to 20; above 1 is nearer."),
        track("rotate", 0.0, "Degrees; depths below 1 turn less."),
    ],
    free: None,
};

/// The light.
pub static LIGHT: Table = Table {
    what: "the light",
    title: "Light",
    about: "The scene's light on the face; not on drawings.",
    fields: &[
        field("tint", Kind::ColourTrack, "Its colour (white)."),
        track("amount", 0.2, "How much of it, 0 to 1."),
    ],
    free: None,
};

/// What may be painted outside.
pub static GENERATED: Table = Table {
    what: "the generated shot",
    title: "Generated",
    about: "A shot that a processor may paint from the child's photo; what is drawn always stands in for it.",
    fields: &[
        field(
            "kind",
            Kind::Choice { of: &["portrait", "image-to-video"], default: None },
            "portrait: a still picture that our own camera moves over; image-to-video: a moving one, brought to the shot's length.",
        )
        .needed(),
        text("prompt", "What is to be seen, 10 to 800 characters, without slots and names.").needed(),
    ],
    free: None,
};

/// A sheet.
pub static SHEET: Table = Table {
    what: "the sheet",
    title: "Sheet",
    about: "Things on one plane: a drawing, or a text built of drawings.",
    fields: &[
        text("drawing", "File and group, such as \"garden.svg#far-hills\"; without #, the whole file."),
        field("text", Kind::Table(&TEXT), "A text built of drawings, in the place of `drawing`."),
        number(
            "depth",
            [-2.0, 5.0],
            1.0,
            "0 does not move with the camera, 1 is the stage, above 1 is near.",
        ),
        field(
            "at",
            Kind::Numbers { of: XY, default: Some(&[0.0, 0.0]) },
            "Where the drawing's own origin lies, in film pixels.",
        ),
        number("scale", [0.001, 100.0], 1.0, "Size, about the drawing's origin."),
        number("shadow", [0.0, 1.0], 0.0, "Strength of the soft shadow on what lies behind."),
        field(
            "blend",
            Kind::Choice { of: &["normal", "glow"], default: Some("normal") },
            "glow adds its light to what lies behind.",
        ),
        track("opacity", 1.0, "0 to 1."),
        field("move", Kind::Table(&MOTION), "Movement of the whole sheet."),
        field(
            "pivot",
            Kind::Numbers { of: XY, default: None },
            "Centre of rotation and scale, in the drawing's coordinates; without it the group's data-pivot, else the centre of its box.",
        ),
        field("sway", Kind::OneOrTables(&SWAY), "Endless small movement."),
        field("parts", Kind::Table(&PARTS), "Movement of groups inside the drawing."),
        field("scatter", Kind::Table(&SCATTER), "Many small copies of the drawing."),
        field("mood", Kind::Table(&MOOD), "The expression of the face."),
        field("head", Kind::Table(&MOTION), "Movement of the picture of the head alone, about the chin."),
    ],
    free: None,
};

/// Movement.
pub static MOTION: Table = Table {
    what: "the move",
    title: "Move",
    about: "Movement of a sheet, a part or the head.",
    fields: &[
        track("x", 0.0, "To the right, in film pixels (a part: in its group's)."),
        track("y", 0.0, "Down."),
        track("rotate", 0.0, "Degrees, clockwise."),
        track("scale", 1.0, "Size."),
        track("scale-x", 1.0, "Width."),
        track("scale-y", 1.0, "Height."),
        track("opacity", 1.0, "0 to 1."),
    ],
    free: None,
};

/// Parts of a drawing.
pub static PARTS: Table = Table {
    what: "the parts",
    title: "Parts",
    about: "Groups or named shapes inside the drawing, at any depth, each about its data-pivot.",
    fields: &[],
    free: Some(field("PART", Kind::Table(&MOTION), "How the group with this id moves.")),
};

/// Endless small movement.
pub static SWAY: Table = Table {
    what: "the sway",
    title: "Sway",
    about: "Endless small movement, a sine; each field says how far it goes.",
    fields: &[
        text("part", "The group that moves; without it the whole sheet."),
        number("rotate", [-360.0, 360.0], 0.0, "Degrees."),
        number("x", [-LARGEST, LARGEST], 0.0, "Film pixels."),
        number("y", [-LARGEST, LARGEST], 0.0, "Film pixels."),
        number("scale", [-0.9, 0.9], 0.0, "Share of its size."),
        number("scale-x", [-0.9, 0.9], 0.0, "Share of its width."),
        number("scale-y", [-0.9, 0.9], 0.0, "Share of its height."),
        number("opacity", [0.0, 1.0], 0.0, "How much of its opacity is taken away."),
        number("period", [0.1, 60.0], 3.0, "Seconds of one swing."),
        number("phase", [-100.0, 100.0], 0.0, "Where in the swing it starts; 1 is a whole one."),
    ],
    free: None,
};

/// Many copies.
pub static SCATTER: Table = Table {
    what: "the scatter",
    title: "Scatter",
    about: "Many copies of the sheet's drawing, each laid with its pivot on its place.",
    fields: &[
        whole("count", [1, 600], 1, "How many."),
        field(
            "area",
            Kind::Numbers { of: BOX, default: Some(&[0.0, 0.0, 1280.0, 720.0]) },
            "Where they lie, in film pixels.",
        ),
        whole("seed", [0, u32::MAX], 1, "Another number lays them anew."),
        field("scale", Kind::Numbers { of: FROM_TO, default: Some(&[1.0, 1.0]) }, "Sizes."),
        field("rotate", Kind::Numbers { of: FROM_TO, default: Some(&[0.0, 0.0]) }, "Degrees."),
        number("twinkle", [0.0, 1.0], 0.0, "How much their light comes and goes."),
        field(
            "drift",
            Kind::Numbers { of: XY, default: Some(&[0.0, 0.0]) },
            "Pixels a second; what leaves the area comes in again on the other side.",
        ),
        number("sway", [0.0, 360.0], 0.0, "Degrees that each swings."),
        field(
            "grow",
            Kind::Track { default: None },
            "They open one after the other as this goes from 0 to 1; without it all are there.",
        ),
        field(
            "from",
            Kind::Numbers { of: XY, default: None },
            "The point from which they open outwards; without it from the left.",
        ),
    ],
    free: None,
};

/// A text built of drawings.
pub static TEXT: Table = Table {
    what: "the text",
    title: "Text",
    about: "Drawings laid along the middle of the strokes of the letters.",
    fields: &[
        text("slot", "\"name\", \"second.name\" or an option: whose value is written."),
        text("set", "A text of the set from the words files, in the place of `slot`."),
        field(
            "box",
            Kind::Numbers { of: BOX, default: None },
            "Where the text is fitted in, in film pixels.",
        )
        .needed(),
        field("stamp", Kind::OneOrTexts, "The drawing, or a list of up to 60.").needed(),
        number("spacing", [2.0, 500.0], 24.0, "Film pixels from one to the next."),
        field("size", Kind::Numbers { of: FROM_TO, default: Some(&[1.0, 1.0]) }, "Sizes."),
        whole("seed", [0, u32::MAX], 1, "Another number lays them anew."),
        track("grow", 1.0, "They open one after the other as this goes from 0 to 1."),
        field("font", Kind::Text { default: Some("set") }, "A role of [fonts]."),
        number("weight", [1.0, 1000.0], 400.0, "Weight of the letters."),
    ],
    free: None,
};

/// The expression of the face.
pub static MOOD: Table = Table {
    what: "the mood",
    title: "Mood",
    about: "The expression of the face; it goes in steps of an eighth. It is that of all faces of the sheet.",
    fields: &[
        track("smile", 0.0, "0 to 1."),
        track("lids", 0.0, "0 as in the photo, 1 closed."),
        track("brows", 0.0, "-1 lowered to 1 raised."),
        track("turn", 0.0, "-1 to the picture's left, 1 to its right."),
    ],
    free: None,
};

/// The words.
pub static WORDS: Table = Table {
    what: "the words file",
    title: "words/LANGUAGE.toml",
    about: "Everything of a film that is said or written, in one language.",
    fields: &[
        text("title", "Title.").needed(),
        text("tagline", "One line for the shelf."),
        text("synopsis", "A few sentences on what happens."),
        field("set", Kind::Table(&SET), "Texts painted in the set."),
        field("shots", Kind::Table(&WORDS_OF_SHOTS), "What is said of each shot."),
    ],
    free: None,
};

/// The texts of the set.
pub static SET: Table = Table {
    what: "the texts of the set",
    title: "Texts of the set",
    about: "Texts that drawings (data-text) and shots name.",
    fields: &[],
    free: Some(text(
        "KEY",
        "A text of at most 200 characters; may hold {name}, {second} and options such as {age}.",
    )),
};

/// The words of all shots.
pub static WORDS_OF_SHOTS: Table = Table {
    what: "the shots",
    title: "Words of the shots",
    about: "The words of each shot under its id.",
    fields: &[],
    free: Some(field("ID", Kind::Table(&WORDS_OF_SHOT), "Id of a shot.")),
};

/// The words of a shot.
pub static WORDS_OF_SHOT: Table = Table {
    what: "the words of a shot",
    title: "Words of a shot",
    about: "What is read aloud, and what is to be seen.",
    fields: &[
        text(
            "caption",
            "The story line, read aloud by a parent: at most 17 characters a second. May hold {name} and {second}.",
        ),
        text("described", "What is to be seen, for those who do not see it. May hold the same."),
    ],
    free: None,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::Palette;
    use crate::report::Report;
    use crate::{check, manifest, script, words};

    #[test]
    fn what_is_told_of_lengths_is_what_holds() {
        let name = format!("1 to {} characters", manifest::NAME_CHARS_MAX);
        assert!(NAME.about.contains(&name) && SECOND.fields[0].about.contains(&name), "{name}");
        let text = format!("({}, at most {})", manifest::TEXT_CHARS, manifest::TEXT_CHARS_MAX);
        assert!(OPTION.field("max").unwrap().about.contains(&text), "{text}");
        let good = format!("{} s hold", check::span(&check::SHOT));
        assert!(SHOT.field("seconds").unwrap().about.contains(&good), "{good}");
    }

    /// Something that can stand in a field.
    fn sample(kind: Kind) -> String {
        match kind {
            Kind::Text { .. } | Kind::OneOrTexts => "\"a\"".to_owned(),
            Kind::Choice { of, .. } => format!("\"{}\"", of[0]),
            Kind::Flag { default } => default.to_string(),
            Kind::Number { high, .. } => high.to_string(),
            Kind::Whole { high, .. } => high.to_string(),
            Kind::Track { .. } => "1".to_owned(),
            Kind::Numbers { of, .. } => format!("[{}]", vec!["1"; of.len()].join(", ")),
            Kind::Texts => "[\"a\"]".to_owned(),
            Kind::Colour | Kind::Hex | Kind::ColourTrack => "\"#102030\"".to_owned(),
            Kind::Table(table) | Kind::OneOrTables(table) => format!("{{ {} }}", fields(table).join(", ")),
            Kind::Tables(table) => format!("[{{ {} }}]", fields(table).join(", ")),
        }
    }

    /// All fields of a table.
    fn fields(table: &Table) -> Vec<String> {
        let free = table.free.iter().map(|free| format!("a = {}", sample(free.kind)));
        table
            .fields
            .iter()
            .map(|field| format!("{} = {}", field.key, sample(field.kind)))
            .chain(free)
            .collect()
    }

    /// A field that is described and that nobody reads is a mistake of whoever writes it; one that is read and
    /// that nobody describes ends this test in a panic.
    #[test]
    fn every_field_is_described_and_read() {
        let mut report = Report::default();
        manifest::read(&fields(&FILM).join("\n"), &mut report);
        script::read("a", &fields(&SHOT).join("\n"), &Palette::new(), &mut report);
        words::read("a", &fields(&WORDS).join("\n"), &["a".to_owned()], &mut report);
        // A number has no choices.
        let unread = |message: &str| {
            message.contains("has no field") && !message.contains("\"of\"") || message.contains("TOML")
        };
        let unread: Vec<_> = report.problems.iter().filter(|p| unread(&p.message)).collect();
        assert!(unread.is_empty(), "{unread:#?}");
    }
}
