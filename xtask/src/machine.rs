//! The machine under the chores: commands, Debian packages, free ports.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};

/// The checkout's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the checkout").to_owned()
}

/// Cargo, in the checkout's root.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Runs a command to its end; its failure is ours.
pub fn execute(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("could not start {command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}

/// Whether a program of this name is on the path or at one of the given places.
pub fn find(name: &str, places: &[&str]) -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).map(|folder| folder.join(name)).collect::<Vec<_>>())
        .unwrap_or_default();
    places.iter().map(PathBuf::from).chain(on_path).find(|place| place.is_file())
}

/// Whether this process is the superuser.
pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.starts_with(b"0\n"))
}

/// Something that is needed from the system.
pub struct Need {
    /// The Debian package that brings it.
    pub package: &'static str,
    /// What it is for, for the list that is printed.
    pub why: &'static str,
    /// Whether it is here already.
    pub is_here: fn() -> bool,
}

/// Lists what is missing, then installs it; says what to do where it cannot. Tells nothing on the standard output, which
/// may be another program's to read.
pub fn install(needs: &[Need]) -> anyhow::Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !(need.is_here)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("These packages of the system are needed, and not here yet:");
    for need in &missing {
        eprintln!("  {:<18} {}", need.package, need.why);
    }
    let names: Vec<&str> = missing.iter().map(|need| need.package).collect();
    let by_hand = format!(
        "Install them by hand and run this again, for example: sudo apt-get install {}",
        names.join(" ")
    );
    let Some(apt) = find("apt-get", &[]) else {
        bail!("This system has no apt-get, so they cannot be installed from here. {by_hand}");
    };
    let elevated = |arguments: &[&str]| {
        let mut command = if is_root() {
            Command::new(&apt)
        } else {
            let mut sudo = Command::new("sudo");
            sudo.arg("-n").arg(&apt);
            sudo
        };
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        execute(command.stdout(Stdio::from(std::io::stderr())))
    };
    eprintln!("Installing them with apt-get …");
    elevated(&["update", "-qq"]).with_context(|| by_hand.clone())?;
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(&names);
    elevated(&arguments).with_context(|| by_hand.clone())?;
    for need in missing {
        ensure!((need.is_here)(), "{} was installed but is still not found. {by_hand}", need.package);
    }
    Ok(())
}

/// The assembler for the bundled video encoder. Without it the encoder works, at less than half its speed.
pub const ASSEMBLER: Need = Need {
    package: "nasm",
    why: "assembles the quick parts of the bundled video encoder",
    is_here: || !cfg!(target_arch = "x86_64") || find("nasm", &[]).is_some(),
};

/// Sees to it that the encoder is built with its quick parts, where that can be had.
pub fn have_assembler() -> anyhow::Result<()> {
    if (ASSEMBLER.is_here)() {
        return Ok(());
    }
    match install(&[ASSEMBLER]) {
        // What was built without is not built again by itself.
        Ok(()) => execute(cargo().args(["clean", "--release", "--quiet", "--package", "openh264-sys2"])),
        Err(error) => {
            eprintln!("Going on without: {error:#}");
            Ok(())
        }
    }
}

/// A port on the loopback address that nobody uses at this moment.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
