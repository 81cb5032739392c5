//! What a film maker should hear about a film: what cannot be (errors) and what should be looked at
//! (warnings), beyond what reading the files already found.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use vello_cpu::kurbo::{Rect, Shape as _};

use crate::drawing::{Group, Node};
use crate::fields::short;
use crate::film::{Cast, Film, Rendition, Slot, nearest};
use crate::folder::Folder;
use crate::generated::Generated;
use crate::manifest::{NAME_CHARS_MAX, Still};
use crate::report::{Report, Severity, did_you_mean};
use crate::script::{self, Motion, Piece, Script, Sheet, TextOf, What};
use crate::text;
use crate::track::Track;
use crate::uses::group_of;
use crate::who::{SECOND_HEAD, Who};
use crate::words;

/// Lengths that hold a small child: of a shot and of the film, in seconds.
pub(crate) const SHOT: RangeInclusive<f64> = 2.5..=7.0;
const FILM: RangeInclusive<f64> = 45.0..=70.0;
/// Of a film that calls itself short.
const SHORT: RangeInclusive<f64> = 8.0..=45.0;
/// Characters of a caption a second that can be read aloud. Netflix's Timed Text Style Guide has the same limit for
/// children's programmes.
pub const CAPTION_CHARS_A_SECOND: f64 = 17.0;
/// Letters smaller than this (film pixels an em) cannot be read.
const SMALLEST_LETTERS: f64 = 14.0;
/// The shortest and the longest name that must fit.
const NAMES: [&str; 2] = ["Jo", "Maximilian-Alexander von Berg."];
const _: () = assert!(NAMES[1].len() == NAME_CHARS_MAX, "it is as long as a name may be");

/// What lets a film take a second hero.
const FOR_TWO: &str = "write second = { sample = \"Leo\" } under [slots] in film.toml";

/// Everything that can be said without drawing.
pub(crate) fn check(film: &Film, folder: &dyn Folder, report: &mut Report) {
    the_whole(film, folder, report);
    for (index, script) in film.scripts.iter().enumerate() {
        the_shot(film, folder, index, script, report);
    }
    the_words(film, report);
}

/// What shows only when shots are built: sheets that nobody ever sees.
pub(crate) fn look(film: &Film, report: &mut Report) {
    let options = BTreeMap::new();
    let info = film.info();
    let rendition = Rendition { width: info.width, height: info.height };
    let cast = Cast { face: None, name: "", language: &info.languages[0], options: &options, second: None };
    for (index, shot) in film.shots().iter().enumerate() {
        let Ok(scene) = film.scene(index, &cast, rendition) else { continue };
        for line in scene.unseen() {
            report.warn(&script::path(&shot.id), Some(line), "This sheet is never inside the picture.");
        }
    }
}

/// A span of seconds, for a message.
pub(crate) fn span(seconds: &RangeInclusive<f64>) -> String {
    format!("{} to {}", seconds.start(), seconds.end())
}

fn the_whole(film: &Film, folder: &dyn Folder, report: &mut Report) {
    const FILE: &str = "film.toml";
    let info = film.info();
    let seconds: f64 = film.scripts.iter().map(|s| s.seconds).sum();
    let lines = &film.manifest.lines;
    let (good, says) = match info.is_short {
        true => (SHORT, format!("a short film has {} s", span(&SHORT))),
        false => (FILM, format!("{} s hold a small child", span(&FILM))),
    };
    if !good.contains(&seconds) {
        let message = format!("The film is {seconds:.1} s long; {says}.");
        let is_a_short_one = !info.is_short && SHORT.contains(&seconds);
        let suggestion = is_a_short_one.then(|| "say length = \"short\" if it is meant to be one".to_owned());
        report.push(Severity::Warning, FILE, lines.of("length"), message, suggestion);
    }
    let personal = film.shots().iter().filter(|s| s.is_personal()).count();
    if personal * 2 > film.shots().len() {
        let message = format!(
            "{personal} of {} shots are personal; more than half makes every copy dear.",
            film.shots().len()
        );
        report.warn(FILE, None, message);
    }
    for (what, side) in [("width", info.width), ("height", info.height)] {
        if side % 2 != 0 {
            let message = format!("The {what} {side} is odd; films are encoded in pairs of pixels.");
            report.error(FILE, lines.of(what), message);
        }
    }
    the_second(film, report);
    for path in info.sound.iter().chain(&info.score) {
        if folder.read(path).is_none() {
            let line = lines.of(if info.sound.as_ref() == Some(path) { "sound" } else { "score" });
            let message = format!("{} is missing.", short(path));
            report.push(Severity::Warning, FILE, line, message, nearest(folder, path));
        }
    }
    for still in &info.stills {
        the_still(film, still, lines.of(&format!("stills {}", still.shot)), report);
    }
    if let Some(poster) = &info.poster {
        the_still(film, poster, lines.of("poster"), report);
    }
    for path in folder.paths() {
        let id = path.strip_prefix("shots/").and_then(|p| p.strip_suffix(".toml"));
        if id.is_some_and(|id| film.shots().iter().all(|s| s.id != id)) {
            let suggestion = id.map(|id| format!("put \"{}\" into its shots", short(id)));
            let message = "This shot is not listed in film.toml.".to_owned();
            report.push(Severity::Warning, &path, None, message, suggestion);
        }
    }
}

/// Who shows a second hero says so, and the other way round; the friend who stands in looks like somebody else.
fn the_second(film: &Film, report: &mut Report) {
    const FILE: &str = "film.toml";
    let line = film.manifest.lines.of("slots");
    if film.info().second.is_none() {
        for (index, shot) in film.shots().iter().enumerate() {
            let face = film.because(index).into_iter().find(|because| because.slot == Slot::SecondFace);
            let Some(because) = face else { continue };
            let message = format!("The film takes no second hero, but here is one ({}).", because.place);
            let suggestion = Some(FOR_TWO.to_owned());
            report.push(Severity::Error, &script::path(&shot.id), Some(because.line), message, suggestion);
        }
        return;
    }
    let shows = |slot: Slot| film.shots().iter().any(|shot| shot.slots.contains(&slot));
    let (face, name) = (shows(Slot::SecondFace), shows(Slot::SecondName));
    if !face && !name {
        report.warn(FILE, line, "The film takes a second hero, but no shot shows one.");
    }
    if face && !film.drawings.contains_key(SECOND_HEAD) {
        let message = "Without a second child the friend has the head of the hero.".to_owned();
        report.push(Severity::Warning, FILE, line, message, Some(format!("draw another in {SECOND_HEAD}")));
    }
}

fn the_still(film: &Film, still: &Still, line: Option<usize>, report: &mut Report) {
    const FILE: &str = "film.toml";
    let Some(index) = film.shots().iter().position(|s| s.id == still.shot) else {
        let message = format!(
            "A still or the poster names the shot \"{}\", which the film does not have.",
            short(&still.shot)
        );
        let known = film.shots().iter().map(|s| s.id.as_str());
        report.push(Severity::Error, FILE, line, message, did_you_mean(&still.shot, known));
        return;
    };
    if still.second > film.scripts[index].seconds {
        let message =
            format!("A still or the poster lies after the end of the shot \"{}\".", short(&still.shot));
        let seconds = film.scripts[index].seconds;
        report.push(Severity::Error, FILE, line, message, Some(format!("the shot has {seconds} s")));
    }
}

fn the_shot(film: &Film, folder: &dyn Folder, index: usize, script: &Script, report: &mut Report) {
    let file = script::path(&film.shots()[index].id);
    if !SHOT.contains(&script.seconds) {
        let message = format!("The shot is {} s long; {} s are good.", script.seconds, span(&SHOT));
        report.warn(&file, None, message);
    }
    let light = [&script.light.amount].into_iter().chain(&script.light.tint);
    let camera = [&script.camera.x, &script.camera.y, &script.camera.zoom, &script.camera.rotate];
    camera.into_iter().chain(light).for_each(|track| in_time(track, script.seconds, &file, report));
    for sheet in &script.sheets {
        the_sheet(film, folder, script, sheet, &file, report);
    }
    if let Some((generated, line)) = &script.generated {
        the_generated(film, index, generated, &file, *line, report);
    }
}

/// What is drawn stands in for what is painted: it shows the same child, and nothing that a prompt may not hold. So the
/// key of the shot is that of its fields (the prompt among them) and of the face, and a corrected name leaves it as it is.
fn the_generated(
    film: &Film,
    index: usize,
    generated: &Generated,
    file: &str,
    line: usize,
    report: &mut Report,
) {
    if !film.uses[index].faces.contains(&Who::First) {
        report.error(
            file,
            Some(line),
            "A generated shot is made from the child's face: its drawing must show it too (slot:face).",
        );
    }
    if film.shots()[index].slots.iter().any(|slot| *slot != Slot::Face) {
        report.error(
            file,
            Some(line),
            "A generated shot shows neither the name nor an option nor the second hero: no prompt holds them.",
        );
    }
    let info = film.info();
    let names = [Some(&info.sample_name), info.second.as_ref().map(|second| &second.sample)];
    let names: Vec<String> =
        names.into_iter().flatten().filter(|name| !name.is_empty()).map(|name| name.to_lowercase()).collect();
    let prompt = generated.prompt.to_lowercase();
    if prompt.split(|c: char| !c.is_alphanumeric()).any(|word| names.iter().any(|name| name == word)) {
        report.error(file, Some(line), "The prompt names the child: write \"the child\".");
    }
}

fn the_sheet(
    film: &Film,
    folder: &dyn Folder,
    script: &Script,
    sheet: &Sheet,
    file: &str,
    report: &mut Report,
) {
    let line = Some(sheet.line);
    let mood = [&sheet.mood.smile, &sheet.mood.lids, &sheet.mood.brows, &sheet.mood.turn, &sheet.opacity];
    let motions: Vec<&Motion> =
        [&sheet.motion, &sheet.head].into_iter().chain(sheet.parts.values()).collect();
    let moved = motions.iter().flat_map(|m| m.tracks());
    moved.chain(mood).for_each(|track| in_time(track, script.seconds, file, report));
    let pieces: BTreeSet<&Piece> = match &sheet.what {
        What::Drawing(piece) => BTreeSet::from([piece]),
        What::Stamps(stamps) => stamps.stamp.iter().collect(),
    };
    let mut known = BTreeSet::new();
    let mut all_there = true;
    for piece in &pieces {
        match group_of(piece, &film.drawings) {
            Some(group) => known.extend(group.ids()),
            None => {
                all_there = false;
                missing(film, folder, piece, file, line, report);
            }
        }
    }
    let parts = sheet.parts.keys().chain(sheet.sway.iter().filter_map(|s| s.part.as_ref()));
    for part in parts.filter(|part| all_there && !known.contains(part.as_str())) {
        let message = format!("The drawing has no part \"{}\".", short(part));
        let line = sheet.part_lines.get(part).copied().or(line);
        report.push(Severity::Error, file, line, message, meant(part, &known));
    }
    match &sheet.what {
        What::Stamps(stamps) => {
            the_text(film, &stamps.text, &stamps.font, file, line, report);
            let [x, y, w, h] = stamps.area;
            if let TextOf::Slot(_) = stamps.text {
                let smallest = stamps.spacing * 4.0;
                fits(
                    film,
                    &stamps.font,
                    stamps.weight as f32,
                    Rect::new(x, y, x + w, y + h),
                    smallest,
                    file,
                    line,
                    report,
                );
            }
        }
        What::Drawing(piece) => {
            let Some(group) = group_of(piece, &film.drawings) else { return };
            the_places(film, group, sheet.scale, &piece.file, report);
        }
    }
}

/// The id that was probably meant, or all there are.
fn meant(said: &str, known: &BTreeSet<&str>) -> Option<String> {
    const MOST: usize = 12;
    let all = || {
        let listed: Vec<&str> = known.iter().copied().take(MOST).collect();
        let more = if known.len() > MOST { " …" } else { "" };
        (!listed.is_empty()).then(|| format!("it has {}{more}", short_list(&listed)))
    };
    did_you_mean(said, known.iter().copied()).or_else(all)
}

fn short_list(words: &[&str]) -> String {
    words.iter().map(|word| short(word)).collect::<Vec<_>>().join(", ")
}

/// Texts within a drawing.
fn the_places(film: &Film, group: &Group, scale: f64, file: &str, report: &mut Report) {
    group.leaves(&mut |node| {
        let Node::Text(place) = node else { return };
        the_text(film, &place.text, &place.font, file, Some(place.line), report);
        if matches!(place.text, TextOf::Slot(_)) && !place.along {
            let area = place.look.path.bounding_box();
            fits(
                film,
                &place.font,
                place.weight,
                area,
                SMALLEST_LETTERS / scale,
                file,
                Some(place.line),
                report,
            );
        }
    });
}

/// The text exists in every language and its fonts can write it.
fn the_text(film: &Film, of: &TextOf, font: &str, file: &str, line: Option<usize>, report: &mut Report) {
    let Some(fonts) = film.fonts.roles.get(font) else {
        let message = format!("[fonts] in film.toml has no fonts \"{}\".", short(font));
        report.push(
            Severity::Error,
            file,
            line,
            message,
            did_you_mean(font, film.fonts.roles.keys().map(String::as_str)),
        );
        return;
    };
    match of {
        TextOf::Slot(slot) => {
            if !is_slot(film, slot) {
                let message = format!("The film has no slot \"{}\".", short(slot));
                report.push(Severity::Error, file, line, message, meant_slot(film, slot));
            }
        }
        TextOf::Set(key) => {
            for (language, words) in written(film) {
                let Some(text) = words.set.get(key) else {
                    let message =
                        format!("{} has no text \"{}\" under [set].", words::path(language), short(key));
                    report.push(
                        Severity::Error,
                        file,
                        line,
                        message,
                        did_you_mean(key, words.set.keys().map(String::as_str)),
                    );
                    continue;
                };
                let missing = text::missing(fonts, &words::fill(text, |_| Some(String::new())));
                if !missing.is_empty() {
                    let letters: Vec<String> = missing.iter().map(char::to_string).collect();
                    let message =
                        format!("The fonts cannot write {} in \"{}\".", letters.join(" "), short(key));
                    report.error(&words::path(language), None, message);
                }
            }
        }
    }
}

/// Short and long names can be read in a box.
#[expect(clippy::too_many_arguments, reason = "a box with its fonts, and a place for the message")]
fn fits(
    film: &Film,
    font: &str,
    weight: f32,
    area: Rect,
    smallest: f64,
    file: &str,
    line: Option<usize>,
    report: &mut Report,
) {
    let Some(fonts) = film.fonts.roles.get(font) else { return };
    for name in NAMES {
        let size = text::size_in_box(fonts, name, weight, area);
        if size < smallest {
            let message = format!(
                "\"{name}\" would be written too small here ({size:.0} of at least {smallest:.0} pixels)."
            );
            report.push(
                Severity::Warning,
                file,
                line,
                message,
                Some("make the box larger or higher".to_owned()),
            );
        }
    }
}

fn is_slot(film: &Film, slot: &str) -> bool {
    slots(film).contains(&slot)
}

/// The slots of the film that can be written.
fn slots(film: &Film) -> Vec<&str> {
    let info = film.info();
    let mut slots: Vec<&str> = info.options.keys().map(String::as_str).collect();
    slots.push(Who::First.name());
    slots.extend(info.second.as_ref().map(|_| Who::Second.name()));
    slots
}

/// What was probably meant by a slot that the film does not have.
fn meant_slot(film: &Film, slot: &str) -> Option<String> {
    let second = || (slot == Who::Second.name()).then(|| FOR_TWO.to_owned());
    second().or_else(|| did_you_mean(slot, slots(film)))
}

/// Keys that are never on the way to are a slip. (One key behind the end cuts a movement in its middle.)
fn in_time(track: &Track, seconds: f64, file: &str, report: &mut Report) {
    if let Some(pair) = track.keys().windows(2).find(|pair| pair[0].at >= seconds + 0.5) {
        let message = format!("The key at {} s lies behind the end of the shot ({seconds} s).", pair[1].at);
        report.warn(file, Some(pair[1].line), message);
    }
}

/// The words that could be read; a missing file has been reported already.
fn written(film: &Film) -> impl Iterator<Item = (&String, &words::Words)> {
    let none = words::Words::none(film.shots().len());
    film.words.iter().filter(move |(_, words)| **words != none)
}

fn the_words(film: &Film, report: &mut Report) {
    for (language, words) in written(film) {
        let file = words::path(language);
        for (i, shot) in film.shots().iter().enumerate() {
            let line = words.lines[i];
            let elsewhere = film.words.values().any(|w| w.captions[i].is_some());
            match &words.captions[i] {
                None if elsewhere => {
                    let message = format!("The caption of \"{}\" is missing in this language.", shot.id);
                    let suggestion = format!("write caption = \"…\" under [shots.{}]", shot.id);
                    report.push(Severity::Error, &file, line, message, Some(suggestion));
                }
                None => {}
                Some(caption) => {
                    let long = words::fill(caption, |_| Some("Katharina".to_owned())).chars().count() as f64;
                    let a_second = long / film.scripts[i].seconds;
                    if a_second > CAPTION_CHARS_A_SECOND {
                        let message = format!(
                            "The caption of \"{}\" is too long to be read in the shot ({a_second:.0} characters a second, {CAPTION_CHARS_A_SECOND} are good).",
                            shot.id
                        );
                        report.warn(&file, line, message);
                    }
                }
            }
            if words.described[i].is_none() {
                report.warn(&file, line, format!("\"{}\" is not described.", shot.id));
            }
        }
        let spoken = |of: &'_ [Option<String>]| -> Vec<(Option<usize>, String)> {
            words
                .lines
                .iter()
                .copied()
                .zip(of)
                .filter_map(|(line, text)| Some((line, text.clone()?)))
                .collect()
        };
        let set: Vec<(Option<usize>, String)> = words.set.values().map(|text| (None, text.clone())).collect();
        let said = [spoken(&words.captions), spoken(&words.described)].concat();
        for (line, text) in set.iter().chain(&said) {
            for slot in words::slots_in(text).into_iter().filter(|slot| !is_slot(film, slot)) {
                let message = format!("{{{}}} is not a slot of the film.", short(slot));
                report.push(Severity::Error, &file, *line, message, meant_slot(film, slot));
            }
        }
        for (line, text) in &said {
            for slot in
                words::slots_in(text).into_iter().filter(|slot| film.info().options.contains_key(*slot))
            {
                let message =
                    format!("{{{}}} stays as it is here: what is said tells names alone.", short(slot));
                report.error(&file, *line, message);
            }
        }
        for (what, text) in
            [("title", &words.title), ("tagline", &words.tagline), ("synopsis", &words.synopsis)]
        {
            if let Some(slot) = words::slots_in(text).into_iter().next() {
                let message =
                    format!("{{{}}} stays as it is in the {what}: no child is known there.", short(slot));
                report.error(&file, None, message);
            }
        }
    }
}

/// A drawing or group that is not there.
fn missing(
    film: &Film,
    folder: &dyn Folder,
    piece: &Piece,
    file: &str,
    line: Option<usize>,
    report: &mut Report,
) {
    // Looking for what was meant goes through the whole folder.
    if report.is_full() {
        return;
    }
    let Some(drawing) = film.drawings.get(&piece.file) else {
        // One that is there but cannot be read has been reported already.
        if !film.digests.files.contains_key(&piece.file) {
            let message = format!("The drawing {} is missing.", short(&piece.file));
            report.push(Severity::Error, file, line, message, nearest(folder, &piece.file));
        }
        return;
    };
    let group = piece.group.as_deref().unwrap_or_default();
    let message = format!("{} has no group \"{}\".", piece.file, short(group));
    let known = drawing.root.ids().into_iter().collect();
    report.push(Severity::Error, file, line, message, meant(group, &known));
}
