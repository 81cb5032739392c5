//! Style, scripts, fonts and small pictures, compiled into the program. Their addresses hold the hash
//! of all their contents, so a browser may keep them for a year and still never uses an old one.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use include_dir::{Dir, include_dir};

use crate::guards::Preview;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/assets");

/// The style sheets in the order in which they build on each other; served as one file.
const STYLES: [&str; 7] = [
    "css/tokens.css",
    "css/base.css",
    "css/drawings.css",
    "css/components.css",
    "css/frame.css",
    "css/pages.css",
    "css/messenger.css",
];

static STYLE: LazyLock<String> = LazyLock::new(|| {
    STYLES
        .iter()
        .map(|path| FILES.get_file(path).and_then(|file| file.contents_utf8()).unwrap_or_default())
        .collect()
});

/// The first 16 digits of the hash of all assets.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    fn add(dir: &Dir<'_>, hasher: &mut blake3::Hasher) {
        let mut files: Vec<_> = dir.files().collect();
        files.sort_by_key(|file| file.path());
        for file in files {
            hasher.update(file.path().as_os_str().as_encoded_bytes());
            hasher.update(file.contents());
        }
        let mut dirs: Vec<_> = dir.dirs().collect();
        dirs.sort_by_key(|dir| dir.path());
        for dir in dirs {
            add(dir, hasher);
        }
    }
    let mut hasher = blake3::Hasher::new();
    add(&FILES, &mut hasher);
    hasher.update(preview::engine().unwrap_or_default());
    hasher.finalize().to_hex()[..16].to_owned()
});

/// The engine of the preview, which this machine's build may be without.
pub(crate) const ENGINE: &str = "preview.wasm";
/// The script that runs it.
pub(crate) const WORKER: &str = "js/preview-worker.js";

/// The address of an asset, such as `js/photo.js`. `site.css` is all styles in one.
pub(crate) fn url(path: &str) -> String {
    debug_assert!(path == "site.css" || path == ENGINE || FILES.get_file(path).is_some(), "no asset {path}");
    format!("/assets/{}/{path}", *VERSION)
}

/// GET `/assets/{version}/{*path}`: the file, to be kept for a year. Under an old version the present
/// file is handed out, but not to be kept.
pub(crate) async fn show(Path((version, path)): Path<(String, String)>) -> Response {
    let bytes: &'static [u8] = if path == "site.css" {
        STYLE.as_bytes()
    } else if path == ENGINE {
        match preview::engine() {
            Some(engine) => engine,
            None => return StatusCode::NOT_FOUND.into_response(),
        }
    } else {
        match FILES.get_file(&path) {
            Some(file) => file.contents(),
            None => return StatusCode::NOT_FOUND.into_response(),
        }
    };
    let kind = match path.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "woff2" => "font/woff2",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "wasm" => "application/wasm",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut answer = (
        [
            (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
            (header::CACHE_CONTROL, HeaderValue::from_static(keep)),
        ],
        bytes,
    )
        .into_response();
    if path == ENGINE {
        // Packed once and for all; every browser that can run it can unpack it.
        answer.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if path == WORKER {
        answer.extensions_mut().insert(Preview::Worker);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_asks_for_nothing_from_elsewhere_and_its_files_exist() {
        assert!(!STYLE.contains("http:") && !STYLE.contains("https:") && !STYLE.contains("@import"));
        for part in STYLE.split("url(").skip(1) {
            let path = part.split(')').next().unwrap_or_default().trim_matches(['"', '\'']);
            assert!(FILES.get_file(path).is_some(), "{path} is named in the style but not shipped");
        }
        for style in STYLES {
            assert!(FILES.get_file(style).is_some_and(|file| !file.contents().is_empty()), "{style}");
        }
    }

    #[test]
    fn own_scripts_stay_small() {
        let own: usize =
            FILES.get_dir("js").map(|dir| dir.files().map(|f| f.contents().len()).sum()).unwrap_or(0);
        assert!(own > 0 && own < 60_000, "{own} bytes of our own JavaScript");
    }

    #[test]
    fn scripts_hold_no_third_party_address() {
        for file in FILES.get_dir("js").into_iter().flat_map(|dir| dir.files()) {
            let text = file.contents_utf8().unwrap_or_default();
            assert!(!text.contains("https://") && !text.contains("innerHTML"), "{}", file.path().display());
        }
    }
}
