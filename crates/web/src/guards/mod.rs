//! What stands before every page: host, origin, headers, who may come in.

mod audience;
mod headers;
mod host;
mod language_path;
mod origin;

pub use audience::Audience;
pub(crate) use audience::admit;
pub(crate) use headers::{Preview, security_headers};
pub(crate) use host::known_host;
pub(crate) use language_path::language_in_path;
pub(crate) use origin::same_origin;
