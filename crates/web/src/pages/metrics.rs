//! GET `/metrics`: figures for whoever watches over the program, in Prometheus' text format. They show the secret that
//! the operator gave them; without one set there is nothing here. No label names a person, a film or anything of theirs.

use std::fmt::Write;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use studio::metrics::{Numbers, Shots};

use crate::oops::Oops;
use crate::visit::{App, header_text};

/// The text format's version 0.0.4.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The figures as they are now.
pub(crate) async fn show(State(app): State<App>, headers: HeaderMap) -> Result<Response, Oops> {
    let metrics = app.studio.metrics();
    if !metrics.are_offered() {
        return Err(Oops::not_found());
    }
    let shown = header_text(&headers, header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
    if !metrics.may_be_read_with(shown.unwrap_or_default()) {
        return Err(Oops::new(StatusCode::UNAUTHORIZED, "sign-in-required"));
    }
    let text = text(&metrics.now().await?);
    Ok(([(header::CONTENT_TYPE, TEXT)], text).into_response())
}

fn text(numbers: &Numbers) -> String {
    let mut text = String::new();
    let out = &mut text;
    family(out, "orders", "Orders by where they stand.", &by_state(&numbers.orders));
    family(out, "films", "Films by where they stand.", &by_state(&numbers.films));
    family(out, "shots_made", "Shots that are made.", &by_kind(numbers.shots_made));
    let ahead = ("{kind=\"ahead\"}".to_owned(), numbers.shots_given_up_ahead);
    let given_up: Vec<_> = by_kind(numbers.shots_given_up).into_iter().chain([ahead]).collect();
    family(out, "shots_given_up", "Shots that were given up.", &given_up);
    let first = "From paying to the first picture of the child, median of the last day's films.";
    known(out, "first_picture_median_milliseconds", first, numbers.first_picture_ms);
    let whole = "From paying to the whole film, median of the last day's films.";
    known(out, "whole_film_median_milliseconds", whole, numbers.whole_film_ms);
    let backup = "Since the last backup that was made here.";
    known(out, "backup_age_seconds", backup, numbers.backup_age_s);
    let jobs = [
        ("{state=\"waiting\"}".to_owned(), numbers.jobs.waiting),
        ("{state=\"running\"}".to_owned(), numbers.jobs.running),
    ];
    family(out, "jobs", "Jobs in the queue.", &jobs);
    for (name, help, count) in [
        (
            "first_picture_longest_wait_seconds",
            "How long the first picture is waited for, where that is longest.",
            numbers.first_picture_waits_s,
        ),
        ("mails_waiting", "Mails that are late, or were tried in vain.", numbers.mails_waiting),
        ("mails_later", "Mails whose time has not come.", numbers.mails_later),
        ("cases_overdue", "Cases whose answer is late.", numbers.cases_overdue),
        ("deletions_outside_late", "Deletions at processors that take too long.", numbers.deletions_late),
        ("erasures_late", "Erasures that should be finished.", numbers.erasures_late),
        (
            "disputes_open",
            "Payments that a bank wants back, or asks about, and nobody answered.",
            numbers.disputes_open,
        ),
        ("webhooks_given_up", "Deliveries of processors that were given up.", numbers.webhooks_dead),
        ("mails_given_up", "Mails that were given up.", numbers.mails_given_up),
        ("refunds_stuck", "Payments that something keeps from going back.", numbers.refunds_stuck),
        ("jobs_not_relayed", "Jobs that wait in the outbox for over a minute.", numbers.jobs_not_relayed),
    ] {
        family(out, name, help, &[(String::new(), count)]);
    }
    text
}

/// A figure with its head and its values, each with its labels.
fn family<V: std::fmt::Display>(out: &mut String, name: &str, help: &str, values: &[(String, V)]) {
    // Writing into a string cannot fail.
    let _ = writeln!(out, "# HELP ministudio_{name} {help}");
    let _ = writeln!(out, "# TYPE ministudio_{name} gauge");
    for (labels, value) in values {
        let _ = writeln!(out, "ministudio_{name}{labels} {value}");
    }
}

/// A figure, as long as it is known.
fn known<V: std::fmt::Display>(out: &mut String, name: &str, help: &str, value: Option<V>) {
    let values: Vec<_> = value.into_iter().map(|value| (String::new(), value)).collect();
    family(out, name, help, &values);
}

fn by_state<S: Serialize>(counts: &[(S, u64)]) -> Vec<(String, u64)> {
    let word = |state: &S| serde_json::to_value(state).ok().and_then(|word| word.as_str().map(str::to_owned));
    counts
        .iter()
        .map(|(state, count)| (format!("{{state=\"{}\"}}", word(state).unwrap_or_default()), *count))
        .collect()
}

fn by_kind(shots: Shots) -> [(String, u64); 2] {
    [("{kind=\"own\"}".to_owned(), shots.own), ("{kind=\"shared\"}".to_owned(), shots.shared)]
}
