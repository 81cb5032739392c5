//! The site as visitors meet it: the real studio on a fresh SQLite file, the real router, no browser.
//! The modules mirror the site map.

mod account;
mod campaigns;
mod create;
mod desk;
mod errors;
mod films;
mod gifts;
mod kit;
mod library;
mod messenger;
mod metrics;
mod minitube;
mod outbox;
mod outside;
mod security;
mod service;
mod shares;
mod sign_in;
mod tags;
mod till;
mod words;
