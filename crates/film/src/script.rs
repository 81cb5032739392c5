//! `shots/ID.toml`: what happens in a shot, as its maker wrote it.

use std::collections::BTreeMap;

use crate::fields::{Fields, Source};
use crate::generated::{self, Generated};
use crate::palette::{Palette, Rgb, colour, colour_track};
use crate::reference;
use crate::report::Report;
use crate::track::Track;

/// A shot.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Script {
    pub seconds: f64,
    pub twos: bool,
    pub background: Rgb,
    pub camera: Camera,
    pub light: Light,
    pub sheets: Vec<Sheet>,
    /// What may be painted in its place, and the line where that stands.
    pub generated: Option<(Generated, usize)>,
}

/// Where the camera stands over time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Camera {
    pub x: Track,
    pub y: Track,
    pub zoom: Track,
    pub rotate: Track,
}

/// The scene's light on face and rim.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Light {
    /// Red, green and blue, 0 to 255.
    pub tint: [Track; 3],
    pub amount: Track,
}

/// Things on one plane.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sheet {
    pub what: What,
    pub depth: f64,
    pub at: [f64; 2],
    pub scale: f64,
    pub shadow: f64,
    pub glow: bool,
    pub opacity: Track,
    pub motion: Motion,
    pub pivot: Option<[f64; 2]>,
    pub sway: Vec<Sway>,
    pub parts: BTreeMap<String, Motion>,
    pub scatter: Option<Scatter>,
    pub mood: Mood,
    pub head: Motion,
    /// Line of the sheet in its file.
    pub line: usize,
    /// Lines of its parts in their file.
    pub part_lines: BTreeMap<String, usize>,
}

/// What a sheet shows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    Drawing(Piece),
    Stamps(Stamps),
}

/// A drawing or a group of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Piece {
    /// Path inside the folder, with `drawings/`.
    pub file: String,
    /// Id of the group; `None`: the whole file.
    pub group: Option<String>,
}

/// Movement of a sheet, a part or the head.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Motion {
    pub x: Track,
    pub y: Track,
    pub rotate: Track,
    pub scale: Track,
    pub scale_x: Track,
    pub scale_y: Track,
    pub opacity: Track,
}

/// Endless small movement, a sine.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sway {
    pub part: Option<String>,
    pub rotate: f64,
    pub x: f64,
    pub y: f64,
    pub scale: f64,
    pub scale_x: f64,
    pub scale_y: f64,
    pub opacity: f64,
    pub period: f64,
    pub phase: f64,
}

/// Many small copies.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scatter {
    pub count: u32,
    pub area: [f64; 4],
    pub seed: u32,
    pub scale: [f64; 2],
    pub rotate: [f64; 2],
    pub twinkle: f64,
    /// Pixels a second; what leaves the area comes in again on the other side.
    pub drift: [f64; 2],
    /// Degrees that each copy swings.
    pub sway: f64,
    /// Copies open one after the other as this goes from 0 to 1.
    pub grow: Option<Track>,
    /// They open from the left, or from this point outwards.
    pub from: Option<[f64; 2]>,
}

/// A text written with a drawing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stamps {
    pub text: TextOf,
    pub area: [f64; 4],
    pub stamp: Vec<Piece>,
    pub spacing: f64,
    pub size: [f64; 2],
    pub seed: u32,
    pub grow: Track,
    pub font: String,
    pub weight: f64,
}

/// Where a text comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum TextOf {
    /// The name or an option.
    Slot(String),
    /// A text of the set.
    Set(String),
}

/// The expression of the face over time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mood {
    pub smile: Track,
    pub lids: Track,
    pub brows: Track,
    pub turn: Track,
}

impl Motion {
    pub fn still() -> Self {
        Self {
            x: Track::fixed(0.0),
            y: Track::fixed(0.0),
            rotate: Track::fixed(0.0),
            scale: Track::fixed(1.0),
            scale_x: Track::fixed(1.0),
            scale_y: Track::fixed(1.0),
            opacity: Track::fixed(1.0),
        }
    }

    pub fn tracks(&self) -> [&Track; 7] {
        [&self.x, &self.y, &self.rotate, &self.scale, &self.scale_x, &self.scale_y, &self.opacity]
    }
}

impl Default for Mood {
    fn default() -> Self {
        let zero = || Track::fixed(0.0);
        Self { smile: zero(), lids: zero(), brows: zero(), turn: zero() }
    }
}

/// Most sheets of a shot, and most drawings that a text is built of.
const MOST_SHEETS: usize = 120;
const MOST_STAMPS: usize = 60;

pub(crate) fn path(id: &str) -> String {
    format!("shots/{id}.toml")
}

pub(crate) fn read(id: &str, text: &str, palette: &Palette, report: &mut Report) -> Option<Script> {
    let path = path(id);
    let source = Source::new(&path, text, report);
    let table = source.parse();
    let fields = Fields::new(&source, &table, 0..0, &reference::SHOT);
    let seconds = fields.number_required("seconds");
    let twos = fields.flag("twos");
    let background = colour(&fields, "background", palette).unwrap_or([0, 0, 0]);
    let one = || Track::fixed(1.0);
    let zero = || Track::fixed(0.0);
    let mut camera = Camera { x: zero(), y: zero(), zoom: one(), rotate: zero() };
    if let Some(c) = fields.table("camera") {
        camera = Camera {
            x: c.track_or_default("x"),
            y: c.track_or_default("y"),
            zoom: c.track_or_default("zoom"),
            rotate: c.track_or_default("rotate"),
        };
        let (low, high) = camera.zoom.bounds();
        if low < 0.05 || high > 20.0 {
            c.error("zoom", "The zoom must stay between 0.05 and 20.");
            camera.zoom = one();
        }
        c.done();
    }
    let mut light = Light { tint: [255.0; 3].map(Track::fixed), amount: zero() };
    if let Some(l) = fields.table("light") {
        light.tint = colour_track(&l, "tint", palette).unwrap_or(light.tint);
        light.amount = l.track_or_default("amount");
        let (low, high) = light.amount.bounds();
        if low < 0.0 || high > 1.0 {
            l.error("amount", "The amount of light must stay between 0 and 1.");
            light.amount = zero();
        }
        l.done();
    }
    let generated = fields.table("generated").and_then(generated::read);
    let list = fields.list("sheet");
    if list.is_empty() || list.len() > MOST_SHEETS {
        fields.error("sheet", format!("A shot has 1 to {MOST_SHEETS} sheets, each written under [[sheet]]."));
    }
    let sheets = list
        .iter()
        .take(MOST_SHEETS)
        .filter_map(|v| sheet(Fields::of(&source, v, &reference::SHEET)?))
        .collect();
    fields.done();
    Some(Script { seconds: seconds?, twos, background, camera, light, sheets, generated })
}

fn sheet(f: Fields<'_, '_>) -> Option<Sheet> {
    let drawing = f.text("drawing");
    let stamps = f.table("text").map(stamps);
    let what = match (drawing, stamps) {
        (Some(name), None) => Some(What::Drawing(piece(&name))),
        (None, Some(stamps)) => stamps.map(What::Stamps),
        _ => {
            f.error(
                "drawing",
                "A sheet shows either a drawing (drawing = \"file.svg#group\") or a text (text = { … }).",
            );
            None
        }
    };
    let glow = f.choice("blend") == Some("glow");
    let (mut parts, mut part_lines) = (BTreeMap::new(), BTreeMap::new());
    if let Some(table) = f.table("parts") {
        for (name, span, value) in table.entries() {
            if let Some(part) = Fields::of(f.source(), value, &reference::MOTION) {
                part_lines.insert(name.to_owned(), f.source().line(span.start));
                parts.insert(name.to_owned(), motion(part));
            }
        }
    }
    let mut mood = Mood::default();
    if let Some(m) = f.table("mood") {
        mood = Mood {
            smile: m.track_or_default("smile"),
            lids: m.track_or_default("lids"),
            brows: m.track_or_default("brows"),
            turn: m.track_or_default("turn"),
        };
        m.done();
    }
    let line = f.line();
    let sheet = Sheet {
        depth: f.number_or_default("depth"),
        at: f.numbers_or_default("at"),
        scale: f.number_or_default("scale"),
        shadow: f.number_or_default("shadow"),
        glow,
        opacity: f.track_or_default("opacity"),
        motion: f.table("move").map_or_else(Motion::still, motion),
        pivot: f.numbers("pivot"),
        sway: sways(&f),
        parts,
        scatter: f.table("scatter").and_then(scatter),
        mood,
        head: f.table("head").map_or_else(Motion::still, motion),
        what: what.clone().unwrap_or(What::Drawing(piece(""))),
        line,
        part_lines,
    };
    f.done();
    what.map(|what| Sheet { what, ..sheet })
}

/// `garden.svg#far-hills`
fn piece(name: &str) -> Piece {
    let (file, group) = name.split_once('#').map_or((name, None), |(f, g)| (f, Some(g)));
    Piece { file: format!("drawings/{file}"), group: group.map(str::to_owned) }
}

fn motion(f: Fields<'_, '_>) -> Motion {
    let motion = Motion {
        x: f.track_or_default("x"),
        y: f.track_or_default("y"),
        rotate: f.track_or_default("rotate"),
        scale: f.track_or_default("scale"),
        scale_x: f.track_or_default("scale-x"),
        scale_y: f.track_or_default("scale-y"),
        opacity: f.track_or_default("opacity"),
    };
    f.done();
    motion
}

fn sways(f: &Fields<'_, '_>) -> Vec<Sway> {
    let Some(value) = f.value("sway") else { return Vec::new() };
    let list = if value.get_ref().is_array() { f.list("sway") } else { std::slice::from_ref(value) };
    let read = |value| {
        let s = Fields::of(f.source(), value, &reference::SWAY)?;
        let sway = Sway {
            part: s.text("part"),
            rotate: s.number_or_default("rotate"),
            x: s.number_or_default("x"),
            y: s.number_or_default("y"),
            scale: s.number_or_default("scale"),
            scale_x: s.number_or_default("scale-x"),
            scale_y: s.number_or_default("scale-y"),
            opacity: s.number_or_default("opacity"),
            period: s.number_or_default("period"),
            phase: s.number_or_default("phase"),
        };
        s.done();
        Some(sway)
    };
    list.iter().filter_map(read).collect()
}

fn scatter(f: Fields<'_, '_>) -> Option<Scatter> {
    let scatter = Scatter {
        count: f.whole_or_default("count"),
        area: f.numbers_or_default("area"),
        seed: f.whole_or_default("seed"),
        scale: f.numbers_or_default("scale"),
        rotate: f.numbers_or_default("rotate"),
        twinkle: f.number_or_default("twinkle"),
        drift: f.numbers_or_default("drift"),
        sway: f.number_or_default("sway"),
        grow: f.track("grow"),
        from: f.numbers("from"),
    };
    if scatter.area[2] < 1.0 || scatter.area[3] < 1.0 {
        f.error("area", "The area is [x, y, width, height], at least one pixel wide and high.");
        return None;
    }
    f.done();
    Some(scatter)
}

fn stamps(f: Fields<'_, '_>) -> Option<Stamps> {
    let text = match (f.text("slot"), f.text("set")) {
        (Some(slot), None) => Some(TextOf::Slot(slot)),
        (None, Some(set)) => Some(TextOf::Set(set)),
        _ => {
            f.error("slot", "A text is either a slot (slot = \"name\") or a text of the set (set = \"…\").");
            None
        }
    };
    let stamp = if f.value("stamp").is_some_and(|v| v.get_ref().is_array()) {
        f.texts("stamp").iter().map(|s| piece(s)).collect()
    } else {
        f.text_required("stamp").map(|s| vec![piece(&s)]).unwrap_or_default()
    };
    if stamp.len() > MOST_STAMPS {
        f.error("stamp", format!("A text is built of at most {MOST_STAMPS} drawings."));
        return None;
    }
    let area = f.numbers::<4>("box");
    if area.is_none_or(|a| a[2] < 1.0 || a[3] < 1.0) {
        f.error("box", "The text needs a box = [x, y, width, height] in film pixels.");
    }
    let stamps = Stamps {
        text: text.clone().unwrap_or(TextOf::Slot("name".to_owned())),
        area: area.unwrap_or([0.0, 0.0, 1280.0, 720.0]),
        stamp,
        spacing: f.number_or_default("spacing"),
        size: f.numbers_or_default("size"),
        seed: f.whole_or_default("seed"),
        grow: f.track_or_default("grow"),
        font: f.text("font").unwrap_or_else(|| "set".to_owned()),
        weight: f.number_or_default("weight"),
    };
    let fits = text.is_some() && area.is_some_and(|a| a[2] >= 1.0 && a[3] >= 1.0) && !stamps.stamp.is_empty();
    f.done();
    fits.then_some(stamps)
}
