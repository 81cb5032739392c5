//! A mail server for tests: speaks SMTP on a port of this machine, keeps what it gets and misbehaves when told to. As
//! many do, it repeats the address when it says no.
//!
//! A thread a conversation, so that it runs in every test, whatever that runs on.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The authority that vouches for the server's certificate.
pub const AUTHORITY: &[u8] = include_bytes!("../keys/authority.pem");
/// The name in the certificate.
pub const NAME: &str = "mail.example.org";
/// A key to sign mails with, RSA.
pub const DKIM_RSA: &str = include_str!("../keys/dkim-rsa.pem");
/// Its public half, as base64.
pub const DKIM_RSA_PUBLIC: &str = include_str!("../keys/dkim-rsa.pub");
/// A key to sign mails with, Ed25519.
pub const DKIM_ED25519: &str = include_str!("../keys/dkim-ed25519.pem");
/// Its public half, as base64.
pub const DKIM_ED25519_PUBLIC: &str = include_str!("../keys/dkim-ed25519.pub");

/// How the server misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    /// It does not.
    #[default]
    Good,
    /// It turns everybody away at the door, for now.
    Closing,
    /// It cannot take the recipient just now.
    Busy,
    /// It knows no such recipient.
    Unknown,
    /// It does not relay for us.
    NoRelay,
    /// It takes the mail and dies before it says so.
    CutAfterData,
    /// It does not want what is written.
    Disliked,
    /// It does not believe the password.
    NoEntry,
    /// It says nothing for a long time.
    Slow,
}

/// A mail that the server took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipient.
    pub to: String,
    /// Whether it came encrypted.
    pub encrypted: bool,
    /// User and password, when it was sent signed in.
    pub login: Option<String>,
    /// The message, as it was before it was made fit for the wire.
    pub message: Vec<u8>,
}

#[derive(Default)]
struct Known {
    mood: Mood,
    taken: Vec<Taken>,
    heard: Vec<String>,
}

/// The server. It answers until the test program ends.
pub struct MailServer {
    address: SocketAddr,
    known: Arc<Mutex<Known>>,
}

impl MailServer {
    /// One without TLS.
    #[must_use]
    pub fn plain() -> Self {
        Self::start(None, false)
    }

    /// One that offers STARTTLS.
    #[must_use]
    pub fn with_starttls() -> Self {
        Self::start(Some(certified()), false)
    }

    /// One that is encrypted from the first byte.
    #[must_use]
    pub fn with_tls() -> Self {
        Self::start(Some(certified()), true)
    }

    fn start(tls: Option<Arc<ServerConfig>>, at_once: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let known = Arc::<Mutex<Known>>::default();
        let shared = Arc::clone(&known);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (known, tls) = (Arc::clone(&shared), tls.clone());
                // A conversation that breaks off is what some tests are about.
                std::thread::spawn(move || drop(greet(stream, &known, tls, at_once)));
            }
        });
        Self { address, known }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Misbehaves like this from now on.
    pub fn set(&self, mood: Mood) {
        lock(&self.known).mood = mood;
    }

    /// What it took, oldest first.
    #[must_use]
    pub fn taken(&self) -> Vec<Taken> {
        lock(&self.known).taken.clone()
    }

    /// The commands that it heard, those before TLS too.
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        lock(&self.known).heard.clone()
    }
}

fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

fn certified() -> Arc<ServerConfig> {
    let chain = vec![CertificateDer::from_pem_slice(include_bytes!("../keys/server.pem")).expect("PEM")];
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../keys/server.key")).expect("PEM");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_no_client_auth().with_single_cert(chain, key);
    Arc::new(config.expect("a certificate with its key"))
}

trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

fn greet(
    stream: TcpStream,
    known: &Mutex<Known>,
    tls: Option<Arc<ServerConfig>>,
    at_once: bool,
) -> std::io::Result<()> {
    let encrypted = |stream: TcpStream, config: Arc<ServerConfig>| -> std::io::Result<Box<dyn Wire>> {
        let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
        Ok(Box::new(StreamOwned::new(connection, stream)))
    };
    let mood = lock(known).mood;
    match (tls, at_once) {
        (Some(tls), true) => {
            talk(&mut BufReader::new(encrypted(stream, tls)?), known, false, true, mood).map(drop)
        }
        (Some(tls), false) => {
            let clear: Box<dyn Wire> = Box::new(stream.try_clone()?);
            if talk(&mut BufReader::new(clear), known, true, false, mood)? {
                serve(&mut BufReader::new(encrypted(stream, tls)?), known, false, true, mood)?;
            }
            Ok(())
        }
        (None, _) => {
            let clear: Box<dyn Wire> = Box::new(stream);
            talk(&mut BufReader::new(clear), known, false, false, mood).map(drop)
        }
    }
}

type Line<'a> = &'a mut BufReader<Box<dyn Wire>>;

fn answer(wire: Line<'_>, text: &str) -> std::io::Result<()> {
    wire.get_mut().write_all(format!("{text}\r\n").as_bytes())?;
    wire.get_mut().flush()
}

fn read(wire: Line<'_>) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    Ok((wire.read_until(b'\n', &mut line)? > 0).then_some(line))
}

fn talk(wire: Line<'_>, known: &Mutex<Known>, tls: bool, private: bool, mood: Mood) -> std::io::Result<bool> {
    match mood {
        Mood::Slow => std::thread::sleep(Duration::from_secs(5)),
        Mood::Closing => {
            answer(wire, "421 4.3.2 closing")?;
            return Ok(false);
        }
        _ => {}
    }
    answer(wire, "220 mail.example.org ready")?;
    serve(wire, known, tls, private, mood)
}

/// Whether TLS begins now.
fn serve(
    wire: Line<'_>,
    known: &Mutex<Known>,
    tls: bool,
    private: bool,
    mood: Mood,
) -> std::io::Result<bool> {
    let (mut from, mut to, mut login) = (String::new(), String::new(), None);
    while let Some(line) = read(wire)? {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        lock(known).heard.push(line.clone());
        let command = line.to_ascii_uppercase();
        let within = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        match command.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => {
                answer(wire, "250-mail.example.org")?;
                if tls {
                    answer(wire, "250-STARTTLS")?;
                }
                answer(wire, "250-AUTH PLAIN LOGIN")?;
                answer(wire, "250-SMTPUTF8")?;
                answer(wire, "250 8BITMIME")?;
            }
            "STARTTLS" if tls => {
                answer(wire, "220 go ahead")?;
                return Ok(true);
            }
            "AUTH" if mood == Mood::NoEntry => answer(wire, "535 5.7.8 wrong password")?,
            "AUTH" => {
                login = line.split(' ').nth(2).map(str::to_owned);
                answer(wire, "235 2.7.0 welcome")?;
            }
            "MAIL" => {
                from = within();
                answer(wire, "250 2.1.0 fine")?;
            }
            "RCPT" => {
                to = within();
                answer(
                    wire,
                    &match mood {
                        Mood::Busy => format!("451 4.7.1 <{to}>: try again later"),
                        Mood::Unknown => format!("550 5.1.1 <{to}> no such user here"),
                        Mood::NoRelay => format!("554 5.7.1 <{to}>: relay access denied"),
                        _ => "250 2.1.5 fine".to_owned(),
                    },
                )?;
            }
            "DATA" => {
                answer(wire, "354 go on")?;
                let Some(message) = message(wire)? else { return Ok(false) };
                if mood == Mood::Disliked {
                    answer(wire, &format!("554 5.6.0 not that, and not to {to}"))?;
                    continue;
                }
                let (from, to, login) = (from.clone(), to.clone(), login.clone());
                lock(known).taken.push(Taken { from, to, encrypted: private, login, message });
                if mood == Mood::CutAfterData {
                    return Ok(false);
                }
                answer(wire, "250 2.0.0 taken")?;
            }
            "QUIT" => {
                answer(wire, "221 2.0.0 bye")?;
                return Ok(false);
            }
            _ => answer(wire, "502 5.5.1 what?")?,
        }
    }
    Ok(false)
}

/// A message up to the single dot; `None` when the other side went away before.
fn message(wire: Line<'_>) -> std::io::Result<Option<Vec<u8>>> {
    let mut message = Vec::new();
    while let Some(line) = read(wire)? {
        match line.as_slice() {
            b".\r\n" => return Ok(Some(message)),
            [b'.', rest @ ..] => message.extend_from_slice(rest),
            line => message.extend_from_slice(line),
        }
    }
    Ok(None)
}
