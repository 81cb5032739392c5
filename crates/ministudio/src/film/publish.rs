//! A film folder to its place among the published films, SLUG/VERSION. What was published under a version is drawn and
//! heard as it was for ever: copies were sold that were made from it. What is said in it may be corrected.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};
use catalogue::OnDisk;
use film::{Cast, Film, Folder, Slot};
use studio::films::{Catalogue, Show};

use super::PublishArgs;

pub fn run(args: &PublishArgs) -> anyhow::Result<()> {
    let named = args.folder.display().to_string();
    let folder =
        OnDisk::open(&args.folder).with_context(|| format!("the film folder {named} cannot be opened"))?;
    let report = Film::check(&folder);
    if report.has_errors() {
        return Err(super::check::refuse(&report, &folder, &named));
    }
    super::check::print(&report, &folder);
    let show = super::make::show(&folder, &named)?;
    let (slug, version) = (show.slug(), show.film().info().version);
    let shelf = args.into.join(slug);
    let place = shelf.join(version.to_string());
    let done = if place.exists() {
        let published = OnDisk::open(&place)?;
        if is_same(&folder, &published, |_| true) {
            "was already in"
        } else if is_said_otherwise(&folder, show.film(), &published) {
            correct(&folder, &shelf, &place)?;
            "was already in, and its words are corrected in"
        } else {
            bail!(
                "version {version} of {slug} is published already, and this folder differs from it in more than what \
                 is said: raise `version` in film.toml"
            )
        }
    } else {
        copy(&folder, &shelf, version)?;
        "is in"
    };
    tell(&show)?;
    println!("\n{slug}, version {version}, {done} {}.", place.display());
    if catalogue::find(slug).is_some() {
        println!(
            "Note: a film of this program has the same slug; one of the two has to be taken off the studio's shelf."
        );
    }
    println!(
        "The studio offers it with its next start, if this is `films` in its data folder or named under `films` in its \
         configuration. It makes the shared shots then, once, before anybody orders, with the best settings there are."
    );
    Ok(())
}

/// Copies a film as a whole or not at all.
fn copy(folder: &OnDisk, shelf: &Path, version: u32) -> anyhow::Result<()> {
    if let Some(latest) = catalogue::latest(shelf).filter(|latest| *latest > version) {
        bail!(
            "version {latest} is published already, and the highest is the one on offer: raise `version` in film.toml \
             above it"
        );
    }
    let part = shelf.join(format!(".{version}.part"));
    if part.exists() {
        std::fs::remove_dir_all(&part).with_context(|| format!("{} cannot be removed", part.display()))?;
    }
    for path in folder.paths() {
        let bytes = folder.read(&path).with_context(|| format!("{path} cannot be read"))?;
        let file = part.join(&path);
        std::fs::create_dir_all(file.parent().unwrap_or(&part))
            .and_then(|()| std::fs::write(&file, &bytes))
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    // Links are not copied: what the film needs has to lie in its folder.
    Catalogue::read([&OnDisk::open(&part)? as &dyn Folder])
        .context("the copy is not complete (links and hidden files are not copied)")?;
    std::fs::rename(&part, shelf.join(version.to_string()))
        .with_context(|| format!("{} cannot be put in its place", part.display()))
}

/// Whether the same files are in both folders, and the same in those of them that are looked at.
fn is_same(one: &OnDisk, other: &OnDisk, looked_at: impl Fn(&str) -> bool) -> bool {
    let paths = one.paths();
    let holds_the_same = |path: &String| !looked_at(path) || one.read(path) == other.read(path);
    paths == other.paths() && paths.iter().all(holds_the_same)
}

fn holds_words(path: &str) -> bool {
    path.starts_with("words/")
}

/// Whether nothing is different but the words, and of those none that is drawn.
fn is_said_otherwise(folder: &OnDisk, film: &Film, published: &OnDisk) -> bool {
    let Ok(before) = Film::read(published) else { return false };
    let draws_the_same = |language: &String| film.words(language).set == before.words(language).set;
    is_same(folder, published, |path| !holds_words(path)) && film.info().languages.iter().all(draws_the_same)
}

/// Puts a folder's words in the place of those that were published; each file as a whole or not at all.
fn correct(folder: &OnDisk, shelf: &Path, place: &Path) -> anyhow::Result<()> {
    for path in folder.paths().into_iter().filter(|path| holds_words(path)) {
        let bytes = folder.read(&path).with_context(|| format!("{path} cannot be read"))?;
        let (part, file) = (shelf.join(".words.part"), place.join(&path));
        std::fs::write(&part, &bytes)
            .and_then(|()| std::fs::rename(&part, &file))
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}

/// What is made once, what is made for each copy and why, and what that takes.
fn tell(show: &Show) -> anyhow::Result<()> {
    let film = show.film();
    let fps = f64::from(film.info().fps);
    let mut personal = 0;
    for (index, shot) in film.shots().iter().enumerate() {
        let seconds = f64::from(shot.frames) / fps;
        println!("{:<24} {seconds:>5.1} s  {}", shot.id, why(film, index));
        personal += if shot.is_personal() { shot.frames } else { 0 };
    }
    let (of_copy, all) = (f64::from(personal) / fps, f64::from(film.frames()) / fps);
    println!("\n{of_copy:.1} of {all:.1} s are drawn and encoded for each copy; the rest is made once.");
    if let Some(each) = measured(show)? {
        println!(
            "A copy takes about {:.1} s of one core here ({each:.2} s for each of its personal seconds).",
            of_copy * each
        );
    }
    Ok(())
}

fn why(film: &Film, shot: usize) -> String {
    let places: Vec<String> = film
        .because(shot)
        .into_iter()
        .map(|because| format!("{}: {}", slot(&because.slot), because.place))
        .collect();
    if places.is_empty() { "shared".to_owned() } else { format!("personal ({})", places.join("; ")) }
}

/// What a slot is called.
pub fn slot(slot: &Slot) -> &str {
    match slot {
        Slot::Face => "face",
        Slot::Name => "name",
        Slot::Option(option) => option,
        Slot::SecondFace => "second.face",
        Slot::SecondName => "second.name",
    }
}

/// Seconds of one core for a second of the longest personal shot, with the drawn child, found out on its first
/// second; nothing without such a shot.
fn measured(show: &Show) -> anyhow::Result<Option<f64>> {
    let film = show.film();
    let shots = film.shots().iter().enumerate().filter(|(_, shot)| shot.is_personal());
    let Some((index, _)) = shots.max_by_key(|(_, shot)| shot.frames) else { return Ok(None) };
    let info = film.info();
    let options = std::collections::BTreeMap::new();
    let cast = Cast {
        face: None,
        name: &info.sample_name,
        language: &info.languages[0],
        options: &options,
        second: None,
    };
    let (start, mut frames) = (Instant::now(), 0);
    let made = super::make::make_one(show, index, &cast, &mut |_, _| {
        frames += 1;
        if frames < info.fps { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    match made {
        Err(error) if !super::make::is_cancelled(&error) => Err(error),
        _ => Ok(Some(start.elapsed().as_secs_f64() * f64::from(info.fps) / f64::from(frames.max(1)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_published_once_and_nothing_of_it_changes_but_what_is_said() {
        let outer = tempfile::tempdir().unwrap();
        let film = outer.path().join("boat");
        super::super::new::write(&film, "Boat", "boat").unwrap();
        let into = outer.path().join("data/films");
        let publish = || run(&PublishArgs { folder: film.clone(), into: into.clone() });
        let change = |file: &str, from: &str, to: &str| {
            let text = std::fs::read_to_string(film.join(file)).unwrap();
            assert!(text.contains(from), "{text}");
            std::fs::write(film.join(file), text.replacen(from, to, 1)).unwrap();
        };
        publish().unwrap();
        assert!(into.join("boat/1/drawings/hero.svg").is_file() && into.join("boat/1/fonts").is_dir());
        assert!(!into.join("boat/1/.schema").exists() && !into.join("boat/.1.part").exists());
        publish().expect("the same again changes nothing");
        // What is said may be corrected; what is drawn may not, nor what is heard.
        change("words/en.toml", "tagline = \"", "tagline = \"Once more: ");
        publish().unwrap();
        let said = |path: &str| std::fs::read_to_string(into.join(path)).unwrap();
        assert!(said("boat/1/words/en.toml").contains("Once more: "));
        assert!(!into.join("boat/.words.part").exists());
        let words = std::fs::read_to_string(film.join("words/en.toml")).unwrap();
        change("words/en.toml", "[set]", "[set]\nsign = \"Boat\"");
        assert!(format!("{:#}", publish().unwrap_err()).contains("raise `version`"));
        assert!(!said("boat/1/words/en.toml").contains("sign = "));
        std::fs::write(film.join("words/en.toml"), words).unwrap();
        change("shots/02-hello.toml", "amount = 0.15", "amount = 0.2");
        assert!(format!("{:#}", publish().unwrap_err()).contains("raise `version`"));
        change("film.toml", "version = 1 ", "version = 3 ");
        publish().unwrap();
        change("film.toml", "version = 3 ", "version = 2 ");
        assert!(format!("{:#}", publish().unwrap_err()).contains("version 3 is published"));
        change("film.toml", "version = 2 ", "version = 4 ");
        change("shots/01-evening.toml", "seconds = 4", "secnods = 4");
        assert!(format!("{:#}", publish().unwrap_err()).contains("cannot be drawn"));
        assert_eq!(catalogue::latest(&into.join("boat")), Some(3));
        let offered = catalogue::films_in(&into).unwrap();
        assert_eq!(Film::read(&offered[0]).unwrap().info().version, 3);
    }
}
