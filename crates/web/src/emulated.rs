//! For trials: hosts of processors that are stood in for on this machine. Their addresses are led there on our pages, as
//! they are on the way out, and the pages' Content-Security-Policy lets them in.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::options::WebOptions;

/// The hosts that are stood in for. Usually none: then every address stays as it is.
#[derive(Clone, Copy)]
pub(crate) struct Emulated<'a>(&'a BTreeMap<String, SocketAddr>);

impl WebOptions {
    /// What stands in for hosts of processors.
    pub(crate) fn emulators(&self) -> Emulated<'_> {
        Emulated(&self.emulated)
    }
}

impl Emulated<'_> {
    /// An address of a processor, led to what stands in for its host.
    pub(crate) fn url(&self, address: &str) -> String {
        let Some((host, rest)) = parts(address) else { return address.to_owned() };
        match self.0.get(host) {
            Some(at) => format!("http://{at}{rest}"),
            None => address.to_owned(),
        }
    }

    /// A source of a Content-Security-Policy, with what stands in for the hosts that it names.
    pub(crate) fn sources(&self, source: &str) -> Vec<String> {
        let mut sources = vec![source.to_owned()];
        let Some((named, _)) = parts(source) else { return sources };
        let fits = |host: &str| match named.strip_prefix('*') {
            Some(ending) => host.ends_with(ending),
            None => host == named,
        };
        let stand_ins = self.0.iter().filter(|(host, _)| fits(host));
        sources.extend(stand_ins.map(|(_, at)| format!("http://{at}")));
        sources
    }
}

/// The host of an address, and what comes after it.
fn parts(address: &str) -> Option<(&str, &str)> {
    let rest = address.strip_prefix("https://")?;
    Some(rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_that_are_stood_in_for_are_led_elsewhere() {
        let none = WebOptions::local("http://127.0.0.1:8080");
        let address = "https://cdn.example/a.js?id=1";
        assert_eq!(none.emulators().url(address), address);
        assert_eq!(none.emulators().sources("https://*.example"), ["https://*.example"]);

        let emulated = [("cdn.example", "127.0.0.1:7001"), ("stream.example", "127.0.0.1:7002")];
        let emulated = emulated.map(|(host, at)| (host.to_owned(), at.parse::<SocketAddr>().unwrap()));
        let some = WebOptions { emulated: emulated.into(), ..none };
        assert_eq!(some.emulators().url(address), "http://127.0.0.1:7001/a.js?id=1");
        assert_eq!(some.emulators().url("https://cdn.example"), "http://127.0.0.1:7001");
        for other in ["https://cdn.example.evil/a.js", "http://cdn.example/", "cdn.example", "/films"] {
            assert_eq!(some.emulators().url(other), other);
        }
        let all = ["https://*.example", "http://127.0.0.1:7001", "http://127.0.0.1:7002"];
        assert_eq!(some.emulators().sources("https://*.example"), all);
        assert_eq!(some.emulators().sources("https://cdn.example"), ["https://cdn.example", all[1]]);
        assert_eq!(some.emulators().sources("blob:"), ["blob:"]);
    }
}
