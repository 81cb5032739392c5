//! GET `/desk/figures`: the studio as a business over the last days. Sums of a crowd alone; what fewer did is not told.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use studio::desk::{Crowd, Rate, Spread, Takings};

use crate::frame::Frame;
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// Height of the chart, and width of a day in it, in units of its own.
const HEIGHT: u64 = 60;
const STEP: u64 = 10;

/// The figures.
pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Oops> {
    let business = app.studio.desk().business().await?;
    let body = html! {
        div.wrap.stack {
            p.lead { (visit.text("figures-words")) }
            section.sheet aria-labelledby="orders" {
                h2 id="orders" { (visit.text("figures-orders")) }
                (chart(&visit, &business.orders))
                details {
                    summary { (visit.text("figures-as-table")) }
                    div.scroller tabindex="0" role="region" aria-labelledby="orders" { table {
                        thead { tr { th { (visit.text("figures-day")) } th.number { (visit.text("desk-orders")) } } }
                        tbody { @for (day, count) in business.orders.iter().rev() {
                            tr { th scope="row" { (visit.day(*day)) } td.number { (told(&visit, *count)) } }
                        } }
                    } }
                }
            }
            section aria-labelledby="films" {
                h2 id="films" { (visit.text("desk-films")) }
                div.figures {
                    (figure(&told(&visit, business.films), &visit.text("figures-made")))
                    (figure(&told(&visit, business.failed), &visit.text("figures-failed")))
                    (figure(&told(&visit, business.refunds), &visit.text("figures-refunds")))
                    (spread(&visit, business.first_shot, "desk-first-shot", "figures-first-shot-p95"))
                    (spread(&visit, business.whole_film, "desk-whole-film", "figures-whole-film-p95"))
                }
            }
            section.sheet aria-labelledby="takings" {
                h2 id="takings" { (visit.text("figures-takings")) }
                @if business.takings.is_empty() { p.soft { (visit.text("figures-few")) } } @else {
                    div.scroller tabindex="0" role="region" aria-labelledby="takings" { table {
                        thead { tr {
                            th { (visit.text("figures-currency")) } th.number { (visit.text("figures-payments")) }
                            th.number { (visit.text("figures-taken")) } th.number { (visit.text("figures-back")) }
                        } }
                        tbody { @for takings in &business.takings { (row(&visit, takings)) } }
                    } }
                }
            }
            section aria-labelledby="consent" {
                h2 id="consent" { (visit.text("figures-consent")) }
                div.figures {
                    (rate(&visit, business.analytics, "figures-analytics"))
                    (rate(&visit, business.support, "figures-support"))
                    (rate(&visit, business.marketing, "figures-marketing"))
                }
            }
            p { a href=(visit.to("/desk")) { (visit.text("desk-title")) } }
        }
    };
    Ok(Frame::new(&visit, &visit.text("figures-title")).class("small-title").page(body))
}

/// A bar for each day; whoever sees none has the table below.
fn chart(visit: &Visit, days: &[(i64, Crowd)]) -> Markup {
    let most = days.iter().filter_map(|(_, count)| *count).max().unwrap_or_default().max(1);
    let width = days.len() as u64 * STEP;
    html! {
        svg viewBox={ "0 0 " (width) " " (HEIGHT) } width="100%" height="120" preserveAspectRatio="none" role="img" aria-label=(visit.text("figures-orders")) fill="currentColor" {
            @for (at, (_, count)) in days.iter().enumerate() {
                // What is not told is a dot upon the ground.
                @let tall = count.map_or(1, |count| (count * HEIGHT).div_ceil(most)).min(HEIGHT);
                rect x=(at as u64 * STEP + 1) y=(HEIGHT - tall) width=(STEP - 2) height=(tall) opacity=[count.is_none().then_some("0.4")] {}
            }
        }
    }
}

fn figure(value: &str, words: &str) -> Markup {
    html! { div.sheet.flat { strong { (value) } (words) } }
}

fn told(visit: &Visit, count: Crowd) -> String {
    count.map_or_else(|| visit.text("figures-few"), |count| count.to_string())
}

fn spread(visit: &Visit, times: Option<Spread>, median: &str, p95: &str) -> Markup {
    let seconds = |ms: i64| format!("{:.1} s", ms as f64 / 1000.0);
    html! {
        (figure(&times.map_or_else(|| "–".to_owned(), |times| seconds(times.median_ms)), &visit.text(median)))
        (figure(&times.map_or_else(|| "–".to_owned(), |times| seconds(times.p95_ms)), &visit.text(p95)))
    }
}

fn rate(visit: &Visit, rate: Option<Rate>, key: &str) -> Markup {
    let value = rate.map_or_else(|| "–".to_owned(), |rate| format!("{} %", rate.percent));
    let of = rate.map_or_else(|| visit.text("figures-few"), |rate| rate.of.to_string());
    html! { div.sheet.flat { strong { (value) } (visit.text(key)) " (" (of) ")" } }
}

fn row(visit: &Visit, takings: &Takings) -> Markup {
    let money = |minor: i64| visit.language.money(minor, &takings.currency);
    html! {
        tr {
            th scope="row" { (takings.currency) }
            td.number { (takings.payments) }
            td.number { (money(takings.taken_minor)) }
            td.number { (takings.back_minor.map_or_else(|| visit.text("figures-few"), money)) }
        }
    }
}
