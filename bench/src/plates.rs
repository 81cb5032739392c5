//! Personal shots on a plate: what is kept of each, what making it takes once, and what an order takes then, beside the
//! same shot made whole.

use std::ops::ControlFlow;

use cinema::{Decoder, Encoder, Frames, Picture, Plate, PlateFrames, SceneFrames, Settings, ssim};
use film::{Cast, Film};

use crate::clock::adding;
use crate::figure::{Bar, Figure};
use crate::material;
use crate::shots::{self, Sums};

pub fn measure() -> anyhow::Result<Vec<Figure>> {
    let (film, _) = material::film()?;
    let [_, child] = material::children()?;
    let settings = Settings::new(material::SIZE.width, material::SIZE.height, film.info().fps);
    let (mut figures, mut once, mut kept) = (Vec::new(), 0.0, 0.0);
    let (mut on_plates, mut whole) = (Sums::default(), Sums::default());
    for (shot, info) in film.shots().iter().enumerate() {
        if !info.is_personal_for(&child.cast()) {
            continue;
        }
        let plate = adding(&mut once, || plate(&film, shot, &settings))?;
        let bytes = plate.to_bytes();
        kept += bytes.len() as f64;
        let (sums, drawn) = on_plate(&film, shot, &child.cast(), &bytes, &settings)?;
        let row = format!("shot {} on a plate", info.id);
        figures.push(Figure::in_row(&row, "drawn", drawn, "of the picture"));
        figures.extend(sums.row(&row, None));
        on_plates.add(&sums);
        let mut scene = SceneFrames::new(film.scene(shot, &child.cast(), material::SIZE)?, &settings);
        whole.add(&shots::one(&mut scene, &settings)?);
    }
    figures.extend(on_plates.row("mean personal shot on a plate", Some(Bar::AtMost(0.20))));
    figures.extend(whole.row("mean personal shot without", None));
    let seconds = f64::from(film.frames()) / f64::from(film.info().fps);
    figures.extend([
        Figure::new("plates made once", once / seconds, "CPU s / film s"),
        Figure::new("plates kept", kept / 1e6, "MB"),
        Figure::new("on plates against whole", on_plates.cpu() / whole.cpu(), "times"),
    ]);
    Ok(figures)
}

/// The plate of a shot, made with the film's sample.
pub fn plate(film: &Film, shot: usize, settings: &Settings) -> anyhow::Result<Plate> {
    let options = Default::default();
    let sample = Cast { face: None, name: "", language: "en", options: &options, second: None };
    let scene = film.scene(shot, &sample, material::SIZE)?;
    Ok(Plate::make(scene, settings, &mut |_, _| ControlFlow::Continue(()))?)
}

/// Makes a shot on its plate; "draw" is all that comes before encoding. Also the share of the pictures that was drawn.
fn on_plate(
    film: &Film,
    shot: usize,
    cast: &Cast<'_>,
    plate: &[u8],
    settings: &Settings,
) -> anyhow::Result<(Sums, f64)> {
    let mut sums = Sums::default();
    let plate =
        adding(&mut sums.draw, || Plate::from_bytes(plate)).ok_or_else(|| anyhow::anyhow!("no plate"))?;
    let scene = film.scene(shot, cast, material::SIZE)?;
    let mut frames = adding(&mut sums.draw, || PlateFrames::new(&plate, scene, settings))?;
    let mut source = SceneFrames::new(film.scene(shot, cast, material::SIZE)?, settings);
    let mut encoder = adding(&mut sums.encode, || Encoder::new(settings))?;
    let mut decoder = Decoder::new()?;
    let mut picture = Picture::new(settings.width, settings.height);
    let (mut ideal, mut drawn) = (picture.clone(), 0.0);
    for frame in 0..frames.frames() {
        adding(&mut sums.draw, || frames.picture(frame, &mut picture))?;
        let unit = adding(&mut sums.encode, || encoder.encode(&picture))?;
        let shown = decoder.decode(&unit)?.ok_or_else(|| anyhow::anyhow!("a picture went missing"))?;
        ideal.set_rgba(source.draw(frame));
        sums.likeness += ssim(&ideal, &shown);
        sums.bytes += unit.len() as f64;
        sums.frames += 1.0;
        let areas = frames.areas(frame);
        drawn += areas.iter().map(|area| f64::from(area.width * area.height)).sum::<f64>();
    }
    sums.seconds = sums.frames / f64::from(settings.fps);
    let all = sums.frames * f64::from(settings.width * settings.height);
    Ok((sums, drawn / all))
}
