//! `/desk/restrictions`: accounts whose data are only stored, and restricting one whose owner asked for it. Only
//! the owner lifts it here and now; the desk can do so too, and the owner is told first (GDPR, Art. 18(3)).

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use studio::AccountId;

use crate::frame::Frame;
use crate::oops::Oops;
use crate::pages::sign_up::email_line;
use crate::paper::fields::{Wrong, summary};
use crate::visit::{App, Visit};

/// What is asked for: an address to restrict, or an account to lift it for.
#[derive(Deserialize, Default)]
pub(crate) struct Fields {
    #[serde(default)]
    email: String,
    lift: Option<String>,
}

/// GET: the form and the list.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Oops> {
    let restricted = app.studio.accounts().restricted().await?;
    Ok(page(&visit, "", &Wrong::new(), &restricted, StatusCode::OK))
}

/// POST: restricts, or lifts. The owner gets a mail either way.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let accounts = app.studio.accounts();
    if let Some(account) = &fields.lift {
        accounts.lift_restriction(&AccountId::parse(account).ok_or_else(Oops::not_found)?).await?;
        return Ok(visit.go("/desk/restrictions"));
    }
    let (words, status) = match super::account_at(&app, &visit, &fields.email, "restrict-nobody").await? {
        Ok(account) => {
            accounts.restrict(&account).await?;
            return Ok(visit.go("/desk/restrictions"));
        }
        Err(wrong) => wrong,
    };
    let restricted = accounts.restricted().await?;
    Ok(page(&visit, &fields.email, &vec![("email", words)], &restricted, status))
}

fn page(
    visit: &Visit,
    typed: &str,
    wrong: &Wrong,
    restricted: &[(AccountId, String, i64)],
    status: StatusCode,
) -> Response {
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            form.sheet.stack method="post" action=(visit.to("/desk/restrictions")) data-once {
                p { (visit.text("restrict-words")) }
                (email_line(visit, typed).show(wrong))
                div { button.button { (visit.text("restrict-button")) } }
            }
            section.sheet {
                h2 { (visit.text("restrict-list")) }
                @if restricted.is_empty() { p.soft { (visit.text("desk-none")) } }
                ul.things { @for (account, email, since_ms) in restricted {
                    li { form.row method="post" action=(visit.to("/desk/restrictions")) data-once {
                        span { bdi { (email) } " · " (visit.day(*since_ms)) }
                        button.button.quiet name="lift" value=(account) { (visit.text("restrict-lift")) }
                    } }
                } }
            }
        }
    };
    Frame::new(visit, &visit.text("restrict-title")).class("small-title").status(status).page(body)
}
