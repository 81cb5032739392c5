//! Who knocks, as far as limits are concerned.

/// The network address a request came from, as text. It is used to count attempts, as a keyed
/// hash, and stored nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client(pub String);

impl Client {
    /// What to count by, where it is this client and something else together.
    pub(crate) fn with(&self, other: &[u8]) -> Vec<u8> {
        [self.0.as_bytes(), b"\0", other].concat()
    }

    /// A client by its address; an IPv6 address counts by its /64, which one household has.
    pub fn at(address: std::net::IpAddr) -> Self {
        Self(match address.to_canonical() {
            std::net::IpAddr::V4(v4) => v4.to_string(),
            std::net::IpAddr::V6(v6) => format!("{:x?}", &v6.segments()[..4]),
        })
    }
}
