//! GET `/messenger/events`: what is said from now on, as it is said (server-sent events).

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use studio::Studio;
use studio::conversations::{Line, Listener, Mark, Person};
use tokio::time::Instant;

use super::{Asked, Said, Seat};
use crate::oops::Oops;
use crate::visit::{App, Stopping, Visit};

/// What was said to another process is found by looking this often.
const LOOK: Duration = Duration::from_secs(5);
/// A stream ends after this long; the browser asks for the next one, and is then looked at anew.
const LONGEST: Duration = Duration::from_secs(300);
/// The browser comes back after this long.
const BACK: Duration = Duration::from_secs(2);

/// The stream. Where nobody is known there is nothing to wait for: 204 tells a browser not to come back.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Oops> {
    let seat = Seat::of(&visit, &headers, &asked.page)?;
    let Some(person) = seat.person.filter(|_| seat.around.session.is_some()) else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let conversations = app.studio.conversations();
    let Some(listener) = conversations.listen(&person, &visit.client()) else {
        // A browser does not come back after that.
        return Err(Oops::new(StatusCode::TOO_MANY_REQUESTS, "too-many-messages"));
    };
    let last = headers.get("last-event-id").and_then(|mark| mark.to_str().ok());
    let ear = Ear {
        listener,
        studio: app.studio,
        person,
        last: Mark::parse(last.unwrap_or(&asked.after)),
        ends: Instant::now() + LONGEST,
        stopping: app.stopping,
    };
    let first = stream::iter([Ok::<_, Infallible>(Event::default().retry(BACK))]);
    let said = stream::unfold(ear, |mut ear| async {
        let lines = ear.next().await?;
        Some((stream::iter(lines.into_iter().filter_map(event).map(Ok)), ear))
    });
    let mut answer = Sse::new(first.chain(said.flatten())).keep_alive(KeepAlive::default()).into_response();
    // A proxy before us is not to wait until it has a page full.
    answer.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(answer)
}

/// What hears for one browser.
struct Ear {
    studio: Studio,
    person: Person,
    listener: Listener,
    last: Mark,
    ends: Instant,
    stopping: Stopping,
}

impl Ear {
    /// Waits for something new; nothing when the stream is over.
    async fn next(&mut self) -> Option<Vec<Line>> {
        loop {
            let lines = self.studio.conversations().read(&self.person, &self.last).await.ok()?;
            if let Some(line) = lines.last() {
                self.last = line.mark.clone();
                return Some(lines);
            }
            tokio::select! {
                () = self.listener.heard() => {}
                () = tokio::time::sleep(LOOK) => {}
                () = tokio::time::sleep_until(self.ends) => return None,
                () = self.stopping.come() => return None,
            }
        }
    }
}

fn event(line: Line) -> Option<Event> {
    let said = Said::from(line);
    Event::default().event("line").id(said.mark.clone()).json_data(said).ok()
}
