//! Generated shots on both databases, with a painter in memory.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use film::Folder;
use futures::future::BoxFuture;
use policy::{Personal, ProcessorId, purpose};
use processors::Connected;
use processors::role::{
    Erased, Erases, PaintCall, PaintError, PaintStage, PaintTerms, PaintTicket, PaintWish, Painted, Painter,
    Trouble,
};

use super::*;
use crate::Outside;
use crate::db::testing::{Kit, Painted as Eyes, on_both_of_films};
use crate::films::rows::films;
use crate::films::testing::{Counting, FACE, paid};
use crate::films::{Catalogue, FilmState, Part, ShotState};
use crate::jobs::testing;

const WAIT_S: u32 = 90;
const VIDEO_WAIT_S: u32 = 180;
const PROMPT: &str = "the child in a boat, cut from paper";
/// Five seconds of 512 by 288 pixels.
const CLIP: &[u8] = include_bytes!("../../../../tests/emulators/clip.mp4");
/// Place of the shot that is generated as a moving picture, in the film that has one.
const MOVING: usize = 4;

/// The tiny film, its shot with the face generated.
fn films() -> Catalogue {
    Catalogue::read([&Tiny::Portrait as &dyn Folder]).unwrap()
}

fn films_as_drawn() -> Catalogue {
    Catalogue::read([&Tiny::Drawn as &dyn Folder]).unwrap()
}

/// With a generated shot of each kind.
fn films_of_both() -> Catalogue {
    Catalogue::read([&Tiny::Both as &dyn Folder]).unwrap()
}

/// The first of them one version later, and as it was for the copies that are there.
fn films_of_later() -> Catalogue {
    let later = Catalogue::read([&Tiny::Later as &dyn Folder]).unwrap();
    later.with_earlier(&[], [&Tiny::Portrait as &dyn Folder])
}

#[derive(PartialEq)]
enum Tiny {
    Drawn,
    Portrait,
    Later,
    Both,
}

impl Folder for Tiny {
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../film/tests/tiny/");
        let read = |path: &str| std::fs::read(format!("{folder}{path}")).ok();
        let generated = |kind: &str| {
            let table = format!("generated = {{ kind = \"{kind}\", prompt = \"{PROMPT}\" }}\n");
            Some([table.into_bytes(), read("shots/02-hill.toml")?].concat())
        };
        let bytes = match path {
            "shots/02-hill.toml" if *self != Tiny::Drawn => generated("portrait")?,
            "shots/05-boat.toml" if *self == Tiny::Both => generated("image-to-video")?,
            "film.toml" if *self == Tiny::Later => {
                let text = String::from_utf8(read(path)?).ok()?;
                text.replacen("version = 1", "version = 2", 1).into_bytes()
            }
            "film.toml" if *self == Tiny::Both => {
                let text = String::from_utf8(read(path)?).ok()?;
                text.replace("\"04-age\"]", "\"04-age\", \"05-boat\"]").into_bytes()
            }
            words if words.starts_with("words/") && *self == Tiny::Both => {
                let more = "[shots.05-boat]\ncaption = \"Home!\"\ndescribed = \"The child in a boat.\"\n";
                [read(words)?, more.as_bytes().to_vec()].concat()
            }
            other => read(other)?,
        };
        Some(bytes.into())
    }

    fn paths(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What the painter does with a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Mood {
    /// It takes its time.
    #[default]
    Slow,
    /// It is done when asked.
    Done,
    /// It paints something that is no picture.
    Nonsense,
    /// It paints a picture for a moving one, and the other way round.
    Confused,
    /// It says no when asked.
    Fails,
    /// It does not take wishes now.
    Away,
    /// Its answer to a wish gets lost.
    Lost,
}

/// What was sent: the picture, the words, where to tell.
type Wished = (Vec<u8>, String, Option<String>);

/// A painter in memory.
#[derive(Default)]
struct Fake {
    mood: Mutex<Mood>,
    wishes: Mutex<Vec<Wished>>,
    /// What it has.
    has: Mutex<BTreeSet<String>>,
    cancelled: Mutex<Vec<String>>,
    cents_per_order: Mutex<u32>,
    /// It deletes nothing now.
    is_deaf: Mutex<bool>,
    /// Done while a wish is on its way.
    during: Mutex<Option<BoxFuture<'static, ()>>>,
}

impl Fake {
    fn becomes(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn is_deaf(&self, is_deaf: bool) {
        *self.is_deaf.lock().unwrap() = is_deaf;
    }

    fn during(&self, during: impl Future<Output = ()> + Send + 'static) {
        *self.during.lock().unwrap() = Some(Box::pin(during));
    }

    fn mood(&self) -> Mood {
        *self.mood.lock().unwrap()
    }

    fn wishes(&self) -> usize {
        self.wishes.lock().unwrap().len()
    }

    fn has(&self) -> Vec<String> {
        self.has.lock().unwrap().iter().cloned().collect()
    }

    fn cancelled(&self) -> Vec<String> {
        self.cancelled.lock().unwrap().clone()
    }

    fn reset(&self) {
        self.becomes(Mood::Slow);
        self.wishes.lock().unwrap().clear();
        self.has.lock().unwrap().clear();
        self.cancelled.lock().unwrap().clear();
        *self.cents_per_order.lock().unwrap() = 100;
        self.is_deaf(false);
    }
}

impl Painter for Fake {
    fn processor(&self) -> ProcessorId {
        ProcessorId::Fal
    }

    fn terms(&self) -> PaintTerms {
        PaintTerms {
            picture: PaintCall { wait_s: WAIT_S, cents: 40 },
            video: Some(PaintCall { wait_s: VIDEO_WAIT_S, cents: 50 }),
            cents_per_order: *self.cents_per_order.lock().unwrap(),
        }
    }

    fn submit<'a>(&'a self, wish: &'a PaintWish) -> BoxFuture<'a, Result<PaintTicket, PaintError>> {
        if self.mood() == Mood::Away {
            return Box::pin(async {
                let why = "closed".into();
                Err(PaintError::Trouble(Trouble::Away { why, after_s: Some(20) }))
            });
        }
        let photo = wish.photo.for_purpose::<purpose::Films>().clone();
        let mut wishes = self.wishes.lock().unwrap();
        wishes.push((photo, wish.prompt.clone(), wish.webhook.clone()));
        let request = format!("request-{}", wishes.len());
        self.has.lock().unwrap().insert(request.clone());
        let lost = self.mood() == Mood::Lost;
        let track = format!("{:?}", wish.kind);
        Box::pin(async move {
            let during = self.during.lock().unwrap().take();
            if let Some(during) = during {
                during.await;
            }
            if lost {
                return Err(PaintError::Unknown("no answer".into()));
            }
            Ok(PaintTicket { request, track })
        })
    }

    fn progress<'a>(&'a self, _: &'a PaintTicket) -> BoxFuture<'a, Result<PaintStage, PaintError>> {
        let stage = if self.mood() == Mood::Slow { PaintStage::UnderWay } else { PaintStage::Over };
        Box::pin(async move { Ok(stage) })
    }

    fn result<'a>(&'a self, ticket: &'a PaintTicket) -> BoxFuture<'a, Result<Painted, PaintError>> {
        let is_video = (ticket.track == "Video") != (self.mood() == Mood::Confused);
        let result = match self.mood() {
            Mood::Fails => Err(PaintError::Trouble(Trouble::Refused("no face detected".into()))),
            Mood::Nonsense if is_video => Ok(Painted::Video(Personal::new(CLIP[..CLIP.len() / 2].to_vec()))),
            Mood::Nonsense => Ok(Painted::Picture(Personal::new(b"moov".to_vec()))),
            _ if is_video => Ok(Painted::Video(Personal::new(CLIP.to_vec()))),
            // What the eyes of the tests take for a picture.
            _ => Ok(Painted::Picture(Personal::new(b"faces 1".to_vec()))),
        };
        Box::pin(async move { result })
    }

    fn cancel<'a>(&'a self, ticket: &'a PaintTicket) -> BoxFuture<'a, Result<(), PaintError>> {
        self.cancelled.lock().unwrap().push(ticket.request.clone());
        Box::pin(async { Ok(()) })
    }
}

impl Erases for Fake {
    fn erase<'a>(&'a self, handle: &'a str, _: i64) -> BoxFuture<'a, Result<Erased, Trouble>> {
        if *self.is_deaf.lock().unwrap() {
            return Box::pin(async { Err(Trouble::Away { why: "closed".into(), after_s: None }) });
        }
        self.has.lock().unwrap().remove(handle);
        Box::pin(async { Ok(Erased::Done { receipt: "deleted".into() }) })
    }
}

fn with_films(films: fn() -> Catalogue, body: impl AsyncFn(&Kit, &Fake, &Counting)) {
    let (fake, renderer) = (Arc::new(Fake::default()), Arc::new(Counting::default()));
    let (of_kit, counts) = (Arc::clone(&fake), Arc::clone(&renderer));
    let change = move |outside: &mut crate::Outside| {
        of_kit.reset();
        counts.reset();
        counts.break_shot(None);
        let painter = Arc::clone(&of_kit);
        outside.renderer = Arc::new(Arc::clone(&counts));
        outside.connect = Arc::new(move |_| {
            let erases: Arc<dyn Erases> = painter.clone();
            Ok(Connected {
                erases: BTreeMap::from([(ProcessorId::Fal, erases)]),
                painter: Some(painter.clone()),
                ..Connected::default()
            })
        });
    };
    let (fake, renderer): (&Fake, &Counting) = (&fake, &renderer);
    on_both_of_films(films, change, async |kit: &Kit| body(kit, fake, renderer).await);
}

fn with(body: impl AsyncFn(&Kit, &Fake, &Counting)) {
    with_films(films, body);
}

/// The film of a new account that was just paid.
async fn film(kit: &Kit) -> (AccountId, FilmId) {
    let account = kit.account("a@example.com").await;
    let (_, film) = paid(kit, &account).await;
    (account, film)
}

async fn state(kit: &Kit, account: &AccountId, film: &FilmId) -> FilmState {
    kit.studio.films().find(account, film).await.unwrap().state
}

/// Whatever is asked for, and what the reconciler would ask for.
async fn run(kit: &Kit) {
    testing::run_all(&kit.studio).await.unwrap();
    testing::run(&kit.studio, Job::SeeToProcessors).await.unwrap();
    testing::run_all(&kit.studio).await.unwrap();
}

/// All that is due after some seconds.
async fn after(kit: &Kit, seconds: i64) {
    kit.clock.advance(seconds * SECOND_MS);
    run(kit).await;
}

/// How often the shot was drawn; one that was painted is never.
fn drawn(renderer: &Counting) -> u32 {
    drawn_at(renderer, FACE)
}

fn drawn_at(renderer: &Counting, place: usize) -> u32 {
    renderer.made().get(&place).copied().unwrap_or(0)
}

/// A part of the film as the player gets it.
async fn part(kit: &Kit, account: &AccountId, film: &FilmId, name: &str) -> Vec<u8> {
    let part = kit.studio.films().part(account, film, name, std::time::Duration::ZERO).await.unwrap();
    let Part::Ready { bytes, .. } = part else { panic!("{name} is not ready") };
    bytes.to_vec()
}

#[test]
fn a_moving_picture_becomes_a_shot_among_the_others() {
    with_films(films_of_both, async |kit, fake, renderer| {
        fake.becomes(Mood::Done);
        let (account, film) = film(kit).await;
        run(kit).await;
        after(kit, 5).await;
        assert_eq!(state(kit, &account, &film).await, FilmState::Ready);
        assert_eq!((fake.wishes(), fake.has(), fake.cancelled()), (2, vec![], vec![]));
        assert_eq!((drawn(renderer), drawn_at(renderer, MOVING)), (0, 0));
        // It stands where the drawn shot would stand, and is as long.
        let shots = kit.studio.catalogue().show("tiny").unwrap().film().shots();
        let (first, frames) = (u64::from(shots[MOVING].first_frame), shots[MOVING].frames as usize);
        let segment = part(kit, &account, &film, &format!("shot-{MOVING}.m4s")).await;
        let fragment = cinema::Fragment::read(&segment).unwrap();
        let start = first * u64::from(cinema::TICKS_PER_FRAME);
        assert_eq!((fragment.start, fragment.samples.len()), (start, frames));
        // It is what came, not what is drawn: the light green beside the child.
        let sets = cinema::ParameterSets::of(&cinema::Settings::new(320, 180, 24)).unwrap();
        let unit = cinema::to_stream(fragment.samples[0].bytes, &sets);
        let picture = cinema::Decoder::pictures([unit]).unwrap().remove(0);
        let colours = cinema::Colours { full_range: false, bt601: false };
        let rgb = picture.to_rgb(colours);
        let beside = &rgb[(90 * 320 + 20) * 3..][..3];
        assert!(beside[1] > beside[0] && beside[1] > 120, "{beside:?}");
        after(kit, 60).await;
        assert_eq!((kit.rows("generated_shots").await, kit.rows("handles").await), (0, 0));
        assert_eq!(kit.studio.handles().receipts().await.unwrap().len(), 2);
    });
}

#[test]
fn whatever_goes_wrong_with_a_moving_picture_the_shot_is_drawn() {
    for mood in [Mood::Nonsense, Mood::Confused] {
        with_films(films_of_both, async |kit, fake, renderer| {
            fake.becomes(mood);
            let (account, film) = film(kit).await;
            run(kit).await;
            after(kit, 5).await;
            assert_eq!(state(kit, &account, &film).await, FilmState::Ready, "{mood:?}");
            assert_eq!((drawn(renderer), drawn_at(renderer, MOVING)), (1, 1), "{mood:?}");
            after(kit, 120).await;
            assert_eq!((kit.rows("generated_shots").await, fake.has()), (0, vec![]), "{mood:?}");
        });
    }
    // Each kind is waited for in its own time, and together they cost no more than they may.
    with_films(films_of_both, async |kit, fake, renderer| {
        let (account, film) = film(kit).await;
        run(kit).await;
        assert_eq!(fake.wishes(), 2);
        after(kit, i64::from(WAIT_S)).await;
        assert_eq!((drawn(renderer), drawn_at(renderer, MOVING)), (1, 0));
        after(kit, i64::from(VIDEO_WAIT_S - WAIT_S)).await;
        assert_eq!((drawn(renderer), drawn_at(renderer, MOVING)), (1, 1));
        assert_eq!(state(kit, &account, &film).await, FilmState::Ready);
        *fake.cents_per_order.lock().unwrap() = 89;
        let other = kit.account("b@example.com").await;
        paid(kit, &other).await;
        run(kit).await;
        assert_eq!(fake.wishes(), 3, "one of 40 and one of 50 cents are too much");
    });
}

#[test]
fn a_shot_is_painted_once_and_let_go_of_at_once() {
    with(async |kit, fake, renderer| {
        let (account, film) = film(kit).await;
        run(kit).await;
        assert_eq!((fake.wishes(), fake.has()), (1, vec!["request-1".to_owned()]));
        let (photo, prompt, webhook) = fake.wishes.lock().unwrap()[0].clone();
        assert!(photo.starts_with(b"\x89PNG"), "the cut-out, not the photo");
        assert_eq!((prompt.as_str(), webhook), (PROMPT, None));
        let view = kit.studio.films().find(&account, &film).await.unwrap();
        assert_eq!((view.state, view.shots_ready), (FilmState::Making, 3), "the others are made meanwhile");
        assert_eq!(view.shots[FACE].state, ShotState::Waiting);

        after(kit, 5).await;
        assert_eq!(state(kit, &account, &film).await, FilmState::Making, "it is not done yet");
        fake.becomes(Mood::Done);
        after(kit, 5).await;
        assert_eq!(state(kit, &account, &film).await, FilmState::Ready);
        assert_eq!((drawn(renderer), fake.wishes()), (0, 1));
        assert_eq!((fake.has(), fake.cancelled()), (vec![], vec![]), "let go of, and nothing to cancel");
        assert_eq!(kit.rows("handles").await, 0);
        assert_eq!(kit.studio.handles().receipts().await.unwrap().len(), 1);
        after(kit, 60).await;
        assert_eq!(kit.rows("generated_shots").await, 0, "nor is the picture kept beside the film");
        assert_eq!(fake.wishes(), 1);
    });
}

#[test]
fn whatever_goes_wrong_the_shot_is_drawn_and_the_film_whole() {
    for mood in [Mood::Fails, Mood::Nonsense, Mood::Lost] {
        with(async |kit, fake, renderer| {
            fake.becomes(mood);
            let (account, film) = film(kit).await;
            run(kit).await;
            after(kit, 5).await;
            assert_eq!(state(kit, &account, &film).await, FilmState::Ready, "{mood:?}: long before its time");
            assert_eq!((drawn(renderer), fake.wishes()), (1, 1), "{mood:?}: it is not asked again");
            after(kit, 120).await;
            assert_eq!(kit.rows("generated_shots").await, 0, "{mood:?}");
            if mood != Mood::Lost {
                assert_eq!(fake.has(), Vec::<String>::new(), "{mood:?}");
            }
        });
    }
}

#[test]
fn one_that_is_late_is_drawn_cancelled_and_let_go_of() {
    with(async |kit, fake, renderer| {
        let (account, film) = film(kit).await;
        run(kit).await;
        after(kit, i64::from(WAIT_S) - 1).await;
        assert_eq!(drawn(renderer), 0, "until its time is over");
        after(kit, 1).await;
        assert_eq!(state(kit, &account, &film).await, FilmState::Ready);
        assert_eq!((drawn(renderer), fake.cancelled()), (1, vec!["request-1".to_owned()]));
        assert_eq!(fake.has(), Vec::<String>::new());
        // It made it all the same, after it was told to stop.
        fake.has.lock().unwrap().insert("request-1".into());
        after(kit, 60).await;
        assert_eq!(fake.has(), Vec::<String>::new(), "and lets go of that too");
        assert_eq!((kit.rows("generated_shots").await, kit.rows("handles").await), (0, 0));
    });
}

#[test]
fn no_film_waits_for_the_part_that_sees_to_painters() {
    with(async |kit, fake, renderer| {
        let (account, film) = film(kit).await;
        testing::lose_all(&kit.studio).await.unwrap();
        kit.clock.advance(i64::from(WAIT_S) * SECOND_MS);
        testing::reconcile_and_run(&kit.studio).await.unwrap();
        assert_eq!(state(kit, &account, &film).await, FilmState::Ready);
        assert_eq!((drawn(renderer), fake.wishes()), (1, 0));
    });
}

#[test]
fn a_painter_that_is_away_is_asked_again_as_long_as_there_is_time() {
    with(async |kit, fake, renderer| {
        fake.becomes(Mood::Away);
        film(kit).await;
        run(kit).await;
        assert_eq!((fake.wishes(), drawn(renderer)), (0, 0));
        fake.becomes(Mood::Done);
        after(kit, 19).await;
        assert_eq!(fake.wishes(), 0, "not before it asked us to");
        after(kit, 1).await;
        after(kit, 5).await;
        assert_eq!((fake.wishes(), drawn(renderer), fake.has().len()), (1, 0, 0));
    });
}

#[test]
fn what_is_painted_for_a_film_of_an_earlier_version_is_used() {
    with_films(films_of_later, async |kit, fake, renderer| {
        fake.becomes(Mood::Done);
        let (account, film) = film(kit).await;
        films::Entity::update_many()
            .col_expr(films::Column::FilmVersion, Expr::value(1))
            .filter(films::Column::Id.eq(film.as_str()))
            .exec(kit.studio.db().write())
            .await
            .unwrap();
        run(kit).await;
        after(kit, 5).await;
        assert_eq!(state(kit, &account, &film).await, FilmState::Ready);
        assert_eq!((drawn(renderer), fake.wishes(), fake.has().len()), (0, 1, 0));
    });
}

#[test]
fn a_shot_of_a_film_that_another_machine_has_is_left_to_it() {
    with(async |kit, fake, renderer| {
        fake.becomes(Mood::Done);
        let (account, film) = film(kit).await;
        let is_of_version = async |version: i32| {
            films::Entity::update_many()
                .col_expr(films::Column::FilmVersion, Expr::value(version))
                .filter(films::Column::Id.eq(film.as_str()))
                .exec(kit.studio.db().write())
                .await
                .unwrap();
        };
        is_of_version(9).await;
        testing::run(&kit.studio, Job::SeeToProcessors).await.unwrap();
        assert_eq!((fake.wishes(), kit.rows("generated_shots").await), (0, 1));
        is_of_version(1).await;
        after(kit, 5).await;
        after(kit, 5).await;
        assert_eq!(state(kit, &account, &film).await, FilmState::Ready);
        assert_eq!((drawn(renderer), fake.wishes(), fake.has().len()), (0, 1, 0));
    });
}

#[test]
fn news_that_come_twice_or_of_others_change_nothing() {
    with(async |kit, fake, renderer| {
        let (account, film) = film(kit).await;
        run(kit).await;
        kit.studio.generated().heard("request-of-somebody-else").await.unwrap();
        kit.studio.generated().heard("request-1").await.unwrap();
        assert_eq!(state(kit, &account, &film).await, FilmState::Making, "what holds is asked");
        fake.becomes(Mood::Done);
        for _ in 0..3 {
            kit.studio.generated().heard("request-1").await.unwrap();
        }
        run(kit).await;
        kit.studio.generated().heard("request-1").await.unwrap();
        assert_eq!(state(kit, &account, &film).await, FilmState::Ready);
        assert_eq!((drawn(renderer), fake.wishes(), fake.has().len()), (0, 1, 0));
        // What nobody here knows is deleted there, once more if need be.
        run(kit).await;
        assert_eq!(kit.rows("generated_strays").await, 0);
        assert_eq!(kit.studio.handles().receipts().await.unwrap().len(), 3);
    });
}

#[test]
fn above_what_an_order_may_cost_shots_are_drawn() {
    with(async |kit, fake, renderer| {
        *fake.cents_per_order.lock().unwrap() = 39;
        let (account, film) = film(kit).await;
        run(kit).await;
        assert_eq!(state(kit, &account, &film).await, FilmState::Ready, "without any wait");
        assert_eq!((fake.wishes(), drawn(renderer), kit.rows("generated_shots").await), (0, 1, 0));
    });
}

#[test]
fn nothing_goes_out_for_a_film_without_generated_shots() {
    with_films(films_as_drawn, async |kit, fake, renderer| {
        let (account, film) = film(kit).await;
        run(kit).await;
        assert_eq!(state(kit, &account, &film).await, FilmState::Ready);
        assert_eq!((fake.wishes(), drawn(renderer), kit.rows("handles").await), (0, 1, 0));
    });
}

#[test]
fn what_hangs_on_it_is_deleted_and_it_is_cancelled_and_let_go_of() {
    // Film, photo, or the account is about to end; then as ever.
    for gone in ["film", "photo", "account"] {
        with(async |kit, fake, _| {
            let (account, film) = film(kit).await;
            run(kit).await;
            assert_eq!(fake.has().len(), 1);
            match gone {
                "film" => kit.studio.films().delete(&account, &film).await.unwrap(),
                "photo" => assert_eq!(kit.studio.photos().delete_all(&account).await.unwrap(), 1),
                _ => {
                    kit.studio.accounts().leave(&account).await.unwrap();
                }
            }
            after(kit, 5).await;
            assert_eq!(fake.cancelled(), ["request-1"], "{gone}");
            assert_eq!(fake.has(), Vec::<String>::new(), "{gone}");
            after(kit, 60).await;
            assert_eq!((kit.rows("generated_shots").await, kit.rows("handles").await), (0, 0), "{gone}");
            assert_eq!(fake.wishes(), 1, "{gone}");
        });
    }
}

#[test]
fn a_corrected_name_asks_for_nothing_again() {
    with(async |kit, fake, renderer| {
        fake.becomes(Mood::Done);
        let (account, film) = film(kit).await;
        run(kit).await;
        after(kit, 5).await;
        assert_eq!(state(kit, &account, &film).await, FilmState::Ready);
        let corrected = kit.studio.films().correct_name(&account, &film, "Tom").await.unwrap();
        assert_eq!(corrected.shots_again, 1, "the one that shows the name");
        run(kit).await;
        assert_eq!(state(kit, &account, &film).await, FilmState::Ready);
        assert_eq!((fake.wishes(), drawn(renderer)), (1, 0));
    });
}

#[test]
fn a_wish_whose_answer_was_lost_is_deleted_when_the_painter_tells_of_it() {
    with(async |kit, fake, _| {
        fake.becomes(Mood::Lost);
        film(kit).await;
        run(kit).await;
        assert_eq!((fake.has(), kit.rows("handles").await), (vec!["request-1".to_owned()], 0));
        fake.is_deaf(true);
        for _ in 0..2 {
            kit.studio.generated().heard("request-1").await.unwrap();
        }
        run(kit).await;
        assert_eq!((fake.has().len(), kit.rows("generated_strays").await), (1, 1), "noted until it is done");
        kit.clock.advance(2 * crate::clock::DAY_MS);
        assert_eq!(kit.studio.handles().late().await.unwrap(), 1, "somebody is told");
        fake.is_deaf(false);
        kit.clock.advance(MINUTE_MS);
        kit.studio.generated().carry_on().await.unwrap();
        assert_eq!((fake.has().len(), kit.rows("generated_strays").await), (0, 0));
        let receipts = kit.studio.handles().receipts().await.unwrap();
        assert_eq!((receipts.len(), receipts[0].processor.as_str()), (1, "fal"));
    });
}

#[test]
fn what_is_taken_while_its_row_goes_is_stopped_and_deleted_until_it_is_gone() {
    with(async |kit, fake, _| {
        let studio = kit.studio.clone();
        fake.is_deaf(true);
        fake.during(async move {
            rows::Entity::delete_many().exec(studio.db().write()).await.unwrap();
        });
        film(kit).await;
        run(kit).await;
        assert_eq!((fake.cancelled(), fake.has().len()), (vec!["request-1".to_owned()], 1));
        assert_eq!((kit.rows("handles").await, kit.rows("generated_strays").await), (0, 1));
        fake.is_deaf(false);
        kit.clock.advance(MINUTE_MS);
        kit.studio.generated().carry_on().await.unwrap();
        assert_eq!((fake.has().len(), kit.rows("generated_strays").await), (0, 0));
        assert_eq!(kit.studio.handles().receipts().await.unwrap().len(), 1);
    });
}

#[test]
fn news_that_overtake_the_answer_delete_nothing() {
    with(async |kit, fake, renderer| {
        let studio = kit.studio.clone();
        fake.during(async move { studio.generated().heard("request-1").await.unwrap() });
        let (account, film) = film(kit).await;
        run(kit).await;
        assert_eq!(fake.has().len(), 1);
        fake.becomes(Mood::Done);
        after(kit, 5).await;
        assert_eq!((state(kit, &account, &film).await, drawn(renderer)), (FilmState::Ready, 0));
        after(kit, 120).await;
        assert_eq!((fake.has().len(), kit.rows("generated_strays").await), (0, 0));
    });
}

#[test]
fn an_account_is_asking_as_long_as_a_wish_may_be_on_its_way() {
    with(async |kit, fake, _| {
        let (account, _) = film(kit).await;
        let (studio, owner) = (kit.studio.clone(), account.clone());
        fake.during(async move { assert!(studio.generated().is_asking(&owner).await.unwrap()) });
        run(kit).await;
        assert!(!kit.studio.generated().is_asking(&account).await.unwrap(), "its handle is noted");
        // One that was sending is no more.
        rows::Entity::update_many()
            .col_expr(rows::Column::State, Expr::value(State::Asking))
            .exec(kit.studio.db().write())
            .await
            .unwrap();
        assert!(kit.studio.generated().is_asking(&account).await.unwrap());
        let other = kit.account("b@example.com").await;
        assert!(!kit.studio.generated().is_asking(&other).await.unwrap());
        kit.clock.advance(CALL_MAX_MS);
        assert!(!kit.studio.generated().is_asking(&account).await.unwrap());
    });
}

#[test]
fn what_was_painted_goes_with_its_photo_or_film() {
    for gone in ["film", "photo"] {
        with(async |kit, fake, _| {
            let (account, film) = film(kit).await;
            let generated = kit.studio.generated();
            generated.carry_on().await.unwrap();
            fake.becomes(Mood::Done);
            kit.clock.advance(5 * SECOND_MS);
            generated.carry_on().await.unwrap();
            let row = rows::Entity::find().one(kit.studio.db().read()).await.unwrap().unwrap();
            assert!(row.state == State::Fetched && row.picture_sealed.is_some());
            match gone {
                "film" => kit.studio.films().delete(&account, &film).await.unwrap(),
                _ => assert_eq!(kit.studio.photos().delete_all(&account).await.unwrap(), 1),
            }
            assert_eq!(kit.rows("generated_shots").await, 0, "{gone}: at once");
        });
    }
}

#[test]
fn without_the_painter_what_it_has_is_let_go_of_all_the_same() {
    for gone in ["film", "nothing"] {
        with(async |kit, _, _| {
            let (account, film) = film(kit).await;
            kit.studio.generated().carry_on().await.unwrap();
            let outside = Outside { clock: kit.clock.clone(), ..Outside::embedded() };
            let config = kit.studio.config().clone();
            let studio = Studio::open_with(config, outside, films(), Arc::new(Eyes)).await.unwrap();
            if gone == "film" {
                studio.films().delete(&account, &film).await.unwrap();
                assert_eq!(studio.handles().going().await.unwrap().len(), 1, "in the same breath");
            }
            kit.clock.advance(5 * SECOND_MS);
            studio.generated().carry_on().await.unwrap();
            assert_eq!(studio.handles().going().await.unwrap().len(), 1, "{gone}");
            assert_eq!(kit.rows("generated_shots").await, 0, "{gone}");
        });
    }
}
