//! `/watch/{token}`: a film that its owner shares by a link, for whoever has that link. The page asks for the password
//! where there is one; its film and captions lie at addresses that hold a pass of some hours instead of the link's own
//! secret. Nothing leads from here to what else is the family's.

pub(crate) mod captions;
pub(crate) mod door;
pub(crate) mod film;
