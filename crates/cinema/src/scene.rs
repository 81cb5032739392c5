//! Films as the engine knows them: a drawn scene as a source of pictures, and the
//! words of a film as captions with their times.

use film::{Area, Canvas, Cast, Film, Moving, Painted, Scene};
use likeness::Photo;
use region::{Moved, Ways};

use crate::captions::Cue;
use crate::frames::{AreaFrames, Frames};
use crate::settings::Settings;

/// A scene with the canvas that it is drawn on.
pub struct SceneFrames {
    scene: Scene,
    canvas: Canvas,
}

impl SceneFrames {
    /// The scene must have been made for the size in the settings.
    pub fn new(scene: Scene, settings: &Settings) -> Self {
        Self { scene, canvas: Canvas::new(settings.width, settings.height) }
    }
}

impl Frames for SceneFrames {
    fn frames(&self) -> u32 {
        self.scene.frames()
    }

    fn draw(&mut self, frame: u32) -> &[u8] {
        self.scene.draw(frame, &mut self.canvas);
        self.canvas.pixels()
    }

    fn ways(&self, frame: u32) -> Option<Ways> {
        let [own, others] = self.scene.ways(frame)?;
        Some(Ways { own, others })
    }
}

/// A scene of which only what a child can change is drawn.
pub struct SceneAreas {
    scene: Scene,
    canvas: Canvas,
}

impl SceneAreas {
    /// Of a scene of those who play.
    pub fn new(scene: Scene) -> Self {
        Self { scene, canvas: Canvas::new(16, 16) }
    }
}

impl AreaFrames for SceneAreas {
    fn frames(&self) -> u32 {
        self.scene.frames()
    }

    fn moved(&self, frame: u32) -> Vec<Moved> {
        let moved = self.scene.moved(frame).into_iter();
        moved.map(|film::Moved { outline, place }| Moved { outline, place }).collect()
    }

    fn draw_area(&mut self, frame: u32, area: Area) -> &[u8] {
        self.canvas.resize(area.width, area.height);
        self.scene.draw_area(frame, area, &mut self.canvas);
        self.canvas.pixels()
    }
}

/// A painted shot with the canvas that it is drawn on.
pub struct PaintedFrames {
    painted: Painted,
    canvas: Canvas,
}

impl PaintedFrames {
    /// The shot must have been made for the size in the settings.
    pub fn new(painted: Painted, settings: &Settings) -> Self {
        Self { painted, canvas: Canvas::new(settings.width, settings.height) }
    }
}

impl Frames for PaintedFrames {
    fn frames(&self) -> u32 {
        self.painted.frames()
    }

    fn draw(&mut self, frame: u32) -> &[u8] {
        self.painted.draw(frame, &mut self.canvas);
        self.canvas.pixels()
    }
}

/// A moving picture with the canvas that it is drawn on, and with whatever gives its pictures, each once and in order.
pub struct MovingFrames<'a> {
    moving: Moving,
    next: &'a mut dyn FnMut() -> Option<Photo>,
    /// How many were given.
    given: usize,
    canvas: Canvas,
}

impl<'a> MovingFrames<'a> {
    /// The shot must have been made for the size in the settings. When `next` has nothing to give, there is no frame: it
    /// is empty, and [`make_shot`](crate::make_shot) fails.
    pub fn new(moving: Moving, next: &'a mut dyn FnMut() -> Option<Photo>, settings: &Settings) -> Self {
        Self { moving, next, given: 0, canvas: Canvas::new(settings.width, settings.height) }
    }
}

impl Frames for MovingFrames<'_> {
    fn frames(&self) -> u32 {
        self.moving.frames()
    }

    fn draw(&mut self, frame: u32) -> &[u8] {
        let wanted = self.moving.shown(frame) + 1;
        let mut picture = None;
        while self.given < wanted {
            picture = (self.next)();
            if picture.is_none() {
                return &[];
            }
            self.given += 1;
        }
        // Shown longer than a frame, it is on the canvas already.
        if let Some(picture) = picture {
            self.moving.draw(&picture, &mut self.canvas);
        }
        self.canvas.pixels()
    }
}

/// The story's lines in the language of the cast, with its names.
pub fn captions(film: &Film, cast: &Cast<'_>) -> Vec<Cue> {
    cues(film, &film.words(cast.language).captions, cast)
}

/// What is to be seen, in the language of the cast, with its names.
pub fn descriptions(film: &Film, cast: &Cast<'_>) -> Vec<Cue> {
    cues(film, &film.words(cast.language).described, cast)
}

fn cues(film: &Film, lines: &[Option<String>], cast: &Cast<'_>) -> Vec<Cue> {
    let shots = film.shots().iter().zip(lines);
    shots
        .filter_map(|(shot, line)| {
            let told = film.told(line.as_deref()?, cast);
            Cue::of_shot(&told, u64::from(shot.first_frame), shot.frames)
        })
        .collect()
}
