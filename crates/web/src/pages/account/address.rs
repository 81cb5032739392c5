//! `/account/address`: a new address for the account. It holds once both letter boxes have confirmed it, each by
//! the link in its mail, `/account/address/{token}`.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use studio::accounts::{Account, Changing};

use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::pages::sign_up::email_line;
use crate::paper::action;
use crate::paper::fields::{Wrong, summary};
use crate::visit::{App, Owner, Visit};

/// What was filled in.
#[derive(Deserialize)]
pub(crate) struct Fields {
    #[serde(default)]
    email: String,
}

/// GET: the address now, the one that waits, and the form.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Owner(account): Owner,
) -> Result<Response, Oops> {
    let account = app.studio.accounts().get(&account).await?;
    Ok(page(&visit, &account, "", &Wrong::new(), StatusCode::OK))
}

/// POST: sends both mails. The answer says nothing of who else has an account.
pub(crate) async fn ask(
    State(app): State<App>,
    visit: Visit,
    Owner(account): Owner,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    match app.studio.accounts().ask_for_address(&account, &fields.email).await {
        Ok(()) => Ok(visit.go("/account/address")),
        Err(error) if matches!(error.code(), "email-invalid" | "email-same" | "too-many-links") => {
            let account = app.studio.accounts().get(&account).await?;
            let wrong = vec![("email", words_of(visit.language, &error))];
            Ok(page(&visit, &account, &fields.email, &wrong, status_of(&error)))
        }
        Err(error) => Err(error.into()),
    }
}

/// POST `/account/address/keep`: the address stays as it is.
pub(crate) async fn keep(
    State(app): State<App>,
    visit: Visit,
    Owner(account): Owner,
) -> Result<Response, Oops> {
    app.studio.accounts().keep_address(&account).await?;
    Ok(visit.go("/account"))
}

fn page(visit: &Visit, account: &Account, typed: &str, wrong: &Wrong, status: StatusCode) -> Response {
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            @if let Some(new) = &account.new_email {
                section.sheet.stack role="status" {
                    p.lead { (visit.language.with("address-waits", &[("new", new.as_str().into()), ("old", account.email.as_str().into())])) }
                    (action(visit, "/account/address/keep", "button quiet", &visit.text("address-keep")))
                }
            }
            form.sheet.stack method="post" action=(visit.to("/account/address")) data-once {
                p { (visit.text("address-now")) " " strong { bdi { (account.email) } } }
                p { (visit.text("address-words")) }
                (email_line(visit, typed).show(wrong))
                div.row {
                    button.button.big { (visit.text("address-button")) }
                    a.button.big.quiet href=(visit.to("/account")) { (visit.text("account-title")) }
                }
            }
        }
    };
    Frame::new(visit, &visit.text("address-title")).class("small-title").status(status).page(body)
}

/// GET `/account/address/{token}`: the question; mail programs that open links by themselves answer nothing.
pub(crate) async fn link(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, Oops> {
    app.studio.accounts().check_address_link(&token).await?;
    let body = html! {
        div.wrap.narrow {
            form.sheet.stack method="post" action=(visit.to(&format!("/account/address/{token}"))) data-once {
                p.lead { (visit.text("address-question")) }
                div { button.button.big { (visit.text("address-confirm")) } }
            }
        }
    };
    Ok(Frame::new(&visit, &visit.text("address-title")).class("small-title").page(body))
}

/// POST: one end confirms.
pub(crate) async fn confirm(
    State(app): State<App>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, Oops> {
    let words = match app.studio.accounts().confirm_address(&token).await? {
        Changing::Waits => "address-half",
        Changing::Done => "address-done",
    };
    let body = html! {
        div.wrap.narrow.stack {
            div.notice role="status" { p { (visit.text(words)) } }
            p { a.button.quiet href=(visit.to("/account")) { (visit.text("account-title")) } }
        }
    };
    Ok(Frame::new(&visit, &visit.text("address-title")).class("small-title").page(body))
}
