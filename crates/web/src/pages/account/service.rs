//! `/account/service`: whether the sign-in service opens the account, and taking that away.

use axum::extract::State;
use axum::response::Response;
use maud::html;

use crate::frame::Frame;
use crate::oops::Oops;
use crate::paper::action;
use crate::visit::{App, Customer, Visit};

/// GET: since when it does.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
) -> Result<Response, Oops> {
    let accounts = app.studio.accounts();
    let Some(service) = accounts.service() else { return Ok(visit.go("/account")) };
    let linked_at_ms = accounts.linked_at_ms(&account).await?;
    let named = |key: &str| visit.language.with(key, &[("service", service.clone().into())]);
    let body = html! {
        div.wrap.narrow.stack {
            @match linked_at_ms {
                Some(at_ms) => {
                    div.sheet.stack {
                        p {
                            (visit.language.with("service-since", &[
                                ("service", service.clone().into()),
                                ("date", visit.day(at_ms).into()),
                            ]))
                        }
                        p.hint { (named("service-remove-words")) }
                        (action(&visit, "/account/service", "button quiet", &visit.text("passkeys-remove")))
                    }
                }
                None => p.soft { (named("service-none")) }
            }
            p { a href=(visit.to("/account")) { (visit.text("account-title")) } }
        }
    };
    Ok(Frame::new(&visit, &visit.text("service-title")).class("small-title").page(body))
}

/// POST: it does not any more.
pub(crate) async fn remove(
    State(app): State<App>,
    visit: Visit,
    Customer(_): Customer,
) -> Result<Response, Oops> {
    let session = visit.session.as_ref().ok_or_else(Oops::not_found)?;
    app.studio.accounts().unlink(session).await?;
    Ok(visit.go("/account/service"))
}
