//! A whole film of test patterns through everything: shots, segments, sound,
//! playlists, download file; read back by our own decoder and, when it is
//! installed, by ffmpeg.

use std::ops::ControlFlow;
use std::process::Command;

use cinema::{
    CaptionKind, CaptionList, Cue, Decoder, Download, Effort, FilmList, Fragment, Frames, Listed, MediaList,
    ParameterSets, Picture, SegmentPlace, Settings, ShotError, Sound, SoundList, TestPattern, VideoList,
    init_segment, make_shot, mp4, playlists, ssim, to_stream, vtt, with_room,
};

const TONE: &[u8] = include_bytes!("tone.m4a");
const SHOTS: [u32; 4] = [40, 2, 60, 25];

struct Film {
    settings: Settings,
    sets: ParameterSets,
    segments: Vec<Vec<u8>>,
}

fn film() -> Film {
    let settings = Settings::new(320, 180, 24);
    let mut first_frame = 0;
    let segments = (1u32..)
        .zip(SHOTS)
        .map(|(sequence, frames)| {
            // Shared and personal shots stand side by side.
            let effort = if sequence % 2 == 0 { Effort::Best } else { Effort::Fast };
            let mut pattern = TestPattern::new(320, 180, frames, sequence);
            let place = SegmentPlace { first_frame, sequence };
            first_frame += u64::from(frames);
            let settings = settings.with_effort(effort);
            make_shot(&mut pattern, place, &settings, &mut |_, _| ControlFlow::Continue(())).unwrap().bytes
        })
        .collect();
    Film { settings, sets: ParameterSets::of(&settings).unwrap(), segments }
}

fn sound() -> Sound {
    let mut sound = Sound::read(TONE).unwrap();
    sound.cut_to(u64::from(SHOTS.iter().sum::<u32>()), 24);
    sound
}

fn download(film: &Film, sound: &Sound) -> Vec<u8> {
    download_with(film, sound, 100)
}

fn download_with(film: &Film, sound: &Sound, room: usize) -> Vec<u8> {
    let mut first_frame = 0;
    let cues: Vec<Cue> = SHOTS
        .iter()
        .filter_map(|frames| {
            let cue = Cue::of_shot("Zoë & Bo looks up.", first_frame, *frames);
            first_frame += u64::from(*frames);
            cue
        })
        .collect();
    let segments: Vec<&[u8]> = film.segments.iter().map(Vec::as_slice).collect();
    mp4(&Download {
        settings: &film.settings,
        sets: &film.sets,
        segments: &segments,
        sound: Some(sound),
        captions: &cues,
        language: "de",
        title: "Der Mondgarten – für Zoë",
        comment: "Gezeichnet, nicht gefilmt.",
        room,
    })
    .unwrap()
}

/// The boxes that stand below others in a file, by their names from the outside in.
fn boxes(bytes: &[u8], path: &str, found: &mut Vec<String>) {
    let mut rest = bytes;
    while let Some((head, _)) = rest.split_first_chunk::<8>() {
        let (length, name) = head.split_at(4);
        let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
        let path = format!("{path}/{}", String::from_utf8_lossy(name));
        if ["moov", "trak", "mdia", "minf", "dinf", "stbl", "mvex"]
            .contains(&path.rsplit('/').next().unwrap())
        {
            boxes(&rest[8..length], &path, found);
        }
        found.push(path);
        rest = &rest[length..];
    }
}

#[test]
fn an_init_segment_has_every_box_that_the_format_demands() {
    let sound = Sound::read(TONE).unwrap();
    for init in [init_segment(&Settings::new(320, 180, 24)).unwrap(), sound.init_segment().unwrap()] {
        let mut found = Vec::new();
        boxes(&init, "", &mut found);
        // Browsers differ in what they do without one: Firefox opens nothing (ISO/IEC 14496-12, table 1).
        for wanted in ["stsd", "stts", "stsc", "stsz", "stco"] {
            let wanted = format!("/moov/trak/mdia/minf/stbl/{wanted}");
            assert!(found.contains(&wanted), "no {wanted} among {found:?}");
        }
        for wanted in [
            "/ftyp",
            "/moov/mvhd",
            "/moov/trak/tkhd",
            "/moov/trak/mdia/mdhd",
            "/moov/trak/mdia/hdlr",
            "/moov/trak/mdia/minf/dinf/dref",
            "/moov/mvex/trex",
        ] {
            assert!(found.iter().any(|one| one == wanted), "no {wanted} among {found:?}");
        }
    }
}

#[test]
fn room_that_is_made_later_is_the_same_as_room_that_was_left() {
    let (film, sound) = (film(), sound());
    let without = download_with(&film, &sound, 0);
    let with = download_with(&film, &sound, 1_234);
    assert!(with_room(&without, 1_234).unwrap() == with);
    // There is room already, or this is no file of ours.
    for other in [&with[..], &without[..20], b"", b"no film at all"] {
        assert!(with_room(other, 1_234).is_err());
    }
}

#[test]
fn segments_join_without_a_seam() {
    let film = film();
    let mut expected_start = 0;
    for ((sequence, frames), segment) in (1u32..).zip(SHOTS).zip(&film.segments) {
        let fragment = Fragment::read(segment).unwrap();
        assert_eq!(fragment.start, expected_start, "the shot begins where the one before ended");
        assert_eq!(fragment.samples.len() as u32, frames);
        expected_start += fragment.duration();
        for (frame, sample) in (0..).zip(&fragment.samples) {
            assert_eq!(sample.sync, frame == 0, "only the first picture starts a group");
            // One unit a picture: an IDR slice or another one (Rec. ITU-T H.264, table 7-1).
            let length = u32::from_be_bytes(sample.bytes[..4].try_into().unwrap()) as usize;
            assert_eq!(
                (length + 4, sample.bytes[4] & 0x1f),
                (sample.bytes.len(), if frame == 0 { 5 } else { 1 })
            );
        }
        // Each picture has its moment in the shot.
        let decoded = (0..).zip(&fragment.samples);
        let mut shown: Vec<i64> = decoded.map(|(at, sample)| at * 1000 + sample.offset).collect();
        let is_reordered = !shown.is_sorted();
        assert_eq!(is_reordered, sequence % 2 == 0 && frames > 2, "shots made well are coded out of order");
        shown.sort_unstable();
        assert_eq!(shown, (0..i64::from(frames)).map(|frame| frame * 1000).collect::<Vec<_>>());
    }
    assert_eq!(expected_start, u64::from(SHOTS.iter().sum::<u32>()) * 1000);
}

/// The pictures of segments, as a decoder shows them.
fn decoded(segments: &[Vec<u8>], sets: &ParameterSets) -> Vec<Picture> {
    let samples = segments.iter().flat_map(|segment| Fragment::read(segment).unwrap().samples);
    Decoder::pictures(samples.map(|sample| to_stream(sample.bytes, sets))).unwrap()
}

#[test]
fn every_picture_comes_out_in_its_place_and_looks_like_the_one_drawn() {
    let film = film();
    let pictures = decoded(&film.segments, &film.sets);
    assert_eq!(pictures.len() as u32, SHOTS.iter().sum::<u32>());
    let mut pictures = pictures.iter();
    for (sequence, frames) in (1u32..).zip(SHOTS) {
        let mut pattern = TestPattern::new(320, 180, frames, sequence);
        let mut drawn = Picture::new(320, 180);
        for (frame, shown) in (0..frames).zip(&mut pictures) {
            drawn.set_rgba(pattern.draw(frame));
            let alike = ssim(&drawn, shown);
            assert!(alike > 0.97, "shot {sequence}, picture {frame}: {alike}");
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (one, other) = (film(), film());
    assert_eq!(one.segments, other.segments);
    assert_eq!(
        init_segment(&one.settings).unwrap(),
        init_segment(&other.settings.with_effort(Effort::Best)).unwrap()
    );
    assert_eq!(download(&one, &sound()), download(&other, &sound()));
}

#[test]
fn making_a_shot_can_be_stopped() {
    let mut pattern = TestPattern::new(320, 180, 50, 1);
    let mut seen = Vec::new();
    let place = SegmentPlace { first_frame: 0, sequence: 1 };
    let made = make_shot(&mut pattern, place, &Settings::new(320, 180, 24), &mut |done, of| {
        seen.push((done, of));
        if done == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(made, Err(ShotError::Cancelled));
    assert_eq!(seen, [(1, 50), (2, 50), (3, 50)]);
}

#[test]
fn a_drawing_of_the_wrong_size_is_refused() {
    let mut pattern = TestPattern::new(160, 90, 2, 1);
    let place = SegmentPlace { first_frame: 0, sequence: 1 };
    let made =
        make_shot(&mut pattern, place, &Settings::new(320, 180, 24), &mut |_, _| ControlFlow::Continue(()));
    assert_eq!(made, Err(ShotError::WrongSize { frame: 0, bytes: 160 * 90 * 4 }));
}

#[test]
fn sound_segments_hold_the_whole_track_once() {
    let whole = Sound::read(TONE).unwrap();
    assert_eq!(whole.codecs(), "mp4a.40.2");
    assert_eq!((whole.timescale(), whole.channels()), (48_000, 2));
    assert_eq!(whole.length(), 350_400, "7.3 seconds without the priming");
    let sound = sound();
    assert_eq!(sound.length(), 127 * 2_000);
    let segments = sound.segments().unwrap();
    assert_eq!(segments.len(), 2);
    let mut start = 0;
    for segment in &segments {
        let fragment = Fragment::read(&segment.bytes).unwrap();
        assert_eq!(fragment.start, start);
        start += fragment.duration();
    }
    assert_eq!(segments.iter().map(|segment| segment.units).sum::<u64>(), sound.length());
    assert!(start >= sound.length() + 1024 && start < sound.length() + 3 * 1024, "no packet too many");
}

fn lists(film: &Film, sound: &Sound) -> cinema::Playlists {
    let segments = sound.segments().unwrap();
    let shots = (1..).zip(&film.segments).zip(SHOTS).map(|((n, segment), frames)| Listed {
        uri: format!("shot-{n}.m4s"),
        units: u64::from(frames) * 1000,
        bytes: Some(segment.len() as u64),
    });
    let list = MediaList {
        uri: "video.m3u8".into(),
        init: "video.mp4".into(),
        timescale: film.settings.timescale(),
        segments: shots.collect(),
    };
    playlists(&FilmList {
        video: vec![VideoList { settings: &film.settings, sets: &film.sets, list }],
        sound: Some(SoundList {
            list: MediaList {
                uri: "sound.m3u8".into(),
                init: "sound.mp4".into(),
                timescale: sound.timescale(),
                segments: (1..)
                    .zip(&segments)
                    .map(|(n, s)| Listed {
                        uri: format!("sound-{n}.m4s"),
                        units: s.units,
                        bytes: Some(s.bytes.len() as u64),
                    })
                    .collect(),
            },
            codecs: sound.codecs(),
            channels: sound.channels(),
            bits_per_second: sound.bits_per_second(),
        }),
        captions: vec![CaptionList {
            uri: "words.m3u8".into(),
            file: "words.vtt".into(),
            language: "de".into(),
            name: "Deutsch".into(),
            kind: CaptionKind::Captions,
            default: true,
        }],
    })
}

#[test]
fn the_master_playlist_names_everything() {
    let film = film();
    let text = lists(&film, &sound()).master;
    for part in [
        "CODECS=\"avc1.640028,mp4a.40.2\"",
        "RESOLUTION=320x180",
        "AUDIO=\"sound\"",
        "SUBTITLES=\"words\"",
        "URI=\"sound.m3u8\"",
        "LANGUAGE=\"de\"",
        "URI=\"words.m3u8\"",
        "\nvideo.m3u8\n",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn the_master_playlist_names_the_sizes_that_are_there_with_their_real_rates() {
    let settings = [Settings::new(320, 180, 24), Settings::new(214, 120, 24)];
    let sets = settings.map(|settings| ParameterSets::of(&settings).unwrap());
    // Shots of 1, 2, 1 and 4 seconds; the target is 4, so the fullest run lasts from 2 seconds to 6.
    let shots: [(u64, u64); 4] = [(24, 30_000), (48, 50_000), (24, 10_000), (96, 40_000)];
    let video = |made: bool, at: usize| {
        let segments = shots.iter().map(|(frames, bytes)| Listed {
            uri: "s".into(),
            units: frames * 1000,
            bytes: made.then_some(*bytes),
        });
        let list = MediaList {
            uri: format!("video-{at}.m3u8"),
            init: "init".into(),
            timescale: 24_000,
            segments: segments.collect(),
        };
        VideoList { settings: &settings[at], sets: &sets[at], list }
    };
    let film = |video| playlists(&FilmList { video, sound: None, captions: vec![] });
    let variants = |lists: &cinema::Playlists| -> Vec<String> {
        let lines = lists.master.lines().filter_map(|line| line.strip_prefix("#EXT-X-STREAM-INF:"));
        lines.map(str::to_owned).collect()
    };
    let whole = film(vec![video(true, 0), video(true, 1)]);
    // 80 000 bytes in the first three seconds; 130 000 in all eight.
    for (line, size) in variants(&whole).iter().zip(["320x180", "214x120"]) {
        let about = [",AVERAGE-BANDWIDTH=130000,".to_owned(), format!("RESOLUTION={size},")];
        assert!(line.starts_with("BANDWIDTH=213334,"), "{line}");
        assert!(about.iter().all(|part| line.contains(part)), "{line}");
    }
    assert_eq!((variants(&whole).len(), whole.video.len()), (2, 2));
    assert_eq!(whole.video[0], whole.video[1], "equally long, and in the same places");
    // While it is being made, only what a player must be ready for can be said.
    let making = variants(&film(vec![video(false, 0)])).remove(0);
    assert!(making.starts_with(&format!("BANDWIDTH={},CODECS", settings[0].peak_bits_per_second())));
}

/// Shots of either effort in one size need one start alone, and every picture comes out once and in order.
#[test]
fn shots_of_every_size_join_behind_one_start() {
    for (width, height) in [(320, 180), (214, 120), (480, 270)] {
        let settings = Settings::new(width, height, 24);
        let (mut first_frame, mut segments) = (0, Vec::new());
        let sets = ParameterSets::of(&settings).unwrap();
        for (sequence, frames) in (1u32..).zip([5u32, 12, 2, 7]) {
            let effort = if sequence % 2 == 0 { Effort::Best } else { Effort::Fast };
            let mut pattern = TestPattern::new(width, height, frames, sequence);
            let place = SegmentPlace { first_frame, sequence };
            let made = make_shot(&mut pattern, place, &settings.with_effort(effort), &mut |_, _| {
                ControlFlow::Continue(())
            });
            let bytes = made.unwrap().bytes;
            let fragment = Fragment::read(&bytes).unwrap();
            assert_eq!(fragment.start, first_frame * 1000, "{width}x{height}: where the one before ended");
            first_frame += u64::from(frames);
            assert_eq!(fragment.duration(), u64::from(frames) * 1000);
            segments.push(bytes);
        }
        let shown = decoded(&segments, &sets);
        assert!(shown.iter().all(|picture| (picture.width(), picture.height()) == (width, height)));
        assert_eq!(shown.len() as u64, first_frame, "{width}x{height}: none dropped, none doubled");
    }
}

/// Runs ffmpeg or ffprobe in a folder; `None`, which is told, when it is not installed.
///
/// # Panics
/// When it is not and `cargo xtask test` runs the tests, which installs it.
fn tool(name: &str, folder: &std::path::Path, arguments: &str) -> Option<String> {
    let output = match Command::new(name).current_dir(folder).args(arguments.split(' ')).output() {
        Ok(output) => output,
        Err(error) => {
            assert!(std::env::var_os("MINISTUDIO_TEST_POSTGRES").is_none(), "{name}: {error}");
            eprintln!("not tested: {name} is missing");
            return None;
        }
    };
    let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && errors.is_empty(), "{name} {arguments}: {errors}");
    Some(out.trim().to_owned())
}

const DECODE: &str = "-v warning -nostdin -i FILE -map 0 -c:s copy -f null -";

#[test]
fn others_play_the_segments() {
    let (film, sound) = (film(), sound());
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let lists = lists(&film, &sound);
    write("master.m3u8", lists.master.as_bytes());
    write("video.m3u8", lists.video[0].as_bytes());
    write("sound.m3u8", lists.sound.unwrap().as_bytes());
    write("words.m3u8", lists.captions[0].as_bytes());
    write("video.mp4", &init_segment(&film.settings).unwrap());
    write("sound.mp4", &sound.init_segment().unwrap());
    write("words.vtt", vtt(&[Cue::of_shot("x", 0, 40).unwrap()], 24).as_bytes());
    for (n, segment) in (1..).zip(&film.segments) {
        write(&format!("shot-{n}.m4s"), segment);
    }
    for (n, segment) in (1..).zip(sound.segments().unwrap()) {
        write(&format!("sound-{n}.m4s"), &segment.bytes);
    }
    let whole = std::iter::once(init_segment(&film.settings).unwrap()).chain(film.segments.clone());
    write("whole.mp4", &whole.flatten().collect::<Vec<_>>());
    let count = "-v error -count_frames -select_streams v -show_entries stream=nb_read_frames -of csv=p=0 ";
    for file in ["whole.mp4", "video.m3u8"] {
        let Some(frames) = tool("ffprobe", folder.path(), &format!("{count}{file}")) else { return };
        // In a playlist ffprobe lists the stream twice, under its programme and alone.
        assert!(frames.split_whitespace().all(|count| count == "127"), "{file}: {frames}");
        tool("ffmpeg", folder.path(), &DECODE.replace("FILE", file));
    }
    // Some versions warn that they do not read captions in playlists.
    let quiet = DECODE.replace("FILE", "master.m3u8").replace("warning", "error");
    tool("ffmpeg", folder.path(), &quiet);
    let times = "-v error -select_streams v -show_entries packet=pts_time -of csv=p=0 whole.mp4";
    let times = tool("ffprobe", folder.path(), times).unwrap();
    let times = times.lines().map(|time| time.trim_end_matches(',').parse::<f64>().unwrap() * 24.0);
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    // ffmpeg lets decoding begin at 0, and so the film a little later.
    for (frame, time) in times.iter().enumerate() {
        let time = time - times[0];
        assert!((time - frame as f64).abs() < 1e-3, "picture {frame} at {time}");
    }
}

#[test]
fn others_play_the_download() {
    let (film, sound) = (film(), sound());
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("film.mp4"), download(&film, &sound)).unwrap();
    let show = "-v error -show_entries stream=codec_name,profile,width,nb_frames,duration,color_space,color_range:stream_tags=language:format=duration:format_tags=title,comment -of flat film.mp4";
    let Some(told) = tool("ffprobe", folder.path(), show) else { return };
    for part in [
        "streams.stream.0.codec_name=\"h264\"",
        "streams.stream.0.profile=\"High\"",
        "streams.stream.0.color_range=\"tv\"",
        "streams.stream.0.color_space=\"bt709\"",
        "streams.stream.0.duration=\"5.291667\"",
        "streams.stream.0.nb_frames=\"127\"",
        "streams.stream.1.codec_name=\"aac\"",
        "streams.stream.1.duration=\"5.291667\"",
        "streams.stream.2.codec_name=\"mov_text\"",
        "streams.stream.2.tags.language=\"ger\"",
        "format.duration=\"5.291667\"",
        "format.tags.title=\"Der Mondgarten – für Zoë\"",
        "format.tags.comment=\"Gezeichnet, nicht gefilmt.\"",
    ] {
        assert!(told.contains(&part.replace("\"ger\"", "\"deu\"")), "{part} is missing in\n{told}");
    }
    tool("ffmpeg", folder.path(), &DECODE.replace("FILE", "film.mp4"));
    // Both tracks begin at 0; what comes before is the sound's priming.
    let starts = "-v error -show_entries stream=start_time -of csv=p=0 film.mp4";
    assert!(
        tool("ffprobe", folder.path(), starts).unwrap().lines().all(|start| start.starts_with("0.000000"))
    );
    // Jumping to a shot lands exactly on its first picture.
    let mut first = 0;
    for frames in SHOTS {
        let at = f64::from(first) / 24.0;
        let seek = format!(
            "-v error -select_streams v -read_intervals {:.4}%+#1 -show_entries packet=pts_time,flags -of csv=p=0 film.mp4",
            at + 0.001
        );
        let packet = tool("ffprobe", folder.path(), &seek).unwrap();
        let (time, flags) = packet.split_once(',').unwrap();
        assert!(
            (time.parse::<f64>().unwrap() - at).abs() < 1e-4 && flags.starts_with('K'),
            "{packet} for {at}"
        );
        first += frames;
    }
    let words = tool("ffmpeg", folder.path(), "-v error -nostdin -i film.mp4 -map 0:s -f webvtt -").unwrap();
    assert_eq!(words.matches("Zoë & Bo looks up.").count(), 4, "{words}");
}

/// The file is laid out for playing while it loads: index first, chunks in the order of time.
#[test]
fn the_download_can_be_read_back() {
    use mp4_atom::{Decode, Moov};
    let (film, sound) = (film(), sound());
    let file = download(&film, &sound);
    let mut kinds = Vec::new();
    let (mut at, mut moov) = (0, None);
    while at < file.len() {
        let size = u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let kind = &file[at + 4..at + 8];
        if kind == b"moov" {
            moov = Some(Moov::decode(&mut &file[at..at + size]).unwrap());
        }
        kinds.push(kind);
        at += size;
    }
    assert_eq!(kinds, [b"ftyp", b"free", b"moov", b"mdat"]);
    let free = usize::from(file[3]);
    assert_eq!(file[free..free + 8], *b"\0\0\x00\x64free", "as much room as was asked for");
    assert_eq!(at, file.len());
    let moov = moov.unwrap();
    assert_eq!(moov.mvhd.duration, 127_000);
    let video = &moov.trak[0].mdia.minf.stbl;
    assert_eq!(video.stss.as_ref().unwrap().entries, [1, 41, 43, 103]);
    // The first bytes of each shot stand where the index says.
    let chunks = &video.stco.as_ref().unwrap().entries;
    let first = Fragment::read(&film.segments[0]).unwrap().samples[0].bytes;
    assert!(file[chunks[0] as usize..].starts_with(first));
    let mut all: Vec<(u32, usize)> = Vec::new();
    for (track, trak) in moov.trak.iter().enumerate() {
        let offsets = &trak.mdia.minf.stbl.stco.as_ref().unwrap().entries;
        assert!(offsets.is_sorted());
        all.extend(offsets.iter().map(|offset| (*offset, track)));
    }
    all.sort_unstable();
    let switches = all.windows(2).filter(|pair| pair[0].1 != pair[1].1).count();
    assert!(switches > 8, "the tracks lie side by side, not one after the other: {all:?}");
}

mod lengths {
    use super::*;
    use proptest::prelude::*;

    fn extinf(playlist: &str) -> Vec<u64> {
        playlist
            .lines()
            .filter_map(|line| line.strip_prefix("#EXTINF:"))
            .map(|value| {
                let (seconds, micros) = value.trim_end_matches(',').split_once('.').unwrap();
                assert_eq!(micros.len(), 6);
                seconds.parse::<u64>().unwrap() * 1_000_000 + micros.parse::<u64>().unwrap()
            })
            .collect()
    }

    proptest! {
        /// Whatever the shots' lengths and the frame rate: the sum of all lengths is the film's
        /// to the microsecond, none is longer than the target, all lists end.
        #[test]
        fn playlists_are_exact(shots in prop::collection::vec(1u64..400, 1..40), fps in 1u32..=60) {
            let settings = Settings::new(320, 180, fps);
            let sets = ParameterSets { sequence: vec![0x67, 0x64, 0x0c, 0x1e], pictures: [vec![0x68], vec![0x68]] };
            let list = |uri: &str| MediaList {
                uri: uri.into(),
                init: "init".into(),
                timescale: settings.timescale(),
                segments: shots.iter().map(|f| Listed { uri: "s".into(), units: f * 1000, bytes: None }).collect(),
            };
            let written = playlists(&FilmList {
                video: vec![VideoList { settings: &settings, sets: &sets, list: list("v") }],
                sound: Some(SoundList { list: list("s"), codecs: "mp4a.40.2".into(), channels: 2, bits_per_second: 1 }),
                captions: vec![],
            });
            let total: u64 = shots.iter().sum();
            let exact = (total * 1_000_000) as f64 / f64::from(fps);
            let lengths = extinf(&written.video[0]);
            prop_assert_eq!(lengths.len(), shots.len());
            prop_assert!((lengths.iter().sum::<u64>() as f64 - exact).abs() <= 0.5001);
            for (length, frames) in lengths.iter().zip(&shots) {
                prop_assert!((*length as f64 - *frames as f64 * 1e6 / f64::from(fps)).abs() <= 1.0);
            }
            for text in [&written.video[0], written.sound.as_ref().unwrap()] {
                let target = text.lines().find_map(|l| l.strip_prefix("#EXT-X-TARGETDURATION:")).unwrap();
                let target: u64 = target.parse().unwrap();
                prop_assert!(extinf(text).iter().all(|length| length.div_ceil(1_000_000) <= target + 1));
                prop_assert!(extinf(text).iter().all(|length| (length + 500_000) / 1_000_000 <= target));
                prop_assert!(text.ends_with("#EXT-X-ENDLIST\n"));
                prop_assert!(text.contains("#EXT-X-PLAYLIST-TYPE:VOD"));
            }
        }
    }
}
