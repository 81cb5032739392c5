//! From an internet address to a country, and no further: this crate can say nothing finer, and keeps
//! nothing of what it was asked.
//!
//! The table is `/countries/country.mmdb`, compiled in.

use std::net::IpAddr;
use std::sync::LazyLock;

use maxminddb::Reader;
use policy::Country;

static TABLE: &[u8] = include_bytes!("../../../countries/country.mmdb");
static READER: LazyLock<Reader<&'static [u8]>> =
    LazyLock::new(|| Reader::from_source(TABLE).expect("a test reads the same table"));

/// The country in which an address is registered. `None` for private, reserved and unknown ones.
pub fn of_address(address: IpAddr) -> Option<Country> {
    #[derive(serde::Deserialize)]
    struct Row<'a> {
        country_code: &'a str,
    }
    let address = address.to_canonical();
    if is_of_nobody(address) {
        return None;
    }
    let found = READER.lookup(address).ok()?;
    Country::parse(found.decode::<Row<'_>>().ok()??.country_code)
}

/// Addresses that mean something only inside a house or a machine: the table knows nothing of them.
fn is_of_nobody(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified(),
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_known_addresses_lie_where_everybody_knows() {
        for (address, code) in [
            ("8.8.8.8", "US"),
            ("91.0.0.1", "DE"),
            ("212.58.244.1", "GB"),
            ("212.27.48.10", "FR"),
            ("80.58.61.250", "ES"),
            ("210.130.0.1", "JP"),
            ("2a01:4f8::1", "DE"),
            ("::ffff:8.8.8.8", "US"),
        ] {
            let found = of_address(address.parse().unwrap());
            assert_eq!(found.map(|country| country.code().to_owned()), Some(code.to_owned()), "{address}");
        }
    }

    #[test]
    fn addresses_of_nobody_lie_nowhere() {
        for address in ["127.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "fe80::1", "0.0.0.0"] {
            assert_eq!(of_address(address.parse().unwrap()), None, "{address}");
        }
    }
}
