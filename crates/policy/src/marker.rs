//! What may go where, as types: each category, kind of data, purpose and processor of the policy is a type,
//! and what the policy allows is a trait between two of them. All of it is generated; nobody else can add.

use crate::ids::{CategoryId, KindId, ProcessorId, PurposeId};

/// Only this crate makes markers.
mod sealed {
    pub trait Sealed {}
}
use sealed::Sealed;

/// Something that the policy names, as a type.
pub trait Named: Sealed {
    /// What names it in the policy.
    type Id;
    /// Its id.
    const ID: Self::Id;
}

/// A category of personal data.
pub trait Category: Named<Id = CategoryId> {}
impl<T: Named<Id = CategoryId>> Category for T {}

/// A purpose.
pub trait Purpose: Named<Id = PurposeId> {}
impl<T: Named<Id = PurposeId>> Purpose for T {}

/// A processor.
pub trait Processor: Named<Id = ProcessorId> {}
impl<T: Named<Id = ProcessorId>> Processor for T {}

/// A kind of personal data.
pub trait Kind: Named<Id = KindId> {
    /// The category that it belongs to.
    type Category: Category;
}

/// The policy lets this processor receive that kind of data.
#[diagnostic::on_unimplemented(
    message = "the policy does not let `{Self}` receive `{K}`",
    label = "not in this processor's `fields`",
    note = "what a processor may receive stands in the newest `policy/*/processors.toml`"
)]
pub trait MayReceive<K: Kind>: Processor {}

/// The policy lets that kind of data be used for this purpose.
#[diagnostic::on_unimplemented(
    message = "the policy does not let `{K}` be used for `{Self}`",
    label = "not a category of this purpose",
    note = "what is used for which purpose stands in the newest `policy/*/purposes.toml`"
)]
pub trait MayUse<K: Kind>: Purpose {}

/// The policy names this processor for that purpose.
#[diagnostic::on_unimplemented(
    message = "the policy does not use `{Self}` for `{P}`",
    label = "not among this processor's `purposes`",
    note = "what a processor is used for stands in the newest `policy/*/processors.toml`"
)]
pub trait Serves<P: Purpose>: Processor {}

macro_rules! mark {
    ($name:ident, $id:ident, $doc:literal) => {
        #[doc = concat!($doc, ".")]
        #[derive(Debug, Clone, Copy)]
        pub enum $name {}
        impl super::Sealed for $name {}
        impl super::Named for $name {
            type Id = crate::ids::$id;
            const ID: Self::Id = crate::ids::$id::$name;
        }
    };
}
use mark;

include!(concat!(env!("OUT_DIR"), "/markers.rs"));
