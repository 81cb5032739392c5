//! HLS playlists (RFC 8216). They are complete from the first second: every length
//! is known before a shot is made, so a film has its full length, its seeking and
//! its captions while it is still being made.

use std::fmt::Write;

use crate::nal::ParameterSets;
use crate::settings::Settings;

/// A segment in a list: where it lies and how long it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Address, absolute or relative to the playlist.
    pub uri: String,
    /// Length in units of the list's timescale.
    pub units: u64,
    /// Its size, once it is made.
    pub bytes: Option<u64>,
}

/// The segments of one track, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaList {
    /// Address of this list's own playlist, as the master names it.
    pub uri: String,
    /// Address of the init segment.
    pub init: String,
    /// Units in a second.
    pub timescale: u32,
    /// The segments without a gap.
    pub segments: Vec<Listed>,
}

/// What a caption list is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptionKind {
    /// The story's lines.
    Captions,
    /// What is to be seen, for those who do not see it.
    Descriptions,
}

/// One WebVTT file in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptionList {
    /// Address of this list's own playlist, as the master names it.
    pub uri: String,
    /// Address of the WebVTT file.
    pub file: String,
    /// Language tag (BCP 47).
    pub language: String,
    /// What the player's menu shows.
    pub name: String,
    /// Captions or descriptions.
    pub kind: CaptionKind,
    /// Whether it is shown unless the viewer chooses otherwise.
    pub default: bool,
}

/// The film in one size.
#[derive(Debug, Clone)]
pub struct VideoList<'a> {
    /// Size and rate.
    pub settings: &'a Settings,
    /// For the `CODECS` value.
    pub sets: &'a ParameterSets,
    /// The shots.
    pub list: MediaList,
}

/// Everything that the playlists of a film name.
#[derive(Debug, Clone)]
pub struct FilmList<'a> {
    /// The sizes that are offered, all of equally long shots; a player begins with the first.
    pub video: Vec<VideoList<'a>>,
    /// The sound track with its `codecs` value, channels and bits a second.
    pub sound: Option<SoundList>,
    /// Captions and descriptions.
    pub captions: Vec<CaptionList>,
}

/// The sound track in the lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundList {
    /// Its segments.
    pub list: MediaList,
    /// As [`crate::Sound::codecs`] says.
    pub codecs: String,
    /// As [`crate::Sound::channels`] says.
    pub channels: u16,
    /// As [`crate::Sound::bits_per_second`] says.
    pub bits_per_second: u32,
}

/// The playlists as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Playlists {
    /// The master playlist.
    pub master: String,
    /// One for each size, in the order given.
    pub video: Vec<String>,
    /// The sound's, when the film has sound.
    pub sound: Option<String>,
    /// One for each caption list, in the order given.
    pub captions: Vec<String>,
}

/// Writes all playlists of a film.
pub fn playlists(film: &FilmList<'_>) -> Playlists {
    // All media playlists must state the same target duration (RFC 8216, 6.2.4).
    let video = film.video.iter().map(|video| &video.list);
    let tracks = video.chain(film.sound.as_ref().map(|sound| &sound.list));
    let target = tracks.map(longest_seconds).max().unwrap_or(1);
    let (total, timescale) =
        film.video.first().map_or((0, 1), |video| (video.list.units(), video.list.timescale));
    Playlists {
        master: master(film, target),
        video: film.video.iter().map(|video| media(&video.list, target)).collect(),
        sound: film.sound.as_ref().map(|sound| media(&sound.list, target)),
        captions: film.captions.iter().map(|list| captions(list, total, timescale)).collect(),
    }
}

impl MediaList {
    fn units(&self) -> u64 {
        self.segments.iter().map(|segment| segment.units).sum()
    }

    /// Mean rate in bits a second, once every segment is made.
    fn mean_bits(&self) -> Option<u64> {
        let bytes = self.segments.iter().map(|segment| segment.bytes).sum::<Option<u64>>()?;
        Some(bits_per_second(bytes, self.units(), self.timescale))
    }

    /// The peak rate in bits a second, once every segment is made: that of the fullest run of segments which lasts from
    /// half the target duration to one and a half (RFC 8216, 4.1).
    fn peak_bits(&self, target: u64) -> Option<u64> {
        let mut peak = self.mean_bits()?;
        let target = target * u64::from(self.timescale);
        for first in 0..self.segments.len() {
            let (mut bytes, mut units) = (0, 0);
            for segment in &self.segments[first..] {
                bytes += segment.bytes?;
                units += segment.units;
                if units * 2 > target * 3 {
                    break;
                }
                if units * 2 >= target {
                    peak = peak.max(bits_per_second(bytes, units, self.timescale));
                }
            }
        }
        Some(peak)
    }
}

fn bits_per_second(bytes: u64, units: u64, timescale: u32) -> u64 {
    (bytes * 8 * u64::from(timescale)).div_ceil(units.max(1))
}

fn master(film: &FilmList<'_>, target: u64) -> String {
    let mut text = String::from("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    let (mut codecs, mut groups) = (String::new(), String::new());
    let (mut sound_peak, mut sound_mean) = (0, Some(0));
    if let Some(sound) = &film.sound {
        let _ = writeln!(
            text,
            "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"Sound\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"{}\",URI={}",
            sound.channels,
            quoted(&sound.list.uri)
        );
        codecs = format!(",{}", sound.codecs);
        groups.push_str(",AUDIO=\"sound\"");
        sound_mean = sound.list.mean_bits();
        sound_peak = sound.list.peak_bits(target).unwrap_or(u64::from(sound.bits_per_second));
    }
    for list in &film.captions {
        let (default, about) = (
            if list.default { "YES" } else { "NO" },
            match list.kind {
                CaptionKind::Captions => "",
                CaptionKind::Descriptions => ",CHARACTERISTICS=\"public.accessibility.describes-video\"",
            },
        );
        let auto = if list.kind == CaptionKind::Captions { "YES" } else { "NO" };
        let _ = writeln!(
            text,
            "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"words\",NAME={},LANGUAGE={},DEFAULT={default},AUTOSELECT={auto},FORCED=NO{about},URI={}",
            quoted(&list.name),
            quoted(&list.language),
            quoted(&list.uri)
        );
    }
    if !film.captions.is_empty() {
        groups.push_str(",SUBTITLES=\"words\"");
    }
    for VideoList { settings, sets, list } in &film.video {
        // Before all shots are made it can only be said what a player must be ready for.
        let peak = list.peak_bits(target).unwrap_or(u64::from(settings.peak_bits_per_second())) + sound_peak;
        let mean = list.mean_bits().zip(sound_mean).map(|(video, sound)| video + sound);
        let mean = mean.map(|bits| format!(",AVERAGE-BANDWIDTH={bits}")).unwrap_or_default();
        let _ = writeln!(
            text,
            "#EXT-X-STREAM-INF:BANDWIDTH={peak}{mean},CODECS=\"{}{codecs}\",RESOLUTION={}x{},FRAME-RATE={}.000,VIDEO-RANGE=SDR{groups},CLOSED-CAPTIONS=NONE\n{}",
            sets.codecs(),
            settings.width,
            settings.height,
            settings.fps,
            line(&list.uri)
        );
    }
    text
}

fn media(list: &MediaList, target: u64) -> String {
    let mut text = head(target);
    let _ = writeln!(text, "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI={}", quoted(&list.init));
    let mut end = 0;
    for segment in &list.segments {
        let start = end;
        end += segment.units;
        // Differences of rounded ends, so that rounding never adds up over a film.
        let micros = micros(end, list.timescale) - micros(start, list.timescale);
        let _ = writeln!(text, "#EXTINF:{},\n{}", seconds(micros), line(&segment.uri));
    }
    text + "#EXT-X-ENDLIST\n"
}

fn captions(list: &CaptionList, total: u64, timescale: u32) -> String {
    let mut text = head(total.div_ceil(u64::from(timescale)));
    let _ = writeln!(text, "#EXTINF:{},\n{}", seconds(micros(total, timescale)), line(&list.file));
    text + "#EXT-X-ENDLIST\n"
}

fn head(target: u64) -> String {
    format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{target}\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n"
    )
}

fn longest_seconds(list: &MediaList) -> u64 {
    let longest = list.segments.iter().map(|segment| segment.units).max().unwrap_or(0);
    longest.div_ceil(u64::from(list.timescale)).max(1)
}

fn micros(units: u64, timescale: u32) -> u64 {
    let timescale = u128::from(timescale);
    ((u128::from(units) * 1_000_000 + timescale / 2) / timescale) as u64
}

fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// A quoted string cannot hold quotes or line breaks (RFC 8216, 4.2).
fn quoted(text: &str) -> String {
    format!("\"{}\"", line(text).replace('"', "'"))
}

fn line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
