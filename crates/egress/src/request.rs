//! A call while it is put together.

use std::marker::PhantomData;
use std::time::Duration;

use policy::consent::Agreed;
use policy::marker::{Kind, MayReceive, Named, Processor};
use policy::{KindId, Personal, PurposeId};
use reqwest::Method;
use serde::Serialize;
use serde_json::Value;

use crate::{Answer, Egress, Error};

/// A call to a processor. It goes out with [`Request::send`] only.
#[must_use = "a call that is not sent does nothing"]
pub struct Request<P> {
    egress: Egress,
    call: Call,
    processor: PhantomData<fn() -> P>,
}

/// What the guard looks at.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) address: &'static str,
    pub(crate) purpose: PurposeId,
    pub(crate) parts: Vec<Part>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) form: Form,
    pub(crate) media: Option<&'static str>,
    pub(crate) agreed: Vec<Agreed>,
    pub(crate) is_deletion: bool,
    pub(crate) timeout: Option<Duration>,
    pub(crate) answer_bytes_max: Option<u64>,
}

/// A field with what it carries.
pub(crate) struct Part {
    pub(crate) name: String,
    /// None where it is nobody's data.
    pub(crate) kind: Option<KindId>,
    pub(crate) carried: Carried,
}

pub(crate) enum Carried {
    Value(Value),
    Bytes {
        bytes: Vec<u8>,
        content_type: &'static str,
    },
    /// It could not be turned into a value.
    Nothing,
}

/// How the fields are written into the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    /// JSON, in a list of its own.
    List,
    Urlencoded,
    Multipart,
    /// One file is the body.
    Raw,
}

impl<P: Processor> Request<P> {
    pub(crate) fn new(egress: Egress, method: Method, address: &'static str, purpose: PurposeId) -> Self {
        let call = Call {
            method,
            address,
            purpose,
            parts: Vec::new(),
            headers: Vec::new(),
            form: Form::Json,
            media: None,
            agreed: Vec::new(),
            is_deletion: false,
            timeout: None,
            answer_bytes_max: None,
        };
        Self { egress, call, processor: PhantomData }
    }

    /// A field that carries personal data. In its name `.` leads into what is within, `[0]` to a place in a
    /// list, `[]` to a new one; `body.` at its head says that it is of the body, where it would begin with `query.`.
    /// Names are fixed when the program is built, so there is no data in them.
    pub fn field<K: Kind, T: Serialize>(self, name: &'static str, value: &Personal<K, T>) -> Self
    where
        P: MayReceive<K>,
    {
        let value = serde_json::to_value(value.for_processor::<P>());
        self.part(name.to_owned(), Some(<K as Named>::ID), value.map_or(Carried::Nothing, Carried::Value))
    }

    /// The same where the first `[]` in the name means this place.
    pub fn field_at<K: Kind, T: Serialize>(
        self,
        name: &'static str,
        place: usize,
        value: &Personal<K, T>,
    ) -> Self
    where
        P: MayReceive<K>,
    {
        let value = serde_json::to_value(value.for_processor::<P>());
        let name = name.replacen("[]", &format!("[{place}]"), 1);
        self.part(name, Some(<K as Named>::ID), value.map_or(Carried::Nothing, Carried::Value))
    }

    /// A field that carries nothing personal.
    pub fn plain(self, name: &'static str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value);
        self.part(name.to_owned(), None, value.map_or(Carried::Nothing, Carried::Value))
    }

    /// The same where the first `[]` in the name means this place.
    pub fn plain_at(self, name: &'static str, place: usize, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value);
        let name = name.replacen("[]", &format!("[{place}]"), 1);
        self.part(name, None, value.map_or(Carried::Nothing, Carried::Value))
    }

    /// A field that carries a file: part of a [`Request::multipart`] body, or the whole of a [`Request::raw`] one.
    pub fn file<K: Kind, T: AsRef<[u8]>>(
        self,
        name: &'static str,
        value: &Personal<K, T>,
        content_type: &'static str,
    ) -> Self
    where
        P: MayReceive<K>,
    {
        let bytes = value.for_processor::<P>().as_ref().to_vec();
        self.part(name.to_owned(), Some(<K as Named>::ID), Carried::Bytes { bytes, content_type })
    }

    /// A header, such as the key of the processor's interface. Its value is kept out of logs.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.call.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// Writes the body as a form: `a[0][b]=c`.
    pub fn urlencoded(mut self) -> Self {
        self.call.form = Form::Urlencoded;
        self
    }

    /// Puts the body into a list, as its only entry.
    pub fn list(mut self) -> Self {
        self.call.form = Form::List;
        self
    }

    /// Calls a body of JSON by the processor's own name for it, such as `application/vnd.api+json`.
    pub fn media(mut self, media: &'static str) -> Self {
        self.call.media = Some(media);
        self
    }

    /// Writes the body in parts, so that it may have files.
    pub fn multipart(mut self) -> Self {
        self.call.form = Form::Multipart;
        self
    }

    /// The body is one file.
    pub fn raw(mut self) -> Self {
        self.call.form = Form::Raw;
        self
    }

    /// What the person agreed to, for a purpose that rests on it.
    pub fn agreed(mut self, agreed: Agreed) -> Self {
        self.call.agreed.push(agreed);
        self
    }

    /// The call has something deleted. It needs no consent, and may carry only what names the thing or person.
    pub fn deletes(mut self) -> Self {
        self.call.is_deletion = true;
        self
    }

    /// A shorter time for this call.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.call.timeout = Some(timeout);
        self
    }

    /// A smaller answer for this call.
    pub fn answer_bytes_max(mut self, bytes: u64) -> Self {
        self.call.answer_bytes_max = Some(bytes);
        self
    }

    /// Sends the call, if the policy lets it out.
    ///
    /// # Errors
    /// See [`Error`]. An answer with a status that says no is an answer.
    pub async fn send(self) -> Result<Answer, Error> {
        crate::send::send(&self.egress.0, <P as Named>::ID, self.call).await
    }

    fn part(mut self, name: String, kind: Option<KindId>, carried: Carried) -> Self {
        self.call.parts.push(Part { name, kind, carried });
        self
    }
}
