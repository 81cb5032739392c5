//! What the coder writes, read by two other decoders (openh264 where pictures build on the past alone, and ffmpeg where it is
//! installed): every sample must be the one that the coder reckoned with.

use cinema::{Decoder, Encoder, Frames, ParameterSets, Picture, Settings, TestPattern};
use std::sync::Arc;

use region::{Coder, Effort, I420, Map, Planner, Quality, Sets, Stream, Whose, assemble, order};

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

fn stream(sets: &ParameterSets, is_start: bool, units: &[Vec<u8>]) -> Vec<u8> {
    let mut stream = Vec::new();
    let sets = [&sets.sequence, &sets.picture];
    for unit in sets.into_iter().take(if is_start { 2 } else { 0 }).chain(units) {
        stream.extend_from_slice(&[0, 0, 0, 1]);
        stream.extend_from_slice(unit);
    }
    stream
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

fn random_map(sets: &Sets, chance: &mut Chance) -> Map {
    let count = sets.across * sets.down;
    match chance.under(4) {
        0 => Map::shared(sets.across, sets.down),
        1 => Map::new(sets.across, (0..count).map(|_| chance.under(3) == 0).collect()),
        _ => {
            let mut map = Map::shared(sets.across, sets.down);
            let (x, y) = (chance.under(sets.across as u32) as usize, chance.under(sets.down as u32) as usize);
            map.claim(y * sets.across + x);
            map.wider(1 + chance.under(3) as usize)
        }
    }
}

struct Coded {
    stream: Vec<u8>,
    decoded: Vec<[Vec<u8>; 3]>,
}

fn first_difference(planes: [&[u8]; 3], expected: &[Vec<u8>; 3], width: usize) -> Option<String> {
    for (plane, (got, expected)) in planes.iter().zip(expected).enumerate() {
        let width = if plane == 0 { width } else { width / 2 };
        let wrong = got.iter().zip(expected).position(|(a, b)| a != b);
        if let Some(at) = wrong {
            let (x, y, got, expected) = (at % width, at / width, got[at], expected[at]);
            return Some(format!("plane {plane} at {x},{y}: {got} instead of {expected}"));
        }
    }
    None
}

/// One picture of both coders.
fn units(coders: &mut [Coder; 2], pictures: [&Picture; 2], map: &Map) -> Vec<Vec<u8>> {
    let [shared, personal] = coders;
    let [everyones, own] = pictures.map(view);
    let (shared, personal) = (shared.code(&everyones, map), personal.code(&own, map));
    assemble(&shared, &personal).into_iter().map(<[u8]>::to_vec).collect()
}

/// Coders of both sides; the shared one has a plan where it has the time.
fn coders(sets: Sets, pictures: &[Picture], quality: Quality, is_pyramid: bool) -> [Coder; 2] {
    let mut planner = Planner::new(sets, quality);
    if is_pyramid {
        planner = planner.pyramid();
    }
    pictures.iter().for_each(|picture| planner.see(&view(picture)));
    let plan = Arc::new(planner.finish());
    [Whose::Shared, Whose::Personal].map(|side| {
        let coder = Coder::new(sets, side, quality).exact().planned(plan.clone());
        if is_pyramid { coder.pyramid(pictures.len()) } else { coder }
    })
}

fn code(pictures: &[Picture], maps: &[Map], settings: &Settings, quality: Quality) -> Coded {
    let parameters = ParameterSets::of(settings).unwrap();
    let sets = Sets::read(&parameters.sequence, &parameters.picture).unwrap();
    let mut coders = coders(sets, pictures, quality, false);
    let (width, height) = (settings.width as usize, settings.height as usize);
    let mut coded = Coded { stream: Vec::new(), decoded: Vec::new() };
    let mut decoder = Decoder::new().unwrap();
    for (number, (picture, map)) in pictures.iter().zip(maps).enumerate() {
        let units = units(&mut coders, [picture; 2], map);
        let unit = stream(&parameters, number == 0, &units);
        let sides = coders.each_ref().map(|coder| coder.decoded(width, height));
        let expected = joined(sides, map, sets.across, width);
        let shown = decoder.decode(&unit).unwrap_or_else(|error| panic!("picture {number}: {error}"));
        let shown = shown.unwrap_or_else(|| panic!("picture {number} is missing"));
        if let Some(wrong) = first_difference(shown.planes(), &expected, width) {
            panic!("picture {number} of {quality:?}: {wrong}");
        }
        coded.stream.extend(unit);
        coded.decoded.push(expected);
    }
    coded
}

/// Pictures that build on later ones, in the order of showing.
fn code_pyramid(pictures: &[Picture], maps: &[Map], settings: &Settings, quality: Quality) -> Coded {
    let (parameters, sets) = pyramid_sets(settings);
    let mut coders = coders(sets, pictures, quality, true);
    let (width, height) = (settings.width as usize, settings.height as usize);
    let mut coded = Coded { stream: Vec::new(), decoded: vec![Default::default(); pictures.len()] };
    for (place, number) in order(pictures.len()).into_iter().enumerate() {
        let units = units(&mut coders, [&pictures[number]; 2], &maps[number]);
        coded.stream.extend(stream(&parameters, place == 0, &units));
        let sides = coders.each_ref().map(|coder| coder.decoded(width, height));
        coded.decoded[number] = joined(sides, &maps[number], sets.across, width);
    }
    coded
}

fn pyramid_sets(settings: &Settings) -> (ParameterSets, Sets) {
    let Settings { width, height, fps, .. } = *settings;
    let [sequence, picture] = Sets::write(&Stream { width, height, fps, pyramid: true });
    let sets = Sets::read(&sequence, &picture).unwrap();
    (ParameterSets { sequence, picture }, sets)
}

/// What somebody else makes of the personal side does not touch a shared sample, in any picture.
#[test]
fn shared_samples_do_not_depend_on_personal_ones() {
    let settings = Settings::new(192, 112, 24);
    let parameters = ParameterSets::of(&settings).unwrap();
    let sets = Sets::read(&parameters.sequence, &parameters.picture).unwrap();
    let mut chance = Chance(5);
    for layered in [false, true] {
        let maps: Vec<Map> = (0..8).map(|_| random_map(&sets, &mut chance)).collect();
        let everyones = pictures(Material::Grain, &settings, 8, 3);
        let quality = Quality { qp: 26, layered, effort: Effort::Fast };
        let outcomes = [Material::Noise, Material::Pattern].map(|material| {
            let mut coders = [Whose::Shared, Whose::Personal].map(|side| Coder::new(sets, side, quality));
            let mut decoder = Decoder::new().unwrap();
            let own = pictures(material, &settings, 8, 17);
            let shown =
                everyones.iter().zip(&own).zip(&maps).enumerate().map(|(number, ((all, own), map))| {
                    let units = units(&mut coders, [all, own], map);
                    decoder.decode(&stream(&parameters, number == 0, &units)).unwrap().unwrap()
                });
            shown.collect::<Vec<_>>()
        });
        let mut differing = 0;
        for ((one, other), map) in outcomes[0].iter().zip(&outcomes[1]).zip(&maps) {
            for plane in 0..3 {
                let (side, width) = if plane == 0 { (16, 192) } else { (8, 96) };
                for (at, (a, b)) in one.planes()[plane].iter().zip(other.planes()[plane]).enumerate() {
                    let block = at / width / side * sets.across + at % width / side;
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
    let pictures = pictures(Material::Pattern, &settings, 4, 2);
    let parameters = ParameterSets::of(&settings).unwrap();
    let sets = Sets::read(&parameters.sequence, &parameters.picture).unwrap();
    let maps = vec![Map::shared(sets.across, sets.down); 4];
    let ours = code(&pictures, &maps, &settings, Quality { qp: 26, layered: true, effort: Effort::Best });
    let mut theirs = Vec::new();
    let mut encoder = Encoder::new(&settings).unwrap();
    pictures.iter().for_each(|picture| theirs.extend(encoder.encode(picture).unwrap()));
    let both = [theirs.as_slice(), &ours.stream, &theirs].concat();
    let Some(decoded) = ffmpeg(&both) else { return };
    let frame = 176 * 112 * 3 / 2;
    assert_eq!(decoded.len(), 12 * frame);
    assert_eq!(decoded[4 * frame..8 * frame], ours.decoded.concat().concat());
    assert_eq!(decoded[..4 * frame], decoded[8 * frame..]);
}

/// Pictures of a stream as ffmpeg decodes them, one after the other; `None` where it is not installed.
fn ffmpeg(stream: &[u8]) -> Option<Vec<u8>> {
    use std::process::{Command, Stdio};
    let file = std::env::temp_dir().join(format!("region-{}-{}", std::process::id(), stream.len()));
    std::fs::write(&file, stream).unwrap();
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-xerror", "-err_detect", "explode", "-f", "h264", "-i"]).arg(&file);
    command.args(["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"]);
    let output = command.stdin(Stdio::null()).output();
    std::fs::remove_file(&file).unwrap();
    let output = output.ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

#[test]
fn sets_of_other_streams_are_refused() {
    let sets = ParameterSets::of(&Settings::new(176, 112, 24)).unwrap();
    let read = Sets::read(&sets.sequence, &sets.picture).unwrap();
    assert_eq!((read.across, read.down), (11, 7));
    let mut picture = sets.picture.clone();
    picture[1] ^= 0x20; // CABAC
    assert!(Sets::read(&sets.sequence, &picture).is_err());
    assert!(Sets::read(&[], &[]).is_err());
}

#[test]
fn every_sample_is_the_one_reckoned_with() {
    let settings = Settings::new(176, 112, 24);
    let mut chance = Chance(11);
    let mut all = Coded { stream: Vec::new(), decoded: Vec::new() };
    for material in [Material::Pattern, Material::Grain, Material::Noise] {
        for (qp, layered, effort) in [
            (26, false, Effort::Fast),
            (26, true, Effort::Best),
            (18, true, Effort::Fast),
            (34, false, Effort::Best),
            (4, false, Effort::Fast),
            (47, true, Effort::Fast),
        ] {
            let pictures = pictures(material, &settings, 6, chance.under(20));
            let sets = ParameterSets::of(&settings).unwrap();
            let sets = Sets::read(&sets.sequence, &sets.picture).unwrap();
            for maps in [
                vec![Map::shared(sets.across, sets.down); 6],
                vec![random_map(&sets, &mut chance); 6],
                (0..6).map(|_| random_map(&sets, &mut chance)).collect(),
            ] {
                let coded = code(&pictures, &maps, &settings, Quality { qp, layered, effort });
                all.stream.extend(coded.stream);
                all.decoded.extend(coded.decoded);
            }
        }
    }
    if let Some(decoded) = ffmpeg(&all.stream) {
        assert!(decoded == all.decoded.concat().concat(), "ffmpeg differs");
    }
}

#[test]
fn every_sample_of_a_pyramid_is_the_one_reckoned_with() {
    let settings = Settings::new(176, 112, 24);
    let mut chance = Chance(17);
    let mut all = Coded { stream: Vec::new(), decoded: Vec::new() };
    for material in [Material::Pattern, Material::Grain, Material::Noise] {
        for (qp, count, effort) in [
            (26, 9, Effort::Best),
            (26, 12, Effort::Fast),
            (18, 4, Effort::Best),
            (34, 17, Effort::Best),
            (4, 2, Effort::Best),
            (44, 7, Effort::Fast),
        ] {
            let pictures = pictures(material, &settings, count, chance.under(20));
            let (_, sets) = pyramid_sets(&settings);
            for maps in [
                vec![Map::shared(sets.across, sets.down); pictures.len()],
                vec![random_map(&sets, &mut chance); pictures.len()],
                (0..count).map(|_| random_map(&sets, &mut chance)).collect(),
            ] {
                let coded = code_pyramid(&pictures, &maps, &settings, Quality { qp, layered: true, effort });
                all.stream.extend(coded.stream);
                all.decoded.extend(coded.decoded);
            }
        }
    }
    if let Some(decoded) = ffmpeg(&all.stream) {
        assert!(decoded == all.decoded.concat().concat(), "ffmpeg differs");
    }
}

/// In a pyramid, too, a shared sample does not hang on what somebody else makes of the personal side.
#[test]
fn a_pyramid_keeps_the_sides_apart() {
    let settings = Settings::new(192, 112, 24);
    let (parameters, sets) = pyramid_sets(&settings);
    let mut chance = Chance(23);
    let count = 18;
    let maps: Vec<Map> = (0..count).map(|_| random_map(&sets, &mut chance)).collect();
    let everyones = pictures(Material::Grain, &settings, count, 3);
    let quality = Quality { qp: 26, layered: true, effort: Effort::Best };
    let shown = [Material::Noise, Material::Pattern].map(|material| {
        let own = pictures(material, &settings, count, 17);
        let mut coders = coders(sets, &everyones, quality, true);
        let mut all = Vec::new();
        for (place, number) in order(count as usize).into_iter().enumerate() {
            let units = units(&mut coders, [&everyones[number], &own[number]], &maps[number]);
            all.extend(stream(&parameters, place == 0, &units));
        }
        ffmpeg(&all)
    });
    let [Some(one), Some(other)] = shown else { return };
    let frame = 192 * 112 * 3 / 2;
    let mut differing = 0;
    for at in (0..one.len()).filter(|at| at % frame < 192 * 112) {
        let (x, y) = (at % frame % 192, at % frame / 192);
        let is_personal = maps[at / frame].whose(y / 16 * sets.across + x / 16) == Whose::Personal;
        assert!(one[at] == other[at] || is_personal, "{at}");
        differing += usize::from(one[at] != other[at]);
    }
    assert!(differing > 1000, "the personal sides did differ");
}
