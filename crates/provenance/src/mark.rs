//! Where the mark stands in an MP4 file: in a box of its own, right behind the file's first one, so that a reader has it
//! before anything is played. Whoever puts the file together leaves a `free` box of that size there, so nothing moves.

use ring::digest::{Context, SHA256};

use crate::manifest::{self, BOX_ID};
use crate::{Error, Signer};

/// Of a file's box: length, kind, id, version and flags, the word for what it holds, where a second one lies (nowhere).
const HEAD: usize = 8 + 16 + 4 + PURPOSE.len() + 8;
const PURPOSE: &[u8] = b"manifest\0";

/// So much of a file's beginning shows whether it is marked.
pub const START: u64 = 64;

/// Whether a file of which this is the beginning bears a mark.
pub fn is_marked(start: &[u8]) -> bool {
    let behind = |head: &[u8; 4]| start.get(u32::from_be_bytes(*head) as usize..)?.get(4..24);
    let second = start.first_chunk::<4>().and_then(behind);
    second.is_some_and(|second| second.starts_with(b"uuid") && second.ends_with(&BOX_ID))
}

impl Signer {
    /// How many bytes to leave free.
    ///
    /// # Errors
    /// [`Error::Signing`].
    pub fn room(&self) -> Result<usize, Error> {
        Ok(HEAD + manifest::store(self, [0; 16], &[0; 32])?.len())
    }

    /// Marks an MP4 file whose second box is a `free` one of just [`Self::room`] bytes. `instance` is random.
    ///
    /// # Errors
    /// [`Error::NoRoom`], [`Error::Signing`].
    pub fn mark(&self, file: &mut [u8], instance: [u8; 16]) -> Result<(), Error> {
        let room = self.room()?;
        let start = match (boxes(file).next(), boxes(file).nth(1)) {
            (Some((_, b"ftyp", _)), Some((at, b"free", length))) if length == room => at,
            _ => return Err(Error::NoRoom),
        };
        let store = manifest::store(self, instance, &hash(file)?)?;
        let length = (room as u32).to_be_bytes();
        let mark = [&length[..], b"uuid", &BOX_ID, &[0; 4], PURPOSE, &[0; 8], &store].concat();
        file[start..start + room].copy_from_slice(&mark);
        Ok(())
    }
}

/// The hash of a file's boxes: each with where it begins, without the file's first one and the place of the mark (C2PA
/// 2.2, 18.6).
fn hash(file: &[u8]) -> Result<[u8; 32], Error> {
    let (mut context, mut end) = (Context::new(&SHA256), 0);
    for (number, (at, kind, length)) in boxes(file).enumerate() {
        end = at + length;
        if number > 1 && kind != b"mfra" {
            context.update(&(at as u64).to_be_bytes());
            context.update(&file[at..end]);
        }
    }
    // A file that does not end with a box is none of ours.
    if end != file.len() {
        return Err(Error::NoRoom);
    }
    Ok(context.finish().as_ref().try_into().expect("SHA-256 is 32 bytes"))
}

/// The outermost boxes: where each begins, its kind, its length. Ends at the first that does not fit.
fn boxes(file: &[u8]) -> impl Iterator<Item = (usize, &[u8; 4], usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at;
        let length = u32::from_be_bytes(*file.get(start..)?.first_chunk()?) as usize;
        let kind = file.get(start + 4..)?.first_chunk()?;
        at += length;
        (length >= 8 && at <= file.len()).then_some((start, kind, length))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jumbf::plain;
    use crate::{MAKER, self_made};

    fn file(room: usize) -> Vec<u8> {
        let free = plain(b"free", &vec![0; room.saturating_sub(8)]);
        [plain(b"ftyp", b"isom"), free, plain(b"moov", b"index"), plain(b"mdat", &[7; 1000])].concat()
    }

    #[test]
    fn a_mark_says_what_the_file_is_and_is_bound_to_every_byte() {
        let signer = Signer::from_pem(&self_made().unwrap()).unwrap();
        let mut marked = file(signer.room().unwrap());
        let plain = marked.clone();
        signer.mark(&mut marked, [0xab; 16]).unwrap();
        assert_eq!(marked.len(), plain.len());
        let start = START as usize;
        assert!(is_marked(&marked[..start]) && !is_marked(&plain[..start]) && !is_marked(&marked[..20]));
        let read = c2pa_reader::read(&marked).unwrap();
        assert_eq!((read.maker.as_str(), read.certificates), (MAKER, 1));
        let source = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic";
        assert_eq!(read.actions, [("c2pa.created".to_owned(), source.to_owned())]);
        assert_eq!(read.instance, "xmp:iid:abababab-abab-4bab-abab-abababababab");

        // Any bit behind the first box, whether in the mark or in the film, is missed.
        let start = 12;
        for at in (start..marked.len()).filter(|at| at % 7 == 0 || *at > start + signer.room().unwrap()) {
            let mut changed = marked.clone();
            changed[at] ^= 1;
            assert!(c2pa_reader::read(&changed).is_err(), "byte {at} of {}", marked.len());
        }
        // So is what was added.
        assert!(c2pa_reader::read(&[&marked[..], &crate::jumbf::plain(b"mdat", b"more")].concat()).is_err());
        // One mark does not fit another film, nor the same one moved.
        let mut other = marked.clone();
        let last = other.len() - 1;
        other[last] = 8;
        assert!(c2pa_reader::read(&other).is_err());
        assert!(c2pa_reader::read(&plain).is_err());
    }

    #[test]
    fn a_file_without_room_stays_as_it_is() {
        let signer = Signer::from_pem(&self_made().unwrap()).unwrap();
        let room = signer.room().unwrap();
        let truncated = &file(room)[..room + 500];
        for wrong in [&file(room - 1)[..], &file(room + 1), &file(room)[12..], truncated, b""] {
            let mut same = wrong.to_vec();
            assert_eq!(signer.mark(&mut same, [1; 16]), Err(Error::NoRoom));
            assert_eq!(same, wrong);
        }
    }

    #[test]
    fn a_chain_of_certificates_goes_along() {
        let chain: String = (0..3)
            .map(|number| {
                let made = self_made().unwrap();
                if number == 0 { made } else { made[..made.find("-----BEGIN PRIVATE").unwrap()].to_owned() }
            })
            .collect();
        let signer = Signer::from_pem(&chain).unwrap();
        let mut marked = file(signer.room().unwrap());
        signer.mark(&mut marked, [2; 16]).unwrap();
        // These do not speak for each other, which the reader tells.
        let why = c2pa_reader::read(&marked).unwrap_err();
        assert!(why.contains("certificate 1"), "{why}");
    }
}
