//! The sources that a page's Content-Security-Policy must admit besides our own.

use crate::consent::Choice;
use crate::{Page, Policy, SwitchedOn, derive::browser};

/// Sources by directive, each sorted and there once. Empty where everything comes from us.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// `script-src`.
    pub script: Vec<String>,
    /// `connect-src`.
    pub connect: Vec<String>,
    /// `img-src`.
    pub image: Vec<String>,
    /// `media-src`.
    pub media: Vec<String>,
    /// `frame-src`.
    pub frame: Vec<String>,
    /// `form-action`.
    pub form: Vec<String>,
}

impl Sources {
    /// The directives with their sources.
    pub fn by_directive(&self) -> [(&'static str, &[String]); 6] {
        [
            ("script-src", &self.script),
            ("connect-src", &self.connect),
            ("img-src", &self.image),
            ("media-src", &self.media),
            ("frame-src", &self.frame),
            ("form-action", &self.form),
        ]
    }

    /// Whether everything comes from us.
    pub fn is_empty(&self) -> bool {
        self.by_directive().iter().all(|(_, sources)| sources.is_empty())
    }
}

/// What a page may load from others.
pub fn sources(policy: &Policy, page: Page, on: &SwitchedOn, allowed: Choice) -> Sources {
    let mut all = Sources::default();
    for (_, browser) in browser::loaded(policy, page, on, allowed) {
        for (to, from) in [
            (&mut all.script, &browser.script),
            (&mut all.connect, &browser.connect),
            (&mut all.image, &browser.image),
            (&mut all.media, &browser.media),
            (&mut all.frame, &browser.frame),
            (&mut all.form, &browser.form),
        ] {
            to.extend_from_slice(from);
        }
    }
    for list in
        [&mut all.script, &mut all.connect, &mut all.image, &mut all.media, &mut all.frame, &mut all.form]
    {
        list.sort_unstable();
        list.dedup();
    }
    all
}
