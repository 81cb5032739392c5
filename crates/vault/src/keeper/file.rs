//! Master keys as text, in a file or in the environment.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::future::BoxFuture;
use ring::{aead, digest};

use super::{Keeper, KeyId};
use crate::{Error, Random};

/// Master keys held in memory: the first wraps, the others still open what they once wrapped.
pub struct FileKeeper {
    keys: Vec<(KeyId, aead::LessSafeKey)>,
}

impl FileKeeper {
    /// Keys as text: one base64 line of 32 bytes each, the current one first.
    ///
    /// # Errors
    /// When a line is not a key, or there is none.
    pub fn from_text(text: &str) -> Result<Self, Error> {
        let keys = text
            .split([',', '\n'])
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| {
                let bytes = STANDARD.decode(line).ok().filter(|bytes| bytes.len() == 32);
                let bytes = bytes.ok_or_else(|| Error::Keeper("a key is 32 bytes in base64".into()))?;
                let key = aead::UnboundKey::new(&aead::AES_256_GCM, &bytes).expect("32 bytes");
                Ok((key_id(&bytes), aead::LessSafeKey::new(key)))
            })
            .collect::<Result<Vec<_>, Error>>()?;
        if keys.is_empty() {
            return Err(Error::Keeper("there is no key in it".into()));
        }
        Ok(Self { keys })
    }

    /// Reads the keys from `file`, or makes the first one: the file readable by its owner alone
    /// (0600) in a folder open to its owner alone (0700). Two processes starting at once agree.
    ///
    /// # Errors
    /// When the file cannot be read or written, or others may read it.
    pub fn open_or_create(file: &Path, random: &dyn Random) -> Result<Self, Error> {
        let say = |what: &str, error: std::io::Error| Error::Keeper(format!("{what}: {error}"));
        if !file.exists() {
            let folder = file.parent().unwrap_or(Path::new("."));
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true).mode(0o700).create(folder).map_err(|e| say("folder", e))?;
            let mark: [u8; 8] = random.bytes();
            let temporary = file.with_extension(format!("{:016x}", u64::from_be_bytes(mark)));
            let key: [u8; 32] = random.bytes();
            let mut options = fs::OpenOptions::new();
            let mut open = options
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&temporary)
                .map_err(|e| say("new key", e))?;
            let written = writeln!(open, "{}", STANDARD.encode(key)).and_then(|()| open.sync_all());
            // A link instead of a rename: whoever comes second finds the file and uses it.
            let linked = written.and_then(|()| fs::hard_link(&temporary, file));
            fs::remove_file(&temporary).map_err(|e| say("new key", e))?;
            match linked {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(say("new key", error));
                }
                _ => fs::File::open(folder)
                    .and_then(|folder| folder.sync_all())
                    .map_err(|e| say("folder", e))?,
            }
        }
        let open_to = fs::metadata(file).map_err(|e| say("key file", e))?.permissions().mode() & 0o077;
        if open_to != 0 {
            return Err(Error::Keeper("others may read the key file; give it the mode 0600".into()));
        }
        Self::from_text(&fs::read_to_string(file).map_err(|e| say("key file", e))?)
    }
}

impl FileKeeper {
    /// Puts a new key before those of the file: from now on it wraps, and the others still open. All or nothing.
    ///
    /// # Errors
    /// When the file cannot be read or written, or others may read it.
    pub fn add_key(file: &Path, random: &dyn Random) -> Result<KeyId, Error> {
        Self::open_or_create(file, random)?;
        let known = fs::read_to_string(file).map_err(|e| Error::Keeper(format!("key file: {e}")))?;
        let key: [u8; 32] = random.bytes();
        replace(file, &format!("{}\n{known}", STANDARD.encode(key)))?;
        Ok(key_id(&key))
    }

    /// Leaves only the current key in the file: what the others wrapped cannot be opened any more. Returns how many
    /// went.
    ///
    /// # Errors
    /// As [`Self::add_key`].
    pub fn forget_old_keys(file: &Path, random: &dyn Random) -> Result<usize, Error> {
        Self::open_or_create(file, random)?;
        let known = fs::read_to_string(file).map_err(|e| Error::Keeper(format!("key file: {e}")))?;
        let is_key = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with('#');
        let keys: Vec<&str> = known.split([',', '\n']).filter(is_key).collect();
        let first = keys.first().ok_or_else(|| Error::Keeper("there is no key in it".into()))?;
        replace(file, &format!("{}\n", first.trim()))?;
        Ok(keys.len() - 1)
    }
}

/// A key file with a new content: whole or as it was, whatever happens in between.
fn replace(file: &Path, text: &str) -> Result<(), Error> {
    let say = |error: std::io::Error| Error::Keeper(format!("key file: {error}"));
    let temporary = file.with_extension("new");
    let mut options = fs::OpenOptions::new();
    let mut open =
        options.write(true).create(true).truncate(true).mode(0o600).open(&temporary).map_err(say)?;
    open.write_all(text.as_bytes()).and_then(|()| open.sync_all()).map_err(say)?;
    fs::rename(&temporary, file).map_err(say)?;
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(say)
}

impl Keeper for FileKeeper {
    fn current(&self) -> KeyId {
        self.keys[0].0
    }

    fn wrap<'a>(
        &'a self,
        context: &'a [u8],
        key: &'a [u8; 32],
        nonce: [u8; 12],
    ) -> BoxFuture<'a, Result<(KeyId, Vec<u8>), Error>> {
        let by = self.current();
        let mut wrapped = nonce.to_vec();
        let mut sealed = key.to_vec();
        let sealed_ok = self.keys[0].1.seal_in_place_append_tag(
            aead::Nonce::assume_unique_for_key(nonce),
            aead::Aad::from(bound(by, context)),
            &mut sealed,
        );
        wrapped.append(&mut sealed);
        Box::pin(async move { sealed_ok.map(|()| (by, wrapped)).map_err(|_| Error::DoesNotOpen) })
    }

    fn unwrap<'a>(
        &'a self,
        by: KeyId,
        context: &'a [u8],
        wrapped: &'a [u8],
    ) -> BoxFuture<'a, Result<[u8; 32], Error>> {
        Box::pin(async move {
            let (_, master) = self
                .keys
                .iter()
                .find(|(id, _)| *id == by)
                .ok_or_else(|| Error::UnknownMasterKey(by.to_string()))?;
            let (nonce, sealed) = wrapped.split_first_chunk::<12>().ok_or(Error::DoesNotOpen)?;
            let mut sealed = sealed.to_vec();
            let key = master
                .open_in_place(
                    aead::Nonce::assume_unique_for_key(*nonce),
                    aead::Aad::from(bound(by, context)),
                    &mut sealed,
                )
                .map_err(|_| Error::DoesNotOpen)?;
            (&*key).try_into().map_err(|_| Error::DoesNotOpen)
        })
    }
}

fn key_id(key: &[u8]) -> KeyId {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"ministudio master key id");
    context.update(key);
    KeyId(*context.finish().as_ref().first_chunk().expect("SHA-256 is longer"))
}

fn bound(by: KeyId, context: &[u8]) -> Vec<u8> {
    [b"ministudio data key 1".as_slice(), &by.0, context].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;

    #[test]
    fn the_file_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys/master.key");
        let random = SystemRandom::default();
        let first = FileKeeper::open_or_create(&file, &random).unwrap();
        let again = FileKeeper::open_or_create(&file, &random).unwrap();
        assert_eq!(first.current(), again.current());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(file.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "no temporary file stays");

        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(FileKeeper::open_or_create(&file, &random).is_err());
    }

    #[test]
    fn many_starting_at_once_agree_on_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("master.key");
        let ids: Vec<KeyId> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        FileKeeper::open_or_create(&file, &SystemRandom::default()).unwrap().current()
                    })
                })
                .collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        assert!(ids.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
