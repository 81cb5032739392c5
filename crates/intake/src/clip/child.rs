//! The decoding process for moving pictures: shut in, read, take apart, decode, tell, end.
//!
//! The answer on the standard output, in little-endian order: `MSCX`; then 0, the sides of the pictures, how many there are,
//! when each begins and when the last one ends (all u32); then each picture: 0 and its RGB pixels. Wherever a 0 is due
//! another number may stand: why there is no more.

use std::io::{BufWriter, Read, Write};

use cinema::Decoder;
use likeness::Photo;

use super::boxes::{self, Opened};
use super::{CLIP_BYTES_MAX, CPU_SECONDS_MAX, ClipRefused};
use crate::decode::{reduce, reduced};
use crate::sandbox;

/// The hidden first argument that makes a program this process; the sides of the frame follow.
pub(crate) const ARGUMENT: &str = "__decode-clip";
/// Opens every answer.
pub(super) const MAGIC: [u8; 4] = *b"MSCX";
pub(super) const GOES_ON: u8 = 0;

/// So many times as large as is needed.
const MUCH_LARGER: f64 = 2.0;

/// Why it ends early.
enum End {
    Refused(ClipRefused),
    /// Nobody hears it any more.
    Unheard,
}

impl From<std::io::Error> for End {
    fn from(_: std::io::Error) -> Self {
        Self::Unheard
    }
}

impl From<ClipRefused> for End {
    fn from(refused: ClipRefused) -> Self {
        Self::Refused(refused)
    }
}

/// The whole life of the decoding process.
pub(crate) fn run() -> ! {
    // Anything a panic would print could hold bytes of the picture.
    std::panic::set_hook(Box::new(|_| {}));
    let mut sides = std::env::args().skip(2).map_while(|side| side.parse().ok());
    let frame = (sides.next().unwrap_or(0), sides.next().unwrap_or(0));
    sandbox::enter_for(CPU_SECONDS_MAX);
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(CLIP_BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
    let told = match read {
        Ok(_) => tell(&bytes, frame, &mut BufWriter::new(std::io::stdout().lock())),
        Err(_) => false,
    };
    std::process::exit(if told { 0 } else { 1 })
}

/// Tells of a moving picture for frames of this size; `false` when it was not heard to the end. A decoder that panics has
/// met a damaged file.
pub(super) fn tell(bytes: &[u8], frame: (u32, u32), out: &mut impl Write) -> bool {
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        out.write_all(&MAGIC)?;
        pictures(bytes, frame, out)
    }));
    let refused = match result {
        Ok(Ok(())) => return out.flush().is_ok(),
        Ok(Err(End::Unheard)) => return false,
        Ok(Err(End::Refused(refused))) => refused,
        Err(_) => ClipRefused::Damaged,
    };
    let index = ClipRefused::TOLD.iter().position(|told| *told == refused);
    out.write_all(&[index.map_or(u8::MAX, |index| index as u8 + 1)]).and_then(|()| out.flush()).is_ok()
}

fn pictures(bytes: &[u8], frame: (u32, u32), out: &mut impl Write) -> Result<(), End> {
    let opened = boxes::open(bytes)?;
    let side_max = side_max((opened.width, opened.height), frame);
    let (width, height) = reduced(opened.width, opened.height, side_max);
    let mut head = vec![GOES_ON];
    for number in [width, height, opened.starts_us.len() as u32] {
        head.extend(number.to_le_bytes());
    }
    for time in opened.starts_us.iter().chain([&opened.length_us]) {
        head.extend(time.to_le_bytes());
    }
    out.write_all(&head)?;
    let mut decoder = Decoder::new().map_err(|_| ClipRefused::Damaged)?;
    let mut next = 0;
    for unit in opened.units() {
        let (unit, rank) = unit?;
        let decoded = decoder.advance(&unit, rank as u64).map_err(|_| ClipRefused::Damaged)?;
        if let Some(decoded) = decoded {
            one(&opened, decoded, &mut next, side_max, out)?;
        }
    }
    while let Some(decoded) = decoder.rest().map_err(|_| ClipRefused::Damaged)? {
        one(&opened, decoded, &mut next, side_max, out)?;
    }
    // Each access unit is one picture, and each comes out.
    if next == opened.starts_us.len() { Ok(()) } else { Err(ClipRefused::Damaged.into()) }
}

/// Tells of the next picture: that whose turn it is, in the size that was announced.
fn one(
    opened: &Opened<'_>,
    decoded: cinema::Decoded,
    next: &mut usize,
    side_max: u32,
    out: &mut impl Write,
) -> Result<(), End> {
    let picture = decoded.picture;
    let sides = (picture.width(), picture.height());
    if decoded.stamp != *next as u64 || sides != (opened.width, opened.height) {
        return Err(ClipRefused::Damaged.into());
    }
    *next += 1;
    let Photo { rgb, .. } = reduce(picture.to_rgb(opened.colours), sides.0, sides.1, side_max);
    out.write_all(&[GOES_ON])?;
    Ok(out.write_all(&rgb)?)
}

/// How long the longer side of the pictures may be: where they are much larger than what covers the frame, as long as that.
/// Else making them smaller takes longer than it saves.
fn side_max((width, height): (u32, u32), frame: (u32, u32)) -> u32 {
    let longer = width.max(height);
    let scale = (f64::from(frame.0) / f64::from(width)).max(f64::from(frame.1) / f64::from(height));
    if scale * MUCH_LARGER > 1.0 { longer } else { ((f64::from(longer) * scale).ceil() as u32).max(1) }
}
