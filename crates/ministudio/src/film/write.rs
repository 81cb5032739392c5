//! Variants of a film's texts, written outside from what the film's folder says about it, for the film maker to take
//! over or leave. The child in them is a placeholder. Nothing is written into the folder.
//!
//! Each call leaves its receipt with those of the studio: that is what the configuration is for.

use std::collections::BTreeMap;

use anyhow::Context;
use film::{CAPTION_CHARS_A_SECOND, Film};
use processors::role::{Assignment, CHILD, Trouble, WriteError, Writer};

use super::WriteArgs;
use crate::serve;

/// Variants of each text.
const VARIANTS: u8 = 3;
/// What the child is called in the film's own files.
const NAME: &str = "{name}";
const NOBODY: &str = "No processor that writes texts is switched on: set one up under `processors` in the configuration, \
    such as [processors.google-gemini] with its agreement, key and model.";

/// A text of a film that is to be varied.
struct Wanted {
    /// Where it stands in what is printed.
    table: Option<String>,
    key: &'static str,
    /// The film's own; empty where there is none.
    own: String,
    instruction: String,
    /// Whether the child may be named in it.
    may_name: bool,
}

/// Proposals by table and key: the film's own text first.
type Proposals = BTreeMap<(Option<String>, &'static str), Vec<String>>;

pub fn run(args: WriteArgs) -> anyhow::Result<()> {
    let folder = super::open::folder(&args.folder)?;
    let film = Film::read(folder.as_ref())
        .map_err(|report| super::check::refuse(&report, folder.as_ref(), &args.folder))?;
    let language = super::make::language(&film, args.language.as_deref())?;
    let settings = args.running.settings()?;
    anyhow::ensure!(!settings.processors.is_empty(), NOBODY);
    // Where a studio runs on this folder, beside it.
    let beside = serve::is_begun(&settings)?;
    let proposals = serve::with_studio(&settings, beside, async |studio| {
        let writer = studio.connected().writer.clone().context(NOBODY)?;
        Ok(propose(&film, &language, &*writer).await)
    })?;
    print!("{}", printed(&language, proposals)?);
    Ok(())
}

/// Has each text written. What does not come, or not as it should, is left out with a note.
async fn propose(film: &Film, language: &str, writer: &dyn Writer) -> Proposals {
    let (about, mut is_away, mut proposals) = (about(film, language), false, Proposals::new());
    for wanted in wanted(film, language) {
        let own = Some(wanted.own.clone()).filter(|own| !own.is_empty());
        let mut texts: Vec<String> = own.into_iter().collect();
        if !is_away {
            let own = if wanted.own.is_empty() { "none yet" } else { wanted.own.as_str() };
            let assignment = Assignment {
                instruction: wanted.instruction.clone(),
                about: format!("{about}\n\nThe text that there is: {own}").replace(NAME, CHILD),
                variants: VARIANTS,
            };
            let written = writer.write(&assignment).await;
            is_away = matches!(written, Err(WriteError::Trouble(Trouble::Away { .. })));
            match written.and_then(|variants| kept(variants, &wanted)) {
                Ok(variants) => texts.extend(variants),
                Err(error) => {
                    let of = wanted.table.as_deref().map(|table| format!(" of {table}")).unwrap_or_default();
                    eprintln!("Note: the {}{of}: {error}; the film's own text stands.", wanted.key);
                }
            }
        }
        proposals.insert((wanted.table, wanted.key), texts);
    }
    if is_away {
        eprintln!("Note: after that nothing more was asked for.");
    }
    proposals
}

/// The variants in which nothing stands in braces but the child, where it may.
fn kept(variants: Vec<String>, wanted: &Wanted) -> Result<Vec<String>, WriteError> {
    let named = variants.into_iter().map(|text| match wanted.may_name {
        true => text.replace(CHILD, NAME),
        false => text,
    });
    let is_clean = |text: &String| {
        let rest = if wanted.may_name { text.replace(NAME, "") } else { text.clone() };
        !rest.contains(['{', '}']) && *text != wanted.own
    };
    let kept: Vec<String> = named.filter(is_clean).collect();
    if kept.is_empty() { Err(WriteError::NoText("nothing that can be used".to_owned())) } else { Ok(kept) }
}

/// What is told about the film.
fn about(film: &Film, language: &str) -> String {
    let (info, words) = (film.info(), film.words(language));
    let [from, to] = info.age;
    let mut about = format!("Film: {}\nFor children from {from} to {to} years.", words.title);
    for (what, text) in [("Tagline", &words.tagline), ("Synopsis", &words.synopsis)] {
        if !text.is_empty() {
            about += &format!("\n{what}: {text}");
        }
    }
    about += "\nScenes:";
    for (number, described) in (1..).zip(&words.described) {
        about += &format!("\n{number}. {}", described.as_deref().unwrap_or("(not described)"));
    }
    about
}

/// All texts that can be varied, with how they are to be written.
fn wanted(film: &Film, language: &str) -> Vec<Wanted> {
    let words = film.words(language);
    let spoken = format!(
        "You write for films of cut paper for small children: short, calm and concrete, without exclamation marks. \
         Write in the language with the code {language}."
    );
    let whole = |key, own: &str, what: &str| Wanted {
        table: None,
        key,
        own: own.to_owned(),
        instruction: format!("{spoken} Write {what}. Do not name the child, and put nothing in braces."),
        may_name: false,
    };
    let mut wanted = vec![
        whole("tagline", &words.tagline, "one line for the shelf, at most 80 characters"),
        whole("synopsis", &words.synopsis, "two or three sentences on what happens"),
    ];
    for (index, shot) in film.shots().iter().enumerate() {
        let seconds = f64::from(shot.frames) / f64::from(film.info().fps);
        let longest = (seconds * CAPTION_CHARS_A_SECOND) as u32;
        if let Some(caption) = &words.captions[index] {
            wanted.push(Wanted {
                table: Some(shot.id.clone()),
                key: "caption",
                own: caption.clone(),
                instruction: format!(
                    "{spoken} Write the story line of scene {} that a parent reads aloud, at most {longest} \
                     characters. The child is called {CHILD} and nothing else; nothing else stands in braces.",
                    index + 1
                ),
                may_name: true,
            });
        }
        if let Some(generated) = &shot.generated {
            wanted.push(Wanted {
                table: Some(shot.id.clone()),
                key: "prompt",
                own: generated.prompt.clone(),
                instruction: format!(
                    "Write, in English, a prompt for a picture made from a child's photo in the style of cut paper: \
                     scene {}, at most 400 characters. Say \"the child\", never a name; put nothing in braces.",
                    index + 1
                ),
                may_name: false,
            });
        }
    }
    wanted
}

/// As TOML: the lists in the form of `words/LANG.toml`, prompts beside the captions.
fn printed(language: &str, proposals: Proposals) -> anyhow::Result<String> {
    let mut root = toml::Table::new();
    let mut shots = toml::Table::new();
    for ((table, key), texts) in proposals {
        let texts: toml::Value = texts.into_iter().map(toml::Value::String).collect::<Vec<_>>().into();
        match table {
            None => {
                root.insert(key.to_owned(), texts);
            }
            Some(shot) => {
                let of_shot = shots.entry(shot).or_insert_with(|| toml::Table::new().into());
                if let Some(of_shot) = of_shot.as_table_mut() {
                    of_shot.insert(key.to_owned(), texts);
                }
            }
        }
    }
    root.insert("shots".to_owned(), shots.into());
    Ok(format!(
        "# Proposals for words/{language}.toml (and, for `prompt`, [generated] of the shot). The first of each list is\n\
         # the film's own text, if it has one. Take over what you like: a list is not taken there.\n{}",
        toml::to_string_pretty(&root)?
    ))
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::Mutex;

    use super::*;

    type Answer = Result<Vec<String>, WriteError>;

    /// A writer in memory: what it was asked, and its answers, one after the other.
    struct Fake {
        asked: Mutex<Vec<Assignment>>,
        answer: fn(usize) -> Answer,
    }

    impl Writer for Fake {
        fn write<'a>(
            &'a self,
            assignment: &'a Assignment,
        ) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>> {
            let mut asked = self.asked.lock().unwrap();
            asked.push(assignment.clone());
            let answer = (self.answer)(asked.len());
            Box::pin(async move { answer })
        }
    }

    fn tiny() -> Film {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../film/tests/tiny");
        Film::read(&catalogue::OnDisk::open(folder).unwrap()).unwrap()
    }

    async fn proposed(answer: fn(usize) -> Answer) -> (Vec<Assignment>, toml::Table) {
        let writer = Fake { asked: Mutex::default(), answer };
        let proposals = propose(&tiny(), "en", &writer).await;
        let text = printed("en", proposals).unwrap();
        (writer.asked.into_inner().unwrap(), text.parse().unwrap())
    }

    fn list(value: &toml::Value) -> Vec<&str> {
        value.as_array().unwrap().iter().filter_map(toml::Value::as_str).collect()
    }

    #[tokio::test]
    async fn variants_stand_behind_the_films_own_and_the_child_is_a_placeholder() {
        let (asked, table) =
            proposed(|number| Ok(vec![format!("{CHILD}, {number}"), format!("Line {number}")])).await;
        assert_eq!(asked.len(), 6, "tagline, synopsis and four captions");
        assert!(asked.iter().all(|asked| !asked.about.contains(NAME) && asked.about.contains("Film: Tiny")));
        assert!(asked[3].about.ends_with("The text that there is: {CHILD} waves."), "{}", asked[3].about);
        assert_eq!(list(&table["tagline"]), ["Line 1"], "no name in it, and none of the film's own");
        let caption = &table["shots"]["02-hill"]["caption"];
        assert_eq!(list(caption), ["{name} waves.", "{name}, 4", "Line 4"]);
    }

    #[tokio::test]
    async fn what_does_not_come_leaves_the_films_own() {
        let (asked, table) = proposed(|number| match number {
            3 => Err(WriteError::NoText("it was held back: SAFETY".into())),
            4 => Ok(vec!["{other} waves.".into()]),
            5 => Err(Trouble::Away { why: "closed".into(), after_s: None }.into()),
            _ => Ok(vec!["A line".into()]),
        })
        .await;
        assert_eq!(asked.len(), 5, "after that nobody is asked any more");
        let caption = |shot: &str| list(&table["shots"][shot]["caption"]).join("|");
        assert_eq!(caption("01-sky"), "The moon comes up.");
        assert_eq!(caption("02-hill"), "{name} waves.");
        assert_eq!(caption("04-age"), "So old!");
    }
}
