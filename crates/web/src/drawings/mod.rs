//! The site's own illustrations: cut paper as inline SVG, in layers that take their colours from the
//! design tokens (so they change with the theme). Drawings know no request, no words and no data.

mod cut;
mod garden;
mod landscape;
mod small;
mod theatre;

pub(crate) use garden::soil;
pub(crate) use landscape::{edge, landscape, strip};
pub(crate) use small::{bubble, envelope, lantern, logo, lost_snail, photo_and_scissors, playbill, sofa};
pub(crate) use theatre::{house_frame, theatre};
