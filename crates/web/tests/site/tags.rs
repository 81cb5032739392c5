//! Tags of processors: on the policy's pages, once it is agreed to, and nowhere else; the ids that their scripts make.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, header};
use policy::{ProcessorId, SwitchedOn};
use processors::Connected;
use processors::role::{BrowserTag, IdAt, Queue, Withdrawal};
use serde_json::json;
use web::WebOptions;

use crate::kit::{Answer, Kit, NOON_MS, Visitor, options};

const LED: &str = "http://127.0.0.1:7001";

fn tag() -> BrowserTag {
    BrowserTag {
        processor: "mixpanel",
        script: "https://cdn.mxpnl.com/libs/stand-in.js".to_owned(),
        key: "key".to_owned(),
        options: json!({}),
        queue: Queue { global: "queue", as_arguments: false, with: json!({"ends": "</script>"}) },
        first: Vec::new(),
        mask: None,
        ids: vec![IdAt::LocalStorage { name: "ids".to_owned(), field: "id" }],
        withdrawal: Withdrawal::default(),
    }
}

async fn kit() -> Kit {
    let stand_in = "127.0.0.1:7001".parse::<SocketAddr>().unwrap();
    let emulated = BTreeMap::from([("cdn.mxpnl.com".to_owned(), stand_in)]);
    Kit::with_parts(WebOptions { emulated, ..options() }, |config, outside| {
        let on = [(ProcessorId::Mixpanel, Some("DPA 1".to_owned()))];
        config.switched_on = SwitchedOn::new(&config.policies, NOON_MS, on).unwrap();
        outside.connect = Arc::new(|_| Ok(Connected { tags: vec![tag()], ..Connected::default() }));
    })
    .await
}

async fn decide(visitor: &mut Visitor, decision: &str) {
    let fields = [("decision", decision), ("wording", "cookies-1")];
    visitor.post("/cookie-settings", &fields).await.is(303);
}

/// Nothing of a tag, and nobody but us.
#[track_caller]
fn has_none(path: &str, answer: &Answer) {
    let policy = answer.header("content-security-policy");
    let text = answer.text();
    assert!(!text.contains("id=\"tags\"") && !text.contains("tags.js"), "{path}");
    assert!(!text.contains(LED) && !policy.contains("mxpnl") && !policy.contains(LED), "{path}: {policy}");
    assert!(policy.contains("require-trusted-types-for 'script'"), "{path}: {policy}");
}

#[tokio::test]
async fn tags_are_on_the_policys_pages_after_consent_and_nowhere_else() {
    let kit = kit().await;
    let mut parent = kit.parent("anna@example.org").await;
    let public = ["/", "/films", "/films/tiny", "/about", "/privacy", "/de/films"];
    for path in public {
        has_none(path, &parent.get(path).await);
    }
    decide(&mut parent, "accept").await;
    for path in public {
        let answer = parent.get(path).await;
        let policy = answer.header("content-security-policy");
        answer.is(200).holds("id=\"tags\"").holds("js/tags.js").holds("\"tell\":true");
        answer.holds(&format!("{LED}/libs/stand-in.js")).lacks("\"ends\":\"</script>");
        assert!(
            policy.contains(&format!("script-src 'self' https://cdn.mxpnl.com {LED};")),
            "{path}: {policy}"
        );
        assert!(!policy.contains("trusted-types") && !policy.contains("unsafe"), "{path}: {policy}");
    }
    for path in
        ["/library", "/account", "/minitube", "/create/tiny", "/preferences/secret", "/sign-in/link/secret"]
    {
        has_none(path, &parent.get(path).await);
    }
    // What is not there is no page of the policy's: its address may be anything.
    let answer = parent.get("/mia@example.org").await;
    answer.is(404).lacks("id=\"tags\"");
    parent.more.insert("sec-gpc", "1".parse().unwrap());
    has_none("/films with a signal", &parent.get("/films").await);
    parent.more.clear();
    decide(&mut parent, "withdraw").await;
    for path in public {
        has_none(path, &parent.get(path).await);
    }
    // Whoever is signed out is not told of.
    let mut visitor = kit.visitor();
    decide(&mut visitor, "accept").await;
    visitor.get("/films").await.holds("\"tell\":false");
}

async fn tell_ids(visitor: &mut Visitor, id: &str) {
    let ids = json!({"ids": [{"processor": "mixpanel", "id": id}, {"processor": "stripe", "id": "x"}]});
    let request = Request::post("/usage/ids")
        .header(header::CONTENT_TYPE, "application/json")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(ids.to_string()));
    visitor.send(request.unwrap()).await.is(204);
}

#[tokio::test]
async fn ids_that_a_script_made_are_kept_of_customers_who_agreed_and_let_go_with_the_agreement() {
    let kit = kit().await;
    let going = async || kit.studio.handles().going().await.unwrap();
    let (mut visitor, mut parent) = (kit.visitor(), kit.parent("anna@example.org").await);
    decide(&mut visitor, "accept").await;
    tell_ids(&mut visitor, "of-nobody").await;
    tell_ids(&mut parent, "before").await;
    decide(&mut parent, "withdraw").await;
    assert_eq!(going().await, []);
    decide(&mut parent, "accept").await;
    tell_ids(&mut parent, "after").await;
    tell_ids(&mut parent, "after").await;
    assert_eq!(going().await, []);
    decide(&mut parent, "withdraw").await;
    let going = going().await;
    assert_eq!((going.len(), going[0].processor.as_str()), (1, "mixpanel"));
}

#[tokio::test]
async fn proves_s3_2_s9_4_s12_8_a_no_said_signed_out_reaches_processors_once_they_are_in_again() {
    let kit = kit().await;
    let going = async || kit.studio.handles().going().await.unwrap().len();
    let mut elsewhere = kit.visitor();
    decide(&mut elsewhere, "refuse").await;
    let mut here = kit.parent("anna@example.org").await;
    kit.clock.advance(1);
    decide(&mut here, "accept").await;
    tell_ids(&mut here, "of-anna").await;
    // In another browser they said no before they agreed here.
    let session = here.cookies["ms-session"].clone();
    elsewhere.cookies.insert("ms-session".to_owned(), session.clone());
    elsewhere.get("/films").await.is(200);
    assert_eq!(going().await, 0);
    // Signed out, they take it back.
    here.cookies.remove("ms-session");
    kit.clock.advance(1);
    decide(&mut here, "withdraw").await;
    here.get("/films").await.is(200);
    assert_eq!(going().await, 0, "whose it is is not known");
    here.cookies.insert("ms-session".to_owned(), session);
    here.get("/films").await.is(200);
    assert_eq!(going().await, 1);
}
