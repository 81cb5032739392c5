//! Films in other sizes on both databases: the small film, also 90 and 120 pixels high.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::*;
use crate::clock::{DAY_MS, HOUR_MS};
use crate::db::testing::{Kit, on_both_of_films};
use crate::erasure::Reason;
use crate::films::testing::{
    AGE, Counting, FACE, NAME, catalogue_in, catalogue_of_later_in, paid, restarted,
};
use crate::films::{Catalogue, Part, Placed, Renderer, forget_unused, plan_shared};
use crate::jobs::testing;

const HEIGHTS: [u32; 2] = [90, 120];

fn films() -> Catalogue {
    catalogue_in(&HEIGHTS)
}

fn with(body: impl AsyncFn(&Kit, &Counting)) {
    let renderer = Arc::new(Counting::default());
    let change = |outside: &mut crate::Outside| {
        renderer.reset();
        outside.renderer = Arc::new(Arc::clone(&renderer));
    };
    let counted: &Counting = &renderer;
    on_both_of_films(films, change, async |kit: &Kit| body(kit, counted).await);
}

/// The shots that all copies share are made ahead, and what the reconciler finds is done.
async fn work(kit: &Kit) {
    for job in plan_shared(&kit.studio).await.unwrap() {
        testing::run(&kit.studio, job).await.unwrap();
    }
    kit.clock.advance(MINUTE_MS);
    testing::reconcile_and_run(&kit.studio).await.unwrap();
}

/// The film's own shots and its file, and nothing else of what is asked for.
async fn make_own(kit: &Kit, film: &FilmId) {
    for place in 0..4 {
        testing::run(&kit.studio, Job::MakeShot { film: film.clone(), place }).await.unwrap();
    }
    testing::run(&kit.studio, Job::FinishFilm { film: film.clone() }).await.unwrap();
}

async fn part(kit: &Kit, account: &AccountId, film: &FilmId, name: &str) -> Bytes {
    match kit.studio.films().part(account, film, name, Duration::ZERO).await.unwrap() {
        Part::Ready { bytes, .. } => bytes,
        other => panic!("{name} is {other:?}"),
    }
}

async fn text(kit: &Kit, account: &AccountId, film: &FilmId, name: &str) -> String {
    String::from_utf8(part(kit, account, film, name).await.to_vec()).unwrap()
}

/// The sizes that the master playlist offers, in its order.
async fn offered(kit: &Kit, account: &AccountId, film: &FilmId) -> Vec<String> {
    let master = text(kit, account, film, "master.m3u8").await;
    let sizes = master.split("RESOLUTION=").skip(1);
    sizes.map(|rest| rest.split(',').next().unwrap().to_owned()).collect()
}

/// Each of these shots once in each other size.
fn once_each(shots: &[usize]) -> BTreeMap<(u32, usize), u32> {
    HEIGHTS.iter().flat_map(|height| shots.iter().map(move |shot| ((*height, *shot), 1))).collect()
}

#[test]
fn a_whole_film_comes_in_other_sizes_and_what_ends_it_ends_them() {
    with(async |kit, renderer| {
        let account = kit.account("anna@example.org").await;
        let (_, film) = paid(kit, &account).await;
        let before = kit.rows("objects").await;
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(renderer.made_otherwise(), once_each(&[FACE, NAME, AGE]));
        // The shot that all copies share is not there in other sizes yet: so neither are they.
        assert_eq!(offered(kit, &account, &film).await, ["320x180"]);
        let missing = kit.studio.films().part(&account, &film, "video-90.m3u8", Duration::ZERO).await;
        assert_eq!(missing.unwrap_err().code(), "part-not-found");

        work(kit).await;
        assert_eq!(offered(kit, &account, &film).await, ["320x180", "160x90", "214x120"]);
        assert_eq!((kit.rows("rendition_shots").await, kit.rows("renditions_due").await), (8, 0));
        let master = text(kit, &account, &film, "master.m3u8").await;
        assert_eq!(master.matches(",AVERAGE-BANDWIDTH=").count(), 3, "all is there, so the rates are real");
        let own = text(kit, &account, &film, "video.m3u8").await;
        for (height, width) in [(90, 160), (120, 214)] {
            let list = text(kit, &account, &film, &format!("video-{height}.m3u8")).await;
            let lengths = |list: &str| -> Vec<String> {
                list.lines().filter(|line| line.starts_with("#EXTINF")).map(str::to_owned).collect()
            };
            assert_eq!(lengths(&list), lengths(&own));
            let init = part(kit, &account, &film, &format!("video-{height}.mp4")).await;
            assert_ne!(init, part(kit, &account, &film, "video.mp4").await);
            let sets = cinema::ParameterSets::of(&cinema::Settings::new(width, height, 24)).unwrap();
            let segments = list.lines().filter(|line| line.starts_with("shot-"));
            let mut end = 0;
            for segment in segments.map(|line| line.split('?').next().unwrap()) {
                let bytes = part(kit, &account, &film, segment).await;
                let fragment = cinema::Fragment::read(&bytes).unwrap();
                assert_eq!(fragment.start, end, "{segment} begins where the one before ended");
                end += fragment.duration();
                let unit = cinema::to_stream(fragment.samples[0].bytes, &sets);
                let picture = cinema::Decoder::pictures([unit]).unwrap().remove(0);
                assert_eq!((picture.width(), picture.height()), (width, height));
            }
        }
        assert_eq!(forget_unused(&kit.studio).await.unwrap(), 0, "all of it is needed");

        // Corrected, the film's own size comes first, and of the others only what shows the name is made anew.
        let whole = kit.rows("objects").await;
        renderer.reset();
        kit.studio.films().correct_name(&account, &film, "Mia Sophie").await.unwrap();
        assert_eq!(kit.rows("rendition_shots").await, 6, "the old name is nowhere any more");
        assert_eq!(offered(kit, &account, &film).await, ["320x180"]);
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(renderer.made(), BTreeMap::from([(NAME, 1)]));
        assert_eq!(renderer.made_otherwise(), once_each(&[NAME]));
        assert_eq!(offered(kit, &account, &film).await.len(), 3);
        assert_eq!(kit.rows("objects").await, whole);

        kit.studio.films().delete(&account, &film).await.unwrap();
        assert_eq!((kit.rows("rendition_shots").await, kit.rows("objects").await), (0, before));
        // The end of an account takes them along, half made as well.
        let other = kit.account("ben@example.org").await;
        let (_, film) = paid(kit, &other).await;
        make_own(kit, &film).await;
        testing::run(&kit.studio, Job::MakeRendition { film }).await.unwrap();
        assert_eq!((kit.rows("rendition_shots").await, kit.rows("renditions_due").await), (1, 1));
        kit.studio.erasures().erase(&other, Reason::Child).await.unwrap();
        assert_eq!((kit.rows("rendition_shots").await, kit.rows("renditions_due").await), (0, 0));
    });
}

#[test]
fn a_film_that_cannot_be_whole_in_another_size_is_left_in_its_own() {
    with(async |kit, renderer| {
        let account = kit.account("anna@example.org").await;
        // Painted outside, a shot is there in one size alone.
        let (_, painted) = paid(kit, &account).await;
        for place in 0..4 {
            testing::run(&kit.studio, Job::MakeShot { film: painted.clone(), place }).await.unwrap();
        }
        paint(kit, &painted).await;
        testing::run_all(&kit.studio).await.unwrap();
        work(kit).await;
        assert_eq!(offered(kit, &account, &painted).await, ["320x180"]);
        assert!(!renderer.made_otherwise().contains_key(&(90, FACE)));
        assert_eq!(kit.rows("renditions_due").await, 0);

        // What was begun and is not whole serves nobody.
        let other = kit.account("ben@example.org").await;
        let (_, film) = paid(kit, &other).await;
        make_own(kit, &film).await;
        let before = kit.rows("objects").await;
        for _ in 0..2 {
            testing::run(&kit.studio, Job::MakeRendition { film: film.clone() }).await.unwrap();
        }
        assert_eq!((kit.rows("rendition_shots").await, kit.rows("objects").await), (2, before + 1));
        paint(kit, &film).await;
        work(kit).await;
        assert_eq!((kit.rows("rendition_shots").await, kit.rows("renditions_due").await), (0, 0));
        assert_eq!(kit.rows("objects").await, before);
        assert_eq!(kit.studio.films().find(&other, &film).await.unwrap().state, FilmState::Ready);
    });
}

#[test]
fn other_sizes_of_an_earlier_version_come_if_what_copies_share_is_there() {
    let renderer = Arc::new(Counting::default());
    let change = |outside: &mut crate::Outside| {
        renderer.reset();
        outside.renderer = Arc::new(Arc::clone(&renderer));
    };
    on_both_of_films(films, change, async |kit: &Kit| {
        let account = kit.account("anna@example.org").await;
        let (_, film) = paid(kit, &account).await;
        make_own(kit, &film).await;
        assert_eq!(kit.rows("renditions_due").await, 1);
        // Nobody makes what they share any more: nothing is waited for, and nothing begun.
        let studio = restarted(kit, catalogue_of_later_in(&HEIGHTS), &renderer).await;
        testing::reconcile_and_run(&studio).await.unwrap();
        assert_eq!((kit.rows("rendition_shots").await, kit.rows("renditions_due").await), (0, 0));
        assert_eq!(renderer.made_otherwise(), BTreeMap::new());
        assert_eq!(studio.films().find(&account, &film).await.unwrap().state, FilmState::Ready);

        // Made ahead before the later version came, it serves whoever has the one before.
        for job in plan_shared(&kit.studio).await.unwrap() {
            testing::run(&kit.studio, job).await.unwrap();
        }
        let other = kit.account("ben@example.org").await;
        let (_, theirs) = paid(kit, &other).await;
        make_own(kit, &theirs).await;
        renderer.reset();
        testing::reconcile_and_run(&studio).await.unwrap();
        assert_eq!(renderer.made_otherwise(), once_each(&[FACE, NAME, AGE]));
        assert_eq!((kit.rows("rendition_shots").await, kit.rows("renditions_due").await), (8, 0));
    });
}

#[test]
fn other_sizes_of_a_film_that_is_lacking_end_when_nobody_was_at_them_for_long() {
    let renderer = Arc::new(Counting::default());
    let change = |outside: &mut crate::Outside| {
        renderer.reset();
        outside.renderer = Arc::new(Arc::clone(&renderer));
    };
    on_both_of_films(films, change, async |kit: &Kit| {
        let (_, film) = paid(kit, &kit.account("anna@example.org").await).await;
        make_own(kit, &film).await;
        let lacking = restarted(kit, Catalogue::default(), &renderer).await;
        let job = Job::MakeRendition { film };
        let patience_ms = if kit.studio.db().is_postgres() { 3 * DAY_MS } else { HOUR_MS };
        testing::run(&lacking, job.clone()).await.unwrap();
        kit.clock.advance(patience_ms - MINUTE_MS);
        testing::run(&lacking, job.clone()).await.unwrap();
        // Another machine makes one of its shots.
        testing::run(&kit.studio, job.clone()).await.unwrap();
        assert_eq!(kit.rows("rendition_shots").await, 1);
        kit.clock.advance(patience_ms - MINUTE_MS);
        testing::run(&lacking, job.clone()).await.unwrap();
        assert_eq!((kit.rows("rendition_shots").await, kit.rows("renditions_due").await), (1, 1));
        kit.clock.advance(HOUR_MS);
        testing::run(&lacking, job).await.unwrap();
        assert_eq!((kit.rows("rendition_shots").await, kit.rows("renditions_due").await), (0, 0));
    });
}

/// As if the shot with the face had been painted outside.
async fn paint(kit: &Kit, film: &FilmId) {
    shots::Entity::update_many()
        .col_expr(shots::Column::Painted, Expr::value(true))
        .filter(shots::Column::FilmId.eq(film.as_str()))
        .filter(shots::Column::Place.eq(FACE as i32))
        .exec(kit.studio.db().write())
        .await
        .unwrap();
}

#[test]
fn with_the_photo_gone_a_size_stays_if_its_shots_with_the_face_are_there() {
    with(async |kit, renderer| {
        let account = kit.account("anna@example.org").await;
        let (_, film) = paid(kit, &account).await;
        make_own(kit, &film).await;
        for job in plan_shared(&kit.studio).await.unwrap() {
            testing::run(&kit.studio, job).await.unwrap();
        }
        for _ in 0..2 {
            testing::run(&kit.studio, Job::MakeRendition { film: film.clone() }).await.unwrap();
        }
        assert_eq!(renderer.made_otherwise().get(&(90, FACE)), Some(&1));
        let photo = kit.studio.photos().list(&account).await.unwrap().remove(0).id;
        kit.studio.photos().delete(&account, &photo).await.unwrap();
        // The lowest size is made to its end, the other is not begun.
        work(kit).await;
        assert_eq!((kit.rows("rendition_shots").await, kit.rows("renditions_due").await), (4, 0));
        assert_eq!(offered(kit, &account, &film).await, ["320x180", "160x90"]);
        // Nor does it go with a name that is corrected.
        renderer.reset();
        kit.studio.films().correct_name(&account, &film, "Mia Sophie").await.unwrap();
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(renderer.made_otherwise(), BTreeMap::from([((90, NAME), 1)]));
        assert_eq!(offered(kit, &account, &film).await, ["320x180", "160x90"]);
    });
}

/// Takes as long over other sizes as it is let; counts how many were begun.
struct Slow(Arc<Counting>, Arc<AtomicUsize>);

impl Renderer for Slow {
    fn placed(&self, _: &Show, _: usize, _: &Persona) -> Result<Option<Box<dyn Placed>>, RenderError> {
        Ok(None)
    }

    fn shot(
        &self,
        show: &Show,
        shot: usize,
        persona: &Persona,
        how: (&Variant, Effort),
        go_on: &dyn Fn() -> bool,
    ) -> std::result::Result<Vec<u8>, RenderError> {
        // What an order waits for.
        if how.0.height().is_none() && how.1 == Effort::Fast {
            return self.0.shot(show, shot, persona, how, go_on);
        }
        self.1.fetch_add(1, Ordering::Relaxed);
        let start = Instant::now();
        while go_on() {
            assert!(start.elapsed() < Duration::from_secs(60), "nobody stops it");
            std::thread::yield_now();
        }
        Err(RenderError::Stopped)
    }

    fn still(
        &self,
        _: &Show,
        _: usize,
        _: u32,
        _: &Persona,
        _: u32,
    ) -> std::result::Result<Vec<u8>, RenderError> {
        Ok(b"a still".to_vec())
    }
}

#[test]
fn an_order_comes_before_other_sizes_also_of_those_that_were_begun() {
    let count = Arc::new(AtomicUsize::new(0));
    let change = |outside: &mut crate::Outside| {
        count.store(0, Ordering::Relaxed);
        outside.renderer = Arc::new(Slow(Arc::default(), Arc::clone(&count)));
    };
    on_both_of_films(films, change, async |kit: &Kit| {
        let account = kit.account("anna@example.org").await;
        let (_, film) = paid(kit, &account).await;
        make_own(kit, &film).await;
        let renditions = plan_shared(&kit.studio).await.unwrap();
        let ahead = renditions.into_iter().find(|job| matches!(job, Job::MakeAhead { .. })).unwrap();
        let begin = |job: Job| {
            let studio = kit.studio.clone();
            tokio::spawn(async move { testing::run(&studio, job).await })
        };
        let begun = [begin(Job::MakeRendition { film: film.clone() }), begin(ahead.clone())];
        while count.load(Ordering::Relaxed) < begun.len() {
            tokio::task::yield_now().await;
        }
        // Somebody else orders. As their shots are asked for, what was begun makes room.
        let other = kit.account("ben@example.org").await;
        let (_, theirs) = paid(kit, &other).await;
        kit.studio.jobs().relay().await.unwrap();
        for begun in begun {
            begun.await.unwrap().unwrap();
        }
        // Nor is anything begun while they wait.
        testing::run(&kit.studio, Job::MakeRendition { film: film.clone() }).await.unwrap();
        testing::run(&kit.studio, ahead).await.unwrap();
        assert_eq!((kit.rows("rendition_shots").await, kit.rows("renditions_due").await), (0, 1));
        make_own(kit, &theirs).await;
        assert_eq!(kit.studio.films().find(&other, &theirs).await.unwrap().state, FilmState::Ready);
        // Nothing of it counts as a failure.
        let shared = shared_shots::Entity::find().filter(shared_shots::Column::Height.is_not_null());
        let shared = shared.all(kit.studio.db().read()).await.unwrap();
        assert!(shared.iter().all(|row| row.state == ShotState::Waiting && row.failures == 0));
        assert_eq!(left::Entity::find().all(kit.studio.db().read()).await.unwrap()[0].failures, 0);
    });
}

/// With the real engine: at each joint of shots that are shared and shots that are not, in every size, no picture is lost
/// and none is there twice.
#[test]
fn every_picture_of_a_real_film_is_there_once_in_every_size() {
    on_both_of_films(
        films,
        |_| (),
        async |kit: &Kit| {
            if kit.studio.db().is_postgres() {
                return;
            }
            let account = kit.account("anna@example.org").await;
            let (_, film) = paid(kit, &account).await;
            testing::run_all(&kit.studio).await.unwrap();
            work(kit).await;
            let show = kit.studio.catalogue().show("tiny").unwrap();
            for (list, width, height) in
                [("video.m3u8", 320, 180), ("video-90.m3u8", 160, 90), ("video-120.m3u8", 214, 120)]
            {
                let sets = cinema::ParameterSets::of(&cinema::Settings::new(width, height, 24)).unwrap();
                let list = text(kit, &account, &film, list).await;
                let segments: Vec<&str> = list.lines().filter(|line| line.starts_with("shot-")).collect();
                assert_eq!(segments.len(), show.film().shots().len());
                for (segment, shot) in segments.into_iter().zip(show.film().shots()) {
                    let bytes = part(kit, &account, &film, segment.split('?').next().unwrap()).await;
                    let fragment = cinema::Fragment::read(&bytes).unwrap();
                    let ticks = |frames: u32| u64::from(frames) * u64::from(cinema::TICKS_PER_FRAME);
                    assert_eq!(fragment.start, ticks(shot.first_frame), "{segment}");
                    assert_eq!(fragment.duration(), ticks(shot.frames), "{segment}");
                    // Every picture comes out, once.
                    let samples = fragment.samples.iter();
                    let units = samples.map(|sample| cinema::to_stream(sample.bytes, &sets));
                    let shown = cinema::Decoder::pictures(units).unwrap();
                    assert_eq!(shown.len(), fragment.samples.len(), "{segment}");
                    assert!(shown.iter().all(|shown| (shown.width(), shown.height()) == (width, height)));
                }
            }
        },
    );
}
