//! `/desk`: for the operator. Figures and what was given up; nothing personal.

pub(crate) mod campaigns;
pub(crate) mod conversations;
pub(crate) mod enquiries;
pub(crate) mod erasures;
pub(crate) mod index;
pub(crate) mod processing;
pub(crate) mod restrictions;
pub(crate) mod sign_in;
pub(crate) mod try_again;
