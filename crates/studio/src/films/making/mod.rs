//! Making films: shot by shot, from the claim on one to the file of the whole film. What is made for one family
//! ([`shot`]), for all copies ([`shared`]), for all who take the same room ([`sides`]) and in other sizes
//! ([`renditions`]) goes through the same hands: it is planned, claimed, rendered and entered. How a film is watched is
//! not known here.

pub(super) mod claim;
mod complete;
pub(super) mod elsewhere;
mod fail;
pub(super) mod finish;
pub(super) mod plan;
mod render;
pub(super) mod renderer;
pub(super) mod renditions;
pub(super) mod shared;
pub(super) mod shot;
pub(super) mod sides;
pub(super) mod to_do;
