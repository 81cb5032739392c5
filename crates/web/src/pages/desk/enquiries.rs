//! `/desk/enquiries`: what people wrote to us, what goes first on top, each with the day its answer is due; and a
//! case with all that was done with it and can be done.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use studio::enquiries::{
    ANSWER_CHARS_MAX, Attachment, Enquiry, EnquiryId, Source, State as Standing, Step, StepKind, Wish,
};
use studio::staff::{Role, Room};

use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::paper::fields::{Wrong, summary};
use crate::visit::{App, AtDesk, Visit};

/// The most that are listed.
const LISTED: u64 = 200;

/// What can be done for whoever has confirmed the address, by the words of the forms.
const WISHES: [(&str, Wish); 5] = [
    ("delete-photos", Wish::DeletePhotos),
    ("restrict", Wish::Restrict),
    ("leave", Wish::Leave),
    ("stop-marketing", Wish::StopMarketing),
    ("object-to-support", Wish::ObjectToSupport),
];

/// GET: what waits for an answer.
pub(crate) async fn list(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
) -> Result<Response, Oops> {
    let open = app.studio.enquiries().open(who.role, LISTED).await?;
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
    AtDesk(who): AtDesk,
    Path(enquiry): Path<String>,
) -> Result<Response, Oops> {
    let id = EnquiryId::parse(&enquiry).ok_or_else(Oops::not_found)?;
    page(&app, &visit, who.role, &id, "", &Wrong::new(), StatusCode::OK).await
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
    AtDesk(who): AtDesk,
    Path(enquiry): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let id = EnquiryId::parse(&enquiry).ok_or_else(Oops::not_found)?;
    let (enquiries, here) = (app.studio.enquiries(), format!("/desk/enquiries/{id}"));
    enquiries.read_by(who.role, &id).await?;
    match fields.todo.as_str() {
        "ask-whose" => enquiries.ask_whose(&who, &id).await?,
        "close" => {
            enquiries.close(&who, &id).await?;
            return Ok(visit.go("/desk/enquiries"));
        }
        "answer" => match enquiries.answer(&who, &id, &fields.answer).await {
            Ok(()) => {}
            Err(error) if matches!(error.code(), "answer-empty" | "answer-long") => {
                let wrong = vec![("answer", words_of(visit.language, &error))];
                return page(&app, &visit, who.role, &id, &fields.answer, &wrong, status_of(&error)).await;
            }
            Err(error) => return Err(error.into()),
        },
        wish => {
            let wish = WISHES.iter().find(|(word, _)| *word == wish).ok_or_else(Oops::not_found)?.1;
            enquiries.fulfil(&who, &id, wish).await?;
        }
    }
    Ok(visit.go(&here))
}

async fn page(
    app: &App,
    visit: &Visit,
    role: Role,
    id: &EnquiryId,
    typed: &str,
    wrong: &Wrong,
    status: StatusCode,
) -> Result<Response, Oops> {
    let enquiry = app.studio.enquiries().read_by(role, id).await?;
    let steps = app.studio.enquiries().steps(id).await?;
    let attachments = app.studio.enquiries().attachments(id).await?;
    let has_account = app.studio.enquiries().account_of(id).await?.is_some();
    let sees_to_rights = role.may(Room::Rights);
    let late = enquiry.state == Standing::Open && enquiry.due_at_ms < app.studio.now_ms();
    // Until its owner has said otherwise: what was done before that may have to be made good.
    let denied = enquiry.confirmed_at_ms.is_none() && steps.iter().any(|step| step.kind == StepKind::Denied);
    let source = match enquiry.source {
        Source::Form => "case-by-form",
        Source::Mail => "case-by-mail",
        Source::Messenger => "case-by-messenger",
    };
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            @if denied { div.notice { p { strong { (visit.text("case-step-denied")) } } } }
            article.sheet.stack.tight {
                p { a href={ "mailto:" (enquiry.email) } { bdi { (enquiry.email) } } }
                div.mail-text dir="auto" { (enquiry.message) }
                p.hint {
                    (visit.text(source))
                    " · " (visit.text("desk-enquiry-due")) " " (visit.day(enquiry.due_at_ms))
                }
                @if late { p.wrong-words { (visit.text("desk-enquiry-overdue")) } }
            }
            @if !attachments.is_empty() { (came_with_it(visit, &enquiry, &attachments, sees_to_rights)) }
            @if sees_to_rights { (identity(visit, &enquiry, has_account)) }
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

/// What came with the mail: what its sender says of it, and for who sees to rights what can be done.
fn came_with_it(
    visit: &Visit,
    enquiry: &Enquiry,
    attachments: &[Attachment],
    sees_to_rights: bool,
) -> Markup {
    html! {
        section.sheet.stack aria-labelledby="attachments" {
            h2 id="attachments" { (visit.text("case-attachments")) }
            div.notice { p { (visit.text("case-attachments-words")) } }
            ul.things { @for one in attachments {
                @let (here, name) = (format!("/desk/enquiries/{}/attachments/{}", enquiry.id, one.id), format!("name-{}", one.id));
                li.stack.tight {
                    p id=(name) { strong { bdi { (one.name) } } " · " (size(one.bytes)) " · " bdi { (one.kind) } }
                    @if let Some(at_ms) = one.released_at_ms {
                        p.hint { (visit.language.with("case-attachment-released", &[("date", visit.day(at_ms).into())])) }
                    }
                    @if sees_to_rights { div.row {
                        @if one.released_at_ms.is_some() {
                            a.button.quiet href=(visit.to(&here)) download aria-describedby=(name) { (visit.text("case-attachment-fetch")) }
                        }
                        form.row method="post" action=(visit.to(&here)) data-once {
                            @if one.released_at_ms.is_none() {
                                button.button.quiet name="todo" value="release" aria-describedby=(name) { (visit.text("case-attachment-release")) }
                            }
                            button.button.quiet name="todo" value="delete" aria-describedby=(name) { (visit.text("case-attachment-delete")) }
                        }
                    } }
                }
            } }
        }
    }
}

fn size(bytes: u64) -> String {
    if bytes < 1_000_000 {
        format!("{} kB", bytes.div_ceil(1000))
    } else {
        format!("{:.1} MB", bytes as f64 / 1e6)
    }
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
                    div.row { @for (word, wish) in WISHES {
                        @if has_account || !wish.needs_account() { (todo(visit, enquiry, word, &format!("case-do-{word}"))) }
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
                    @if let Some((role, who)) = &step.by { p.hint { (visit.text(&format!("role-{role}"))) " · " (who) } }
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
