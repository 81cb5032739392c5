//! Our project at ContentSquare, and the roles that it takes: a tag, and deletion in writing.

use std::sync::Arc;

use egress::Egress;
use futures::future::BoxFuture;
use policy::ProcessorId;
use ring::digest;
use serde::Deserialize;

use super::{ContentsquareId, ErasureRequest, contentsquare_tag};
use crate::connected::{self, Connected};
use crate::role::{Erased, Erases, Trouble};

/// What the configuration says of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Account {
    /// The tag's id: 13 letters and digits.
    tag_id: String,
}

impl connected::Account for Account {
    fn connect(self, _: &Egress, to: &mut Connected) -> Result<(), String> {
        to.tags.push(contentsquare_tag(&self.tag_id).map_err(|error| error.to_string())?);
        to.erases.insert(ProcessorId::Contentsquare, Arc::new(ByLetter));
        Ok(())
    }
}

/// The role of deleting: the vendor is asked in writing.
struct ByLetter;

impl Erases for ByLetter {
    fn erase<'a>(&'a self, handle: &'a str, now_s: i64) -> BoxFuture<'a, Result<Erased, Trouble>> {
        Box::pin(async move {
            let request = ErasureRequest::open(&reference(handle), now_s);
            let request = request.map_err(|error| Trouble::Refused(error.to_string()))?;
            Ok(Erased::InWriting { letter: request.letter(&ContentsquareId::new(handle.to_owned())) })
        })
    }
}

/// Our reference of a request. The letter about an id is the same each time that it is asked for.
fn reference(handle: &str) -> String {
    let hash = digest::digest(&digest::SHA256, handle.as_bytes());
    let digits = hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}"));
    format!("cs-{}", digits.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letter_names_the_id_and_is_the_same_each_time() {
        let ask = |now_s| futures::executor::block_on(ByLetter.erase("6fd5e7a5-canary", now_s)).unwrap();
        let Erased::InWriting { letter } = ask(0) else { panic!("it can only be asked in writing") };
        assert!(letter.contains("6fd5e7a5-canary") && letter.contains(&reference("6fd5e7a5-canary")));
        assert!(!reference("6fd5e7a5-canary").contains("canary"));
        assert_eq!(ask(99_999), Erased::InWriting { letter });
    }
}
