//! The processors of the policy as real HTTP servers on this machine. Each holds every request against its vendor's
//! contract (an unknown field, a wrong type or a missing header is answered with the vendor's own error), keeps
//! state, sends signed webhooks, and misbehaves on command.
//!
//! They know the contracts alone, and nothing of the adapters: what both got wrong in the same way would be found
//! by nobody.

pub mod all;
pub mod clerk;
pub mod contentsquare;
mod contract;
pub mod fal;
mod frame;
pub mod ga;
pub mod gcs;
pub mod gemini;
pub mod imagekit;
pub mod intercom;
mod kit;
pub mod klaviyo;
pub mod mixpanel;
pub mod mux;
pub mod segment;
pub mod stripe;
mod tags;

pub use contract::{Field, Is, check};
pub use frame::{Asked, Emulator, Mood};
pub use kit::Hook;
