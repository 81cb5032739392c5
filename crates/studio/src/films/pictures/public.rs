//! Pictures for the public pages: posters and stills with a drawn sample child. Drawn once for each
//! film and language, then kept as shared objects under a name that changes when they do.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::draw;
use crate::films::{Films, Persona, Show};
use crate::{Error, Result, Studio, boxed};

/// Which picture of a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicPictureKind {
    /// The picture on the shelf.
    Poster,
    /// One of the stills that the film names, from 0.
    Still(usize),
    /// The middle of a shot, from 0: for a strip of the whole story.
    Shot(usize),
}

/// A picture of a film without a real child.
#[derive(Debug, Clone)]
pub struct PublicPicture {
    /// `image/jpeg`.
    pub content_type: &'static str,
    /// Changes when the picture does.
    pub etag: String,
    /// The file.
    pub bytes: Bytes,
}

/// Widths that are drawn, so that nobody can have thousands made.
const WIDTHS: [u32; 4] = [480, 704, 960, 1280];

impl Films<'_> {
    /// A public picture of a film, at least as wide as asked if there is such a size.
    ///
    /// # Errors
    /// `film-not-found`, `picture-not-found`.
    #[boxed]
    pub async fn picture(
        &self,
        slug: &str,
        language: &str,
        kind: PublicPictureKind,
        width: u32,
    ) -> Result<PublicPicture> {
        let studio = self.studio;
        let show = studio.catalogue().show(slug).ok_or_else(|| Error::not_found("film-not-found"))?;
        let still = still(show, kind).ok_or_else(|| Error::not_found("picture-not-found"))?;
        let width = WIDTHS.into_iter().find(|drawn| *drawn >= width).unwrap_or(WIDTHS[WIDTHS.len() - 1]);
        let persona = sample(show, show.language(language));
        let etag = draw::etag(show, &persona, &still, width)?;
        let key = key(slug, &etag);
        if let Some(bytes) = studio.vault().get_shared(&key).await? {
            return Ok(PublicPicture { content_type: "image/jpeg", etag, bytes });
        }
        let drawn = studio.backstage().draw(show, persona, still, width).await?;
        studio.vault().put_shared(&key, drawn.bytes.clone()).await?;
        Ok(PublicPicture { content_type: drawn.content_type, etag: drawn.etag, bytes: drawn.bytes })
    }
}

/// The moment that a picture shows, if the film has such a one.
pub(super) fn still(show: &Show, kind: PublicPictureKind) -> Option<film::Still> {
    let info = show.film().info();
    match kind {
        PublicPictureKind::Poster => info.poster.clone().or_else(|| info.stills.first().cloned()),
        PublicPictureKind::Still(number) => info.stills.get(number).cloned(),
        PublicPictureKind::Shot(number) => show.film().shots().get(number).map(|shot| film::Still {
            shot: shot.id.clone(),
            second: f64::from(shot.frames) / f64::from(info.fps) / 2.0,
        }),
    }
}

/// Who stands in a film where no child does.
fn sample(show: &Show, language: &str) -> Persona {
    Persona {
        name: show.film().info().sample_name.clone(),
        options: show.options_or_samples(Default::default()),
        ..Persona::nobody(language)
    }
}

/// The folder of all public pictures, and where one of them lies.
const FOLDER: &str = "pictures";

fn key(slug: &str, etag: &str) -> String {
    format!("{FOLDER}/{slug}/{etag}.jpg")
}

/// Forgets the pictures that no film on offer has any more: it went, it has another version, or is drawn otherwise.
/// Returns how many they were.
#[boxed]
pub(crate) async fn forget(studio: &Studio) -> Result<u64> {
    let mut needed = BTreeSet::new();
    for show in studio.catalogue().shows() {
        let info = show.film().info();
        let kinds = std::iter::once(PublicPictureKind::Poster)
            .chain((0..info.stills.len()).map(PublicPictureKind::Still))
            .chain((0..show.film().shots().len()).map(PublicPictureKind::Shot));
        let stills: Vec<film::Still> = kinds.filter_map(|kind| still(show, kind)).collect();
        for language in &info.languages {
            let persona = sample(show, language);
            for (still, width) in stills.iter().flat_map(|still| WIDTHS.map(|width| (still, width))) {
                needed.insert(key(&info.slug, &draw::etag(show, &persona, still, width)?));
            }
        }
    }
    let mut forgotten = 0;
    for key in studio.vault().list_shared(FOLDER).await? {
        if !needed.contains(&key) {
            studio.vault().delete_shared(&key).await?;
            forgotten += 1;
        }
    }
    Ok(forgotten)
}
