//! `/account`: the account's own page (`profile`) and those that lead on from there: how one signs in (`passkeys`,
//! `service`, `places`) and under which address (`address`), what was paid (`orders`), and what people can do with what
//! we have of them (`export`, `access`, `restriction`, `leave`).

pub(crate) mod access;
pub(crate) mod address;
pub(crate) mod export;
pub(crate) mod leave;
pub(crate) mod orders;
pub(crate) mod passkeys;
pub(crate) mod places;
pub(crate) mod profile;
pub(crate) mod restriction;
pub(crate) mod service;
