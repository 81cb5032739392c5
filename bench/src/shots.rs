//! Each shot alone on one thread: CPU of drawing, conversion and encoding, rate and
//! picture quality, personal and shared ones apart.

use cinema::{Decoder, Effort, Encoder, Frames, Picture, SceneFrames, Settings, ssim};

use crate::clock::adding;
use crate::figure::{Bar, Figure};
use crate::material;

#[derive(Default, Clone, Copy)]
struct Sums {
    seconds: f64,
    draw: f64,
    convert: f64,
    encode: f64,
    bytes: f64,
    frames: f64,
    likeness: f64,
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

    fn cpu(&self) -> f64 {
        (self.draw + self.convert + self.encode) / self.seconds
    }

    fn rate(&self) -> f64 {
        self.bytes * 8.0 / 1000.0 / self.seconds
    }

    fn ssim(&self) -> f64 {
        self.likeness / self.frames
    }

    fn figures(&self, name: &str) -> Vec<Figure> {
        let cpu = "CPU s / film s";
        vec![
            Figure::new(format!("{name} draw"), self.draw / self.seconds, cpu),
            Figure::new(format!("{name} convert"), self.convert / self.seconds, cpu),
            Figure::new(format!("{name} encode"), self.encode / self.seconds, cpu),
            Figure::new(format!("{name} all three"), self.cpu(), cpu),
            Figure::new(format!("{name} rate"), self.rate(), "kbit/s"),
            Figure::new(format!("{name} quality"), self.ssim(), "SSIM"),
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
        let effort = if shot.is_personal() { Effort::Fast } else { Effort::Best };
        let scene = film.scene(index, &cast, material::SIZE)?;
        let sums = one(&mut SceneFrames::new(scene, &settings), &settings.with_effort(effort))?;
        let kind = if shot.is_personal() { "personal" } else { "shared" };
        figures.extend(sums.figures(&format!("shot {} ({kind})", shot.id)));
        if shot.is_personal() { personal.add(&sums) } else { shared.add(&sums) }
    }
    figures.extend(shared.figures("mean shared shot"));
    let mean = personal.figures("mean personal shot").into_iter();
    figures.extend(mean.map(|figure| {
        if figure.unit == "CPU s / film s" && figure.name.ends_with("all three") {
            figure.against(Bar::AtMost(0.20))
        } else {
            figure
        }
    }));
    let mut whole = personal;
    whole.add(&shared);
    figures.push(Figure::new("whole film rate", whole.rate(), "kbit/s").against(Bar::AtMost(1000.0)));
    figures.push(Figure::new("whole film quality", whole.ssim(), "SSIM").against(Bar::AtLeast(0.987)));
    Ok(figures)
}

fn one(frames: &mut dyn Frames, settings: &Settings) -> anyhow::Result<Sums> {
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
