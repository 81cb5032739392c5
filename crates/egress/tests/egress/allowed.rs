//! What the policy lets out arrives as it should, and no other than that.

use egress::Method;
use policy::consent::{self, Agreed, Choice, Given};
use policy::{CategoryId, Country, Personal, Policy, kind, processor, purpose};
use serde_json::json;

use crate::{CANARY, Kit, NOW, Setting, Vendor, next_version, photo};

async fn kit() -> (Vendor, Kit) {
    let vendor = Vendor::content().await;
    let kit = Setting::default().start(&vendor);
    (vendor, kit)
}

#[tokio::test]
async fn a_photo_goes_to_fal_with_what_keeps_it_from_being_stored() {
    let (vendor, kit) = kit().await;
    let answer = kit
        .egress
        .to::<processor::Fal, purpose::Films>(Method::POST, "https://queue.fal.run/{+model}")
        .header("Authorization", "Key secret")
        .plain("path.model", "owner/portrait")
        .plain("prompt", "a moon of paper")
        .field("image_url", &photo())
        .send()
        .await
        .unwrap();
    assert_eq!((answer.status(), answer.is_success(), answer.retry_after_s()), (200, true, Some(7)));
    assert_eq!(answer.json::<serde_json::Value>().unwrap(), json!({"ok": true}));

    let asked = vendor.only();
    assert_eq!(asked.line, "POST /owner/portrait HTTP/1.1");
    assert_eq!(
        asked.json(),
        json!({"prompt": "a moon of paper", "image_url": photo().for_processor::<processor::Fal>()})
    );
    assert_eq!(asked.header("x-fal-store-io"), Some("0"));
    let lifecycle = asked.header("x-fal-object-lifecycle-preference");
    assert_eq!(lifecycle, Some("{\"expiration_duration_seconds\":600}"));
    assert_eq!(asked.header("authorization"), Some("Key secret"));
    assert!(asked.header("cookie").is_none() && asked.header("referer").is_none());

    let receipt = kit.book.only();
    assert_eq!(
        (receipt.at_ms, receipt.processor.as_str(), receipt.host.as_str()),
        (NOW, "fal", "queue.fal.run")
    );
    assert_eq!(receipt.categories, [CategoryId::UploadedImages].into());
    assert_eq!(receipt.fields, ["image_url", "path.model", "prompt"].map(String::from).into());
    assert_eq!(receipt.bytes, asked.body.len() as u64);
    assert_eq!(receipt.outcome.word(), "answered-200");
}

#[tokio::test]
async fn what_is_put_on_some_calls_is_put_on_no_other() {
    let header = "{ header = \"x-fal-store-io\", value = \"0\" }";
    let policies = next_version("processors.toml", header, &header.replace("{ ", "{ path = \"/owner/\", "));
    let now_ms = policies.version("2027-01-01").unwrap().effective.start_ms();
    let vendor = Vendor::content().await;
    let kit = Setting { policies, now_ms, ..Setting::default() }.start(&vendor);
    for model in ["owner/portrait", "other/portrait"] {
        let address = "https://queue.fal.run/{+model}";
        let call = kit.egress.to::<processor::Fal, purpose::Films>(Method::POST, address);
        call.plain("path.model", model).field("image_url", &photo()).send().await.unwrap();
    }
    let asked = vendor.asked();
    let stored: Vec<_> = asked.iter().map(|asked| asked.header("x-fal-store-io")).collect();
    assert_eq!(stored, [Some("0"), None]);
    let lifecycle = |name| asked.iter().filter(|asked| asked.header(name).is_some()).count();
    assert_eq!(lifecycle("x-fal-object-lifecycle-preference"), 2, "what has no path is put on all");
}

#[tokio::test]
async fn a_form_is_written_in_brackets_and_a_no_is_an_answer() {
    let vendor = Vendor::answering("HTTP/1.1 402 Payment Required\r\ncontent-length: 0\r\n\r\n").await;
    let kit = Setting::default().start(&vendor);
    let email = Personal::<kind::Email, _>::new(format!("{CANARY}@example.org"));
    let price = Personal::<kind::Billing, _>::new(1900);
    let answer = kit
        .egress
        .to::<processor::Stripe, purpose::Payment>(
            Method::POST,
            "https://api.stripe.com/v1/checkout/sessions",
        )
        .header("stripe-version", "2026-07-29.dahlia")
        .header("idempotency-key", "order-1-pay")
        .urlencoded()
        .plain("mode", "payment")
        .field("customer_email", &email)
        .field("line_items[0].price_data.unit_amount", &price)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 402);
    let asked = vendor.only();
    assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"));
    let body = format!(
        "mode=payment&customer_email={CANARY}%40example.org&line_items%5B0%5D%5Bprice_data%5D%5Bunit_amount%5D=1900"
    );
    assert_eq!(asked.text(), body);
    let receipt = kit.book.only();
    assert!(receipt.fields.contains("line_items[].price_data.unit_amount"));
    assert_eq!(receipt.categories, [CategoryId::AccountContact, CategoryId::PaymentBilling].into());
    assert_eq!(kit.book.outcome(), "answered-402");
}

#[tokio::test]
async fn a_still_goes_in_parts_and_is_private_whoever_forgets_to_say_so() {
    let (vendor, kit) = kit().await;
    let still = Personal::<kind::Still, _>::new(vec![0xff, 0xd8, 0xff]);
    kit.egress
        .to::<processor::Imagekit, purpose::Films>(
            Method::POST,
            "https://upload.imagekit.io/api/v1/files/upload",
        )
        .multipart()
        .plain("fileName", "01J9Z3")
        .file("file", &still, "image/jpeg")
        .send()
        .await
        .unwrap();
    let asked = vendor.only();
    assert!(asked.header("content-type").unwrap().starts_with("multipart/form-data; boundary="));
    let text = asked.text();
    assert!(text.contains("name=\"isPrivateFile\"\r\n\r\ntrue"), "{text}");
    assert!(text.contains("name=\"fileName\"\r\n\r\n01J9Z3"), "{text}");
    assert!(asked.body.windows(3).any(|three| three == [0xff, 0xd8, 0xff]));
    assert_eq!(kit.book.only().bytes, 3 + 6 + 4);
}

#[tokio::test]
async fn an_object_is_the_whole_body_and_its_name_part_of_the_query() {
    let (vendor, kit) = kit().await;
    let film = Personal::<kind::GeneratedVideo, _>::new(b"sealed".to_vec());
    kit.egress
        .to::<processor::GoogleCloudStorage, purpose::Films>(
            Method::POST,
            "https://storage.googleapis.com/upload/storage/v1/b/{bucket}/o",
        )
        .raw()
        .plain("path.bucket", "films")
        .plain("query.uploadType", "media")
        .plain("query.name", "a b/c")
        .file("object", &film, "application/octet-stream")
        .send()
        .await
        .unwrap();
    let asked = vendor.only();
    assert_eq!(asked.line, "POST /upload/storage/v1/b/films/o?uploadType=media&name=a+b%2Fc HTTP/1.1");
    assert_eq!(
        (asked.body.as_slice(), asked.header("content-type")),
        (&b"sealed"[..], Some("application/octet-stream"))
    );
}

#[tokio::test]
async fn what_names_a_thing_stays_one_part_of_the_path() {
    let (vendor, kit) = kit().await;
    kit.egress
        .to::<processor::Mux, purpose::Films>(Method::DELETE, "https://api.mux.com/video/v1/assets/{asset}")
        .plain("path.asset", "a/../b?c#d")
        .deletes()
        .send()
        .await
        .unwrap();
    let asked = vendor.only();
    assert_eq!(asked.line, "DELETE /video/v1/assets/a%2F..%2Fb%3Fc%23d HTTP/1.1");
    assert!(asked.body.is_empty(), "what is put on new assets is not put on a deletion");
}

#[tokio::test]
async fn analytics_goes_out_once_agreed_to_and_its_deletion_at_any_time() {
    let (vendor, kit) = kit().await;
    let germany = Country::parse("DE");
    let given = Given {
        choice: Choice { analytics: true, support: false },
        wording: "cookies-1".into(),
        at_ms: NOW,
        knowing_gpc: false,
    };
    let decision = consent::decide(Policy::current(), germany, false, Some(&given), NOW);
    let agreed: Agreed = decision.agreed(consent::Purpose::Analytics).unwrap();
    let client = Personal::<kind::AnonymousId, _>::new(CANARY);
    let event = Personal::<kind::UsageEvent, _>::new("page_view");
    kit.egress
        .to::<processor::GoogleAnalytics, purpose::Analytics>(
            Method::POST,
            "https://www.google-analytics.com/mp/collect",
        )
        .agreed(agreed)
        .plain("query.measurement_id", "G-1")
        .field("client_id", &client)
        .field_at("events[].name", 0, &event)
        .send()
        .await
        .unwrap();
    kit.egress
        .to::<processor::GoogleAnalytics, purpose::Analytics>(
            Method::POST,
            "https://analyticsadmin.googleapis.com/v1alpha/properties/{property}:submitUserDeletion",
        )
        .plain("path.property", "17")
        .field("clientId", &client)
        .deletes()
        .send()
        .await
        .unwrap();
    let asked = vendor.asked();
    let consent = json!({"ad_user_data": "DENIED", "ad_personalization": "DENIED"});
    assert_eq!(
        asked[0].json(),
        json!({"client_id": CANARY, "events": [{"name": "page_view"}], "consent": consent})
    );
    assert_eq!(asked[1].json(), json!({"clientId": CANARY}));
    assert_eq!(asked[1].line, "POST /v1alpha/properties/17:submitUserDeletion HTTP/1.1");
    let receipts = kit.book.receipts.lock().unwrap();
    assert!(!format!("{receipts:?}").contains(CANARY));
    assert_eq!(receipts.len(), 2);
}
