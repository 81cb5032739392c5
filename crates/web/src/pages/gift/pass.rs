//! GET `/gift/{code}`: what a code is good for, and the way to the film. Nothing is used up by looking.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::html;

use super::{last_day, title_of};
use crate::drawings;
use crate::frame::Frame;
use crate::oops::{Oops, status_of, words_of};
use crate::visit::{App, Visit};

/// The page.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(code): Path<String>,
) -> Result<Response, Oops> {
    let pass = match app.studio.gifts().look(&code, &visit.client()).await {
        Ok(pass) => pass,
        Err(error) if matches!(error.code(), "pass-used" | "pass-expired" | "pass-revoked") => {
            return Ok(no_more(&visit, &error));
        }
        Err(error) => return Err(error.into()),
    };
    let title = title_of(&app, &visit, pass.film.as_deref());
    let until = last_day(&visit, pass.expires_at_ms);
    let to = pass.film.as_ref().map_or_else(|| "/films".to_owned(), |film| format!("/films/{film}"));
    let body = html! {
        div.wrap.narrow.stack {
            div.sheet.stack {
                div.gift-picture aria-hidden="true" { (drawings::playbill()) }
                p.lead { (visit.language.with("gift-pass-for", &[("title", title.into())])) }
                p { (visit.text("gift-pass-words")) }
                p.gift-code dir="ltr" translate="no" { (in_groups(&code)) }
                p.hint { (visit.language.with("gift-until", &[("date", until.into())])) }
                div { a.button.big href=(visit.to(&to)) { (visit.text("gift-pass-go")) } }
            }
        }
    };
    Ok(Frame::new(&visit, &visit.text("gift-pass-title")).class("small-title").page(body))
}

/// A code that is good for nothing any more: why, who can be asked, and for whoever used it the way to their films.
fn no_more(visit: &Visit, error: &studio::Error) -> Response {
    let body = html! {
        div.wrap.narrow.stack {
            div.sheet.stack {
                p.lead { (words_of(visit.language, error)) }
                div.row {
                    @if visit.account().is_some() {
                        a.button href=(visit.to("/minitube")) { (visit.text("nav-minitube")) }
                    }
                    a.button.quiet href=(visit.to("/contact")) { (visit.text("foot-contact")) }
                }
            }
        }
    };
    Frame::new(visit, &visit.text("gift-pass-over")).class("small-title").status(status_of(error)).page(body)
}

/// A code as it is printed: large letters, five by five.
fn in_groups(code: &str) -> String {
    let letters: Vec<char> = code.chars().filter(|c| *c != '-').map(|c| c.to_ascii_uppercase()).collect();
    let groups = letters.chunks(5).map(|group| group.iter().collect::<String>());
    groups.collect::<Vec<_>>().join("-")
}
