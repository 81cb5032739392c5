//! The key of a shot changes with everything its pictures depend on, and with nothing else.

mod common;

use std::collections::BTreeMap;

use common::{SMALL, head, no_options, read, tiny, tiny_for_two, with};
use film::{Cast, Film, Hero, Rendition, ShotKey, Slot};
use proptest::prelude::*;

fn cast(name: &str) -> Cast<'_> {
    Cast { face: None, name, language: "en", options: no_options(), second: None }
}

fn keys(film: &Film, cast: &Cast<'_>, rendition: Rendition) -> Vec<ShotKey> {
    (0..film.shots().len()).map(|shot| film.shot_key(shot, cast, rendition)).collect()
}

/// Ids of the shots whose keys differ.
fn changed(film: &Film, a: &[ShotKey], b: &[ShotKey]) -> Vec<String> {
    let shots = film.shots().iter().zip(a.iter().zip(b));
    shots.filter(|(_, (a, b))| a != b).map(|(shot, _)| shot.id.clone()).collect()
}

#[test]
fn slots_are_found_by_looking() {
    let film = read(&tiny());
    let slots: Vec<Vec<Slot>> = film.shots().iter().map(|s| s.slots.iter().cloned().collect()).collect();
    let age = || Slot::Option("age".to_owned());
    assert_eq!(slots, [vec![], vec![Slot::Face], vec![Slot::Name, age()], vec![age()]]);
    assert!(!film.shots()[0].is_personal() && film.shots()[1].is_personal());
}

#[test]
fn another_face_changes_the_shots_with_the_face() {
    let film = read(&tiny());
    let (one, two) = (head([200, 150, 120]), head([120, 80, 60]));
    let with = |face| keys(&film, &Cast { face: Some(face), ..cast("Mia") }, SMALL);
    assert_eq!(changed(&film, &with(&one), &with(&two)), ["02-hill"]);
    assert_eq!(changed(&film, &with(&one), &keys(&film, &cast("Mia"), SMALL)), ["02-hill"]);
}

#[test]
fn an_option_changes_the_shots_that_show_it() {
    let film = read(&tiny());
    let six = BTreeMap::from([("age".to_owned(), "6".to_owned())]);
    let before = keys(&film, &cast("Mia"), SMALL);
    let after = keys(&film, &Cast { options: &six, ..cast("Mia") }, SMALL);
    assert_eq!(changed(&film, &before, &after), ["03-name", "04-age"]);
}

#[test]
fn the_language_changes_only_shots_with_texts() {
    let film = read(&tiny());
    let before = keys(&film, &cast("Mia"), SMALL);
    let after = keys(&film, &Cast { language: "de", ..cast("Mia") }, SMALL);
    assert_eq!(changed(&film, &before, &after), ["03-name", "04-age"]);
}

#[test]
fn size_and_version_change_all() {
    let film = read(&tiny());
    let before = keys(&film, &cast("Mia"), SMALL);
    let larger = keys(&film, &cast("Mia"), Rendition { width: 640, height: 360 });
    assert_eq!(changed(&film, &before, &larger).len(), 4);
    let next = read(&with("film.toml", "version = 1", "version = 2"));
    assert_eq!(changed(&film, &before, &keys(&next, &cast("Mia"), SMALL)).len(), 4);
}

#[test]
fn each_change_of_the_folder_reaches_only_its_shots() {
    let film = read(&tiny());
    let before = keys(&film, &cast("Mia"), SMALL);
    let after = |path, from, to| {
        let changed_film = read(&with(path, from, to));
        changed(&film, &before, &keys(&changed_film, &cast("Mia"), SMALL))
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(after("words/en.toml", "The moon comes up.", "There it is."), none, "a caption");
    assert_eq!(after("words/en.toml", "A moon rises", "The moon rises"), none, "a description");
    assert_eq!(after("shots/01-sky.toml", "seconds = 2.5", "# a remark\nseconds = 2.5"), none, "a remark");
    assert_eq!(after("film.toml", "cents = 100", "cents = 200"), none, "the price");
    assert_eq!(after("shots/01-sky.toml", "seed = 7", "seed = 8"), ["01-sky"], "a shot");
    assert_eq!(after("words/en.toml", "{age} years", "{age} y."), ["03-name", "04-age"], "a text of the set");
    assert_eq!(after("drawings/hero.svg", "#b5423c", "#b5423d"), ["02-hill"], "a drawing");
    assert_eq!(after("drawings/sample-head.svg", "#5a3a28", "#5a3a29"), ["02-hill"], "the sample head");
}

#[test]
fn a_second_hero_makes_shots_personal_that_are_shared_without_one() {
    let film = read(&tiny_for_two());
    let slots = |shot: usize| film.shots()[shot].slots.iter().cloned().collect::<Vec<_>>();
    assert_eq!(slots(4), [Slot::SecondFace]);
    assert_eq!(slots(5), [Slot::Face, Slot::Name, Slot::SecondFace, Slot::SecondName]);
    let leo = Hero { face: None, name: "Leo" };
    let for_two = Cast { second: Some(leo), ..cast("Mia") };
    let personal = |cast: &Cast<'_>| {
        let shots = film.shots().iter().filter(|shot| shot.is_personal_for(cast));
        shots.map(|shot| shot.id.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(personal(&cast("Mia")), ["02-hill", "03-name", "04-age", "06-both"]);
    assert_eq!(personal(&for_two), ["02-hill", "03-name", "04-age", "05-friend", "06-both"]);
    assert!(film.shots()[4].is_personal());
}

#[test]
fn the_second_hero_changes_only_the_shots_that_show_it() {
    let film = read(&tiny_for_two());
    let (mia, other) = (head([200, 150, 120]), head([120, 80, 60]));
    let of = |face, name, second: Option<(Option<&likeness::CutOut>, &str)>| {
        let second = second.map(|(face, name)| Hero { face, name });
        keys(&film, &Cast { face: Some(face), second, ..cast(name) }, SMALL)
    };
    let changed = |before: &[ShotKey], after: &[ShotKey]| changed(&film, before, after);
    let none: Vec<String> = Vec::new();
    let alone = of(&mia, "Mia", None);
    assert_eq!(changed(&alone, &of(&mia, "Mia", Some((None, "")))), none, "nobody is nobody");
    assert_eq!(changed(&alone, &of(&mia, "Mia", Some((None, "Ida")))), ["06-both"], "a name");
    let two = of(&mia, "Mia", Some((Some(&mia), "Ida")));
    assert_eq!(changed(&alone, &two), ["05-friend", "06-both"]);
    assert_eq!(changed(&two, &of(&mia, "Mia", Some((Some(&other), "Ida")))), ["05-friend", "06-both"]);
    assert_eq!(changed(&two, &of(&mia, "Mia", Some((Some(&mia), "Tom")))), ["06-both"]);
    // Another child's film without a second hero has the friend's shot in common.
    assert_eq!(changed(&alone, &of(&other, "Tom", None)), ["02-hill", "03-name", "06-both"]);
    // What shows no second hero is what it is in a film that takes none.
    let tiny = read(&tiny());
    assert_eq!(alone[..4], keys(&tiny, &Cast { face: Some(&mia), ..cast("Mia") }, SMALL)[..]);

    let after = |path: &str, from: &str, to: &str, cast: &Cast<'_>| {
        let mut folder = tiny_for_two();
        let text = folder.text(path).expect("the file").replacen(from, to, 1);
        folder.put(path, text);
        changed(&keys(&film, cast, SMALL), &keys(&read(&folder), cast, SMALL))
    };
    let with_two = Cast { second: Some(Hero { face: Some(&mia), name: "Ida" }), ..cast("Mia") };
    let head = ("drawings/second-head.svg", "#141018", "#141019");
    assert_eq!(after(head.0, head.1, head.2, &cast("Mia")), ["05-friend", "06-both"], "the friend's head");
    assert_eq!(after(head.0, head.1, head.2, &with_two), none, "a child plays");
    let sample = ("film.toml", "\"Leo\"", "\"Lea\"");
    assert_eq!(after(sample.0, sample.1, sample.2, &cast("Mia")), ["06-both"], "the friend's name");
    assert_eq!(after(sample.0, sample.1, sample.2, &with_two), none, "a child plays");
}

/// The tiny film, its shot with the face generated.
fn generated(prompt: &str) -> Film {
    let table = format!("seconds = 2.5\ngenerated = {{ kind = \"portrait\", prompt = \"{prompt}\" }}");
    read(&with("shots/02-hill.toml", "seconds = 2.5", &table))
}

#[test]
fn a_generated_shot_is_made_again_for_another_prompt_or_face_and_not_for_another_name() {
    let (hill, sea) = (generated("the child waves on a hill"), generated("the child waves at the sea"));
    let face = head([200, 150, 120]);
    let of = |film: &Film, name| keys(film, &Cast { face: Some(&face), ..cast(name) }, SMALL);
    assert_eq!(changed(&hill, &of(&hill, "Mia"), &of(&hill, "Tom")), ["03-name"], "a corrected name");
    assert_eq!(changed(&hill, &of(&hill, "Mia"), &of(&sea, "Mia")), ["02-hill"], "another prompt");
    let other = head([120, 80, 60]);
    let another = keys(&hill, &Cast { face: Some(&other), ..cast("Mia") }, SMALL);
    assert_eq!(changed(&hill, &of(&hill, "Mia"), &another), ["02-hill"], "another photo");
    let before = keys(&read(&tiny()), &cast("Mia"), SMALL);
    assert_eq!(changed(&hill, &before, &keys(&hill, &cast("Mia"), SMALL)), ["02-hill"], "no other shot");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn another_name_changes_only_the_shots_that_show_it(a in "\\PC{1,20}", b in "\\PC{1,20}") {
        prop_assume!(!a.trim().is_empty() && !b.trim().is_empty() && a.trim() != b.trim());
        let film = read(&tiny());
        let (one, two) = (keys(&film, &cast(&a), SMALL), keys(&film, &cast(&b), SMALL));
        prop_assert_eq!(changed(&film, &one, &two), ["03-name"]);
        prop_assert_eq!(&one, &keys(&read(&tiny()), &cast(&a), SMALL));
    }
}
