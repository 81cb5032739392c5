//! Uploads of all kinds, moving pictures, and processes that try to break out, through the real decoding process.

mod clips;
mod make;
mod sandbox;
mod uploads;
