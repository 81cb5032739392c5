//! A `free` box: room for a mark in a file that was put together without any. Knows of a film's file only where its parts lie.

use std::ops::Range;

use crate::boxes::{self, BoxError, split};

/// The file as [`crate::mp4`] would have put it together with this room (see [`crate::Download::room`]).
///
/// # Errors
/// [`BoxError::Missing`] when the file does not begin as ours do, or holds something behind its head already;
/// [`BoxError::TooLarge`].
pub fn with_room(file: &[u8], room: usize) -> Result<Vec<u8>, BoxError> {
    let mut parts = split(file);
    let mut next = |wanted: &[u8; 4], name| match parts.next() {
        Some((kind, whole)) if kind == *wanted => Ok(whole),
        _ => Err(BoxError::Missing(name)),
    };
    let (head, index) = (next(b"ftyp", "ftyp")?, next(b"moov", "moov")?);
    let free = boxes::plain(b"free", &vec![0; room.saturating_sub(8)]);
    u32::try_from(file.len() + free.len()).map_err(|_| BoxError::TooLarge)?;
    let mut moved = index.to_vec();
    move_chunks(&mut moved[8..], free.len() as u32)?;
    Ok([head, &free, &moved, &file[head.len() + index.len()..]].concat())
}

/// The chunks of all tracks lie so much further behind.
fn move_chunks(within: &mut [u8], by: u32) -> Result<(), BoxError> {
    let mut at = 0;
    let mut place = |whole: usize| {
        at += whole;
        at - whole + 8..at
    };
    let parts: Vec<([u8; 4], Range<usize>)> =
        split(within).map(|(kind, whole)| (kind, place(whole.len()))).collect();
    for (kind, inside) in parts {
        match &kind {
            b"trak" | b"mdia" | b"minf" | b"stbl" => move_chunks(&mut within[inside], by)?,
            // Behind version and number of the entries (ISO/IEC 14496-12, 8.7.5).
            b"stco" => {
                for entry in within[inside].chunks_exact_mut(4).skip(2) {
                    let offset = u32::from_be_bytes([entry[0], entry[1], entry[2], entry[3]]);
                    let offset = offset.checked_add(by).ok_or(BoxError::TooLarge)?;
                    entry.copy_from_slice(&offset.to_be_bytes());
                }
            }
            _ => {}
        }
    }
    Ok(())
}
