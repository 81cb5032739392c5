//! What several emulators do alike: a webhook and how it is sent, Svix's way of signing, their clock.
//!
//! It must not know any vendor.

use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// A webhook, ready to be sent.
#[derive(Debug, Clone)]
pub struct Hook {
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Hook {
    /// Sends it to an address of this machine; the status that was answered.
    ///
    /// # Errors
    /// When there was no answer.
    pub async fn post(&self, url: &str) -> Result<u16, reqwest::Error> {
        let request = client()?.post(url).body(self.body.clone());
        let request =
            self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        Ok(request.send().await?.status().as_u16())
    }
}

/// Signs a body as Svix does, under the names that a vendor gives to the id, the time and the signature.
pub(crate) fn svix(names: [&'static str; 3], secret: &str, id: &str, body: Vec<u8>, at_s: i64) -> Hook {
    let secret = STANDARD.decode(secret.trim_start_matches("whsec_")).expect("a secret in base64");
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
    let signed = [format!("{id}.{at_s}.").as_bytes(), &body].concat();
    let signature = STANDARD.encode(hmac::sign(&key, &signed));
    let [id_name, time_name, signature_name] = names;
    let headers = vec![
        (id_name, id.to_owned()),
        (time_name, at_s.to_string()),
        (signature_name, format!("v1,{signature}")),
        ("content-type", "application/json".to_owned()),
    ];
    Hook { headers, body }
}

/// What calls from outside.
#[expect(clippy::disallowed_methods, reason = "an emulator is a vendor: it calls from outside the program")]
pub(crate) fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder().no_proxy().build()
}

/// The machine's time in seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "a vendor has a clock of its own")]
pub(crate) fn now_s() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Looks into what an emulator keeps, also after a test that held it has failed.
pub(crate) fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
