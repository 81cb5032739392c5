//! The pages, one file a page or action, named as the site map names them.

pub(crate) mod account;
pub(crate) mod create;
pub(crate) mod desk;
pub(crate) mod films;
pub(crate) mod health;
pub(crate) mod home;
pub(crate) mod library;
pub(crate) mod minitube;
pub(crate) mod outbox;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod sign_up;
