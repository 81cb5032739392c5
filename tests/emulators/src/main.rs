//! Mini Studio with all thirteen processors, each emulated on this machine: `cargo xtask emulate` builds and runs it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use emulators::all::All;
use tokio::process::Command;

/// What stands for a portrait that a model made: a drawn child.
const PORTRAIT: &[u8] = include_bytes!("../portrait.png");
/// What a data folder of ours holds: the configuration that `All::configure` writes.
const MARK: &str = "emulated.toml";

#[tokio::main]
async fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let (mut program, mut data, mut listen) = (None, None, "127.0.0.1:8420".to_owned());
    while let Some(word) = words.next() {
        let value = words.next();
        match (word.to_str(), value) {
            (Some("--program"), Some(path)) => program = Some(PathBuf::from(path)),
            (Some("--data"), Some(path)) => data = Some(PathBuf::from(path)),
            (Some("--listen"), Some(at)) => listen = at.to_string_lossy().into_owned(),
            _ => return said("say --program FILE --data FOLDER [--listen ADDRESS:PORT]"),
        }
    }
    match (program, data) {
        (Some(program), Some(data)) => run(&program, &data, &listen).await,
        _ => said("say --program FILE --data FOLDER [--listen ADDRESS:PORT]"),
    }
}

async fn run(program: &Path, data: &Path, listen: &str) -> ExitCode {
    if let Err(words) = make_anew(data) {
        return said(&words);
    }
    let all = All::start(PORTRAIT.to_vec()).await;
    let file = match all.configure(data, &format!("http://{listen}")) {
        Ok(file) => file,
        Err(error) => return said(&format!("cannot write the configuration: {error}")),
    };
    println!("Processors, each on this machine ({}):", file.display());
    for (id, emulator) in all.emulators() {
        println!("  {id:<22} http://{}", emulator.address);
    }
    let mut site = Command::new(program);
    site.args(["serve", "--listen", listen, "--config"]).arg(&file).arg("--data").arg(data.join("studio"));
    let mut site = match site.spawn() {
        Ok(site) => site,
        Err(error) => return said(&format!("cannot start {}: {error}", program.display())),
    };
    tokio::select! {
        () = all.go_on() => ExitCode::SUCCESS,
        // Ctrl+C reaches the program too, which then ends by itself.
        ended = site.wait() => match ended {
            Ok(status) if status.success() => ExitCode::SUCCESS,
            _ => said("the site ended"),
        },
    }
}

/// The folder, with nothing in it. What was there belongs to emulators that have forgotten it; a folder that is not
/// theirs is left as it is.
fn make_anew(data: &Path) -> Result<(), String> {
    let failed = |error: io::Error| format!("cannot make {} anew: {error}", data.display());
    let is_empty = match std::fs::read_dir(data) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(failed(error)),
    };
    if !is_empty {
        if !data.join(MARK).is_file() {
            let data = data.display();
            return Err(format!(
                "{data} holds something that is not the emulators' (there is no {MARK}), so nothing was deleted: name an empty folder, or one that is not there yet"
            ));
        }
        std::fs::remove_dir_all(data).map_err(failed)?;
    }
    std::fs::create_dir_all(data).map_err(failed)
}

fn said(words: &str) -> ExitCode {
    eprintln!("{words}");
    ExitCode::FAILURE
}
