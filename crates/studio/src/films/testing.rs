//! A renderer that draws nothing but counts, a small film, and orders of it, for the tests of the rules.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use cinema::Effort;
use film::Room;

use super::{Catalogue, FilmId, Persona, Placed, RenderError, Renderer, Show, Variant};
use crate::db::testing::{Kit, Painted};
use crate::orders::{Change, GivenPhoto, OrderId};
use crate::photos::GuardianAffirmation;
use crate::till::{Outcome, Settled};
use crate::{AccountId, Outside, PhotoId, Studio, boxed};

/// The folder of the film engine's own small film.
pub(crate) fn tiny() -> impl film::Folder {
    Disk(concat!(env!("CARGO_MANIFEST_DIR"), "/../film/tests/tiny").into())
}

/// The film engine's own small film: a shared shot, one with the face, one with the name, one with an age.
pub(crate) fn catalogue() -> Catalogue {
    catalogue_in(&[])
}

/// The same; besides its own size it comes in these heights.
pub(crate) fn catalogue_in(heights: &[u32]) -> Catalogue {
    Catalogue::in_heights(heights, [&tiny() as &dyn film::Folder]).unwrap()
}

/// The tiny film one version later, in which it is told in one language more.
pub(crate) fn later() -> impl film::Folder {
    Later
}

/// The later version on offer, in these heights, and the one before it for the copies that are there.
pub(crate) fn catalogue_of_later_in(heights: &[u32]) -> Catalogue {
    let later = Catalogue::in_heights(heights, [&Later as &dyn film::Folder]).unwrap();
    later.with_earlier(heights, [&tiny() as &dyn film::Folder])
}

struct Later;

impl film::Folder for Later {
    fn read(&self, path: &str) -> Option<std::borrow::Cow<'_, [u8]>> {
        let file = |path: &str| Some(tiny().read(path)?.into_owned());
        let bytes = match path {
            "film.toml" => {
                let text = String::from_utf8(file(path)?).ok()?;
                let text = text.replacen("version = 1", "version = 2", 1);
                text.replace("\"de\"]", "\"de\", \"fr\"]").into_bytes()
            }
            "words/fr.toml" => file("words/en.toml")?,
            other => file(other)?,
        };
        Some(bytes.into())
    }

    fn paths(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The studio as it is after its next start, with these films.
#[boxed]
pub(crate) async fn restarted(kit: &Kit, films: Catalogue, renderer: &Arc<Counting>) -> Studio {
    let outside =
        Outside { clock: kit.clock.clone(), renderer: Arc::new(Arc::clone(renderer)), ..Outside::embedded() };
    let config = kit.studio.config().clone();
    Studio::open_with(config, outside, films, Arc::new(Painted)).await.unwrap()
}

/// Places of the tiny film's shots.
pub(crate) const SHARED: usize = 0;
pub(crate) const FACE: usize = 1;
pub(crate) const NAME: usize = 2;
pub(crate) const AGE: usize = 3;

/// The same film, which can take a second hero, who is in its last shot.
pub(crate) fn catalogue_of_two() -> Catalogue {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../film/tests/tiny");
    Catalogue::read([&OfTwo(Disk(folder.into())) as &dyn film::Folder]).unwrap()
}

/// Place of the shot with the second hero, in the film that can take one.
pub(crate) const FRIEND: usize = 4;

struct OfTwo(Disk);

impl film::Folder for OfTwo {
    fn read(&self, path: &str) -> Option<std::borrow::Cow<'_, [u8]>> {
        let text = |path: &str| String::from_utf8(self.0.read(path)?.into_owned()).ok();
        let changed = match path {
            "film.toml" => text(path)?
                .replace("\"04-age\"]", "\"04-age\", \"05-friend\"]")
                .replace("[fonts]", "second = { sample = \"Tom\" }\n\n[fonts]"),
            "shots/05-friend.toml" => {
                let writing =
                    text("shots/03-name.toml")?.replace("slot = \"name\"", "slot = \"second.name\"");
                writing.replace("drawing = \"sign.svg\"", "drawing = \"friend.svg\"\nat = [120, 40]")
            }
            "drawings/friend.svg" => text("drawings/hero.svg")?
                .replace("slot:face", "slot:second.face")
                .replace("data-fill=\"skin\"", "data-fill=\"second.skin\""),
            words if words.starts_with("words/") => {
                let more =
                    "[shots.05-friend]\ncaption = \"{second} waves back.\"\ndescribed = \"Two children.\"\n";
                text(words)? + more
            }
            other => return self.0.read(other),
        };
        Some(changed.into_bytes().into())
    }

    fn paths(&self) -> Vec<String> {
        Vec::new()
    }
}

struct Disk(std::path::PathBuf);

impl film::Folder for Disk {
    fn read(&self, path: &str) -> Option<std::borrow::Cow<'_, [u8]>> {
        std::fs::read(self.0.join(path)).ok().map(Into::into)
    }

    fn paths(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Counts what it is asked for; fails where it is told to.
#[derive(Default)]
pub(crate) struct Counting {
    made: Mutex<BTreeMap<usize, u32>>,
    /// In other sizes: by height and shot.
    made_otherwise: Mutex<BTreeMap<(u32, usize), u32>>,
    /// Made beside what is everyone's, and that.
    beside: Mutex<BTreeMap<usize, u32>>,
    sides: Mutex<BTreeMap<usize, u32>>,
    room: Mutex<Option<Room>>,
    broken: Mutex<Option<usize>>,
    panics: Mutex<Option<usize>>,
}

impl Counting {
    /// From now on this shot cannot be made.
    pub fn break_shot(&self, shot: Option<usize>) {
        *self.broken.lock().unwrap() = shot;
    }

    /// From now on all who play take this room; nothing: no shot is made beside what is everyone's.
    pub fn give_room(&self, room: Option<Room>) {
        *self.room.lock().unwrap() = room;
    }

    /// How often each shot was made beside what is everyone's, and how often that was made.
    pub fn made_beside(&self) -> [BTreeMap<usize, u32>; 2] {
        [&self.beside, &self.sides].map(|counted| counted.lock().unwrap().clone())
    }

    /// From now on making this shot panics.
    pub fn panic_at(&self, shot: Option<usize>) {
        *self.panics.lock().unwrap() = shot;
    }

    /// How often each shot was made.
    pub fn made(&self) -> BTreeMap<usize, u32> {
        self.made.lock().unwrap().clone()
    }

    /// How often each shot was made in each other size.
    pub fn made_otherwise(&self) -> BTreeMap<(u32, usize), u32> {
        self.made_otherwise.lock().unwrap().clone()
    }

    /// Forgets what was counted.
    pub fn reset(&self) {
        self.made.lock().unwrap().clear();
        self.made_otherwise.lock().unwrap().clear();
        self.beside.lock().unwrap().clear();
        self.sides.lock().unwrap().clear();
    }
}

/// A shot for somebody who takes a room.
struct Counted(std::sync::Arc<Counting>, Persona, Room);

impl Placed for Counted {
    fn room(&self) -> Room {
        self.2
    }

    fn beside(
        self: Box<Self>,
        show: &Show,
        shot: usize,
        (_, side): (Room, &[u8]),
        _: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, RenderError> {
        if side != SIDE {
            return Err(RenderError::Failed("another side".into()));
        }
        *self.0.beside.lock().unwrap().entry(shot).or_default() += 1;
        segment(show, shot, &self.1, show.own(), Effort::Fast)
    }
}

impl Renderer for std::sync::Arc<Counting> {
    fn placed(&self, _: &Show, _: usize, persona: &Persona) -> Result<Option<Box<dyn Placed>>, RenderError> {
        let counted = |room| Box::new(Counted(self.clone(), persona.clone(), room)) as Box<dyn Placed>;
        Ok(self.room.lock().unwrap().map(counted))
    }

    fn side(
        &self,
        _: &Show,
        shot: usize,
        nobody: &Persona,
        _: Room,
        _: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, RenderError> {
        assert!(nobody.face.is_none() && nobody.name.is_empty(), "nothing of a family");
        *self.sides.lock().unwrap().entry(shot).or_default() += 1;
        Ok(SIDE.to_vec())
    }

    fn shot(
        &self,
        show: &Show,
        shot: usize,
        persona: &Persona,
        (variant, effort): (&Variant, Effort),
        _: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, RenderError> {
        match variant.height() {
            Some(height) => *self.made_otherwise.lock().unwrap().entry((height, shot)).or_default() += 1,
            None => *self.made.lock().unwrap().entry(shot).or_default() += 1,
        }
        let told_to = *self.panics.lock().unwrap() == Some(shot);
        assert!(!told_to, "told to panic");
        if *self.broken.lock().unwrap() == Some(shot) {
            return Err(RenderError::Failed("told to".into()));
        }
        segment(show, shot, persona, variant, effort)
    }

    fn still(&self, _: &Show, _: usize, _: u32, _: &Persona, _: u32) -> Result<Vec<u8>, RenderError> {
        Ok(b"a still".to_vec())
    }
}

/// What stands for everyone's part of a shot.
const SIDE: &[u8] = b"everyone's part";

/// A real, very small segment, so that a file can be put together from it.
fn segment(
    show: &Show,
    shot: usize,
    persona: &Persona,
    variant: &Variant,
    effort: Effort,
) -> Result<Vec<u8>, RenderError> {
    let settings = variant.settings().with_effort(effort);
    let frames = show.film().shots()[shot].frames;
    let seed = persona.name.len() as u32 + shot as u32;
    let mut pattern = cinema::TestPattern::new(settings.width, settings.height, frames, seed);
    cinema::make_shot(&mut pattern, show.place(shot), &settings, &mut |_, _| {
        std::ops::ControlFlow::Continue(())
    })
    .map(|segment| segment.bytes)
    .map_err(|error| RenderError::Failed(error.to_string()))
}

/// The guardian's word, as it is asked for now.
pub(crate) fn affirmation(kit: &Kit) -> GuardianAffirmation {
    GuardianAffirmation { wording: kit.studio.policy().wording(policy::Subject::Guardian).version.clone() }
}

/// A photo given for an order.
pub(crate) fn given(kit: &Kit, photo: PhotoId) -> Option<GivenPhoto> {
    Some(GivenPhoto { photo, affirmation: affirmation(kit) })
}

/// A photo with one face.
async fn photo(kit: &Kit, account: &AccountId) -> PhotoId {
    kit.studio.photos().upload(account, &Painted::photo(1), Some(affirmation(kit))).await.unwrap().id
}

/// An order with everything that is asked for.
#[boxed]
pub(crate) async fn whole_order(kit: &Kit, account: &AccountId) -> (OrderId, String) {
    let orders = kit.studio.orders();
    let draft = orders.begin(account, "tiny", "en").await.unwrap();
    let change = Change {
        name: Some("Mia".into()),
        photo: given(kit, photo(kit, account).await),
        options: BTreeMap::from([("age".into(), "5".into())]),
        ..Change::default()
    };
    let draft = orders.change(account, &draft.id, change).await.unwrap();
    assert_eq!(draft.missing, []);
    (draft.id, draft.pay_key)
}

/// An order that was paid: its film is being made.
#[boxed]
pub(crate) async fn paid(kit: &Kit, account: &AccountId) -> (OrderId, FilmId) {
    let (order, pay_key) = whole_order(kit, account).await;
    match kit.studio.till().settle(account, &order, &pay_key, Outcome::Pay).await.unwrap() {
        Settled::Paid(view) => (order, view.made.clone().unwrap()),
        other => panic!("{other:?}"),
    }
}
