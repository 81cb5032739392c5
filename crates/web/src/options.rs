//! What the web layer has to be told by whoever starts it.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use studio::accounts::PasskeySite;

/// How the pages are served. Everything else the web layer learns from `studio`.
#[derive(Clone, Debug)]
pub struct WebOptions {
    /// The address under which visitors reach us, without a slash at the end, such as
    /// `http://127.0.0.1:8080`. With `https` cookies are `Secure` and HSTS is sent.
    pub public_url: String,
    /// The embedded default: one machine, no accounts elsewhere. Requests for other host names than
    /// ours are refused (DNS rebinding), and mails may be shown at `/outbox`.
    pub embedded: bool,
    /// Whether the server listens on a loopback address only. `/outbox` exists only then.
    pub loopback: bool,
    /// Further host names (with port, if it is not the scheme's own) under which embedded mode answers.
    pub hosts: Vec<String>,
    /// Proxies in front of us whose word counts: about the visitor's address and country.
    pub proxies: Vec<IpAddr>,
    /// The header in which they name the country, as two letters. Empty: they do not.
    pub country_header: String,
    /// The results of the last run of the promises' tests, as `cargo xtask prove` writes them.
    pub proof: PathBuf,
    /// For trials: what stands in for hosts of processors on this machine, by their names.
    pub emulated: BTreeMap<String, SocketAddr>,
}

impl WebOptions {
    /// As a server on this machine, for tests and trials.
    pub fn local(public_url: impl Into<String>) -> Self {
        Self {
            public_url: public_url.into(),
            embedded: true,
            loopback: true,
            hosts: Vec::new(),
            proxies: Vec::new(),
            country_header: String::new(),
            proof: PathBuf::new(),
            emulated: BTreeMap::new(),
        }
    }

    /// Whether visitors reach us through TLS.
    pub fn secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Whether visitors can only come through a proxy on this machine, and none is named whose word about them counts.
    pub fn lacks_proxies(&self) -> bool {
        self.loopback && !self.is_named_here() && self.proxies.is_empty()
    }

    /// The site as passkeys know it, for a request to `host`: its id and its origin. They belong to a name, never to
    /// an address in digits; on this machine that is `localhost`.
    pub(crate) fn passkey_site(&self, host: &str) -> Option<PasskeySite> {
        let public = origin(&self.public_url);
        let name = without_port(public.split("://").nth(1).unwrap_or_default());
        let in_digits = name.starts_with('[') || name.parse::<std::net::Ipv4Addr>().is_ok();
        if !in_digits && (public.starts_with("https://") || name == "localhost") {
            return Some(PasskeySite { id: name.to_owned(), origin: public });
        }
        (self.loopback && without_port(host).eq_ignore_ascii_case("localhost"))
            .then(|| PasskeySite { id: "localhost".to_owned(), origin: origin(&format!("http://{host}")) })
    }

    /// Whether the address under which visitors reach us is this very machine's.
    pub(crate) fn is_named_here(&self) -> bool {
        is_here(without_port(self.public_url.split("://").nth(1).unwrap_or_default()))
    }

    /// Whether `host`, as the request names it, is one of our names.
    pub(crate) fn answers_to(&self, host: &str) -> bool {
        if !self.embedded {
            return true;
        }
        let bare = without_port(host);
        let public = self.public_url.split("://").nth(1).unwrap_or_default();
        is_here(bare)
            || host.eq_ignore_ascii_case(public)
            || bare.eq_ignore_ascii_case(without_port(public))
            || self
                .hosts
                .iter()
                .any(|known| known.eq_ignore_ascii_case(host) || known.eq_ignore_ascii_case(bare))
    }
}

/// An address as browsers name its origin: in small letters, and without the port that is the scheme's own.
fn origin(address: &str) -> String {
    let address = address.to_lowercase();
    let own = if address.starts_with("https://") { ":443" } else { ":80" };
    address.strip_suffix(own).unwrap_or(&address).to_owned()
}

fn is_here(name: &str) -> bool {
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

fn without_port(host: &str) -> &str {
    match host.rfind(':') {
        Some(colon) if !host.ends_with(']') => &host[..colon],
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embedded(public_url: &str) -> WebOptions {
        WebOptions { hosts: vec!["attic.local".into()], ..WebOptions::local(public_url) }
    }

    #[test]
    fn embedded_mode_answers_only_to_its_own_names() {
        let options = embedded("http://127.0.0.1:8080");
        for ours in ["127.0.0.1:8080", "localhost:8080", "localhost", "[::1]:8080", "attic.local:8080"] {
            assert!(options.answers_to(ours), "{ours}");
        }
        for theirs in ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", ""] {
            assert!(!options.answers_to(theirs), "{theirs}");
        }
    }

    #[test]
    fn passkeys_belong_to_a_name() {
        let at = |url: &str, host: &str| {
            embedded(url).passkey_site(host).map(|site| format!("{} {}", site.id, site.origin))
        };
        let large = Some("films.example https://films.example".to_owned());
        assert_eq!(at("https://films.example", "anything.example"), large, "the request does not choose");
        for same in ["https://Films.Example", "https://films.example:443", "HTTPS://FILMS.example:443"] {
            assert_eq!(at(same, "films.example"), large, "as the browser names it: {same}");
        }
        let port = Some("films.example https://films.example:8443".to_owned());
        assert_eq!(at("https://Films.example:8443", "films.example"), port);
        assert_eq!(at("http://films.example", "films.example"), None, "never without TLS");
        assert_eq!(at("http://127.0.0.1:8080", "127.0.0.1:8080"), None);
        assert_eq!(at("https://192.0.2.1", "192.0.2.1"), None);
        let local = Some("localhost http://localhost:8080".to_owned());
        assert_eq!(at("http://127.0.0.1:8080", "localhost:8080"), local);
        assert_eq!(at("http://localhost:8080", "localhost:8080"), local);
        assert_eq!(at("http://127.0.0.1:8080", "Localhost:8080"), local);
        let plain = Some("localhost http://localhost".to_owned());
        assert_eq!(at("http://127.0.0.1:80", "localhost:80"), plain);
    }

    #[test]
    fn tls_is_known_from_the_public_address() {
        assert!(embedded("https://films.example").secure());
        assert!(!embedded("http://127.0.0.1:8080").secure());
    }
}
