//! ImageKit: the whole life of a picture there, its copies in the cache included, signed addresses by the vendor's own
//! cases, and what happens when it fails.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use egress::{Blocked, Method, RetryPolicy};
use emulators::imagekit as vendor;
use emulators::{Hook, Mood};
use policy::{Personal, ProcessorId, kind, processor, purpose};
use processors::imagekit::{
    Deleted, Erasing, Error, Event, File, Format, ImageKit, LINK_LIFE_MAX_S, LinkError, Picture, RandomName,
    Rejected, Settings, Still, What, link, signature,
};
use processors::role::{Erased, Erases};
use processors::svix::SvixError;
use processors::{Connected, Secret};
use serde_json::{Value, json};

use crate::NOW_MS;

const NOW_S: i64 = NOW_MS / 1000;
const VECTORS: &str = include_str!("../contracts/imagekit/vectors.json");
const PUBLISHED: &str = include_str!("../contracts/imagekit/published.json");
/// What is signed for an address without an end.
const FOR_EVER_S: i64 = 9_999_999_999;

fn settings() -> Settings {
    let retry = RetryPolicy {
        tries_max: 3,
        first_wait: Duration::from_millis(1),
        wait_max: Duration::from_millis(5),
    };
    let webhook_secrets = vec![Secret::new(vendor::WEBHOOK_SECRET)];
    let usual = Settings::new(Secret::new(vendor::PRIVATE_KEY), vendor::ENDPOINT);
    Settings { retry, webhook_secrets, ..usual }
}

async fn kit() -> (vendor::ImageKit, ImageKit) {
    let emulated = vendor::ImageKit::start().await;
    let kit = with(&emulated, settings());
    (emulated, kit)
}

fn with(emulated: &vendor::ImageKit, settings: Settings) -> ImageKit {
    let at = emulated.emulator.address;
    let hosts = [("upload.imagekit.io", at), ("api.imagekit.io", at)];
    ImageKit::new(crate::egress(&[ProcessorId::Imagekit], &hosts), settings)
}

fn name(number: u8) -> RandomName {
    RandomName::new([number; 16])
}

async fn upload(kit: &ImageKit, film: u8, number: u8) -> Result<File, Error> {
    let bytes = Personal::<kind::Still, _>::new(vec![0xff, 0xd8, 0xff, number]);
    kit.upload(&Still { film: &name(film), name: &name(number), format: Format::Jpeg, bytes: &bytes }).await
}

/// Its addresses, as it is and smaller.
fn addresses(kit: &ImageKit, file: &File) -> [String; 2] {
    let plain = Picture::plain(&file.path);
    let small = Picture { transformation: "w-400,h-300", ..plain };
    [plain, small].map(|picture| kit.link(&picture, NOW_S, 600).unwrap())
}

/// Whether the copies are gone, asked at most so many times.
async fn erased(kit: &ImageKit, erasing: &Erasing, asked_max: u32) -> Result<bool, Error> {
    for _ in 0..asked_max {
        if kit.erased(erasing).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn heard(kit: &ImageKit, hook: &Hook, now_s: i64) -> Result<Event, Rejected> {
    let header =
        |name: &str| hook.headers.iter().find(|header| header.0 == name).map(|header| header.1.as_str());
    kit.webhook(header, &hook.body, now_s)
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn asked_count(emulated: &vendor::ImageKit, path: &str) -> usize {
    emulated.emulator.asked().iter().filter(|asked| asked.path.starts_with(path)).count()
}

#[tokio::test]
async fn a_picture_is_kept_shown_and_erased_with_its_copies() {
    let (emulated, kit) = kit().await;
    let file = upload(&kit, 1, 2).await.unwrap();
    assert_eq!(file.path, format!("/stills/{}/{}.jpg", name(1).as_str(), name(2).as_str()));
    assert_eq!(file.bytes, Some(4));
    let kept = emulated.files();
    assert_eq!(kept.len(), 1);
    assert!(kept[0].is_private && kept[0].bytes[..] == [0xff, 0xd8, 0xff, 2]);
    assert_eq!(kept[0].content_type, "image/jpeg");
    let sent: Vec<&str> = kept[0].fields.keys().map(String::as_str).collect();
    assert_eq!(sent, ["fileName", "folder", "isPrivateFile", "useUniqueFileName"], "and nothing else");
    assert_eq!(kit.file(&file.id).await.unwrap(), Some(file.clone()));

    let [whole, small] = addresses(&kit, &file);
    for url in [&whole, &small] {
        assert_eq!(emulated.show(url, NOW_S), 200, "{url}");
        assert_eq!(emulated.show(url, NOW_S + 600), 401, "it ends");
        assert_eq!(emulated.show(url.split("ik-t=").next().unwrap(), NOW_S), 401, "not without");
    }
    assert_eq!(emulated.show(&small.replace("w-400", "w-401"), NOW_S), 401, "nor otherwise");

    // Another film's picture stays.
    let other = upload(&kit, 9, 2).await.unwrap();
    let [other_whole, _] = addresses(&kit, &other);
    assert_eq!(emulated.show(&other_whole, NOW_S), 200);

    emulated.slow_purges(2);
    let erasing = kit.erase(&name(1), std::slice::from_ref(&file.id)).await.unwrap();
    assert_eq!(erasing.files, [Deleted { id: file.id.clone(), was_there: true }]);
    assert_eq!(emulated.show(&small, NOW_S), 200, "deleting alone leaves copies");
    assert_eq!(kit.erased(&erasing).await, Ok(false));
    assert_eq!(erased(&kit, &erasing, 1).await, Ok(false));
    assert_eq!(erased(&kit, &erasing, 5).await, Ok(true));
    for url in [&whole, &small] {
        assert_eq!(emulated.show(url, NOW_S), 404);
    }
    assert_eq!(emulated.files().len(), 1);
    assert_eq!(emulated.cached().len(), 1);
    assert_eq!(emulated.show(&other_whole, NOW_S), 200);
    assert_eq!(kit.file(&file.id).await, Ok(None));

    let again = kit.erase(&name(1), std::slice::from_ref(&file.id)).await.unwrap();
    assert!(!again.files[0].was_there, "it may be asked for again");
}

#[tokio::test]
async fn many_are_deleted_at_once_and_what_is_missing_holds_nobody_up() {
    let (emulated, kit) = kit().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(upload(&kit, 1, number).await.unwrap().id);
    }
    kit.delete(&ids[3]).await.unwrap();
    let deleted = kit.delete_all(&ids).await.unwrap();
    let there: Vec<bool> = deleted.iter().map(|deleted| deleted.was_there).collect();
    assert_eq!(there, [true, true, true, false, true]);
    assert!(deleted.iter().map(|deleted| &deleted.id).eq(&ids));
    assert!(emulated.files().is_empty());
    assert_eq!(asked_count(&emulated, "/v1/files/batch/deleteByFileIds"), 2);
    assert!(!kit.delete_all(&ids).await.unwrap().iter().any(|deleted| deleted.was_there));
    assert_eq!(kit.delete_all(&[]).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_picture_lies_there_once_whatever_happens_on_the_way() {
    for mood in [Mood::CutAfter, Mood::CutBefore, Mood::Fails(500), Mood::TooMany(0)] {
        let (emulated, kit) = kit().await;
        emulated.emulator.mood([mood]);
        let file = upload(&kit, 1, 2).await.unwrap();
        assert_eq!(emulated.files().len(), 1, "{mood:?}");
        assert_eq!(emulated.files()[0].id, file.id, "{mood:?}");

        emulated.emulator.mood([mood]);
        let erasing = kit.erase(&name(1), std::slice::from_ref(&file.id)).await.unwrap();
        emulated.emulator.mood([mood]);
        assert_eq!(erased(&kit, &erasing, 2).await, Ok(true), "{mood:?}");
        assert!(emulated.files().is_empty() && emulated.cached().is_empty(), "{mood:?}");
    }
}

#[tokio::test]
async fn one_that_stays_away_is_said_to_be() {
    let (emulated, kit) = kit().await;
    emulated.emulator.mood([Mood::TooMany(60)]);
    let away = upload(&kit, 1, 2).await.unwrap_err();
    assert!(matches!(away, Error::Away { retry_after_s: Some(60), .. }), "{away:?}");
    emulated.emulator.mood([Mood::Fails(500), Mood::Fails(502), Mood::Fails(503)]);
    let away = kit.delete("0").await.unwrap_err();
    assert!(matches!(away, Error::Away { retry_after_s: None, .. }), "{away:?}");
    assert!(emulated.files().is_empty());
}

#[tokio::test]
async fn a_forgotten_purge_is_asked_for_again() {
    let (emulated, kit) = kit().await;
    let file = upload(&kit, 1, 2).await.unwrap();
    assert_eq!(emulated.show(&addresses(&kit, &file)[1], NOW_S), 200);
    let erasing = kit.erase(&name(1), std::slice::from_ref(&file.id)).await.unwrap();
    emulated.forget_purges();
    assert_eq!(kit.erased(&erasing).await, Err(Error::NotFound));
    assert_eq!(emulated.cached().len(), 1);
    let erasing = kit.erase(&name(1), std::slice::from_ref(&file.id)).await.unwrap();
    assert_eq!(kit.erased(&erasing).await, Ok(true));
    assert!(emulated.cached().is_empty());
}

#[tokio::test]
async fn a_file_that_is_not_private_is_told_of() {
    let (emulated, kit) = kit().await;
    emulated.forget_private();
    let Err(Error::Public(id)) = upload(&kit, 1, 2).await else { panic!("it is open to everybody") };
    assert_eq!(kit.file(&id).await, Err(Error::Public(id.clone())));
    assert!(kit.delete(&id).await.unwrap().was_there);
    assert!(emulated.files().is_empty());
}

#[tokio::test]
async fn a_wrong_key_is_not_let_in() {
    let (emulated, _) = kit().await;
    let kit = with(&emulated, Settings { private_key: Secret::new("wrong"), ..settings() });
    assert_eq!(upload(&kit, 1, 2).await, Err(Error::Credentials(401)));
    assert_eq!(kit.delete("0").await, Err(Error::Credentials(401)));
    assert!(emulated.files().is_empty());
}

#[tokio::test]
async fn what_imagekit_may_not_get_does_not_go_out() {
    let emulated = vendor::ImageKit::start().await;
    let at = emulated.emulator.address;
    let hosts = [("upload.imagekit.io", at), ("api.imagekit.io", at)];
    let off = ImageKit::new(crate::egress(&[ProcessorId::Mux], &hosts), settings());
    assert_eq!(upload(&off, 1, 2).await, Err(Error::Blocked(Blocked::SwitchedOff)));

    let egress = crate::egress(&[ProcessorId::Imagekit], &hosts);
    for field in ["tags", "customMetadata", "extensions", "description", "webhookUrl", "isPrivateFile"] {
        const ADDRESS: &str = "https://upload.imagekit.io/api/v1/files/upload";
        let call = egress.to::<processor::Imagekit, purpose::Films>(Method::POST, ADDRESS);
        let blocked = call.multipart().plain(field, "Mia").send().await.unwrap_err();
        assert_eq!(blocked, egress::Error::Blocked(ProcessorId::Imagekit, Blocked::Plain(field.to_owned())));
    }
    assert!(emulated.emulator.asked().is_empty());
}

#[tokio::test]
async fn webhooks_are_of_imagekit_of_now_and_counted_once() {
    let (emulated, kit) = kit().await;
    let done = json!({"type": "upload.post-transform.success", "id": "evt-1", "created_at": "2026-09-21T14:13:20Z",
        "data": {"fileId": "f", "name": "n.jpg", "url": "https://ik.imagekit.io/ministudio/n.jpg"}});
    let hook = emulated.hook("msg-1", &done, NOW_S);
    let receiver = crate::svix::receiver().await;
    let url = format!("http://{}/webhooks/imagekit", receiver.address);
    let mut seen = BTreeSet::new();
    for _ in 0..2 {
        assert_eq!(hook.post(&url).await.unwrap(), 200);
    }
    for came in receiver.asked() {
        let header = |name: &str| came.headers.get(name).and_then(|value| value.to_str().ok());
        let event = kit.webhook(header, &came.body, NOW_S + 1).unwrap();
        assert_eq!(event.what, What::UploadDone);
        seen.insert(event.id);
    }
    assert_eq!(seen.len(), 1, "the same event twice");

    let not = |why: SvixError| Err(Rejected::Signature(why));
    assert!(heard(&kit, &hook, NOW_S + 300).is_ok());
    assert_eq!(heard(&kit, &hook, NOW_S + 301), not(SvixError::TooOld), "as when it is replayed");
    assert!(heard(&kit, &hook, NOW_S - 300).is_ok());
    assert_eq!(heard(&kit, &hook, NOW_S - 301), not(SvixError::FromTheFuture));
    assert_eq!(heard(&kit, &emulated.forged_hook("msg-1", &done, NOW_S), NOW_S), not(SvixError::Signature));
    let other = Hook { body: b"{\"type\":\"upload.pre-transform.error\"}".to_vec(), ..hook.clone() };
    assert_eq!(heard(&kit, &other, NOW_S), not(SvixError::Signature));
    let unsigned = Hook { headers: Vec::new(), ..hook };
    assert!(matches!(heard(&kit, &unsigned, NOW_S), Err(Rejected::Signature(SvixError::Missing(_)))));

    for (kind, what) in [("upload.pre-transform.error", What::UploadFailed), ("file.deleted", What::Other)] {
        let event = heard(&kit, &emulated.hook("msg-2", &json!({"type": kind}), NOW_S), NOW_S).unwrap();
        assert_eq!(event, Event { id: "msg-2".to_owned(), what });
    }
    assert_eq!(heard(&kit, &emulated.hook("msg-3", &json!([]), NOW_S), NOW_S), Err(Rejected::Malformed));
    let without = with(&emulated, Settings { webhook_secrets: Vec::new(), ..settings() });
    assert_eq!(heard(&without, &emulated.hook("msg-4", &done, NOW_S), NOW_S), not(SvixError::Secret));
}

#[test]
fn addresses_of_the_vendors_cases() {
    let vectors = read(VECTORS);
    let cases = vectors["url_signing"]["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 10);
    for case in cases {
        let (input, url) = (&case["input"], case["url"].as_str().unwrap());
        let key = Secret::new(case["private_key"].as_str().unwrap());
        let made = transformation(&input["transformation"]);
        let query: Vec<(&str, &str)> = input["queryParameters"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let picture = Picture {
            path: input["src"].as_str().unwrap(),
            transformation: &made,
            is_in_path: input["transformationPosition"] == "path",
            query: &query,
        };
        let endpoint = input["urlEndpoint"].as_str().unwrap();
        match input["expiresIn"].as_i64() {
            Some(life_s) => {
                let now_s = case["now"].as_i64().unwrap();
                assert_eq!(
                    link(&key, endpoint, &picture, now_s, life_s).as_deref(),
                    Ok(url),
                    "{}",
                    case["name"]
                );
            }
            // We make none without an end; what it would be signed with is the same.
            None => assert_for_ever(&key, endpoint, url),
        }
    }
    let published = read(PUBLISHED);
    let cases = published["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 4);
    for case in cases {
        assert_for_ever(
            &Secret::new("dummy-key"),
            "https://ik.imagekit.io/demo",
            case["url"].as_str().unwrap(),
        );
    }
}

/// ImageKit's own words for steps of an image, as its client writes them.
fn transformation(steps: &Value) -> String {
    let word = |step: &serde_json::Map<String, Value>| {
        let short = [("width", "w"), ("height", "h"), ("rotation", "rt")];
        let known = short.iter().filter_map(|(name, short)| Some(format!("{short}-{}", step.get(*name)?)));
        known.collect::<Vec<_>>().join(",")
    };
    let steps = steps.as_array().into_iter().flatten().filter_map(Value::as_object);
    steps.map(word).collect::<Vec<_>>().join(":")
}

fn assert_for_ever(key: &Secret, endpoint: &str, url: &str) {
    let rest = url.strip_prefix(endpoint).and_then(|rest| rest.strip_prefix('/')).unwrap();
    // One case is not signed at all.
    let Some(at) = rest.find("ik-s=") else {
        assert_eq!(rest, "posters/moon.jpg");
        return;
    };
    assert_eq!(signature(key, &rest[..at - 1], FOR_EVER_S), rest[at + 5..], "{url}");
}

#[test]
fn addresses_end_and_say_what_was_meant() {
    let key = Secret::new("k");
    let to = |picture: &Picture<'_>, now_s, life_s| {
        link(&key, "https://ik.imagekit.io/x/", picture, now_s, life_s)
    };
    let plain = Picture::plain("a/b.jpg");
    assert!(
        to(&plain, NOW_S, LINK_LIFE_MAX_S).unwrap().starts_with("https://ik.imagekit.io/x/a/b.jpg?ik-t=")
    );
    for life_s in [0, -1, LINK_LIFE_MAX_S + 1, i64::MAX] {
        assert_eq!(to(&plain, NOW_S, life_s), Err(LinkError::Life));
    }
    assert_eq!(to(&plain, FOR_EVER_S - 60, 60), Err(LinkError::Life), "which would be for ever");
    for path in ["", "/", "a/../b", "a//b", "./a"] {
        assert_eq!(to(&Picture::plain(path), NOW_S, 60), Err(LinkError::Path), "{path}");
    }
    for transformation in ["w-1&ik-t=9", "w-1?x", "w-1#", "w 1", "w-1/../x", "w-ü"] {
        let picture = Picture { transformation, ..plain };
        assert_eq!(to(&picture, NOW_S, 60), Err(LinkError::Transformation), "{transformation}");
    }
    for name in ["ik-t", "ik-s", "tr", ""] {
        let query = [(name, "1")];
        assert_eq!(to(&Picture { query: &query, ..plain }, NOW_S, 60), Err(LinkError::Parameter), "{name}");
    }
    let odd = to(&Picture::plain("a?b#c%.jpg"), NOW_S, 60).unwrap();
    assert!(odd.starts_with("https://ik.imagekit.io/x/a%3Fb%23c%25.jpg?ik-t="), "{odd}");
}

#[test]
fn names_are_chance() {
    assert_eq!(name(255).as_str(), "f".repeat(32));
    assert_eq!(RandomName::parse(name(7).as_str()), Some(name(7)));
    for wrong in ["", "mia", &"F".repeat(32), &"/".repeat(32), &"a".repeat(33)] {
        assert_eq!(RandomName::parse(wrong), None, "{wrong}");
    }
}

/// Connected as a configuration says.
fn connected(emulated: &vendor::ImageKit) -> Connected {
    let at = emulated.emulator.address;
    let hosts = [("upload.imagekit.io", at), ("api.imagekit.io", at)];
    let account = json!({"private_key": vendor::PRIVATE_KEY, "endpoint": vendor::ENDPOINT});
    let accounts = BTreeMap::from([(ProcessorId::Imagekit, account.as_object().unwrap().clone())]);
    processors::connect(&accounts, &crate::egress(&[ProcessorId::Imagekit], &hosts)).unwrap()
}

/// A deletion until it is done; its receipt.
async fn until_done(erases: &dyn Erases, handle: &str) -> String {
    let (mut erased, mut now_s) = (erases.erase(handle, NOW_S).await.unwrap(), NOW_S);
    for _ in 0..5 {
        erased = match erased {
            Erased::UnderWay { task, again_s } => {
                now_s += again_s as i64;
                erases.standing(handle, &task, now_s).await.unwrap()
            }
            Erased::Done { receipt } => return receipt,
            Erased::InWriting { .. } => panic!("nobody has to write"),
        };
    }
    panic!("{erased:?}")
}

#[tokio::test]
async fn in_its_roles_it_shows_a_still_in_every_width_and_lets_go_of_every_copy() {
    let emulated = vendor::ImageKit::start().await;
    let connected = connected(&emulated);
    let (stills, erases) = (connected.stills.clone().unwrap(), &connected.erases[&ProcessorId::Imagekit]);
    assert_eq!(connected.checks[&ProcessorId::Imagekit].check(NOW_S, "").await, Ok(()));
    let jpeg = Personal::<kind::Still, _>::new(vec![0xff, 0xd8, 0xff, 1]);
    let early = stills.early_handle([7; 32]);
    let handle = stills.upload(&early, &jpeg).await.unwrap();
    assert_eq!(stills.upload(&early, &jpeg).await.as_ref(), Ok(&handle), "sent again it is the same");
    assert_eq!((emulated.files().len(), emulated.files()[0].is_private), (1, true));
    let links = [480, 960].map(|width| stills.link(&handle, width, NOW_S, 600).unwrap());
    for link in &links {
        assert_eq!((emulated.show(link, NOW_S), emulated.show(link, NOW_S + 600)), (200, 401), "{link}");
    }
    emulated.slow_purges(2);
    let receipt = until_done(&**erases, &handle).await;
    assert!(receipt.contains("purge"), "{receipt}");
    assert!(emulated.files().is_empty() && emulated.cached().is_empty());
    for link in &links {
        assert_eq!(emulated.show(link, NOW_S), 404);
    }
    until_done(&**erases, &handle).await;
}

#[tokio::test]
async fn a_still_whose_file_nobody_was_told_of_is_deleted_all_the_same() {
    let emulated = vendor::ImageKit::start().await;
    let connected = connected(&emulated);
    let (stills, erases) = (connected.stills.clone().unwrap(), &connected.erases[&ProcessorId::Imagekit]);
    let jpeg = Personal::<kind::Still, _>::new(vec![0xff, 0xd8, 0xff, 1]);
    let (early, never_sent) = (stills.early_handle([7; 32]), stills.early_handle([8; 32]));
    let handle = stills.upload(&early, &jpeg).await.unwrap();
    assert_eq!(emulated.show(&stills.link(&handle, 480, NOW_S, 600).unwrap(), NOW_S), 200);
    until_done(&**erases, &early).await;
    assert!(emulated.files().is_empty() && emulated.cached().is_empty());
    until_done(&**erases, &never_sent).await;
    assert!(emulated.files().is_empty());

    // One that was on its way arrives after it was deleted: that is not the end of it.
    let late = stills.early_handle([9; 32]);
    let Ok(Erased::UnderWay { task, .. }) = erases.erase(&late, NOW_S).await else { panic!("a purge") };
    stills.upload(&late, &jpeg).await.unwrap();
    let waits = erases.standing(&late, &task, NOW_S + 299).await.unwrap();
    assert_eq!(waits, Erased::UnderWay { task: task.clone(), again_s: 1 });
    assert_eq!(emulated.files().len(), 1);
    let Ok(Erased::UnderWay { task, .. }) = erases.standing(&late, &task, NOW_S + 300).await else {
        panic!("a second purge")
    };
    assert!(emulated.files().is_empty());
    let last = erases.standing(&late, &task, NOW_S + 330).await.unwrap();
    assert!(matches!(last, Erased::Done { .. }), "{last:?}");

    // A purge that is forgotten there is asked for anew.
    stills.upload(&early, &jpeg).await.unwrap();
    let Ok(Erased::UnderWay { task, .. }) = erases.erase(&early, NOW_S).await else { panic!("a purge") };
    emulated.forget_purges();
    let again = erases.standing(&early, &task, NOW_S).await.unwrap();
    assert!(matches!(again, Erased::UnderWay { task: other, .. } if other != task));
}
