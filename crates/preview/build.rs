//! Builds this crate a second time, for WebAssembly, in a target folder of its own (`target/preview`), so that the engine of the
//! preview becomes part of the program. A compiler for it is rustup's (`rustup target add wasm32-unknown-unknown`) or Debian's
//! (`rustc-web`, `cargo-web`, `rust-web-src`). Where there is neither, the program is built without the preview, and
//! its pages do not speak of it.
//!
//! `MINISTUDIO_PREVIEW=off` leaves it out, for whoever works on other things; `required` makes it an error to be without.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";
/// The engine is built from these, seen from this crate's folder.
const SOURCES: [&str; 7] = [
    "src",
    "Cargo.toml",
    "../film/src",
    "../film/Cargo.toml",
    "../likeness/src",
    "../likeness/Cargo.toml",
    "../../models",
];
const DEBIAN: &str = "/usr/lib/rustlib/src/rust/library";
/// What Debian's package manager knows to be installed.
const PACKAGES: &str = "/var/lib/dpkg/status";

/// What is run for each frame or photo is made as fast as can be; the rest only has to be built soon. Only these settings
/// count, the workspace states no others for `dev`.
const PROFILE: [&str; 9] = [
    "opt-level=1",
    "build-override.opt-level=0",
    "debug=0",
    "debug-assertions=false",
    "overflow-checks=false",
    "incremental=false",
    "codegen-units=16",
    "strip=\"symbols\"",
    "panic=\"abort\"",
];
const HOT: [&str; 12] = [
    "film",
    "likeness",
    "vello_cpu",
    "vello_common",
    "fearless_simd",
    "kurbo",
    "rten",
    "rten-gemm",
    "rten-vecmath",
    "rten-simd",
    "rten-tensor",
    "rten-base",
];

/// A way to compile for WebAssembly.
struct Compiler {
    cargo: PathBuf,
    rustc: PathBuf,
    /// Whether the standard library comes as source; then the linker is rustup's, as Debian's takes packages of its own.
    with_library: bool,
    linker: Option<PathBuf>,
}

fn main() {
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        return;
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=MINISTUDIO_PREVIEW");
    SOURCES.iter().for_each(|source| println!("cargo::rerun-if-changed={source}"));
    let wish = std::env::var("MINISTUDIO_PREVIEW").unwrap_or_default();
    let engine = if wish == "off" { Err("it was switched off".to_owned()) } else { build() };
    if let Err(why) = &engine {
        assert!(wish != "required", "the preview cannot be built: {why}");
        println!("cargo::warning=The site is built without the preview in the browser: {why}.");
    }
    let file = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo says where")).join("engine.wasm.gz");
    std::fs::write(file, engine.unwrap_or_default()).expect("the build's own folder can be written to");
}

/// The engine, with gzip.
fn build() -> Result<Vec<u8>, String> {
    let compiler = compiler().ok_or_else(|| {
        format!("there is no compiler for WebAssembly (`rustup target add {TARGET}`, or Debian's rustc-web, cargo-web and rust-web-src)")
    })?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    // OUT_DIR is target/PROFILE/build/NAME/out; whatever the profile, the engine is the same.
    let folder = out.ancestors().nth(4).unwrap_or(&out).join("preview");
    let mut command = Command::new(&compiler.cargo);
    command.args(["rustc", "--package", "preview", "--lib", "--crate-type", "cdylib", "--target", TARGET]);
    command.arg("--target-dir").arg(&folder);
    let hot = HOT.iter().map(|package| format!("package.{package}.opt-level=3"));
    for setting in PROFILE.iter().map(|setting| (*setting).to_owned()).chain(hot) {
        command.arg("--config").arg(format!("profile.dev.{setting}"));
    }
    // What the outer build says about itself is not about this one. The job server it is about: the two share it.
    for (name, _) in std::env::vars_os() {
        let named = name.to_string_lossy();
        let own =
            ["CARGO_HOME", "CARGO_MAKEFLAGS", "CARGO_NET_OFFLINE", "CARGO_TERM_COLOR"].contains(&&*named);
        if (named.starts_with("CARGO") || named.starts_with("RUST") && named != "RUSTUP_HOME") && !own {
            command.env_remove(&name);
        }
    }
    // Every browser that can run a worker with a canvas has had these instructions since early 2023.
    command.env("RUSTFLAGS", "-Ctarget-feature=+simd128").env("RUSTC", &compiler.rustc);
    if compiler.with_library {
        command.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=std,panic_abort");
    }
    if let Some(linker) = &compiler.linker {
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    }
    let done =
        command.output().map_err(|error| format!("{} does not run: {error}", compiler.cargo.display()))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        let error = said.lines().find(|line| line.starts_with("error")).unwrap_or("without a word");
        eprintln!("{said}");
        return Err(format!("its build failed ({error})"));
    }
    let wasm =
        std::fs::read(folder.join(TARGET).join("debug/preview.wasm")).map_err(|error| error.to_string())?;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&wasm).and_then(|()| packed.finish()).map_err(|error| error.to_string())
}

/// Rustup's compiler if it has the target, otherwise Debian's.
fn compiler() -> Option<Compiler> {
    let [cargo, rustc] = ["CARGO", "RUSTC"].map(|name| std::env::var_os(name).map(PathBuf::from));
    let (cargo, rustc) = (cargo?, rustc?);
    let linker = said(&rustc, &["--print", "sysroot"]).and_then(|sysroot| {
        let linker =
            Path::new(&sysroot).join("lib/rustlib").join(std::env::var_os("HOST")?).join("bin/rust-lld");
        linker.is_file().then_some(linker)
    });
    if let Some(library) = said(&rustc, &["--print", "target-libdir", "--target", TARGET]) {
        let library = Path::new(&library);
        // Rustup notes there what it has installed.
        let components = library.ancestors().nth(2).map(|folder| folder.join("components"));
        if let Some(components) = components.filter(|file| file.is_file()) {
            println!("cargo::rerun-if-changed={}", components.display());
        }
        if library.is_dir() {
            return Some(Compiler { cargo, rustc, with_library: false, linker: None });
        }
    }
    let [cargo, rustc] = ["/usr/bin/cargo", "/usr/bin/rustc"].map(PathBuf::from);
    let is_here = cargo.is_file() && rustc.is_file() && Path::new(DEBIAN).is_dir();
    if !is_here && Path::new(PACKAGES).is_file() {
        println!("cargo::rerun-if-changed={PACKAGES}");
    }
    is_here.then_some(Compiler { cargo, rustc, with_library: true, linker })
}

fn said(program: &Path, arguments: &[&str]) -> Option<String> {
    let output =
        Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
