//! The configuration: one file, every default stated, each value open to the environment.
//!
//! In this order, the later one wins: the defaults below, the file (`--config`, `MINISTUDIO_CONFIG`, or
//! `ministudio.toml` in the working folder), the environment (`MINISTUDIO_` and the name in capitals),
//! the command line. `ministudio.example.toml` states all of it.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Deserialize;
use studio::db::Alike;

/// What can be set. Nothing needs to be.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The folder that holds everything: database, objects, keys.
    pub data: PathBuf,
    /// Where to listen. Port 0 is any free one.
    pub listen: SocketAddr,
    /// The address people reach the site by, without a slash at the end. Empty: the one listened at.
    pub address: String,
    /// Further names under which this machine is reached, with port.
    pub hosts: Vec<String>,
    /// `sqlite://FILE` or `postgres://…`. Empty: `studio.sqlite` in the data folder.
    pub database: String,
    /// Connections to the database that may be open at once.
    pub connections_max: u32,
    /// Name of an environment variable that holds the master key. Empty: `keys/master.key` in the data folder.
    pub master_key_variable: String,
    /// The program that asks a key-management service, which then keeps the master key, and the words that are handed
    /// to it. Empty: none.
    pub master_key_command: Vec<String>,
    /// Photos that may be looked at at once; each takes about 150 MB.
    pub photos_at_once: usize,
    /// Shots that may be made at once. 0: as many as there are cores.
    pub renders_at_once: usize,
    /// Heights in pixels that films come in besides the size that they are made for.
    pub renditions: Vec<u32>,
    /// Whether the time in which nobody waits is used to make with more work what all copies share.
    pub spare_time: bool,
    /// Whether `serve` also makes films. With other machines at `work` it may be false.
    pub works: bool,
    /// Whether the films that the program brings along are offered.
    pub built_in_films: bool,
    /// More films: folders on the disk, beside those of the program.
    pub films: Vec<PathBuf>,
    /// Versions of the policy to come: folders on the disk, named after the day they take effect, beside those
    /// of the program.
    pub policies: Vec<PathBuf>,
    /// Addresses of proxies in front, whose word about the visitor's address and country counts.
    pub proxies: Vec<IpAddr>,
    /// The header in which they name the visitor's country, as two letters. Empty: they do not.
    pub country_header: String,
    /// The results of the promises' tests, as `cargo xtask prove` writes them; shown at `/promises`.
    pub proof: PathBuf,
    /// For trials: a file with the seconds by which the clock runs ahead, read each time. Empty: the machine's time.
    pub clock_shift: PathBuf,
    /// The processors that are switched on, by their id in the policy.
    pub processors: BTreeMap<String, Processor>,
    /// For trials: what stands in for hosts of processors on this machine, by their names.
    pub emulators: BTreeMap<String, SocketAddr>,
    /// A Maildir folder from which mails to us are taken as cases. Empty: none.
    pub maildir: PathBuf,
    /// Name of an environment variable that holds the secret by which a mail server may hand in mails at
    /// `/inbound/mail`. Empty: nobody may.
    pub inbound_secret_variable: String,
    /// Name of an environment variable that holds the secret by which figures may be read at `/metrics`. Empty: nobody
    /// may.
    pub metrics_secret_variable: String,
    /// The mail server that mails are handed to: `smtps://USER@HOST:465` or `smtp://USER@HOST:587`. Empty: mails stay
    /// here.
    pub smtp: String,
    /// Name of an environment variable that holds the mail server's password. Empty: it asks for none.
    pub smtp_password_variable: String,
    /// The address that mails are sent from.
    pub mail_from: String,
    /// The selector that the key mails are signed with is published under. Empty: mails are not signed.
    pub dkim_selector: String,
    /// The domain that mails are signed for.
    pub dkim_domain: String,
    /// The file with that key (PEM).
    pub dkim_key_file: PathBuf,
    /// Where the controller sits, in one line, as it stands under each mail.
    pub postal_address: String,
    /// The certificates that speak for who signs the films' marks (PEM, the signer's first). Empty: one that the program
    /// makes for itself.
    pub provenance_certificate_file: PathBuf,
    /// The file with that private key (PEM).
    pub provenance_key_file: PathBuf,
    /// Whether a second person has to approve before somebody of the staff opens a photo or film.
    pub looks_need_two: bool,
    /// How much is logged: `error`, `warn`, `info`, `debug`, or as `tracing` filters are written.
    pub log: String,
    /// Logs as `text` or `json`.
    pub log_format: LogFormat,
}

/// A processor that is switched on. Its account's fields are the processor's own.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Processor {
    /// The reference of the signed agreement that binds it; empty where the policy has it.
    pub agreement: String,
    /// Our account there. Each field may stand in the environment instead: `MINISTUDIO_` and the processor's id and the
    /// field's name in capitals, with `_` for `-`.
    #[serde(flatten)]
    pub account: toml::Table,
}

/// Of the account the names of its fields alone: secrets stand in them.
impl fmt::Debug for Processor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: Vec<&String> = self.account.keys().collect();
        f.debug_struct("Processor").field("agreement", &self.agreement).field("account", &fields).finish()
    }
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line, for machines.
    Json,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: "data".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8420)),
            address: String::new(),
            hosts: Vec::new(),
            database: String::new(),
            connections_max: 8,
            master_key_variable: String::new(),
            master_key_command: Vec::new(),
            photos_at_once: 2,
            renders_at_once: 0,
            renditions: vec![480, 720, 1080],
            spare_time: true,
            works: true,
            built_in_films: true,
            films: Vec::new(),
            policies: Vec::new(),
            proxies: Vec::new(),
            country_header: String::new(),
            proof: "target/proof.json".into(),
            clock_shift: PathBuf::new(),
            processors: BTreeMap::new(),
            emulators: BTreeMap::new(),
            maildir: PathBuf::new(),
            inbound_secret_variable: String::new(),
            metrics_secret_variable: String::new(),
            smtp: String::new(),
            smtp_password_variable: String::new(),
            mail_from: String::new(),
            dkim_selector: String::new(),
            dkim_domain: String::new(),
            dkim_key_file: PathBuf::new(),
            postal_address: String::new(),
            provenance_certificate_file: PathBuf::new(),
            provenance_key_file: PathBuf::new(),
            looks_need_two: true,
            log: "warn,studio=info,ministudio=info,web=info".into(),
            log_format: LogFormat::Text,
        }
    }
}

/// The file that lies where the program is run, if there is one. A film from elsewhere is data, and settings name
/// programs that are run: from a film's folder none are taken.
fn beside() -> anyhow::Result<Option<PathBuf>> {
    let file = PathBuf::from("ministudio.toml");
    anyhow::ensure!(
        !file.is_file() || !Path::new("film.toml").exists(),
        "ministudio.toml lies in the folder of a film, and settings are not taken from there; name it with --config if it is yours"
    );
    Ok(Some(file).filter(|file| file.is_file()))
}

impl Settings {
    /// Reads file and environment.
    pub fn read(file: Option<&Path>, environment: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let named = file.map(Path::to_owned).or_else(|| environment("MINISTUDIO_CONFIG").map(PathBuf::from));
        let file = match named {
            Some(file) => Some(file),
            None => beside()?,
        };
        let mut table = match &file {
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .with_context(|| format!("cannot read {}", file.display()))?;
                text.parse::<toml::Table>().with_context(|| format!("{} is not valid", file.display()))?
            }
            None => toml::Table::new(),
        };
        for name in NAMES {
            if let Some(text) = environment(&format!("MINISTUDIO_{}", name.to_uppercase())) {
                let said = match value(name, &text)? {
                    toml::Value::Table(said) if *name == "processors" => with_said(table.remove(*name), said),
                    said => said,
                };
                table.insert((*name).to_owned(), said);
            }
        }
        let from = file.map_or("the environment".to_owned(), |file| file.display().to_string());
        let mut settings: Self =
            table.try_into().with_context(|| format!("the configuration from {from} is not valid"))?;
        for (id, processor) in &mut settings.processors {
            let fields = id.parse().ok().map(processors::fields_of).unwrap_or_default();
            for field in fields {
                let name = format!("MINISTUDIO_{id}_{field}").to_uppercase().replace('-', "_");
                if let Some(text) = environment(&name) {
                    processor.account.insert((*field).to_owned(), text.into());
                }
            }
        }
        if !settings.master_key_variable.is_empty() && !settings.master_key_command.is_empty() {
            bail!(
                "the master key comes from one place: set `master_key_variable` or `master_key_command`, not both"
            );
        }
        Ok(settings)
    }

    /// As the studio takes it, listening at `listening`.
    pub fn studio(&self, listening: SocketAddr) -> studio::Config {
        let mut config = studio::Config::in_folder(&self.data);
        if !self.database.is_empty() {
            config.database.clone_from(&self.database);
        }
        config.connections_max = self.connections_max;
        if !self.master_key_variable.is_empty() {
            config.master_key = studio::MasterKey::Environment(self.master_key_variable.clone());
        }
        if !self.master_key_command.is_empty() {
            config.master_key = studio::MasterKey::Command(self.master_key_command.clone());
        }
        config.photos_at_once = self.photos_at_once;
        if self.renders_at_once > 0 {
            config.renders_at_once = self.renders_at_once;
        }
        config.address = self.address_at(listening);
        config.postal_address = self.postal_address.trim().to_owned();
        config.looks_need_two = self.looks_need_two;
        config.spare_time = self.spare_time;
        config
    }

    /// The Maildir folder that mails to us are taken from; none where none is set.
    ///
    /// # Errors
    /// When it is not there, in one sentence.
    pub fn maildir(&self) -> anyhow::Result<Option<PathBuf>> {
        if self.maildir.as_os_str().is_empty() {
            return Ok(None);
        }
        if !self.maildir.is_dir() {
            bail!(
                "The folder {} that `maildir` names is not there: make it, so that the mail server can \
                 deliver into it, or leave `maildir` out. Nothing was started.",
                self.maildir.display()
            );
        }
        Ok(Some(self.maildir.clone()))
    }

    /// What machines on one database are to have alike. In this order on all of them: what comes later comes last. Of
    /// processors no account is in it, since secrets stand there.
    pub fn alike(&self) -> Vec<Alike> {
        let processors = self.processors.iter().map(|(id, of)| format!("{id}={}", of.agreement.trim()));
        let alike = |setting, value: String| Alike { setting, value };
        vec![
            alike(MAILS_LEAVE, (!self.smtp.is_empty()).to_string()),
            alike("`smtp`", self.smtp.clone()),
            alike("`address`", self.address.trim_end_matches('/').to_owned()),
            alike("`mail_from`", self.mail_from.clone()),
            alike("`postal_address`", self.postal_address.trim().to_owned()),
            alike("`renditions`", format!("{:?}", self.renditions)),
            alike("`processors`", processors.collect::<Vec<_>>().join(",")),
        ]
    }

    /// The address people reach the site by.
    pub fn address_at(&self, listening: SocketAddr) -> String {
        match self.address.trim_end_matches('/') {
            "" if listening.ip().is_unspecified() => format!("http://localhost:{}", listening.port()),
            "" => format!("http://{listening}"),
            address => address.to_owned(),
        }
    }

    /// Whether the database is shared with other machines.
    pub fn is_embedded(&self) -> bool {
        !self.database.starts_with("postgres")
    }
}

/// Every name there is; the environment may set each.
const NAMES: &[&str] = &[
    "data",
    "listen",
    "address",
    "hosts",
    "database",
    "connections_max",
    "master_key_variable",
    "master_key_command",
    "photos_at_once",
    "renders_at_once",
    "renditions",
    "spare_time",
    "works",
    "built_in_films",
    "films",
    "policies",
    "proxies",
    "country_header",
    "proof",
    "clock_shift",
    "processors",
    "emulators",
    "maildir",
    "inbound_secret_variable",
    "metrics_secret_variable",
    "smtp",
    "smtp_password_variable",
    "mail_from",
    "dkim_selector",
    "dkim_domain",
    "dkim_key_file",
    "postal_address",
    "provenance_certificate_file",
    "provenance_key_file",
    "looks_need_two",
    "log",
    "log_format",
];

/// Whether mails leave: a machine that keeps them would take them away from one that sends them.
pub const MAILS_LEAVE: &str = "whether `smtp` is set";

/// The secret in an environment variable that a setting names; none where it names no variable.
///
/// # Errors
/// When nothing is in it, in one sentence.
pub fn secret_in(
    setting: &str,
    variable: &str,
    environment: impl Fn(&str) -> Option<String>,
) -> anyhow::Result<Option<String>> {
    if variable.is_empty() {
        return Ok(None);
    }
    match environment(variable).filter(|secret| !secret.is_empty()) {
        Some(secret) => Ok(Some(secret)),
        None => bail!(
            "The secret that `{setting}` names is missing: set the environment variable {variable}, or leave \
             `{setting}` out. Nothing was started."
        ),
    }
}

/// The processors of the file with those that the environment names: it may add one and say another agreement, and what
/// else stands in the file stays.
fn with_said(file: Option<toml::Value>, said: toml::Table) -> toml::Value {
    let mut processors = match file {
        Some(toml::Value::Table(processors)) => processors,
        // A mistake, which is told of when all of it is read.
        Some(other) => return other,
        None => toml::Table::new(),
    };
    for (id, said) in said {
        match (processors.remove(&id), said) {
            (Some(toml::Value::Table(mut there)), toml::Value::Table(said)) => {
                there.extend(said);
                processors.insert(id, toml::Value::Table(there));
            }
            (there, said) => {
                processors.insert(id, there.unwrap_or(said));
            }
        }
    }
    toml::Value::Table(processors)
}

/// What stands behind a name: a processor's agreement, if one is said, or an emulator's address.
fn pair(name: &str, text: &str) -> toml::Value {
    match name {
        "processors" if text.is_empty() => toml::Value::Table(toml::Table::new()),
        "processors" => toml::Value::Table(toml::Table::from_iter([("agreement".to_owned(), text.into())])),
        _ => text.into(),
    }
}

/// A value from the environment: numbers and switches as such, lists separated by commas, pairs as `NAME=VALUE`, a
/// command's words separated by spaces or, where one holds a space, as a JSON list.
fn value(name: &str, text: &str) -> anyhow::Result<toml::Value> {
    Ok(match name {
        "connections_max" | "photos_at_once" | "renders_at_once" => match text.trim().parse::<i64>() {
            Ok(number) => number.into(),
            Err(_) => bail!("MINISTUDIO_{} must be a number", name.to_uppercase()),
        },
        "works" | "built_in_films" | "looks_need_two" | "spare_time" => match text.trim() {
            "true" | "1" | "yes" => true.into(),
            "false" | "0" | "no" => false.into(),
            _ => bail!("MINISTUDIO_{} must be true or false", name.to_uppercase()),
        },
        "renditions" => {
            let heights = text.split(',').map(str::trim).filter(|height| !height.is_empty());
            let heights = heights.map(|height| height.parse::<i64>().map(toml::Value::from));
            match heights.collect::<Result<Vec<_>, _>>() {
                Ok(heights) => toml::Value::Array(heights),
                Err(_) => bail!("MINISTUDIO_RENDITIONS must be numbers, separated by commas"),
            }
        }
        "hosts" | "films" | "policies" | "proxies" => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            toml::Value::Array(parts.map(|part| part.to_owned().into()).collect())
        }
        "master_key_command" => {
            let words = match text.trim_start().starts_with('[') {
                true => serde_json::from_str::<Vec<String>>(text).with_context(|| {
                    format!("MINISTUDIO_{} must be words, or a JSON list of them", name.to_uppercase())
                })?,
                false => text.split_whitespace().map(str::to_owned).collect(),
            };
            toml::Value::Array(words.into_iter().map(toml::Value::String).collect())
        }
        "processors" | "emulators" => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            let pairs = parts.map(|part| part.split_once('=').unwrap_or((part, "")));
            toml::Value::Table(pairs.map(|(id, of)| (id.trim().to_owned(), pair(name, of.trim()))).collect())
        }
        _ => text.to_owned().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_states_every_default() {
        let example = include_str!("../../../ministudio.example.toml");
        let stated: toml::Table = example.parse().unwrap();
        let names: Vec<&str> = stated.keys().map(String::as_str).collect();
        let mut known = NAMES.to_vec();
        known.sort_unstable();
        assert_eq!(names, known, "each value is stated once");
        assert_eq!(stated.try_into::<Settings>().unwrap(), Settings::default());
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        std::fs::write(&file, "listen = \"0.0.0.0:80\"\nphotos_at_once = 4\n").unwrap();
        let environment = |name: &str| match name {
            "MINISTUDIO_PHOTOS_AT_ONCE" => Some("7".to_owned()),
            "MINISTUDIO_PROCESSORS" => Some("fal=DPA 7, mux".to_owned()),
            "MINISTUDIO_HOSTS" => Some("a.example, b.example:81".to_owned()),
            _ => None,
        };
        let settings = Settings::read(Some(&file), environment).unwrap();
        assert_eq!(settings.listen, "0.0.0.0:80".parse().unwrap());
        assert_eq!(settings.photos_at_once, 7);
        assert_eq!(settings.hosts, ["a.example", "b.example:81"]);
        let processors: Vec<_> =
            settings.processors.iter().map(|(id, of)| (id.as_str(), of.agreement.as_str())).collect();
        assert_eq!(processors, [("fal", "DPA 7"), ("mux", "")]);
        assert_eq!(settings.address_at("0.0.0.0:80".parse().unwrap()), "http://localhost:80");
    }

    #[test]
    fn the_environment_adds_to_the_processors_of_the_file_and_none_shows_its_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        let text = "[processors.stripe]\nagreement = \"DPA 1\"\nsecret_key = \"canary-1\"\n\
            [processors.mux]\nagreement = \"DPA 2\"\ntoken_id = \"a\"\n\
            [processors.clerk]\nagreement = \"DPA 3\"\n";
        std::fs::write(&file, text).unwrap();
        let environment = |name: &str| match name {
            "MINISTUDIO_PROCESSORS" => Some("stripe=DPA 9, mux, fal=DPA 7".to_owned()),
            "MINISTUDIO_MUX_TOKEN_SECRET" => Some("canary-2".to_owned()),
            _ => None,
        };
        let settings = Settings::read(Some(&file), environment).unwrap();
        let agreements: Vec<_> =
            settings.processors.iter().map(|(id, of)| (id.as_str(), of.agreement.as_str())).collect();
        assert_eq!(agreements, [("clerk", "DPA 3"), ("fal", "DPA 7"), ("mux", "DPA 2"), ("stripe", "DPA 9")]);
        assert_eq!(settings.processors["stripe"].account["secret_key"].as_str(), Some("canary-1"));
        assert_eq!(settings.processors["mux"].account.len(), 2);
        let shown = format!("{settings:?}");
        assert!(shown.contains("secret_key") && shown.contains("DPA 9"), "{shown}");
        assert!(!shown.contains("canary"), "{shown}");
        std::fs::write(&file, "processors = 7\n").unwrap();
        assert!(Settings::read(Some(&file), environment).is_err());
    }

    #[test]
    fn the_keeper_of_the_master_key_is_named_by_its_words() {
        let read = |text: &'static str| {
            Settings::read(None, move |name| {
                (name == "MINISTUDIO_MASTER_KEY_COMMAND").then(|| text.to_owned())
            })
        };
        let words = |text| read(text).unwrap().master_key_command;
        assert_eq!(words("python3  /etc/kms.py --key a"), ["python3", "/etc/kms.py", "--key", "a"]);
        assert_eq!(words("[\"/opt/my kms\", \"a b\"]"), ["/opt/my kms", "a b"]);
        assert!(words(" ").is_empty());
        assert!(read("[\"a").is_err() && read("[1]").is_err());
        let config = read("kms").unwrap().studio("127.0.0.1:80".parse().unwrap());
        assert_eq!(config.master_key, studio::MasterKey::Command(vec!["kms".into()]));
        let both = |name: &str| name.starts_with("MINISTUDIO_MASTER_KEY").then(|| "kms".to_owned());
        assert!(format!("{:#}", Settings::read(None, both).unwrap_err()).contains("not both"));
    }

    #[test]
    fn a_secret_or_a_folder_that_is_named_and_not_there_is_no_empty_one() {
        let environment = |name: &str| match name {
            "FULL" => Some("a secret".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let secret = |variable| secret_in("metrics_secret_variable", variable, environment);
        assert_eq!(secret("").unwrap(), None);
        assert_eq!(secret("FULL").unwrap().as_deref(), Some("a secret"));
        for variable in ["EMPTY", "UNSET"] {
            let said = secret(variable).unwrap_err().to_string();
            assert!(said.contains("`metrics_secret_variable`") && said.contains(variable), "{said}");
        }
        let folder = tempfile::tempdir().unwrap();
        let maildir = |folder: &Path| Settings { maildir: folder.into(), ..Settings::default() }.maildir();
        assert_eq!(maildir(Path::new("")).unwrap(), None);
        assert_eq!(maildir(folder.path()).unwrap().as_deref(), Some(folder.path()));
        let said = maildir(&folder.path().join("nowhere")).unwrap_err().to_string();
        assert!(said.contains("nowhere") && said.contains("`maildir`"), "{said}");
    }

    #[test]
    fn what_machines_have_alike_is_told_apart_by_its_name_and_holds_no_secret() {
        let mut settings = Settings::default();
        let before = settings.alike();
        let names = |settings: &Settings| -> Vec<&str> {
            let pairs = before.iter().zip(settings.alike());
            pairs.filter(|(one, other)| *one != other).map(|(one, _)| one.setting).collect()
        };
        assert!(names(&settings).is_empty());
        settings.address = "https://films.example/".into();
        settings.smtp = "smtps://films@mail.example:465".into();
        assert_eq!(names(&settings), [MAILS_LEAVE, "`smtp`", "`address`"]);
        let account = toml::Table::from_iter([("secret_key".to_owned(), "canary".into())]);
        settings.processors.insert("stripe".into(), Processor { agreement: "DPA 1".into(), account });
        assert_eq!(names(&settings).last(), Some(&"`processors`"));
        assert!(!format!("{:?}", settings.alike()).contains("canary"));
    }

    #[test]
    fn mistakes_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("c.toml");
        std::fs::write(&file, "lisen = \"0.0.0.0:80\"\n").unwrap();
        let error = format!("{:#}", Settings::read(Some(&file), |_| None).unwrap_err());
        assert!(error.contains("lisen"), "{error}");
        let number = |name: &str| (name == "MINISTUDIO_CONNECTIONS_MAX").then(|| "many".to_owned());
        assert!(Settings::read(None, number).is_err());
    }
}
