//! Moving pictures through the real decoding process: picture by picture in the order in which they are shown, or refused.

use intake::clip::CLIP_BYTES_MAX;
use intake::{Clip, ClipRefused, Intake};
use likeness::Photo;
use std::time::Duration;

/// Five seconds of 512 by 288 pixels in which a camera goes in, coded as most are: with pictures that come in between.
const CLIP: &[u8] = include_bytes!("../../../../tests/emulators/clip.mp4");
const FRAME: (u32, u32) = (160, 90);

fn intake() -> Intake {
    Intake::with_program(env!("CARGO_BIN_EXE_intake-child"))
}

/// All of it, or why not.
async fn all(mut clip: Clip) -> Result<Vec<Photo>, ClipRefused> {
    let mut pictures = Vec::new();
    while let Some(picture) = clip.picture().await? {
        pictures.push(picture);
    }
    Ok(pictures)
}

async fn watched(bytes: Vec<u8>) -> Result<Vec<Photo>, ClipRefused> {
    all(intake().watch(bytes, FRAME).await?).await
}

/// Mean difference of two pictures, from 0 to 255.
fn apart(one: &Photo, other: &Photo) -> f64 {
    let sum: u64 = one.rgb.iter().zip(&other.rgb).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.rgb.len() as f64
}

fn replaced(from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let (mut bytes, mut at) = (CLIP.to_vec(), 0);
    while at + from.len() <= bytes.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
        at += 1;
    }
    bytes
}

/// The clip with another number behind a box's name, so many bytes on.
fn with_number(kind: &[u8; 4], behind: usize, number: u32) -> Vec<u8> {
    let at = CLIP.windows(4).position(|four| four == kind).expect("the box is there") + 4 + behind;
    let mut bytes = CLIP.to_vec();
    bytes[at..at + 4].copy_from_slice(&number.to_be_bytes());
    bytes
}

#[tokio::test]
async fn a_clip_comes_picture_by_picture_in_the_size_of_the_frame() {
    let clip = intake().watch(CLIP.to_vec(), FRAME).await.unwrap();
    assert_eq!(clip.sides(), FRAME);
    assert!((clip.length() - 5.0).abs() < 0.05, "{}", clip.length());
    let starts = clip.starts();
    assert_eq!((starts.len(), starts[0]), (120, 0.0));
    assert!(starts.windows(2).all(|two| (two[1] - two[0] - 1.0 / 24.0).abs() < 1e-5), "{starts:?}");
    let pictures = all(clip).await.unwrap();
    assert_eq!(pictures.len(), 120);
    // In the order in which they are shown each is nearest to its neighbour.
    for (number, two) in pictures.windows(2).enumerate() {
        assert!(apart(&two[0], &two[1]) < 4.0, "picture {number}");
    }
    let far = apart(&pictures[0], &pictures[119]);
    assert!(far > 4.0 && apart(&pictures[0], &pictures[1]) < far / 2.0, "{far}");
    // Never larger than it is, and smaller only where that is worth the work.
    for frame in [(1280, 720), (320, 180)] {
        assert_eq!(intake().watch(CLIP.to_vec(), frame).await.unwrap().sides(), (512, 288));
    }
    let here = Clip::decoded_here(CLIP, FRAME).await.unwrap();
    assert_eq!(all(here).await.unwrap(), pictures, "without a process of its own it is the same");
}

#[tokio::test]
async fn what_is_no_such_clip_is_refused() {
    for (bytes, why) in [
        (Vec::new(), ClipRefused::NotAClip),
        (b"\x1A\x45\xDF\xA3 webm".to_vec(), ClipRefused::NotAClip),
        (vec![0; CLIP_BYTES_MAX + 1], ClipRefused::TooLarge),
        (replaced(b"avc1", b"xyz1"), ClipRefused::OtherCodec),
        (replaced(b"vide", b"soun"), ClipRefused::NoPictures),
        (with_number(b"stsz", 8, 0), ClipRefused::Damaged),
        // A table that would need more room than there is: said, not given.
        (with_number(b"stsz", 8, u32::MAX), ClipRefused::Damaged),
        (with_number(b"stts", 12, 100_000), ClipRefused::TooLong),
        (with_number(b"stts", 12, 0), ClipRefused::Damaged),
        (with_number(b"stco", 8, u32::MAX), ClipRefused::Truncated),
    ] {
        let length = bytes.len();
        assert_eq!(watched(bytes).await, Err(why), "{length} bytes");
    }
    for length in [40, CLIP.len() / 3, CLIP.len() - 10] {
        let refused = watched(CLIP[..length].to_vec()).await.unwrap_err();
        assert_eq!(refused, ClipRefused::Truncated, "{length}");
    }
}

#[tokio::test]
async fn sides_are_looked_at_before_anything_is_decoded() {
    // The set of a film of 3840 by 2160 pixels in the place of the clip's own.
    let mut encoder = cinema::Encoder::new(&cinema::Settings::new(3840, 2160, 24)).unwrap();
    let unit = encoder.encode(&cinema::Picture::new(3840, 2160)).unwrap();
    let end = unit[4..].windows(4).position(|four| four == [0, 0, 0, 1]).unwrap();
    let set = &unit[4..4 + end];
    let at = CLIP.windows(4).position(|four| four == b"avcC").unwrap() + 4 + 6;
    let own = usize::from(u16::from_be_bytes([CLIP[at], CLIP[at + 1]]));
    assert!(set.len() <= own, "it has room");
    let mut bytes = CLIP.to_vec();
    bytes[at + 2..at + 2 + set.len()].copy_from_slice(set);
    assert_eq!(watched(bytes).await, Err(ClipRefused::Sides));
}

#[tokio::test]
async fn damage_of_any_kind_is_refused_or_harmless() {
    let mut noise = 7_u32;
    let mut random = |below: usize| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (noise >> 8) as usize % below
    };
    let mut refused = 0;
    for _ in 0..40 {
        let mut bytes = CLIP.to_vec();
        for _ in 0..8 {
            let at = random(bytes.len());
            bytes[at] ^= 1 << random(8);
        }
        match watched(bytes).await {
            Ok(pictures) => assert!(pictures.len() <= intake::clip::CLIP_PICTURES_MAX),
            Err(ClipRefused::Unwell { detail }) => panic!("{detail}"),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 10, "{refused}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_process_that_misbehaves_is_ended_and_not_believed() {
    let with = |argument| intake().with_argument(argument);
    for argument in ["loop", "wait"] {
        let short = with(argument).with_wall_limit(Duration::from_millis(300));
        let refused = short.watch(CLIP.to_vec(), FRAME).await.unwrap_err();
        assert_eq!(refused, ClipRefused::TookTooLong, "{argument}");
    }
    for argument in ["lie", "babble", "lie-clip"] {
        let refused = with(argument).watch(CLIP.to_vec(), FRAME).await.unwrap_err();
        assert!(matches!(refused, ClipRefused::Unwell { .. }), "{argument}: {refused:?}");
    }
    // It begins well, and says no more.
    let short = with("stop-clip").with_wall_limit(Duration::from_secs(2));
    let clip = short.watch(CLIP.to_vec(), FRAME).await.unwrap();
    assert_eq!(all(clip).await, Err(ClipRefused::TookTooLong));
}
