//! The policy: what the program promises, as data that it runs on.
//!
//! The files are `/policy/<day>/` for each version, and `/policy/classification.toml` for where personal
//! data lies in the program. The build reads them, so a mistake in one does not build; from the newest it
//! makes types ([`kind`], [`processor`], [`purpose`]) and says which may meet ([`MayReceive`], [`MayUse`]).
//! What is shown and done by the policy is worked out in [`derive`] and [`consent`].
//!
//! This crate reads nothing, writes nothing and knows no clock; everything may use it.

pub mod consent;
pub mod derive;
mod format;
mod ids;
mod look;
pub mod marker;
pub mod marketing;
mod personal;
mod policies;
mod switched;

pub use format::*;
pub use ids::{CategoryId, KindId, ProcessorId, PurposeId, RetentionId};
pub use marker::{MayReceive, MayUse, Serves, category, kind, processor, purpose};
pub use personal::Personal;
pub use policies::{Policies, Unusable};
pub use switched::{NotBound, SwitchedOn};
