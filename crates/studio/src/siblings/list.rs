//! Whom mail that advertises may reach: by our own list alone, and by one that is kept outside besides. Such mail is
//! written by us in both cases; what is held here is that the two never say different things.

use emulators::klaviyo::Klaviyo;
use policy::{Country, Mailing, ProcessorId};
use serde_json::json;

use super::{Emulated, Held, NOON_S, Role, erase, with_nobody, with_vendor};
use crate::AccountId;
use crate::clock::{MINUTE_MS, SECOND_MS};
use crate::db::testing::Kit;
use crate::marketing::{Method, Status};

const KEY: &str = "pk_emulated0123456789";
const LIST: &str = "LIST01";

/// What differs between the lists.
trait Side {
    /// Whether the list outside has somebody; none: there is none.
    fn has(&self, email: &str) -> Option<bool>;
    /// Whether an address is known outside.
    fn knows(&self, email: &str) -> bool;
    /// Somebody stops it where they read such mail.
    async fn stops(&self, kit: &Kit, account: &AccountId, email: &str);
    /// Somebody calls such mail unwanted.
    async fn complains(&self, kit: &Kit, account: &AccountId, email: &str);
    /// It is this late there, in seconds since 1970, and what was asked is done.
    fn goes_on(&self, now_s: i64);
}

/// Time goes by, and everybody is told what they do not know.
async fn later(kit: &Kit, side: &impl Side) {
    for _ in 0..5 {
        kit.clock.advance(20 * MINUTE_MS);
        side.goes_on(kit.studio.now_ms() / SECOND_MS);
        kit.studio.lists().changed(kit.studio.db().write()).await.unwrap();
        kit.studio.lists().carry_on().await.unwrap();
        kit.studio.handles().carry_on().await.unwrap();
    }
}

/// Whether such mail may reach somebody, as both sides have it a while later.
async fn reaches(kit: &Kit, side: &impl Side, account: &AccountId, email: &str) -> bool {
    later(kit, side).await;
    let db = kit.studio.db().read();
    let ground = kit.studio.marketing().ground(db, account, Mailing::ProductUpdate).await.unwrap();
    let ours = ground.is_some();
    assert_eq!(side.has(email).unwrap_or(ours), ours, "{email}: the list outside says otherwise");
    ours
}

async fn agrees(kit: &Kit, account: &AccountId, country: &str) {
    let country = Country::parse(country);
    kit.studio.marketing().subscribe(account, Method::Settings, "marketing-1", country).await.unwrap();
}

async fn newest(kit: &Kit, account: &AccountId) -> Status {
    kit.studio.marketing().history(account).await.unwrap().remove(0).status
}

async fn hold(kit: &Kit, side: &impl Side, held: &Held<'_>) {
    let marketing = kit.studio.marketing();
    let (anna, ben) = ("anna@example.org", "ben@example.org");
    let (first, other) = (kit.account(anna).await, kit.account(ben).await);
    later(kit, side).await;

    held.to("who did not agree, or has still to confirm it, gets nothing and is known to nobody");
    agrees(kit, &other, "DE").await;
    for (account, email) in [(&first, anna), (&other, ben)] {
        assert!(!reaches(kit, side, account, email).await && !side.knows(email), "{email}");
    }

    held.to("who agreed gets it, also who confirmed it later");
    agrees(kit, &first, "FR").await;
    let tx = kit.studio.db().begin().await.unwrap();
    marketing.confirmed_with_address(&tx, &other).await.unwrap();
    tx.commit().await.unwrap();
    assert!(reaches(kit, side, &first, anna).await && reaches(kit, side, &other, ben).await);

    held.to("who stops it with us gets nothing more, on either side");
    marketing.stop(&first, Method::Settings).await.unwrap();
    assert!(!reaches(kit, side, &first, anna).await && !side.knows(anna));

    held.to("who agrees anew gets it again");
    agrees(kit, &first, "FR").await;
    assert!(reaches(kit, side, &first, anna).await);

    held.to("who stops it where they read it gets nothing more, on either side");
    side.stops(kit, &first, anna).await;
    assert!(!reaches(kit, side, &first, anna).await);
    assert_eq!(newest(kit, &first).await, Status::Unsubscribed);

    held.to("calling such a mail unwanted stops it too, and nobody else's");
    agrees(kit, &first, "FR").await;
    assert!(reaches(kit, side, &first, anna).await);
    side.complains(kit, &other, ben).await;
    assert!(!reaches(kit, side, &other, ben).await && reaches(kit, side, &first, anna).await);
    assert_eq!(newest(kit, &other).await, Status::Unsubscribed);

    held.to(
        "with the account the address is forgotten on either side, and who said no is not enrolled again",
    );
    erase(kit, &first, |now_s| side.goes_on(now_s)).await;
    erase(kit, &other, |now_s| side.goes_on(now_s)).await;
    assert!(!side.knows(anna) && !side.knows(ben));
    let again = kit.account(ben).await;
    marketing.told_customer(&again, Country::parse("FR")).await.unwrap();
    assert!(!reaches(kit, side, &again, ben).await && !side.knows(ben));
}

struct OursAlone;

impl Side for OursAlone {
    fn has(&self, _: &str) -> Option<bool> {
        None
    }

    fn knows(&self, _: &str) -> bool {
        false
    }

    async fn stops(&self, kit: &Kit, account: &AccountId, _: &str) {
        kit.studio.marketing().stop(account, Method::OneClick).await.unwrap();
    }

    async fn complains(&self, kit: &Kit, account: &AccountId, email: &str) {
        let tx = kit.studio.db().begin().await.unwrap();
        kit.studio.marketing().complained(&tx, Some(account), email).await.unwrap();
        tx.commit().await.unwrap();
    }

    fn goes_on(&self, _: i64) {}
}

struct Outside<'a>(&'a Klaviyo);

impl Side for Outside<'_> {
    fn has(&self, email: &str) -> Option<bool> {
        let kept = self.0.kept();
        let is_on = |profile: &emulators::klaviyo::Profile| {
            profile.consent == "SUBSCRIBED" && profile.lists.contains(LIST) && profile.suppressions.is_empty()
        };
        Some(kept.profiles.get(email).is_some_and(is_on))
    }

    fn knows(&self, email: &str) -> bool {
        let kept = self.0.kept();
        kept.profiles.contains_key(email) || kept.events.iter().any(|event| event.email == email)
    }

    async fn stops(&self, _: &Kit, _: &AccountId, email: &str) {
        self.0.suppresses(email, "UNSUBSCRIBE");
    }

    async fn complains(&self, _: &Kit, _: &AccountId, email: &str) {
        self.0.suppresses(email, "SPAM_COMPLAINT");
    }

    fn goes_on(&self, now_s: i64) {
        self.0.set_now(&in_words(now_s));
        self.0.finish_deletions();
    }
}

fn in_words(now_s: i64) -> String {
    let at = jiff::Timestamp::from_second(now_s).unwrap();
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

async fn klaviyo() -> Emulated<Klaviyo> {
    let klaviyo = Klaviyo::start(KEY, &in_words(NOON_S)).await;
    let hosts = vec![("a.klaviyo.com", klaviyo.emulator.address)];
    let account = json!({"key": KEY, "list": LIST});
    Emulated { emulator: klaviyo, id: ProcessorId::Klaviyo, hosts, account }
}

#[test]
fn our_list_and_one_outside_never_say_different_things() {
    let role = Role::new("mailing list");
    let held = role.taken_by("our own");
    with_nobody(|_| (), async |kit| hold(kit, &OursAlone, &held).await);
    let held = role.taken_by("Klaviyo");
    with_vendor(klaviyo, |_| (), async |kit, klaviyo| hold(kit, &Outside(klaviyo), &held).await);
    role.print();
}
