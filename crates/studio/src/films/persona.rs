//! Who stands in a film: from what is written in a row to what is handed to the engine. The one place where the sealed
//! names of a film are opened, and where heads are fetched for those who play. How a shot is drawn is not known here.

use std::collections::BTreeMap;

use film::{Cast, Hero, Slot};
use likeness::CutOut;
use policy::PurposeId;
use vault::{DataKey, Place};

use super::rows::films;
use super::{Show, lost_faces};
use crate::{AccountId, Error, PhotoId, Result, Studio, boxed};

/// Who stands in the film: a [`Cast`] that owns its parts.
#[derive(Clone)]
pub struct Persona {
    /// The head, unless the film needs none.
    pub face: Option<CutOut>,
    /// The child's name.
    pub name: String,
    /// A second hero, where the film takes one and one was given.
    pub second: Option<PersonaHero>,
    /// Language of the film.
    pub language: String,
    /// The film's options.
    pub options: BTreeMap<String, String>,
}

/// A second hero: a [`Hero`] that owns its parts.
#[derive(Clone)]
pub struct PersonaHero {
    /// The head.
    pub face: Option<CutOut>,
    /// The child's name.
    pub name: String,
}

impl Persona {
    /// Nobody: what a shared shot is made with.
    pub fn nobody(language: &str) -> Self {
        Self {
            face: None,
            name: String::new(),
            second: None,
            language: language.to_owned(),
            options: BTreeMap::new(),
        }
    }

    /// As the engine takes it.
    pub fn cast(&self) -> Cast<'_> {
        Cast {
            face: self.face.as_ref(),
            name: &self.name,
            second: self.second.as_ref().map(|hero| Hero { face: hero.face.as_ref(), name: &hero.name }),
            language: &self.language,
            options: &self.options,
        }
    }
}

impl std::fmt::Debug for Persona {
    /// Nothing personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Persona")
    }
}

impl std::fmt::Debug for PersonaHero {
    /// Nothing personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PersonaHero")
    }
}

/// What is given of a hero.
pub(crate) struct Given {
    /// The photo that the head is cut out of, where there is one.
    pub photo: Option<String>,
    /// The name.
    pub name: String,
}

/// Those who play before their heads are opened: to tell whether something of the rest changed.
pub(crate) fn without_heads(
    first: &Given,
    second: Option<&Given>,
    language: &str,
    options: &BTreeMap<String, String>,
) -> Persona {
    Persona {
        face: None,
        name: first.name.clone(),
        second: second.map(|hero| PersonaHero { face: None, name: hero.name.clone() }),
        language: language.to_owned(),
        options: options.clone(),
    }
}

/// Those who play, with the heads of their photos.
///
/// # Errors
/// Those of a photo whose head cannot be had: `photo-not-found`, `face-not-chosen`, or it is out of reach.
#[boxed]
pub(crate) async fn with_heads(
    studio: &Studio,
    account: &AccountId,
    first: Given,
    second: Option<Given>,
    language: String,
    options: BTreeMap<String, String>,
) -> Result<Persona> {
    let face = head(studio, account, first.photo).await?;
    let second = match second {
        Some(hero) => {
            let face = head(studio, account, hero.photo).await?;
            Some(PersonaHero { face, name: hero.name })
        }
        None => None,
    };
    Ok(Persona { face, name: first.name, second, language, options })
}

/// The head that was cut out of a photo.
async fn head(studio: &Studio, account: &AccountId, photo: Option<String>) -> Result<Option<CutOut>> {
    match photo {
        Some(photo) => studio.photos().cut_out(account, &PhotoId::stored(photo)).await.map(Some),
        None => Ok(None),
    }
}

/// Who stands in a film, from its row.
///
/// # Errors
/// As [`with_heads`]; `photo-not-found` also where a photo is not there any more.
pub(super) async fn of(studio: &Studio, show: &Show, film: &films::Model) -> Result<Persona> {
    without(studio, show, film, &[]).await
}

/// The same for one of its shots: a face that it does not show need not be there any more.
pub(super) async fn of_shot(
    studio: &Studio,
    show: &Show,
    film: &films::Model,
    place: usize,
) -> Result<Persona> {
    without(studio, show, film, &lost_faces::spared(show, film, place)).await
}

/// The same without the faces that are spared, where they are not there any more.
#[boxed]
pub(super) async fn without(
    studio: &Studio,
    show: &Show,
    film: &films::Model,
    spared: &[Slot],
) -> Result<Persona> {
    let account = AccountId::stored(film.account_id.clone());
    let key = studio.data_key(&account, PurposeId::Films).await?;
    // Who was given with a photo is not played by somebody else once it is gone.
    if lost_faces::of(show, film).iter().any(|slot| !spared.contains(slot)) {
        return Err(Error::not_found("photo-not-found"));
    }
    let first = Given { photo: film.photo_id.clone(), name: name_of(studio, &key, film)? };
    let second = second_name_of(studio, &key, film)?;
    let second = second.map(|name| Given { photo: film.second_photo_id.clone(), name });
    let options = options_of(studio, &key, film)?;
    with_heads(studio, &account, first, second, film.language.clone(), options).await
}

/// Names, language and options for captions and title; no face is needed for words.
#[boxed]
pub(super) async fn of_words(studio: &Studio, film: &films::Model) -> Result<Persona> {
    let key = studio.data_key(&AccountId::stored(film.account_id.clone()), PurposeId::Films).await?;
    let second = second_name_of(studio, &key, film)?.map(|name| PersonaHero { face: None, name });
    let (name, options) = (name_of(studio, &key, film)?, options_of(studio, &key, film)?);
    Ok(Persona { name, second, options, ..Persona::nobody(&film.language) })
}

/// The film's options, as they were filled in.
pub(super) fn options_of(
    studio: &Studio,
    key: &DataKey,
    film: &films::Model,
) -> Result<BTreeMap<String, String>> {
    let options = studio.vault().open_field(key, &place(&film.id, "options"), &film.options_sealed)?;
    serde_json::from_slice(&options).map_err(Error::internal)
}

/// The child's name as it stands in the film.
pub(super) fn name_of(studio: &Studio, key: &DataKey, film: &films::Model) -> Result<String> {
    let name = studio.vault().open_field(key, &place(&film.id, "name"), &film.name_sealed)?;
    String::from_utf8(name).map_err(Error::internal)
}

/// The second hero's name; nothing, where the child plays alone.
pub(super) fn second_name_of(studio: &Studio, key: &DataKey, film: &films::Model) -> Result<Option<String>> {
    let Some(sealed) = &film.second_name_sealed else { return Ok(None) };
    let name = studio.vault().open_field(key, &place(&film.id, "second_name"), sealed)?;
    String::from_utf8(name).map(Some).map_err(Error::internal)
}

/// Where a sealed column of a film stands.
pub(super) fn place<'a>(film: &'a str, column: &'a str) -> Place<'a> {
    Place { table: "films", row: film, column }
}
