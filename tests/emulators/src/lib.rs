//! The processors of the policy as real HTTP servers on this machine. Each holds every request against its vendor's
//! contract (an unknown field, a wrong type or a missing header is answered with the vendor's own error), keeps
//! state, sends signed webhooks, and misbehaves on command.
//!
//! They know the contracts alone, and nothing of the adapters: what both got wrong in the same way would be found
//! by nobody.

mod contract;
mod frame;
pub mod stripe;

pub use contract::{Field, Is, check};
pub use frame::{Asked, Emulator, Mood};
