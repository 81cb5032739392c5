//! Who may come in. Each route is registered for an audience, so a page cannot forget to ask.

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use studio::staff::Room;

use crate::cookies::own_path;
use crate::oops::Oops;
use crate::site::page_above;
use crate::visit::Visit;

/// Whom a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody.
    Anyone,
    /// A signed-in parent, for what is theirs.
    Customer,
    /// A signed-in parent, also one whose data are only stored: to see to that, and for their other rights.
    Owner,
    /// The pictures and films of a signed-in parent: as [`Audience::Customer`], but never sent to the
    /// sign-in page.
    CustomerMedia,
    /// A signed-in parent whose account is about to end.
    Leaving,
    /// Who works here and has business in this part of the desk.
    Desk(Room),
    /// A mail server that shows the operator's secret; the handler asks for it.
    MailServer,
    /// A processor that tells something; the handler looks whether it signed it.
    Processor,
    /// Whoever watches over the program and shows the operator's secret; the handler asks for it.
    Monitor,
    /// Somebody at this very machine, in the embedded size.
    ThisMachine,
}

/// Lets in whom the route is for.
pub(crate) async fn admit(audience: Audience, visit: Visit, request: Request, next: Next) -> Response {
    let refusal = match audience {
        Audience::Anyone | Audience::MailServer | Audience::Processor | Audience::Monitor => None,
        Audience::Customer | Audience::CustomerMedia if visit.account().is_some() => None,
        Audience::Owner if visit.owner().is_some() => None,
        // Nothing else is open to them.
        Audience::Customer if visit.restricted().is_some() => Some(visit.go("/account/restriction")),
        Audience::Customer | Audience::Owner if visit.leaving().is_some() => Some(visit.go("/account/stay")),
        Audience::Leaving if visit.leaving().is_some() => None,
        Audience::Leaving => Some(visit.go(if visit.account().is_some() { "/account" } else { "/sign-in" })),
        Audience::Customer | Audience::CustomerMedia | Audience::Owner if visit.is_operator() => {
            Some(Oops::new(StatusCode::FORBIDDEN, "customers-only").into_response())
        }
        Audience::CustomerMedia => {
            Some(Oops::new(StatusCode::UNAUTHORIZED, "sign-in-required").into_response())
        }
        Audience::Customer | Audience::Owner if visit.json => {
            Some(Oops::new(StatusCode::UNAUTHORIZED, "sign-in-required").into_response())
        }
        Audience::Customer | Audience::Owner => {
            let path = visit.path.split('?').next().unwrap_or_default();
            // After signing in, a form that was sent meanwhile is filled again on its page.
            let back = if request.method() == Method::GET { path } else { page_above(path) };
            let next = own_path(back).map(|path| format!("?next={path}")).unwrap_or_default();
            let door = if path.starts_with("/create/") { "/sign-up" } else { "/sign-in" };
            Some(visit.go(&format!("{door}{next}")))
        }
        Audience::Desk(room) if visit.worker().is_some_and(|who| who.role.may(room)) => None,
        Audience::Desk(_) => Some(Oops::new(StatusCode::FORBIDDEN, "operator-only").into_response()),
        Audience::ThisMachine if visit.is_local() => None,
        Audience::ThisMachine => Some(Oops::not_found().into_response()),
    };
    match refusal {
        Some(refusal) => refusal,
        None => next.run(request).await,
    }
}
