//! A private PostgreSQL for the tests: own folder, own port, gone afterwards.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::machine::{execute, free_port, is_root};

/// A running server; stopped and removed on drop.
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Postgres {
    /// Starts a server in a fresh folder below the system's temporary one.
    pub fn start() -> anyhow::Result<Self> {
        let programs = programs().context("PostgreSQL's server programs were not found")?;
        let folder = std::env::temp_dir().join(format!("ministudio-postgres-{}", std::process::id()));
        let server = Self { programs, folder, port: free_port()? };
        std::fs::create_dir_all(&server.folder)?;
        if is_root() {
            // The server refuses to run as the superuser.
            execute(Command::new("chown").arg("postgres").arg(&server.folder))?;
        }
        let data = server.data();
        execute(
            server
                .command("initdb")
                .args(["-A", "trust", "-U", "ministudio", "-E", "UTF8", "--no-locale", "-D"])
                .arg(&data),
        )?;
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c fsync=off -c max_connections=400",
            server.port,
            server.folder.display()
        );
        execute(
            server
                .command("pg_ctl")
                .args(["-w", "-s", "-o", &options, "-l"])
                .arg(server.folder.join("log"))
                .arg("-D")
                .arg(&data)
                .arg("start"),
        )?;
        Ok(server)
    }

    /// Where the tests reach it.
    pub fn url(&self) -> String {
        format!("postgres://ministudio@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// One of the server's programs, run as a user that is not the superuser.
    fn command(&self, program: &str) -> Command {
        let path = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(&self.folder).stdout(std::process::Stdio::null());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.data();
        let _ = execute(self.command("pg_ctl").args(["-m", "immediate", "-s", "-D"]).arg(&data).arg("stop"));
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The newest installed server's folder of programs, as Debian lays them.
pub fn programs() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir(Path::new("/usr/lib/postgresql"))
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
        .collect();
    versions.sort();
    versions.pop()
}
