//! Each shot alone on one thread: CPU of drawing, conversion and encoding, of all three against encoding alone, rate and
//! picture quality, personal and shared ones apart. Personal ones are made quickly and whole, as for a family that waits;
//! shared ones well, as they are made ahead.

use std::ops::ControlFlow;

use anyhow::ensure;
use cinema::{
    Decoder, Effort, Fragment, Frames, ParameterSets, Picture, SceneFrames, SegmentPlace, Settings,
    make_shot, ssim, to_stream,
};
use film::{Cast, Film};

use crate::clock::adding;
use crate::figure::{Bar, Figure};
use crate::material;

/// What a personal shot is to take at most, in CPU seconds for a second of film.
pub const SHOT_BAR: Bar = Bar::AtMost(0.20);

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
    pub fn add(&mut self, other: &Self) {
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

    /// In kbit/s.
    fn rate(&self) -> f64 {
        self.bytes * 8.0 / 1000.0 / self.seconds
    }

    /// SSIM, on average.
    fn ssim(&self) -> f64 {
        self.likeness / self.frames
    }

    /// Rate and quality of a whole film.
    pub fn against_the_bars(&self, name: &str) -> [Figure; 2] {
        [
            Figure::new(format!("{name} rate"), self.rate(), "kbit/s").against(Bar::AtMost(1000.0)),
            Figure::new(format!("{name} quality"), self.ssim(), "SSIM").against(Bar::AtLeast(0.987)),
        ]
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
        let sums = of_film(&film, index, &cast, &settings.with_effort(effort))?;
        let kind = if is_personal { "personal" } else { "shared" };
        figures.extend(sums.row(&format!("shot {} ({kind})", shot.id), None));
        if is_personal { personal.add(&sums) } else { shared.add(&sums) }
    }
    figures.extend(shared.row("mean shared shot", None));
    figures.extend(personal.row("mean personal shot", Some(SHOT_BAR)));
    let mut whole = personal;
    whole.add(&shared);
    figures.extend(whole.against_the_bars("whole film"));
    Ok(figures)
}

/// Makes a shot of a film, with the effort in the settings.
pub fn of_film(film: &Film, shot: usize, cast: &Cast<'_>, settings: &Settings) -> anyhow::Result<Sums> {
    let scene = film.scene(shot, cast, material::SIZE)?;
    one(&mut SceneFrames::new(scene, settings), settings)
}

/// Makes one shot as the product does, and sees what became of it.
pub fn one(frames: &mut dyn Frames, settings: &Settings) -> anyhow::Result<Sums> {
    let (mut sums, mut all) = (Sums::default(), 0.0);
    let mut drawing = Drawing { frames, drawn: 0.0, times: 0.0 };
    let go_on = &mut |_, _| ControlFlow::Continue(());
    let segment = adding(&mut all, || make_shot(&mut drawing, PLACE, settings, go_on))?;
    let Drawing { drawn, times, .. } = drawing;
    sums.draw = drawn;
    let shown = sums.see(&segment.bytes, frames, settings)?;
    // A shot that is made well is drawn and converted twice.
    sums.convert = shown * times / sums.frames;
    sums.encode = all - sums.draw - sums.convert;
    Ok(sums)
}

/// Of no account here.
pub const PLACE: SegmentPlace = SegmentPlace { first_frame: 0, sequence: 1 };

/// Frames with the CPU seconds that drawing them takes.
struct Drawing<'a> {
    frames: &'a mut dyn Frames,
    drawn: f64,
    times: f64,
}

impl Frames for Drawing<'_> {
    fn frames(&self) -> u32 {
        self.frames.frames()
    }

    fn draw(&mut self, frame: u32) -> &[u8] {
        self.times += 1.0;
        adding(&mut self.drawn, || self.frames.draw(frame))
    }
}

impl Sums {
    /// Adds size and likeness of a segment, of which the frames are the pictures as drawn; returns the CPU seconds of
    /// converting them once.
    pub fn see(
        &mut self,
        segment: &[u8],
        frames: &mut dyn Frames,
        settings: &Settings,
    ) -> anyhow::Result<f64> {
        let sets = ParameterSets::of(settings)?;
        let samples = Fragment::read(segment)?.samples;
        let pictures = Decoder::pictures(samples.iter().map(|sample| to_stream(sample.bytes, &sets)))?;
        ensure!(pictures.len() as u32 == frames.frames(), "a picture went missing");
        let (mut drawn, mut converting) = (Picture::new(settings.width, settings.height), 0.0);
        for (frame, shown) in (0..).zip(&pictures) {
            let rgba = frames.draw(frame);
            adding(&mut converting, || drawn.set_rgba(rgba));
            self.likeness += ssim(&drawn, shown);
        }
        self.bytes += segment.len() as f64;
        self.frames += pictures.len() as f64;
        self.seconds += pictures.len() as f64 / f64::from(settings.fps);
        Ok(converting)
    }
}
