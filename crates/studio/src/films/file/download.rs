//! The file to download: decrypted range by range while it is sent.

use std::ops::Range;

use bytes::Bytes;
use futures::stream::BoxStream;
use policy::PurposeId;

use super::mark_older;
use crate::children::is_steering;
use crate::films::persona::name_of;
use crate::films::watching::view::owned;
use crate::films::{FilmId, Films, letters};
use crate::objects::id_in_row;
use crate::{AccountId, Error, Result, boxed};

/// A file on its way out.
pub struct Download {
    /// `video/mp4`.
    pub content_type: &'static str,
    /// A name for the file: the title of the film and the name of the child.
    pub file_name: String,
    /// Changes when the file does.
    pub etag: String,
    /// Bytes of the whole file.
    pub size: u64,
    /// Which of them these are.
    pub range: Range<u64>,
    /// They themselves, checked before they are handed on.
    pub bytes: BoxStream<'static, Result<Bytes>>,
}

impl Films<'_> {
    /// The film as one file, or a part of it.
    ///
    /// # Errors
    /// `film-not-found`; `film-not-ready` while it is being made; `range-outside`.
    #[boxed]
    pub async fn download(
        &self,
        account: &AccountId,
        film: &FilmId,
        range: Option<Range<u64>>,
    ) -> Result<Download> {
        self.file(account, film, PurposeId::Films, range).await
    }

    /// The same for a purpose that the caller answers for.
    #[boxed]
    pub(crate) async fn file(
        &self,
        account: &AccountId,
        film: &FilmId,
        purpose: PurposeId,
        range: Option<Range<u64>>,
    ) -> Result<Download> {
        use futures::{StreamExt, TryStreamExt};
        let row = owned(self.studio, account, film).await?;
        let not_ready = || {
            Error::conflict(
                "film-not-ready",
                "The file is not ready yet. You can watch already; we write to you when the film is whole.",
            )
        };
        if row.mp4_object.is_none() {
            return Err(not_ready());
        }
        let row = mark_older::see_to(self.studio, row).await?;
        let key = self.studio.data_key(account, purpose).await?;
        let (Some(object), Some(size)) = (&row.mp4_object, row.mp4_bytes) else { return Err(not_ready()) };
        let size = size as u64;
        let range = range.unwrap_or(0..size);
        if range.start > range.end || range.end > size {
            return Err(Error::refused("range-outside", "That part of the file does not exist."));
        }
        let name = name_of(self.studio, &key, &row)?;
        let (_, bytes) = self.studio.vault().stream(&key, &id_in_row(object)?, Some(range.clone())).await?;
        Ok(Download {
            content_type: "video/mp4",
            file_name: file_name(&[letters::title(self.studio, &row.film, &row.language), name]),
            etag: object.clone(),
            size,
            range,
            bytes: bytes.map_err(Error::from).boxed(),
        })
    }
}

/// A film's title and the child's name as the name of a file that every system takes.
fn file_name(parts: &[String; 2]) -> String {
    // What steers, separates folders, or means something to a shell or to Windows; and marks that turn writing round.
    let is_odd = |c: char| {
        c.is_control()
            || "/\\:*?\"<>|".contains(c)
            || is_steering(c)
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{feff}')
    };
    let plain = parts.each_ref().map(|part| {
        let words: Vec<_> =
            part.split(|c: char| is_odd(c) || c.is_whitespace()).filter(|word| !word.is_empty()).collect();
        words.join(" ").trim_matches(['.', ' ']).to_owned()
    });
    let told: Vec<_> = plain.into_iter().filter(|part| !part.is_empty()).collect();
    format!("{}.mp4", told.join(" - "))
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn file_names_hold_no_surprises() {
        let named = |title: &str, name: &str| file_name(&[title.into(), name.into()]);
        assert_eq!(named("The Moon Garden", "Mia"), "The Moon Garden - Mia.mp4");
        assert_eq!(named("../a/b\\c\r\n\"d\"", "..\u{202e}x"), "a b c d - x.mp4");
        assert_eq!(named("Der Mondgarten – für dich", "प्रिया"), "Der Mondgarten – für dich - प्रिया.mp4");
        assert_eq!(named("The Night Train", ""), "The Night Train.mp4");
    }
}
