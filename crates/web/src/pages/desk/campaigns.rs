//! `/desk/campaigns`: news and offers, to everybody who may get them or to a part of them: what there is, and a new one.

use std::collections::BTreeMap;

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use policy::Mailing;
use studio::Error;
use studio::marketing::{Campaign, CampaignState, Draft, PACES, Segment, Words};

use crate::frame::Frame;
use crate::language::Language;
use crate::oops::{Oops, status_of, words_of};
use crate::paper::fields::{Line, Wrong, choice, summary};
use crate::visit::{App, Visit};

/// What was typed, by the names of the fields.
pub(super) type Typed = BTreeMap<String, String>;

/// The kinds of mail that a campaign can be.
const KINDS: [Mailing; 2] = [Mailing::ProductUpdate, Mailing::SpecialOffer];
/// The pace where none is chosen.
const PACE: u64 = 500;

/// GET: what there is, and the form.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Oops> {
    page(&app, &visit, &Typed::new(), &Wrong::new(), StatusCode::OK).await
}

/// POST: writes a campaign down. Nothing of it goes out yet.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Form(typed): Form<Typed>,
) -> Result<Response, Oops> {
    match app.studio.marketing().draft(draft_of(&typed)).await {
        Ok(campaign) => Ok(visit.go(&format!("/desk/campaigns/{campaign}?done=written"))),
        Err(error) => match wrong_of(&visit, &error) {
            Some(wrong) => page(&app, &visit, &typed, &wrong, status_of(&error)).await,
            None => Err(error.into()),
        },
    }
}

/// What is wrong with a campaign, beside its field; nothing, when it is not the campaign that is wrong.
pub(super) fn wrong_of(visit: &Visit, error: &Error) -> Option<Wrong> {
    let field = match error.code() {
        "campaign-empty" | "campaign-long" => "subject-en",
        "campaign-kind" => "mailing",
        "campaign-link" => "link",
        "campaign-segment" => "quiet",
        "campaign-pace" => "pace",
        _ => return None,
    };
    Some(vec![(field, words_of(visit.language, error))])
}

/// The campaign that was typed.
pub(super) fn draft_of(typed: &Typed) -> Draft {
    let given =
        |name: &str| typed.get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let of = |name: String| given(&name).unwrap_or_default();
    let mailing = given("mailing");
    let words = Language::ALL.into_iter().filter_map(|language| {
        let code = language.code();
        let words = Words { subject: of(format!("subject-{code}")), text: of(format!("text-{code}")) };
        let is_there = code == "en" || !(words.subject.is_empty() && words.text.is_empty());
        is_there.then(|| (code.to_owned(), words))
    });
    Draft {
        mailing: KINDS
            .into_iter()
            .find(|kind| mailing.as_deref() == Some(kind.word()))
            .unwrap_or(Mailing::ProductUpdate),
        words: words.collect(),
        link: of("link".into()),
        segment: Segment {
            language: given("language"),
            bought: given("bought").map(|bought| bought == "yes"),
            film: given("film"),
            // What is no number is refused with what is too much of one.
            quiet_days: given("quiet").map(|days| days.parse().unwrap_or(-1)),
        },
        per_hour: given("pace").map_or(PACE, |pace| pace.parse().unwrap_or(0)),
    }
}

/// A campaign as it was typed.
pub(super) fn typed_of(campaign: &Campaign) -> Typed {
    let segment = &campaign.segment;
    let mut typed = Typed::from([
        ("mailing".to_owned(), campaign.mailing.word().to_owned()),
        ("link".to_owned(), campaign.link.clone()),
        ("language".to_owned(), segment.language.clone().unwrap_or_default()),
        ("film".to_owned(), segment.film.clone().unwrap_or_default()),
        ("quiet".to_owned(), segment.quiet_days.map(|days| days.to_string()).unwrap_or_default()),
        ("pace".to_owned(), campaign.per_hour.to_string()),
    ]);
    let bought = segment.bought.map_or("", |bought| if bought { "yes" } else { "no" });
    typed.insert("bought".to_owned(), bought.to_owned());
    for (language, words) in &campaign.words {
        typed.insert(format!("subject-{language}"), words.subject.clone());
        typed.insert(format!("text-{language}"), words.text.clone());
    }
    typed
}

/// What a kind of mail is called.
pub(super) fn kind_words(visit: &Visit, mailing: Mailing) -> String {
    let kind = visit.policy.marketing.kinds.iter().find(|kind| kind.id == mailing);
    kind.map_or("", |kind| kind.name.in_language(visit.language.code())).to_owned()
}

/// How far a campaign is, in words.
pub(super) fn state_words(visit: &Visit, state: CampaignState) -> String {
    match state {
        CampaignState::Draft => visit.text("campaign-draft"),
        CampaignState::Sending => visit.text("campaign-sending"),
        CampaignState::Paused => visit.text("campaign-paused"),
        CampaignState::Done => visit.text("campaign-done"),
        CampaignState::Stopped => visit.text("campaign-stopped"),
    }
}

/// The fields of a campaign.
pub(super) fn fields(app: &App, visit: &Visit, typed: &Typed, wrong: &Wrong) -> Markup {
    let of = |name: &str| typed.get(name).map(String::as_str).unwrap_or_default();
    let kinds = KINDS.map(|kind| (kind.word().to_owned(), kind_words(visit, kind)));
    let all = || (String::new(), visit.text("campaign-all"));
    let mut languages = vec![all()];
    languages
        .extend(Language::ALL.map(|language| (language.code().to_owned(), language.own_name().to_owned())));
    let bought = [
        all(),
        ("yes".to_owned(), visit.text("campaign-bought-yes")),
        ("no".to_owned(), visit.text("campaign-bought-no")),
    ];
    let mut films = vec![all()];
    films.extend(app.studio.catalogue().shows().iter().map(|show| {
        let title = show.film().words(show.language(visit.language.code())).title.clone();
        (show.slug().to_owned(), title)
    }));
    let paces = PACES.map(|pace| (pace.to_string(), pace.to_string()));
    let pace = if of("pace").is_empty() { PACE.to_string() } else { of("pace").to_owned() };
    let line = |id, label, hint, value| Line { required: false, hint, ..Line::new(id, label, value) };
    html! {
        (choice("mailing", &visit.text("campaign-kind"), None, &kinds, of("mailing")))
        @for language in Language::ALL {
            @let (subject, text) = (format!("subject-{}", language.code()), format!("text-{}", language.code()));
            fieldset.answers lang=(language.code()) {
                legend { (language.own_name()) }
                div.field {
                    label for=(subject) { (visit.text("campaign-subject")) }
                    input.input id=(subject) name=(subject) maxlength="200" value=(of(&subject));
                }
                div.field {
                    label for=(text) { (visit.text("campaign-text")) }
                    textarea.input id=(text) name=(text) rows="5" maxlength="5000" { (of(&text)) }
                }
            }
        }
        (line("link", visit.text("campaign-link"), Some(visit.text("campaign-link-words")), of("link")).show(wrong))
        fieldset.answers {
            legend { (visit.text("campaign-whom")) }
            (choice("language", &visit.text("campaign-language"), None, &languages, of("language")))
            (choice("bought", &visit.text("campaign-bought"), None, &bought, of("bought")))
            (choice("film", &visit.text("campaign-film"), None, &films, of("film")))
            (line("quiet", visit.text("campaign-quiet"), None, of("quiet")).show(wrong))
        }
        (choice("pace", &visit.text("campaign-pace"), Some(&visit.text("campaign-pace-words")), &paces, &pace))
    }
}

async fn page(
    app: &App,
    visit: &Visit,
    typed: &Typed,
    wrong: &Wrong,
    status: StatusCode,
) -> Result<Response, Oops> {
    let campaigns = app.studio.marketing().campaigns().await?;
    let body = html! {
        div.wrap.stack {
            (summary(visit, wrong))
            section.sheet aria-labelledby="campaigns" {
                h2 id="campaigns" { (visit.text("campaign-list")) }
                @if campaigns.is_empty() { p.soft { (visit.text("desk-none")) } } @else {
                    div.scroller tabindex="0" role="region" aria-labelledby="campaigns" { table {
                        thead { tr {
                            th { (visit.text("campaign-subject")) }
                            th { (visit.text("campaign-kind")) }
                            th { (visit.text("campaign-state")) }
                            th.number { (visit.text("campaign-sent")) }
                            th.number { (visit.text("campaign-opened")) }
                            th.number { (visit.text("campaign-clicked")) }
                            th.number { (visit.text("campaign-unsubscribed")) }
                        } }
                        tbody { @for campaign in &campaigns { tr {
                            th scope="row" { a href=(visit.to(&format!("/desk/campaigns/{}", campaign.id))) {
                                (campaign.words.get("en").map_or(campaign.id.as_str(), |words| words.subject.as_str()))
                            } }
                            td { (kind_words(visit, campaign.mailing)) }
                            td { (state_words(visit, campaign.state)) }
                            td.number { (campaign.figures.sent) }
                            td.number { (campaign.figures.opened) }
                            td.number { (campaign.figures.clicked) }
                            td.number { (campaign.figures.unsubscribed) }
                        } } }
                    } }
                }
            }
            form.sheet.stack method="post" action=(visit.to("/desk/campaigns")) data-once {
                h2 { (visit.text("campaign-new")) }
                p { (visit.text("campaign-words")) }
                (fields(app, visit, typed, wrong))
                div { button.button { (visit.text("campaign-button")) } }
            }
        }
    };
    Ok(Frame::new(visit, &visit.text("campaign-title")).class("small-title").status(status).page(body))
}
