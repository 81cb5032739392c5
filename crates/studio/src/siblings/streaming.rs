//! Streaming a family's film: from our own house, and from a vendor's.

use std::sync::Arc;
use std::time::Duration;

use emulators::gcs::Known;
use emulators::mux::{Mux, TOKEN_ID, TOKEN_SECRET};
use policy::ProcessorId;
use serde_json::json;

use super::{Emulated, Held, NOON_S, Role, google_account, hours_pass, with_nobody, with_vendor};
use crate::clock::SECOND_MS;
use crate::db::testing::Kit;
use crate::films::testing::{Counting, NAME, paid};
use crate::films::{FilmId, Part};
use crate::jobs::testing::run_all;
use crate::{AccountId, Outside};

const SIGNING_KEY: &str = "emulated-signing-key";

/// What differs between the houses.
trait Side {
    /// Where somebody's player finds a film; none where they are not let to it.
    async fn find(&self, kit: &Kit, who: &AccountId, film: &FilmId) -> Option<String>;
    /// What somebody is shown there at this moment, by a mark that changes with it.
    async fn shown(&self, kit: &Kit, who: &AccountId, film: &FilmId, address: &str) -> Option<String>;
    /// What is shown to somebody who has the address alone, and was not let to it.
    async fn shown_to_others(
        &self,
        kit: &Kit,
        who: &AccountId,
        film: &FilmId,
        address: &str,
    ) -> Option<String>;
    /// How many copies of films there are.
    async fn copies(&self, kit: &Kit) -> i64;
}

async fn hold(kit: &Kit, side: &impl Side, held: &Held<'_>) {
    let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
    let (_, film) = paid(kit, &anna).await;
    run_all(&kit.studio).await.unwrap();

    held.to("the owner watches a film that is whole");
    let address = side.find(kit, &anna, &film).await.expect("an address");
    let before = side.shown(kit, &anna, &film, &address).await;
    assert!(before.is_some());

    held.to("nobody else finds it, and who has its address alone sees nothing");
    assert_eq!(side.find(kit, &ben, &film).await, None);
    assert_eq!(side.shown_to_others(kit, &ben, &film, &address).await, None);

    held.to("a corrected film is shown as it is now, and no longer as it was");
    kit.studio.films().correct_name(&anna, &film, "Mira").await.unwrap();
    run_all(&kit.studio).await.unwrap();
    hours_pass(kit, |_| ()).await;
    let corrected = side.find(kit, &anna, &film).await.expect("an address");
    let now = side.shown(kit, &anna, &film, &corrected).await;
    assert!(now.is_some() && now != before, "{now:?}");
    assert_ne!(side.shown(kit, &anna, &film, &address).await, before);
    assert_eq!(side.copies(kit).await, 1);

    held.to("a deleted film is shown to nobody, and no copy of it is left");
    kit.studio.films().delete(&anna, &film).await.unwrap();
    hours_pass(kit, |_| ()).await;
    assert_eq!(side.find(kit, &anna, &film).await, None);
    assert_eq!(side.shown(kit, &anna, &film, &corrected).await, None);
    assert_eq!((side.copies(kit).await, kit.rows("handles").await), (0, 0));
}

struct FromHere;

impl Side for FromHere {
    async fn find(&self, kit: &Kit, who: &AccountId, film: &FilmId) -> Option<String> {
        // Any of its parts: whoever is let to one is let to all.
        let part = format!("shot-{NAME}.m4s");
        self.shown(kit, who, film, &part).await.map(|_| part)
    }

    async fn shown(&self, kit: &Kit, who: &AccountId, film: &FilmId, address: &str) -> Option<String> {
        match kit.studio.films().part(who, film, address, Duration::ZERO).await {
            Ok(Part::Ready { etag, .. } | Part::Unchanged { etag, .. }) => Some(etag),
            Ok(Part::NotYet { .. }) => None,
            Err(error) => {
                assert_eq!(error.code(), "film-not-found");
                None
            }
        }
    }

    async fn shown_to_others(
        &self,
        kit: &Kit,
        who: &AccountId,
        film: &FilmId,
        address: &str,
    ) -> Option<String> {
        self.shown(kit, who, film, address).await
    }

    async fn copies(&self, kit: &Kit) -> i64 {
        kit.rows("films").await
    }
}

struct FromThere<'a>(&'a Mux);

impl Side for FromThere<'_> {
    async fn find(&self, kit: &Kit, who: &AccountId, film: &FilmId) -> Option<String> {
        for asset in self.0.assets() {
            self.0.finish(&asset.id);
            kit.studio.streams().heard(&asset.id).await.unwrap();
        }
        kit.studio.streams().playlist(who, film).await
    }

    async fn shown(&self, kit: &Kit, _: &AccountId, _: &FilmId, address: &str) -> Option<String> {
        let status = self.0.watch(address, kit.studio.now_ms() / SECOND_MS);
        (status == 200).then(|| address.split('?').next().unwrap_or_default().to_owned())
    }

    async fn shown_to_others(
        &self,
        kit: &Kit,
        who: &AccountId,
        film: &FilmId,
        address: &str,
    ) -> Option<String> {
        // Without what it was signed with for the owner a moment ago.
        let (unsigned, _) = address.split_once('?').expect("a signature");
        self.shown(kit, who, film, unsigned).await
    }

    async fn copies(&self, _: &Kit) -> i64 {
        i64::try_from(self.0.assets().len()).unwrap()
    }
}

async fn mux() -> Emulated<Mux> {
    let (mux, key) = (Mux::start().await, google_account());
    mux.know_key(SIGNING_KEY, Known::of(&key, NOON_S).unwrap().public_key);
    let hosts = vec![("api.mux.com", mux.emulator.address)];
    let account = json!({
        "token_id": TOKEN_ID, "token_secret": TOKEN_SECRET, "signing_key_id": SIGNING_KEY,
        "signing_key": key["private_key"],
    });
    Emulated { emulator: mux, id: ProcessorId::Mux, hosts, account }
}

#[test]
fn a_film_is_watched_by_its_owner_alone_wherever_it_is_streamed_from() {
    let role = Role::new("streaming");
    let draws = |outside: &mut Outside| outside.renderer = Arc::new(Arc::new(Counting::default()));
    let held = role.taken_by("our own house");
    with_nobody(draws, async |kit| hold(kit, &FromHere, &held).await);
    let held = role.taken_by("Mux");
    with_vendor(mux, draws, async |kit, mux| hold(kit, &FromThere(mux), &held).await);
    role.print();
}
