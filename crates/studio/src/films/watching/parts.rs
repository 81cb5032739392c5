//! The parts of a film: playlists that are complete from the first second, and the segments behind them.
//!
//! Every part has a name, and the playlists name them relative to themselves, so whoever serves them
//! needs to know one folder and nothing else:
//!
//! | name | what |
//! | --- | --- |
//! | `master.m3u8`, `video.m3u8`, `sound.m3u8`, `captions-LANG.m3u8`, `described-LANG.m3u8` | playlists |
//! | `video.mp4`, `sound.mp4` | the starts of the tracks |
//! | `shot-N.m4s?v=…`, `sound-N.m4s` | segments, from 0; `v` changes when the shot was made again |
//! | `video-H.m3u8`, `video-H.mp4`, `shot-H-N.m4s?v=…` | the same for another size, H pixels high, once all of it is there |
//! | `captions-LANG.vtt`, `described-LANG.vtt` | captions, what is to be seen |
//! | `poster.jpg` | the poster with the family's own child in it, while it can be drawn |

use std::time::Duration;

use bytes::Bytes;
use cinema::CaptionKind;
use policy::PurposeId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::playlists::film_list;
use super::view::owned;
use crate::films::making::{renditions, shared};
use crate::films::rows::films;
use crate::films::standing::standing;
use crate::films::{FilmId, FilmState, Films, ShotState, Show, own_poster, persona};
use crate::hex::hex;
use crate::jobs::{self, Job};
use crate::objects::id_in_row;
use crate::{AccountId, Error, Result, boxed};

/// A part of a film.
#[derive(Debug, Clone)]
pub enum Part {
    /// Here it is.
    Ready {
        /// Its media type.
        content_type: &'static str,
        /// Changes when the part does.
        etag: String,
        /// Whether it is the same for everybody who has the film: nobody of the family is in it.
        everyones: bool,
        /// The part.
        bytes: Bytes,
    },
    /// It is still the one that is known.
    Unchanged {
        /// Its media type.
        content_type: &'static str,
        /// What it is known by.
        etag: String,
        /// As above.
        everyones: bool,
    },
    /// It is being made; ask again.
    NotYet {
        /// After so long.
        retry_after_ms: u64,
    },
}

const PLAYLIST: &str = "application/vnd.apple.mpegurl";
const VIDEO: &str = "video/mp4";
const SOUND: &str = "audio/mp4";
const CAPTIONS: &str = "text/vtt; charset=utf-8";
const PICTURE: &str = "image/jpeg";

/// Width of the poster in pixels.
const POSTER_WIDTH: u32 = 960;

/// How long to wait before asking again for a shot that is not there.
const RETRY_MS: u64 = 1_000;
/// Looks even when nobody says that a shot became ready: it may have been made by another process.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What a name stands for.
enum Named<'n> {
    Master,
    VideoList(Option<u32>),
    SoundList,
    CaptionList(CaptionKind, &'n str),
    VideoInit(Option<u32>),
    SoundInit,
    Shot(Option<u32>, usize),
    Sound(usize),
    Captions(CaptionKind, &'n str),
    Poster,
}

impl<'n> Named<'n> {
    fn parse(name: &'n str) -> Option<Self> {
        let words = |text: &'n str| {
            let kinds = [("captions-", CaptionKind::Captions), ("described-", CaptionKind::Descriptions)];
            kinds
                .into_iter()
                .find_map(|(prefix, kind)| text.strip_prefix(prefix).map(|language| (kind, language)))
        };
        match name {
            "master.m3u8" => Some(Self::Master),
            "video.m3u8" => Some(Self::VideoList(None)),
            "sound.m3u8" => Some(Self::SoundList),
            "video.mp4" => Some(Self::VideoInit(None)),
            "sound.mp4" => Some(Self::SoundInit),
            "poster.jpg" => Some(Self::Poster),
            _ => {
                let (stem, ending) = name.rsplit_once('.')?;
                let parts: Vec<&str> = stem.split('-').collect();
                match (&parts[..], ending) {
                    (["shot", place], "m4s") => Some(Self::Shot(None, place.parse().ok()?)),
                    (["shot", height, place], "m4s") => {
                        Some(Self::Shot(Some(height.parse().ok()?), place.parse().ok()?))
                    }
                    (["sound", number], "m4s") => Some(Self::Sound(number.parse().ok()?)),
                    (["video", height], "mp4") => Some(Self::VideoInit(Some(height.parse().ok()?))),
                    (["video", height], "m3u8") => Some(Self::VideoList(Some(height.parse().ok()?))),
                    (_, "m3u8") => words(stem).map(|(kind, language)| Self::CaptionList(kind, language)),
                    (_, "vtt") => words(stem).map(|(kind, language)| Self::Captions(kind, language)),
                    _ => None,
                }
            }
        }
    }
}

impl Films<'_> {
    /// A part of a film by its name. A shot that is not there yet is waited for, up to `wait`, and is
    /// the next to be made.
    ///
    /// # Errors
    /// `film-not-found`, the same for one that is somebody else's; `part-not-found`; `film-failed`
    /// when it cannot be made.
    #[boxed]
    pub async fn part(&self, account: &AccountId, film: &FilmId, name: &str, wait: Duration) -> Result<Part> {
        self.part_unless(account, film, name, None, wait).await
    }

    /// The same, unless it is the part that is `known` by its etag already: then no segment is opened.
    ///
    /// # Errors
    /// As [`Films::part`].
    #[boxed]
    pub async fn part_unless(
        &self,
        account: &AccountId,
        film: &FilmId,
        name: &str,
        known: Option<&str>,
        wait: Duration,
    ) -> Result<Part> {
        let row = owned(self.studio, account, film).await?;
        let show = self.show(&row)?;
        let missing = || Error::not_found("part-not-found");
        let part = |content_type, everyones, bytes: Bytes| {
            let digest = ring::digest::digest(&ring::digest::SHA256, &bytes);
            let etag = hex(&digest.as_ref()[..12]);
            Ok(match known == Some(etag.as_str()) {
                true => Part::Unchanged { content_type, etag, everyones },
                false => Part::Ready { content_type, etag, everyones, bytes },
            })
        };
        let everyones = |content_type, bytes: Bytes| part(content_type, true, bytes);
        let of_family = |content_type, bytes: Bytes| part(content_type, false, bytes);
        match Named::parse(name).ok_or_else(missing)? {
            Named::Shot(None, place) => self.shot(account, &row, place, known, wait).await,
            Named::Shot(Some(height), place) => {
                let made = renditions::find(self.studio, &row, height, place).await?.ok_or_else(missing)?;
                let object = made.object.as_deref();
                self.segment(account, object, &made.shot_key, known).await?.ok_or_else(missing)
            }
            Named::VideoInit(height) => {
                everyones(VIDEO, show.variant(height).ok_or_else(missing)?.init().clone())
            }
            // Drawn when it is looked at and kept nowhere, as the stills of a draft are.
            Named::Poster => {
                let poster = own_poster(self.studio, &row, POSTER_WIDTH).await?;
                of_family(PICTURE, poster.ok_or_else(missing)?.into())
            }
            Named::SoundInit => everyones(SOUND, show.track().ok_or_else(missing)?.init.clone()),
            Named::Sound(number) => {
                let track = show.track().ok_or_else(missing)?;
                everyones(SOUND, track.segments.get(number).ok_or_else(missing)?.0.clone())
            }
            Named::Captions(kind, language) => {
                if !show.film().info().languages.iter().any(|known| known == language) {
                    return Err(missing());
                }
                let persona = persona::of_words(self.studio, &row).await?;
                let cast = film::Cast { language, ..persona.cast() };
                let cues = match kind {
                    CaptionKind::Captions => cinema::captions(show.film(), &cast),
                    CaptionKind::Descriptions => cinema::descriptions(show.film(), &cast),
                };
                of_family(CAPTIONS, cinema::vtt(&cues, show.film().info().fps).into())
            }
            Named::Master | Named::VideoList(_) | Named::SoundList | Named::CaptionList(..) => {
                let shots = standing(self.studio.db().read(), &row.id).await?;
                let others = renditions::whole(self.studio, show, &row).await?;
                let (list, captions) = film_list(show, &shots, &others, &row);
                let lists = cinema::playlists(&list);
                let heights = std::iter::once(None).chain(others.iter().map(|(variant, _)| variant.height()));
                let text = match Named::parse(name).ok_or_else(missing)? {
                    Named::Master => Some(lists.master),
                    Named::VideoList(height) => {
                        heights.zip(lists.video).find(|(of, _)| *of == height).map(|(_, list)| list)
                    }
                    Named::SoundList => lists.sound,
                    Named::CaptionList(kind, language) => captions
                        .iter()
                        .position(|caption| caption.kind == kind && caption.language == language)
                        .and_then(|at| lists.captions.get(at).cloned()),
                    _ => None,
                };
                of_family(PLAYLIST, text.ok_or_else(missing)?.into())
            }
        }
    }

    fn show(&self, row: &films::Model) -> Result<&Show> {
        let show = self.studio.catalogue().show_of(&row.film, row.film_version);
        show.map(|show| &**show).ok_or_else(|| Error::not_found("part-not-found"))
    }

    async fn shot(
        &self,
        account: &AccountId,
        row: &films::Model,
        place: usize,
        known: Option<&str>,
        wait: Duration,
    ) -> Result<Part> {
        let studio = self.studio;
        let until = tokio::time::Instant::now() + wait;
        let mut asked = false;
        loop {
            // Listen before looking: what becomes ready in between is heard.
            let mut heard = studio.backstage().ready();
            let shots = standing(studio.db().read(), &row.id).await?;
            let shot = shots.into_iter().find(|shot| shot.place == place);
            let shot = shot.ok_or_else(|| Error::not_found("part-not-found"))?;
            if shot.state == ShotState::Ready
                && let Some(part) = self.segment(account, shot.object.as_deref(), &shot.key, known).await?
            {
                return Ok(part);
            }
            if shot.state == ShotState::Failed {
                return Err(Error::conflict(
                    "film-failed",
                    "We could not make this film. You do not pay for it; we have written to you.",
                ));
            }
            if !asked {
                asked = true;
                self.viewer_waits_at(row, place).await?;
            }
            tokio::select! {
                _ = heard.changed() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = tokio::time::sleep_until(until) => return Ok(Part::NotYet { retry_after_ms: RETRY_MS }),
            }
        }
    }

    /// A shot that is ready: an object of the family's or, without one, what copies share under its key. `None` when that
    /// has gone from the store.
    async fn segment(
        &self,
        account: &AccountId,
        object: Option<&str>,
        shot_key: &str,
        known: Option<&str>,
    ) -> Result<Option<Part>> {
        let everyones = object.is_none();
        // A shot of a family's that is made again has the same key, and need not be the same to the byte.
        let etag = object.unwrap_or(&shot_key[..24]).to_owned();
        let key = match object {
            // In any case: what the account's key may not be used for is not confirmed either.
            Some(_) => Some(self.studio.data_key(account, PurposeId::Films).await?),
            None => None,
        };
        if known == Some(etag.as_str()) {
            return Ok(Some(Part::Unchanged { content_type: VIDEO, etag, everyones }));
        }
        let bytes = match object.zip(key) {
            Some((object, key)) => Some(self.studio.objects().get(&key, &id_in_row(object)?).await?),
            None => shared::segment(self.studio, shot_key).await?,
        };
        Ok(bytes.map(|bytes| Part::Ready { content_type: VIDEO, etag, everyones, bytes }))
    }

    /// The viewer waits here: this shot and those after it are made next, and this film before others.
    async fn viewer_waits_at(&self, row: &films::Model, place: usize) -> Result<()> {
        let studio = self.studio;
        let tx = studio.db().begin().await?;
        let moved = films::Entity::update_many()
            .col_expr(films::Column::WantedShot, Expr::value(place as i32))
            .filter(films::Column::Id.eq(row.id.as_str()))
            .filter(films::Column::State.eq(FilmState::Making))
            .filter(films::Column::WantedShot.ne(place as i32))
            .exec(&tx)
            .await?;
        if moved.rows_affected == 1 {
            jobs::ask(&tx, studio, Job::ViewerWaits { film: FilmId::stored(row.id.clone()), place }).await?;
        }
        tx.commit().await?;
        studio.backstage().nudge();
        Ok(())
    }
}
