//! The decoding process for photos: shut in, read, decode, answer, end.
//!
//! The answer on the standard output: `MSPX`, the strength of the sandbox in bits, a status, and
//! for status 0 the sides (two little-endian u32) and the RGB pixels.

use crate::sandbox::{self, Strength};
use crate::{Refused, decode, sniff};
use likeness::Photo;
use std::io::{Read, Write};

/// The hidden first argument that makes a program the decoding process.
pub(crate) const ARGUMENT: &str = "__decode-photo";
/// Opens every answer.
const MAGIC: [u8; 4] = *b"MSPX";
/// Magic, strength, status.
const HEAD: usize = 6;

const ACCEPTED: u8 = 0;
const REFUSALS: [(u8, Refused); 6] = [
    (1, Refused::Empty),
    (2, Refused::NotAPicture),
    (3, Refused::TooSmall),
    (4, Refused::Truncated),
    (5, Refused::Damaged),
    (6, Refused::TookTooLong),
];
/// Followed by the megapixels as a little-endian u64.
const TOO_MANY_PIXELS: u8 = 7;

/// The whole life of the decoding process.
pub(crate) fn run() -> ! {
    // Anything a panic would print could hold bytes of the photo.
    std::panic::set_hook(Box::new(|_| {}));
    let strength = sandbox::enter();
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(sniff::BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
    let result = match read {
        Ok(_) => decode_caught(&bytes),
        Err(_) => Err(Refused::Truncated),
    };
    let mut out = std::io::stdout().lock();
    let sent = out.write_all(&head(strength, &result)).and_then(|()| match &result {
        Ok(photo) => out.write_all(&photo.rgb),
        Err(_) => Ok(()),
    });
    let flushed = out.flush();
    std::process::exit(if sent.is_ok() && flushed.is_ok() { 0 } else { 1 })
}

/// Type, limits and pixels; a decoder that panics has met a damaged file.
pub(crate) fn decode_caught(bytes: &[u8]) -> Result<Photo, Refused> {
    let kind = sniff::sniff(bytes)?;
    std::panic::catch_unwind(|| decode::decode(bytes, kind)).unwrap_or(Err(Refused::Damaged))
}

fn head(strength: Strength, result: &Result<Photo, Refused>) -> Vec<u8> {
    let mut head = MAGIC.to_vec();
    head.push(strength.to_bits());
    match result {
        Ok(photo) => {
            head.push(ACCEPTED);
            head.extend(photo.width.to_le_bytes());
            head.extend(photo.height.to_le_bytes());
        }
        Err(Refused::TooManyPixels { megapixels, .. }) => {
            head.push(TOO_MANY_PIXELS);
            head.extend(megapixels.to_le_bytes());
        }
        Err(refused) => {
            let status = REFUSALS.iter().find(|(_, r)| r == refused).map_or(5, |(status, _)| *status);
            head.push(status);
        }
    }
    head
}

/// The largest answer that a well-behaved process can give.
pub(crate) const ANSWER_MAX: usize = HEAD + 8 + (crate::LONGER_SIDE_MAX as usize).pow(2) * 3;

/// Reads an answer; `None` when it is none, which a well-behaved process never gives.
pub(crate) fn parse(mut answer: Vec<u8>) -> Option<(Strength, Result<Photo, Refused>)> {
    let rest = answer.strip_prefix(&MAGIC)?;
    let (&[bits, status], rest) = rest.split_first_chunk()?;
    let strength = Strength::from_bits(bits);
    if status == TOO_MANY_PIXELS {
        let megapixels = u64::from_le_bytes(*rest.first_chunk()?);
        return Some((strength, Err(Refused::TooManyPixels { megapixels, limit: sniff::MEGAPIXELS_MAX })));
    }
    if status != ACCEPTED {
        let refused = REFUSALS.into_iter().find(|(s, _)| *s == status)?.1;
        return Some((strength, Err(refused)));
    }
    let (width, rest) = rest.split_first_chunk()?;
    let (height, _) = rest.split_first_chunk()?;
    let (width, height) = (u32::from_le_bytes(*width), u32::from_le_bytes(*height));
    if width.max(height) > crate::LONGER_SIDE_MAX {
        return None;
    }
    answer.drain(..HEAD + 8);
    Some((strength, Ok(Photo::new(width, height, answer)?)))
}
