//! Calls over real HTTP to a stand-in on this machine: what arrives, what is blocked, and what is written down.

mod allowed;
mod blocked;
mod failing;
mod vendor;

use std::sync::{Arc, Mutex};

use egress::{Egress, Limits, Outcome, Receipt, ReceiptError, Receipts, Reroute};
use futures::future::BoxFuture;
use policy::{Files, Personal, Policies, ProcessorId, SwitchedOn, kind};

pub(crate) use vendor::Vendor;

/// A time in the version of 2026-05-22.
pub(crate) const NOW: i64 = 1_790_000_000_000;

/// What is never found in a receipt.
pub(crate) const CANARY: &str = "canary-7f3a";

pub(crate) fn photo() -> Personal<kind::Photo, String> {
    Personal::new(format!("data:image/jpeg;base64,{CANARY}"))
}

/// Receipts in memory.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) receipts: Mutex<Vec<Receipt>>,
    /// As when the disk is full.
    pub(crate) is_full: bool,
}

impl Book {
    /// The one receipt.
    pub(crate) fn only(&self) -> Receipt {
        let receipts = self.receipts.lock().unwrap();
        assert_eq!(receipts.len(), 1, "{receipts:?}");
        assert!(!format!("{receipts:?}").contains(CANARY), "{receipts:?}");
        receipts[0].clone()
    }

    /// What came of the only call.
    pub(crate) fn outcome(&self) -> String {
        self.only().outcome.word().into_owned()
    }
}

impl Receipts for Book {
    fn open<'a>(&'a self, receipt: &'a Receipt) -> BoxFuture<'a, Result<String, ReceiptError>> {
        Box::pin(async move {
            if self.is_full {
                return Err(ReceiptError("the disk is full".into()));
            }
            let mut receipts = self.receipts.lock().unwrap();
            receipts.push(receipt.clone());
            Ok((receipts.len() - 1).to_string())
        })
    }

    fn close<'a>(&'a self, id: &'a str, outcome: &'a Outcome) -> BoxFuture<'a, Result<(), ReceiptError>> {
        Box::pin(async move {
            let mut receipts = self.receipts.lock().unwrap();
            let receipt = &mut receipts[id.parse::<usize>().unwrap()];
            assert_eq!(receipt.outcome, Outcome::Sent, "it was written down before it was sent");
            receipt.outcome = outcome.clone();
            Ok(())
        })
    }
}

/// A way out whose hosts are stood in for by a vendor.
pub(crate) struct Kit {
    pub(crate) egress: Egress,
    pub(crate) book: Arc<Book>,
}

/// Everything that a test may set otherwise.
pub(crate) struct Setting {
    pub(crate) policies: Policies,
    pub(crate) on: Vec<ProcessorId>,
    pub(crate) now_ms: i64,
    pub(crate) limits: Limits,
    pub(crate) book: Book,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            policies: Policies::embedded(),
            on: ProcessorId::ALL.to_vec(),
            now_ms: NOW,
            limits: Limits::default(),
            book: Book::default(),
        }
    }
}

impl Setting {
    pub(crate) fn start(self, vendor: &Vendor) -> Kit {
        let chosen = self.on.iter().map(|id| (*id, Some("signed 2026-05-01".to_owned())));
        let on = SwitchedOn::new(&self.policies, NOW, chosen).unwrap();
        let processors = self.policies.all().iter().flat_map(|policy| policy.processors.clone());
        let hosts = processors.flat_map(|processor| processor.server).map(|host| (host, vendor.address));
        let (book, now_ms) = (Arc::new(self.book), self.now_ms);
        let reroute = Reroute::new(hosts).unwrap();
        let egress =
            Egress::new(self.policies, on, book.clone(), move || now_ms, self.limits, reroute).unwrap();
        Kit { egress, book }
    }
}

/// A later version, with a text of a file replaced.
pub(crate) fn next_version(file: &str, from: &str, to: &str) -> Policies {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policy/2026-05-22");
    let mut files = Files::new();
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            files.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
    for (file, from, to) in
        [("policy.toml", "effective = \"2026-05-22\"", "effective = \"2027-01-01\""), (file, from, to)]
    {
        let text = files.get_mut(file).unwrap();
        assert!(text.contains(from), "{from}");
        *text = text.replacen(from, to, 1);
    }
    Policies::embedded().with([("2027-01-01".to_owned(), files)]).unwrap()
}
