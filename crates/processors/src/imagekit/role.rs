//! The roles that ImageKit takes. It must not know what a still is to the studio.
//!
//! A handle is `FOLDER/NAME`, both of chance, and once the file is there `FOLDER/NAME/FILE` with ImageKit's id of it. A
//! deletion is asked about with the number of its purge; before it stands `SINCE/` (seconds since 1970) as long as the
//! picture may still arrive.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::BoxFuture;
use policy::{Personal, ProcessorId, kind};

use super::{Erasing, Error, File, Format, ImageKit, Picture, RandomName, Still};
use crate::role::{ARRIVES_WITHIN_S, CallError, Check, Erased, Erases, Stills, Trouble};

/// When a purge is asked about again, in seconds.
const AGAIN_S: u64 = 30;

/// A grey point, as JPEG: it takes the place of a picture whose file is not known, so that it can be deleted.
const POINT: &str = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\
    AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAA\
    AAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z";

/// ImageKit in its roles.
pub(super) struct AtImageKit {
    kit: ImageKit,
}

/// What a handle says.
struct Handle {
    folder: RandomName,
    name: RandomName,
    file: Option<String>,
}

impl Handle {
    fn parse(text: &str) -> Option<Self> {
        let (folder, rest) = text.split_once('/')?;
        let (name, file) = match rest.split_once('/') {
            Some((name, file)) => (name, Some(file.to_owned())),
            None => (rest, None),
        };
        Some(Self { folder: RandomName::parse(folder)?, name: RandomName::parse(name)?, file })
    }
}

impl AtImageKit {
    pub(super) fn new(kit: ImageKit) -> Self {
        Self { kit }
    }

    /// Sends a picture. What came out open to everybody, or elsewhere, is deleted at once.
    async fn send(&self, handle: &Handle, jpeg: &Personal<kind::Still, Vec<u8>>) -> Result<File, Error> {
        let Handle { folder, name, .. } = handle;
        let sent = self.kit.upload(&Still { film: folder, name, format: Format::Jpeg, bytes: jpeg }).await;
        if let Err(Error::Public(id) | Error::Elsewhere(id)) = &sent {
            self.kit.delete(id).await?;
        }
        sent
    }

    /// Deletes the file and has its copies purged; the number of that purge.
    async fn erase_all(&self, handle: &Handle) -> Result<String, Error> {
        let file = match &handle.file {
            Some(file) => file.clone(),
            // Nobody heard whether it arrived, nor as what: a second one at the same path is the same file.
            None => match self.send(handle, &Personal::new(point())).await {
                Ok(file) => file.id,
                Err(Error::Public(id) | Error::Elsewhere(id)) => id,
                Err(error) => return Err(error),
            },
        };
        Ok(self.kit.erase(&handle.folder, &[file]).await?.purge)
    }

    /// What has become of a purge, and what is to be done next.
    async fn purged(&self, handle: &Handle, task: &str, now_s: i64) -> Result<Erased, Error> {
        let (since_s, purge) = read_task(task);
        let is_over = match self.kit.erased(&Erasing { files: Vec::new(), purge: purge.to_owned() }).await {
            Ok(false) => return Ok(Erased::UnderWay { task: task.to_owned(), again_s: AGAIN_S }),
            Ok(true) => true,
            // It was forgotten there: asked for anew.
            Err(Error::NotFound) => false,
            Err(error) => return Err(error),
        };
        let left_s = since_s.map(|since_s| since_s.saturating_add(ARRIVES_WITHIN_S) - now_s);
        match (is_over, left_s) {
            (true, None) => Ok(Erased::Done { receipt: format!("deleted; purge {purge}") }),
            (true, Some(left_s)) if left_s > 0 => {
                Ok(Erased::UnderWay { task: task.to_owned(), again_s: left_s.unsigned_abs() })
            }
            // Once more, for what arrived meanwhile.
            (true, Some(_)) => Ok(Erased::UnderWay { task: self.erase_all(handle).await?, again_s: AGAIN_S }),
            (false, _) => {
                let purge = self.erase_all(handle).await?;
                Ok(Erased::UnderWay { task: write_task(since_s, &purge), again_s: AGAIN_S })
            }
        }
    }
}

impl Stills for AtImageKit {
    fn processor(&self) -> ProcessorId {
        ProcessorId::Imagekit
    }

    fn early_handle(&self, chance: [u8; 32]) -> String {
        let (mut folder, mut name) = ([0; 16], [0; 16]);
        folder.copy_from_slice(&chance[..16]);
        name.copy_from_slice(&chance[16..]);
        format!("{}/{}", RandomName::new(folder).as_str(), RandomName::new(name).as_str())
    }

    fn upload<'a>(
        &'a self,
        handle: &'a str,
        jpeg: &'a Personal<kind::Still, Vec<u8>>,
    ) -> BoxFuture<'a, Result<String, Trouble>> {
        Box::pin(async move {
            let handle = Handle::parse(handle).ok_or_else(|| Trouble::Refused(NO_HANDLE.to_owned()))?;
            let file = self.send(&handle, jpeg).await?;
            Ok(format!("{}/{}/{}", handle.folder.as_str(), handle.name.as_str(), file.id))
        })
    }

    fn link(&self, handle: &str, width: u32, now_s: i64, life_s: i64) -> Result<String, Trouble> {
        let handle = Handle::parse(handle).ok_or_else(|| Trouble::Refused(NO_HANDLE.to_owned()))?;
        let path = self.kit.path(&handle.folder, &handle.name, Format::Jpeg);
        let transformation = format!("w-{width}");
        let picture = Picture { transformation: &transformation, ..Picture::plain(&path) };
        self.kit.link(&picture, now_s, life_s).map_err(|error| Trouble::Refused(error.to_string()))
    }
}

impl Erases for AtImageKit {
    fn erase<'a>(&'a self, handle: &'a str, now_s: i64) -> BoxFuture<'a, Result<Erased, Trouble>> {
        Box::pin(async move {
            let handle = Handle::parse(handle).ok_or_else(|| Trouble::Refused(NO_HANDLE.to_owned()))?;
            let purge = self.erase_all(&handle).await?;
            let since_s = handle.file.is_none().then_some(now_s);
            Ok(Erased::UnderWay { task: write_task(since_s, &purge), again_s: AGAIN_S })
        })
    }

    fn standing<'a>(
        &'a self,
        handle: &'a str,
        task: &'a str,
        now_s: i64,
    ) -> BoxFuture<'a, Result<Erased, Trouble>> {
        Box::pin(async move {
            let handle = Handle::parse(handle).ok_or_else(|| Trouble::Refused(NO_HANDLE.to_owned()))?;
            Ok(self.purged(&handle, task, now_s).await?)
        })
    }
}

impl Check for AtImageKit {
    fn check(&self, _now_s: i64, _: &str) -> BoxFuture<'_, Result<(), String>> {
        // There is none by this id; but whoever may not ask is told so.
        Box::pin(async move {
            match self.kit.file("000000000000000000000000").await {
                Ok(_) | Err(Error::Refused(_)) => Ok(()),
                Err(error) => Err(error.to_string()),
            }
        })
    }
}

fn write_task(since_s: Option<i64>, purge: &str) -> String {
    since_s.map_or_else(|| purge.to_owned(), |since_s| format!("{since_s}/{purge}"))
}

fn read_task(task: &str) -> (Option<i64>, &str) {
    let since = task.split_once('/').and_then(|(since, purge)| Some((since.parse().ok()?, purge)));
    since.map_or((None, task), |(since_s, purge)| (Some(since_s), purge))
}

const NO_HANDLE: &str = "that is no handle of a picture at ImageKit";

fn point() -> Vec<u8> {
    STANDARD.decode(POINT).unwrap_or_default()
}

impl CallError for Error {
    fn away(&self) -> Option<(String, Option<u64>)> {
        let Self::Away { why, retry_after_s } = self else { return None };
        Some((why.clone(), *retry_after_s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_is_a_picture() {
        let point = point();
        assert!(point.starts_with(&[0xff, 0xd8, 0xff]) && point.len() > 100);
    }

    #[test]
    fn a_task_says_since_when_as_long_as_that_counts() {
        for since_s in [None, Some(1_790_000_000)] {
            assert_eq!(read_task(&write_task(since_s, "p1")), (since_s, "p1"));
        }
        assert_eq!(read_task("a/b"), (None, "a/b"));
    }

    #[test]
    fn a_handle_names_folder_name_and_file() {
        let (folder, name) = ("0".repeat(32), "a".repeat(32));
        let early = Handle::parse(&format!("{folder}/{name}")).unwrap();
        assert_eq!((early.folder.as_str(), early.name.as_str(), early.file), (&*folder, &*name, None));
        let later = Handle::parse(&format!("{folder}/{name}/f1")).unwrap();
        assert_eq!(later.file.as_deref(), Some("f1"));
        for wrong in ["", "a/b", &folder, &format!("{folder}/mia")] {
            assert!(Handle::parse(wrong).is_none(), "{wrong}");
        }
    }
}
