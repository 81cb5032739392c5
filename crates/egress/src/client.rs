//! The client: set up once, with the policy, what is switched on, and where receipts go.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use policy::marker::{Purpose, Serves};
use policy::{Policies, SwitchedOn};
use reqwest::Method;

use crate::retry::CircuitBreaker;
use crate::{Receipts, Request};

/// The way out. Clones share it.
#[derive(Clone)]
pub struct Egress(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    pub(crate) policies: Policies,
    pub(crate) on: SwitchedOn,
    pub(crate) receipts: Arc<dyn Receipts>,
    pub(crate) now_ms: Box<dyn Fn() -> i64 + Send + Sync>,
    pub(crate) limits: Limits,
    pub(crate) reroute: Reroute,
    pub(crate) breaker: CircuitBreaker,
}

/// Limits of every call; a single call may set its own below them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the first byte out to the last one in.
    pub timeout: Duration,
    /// Until there is a connection.
    pub connect_timeout: Duration,
    /// Largest body out.
    pub request_bytes_max: u64,
    /// Largest body in.
    pub answer_bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            request_bytes_max: 512 << 20,
            answer_bytes_max: 512 << 20,
        }
    }
}

/// Emulators that stand in for hosts: what would go to a host goes to an address of this machine, after all
/// checks. Nothing can be led elsewhere by it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reroute(BTreeMap<String, SocketAddr>);

impl Reroute {
    /// Hosts with what stands in for them.
    ///
    /// # Errors
    /// When an address is not of this machine.
    pub fn new(hosts: impl IntoIterator<Item = (String, SocketAddr)>) -> Result<Self, SetUp> {
        let hosts: BTreeMap<String, SocketAddr> = hosts.into_iter().collect();
        match hosts.values().find(|address| !address.ip().is_loopback()) {
            Some(address) => Err(SetUp::NotLocal(*address)),
            None => Ok(Self(hosts)),
        }
    }

    pub(crate) fn of(&self, host: &str) -> Option<SocketAddr> {
        self.0.get(host).copied()
    }
}

/// Why the client cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetUp {
    /// An emulator may only run on this machine.
    #[error("{0} is no address of this machine: calls to processors are not led elsewhere")]
    NotLocal(SocketAddr),
    /// TLS is not to be had.
    #[error("no outgoing client: {0}")]
    Client(String),
}

impl Egress {
    /// Sets the client up.
    ///
    /// # Errors
    /// When TLS is not to be had.
    pub fn new(
        policies: Policies,
        on: SwitchedOn,
        receipts: Arc<dyn Receipts>,
        now_ms: impl Fn() -> i64 + Send + Sync + 'static,
        limits: Limits,
        reroute: Reroute,
    ) -> Result<Self, SetUp> {
        // Whoever else in the process installed it before installed the same: there is only ring.
        let _ = rustls::crypto::ring::default_provider().install_default();
        #[expect(clippy::disallowed_methods, reason = "this is the one client that all calls go through")]
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(limits.connect_timeout)
            .timeout(limits.timeout)
            .user_agent("ministudio")
            .build()
            .map_err(|error| SetUp::Client(error.to_string()))?;
        // Chance is for spreading waits alone; when the program started is as good as any.
        let breaker = CircuitBreaker::new(now_ms().unsigned_abs());
        let now_ms = Box::new(now_ms);
        Ok(Self(Arc::new(Inner { http, policies, on, receipts, now_ms, limits, reroute, breaker })))
    }

    /// A call to a processor for a purpose.
    ///
    /// The address is a template: `{asset}` is filled in from the field `path.asset`, `{+model}` too but may
    /// have slashes in it. There is no query in it; that is made of the fields that begin with `query.`.
    pub fn to<P: Serves<U>, U: Purpose>(&self, method: Method, address: &'static str) -> Request<P> {
        Request::new(self.clone(), method, address, U::ID)
    }

    /// The time that calls go by, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        (self.0.now_ms)()
    }

    /// What is switched on.
    pub fn on(&self) -> &SwitchedOn {
        &self.0.on
    }
}
