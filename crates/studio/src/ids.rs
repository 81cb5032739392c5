//! Names of things: ULIDs, sortable by the time they were made.

use std::sync::{Mutex, PoisonError};

use ulid::Ulid;
use vault::Random;

/// Makes a type of its own for one kind of id (a ULID as text).
macro_rules! id_type {
    ($(#[doc = $doc:literal])* $name:ident) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub struct $name(String);

        impl $name {
            /// Reads an id that came from outside; `None` when it is none.
            pub fn parse(text: &str) -> Option<Self> {
                text.parse::<ulid::Ulid>().ok().map(|id| Self(id.to_string()))
            }

            /// An id that comes from our own database.
            #[allow(dead_code)]
            pub(crate) fn stored(id: String) -> Self {
                Self(id)
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(crate) use id_type;

id_type!(
    /// An account.
    AccountId
);
id_type!(
    /// A session.
    SessionId
);
id_type!(
    /// A mail in the outbox.
    MailId
);
id_type!(
    /// A child's profile.
    ChildId
);
id_type!(
    /// A photo.
    PhotoId
);

/// Makes ids. Those of one process grow also within a millisecond, so that what was written later
/// stands later.
#[derive(Default)]
pub(crate) struct Ids(Mutex<Ulid>);

impl Ids {
    /// A new id.
    pub fn next(&self, now_ms: i64, random: &dyn Random) -> String {
        let now_ms = now_ms.max(0) as u64;
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let follows = if last.timestamp_ms() == now_ms { last.increment().ok() } else { None };
        let fresh = || Ulid::from_parts(now_ms, u128::from_be_bytes(random.bytes()));
        *last = follows.unwrap_or_else(fresh);
        last.to_string()
    }
}

/// A single id, where there is no studio yet to ask.
pub(crate) fn new(now_ms: i64, random: &dyn Random) -> String {
    Ids::default().next(now_ms, random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_ids_are_greater() {
        let (ids, random) = (Ids::default(), vault::SeededRandom::new(1));
        let made: Vec<_> = [5, 5, 5, 6, 6, 9].map(|now| ids.next(now, &random)).into();
        assert!(made.is_sorted() && made.iter().all(|id| AccountId::parse(id).is_some()));
        assert!(ids.next(1, &random) < made[0], "a clock that was set back does not stop them");
        assert_eq!(AccountId::parse("x"), None);
        assert_eq!(AccountId::parse(&made[0].to_lowercase()).unwrap().as_str(), made[0], "one form only");
    }
}
