//! `/sign-in` and what belongs to it: by password, by a mail with a link and six digits, by a service where one is
//! connected.

pub(crate) mod form;
pub(crate) mod link;
pub(crate) mod mail;
pub(crate) mod newcomer;
pub(crate) mod service;

use axum::response::Response;
use studio::accounts::SignedIn;
use studio::sessions::Role;

use crate::cookies;
use crate::visit::Visit;

/// Hands the session to the browser and goes on to where the visitor wanted to go.
pub(super) fn enter(visit: &Visit, who: &SignedIn, next: Option<&str>) -> Response {
    let to = match next.and_then(cookies::own_path) {
        _ if who.role == Role::Leaving => "/account/stay",
        _ if who.role == Role::Restricted => "/account/restriction",
        Some(next) => next,
        None if who.password_dropped => "/account",
        None if who.is_new => "/films",
        None => "/library",
    };
    let mut answer = visit.go_or_tell(to);
    cookies::set_session(&mut answer, visit, &who.session.token);
    cookies::clear_waiting(&mut answer, visit);
    answer
}
