//! A new film folder: small, complete, and right as it stands, so that its maker begins by changing something.

use std::path::{Path, PathBuf};

use anyhow::Context;
use film::Folder;

use super::NewArgs;

/// The files of a new film; `{{slug}}` and `{{title}}` are filled in.
const FILES: [(&str, &str); 10] = [
    ("film.toml", include_str!("template/film.toml")),
    ("shots/01-evening.toml", include_str!("template/shots/01-evening.toml")),
    ("shots/02-hello.toml", include_str!("template/shots/02-hello.toml")),
    ("words/en.toml", include_str!("template/words/en.toml")),
    ("words/de.toml", include_str!("template/words/de.toml")),
    ("words/fr.toml", include_str!("template/words/fr.toml")),
    ("words/es.toml", include_str!("template/words/es.toml")),
    ("drawings/place.svg", include_str!("template/drawings/place.svg")),
    ("drawings/hero.svg", include_str!("template/drawings/hero.svg")),
    ("drawings/sample-head.svg", include_str!("template/drawings/sample-head.svg")),
];

/// The font that the films of this program bring along, with its licence.
const FONTS: [&str; 2] = ["fonts/Grandstander-Bold.ttf", "fonts/Grandstander-Bold.LICENSE.txt"];

/// Where the schemas for editors lie in a film folder; hidden, so that they are not published.
pub const SCHEMAS: &str = ".schema";

pub fn run(args: &NewArgs) -> anyhow::Result<()> {
    let folder = &args.folder;
    let title = match &args.name {
        Some(name) => name.trim().to_owned(),
        None => title_of(folder),
    };
    anyhow::ensure!(!title.is_empty(), "a film needs a name, such as --name \"The Paper Boat\"");
    let slug = slug_of(&title);
    anyhow::ensure!(
        !slug.is_empty(),
        "the name \"{title}\" has no letter or digit of a to z that an address could have"
    );
    write(folder, &title, &slug)?;
    let shown = folder.display();
    println!("A new film is in {shown}: two shots, words in four languages, drawings and fonts.\n");
    println!("  ministudio film check {shown}      what is wrong in it, by file and line");
    println!("  ministudio film preview {shown}    look at it while you change it");
    println!("\ndocs/film-tutorial.md leads on from here.");
    Ok(())
}

/// Writes the folder.
pub fn write(folder: &Path, title: &str, slug: &str) -> anyhow::Result<()> {
    let taken = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    anyhow::ensure!(!taken, "{} is there already and not empty: nothing was written", folder.display());
    let title = toml::Value::from(title).to_string();
    for (path, text) in FILES {
        put(folder, path, text.replace("{{slug}}", slug).replace("{{title}}", &title).as_bytes())?;
    }
    for path in FONTS {
        let bytes = catalogue::films().find_map(|film| film.read(path).map(std::borrow::Cow::into_owned));
        put(folder, path, &bytes.with_context(|| format!("no film of this program has {path}"))?)?;
    }
    super::schema::write(&folder.join(SCHEMAS))
}

fn put(folder: &Path, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let file = folder.join(path);
    let within = file.parent().map(PathBuf::from).unwrap_or_default();
    std::fs::create_dir_all(&within)
        .and_then(|()| std::fs::write(&file, bytes))
        .with_context(|| format!("{} cannot be written", file.display()))
}

/// "paper-boat" becomes "Paper boat".
fn title_of(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().replace(['-', '_'], " ");
    let mut letters = name.trim().chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Small letters, digits and hyphens.
fn slug_of(title: &str) -> String {
    let plain: String =
        title.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    let slug: String = words.join("-").chars().take(60).collect();
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use film::Film;

    #[test]
    fn a_new_film_has_nothing_to_mend_and_one_personal_shot() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("paper-boat");
        write(&folder, "Das \"Boot\"", "paper-boat").unwrap();
        let disk = catalogue::OnDisk::open(&folder).unwrap();
        assert!(Film::check(&disk).is_empty(), "{}", Film::check(&disk));
        let film = Film::read(&disk).unwrap();
        assert_eq!(
            (film.info().slug.as_str(), film.words("fr").title.as_str()),
            ("paper-boat", "Das \"Boot\"")
        );
        let personal: Vec<bool> = film.shots().iter().map(film::ShotInfo::is_personal).collect();
        assert_eq!(personal, [false, true]);
        assert!(film.because(0).is_empty());
        let places: Vec<String> = film.because(1).into_iter().map(|because| because.place).collect();
        assert!(places.iter().any(|place| place.contains("slot:face in drawings/hero.svg")), "{places:?}");
        assert!(places.iter().any(|place| place.contains("slot:name in drawings/place.svg")), "{places:?}");
        // Nothing that is there is overwritten.
        assert!(write(&folder, "Another", "another").is_err());
        assert!(std::fs::read_to_string(folder.join("film.toml")).unwrap().contains("paper-boat"));
    }

    #[test]
    fn names_become_slugs_and_folders_become_names() {
        assert_eq!(slug_of("The  Paper Boat!"), "the-paper-boat");
        assert_eq!(slug_of("夜"), "");
        assert_eq!(title_of(Path::new("films/paper-boat")), "Paper boat");
        assert_eq!(title_of(Path::new("/")), "");
    }
}
