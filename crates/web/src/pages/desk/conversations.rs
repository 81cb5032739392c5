//! `/desk/conversations`: what is said in the messenger. First whoever waits, the longest first.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use studio::conversations::{
    Author, ConversationId, Line, Listed, MESSAGE_CHARS_MAX, Shown, State as Stands,
};

use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::paper::action;
use crate::paper::fields::{Wrong, summary};
use crate::visit::{App, Visit};

/// The most that are listed of each sort.
const LISTED: u64 = 100;

/// An answer.
#[derive(Deserialize)]
pub(crate) struct Fields {
    #[serde(default)]
    words: String,
}

/// GET: all that is going on, and what was closed last.
pub(crate) async fn list(State(app): State<App>, visit: Visit) -> Result<Response, Oops> {
    let listed = app.studio.conversations().list(LISTED).await?;
    let body = html! {
        div.wrap.narrow.stack {
            @if listed.is_empty() { p { (visit.text("desk-none")) } }
            ul.things { @for one in &listed {
                li.sheet.flat {
                    h2 { a href=(visit.to(&format!("/desk/conversations/{}", one.id))) { (state(&visit, one)) } }
                    p { (facts(&visit, one)) }
                }
            } }
        }
    };
    Ok(Frame::new(&visit, &visit.text("desk-conversations")).class("small-title").page(body))
}

/// GET `/desk/conversations/{conversation}`: one of them.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(conversation): Path<String>,
) -> Result<Response, Oops> {
    let shown = app.studio.conversations().get(&id(&conversation)?).await?;
    Ok(page(&visit, &shown, "", &Wrong::new(), StatusCode::OK))
}

/// POST: answers.
pub(crate) async fn answer(
    State(app): State<App>,
    visit: Visit,
    Path(conversation): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let id = id(&conversation)?;
    match app.studio.conversations().answer(&id, &fields.words).await {
        Ok(()) => Ok(visit.go(&format!("/desk/conversations/{id}"))),
        Err(error) if matches!(error.code(), "message-empty" | "words-long" | "conversation-closed") => {
            let shown = app.studio.conversations().get(&id).await?;
            let wrong = vec![("words", words_of(visit.language, &error))];
            Ok(page(&visit, &shown, &fields.words, &wrong, status_of(&error)))
        }
        Err(error) => Err(error.into()),
    }
}

/// POST `/desk/conversations/{conversation}/close`: it is over.
pub(crate) async fn close(
    State(app): State<App>,
    visit: Visit,
    Path(conversation): Path<String>,
) -> Result<Response, Oops> {
    app.studio.conversations().close(&id(&conversation)?).await?;
    Ok(visit.go("/desk/conversations"))
}

fn id(text: &str) -> Result<ConversationId, Oops> {
    ConversationId::parse(text).ok_or_else(Oops::not_found)
}

fn page(visit: &Visit, shown: &Shown, typed: &str, wrong: &Wrong, status: StatusCode) -> Response {
    let listed = &shown.listed;
    let to = format!("/desk/conversations/{}", listed.id);
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            p { (facts(visit, listed)) @if let Some(account) = &shown.account { " " code { (account) } } }
            ol.plain-list.stack.tight { @for line in &shown.lines { (said(visit, line, shown.unsent.contains(&line.mark))) } }
            @if listed.state == Stands::Open {
                form.sheet.stack method="post" action=(visit.to(&to)) data-once {
                    div.field.wrong[!wrong.is_empty()] {
                        label for="words" { (visit.text("desk-conversation-answer")) }
                        textarea.input id="words" name="words" rows="5" required dir="auto" maxlength=(MESSAGE_CHARS_MAX) { (typed) }
                    }
                    div { button.button { (visit.text("messenger-send")) } }
                }
                (action(visit, &format!("{to}/close"), "button quiet", &visit.text("desk-conversation-close")))
            }
            p { a href=(visit.to("/desk/conversations")) { (visit.text("desk-conversations")) } }
        }
    };
    Frame::new(visit, &state(visit, listed)).class("small-title").status(status).page(body)
}

fn said(visit: &Visit, line: &Line, is_unsent: bool) -> Markup {
    let who = match line.author {
        Author::Person => "desk-conversation-person",
        Author::Staff => "messenger-us",
    };
    html! {
        li.sheet.flat {
            p.hint {
                (visit.text(who)) " · " (moment(visit, line.written_at_ms))
                @if is_unsent { " · " span.tag { (visit.text("desk-conversation-unsent")) } }
            }
            div.mail-text dir="auto" { (line.words) }
        }
    }
}

fn state(visit: &Visit, one: &Listed) -> String {
    visit.text(match (one.state, one.waiting_since_ms) {
        (Stands::Open, Some(_)) => "desk-conversation-waits",
        (Stands::Open, None) => "desk-conversation-answered",
        (Stands::Closed, _) => "desk-conversation-closed",
    })
}

/// Where and when it began, whether the person is signed in, and whose messenger it is held at; nothing else is known of
/// them.
fn facts(visit: &Visit, one: &Listed) -> Markup {
    let signed_in =
        if one.signed_in { "desk-conversation-signed-in" } else { "desk-conversation-signed-out" };
    html! {
        code { (one.page) } " · " (visit.text(signed_in)) " · "
        (moment(visit, one.waiting_since_ms.unwrap_or(one.created_at_ms)))
        @if let Some(processor) = one.held_at.and_then(|id| visit.policy.processor(id)) {
            " · " span.tag { (visit.language.with("desk-conversation-held-at", &[("name", processor.name.as_str().into())])) }
        }
    }
}

/// A day and a time of it, in UTC.
fn moment(visit: &Visit, at_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    format!("{}, {} UTC", visit.day(at_ms), at.strftime("%H:%M"))
}
