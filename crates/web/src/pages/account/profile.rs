//! `/account`: the profile, the password, support within Minitube, and signing out.

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use maud::{Markup, html};
use policy::Subject;
use serde::Deserialize;
use studio::AccountId;
use studio::accounts::Account;
use studio::marketing::{Method, Wish};

use crate::consent;
use crate::frame::Frame;
use crate::language::Language;
use crate::oops::{Oops, status_of, words_of};
use crate::paper::action;
use crate::paper::fields::{Line, Wrong, choice, summary, tick};
use crate::visit::{App, Customer, Owner, Visit};

/// What was just done.
#[derive(Deserialize)]
pub(crate) struct Done {
    done: Option<String>,
}

/// What was filled in.
#[derive(Deserialize)]
pub(crate) struct Fields {
    #[serde(default)]
    password: String,
}

/// Whether support may be offered within Minitube.
#[derive(Deserialize)]
pub(crate) struct Support {
    choice: SupportChoice,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SupportChoice {
    Object,
    Allow,
}

/// What is shown of the account besides itself.
struct Beside {
    /// Why marketing mail is wanted, if it is.
    news: Option<Wish>,
    /// Whether its owner works here.
    works_here: bool,
    /// Whether there is a service to sign in by.
    has_service: bool,
}

impl Beside {
    async fn of(app: &App, account: &AccountId) -> Result<Self, Oops> {
        Ok(Self {
            news: app.studio.marketing().wish(account).await?,
            works_here: app.studio.staff().works_here(account).await?,
            has_service: app.studio.accounts().service().is_some(),
        })
    }
}

/// GET: the account.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(id): Customer,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    let account = app.studio.accounts().get(&id).await?;
    let beside = Beside::of(&app, &id).await?;
    let said = done.done.as_deref().and_then(said);
    Ok(page(&visit, &account, &beside, &Wrong::new(), said, StatusCode::OK))
}

/// What to say of what was just done.
pub(super) fn said(done: &str) -> Option<&'static str> {
    match done {
        "password" => Some("account-password-saved"),
        "marketing" | "language" => Some("preferences-saved"),
        "restriction-lifted" => Some("restriction-lifted"),
        "support-objected" => Some("account-support-objected"),
        "support-allowed" => Some("account-support-allowed"),
        _ => None,
    }
}

/// The account's page, or, where its data are only stored, the page about that; with what was just done.
fn home(visit: &Visit, done: &str) -> Response {
    let page = if visit.restricted().is_some() { "/account/restriction" } else { "/account" };
    visit.go(&format!("{page}?done={done}"))
}

/// POST `/account/support`: objects to support within Minitube, or allows it again.
pub(crate) async fn set_support(
    State(app): State<App>,
    visit: Visit,
    Owner(id): Owner,
    headers: HeaderMap,
    Form(support): Form<Support>,
) -> Result<Response, Oops> {
    match support.choice {
        SupportChoice::Object => app.studio.accounts().object_to_support(&id).await?,
        SupportChoice::Allow => app.studio.accounts().allow_support(&id).await?,
    }
    let done = match support.choice {
        SupportChoice::Object => "support-objected",
        SupportChoice::Allow => "support-allowed",
    };
    let mut answer = home(&visit, done);
    if let (SupportChoice::Object, Some(processor)) = (support.choice, visit.messenger_of) {
        consent::remove_of(&mut answer, &visit.policy, &headers, processor);
    }
    Ok(answer)
}

/// POST `/account/password`: sets or changes the password.
pub(crate) async fn set_password(
    State(app): State<App>,
    visit: Visit,
    Customer(id): Customer,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let session = visit.session.as_ref().ok_or_else(Oops::not_found)?;
    match app.studio.accounts().set_password(session, &fields.password).await {
        Ok(()) => Ok(visit.go("/account?done=password")),
        Err(error) if matches!(error.code(), "password-short" | "password-long" | "sign-in-again") => {
            let account = app.studio.accounts().get(&id).await?;
            let wrong = vec![("password", words_of(visit.language, &error))];
            Ok(page(&visit, &account, &Beside::of(&app, &id).await?, &wrong, None, status_of(&error)))
        }
        Err(error) => Err(error.into()),
    }
}

/// What the switch for marketing mail sends: the wording that was agreed to, or nothing.
#[derive(Deserialize)]
pub(crate) struct News {
    marketing: Option<String>,
}

/// POST `/account/marketing`: agrees to marketing mail, or stops it.
pub(crate) async fn set_marketing(
    State(app): State<App>,
    visit: Visit,
    Owner(id): Owner,
    Form(news): Form<News>,
) -> Result<Response, Oops> {
    let marketing = app.studio.marketing();
    match news.marketing {
        // Data that are only stored are used for nothing new.
        Some(_) if visit.restricted().is_some() => return Ok(visit.go("/account/restriction")),
        Some(wording) => {
            marketing.subscribe(&id, Method::Settings, &wording, visit.consent.country).await?;
        }
        None => marketing.stop(&id, Method::Settings).await?,
    }
    Ok(home(&visit, "marketing"))
}

/// In which language mails are to be.
#[derive(Deserialize)]
pub(crate) struct MailLanguage {
    language: String,
}

/// POST `/account/language`: mails are in another language from now on.
pub(crate) async fn set_language(
    State(app): State<App>,
    visit: Visit,
    Customer(id): Customer,
    Form(mails): Form<MailLanguage>,
) -> Result<Response, Oops> {
    app.studio.accounts().set_language(&id, &mails.language).await?;
    Ok(visit.go("/account?done=language"))
}

fn page(
    visit: &Visit,
    account: &Account,
    beside: &Beside,
    wrong: &Wrong,
    done: Option<&str>,
    status: StatusCode,
) -> Response {
    let heading = if account.has_password { "account-password-change" } else { "account-password-set" };
    let password = Line {
        kind: "password",
        hint: Some(visit.text("sign-up-password-hint")),
        autocomplete: "new-password",
        ..Line::new("password", visit.text("account-password-new"), "")
    };
    let languages =
        Language::ALL.map(|language| (language.code().to_owned(), language.own_name().to_owned()));
    let wording = visit.policy.wording(Subject::Marketing);
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            @if let Some(done) = done { div.notice role="status" { p { (visit.text(done)) } } }
            section.sheet {
                h2 { (visit.text("account-profile")) }
                dl.facts {
                    div { dt { (visit.text("field-email")) } dd { bdi { (account.email) } } }
                    div { dt { (visit.text("account-since")) } dd { (visit.day(account.created_at_ms)) } }
                }
                form.stack method="post" action=(visit.to("/account/language")) data-once {
                    (choice("language", &visit.text("account-mail-language"), None, &languages, &account.language))
                    div { button.button.quiet { (visit.text("save")) } }
                }
                p { a href=(visit.to("/account/address")) { (visit.text("address-title")) } }
                p { a href=(visit.to("/account/orders")) { (visit.text("receipts-title")) } }
                @if beside.works_here { p { a href=(visit.to("/desk")) { (visit.text("nav-desk")) } } }
            }
            section.sheet {
                h2 { (visit.text("account-marketing")) }
                @if beside.news == Some(Wish::Customer) {
                    p { (visit.text("account-marketing-customer")) }
                    (action(visit, "/account/marketing", "button quiet", &visit.text("account-marketing-stop")))
                }
                @if beside.news == Some(Wish::Lapsed) { p { (visit.text("account-marketing-lapsed")) } }
                form.stack method="post" action=(visit.to("/account/marketing")) data-once {
                    (tick("marketing", wording.in_language(visit.language.code()), &wording.version, beside.news == Some(Wish::Agreed), false, &Wrong::new()))
                    div { button.button.quiet { (visit.text("save")) } }
                }
            }
            section.sheet.stack {
                h2 { (visit.text(heading)) }
                form.stack method="post" action=(visit.to("/account/password")) data-once {
                    // So that a password manager knows whose it is.
                    input type="hidden" name="username" autocomplete="username" value=(account.email);
                    (password.show(wrong))
                    div { button.button { (visit.text("save")) } }
                }
                p { a href=(visit.to("/account/passkeys")) { (visit.text("passkeys-title")) } }
                @if beside.has_service { p { a href=(visit.to("/account/service")) { (visit.text("service-title")) } } }
            }
            (support(visit, account.support_objected_at_ms.is_some()))
            section.sheet {
                h2 { (visit.text("account-session")) }
                p { (visit.text("account-session-words")) }
                p { a href=(visit.to("/account/sessions")) { (visit.text("places-title")) } }
                (action(visit, "/sign-out", "button quiet", &visit.text("sign-out")))
            }
            (rights(visit))
        }
    };
    Frame::new(visit, &visit.text("account-title")).class("small-title").status(status).page(body)
}

/// What people can do with what we have of them, and what we go on with in spite of an objection, and why.
fn rights(visit: &Visit) -> Markup {
    let grounds = visit.policy.purposes.iter().filter_map(|purpose| {
        Some((purpose.name.in_language(visit.language.code()), purpose.compelling.as_ref()?))
    });
    html! {
        section.sheet.stack id="rights" {
            h2 { (visit.text("account-rights")) }
            ul {
                li { a href=(visit.to("/account/export")) { (visit.text("export-title")) } }
                li { a href=(visit.to("/account/access")) { (visit.text("access-title")) } }
                li { a href=(visit.to("/account/restriction")) { (visit.text("restriction-title")) } }
                li { a href=(visit.to("/account/delete")) { (visit.text("leave-title")) } }
                li { a href=(visit.to("/contact?about=privacy")) { (visit.text("restriction-contact")) } }
            }
            p { (visit.text("account-objection-words")) }
            @for (name, why) in grounds {
                p { strong { (name) } br; (why.in_language(visit.language.code())) }
            }
        }
    }
}

/// The right to object: one button, and the same one to allow it again.
pub(super) fn support(visit: &Visit, objected: bool) -> Markup {
    let (state, choice, button) = match objected {
        true => ("account-support-off", "allow", "account-support-allow"),
        false => ("account-support-on", "object", "account-support-object"),
    };
    html! {
        section.sheet {
            h2 { (visit.text("account-support")) }
            p { (visit.text("account-support-words")) }
            p { strong { (visit.text(state)) } }
            form method="post" action=(visit.to("/account/support")) data-once {
                input type="hidden" name="choice" value=(choice);
                button.button.quiet { (visit.text(button)) }
            }
        }
    }
}
