//! Coding only the child: each personal shot of the film in two sides, of which an order draws and codes one, beside the
//! same shot made whole; and what a second copy takes where that is done wherever it pays.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use anyhow::{Context, ensure};
use cinema::{
    AreaFrames, Effort, PersonalSide, Regions, SceneAreas, SceneFrames, Settings, SharedSide,
    make_shared_side, make_shot,
};
use film::{Cast, Film, Room};

use crate::clock::adding;
use crate::figure::{Bar, Figure};
use crate::shots::{self, PLACE, Sums};
use crate::{graph, material};

/// What a second copy is to take of an ffmpeg graph's, where only the child is drawn and coded.
const GRAPH_BAR: Bar = Bar::AtLeast(10.0);

fn go_on(_: u32, _: u32) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

pub fn measure() -> anyhow::Result<Vec<Figure>> {
    let (film, _) = material::film()?;
    let [one, other] = material::children()?;
    let settings = Settings::new(material::SIZE.width, material::SIZE.height, film.info().fps);
    let (mut figures, mut behind, mut order, mut all) = (Vec::new(), Vec::new(), Order::default(), 0.0);
    let mut later = Sums::default();
    for (shot, info) in film.shots().iter().enumerate() {
        if !info.is_personal_for(&other.cast()) {
            let well = settings.with_effort(Effort::Best);
            later.add(&shots::of_film(&film, shot, &other.cast(), &well)?);
            continue;
        }
        all += 1.0;
        let whole = whole(&film, shot, &other.cast(), &settings)?;
        let Some(room) = film.scene(shot, &other.cast(), material::SIZE)?.room() else {
            anyhow::bail!("the child takes more room than any")
        };
        let (side, once) = shared_side(&film, shot, room, &settings)?;
        let regions = by_regions(&film, shot, &other.cast(), &side, &settings)?;
        let (name, (slices, most)) = (format!("shot {}", info.id), side.regions().slices());
        let row = format!("{name} by regions");
        figures.extend([
            Figure::in_row(&row, "personal", side.regions().share(), "of the picture"),
            Figure::in_row(&row, "slices", slices, "a picture"),
            Figure::in_row(&row, "most slices", most as f64, "a picture"),
        ]);
        later.add(if side.pays() { &regions.sums } else { &whole.sums });
        order.seconds += regions.sums.seconds;
        figures.extend(regions.sums.row(&row, None));
        figures.extend(whole.sums.row(&format!("{name} whole"), None));
        if side.pays() {
            order.cpu += regions.cpu();
            order.once += once;
            order.kept += side.to_bytes().len() as f64;
            order.shots += 1.0;
        } else {
            order.cpu += whole.cpu();
        }
        order.regions += regions.cpu();
        order.whole += whole.cpu();
        let mut frames = SceneFrames::new(film.scene(shot, &one.cast(), material::SIZE)?, &settings);
        behind.push(make_shot(&mut frames, PLACE, &settings, &mut go_on)?.bytes);
    }
    let seconds = f64::from(film.frames()) / f64::from(film.info().fps);
    figures.extend([
        Figure::new("shots that pay by regions", order.shots, "shots"),
        Figure::new("personal shots", all, "shots"),
        Figure::new("shared sides made once", order.once / seconds, "CPU s / film s"),
        Figure::new("shared sides kept", order.kept / 1e6, "MB"),
        Figure::new("second copy made whole", order.whole / seconds, "CPU s / film s"),
        Figure::new("second copy all by regions", order.regions / seconds, "CPU s / film s"),
        Figure::new("second copy by regions", order.cpu / seconds, "CPU s / film s"),
        Figure::new("mean personal shot by regions", order.cpu / order.seconds, "CPU s / film s")
            .against(shots::SHOT_BAR),
        graph::against_the_trial("second copy by regions", order.cpu / seconds),
    ]);
    figures.extend(later.against_the_bars("later copy"));
    let behind: Vec<&[u8]> = behind.iter().map(Vec::as_slice).collect();
    if let Some(graph) = graph::copy(&film, &behind, other.face())? {
        let less = Figure::new(
            "second copy by regions against an ffmpeg graph",
            graph.cpu / order.cpu,
            "times less",
        );
        figures.push(less.against(GRAPH_BAR));
    }
    Ok(figures)
}

/// CPU seconds and bytes over all personal shots.
#[derive(Default)]
struct Order {
    /// Of an order, by regions where it pays.
    cpu: f64,
    /// The same for all of them by regions, and for none.
    regions: f64,
    whole: f64,
    /// What is made and kept for all orders.
    once: f64,
    kept: f64,
    /// Shots that are made so.
    shots: f64,
    /// Seconds of all personal ones.
    seconds: f64,
}

/// A shot of an order.
struct Made {
    sums: Sums,
    /// CPU seconds of getting ready and of putting together.
    around: f64,
}

impl Made {
    fn cpu(&self) -> f64 {
        self.sums.cpu() + self.around
    }
}

fn whole(film: &Film, shot: usize, cast: &Cast<'_>, settings: &Settings) -> anyhow::Result<Made> {
    let mut around = 0.0;
    let scene = adding(&mut around, || film.scene(shot, cast, material::SIZE))?;
    let sums = shots::one(&mut SceneFrames::new(scene, settings), settings)?;
    Ok(Made { sums, around })
}

/// What is everyone's, drawn with nobody in it, and the CPU seconds it took.
fn shared_side(
    film: &Film,
    shot: usize,
    room: Room,
    settings: &Settings,
) -> anyhow::Result<(SharedSide, f64)> {
    let options = BTreeMap::new();
    let sample = Cast { face: None, name: "", language: "en", options: &options, second: None };
    let scene = film.scene(shot, &sample, material::SIZE)?.emptied();
    let regions = Regions::of_scene(&scene, room, settings);
    let mut cpu = 0.0;
    let mut frames = SceneFrames::new(scene, settings);
    let side = adding(&mut cpu, || make_shared_side(&mut frames, regions, settings, &mut go_on))?;
    Ok((side, cpu))
}

fn by_regions(
    film: &Film,
    shot: usize,
    cast: &Cast<'_>,
    shared: &SharedSide,
    settings: &Settings,
) -> anyhow::Result<Made> {
    let (mut around, mut sums) = (0.0, Sums::default());
    // As an order does: it asks for the room, reads the side that was kept for that, and sees whether it fits.
    let mut scene = adding(&mut around, || film.scene(shot, cast, material::SIZE))?;
    let room = adding(&mut around, || scene.room()).context("the child takes more room than any")?;
    let kept = shared.to_bytes();
    let shared = &adding(&mut around, || SharedSide::from_bytes(&kept)).context("a side that can be read")?;
    let regions = adding(&mut around, || Regions::of_scene(&scene, room, settings));
    ensure!(regions == *shared.regions(), "the side fits");
    let mut areas = SceneAreas::new(scene);
    let mut side = adding(&mut sums.encode, || PersonalSide::new(shared));
    while let Some((frame, drawn)) = side.next() {
        for area in drawn {
            let rgba = adding(&mut sums.draw, || areas.draw_area(frame, area));
            adding(&mut sums.convert, || side.put(area, rgba))?;
        }
        let moved = adding(&mut sums.encode, || areas.moved(frame));
        adding(&mut sums.encode, || side.code(&moved))?;
    }
    let segment = adding(&mut around, || side.finish(PLACE))?;
    let mut source = SceneFrames::new(film.scene(shot, cast, material::SIZE)?, settings);
    sums.see(&segment.bytes, &mut source, settings)?;
    Ok(Made { sums, around })
}
