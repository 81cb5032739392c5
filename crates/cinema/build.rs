//! Says so where the video encoder is built without its assembly, which its own build does silently.

fn main() {
    println!("cargo::rerun-if-env-changed=PATH");
    println!("cargo::rerun-if-changed=build.rs");
    let is_x86 = std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "x86_64");
    let path = std::env::var_os("PATH").unwrap_or_default();
    if is_x86 && !std::env::split_paths(&path).any(|folder| folder.join("nasm").is_file()) {
        println!(
            "cargo::warning=nasm is not installed: films are encoded at less than half the speed. Install it and run \
             `cargo clean --release --package openh264-sys2`, then build again."
        );
    }
}
