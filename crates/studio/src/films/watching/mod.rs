//! Watching films: how far one is ([`view`]), the parts that a player asks for ([`parts`]) and the lists of them
//! ([`playlists`]), and where its owner stopped ([`position`]). How a shot is made is not known here.

pub(super) mod parts;
mod playlists;
mod position;
pub(super) mod view;
