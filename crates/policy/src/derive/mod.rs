//! What follows from the policy: pure functions of a version, of what is switched on, and of what was
//! decided. Nothing here is written down a second time elsewhere.

pub mod browser;
pub mod csp;
pub mod erasure;
pub mod export;
pub mod record;
pub mod retention;
pub mod unclassified;
