//! `/desk/campaigns/{campaign}`: one campaign, from being written to being over: looked at as its readers see it, tried
//! out on whoever works here, begun, held up, stopped; and its figures.

use axum::extract::{Form, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use studio::marketing::{Campaign, CampaignState};

use super::campaigns::{Typed, draft_of, fields, kind_words, state_words, typed_of, wrong_of};
use crate::frame::Frame;
use crate::language::Language;
use crate::oops::{Oops, status_of};
use crate::paper::fields::{Wrong, summary};
use crate::visit::{App, AtDesk, Visit};

/// A mail styles itself in its own lines. It is shown by itself: nothing is loaded, nothing runs, nothing is sent.
const ALONE: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; \
    form-action 'none'; sandbox";

/// What was just done.
#[derive(Deserialize)]
pub(crate) struct Done {
    done: Option<String>,
}

/// GET: how it stands, and what can be done.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(campaign): Path<String>,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    let campaign = app.studio.marketing().campaign(&campaign).await?;
    let said = match done.done.as_deref() {
        Some("written") => Some(visit.text("campaign-written")),
        Some("tested") => Some(visit.text("campaign-tested")),
        Some("begun") => Some(visit.text("campaign-begun")),
        Some(_) => Some(visit.text("campaign-changed")),
        None => None,
    };
    let typed = typed_of(&campaign);
    page(&app, &visit, &campaign, said, &typed, &Wrong::new(), StatusCode::OK).await
}

/// POST: what is to be done with it.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    AtDesk(who): AtDesk,
    Path(campaign): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Oops> {
    let marketing = app.studio.marketing();
    let done = match typed.get("todo").map(String::as_str).unwrap_or_default() {
        "rewrite" => match marketing.rewrite(&campaign, draft_of(&typed)).await {
            Ok(()) => "written",
            Err(error) => {
                let Some(wrong) = wrong_of(&visit, &error) else { return Err(error.into()) };
                let campaign = marketing.campaign(&campaign).await?;
                return page(&app, &visit, &campaign, None, &typed, &wrong, status_of(&error)).await;
            }
        },
        "test" => {
            marketing.try_out(&campaign, who.account.as_ref()).await?;
            "tested"
        }
        "start" => {
            marketing.start(&campaign).await?;
            "begun"
        }
        "pause" => {
            marketing.pause(&campaign).await?;
            "changed"
        }
        "resume" => {
            marketing.resume(&campaign).await?;
            "changed"
        }
        "stop" => {
            marketing.call_off(&campaign).await?;
            "changed"
        }
        _ => return Err(Oops::not_found()),
    };
    Ok(visit.go(&format!("/desk/campaigns/{campaign}?done={done}")))
}

/// GET `/desk/campaigns/{campaign}/preview/{language}`: the mail as its readers see it.
pub(crate) async fn preview(
    State(app): State<App>,
    Path((campaign, language)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let language = Language::of(&language).ok_or_else(Oops::not_found)?;
    let letter = app.studio.marketing().preview(&campaign, language.code()).await?;
    let head = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, ALONE)];
    Ok((head, letter.html).into_response())
}

async fn page(
    app: &App,
    visit: &Visit,
    campaign: &Campaign,
    said: Option<String>,
    typed: &Typed,
    wrong: &Wrong,
    status: StatusCode,
) -> Result<Response, Oops> {
    let is_draft = campaign.state == CampaignState::Draft;
    let reach = match is_draft {
        true => app.studio.marketing().reach(campaign.mailing, &campaign.segment).await?,
        false => 0,
    };
    let here = format!("/desk/campaigns/{}", campaign.id);
    let body = html! {
        div.wrap.stack {
            (summary(visit, wrong))
            @if let Some(said) = said { div.notice role="status" { p { (said) } } }
            section.sheet.stack aria-labelledby="state" {
                h2 id="state" { (kind_words(visit, campaign.mailing)) " · " (state_words(visit, campaign.state)) }
                @if is_draft {
                    p { (visit.language.with("campaign-reach", &[("number", reach.into())])) }
                    p.hint { (visit.text("campaign-night")) }
                } @else {
                    (figures(visit, campaign))
                    p.hint { (visit.text("campaign-figures-words")) }
                }
                h3 { (visit.text("campaign-preview")) }
                ul.row { @for language in Language::ALL {
                    @let code = language.code();
                    @if campaign.words.contains_key(code) {
                        li { a href=(visit.to(&format!("{here}/preview/{code}"))) target="_blank" lang=(code) { (language.own_name()) } }
                    }
                } }
                div.row {
                    (todo(visit, &here, "test", &visit.text("campaign-test")))
                    @match campaign.state {
                        CampaignState::Draft => {
                            (todo(visit, &here, "start", &visit.text("campaign-start")))
                            (todo(visit, &here, "stop", &visit.text("campaign-discard")))
                        }
                        CampaignState::Sending => {
                            (todo(visit, &here, "pause", &visit.text("campaign-pause")))
                            (todo(visit, &here, "stop", &visit.text("campaign-stop")))
                        }
                        CampaignState::Paused => {
                            (todo(visit, &here, "resume", &visit.text("campaign-resume")))
                            (todo(visit, &here, "stop", &visit.text("campaign-stop")))
                        }
                        CampaignState::Done | CampaignState::Stopped => {}
                    }
                }
            }
            @if is_draft {
                form.sheet.stack method="post" action=(visit.to(&here)) data-once {
                    (fields(app, visit, typed, wrong))
                    div { button.button name="todo" value="rewrite" { (visit.text("campaign-button")) } }
                }
            }
            p { a href=(visit.to("/desk/campaigns")) { (visit.text("campaign-title")) } }
        }
    };
    let title = campaign.words.get("en").map_or(campaign.id.as_str(), |words| words.subject.as_str());
    Ok(Frame::new(visit, title).class("small-title").status(status).page(body))
}

fn figures(visit: &Visit, campaign: &Campaign) -> Markup {
    let figures = campaign.figures;
    html! {
        div.figures {
            div.sheet.flat { strong { (figures.sent) } (visit.text("campaign-sent")) }
            div.sheet.flat { strong { (figures.opened) } (visit.text("campaign-opened")) }
            div.sheet.flat { strong { (figures.clicked) } (visit.text("campaign-clicked")) }
            div.sheet.flat { strong { (figures.unsubscribed) } (visit.text("campaign-unsubscribed")) }
        }
    }
}

fn todo(visit: &Visit, here: &str, word: &str, words: &str) -> Markup {
    html! {
        form method="post" action=(visit.to(here)) data-once {
            button.button.quiet name="todo" value=(word) { (words) }
        }
    }
}
