//! The other way out: the operator's own mail server, over SMTP with TLS.
//!
//! It is no processor of the policy: the operator runs it, as they run the database. So no guard is asked and no
//! receipt is kept here; the row of the mail says when it was handed over. The connection is opened in this crate
//! all the same, so that there is one place that opens any.
//!
//! One mail a connection. What a server answers may name the person: of it only what an [`Obstacle`] can hold is told on.

use std::error::Error as _;
use std::net::IpAddr;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use reqwest::Url;

use crate::{Obstacle, Reroute};

/// Until there is a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// From the connection to the answer after the last byte.
const PATIENCE: Duration = Duration::from_secs(120);
/// For saying goodbye, which changes nothing.
const GOODBYE: Duration = Duration::from_secs(2);

/// Statuses (RFC 3463, 7505) that say that nobody is at an address: it does not exist or takes no mail at all, or its
/// mailbox has moved or is shut.
const NOBODY_THERE: [&str; 7] = ["5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"];

/// Whether a status says that nobody is there. Every other permanent one is about this one mail, or about who sends
/// it.
pub fn is_about_the_address(status: &str) -> bool {
    NOBODY_THERE.contains(&status)
}

/// When the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    /// From the first byte: `smtps://`.
    Always,
    /// Before anything but the greeting is said: `smtp://`, to another machine.
    StartTls,
    /// Within this machine it need not be.
    WithinThisMachine,
}

/// The operator's mail server.
#[derive(Clone)]
pub struct MailServer {
    host: String,
    port: u16,
    encryption: Encryption,
    login: Option<Credentials>,
    authorities: Vec<Certificate>,
    reroute: Reroute,
    patience: Duration,
}

/// Why a mail server cannot be used as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// No such address.
    #[error(
        "the address of the mail server must read smtps://USER@HOST:465 or smtp://USER@HOST:587, not {0:?}"
    )]
    Address(String),
    /// A password in an address ends in logs and lists of processes.
    #[error("the password of the mail server does not belong into its address")]
    Password,
    /// A user without a password, or the other way round.
    #[error("the mail server needs both a user in its address and a password, or neither")]
    Half,
    /// The certificate is none.
    #[error("the mail server's authority cannot be read")]
    Authority,
}

/// Why a mail was not taken. Nothing personal is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Worth trying again: the server is away, is busy, does not let us in, or broke off. It may have the mail.
    #[error("{0}")]
    Later(Obstacle),
    /// This mail is not taken, now or later, which says nothing against the address.
    #[error("{0}")]
    Never(Obstacle),
    /// Nobody is at the address.
    #[error("{0}")]
    NoSuchAddress(Obstacle),
}

/// How far a conversation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Connecting,
    SigningIn,
    Sender,
    Recipient,
    Message,
}

impl At {
    fn word(self) -> &'static str {
        match self {
            Self::Connecting => "the connection",
            Self::SigningIn => "the sign-in",
            Self::Sender => "the sender",
            Self::Recipient => "the recipient",
            Self::Message => "the message",
        }
    }
}

impl MailServer {
    /// A server by its address; `smtp://` means STARTTLS unless it is within this machine.
    ///
    /// # Errors
    /// See [`Unusable`].
    pub fn new(address: &str, password: Option<String>, reroute: Reroute) -> Result<Self, Unusable> {
        // What stands in it may be a password: only a well-formed rest is told.
        let wrong =
            || Unusable::Address(address.rsplit_once('@').map_or(address, |(_, rest)| rest).to_owned());
        let url = Url::parse(address).map_err(|_| wrong())?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let (encryption, port) = match url.scheme() {
            "smtps" => (Encryption::Always, 465),
            "smtp" if is_this_machine(&host) => (Encryption::WithinThisMachine, 587),
            "smtp" => (Encryption::StartTls, 587),
            _ => return Err(wrong()),
        };
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong());
        }
        if url.password().is_some() {
            return Err(Unusable::Password);
        }
        let user = decoded(url.username()).ok_or_else(wrong)?;
        let login = match (user.is_empty(), password) {
            (true, None) => None,
            (false, Some(password)) => Some(Credentials::new(user, password)),
            _ => return Err(Unusable::Half),
        };
        let port = url.port().unwrap_or(port);
        Ok(Self { host, port, encryption, login, authorities: Vec::new(), reroute, patience: PATIENCE })
    }

    /// The same, trusting one authority more than the machine does (PEM).
    ///
    /// # Errors
    /// When that is no certificate.
    pub fn trusting(mut self, authority: &[u8]) -> Result<Self, Unusable> {
        self.authorities.push(Certificate::from_pem(authority).map_err(|_| Unusable::Authority)?);
        Ok(self)
    }

    /// The same with another patience for a whole mail.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Where it is, to be shown.
    pub fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Hands a finished message over to one address.
    ///
    /// # Errors
    /// See [`NotTaken`].
    pub async fn hand_over(&self, from: &str, to: &str, message: &[u8]) -> Result<(), NotTaken> {
        let to: Address = to.parse().map_err(|_| NotTaken::Never("the recipient is no address".into()))?;
        let from: Address = from.parse().map_err(|_| NotTaken::Later("the sender is no address".into()))?;
        match tokio::time::timeout(self.patience, self.converse(from, to, message)).await {
            Ok(done) => done,
            Err(_) => Err(NotTaken::Later("the mail server did not answer in time".into())),
        }
    }

    async fn converse(&self, from: Address, to: Address, message: &[u8]) -> Result<(), NotTaken> {
        let hello = ClientId::Domain(from.domain().to_owned());
        let mut connection =
            self.connect(&hello).await.map_err(|error| judged(At::Connecting, &error, self.encryption))?;
        let said = self.say(&mut connection, from, to, message).await;
        // Whatever was said stands already.
        let _ = tokio::time::timeout(GOODBYE, connection.abort()).await;
        said.map_err(|(at, error)| match error {
            Said::Answered(error) => judged(at, &error, self.encryption),
            Said::Unable(why) => NotTaken::Never(why.into()),
        })
    }

    async fn connect(&self, hello: &ClientId) -> Result<AsyncSmtpConnection, SmtpError> {
        let tls = || {
            let builder = TlsParameters::builder(self.host.clone());
            let more = self.authorities.iter().cloned();
            more.fold(builder, |builder, authority| builder.add_root_certificate(authority)).build_rustls()
        };
        let at_once = match self.encryption {
            Encryption::Always => Some(tls()?),
            Encryption::StartTls | Encryption::WithinThisMachine => None,
        };
        let timeout = Some(CONNECT_TIMEOUT);
        #[expect(clippy::disallowed_methods, reason = "this is the one client that all mail goes through")]
        let mut connection = match self.reroute.of(&self.host) {
            Some(at) => AsyncSmtpConnection::connect_tokio1(at, timeout, hello, at_once, None).await?,
            None => {
                let at = (self.host.as_str(), self.port);
                AsyncSmtpConnection::connect_tokio1(at, timeout, hello, at_once, None).await?
            }
        };
        if self.encryption == Encryption::StartTls {
            // An error where the server does not offer it: nothing is said in the clear.
            if let Err(error) = connection.starttls(tls()?, hello).await {
                connection.abort().await;
                return Err(error);
            }
        }
        Ok(connection)
    }

    async fn say(
        &self,
        connection: &mut AsyncSmtpConnection,
        from: Address,
        to: Address,
        message: &[u8],
    ) -> Result<(), (At, Said)> {
        let answered = |at| move |error| (at, Said::Answered(error));
        if let Some(login) = &self.login {
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&mechanisms, login).await.map_err(answered(At::SigningIn))?;
        }
        let beyond_ascii = [&from, &to].iter().any(|address| !AsRef::<str>::as_ref(*address).is_ascii());
        let mut parameters = Vec::new();
        if beyond_ascii || !message.is_ascii() {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err((At::Recipient, Said::Unable("the mail server takes no addresses beyond ASCII")));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        connection.command(Mail::new(Some(from), parameters)).await.map_err(answered(At::Sender))?;
        connection.command(Rcpt::new(to, Vec::new())).await.map_err(answered(At::Recipient))?;
        connection.command(Data).await.map_err(answered(At::Message))?;
        connection.message(message).await.map_err(answered(At::Message))?;
        Ok(())
    }
}

/// What came of a part of a conversation.
enum Said {
    Answered(SmtpError),
    Unable(&'static str),
}

/// What an answer means for the mail.
fn judged(at: At, error: &SmtpError, encryption: Encryption) -> NotTaken {
    let Some(code) = error.status().map(u16::from) else {
        let why = match at {
            At::Connecting if error.is_client() && encryption == Encryption::StartTls => {
                "the mail server offers no STARTTLS, and nothing is sent to another machine without"
            }
            _ if error.is_tls() => "the mail server's TLS cannot be trusted",
            At::SigningIn if error.is_client() => "the mail server offers no way to sign in that we know",
            At::Connecting => "the mail server is out of reach",
            _ => "the mail server broke off",
        };
        return NotTaken::Later(why.into());
    };
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    let why = Obstacle::answered(at.word(), code, &text);
    match at {
        _ if !error.is_permanent() => NotTaken::Later(why),
        // Whether we may send at all is between us and the server: the operator's to put right.
        At::Connecting | At::SigningIn | At::Sender => NotTaken::Later(why),
        At::Recipient if code / 10 == 53 => NotTaken::Later(why),
        At::Recipient | At::Message if why.is_about_the_address() => NotTaken::NoSuchAddress(why),
        At::Recipient | At::Message => NotTaken::Never(why),
    }
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Undoes `%40`.
fn decoded(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(address: &str, password: Option<&str>) -> Result<MailServer, Unusable> {
        MailServer::new(address, password.map(str::to_owned), Reroute::default())
    }

    #[test]
    fn another_machine_is_only_spoken_to_in_private() {
        let encryption = |address| server(address, None).unwrap().encryption;
        assert_eq!(encryption("smtps://mail.example.org"), Encryption::Always);
        assert_eq!(encryption("smtps://localhost:465"), Encryption::Always);
        for other in ["smtp://mail.example.org:587", "smtp://192.0.2.7", "smtp://localhost.example.org:25"] {
            assert_eq!(encryption(other), Encryption::StartTls, "{other}");
        }
        for this in ["smtp://127.0.0.1:25", "smtp://[::1]:25", "smtp://localhost:1025"] {
            assert_eq!(encryption(this), Encryption::WithinThisMachine, "{this}");
        }
        assert_eq!(server("smtp://mail.example.org", None).unwrap().place(), "mail.example.org:587");
    }

    #[test]
    fn half_an_address_is_none() {
        assert!(server("smtps://hello%40example.org@mail.example.org", Some("secret")).is_ok());
        for wrong in ["mail.example.org", "https://mail.example.org", "smtp://", "smtp://a.example/path"] {
            assert!(matches!(server(wrong, None), Err(Unusable::Address(_))), "{wrong}");
        }
        let in_it = server("smtp://anna:secret@mail.example.org", None).err().unwrap();
        assert_eq!(in_it, Unusable::Password);
        assert_eq!(server("smtp://anna@mail.example.org", None).err(), Some(Unusable::Half));
        assert_eq!(server("smtp://mail.example.org", Some("secret")).err(), Some(Unusable::Half));
    }

    #[test]
    fn few_statuses_say_that_nobody_is_there() {
        for status in NOBODY_THERE {
            assert!(is_about_the_address(status), "{status}");
        }
        for status in ["", "4.1.1", "5.0.0", "5.1.4", "5.1.7", "5.1.8", "5.1.11", "5.2.2", "5.4.1", "5.7.1"] {
            assert!(!is_about_the_address(status), "{status}");
        }
    }

    const TO: (&str, &str) = ("films@example.org", "anna@example.net");

    /// A server that is another machine by its name, and is this one on the wire.
    fn elsewhere(server: &mail_server::MailServer, scheme: &str) -> MailServer {
        let hosts = [(mail_server::NAME.to_owned(), server.address())];
        let address = format!("{scheme}://films@{}", mail_server::NAME);
        MailServer::new(&address, Some("secret".into()), Reroute::new(hosts).unwrap()).unwrap()
    }

    #[tokio::test]
    async fn without_starttls_nothing_is_said_to_another_machine() {
        let server = mail_server::MailServer::plain();
        let said = elsewhere(&server, "smtp").hand_over(TO.0, TO.1, b"Subject: a\r\n\r\nb\r\n").await;
        let Err(NotTaken::Later(why)) = said else { panic!("{said:?}") };
        assert!(why.to_string().contains("STARTTLS"), "{why}");
        assert!(server.taken().is_empty());
        let heard = server.heard();
        assert!(heard.iter().all(|line| line.starts_with("EHLO") || line == "QUIT"), "{heard:?}");
    }

    #[tokio::test]
    async fn with_tls_it_is_taken_from_whom_the_server_knows() {
        for (server, scheme) in [
            (mail_server::MailServer::with_starttls(), "smtp"),
            (mail_server::MailServer::with_tls(), "smtps"),
        ] {
            let stranger = elsewhere(&server, scheme).hand_over(TO.0, TO.1, b"a: b\r\n\r\nc\r\n").await;
            assert!(matches!(stranger, Err(NotTaken::Later(_))), "its certificate is nobody's: {stranger:?}");
            assert!(server.taken().is_empty());
            let known = elsewhere(&server, scheme).trusting(mail_server::AUTHORITY).unwrap();
            assert_eq!(known.hand_over(TO.0, TO.1, b"a: b\r\n\r\n.c\r\n").await, Ok(()), "{scheme}");
            let taken = server.taken();
            assert!(taken[0].encrypted && taken[0].login.is_some());
            assert!(taken[0].message.starts_with(b"a: b\r\n\r\n.c\r\n"));
            server.set(mail_server::Mood::NoEntry);
            let no_entry = known.hand_over(TO.0, TO.1, b"a: b\r\n\r\nc\r\n").await;
            assert!(matches!(no_entry, Err(NotTaken::Later(_))), "a wrong password loses no mail");
        }
    }
}
