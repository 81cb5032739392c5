//! GET `/healthz`: for whoever watches over the program.

/// `ok` while the program answers.
pub(crate) async fn show() -> &'static str {
    "ok\n"
}
