//! Passwords: argon2id, and as much work for an unknown address as for a known one.

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use vault::Random;

use crate::{Error, Result, boxed};

/// Shortest password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Longest password, in characters.
pub const PASSWORD_CHARS_MAX: usize = 200;

/// Memory of one hash in KiB, passes and lanes: the OWASP recommendation for argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes computed at once; each takes its memory and about 30 ms of a core.
static PLACES: Semaphore = Semaphore::const_new(4);

/// A hash that no password fits, verified when there is no real one.
static NOBODYS: LazyLock<String> = LazyLock::new(|| hash_now(b"", &[0; 16]).expect("a salt of 16 bytes"));

/// # Errors
/// `password-short`, `password-long`.
pub(crate) fn check(password: &str) -> Result<()> {
    let length = password.chars().count();
    if length < PASSWORD_CHARS_MIN {
        return Err(Error::refused(
            "password-short",
            "A password needs at least 10 characters. Four words are a good one.",
        ));
    }
    if length > PASSWORD_CHARS_MAX {
        return Err(Error::refused("password-long", "A password can have up to 200 characters."));
    }
    Ok(())
}

/// The hash to store (PHC string).
#[boxed]
pub(crate) async fn hash(password: &str, random: &dyn Random) -> Result<String> {
    let (password, salt) = (password.to_owned(), random.bytes::<16>());
    apart(move || hash_now(password.as_bytes(), &salt)).await?
}

/// Whether the password fits the hash. With `None` it takes as long and is wrong.
#[boxed]
pub(crate) async fn verify(password: &str, hash: Option<String>) -> Result<bool> {
    // Longer ones were never accepted; they are not worth the work.
    let password: String = password.chars().take(PASSWORD_CHARS_MAX + 1).collect();
    apart(move || {
        let known = hash.is_some();
        let hash = hash.as_deref().unwrap_or(&NOBODYS);
        let hash = PasswordHash::new(hash).map_err(|_| Error::internal("a stored password hash is none"))?;
        Ok(argon2().verify_password(password.as_bytes(), &hash).is_ok() && known)
    })
    .await?
}

async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let place = PLACES.acquire().await.map_err(Error::internal)?;
    // The place is taken until the work is done, also when nobody waits for it any more.
    let work = move || {
        let _place = place;
        work()
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

fn hash_now(password: &[u8], salt: &[u8]) -> Result<String> {
    let salt = SaltString::encode_b64(salt).map_err(Error::internal)?;
    Ok(argon2().hash_password(password, &salt).map_err(Error::internal)?.to_string())
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("constants within the limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let hash = hash("correct horse battery", &vault::SeededRandom::new(1)).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify("correct horse battery", Some(hash.clone())).await.unwrap());
        assert!(!verify("correct horse batterY", Some(hash)).await.unwrap());
        assert!(!verify("", None).await.unwrap(), "nobody's hash fits nobody");
        assert!(NOBODYS.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "as much work as a real one");
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(check("123456789").unwrap_err().code(), "password-short");
        assert!(check("ééééééééé0").is_ok());
        assert!(check(&"x".repeat(200)).is_ok());
        assert_eq!(check(&"x".repeat(201)).unwrap_err().code(), "password-long");
    }
}
