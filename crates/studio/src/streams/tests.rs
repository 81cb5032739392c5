//! Copies of films elsewhere, on both databases, with services that live in this file.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::TryStreamExt;
use futures::future::BoxFuture;
use policy::{Personal, kind, processor};
use processors::Connected;
use processors::role::{
    ARRIVES_WITHIN_S, Erased, Erases, Stills, Stream, StreamState, Streaming, Trouble, Way,
};

use super::shown::WATCH_S;
use super::steps::{ROUNDS_MAX, way_from};
use super::*;
use crate::Outside;
use crate::accounts::rows::accounts;
use crate::clock::{HOUR_MS, MINUTE_MS, SECOND_MS};
use crate::db::testing::{Kit, on_both, on_both_with};
use crate::films::Part;
use crate::films::testing::{Counting, paid};
use crate::jobs::testing::run_all;

type Told<T> = std::result::Result<T, Trouble>;

#[derive(Default)]
struct Book {
    /// Films by their ids: the name each was sent under, and how far it is.
    films: BTreeMap<String, (String, StreamState)>,
    /// Stills by their handles.
    stills: BTreeMap<String, Vec<u8>>,
    urls: Vec<String>,
    erased: Vec<String>,
    is_away: bool,
    /// Its answer to a film gets lost.
    is_lost: bool,
    made: u32,
    /// Films are sent to it, not fetched by it: those that came.
    sent: Option<Vec<Bytes>>,
    /// Done while a film is on its way.
    during: Option<BoxFuture<'static, ()>>,
}

/// Streams and shows.
#[derive(Default)]
struct There(Mutex<Book>);

impl There {
    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.0.lock().unwrap()
    }

    fn away(&self) -> Told<()> {
        match self.book().is_away {
            true => Err(Trouble::Away { why: "it answered 503".into(), after_s: None }),
            false => Ok(()),
        }
    }

    fn ids(&self) -> Vec<String> {
        self.book().films.keys().cloned().collect()
    }

    /// The one film there becomes something.
    fn turn(&self, state: StreamState) -> String {
        let mut book = self.book();
        assert_eq!(book.films.len(), 1);
        let (id, film) = book.films.iter_mut().next().unwrap();
        film.1 = state;
        id.clone()
    }

    fn stream(id: &str, state: StreamState) -> Stream {
        Stream { id: id.to_owned(), playback: Some(format!("play-{id}")), state }
    }
}

impl Streaming for There {
    fn processor(&self) -> ProcessorId {
        ProcessorId::Mux
    }

    fn early_handle(&self, name: &str) -> String {
        format!("name/{name}")
    }

    fn ingest<'a>(
        &'a self,
        name: &'a str,
        url: &'a Personal<kind::GeneratedVideo, String>,
    ) -> BoxFuture<'a, Told<Stream>> {
        Box::pin(async move {
            self.away()?;
            self.book().urls.push(url.for_processor::<processor::Mux>().clone());
            let during = self.book().during.take();
            if let Some(during) = during {
                during.await;
            }
            let mut book = self.book();
            if let Some((id, film)) = book.films.iter().find(|(_, film)| film.0 == name) {
                return Ok(Self::stream(id, film.1));
            }
            book.made += 1;
            let id = format!("asset{}", book.made);
            book.films.insert(id.clone(), (name.to_owned(), StreamState::Preparing));
            if book.is_lost {
                return Err(Trouble::Away { why: "it did not answer in time".into(), after_s: None });
            }
            Ok(Self::stream(&id, StreamState::Preparing))
        })
    }

    fn way(&self) -> Option<Way> {
        Some(if self.book().sent.is_some() { Way::Sent } else { Way::Fetched })
    }

    fn send<'a>(
        &'a self,
        name: &'a str,
        film: &'a Personal<kind::GeneratedVideo, Bytes>,
    ) -> BoxFuture<'a, Told<Stream>> {
        Box::pin(async move {
            self.away()?;
            let mut book = self.book();
            if let Some(sent) = &mut book.sent {
                sent.push(film.for_processor::<processor::Mux>().clone());
            }
            book.films.insert("sent".to_owned(), (name.to_owned(), StreamState::Preparing));
            Ok(Self::stream("sent", StreamState::Preparing))
        })
    }

    fn look<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Told<Option<Stream>>> {
        Box::pin(async move {
            self.away()?;
            Ok(self.book().films.get(id).map(|film| Self::stream(id, film.1)))
        })
    }

    fn playlist_url(&self, playback: &str, now_s: i64, life_s: i64) -> Told<String> {
        Ok(format!("https://streams/{playback}?until={}", now_s + life_s))
    }
}

impl Stills for There {
    fn processor(&self) -> ProcessorId {
        ProcessorId::Imagekit
    }

    fn early_handle(&self, chance: [u8; 32]) -> String {
        crate::hex::hex(&chance[..8])
    }

    fn upload<'a>(
        &'a self,
        handle: &'a str,
        jpeg: &'a Personal<kind::Still, Vec<u8>>,
    ) -> BoxFuture<'a, std::result::Result<String, Trouble>> {
        Box::pin(async move {
            if self.book().is_away {
                return Err(Trouble::Away { why: "it answered 503".into(), after_s: None });
            }
            let after = format!("{handle}/file");
            self.book().stills.insert(after.clone(), jpeg.for_processor::<processor::Imagekit>().clone());
            Ok(after)
        })
    }

    fn link(
        &self,
        handle: &str,
        width: u32,
        now_s: i64,
        life_s: i64,
    ) -> std::result::Result<String, Trouble> {
        Ok(format!("https://stills/{handle}?w={width}&until={}", now_s + life_s))
    }
}

impl There {
    /// Erases what is there. By a name it is done when nothing can come any more.
    fn erased(&self, handle: &str, since_s: i64, now_s: i64) -> Erased {
        let mut book = self.book();
        book.films.retain(|id, film| id != handle && format!("name/{}", film.0) != handle);
        book.stills.retain(|still, _| still != handle);
        book.erased.push(handle.to_owned());
        match handle.starts_with("name/") && now_s - since_s < ARRIVES_WITHIN_S {
            true => Erased::UnderWay { task: since_s.to_string(), again_s: 60 },
            false => Erased::Done { receipt: "gone".into() },
        }
    }
}

impl Erases for There {
    fn erase<'a>(
        &'a self,
        handle: &'a str,
        now_s: i64,
    ) -> BoxFuture<'a, std::result::Result<Erased, Trouble>> {
        Box::pin(async move { Ok(self.erased(handle, now_s, now_s)) })
    }

    fn standing<'a>(
        &'a self,
        handle: &'a str,
        task: &'a str,
        now_s: i64,
    ) -> BoxFuture<'a, std::result::Result<Erased, Trouble>> {
        Box::pin(async move { Ok(self.erased(handle, task.parse().unwrap(), now_s)) })
    }
}

fn with(body: impl AsyncFn(&Kit, &There)) {
    let there = Arc::new(There::default());
    let connect = |outside: &mut Outside| {
        *there.book() = Book::default();
        let there = Arc::clone(&there);
        outside.renderer = Arc::new(Arc::new(Counting::default()));
        outside.connect = Arc::new(move |_| {
            let mut connected = Connected {
                streaming: Some(there.clone()),
                stills: Some(there.clone()),
                ..Connected::default()
            };
            connected.erases.insert(ProcessorId::Mux, there.clone());
            connected.erases.insert(ProcessorId::Imagekit, there.clone());
            Ok(connected)
        });
    };
    on_both_with(connect, async |kit| body(kit, &*there).await);
}

/// A film that is whole, with what follows from that.
async fn film(kit: &Kit) -> (AccountId, FilmId) {
    let account = kit.account("anna@example.org").await;
    let (_, film) = paid(kit, &account).await;
    run_all(&kit.studio).await.unwrap();
    (account, film)
}

fn token_of(url: &str) -> String {
    let token = url.strip_prefix("http://127.0.0.1:8080/lent/").unwrap();
    token.strip_suffix("/film.mp4").unwrap().to_owned()
}

async fn lent(kit: &Kit, token: &str) -> std::result::Result<Bytes, &'static str> {
    kit.studio.streams().lent(token).await.map(|lent| lent.bytes).map_err(|error| error.code())
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn without_a_service_nothing_is_copied() {
    on_both(async |kit| {
        let (account, film) = film(kit).await;
        kit.studio.streams().carry_on().await.unwrap();
        assert_eq!(kit.rows("film_copies").await + kit.rows("handles").await, 0);
        assert_eq!(kit.studio.streams().playlist(&account, &film).await, None);
        assert!(kit.studio.streams().pictures(&account).await.is_empty());
    });
}

#[test]
fn a_whole_film_is_copied_and_watched_there_once_it_is_ready_whatever_is_told_and_how_often() {
    with(async |kit, there| {
        let streams = kit.studio.streams();
        let (account, film) = film(kit).await;
        assert_eq!((there.ids().len(), kit.rows("film_copies").await), (1, 2));
        assert_eq!(kit.rows("handles").await, 2, "one for the film, one for the still");
        assert_eq!(streams.playlist(&account, &film).await, None, "not before it is ready");
        // Told too early, and of something else.
        streams.heard(&there.ids()[0]).await.unwrap();
        streams.heard("another").await.unwrap();
        assert_eq!(streams.playlist(&account, &film).await, None);
        let id = there.turn(StreamState::Ready);
        for _ in 0..2 {
            streams.heard(&id).await.unwrap();
        }
        let until_s = kit.studio.now_ms() / SECOND_MS + WATCH_S;
        let url = format!("https://streams/play-{id}?until={until_s}");
        assert_eq!(streams.playlist(&account, &film).await, Some(url));
        let other = kit.account("ben@example.org").await;
        assert_eq!(streams.playlist(&other, &film).await, None, "for its owner alone");

        let pictures = streams.pictures(&account).await;
        let links = &pictures[&film].links;
        assert_eq!(links.iter().map(|link| link.0).collect::<Vec<_>>(), WIDTHS);
        kit.clock.advance(MINUTE_MS);
        assert_eq!(streams.pictures(&account).await, pictures, "a browser need not fetch them again");
        assert!(streams.pictures(&other).await.is_empty());
        assert_eq!(there.book().stills.values().next().unwrap(), b"a still");
        streams.carry_on().await.unwrap();
        assert_eq!((there.ids().len(), there.book().urls.len()), (1, 1), "sent once");
    });
}

#[test]
fn where_nobody_outside_reaches_the_site_films_are_sent_without_the_childs_name() {
    with(async |kit, there| {
        there.book().sent = Some(Vec::new());
        let (account, film) = film(kit).await;
        assert!(there.book().urls.is_empty(), "nothing is lent");
        {
            let sent = there.book().sent.clone().unwrap();
            assert_eq!(sent.len(), 1);
            assert!(holds(&sent[0], "ftyp") && !holds(&sent[0], "Mia"));
        }
        let id = there.turn(StreamState::Ready);
        kit.studio.streams().heard(&id).await.unwrap();
        assert!(kit.studio.streams().playlist(&account, &film).await.is_some());
        kit.studio.films().delete(&account, &film).await.unwrap();
        run_all(&kit.studio).await.unwrap();
        assert!(there.ids().is_empty());
    });
    for public in ["https://films.example", "https://films.example:8443/a", "https://203.0.113.7"] {
        assert_eq!(way_from(public), Way::Fetched, "{public}");
    }
    for inside in [
        "http://films.example",
        "https://localhost:8420",
        "https://127.0.0.1",
        "https://192.168.1.7:8420",
        "https://[::1]:8420",
        "https://films.local",
        "https://nas",
    ] {
        assert_eq!(way_from(inside), Way::Sent, "{inside}");
    }
}

#[test]
fn what_nobody_tells_is_asked() {
    with(async |kit, there| {
        let (account, film) = film(kit).await;
        there.turn(StreamState::Ready);
        kit.studio.streams().carry_on().await.unwrap();
        assert_eq!(kit.studio.streams().playlist(&account, &film).await, None, "not asked all the time");
        kit.clock.advance(MINUTE_MS);
        kit.studio.streams().carry_on().await.unwrap();
        assert!(kit.studio.streams().playlist(&account, &film).await.is_some());
    });
}

#[test]
fn a_service_that_is_away_hurts_nobody_and_is_tried_again() {
    with(async |kit, there| {
        there.book().is_away = true;
        let (account, film) = film(kit).await;
        let streams = kit.studio.streams();
        assert_eq!(streams.playlist(&account, &film).await, None);
        let part = kit.studio.films().part(&account, &film, "shot-0.m4s", std::time::Duration::ZERO).await;
        assert!(matches!(part.unwrap(), Part::Ready { .. }), "ours is watched");
        there.book().is_away = false;
        streams.carry_on().await.unwrap();
        assert!(there.ids().is_empty(), "not before its time");
        kit.clock.advance(MINUTE_MS);
        streams.carry_on().await.unwrap();
        assert_eq!((there.ids().len(), there.book().stills.len()), (1, 1));
    });
}

#[test]
fn a_film_that_fails_there_is_sent_anew_a_few_times_and_then_left_alone() {
    with(async |kit, there| {
        let (account, film) = film(kit).await;
        for _ in 1..ROUNDS_MAX {
            let id = there.turn(StreamState::Failed);
            kit.studio.streams().heard(&id).await.unwrap();
            kit.studio.handles().carry_on().await.unwrap();
            assert!(there.book().erased.contains(&id), "what failed does not stay there");
            kit.clock.advance(HOUR_MS);
            kit.studio.streams().carry_on().await.unwrap();
            assert_ne!(there.ids(), [id]);
        }
        let last = there.turn(StreamState::Failed);
        kit.studio.streams().heard(&last).await.unwrap();
        kit.clock.advance(HOUR_MS);
        kit.studio.streams().carry_on().await.unwrap();
        assert_eq!(there.book().made, ROUNDS_MAX as u32);
        assert_eq!(kit.studio.streams().playlist(&account, &film).await, None);
        kit.studio.handles().carry_on().await.unwrap();
        assert!(there.book().erased.contains(&last), "nor does the last one stay there");
        kit.studio.films().delete(&account, &film).await.unwrap();
        run_all(&kit.studio).await.unwrap();
        assert!(there.ids().is_empty() && kit.rows("handles").await == 0);
    });
}

#[test]
fn a_deleted_film_is_let_go_of_with_its_still() {
    with(async |kit, there| {
        let (account, film) = film(kit).await;
        let id = there.turn(StreamState::Ready);
        kit.studio.streams().heard(&id).await.unwrap();
        kit.studio.films().delete(&account, &film).await.unwrap();
        assert_eq!(kit.rows("film_copies").await, 0);
        assert_eq!(kit.studio.streams().playlist(&account, &film).await, None);
        run_all(&kit.studio).await.unwrap();
        assert!(there.ids().is_empty() && there.book().stills.is_empty());
        assert_eq!(kit.rows("handles").await, 0);
        assert_eq!(there.book().erased.len(), 2, "{:?}", there.book().erased);
        // News of it that comes late finds nothing.
        kit.studio.streams().heard(&id).await.unwrap();
        run_all(&kit.studio).await.unwrap();
        assert!(there.ids().is_empty());
    });
}

#[test]
fn a_corrected_film_is_copied_anew_and_the_old_one_let_go_of() {
    with(async |kit, there| {
        let (account, film) = film(kit).await;
        let old = there.turn(StreamState::Ready);
        kit.studio.streams().heard(&old).await.unwrap();
        let old_still = there.book().stills.keys().next().unwrap().clone();
        kit.studio.films().correct_name(&account, &film, "Mira").await.unwrap();
        assert_eq!(kit.studio.streams().playlist(&account, &film).await, None, "at once");
        run_all(&kit.studio).await.unwrap();
        kit.studio.streams().carry_on().await.unwrap();
        let new = there.turn(StreamState::Ready);
        assert_ne!(new, old);
        assert!(!there.book().stills.contains_key(&old_still) && there.book().stills.len() == 1);
        kit.studio.streams().heard(&new).await.unwrap();
        let url = kit.studio.streams().playlist(&account, &film).await.unwrap();
        assert!(url.contains(&format!("play-{new}?")), "{url}");
        assert_eq!(kit.rows("handles").await, 2);
    });
}

#[test]
fn a_film_that_goes_while_it_is_on_its_way_does_not_stay_there() {
    with(async |kit, there| {
        there.book().is_away = true;
        let (account, film) = film(kit).await;
        let (studio, owner, gone) = (kit.studio.clone(), account.clone(), film.clone());
        there.book().is_away = false;
        there.book().during = Some(Box::pin(async move {
            studio.films().delete(&owner, &gone).await.unwrap();
            studio.handles().carry_on().await.unwrap();
        }));
        kit.clock.advance(MINUTE_MS);
        kit.studio.streams().carry_on().await.unwrap();
        assert_eq!(there.book().made, 1, "it arrived");
        run_all(&kit.studio).await.unwrap();
        assert!(there.ids().is_empty() && there.book().stills.is_empty());
        kit.clock.advance(ARRIVES_WITHIN_S * SECOND_MS);
        kit.studio.handles().carry_on().await.unwrap();
        assert_eq!(kit.rows("film_copies").await + kit.rows("handles").await, 0);
    });
}

#[test]
fn a_film_that_arrives_after_it_was_deleted_unheard_does_not_stay_there() {
    with(async |kit, there| {
        there.book().is_away = true;
        let (account, film) = film(kit).await;
        let (studio, owner, gone) = (kit.studio.clone(), account.clone(), film.clone());
        there.book().is_away = false;
        there.book().is_lost = true;
        there.book().during = Some(Box::pin(async move {
            studio.films().delete(&owner, &gone).await.unwrap();
            studio.handles().carry_on().await.unwrap();
        }));
        kit.clock.advance(MINUTE_MS);
        kit.studio.streams().carry_on().await.unwrap();
        assert_eq!(there.ids().len(), 1, "it arrived, and nobody was told");
        let handles = kit.studio.handles();
        assert_eq!(handles.going().await.unwrap().len(), 1, "but it is still looked for");
        kit.clock.advance(MINUTE_MS);
        handles.carry_on().await.unwrap();
        assert_eq!((there.ids().len(), handles.going().await.unwrap().len()), (0, 1));
        kit.clock.advance(ARRIVES_WITHIN_S * SECOND_MS);
        handles.carry_on().await.unwrap();
        assert_eq!(kit.rows("handles").await, 0);
    });
}

#[test]
fn a_film_for_which_no_copy_can_be_made_holds_up_no_other() {
    with(async |kit, there| {
        there.book().is_away = true;
        let (broken, _) = film(kit).await;
        let other = kit.account("ben@example.org").await;
        paid(kit, &other).await;
        run_all(&kit.studio).await.unwrap();
        rows::Entity::delete_many().exec(kit.studio.db().write()).await.unwrap();
        there.book().is_away = false;
        // The key of the first does not open.
        accounts::Entity::update_many()
            .col_expr(accounts::Column::KeyWrapped, Expr::value(vec![0_u8; 8]))
            .filter(accounts::Column::Id.eq(broken.as_str()))
            .exec(kit.studio.db().write())
            .await
            .unwrap();
        kit.studio.streams().carry_on().await.unwrap();
        assert_eq!((kit.rows("film_copies").await, there.ids().len()), (2, 1), "those of the second");
    });
}

#[test]
fn a_lent_film_is_put_together_once_and_kept_no_longer_than_it_is_lent() {
    with(async |kit, there| {
        let (account, film) = film(kit).await;
        let token = token_of(&there.book().urls[0]);
        let [first, second] = [lent(kit, &token).await.unwrap(), lent(kit, &token).await.unwrap()];
        assert_eq!(first.as_ptr(), second.as_ptr());
        let copies = rows::Entity::find().filter(rows::Column::What.eq(What::Stream));
        let copy = copies.one(kit.studio.db().read()).await.unwrap().unwrap().id;
        let is_held = || kit.studio.0.last_lent.of(&copy).is_some();
        assert!(is_held());
        kit.clock.advance(HOUR_MS);
        kit.studio.streams().carry_on().await.unwrap();
        assert!(!is_held(), "an hour is over");
        kit.clock.advance(-HOUR_MS);
        lent(kit, &token).await.unwrap();
        assert!(is_held());
        kit.studio.films().delete(&account, &film).await.unwrap();
        assert!(!is_held(), "it goes with its film");
    });
}

#[test]
fn a_film_is_lent_without_the_childs_name_for_an_hour_and_for_this_copy_alone() {
    with(async |kit, there| {
        let (account, film) = film(kit).await;
        let token = token_of(&there.book().urls[0]);
        let file = lent(kit, &token).await.unwrap();
        assert!(&file[4..8] == b"ftyp" && !holds(&file, "Mia"));
        let ours = kit.studio.films().download(&account, &film, None).await.unwrap();
        let ours: Vec<Bytes> = ours.bytes.try_collect().await.unwrap();
        assert!(holds(&ours.concat(), "Mia"), "which stands in the captions of ours");

        let missing = Err("film-not-found");
        for forged in
            ["", "nonsense", &token[1..], &format!("{token}A"), &token.replace(&token[20..24], "AAAA")]
        {
            assert_eq!(lent(kit, forged).await, missing, "{forged}");
        }
        // A token of the house's own for something else.
        let place = Place { table: "exports", row: "link", column: "token" };
        let other = kit.studio.vault().seal_field(kit.studio.house_key(), &place, b"{}");
        let other = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, other);
        assert_eq!(lent(kit, &other).await, missing);
        kit.clock.advance(HOUR_MS - 1);
        assert!(lent(kit, &token).await.is_ok());
        kit.clock.advance(1);
        assert_eq!(lent(kit, &token).await, missing, "an hour is over");
    });
}

#[test]
fn a_lent_film_is_taken_back_when_it_is_fetched_corrected_or_deleted() {
    with(async |kit, there| {
        let (account, film) = film(kit).await;
        let first = token_of(&there.book().urls[0]);
        assert!(lent(kit, &first).await.is_ok());
        kit.studio.films().correct_name(&account, &film, "Mira").await.unwrap();
        run_all(&kit.studio).await.unwrap();
        kit.studio.streams().carry_on().await.unwrap();
        assert_eq!(lent(kit, &first).await, Err("film-not-found"), "it was for the film as it was");
        let second = token_of(there.book().urls.last().unwrap());
        assert!(lent(kit, &second).await.is_ok());
        let id = there.turn(StreamState::Ready);
        kit.studio.streams().heard(&id).await.unwrap();
        assert_eq!(lent(kit, &second).await, Err("film-not-found"), "it was fetched");
    });
    with(async |kit, there| {
        let (account, film) = film(kit).await;
        let token = token_of(&there.book().urls[0]);
        kit.studio.films().delete(&account, &film).await.unwrap();
        assert_eq!(lent(kit, &token).await, Err("film-not-found"));
    });
}
