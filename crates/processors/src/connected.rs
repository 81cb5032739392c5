//! What is connected: for each role the processor that takes it, if one is switched on.

use std::collections::BTreeMap;
use std::sync::Arc;

use egress::Egress;
use object_store::ObjectStore;
use policy::ProcessorId;
use serde::de::DeserializeOwned;

use crate::gcs;
use crate::role::{Analytics, BrowserTag, Check, Erases, Hook, HostedTill, Messenger, SignIn};

/// The processors that are connected, by their roles. Empty: the studio does everything itself.
#[derive(Clone, Default)]
pub struct Connected {
    /// Who deletes what it got; each processor that gets something personal and keeps it.
    pub erases: BTreeMap<ProcessorId, Arc<dyn Erases>>,
    /// Who can be asked whether our account there is good.
    pub checks: BTreeMap<ProcessorId, Arc<dyn Check>>,
    /// What must hold before anything is done.
    pub before_start: Vec<Arc<dyn Check>>,
    /// Where sealed objects are kept; none: in the data folder.
    pub objects: Option<Arc<dyn ObjectStore>>,
    /// Where people can sign in besides.
    pub sign_in: Option<Arc<dyn SignIn>>,
    /// Whose messenger is on our pages; none: our own.
    pub messenger: Option<Arc<dyn Messenger>>,
    /// Where usage of those who agreed is told.
    pub analytics: Vec<Arc<dyn Analytics>>,
    /// What pages may load in the browsers of those who agreed.
    pub tags: Vec<BrowserTag>,
    /// The till with pages of its own; none: the embedded one, which takes no money.
    pub till: Option<Arc<dyn HostedTill>>,
    /// Who paints shots; none: all are drawn.
    pub painter: Option<Arc<dyn crate::role::Painter>>,
    /// Who writes texts about films for the film maker; none: nobody but they.
    pub writer: Option<Arc<dyn crate::role::Writer>>,
    /// Where films are streamed from; none: from here.
    pub streaming: Option<Arc<dyn crate::role::Streaming>>,
    /// Where stills are shown from; none: from here.
    pub stills: Option<Arc<dyn crate::role::Stills>>,
    /// Where a mailing list is kept besides; none: here alone.
    pub lists: Option<Arc<dyn crate::role::Lists>>,
    /// Who tells us things by itself.
    pub hooks: BTreeMap<ProcessorId, Arc<dyn Hook>>,
}

/// What a processor needs to be connected: its account there. A folder of a vendor has one.
pub(crate) trait Account: DeserializeOwned {
    /// The names of its fields; each may stand in the environment instead.
    const FIELDS: &'static [&'static str];

    /// Puts it into its roles.
    ///
    /// # Errors
    /// A sentence that says what to set.
    fn connect(self, egress: &Egress, to: &mut Connected) -> Result<(), String>;
}

/// The fields of a processor's account, as the configuration has them.
pub type Fields = serde_json::Map<String, serde_json::Value>;

/// A processor that this program can connect to.
struct Entry {
    fields: &'static [&'static str],
    connect: fn(Fields, &Egress, &mut Connected) -> Result<(), String>,
}

impl Entry {
    fn of<A: Account>() -> Option<Self> {
        let connect = |fields: Fields, egress: &Egress, to: &mut Connected| {
            let account: A = serde_json::from_value(fields.into()).map_err(|error| error.to_string())?;
            account.connect(egress, to)
        };
        Some(Self { fields: A::FIELDS, connect })
    }
}

/// Which account belongs to which processor.
fn entry(id: ProcessorId) -> Option<Entry> {
    match id {
        ProcessorId::GoogleCloudStorage => Entry::of::<gcs::Account>(),
        ProcessorId::Mux => Entry::of::<crate::mux::Account>(),
        ProcessorId::Imagekit => Entry::of::<crate::imagekit::Account>(),
        ProcessorId::Clerk => Entry::of::<crate::clerk::Account>(),
        ProcessorId::Klaviyo => Entry::of::<crate::klaviyo::Account>(),
        ProcessorId::Intercom => Entry::of::<crate::intercom::Account>(),
        ProcessorId::GoogleAnalytics => Entry::of::<crate::ga::Account>(),
        ProcessorId::Segment => Entry::of::<crate::segment::Account>(),
        ProcessorId::Mixpanel => Entry::of::<crate::mixpanel::Account>(),
        ProcessorId::Contentsquare => Entry::of::<crate::contentsquare::Account>(),
        ProcessorId::Stripe => Entry::of::<crate::stripe::Account>(),
        ProcessorId::Fal => Entry::of::<crate::fal::Account>(),
        ProcessorId::GoogleGemini => Entry::of::<crate::gemini::Account>(),
    }
}

/// The names of the fields that a processor's account can have; `None` when this program does not connect to it.
pub fn fields_of(id: ProcessorId) -> Option<&'static [&'static str]> {
    entry(id).map(|entry| entry.fields)
}

/// Connects processors.
///
/// # Errors
/// For each that cannot be connected a sentence that says what to do.
pub fn connect(accounts: &BTreeMap<ProcessorId, Fields>, egress: &Egress) -> Result<Connected, Vec<String>> {
    let (mut connected, mut wrong) = (Connected::default(), Vec::new());
    for (id, fields) in accounts {
        let Some(entry) = entry(*id) else {
            wrong.push(format!("{id} cannot be switched on: this program does not connect to it"));
            continue;
        };
        if let Err(error) = (entry.connect)(fields.clone(), egress, &mut connected) {
            wrong.push(format!("{id} is half configured: {error}"));
        }
    }
    if wrong.is_empty() { Ok(connected) } else { Err(wrong) }
}
