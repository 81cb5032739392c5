//! What the playlists of a film name: each of its sizes with its shots, the sound, the captions. Looks at nothing but
//! the film and what is there of it.

use cinema::{CaptionKind, CaptionList, FilmList, Listed, MediaList, SoundList, TICKS_PER_FRAME, VideoList};

use crate::films::rows::{films, rendition_shots};
use crate::films::standing::Standing;
use crate::films::{ShotState, Show, Variant};

/// Everything that the playlists name, with addresses that change when a shot was made again. The film's own size comes
/// first, and of its languages that of the film, which is shown by default.
pub(super) fn film_list<'s>(
    show: &'s Show,
    shots: &[Standing],
    others: &[(&'s Variant, Vec<rendition_shots::Model>)],
    row: &films::Model,
) -> (FilmList<'s>, Vec<CaptionList>) {
    let (film, language, revision) = (show.film(), row.language.as_str(), row.revision);
    let own = shots.iter().map(|shot| {
        let made = shot.bytes.filter(|_| shot.state == ShotState::Ready);
        let turn = if shot.shared { String::new() } else { format!("-{revision}") };
        (format!("shot-{}.m4s?v={}{turn}", shot.place, &shot.key[..12]), made)
    });
    let mut video = vec![video_list(show, show.own(), own.collect())];
    for &(variant, ref shots) in others {
        let parts = shots.iter().map(|shot| {
            let uri = format!("shot-{}-{}.m4s?v={}", shot.height, shot.place, &shot.shot_key[..12]);
            (uri, Some(shot.bytes))
        });
        video.push(video_list(show, variant, parts.collect()));
    }
    let sound = show.track().map(|track| SoundList {
        list: MediaList {
            uri: "sound.m3u8".into(),
            init: "sound.mp4".into(),
            timescale: track.sound.timescale(),
            segments: (0..)
                .zip(&track.segments)
                .map(|(number, (bytes, units))| Listed {
                    uri: format!("sound-{number}.m4s"),
                    units: *units,
                    bytes: Some(bytes.len() as u64),
                })
                .collect(),
        },
        codecs: track.sound.codecs(),
        channels: track.sound.channels(),
        bits_per_second: track.sound.bits_per_second(),
    });
    let languages = show.languages_from(language);
    let mut captions = Vec::new();
    for (kind, stem) in [(CaptionKind::Captions, "captions"), (CaptionKind::Descriptions, "described")] {
        for other in &languages {
            let words = film.words(other);
            let lines = if kind == CaptionKind::Captions { &words.captions } else { &words.described };
            if lines.iter().all(Option::is_none) {
                continue;
            }
            captions.push(CaptionList {
                uri: format!("{stem}-{other}.m3u8"),
                file: format!("{stem}-{other}.vtt"),
                language: (*other).to_owned(),
                name: caption_name(other, kind),
                kind,
                default: kind == CaptionKind::Captions && *other == language,
            });
        }
    }
    let list = FilmList { video, sound, captions: captions.clone() };
    (list, captions)
}

/// One size of a film, of the address and the size of each of its shots.
fn video_list<'s>(show: &Show, variant: &'s Variant, shots: Vec<(String, Option<i64>)>) -> VideoList<'s> {
    let stem = variant.height().map_or_else(|| "video".to_owned(), |height| format!("video-{height}"));
    let segments = show.film().shots().iter().zip(shots).map(|(info, (uri, bytes))| Listed {
        uri,
        units: u64::from(info.frames) * u64::from(TICKS_PER_FRAME),
        bytes: bytes.map(i64::unsigned_abs),
    });
    let list = MediaList {
        uri: format!("{stem}.m3u8"),
        init: format!("{stem}.mp4"),
        timescale: variant.settings().timescale(),
        segments: segments.collect(),
    };
    VideoList { settings: variant.settings(), sets: variant.sets(), list }
}

/// What a player's menu shows, each language in its own words.
fn caption_name(language: &str, kind: CaptionKind) -> String {
    let (name, described) = match language {
        "en" => ("English", "English, described"),
        "de" => ("Deutsch", "Deutsch, beschrieben"),
        "fr" => ("Français", "Français, décrit"),
        "es" => ("Español", "Español, descrito"),
        other => return if kind == CaptionKind::Captions { other.to_owned() } else { format!("{other} +") },
    };
    if kind == CaptionKind::Captions { name } else { described }.to_owned()
}
