//! One photo in one film: find the faces, cut one out, draw frames with it.

use std::collections::BTreeMap;

use film::{Canvas, Cast, Film, MapFolder, Rendition, Scene};
use likeness::{CutOut, Face, Likeness, Photo, Refusal};

/// The size that a preview is drawn in.
pub const VIEW: Rendition = Rendition { width: 640, height: 360 };

/// A shot of the preview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shot {
    /// Its id in the film.
    pub id: String,
    /// Number of frames.
    pub frames: u32,
}

/// A film with a child in it, as far as the preview shows it.
pub struct Screening {
    film: Film,
    language: String,
    /// Which shots of the film are shown.
    shots: Vec<usize>,
    likeness: Likeness,
    photo: Option<(Photo, Vec<Face>)>,
    hero: Option<CutOut>,
    /// The shots as they were drawn last with the present hero.
    scenes: BTreeMap<usize, Scene>,
    canvas: Canvas,
}

impl Screening {
    /// Opens a film from the files of [`Film::preview_folder`]; `None` if they are damaged.
    pub fn open(files: &[u8], language: &str) -> Option<Self> {
        let (film, _) = Film::draft(&MapFolder::from_bytes(files)?);
        let film = film?;
        let shots = film.preview_shots();
        (!shots.is_empty()).then(|| Self {
            film,
            language: language.to_owned(),
            shots,
            likeness: Likeness::embedded(),
            photo: None,
            hero: None,
            scenes: BTreeMap::new(),
            canvas: Canvas::new(VIEW.width, VIEW.height),
        })
    }

    /// Frames a second.
    pub fn fps(&self) -> u32 {
        self.film.info().fps
    }

    /// The shots, in the film's order.
    pub fn shots(&self) -> Vec<Shot> {
        let shot = |&shot: &usize| &self.film.shots()[shot];
        self.shots.iter().map(shot).map(|shot| Shot { id: shot.id.clone(), frames: shot.frames }).collect()
    }

    /// Looks at a photo (`width * height * 4` bytes, RGBA) and finds the faces in it, as the server does.
    ///
    /// # Errors
    /// Why no face of it can be used.
    pub fn look(&mut self, width: u32, height: u32, rgba: &[u8]) -> Result<&[Face], Refusal> {
        self.photo = None;
        self.hero = None;
        self.scenes.clear();
        let rgb = rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        let photo = Photo::new(width, height, rgb).ok_or(Refusal::NoFace)?;
        let faces = self.likeness.faces(&photo)?;
        let (_, faces) = self.photo.insert((photo, faces));
        Ok(faces)
    }

    /// Cuts out one of the faces found; from then on it plays.
    ///
    /// # Errors
    /// Why it cannot be cut out.
    pub fn cut_out(&mut self, face: usize) -> Result<&CutOut, Refusal> {
        let (photo, faces) = self.photo.as_ref().ok_or(Refusal::NoFace)?;
        let face = faces.get(face).ok_or(Refusal::NoFace)?;
        let hero = self.likeness.cut_out(photo, face)?;
        self.scenes.clear();
        Ok(self.hero.insert(hero))
    }

    /// The cut-out that plays.
    pub fn hero(&self) -> Option<&CutOut> {
        self.hero.as_ref()
    }

    /// Draws a frame of one of [`Screening::shots`]; `None` as long as nobody plays, and for a shot that is not there.
    pub fn draw(&mut self, shot: usize, frame: u32) -> Option<&[u8]> {
        let index = *self.shots.get(shot)?;
        if !self.scenes.contains_key(&shot) {
            let options = BTreeMap::new();
            let cast = Cast {
                face: Some(self.hero.as_ref()?),
                name: "",
                language: &self.language,
                options: &options,
                second: None,
            };
            self.scenes.insert(shot, self.film.scene(index, &cast, VIEW).ok()?);
        }
        self.scenes.get_mut(&shot)?.draw(frame, &mut self.canvas);
        Some(self.canvas.pixels())
    }
}
