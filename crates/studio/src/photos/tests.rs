//! Photos: what is kept, what is refused, what is left of it after deletion.

use futures::FutureExt;
use vault::ObjectId;

use super::*;
use crate::db::testing::{Kit, Painted, on_both, on_sqlite_with};
use crate::hex::hex;
use crate::{Class, Client};

fn affirmed() -> Option<GuardianAffirmation> {
    Some(GuardianAffirmation { wording: "guardian-1".into() })
}

/// Objects in the store.
async fn objects(kit: &Kit) -> usize {
    use futures::TryStreamExt;
    kit.studio.vault().list().try_collect::<Vec<_>>().await.unwrap().len()
}

#[test]
fn a_photo_with_one_face_is_cut_out() {
    on_both(async |kit| {
        let account = kit.account("anna@example.org").await;
        let photos = kit.studio.photos();
        let photo = photos.upload(&account, &Painted::photo(1), affirmed()).await.unwrap();
        assert_eq!((photo.state, photo.chosen_face, photo.faces.len()), (State::Ready, Some(0), 1));
        assert_eq!((photo.width, photo.height), (401, 500));
        assert_eq!(photo.warnings, [Warning::Dark]);
        assert_eq!(
            (photo.affirmed_wording.as_str(), photo.affirmed_at_ms),
            ("guardian-1", kit.studio.now_ms())
        );
        assert_eq!(photos.list(&account).await.unwrap(), std::slice::from_ref(&photo));

        let picture = async |which| photos.picture(&account, &photo.id, which).await.unwrap();
        let whole = picture(Picture::Photo).await;
        assert_eq!(
            (whole.content_type, &whole.bytes[..]),
            ("image/jpeg", &b"clean faces 1"[..]),
            "never what was sent"
        );
        let sizes = |bytes: &[u8]| image::load_from_memory(bytes).map(|p| (p.width(), p.height())).unwrap();
        assert_eq!(sizes(&picture(Picture::PhotoSmall).await.bytes), (257, 320));
        assert_eq!(sizes(&picture(Picture::CutOut).await.bytes), (768, 768));
        assert_eq!(sizes(&picture(Picture::CutOutSmall).await.bytes), (192, 192));
        assert_eq!(photos.cut_out(&account, &photo.id).await.unwrap().skin, [100; 3]);
    });
}

#[test]
fn proves_s10_2_without_the_guardians_affirmation_nobody_looks() {
    on_both(async |kit| {
        let account = kit.account("anna@example.org").await;
        let photos = kit.studio.photos();
        let refused = photos.upload(&account, b"not even a picture", None).await.unwrap_err();
        assert_eq!(refused.code(), "affirmation-required");
        // What is no photo at all is said before its words are read, and what is too large before anything.
        let refused = photos.upload(&account, b"", affirmed()).await.unwrap_err();
        assert_eq!(refused.code(), "photo-missing");
        let huge = vec![0u8; BYTES_MAX + 1];
        for affirmation in [None, affirmed()] {
            let refused = photos.upload(&account, &huge, affirmation).await.unwrap_err();
            assert_eq!((refused.code(), refused.class()), ("too-large", Class::Refused));
        }
        let old = Some(GuardianAffirmation { wording: "guardian-0".into() });
        let refused = photos.upload(&account, &Painted::photo(1), old).await.unwrap_err();
        assert_eq!((refused.code(), refused.class()), ("wording-changed", Class::Conflict));
        assert_eq!((objects(kit).await, kit.rows("photos").await), (0, 0));
    });
}

#[test]
fn a_photo_that_does_not_serve_is_refused_in_words_and_leaves_nothing() {
    on_both(async |kit| {
        let account = kit.account("anna@example.org").await;
        for (bytes, code) in [
            (Painted::photo(0), "no-face"),
            (b"blurred".to_vec(), "blurred"),
            (b"%PDF".to_vec(), "not-a-picture"),
        ] {
            let refused = kit.studio.photos().upload(&account, &bytes, affirmed()).await.unwrap_err();
            assert_eq!((refused.code(), refused.class()), (code, Class::Refused));
            assert!(refused.sentence().contains("lease"), "says what to do: {}", refused.sentence());
        }
        assert_eq!((objects(kit).await, kit.rows("photos").await, kit.rows("objects").await), (0, 0, 0));
    });
}

#[test]
fn of_several_faces_one_is_chosen_and_may_be_changed() {
    on_both(async |kit| {
        let account = kit.account("anna@example.org").await;
        let photos = kit.studio.photos();
        let photo = photos.upload(&account, &Painted::photo(3), affirmed()).await.unwrap();
        assert_eq!((photo.state, photo.chosen_face, photo.faces.len()), (State::ChooseFace, None, 3));
        for which in [Picture::CutOut, Picture::CutOutSmall] {
            let early = photos.picture(&account, &photo.id, which).await.unwrap_err();
            assert_eq!(early.code(), "face-not-chosen");
        }
        assert_eq!(photos.choose_face(&account, &photo.id, 3).await.unwrap_err().code(), "face-not-found");

        let chosen = photos.choose_face(&account, &photo.id, 2).await.unwrap();
        assert_eq!((chosen.state, chosen.chosen_face), (State::Ready, Some(2)));
        assert_eq!(photos.cut_out(&account, &photo.id).await.unwrap().skin, [200; 3]);
        assert_eq!((objects(kit).await, kit.rows("objects").await), (4, 4));

        photos.choose_face(&account, &photo.id, 1).await.unwrap();
        assert_eq!(photos.cut_out(&account, &photo.id).await.unwrap().skin, [150; 3]);
        assert_eq!((objects(kit).await, kit.rows("objects").await), (4, 4), "the first cut-out is gone");
        photos.choose_face(&account, &photo.id, 1).await.unwrap();
    });
}

#[test]
fn deleting_leaves_nothing() {
    on_both(async |kit| {
        let account = kit.account("anna@example.org").await;
        let photos = kit.studio.photos();
        let photo = photos.upload(&account, &Painted::photo(1), affirmed()).await.unwrap();
        let kept = photos.upload(&account, &Painted::photo(2), affirmed()).await.unwrap();
        photos.delete(&account, &photo.id).await.unwrap();
        assert_eq!(photos.list(&account).await.unwrap(), [kept]);
        assert_eq!((objects(kit).await, kit.rows("objects").await), (2, 2));
        for which in [Picture::Photo, Picture::CutOut] {
            assert_eq!(
                photos.picture(&account, &photo.id, which).await.unwrap_err().code(),
                "photo-not-found"
            );
        }
        assert_eq!(photos.delete(&account, &photo.id).await.unwrap_err().class(), Class::NotFound);
        photos.upload(&account, &Painted::photo(1), affirmed()).await.expect("it may be given again");
    });
}

#[test]
fn proves_s5_2_of_a_deleted_photo_nothing_is_left_in_the_log_of_changes() {
    on_sqlite_with(
        |_| (),
        async |kit| {
            let account = kit.account("anna@example.org").await;
            let photos = kit.studio.photos();
            let photo = photos.upload(&account, &Painted::photo(1), affirmed()).await.unwrap().id;
            let is_in_log = || {
                let log = std::fs::read(kit.folder.path().join("studio.sqlite-wal")).unwrap();
                log.windows(photo.as_str().len()).any(|part| part == photo.as_str().as_bytes())
            };
            assert!(is_in_log());
            photos.delete(&account, &photo).await.unwrap();
            assert!(!is_in_log());
        },
    );
}

#[test]
fn another_account_finds_nothing() {
    on_both(async |kit| {
        let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
        let photos = kit.studio.photos();
        let photo = photos.upload(&anna, &Painted::photo(2), affirmed()).await.unwrap().id;
        let child = kit.studio.children().create(&ben, "Ole").await.unwrap().id;
        assert!(photos.list(&ben).await.unwrap().is_empty());
        let codes = [
            photos.get(&ben, &photo).await.unwrap_err().code(),
            photos.picture(&ben, &photo, Picture::Photo).await.unwrap_err().code(),
            photos.cut_out(&ben, &photo).await.unwrap_err().code(),
            photos.choose_face(&ben, &photo, 0).await.unwrap_err().code(),
            photos.set_child(&ben, &photo, &child).await.unwrap_err().code(),
            photos.delete(&ben, &photo).await.unwrap_err().code(),
        ];
        assert_eq!(codes, ["photo-not-found"; 6]);
        assert_eq!(photos.set_child(&anna, &photo, &child).await.unwrap_err().code(), "child-not-found");
        // Even with the other's object written into one's own row, nothing opens.
        let own = photos.upload(&ben, &Painted::photo(1), affirmed()).await.unwrap().id;
        let stolen = row_of(kit.studio.db().read(), &anna, &photo).await.unwrap().photo_object;
        rows::Entity::update_many()
            .col_expr(rows::Column::PhotoObject, Expr::value(stolen))
            .filter(rows::Column::Id.eq(own.as_str()))
            .exec(kit.studio.db().write())
            .await
            .unwrap();
        assert_eq!(photos.picture(&ben, &own, Picture::Photo).await.unwrap_err().class(), Class::Internal);
        // The same file in two accounts is two photos.
        assert_ne!(photos.upload(&ben, &Painted::photo(2), affirmed()).await.unwrap().id, photo);
    });
}

#[test]
fn the_same_file_sent_twice_is_one_photo() {
    on_both(async |kit| {
        let account = kit.account("anna@example.org").await;
        let photos = kit.studio.photos();
        let bytes = Painted::photo(1);
        let uploads = (0..4).map(|_| photos.upload(&account, &bytes, affirmed()));
        let uploaded = futures::future::join_all(uploads).await;
        let first = uploaded[0].as_ref().unwrap();
        assert!(uploaded.iter().all(|photo| photo.as_ref().unwrap().id == first.id));
        assert_eq!((objects(kit).await, kit.rows("objects").await, kit.rows("photos").await), (4, 4, 1));
    });
}

#[test]
fn no_account_no_client_and_not_all_together_hold_too_many_forms() {
    on_both(async |kit| {
        let photos = kit.studio.photos();
        let (mut held, mut given) = (Vec::new(), Vec::new());
        // Four accounts at each of four addresses, more than there are places for.
        for number in 0..16 {
            let account = kit.account_without_mail(&format!("parent-{number}@example.org")).await;
            let client = Client(format!("192.0.2.{}", number / 4));
            let before = held.len();
            let refused = loop {
                match photos.expect(&account, &client).await {
                    Ok(expected) => held.push(expected),
                    Err(refused) => break refused,
                }
            };
            given.push(held.len() - before);
            assert_eq!((refused.code(), refused.class()), ("too-many-uploads", Class::TooMany));
            assert_eq!(refused.retry_after_s(), Some(10));
        }
        assert_eq!(given, [4, 4, 0, 0, 4, 4, 0, 0, 4, 4, 0, 0, 0, 0, 0, 0]);
        let last = kit.account_without_mail("last@example.org").await;
        let client = Client("198.51.100.1".into());
        // What was refused for the moment is none of the hour's uploads.
        for _ in 0..70 {
            let refused = photos.expect(&last, &client).await.err();
            assert_eq!(refused.map(|error| error.code()), Some("too-many-uploads"));
        }
        drop(held);
        photos.expect(&last, &client).await.expect("the places were given back");
    });
}

#[test]
fn one_account_has_one_photo_looked_at_at_a_time() {
    on_both(async |kit| {
        let (anna, ben) = (kit.account("anna@example.org").await, kit.account("ben@example.org").await);
        let photos = kit.studio.photos();
        let looked_at = photos.place(&anna).await.unwrap();
        assert!(photos.place(&anna).now_or_never().is_none(), "there are two places, and one is for others");
        photos.upload(&ben, &Painted::photo(1), affirmed()).await.unwrap();
        drop(looked_at);
        photos.upload(&anna, &Painted::photo(1), affirmed()).await.unwrap();
    });
}

#[test]
fn a_photo_that_comes_to_the_decoders_limit_counts_for_many() {
    on_both(async |kit| {
        let account = kit.account("anna@example.org").await;
        let photos = kit.studio.photos();
        let mut codes = Vec::new();
        for _ in 0..7 {
            codes.push(photos.upload(&account, b"endless", affirmed()).await.unwrap_err().code());
        }
        assert_eq!(codes[..6], ["took-too-long"; 6]);
        assert_eq!(codes[6], "too-many-uploads");
    });
}

#[test]
fn a_child_that_is_deleted_leaves_the_photo() {
    on_both(async |kit| {
        let account = kit.account("anna@example.org").await;
        let photo = kit.studio.photos().upload(&account, &Painted::photo(1), affirmed()).await.unwrap().id;
        let child = kit.studio.children().create(&account, "Mila").await.unwrap().id;
        kit.studio.photos().set_child(&account, &photo, &child).await.unwrap();
        assert_eq!(kit.studio.photos().get(&account, &photo).await.unwrap().child, Some(child.clone()));
        kit.studio.children().delete(&account, &child).await.unwrap();
        assert_eq!(kit.studio.photos().get(&account, &photo).await.unwrap().child, None);
    });
}

#[test]
fn a_crash_between_object_and_row_leaves_an_orphan_that_is_swept() {
    on_both(async |kit| {
        let account = kit.account("anna@example.org").await;
        let photo = kit.studio.photos().upload(&account, &Painted::photo(1), affirmed()).await.unwrap().id;
        // As after a kill: the objects are there, the row is not.
        let row = row_of(kit.studio.db().read(), &account, &photo).await.unwrap();
        let lost = ObjectId::parse(&row.photo_object).unwrap();
        let tx = kit.studio.db().begin().await.unwrap();
        kit.studio.objects().strike(&tx, &account, &[lost]).await.unwrap();
        tx.commit().await.unwrap();
        let to_now = crate::Clock::now_ms(&crate::System) - kit.studio.now_ms();
        kit.clock.advance(to_now + 2 * crate::clock::HOUR_MS);
        kit.studio.tidy().await.unwrap();
        assert_eq!(objects(kit).await, 3);
    });
}

/// What was typed and sent is nowhere to be read on the disk: not in the database's files, its
/// write-ahead log among them, not in the object folder.
#[test]
fn proves_s11_1_nothing_personal_can_be_read_on_the_disk() {
    on_both(async |kit| {
        let account = kit.account("canary.address@canary-domain.example").await;
        let child = kit.studio.children().create(&account, "Canarybird Name").await.unwrap();
        kit.studio.children().rename(&account, &child.id, "Second Canarybird").await.unwrap();
        kit.studio
            .accounts()
            .set_password(&kit.session(&account).await, "canary password words")
            .await
            .unwrap();
        // The painted decoder hands on this text as the clean photo.
        let photo = kit.studio.photos().upload(&account, &Painted::photo(1), affirmed()).await.unwrap();
        kit.studio.mail().deliver().await.unwrap();
        let found = kit.studio.photos().picture(&account, &photo.id, Picture::Photo).await.unwrap();
        assert_eq!(&found.bytes[..], b"clean faces 1", "what is looked for was stored");

        let canaries: [&[u8]; 7] = [
            b"canary.address",
            b"canary-domain",
            b"Canarybird",
            b"canary password",
            b"clean faces 1",
            b"$argon2id$",
            b"Confirm and sign in",
        ];
        let mut files = vec![kit.folder.path().to_owned()];
        let mut bytes = 0;
        while let Some(path) = files.pop() {
            if path.is_dir() {
                files.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let content = std::fs::read(&path).unwrap();
            bytes += content.len();
            for canary in canaries {
                let there = content.windows(canary.len()).any(|window| window == canary);
                assert!(!there, "{:?} in {}", String::from_utf8_lossy(canary), path.display());
            }
        }
        assert!(bytes > 10_000, "something was looked at");
        if kit.studio.db().is_postgres() {
            for table in [
                "accounts",
                "links",
                "sessions",
                "mails",
                "children",
                "photos",
                "objects",
                "house",
                "throttles",
            ] {
                let rows = kit.dump(table).await;
                for canary in canaries {
                    let (text, hex) = (String::from_utf8_lossy(canary).into_owned(), hex(canary));
                    assert!(!rows.contains(&text) && !rows.contains(&hex), "{text} in {table}");
                }
            }
        }
    });
}

/// The real face finder behind the real decoder, which here runs without its sandbox.
struct Unboxed(likeness::Likeness);

impl super::eyes::Eyes for Unboxed {
    fn take_in<'a>(
        &'a self,
        bytes: &'a [u8],
    ) -> futures::future::BoxFuture<'a, Result<intake::Accepted, intake::Refused>> {
        Box::pin(async { intake::decode_here(bytes) })
    }
    fn watch(
        &self,
        bytes: Vec<u8>,
        frame: (u32, u32),
    ) -> futures::future::BoxFuture<'_, Result<intake::Clip, intake::ClipRefused>> {
        Box::pin(async move { intake::Clip::decoded_here(&bytes, frame).await })
    }
    fn faces(&self, photo: &likeness::Photo) -> Result<Vec<Face>, likeness::Refusal> {
        self.0.faces(photo)
    }
    fn cut_out(&self, photo: &likeness::Photo, face: &Face) -> Result<likeness::CutOut, likeness::Refusal> {
        self.0.cut_out(photo, face)
    }
}

#[test]
fn a_drawn_child_is_found_and_a_cup_of_coffee_is_not() {
    let eyes = std::sync::Arc::new(Unboxed(likeness::Likeness::embedded()));
    crate::db::testing::on_both_seen_by(
        eyes,
        |_| (),
        async |kit| {
            let account = kit.account("anna@example.org").await;
            let photos = kit.studio.photos();
            let child = include_bytes!("../../../../tests/photos/drawn/drawn_child_1.jpg");
            let photo = photos.upload(&account, child, affirmed()).await.unwrap();
            assert_eq!((photo.state, photo.faces.len()), (State::Ready, 1));
            let small = photos.picture(&account, &photo.id, Picture::PhotoSmall).await.unwrap();
            let small = image::load_from_memory(&small.bytes).unwrap();
            assert_eq!(small.width().max(small.height()), 320);
            let cut_out = photos.picture(&account, &photo.id, Picture::CutOutSmall).await.unwrap();
            let cut_out = image::load_from_memory(&cut_out.bytes).unwrap().to_rgba8();
            assert_eq!(
                (cut_out.get_pixel(0, 0)[3], cut_out.get_pixel(96, 96)[3]),
                (0, 255),
                "corner and face"
            );

            let coffee = include_bytes!("../../../../tests/photos/coffee.png");
            assert_eq!(photos.upload(&account, coffee, affirmed()).await.unwrap_err().code(), "no-face");
        },
    );
}

/// Whoever opens a stored image is one of these, and names no purpose but the ordered film; the copy for the owner
/// is made for the account.
#[test]
fn proves_s5_1_images_are_opened_for_the_ordered_film_and_its_owner_and_for_nothing_else() {
    let mut openers = Vec::new();
    for (name, text) in crate::purposes::testing::sources() {
        let opens = ["objects().get(", "vault().get(", "vault().get_range(", "vault().stream("];
        if !opens.iter().any(|open| text.contains(open)) {
            continue;
        }
        let purposes: Vec<&str> = text
            .split("PurposeId::")
            .skip(1)
            .map(|rest| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap())
            .collect();
        let expected = if name.starts_with("export/") { "Account" } else { "Films" };
        let register = name == "objects.rs" && purposes.is_empty();
        assert!(register || !purposes.is_empty(), "{name} opens objects without a purpose");
        assert!(purposes.iter().all(|purpose| *purpose == expected), "{name} opens for {purposes:?}");
        openers.push(name);
    }
    let known = [
        "export/mod.rs",
        "films/file/download.rs",
        "films/file/mark_older.rs",
        "films/making/finish.rs",
        "films/watching/parts.rs",
        "objects.rs",
        "photos/show.rs",
        "photos/upload.rs",
    ];
    assert_eq!(openers, known);
}
