//! `/desk/staff`: who works here, and as what. Each is an account that the operator gave a role.

use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use studio::AccountId;
use studio::staff::{Member, Role};

use crate::frame::Frame;
use crate::oops::Oops;
use crate::pages::sign_up::email_line;
use crate::paper::fields::{Wrong, choice, summary};
use crate::visit::{App, Visit};

/// What is asked for: a role for an address, or an account that is to have none.
#[derive(Deserialize, Default)]
pub(crate) struct Fields {
    #[serde(default)]
    email: String,
    #[serde(default)]
    role: String,
    end: Option<String>,
}

/// GET: the form and the list.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Oops> {
    let members = app.studio.staff().list().await?;
    Ok(page(&visit, &Fields::default(), &Wrong::new(), &members, StatusCode::OK))
}

/// POST: gives a role, or takes it away.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let staff = app.studio.staff();
    if let Some(account) = &fields.end {
        staff.take_away(&AccountId::parse(account).ok_or_else(Oops::not_found)?).await?;
        return Ok(visit.go("/desk/staff"));
    }
    let role =
        Role::GRANTED.into_iter().find(|role| role.word() == fields.role).ok_or_else(Oops::not_found)?;
    let (words, status) = match super::account_at(&app, &visit, &fields.email, "staff-nobody").await? {
        Ok(account) => {
            staff.grant(&account, role).await?;
            return Ok(visit.go("/desk/staff"));
        }
        Err(wrong) => wrong,
    };
    Ok(page(&visit, &fields, &vec![("email", words)], &staff.list().await?, status))
}

fn page(visit: &Visit, fields: &Fields, wrong: &Wrong, members: &[Member], status: StatusCode) -> Response {
    let named = |role: Role| visit.text(&format!("role-{}", role.word()));
    let roles = Role::GRANTED.map(|role| (role.word().to_owned(), named(role)));
    let body = html! {
        div.wrap.narrow.stack {
            (summary(visit, wrong))
            form.sheet.stack method="post" action=(visit.to("/desk/staff")) data-once {
                p { (visit.text("staff-words")) }
                (email_line(visit, &fields.email).show(wrong))
                (choice("role", &visit.text("staff-role"), None, &roles, &fields.role))
                div { button.button { (visit.text("staff-grant")) } }
            }
            @if members.is_empty() { p.soft { (visit.text("desk-none")) } }
            ul.things { @for member in members {
                li.sheet.flat { form.stack.tight method="post" action=(visit.to("/desk/staff")) data-once {
                    h2 { bdi { (member.email) } }
                    p { (named(member.role)) " · " (visit.day(member.since_ms)) }
                    div { button.button.quiet name="end" value=(member.account) { (visit.text("staff-end")) } }
                } }
            } }
        }
    };
    Frame::new(visit, &visit.text("staff-title")).class("small-title").status(status).page(body)
}
