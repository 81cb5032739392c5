//! Drawing and encoding as a part that is handed in, so that the tests of the rules need no pixels.

use std::ops::ControlFlow;

use cinema::{Effort, Frames, MovingFrames, PaintedFrames, Regions, SceneAreas, SceneFrames, SharedSide};
use film::{Canvas, Rendition, Room, Scene};

use crate::films::{Persona, Show, Variant};

/// Why a shot was not made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// Asked to stop: nobody needs it any more.
    #[error("it is not needed any more")]
    Stopped,
    /// It went wrong; another try may help.
    #[error("{0}")]
    Failed(String),
}

/// A personal shot that is ready for those who play.
pub trait Placed: Send {
    /// The room that they take.
    fn room(&self) -> Room;

    /// Makes it as a segment beside what is everyone's of it for a room; empty where that leaves out other parts than this shot
    /// needs. Blocking; `go_on` is asked after each picture.
    ///
    /// # Errors
    /// [`RenderError::Stopped`] after `go_on` said no.
    fn beside(
        self: Box<Self>,
        show: &Show,
        shot: usize,
        side: (Room, &[u8]),
        go_on: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, RenderError>;
}

/// Of a scene.
struct Set {
    scene: Scene,
    room: Room,
}

impl Placed for Set {
    fn room(&self) -> Room {
        self.room
    }

    fn beside(
        self: Box<Self>,
        show: &Show,
        shot: usize,
        (room, side): (Room, &[u8]),
        go_on: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, RenderError> {
        let unreadable = || RenderError::Failed("what was made ahead of the shot is damaged".into());
        let side = SharedSide::from_bytes(side).ok_or_else(unreadable)?;
        // A gap between the two would be seen. The side is right for others.
        if Regions::of_scene(&self.scene, room, show.settings()) != *side.regions() {
            return Ok(Vec::new());
        }
        let mut areas = SceneAreas::new(self.scene);
        let made = cinema::make_personal_shot(&side, &mut areas, show.place(shot), &mut until(go_on));
        made.map(|segment| segment.bytes).map_err(render_error)
    }
}

/// Makes pictures. Blocking: to be called on threads that may compute for long.
pub trait Renderer: Send + Sync {
    /// Makes one shot as a segment, in one of the film's sizes and with an effort. `go_on` is asked after each picture.
    ///
    /// # Errors
    /// [`RenderError::Stopped`] after `go_on` said no.
    fn shot(
        &self,
        show: &Show,
        shot: usize,
        persona: &Persona,
        how: (&Variant, Effort),
        go_on: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, RenderError>;

    /// Makes a personal shot ready for those who play; nothing where they take more room than any, and it is made whole.
    ///
    /// # Errors
    /// When the shot cannot be drawn.
    fn placed(
        &self,
        show: &Show,
        shot: usize,
        persona: &Persona,
    ) -> Result<Option<Box<dyn Placed>>, RenderError> {
        let mut scene = scene(show, shot, persona, show.rendition())?;
        Ok(scene.room().map(|room| Box::new(Set { scene, room }) as Box<dyn Placed>))
    }

    /// Makes of a personal shot what is everyone's who takes no more than a room, with nobody in it; empty where the shot
    /// had better be made whole. `go_on` is asked after each picture.
    ///
    /// # Errors
    /// [`RenderError::Stopped`] after `go_on` said no.
    fn side(
        &self,
        show: &Show,
        shot: usize,
        nobody: &Persona,
        room: Room,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, RenderError> {
        let settings = show.settings();
        let scene = scene(show, shot, nobody, show.rendition())?.emptied();
        let regions = Regions::of_scene(&scene, room, settings);
        if !regions.pays() {
            return Ok(Vec::new());
        }
        let mut frames = SceneFrames::new(scene, settings);
        let side = cinema::make_shared_side(&mut frames, regions, settings, &mut until(go_on));
        side.map(|side| side.to_bytes()).map_err(render_error)
    }

    /// Makes one shot of a picture that was painted for it. `go_on` is asked after each picture.
    ///
    /// # Errors
    /// [`RenderError::Stopped`] after `go_on` said no.
    fn painted(
        &self,
        show: &Show,
        shot: usize,
        picture: likeness::Photo,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, RenderError> {
        let settings = show.settings();
        let painted = show.film().painted(shot, picture, show.rendition());
        let painted = painted.map_err(|e| RenderError::Failed(e.to_string()))?;
        encode(show, shot, settings, &mut PaintedFrames::new(painted, settings), go_on)
    }

    /// Makes one shot of a moving picture that was made for it: when each of its pictures begins and when the last one
    /// ends, in seconds, and what gives them one after the other. `go_on` is asked after each picture.
    ///
    /// # Errors
    /// [`RenderError::Stopped`] after `go_on` said no.
    fn moving(
        &self,
        show: &Show,
        shot: usize,
        (starts, length): (&[f64], f64),
        next: &mut dyn FnMut() -> Option<likeness::Photo>,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, RenderError> {
        let settings = cinema::Settings { quantiser: MOVING_QUANTISER, ..*show.settings() };
        let moving = show.film().moving(shot, starts, length, show.rendition());
        let moving = moving.map_err(|e| RenderError::Failed(e.to_string()))?;
        encode(show, shot, &settings, &mut MovingFrames::new(moving, next, &settings), go_on)
    }

    /// Draws one picture of a shot as a JPEG of this width.
    ///
    /// # Errors
    /// When it cannot be drawn.
    fn still(
        &self,
        show: &Show,
        shot: usize,
        frame: u32,
        persona: &Persona,
        width: u32,
    ) -> Result<Vec<u8>, RenderError>;
}

/// The real engine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Engine;

/// Coarser than what is drawn: there is more to be seen in each picture, all of it softer, and it must not be much larger.
const MOVING_QUANTISER: u8 = 30;

/// Quality of stills and posters: no blocks to be seen on flat paper.
const JPEG_QUALITY: u8 = 86;

/// Counted up when the same drawing becomes another file.
pub(in crate::films) const JPEG_VERSION: u32 = 2;

impl Renderer for Engine {
    fn shot(
        &self,
        show: &Show,
        shot: usize,
        persona: &Persona,
        (variant, effort): (&Variant, Effort),
        go_on: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, RenderError> {
        let settings = variant.settings().with_effort(effort);
        let mut frames = SceneFrames::new(scene(show, shot, persona, variant.rendition())?, &settings);
        encode(show, shot, &settings, &mut frames, go_on)
    }

    fn still(
        &self,
        show: &Show,
        shot: usize,
        frame: u32,
        persona: &Persona,
        width: u32,
    ) -> Result<Vec<u8>, RenderError> {
        let info = show.film().info();
        let rendition = Rendition { width, height: (width * info.height / info.width) & !1 };
        let mut scene = scene(show, shot, persona, rendition)?;
        let mut canvas = Canvas::new(rendition.width, rendition.height);
        scene.draw(frame.min(scene.frames().saturating_sub(1)), &mut canvas);
        jpeg(&canvas).map_err(|e| RenderError::Failed(e.to_string()))
    }
}

/// What was drawn as a picture for a page. It is made once and fetched often: so colours are kept at half the size, as
/// the film itself keeps them, and its codes are counted out. It appears whole at once and becomes sharp, while on its way.
fn jpeg(canvas: &Canvas) -> Result<Vec<u8>, jpeg_encoder::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, JPEG_QUALITY);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_2_0);
    encoder.set_chroma_subsampling_method(jpeg_encoder::ChromaSubsamplingMethod::Average);
    encoder.set_optimized_huffman_tables(true);
    encoder.set_progressive(true);
    let side = |length: u32| u16::try_from(length).unwrap_or(u16::MAX);
    encoder.encode(
        canvas.pixels(),
        side(canvas.width()),
        side(canvas.height()),
        jpeg_encoder::ColorType::Rgba,
    )?;
    Ok(file)
}

fn encode(
    show: &Show,
    shot: usize,
    settings: &cinema::Settings,
    frames: &mut dyn Frames,
    go_on: &dyn Fn() -> bool,
) -> Result<Vec<u8>, RenderError> {
    let made = cinema::make_shot(frames, show.place(shot), settings, &mut until(go_on));
    made.map(|segment| segment.bytes).map_err(render_error)
}

/// Goes on as long as the answer is yes.
fn until(go_on: &dyn Fn() -> bool) -> impl FnMut(u32, u32) -> ControlFlow<()> {
    move |_, _| if go_on() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

fn render_error(error: cinema::ShotError) -> RenderError {
    match error {
        cinema::ShotError::Cancelled => RenderError::Stopped,
        error => RenderError::Failed(error.to_string()),
    }
}

fn scene(show: &Show, shot: usize, persona: &Persona, rendition: Rendition) -> Result<Scene, RenderError> {
    show.film().scene(shot, &persona.cast(), rendition).map_err(|e| RenderError::Failed(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_the_sides_and_the_colour_of_what_was_drawn() {
        let file = jpeg(&Canvas::new(94, 54)).unwrap();
        let picture = image::load_from_memory(&file).unwrap().to_rgb8();
        assert_eq!(picture.dimensions(), (94, 54));
        assert!(
            picture.pixels().all(|pixel| pixel.0.iter().all(|channel| *channel < 4)),
            "an empty canvas is black"
        );
    }
}
