//! `/desk/campaigns`: news and offers, to everybody who may get them.

use std::collections::BTreeMap;

use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use policy::Mailing;
use serde::Deserialize;
use studio::marketing::{Campaign, Words};

use crate::frame::Frame;
use crate::language::Language;
use crate::oops::{Oops, status_of, words_of};
use crate::paper::fields::{Wrong, choice, summary};
use crate::visit::{App, Visit};

/// What was just done.
#[derive(Deserialize)]
pub(crate) struct Done {
    done: Option<String>,
}

/// The kinds of mail that a campaign can be.
const KINDS: [Mailing; 2] = [Mailing::ProductUpdate, Mailing::SpecialOffer];

/// GET: the form, and what was sent.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    let campaigns = app.studio.marketing().campaigns().await?;
    let nothing = BTreeMap::new();
    Ok(page(&visit, &nothing, &Wrong::new(), &campaigns, done.done.is_some(), StatusCode::OK))
}

/// POST: begins a campaign.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Form(fields): Form<BTreeMap<String, String>>,
) -> Result<Response, Oops> {
    let of = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let mailing =
        KINDS.into_iter().find(|kind| kind.word() == of("mailing")).unwrap_or(Mailing::ProductUpdate);
    let words = Language::ALL.into_iter().filter_map(|language| {
        let code = language.code();
        let words = Words { subject: of(&format!("subject-{code}")), text: of(&format!("text-{code}")) };
        let is_there = code == "en" || !(words.subject.trim().is_empty() && words.text.trim().is_empty());
        is_there.then(|| (code.to_owned(), words))
    });
    match app.studio.marketing().begin(mailing, words.collect()).await {
        Ok(()) => Ok(visit.go("/desk/campaigns?done=yes")),
        Err(error) if error.code().starts_with("campaign-") => {
            let campaigns = app.studio.marketing().campaigns().await?;
            let wrong = vec![("subject-en", words_of(visit.language, &error))];
            Ok(page(&visit, &fields, &wrong, &campaigns, false, status_of(&error)))
        }
        Err(error) => Err(error.into()),
    }
}

fn page(
    visit: &Visit,
    fields: &BTreeMap<String, String>,
    wrong: &Wrong,
    campaigns: &[Campaign],
    done: bool,
    status: StatusCode,
) -> Response {
    let of = |name: String| fields.get(&name).map(String::as_str).unwrap_or_default();
    let name = |mailing: Mailing| {
        let kinds = &visit.policy.marketing.kinds;
        let kind = kinds.iter().find(|kind| kind.id == mailing);
        kind.map_or("", |kind| kind.name.in_language(visit.language.code())).to_owned()
    };
    let kinds = KINDS.map(|mailing| (mailing.word().to_owned(), name(mailing)));
    let body = html! {
        div.wrap.stack {
            (summary(visit, wrong))
            @if done { div.notice role="status" { p { (visit.text("campaign-begun")) } } }
            form.sheet.stack method="post" action=(visit.to("/desk/campaigns")) data-once {
                p { (visit.text("campaign-words")) }
                (choice("mailing", &visit.text("campaign-kind"), None, &kinds, of("mailing".into())))
                @for language in Language::ALL {
                    fieldset.answers lang=(language.code()) {
                        legend { (language.own_name()) }
                        div.field {
                            label for={ "subject-" (language.code()) } { (visit.text("campaign-subject")) }
                            input.input id={ "subject-" (language.code()) } name={ "subject-" (language.code()) } maxlength="200"
                                value=(of(format!("subject-{}", language.code())));
                        }
                        div.field {
                            label for={ "text-" (language.code()) } { (visit.text("campaign-text")) }
                            textarea.input id={ "text-" (language.code()) } name={ "text-" (language.code()) } rows="5" maxlength="5000" {
                                (of(format!("text-{}", language.code())))
                            }
                        }
                    }
                }
                div { button.button { (visit.text("campaign-button")) } }
            }
            section.sheet aria-labelledby="sent" {
                h2 id="sent" { (visit.text("campaign-sent")) }
                @if campaigns.is_empty() { p.soft { (visit.text("desk-none")) } } @else {
                    div.scroller tabindex="0" role="region" aria-labelledby="sent" { table {
                        tbody { @for campaign in campaigns { tr {
                            th scope="row" { (visit.day(campaign.created_at_ms)) }
                            td { (name(campaign.mailing)) }
                            td { @if let Some(words) = campaign.words.get("en") { (words.subject) } }
                            td.number { (campaign.sent) }
                        } } }
                    } }
                }
            }
        }
    };
    Frame::new(visit, &visit.text("campaign-title")).class("small-title").status(status).page(body)
}
