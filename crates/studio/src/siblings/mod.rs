//! What a person may rely on, whoever does the job: for each role a list of statements, held against the embedded
//! implementation and against a vendor's adapter, which speaks to its vendor's emulator over real HTTP.
//!
//! A list must not know which side it is held against. What differs between the sides (where one looks, which button is
//! pressed) stands in what each implements of the list's `Side`. Which statement was held against whom is printed, and
//! lies in `target/siblings`.

mod analytics;
mod list;
mod messenger;
mod objects;
mod post;
mod sign_in;
mod stills;
mod streaming;
mod till;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use egress::{Egress, Limits, Receipts, Reroute};
use policy::{Policies, ProcessorId, SwitchedOn};
use processors::{Connected, Fields};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::clock::{MINUTE_MS, SECOND_MS};
use crate::db::testing::{Kit, NOON_MS, on_both_where};
use crate::erasure::Reason;
use crate::jobs::{Job, testing};
use crate::{AccountId, Clock, Connect, Outside};

/// When the tests begin, in seconds since 1970.
const NOON_S: i64 = NOON_MS / SECOND_MS;
/// The site's address. No emulator fetches anything from there.
const SITE: &str = "https://films.example.org";

/// A role, and what was held against those who take it.
struct Role {
    name: &'static str,
    sides: RefCell<Vec<&'static str>>,
    statements: RefCell<Vec<(&'static str, Vec<&'static str>)>>,
}

impl Role {
    fn new(name: &'static str) -> Self {
        Self { name, sides: RefCell::default(), statements: RefCell::default() }
    }

    /// Somebody who takes it.
    fn taken_by(&self, side: &'static str) -> Held<'_> {
        self.sides.borrow_mut().push(side);
        Held { role: self, side }
    }

    /// Prints what was held against whom, now that all of it holds. Nothing was left out for anybody.
    fn print(self) {
        let (sides, statements) = (self.sides.into_inner(), self.statements.into_inner());
        assert!(sides.len() > 1 && !statements.is_empty(), "{} has no siblings", self.name);
        let width = statements.iter().map(|(words, _)| words.chars().count()).max().unwrap_or_default();
        let mut table = format!("{:width$}", self.name);
        for side in &sides {
            table.push_str(&format!(" | {side}"));
        }
        for (words, kept_by) in statements {
            table.push_str(&format!("\n{words:width$}"));
            for side in &sides {
                assert!(kept_by.contains(side), "{}: not held against {side}: {words}", self.name);
                table.push_str(&format!(" | {:1$}", "ok", side.chars().count()));
            }
        }
        table.push('\n');
        println!("{table}");
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/siblings");
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(format!("{folder}/{}.txt", self.name.replace(' ', "-")), table).unwrap();
    }
}

/// One side of a role, while the list is held against it.
struct Held<'r> {
    role: &'r Role,
    side: &'static str,
}

impl Held<'_> {
    /// What follows, up to the next statement, shows that this one holds.
    fn to(&self, statement: &'static str) {
        let mut statements = self.role.statements.borrow_mut();
        match statements.iter_mut().find(|(words, _)| *words == statement) {
            Some((_, kept_by)) => kept_by.push(self.side),
            None => statements.push((statement, vec![self.side])),
        }
    }
}

/// A vendor on this machine, and our account there.
struct Emulated<E> {
    emulator: E,
    id: ProcessorId,
    hosts: Vec<(&'static str, SocketAddr)>,
    account: Value,
}

/// Runs a test with nobody in any role.
fn with_nobody(change: impl Fn(&mut Outside), body: impl AsyncFn(&Kit)) {
    on_both_where(change, |config| config.address = SITE.to_owned(), body);
}

/// Runs a test with a vendor in its roles. Each database gets a fresh one.
fn with_vendor<E>(
    start: impl AsyncFn() -> Emulated<E>,
    change: impl Fn(&mut Outside),
    body: impl AsyncFn(&Kit, &E),
) {
    let running: RefCell<Option<Rc<E>>> = RefCell::new(None);
    with_nobody(
        |outside| {
            change(outside);
            let Emulated { emulator, id, hosts, account } =
                block_in_place(|| Handle::current().block_on(start()));
            outside.connect = connect(id, &hosts, &account, Arc::clone(&outside.clock));
            *running.borrow_mut() = Some(Rc::new(emulator));
        },
        async |kit| {
            let emulator = running.borrow().clone().expect("it was started");
            body(kit, &*emulator).await;
        },
    );
}

/// Connects one processor as the program does, with its hosts led to this machine.
fn connect(
    id: ProcessorId,
    hosts: &[(&'static str, SocketAddr)],
    account: &Value,
    clock: Arc<dyn Clock>,
) -> Arc<Connect> {
    let hosts: Vec<(String, SocketAddr)> =
        hosts.iter().map(|(host, address)| ((*host).to_owned(), *address)).collect();
    let fields: Fields = account.as_object().cloned().unwrap_or_default();
    let accounts = BTreeMap::from([(id, fields)]);
    Arc::new(move |receipts: Arc<dyn Receipts>| -> Result<Connected, String> {
        let policies = Policies::embedded();
        let agreement = [(id, Some("signed 2026-05-01".to_owned()))];
        let on = SwitchedOn::new(&policies, clock.now_ms(), agreement);
        let on = on.map_err(|missing| format!("{missing:?}"))?;
        let reroute = Reroute::new(hosts.clone()).map_err(|error| error.to_string())?;
        let (clock, limits) = (Arc::clone(&clock), Limits::default());
        let egress = Egress::new(policies, on, receipts, move || clock.now_ms(), limits, reroute);
        let egress = egress.map_err(|error| error.to_string())?;
        processors::connect(&accounts, &egress).map_err(|wrong| wrong.join("; "))
    })
}

/// The key file of the dummy account that Google published with its test cases.
fn google_account() -> Value {
    let cases = include_str!("../../../processors/tests/contracts/gcs/vectors.json");
    let cases: Value = serde_json::from_str(cases).unwrap();
    cases["service_account"].clone()
}

/// Some hours go by, in which vendors get done what they were asked (they are told the time, in seconds since 1970), and
/// the studio sees to them.
async fn hours_pass(kit: &Kit, vendor: impl Fn(i64)) {
    for _ in 0..8 {
        kit.clock.advance(20 * MINUTE_MS);
        vendor(kit.studio.now_ms() / SECOND_MS);
        testing::run(&kit.studio, Job::SeeToProcessors).await.unwrap();
    }
}

/// An account is erased, here and wherever else.
async fn erase(kit: &Kit, account: &AccountId, vendor: impl Fn(i64)) {
    kit.studio.erasures().erase(account, Reason::Owner).await.unwrap();
    hours_pass(kit, vendor).await;
    let going = kit.studio.handles().going().await.unwrap();
    assert!(going.is_empty(), "{going:?}");
    assert_eq!(kit.rows(&format!("accounts WHERE id = '{account}'")).await, 0);
}
