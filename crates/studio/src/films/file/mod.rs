//! A film as one file to keep: handing it out, and the mark in it that it is synthetic media. It is put together where
//! films are made.

pub(super) mod download;
pub(super) mod mark;
mod mark_older;
