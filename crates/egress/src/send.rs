//! Sending a call that the guard has cleared, and writing down what came of it.

use bytes::{Bytes, BytesMut};
use policy::{Policy, ProcessorId};
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};

use crate::body::{self, Body};
use crate::client::Inner;
use crate::request::Call;
use crate::{Answer, Blocked, Error, Outcome, Receipt, guard};

/// Clears, sends, and keeps the receipt.
pub(crate) async fn send(inner: &Inner, id: ProcessorId, mut call: Call) -> Result<Answer, Error> {
    let at_ms = (inner.now_ms)();
    let policy = inner.policies.in_force(at_ms);
    let cleared = guard::clear(policy, &inner.on, id, &mut call);
    let mut receipt = receipt(policy, id, at_ms, &call);
    let ready = cleared.and_then(|url| ready(inner, url, call));
    let (ready, limits) = match ready {
        Ok(ready) => ready,
        Err(why) => {
            receipt.outcome = Outcome::Blocked(why.clone());
            // Nothing goes out, so nothing depends on whether this could be written.
            let _ = inner.receipts.open(&receipt).await;
            return Err(Error::Blocked(id, why));
        }
    };
    receipt.host = limits.host;
    receipt.bytes = limits.bytes;
    let opened = inner.receipts.open(&receipt).await;
    let opened = opened.map_err(|error| Error::NoReceipt(id, error.0))?;
    let answered = answer(ready, id, limits.answer_bytes_max).await;
    let outcome = match &answered {
        Ok(answer) => Outcome::Answered(answer.status),
        Err(Error::TimedOut(_)) => Outcome::TimedOut,
        Err(Error::Redirected(_, status)) => Outcome::Redirected(*status),
        Err(Error::AnswerTooLarge(..)) => Outcome::AnswerTooLarge,
        Err(_) => Outcome::Unreachable,
    };
    // A receipt that stays at "sent" says too little, but nothing wrong; the answer counts for more.
    let _ = inner.receipts.close(&opened, &outcome).await;
    answered
}

/// What is known of a call before it goes out.
fn receipt(policy: &Policy, id: ProcessorId, at_ms: i64, call: &Call) -> Receipt {
    let kinds = call.parts.iter().filter_map(|part| part.kind);
    let template = Url::parse(&call.address.replace(['{', '}'], "")).ok();
    Receipt {
        at_ms,
        processor: id,
        host: template.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default(),
        categories: kinds.filter_map(|kind| policy.kind(kind)).map(|(category, _)| category.id).collect(),
        fields: call.parts.iter().map(|part| guard::normal(&part.name)).collect(),
        bytes: 0,
        outcome: Outcome::Sent,
    }
}

struct Known {
    host: String,
    bytes: u64,
    answer_bytes_max: u64,
}

/// The call as the client takes it.
fn ready(inner: &Inner, mut url: Url, mut call: Call) -> Result<(reqwest::RequestBuilder, Known), Blocked> {
    let body = body::write(&mut call)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let known = Known {
        bytes: body.bytes(),
        answer_bytes_max: call.answer_bytes_max.unwrap_or(u64::MAX).min(inner.limits.answer_bytes_max),
        host,
    };
    if known.bytes > inner.limits.request_bytes_max {
        return Err(Blocked::TooLarge(inner.limits.request_bytes_max));
    }
    if let Some(address) = inner.reroute.of(&known.host) {
        let led = url.set_scheme("http").and_then(|()| url.set_ip_host(address.ip()));
        led.ok()
            .and_then(|()| url.set_port(Some(address.port())).ok())
            .ok_or(Blocked::Address("no emulator"))?;
    }
    let mut request = inner.http.request(call.method, url);
    for (name, value) in call.headers {
        let header = HeaderName::try_from(&name).ok().zip(HeaderValue::try_from(value).ok());
        let (header, mut value) = header.ok_or(Blocked::Header(name))?;
        value.set_sensitive(true);
        request = request.header(header, value);
    }
    if let Some(timeout) = call.timeout {
        request = request.timeout(timeout.min(inner.limits.timeout));
    }
    let request = match body {
        Body::None => request,
        Body::Bytes(bytes, content_type) => request.header("content-type", content_type).body(bytes),
        Body::Parts(form, _) => request.multipart(form),
    };
    Ok((request, known))
}

/// The answer, read to its end within the limits.
async fn answer(request: reqwest::RequestBuilder, id: ProcessorId, bytes_max: u64) -> Result<Answer, Error> {
    // The address may carry a handle: it is kept out of the error.
    let failed = |error: reqwest::Error| match error.is_timeout() {
        true => Error::TimedOut(id),
        false => Error::Unreachable(id, cause(&error.without_url())),
    };
    let mut response = request.send().await.map_err(failed)?;
    let status = response.status().as_u16();
    if (300..400).contains(&status) {
        return Err(Error::Redirected(id, status));
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if (body.len() + chunk.len()) as u64 > bytes_max {
            return Err(Error::AnswerTooLarge(id, bytes_max));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers: std::mem::take(response.headers_mut()), body: Bytes::from(body) })
}

/// The innermost cause, which says most.
fn cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
