//! A server for tests that move the clock and visit from many countries.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use sqlx::sqlite::SqliteRow;
use sqlx::{Column, Connection, Row, SqliteConnection};

use crate::server::{Server, command};
use crate::visitor::Visitor;

/// A server behind a proxy that names the country, with a clock that can be moved.
pub struct Site {
    /// It.
    pub server: Server,
    /// Its data folder.
    pub data: tempfile::TempDir,
    settings: Vec<(String, String)>,
}

impl Site {
    /// A site that makes no films.
    pub fn start(more: &[(&str, &str)]) -> anyhow::Result<Self> {
        let idle = [("MINISTUDIO_WORKS", "false")];
        Self::start_working(&idle.iter().chain(more).copied().collect::<Vec<_>>())
    }

    /// A site that does everything.
    pub fn start_working(more: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::begin(more, Server::start)
    }

    /// The same with every size and in its spare time, as a person who sets nothing has it.
    pub fn start_in_full(more: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::begin(more, Server::start_in_full)
    }

    /// The same as [`Self::start_working`] at an address that was chosen beforehand.
    pub fn start_at(listen: SocketAddr, more: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::begin(more, |data, settings| Server::start_at(data, &listen.to_string(), settings))
    }

    fn begin(
        more: &[(&str, &str)],
        start: impl FnOnce(&Path, &[(&str, &str)]) -> anyhow::Result<Server>,
    ) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let shift = data.path().join("shift");
        std::fs::write(&shift, "0")?;
        let shift = shift.display().to_string();
        let mut settings = vec![
            ("MINISTUDIO_PROXIES", "127.0.0.1"),
            ("MINISTUDIO_COUNTRY_HEADER", "x-country"),
            ("MINISTUDIO_CLOCK_SHIFT", shift.as_str()),
        ];
        settings.extend(more);
        let server = start(data.path(), &settings)?;
        let settings =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Ok(Self { server, data, settings })
    }

    /// The same site, started again without making films: at another address, with everybody still signed in.
    pub fn idle(self) -> anyhow::Result<Self> {
        let Self { server, data, mut settings } = self;
        server.stop()?;
        settings.push(("MINISTUDIO_WORKS".into(), "false".into()));
        let borrowed: Vec<(&str, &str)> =
            settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let server = Server::start(data.path(), &borrowed)?;
        Ok(Self { server, data, settings })
    }

    /// What a sweep would delete now: rule, from what it counts, and how many rows, as the command says it
    /// beside the running site.
    pub fn due(&self) -> anyhow::Result<Vec<(String, String, u64)>> {
        let told = self.says(&["privacy", "sweep", "--dry-run", "--json"])?;
        let told: serde_json::Value = serde_json::from_slice(&told)?;
        let lines = told["swept"].as_array().context("a list")?.iter();
        lines
            .map(|line| {
                let text = |key: &str| line[key].as_str().map(str::to_owned).context(key.to_owned());
                Ok((text("rule")?, text("since")?, line["rows"].as_u64().context("rows")?))
            })
            .collect()
    }

    /// What a command says beside the running site.
    pub fn says(&self, words: &[&str]) -> anyhow::Result<Vec<u8>> {
        let told = command()
            .args(words)
            .arg("--data")
            .arg(self.data.path())
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .output()?;
        anyhow::ensure!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        Ok(told.stdout)
    }

    /// A new sign-in link for the operator, good for one use.
    pub fn operator_link(&self) -> anyhow::Result<String> {
        let told = String::from_utf8(self.says(&["operator-link"])?)?;
        // The port that the site listens at, the command does not know.
        let (_, token) = told.trim().rsplit_once('/').context("no link was printed")?;
        Ok(format!("{}/operator/sign-in/{token}", self.server.url))
    }

    /// Moves the clock so many seconds ahead of the machine's.
    pub fn at(&self, shift_s: i64) -> anyhow::Result<()> {
        // In one go: read while it is written, it would be no shift at all for a moment.
        let (whole, at) = (self.data.path().join("shift-next"), self.data.path().join("shift"));
        std::fs::write(&whole, shift_s.to_string())?;
        Ok(std::fs::rename(whole, at)?)
    }

    /// Somebody new in a country.
    pub fn visitor(&self, country: &str) -> anyhow::Result<Visitor> {
        Visitor::new(&self.server.url)?.in_country(country)
    }

    /// The operator, signed in.
    pub async fn operator(&self) -> anyhow::Result<Visitor> {
        let mut operator = Visitor::new(&self.server.url)?;
        operator.open(&self.operator_link()?).await?;
        anyhow::ensure!(operator.path == "/desk", "the operator came to {}", operator.path);
        Ok(operator)
    }

    /// How many rows of a table, or of what stands behind `from`, there are at this moment.
    pub async fn count(&self, what: &str) -> anyhow::Result<i64> {
        Ok(self.rows(&format!("select count(*) from {what}")).await?[0].get(0))
    }

    /// The columns of all tables that hold this text somewhere, byte for byte, whatever is kept in them: `table.column`.
    pub async fn columns_with(&self, text: &str) -> anyhow::Result<BTreeSet<String>> {
        let mut found = BTreeSet::new();
        for table in self.rows("select name from sqlite_master where type = 'table'").await? {
            let table: String = table.get(0);
            for row in self.rows(&format!("select * from \"{table}\"")).await? {
                for column in row.columns() {
                    // Unchecked: SQLite gives the bytes of any value.
                    let bytes: Vec<u8> = row.try_get_unchecked(column.ordinal())?;
                    if holds(&bytes, text) {
                        found.insert(format!("{table}.{}", column.name()));
                    }
                }
            }
        }
        Ok(found)
    }

    /// Rows of the database, as it is this moment.
    pub async fn rows(&self, query: &str) -> anyhow::Result<Vec<SqliteRow>> {
        let file = self.data.path().join("studio.sqlite");
        let mut db = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await?;
        sqlx::query(sqlx::AssertSqlSafe(query)).fetch_all(&mut db).await.with_context(|| query.to_owned())
    }
}

/// Whether this text stands somewhere in bytes.
fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

/// Every file of a folder and those in it.
pub fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() { folders.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    Ok(files)
}

/// The files of a folder that hold this text somewhere, byte for byte.
pub fn files_with(folder: &Path, text: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for file in files(folder)? {
        let bytes = std::fs::read(&file)?;
        if holds(&bytes, text) {
            found.push(file);
        }
    }
    Ok(found)
}
