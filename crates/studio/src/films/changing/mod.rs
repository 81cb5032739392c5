//! What happens to a film after it was ordered: its names are corrected, shots of it are made again, it is deleted.

pub(crate) mod again;
pub(super) mod correct;
mod delete;
