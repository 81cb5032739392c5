//! `/desk/enquiries`: what people wrote to us, what goes first on top, each with the day its answer is due; and a
//! case with all that was done with it and can be done.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use studio::enquiries::{ANSWER_CHARS_MAX, Enquiry, EnquiryId, Source, State as Standing, Step, Wish};

use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::paper::fields::{Wrong, summary};
use crate::visit::{App, Visit};

/// The most that are listed.
const LISTED: u64 = 200;

/// What can be done for whoever has confirmed the address, by the words of the forms.
const WISHES: [(&str, Wish); 3] =
    [("delete-photos", Wish::DeletePhotos), ("restrict", Wish::Restrict), ("leave", Wish::Leave)];

/// GET: what waits for an answer.
pub(crate) async fn list(State(app): State<App>, visit: Visit) -> Result<Response, Oops> {
    let open = app.studio.enquiries().open(LISTED).await?;
    let now_ms = app.studio.now_ms();
    let body = html! {
        div.wrap.narrow.stack {
            @if open.is_empty() { p { (visit.text("desk-none")) } }
            ul.things { @for enquiry in &open {
                li.sheet.flat {
                    h2 { a href=(visit.to(&format!("/desk/enquiries/{}", enquiry.id))) { (visit.text(&format!("contact-kind-{}", enquiry.kind.word()))) } }
                    p { @if enquiry.priority { strong { (visit.text("desk-enquiry-first")) } " · " } (visit.text("desk-enquiry-due")) " " (visit.day(enquiry.due_at_ms)) }
                    @if enquiry.due_at_ms < now_ms { p.wrong-words { (visit.text("desk-enquiry-overdue")) } }
                }
            } }
        }
    };
    Ok(Frame::new(&visit, &visit.text("desk-enquiries")).class("small-title").page(body))
}

/// GET `/desk/enquiries/{enquiry}`: one of them.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(enquiry): Path<String>,
) -> Result<Response, Oops> {
    let id = EnquiryId::parse(&enquiry).ok_or_else(Oops::not_found)?;
    page(&app, &visit, &id, "", &Wrong::new(), StatusCode::OK).await
}

/// What is to be done with a case.
#[derive(Deserialize)]
pub(crate) struct Fields {
    todo: String,
    #[serde(default)]
    answer: String,
}

/// POST: asks whose address it is, does what was asked for, answers, or closes.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Path(enquiry): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let id = EnquiryId::parse(&enquiry).ok_or_else(Oops::not_found)?;
    let (enquiries, here) = (app.studio.enquiries(), format!("/desk/enquiries/{id}"));
    match fields.todo.as_str() {
        "ask-whose" => enquiries.ask_whose(&id).await?,
        "close" => {
            enquiries.close(&id).await?;
            return Ok(visit.go("/desk/enquiries"));
        }
        "answer" => match enquiries.answer(&id, &fields.answer).await {
            Ok(()) => {}
            Err(error) if matches!(error.code(), "message-empty" | "message-long") => {
                let wrong = vec![("answer", words_of(visit.language, &error))];
                return page(&app, &visit, &id, &fields.answer, &wrong, status_of(&error)).await;
            }
            Err(error) => return Err(error.into()),
        },
        wish => {
            let wish = WISHES.iter().find(|(word, _)| *word == wish).ok_or_else(Oops::not_found)?.1;
            enquiries.fulfil(&id, wish).await?;
        }
    }
    Ok(visit.go(&here))
}

async fn page(
    app: &App,
    visit: &Visit,
    id: &EnquiryId,
    typed: &str,
    wrong: &Wrong,
    status: StatusCode,
) -> Result<Response, Oops> {
    let enquiry = app.studio.enquiries().get(id).await?;
    let steps = app.studio.enquiries().steps(id).await?;
    let has_account = app.studio.enquiries().account_of(id).await?.is_some();
    let late = enquiry.state == Standing::Open && enquiry.due_at_ms < app.studio.now_ms();
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            article.sheet.stack.tight {
                p { a href={ "mailto:" (enquiry.email) } { bdi { (enquiry.email) } } }
                div.mail-text dir="auto" { (enquiry.message) }
                p.hint {
                    (visit.text(match enquiry.source { Source::Form => "case-by-form", Source::Mail => "case-by-mail" }))
                    " · " (visit.text("desk-enquiry-due")) " " (visit.day(enquiry.due_at_ms))
                }
                @if late { p.wrong-words { (visit.text("desk-enquiry-overdue")) } }
            }
            (identity(visit, &enquiry, has_account))
            (log(visit, &steps))
            @if enquiry.state == Standing::Open {
                form.sheet.stack method="post" action=(visit.to(&format!("/desk/enquiries/{id}"))) data-once {
                    div.field {
                        label for="answer" { (visit.text("case-answer")) }
                        textarea.input id="answer" name="answer" rows="8" required dir="auto" maxlength=(ANSWER_CHARS_MAX) { (typed) }
                    }
                    div { button.button.big name="todo" value="answer" { (visit.text("case-answer-button")) } }
                }
                (todo(visit, &enquiry, "close", "desk-enquiry-close"))
            }
            p { a href=(visit.to("/desk/enquiries")) { (visit.text("desk-enquiries")) } }
        }
    };
    let title = visit.text(&format!("contact-kind-{}", enquiry.kind.word()));
    Ok(Frame::new(visit, &title).class("small-title").status(status).page(body))
}

/// Whose address it is; once that is confirmed, what can be done for them.
fn identity(visit: &Visit, enquiry: &Enquiry, has_account: bool) -> Markup {
    html! {
        section.sheet.stack aria-labelledby="whose" {
            h2 id="whose" { (visit.text("case-whose")) }
            @match enquiry.confirmed_at_ms {
                None => {
                    p { (visit.text("case-whose-words")) }
                    (todo(visit, enquiry, "ask-whose", "case-whose-ask"))
                }
                Some(at_ms) => {
                    p { (visit.language.with("case-whose-confirmed", &[("date", visit.day(at_ms).into())])) }
                    p { (visit.text(if has_account { "case-account" } else { "case-no-account" })) }
                    @if has_account { div.row {
                        @for (word, _) in WISHES { (todo(visit, enquiry, word, &format!("case-do-{word}"))) }
                    } }
                }
            }
        }
    }
}

fn log(visit: &Visit, steps: &[Step]) -> Markup {
    html! {
        section.sheet aria-labelledby="log" {
            h2 id="log" { (visit.text("case-log")) }
            ol.things { @for step in steps {
                li {
                    p { strong { (visit.text(&format!("case-step-{}", step.kind.word()))) } " · " (visit.day(step.at_ms)) }
                    @if let Some(words) = &step.words { div.mail-text dir="auto" { (words) } }
                }
            } }
        }
    }
}

fn todo(visit: &Visit, enquiry: &Enquiry, word: &str, key: &str) -> Markup {
    html! {
        form method="post" action=(visit.to(&format!("/desk/enquiries/{}", enquiry.id))) data-once {
            button.button.quiet name="todo" value=(word) { (visit.text(key)) }
        }
    }
}
