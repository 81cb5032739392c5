//! The ids that the policy's files use, as enums generated from them: what no version names does not exist.

use serde::{Deserialize, Deserializer, de::Error};

macro_rules! enumeration {
    ($name:ident, $sort:literal, $($variant:ident = $word:literal, $doc:literal;)*) => {
        #[doc = concat!("A ", $sort, ", by its id.")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = concat!($doc, ".")] $variant,)*
        }

        impl $name {
            /// All of them, in the order of the files.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As it is written in the files.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(word: &str) -> Result<Self, String> {
                let found = Self::ALL.iter().find(|id| id.as_str() == word);
                found.copied().ok_or_else(|| unknown($sort, word, Self::ALL.iter().map(|id| id.as_str())))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    };
}

fn unknown<'a>(sort: &str, word: &str, known: impl Iterator<Item = &'a str>) -> String {
    match crate::format::nearest(word, known) {
        Some(near) => format!("this program knows no {sort} {word:?}; did you mean {near:?}?"),
        None => format!("this program knows no {sort} {word:?}"),
    }
}

include!(concat!(env!("OUT_DIR"), "/ids.rs"));
