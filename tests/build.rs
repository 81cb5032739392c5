//! Says to the tests whether the program is built without the preview in the browser (`crates/preview/build.rs`).

fn main() {
    println!("cargo::rerun-if-env-changed=MINISTUDIO_PREVIEW");
    println!("cargo::rustc-check-cfg=cfg(without_preview)");
    if std::env::var("MINISTUDIO_PREVIEW").is_ok_and(|wish| wish == "off") {
        println!("cargo::rustc-cfg=without_preview");
    }
}
