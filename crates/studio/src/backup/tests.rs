//! Backups: whole, sealed, and bringing back nothing that was erased or taken back. Those that the program makes are of the
//! embedded size alone; a database that others brought back is one of either.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use policy::{Country, ProcessorId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, Statement};

use super::*;
use crate::accounts::insert_active;
use crate::accounts::rows::{State, accounts};
use crate::clock::HOUR_MS;
use crate::db::testing::{Kit, NOON_MS, Painted, on_both, on_server};
use crate::enquiries::testing::with_file;
use crate::erasure::Reason;
use crate::films::testing::{paid, whole_order};
use crate::gifts::NewGift;
use crate::marketing::{Method, Status};
use crate::staff::Role;
use crate::till::Outcome;
use crate::{AccountId, Manual, SeededRandom, Studio, sessions};

fn outside() -> Outside {
    let mut outside = Outside::embedded();
    outside.clock = Arc::new(Manual::at(NOON_MS));
    outside.random = Arc::new(SeededRandom::new(2));
    outside
}

/// The same studio in another folder, with the same master key.
fn elsewhere(kit: &Kit, folder: &Path) -> Config {
    let mut config = Config::in_folder(folder);
    config.master_key = kit.studio.config().master_key.clone();
    config
}

async fn opened(config: Config) -> Studio {
    let eyes = Arc::new(Painted);
    let catalogue = crate::films::testing::catalogue();
    let studio = Studio::open_with(config, outside(), catalogue, eyes).await.unwrap();
    erase_again(&studio).await.unwrap();
    studio
}

/// The database as it is now, beside it, as its own tools would bring it back. Of PostgreSQL the kit's studio is of no use
/// afterwards.
async fn copied(kit: &Kit, name: &str) -> String {
    let config = kit.studio.config();
    let Some(pool) = kit.studio.db().postgres() else {
        let copy = kit.folder.path().join(format!("{name}.sqlite"));
        copy_database(&sqlite_file(config).unwrap(), &copy).await.unwrap();
        return format!("sqlite://{}", copy.display());
    };
    // Nobody may be connected to what is copied.
    pool.close().await;
    let copy = format!("{}_{name}", config.database);
    let (to, from) = (database_name(&copy), database_name(&config.database));
    on_server(&test_server(), &format!("CREATE DATABASE {to} TEMPLATE {from}")).await;
    copy
}

/// Removes copies that a server has.
async fn remove(copies: &[String]) {
    for copy in copies.iter().filter(|copy| copy.starts_with("postgres")) {
        on_server(&test_server(), &format!("DROP DATABASE {} WITH (FORCE)", database_name(copy))).await;
    }
}

fn test_server() -> String {
    std::env::var("MINISTUDIO_TEST_POSTGRES").unwrap()
}

fn database_name(address: &str) -> &str {
    address.rsplit_once('/').unwrap().1
}

/// The kit's studio once more, on this data folder and database, with what a start does before anybody is let in.
async fn started(kit: &Kit, data: &Path, database: &str) -> Studio {
    let mut config = kit.studio.config().clone();
    config.data = data.to_owned();
    config.database = database.to_owned();
    let mut outside = Outside::embedded();
    outside.clock = kit.clock.clone();
    let catalogue = crate::films::testing::catalogue();
    let studio = Studio::open_with(config, outside, catalogue, Arc::new(Painted)).await.unwrap();
    erase_again(&studio).await.unwrap();
    studio
}

/// How many rows there are of something.
async fn count(studio: &Studio, of: &str) -> i64 {
    let db = studio.db().read();
    let count = Statement::from_string(db.get_database_backend(), format!("SELECT COUNT(*) AS n FROM {of}"));
    db.query_one_raw(count).await.unwrap().unwrap().try_get("", "n").unwrap()
}

/// How many there are of each thing that can be taken back and given anew.
async fn held(studio: &Studio) -> Vec<i64> {
    let open = format!("looks WHERE ends_at_ms > {}", studio.now_ms());
    let mut held = Vec::new();
    for of in [
        "sessions",
        "passkeys",
        "staff",
        open.as_str(),
        "releases WHERE withdrawn_at_ms IS NULL",
        "shares WHERE ended_at_ms IS NULL",
        "analytics_ids",
        "usage_events",
        "handles WHERE going_at_ms IS NULL",
        "mails WHERE kind = 'gift' AND state = 'waiting'",
        "gift_mails",
    ] {
        held.push(count(studio, of).await);
    }
    held
}

async fn put<A: ActiveModelTrait>(kit: &Kit, row: A) {
    let insert = <A::Entity as EntityTrait>::insert(row);
    insert.exec_without_returning(kit.studio.db().write()).await.unwrap();
}

/// Gives an account, which is signed in, one of each.
async fn give_all(kit: &Kit, account: &AccountId) {
    let (studio, now) = (&kit.studio, kit.studio.now_ms());
    let whose = || Set(account.to_string());
    studio.staff().grant(account, Role::Support).await.unwrap();
    put(kit, shared(account)).await;
    let passkey = crate::accounts::passkeys::rows::passkeys::ActiveModel {
        id: Set("a passkey".into()),
        account_id: whose(),
        credential: Set(vec![1]),
        public_key: Set(vec![2]),
        signed: Set(0),
        created_at_ms: Set(now),
        used_at_ms: Set(None),
    };
    put(kit, passkey).await;
    let look = crate::looks::rows::looks::ActiveModel {
        id: Set("a look".into()),
        account_id: whose(),
        by_whom: Set("somebody".into()),
        role: Set(Role::Support),
        reason_sealed: Set(vec![1]),
        asked_at_ms: Set(now),
        approved_by: Set(Some("somebody else".into())),
        approved_at_ms: Set(Some(now)),
        ends_at_ms: Set(Some(now + HOUR_MS)),
    };
    put(kit, look).await;
    let release = crate::releases::rows::ActiveModel {
        id: Set("a release".into()),
        account_id: whose(),
        film_id: Set("a film".into()),
        name_sealed: Set(vec![1]),
        scope: Set("site".into()),
        wording: Set("release-1".into()),
        language: Set("en".into()),
        given_at_ms: Set(now),
        until_ms: Set(now + HOUR_MS),
        shown_at_ms: Set(Some(now)),
        withdrawn_at_ms: Set(None),
    };
    put(kit, release).await;
    let agreed = crate::analytics::rows::ids::ActiveModel {
        account_id: whose(),
        id_sealed: Set(vec![1]),
        seen_at_ms: Set(now),
        noted: Set(ProcessorId::Mixpanel.to_string()),
    };
    put(kit, agreed).await;
    let event = crate::analytics::rows::events::ActiveModel {
        id: Set("an event".into()),
        account_id: whose(),
        processor: Set(ProcessorId::Mixpanel.to_string()),
        event_key: Set("a key".into()),
        name: Set("sign_up".into()),
        path: Set(None),
        film: Set(None),
        cents: Set(None),
        currency: Set(None),
        at_ms: Set(now),
        tries: Set(0),
        next_at_ms: Set(now),
    };
    put(kit, event).await;
    let (db, handle) = (studio.db().write(), "an id");
    studio.handles().note(db, account, ProcessorId::Mixpanel, Some("analytics"), handle).await.unwrap();
    let waiting = crate::mail::rows::ActiveModel {
        id: Set("a gift mail".into()),
        account_id: Set(Some(account.to_string())),
        kind: Set(crate::gifts::MAIL_KIND.into()),
        sealed: Set(vec![1]),
        state: Set(crate::mail::State::Waiting),
        tries: Set(0),
        due_at_ms: Set(now + HOUR_MS),
        created_at_ms: Set(now),
        sent_at_ms: Set(None),
        problem: Set(None),
        enquiry_id: Set(None),
    };
    put(kit, waiting).await;
    let planned = crate::gifts::rows::mails::ActiveModel {
        id: Set("a plan".into()),
        account_id: whose(),
        gift_id: Set("a gift".into()),
        wording: Set("gift-1".into()),
        at_ms: Set(now),
        mail_id: Set(Some("a gift mail".into())),
        goes_at_ms: Set(Some(now + HOUR_MS)),
        delivered_at_ms: Set(None),
    };
    put(kit, planned).await;
}

/// A film that is shared.
fn shared(account: &AccountId) -> crate::shares::rows::ActiveModel {
    crate::shares::rows::ActiveModel {
        id: Set("01ARZ3NDEKTSV4RRFFQ69G5FAV".into()),
        account_id: Set(account.to_string()),
        film_id: Set("a film".into()),
        token_hash: Set(vec![1; 32]),
        password_sealed: Set(None),
        named: Set(false),
        created_at_ms: Set(NOON_MS),
        ends_at_ms: Set(NOON_MS + 1_000),
        ended_at_ms: Set(None),
        views: Set(0),
        last_viewed_at_ms: Set(None),
    }
}

#[test]
fn proves_g_4_a_database_from_before_brings_back_nothing_that_was_erased_or_taken_back_since() {
    on_both(async |kit| {
        let (data, database) = (kit.folder.path(), kit.studio.config().database.clone());
        let mut ids = Vec::new();
        for name in ["anna", "ben", "carl", "dora", "eve"] {
            ids.push(kit.account(&format!("{name}@example.org")).await);
        }
        let [anna, ben, carl, dora, eve]: [AccountId; 5] = ids.try_into().unwrap();
        let (_, film) = paid(kit, &anna).await;
        paid(kit, &ben).await;
        let photo = kit.studio.photos().list(&anna).await.unwrap()[0].id.clone();
        let child = kit.studio.children().create(&anna, "Mia").await.unwrap().id;
        give_all(kit, &eve).await;
        let enquiries = kit.studio.enquiries();
        let case = with_file(kit, "Fay <fay@example.org>", "1").await;
        let attachment = enquiries.attachments(&case).await.unwrap()[0].id.clone();
        // Its mark is that of a database which the program has run on.
        erase_again(&kit.studio).await.unwrap();
        let copies = [copied(kit, "before").await];

        kit.clock.advance(1);
        let studio = started(kit, data, &database).await;
        studio.erasures().erase(&ben, Reason::Owner).await.unwrap();
        studio.photos().delete(&anna, &photo).await.unwrap();
        studio.children().delete(&anna, &child).await.unwrap();
        studio.enquiries().delete_attachment(&kit.operator(), &case, &attachment).await.unwrap();
        studio.accounts().leave(&carl).await.unwrap();
        studio.accounts().restrict(&dora).await.unwrap();
        // A start alone takes nothing back.
        let before = held(&studio).await;
        assert!(before.iter().all(|there| *there > 0), "{before:?}");
        drop(studio);
        assert_eq!(held(&started(kit, data, &database).await).await, before);

        let studio = started(kit, data, &copies[0]).await;
        assert_eq!(held(&studio).await, vec![0; before.len()]);
        let accounts = studio.accounts();
        assert_eq!(accounts.get(&ben).await.unwrap_err().code(), "account-not-found");
        assert!(studio.photos().list(&anna).await.unwrap().is_empty());
        assert!(studio.children().list(&anna).await.unwrap().is_empty());
        assert!(studio.enquiries().attachments(&case).await.unwrap().is_empty());
        assert!(accounts.ends_at_ms(&carl).await.is_ok(), "whoever was leaving is not any more");
        assert!(accounts.get(&dora).await.unwrap().restricted_at_ms.is_some());
        assert_eq!(accounts.get(&anna).await.unwrap().email, "anna@example.org");
        assert_eq!(studio.films().find(&anna, &film).await.unwrap().id, film);
        // What is given anew stays, also when it is started again.
        let role = sessions::Role::Customer;
        sessions::make(&studio, studio.db().write(), Some(&eve), role).await.unwrap();
        drop(studio);
        assert_eq!(count(&started(kit, data, &copies[0]).await, "sessions").await, 1);
        remove(&copies).await;
    });
}

#[test]
fn a_database_that_is_brought_back_beneath_a_running_program_is_noticed() {
    on_both(async |kit| {
        let anna = kit.account("anna@example.org").await;
        give_all(kit, &anna).await;
        mark(&kit.studio).await;
        let known = kit.studio.ledger().marked().unwrap();
        mark(&kit.studio).await;
        assert!(kit.studio.ledger().marked().unwrap() > known, "it moves although the clock stands still");
        assert!(held(&kit.studio).await.iter().all(|there| *there > 0));
        // As a database from before would have it.
        let row = crate::keys::house_rows::ActiveModel {
            name: Set("mark".into()),
            value: Set(known.to_be_bytes().to_vec()),
        };
        crate::keys::house_rows::Entity::update(row).exec(kit.studio.db().write()).await.unwrap();
        mark(&kit.studio).await;
        assert!(held(&kit.studio).await.iter().all(|there| *there == 0));
    });
}

#[test]
fn an_account_stands_as_was_said_last_on_whichever_machine() {
    on_both(async |kit| {
        let (here, second) = (kit.folder.path(), tempfile::tempdir().unwrap());
        let (there, database) = (second.path(), kit.studio.config().database.clone());
        let mut ids = Vec::new();
        for name in ["dora", "emil", "fay"] {
            ids.push(kit.account(&format!("{name}@example.org")).await);
        }
        let [dora, emil, fay]: [AccountId; 3] = ids.try_into().unwrap();
        let copies = [copied(kit, "first").await, copied(kit, "second").await];

        let (one, other) = (started(kit, here, &database).await, started(kit, there, &database).await);
        kit.clock.advance(1);
        one.accounts().leave(&dora).await.unwrap();
        other.accounts().restrict(&emil).await.unwrap();
        other.accounts().leave(&fay).await.unwrap();
        kit.clock.advance(1);
        other.accounts().stay(&dora, 0).await.unwrap();
        one.accounts().leave(&emil).await.unwrap();
        drop((one, other));

        // Neither a start changes it, nor does it matter who is the first to start on a database from before.
        for (database, machines) in
            [(&database, [here, there]), (&copies[0], [here, there]), (&copies[1], [there, here])]
        {
            for data in machines {
                started(kit, data, database).await;
            }
            let studio = started(kit, machines[0], database).await;
            for (account, expected) in [
                (&dora, (State::Active, false, false)),
                (&emil, (State::Leaving, true, true)),
                (&fay, (State::Leaving, true, false)),
            ] {
                let row = accounts::Entity::find_by_id(account.as_str()).one(studio.db().read()).await;
                let row = row.unwrap().unwrap();
                let stands = (row.state, row.leaving_at_ms.is_some(), row.restricted_at_ms.is_some());
                assert_eq!(stands, expected);
            }
        }
        remove(&copies).await;
    });
}

#[test]
fn of_the_marks_in_a_ledger_the_last_stays_and_nothing_else_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::in_folder(folder.path());
    ledger.forget(9).unwrap();
    assert_eq!(ledger.marked().unwrap(), 0);
    ledger.enter(Deleted::Account, "A").unwrap();
    ledger.mark(7).unwrap();
    ledger.enter_said(Said::NoMarketingAt, "a-hash", 9).unwrap();
    ledger.mark(8).unwrap();
    ledger.enter_said(Said::NoMarketing, "B", 1).unwrap();
    assert_eq!(ledger.marked().unwrap(), 8);
    ledger.forget(9).unwrap();
    let text = std::fs::read_to_string(ledger_in(folder.path())).unwrap();
    assert_eq!(text, "account A\nmark 8\nno-marketing B 1\n");
}

#[test]
fn proves_g_4_erased_stays_erased_after_bringing_back_a_backup_from_before() {
    on_both(async |kit| {
        let config = kit.studio.config();
        let to = kit.folder.path().join("backup");
        if !config.database.starts_with("sqlite") {
            assert_eq!(make(config, &outside(), &to).await.unwrap_err().code(), "backup-not-embedded");
            return;
        }
        let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
        let (_, kept) = paid(kit, &anna).await;
        paid(kit, &ben).await;
        let photo = kit.studio.photos().list(&anna).await.unwrap()[0].id.clone();
        let child = kit.studio.children().create(&anna, "Mia").await.unwrap().id;
        let content = make(config, &outside(), &to).await.unwrap();
        assert!(content.objects >= 6 && content.database_bytes > 10_000, "{content:?}");
        assert_eq!(make(config, &outside(), &to).await.unwrap_err().code(), "backup-there");
        assert!(!config.data.join("backup.sqlite").exists(), "the open copy is left");

        // Afterwards one account goes for good, and of another one a photo and a child.
        kit.studio.erasures().erase(&ben, Reason::Owner).await.unwrap();
        kit.studio.photos().delete(&anna, &photo).await.unwrap();
        kit.studio.children().delete(&anna, &child).await.unwrap();

        let folder = tempfile::tempdir().unwrap();
        let other = elsewhere(kit, folder.path());
        let lost = restore(&other, &outside(), &to, None).await.unwrap_err();
        assert_eq!(lost.code(), "restore-no-ledger");
        assert!(!folder.path().join("studio.sqlite").exists());
        let ledger = ledger_in(&config.data);
        assert_eq!(restore(&other, &outside(), &to, Some(&ledger)).await.unwrap(), content);
        let there = restore(&other, &outside(), &to, Some(&ledger)).await.unwrap_err();
        assert_eq!(there.code(), "restore-there");

        let studio = opened(other.clone()).await;
        assert_eq!(studio.accounts().get(&anna).await.unwrap().email, "anna@example.org");
        assert_eq!(studio.accounts().get(&ben).await.unwrap_err().code(), "account-not-found");
        assert!(studio.photos().list(&anna).await.unwrap().is_empty());
        assert!(studio.children().list(&anna).await.unwrap().is_empty());
        assert_eq!(studio.films().find(&anna, &kept).await.unwrap().id, kept);
        let names: Vec<_> = files_below(&folder.path().join("objects")).unwrap();
        assert!(names.len() < content.objects, "the objects of what was erased are still there");
        // Once more changes nothing: neither for who was never erased, nor for who comes later.
        drop(studio);
        let studio = opened(other).await;
        let later = insert_active(&studio, "late@example.org").await;
        assert_eq!(erase_again(&studio).await.unwrap(), 0);
        assert!(studio.accounts().get(&later).await.is_ok() && studio.accounts().get(&anna).await.is_ok());
    });
}

#[test]
fn who_objected_since_a_backup_has_objected_after_it_is_brought_back() {
    on_both(async |kit| {
        let config = kit.studio.config();
        if !config.database.starts_with("sqlite") {
            return;
        }
        let (marketing, accounts) = (kit.studio.marketing(), kit.studio.accounts());
        let agree = async |account: &AccountId| {
            let france = Country::parse("FR");
            marketing.subscribe(account, Method::Settings, "marketing-1", france).await.unwrap();
        };
        let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
        agree(&anna).await;
        // Who changed their mind, and that is in the backup, has.
        agree(&ben).await;
        marketing.stop(&ben, Method::Settings).await.unwrap();
        accounts.object_to_support(&ben).await.unwrap();
        kit.clock.advance(1);
        agree(&ben).await;
        accounts.allow_support(&ben).await.unwrap();
        let mut others = Vec::new();
        for name in ["dora", "emil", "fay", "gus"] {
            others.push(kit.account(&format!("{name}@example.org")).await);
        }
        let others: [AccountId; 4] = others.try_into().unwrap();
        accounts.leave(&others[1]).await.unwrap();
        accounts.restrict(&others[3]).await.unwrap();
        let to = kit.folder.path().join("backup");
        make(config, &outside(), &to).await.unwrap();

        kit.clock.advance(1);
        marketing.stop(&anna, Method::OneClick).await.unwrap();
        accounts.object_to_support(&anna).await.unwrap();
        // Who goes, and who goes after all not; whose data are only stored, and whose no more.
        let [dora, emil, fay, gus] = &others;
        accounts.leave(dora).await.unwrap();
        accounts.stay(emil, 0).await.unwrap();
        accounts.restrict(fay).await.unwrap();
        accounts.lift_restriction(gus).await.unwrap();
        // Somebody whom the backup does not know, and who has gone again.
        let carl = kit.account("carl@example.org").await;
        agree(&carl).await;
        marketing.stop(&carl, Method::MailLink).await.unwrap();
        kit.studio.erasures().erase(&carl, Reason::Owner).await.unwrap();

        let said_at_ms = kit.studio.now_ms();
        let folder = tempfile::tempdir().unwrap();
        let other = elsewhere(kit, folder.path());
        restore(&other, &outside(), &to, Some(&ledger_in(&config.data))).await.unwrap();
        for _ in 0..2 {
            let studio = opened(other.clone()).await;
            let (marketing, accounts) = (studio.marketing(), studio.accounts());
            let history = marketing.history(&anna).await.unwrap();
            assert_eq!(history.len(), 2, "once");
            assert_eq!((history[0].status, history[0].method), (Status::Unsubscribed, Method::Ledger));
            assert!(
                marketing.wish(&anna).await.unwrap().is_none()
                    && marketing.wish(&ben).await.unwrap().is_some()
            );
            assert!(accounts.objected_to_support(&anna).await.unwrap());
            assert!(!accounts.objected_to_support(&ben).await.unwrap());
            let [dora, emil, fay, gus] = &others;
            assert!(accounts.ends_at_ms(dora).await.is_ok() && accounts.ends_at_ms(emil).await.is_err());
            let since = async |account| accounts.get(account).await.unwrap().restricted_at_ms;
            assert_eq!((since(emil).await, since(fay).await), (None, Some(said_at_ms)));
            assert_eq!(since(gus).await, None);
            let out = crate::marketing::rows::suppressions::Entity::find();
            let out = out.all(studio.db().read()).await.unwrap();
            let out: Vec<_> = out.into_iter().map(|row| row.email_index).collect();
            for (email, is_out) in [("anna", true), ("ben", false), ("carl", true)] {
                let index = studio.accounts().index_of(&format!("{email}@example.org")).unwrap();
                assert_eq!(out.contains(&index), is_out, "{email}");
            }
        }
    });
}

#[test]
fn what_cannot_be_brought_back_whole_leaves_nothing_and_what_is_there_is_open_to_its_owner_alone() {
    on_both(async |kit| {
        let config = kit.studio.config();
        if !config.database.starts_with("sqlite") {
            return;
        }
        let anna = kit.account("anna@example.org").await;
        paid(kit, &anna).await;
        let to = kit.folder.path().join("backup");
        make(config, &outside(), &to).await.unwrap();
        let ledger = kit.folder.path().join("nothing");
        std::fs::write(&ledger, "").unwrap();

        // With another master key nothing opens; the new one goes again.
        let folder = tempfile::tempdir().unwrap();
        let stranger = Config::in_folder(folder.path());
        let refused = restore(&stranger, &outside(), &to, Some(&ledger)).await.unwrap_err();
        assert_eq!(refused.code(), "backup-broken");
        assert!(!crate::master_key_file(&stranger).unwrap().exists(), "a key is left that opens nothing");

        // A folder is in the way of the last object.
        let other = elsewhere(kit, folder.path());
        let last = files_below(&to.join("objects")).unwrap().pop().unwrap();
        let objects = folder.path().join("objects");
        let in_the_way = objects.join(last.strip_prefix(to.join("objects")).unwrap());
        std::fs::create_dir_all(&in_the_way).unwrap();
        let broken_off = restore(&other, &outside(), &to, Some(&ledger)).await.unwrap_err();
        assert_eq!(broken_off.code(), "backup-away");
        assert!(files_below(&objects).unwrap().is_empty(), "objects are left");
        // Nor does a half database stay.
        std::fs::remove_dir(&in_the_way).unwrap();
        let missing = folder.path().join("missing");
        assert!(restore(&other, &outside(), &to, Some(&missing)).await.is_err());
        let left = files_below(folder.path()).unwrap();
        assert!(left.iter().all(|file| file.ends_with("backup.lock")), "{left:?}");

        restore(&other, &outside(), &to, Some(&ledger)).await.unwrap();
        for file in files_below(folder.path()).unwrap() {
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        }
    });
}

#[test]
fn what_was_shared_when_a_backup_was_made_is_not_shared_when_it_is_brought_back() {
    on_both(async |kit| {
        let config = kit.studio.config();
        if !config.database.starts_with("sqlite") {
            return;
        }
        let anna = kit.account("anna@example.org").await;
        put(kit, shared(&anna)).await;
        let to = kit.folder.path().join("backup");
        make(config, &outside(), &to).await.unwrap();
        // Ended since, perhaps: nobody knows.
        let folder = tempfile::tempdir().unwrap();
        let ledger = kit.folder.path().join("nothing");
        std::fs::write(&ledger, "").unwrap();
        let other = elsewhere(kit, folder.path());
        restore(&other, &outside(), &to, Some(&ledger)).await.unwrap();
        let studio = opened(other).await;
        let share = crate::shares::rows::Entity::find().one(studio.db().read()).await.unwrap().unwrap();
        assert_eq!(share.ended_at_ms, Some(NOON_MS));
    });
}

#[test]
fn when_something_leaked_nobody_is_let_in_any_more_and_nothing_else_is_taken_back() {
    on_both(async |kit| {
        let (studio, now) = (&kit.studio, kit.studio.now_ms());
        let anna = kit.account("anna@example.org").await;
        give_all(kit, &anna).await;
        let link = crate::accounts::rows::links::ActiveModel {
            id: Set("a link".into()),
            account_id: Set(anna.to_string()),
            token_hash: Set(vec![1]),
            waiting_hash: Set(vec![2]),
            code_hash: Set(vec![3]),
            tries: Set(0),
            created_at_ms: Set(now),
            expires_at_ms: Set(now + HOUR_MS),
            used_at_ms: Set(None),
        };
        put(kit, link).await;
        let case = with_file(kit, "Fay <fay@example.org>", "1").await;
        studio.enquiries().ask_whose(&kit.operator(), &case).await.unwrap();
        let asked = "enquiries WHERE token_hash IS NOT NULL";
        assert_eq!(count(studio, asked).await, 1);
        let operator = studio.sessions().new_operator_token().await.unwrap();
        let mut left = held(studio).await;
        assert!(left.iter().all(|there| *there > 0), "{left:?}");
        end_all(studio).await.unwrap();
        // Sessions, passkeys, roles, looks and shared films, as they stand in what is held.
        for ended in [0, 1, 2, 3, 5] {
            left[ended] = 0;
        }
        assert_eq!(held(studio).await, left);
        assert_eq!(count(studio, "links").await, 0);
        assert_eq!(count(studio, asked).await, 0, "a link to confirm a request still works");
        let refused = studio.sessions().operator_sign_in(&operator).await.unwrap_err();
        assert_eq!(refused.code(), "operator-link-invalid");
        // Whoever runs the installation lets themselves in again.
        let operator = studio.sessions().new_operator_token().await.unwrap();
        assert!(studio.sessions().operator_sign_in(&operator).await.is_ok());
    });
}

#[test]
fn a_backup_holds_nothing_to_read_and_any_change_is_found() {
    on_both(async |kit| {
        let config = kit.studio.config();
        if !config.database.starts_with("sqlite") {
            return;
        }
        let anna = kit.account("anna@example.org").await;
        paid(kit, &anna).await;
        let to = kit.folder.path().join("backup");
        let content = make(config, &outside(), &to).await.unwrap();
        for file in files_below(&to).unwrap() {
            let bytes = std::fs::read(&file).unwrap();
            for canary in ["anna@example", anna.as_str(), "SQLite format", "CREATE TABLE"] {
                let found = bytes.windows(canary.len()).any(|part| part == canary.as_bytes());
                assert!(!found, "{canary} stands in {}", file.display());
            }
        }
        assert_eq!(check(config, &outside(), &to).await.unwrap(), content);
        for file in files_below(&to).unwrap() {
            let whole = std::fs::read(&file).unwrap();
            let mut changed = whole.clone();
            let at = changed.len() / 2;
            changed[at] ^= 1;
            std::fs::write(&file, &changed).unwrap();
            let found = check(config, &outside(), &to).await;
            // The day in the head is the one thing that nothing depends on.
            if !file.ends_with("backup.json") {
                assert_eq!(found.unwrap_err().code(), "backup-broken", "{}", file.display());
            }
            std::fs::write(&file, &whole).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let stranger = check(&Config::in_folder(folder.path()), &outside(), &to).await.unwrap_err();
        assert_eq!(stranger.code(), "backup-broken", "another master key opens it");
    });
}

#[test]
fn a_copy_that_a_killed_backup_left_goes_at_the_next_opening_but_not_while_one_is_under_way() {
    on_both(async |kit| {
        let config = kit.studio.config();
        let left =
            ["", "-wal", "-shm", "-journal"].map(|end| config.data.join(format!("backup.sqlite{end}")));
        let leave = || left.iter().for_each(|file| std::fs::write(file, "anna@example.org").unwrap());
        let there = || left.iter().filter(|file| file.exists()).count();
        let open = async || {
            let mut outside = Outside::embedded();
            outside.clock = kit.clock.clone();
            let catalogue = crate::films::testing::catalogue();
            drop(Studio::open(config.clone(), outside, catalogue).await.unwrap());
        };
        leave();
        let turn = leftovers::turn(&config.data).unwrap();
        open().await;
        kit.studio.tidy().await.unwrap();
        assert_eq!(there(), 4, "it was taken from under a backup");
        drop(turn);
        open().await;
        assert_eq!(there(), 0, "it is left after opening");
        leave();
        kit.studio.tidy().await.unwrap();
        assert_eq!(there(), 0, "it is left after tidying");

        // The database of a restore that was cut off is such a copy too.
        let Ok(database) = sqlite_file(config) else { return };
        let half = leftovers::unfinished(&database);
        let journal = half.with_file_name("studio.unfinished-journal");
        for file in [&half, &journal] {
            std::fs::write(file, "anna@example.org").unwrap();
        }
        open().await;
        assert!(!half.exists() && !journal.exists() && database.exists());
    });
}

#[test]
fn a_second_backup_at_the_same_time_is_refused_and_one_cut_off_is_begun_anew() {
    on_both(async |kit| {
        let config = kit.studio.config();
        if !config.database.starts_with("sqlite") {
            return;
        }
        let to = kit.folder.path().join("backup.1");
        let unfinished = kit.folder.path().join("backup.1.unfinished");
        std::fs::create_dir_all(unfinished.join("objects")).unwrap();
        std::fs::write(unfinished.join("objects/half"), "half").unwrap();
        let turn = leftovers::turn(&config.data).unwrap();
        assert_eq!(make(config, &outside(), &to).await.unwrap_err().code(), "backup-under-way");
        let back = restore(config, &outside(), &to, None).await.unwrap_err();
        assert_eq!(back.code(), "backup-under-way");
        assert!(!to.exists() && unfinished.join("objects/half").exists(), "something was changed");
        drop(turn);
        make(config, &outside(), &to).await.unwrap();
        assert!(!unfinished.exists() && !to.join("objects/half").exists());
        check(config, &outside(), &to).await.unwrap();
    });
}

#[test]
fn ledgers_are_joined_and_a_line_that_was_cut_off_takes_none_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (own, more) = (ledger_in(folder.path()), folder.path().join("newer"));
    std::fs::write(&more, "account B\n").unwrap();
    ledger::join(&own, &more).unwrap();
    assert_eq!(std::fs::read_to_string(&own).unwrap(), "account B\n");
    std::fs::write(&own, "account A\nphot").unwrap();
    ledger::join(&own, &more).unwrap();
    assert_eq!(std::fs::read_to_string(&own).unwrap(), "account A\nphot\naccount B\n");
    assert_eq!(files_below(folder.path()).unwrap().len(), 2, "an unfinished one is left");
}

#[test]
fn a_gift_pass_that_was_used_since_a_backup_is_used_when_that_is_brought_back() {
    on_both(async |kit| {
        let (data, database) = (kit.folder.path(), kit.studio.config().database.clone());
        let ben = kit.account("ben@example.org").await;
        let mut codes = Vec::new();
        for _ in 0..2 {
            let reason = crate::gifts::Reason::Present;
            codes.push(kit.studio.gifts().issue(&kit.operator(), None, reason, None).await.unwrap());
        }
        let (order, pay_key) = whole_order(kit, &ben).await;
        erase_again(&kit.studio).await.unwrap();
        let copies = [copied(kit, "before").await];

        kit.clock.advance(1);
        let studio = started(kit, data, &database).await;
        studio.gifts().redeem(&ben, &order, &pay_key, &codes[0], &kit.client()).await.unwrap();
        drop(studio);
        let studio = started(kit, data, &copies[0]).await;
        let used = studio.gifts().look(&codes[0], &kit.client()).await;
        assert_eq!(used.unwrap_err().code(), "pass-used");
        studio.gifts().look(&codes[1], &kit.client()).await.unwrap();
        remove(&copies).await;
    });
}

#[test]
fn a_line_of_a_gift_pass_whose_change_was_not_committed_uses_nothing_up() {
    on_both(async |kit| {
        let gifts = kit.studio.gifts();
        let reason = crate::gifts::Reason::Present;
        let code = gifts.issue(&kit.operator(), None, reason, None).await.unwrap();
        let pass = gifts.issued().await.unwrap().remove(0).id;
        kit.studio.ledger().enter_said(Said::PassUsed, pass.as_str(), kit.studio.now_ms()).unwrap();
        erase_again(&kit.studio).await.unwrap();
        assert_eq!(told(&kit.studio, kit, &code).await, Ok(()));
    });
}

/// What somebody with a code is told of its pass.
async fn told(studio: &Studio, kit: &Kit, code: &str) -> Result<(), &'static str> {
    studio.gifts().look(code, &kit.client()).await.map(drop).map_err(|error| error.code())
}

#[test]
fn a_gift_pass_stands_as_was_said_last_on_whichever_machine() {
    on_both(async |kit| {
        let (here, second) = (kit.folder.path(), tempfile::tempdir().unwrap());
        let (there, database) = (second.path(), kit.studio.config().database.clone());
        let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
        let gifts = kit.studio.gifts();
        let mut codes = Vec::new();
        for _ in 0..3 {
            // So that their ids follow on one another.
            kit.clock.advance(1);
            let reason = crate::gifts::Reason::Present;
            codes.push(gifts.issue(&kit.operator(), None, reason, None).await.unwrap());
        }
        let last = gifts.issued().await.unwrap().remove(0).id;
        let new = NewGift { film: Some("tiny".into()), giver: "Anna".into(), message: String::new() };
        let gift = gifts.begin(&anna, &new).await.unwrap();
        let pay_key = gifts.find(&anna, &gift).await.unwrap().pay_key;
        gifts.pay(&anna, &gift, &pay_key, Outcome::Pay).await.unwrap();
        codes.push(gifts.find(&anna, &gift).await.unwrap().code.unwrap());
        let (of_anna, of_ben) = (whole_order(kit, &anna).await, whole_order(kit, &ben).await);
        let copies = [copied(kit, "first").await, copied(kit, "second").await];

        let (one, other) = (started(kit, here, &database).await, started(kit, there, &database).await);
        kit.clock.advance(1);
        // Two are used here, one of them is good again there.
        for (whose, order, code) in [(&anna, &of_anna, &codes[0]), (&ben, &of_ben, &codes[1])] {
            one.gifts().redeem(whose, &order.0, &order.1, code, &kit.client()).await.unwrap();
        }
        kit.clock.advance(1);
        let failed = format!("UPDATE orders SET state = 'failed' WHERE id = '{}'", of_ben.0);
        other.db().write().execute_unprepared(&failed).await.unwrap();
        other.orders().refund(&of_ben.0).await.unwrap();
        // One is taken back by the desk, one by who gave it.
        other.gifts().revoke(&last).await.unwrap();
        one.gifts().withdraw(&anna, &gift).await.unwrap();
        drop((one, other));

        // Neither a start changes it, nor does it matter who is the first to start on a database from before.
        let expected = [Err("pass-used"), Ok(()), Err("pass-revoked"), Err("pass-revoked")];
        for (database, machines) in
            [(&database, [here, there]), (&copies[0], [here, there]), (&copies[1], [there, here])]
        {
            for data in machines {
                started(kit, data, database).await;
            }
            let studio = started(kit, machines[0], database).await;
            for (code, expected) in codes.iter().zip(expected) {
                assert_eq!(told(&studio, kit, code).await, expected);
            }
            // Its giver has the money, which a database from before asks for again.
            studio.gifts().carry_on().await.unwrap();
            let state = crate::gifts::rows::gifts::Entity::find_by_id(gift.as_str());
            let state = state.one(studio.db().read()).await.unwrap().unwrap().state;
            assert_eq!(state, crate::gifts::rows::gifts::State::Returned);
            let refunded = "charges WHERE refunded_at_ms IS NOT NULL AND order_id IN (SELECT id FROM gifts)";
            assert_eq!(count(&studio, refunded).await, 1);
        }
        remove(&copies).await;
    });
}

#[test]
fn published_films_come_back_and_those_that_copies_lack_are_named() {
    on_both(async |kit| {
        let config = kit.studio.config();
        let anna = kit.account("anna@example.org").await;
        paid(kit, &anna).await;
        assert!(missing_films(&kit.studio).await.unwrap().is_empty());
        let (catalogue, eyes) = (crate::films::Catalogue::default(), Arc::new(Painted));
        let without = Studio::open_with(config.clone(), outside(), catalogue, eyes).await.unwrap();
        assert_eq!(missing_films(&without).await.unwrap(), ["tiny 1"]);
        drop(without);
        if !config.database.starts_with("sqlite") {
            return;
        }

        // A film, half of its next version, and a link to one that lies elsewhere.
        let (words, boat) = ("a film about a boat", config.data.join("films/boat"));
        for version in ["1", ".2.part"] {
            std::fs::create_dir_all(boat.join(version)).unwrap();
            std::fs::write(boat.join(version).join("film.toml"), words).unwrap();
        }
        std::os::unix::fs::symlink("1", boat.join("0")).unwrap();
        kit.studio.objects().claim().await.unwrap();
        let to = kit.folder.path().join("backup");
        let content = make(config, &outside(), &to).await.unwrap();
        assert_eq!(content.film_files, 1);
        for file in files_below(&to).unwrap() {
            let bytes = std::fs::read(&file).unwrap();
            let found = bytes.windows(words.len()).any(|part| part == words.as_bytes());
            assert!(!found, "it can be read in {}", file.display());
        }

        let (folder, ledger) = (tempfile::tempdir().unwrap(), kit.folder.path().join("nothing"));
        std::fs::write(&ledger, "").unwrap();
        let other = elsewhere(kit, folder.path());
        // Not in the place of another studio's objects.
        let mark = folder.path().join("objects/shared").join(MARKER);
        std::fs::create_dir_all(mark.parent().unwrap()).unwrap();
        std::fs::write(&mark, "another's").unwrap();
        let refused = restore(&other, &outside(), &to, Some(&ledger)).await.unwrap_err();
        assert_eq!(refused.code(), "restore-of-another");
        assert_eq!(std::fs::read_to_string(&mark).unwrap(), "another's");
        std::fs::remove_file(&mark).unwrap();
        assert_eq!(restore(&other, &outside(), &to, Some(&ledger)).await.unwrap(), content);
        let back = files_below(&folder.path().join("films")).unwrap();
        assert_eq!(back, [folder.path().join("films/boat/1/film.toml")]);
        assert_eq!(std::fs::read_to_string(&back[0]).unwrap(), words);
        // The objects that were brought back are the database's.
        opened(other).await.objects().claim().await.unwrap();

        // A film that is there already is as it was where it cannot be written anew whole.
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().join("films/boat/1/film.toml");
        let beside = folder.path().join("films/boat/1/film.toml.unfinished");
        std::fs::create_dir_all(&beside).unwrap();
        std::fs::write(&there, "what is there").unwrap();
        let other = elsewhere(kit, folder.path());
        assert!(restore(&other, &outside(), &to, Some(&ledger)).await.is_err());
        assert_eq!(std::fs::read_to_string(&there).unwrap(), "what is there");
        std::fs::remove_dir(&beside).unwrap();
        restore(&other, &outside(), &to, Some(&ledger)).await.unwrap();
        assert_eq!(std::fs::read_to_string(&there).unwrap(), words);
        assert_eq!(files_below(&folder.path().join("films")).unwrap(), [there]);

        // A backup from before films were in it.
        let head = to.join("backup.json");
        let mut old: serde_json::Value = serde_json::from_slice(&std::fs::read(&head).unwrap()).unwrap();
        old.as_object_mut().unwrap().remove("films").unwrap();
        std::fs::write(&head, old.to_string()).unwrap();
        assert_eq!(check(config, &outside(), &to).await.unwrap().film_files, 0);
    });
}

#[test]
fn what_goes_while_a_backup_is_made_is_in_it_or_is_told() {
    on_both(async |kit| {
        let config = kit.studio.config();
        let Ok(database) = sqlite_file(config) else { return };
        let anna = kit.account("anna@example.org").await;
        paid(kit, &anna).await;
        let (objects, to) = (config.data.join("objects"), kit.folder.path().join("to"));
        let mut list = List::new();
        copy_objects(&objects, &to, &mut list).unwrap();
        let (before, gone) = (list.len(), files_below(&objects).unwrap().remove(0));
        std::fs::rename(&gone, gone.with_file_name("came")).unwrap();
        copy_objects(&objects, &to, &mut list).unwrap();
        assert_eq!(list.len(), before + 1, "what went is in it, and what came");
        let copy = kit.folder.path().join("copy.sqlite");
        copy_database(&database, &copy).await.unwrap();
        assert_eq!(missing(&copy, &to.join("objects")).await.unwrap(), 0);
        assert_eq!(missing(&copy, &objects).await.unwrap(), 1);
    });
}

#[test]
fn how_old_the_last_backup_is_is_told_to_whoever_watches() {
    on_both(async |kit| {
        let config = kit.studio.config();
        if !config.database.starts_with("sqlite") {
            return;
        }
        let age_s = async || kit.studio.metrics().now().await.unwrap().backup_age_s;
        assert_eq!(age_s().await, None, "none is known");
        let to = kit.folder.path().join("backup");
        make(config, &outside(), &to).await.unwrap();
        kit.clock.advance(HOUR_MS);
        assert_eq!(age_s().await, Some(3_600));
        // One that is not made does not count.
        assert!(make(config, &outside(), &to).await.is_err());
        kit.clock.advance(HOUR_MS);
        assert_eq!(age_s().await, Some(7_200));
    });
}
