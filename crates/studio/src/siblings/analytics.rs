//! How the site is used: our own sums, and what vendors are told of those who agreed. Whether a view may be counted at
//! all is decided before, in one way for all.

use emulators::mixpanel::{Mixpanel, Project};
use emulators::segment::Segment;
use policy::ProcessorId;
use policy::consent::Agreed;
use serde_json::{Value, json};

use super::{Emulated, Held, Role, erase, hours_pass, with_nobody, with_vendor};
use crate::AccountId;
use crate::analytics::What;
use crate::db::testing::Kit;
use crate::films::testing::paid;
use crate::usage::{Event, GROUP_MIN};

const PLACE: &str = "/films/slug";

/// What differs between those who count.
trait Side {
    /// Somebody who agreed looks at a page.
    async fn looks(&self, kit: &Kit, account: &AccountId);
    /// How many views of it were counted.
    async fn counted(&self, kit: &Kit) -> i64;
    /// Everything that is kept, as text.
    async fn kept(&self, kit: &Kit) -> String;
    /// What was asked there is done.
    fn goes_on(&self);
}

/// The ids that somebody goes by outside.
async fn ids(kit: &Kit, account: &AccountId) -> Vec<String> {
    let (handles, db) = (kit.studio.handles(), kit.studio.db().read());
    let mut ids = Vec::new();
    for processor in ProcessorId::ALL {
        ids.extend(handles.of(db, account, *processor, None).await.unwrap());
    }
    ids
}

async fn hold(kit: &Kit, side: &impl Side, held: &Held<'_>) {
    let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);

    held.to("each view that may be counted is counted once");
    for account in [&anna, &ben] {
        for _ in 0..GROUP_MIN {
            side.looks(kit, account).await;
        }
    }
    for _ in 0..2 {
        kit.studio.analytics().carry_on().await.unwrap();
    }
    assert_eq!(side.counted(kit).await, 2 * GROUP_MIN);

    held.to("nothing that is kept says who it was");
    let (order, film) = paid(kit, &anna).await;
    kit.studio.analytics().carry_on().await.unwrap();
    let kept = side.kept(kit).await;
    assert!(kept.contains(PLACE), "{kept}");
    for person in ["anna", "example.org", "Mia", anna.as_str(), order.as_str(), film.as_str()] {
        assert!(!kept.contains(person), "{person}: {kept}");
    }

    held.to("who takes it back leaves nothing that leads to them, and others' views stay counted");
    let (hers, his) = (ids(kit, &anna).await, ids(kit, &ben).await);
    assert!(hers.iter().chain(&his).all(|id| kept.contains(id)));
    kit.studio.analytics().withdraw(&anna).await.unwrap();
    hours_pass(kit, |_| side.goes_on()).await;
    let kept = side.kept(kit).await;
    assert!(!hers.iter().any(|id| kept.contains(id)) && his.iter().all(|id| kept.contains(id)));
    assert!(ids(kit, &anna).await.is_empty() && side.counted(kit).await >= GROUP_MIN);

    held.to("with the account whatever led to it is gone");
    erase(kit, &ben, |_| side.goes_on()).await;
    let kept = side.kept(kit).await;
    assert!(!his.iter().any(|id| kept.contains(id)));
    assert_eq!(kit.rows("handles").await, 0);
}

struct OwnSums;

impl Side for OwnSums {
    async fn looks(&self, kit: &Kit, _: &AccountId) {
        kit.studio.usage().count(Event::View, PLACE, &kit.client()).await.unwrap();
    }

    async fn counted(&self, kit: &Kit) -> i64 {
        kit.studio.usage().report(30).await.unwrap().iter().map(|sum| sum.count).sum()
    }

    async fn kept(&self, kit: &Kit) -> String {
        kit.dump("usage_counts").await
    }

    fn goes_on(&self) {}
}

/// A vendor that is told, and a way to look at what it keeps.
trait Told {
    fn events(&self) -> Vec<Value>;
    fn does_what_was_asked(&self);
}

impl Told for Segment {
    fn events(&self) -> Vec<Value> {
        self.messages()
    }

    fn does_what_was_asked(&self) {
        self.move_on("FINISHED", &[]);
    }
}

impl Told for Mixpanel {
    fn events(&self) -> Vec<Value> {
        Mixpanel::events(self)
    }

    fn does_what_was_asked(&self) {
        self.move_on("SUCCESS");
    }
}

struct Vendor<'a, T>(&'a T);

impl<T: Told> Side for Vendor<'_, T> {
    async fn looks(&self, kit: &Kit, account: &AccountId) {
        let what = What::PageViewed { path: PLACE, film: Some("tiny") };
        kit.studio.analytics().happened(account, Agreed::analytics_on_record(), what).await.unwrap();
    }

    async fn counted(&self, _: &Kit) -> i64 {
        let views = self.0.events().into_iter().filter(|event| event["event"] == "page_view");
        i64::try_from(views.count()).unwrap()
    }

    async fn kept(&self, _: &Kit) -> String {
        self.0.events().iter().map(Value::to_string).collect()
    }

    fn goes_on(&self) {
        self.0.does_what_was_asked();
    }
}

async fn segment() -> Emulated<Segment> {
    let segment = Segment::start("writekey1", "public-token").await;
    let address = segment.emulator.address;
    let hosts = vec![("api.segment.io", address), ("api.segmentapis.com", address)];
    let account = json!({"write_key": "writekey1", "public_api_token": "public-token"});
    Emulated { emulator: segment, id: ProcessorId::Segment, hosts, account }
}

async fn mixpanel() -> Emulated<Mixpanel> {
    let project = Project {
        token: "0123456789abcdef".into(),
        id: 42,
        service_account: ("studio".into(), "sa-secret".into()),
        oauth: "oauth-of-a-person".into(),
    };
    let account = json!({
        "project_token": project.token, "project_id": "42", "service_user": "studio", "service_secret": "sa-secret",
        "deletion_token": project.oauth, "deletion_token_ends": "2100-01-01",
    });
    let mixpanel = Mixpanel::start(project).await;
    let address = mixpanel.emulator.address;
    let hosts = vec![("api.mixpanel.com", address), ("mixpanel.com", address)];
    Emulated { emulator: mixpanel, id: ProcessorId::Mixpanel, hosts, account }
}

#[test]
fn whoever_counts_counts_once_and_knows_nobody() {
    let role = Role::new("analytics");
    let held = role.taken_by("our own sums");
    with_nobody(|_| (), async |kit| hold(kit, &OwnSums, &held).await);
    let held = role.taken_by("Segment");
    with_vendor(segment, |_| (), async |kit, segment| hold(kit, &Vendor(segment), &held).await);
    let held = role.taken_by("Mixpanel");
    with_vendor(mixpanel, |_| (), async |kit, mixpanel| hold(kit, &Vendor(mixpanel), &held).await);
    role.print();
}
