//! "Try it on this device": the part of a page that puts a photo into a few scenes of the film, in the visitor's own browser
//! (`assets/js/preview.js`), and GET `/films/{slug}/preview/{version}`, the film's files that it needs. Nothing of a photo
//! ever comes here. Without scripts the part says so in a sentence; where the program was built without the engine, it is not there.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, PreEscaped, html};
use serde_json::json;
use studio::films::Show;

use crate::assets;
use crate::oops::Oops;
use crate::visit::{App, Visit};

/// The content type of a film's files in one piece.
pub(crate) const KIND: &str = "application/x-mini-studio-film";

/// What photos are refused for that a person may see otherwise: the codes of [`likeness::Refusal`].
pub(crate) const JUDGED: [&str; 8] = [
    "no-face",
    "too-small",
    "blurred",
    "too-dark",
    "too-bright",
    "sunglasses",
    "cut-by-frame",
    "turned-away",
];
/// Why else a photo cannot be used, as the worker says it, and what to look out for.
const UNREADABLE: [&str; 2] = ["not-a-picture", "too-many-pixels"];
const WARNINGS: [&str; 7] = ["small", "slightly-blurred", "dark", "bright", "turned", "hair-cut", "covered"];

/// Whether the preview of this film can run in a browser.
pub(crate) fn runs(show: &Show) -> bool {
    !show.preview().is_empty() && preview::engine().is_some()
}

/// The part of the page. `onward` is where the order goes on.
pub(crate) fn section(visit: &Visit, show: &Show, onward: &str) -> Markup {
    let Some(engine) = preview::engine().filter(|_| !show.preview().is_empty()) else { return html! {} };
    let files = format!("/films/{}/preview/{}", show.slug(), version(show));
    let size = unpacked(engine) + show.preview().len();
    html! {
        section.sheet.flat.stack.try id="try" data-preview data-script=(assets::url(assets::WORKER)) data-engine=(assets::url(assets::ENGINE))
            data-film=(files) data-language=(show.language(visit.language.code())) data-size=(size) {
            h2 { (visit.text("try-title")) }
            p { (visit.text("try-words")) }
            noscript { p.hint { (visit.text("try-no-script")) } }
            div.field data-field hidden {
                label for="try-photo" { (visit.text("try-choose")) }
                input type="file" id="try-photo" accept="image/jpeg,image/png,image/webp" aria-describedby="try-said";
            }
            div data-loading hidden { progress.progress max="1" value="0" aria-label=(visit.text("try-loading")) {} }
            p role="status" id="try-said" data-said {}
            div data-faces hidden { ul.faces {} }
            div.stack data-stage hidden {
                canvas.try-view data-view width="640" height="360" role="img" aria-label=(visit.text("try-view")) {}
                div.row {
                    button.button type="button" data-play { (visit.text("try-play")) }
                    button.button.quiet type="button" data-back { (visit.text("try-back")) }
                    button.button.quiet type="button" data-on { (visit.text("try-on")) }
                }
                ul.hint data-warnings {}
                p.notice.good { (visit.text("try-stayed")) }
                p { a.button.big href=(visit.to(onward)) { (visit.text("try-order")) } }
            }
            script type="application/json" data-words { (PreEscaped(words(visit))) }
        }
    }
}

/// What the script says.
fn words(visit: &Visit) -> String {
    let of = |kind: &str, codes: &[&str]| -> BTreeMap<String, String> {
        codes.iter().map(|code| ((*code).to_owned(), visit.text(&format!("{kind}-{code}")))).collect()
    };
    let words = json!({
        "cannot": visit.text("try-cannot"),
        "loading": visit.text("try-loading"),
        "looking": visit.text("try-looking"),
        "failed": visit.text("try-failed"),
        "done": visit.text("try-done"),
        "faces": visit.text("try-faces"),
        // The script puts numbers in their place.
        "face": visit.language.plain("try-face", &[("n", "[n]".into())]),
        "picture": visit.language.plain("try-picture", &[("n", "[n]".into()), ("all", "[all]".into())]),
        "play": visit.text("try-play"),
        "pause": visit.text("try-pause"),
        "refusals": of("error", &[&JUDGED[..], &UNREADABLE].concat()),
        "warnings": of("warning", &WARNINGS),
    });
    // Inside of a script element only this could end it.
    words.to_string().replace('<', "\\u003c")
}

/// Names the files, so that a kept copy is never a wrong one.
fn version(show: &Show) -> String {
    blake3::hash(show.preview()).to_hex()[..16].to_owned()
}

/// Length of what was packed with gzip: it stands in its last four bytes.
fn unpacked(engine: &[u8]) -> usize {
    engine.last_chunk().map_or(0, |last| u32::from_le_bytes(*last) as usize)
}

/// GET: the files, to be kept for a year under their own version.
pub(crate) async fn files(
    State(app): State<App>,
    Path((slug, wanted)): Path<(String, String)>,
) -> Result<Response, Oops> {
    let show = app.studio.catalogue().show(&slug).filter(|show| !show.preview().is_empty());
    let show = show.ok_or_else(Oops::not_found)?;
    let keep = if wanted == version(show) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let head = [
        (header::CONTENT_TYPE, HeaderValue::from_static(KIND)),
        (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
    ];
    Ok((head, show.preview().clone()).into_response())
}
