//! GET `/privacy/{version}/changes`: a version beside the one before it, with what came and went marked.

use axum::extract::{Path, State};
use axum::response::Response;
use maud::{Markup, html};
use policy::Policy;
use similar::{ChangeTag, TextDiff};

use super::text::{Part, parts};
use super::{day, tables};
use crate::frame::Frame;
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// The comparison.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(version): Path<String>,
) -> Result<Response, Oops> {
    let all = app.studio.policies().all();
    let new = app.studio.policies().version(&version).ok_or_else(Oops::not_found)?;
    let old = all.iter().rfind(|other| other.effective < new.effective).ok_or_else(Oops::not_found)?;
    let (before, after) = (plain(&app, &visit, old), plain(&app, &visit, new));
    let dated = [("old", day(&visit, old.effective).into()), ("new", day(&visit, new.effective).into())];
    let body = html! {
        div.wrap.narrow.stack {
            p.lead { (new.summary.in_language(visit.language.code())) }
            p { (visit.text("privacy-compare-legend")) ": " ins { (visit.text("privacy-compare-added")) } " · " del { (visit.text("privacy-compare-removed")) } }
            article.sheet.changes {
                @if before == after { p { (visit.text("privacy-compare-same")) } } @else { (marked(&before, &after)) }
            }
            p { a href=(visit.to(&format!("/privacy/{}", new.effective))) { (visit.language.with("privacy-version", &[("date", day(&visit, new.effective).into())])) } }
        }
    };
    Ok(Frame::new(&visit, &visit.text("privacy-compare-title"))
        .lead(html! { (visit.language.with("privacy-compare-lead", &dated)) })
        .public(&visit.text("privacy-compare-title"))
        .class("small-title")
        .page(body))
}

/// A version as plain lines, its derived tables included.
fn plain(app: &App, visit: &Visit, policy: &Policy) -> String {
    let mut lines = Vec::new();
    for part in parts(policy, visit.language.code(), &day(visit, policy.effective)) {
        match part {
            Part::Written(markdown) => {
                lines.extend(markdown.lines().map(bare).filter(|line| !line.is_empty()))
            }
            Part::Derived(name) => {
                let table = tables::derived(visit, policy, app.studio.switched_on(), name).into_string();
                lines.extend(table.split("</tr>").map(without_tags).filter(|line| !line.is_empty()));
            }
        }
    }
    lines.join("\n")
}

/// A line without Markdown's marks.
fn bare(line: &str) -> String {
    let line = line.split(" {#").next().unwrap_or_default();
    line.trim_start_matches(['#', '-', ' ']).replace("**", "").trim().to_owned()
}

/// The words of a piece of our own HTML.
fn without_tags(html: &str) -> String {
    let mut words = String::new();
    for piece in html.split('<') {
        words += piece.split_once('>').map_or(piece, |(_, text)| text);
        words.push(' ');
    }
    let words = words.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lines that stayed are left out but for their neighbours; inside a changed line the words are marked.
fn marked(before: &str, after: &str) -> Markup {
    let lines = TextDiff::from_lines(before, after);
    html! {
        @for group in lines.grouped_ops(1) {
            @for operation in &group {
                @for change in lines.iter_inline_changes(operation) {
                    p { @for (emphasised, words) in change.iter_strings_lossy() {
                        @match (change.tag(), emphasised) {
                            (ChangeTag::Insert, true) => ins { (words) },
                            (ChangeTag::Delete, true) => del { (words) },
                            (ChangeTag::Insert, false) => span.added { (words) },
                            (ChangeTag::Delete, false) => span.removed { (words) },
                            (ChangeTag::Equal, _) => span { (words) },
                        }
                    } }
                }
            }
            hr;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_and_went_is_marked_word_by_word() {
        let html = marked("Kept 30 days.\nSame.\n", "Kept 20 days.\nSame.\n").into_string();
        assert!(html.contains("<del>30</del>") && html.contains("<ins>20</ins>"), "{html}");
        assert!(!html.contains("<ins>Same"));
        assert_eq!(without_tags("<td>A &amp; B</td><td>c</td>"), "A & B c");
        assert_eq!(bare("## Who {#controller}"), "Who");
    }
}
