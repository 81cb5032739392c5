//! The pictures of a family's films in their library: our own house shows the film's picture, with its sample child, and
//! a vendor's that of the family.

use std::sync::Arc;

use cinema::Effort;
use emulators::imagekit::{ENDPOINT, ImageKit, PRIVATE_KEY};
use policy::ProcessorId;
use serde_json::json;

use super::{Emulated, Held, Role, hours_pass, with_nobody, with_vendor};
use crate::clock::SECOND_MS;
use crate::db::testing::Kit;
use crate::films::testing::{Counting, paid};
use crate::films::{FilmId, Persona, Placed, PublicPictureKind, RenderError, Renderer, Show, Variant};
use crate::jobs::testing::run_all;
use crate::{AccountId, Outside};

/// Widths that a library asks for, in pixels.
const WIDTHS: [u32; 3] = [480, 960, 1280];
/// A picture that shows a child.
const CHILD: &[u8] = b"the child";

/// Makes shots as [`Counting`] does; a still says whether a child's face is in it.
struct Telling(Arc<Counting>);

impl Renderer for Telling {
    fn placed(&self, _: &Show, _: usize, _: &Persona) -> Result<Option<Box<dyn Placed>>, RenderError> {
        Ok(None)
    }

    fn shot(
        &self,
        show: &Show,
        shot: usize,
        persona: &Persona,
        how: (&Variant, Effort),
        go_on: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, RenderError> {
        self.0.shot(show, shot, persona, how, go_on)
    }

    fn still(&self, _: &Show, _: usize, _: u32, who: &Persona, _: u32) -> Result<Vec<u8>, RenderError> {
        Ok(if who.face.is_some() { CHILD.to_vec() } else { b"the sample child".to_vec() })
    }
}

/// What differs between the houses.
trait Side {
    /// Where the picture of a film in somebody's library is, for each width; nothing where it is not theirs.
    async fn pictures(&self, kit: &Kit, who: &AccountId, film: &FilmId) -> Vec<String>;
    /// What is shown there at this moment.
    async fn shown(&self, kit: &Kit, address: &str) -> Option<Vec<u8>>;
    /// The address without what it was signed with for the owner.
    fn bare(&self, address: &str) -> String;
    /// How many pictures of families there are.
    fn copies(&self) -> usize;
}

async fn hold(kit: &Kit, side: &impl Side, held: &Held<'_>) {
    let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
    let (_, film) = paid(kit, &anna).await;
    run_all(&kit.studio).await.unwrap();

    held.to("the owner's library has a picture of a film in every size");
    let pictures = side.pictures(kit, &anna, &film).await;
    assert_eq!(pictures.len(), WIDTHS.len());
    for address in &pictures {
        assert!(side.shown(kit, address).await.is_some_and(|bytes| !bytes.is_empty()), "{address}");
    }

    held.to("nobody else's library has it");
    assert!(side.pictures(kit, &ben, &film).await.is_empty());

    held.to("who was not let to it sees no child");
    for address in &pictures {
        assert_ne!(side.shown(kit, &side.bare(address)).await.as_deref(), Some(CHILD), "{address}");
    }

    held.to("a deleted film has no picture in the library, and none of the child is left");
    kit.studio.films().delete(&anna, &film).await.unwrap();
    hours_pass(kit, |_| ()).await;
    assert!(side.pictures(kit, &anna, &film).await.is_empty());
    for address in &pictures {
        assert_ne!(side.shown(kit, address).await.as_deref(), Some(CHILD), "{address}");
    }
    assert_eq!((side.copies(), kit.rows("handles").await), (0, 0));
}

struct FromHere;

impl Side for FromHere {
    async fn pictures(&self, kit: &Kit, who: &AccountId, film: &FilmId) -> Vec<String> {
        let films = kit.studio.films().list(who).await.unwrap();
        let Some(view) = films.into_iter().find(|view| view.id == *film) else { return Vec::new() };
        WIDTHS.map(|width| format!("{}/{}/{width}", view.film, view.language)).into()
    }

    async fn shown(&self, kit: &Kit, address: &str) -> Option<Vec<u8>> {
        let parts: Vec<&str> = address.split('/').collect();
        let [film, language, width] = parts[..] else { panic!("{address}") };
        let (poster, width) = (PublicPictureKind::Poster, width.parse().unwrap());
        let picture = kit.studio.films().picture(film, language, poster, width).await.unwrap();
        Some(picture.bytes.to_vec())
    }

    fn bare(&self, address: &str) -> String {
        address.to_owned()
    }

    fn copies(&self) -> usize {
        0
    }
}

struct FromThere<'a>(&'a ImageKit);

impl Side for FromThere<'_> {
    async fn pictures(&self, kit: &Kit, who: &AccountId, film: &FilmId) -> Vec<String> {
        let mut pictures = kit.studio.streams().pictures(who).await;
        let links = pictures.remove(film).map(|picture| picture.links).unwrap_or_default();
        links.into_iter().map(|(_, address)| address).collect()
    }

    async fn shown(&self, kit: &Kit, address: &str) -> Option<Vec<u8>> {
        let is_shown = self.0.show(address, kit.studio.now_ms() / SECOND_MS) == 200;
        // There is one picture: that of the one film.
        let bytes = self.0.files().first().map(|file| file.bytes.to_vec());
        is_shown.then(|| bytes.unwrap_or_else(|| CHILD.to_vec()))
    }

    fn bare(&self, address: &str) -> String {
        address.split('?').next().unwrap_or_default().to_owned()
    }

    fn copies(&self) -> usize {
        self.0.files().len() + self.0.cached().len()
    }
}

async fn imagekit() -> Emulated<ImageKit> {
    let imagekit = ImageKit::start().await;
    let address = imagekit.emulator.address;
    let hosts = vec![("upload.imagekit.io", address), ("api.imagekit.io", address)];
    let account = json!({"private_key": PRIVATE_KEY, "endpoint": ENDPOINT});
    Emulated { emulator: imagekit, id: ProcessorId::Imagekit, hosts, account }
}

#[test]
fn a_picture_of_a_child_is_shown_to_its_family_alone() {
    let role = Role::new("stills");
    let draws = |outside: &mut Outside| {
        outside.renderer = Arc::new(Telling(Arc::new(Counting::default())));
    };
    let held = role.taken_by("our own house");
    with_nobody(draws, async |kit| hold(kit, &FromHere, &held).await);
    let held = role.taken_by("ImageKit");
    with_vendor(imagekit, draws, async |kit, imagekit| hold(kit, &FromThere(imagekit), &held).await);
    role.print();
}
