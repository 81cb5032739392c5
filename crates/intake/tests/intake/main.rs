//! Uploads of all kinds, and processes that try to break out, through the real decoding process.

mod make;
mod sandbox;
mod uploads;
