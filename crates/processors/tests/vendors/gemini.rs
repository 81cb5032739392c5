//! Gemini over real HTTP, against the emulator.

use std::time::Duration;

use ::egress::{Blocked, Error, Method, RetryPolicy};
use emulators::Mood;
use emulators::gemini::{Gemini as Vendor, Reply};
use policy::{Personal, ProcessorId, kind, processor, purpose};
use processors::Secret;
use processors::gemini::{Ask, CHILD, Found, Gemini, GeminiError, GeminiSettings, Said, Written};
use processors::role::{Assignment, Check, Trouble, WriteError, Writer};
use serde_json::json;

use crate::egress;

const KEY: &str = "gemini-key";
const HOST: &str = "generativelanguage.googleapis.com";

fn settings(key: &str) -> GeminiSettings {
    let mut settings = GeminiSettings::new(Secret::new(key), "gemini-emulator");
    let (first_wait, wait_max) = (Duration::from_millis(1), Duration::from_millis(20));
    settings.retry = RetryPolicy { tries_max: 4, first_wait, wait_max };
    settings
}

fn way_out(vendor: &Vendor) -> ::egress::Egress {
    egress(&[ProcessorId::GoogleGemini], &[(HOST, vendor.emulator.address)])
}

async fn kit() -> (Vendor, Gemini) {
    let vendor = Vendor::start(KEY).await;
    let gemini = Gemini::new(way_out(&vendor), settings(KEY));
    (vendor, gemini)
}

fn ask(text: &str) -> Ask {
    Ask { turns: vec![(Said::ByUs, text.to_owned())], ..Ask::default() }
}

#[tokio::test]
async fn a_text_is_asked_for_as_the_contract_says() {
    let (vendor, gemini) = kit().await;
    vendor.replies([Reply::Text("{\"title\": \"{CHILD} on the moon\"}".into())]);
    let schema = json!({"type": "OBJECT", "properties": {"title": {"type": "STRING"}}});
    let whole = Ask {
        instruction: Some("Write short and calm.".into()),
        turns: vec![
            (Said::ByUs, "An example".into()),
            (Said::ByModel, "{}".into()),
            (Said::ByUs, format!("A title for The Moon Garden with {CHILD}, age band 4-7")),
        ],
        temperature: Some(0.5),
        tokens_max: Some(200),
        json: Some(schema.clone()),
    };
    let written = gemini.write(&whole, &[]).await;
    assert_eq!(written, Ok(Written::Text("{\"title\": \"{CHILD} on the moon\"}".into())));
    let asked = vendor.emulator.asked().remove(0);
    assert_eq!((asked.method.as_str(), asked.query.as_str()), ("POST", ""), "the key is not in the address");
    assert_eq!(asked.path, "/v1beta/models/gemini-emulator:generateContent");
    assert_eq!(asked.header("x-goog-api-key"), KEY);
    let body = json!({
        "systemInstruction": {"parts": [{"text": "Write short and calm."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "An example"}]},
            {"role": "model", "parts": [{"text": "{}"}]},
            {"role": "user", "parts": [{"text": "A title for The Moon Garden with {CHILD}, age band 4-7"}]},
        ],
        "generationConfig": {
            "temperature": 0.5, "maxOutputTokens": 200, "responseMimeType": "application/json",
            "responseSchema": schema,
        },
    });
    assert_eq!(asked.json(), body);
    assert!(!format!("{:?}", settings(KEY)).contains(KEY));
}

#[tokio::test]
async fn what_is_no_finished_text_is_told_apart() {
    let (vendor, gemini) = kit().await;
    let blocked = |reason: &str| Ok(Written::Blocked { reason: reason.to_owned() });
    let stopped = |reason: &str| Ok(Written::Stopped { reason: reason.to_owned() });
    for (reply, expected) in [
        (Reply::Text("Done.".into()), Ok(Written::Text("Done.".into()))),
        (Reply::Blocked("PROHIBITED_CONTENT"), blocked("PROHIBITED_CONTENT")),
        (Reply::Blocked("SOMETHING_NEW"), blocked("SOMETHING_NEW")),
        (Reply::Ended("SAFETY", String::new()), blocked("SAFETY")),
        (Reply::Ended("RECITATION", "half".into()), blocked("RECITATION")),
        (Reply::Ended("MAX_TOKENS", "half".into()), Ok(Written::Cut)),
        (Reply::Ended("LANGUAGE", "half".into()), stopped("LANGUAGE")),
        (Reply::Ended("SOMETHING_NEW", "half".into()), stopped("SOMETHING_NEW")),
        (Reply::Ended("odd words", "half".into()), stopped("UNKNOWN")),
        (Reply::Text(" ".into()), Err(GeminiError::Malformed("an empty text"))),
        (Reply::Raw(json!({})), Err(GeminiError::Malformed("neither a text nor a reason"))),
        (Reply::Raw(json!({"candidates": 1})), Err(GeminiError::Malformed("no answer"))),
        (Reply::Raw(json!({"candidates": [{}]})), Err(GeminiError::Malformed("a text that is not finished"))),
        (Reply::Broken, Err(GeminiError::Malformed("no answer"))),
    ] {
        let name = format!("{reply:?}");
        vendor.replies([reply]);
        assert_eq!(gemini.write(&ask("A title"), &[]).await, expected, "{name}");
    }
    let thought = json!({"candidates": [{
        "content": {"parts": [{"text": "Hm.", "thought": true}, {"text": "The "}, {"text": "Moon"}]},
        "finishReason": "STOP",
    }]});
    vendor.replies([Reply::Raw(thought)]);
    assert_eq!(gemini.write(&ask("A title"), &[]).await, Ok(Written::Text("The Moon".into())));

    vendor.replies([Reply::Text("no JSON".into())]);
    let as_json = Ask { json: Some(json!({"type": "OBJECT"})), ..ask("A title") };
    assert!(matches!(gemini.write(&as_json, &[]).await, Err(GeminiError::Malformed(_))));
}

#[tokio::test]
async fn nothing_personal_is_sent() {
    let (vendor, gemini) = kit().await;
    let never = [Personal::<kind::OrderWords, _>::new("Mia".to_owned())];
    let with = |text: &str| [ask(text), Ask { instruction: Some(text.into()), ..ask("A title") }];
    for (text, found) in [
        ("A story for Mia", Found::Known),
        ("Mias Garten", Found::Known),
        ("Send it to anna@example.org", Found::Email),
        ("For user_2GIpXOEpVyJw51rkZn9Kmnc6Sxr", Found::Id),
        ("Order 4974cb6c-801f-76d3-20df-f2411b4c25ce", Found::Id),
        ("Call +49 170 1234567", Found::Number),
        ("Like data:image/jpeg;base64,/9j/", Found::Link),
    ] {
        for ask in with(text) {
            assert_eq!(gemini.write(&ask, &never).await, Err(GeminiError::Personal(found)), "{text}");
        }
    }
    let schema = Ask { json: Some(json!({"description": "about Mia"})), ..ask("A title") };
    assert_eq!(gemini.write(&schema, &never).await, Err(GeminiError::Personal(Found::Known)));
    let error = gemini.write(&ask("for Mia"), &never).await.unwrap_err();
    assert!(!error.to_string().contains("Mia"), "{error}");
    for wrong in [Ask::default(), Ask { turns: vec![(Said::ByModel, "x".into())], ..Ask::default() }] {
        assert!(matches!(gemini.write(&wrong, &[]).await, Err(GeminiError::Invalid(_))));
    }
    assert!(vendor.emulator.asked().is_empty());
    assert!(gemini.write(&ask("A story for {CHILD}"), &never).await.is_ok());
}

#[tokio::test]
async fn there_is_no_way_to_send_a_picture_or_a_tool() {
    let (vendor, _) = kit().await;
    let address = "https://generativelanguage.googleapis.com/v1beta/models/{model}:generateContent";
    for (field, listed) in [
        ("contents[0].parts[0].inlineData.data", "contents[].parts[].inlineData.data"),
        ("contents[0].parts[0].fileData.fileUri", "contents[].parts[].fileData.fileUri"),
        ("tools", "tools"),
        ("cachedContent", "cachedContent"),
    ] {
        let call = way_out(&vendor)
            .to::<processor::GoogleGemini, purpose::Films>(Method::POST, address)
            .plain("path.model", "gemini-emulator");
        let blocked = call.plain(field, "x").send().await.unwrap_err();
        assert_eq!(blocked, Error::Blocked(ProcessorId::GoogleGemini, Blocked::Plain(listed.into())));
    }
    assert!(vendor.emulator.asked().is_empty());
}

#[tokio::test]
async fn what_fails_is_asked_again_and_a_no_is_not() {
    let (vendor, gemini) = kit().await;
    vendor.emulator.mood([Mood::TooMany(0), Mood::Fails(500), Mood::CutAfter]);
    assert!(gemini.write(&ask("A title"), &[]).await.is_ok());
    assert_eq!(vendor.emulator.asked().len(), 4);

    let busy = || Reply::Error(429, "RESOURCE_EXHAUSTED", Some("16.5s"));
    vendor.replies([busy(), busy(), busy(), busy()]);
    let away = GeminiError::Away { why: "status 429".into(), retry_after_s: Some(17) };
    assert_eq!(gemini.write(&ask("A title"), &[]).await, Err(away));

    let before = vendor.emulator.asked().len();
    let stranger = Gemini::new(way_out(&vendor), settings("other"));
    let refused = GeminiError::Refused { status: 400, code: "INVALID_ARGUMENT".into() };
    assert_eq!(stranger.write(&ask("A title"), &[]).await, Err(refused));
    assert_eq!(vendor.emulator.asked().len(), before + 1);
}

#[tokio::test]
async fn as_a_writer_it_gives_variants_or_says_why_not() {
    let (vendor, gemini) = kit().await;
    let assignment = Assignment {
        instruction: "Write short and calm.".into(),
        about: format!("A line for The Moon Garden with {CHILD}"),
        variants: 2,
    };
    vendor.replies([
        Reply::Text("[\"One\", \" Two \", \"Three\"]".into()),
        Reply::Blocked("PROHIBITED_CONTENT"),
        Reply::Ended("MAX_TOKENS", "[\"half".into()),
        Reply::Text("{\"one\": 1}".into()),
    ]);
    let written = Writer::write(&gemini, &assignment).await;
    assert_eq!(written, Ok(vec!["One".to_owned(), "Two".to_owned()]));
    let asked = vendor.emulator.asked().remove(0).json();
    let about = "A line for The Moon Garden with {CHILD}\n\nWrite 2 variants.";
    assert_eq!(asked["contents"], json!([{"role": "user", "parts": [{"text": about}]}]));
    for _ in 0..3 {
        let written = Writer::write(&gemini, &assignment).await;
        assert!(matches!(written, Err(WriteError::NoText(_))), "{written:?}");
    }
    let personal = Assignment { about: "Write to anna@example.org".into(), ..assignment };
    assert!(matches!(Writer::write(&gemini, &personal).await, Err(WriteError::Trouble(Trouble::Refused(_)))));
}

#[tokio::test]
async fn nobody_told_it_what_to_write_and_it_is_asked_whether_it_is_there() {
    let (vendor, gemini) = kit().await;
    let about = format!("A line for The Moon Garden with {CHILD}");
    for (instruction, is_named) in [("The child is called {CHILD}.", true), ("Do not name the child.", false)]
    {
        let assignment = Assignment { instruction: instruction.into(), about: about.clone(), variants: 2 };
        let written = Writer::write(&gemini, &assignment).await.unwrap();
        assert!(written.len() == 2 && written[0] != written[1], "{written:?}");
        assert!(written.iter().all(|text| text.contains(CHILD) == is_named), "{written:?}");
    }

    assert_eq!(gemini.check(0, "").await, Ok(()));
    let asked = vendor.emulator.asked().pop().unwrap();
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "/v1beta/models/gemini-emulator"));
    assert!(asked.body.is_empty() && asked.query.is_empty());
    let other = GeminiSettings { model: "another".into(), ..settings(KEY) };
    for (settings, field) in [(settings("other"), "key"), (other, "model")] {
        let said = Gemini::new(way_out(&vendor), settings).check(0, "").await.unwrap_err();
        assert!(said.ends_with(&format!("look at {field}")), "{said}");
    }
}

#[test]
fn a_half_configured_account_is_told_of() {
    let nowhere = egress(&[ProcessorId::GoogleGemini], &[]);
    let account = json!({"key": KEY, "model": "gemini-emulator"});
    let connected = |fields: serde_json::Value| {
        let fields = fields.as_object().unwrap().clone();
        processors::connect(&[(ProcessorId::GoogleGemini, fields)].into(), &nowhere)
    };
    assert!(connected(account.clone()).unwrap().writer.is_some());
    for (field, value) in [("key", ""), ("model", "a/b"), ("in_orders", "true")] {
        let mut fields = account.clone();
        fields[field] = value.into();
        let wrong = connected(fields).err().unwrap_or_default();
        assert!(wrong.len() == 1 && wrong[0].contains(field), "{field}: {wrong:?}");
    }
}
