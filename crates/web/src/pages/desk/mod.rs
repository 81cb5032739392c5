//! `/desk`: for the operator. Figures and what was given up; nothing personal.

pub(crate) mod index;
pub(crate) mod sign_in;
pub(crate) mod try_again;
