//! Exports, on both databases: everything is in them, and any part of them can be had alone.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use policy::Class;

use super::*;
use crate::db::testing::{Kit, on_both};
use crate::enquiries::testing::{confirm, with_file};
use crate::films::testing::{paid, whole_order};
use crate::orders::rows::orders as rows;
use crate::orders::{Missing, OrderId, OrderState, Paid, Thing};

async fn busy(kit: &Kit) -> AccountId {
    let account = kit.account("anna@example.org").await;
    paid(kit, &account).await;
    kit.studio.accounts().ask_for_address(&account, "other@example.org").await.unwrap();
    account
}

async fn whole(kit: &Kit, account: &AccountId, range: Option<Range<u64>>) -> Vec<u8> {
    let archive = kit.studio.exports().lay_out(account).await.unwrap();
    let bytes: Vec<Bytes> = archive.bytes(range).unwrap().try_collect().await.unwrap();
    bytes.concat()
}

fn unpacked(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(archive).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().display().to_string();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        files.insert(path, bytes);
    }
    files
}

#[test]
fn proves_s12_1_s12_5_every_classified_column_and_object_is_in_the_archive() {
    on_both(async |kit| {
        let account = busy(kit).await;
        let files = unpacked(&whole(kit, &account, None).await);
        let data: Value = serde_json::from_slice(&files["mini-studio/data.json"]).unwrap();
        let classes = kit.studio.policies().classification();
        for (table, what) in classes.tables.iter().filter(|(_, table)| table.account.is_some()) {
            let rows = data["tables"][table].as_array().unwrap_or_else(|| panic!("{table} is missing"));
            for (column, held) in what.columns.iter().filter(|(_, held)| held.secret.is_none()) {
                if let (Class::Personal(_), Some(row)) = (&held.class, rows.first()) {
                    let name = column.strip_suffix("_sealed").unwrap_or(column);
                    assert!(row.get(name).is_some(), "{table}.{column} is not in the export");
                }
            }
        }
        // What is sealed is open in it, and nobody else's is.
        assert_eq!(data["tables"]["accounts"][0]["email"], "anna@example.org");
        assert_eq!(data["tables"]["orders"][0]["name"], "Mia");
        assert_eq!(data["tables"]["films"][0]["options"]["age"], "5");
        assert_eq!(data["tables"]["mails"][0]["sealed"]["to"], "anna@example.org");
        assert_eq!(data["tables"]["email_changes"][0]["email"], "other@example.org");
        assert_eq!(data["tables"]["accounts"].as_array().unwrap().len(), 1);
        assert_eq!(data["tables"]["charges"].as_array().unwrap().len(), 1);
        let text = data["tables"].to_string();
        assert!(!text.contains("token_hash") && !text.contains("key_wrapped"), "secrets are held back");
        assert!(data["held_back"].as_array().unwrap().len() > 5);
        // Media: as many as the register has, each byte for byte.
        let kinds = classes.objects.iter().filter(|(_, object)| object.export).map(|(kind, _)| kind.clone());
        let kinds: BTreeSet<String> = kinds.collect();
        let stored = kit.studio.exports().objects(&account).await.unwrap();
        assert!(stored.iter().all(|row| kinds.contains(&row.kind)) && stored.len() >= 2);
        for file in data["files"].as_array().unwrap() {
            let path = format!("mini-studio/{}", file["path"].as_str().unwrap());
            assert_eq!(files[&path].len() as u64, file["bytes"].as_u64().unwrap(), "{path}");
        }
        assert_eq!(data["files"].as_array().unwrap().len(), stored.len());
        let png = files.iter().find(|(path, _)| path.ends_with(".png")).unwrap().1;
        assert!(png.starts_with(b"\x89PNG"));
    });
}

#[test]
fn proves_s12_1_s12_11_what_somebody_wrote_to_us_is_in_the_archive_once_they_confirmed_that_they_did() {
    on_both(async |kit| {
        let (account, enquiries) = (kit.account("anna@example.org").await, kit.studio.enquiries());
        let case = with_file(kit, "Anna@example.org", "1").await;
        let unconfirmed = with_file(kit, "anna@example.org", "2").await;
        let others = with_file(kit, "ben@example.org", "3").await;
        for case in [&case, &others] {
            confirm(kit, case).await;
        }
        enquiries.answer(&kit.operator(), &case, "This is all.").await.unwrap();
        let files = unpacked(&whole(kit, &account, None).await);
        let data: Value = serde_json::from_slice(&files["mini-studio/data.json"]).unwrap();
        let rows = |table: &str| data["tables"][table].as_array().unwrap().clone();
        let (cases, steps, attachments) =
            (rows("enquiries"), rows("enquiry_steps"), rows("enquiry_attachments"));
        assert_eq!((cases.len(), steps.len(), attachments.len()), (1, 4, 1));
        assert_eq!(cases[0]["id"], case.as_str());
        assert_eq!(cases[0]["sealed"]["email"], "Anna@example.org");
        assert!(cases[0]["sealed"]["message"].as_str().unwrap().contains("See this."));
        assert!(steps.iter().any(|step| step["words"] == "This is all."));
        assert_eq!(attachments[0]["name"], "ticket.pdf");
        assert_eq!(attachments[0]["bytes"], 9);
        let path = format!("attachments/{}.bin", attachments[0]["id"].as_str().unwrap());
        assert_eq!(files[&format!("mini-studio/{path}")], b"%PDF-1.7\n");
        assert!(data["files"].as_array().unwrap().iter().any(|file| file["path"] == path.as_str()));
        let held_back = data["held_back"].to_string();
        assert!(held_back.contains("enquiries.address_index"), "{held_back}");
        for case in [&unconfirmed, &others] {
            assert!(!data.to_string().contains(case.as_str()), "anybody can write another's address down");
        }
    });
}

async fn data(kit: &Kit, account: &AccountId) -> Value {
    serde_json::from_slice(&unpacked(&whole(kit, account, None).await)["mini-studio/data.json"]).unwrap()
}

#[test]
fn proves_s5_2_s12_3_with_a_film_goes_from_its_order_who_played_in_it() {
    on_both(async |kit| {
        let account = kit.account("anna@example.org").await;
        let (order, film) = paid(kit, &account).await;
        assert_eq!(data(kit, &account).await["tables"]["orders"][0]["options"]["age"], "5");
        kit.studio.films().delete(&account, &film).await.unwrap();
        let data = data(kit, &account).await;
        let row = &data["tables"]["orders"][0];
        for column in ["child_id", "name", "options", "photo_id", "guardian_wording", "second_name"] {
            assert!(row[column].is_null(), "{column}: {row}");
        }
        assert!(!data.to_string().contains("Mia"), "{data}");
        // What was paid stays in the books.
        assert_eq!(row["id"], order.as_str());
        let receipts = kit.studio.orders().receipts(&account).await.unwrap();
        assert_eq!(receipts.len(), 1);
        let Thing::Film { name, second, made, .. } = &receipts[0].thing else { panic!("a film") };
        assert!(name.is_none() && second.is_none() && made.is_none());
        assert!(matches!(receipts[0].paid, Paid::Money(_)));
    });
}

#[test]
fn proves_s12_3_a_deleted_child_goes_from_drafts_and_from_orders_without_a_film() {
    on_both(async |kit| {
        let account = kit.account("anna@example.org").await;
        let (children, orders) = (kit.studio.children(), kit.studio.orders());
        let mia = children.create(&account, "Mia").await.unwrap().id;
        let (with_film, _) = paid(kit, &account).await;
        // One that came to no film, and a draft.
        let (ended, _) = whole_order(kit, &account).await;
        let turn = |id: &OrderId| rows::Entity::update_many().filter(rows::Column::Id.eq(id.as_str()));
        turn(&ended)
            .col_expr(rows::Column::State, Expr::value(OrderState::Refunded))
            .col_expr(rows::Column::OpenKey, Expr::value(None::<String>))
            .exec(kit.studio.db().write())
            .await
            .unwrap();
        let (draft, _) = whole_order(kit, &account).await;
        for order in [&with_film, &ended, &draft] {
            turn(order)
                .col_expr(rows::Column::ChildId, Expr::value(Some(mia.to_string())))
                .exec(kit.studio.db().write())
                .await
                .unwrap();
        }

        children.delete(&account, &mia).await.unwrap();
        let data = data(kit, &account).await;
        for row in data["tables"]["orders"].as_array().unwrap() {
            // The film itself has the name, until it is deleted.
            let stays = row["id"] == with_film.as_str();
            assert!(row["child_id"].is_null());
            assert_eq!((row["name"].is_null(), row["options"].is_null()), (!stays, !stays), "{row}");
        }
        // The draft asks for them again, and has its photo still.
        let draft = orders.find(&account, &draft).await.unwrap();
        assert_eq!(draft.missing, [Missing::Name, Missing::Option("age".into())]);
    });
}

#[test]
fn what_the_archive_holds_is_said_in_the_language_of_the_account() {
    on_both(async |kit| {
        let account = busy(kit).await;
        let mut said = BTreeSet::new();
        for language in policy::LANGUAGES {
            kit.studio.accounts().set_language(&account, language).await.unwrap();
            let files = unpacked(&whole(kit, &account, None).await);
            let text = String::from_utf8(files["mini-studio/read-me.txt"].clone()).unwrap();
            assert_eq!(text, read_me(language));
            // It names what lies beside it.
            for path in files.keys().filter(|path| !path.ends_with("read-me.txt")) {
                let name = path.split('/').nth(1).unwrap();
                assert!(text.contains(&format!("  {name}")), "{language}: {name}");
            }
            said.insert(text);
        }
        assert_eq!(said.len(), policy::LANGUAGES.len());
    });
}

#[test]
fn any_part_of_the_archive_is_that_part_of_the_whole() {
    on_both(async |kit| {
        let account = busy(kit).await;
        confirm(kit, &with_file(kit, "anna@example.org", "1").await).await;
        let all = whole(kit, &account, None).await;
        let size = all.len() as u64;
        assert_eq!(kit.studio.exports().lay_out(&account).await.unwrap().size, size);
        for (from, to) in
            [(0, size), (0, 1), (511, 513), (size - 1025, size), (700, 4_000), (size / 2, size), (5, 5)]
        {
            let part = whole(kit, &account, Some(from..to)).await;
            assert_eq!(part, all[from as usize..to as usize], "{from}..{to}");
        }
        let archive = kit.studio.exports().lay_out(&account).await.unwrap();
        assert_eq!(archive.bytes(Some(0..size + 1)).err().unwrap().code(), "range-outside");
        // Another name for another archive, the same for the same one.
        let etag = async || kit.studio.exports().lay_out(&account).await.unwrap().etag;
        let before = etag().await;
        assert_eq!(etag().await, before);
        kit.studio.orders().begin(&account, "tiny", "en").await.unwrap();
        assert_ne!(etag().await, before);
    });
}
