//! What is connected: for each role the processor that takes it, if one is switched on.

use std::collections::BTreeMap;
use std::sync::Arc;

use egress::Egress;
use object_store::ObjectStore;
use policy::ProcessorId;
use serde::de::value::Error as NotRead;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

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

/// What a processor needs to be connected: its account there, a struct of typed fields; each may stand in the environment
/// instead. A folder of a vendor has one.
pub(crate) trait Account: DeserializeOwned {
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
    fn of<A: Account>() -> Self {
        let connect = |fields: Fields, egress: &Egress, to: &mut Connected| {
            let account: A = serde_json::from_value(fields.into()).map_err(|error| error.to_string())?;
            account.connect(egress, to)
        };
        Self { fields: names::<A>(), connect }
    }
}

/// The names of a struct's fields.
fn names<A: DeserializeOwned>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // Nothing is read: it only has to say what it would read.
    let _ = A::deserialize(Names(&mut names));
    names
}

/// What a struct is asked through for the names of its fields: serde's derive tells them to whatever it reads from.
struct Names<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = NotRead;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, NotRead> {
        *self.0 = fields;
        Err(NotRead::custom("nothing is read"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NotRead> {
        Err(NotRead::custom("no struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Which account belongs to which processor.
fn entry(id: ProcessorId) -> Entry {
    match id {
        ProcessorId::GoogleCloudStorage => Entry::of::<crate::gcs::Account>(),
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

/// The names of the fields that a processor's account can have.
pub fn fields_of(id: ProcessorId) -> &'static [&'static str] {
    entry(id).fields
}

/// Connects processors.
///
/// # Errors
/// For each that cannot be connected a sentence that says what to do.
pub fn connect(accounts: &BTreeMap<ProcessorId, Fields>, egress: &Egress) -> Result<Connected, Vec<String>> {
    let (mut connected, mut wrong) = (Connected::default(), Vec::new());
    for (id, fields) in accounts {
        if let Err(error) = (entry(*id).connect)(fields.clone(), egress, &mut connected) {
            wrong.push(format!("{id} is half configured: {error}"));
        }
    }
    if wrong.is_empty() { Ok(connected) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[test]
    fn the_fields_of_an_account_are_those_that_it_reads() {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "only its fields are asked for")]
        struct Two {
            one: String,
            #[serde(default, rename = "the_other")]
            other: Option<u32>,
        }
        assert_eq!(names::<Two>(), ["one", "the_other"]);
        assert!(names::<Vec<String>>().is_empty());
        for id in ProcessorId::ALL {
            assert!(!fields_of(*id).is_empty(), "{id} has fields");
        }
        assert!(fields_of(ProcessorId::Stripe).contains(&"webhook_secrets"));
    }
}
