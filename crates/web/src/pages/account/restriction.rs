//! `/account/restriction`: the right that data are only stored (GDPR, Art. 18), and lifting that again.

use axum::extract::{Form, Query, State};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use studio::accounts::{Account, Stored};

use super::profile;
use crate::cookies;
use crate::frame::Frame;
use crate::oops::Oops;
use crate::pages::{films, library};
use crate::paper::action;
use crate::visit::{App, Owner, Visit, with_cache_emptied};

/// What was just done.
#[derive(Deserialize)]
pub(crate) struct Done {
    done: Option<String>,
}

/// What is asked for.
#[derive(Deserialize)]
pub(crate) struct Fields {
    choice: Choice,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Choice {
    Restrict,
    Lift,
}

/// GET: how it stands, what it means, and the button.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Owner(account): Owner,
    Query(done): Query<Done>,
) -> Result<Response, Oops> {
    let account = app.studio.accounts().get(&account).await?;
    let since = account.restricted_at_ms;
    let (choice, button) = match since {
        Some(_) => ("lift", "restriction-lift"),
        None => ("restrict", "restriction-button"),
    };
    let meanwhile = match since {
        Some(_) => Some(meanwhile(&app, &visit, &account).await?),
        None => None,
    };
    let said = done.done.as_deref().and_then(|done| library::said(done).or_else(|| profile::said(done)));
    let body = html! {
        div.wrap.narrow.stack {
            @if let Some(said) = said { div.notice role="status" { p { (visit.text(said)) } } }
            form.sheet.stack method="post" action=(visit.to("/account/restriction")) data-once {
                @match since {
                    Some(at_ms) => {
                        p.lead { (visit.language.with("restriction-since", &[("date", visit.day(at_ms).into())])) }
                        p { (visit.text("restriction-lift-words")) }
                    }
                    None => p.lead { (visit.text("restriction-words")) },
                }
                ul {
                    li { (visit.text("restriction-films")) }
                    li { (visit.text("restriction-mail")) }
                    li { (visit.text("restriction-still")) }
                }
                input type="hidden" name="choice" value=(choice);
                div.row {
                    button.button.big { (visit.text(button)) }
                    @if since.is_none() { a.button.big.quiet href=(visit.to("/account")) { (visit.text("restriction-not")) } }
                }
            }
            @if let Some(meanwhile) = meanwhile {
                (meanwhile)
                (action(&visit, "/sign-out", "button quiet", &visit.text("sign-out")))
            }
        }
    };
    Ok(Frame::new(&visit, &visit.text("restriction-title")).class("small-title").page(body))
}

/// What stays possible while data are only stored: the other rights of whoever they are about.
async fn meanwhile(app: &App, visit: &Visit, account: &Account) -> Result<Markup, Oops> {
    let news = app.studio.marketing().wish(&account.id).await?;
    let stored = app.studio.accounts().stored(&account.id).await?;
    Ok(html! {
        section.sheet.stack.tight {
            h2 { (visit.text("account-rights")) }
            p { a href=(visit.to("/account/address")) { (visit.text("address-title")) } }
            p { a href=(visit.to("/account/export")) { (visit.text("export-title")) } }
            p { a href=(visit.to("/account/access")) { (visit.text("access-title")) } }
            p { a href=(visit.to("/account/delete")) { (visit.text("leave-title")) } }
            p { a href=(visit.to("/contact?about=privacy")) { (visit.text("restriction-contact")) } }
        }
        @if news.is_some() {
            section.sheet.stack {
                h2 { (visit.text("account-marketing")) }
                (action(visit, "/account/marketing", "button quiet", &visit.text("account-marketing-stop")))
            }
        }
        (profile::support(visit, account.support_objected_at_ms.is_some()))
        (things(app, visit, &stored))
    })
}

/// What is stored, each with the way to delete it.
fn things(app: &App, visit: &Visit, stored: &Stored) -> Markup {
    let photos = stored.photos.len();
    html! {
        section.stack.tight aria-labelledby="stored" {
            h2 id="stored" { (visit.text("restriction-stored")) }
            p { (visit.text("restriction-stored-words")) }
            ul.things {
                @for (place, (photo, given_at_ms)) in stored.photos.iter().enumerate() {
                    @let number = [("number", (photos - place).into())];
                    @let named = visit.language.plain("photo-delete-named", &number);
                    (thing(visit, &visit.language.with("photo-known-number", &number), *given_at_ms, &named, &format!("/library/photos/{photo}/delete")))
                }
                @for film in &stored.films {
                    @let title = films::title_of(app, visit, &film.film);
                    @let named = format!("{}: {title}", visit.text("film-delete"));
                    (thing(visit, &html! { (title) }, film.created_at_ms, &named, &format!("/minitube/{}/delete", film.id)))
                }
                @for child in &stored.children {
                    @let named = visit.language.plain("child-delete-named", &[("name", child.name.as_str().into())]);
                    (thing(visit, &html! { bdi { (child.name) } }, child.created_at_ms, &named, &format!("/library/children/{}/delete", child.id)))
                }
            }
        }
    }
}

fn thing(visit: &Visit, what: &Markup, at_ms: i64, named: &str, to: &str) -> Markup {
    html! {
        li.sheet.flat.row.apart {
            div {
                h3 { (what) }
                p.soft { (visit.moment(at_ms)) }
            }
            a.button.quiet.small href=(visit.to(to)) aria-label=(named) { (visit.text("delete")) }
        }
    }
}

/// POST: restricts or lifts; this browser stays signed in, every other one is signed out.
pub(crate) async fn send(
    State(app): State<App>,
    visit: Visit,
    Owner(account): Owner,
    Form(fields): Form<Fields>,
) -> Result<Response, Oops> {
    let accounts = app.studio.accounts();
    let (changed, to) = match fields.choice {
        Choice::Restrict => (accounts.restrict(&account).await?, "/account/restriction"),
        Choice::Lift => (accounts.lift_restriction(&account).await?, "/account?done=restriction-lifted"),
    };
    let mut answer = visit.go(to);
    // What changes nothing ends no session, and makes none.
    if changed && let Some(here) = &visit.session {
        let session = accounts.session_after(&account, here.signed_in_at_ms).await?;
        answer = with_cache_emptied(answer);
        cookies::set_session(&mut answer, &visit, &session.token);
    }
    Ok(answer)
}
