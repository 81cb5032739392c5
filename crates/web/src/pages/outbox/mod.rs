//! `/outbox`: the mails that were written, in the embedded size, for whoever sits at this machine.

pub(crate) mod index;
pub(crate) mod mail;
