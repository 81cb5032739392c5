//! The rules of making films, on both databases, without pixels.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use film::{HeadRoom, NameRoom, Room};
use futures::TryStreamExt;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::making::{claim, shared, sides};
use super::rows::{shared_shots, shots};
use super::testing::{
    AGE, Counting, FACE, NAME, SHARED, catalogue_of_later_in, given, later, paid, restarted, whole_order,
};
use super::{Again, Catalogue, Correction, FilmId, FilmState, Part, ShotState};
use crate::clock::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};
use crate::db::testing::{Kit, on_both_with};
use crate::jobs::{Job, testing};
use crate::orders::rows::orders;
use crate::orders::{Change, GivenPhoto, HeroChange, Missing, OrderId, OrderState, SecondChange};
use crate::photos::GuardianAffirmation;
use crate::till::{Outcome, Settled};
use crate::{AccountId, PhotoId, Studio};

/// Why the desk does something.
const WHY: &str = "The child is cut off in every scene.";

fn with(renderer: &Arc<Counting>, body: impl AsyncFn(&Kit)) {
    let renderer = Arc::clone(renderer);
    on_both_with(
        move |outside| {
            renderer.reset();
            renderer.break_shot(None);
            renderer.panic_at(None);
            outside.renderer = Arc::new(Arc::clone(&renderer));
        },
        body,
    );
}

async fn state_of(kit: &Kit, account: &AccountId, order: &OrderId) -> OrderState {
    kit.studio.orders().find(account, order).await.unwrap().state
}

fn each_once() -> BTreeMap<usize, u32> {
    [SHARED, FACE, NAME, AGE].map(|shot| (shot, 1)).into()
}

#[test]
fn from_draft_to_a_film_that_can_be_watched_and_kept() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (films, orders) = (kit.studio.films(), kit.studio.orders());
        let draft = orders.begin(&account, "tiny", "en").await.unwrap();
        assert_eq!(draft.missing, [Missing::Photo, Missing::Name, Missing::Option("age".into())]);
        assert_eq!(orders.begin(&account, "tiny", "de").await.unwrap().id, draft.id, "one open draft a film");

        let (order, film) = paid(kit, &account).await;
        assert_eq!(order, draft.id);
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Paid);
        // The playlist is complete before anything was made.
        let Part::Ready { bytes, .. } =
            films.part(&account, &film, "video.m3u8", Duration::ZERO).await.unwrap()
        else {
            panic!("a playlist is always there")
        };
        let before = String::from_utf8(bytes.to_vec()).unwrap();
        assert_eq!(before.matches("#EXTINF").count(), 4);
        assert!(before.ends_with("#EXT-X-ENDLIST\n"));

        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(renderer.made(), each_once());
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Done);
        let view = films.find(&account, &film).await.unwrap();
        assert_eq!((view.state, view.shots_ready, view.name.as_str()), (FilmState::Ready, 4, "Mia"));
        for shot in 0..4 {
            let name = format!("shot-{shot}.m4s");
            let part = films.part(&account, &film, &name, Duration::ZERO).await.unwrap();
            assert!(matches!(part, Part::Ready { content_type: "video/mp4", .. }), "{name}");
        }
        let Part::Ready { bytes, .. } =
            films.part(&account, &film, "video.m3u8", Duration::ZERO).await.unwrap()
        else {
            panic!("a playlist is always there")
        };
        assert_eq!(before.as_bytes(), &bytes[..], "it was complete from the first second");

        let download = films.download(&account, &film, None).await.unwrap();
        let (size, file): (u64, Vec<bytes::Bytes>) =
            (download.size, download.bytes.try_collect().await.unwrap());
        let file = file.concat();
        assert_eq!(file.len() as u64, size);
        assert_eq!(&file[4..8], b"ftyp");
        let part = films.download(&account, &film, Some(10..20)).await.unwrap();
        let part: Vec<bytes::Bytes> = part.bytes.try_collect().await.unwrap();
        assert_eq!(part.concat(), &file[10..20]);
        let mails = kit.studio.mail().list(10).await.unwrap();
        assert_eq!(mails.iter().filter(|mail| mail.kind == "film-ready").count(), 1);
    });
}

#[test]
fn an_order_is_made_beside_what_one_before_it_asked_for() {
    let renderer = Arc::new(Counting::default());
    let room = |name| Room { head: HeadRoom::SMALLEST, name };
    let names: Vec<NameRoom> = NameRoom::all().collect();
    with(&renderer, async |kit| {
        renderer.give_room(Some(room(names[0])));
        let own = || BTreeMap::from([FACE, NAME, AGE].map(|shot| (shot, 1)));
        let none = BTreeMap::new;
        paid(kit, &kit.account("a@example.com").await).await;
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(renderer.made(), each_once(), "nobody waits for a side");
        assert_eq!(renderer.made_beside(), [none(), own()], "it is made afterwards");
        renderer.reset();

        paid(kit, &kit.account("b@example.com").await).await;
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!((renderer.made(), renderer.made_beside()), (none(), [own(), none()]));
        renderer.reset();

        // Who takes another room has another side.
        renderer.give_room(Some(room(NameRoom::LARGEST)));
        paid(kit, &kit.account("c@example.com").await).await;
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!((renderer.made(), renderer.made_beside()), (own(), [none(), own()]));
        renderer.reset();

        // Who takes one that the larger room holds is made beside that, until there is a side for their own.
        renderer.give_room(Some(room(names[1])));
        paid(kit, &kit.account("f@example.com").await).await;
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!((renderer.made(), renderer.made_beside()), (none(), [own(), own()]));
        renderer.reset();
        renderer.give_room(Some(room(NameRoom::LARGEST)));

        // One that has gone from the store stops no film, and comes back.
        let vault = kit.studio.vault();
        let show = kit.studio.catalogue().show("tiny").unwrap().clone();
        for key in sides::keys(&kit.studio, &show, "en") {
            vault.delete_shared(&shared::object_key(&key)).await.unwrap();
        }
        paid(kit, &kit.account("d@example.com").await).await;
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!((renderer.made(), renderer.made_beside()[0].clone()), (own(), none()));
        // With it come those of the room that holds all, in both languages where there are words.
        for job in super::plan_shared(&kit.studio).await.unwrap() {
            testing::run(&kit.studio, job).await.unwrap();
        }
        assert_eq!(renderer.made_beside()[1], BTreeMap::from([(FACE, 2), (NAME, 3), (AGE, 3)]));
        renderer.reset();

        // Nor does a damaged one.
        for key in sides::keys(&kit.studio, &show, "en") {
            let other = bytes::Bytes::from_static(b"other bytes");
            if vault.get_shared(&shared::object_key(&key)).await.unwrap().is_some() {
                vault.put_shared(&shared::object_key(&key), other).await.unwrap();
            }
        }
        paid(kit, &kit.account("e@example.com").await).await;
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!((renderer.made(), renderer.made_beside()[0].clone()), (own(), none()));
        for job in super::plan_shared(&kit.studio).await.unwrap() {
            testing::run(&kit.studio, job).await.unwrap();
        }
        assert_eq!(renderer.made_beside()[1], own());
        assert_eq!(super::forget_unused(&kit.studio).await.unwrap(), 0, "they are of a film on offer");
    });
}

#[test]
fn the_first_order_is_made_beside_what_was_made_ahead() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let own = || BTreeMap::from([FACE, NAME, AGE].map(|shot| (shot, 1)));
        let none = BTreeMap::new;
        let jobs = super::plan_shared(&kit.studio).await.unwrap();
        for job in jobs {
            testing::run(&kit.studio, job).await.unwrap();
        }
        let ahead = BTreeMap::from([(FACE, 1), (NAME, 2), (AGE, 2)]);
        assert_eq!(renderer.made_beside(), [none(), ahead], "in both languages where there are words");
        renderer.reset();
        assert!(super::plan_shared(&kit.studio).await.unwrap().is_empty());

        renderer.give_room(Some(Room { head: HeadRoom::SMALLEST, name: NameRoom::SMALLEST }));
        paid(kit, &kit.account("a@example.com").await).await;
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(
            (renderer.made(), renderer.made_beside()),
            (none(), [own(), own()]),
            "and one of their own"
        );
        assert_eq!(super::forget_unused(&kit.studio).await.unwrap(), 0, "they are of a film on offer");
    });
}

#[test]
fn a_film_whose_shared_shot_was_forgotten_meanwhile_becomes_whole() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (_, film) = paid(kit, &account).await;
        shared_shots::Entity::delete_many().exec(kit.studio.db().write()).await.unwrap();
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(kit.studio.films().find(&account, &film).await.unwrap().state, FilmState::Ready);
        assert_eq!(renderer.made()[&SHARED], 1);
    });
}

#[test]
fn another_account_gets_the_same_answer_as_for_nothing() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let owner = kit.account("a@example.com").await;
        let other = kit.account("b@example.com").await;
        let (order, film) = paid(kit, &owner).await;
        let nothing = FilmId::stored(kit.studio.new_id());
        let films = kit.studio.films();
        let same = |one: crate::Error, two: crate::Error| assert_eq!(one.to_string(), two.to_string());
        same(films.find(&other, &film).await.unwrap_err(), films.find(&other, &nothing).await.unwrap_err());
        for part in ["master.m3u8", "shot-0.m4s", "captions-en.vtt", "video.mp4"] {
            let wait = Duration::ZERO;
            same(
                films.part(&other, &film, part, wait).await.unwrap_err(),
                films.part(&other, &nothing, part, wait).await.unwrap_err(),
            );
        }
        assert_eq!(films.download(&other, &film, None).await.err().unwrap().code(), "film-not-found");
        assert_eq!(films.delete(&other, &film).await.unwrap_err().code(), "film-not-found");
        assert_eq!(films.correct_name(&other, &film, "Tom").await.unwrap_err().code(), "film-not-found");
        assert_eq!(kit.studio.orders().find(&other, &order).await.unwrap_err().code(), "order-not-found");
        assert!(films.list(&other).await.unwrap().is_empty());
        assert_eq!(films.list(&owner).await.unwrap().len(), 1);
    });
}

#[test]
fn two_workers_racing_make_each_shot_once() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (_, film) = paid(kit, &account).await;
        testing::lose_all(&kit.studio).await.unwrap();
        // Four workers, each with more jobs than there are shots.
        let workers = (0..4).map(|_| {
            let (studio, film) = (kit.studio.clone(), film.clone());
            tokio::spawn(async move {
                for place in 0..6 {
                    testing::run(&studio, Job::MakeShot { film: film.clone(), place }).await.unwrap();
                }
            })
        });
        futures::future::try_join_all(workers).await.unwrap();
        assert_eq!(renderer.made(), each_once());
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(kit.studio.films().find(&account, &film).await.unwrap().state, FilmState::Ready);
    });
}

#[test]
fn doubled_jobs_change_nothing() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (order, film) = paid(kit, &account).await;
        testing::run_all(&kit.studio).await.unwrap();
        let objects = kit.rows("objects").await;
        for _ in 0..3 {
            testing::run(&kit.studio, Job::MakeShot { film: film.clone(), place: 1 }).await.unwrap();
            testing::run(&kit.studio, Job::ViewerWaits { film: film.clone(), place: 2 }).await.unwrap();
            testing::run(&kit.studio, Job::FinishFilm { film: film.clone() }).await.unwrap();
            testing::run(&kit.studio, Job::RefundOrder { order: order.clone() }).await.unwrap();
            testing::run_all(&kit.studio).await.unwrap();
        }
        assert_eq!(renderer.made(), each_once());
        assert_eq!(kit.rows("objects").await, objects);
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Done);
        let mails = kit.studio.mail().list(20).await.unwrap();
        assert_eq!(mails.iter().filter(|mail| mail.kind.starts_with("film-")).count(), 1);
    });
}

/// The shot of a film that is claimed next.
async fn claim_next(kit: &Kit, film: &FilmId) -> claim::Claimed {
    let (_, claimed) = claim::next_of_film(&kit.studio, film.as_str()).await.unwrap().unwrap();
    claimed
}

#[test]
fn what_was_lost_is_derived_again() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (order, film) = paid(kit, &account).await;
        testing::lose_all(&kit.studio).await.unwrap();
        // One shot was begun by a process that died.
        let begun = claim_next(kit, &film).await;
        testing::reconcile_and_run(&kit.studio).await.unwrap();
        assert_eq!(renderer.made().len(), 3, "the begun one is still claimed");
        assert!(!renderer.made().contains_key(&begun.place));
        kit.clock.advance(MINUTE_MS);
        testing::reconcile_and_run(&kit.studio).await.unwrap();
        assert_eq!(renderer.made(), each_once());
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Done);
    });
}

#[test]
fn who_was_thought_dead_cannot_finish_what_another_took_over() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (_, film) = paid(kit, &account).await;
        let slow = claim_next(kit, &film).await;
        assert!(claim::renew(&kit.studio, &slow).await.unwrap());
        kit.clock.advance(MINUTE_MS);
        testing::run_all(&kit.studio).await.unwrap();
        assert!(!claim::renew(&kit.studio, &slow).await.unwrap());
        assert_eq!(kit.studio.films().find(&account, &film).await.unwrap().state, FilmState::Ready);
    });
}

#[test]
fn the_only_process_takes_up_at_once_what_it_had_begun_before_it_died() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (_, film) = paid(kit, &account).await;
        claim_next(kit, &film).await;
        assert_eq!(claim::release_all(&kit.studio).await.unwrap(), 1);
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(renderer.made(), each_once());
    });
}

#[test]
fn a_shot_that_cannot_be_made_ends_in_the_money_back_exactly_once() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        renderer.break_shot(Some(NAME));
        let (order, film) = paid(kit, &account).await;
        for _ in 0..8 {
            testing::run_all(&kit.studio).await.unwrap();
            kit.clock.advance(2 * MINUTE_MS);
        }
        assert_eq!(renderer.made()[&NAME], 4, "tried again, but not for ever");
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Refunded);
        assert_eq!(kit.studio.films().find(&account, &film).await.unwrap().state, FilmState::Failed);
        for _ in 0..3 {
            testing::run(&kit.studio, Job::RefundOrder { order: order.clone() }).await.unwrap();
        }
        testing::reconcile_and_run(&kit.studio).await.unwrap();
        let mails = kit.studio.mail().list(20).await.unwrap();
        assert_eq!(mails.iter().filter(|mail| mail.kind == "film-refunded").count(), 1);
        assert_eq!(kit.rows("charges").await, 1);
        let failed =
            kit.studio.films().part(&account, &film, &format!("shot-{NAME}.m4s"), Duration::ZERO).await;
        assert_eq!(failed.unwrap_err().code(), "film-failed");
    });
}

#[test]
fn a_shared_shot_that_was_given_up_is_tried_again_for_the_next_order() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let (first, second) = (kit.account("a@example.com").await, kit.account("b@example.com").await);
        renderer.break_shot(Some(SHARED));
        let (order, _) = paid(kit, &first).await;
        for _ in 0..8 {
            testing::run_all(&kit.studio).await.unwrap();
            kit.clock.advance(2 * MINUTE_MS);
        }
        assert_eq!(state_of(kit, &first, &order).await, OrderState::Refunded);
        renderer.break_shot(None);
        let (order, _) = paid(kit, &second).await;
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(state_of(kit, &second, &order).await, OrderState::Done);
    });
}

#[test]
fn a_film_with_a_shot_that_was_given_up_is_given_up_too_whoever_died_in_between() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (order, film) = paid(kit, &account).await;
        shots::Entity::update_many()
            .col_expr(shots::Column::State, Expr::value(ShotState::Failed))
            .filter(shots::Column::FilmId.eq(film.as_str()))
            .filter(shots::Column::Place.eq(NAME as i32))
            .exec(kit.studio.db().write())
            .await
            .unwrap();
        testing::reconcile_and_run(&kit.studio).await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Refunded);
    });
}

#[test]
fn money_for_a_film_that_is_not_on_offer_any_more_goes_back_and_holds_up_nobody() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let mut all = Vec::new();
        for email in ["a@example.com", "b@example.com"] {
            let account = kit.account(email).await;
            let (order, pay_key) = whole_order(kit, &account).await;
            let price = kit.studio.orders().find(&account, &order).await.unwrap().price;
            crate::orders::testing::ask_the_till_and_die(&kit.studio, &order, &pay_key, &price).await;
            all.push((account, order));
        }
        orders::Entity::update_many()
            .col_expr(orders::Column::Film, Expr::value("gone"))
            .filter(orders::Column::Id.eq(all[0].1.as_str()))
            .exec(kit.studio.db().write())
            .await
            .unwrap();
        kit.clock.advance(MINUTE_MS);
        assert_eq!(kit.studio.orders().settle_pending().await.unwrap(), 2);
        testing::reconcile_and_run(&kit.studio).await.unwrap();
        let gone = orders::Entity::find_by_id(all[0].1.as_str()).one(kit.studio.db().read()).await.unwrap();
        assert_eq!(gone.unwrap().state, OrderState::Refunded);
        assert_eq!(state_of(kit, &all[1].0, &all[1].1).await, OrderState::Done);
    });
}

#[test]
fn a_film_that_one_machine_lacks_is_made_by_another() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let lacking = restarted(kit, only_later(), &renderer).await;
        // What all copies share, and what is everyone's of the others, ahead of any order.
        for job in super::plan_shared(&kit.studio).await.unwrap() {
            testing::run(&lacking, job).await.unwrap();
        }
        let (order, film) = paid(kit, &account).await;
        // Its jobs come to the one that lacks it.
        testing::run_all(&lacking).await.unwrap();
        testing::run(&lacking, Job::ViewerWaits { film: film.clone(), place: NAME }).await.unwrap();
        assert_eq!(renderer.made(), BTreeMap::new());
        let all = shared_shots::Entity::find().all(kit.studio.db().read()).await.unwrap();
        assert!(!all.is_empty() && all.iter().all(|row| row.state == ShotState::Waiting && row.starts == 0));
        let own = shots::Entity::find().all(kit.studio.db().read()).await.unwrap();
        assert!(own.iter().all(|row| row.state == ShotState::Waiting && row.starts == 0));
        // With that they are done. The other one finds in the rows what is to be done, and so does it with the end.
        kit.clock.advance(2 * SECOND_MS);
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(renderer.made(), BTreeMap::new());
        for place in [SHARED, FACE, NAME, AGE] {
            testing::run(&kit.studio, Job::MakeShot { film: film.clone(), place }).await.unwrap();
        }
        assert_eq!(renderer.made(), each_once());
        testing::run_all(&lacking).await.unwrap();
        assert_ne!(state_of(kit, &account, &order).await, OrderState::Done);
        testing::reconcile_and_run(&kit.studio).await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Done);
    });
}

/// A studio runs for so long and looks now and then what is to be done.
async fn runs_for(kit: &Kit, studio: &Studio, ms: i64) {
    testing::reconcile_and_run(studio).await.unwrap();
    let mut left = ms;
    while left > 0 {
        let step = left.min(HOUR_MS);
        kit.clock.advance(step);
        testing::reconcile_and_run(studio).await.unwrap();
        left -= step;
    }
}

/// So long a film is waited for that nobody has.
fn patience_ms(kit: &Kit) -> i64 {
    if kit.studio.db().is_postgres() { 3 * DAY_MS } else { HOUR_MS }
}

#[test]
fn a_film_that_nobody_has_is_given_up_and_no_process_does_it_before_it_waited_itself() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (order, film) = paid(kit, &account).await;
        // Days on which nothing ran, or of a backup.
        kit.clock.advance(4 * DAY_MS);
        let lacking = restarted(kit, only_later(), &renderer).await;
        runs_for(kit, &lacking, HOUR_MS - MINUTE_MS).await;
        let lacking = restarted(kit, only_later(), &renderer).await;
        testing::run(&lacking, Job::FinishFilm { film: film.clone() }).await.unwrap();
        runs_for(kit, &lacking, HOUR_MS - MINUTE_MS).await;
        // What was not looked at for long, as its account was not in use, is waited for anew.
        kit.clock.advance(4 * DAY_MS);
        testing::run(&lacking, Job::FinishFilm { film }).await.unwrap();
        runs_for(kit, &lacking, HOUR_MS - MINUTE_MS).await;
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Paid);
        runs_for(kit, &lacking, MINUTE_MS).await;
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Refunded);
    });
}

#[test]
fn a_film_that_another_machine_is_at_is_not_given_up() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (order, film) = paid(kit, &account).await;
        let lacking = restarted(kit, only_later(), &renderer).await;
        runs_for(kit, &lacking, patience_ms(kit) - MINUTE_MS).await;
        claim_next(kit, &film).await;
        runs_for(kit, &lacking, patience_ms(kit) - MINUTE_MS).await;
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Paid);
        // How long it is waited for is known when the process is another one, too.
        let lacking = restarted(kit, only_later(), &renderer).await;
        runs_for(kit, &lacking, HOUR_MS).await;
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Refunded);
    });
}

#[test]
fn a_film_that_was_corrected_is_given_up_like_others_where_nobody_has_it() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (order, film) = paid(kit, &account).await;
        testing::run_all(&kit.studio).await.unwrap();
        kit.clock.advance(4 * DAY_MS);
        kit.studio.films().correct_name(&account, &film, "Mia Sophie").await.unwrap();
        let lacking = restarted(kit, only_later(), &renderer).await;
        runs_for(kit, &lacking, patience_ms(kit) - MINUTE_MS).await;
        assert_eq!(kit.studio.films().find(&account, &film).await.unwrap().state, FilmState::Making);
        runs_for(kit, &lacking, HOUR_MS).await;
        assert_eq!(kit.studio.films().find(&account, &film).await.unwrap().state, FilmState::Failed);
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Refunded);
    });
}

#[test]
fn what_is_made_ahead_does_not_wait_for_orders_of_films_that_are_lacking() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        paid(kit, &kit.account("a@example.com").await).await;
        let lacking = restarted(kit, only_later(), &renderer).await;
        let jobs = super::plan_shared(&lacking).await.unwrap();
        assert!(!jobs.is_empty());
        for job in jobs {
            testing::run(&lacking, job).await.unwrap();
        }
        assert!(!renderer.made_beside()[1].is_empty());
    });
}

#[test]
fn what_no_film_that_is_here_needs_is_not_asked_for_and_is_forgotten() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let empty = restarted(kit, Catalogue::default(), &renderer).await;
        let jobs = super::plan_shared(&kit.studio).await.unwrap();
        let rows = shared_shots::Entity::find().all(kit.studio.db().read()).await.unwrap();
        assert!(rows.iter().any(|row| row.room.is_some()), "some are what is everyone's of a shot");
        assert!(super::plan_shared(&empty).await.unwrap().is_empty());
        for job in jobs {
            testing::run(&kit.studio, job).await.unwrap();
        }
        let picture = "pictures/tiny/of-a-version.jpg";
        kit.studio.vault().put_shared(picture, bytes::Bytes::from_static(b"a picture")).await.unwrap();
        let made = kit.rows("shared_shots").await.unsigned_abs();
        assert_eq!(super::forget_unused(&empty).await.unwrap(), made);
        assert_eq!(super::forget_pictures(&empty).await.unwrap(), 1);
    });
}

#[test]
fn a_failure_that_passes_costs_nothing_but_time() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        renderer.panic_at(Some(FACE));
        let (order, _) = paid(kit, &account).await;
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Making);
        renderer.panic_at(None);
        kit.clock.advance(MINUTE_MS);
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Done);
        assert_eq!(renderer.made()[&FACE], 2);
    });
}

#[test]
fn paying_twice_is_paying_once() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (order, pay_key) = whole_order(kit, &account).await;
        let till = kit.studio.till();
        assert_eq!(till.mode(), crate::till::TillMode::NoMoney);
        let declined = till.settle(&account, &order, &pay_key, Outcome::Decline).await.unwrap();
        assert!(matches!(declined, Settled::Declined(_)));
        assert!(matches!(
            till.settle(&account, &order, &pay_key, Outcome::Abandon).await.unwrap(),
            Settled::Abandoned(_)
        ));
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Draft);
        assert_eq!(
            till.settle(&account, &order, "other", Outcome::Pay).await.unwrap_err().code(),
            "order-changed"
        );
        let clicks = (0..6).map(|_| {
            let (studio, account) = (kit.studio.clone(), account.clone());
            let (order, pay_key) = (order.clone(), pay_key.clone());
            tokio::spawn(async move { studio.till().settle(&account, &order, &pay_key, Outcome::Pay).await })
        });
        let mut films = Vec::new();
        for settled in futures::future::try_join_all(clicks).await.unwrap() {
            match settled.unwrap() {
                Settled::Paid(view) => films.push(view.made.clone().unwrap()),
                other => panic!("{other:?}"),
            }
        }
        films.dedup();
        assert_eq!(films.len(), 1);
        for table in ["charges", "test_till", "films", "orders"] {
            assert_eq!(kit.rows(table).await, 1, "{table}");
        }
        // A new draft of the same film is another order.
        assert_ne!(kit.studio.orders().begin(&account, "tiny", "en").await.unwrap().id, order);
    });
}

#[test]
fn an_answer_of_the_till_that_was_never_heard_is_found_out() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (order, pay_key) = whole_order(kit, &account).await;
        let price = kit.studio.orders().find(&account, &order).await.unwrap().price;
        // As if the process had died between the till's answer and our own books.
        crate::orders::testing::ask_the_till_and_die(&kit.studio, &order, &pay_key, &price).await;
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Draft);
        assert_eq!(kit.studio.orders().discard(&account, &order).await.unwrap_err().code(), "order-not-open");
        kit.clock.advance(MINUTE_MS);
        assert_eq!(kit.studio.orders().settle_pending().await.unwrap(), 1);
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Paid);
        assert_eq!(kit.rows("charges").await, 1);
    });
}

#[test]
fn correcting_the_name_makes_only_the_shots_that_show_it_again() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (_, film) = paid(kit, &account).await;
        testing::run_all(&kit.studio).await.unwrap();
        let objects = kit.rows("objects").await;
        renderer.reset();
        let corrected = kit.studio.films().correct_name(&account, &film, "Mia Sophie").await.unwrap();
        assert_eq!(corrected.shots_again, 1);
        assert_eq!(kit.studio.films().find(&account, &film).await.unwrap().state, FilmState::Making);
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(renderer.made(), BTreeMap::from([(NAME, 1)]));
        let view = kit.studio.films().find(&account, &film).await.unwrap();
        assert_eq!((view.state, view.name.as_str(), view.revision), (FilmState::Ready, "Mia Sophie", 1));
        let mails = kit.studio.mail().list(100).await.unwrap();
        let told: Vec<_> = mails.iter().filter(|mail| mail.kind == "film-ready").collect();
        let again = told.iter().filter(|mail| mail.letter.subject.contains("ready again: ")).count();
        assert_eq!((told.len(), again), (2, 1), "a film that was made again says so");
        assert_eq!(kit.rows("objects").await, objects, "what was replaced is struck out");
        // The same name again changes no shot.
        renderer.reset();
        assert_eq!(
            kit.studio.films().correct_name(&account, &film, "Mia Sophie").await.unwrap().shots_again,
            0
        );
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(renderer.made(), BTreeMap::new());
    });
}

fn age(age: &str) -> Correction<'static> {
    Correction { options: BTreeMap::from([("age".into(), age.into())]), ..Correction::default() }
}

/// The one option of the tiny film, as it stands in a copy, and whether it can still be corrected.
async fn age_in(kit: &Kit, account: &AccountId, film: &FilmId) -> (String, bool) {
    let options = kit.studio.films().find(account, film).await.unwrap().options;
    let [age] = &options[..] else { panic!("{options:?}") };
    assert_eq!(age.id, "age");
    (age.value.clone(), age.can)
}

#[test]
fn proves_s12_2_a_mistyped_age_is_corrected_in_the_shots_that_show_it() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (order, film) = paid(kit, &account).await;
        testing::run_all(&kit.studio).await.unwrap();
        let films = kit.studio.films();
        assert_eq!(age_in(kit, &account, &film).await, ("5".into(), true));
        for wrong in ["99", "old", ""] {
            let refused = films.correct(&account, &film, &age(wrong)).await.unwrap_err();
            assert_eq!(refused.code(), "option-value", "{wrong}");
        }
        let other = BTreeMap::from([("hat".into(), "red".into())]);
        let other = Correction { options: other, ..Correction::default() };
        let refused = films.correct(&account, &film, &other).await.unwrap_err();
        assert_eq!(refused.code(), "option-unknown");

        renderer.reset();
        // The sign stands whole in the shot of the name, too.
        assert_eq!(films.correct(&account, &film, &age("6")).await.unwrap().shots_again, 2);
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(renderer.made(), BTreeMap::from([(NAME, 1), (AGE, 1)]));
        let view = films.find(&account, &film).await.unwrap();
        assert_eq!((view.state, view.name.as_str(), view.revision), (FilmState::Ready, "Mia", 1));
        assert_eq!(age_in(kit, &account, &film).await, ("6".into(), true));
        let order = kit.studio.orders().find(&account, &order).await.unwrap();
        assert_eq!((order.name.as_deref(), order.options["age"].as_str()), (Some("Mia"), "6"));
    });
}

/// The later version of the film on offer, and the one before it not at hand any more.
fn only_later() -> Catalogue {
    Catalogue::read([&later() as &dyn film::Folder]).unwrap()
}

#[test]
fn a_film_of_an_earlier_version_is_corrected_and_made_again_as_it_was() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (order, film) = paid(kit, &account).await;
        testing::run_all(&kit.studio).await.unwrap();
        renderer.reset();
        let studio = restarted(kit, catalogue_of_later_in(&[]), &renderer).await;
        let films = studio.films();
        let view = films.find(&account, &film).await.unwrap();
        assert!(view.correctable.first && films.takes_name(&view, "Mia Sophie"));
        assert!(!films.takes_name(&view, &"a".repeat(31)));
        let corrected = films.correct_name(&account, &film, "Mia Sophie").await.unwrap();
        assert_eq!(corrected.shots_again, 1);
        testing::run_all(&studio).await.unwrap();
        assert_eq!(renderer.made(), BTreeMap::from([(NAME, 1)]));
        let view = films.find(&account, &film).await.unwrap();
        assert_eq!((view.state, view.name.as_str(), view.revision), (FilmState::Ready, "Mia Sophie", 1));
        renderer.reset();
        studio.desk().make_again(&kit.operator(), &order, Again::Personal, 1, WHY).await.unwrap();
        testing::run_all(&studio).await.unwrap();
        assert_eq!(renderer.made(), BTreeMap::from([(FACE, 1), (NAME, 1), (AGE, 1)]));
        assert_eq!(films.find(&account, &film).await.unwrap().state, FilmState::Ready);
    });
}

#[test]
fn where_the_version_of_a_film_is_gone_its_name_is_corrected_beside_it() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (order, film) = paid(kit, &account).await;
        testing::run_all(&kit.studio).await.unwrap();
        let before = kit.studio.films().download(&account, &film, None).await.unwrap();
        renderer.reset();
        let studio = restarted(kit, only_later(), &renderer).await;
        let films = studio.films();
        let view = films.find(&account, &film).await.unwrap();
        assert!(view.correctable.first && !view.streams && view.options.is_empty());
        let older = films.correct(&account, &film, &age("6")).await;
        assert_eq!(older.unwrap_err().code(), "film-older");
        let wrong = films.correct_name(&account, &film, " ").await;
        assert_eq!(wrong.unwrap_err().code(), "name-empty");
        assert_eq!(films.correct_name(&account, &film, "Tom").await.unwrap().shots_again, 0);
        testing::run_all(&studio).await.unwrap();
        assert_eq!(renderer.made(), BTreeMap::new());
        let view = films.find(&account, &film).await.unwrap();
        assert_eq!((view.state, view.name.as_str(), view.revision), (FilmState::Ready, "Tom", 1));
        let order_now = studio.orders().find(&account, &order).await.unwrap();
        assert_eq!(order_now.name.as_deref(), Some("Tom"));
        let after = films.download(&account, &film, None).await.unwrap();
        assert_eq!((after.file_name.as_str(), after.etag), ("Tiny - Tom.mp4", before.etag));
        let again = studio.desk().make_again(&kit.operator(), &order, Again::Personal, 1, WHY).await;
        assert_eq!(again.unwrap_err().code(), "film-older");
    });
}

#[test]
fn a_film_has_the_captions_of_the_version_that_it_was_made_of() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (_, film) = paid(kit, &account).await;
        testing::run_all(&kit.studio).await.unwrap();
        let studio = restarted(kit, catalogue_of_later_in(&[]), &renderer).await;
        assert_eq!(studio.catalogue().show("tiny").unwrap().film().info().languages, ["en", "de", "fr"]);
        let view = studio.films().find(&account, &film).await.unwrap();
        assert_eq!(view.captions, ["en", "de"]);
        for language in &view.captions {
            let name = format!("captions-{language}.vtt");
            studio.films().part(&account, &film, &name, Duration::ZERO).await.unwrap();
        }
        let studio = restarted(kit, only_later(), &renderer).await;
        let view = studio.films().find(&account, &film).await.unwrap();
        assert!(view.captions.is_empty() && !view.streams);
    });
}

#[test]
fn where_somebody_stopped_is_kept_also_of_a_film_whose_version_is_gone() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (_, film) = paid(kit, &account).await;
        testing::run_all(&kit.studio).await.unwrap();
        let kept = async |studio: &Studio, seconds: u32| {
            studio.films().stopped_at(&account, &film, seconds).await.unwrap();
            studio.films().find(&account, &film).await.unwrap().stopped_s
        };
        // It lasts ten seconds and a half.
        for (seconds, expected) in [(3, Some(3)), (2, None), (6, Some(6)), (7, None)] {
            assert_eq!(kept(&kit.studio, seconds).await, expected, "{seconds}");
        }
        let studio = restarted(kit, only_later(), &renderer).await;
        for (seconds, expected) in [(7, Some(7)), (2, None), (3_600, Some(3_600)), (u32::MAX, None)] {
            assert_eq!(kept(&studio, seconds).await, expected, "{seconds}");
        }
    });
}

#[test]
fn a_whole_film_that_is_just_made_again_stays_when_its_money_goes_back() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (order, film) = paid(kit, &account).await;
        testing::run_all(&kit.studio).await.unwrap();
        kit.studio.films().correct_name(&account, &film, "Mia Sophie").await.unwrap();
        kit.studio.desk().refund(&kit.operator(), &order, WHY).await.unwrap();
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Refunded);
        let view = kit.studio.films().find(&account, &film).await.unwrap();
        assert_eq!((view.state, view.name.as_str()), (FilmState::Ready, "Mia Sophie"));
        kit.studio.films().download(&account, &film, None).await.unwrap();
    });
}

#[test]
fn money_goes_back_also_while_its_account_is_about_to_end() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let (first, second) = (kit.account("a@example.com").await, kit.account("b@example.com").await);
        let (asked, _) = paid(kit, &first).await;
        kit.studio.desk().refund(&kit.operator(), &asked, WHY).await.unwrap();
        let (failed, _) = paid(kit, &second).await;
        orders::Entity::update_many()
            .col_expr(orders::Column::State, Expr::value(OrderState::Failed))
            .filter(orders::Column::Id.eq(failed.as_str()))
            .exec(kit.studio.db().write())
            .await
            .unwrap();
        for account in [&first, &second] {
            kit.studio.accounts().leave(account).await.unwrap();
        }
        testing::reconcile_and_run(&kit.studio).await.unwrap();
        for order in [&asked, &failed] {
            let row = orders::Entity::find_by_id(order.as_str()).one(kit.studio.db().read()).await.unwrap();
            assert_eq!(row.unwrap().state, OrderState::Refunded);
        }
        let mails = kit.studio.mail().list(20).await.unwrap();
        for kind in ["order-refunded", "film-refunded"] {
            assert_eq!(mails.iter().filter(|mail| mail.kind == kind).count(), 1, "{kind}");
        }
    });
}

#[test]
fn the_second_copy_makes_only_its_personal_shots() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let first = kit.account("a@example.com").await;
        paid(kit, &first).await;
        testing::run_all(&kit.studio).await.unwrap();
        renderer.reset();
        let second = kit.account("b@example.com").await;
        let (order, _) = paid(kit, &second).await;
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(renderer.made(), BTreeMap::from([(FACE, 1), (NAME, 1), (AGE, 1)]));
        assert_eq!(state_of(kit, &second, &order).await, OrderState::Done);
    });
}

#[test]
fn shared_shots_are_made_ahead_for_each_language() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let jobs = super::plan_shared(&kit.studio).await.unwrap();
        for job in &jobs {
            testing::run(&kit.studio, job.clone()).await.unwrap();
            testing::run(&kit.studio, job.clone()).await.unwrap();
        }
        let sides: u32 = renderer.made_beside()[1].values().sum();
        assert_eq!(renderer.made(), BTreeMap::from([(SHARED, jobs.len() as u32 - sides)]));
        assert_eq!((jobs.len(), sides), (6, 5));
        assert!(super::plan_shared(&kit.studio).await.unwrap().is_empty());
        assert_eq!(super::forget_unused(&kit.studio).await.unwrap(), 0);
        renderer.reset();
        let account = kit.account("a@example.com").await;
        paid(kit, &account).await;
        testing::run_all(&kit.studio).await.unwrap();
        assert!(!renderer.made().contains_key(&SHARED));
    });
}

/// The segment of the shared shot in a film.
async fn shared_segment(kit: &Kit, account: &AccountId, film: &FilmId) -> cinema::Segment {
    let name = format!("shot-{SHARED}.m4s");
    let part = kit.studio.films().part(account, film, &name, Duration::ZERO).await.unwrap();
    let Part::Ready { bytes, .. } = part else { panic!("{name} is not ready") };
    let frames = cinema::Fragment::read(&bytes).unwrap().samples.len() as u32;
    cinema::Segment { bytes: bytes.to_vec(), frames }
}

#[test]
fn an_order_that_comes_before_what_is_made_ahead_does_not_wait_for_it() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (_, early) = paid(kit, &account).await;
        let ahead = super::plan_shared(&kit.studio).await.unwrap();
        testing::run(&kit.studio, ahead[0].clone()).await.unwrap();
        assert_eq!(renderer.made(), BTreeMap::new(), "somebody waits for something else");
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(renderer.made(), each_once());
        let quick = shared_segment(kit, &account, &early).await;

        // Made ahead after all, it is for those who come later; who has a film keeps it as it is.
        for job in ahead {
            testing::run(&kit.studio, job).await.unwrap();
        }
        renderer.reset();
        let other = kit.account("b@example.com").await;
        let (_, later) = paid(kit, &other).await;
        testing::run_all(&kit.studio).await.unwrap();
        assert!(!renderer.made().contains_key(&SHARED));
        let well = shared_segment(kit, &other, &later).await;
        assert_eq!(shared_segment(kit, &account, &early).await, quick);
        assert_eq!(well.frames, quick.frames);
        assert!(well.bytes.len() < quick.bytes.len(), "{} and {}", well.bytes.len(), quick.bytes.len());

        // What was made in a hurry goes with the last film that has it.
        assert_eq!(super::forget_unused(&kit.studio).await.unwrap(), 0);
        kit.studio.films().delete(&account, &early).await.unwrap();
        assert_eq!(super::forget_unused(&kit.studio).await.unwrap(), 1);
    });
}

#[test]
fn a_shot_that_the_viewer_has_already_is_not_opened() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (_, film) = paid(kit, &account).await;
        testing::run_all(&kit.studio).await.unwrap();
        let films = kit.studio.films();
        let part = async |place: usize, known: Option<&str>| {
            let name = format!("shot-{place}.m4s");
            films.part_unless(&account, &film, &name, known, Duration::ZERO).await
        };
        let etag_of = |part: Part| match part {
            Part::Ready { etag, .. } => etag,
            other => panic!("{other:?}"),
        };
        let own = etag_of(part(FACE, None).await.unwrap());
        let common = etag_of(part(SHARED, None).await.unwrap());
        // What is not in the store any more cannot be opened.
        let object = crate::objects::id_in_row(&own).unwrap();
        kit.studio.objects().delete(&[object]).await.unwrap();
        assert!(part(FACE, None).await.is_err());
        let again = part(FACE, Some(own.as_str())).await.unwrap();
        assert!(matches!(again, Part::Unchanged { everyones: false, .. }), "{again:?}");
        let again = part(SHARED, Some(common.as_str())).await.unwrap();
        assert!(matches!(again, Part::Unchanged { everyones: true, .. }), "{again:?}");
        let other = part(SHARED, Some(own.as_str())).await.unwrap();
        assert!(matches!(other, Part::Ready { everyones: true, .. }), "{other:?}");
    });
}

#[test]
fn the_shot_that_the_viewer_waits_for_is_the_next() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (_, film) = paid(kit, &account).await;
        let name = format!("shot-{NAME}.m4s");
        let part = kit.studio.films().part(&account, &film, &name, Duration::ZERO).await.unwrap();
        assert!(matches!(part, Part::NotYet { .. }));
        testing::run(&kit.studio, Job::MakeShot { film: film.clone(), place: 0 }).await.unwrap();
        assert_eq!(renderer.made(), BTreeMap::from([(NAME, 1)]));
        testing::run(&kit.studio, Job::ViewerWaits { film: film.clone(), place: NAME }).await.unwrap();
        assert_eq!(renderer.made().keys().copied().collect::<Vec<_>>(), [SHARED, NAME, AGE]);
        // Somebody who already waits is answered as soon as the shot is there.
        let (studio, waiting, whose) = (kit.studio.clone(), film.clone(), account.clone());
        let waiter = tokio::spawn(async move {
            studio.films().part(&whose, &waiting, &format!("shot-{FACE}.m4s"), Duration::from_secs(60)).await
        });
        testing::run(&kit.studio, Job::MakeShot { film, place: FACE }).await.unwrap();
        assert!(matches!(waiter.await.unwrap().unwrap(), Part::Ready { .. }));
    });
}

#[test]
fn a_deleted_film_leaves_nothing_and_stops_being_made() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let before = kit.rows("objects").await;
        let (_, film) = paid(kit, &account).await;
        let with_photo = kit.rows("objects").await;
        testing::run_all(&kit.studio).await.unwrap();
        assert!(kit.rows("objects").await > with_photo && with_photo > before);
        kit.studio.films().delete(&account, &film).await.unwrap();
        assert_eq!(kit.rows("objects").await, with_photo);
        assert_eq!((kit.rows("films").await, kit.rows("shots").await), (0, 0));
        assert_eq!(kit.studio.films().delete(&account, &film).await.unwrap_err().code(), "film-not-found");

        // Deleted while its shots wait: the jobs find nothing to do.
        let (order, film) = paid_again(kit, &account).await;
        renderer.reset();
        kit.studio.films().delete(&account, &film).await.unwrap();
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(renderer.made(), BTreeMap::new());
        // Its order is at its end; its money goes back at the word of the desk alone.
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Done);
        kit.studio.desk().refund(&kit.operator(), &order, WHY).await.unwrap();
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Refunded);
    });
}

/// Another copy with the photo that is there already.
async fn paid_again(kit: &Kit, account: &AccountId) -> (OrderId, FilmId) {
    let orders = kit.studio.orders();
    let photo = kit.studio.photos().list(account).await.unwrap()[0].id.clone();
    let draft = orders.begin(account, "tiny", "en").await.unwrap();
    let options = BTreeMap::from([("age".into(), "6".into())]);
    let photo = given(kit, photo);
    let change = Change { name: Some("Tom".into()), photo, options, ..Change::default() };
    let draft = orders.change(account, &draft.id, change).await.unwrap();
    match kit.studio.till().settle(account, &draft.id, &draft.pay_key, Outcome::Pay).await.unwrap() {
        Settled::Paid(view) => (view.id.clone(), view.made.clone().unwrap()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_photo_deleted_meanwhile_means_the_money_back() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (order, film) = paid(kit, &account).await;
        let photo = kit.studio.photos().list(&account).await.unwrap()[0].id.clone();
        kit.studio.photos().delete(&account, &photo).await.unwrap();
        // What was filled in is told, though nothing of it can be corrected.
        assert_eq!(age_in(kit, &account, &film).await, ("5".into(), false));
        assert!(!kit.studio.films().find(&account, &film).await.unwrap().can_be_corrected());
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Refunded);
        assert_eq!(
            renderer.made(),
            BTreeMap::from([(SHARED, 1)]),
            "not tried again: the photo does not come back"
        );
        let view = kit.studio.films().find(&account, &film).await.unwrap();
        assert!(view.lacks_photo && view.state == FilmState::Failed);
        let mails = kit.studio.mail().list(20).await.unwrap();
        let told = mails.iter().find(|mail| mail.kind == "film-refunded").unwrap();
        assert!(told.letter.text.contains("A photo of this film is deleted"), "{}", told.letter.text);
        assert!(!told.letter.text.contains("our fault"), "{}", told.letter.text);
    });
}

#[test]
fn proves_s5_2_a_photo_goes_at_any_time_also_while_a_film_that_was_whole_is_made_again() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (order, film) = paid(kit, &account).await;
        testing::run_all(&kit.studio).await.unwrap();
        let (films, photos) = (kit.studio.films(), kit.studio.photos());
        let photo = photos.list(&account).await.unwrap()[0].id.clone();
        kit.studio.desk().make_again(&kit.operator(), &order, Again::Personal, 0, WHY).await.unwrap();
        let view = films.find(&account, &film).await.unwrap();
        assert!(view.is_made_again() && !view.lacks_photo);
        photos.delete(&account, &photo).await.unwrap();
        assert_eq!(kit.rows("photos").await, 0);
        assert!(films.find(&account, &film).await.unwrap().lacks_photo);
    });
}

#[test]
fn drafts_refuse_in_words_and_keep_what_they_have() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (order, pay_key) = whole_order(kit, &account).await;
        let orders = kit.studio.orders();
        let before = orders.find(&account, &order).await.unwrap();
        let change = |change: Change| orders.change(&account, &order, change);
        let option = |id: &str, value: &str| BTreeMap::from([(id.to_owned(), value.to_owned())]);
        for (bad, code) in [
            (Change { name: Some("  ".into()), ..Change::default() }, "name-empty"),
            (Change { name: Some("漢字".into()), ..Change::default() }, "name-not-drawable"),
            (Change { name: Some("a".repeat(31)), ..Change::default() }, "name-long-for-film"),
            (Change { language: Some("xx".into()), ..Change::default() }, "language-unknown"),
            (Change { options: option("age", "99"), ..Change::default() }, "option-value"),
            (Change { options: option("shoe", "38"), ..Change::default() }, "option-unknown"),
            (
                Change { second: Some(SecondChange::Plays(HeroChange::default())), ..Change::default() },
                "one-hero",
            ),
            (
                Change { photo: given(kit, PhotoId::stored(kit.studio.new_id())), ..Change::default() },
                "photo-not-found",
            ),
        ] {
            assert_eq!(change(bad).await.unwrap_err().code(), code);
            assert_eq!(orders.find(&account, &order).await.unwrap(), before);
        }
        change(Change { options: option("age", ""), ..Change::default() }).await.unwrap();
        let unpaid = kit.studio.till().settle(&account, &order, &pay_key, Outcome::Pay).await;
        assert_eq!(unpaid.unwrap_err().code(), "order-incomplete");
        assert_eq!(kit.rows("test_till").await, 0);
        let still = orders.still(&account, &order, 0, None).await.unwrap();
        assert_eq!(still.bytes.as_deref(), Some(&b"a still"[..]));
        // However many are being drawn for the account, what it knows already is not drawn again; more are refused.
        let whom = account.as_str().as_bytes();
        let drawn: Vec<_> = std::iter::from_fn(|| kit.studio.0.stills.begin(whom, 12)).collect();
        assert_eq!(drawn.len(), 12);
        let known = Some(still.etag.as_str());
        let same = orders.still(&account, &order, 0, known).await.unwrap();
        assert_eq!((same.bytes, &same.etag), (None, &still.etag));
        let refused = orders.still(&account, &order, 0, None).await.unwrap_err();
        assert_eq!((refused.code(), refused.retry_after_s()), ("too-many-stills", Some(5)));
        drop(drawn);
        // Another photo makes another picture.
        let word = Some(super::testing::affirmation(kit));
        let other = kit.studio.photos().upload(&account, b"faces 1 ", word).await.unwrap().id;
        change(Change { photo: given(kit, other), ..Change::default() }).await.unwrap();
        assert!(orders.still(&account, &order, 0, known).await.unwrap().bytes.is_some());
        orders.discard(&account, &order).await.unwrap();
        assert_eq!(orders.find(&account, &order).await.unwrap_err().code(), "order-not-found");
    });
}

#[test]
fn the_engine_itself_does_the_jobs_and_ends_when_asked() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let studio = kit.studio.clone();
        let running = tokio::spawn(async move { studio.jobs().run(true, stopped).await });
        let account = kit.account("a@example.com").await;
        let (order, film) = paid(kit, &account).await;
        let last = format!("shot-{AGE}.m4s");
        let part = kit.studio.films().part(&account, &film, &last, Duration::from_secs(60)).await.unwrap();
        assert!(matches!(part, Part::Ready { .. }));
        for _ in 0..600 {
            if state_of(kit, &account, &order).await == OrderState::Done {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(state_of(kit, &account, &order).await, OrderState::Done);
        let shots = kit.studio.films().find(&account, &film).await.unwrap().shots;
        assert!(shots.iter().all(|shot| shot.state == ShotState::Ready));
        stop.send(true).unwrap();
        running.await.unwrap().unwrap();
        let figures = kit.studio.desk().figures().await.unwrap();
        assert_eq!(figures.orders, [(OrderState::Done, 1)]);
        let given_up = kit.studio.desk().count(crate::desk::Kind::SharedShots).await.unwrap();
        assert_eq!(given_up, (0, None));
    });
}

/// One film with the real engine: drawn, encoded, put together.
#[test]
fn the_real_engine_makes_the_small_film() {
    on_both_with(
        |_| {},
        async |kit| {
            if kit.studio.db().is_postgres() {
                return;
            }
            let account = kit.account("a@example.com").await;
            let (order, film) = paid(kit, &account).await;
            testing::run_all(&kit.studio).await.unwrap();
            assert_eq!(state_of(kit, &account, &order).await, OrderState::Done);
            let view = kit.studio.films().find(&account, &film).await.unwrap();
            assert!(view.download_bytes.unwrap() > 10_000);
            let picture = super::PublicPictureKind::Poster;
            let one = kit.studio.films().picture("tiny", "en", picture, 480).await.unwrap();
            let two = kit.studio.films().picture("tiny", "en", picture, 480).await.unwrap();
            assert_eq!(one.bytes, two.bytes);
            assert_eq!(&one.bytes[..3], [0xff, 0xd8, 0xff]);
            // One that no film has any more goes; those that are on offer stay.
            let (vault, old) = (kit.studio.vault(), "pictures/tiny/of-an-older-version.jpg");
            vault.put_shared(old, one.bytes.clone()).await.unwrap();
            assert_eq!(super::forget_pictures(&kit.studio).await.unwrap(), 1);
            assert_eq!(vault.get_shared(old).await.unwrap(), None);
            assert_eq!(
                vault.list_shared("pictures").await.unwrap(),
                [format!("pictures/tiny/{}.jpg", one.etag)]
            );
        },
    );
}

#[test]
fn proves_s8_1_a_photo_serves_no_order_that_it_was_not_given_for() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        paid(kit, &account).await;
        let orders = kit.studio.orders();
        let photo = kit.studio.photos().list(&account).await.unwrap()[0].id.clone();
        let draft = orders.begin(&account, "tiny", "en").await.unwrap();
        // The photo of the first film is there, and no part of the second order until that is said for it.
        assert!(draft.photo.is_none() && draft.missing.contains(&Missing::Photo));
        let old_words = GivenPhoto {
            photo: photo.clone(),
            affirmation: GuardianAffirmation { wording: "guardian-0".into() },
        };
        let change = Change { photo: Some(old_words), ..Change::default() };
        assert_eq!(orders.change(&account, &draft.id, change).await.unwrap_err().code(), "wording-changed");
        let change = Change { photo: given(kit, photo.clone()), ..Change::default() };
        let draft = orders.change(&account, &draft.id, change).await.unwrap();
        assert!(draft.photo == Some(photo.clone()) && !draft.missing.contains(&Missing::Photo));
        // Nobody else's account can use it, whoever says so.
        let other = kit.account("b@example.com").await;
        let theirs = orders.begin(&other, "tiny", "en").await.unwrap();
        let change = Change { photo: given(kit, photo), ..Change::default() };
        assert_eq!(orders.change(&other, &theirs.id, change).await.unwrap_err().code(), "photo-not-found");
    });
}
