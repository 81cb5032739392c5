//! ContentSquare: a request for deletion, followed as data, and the tag. Nothing is called.

use policy::Personal;
use processors::contentsquare::{ErasureRequest, RequestError, Standing, contentsquare_tag};

use super::gcs::NOW_S;

const DAY_S: i64 = 86_400;

#[test]
fn a_request_is_followed_until_the_vendor_confirms_it() {
    let request = ErasureRequest::open("er-7f3a", NOW_S).unwrap();
    assert_eq!(request.standing(NOW_S), Standing::ToBeSent);
    assert_eq!(request.clone().acknowledged("CS-1", NOW_S), Err(RequestError::NotSent));
    assert_eq!(request.clone().sent(NOW_S - 1), Err(RequestError::TooEarly));
    let sent = request.sent(NOW_S + 10).unwrap();
    assert_eq!(sent.standing(NOW_S + DAY_S), Standing::Waiting);
    assert_eq!(sent.standing(NOW_S + 31 * DAY_S), Standing::Overdue);
    assert_eq!(sent.clone().sent(NOW_S + 20).unwrap(), sent, "the first time counts");
    assert_eq!(sent.clone().acknowledged(" ", NOW_S + DAY_S), Err(RequestError::NoNumber));
    assert_eq!(sent.clone().acknowledged("CS-1", NOW_S), Err(RequestError::TooEarly));
    let done = sent.acknowledged("CS-1", NOW_S + DAY_S).unwrap();
    assert_eq!(done.standing(NOW_S + 99 * DAY_S), Standing::Done);
    assert_eq!(done.clone().acknowledged("CS-2", NOW_S + 2 * DAY_S).unwrap(), done, "the first time counts");
    let kept = serde_json::to_string(&done).unwrap();
    assert_eq!(serde_json::from_str::<ErasureRequest>(&kept).unwrap(), done);
    assert!(ErasureRequest::open("mia@example.org", NOW_S).is_err());
}

#[test]
fn the_letter_names_the_id_and_what_is_kept_does_not() {
    let id = Personal::new("cs-id-canary".to_owned());
    let request = ErasureRequest::open("er-7f3a", NOW_S).unwrap();
    let letter = request.letter(&id);
    assert!(letter.contains("cs-id-canary") && letter.contains("er-7f3a"), "{letter}");
    assert!(!serde_json::to_string(&request).unwrap().contains("canary"));
}

#[test]
fn the_tag_never_says_who_somebody_is() {
    let tag = contentsquare_tag("0123456789abc").unwrap();
    assert_eq!(tag.script, "https://t.contentsquare.net/uxa/0123456789abc.js");
    assert!(!serde_json::to_string(&tag).unwrap().contains("identify"));
    assert_eq!(tag.withdrawal.cookies_kept, ["_cs_optout"]);
    for wrong in ["", "0123456789ab", "0123456789ab/"] {
        assert!(contentsquare_tag(wrong).is_err(), "{wrong}");
    }
}
