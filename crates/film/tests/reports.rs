//! Mistakes are reported with file, line and a suggestion, and nothing that a folder holds makes the
//! engine fall over.

mod common;

use common::{SMALL, no_options, read, tiny, tiny_for_two, with};
use film::{Canvas, Cast, Film, Folder, MapFolder, Problem, Severity};
use proptest::prelude::*;

fn problems(folder: &MapFolder) -> Vec<Problem> {
    Film::check(folder).problems
}

/// The one problem whose message holds a text.
fn problem(folder: &MapFolder, text: &str) -> Problem {
    let all = problems(folder);
    let found: Vec<_> = all.iter().filter(|p| p.message.contains(text)).collect();
    assert!(!found.is_empty(), "no problem says {text:?}: {all:#?}");
    found[0].clone()
}

#[test]
fn the_tiny_film_has_no_errors() {
    assert!(problems(&tiny()).iter().all(|p| p.severity == Severity::Warning), "{:#?}", problems(&tiny()));
}

#[test]
fn warnings_hide_no_error() {
    let mut folder = with("shots/01-sky.toml", "world.svg#hill", "world.svg#hil");
    let svg = String::from_utf8(folder.read("drawings/world.svg").unwrap().into_owned()).unwrap();
    let noise: String = (0..600).map(|number| format!("<g data-name-{number}=\"x\"/>\n")).collect();
    folder.put("drawings/world.svg", svg.replace("</svg>", &format!("{noise}<g onload=\"x\"/></svg>")));
    problem(&folder, "hold no scripts");
    assert_eq!(problems(&folder).len(), 500);
    // A drawing with an error is not looked into; one without is, however much there is to say of it.
    folder.put("drawings/world.svg", svg.replace("</svg>", &format!("{noise}</svg>")));
    problem(&folder, "no group");
}

#[test]
fn what_is_said_tells_names_alone() {
    let p = problem(&with("words/en.toml", "{name} waves.", "{age} candles."), "tells names alone");
    assert_eq!((p.file.as_str(), p.severity), ("words/en.toml", Severity::Error));
    let p = problem(&with("words/en.toml", "title = \"Tiny\"", "title = \"Tiny {name}\""), "in the title");
    assert_eq!(p.severity, Severity::Error);
}

#[test]
fn sides_are_even_and_cuts_stand_where_the_sound_has_them() {
    let p = problem(&with("film.toml", "width = 320", "width = 321"), "321 is odd");
    assert_eq!((p.line, p.severity), (Some(4), Severity::Error));
    let mut folder = tiny();
    let ids = ["01-sky", "02-hill", "03-name", "04-age"];
    let mut end = 0.0;
    for id in ids {
        let path = format!("shots/{id}.toml");
        let text = String::from_utf8(folder.read(&path).unwrap().into_owned()).unwrap();
        let lines =
            text.lines().map(|line| if line.starts_with("seconds =") { "seconds = 4.8" } else { line });
        folder.put(&path, lines.collect::<Vec<_>>().join("\n"));
    }
    let film = read(&folder);
    for shot in film.shots() {
        let starts_at = f64::from(shot.first_frame) / 24.0;
        assert!((starts_at - end).abs() <= 0.5 / 24.0, "{} begins at {starts_at}, not at {end}", shot.id);
        end += 4.8;
    }
    let frames: Vec<u32> = film.shots().iter().map(|shot| shot.frames).collect();
    assert_eq!(frames, [115, 115, 116, 115]);
    // A shot of the same seconds with another number of frames is another shot.
    let cast = Cast { face: None, name: "Mia", language: "en", options: no_options(), second: None };
    assert_eq!(film.scene(2, &cast, SMALL).unwrap().frames(), 116);
}

#[test]
fn a_mistyped_field_is_found_with_its_line() {
    let p = problem(&with("shots/01-sky.toml", "shadow = 0.6", "shadwo = 0.6"), "shadwo");
    assert_eq!((p.file.as_str(), p.line), ("shots/01-sky.toml", Some(20)));
    assert_eq!(p.suggestion.as_deref(), Some("did you mean \"shadow\"?"));
}

#[test]
fn missing_drawings_groups_and_parts_are_found() {
    let p = problem(&with("shots/01-sky.toml", "world.svg#hill", "world.svg#hil"), "no group");
    assert_eq!(p.suggestion.as_deref(), Some("did you mean \"hill\"?"));
    problem(&with("shots/01-sky.toml", "world.svg#hill", "sea.svg"), "drawings/sea.svg is missing");
    let p = problem(&with("shots/02-hill.toml", "parts.arm-left", "parts.arm-lft"), "no part");
    assert_eq!(p.suggestion.as_deref(), Some("did you mean \"arm-left\"?"));
}

#[test]
fn what_is_missing_is_told_where_it_is_named_with_the_nearest_that_is_there() {
    let p = problem(
        &with("film.toml", "\"03-name\", \"04-age\"", "\"03-nmae\", \"04-age\""),
        "shots/03-nmae.toml is missing",
    );
    assert_eq!((p.file.as_str(), p.line), ("film.toml", Some(11)));
    assert_eq!(p.suggestion.as_deref(), Some("did you mean \"shots/03-name.toml\"?"));
    let p = problem(&with("film.toml", "fonts/Name.ttf", "fonts/Nmae.ttf"), "font fonts/Nmae.ttf is missing");
    assert_eq!((p.line, p.suggestion.as_deref()), (Some(25), Some("did you mean \"fonts/Name.ttf\"?")));
    // One that no shot uses yet is known as well.
    let mut folder = with("shots/01-sky.toml", "world.svg#hill", "worlds-edn.svg");
    folder.put("drawings/worlds-end.svg", "");
    let p = problem(&folder, "drawings/worlds-edn.svg is missing");
    assert_eq!(p.suggestion.as_deref(), Some("did you mean \"drawings/worlds-end.svg\"?"));
    let p = problem(&with("shots/02-hill.toml", "parts.arm-left", "parts.wing"), "no part \"wing\"");
    assert!(p.suggestion.unwrap().contains("arm-left"), "all that there are");
    let p = problem(
        &with("shots/02-hill.toml", "tint = \"#b9c6ff\"", "tint = [[0, \"nihgt\"], [1, \"moss\"]]"),
        "nihgt",
    );
    assert_eq!((p.line, p.suggestion.as_deref()), (Some(6), Some("did you mean \"night\"?")));
    let p = problem(
        &with("film.toml", "shot = \"03-name\", second = 2.0", "shot = \"03-name\", second = 9"),
        "after the end",
    );
    assert_eq!((p.line, p.suggestion.as_deref()), (Some(10), Some("the shot has 3 s")));
    let p = problem(&with("words/de.toml", "{name} winkt.", "{nmae} winkt."), "not a slot");
    assert_eq!((p.file.as_str(), p.line.is_some()), ("words/de.toml", true));
}

#[test]
fn a_short_film_says_so() {
    let long = |folder: &MapFolder| problems(folder).into_iter().find(|p| p.message.contains("s long;"));
    let p = long(&tiny()).expect("10.5 s are no full film");
    assert_eq!(p.severity, Severity::Warning);
    assert!(p.suggestion.unwrap().contains("length = \"short\""));
    assert_eq!(long(&with("film.toml", "version = 1", "version = 1\nlength = \"short\"")), None);
    let p = problem(&with("film.toml", "version = 1", "version = 1\nlength = \"shrot\""), "shrot");
    assert_eq!((p.severity, p.suggestion.as_deref()), (Severity::Error, Some("did you mean \"short\"?")));
}

#[test]
fn wrong_values_are_found() {
    problem(&with("shots/01-sky.toml", "\"night\"", "\"nigth\""), "neither a colour");
    problem(&with("shots/01-sky.toml", "\"in-out\"", "\"inout\""), "not an easing");
    problem(&with("shots/01-sky.toml", "[[0, 60], [2, 0, \"out\"]]", "[[2, 60], [0, 0]]"), "order of time");
    problem(&with("shots/01-sky.toml", "seconds = 2.5", "seconds = 1.5"), "2.5 to 7");
    problem(&with("drawings/world.svg", "data-fill=\"cream\"", "data-fill=\"craem\""), "craem");
    problem(&with("film.toml", "shot = \"02-hill\"", "shot = \"02-hil\""), "02-hil");
    problem(&with("film.toml", "slug = \"tiny\"", "slug = \"../tiny\""), "slug");
    problem(&with("shots/01-sky.toml", "depth = 1\n", "depth = 1\nat = [9000, 0]\n"), "never inside");
}

#[test]
fn a_generated_shot_is_checked() {
    let at = |shot: &str, table: &str| {
        let path = format!("shots/{shot}.toml");
        let seconds = if shot == "03-name" { "seconds = 3" } else { "seconds = 2.5" };
        with(&path, seconds, &format!("{seconds}\ngenerated = {{ {table} }}"))
    };
    let good = "kind = \"portrait\", prompt = \"the child in a boat, cut from paper\"";
    let film = Film::read(&at("02-hill", good)).unwrap_or_else(|report| panic!("{report}"));
    let generated = film.shots()[1].generated.as_ref().unwrap();
    assert_eq!(generated.kind, film::GeneratedKind::Portrait);
    assert_eq!(generated.prompt, "the child in a boat, cut from paper");
    assert!(film.shots().iter().filter(|shot| shot.generated.is_some()).count() == 1);

    problem(&at("01-sky", good), "must show it too");
    problem(&at("03-name", good), "neither the name nor an option");
    problem(&at("02-hill", &good.replace("portrait", "painting")), "The kind of a generated shot");
    problem(&at("02-hill", &good.replace("the child", "{name}")), "holds no slots");
    problem(&at("02-hill", &good.replace("the child", "Mia")), "names the child");
    problem(&at("02-hill", "kind = \"portrait\""), "\"prompt\" is missing");
    problem(&at("02-hill", "kind = \"portrait\", prompt = \"short\""), "10 to 800");
    let p = problem(&at("02-hill", &format!("{good}, sedonds = 3")), "sedonds");
    assert_eq!((p.severity, p.line), (Severity::Error, Some(2)));

    let moving = at("02-hill", &good.replace("portrait", "image-to-video"));
    let film = Film::read(&moving).unwrap_or_else(|report| panic!("{report}"));
    let generated = film.shots()[1].generated.as_ref().unwrap();
    assert_eq!(generated.kind, film::GeneratedKind::ImageToVideo);
    assert_eq!(problems(&moving).len(), problems(&tiny()).len(), "no more is said than without it");
}

#[test]
fn a_second_hero_is_checked() {
    let all = problems(&tiny_for_two());
    let is_fine = |p: &Problem| p.severity == Severity::Warning && !p.message.contains("hero");
    assert!(all.iter().all(is_fine), "{all:#?}");
    let second = "second = { sample = \"Leo\" }";
    let without = |path: &str, from: &str, to: &str| {
        let mut folder = tiny_for_two();
        let text = folder.text(path).expect("the file").to_owned();
        assert!(text.contains(from), "{path} holds {from:?}");
        folder.put(path, text.replacen(from, to, 1));
        folder
    };
    let p = problem(&without("film.toml", second, ""), "no second hero, but here is one");
    assert_eq!((p.file.as_str(), p.line, p.severity), ("shots/05-friend.toml", Some(3), Severity::Error));
    assert!(p.message.contains("in drawings/friend.svg"), "{}", p.message);
    let p = problem(&without("film.toml", second, ""), "{second.name} is not a slot");
    assert!(p.suggestion.unwrap().contains("write second ="));
    problem(&without("film.toml", second, ""), "no slot \"second.name\"");
    problem(&without("film.toml", second, "second = {}"), "\"sample\" is missing in the second hero");
    problem(&without("film.toml", "sample = \"Leo\"", "sample = \"Leo\", required = true"), "no field");
    problem(&with("film.toml", "[slots]", &format!("[slots]\n{second}")), "no shot shows one");
    let mut alike = tiny_for_two();
    alike.remove("drawings/second-head.svg");
    let p = problem(&alike, "has the head of the hero");
    assert_eq!(p.severity, Severity::Warning);
    let p = problem(&without("drawings/friend.svg", "slot:second.face", "slot:third.face"), "not a slot");
    assert!(p.suggestion.unwrap().contains("slot:second.face"));
    let p = problem(&without("drawings/friend.svg", "second.skin", "second.sikn"), "not a colour");
    assert_eq!(p.suggestion.as_deref(), Some("did you mean \"second.skin\"?"));
    let generated =
        "seconds = 2.5\ngenerated = { kind = \"portrait\", prompt = \"the child beside Leo, cut\" }";
    let painted = without("shots/06-both.toml", "seconds = 2.5", generated);
    problem(&painted, "nor the second hero");
    problem(&painted, "names the child");

    let film = read(&tiny_for_two());
    let places: Vec<String> = film.because(5).into_iter().map(|because| because.place).collect();
    for place in [
        "slot:face in drawings/hero.svg",
        "slot:second.face in drawings/friend.svg",
        "data-fill=\"second.skin\" in drawings/friend.svg",
        "slot:second.name in drawings/pair.svg, line 2",
        "the text \"two\" in words/de.toml",
    ] {
        assert!(places.iter().any(|one| one == place), "{place}: {places:?}");
    }
}

#[test]
fn words_are_checked_in_every_language() {
    problem(
        &with("words/de.toml", "caption = \"Der Mond geht auf.\"\n", ""),
        "caption of \"01-sky\" is missing",
    );
    problem(&with("words/de.toml", "years = ", "jears = "), "no text \"years\"");
    problem(&with("words/en.toml", "{age} years", "{aeg} years"), "not a slot");
    problem(&with("words/en.toml", "{age} years", "{age} 年"), "cannot write 年");
    problem(
        &with("words/en.toml", "The moon comes up.", &"The moon comes up. ".repeat(5)),
        "too long to be read",
    );
}

#[test]
fn unsupported_svg_is_refused_with_its_line() {
    let world = "<g id=\"star\">";
    for (put, says) in [
        ("<text>a</text>", "<text>"),
        ("<image href=\"a.png\"/>", "<image>"),
        ("<script>1</script>", "<script>"),
        ("<foreignObject/>", "<foreignObject>"),
        ("<path d=\"M0 0h9\" filter=\"url(#f)\"/>", "Filters"),
        ("<path d=\"M0 0h9\" onclick=\"x()\"/>", "scripts"),
        ("<use href=\"http://example.com/a.svg#b\"/>", "inside itself"),
        ("<g style=\"mix-blend-mode:screen\"/>", "Blend modes"),
        ("<g style=\"clip-path:url(#c)\"/>", "Styles say"),
        ("<style>path { clip-path: url(#c) }</style>", "Styles say"),
        ("<g clip-path=\"url( #c )\"/>", "url(#id)"),
        ("<g xmlns=\"\"/>", "does not say that it is of SVG"),
    ] {
        let p = problem(&with("drawings/world.svg", world, &format!("{world}{put}")), says);
        assert_eq!((p.file.as_str(), p.line), ("drawings/world.svg", Some(7)), "{put}");
    }
}

#[test]
fn bombs_are_refused() {
    // A doubling with every level: more elements than atoms.
    let mut bomb = String::from("<defs><path id=\"b0\" d=\"M0 0h9\"/>");
    for i in 1..40 {
        bomb += &format!("<g id=\"b{i}\"><use href=\"#b{0}\"/><use href=\"#b{0}\"/></g>", i - 1);
    }
    bomb += "</defs><use href=\"#b39\"/><g id=\"star\">";
    problem(&with("drawings/world.svg", "<g id=\"star\">", &bomb), "more than");
    let ring = "<g id=\"r\"><use href=\"#r\"/></g><g id=\"star\">";
    problem(&with("drawings/world.svg", "<g id=\"star\">", ring), "uses itself");
    let deep = format!("{}{}<g id=\"star\">", "<g>".repeat(5000), "</g>".repeat(5000));
    problem(&with("drawings/world.svg", "<g id=\"star\">", &deep), "deep");
    let dashes = "<path d=\"M0 0h90000\" stroke=\"#000\" stroke-dasharray=\"0.001 0.001\"/><g id=\"star\">";
    problem(&with("drawings/world.svg", "<g id=\"star\">", dashes), "dashes");
    let entity = "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><svg";
    problem(&with("drawings/world.svg", "<svg", entity), "not valid XML");
    let mut folder = tiny();
    folder.put("shots/01-sky.toml", "x = ".to_owned() + &"[".repeat(100_000));
    assert!(!problems(&folder).is_empty());
}

/// What costs little to write must not cost much to read: each of these took minutes when lines and tags were looked
/// for from the start again and again.
#[test]
fn large_files_are_read_in_one_go() {
    let started = std::time::Instant::now();
    let mut folder = tiny();
    folder.put("drawings/world.svg", "<".repeat(2 << 20));
    problem(&folder, "deep");
    let flat = format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{}</svg>", "<g/>".repeat(150_000));
    folder.put("drawings/world.svg", flat);
    problem(&folder, "more than");
    let keys = format!("[{}]", vec!["[1, 2]"; 480].join(","));
    let sheets = format!("[[sheet]]\ndrawing = \"world.svg#moon\"\nopacity = {keys}\n").repeat(110);
    folder = tiny();
    folder.put("shots/01-sky.toml", format!("seconds = 2.5\nwrong = 1\n{sheets}"));
    problem(&folder, "wrong");
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn a_draft_is_drawn_while_words_are_missing() {
    let mut folder = tiny();
    folder.remove("words/de.toml");
    folder.remove("shots/01-sky.toml");
    let (film, report) = Film::draft(&folder);
    assert!(report.has_errors());
    let film = film.expect("a draft");
    assert_eq!(film.shots().len(), 3);
    let cast = Cast { face: None, name: "", language: "de", options: no_options(), second: None };
    film.scene(0, &cast, SMALL).expect("the first shot that is there");
}

/// One frame of everything that can still be read.
fn draw_what_is_left(folder: &MapFolder) {
    let (Some(film), _) = Film::draft(folder) else { return };
    let cast = Cast { face: None, name: "Mia", language: "en", options: no_options(), second: None };
    for shot in 0..film.shots().len() {
        if let Ok(mut scene) = film.scene(shot, &cast, SMALL) {
            let mut canvas = Canvas::new(SMALL.width, SMALL.height);
            scene.draw(scene.frames() / 2, &mut canvas);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Files with a piece cut out, doubled or overwritten: a report or a picture, never a panic.
    #[test]
    fn damaged_files_do_no_harm(
        file in prop::sample::select(vec![
            "film.toml", "shots/01-sky.toml", "shots/02-hill.toml", "shots/03-name.toml", "words/en.toml",
            "drawings/world.svg", "drawings/hero.svg", "drawings/sign.svg", "drawings/sample-head.svg",
        ]),
        at in 0.0..1.0_f64,
        long in 0..40_usize,
        put in prop::sample::select(vec![
            "", "0", "-", "1e30", "-99999", "nan", "inf", "\"", "]", "[[", "{", "\n", "\u{0}", "é", "<g>", "</g>",
            "/>", "0.0000001", "99999999999999999999", "id=\"star\"", "transform=\"scale(0)\"", "name", "#", "url(#halo)",
        ]),
    ) {
        let mut folder = tiny();
        let text = folder.text(file).expect("the file").to_owned();
        let chars: Vec<char> = text.chars().collect();
        let start = (at * chars.len() as f64) as usize;
        let end = (start + long).min(chars.len());
        let damaged: String = chars[..start].iter().chain(put.chars().collect::<Vec<_>>().iter()).chain(&chars[end..]).collect();
        folder.put(file, damaged);
        draw_what_is_left(&folder);
    }
}
