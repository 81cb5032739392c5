//! GET `/create/{slug}/till/wait`: where the till's own page sends back to. Coming here proves nothing: the page waits
//! until the till has said that the order is paid, and then leads to the film. Money that takes days is not waited for.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use maud::html;
use serde::Deserialize;
use studio::till::Waiting;

use super::{Instead, draft, frame};
use crate::paper::path::Step;
use crate::visit::{App, Customer, Visit};

/// The page loads itself again after so many seconds, with or without JavaScript; each time it waits twice as long.
const PAUSE_S: u32 = 3;
/// The longest pause.
const PAUSE_MAX_S: u32 = 60;

/// What the page's own address says.
#[derive(Deserialize)]
pub(crate) struct Asked {
    /// How often it was loaded again already.
    look: Option<String>,
}

/// The page. Where nothing is under way, the visitor is sent to the till.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Customer(account): Customer,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Instead> {
    let draft = draft(&app, &visit, &account, &slug).await?;
    let Some(waiting) = app.studio.till().waiting(&account, &draft.order.id).await? else {
        return Ok(visit.go(&draft.to("till")));
    };
    let (frame, path) = frame(&visit, &draft, Step::Till, &visit.text("till-wait-title"));
    let body = html! {
        div.wrap.narrow.stack {
            (path)
            @match waiting {
                Waiting::Days => { div.notice role="status" { p { (visit.text("till-wait-days")) } } }
                Waiting::Moments => {
                    div.notice role="status" { p { (visit.text("till-wait-words")) } }
                    p { (visit.text("till-wait-unpaid")) }
                    div { a.button.quiet href=(visit.to(&draft.to("till"))) { (visit.text("till-wait-back")) } }
                }
            }
        }
    };
    let mut answer = frame.page(body);
    if waiting == Waiting::Moments {
        let look: u32 = asked.look.and_then(|look| look.parse().ok()).unwrap_or_default();
        let again = again(look, &visit.to(&draft.to("till/wait")));
        if let Ok(again) = HeaderValue::from_str(&again) {
            answer.headers_mut().insert(header::REFRESH, again);
        }
    }
    Ok(answer)
}

/// When the page loads itself again, and where that is counted.
fn again(look: u32, address: &str) -> String {
    let pause_s = PAUSE_S.saturating_mul(1 << look.min(16)).min(PAUSE_MAX_S);
    format!("{pause_s}; url={address}?look={}", look.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_looks_again_after_longer_and_longer_pauses() {
        let pauses = [0, 1, 2, 3, 4, 5, u32::MAX].map(|look| again(look, "/w"));
        let expected = [
            "3; url=/w?look=1",
            "6; url=/w?look=2",
            "12; url=/w?look=3",
            "24; url=/w?look=4",
            "48; url=/w?look=5",
            "60; url=/w?look=6",
            "60; url=/w?look=4294967295",
        ];
        assert_eq!(pauses, expected);
    }
}
