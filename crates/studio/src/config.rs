//! What can be set from outside, with every default stated.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the master key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MasterKey {
    /// A file, made on the first start.
    File(PathBuf),
    /// The name of an environment variable that holds it.
    Environment(String),
    /// A program that asks a key-management service: its name and the words that are handed to it. The master key
    /// itself never comes here.
    Command(Vec<String>),
}

/// The studio's configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder that holds everything in the embedded size.
    pub data: PathBuf,
    /// `sqlite://…` or `postgres://…`. Default: `studio.sqlite` in the data folder.
    pub database: String,
    /// Connections to the database that may be open at once for reading. Default: 8.
    pub connections_max: u32,
    /// Where the master key comes from. Default: `keys/master.key` in the data folder.
    pub master_key: MasterKey,
    /// The address people reach the site by, without a slash at the end; links in mails begin
    /// with it. Default: `http://127.0.0.1:8080`.
    pub address: String,
    /// The program that decodes uploads in its sandbox. Default: the running program.
    pub decoder: Option<PathBuf>,
    /// Photos that may be looked at at once; each takes about 150 MB. Default: 2.
    pub photos_at_once: usize,
    /// Shots that may be made at once. Default: as many as there are cores.
    pub renders_at_once: usize,
    /// Whether the time in which nobody waits is used: to make what all copies share with more work and fewer bytes, and
    /// what is everyone's of a personal shot, so that later orders build on it. Default: yes.
    pub spare_time: bool,
    /// A Maildir folder from which mails to us are taken. Default: none.
    pub maildir: Option<PathBuf>,
    /// The secret by which a mail server may hand mails in at `/inbound/mail`. Default: none, nobody may.
    pub inbound_secret: Option<String>,
    /// The secret by which figures of the program may be read at `/metrics`. Default: none, nobody may.
    pub metrics_secret: Option<String>,
    /// Where the controller sits, in one line, as it stands under each mail. Default: nothing, and then no mail that
    /// advertises leaves this machine.
    pub postal_address: String,
    /// Who signs the mark in a film's file, that it is synthetic media. Default: a key that the house makes for itself.
    pub provenance: Option<Arc<provenance::Signer>>,
    /// Whether a second person approves a look at what is private. Default: yes.
    pub looks_need_two: bool,
    /// The versions of the policy. Default: those of the program.
    pub policies: policy::Policies,
    /// The processors that are switched on. Default: none.
    pub switched_on: policy::SwitchedOn,
}

impl Config {
    /// The embedded size: everything below one folder.
    pub fn in_folder(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            database: format!("sqlite://{}", data.join("studio.sqlite").display()),
            connections_max: 8,
            master_key: MasterKey::File(data.join("keys/master.key")),
            address: "http://127.0.0.1:8080".into(),
            decoder: None,
            photos_at_once: 2,
            renders_at_once: std::thread::available_parallelism().map_or(2, usize::from),
            spare_time: true,
            maildir: None,
            inbound_secret: None,
            metrics_secret: None,
            postal_address: String::new(),
            provenance: None,
            looks_need_two: true,
            policies: policy::Policies::embedded(),
            switched_on: policy::SwitchedOn::none(),
        }
    }
}
