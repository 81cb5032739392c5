//! Each shot alone on one thread: CPU of drawing, conversion and encoding, of all three against encoding alone, rate and
//! picture quality, personal and shared ones apart.

use cinema::{Decoder, Effort, Encoder, Frames, Picture, SceneFrames, Settings, ssim};

use crate::clock::adding;
use crate::figure::{Bar, Figure};
use crate::material;

/// What pictures took and became.
#[derive(Default, Clone, Copy)]
pub struct Sums {
    pub seconds: f64,
    pub draw: f64,
    pub convert: f64,
    pub encode: f64,
    pub bytes: f64,
    pub frames: f64,
    pub likeness: f64,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.seconds += other.seconds;
        self.draw += other.draw;
        self.convert += other.convert;
        self.encode += other.encode;
        self.bytes += other.bytes;
        self.frames += other.frames;
        self.likeness += other.likeness;
    }

    pub fn cpu(&self) -> f64 {
        self.draw + self.convert + self.encode
    }

    fn rate(&self) -> f64 {
        self.bytes * 8.0 / 1000.0 / self.seconds
    }

    fn ssim(&self) -> f64 {
        self.likeness / self.frames
    }

    /// A row of the table; `bar` is for all three steps together.
    pub fn row(&self, name: &str, bar: Option<Bar>) -> Vec<Figure> {
        if self.frames == 0.0 {
            return Vec::new();
        }
        let cpu = |step: &'static str, spent: f64| {
            Figure::in_row(name, step, spent / self.seconds, "CPU s / film s")
        };
        let whole = cpu("whole", self.cpu());
        vec![
            cpu("draw", self.draw),
            cpu("convert", self.convert),
            cpu("encode", self.encode),
            match bar {
                Some(bar) => whole.against(bar),
                None => whole,
            },
            Figure::in_row(name, "to encode-only", self.cpu() / self.encode, "times"),
            Figure::in_row(name, "size", self.bytes / 1000.0, "kB"),
            Figure::in_row(name, "rate", self.rate(), "kbit/s"),
            Figure::in_row(name, "quality", self.ssim(), "SSIM"),
        ]
    }
}

pub fn measure() -> anyhow::Result<Vec<Figure>> {
    let (film, _) = material::film()?;
    let [child, _] = material::children()?;
    let cast = child.cast();
    let settings = Settings::new(material::SIZE.width, material::SIZE.height, film.info().fps);
    let (mut personal, mut shared, mut figures) = (Sums::default(), Sums::default(), Vec::new());
    for (index, shot) in film.shots().iter().enumerate() {
        let is_personal = shot.is_personal_for(&cast);
        let effort = if is_personal { Effort::Fast } else { Effort::Best };
        let scene = film.scene(index, &cast, material::SIZE)?;
        let sums = one(&mut SceneFrames::new(scene, &settings), &settings.with_effort(effort))?;
        let kind = if is_personal { "personal" } else { "shared" };
        figures.extend(sums.row(&format!("shot {} ({kind})", shot.id), None));
        if is_personal { personal.add(&sums) } else { shared.add(&sums) }
    }
    figures.extend(shared.row("mean shared shot", None));
    figures.extend(personal.row("mean personal shot", Some(Bar::AtMost(0.20))));
    let mut whole = personal;
    whole.add(&shared);
    figures.push(Figure::new("whole film rate", whole.rate(), "kbit/s").against(Bar::AtMost(1000.0)));
    figures.push(Figure::new("whole film quality", whole.ssim(), "SSIM").against(Bar::AtLeast(0.987)));
    Ok(figures)
}

/// Draws, converts and encodes one shot.
pub fn one(frames: &mut dyn Frames, settings: &Settings) -> anyhow::Result<Sums> {
    let mut sums = Sums::default();
    let mut encoder = adding(&mut sums.encode, || Encoder::new(settings))?;
    let mut decoder = Decoder::new()?;
    let mut picture = Picture::new(settings.width, settings.height);
    for frame in 0..frames.frames() {
        let rgba = adding(&mut sums.draw, || frames.draw(frame));
        adding(&mut sums.convert, || picture.set_rgba(rgba));
        let unit = adding(&mut sums.encode, || encoder.encode(&picture))?;
        let shown = decoder.decode(&unit)?.ok_or_else(|| anyhow::anyhow!("a picture went missing"))?;
        sums.bytes += unit.len() as f64;
        sums.likeness += ssim(&picture, &shown);
        sums.frames += 1.0;
    }
    sums.seconds = sums.frames / f64::from(settings.fps);
    Ok(sums)
}
