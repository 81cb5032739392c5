//! A second hero: given, paid, made, corrected and taken away with the same care as the first, on both databases.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;

use super::testing::{
    AGE, Counting, FACE, FRIEND, NAME, SHARED, affirmation, catalogue_of_two, given, whole_order,
};
use super::{Correctable, Correction, FilmId, FilmState, Part};
use crate::db::testing::{Kit, Painted, on_both_of_films};
use crate::jobs::testing;
use crate::orders::{Change, GivenPhoto, HeroChange, Missing, OrderId, OrderState, OrderView, SecondChange};
use crate::photos::GuardianAffirmation;
use crate::releases::{Place, Signed};
use crate::shares::{DAYS_DEFAULT, Door, NewShare};
use crate::till::{Outcome, Settled};
use crate::{AccountId, Client, PhotoId, Result};

fn with(renderer: &Arc<Counting>, body: impl AsyncFn(&Kit)) {
    let renderer = Arc::clone(renderer);
    on_both_of_films(
        catalogue_of_two,
        move |outside| {
            renderer.reset();
            outside.renderer = Arc::new(Arc::clone(&renderer));
        },
        body,
    );
}

async fn plays(kit: &Kit, account: &AccountId, order: &OrderId, hero: HeroChange) -> Result<OrderView> {
    let change = Change { second: Some(SecondChange::Plays(hero)), ..Change::default() };
    kit.studio.orders().change(account, order, change).await
}

/// A photo with two faces, of which one was chosen.
async fn photo(kit: &Kit, account: &AccountId) -> PhotoId {
    let photos = kit.studio.photos();
    let photo = photos.upload(account, &Painted::photo(2), Some(affirmation(kit))).await.unwrap();
    photos.choose_face(account, &photo.id, 1).await.unwrap().id
}

async fn pay(kit: &Kit, account: &AccountId, order: &OrderId, pay_key: &str) -> FilmId {
    match kit.studio.till().settle(account, order, pay_key, Outcome::Pay).await.unwrap() {
        Settled::Paid(view) => view.made.clone().unwrap(),
        other => panic!("{other:?}"),
    }
}

fn names<'a>(first: Option<&'a str>, second: &'a str) -> Correction<'a> {
    Correction { first, second: Some(second), ..Correction::default() }
}

async fn captions(kit: &Kit, account: &AccountId, film: &FilmId) -> String {
    let part = kit.studio.films().part(account, film, "captions-en.vtt", Duration::ZERO).await.unwrap();
    let Part::Ready { bytes, .. } = part else { panic!("captions are always there") };
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The export of an account, as it lies in the archive.
async fn export(kit: &Kit, account: &AccountId) -> String {
    let archive = kit.studio.exports().lay_out(account).await.unwrap();
    let bytes: Vec<Bytes> = archive.bytes(None).unwrap().try_collect().await.unwrap();
    String::from_utf8_lossy(&bytes.concat()).into_owned()
}

#[test]
fn two_children_play_in_a_film_from_the_draft_to_what_remains_of_them() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (films, orders) = (kit.studio.films(), kit.studio.orders());
        let (order, pay_key) = whole_order(kit, &account).await;
        let alone = orders.find(&account, &order).await.unwrap();
        assert!(alone.second.is_none() && alone.missing.is_empty());

        // All that is asked for of the first is asked for of the second, once there is one.
        let ole = kit.studio.children().create(&account, "Ole").await.unwrap();
        let hero = HeroChange { child: Some(ole.id.clone()), ..HeroChange::default() };
        let named = plays(kit, &account, &order, hero).await.unwrap();
        assert_eq!(named.missing, [Missing::SecondPhoto]);
        assert_eq!(named.second.unwrap().name.as_deref(), Some("Ole"), "taken over from the profile");
        let unpaid = kit.studio.till().settle(&account, &order, &pay_key, Outcome::Pay).await;
        assert_eq!(unpaid.unwrap_err().code(), "order-incomplete");
        let hero = HeroChange { photo: given(kit, photo(kit, &account).await), ..HeroChange::default() };
        let whole = plays(kit, &account, &order, hero).await.unwrap();
        assert_eq!((whole.missing, whole.price), (vec![], alone.price), "it costs the same");
        assert!(!kit.shows("orders", "Ole").await);
        let still = orders.still(&account, &order, 0, None).await.unwrap();
        assert_eq!(still.bytes.as_deref(), Some(&b"a still"[..]));

        let film = pay(kit, &account, &order, &pay_key).await;
        testing::run_all(&kit.studio).await.unwrap();
        let each_once = [SHARED, FACE, NAME, AGE, FRIEND].map(|shot| (shot, 1));
        assert_eq!(renderer.made(), BTreeMap::from(each_once));
        let view = films.find(&account, &film).await.unwrap();
        let second = view.second.unwrap();
        assert_eq!((view.state, view.name.as_str(), second.name.as_str()), (FilmState::Ready, "Mia", "Ole"));
        assert_eq!((second.child, second.photo), (Some(ole.id.clone()), whole.second.unwrap().photo));
        let told = captions(kit, &account, &film).await;
        assert!(told.contains("Mia waves.") && told.contains("Ole waves back."), "{told}");
        assert!(!kit.shows("films", "Ole").await);

        // A name that is corrected changes the shots that show that one.
        renderer.reset();
        let corrected = films.correct(&account, &film, &names(Some("Mia"), "Oskar")).await.unwrap();
        assert_eq!(corrected.shots_again, 1);
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(renderer.made(), BTreeMap::from([(FRIEND, 1)]));
        renderer.reset();
        films.correct_name(&account, &film, "Mira").await.unwrap();
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(renderer.made(), BTreeMap::from([(NAME, 1)]));
        assert!(captions(kit, &account, &film).await.contains("Oskar waves back."));
        let wrong = films.correct(&account, &film, &names(None, " ")).await.unwrap_err();
        assert_eq!(wrong.code(), "name-empty");
        let export = export(kit, &account).await;
        assert!(export.contains("\"second_name\": \"Oskar\"") && export.contains("second_guardian_wording"));
        let is_left = |name: &str| export.contains(&format!("name\": \"{name}\""));
        assert!(is_left("Mira") && !is_left("Mia"), "the order has the name that the film has");
        assert!(!export.contains("\"second_name\": \"Ole\""), "and so it is with the second");

        // One signature does not speak for two children.
        let signed = Signed {
            name: "Anna Example".into(),
            places: Place::ALL.to_vec(),
            until_ms: kit.studio.now_ms() + 1,
            wording: kit.studio.policy().wording(policy::Subject::Promotion).version.clone(),
            language: "en".into(),
        };
        let refused = kit.studio.releases().sign(&account, &film, &signed).await.unwrap_err();
        assert_eq!(refused.code(), "release-two");
        // Whoever is shown the film is told both names, or none.
        let shares = kit.studio.shares();
        for (named, told) in [(true, Some("Oskar")), (false, None)] {
            let link = NewShare { days: DAYS_DEFAULT, named, ..NewShare::default() };
            let token = shares.make(&account, &film, &link).await.unwrap();
            let Ok(Door::Open(guest)) = shares.door(&token).await else { panic!("it is open") };
            assert_eq!((guest.name.is_some(), guest.second.as_deref()), (named, told));
        }

        // As with the first: the film stays without what was deleted, and the face can no longer be drawn again.
        let both = Correctable { first: true, second: true };
        assert_eq!(films.find(&account, &film).await.unwrap().correctable, both);
        kit.studio.children().delete(&account, &ole.id).await.unwrap();
        kit.studio.photos().delete(&account, &second_photo(kit, &account, &film).await).await.unwrap();
        let view = films.find(&account, &film).await.unwrap();
        let second = view.second.unwrap();
        assert_eq!((view.state, second.name.as_str()), (FilmState::Ready, "Oskar"));
        assert_eq!((second.child, second.photo), (None, None));
        let gone = films.correct(&account, &film, &names(None, "Ole")).await.unwrap_err();
        assert_eq!(gone.code(), "photo-gone");
        // The first name stands in shots without a face: it is corrected all the same, with whichever photo gone.
        let first = view.photo.unwrap();
        for name in ["Mila", "Mina"] {
            let view = films.find(&account, &film).await.unwrap();
            assert_eq!(view.correctable, Correctable { second: false, ..both });
            renderer.reset();
            assert_eq!(films.correct_name(&account, &film, name).await.unwrap().shots_again, 1);
            testing::run_all(&kit.studio).await.unwrap();
            assert_eq!(renderer.made(), BTreeMap::from([(NAME, 1)]));
            let view = films.find(&account, &film).await.unwrap();
            let second = view.second.unwrap();
            assert_eq!(
                (view.state, view.name.as_str(), second.name.as_str()),
                (FilmState::Ready, name, "Oskar")
            );
            if view.photo.is_some() {
                kit.studio.photos().delete(&account, &first).await.unwrap();
            }
        }
        assert!(films.download(&account, &film, None).await.is_ok());
    });
}

async fn second_photo(kit: &Kit, account: &AccountId, film: &FilmId) -> PhotoId {
    kit.studio.films().find(account, film).await.unwrap().second.unwrap().photo.unwrap()
}

#[test]
fn proves_s8_1_s10_2_a_second_hero_is_asked_for_with_each_order_and_never_given_unasked() {
    let renderer = Arc::new(Counting::default());
    with(&renderer, async |kit| {
        let account = kit.account("a@example.com").await;
        let (orders, photos) = (kit.studio.orders(), kit.studio.photos());
        let (order, pay_key) = whole_order(kit, &account).await;
        let first = orders.find(&account, &order).await.unwrap().photo.unwrap();
        let second = photo(kit, &account).await;
        let hero = |photo: Option<GivenPhoto>| HeroChange { name: Some("Ole".into()), photo, child: None };
        let before = orders.find(&account, &order).await.unwrap();
        let old_words = GivenPhoto {
            photo: second.clone(),
            affirmation: GuardianAffirmation { wording: "guardian-0".into() },
        };
        let nothing = PhotoId::stored(kit.studio.new_id());
        for (photo, code) in [
            (Some(old_words), "wording-changed"),
            (given(kit, first.clone()), "photo-of-both"),
            (given(kit, nothing), "photo-not-found"),
        ] {
            assert_eq!(plays(kit, &account, &order, hero(photo)).await.unwrap_err().code(), code);
            assert_eq!(orders.find(&account, &order).await.unwrap(), before);
        }
        // One picture that shows both is a photo for each, with a face for each; without a word it is not looked at.
        let (bytes, word) = (Painted::photo(1), Some(affirmation(kit)));
        let expected = photos.expect(&account, &Client("127.0.0.1".into())).await.unwrap();
        let refused = photos.upload_beside(&expected, &bytes, None, Some(&first)).await.unwrap_err();
        assert_eq!(refused.code(), "affirmation-required");
        let beside = photos.upload_beside(&expected, &bytes, word.clone(), Some(&first)).await.unwrap();
        assert_ne!(beside.id, first);
        let again = photos.upload_beside(&expected, &bytes, word.clone(), Some(&first)).await.unwrap();
        assert_eq!(again.id, beside.id);
        assert_eq!(photos.upload(&account, &bytes, word).await.unwrap().id, first);
        plays(kit, &account, &order, hero(given(kit, beside.id.clone()))).await.unwrap();
        let swapped = Change { photo: given(kit, beside.id), ..Change::default() };
        assert_eq!(orders.change(&account, &order, swapped).await.unwrap_err().code(), "photo-of-both");

        // Who leaves takes everything along, and comes back as somebody who was never there.
        let leaves = Change { second: Some(SecondChange::Leaves), ..Change::default() };
        let alone = orders.change(&account, &order, leaves).await.unwrap();
        assert!(alone.second.is_none() && alone.missing.is_empty());
        let back = plays(kit, &account, &order, hero(None)).await.unwrap();
        assert_eq!(back.missing, [Missing::SecondPhoto]);
        plays(kit, &account, &order, hero(given(kit, second.clone()))).await.unwrap();
        pay(kit, &account, &order, &pay_key).await;

        // The next order knows nobody beside the child, and nobody else can use the photo.
        let draft = orders.begin(&account, "tiny", "en").await.unwrap();
        assert!(draft.second.is_none() && draft.photo.is_none());
        let other = kit.account("b@example.com").await;
        let theirs = orders.begin(&other, "tiny", "en").await.unwrap();
        let stolen = plays(kit, &other, &theirs.id, hero(given(kit, second.clone()))).await.unwrap_err();
        assert_eq!(stolen.code(), "photo-not-found");

        // Deleted before the film is made, nobody else plays in the second hero's place: the money goes back.
        photos.delete(&account, &second).await.unwrap();
        testing::run_all(&kit.studio).await.unwrap();
        assert_eq!(orders.find(&account, &order).await.unwrap().state, OrderState::Refunded);
        assert!(!renderer.made().contains_key(&FRIEND));
    });
}
