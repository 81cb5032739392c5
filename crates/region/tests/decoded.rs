//! What the coder writes, read by ffmpeg where it is installed: every sample must be the one that the coder reckoned with.
//! (The decoder of openh264 reads it, too, but now and then rounds chroma of pictures in between otherwise.)

use cinema::{
    Decoder, Fragment, Frames, ParameterSets, Picture, SegmentPlace, Settings, TestPattern, make_shot,
    to_stream,
};
use std::ops::ControlFlow;
use std::sync::Arc;

use region::{
    Coder, Effort, I420, Map, Moved, Planner, Quality, Stream, Teller, Told, Ways, Whose, assemble, order,
    placed,
};

/// Numbers that look like chance, the same each time.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32
    }

    fn under(&mut self, end: u32) -> u32 {
        self.next() % end
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Material {
    Noise,
    Pattern,
    /// The pattern with a little noise.
    Grain,
}

fn pictures(material: Material, settings: &Settings, count: u32, seed: u32) -> Vec<Picture> {
    let mut chance = Chance(u64::from(seed));
    let mut pattern = TestPattern::new(settings.width, settings.height, count, seed);
    let pictures = (0..count).map(|frame| {
        let mut picture = Picture::new(settings.width, settings.height);
        let mut rgba = pattern.draw(frame).to_vec();
        for value in &mut rgba {
            match material {
                Material::Noise => *value = chance.under(256) as u8,
                Material::Grain => *value = value.saturating_add(chance.under(9) as u8),
                Material::Pattern => {}
            }
        }
        picture.set_rgba(&rgba);
        picture
    });
    pictures.collect()
}

fn view(picture: &Picture) -> I420<'_> {
    I420 { width: picture.width() as usize, height: picture.height() as usize, planes: picture.planes() }
}

/// The stream of which settings are.
fn stream_of(settings: &Settings) -> Stream {
    let Settings { width, height, fps, .. } = *settings;
    Stream { width, height, fps, level: settings.level() }
}

fn access_unit(stream: &Stream, is_start: bool, units: &[Vec<u8>]) -> Vec<u8> {
    let sets = stream.sets();
    let mut bytes = Vec::new();
    for unit in sets.iter().take(if is_start { 2 } else { 0 }).chain(units) {
        bytes.extend_from_slice(&[0, 0, 0, 1]);
        bytes.extend_from_slice(unit);
    }
    bytes
}

/// The planes as they must be: each macroblock from the coder of its side.
fn joined(sides: [[Vec<u8>; 3]; 2], map: &Map, across: usize, width: usize) -> [Vec<u8>; 3] {
    let [mut shared, personal] = sides;
    for (plane, (to, from)) in shared.iter_mut().zip(&personal).enumerate() {
        let (side, width) = if plane == 0 { (16, width) } else { (8, width / 2) };
        for at in 0..to.len() {
            let (x, y) = (at % width / side, at / width / side);
            if map.whose(y * across + x) == Whose::Personal {
                to[at] = from[at];
            }
        }
    }
    shared
}

fn random_map(stream: &Stream, chance: &mut Chance) -> Map {
    let (across, down) = (stream.across(), stream.down());
    match chance.under(4) {
        0 => Map::shared(across, down),
        1 => Map::new(across, (0..across * down).map(|_| chance.under(3) == 0).collect()),
        _ => {
            let mut map = Map::shared(across, down);
            let (x, y) = (chance.under(across as u32) as usize, chance.under(down as u32) as usize);
            map.claim(y * across + x);
            map.wider(1 + chance.under(3) as usize)
        }
    }
}

struct Coded {
    /// In the order of coding.
    units: Vec<Vec<u8>>,
    /// In the order of showing.
    decoded: Vec<[Vec<u8>; 3]>,
    /// Macroblocks that nobody looked at.
    told: usize,
}

/// What is said to move in a picture: the pattern's floor as it does, something that turns and soon leads out of the
/// picture, and what has no size.
fn told(number: usize) -> Vec<Moved> {
    let (by, turn) = (number as f64, number as f64 * 0.3);
    let square = |x: f64, side: f64| vec![[x, 0.0], [x + side, 0.0], [x + side, side], [x, side]];
    let around = [turn.cos(), turn.sin(), -turn.sin(), turn.cos(), by * 37.0, -by * 11.0];
    vec![
        Moved { outline: square(0.0, 400.0), place: [1.0, 0.0, 0.0, 1.0, -4.0 * by, 0.0] },
        Moved { outline: square(64.0, 96.0), place: around },
        Moved { outline: square(32.0, 16.0), place: [0.0; 6] },
    ]
}

/// The ways in which the pattern was seen to move: as the floor does, and not at all.
fn ways() -> Ways {
    Ways { own: vec![[1.0, 0.0, 0.0, 1.0, 4.0, 0.0]], others: vec![[1.0, 0.0, 0.0, 1.0, 2.0, 0.0]] }
}

/// One picture of both coders.
fn units(
    coders: &mut [Coder; 2],
    pictures: [&Picture; 2],
    map: &Map,
    number: usize,
    told_by: Option<&Told>,
) -> Vec<Vec<u8>> {
    let [shared, personal] = coders;
    let [everyones, own] = pictures.map(view);
    let (shared, moved) = (shared.code(&everyones, map, &[]), told(number));
    let personal = match told_by {
        Some(told) => personal.code_told(&own, map, &moved, told).expect("nobody builds on it"),
        None => personal.code(&own, map, &moved),
    };
    assemble(&shared, &personal).into_iter().map(<[u8]>::to_vec).collect()
}

/// Coders of both sides, with a plan that is heeded where there is the time for it.
fn coders(stream: &Stream, pictures: &[Picture], quality: Quality) -> [Coder; 2] {
    let mut planner = Planner::new(stream);
    pictures.iter().for_each(|picture| planner.see(&view(picture)));
    let plan = Arc::new(planner.finish());
    [Whose::Shared, Whose::Personal]
        .map(|side| Coder::new(stream, side, quality, pictures.len()).exact().planned(plan.clone()))
}

fn code(pictures: &[Picture], maps: &[Map], settings: &Settings, quality: Quality) -> Coded {
    let stream = stream_of(settings);
    let mut coders = coders(&stream, pictures, quality);
    let (width, height) = (settings.width as usize, settings.height as usize);
    let mut coded = Coded { units: Vec::new(), decoded: vec![Default::default(); pictures.len()], told: 0 };
    let mut teller = Teller::new(&stream, pictures.len());
    for (place, number) in order(pictures.len()).into_iter().enumerate() {
        let told = teller.see(&view(&pictures[number]), &maps[number], Some(&ways()));
        let told = told.filter(|_| quality.effort == Effort::Fast);
        let drawn = |told: &Told| told.drawn(&maps[number]).personal();
        coded.told += told.as_ref().map_or(0, |told| maps[number].personal() - drawn(told));
        let units = units(&mut coders, [&pictures[number]; 2], &maps[number], number, told.as_ref());
        coded.units.push(access_unit(&stream, place == 0, &units));
        let sides = coders.each_ref().map(|coder| coder.decoded(width, height));
        coded.decoded[number] = joined(sides, &maps[number], stream.across(), width);
    }
    coded
}

/// What somebody else makes of the personal side does not touch a shared sample, in any picture.
#[test]
fn shared_samples_do_not_depend_on_personal_ones() {
    let settings = Settings::new(192, 112, 24);
    let stream = stream_of(&settings);
    let mut chance = Chance(5);
    for (effort, count) in [(Effort::Fast, 8), (Effort::Best, 18)] {
        let maps: Vec<Map> = (0..count).map(|_| random_map(&stream, &mut chance)).collect();
        let everyones = pictures(Material::Grain, &settings, count, 3);
        let quality = Quality { qp: 26, effort };
        let [one, other] = [Material::Noise, Material::Pattern].map(|material| {
            let own = pictures(material, &settings, count, 17);
            let mut coders = coders(&stream, &everyones, quality);
            let coded = order(count as usize).into_iter().enumerate().map(|(place, number)| {
                let units =
                    units(&mut coders, [&everyones[number], &own[number]], &maps[number], number, None);
                access_unit(&stream, place == 0, &units)
            });
            Decoder::pictures(coded).unwrap()
        });
        let mut differing = 0;
        for ((one, other), map) in one.iter().zip(&other).zip(&maps) {
            for plane in 0..3 {
                let (side, width) = if plane == 0 { (16, 192) } else { (8, 96) };
                for (at, (a, b)) in one.planes()[plane].iter().zip(other.planes()[plane]).enumerate() {
                    let block = at / width / side * stream.across() + at % width / side;
                    assert!(a == b || map.whose(block) == Whose::Personal, "{plane} {at}");
                    differing += usize::from(a != b);
                }
            }
        }
        assert!(differing > 1000, "the personal sides did differ");
    }
}

/// The slices beside those of openh264 in one stream: one after the other, each shot with its own start.
#[test]
fn shots_of_both_encoders_stand_in_one_stream() {
    let settings = Settings::new(176, 112, 24);
    let count = 5;
    let pictures = pictures(Material::Pattern, &settings, count, 2);
    let stream = stream_of(&settings);
    let maps = vec![Map::shared(stream.across(), stream.down()); count as usize];
    let ours = code(&pictures, &maps, &settings, Quality { qp: 26, effort: Effort::Best });
    let place = SegmentPlace { first_frame: 0, sequence: 1 };
    let mut pattern = TestPattern::new(settings.width, settings.height, count, 2);
    let quick = settings.with_effort(Effort::Fast);
    let theirs = make_shot(&mut pattern, place, &quick, &mut |_, _| ControlFlow::Continue(())).unwrap();
    let sets = ParameterSets::of(&settings).unwrap();
    let samples = Fragment::read(&theirs.bytes).unwrap().samples;
    let theirs: Vec<u8> = samples.iter().flat_map(|sample| to_stream(sample.bytes, &sets)).collect();
    let both = [theirs.as_slice(), &ours.units.concat(), &theirs].concat();
    let Some(decoded) = ffmpeg(&both) else { return };
    let shot = 5 * 176 * 112 * 3 / 2;
    assert_eq!(decoded.len(), 3 * shot);
    assert_eq!(decoded[shot..2 * shot], ours.decoded.concat().concat());
    assert_eq!(decoded[..shot], decoded[2 * shot..]);
}

/// Pictures of a stream as ffmpeg decodes them, one after the other; `None`, which is told, where it is not installed.
///
/// # Panics
/// When it is not and `cargo xtask test` runs the tests, which installs it.
fn ffmpeg(stream: &[u8]) -> Option<Vec<u8>> {
    use std::process::{Command, Stdio};
    let file = std::env::temp_dir().join(format!("region-{}-{}", std::process::id(), stream.len()));
    std::fs::write(&file, stream).unwrap();
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-xerror", "-err_detect", "explode", "-f", "h264", "-i"]).arg(&file);
    command.args(["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"]);
    let output = command.stdin(Stdio::null()).output();
    std::fs::remove_file(&file).unwrap();
    let output = match output {
        Ok(output) => output,
        Err(error) => {
            assert!(std::env::var_os("MINISTUDIO_TEST_POSTGRES").is_none(), "ffmpeg: {error}");
            eprintln!("not tested: ffmpeg is missing");
            return None;
        }
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

#[test]
fn what_is_no_slice_is_given_no_place() {
    for bytes in [&[][..], &[0x65], &[0x65, 0x88, 0x80]] {
        assert!(placed(bytes, 1).is_err(), "{bytes:?}");
    }
}

#[test]
fn every_sample_is_the_one_reckoned_with() {
    let settings = Settings::new(176, 112, 24);
    let stream = stream_of(&settings);
    let mut chance = Chance(11);
    let mut all = Coded { units: Vec::new(), decoded: Vec::new(), told: 0 };
    for material in [Material::Pattern, Material::Grain, Material::Noise] {
        for (qp, count, effort) in [
            (26, 9, Effort::Best),
            (26, 12, Effort::Fast),
            (18, 4, Effort::Best),
            (34, 17, Effort::Best),
            (4, 2, Effort::Best),
            (44, 7, Effort::Fast),
            (4, 6, Effort::Fast),
            (Quality::QP_MAX, 9, Effort::Fast),
        ] {
            let pictures = pictures(material, &settings, count, chance.under(20));
            for maps in [
                vec![Map::shared(stream.across(), stream.down()); pictures.len()],
                vec![random_map(&stream, &mut chance); pictures.len()],
                (0..count).map(|_| random_map(&stream, &mut chance)).collect(),
            ] {
                let coded = code(&pictures, &maps, &settings, Quality { qp, effort });
                all.units.extend(coded.units);
                all.decoded.extend(coded.decoded);
                all.told += coded.told;
            }
        }
    }
    assert!(all.told > 100, "{}", all.told);
    if let Some(decoded) = ffmpeg(&all.units.concat()) {
        assert!(decoded == all.decoded.concat().concat(), "ffmpeg differs");
    }
}
