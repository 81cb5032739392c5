//! Shares, on both databases.

use std::sync::Arc;

use super::pass::PASS_MS;
use super::*;
use crate::db::testing::{Kit, on_both_with};
use crate::films::testing::{Counting, paid};
use crate::jobs::testing::run_all;

fn with_a_film(body: impl AsyncFn(&Kit, &AccountId, &FilmId)) {
    let drawn = |outside: &mut crate::Outside| outside.renderer = Arc::new(Arc::new(Counting::default()));
    on_both_with(drawn, async |kit| {
        let account = kit.account("anna@example.org").await;
        let (_, film) = paid(kit, &account).await;
        let early = kit.studio.shares().make(&account, &film, &week()).await.unwrap_err();
        assert_eq!(early.code(), "film-not-ready");
        run_all(&kit.studio).await.unwrap();
        body(kit, &account, &film).await;
    });
}

fn week() -> NewShare {
    NewShare { days: DAYS_DEFAULT, ..NewShare::default() }
}

async fn open(kit: &Kit, token: &str) -> Guest {
    match kit.studio.shares().door(token).await {
        Ok(Door::Open(guest)) => guest,
        Ok(Door::Locked) => panic!("a password is asked for"),
        Err(error) => panic!("{error}"),
    }
}

/// What a link and the pass of a page that was opened before answer.
async fn answers(kit: &Kit, token: &str, pass: &str) -> [Option<&'static str>; 4] {
    let shares = kit.studio.shares();
    [
        shares.door(token).await.err().map(|error| error.code()),
        shares.film(pass, None, None).await.err().map(|error| error.code()),
        shares.captions(pass, "captions-en.vtt").await.err().map(|error| error.code()),
        shares.goes_on(pass).await.err().map(|error| error.code()),
    ]
}

const GONE: [Option<&str>; 4] = [Some("share-not-found"); 4];

#[test]
fn a_shared_film_is_seen_by_its_link_until_the_millisecond_in_which_that_ends() {
    with_a_film(async |kit, account, film| {
        let shares = kit.studio.shares();
        let other = kit.account("ben@example.org").await;
        let not_theirs = shares.make(&other, film, &week()).await.unwrap_err();
        assert_eq!(not_theirs.code(), "film-not-found");
        assert_eq!(shares.of_film(&other, film).await.unwrap_err().code(), "film-not-found");
        for days in [0, 2, 31, i64::MAX] {
            let wrong = shares.make(account, film, &NewShare { days, ..week() }).await.unwrap_err();
            assert_eq!(wrong.code(), "share-days");
        }

        let token = shares.make(account, film, &week()).await.unwrap();
        let guest = open(kit, &token).await;
        assert_eq!((guest.name.as_deref(), guest.ready), (None, true), "the name is not told");
        assert!(!guest.pass.contains(&token));
        assert_eq!(answers(kit, &token, &guest.pass).await, [None; 4]);
        let other_part = shares.captions(&guest.pass, "shot-0.m4s").await.unwrap_err();
        assert_eq!(other_part.code(), "part-not-found");
        for nonsense in ["", "nonsense", token.as_str()] {
            assert_eq!(shares.goes_on(nonsense).await.unwrap_err().code(), "share-not-found");
        }
        assert_eq!(shares.door("nonsense").await.err().map(|error| error.code()), GONE[0]);
        // How often it was begun and when last, and nothing else.
        let viewed = async || {
            let listed = shares.of_film(account, film).await.unwrap();
            assert_eq!((listed.len(), listed[0].is_open), (1, true));
            assert_eq!(shares.of_account(account).await.unwrap(), [("tiny".to_owned(), listed[0].clone())]);
            (listed[0].views, listed[0].last_viewed_at_ms)
        };
        let now = kit.studio.now_ms();
        assert_eq!(viewed().await, (1, Some(now)), "the file was asked for above");
        kit.clock.advance(VIEW_MS - 1);
        shares.film(&guest.pass, Some(0..10), None).await.unwrap();
        assert_eq!(viewed().await, (1, Some(now)), "that belongs to the same view");
        kit.clock.advance(1);
        open(kit, &token).await;
        shares.film(&guest.pass, None, Some(account)).await.unwrap();
        assert_eq!(viewed().await, (1, Some(now)), "neither the page is a view, nor what its owner looks at");
        for range in [Some(0..0), Some(5..10), Some(0..10), Some(0..10), None] {
            shares.film(&guest.pass, range, Some(&other)).await.unwrap();
        }
        assert_eq!(viewed().await, (2, Some(now + VIEW_MS)));
        assert!(shares.of_account(&other).await.unwrap().is_empty());
        let kept = rows::Entity::find().one(kit.studio.db().read()).await.unwrap().unwrap();
        assert_eq!(kept.token_hash, sessions::hash(&token), "its secret is not kept");

        // A pass ends before its share, and another is given.
        kit.clock.advance(PASS_MS - VIEW_MS - 1);
        shares.goes_on(&guest.pass).await.unwrap();
        kit.clock.advance(1);
        assert_eq!(shares.goes_on(&guest.pass).await.unwrap_err().code(), "share-not-found");
        kit.clock.advance(DAYS_DEFAULT * DAY_MS - PASS_MS - 1);
        let guest = open(kit, &token).await;
        assert_eq!(answers(kit, &token, &guest.pass).await, [None; 4]);
        kit.clock.advance(1);
        assert_eq!(answers(kit, &token, &guest.pass).await, GONE);
        let listed = shares.of_film(account, film).await.unwrap();
        assert_eq!((listed[0].is_open, listed[0].ended_at_ms), (false, None));
    });
}

#[test]
fn a_film_is_shown_also_when_its_view_cannot_be_counted() {
    with_a_film(async |kit, account, film| {
        let (db, shares) = (kit.studio.db(), kit.studio.shares());
        let token = shares.make(account, film, &week()).await.unwrap();
        let guest = open(kit, &token).await;
        let never = match db.is_postgres() {
            true => "ALTER TABLE shares ADD CONSTRAINT uncounted CHECK (views = 0)",
            false => {
                "CREATE TRIGGER uncounted BEFORE UPDATE ON shares BEGIN SELECT RAISE(ABORT, 'uncounted'); END"
            }
        };
        db.write().execute_unprepared(never).await.unwrap();
        shares.film(&guest.pass, None, None).await.unwrap();
        assert_eq!(shares.of_film(account, film).await.unwrap()[0].views, 0);
    });
}

#[test]
fn a_password_is_asked_for_and_cannot_be_guessed_for_long() {
    with_a_film(async |kit, account, film| {
        let shares = kit.studio.shares();
        let locked = |password: &str| NewShare { password: Some(password.to_owned()), named: true, ..week() };
        let short = shares.make(account, film, &locked("short")).await.unwrap_err();
        assert_eq!(short.code(), "password-short");
        let token = shares.make(account, film, &locked("four words in a row")).await.unwrap();
        assert!(matches!(shares.door(&token).await, Ok(Door::Locked)));
        let (right, stranger) = ("four words in a row", kit.client());
        let id = shares.of_film(account, film).await.unwrap().remove(0).id;
        let code = async |token: &str, password: &str, client: &Client| {
            shares.enter(token, password, client).await.err().map(|error| error.code())
        };
        for _ in 0..PASSWORDS_PER_GUEST.tries_max - 1 {
            let wrong = code(&token, "four words in a rom", &stranger).await;
            assert_eq!(wrong, Some("share-password-wrong"));
        }
        let guest = shares.enter(&token, right, &stranger).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(guest.name.as_deref(), Some("Mia"), "the owner wants it to be told");
        shares.goes_on(&guest.pass).await.unwrap();
        // Whoever tries too often keeps themselves out, and nobody else.
        for _ in 0..PASSWORDS_PER_GUEST.tries_max {
            assert_eq!(code(&token, "another", &stranger).await, Some("share-password-wrong"));
        }
        assert_eq!(code(&token, right, &stranger).await, Some("too-many-share-passwords"));
        assert_eq!(code(&token, right, &kit.client()).await, None, "the family comes in");
        kit.clock.advance(PASSWORDS_PER_GUEST.window_ms);
        assert_eq!(code(&token, right, &stranger).await, None);
        // From very many places at once, it is the share that is protected.
        for _ in 0..PASSWORDS_PER_SHARE.tries_max {
            let tried = throttle::count(&kit.studio, &PASSWORDS_PER_SHARE, id.as_str().as_bytes(), "many");
            tried.await.unwrap();
        }
        assert_eq!(code(&token, right, &kit.client()).await, Some("too-many-share-passwords"));
        kit.clock.advance(PASSWORDS_PER_SHARE.window_ms);
        assert_eq!(code(&token, right, &kit.client()).await, None);
        // From one place, all of them are.
        let client = kit.client();
        for _ in 0..PASSWORDS_PER_CLIENT.tries_max / PASSWORDS_PER_GUEST.tries_max {
            let token = shares.make(account, film, &locked(right)).await.unwrap();
            for _ in 0..PASSWORDS_PER_GUEST.tries_max {
                assert_eq!(code(&token, "another", &client).await, Some("share-password-wrong"));
            }
        }
        let fresh = shares.make(account, film, &locked(right)).await.unwrap();
        assert_eq!(code(&fresh, "another", &client).await, Some("too-many-share-passwords"));
        // A link that leads nowhere is answered alike, whatever is typed.
        let refused = shares.enter("nonsense", "four words in a row", &kit.client()).await;
        assert_eq!(refused.err().map(|error| error.code()), GONE[0]);
    });
}

#[test]
fn a_share_ends_when_it_is_revoked_and_with_whatever_it_shows() {
    with_a_film(async |kit, account, film| {
        let (studio, shares) = (&kit.studio, kit.studio.shares());
        let (kept, token) = (
            shares.make(account, film, &week()).await.unwrap(),
            shares.make(account, film, &week()).await.unwrap(),
        );
        let guest = open(kit, &token).await;
        let newest = shares.of_film(account, film).await.unwrap().remove(0).id;
        let other = kit.account("ben@example.org").await;
        assert_eq!(shares.end(&other, &newest).await.unwrap_err().code(), "share-not-found");
        shares.goes_on(&guest.pass).await.unwrap();
        shares.end(account, &newest).await.unwrap();
        let ended = shares.of_film(account, film).await.unwrap()[0].ended_at_ms;
        assert_eq!(ended, Some(studio.now_ms()));
        kit.clock.advance(1);
        shares.end(account, &newest).await.unwrap();
        assert_eq!(shares.of_film(account, film).await.unwrap()[0].ended_at_ms, ended, "once");
        assert_eq!(answers(kit, &token, &guest.pass).await, GONE);
        open(kit, &kept).await;

        // Data that are only stored are shown to nobody, and not again by themselves.
        let guest = open(kit, &kept).await;
        studio.accounts().restrict(account).await.unwrap();
        assert_eq!(answers(kit, &kept, &guest.pass).await, GONE);
        studio.accounts().lift_restriction(account).await.unwrap();
        assert_eq!(answers(kit, &kept, &guest.pass).await, GONE);
        let token = shares.make(account, film, &week()).await.unwrap();
        let guest = open(kit, &token).await;
        // In the days of grace they lead nowhere; who takes the end back has everything back.
        studio.accounts().leave(account).await.unwrap();
        assert_eq!(answers(kit, &token, &guest.pass).await, GONE);
        studio.accounts().stay(account, studio.now_ms()).await.unwrap();
        assert_eq!(answers(kit, &token, &guest.pass).await, [None; 4]);
        let newest = shares.of_film(account, film).await.unwrap().remove(0).id;
        shares.end(account, &newest).await.unwrap();

        // Not too many at once.
        for _ in 0..OPEN_MAX {
            shares.make(account, film, &week()).await.unwrap();
        }
        let many = shares.make(account, film, &week()).await.unwrap_err();
        assert_eq!(many.code(), "share-too-many");
        let newest = shares.of_film(account, film).await.unwrap().remove(0).id;
        shares.end(account, &newest).await.unwrap();

        let token = shares.make(account, film, &week()).await.unwrap();
        let guest = open(kit, &token).await;
        studio.films().delete(account, film).await.unwrap();
        assert_eq!(answers(kit, &token, &guest.pass).await, GONE);
        assert_eq!(kit.rows("shares").await, 0);
        let gone = shares.make(account, film, &week()).await.unwrap_err();
        assert_eq!(gone.code(), "film-not-found");
    });
}
