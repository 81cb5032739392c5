//! Looking things up in a version.

use crate::consent;
use crate::{
    Authority, Category, CategoryId, Cookie, CookiePurpose, Country, Kind, KindId, Policy, Processor,
    ProcessorId, Purpose, PurposeId, Retention, RetentionId, Store, Subject, Wording,
};

impl Policy {
    /// The wording to show: the last one of its subject.
    pub fn wording(&self, subject: Subject) -> &Wording {
        let mut of_subject = self.wordings.iter().filter(|wording| wording.subject == subject);
        of_subject.next_back().expect("`read` has seen to it")
    }

    /// Whether this version of a subject's wording may be confirmed: it is the current one.
    pub fn is_current(&self, subject: Subject, version: &str) -> bool {
        self.wording(subject).version == version
    }

    /// The wordings of a subject under which what was agreed to still counts: those that `consent.counts` names, and all
    /// of them where it names none.
    pub fn counting(&self, subject: Subject) -> impl Iterator<Item = &Wording> {
        let of_subject = || self.wordings.iter().filter(move |wording| wording.subject == subject);
        let is_named = |wording: &Wording| self.consent.counts.contains(&wording.version);
        let all = !of_subject().any(is_named);
        of_subject().filter(move |wording| all || is_named(wording))
    }

    /// Whether what was agreed to under this version of a subject's wording still counts.
    pub fn counts(&self, subject: Subject, version: &str) -> bool {
        self.counting(subject).any(|wording| wording.version == version)
    }

    /// A cookie that a browser may hold, by its name; what is not in the policy is not set.
    pub fn cookie(&self, name: &str) -> Option<&Cookie> {
        self.stored(Store::Cookie, name)
    }

    /// What a browser may hold under a name.
    pub fn stored(&self, store: Store, name: &str) -> Option<&Cookie> {
        // `_ga_*` before `_ga*` would be: the longest name says most.
        let named = self.cookies.iter().filter(|cookie| cookie.store == store && cookie.is_named(name));
        named.max_by_key(|cookie| cookie.name.len())
    }

    /// The cookie of ours with a purpose, none for a processor's.
    pub fn cookie_for(&self, purpose: CookiePurpose) -> Option<&Cookie> {
        self.cookies.iter().find(|cookie| cookie.purpose == purpose && cookie.processor.is_none())
    }

    /// A category.
    pub fn category(&self, id: CategoryId) -> Option<&Category> {
        self.categories.iter().find(|category| category.id == id)
    }

    /// A kind of data with its category.
    pub fn kind(&self, id: KindId) -> Option<(&Category, &Kind)> {
        let mut kinds = self
            .categories
            .iter()
            .flat_map(|category| category.kinds.iter().map(move |kind| (category, kind)));
        kinds.find(|(_, kind)| kind.id == id)
    }

    /// A purpose.
    pub fn purpose(&self, id: PurposeId) -> Option<&Purpose> {
        self.purposes.iter().find(|purpose| purpose.id == id)
    }

    /// A processor.
    pub fn processor(&self, id: ProcessorId) -> Option<&Processor> {
        self.processors.iter().find(|processor| processor.id == id)
    }

    /// A retention rule.
    pub fn rule(&self, id: RetentionId) -> Option<&Retention> {
        self.retention.iter().find(|rule| rule.id == id)
    }

    /// What a processor may receive, in the order of the categories.
    pub fn received(&self, processor: ProcessorId) -> impl Iterator<Item = (&Category, &Kind)> {
        let processor = self.processor(processor);
        let kinds = self
            .categories
            .iter()
            .flat_map(|category| category.kinds.iter().map(move |kind| (category, kind)));
        kinds.filter(move |(_, kind)| {
            processor.is_some_and(|processor| processor.fields.contains_key(&kind.id))
        })
    }

    /// What is asked for in a country.
    pub fn regime(&self, country: Option<Country>) -> consent::Regime {
        match country {
            Some(country) if !self.consent.opt_in.contains(&country) => consent::Regime::OptOut,
            _ => consent::Regime::OptIn,
        }
    }

    /// Where somebody in a country can complain.
    pub fn authority(&self, country: Country) -> Option<&Authority> {
        self.authorities.iter().find(|authority| authority.countries.contains(&country))
    }

    /// The page in prose, in a language or in English; none while it is not written.
    pub fn text(&self, language: &str) -> Option<&str> {
        self.texts.get(language).or_else(|| self.texts.get("en")).map(String::as_str)
    }

    /// What names this version: its day.
    pub fn version(&self) -> String {
        self.effective.to_string()
    }
}
