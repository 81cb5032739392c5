//! A vendor that fails: the call ends in time, and the receipt says how.

use std::time::Duration;

use egress::{Answer, Error, Method};
use policy::{ProcessorId, processor, purpose};

use crate::{CANARY, Kit, Setting, Vendor, photo};

async fn call(kit: &Kit) -> Result<Answer, Error> {
    let call = kit.egress.to::<processor::Fal, purpose::Films>(Method::POST, "https://queue.fal.run/x");
    call.field("image_url", &photo()).send().await
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Vendor::content().await;
    let answer = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{}/x\r\ncontent-length: 0\r\n\r\n",
        elsewhere.address
    );
    let vendor = Vendor::answering(answer).await;
    let kit = Setting::default().start(&vendor);
    assert_eq!(call(&kit).await.unwrap_err(), Error::Redirected(ProcessorId::Fal, 307));
    assert_eq!(vendor.asked().len(), 1);
    assert!(elsewhere.asked().is_empty());
    assert_eq!(kit.book.outcome(), "redirected-307");
}

#[tokio::test]
async fn a_vendor_that_does_not_answer_is_given_up() {
    let vendor = Vendor::answering("").await;
    let mut setting = Setting::default();
    setting.limits.timeout = Duration::from_millis(200);
    let kit = setting.start(&vendor);
    assert_eq!(call(&kit).await.unwrap_err(), Error::TimedOut(ProcessorId::Fal));
    assert_eq!(kit.book.outcome(), "timed-out");
}

#[tokio::test]
async fn a_call_may_have_less_time_than_others() {
    let vendor = Vendor::answering("").await;
    let kit = Setting::default().start(&vendor);
    let call = kit.egress.to::<processor::Fal, purpose::Films>(Method::POST, "https://queue.fal.run/x");
    let result = call.timeout(Duration::from_millis(200)).send().await;
    assert_eq!(result.unwrap_err(), Error::TimedOut(ProcessorId::Fal));
}

#[tokio::test]
async fn an_answer_without_end_is_not_read_to_it() {
    let chunk = format!("400\r\n{}\r\n", "x".repeat(1024)).repeat(8);
    let vendor =
        Vendor::answering(format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunk}0\r\n\r\n"))
            .await;
    let mut setting = Setting::default();
    setting.limits.answer_bytes_max = 3000;
    let kit = setting.start(&vendor);
    assert_eq!(call(&kit).await.unwrap_err(), Error::AnswerTooLarge(ProcessorId::Fal, 3000));
    assert_eq!(kit.book.outcome(), "answer-too-large");
}

#[tokio::test]
async fn a_broken_answer_is_no_answer() {
    let vendor = Vendor::answering("HTTP/1.1 2").await;
    let mut setting = Setting::default();
    setting.limits.timeout = Duration::from_millis(300);
    let kit = setting.start(&vendor);
    assert!(call(&kit).await.is_err());
    assert_ne!(kit.book.outcome(), "sent");
}

#[tokio::test]
async fn a_host_that_is_down_is_out_of_reach() {
    let mut vendor = Vendor::content().await;
    // Bound and let go again: nobody listens there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    vendor.address = free.local_addr().unwrap();
    drop(free);
    let kit = Setting::default().start(&vendor);
    let error = call(&kit).await.unwrap_err();
    assert!(matches!(&error, Error::Unreachable(ProcessorId::Fal, _)), "{error:?}");
    assert!(!error.to_string().contains(CANARY) && !error.to_string().contains("http"), "{error}");
    assert_eq!(kit.book.outcome(), "unreachable");
}

#[tokio::test]
async fn what_was_interrupted_stays_as_sent() {
    let vendor = Vendor::answering("").await;
    let kit = Setting::default().start(&vendor);
    let interrupted = tokio::time::timeout(Duration::from_millis(200), call(&kit)).await;
    assert!(interrupted.is_err());
    assert_eq!(kit.book.outcome(), "sent", "it may have arrived");
}
