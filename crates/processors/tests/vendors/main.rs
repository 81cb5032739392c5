//! The adapters of the processors over real HTTP, each against its emulator, and every signature and token case of
//! the vendors' contracts.

mod clerk;
mod contentsquare;
mod fal;
mod ga;
mod gcs;
mod gemini;
mod imagekit;
mod intercom;
mod klaviyo;
mod mixpanel;
mod mux;
mod segment;
mod stripe;
mod svix;

use std::net::SocketAddr;
use std::sync::Arc;

use ::egress::{Egress, Limits, Outcome, Receipt, ReceiptError, Receipts, Reroute};
use futures::future::BoxFuture;
use policy::{Policies, ProcessorId, SwitchedOn};

/// A time in the version of the policy of 2026-05-22: 2026-09-21, 14:13:20 (UTC).
pub const NOW_MS: i64 = 1_790_000_000_000;

/// Receipts are looked at by the tests of `egress`.
struct NoBook;

impl Receipts for NoBook {
    fn open<'a>(&'a self, _: &'a Receipt) -> BoxFuture<'a, Result<String, ReceiptError>> {
        Box::pin(async { Ok(String::new()) })
    }

    fn close<'a>(&'a self, _: &'a str, _: &'a Outcome) -> BoxFuture<'a, Result<(), ReceiptError>> {
        Box::pin(async { Ok(()) })
    }
}

/// The way out, with these processors switched on and their hosts led to emulators.
pub fn egress(on: &[ProcessorId], reroute: &[(&str, SocketAddr)]) -> Egress {
    let policies = Policies::embedded();
    let signed = on.iter().map(|id| (*id, Some("signed 2026-05-01".to_owned())));
    let on = SwitchedOn::new(&policies, NOW_MS, signed).expect("processors of the policy");
    let hosts = reroute.iter().map(|(host, address)| ((*host).to_owned(), *address));
    let reroute = Reroute::new(hosts).expect("addresses of this machine");
    Egress::new(policies, on, Arc::new(NoBook), || NOW_MS, Limits::default(), reroute).expect("a client")
}
