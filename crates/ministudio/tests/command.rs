//! The command line, run as a person runs it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn ministudio(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ministudio"));
    command.args(arguments).env_clear().current_dir(root()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Copies a film folder, so that it can be spoiled.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

#[test]
fn a_film_is_made_from_a_photo_and_a_name_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("film.mp4");
    let tiny = "crates/film/tests/tiny";
    let photo = "tests/photos/drawn/drawn_child_3.jpg";
    let made = ministudio(&[
        "film",
        "make",
        "--film",
        tiny,
        "--photo",
        photo,
        "--name",
        "Zoé",
        "--set",
        "age=7",
        "--lang",
        "de",
        "--out",
        out.to_str().unwrap(),
    ]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(text(&made.stdout).contains("seconds"), "{}", text(&made.stdout));
    let bytes = std::fs::read(&out).unwrap();
    assert_eq!(&bytes[4..8], b"ftyp");
    assert!(bytes.len() > 20_000);
    // It says what it is, as a studio's own film does.
    let mark = c2pa_reader::read(&bytes).unwrap();
    assert_eq!((mark.maker.as_str(), mark.certificates), ("Mini Studio", 1));
    let said = "Nichts daran wurde gefilmt.".as_bytes();
    assert!(bytes.windows(said.len()).any(|part| part == said));
}

#[test]
fn what_cannot_be_made_is_said_in_a_sentence_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("film.mp4");
    let make = |film: &str, photo: &str, name: &str, set: &str| {
        let made = ministudio(&[
            "film",
            "make",
            "--film",
            film,
            "--photo",
            photo,
            "--name",
            name,
            "--set",
            set,
            "--out",
            out.to_str().unwrap(),
        ]);
        assert!(!made.status.success());
        assert!(!out.exists());
        text(&made.stderr)
    };
    let tiny = "crates/film/tests/tiny";
    let child = "tests/photos/drawn/drawn_child_1.jpg";
    assert!(make("no-such-film", child, "Mia", "age=5").contains("no-such-film"));
    assert!(make(tiny, "tests/photos/coffee.png", "Mia", "age=5").contains("could not find a face"));
    assert!(make(tiny, "nowhere.jpg", "Mia", "age=5").contains("nowhere.jpg"));
    assert!(make(tiny, child, "Mia", "age=99").contains("99"));
    assert!(make(tiny, child, "Mia", "hat=red").contains("hat"));
}

#[test]
fn what_only_looks_says_that_nothing_is_there_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let looks = |arguments: &[&str]| {
        let told = ministudio(&[arguments, &["--data", data.to_str().unwrap()]].concat());
        let said = text(&told.stderr);
        assert!(!told.status.success(), "{arguments:?}");
        assert!(
            said.contains("There is no studio in the data folder") && said.contains("Nothing was made"),
            "{said}"
        );
        assert!(said.contains(data.to_str().unwrap()), "{said}");
    };
    // Neither does a sweep nor a change of keys, where the folder was mistyped.
    let all: [&[&str]; 7] = [
        &["privacy", "sweep", "--dry-run"],
        &["privacy", "sweep"],
        &["privacy", "sweep", "--orphans", "--yes"],
        &["doctor"],
        &["keys", "rotate"],
        &["keys", "rotate", "--only-rewrap"],
        &["keys", "forget-old"],
    ];
    for arguments in all {
        looks(arguments);
        assert!(!data.exists(), "{arguments:?}");
    }
    // Nor is one begun in a folder that is there for something else.
    std::fs::create_dir_all(data.join("films")).unwrap();
    let all: [&[&str]; 4] = [
        &["privacy", "sweep", "--dry-run", "--json"],
        &["doctor"],
        &["keys", "rotate"],
        &["keys", "forget-old"],
    ];
    for arguments in all {
        looks(arguments);
        assert_eq!(std::fs::read_dir(&data).unwrap().count(), 1, "{arguments:?}");
    }
}

#[test]
fn check_names_the_file_and_the_line_and_what_was_meant() {
    let sound = ministudio(&["film", "check", "films/moon-garden"]);
    assert!(sound.status.success(), "{}", text(&sound.stderr));
    let folder = tempfile::tempdir().unwrap();
    let film = folder.path().join("tiny");
    copy(&root().join("crates/film/tests/tiny"), &film);
    let shot = film.join("shots/01-sky.toml");
    let spoiled = std::fs::read_to_string(&shot).unwrap().replacen("depth", "dpeth", 1);
    let line = spoiled.lines().position(|line| line.contains("dpeth")).unwrap() + 1;
    std::fs::write(&shot, spoiled).unwrap();
    let found = ministudio(&["film", "check", film.to_str().unwrap()]);
    assert!(!found.status.success());
    let said = text(&found.stderr);
    assert!(said.contains(&format!("shots/01-sky.toml:{line}")), "{said}");
    assert!(said.contains("depth"), "{said}");
}

#[test]
fn every_film_of_the_program_passes_its_check() {
    let listed = ministudio(&["film", "list"]);
    let slugs = text(&listed.stdout);
    assert!(slugs.lines().count() >= 1);
    for slug in slugs.lines() {
        let checked = ministudio(&["film", "check", slug]);
        assert!(checked.status.success(), "{slug}: {}", text(&checked.stderr));
        assert!(text(&checked.stdout).contains("nothing to mend"), "{slug}: {}", text(&checked.stderr));
    }
}

#[test]
fn what_keeps_it_from_starting_is_said_in_words_for_whoever_started_it() {
    let folder = tempfile::tempdir().unwrap();
    let (file, data) = (folder.path().join("c.toml"), folder.path().join("data"));
    let said = |command: &str, settings: &str| {
        std::fs::write(&file, settings).unwrap();
        let named = ["--config", file.to_str().unwrap(), "--data", data.to_str().unwrap()];
        let told = ministudio(&[&[command][..], &named].concat());
        assert!(!told.status.success(), "{settings}");
        let said = text(&told.stderr);
        assert!(!said.contains("try again") && !said.contains("our side"), "{said}");
        said
    };
    let away = "database = \"postgres://films@127.0.0.1:1/films\"\n";
    assert!(said("work", away).contains("set `address`"));
    let addressed = format!("{away}address = \"https://films.example\"\n");
    assert!(said("work", &addressed).contains("the database cannot be reached"));
    assert!(said("doctor", "metrics_secret_variable = \"NOWHERE\"\n").contains("NOWHERE"));
    assert!(said("doctor", "maildir = \"/nowhere/mail\"\n").contains("/nowhere/mail"));
    assert!(said("doctor", "database = \"mysql://films\"\n").contains("neither with sqlite:"));
}
