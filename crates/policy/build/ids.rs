//! The ids while the policy is first read: any word is one. What they may be is found out by reading; the
//! library then has each as a variant of an enum.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

macro_rules! words {
    ($($name:ident),*) => { $(
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = String;
            fn from_str(word: &str) -> Result<Self, String> {
                Ok(Self(word.into()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )* };
}

words!(CategoryId, KindId, ProcessorId, PurposeId, RetentionId);
