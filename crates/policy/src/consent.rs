//! Whether optional things may happen for a visitor: from the country, the browser's Global Privacy Control
//! and what the person decided before.
//!
//! A pure function. It must not know requests, cookies or pages.

use crate::{Choosable, CookiePurpose, Country, Lifetime, Policy, Subject};

/// What the law of a country asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Regime {
    /// Nothing optional before somebody agrees.
    OptIn,
    /// Optional things are on until somebody objects.
    OptOut,
}

impl Regime {
    /// As it is recorded.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OptIn => "opt-in",
            Self::OptOut => "opt-out",
        }
    }
}

/// Something optional, asked for on the banner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Usage is analysed.
    Analytics,
    /// A messenger is loaded on some public pages.
    Support,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Analytics, Self::Support];
}

/// What is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Choice {
    /// Usage may be analysed.
    pub analytics: bool,
    /// A messenger may be loaded on some public pages.
    pub support: bool,
}

impl Choice {
    /// Nothing.
    pub const NONE: Self = Self { analytics: false, support: false };
    /// Everything that is asked for.
    pub const ALL: Self = Self { analytics: true, support: true };

    /// Whether something is allowed.
    pub fn allows(self, purpose: Purpose) -> bool {
        match purpose {
            Purpose::Analytics => self.analytics,
            Purpose::Support => self.support,
        }
    }
}

/// What a person decided before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// What they allowed.
    pub choice: Choice,
    /// Version of the wording that they read.
    pub wording: String,
    /// When.
    pub at_ms: i64,
    /// Whether their browser sent Global Privacy Control then: they decided otherwise, knowing it.
    pub knowing_gpc: bool,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// What may happen now.
    pub allowed: Choice,
    /// Whether to ask.
    pub ask: bool,
    /// What the law of the country asks for.
    pub regime: Regime,
    /// What it rests on.
    pub why: Why,
}

/// What a decision rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// Nobody decided yet: what the regime says.
    Undecided,
    /// The person's choice.
    Chosen,
    /// Global Privacy Control.
    Signal,
    /// The person agreed under a wording that no longer counts.
    Outdated,
}

/// Decides.
///
/// - Where consent must be asked first (EU, EEA, UK, an unknown country) nothing optional happens before;
///   elsewhere it is on until somebody objects.
/// - Global Privacy Control objects, unless the person decided otherwise on our banner while it was sent.
/// - A choice holds as long as its cookie may live. An agreement under a wording that no longer counts has
///   lapsed; a refusal never does for that reason.
pub fn decide(
    policy: &Policy,
    country: Option<Country>,
    gpc: bool,
    given: Option<&Given>,
    now_ms: i64,
) -> Decision {
    let regime = policy.regime(country);
    let Some(given) = given.filter(|given| now_ms.saturating_sub(given.at_ms) < lifetime_ms(policy)) else {
        let (allowed, ask, why) = match (gpc, regime) {
            (true, _) => (Choice::NONE, false, Why::Signal),
            (false, Regime::OptIn) => (Choice::NONE, true, Why::Undecided),
            (false, Regime::OptOut) => (Choice::ALL, false, Why::Undecided),
        };
        return Decision { allowed, ask, regime, why };
    };
    let counts = policy.counts(Subject::Cookies, &given.wording);
    let agreed = given.choice != Choice::NONE;
    let (allowed, ask, why) = match (agreed, counts) {
        (false, _) => (Choice::NONE, false, Why::Chosen),
        (true, _) if gpc && !(given.knowing_gpc && counts) => (Choice::NONE, false, Why::Signal),
        (true, true) => (given.choice, false, Why::Chosen),
        (true, false) => match regime {
            Regime::OptIn => (Choice::NONE, true, Why::Outdated),
            // What was refused stays refused; the rest is on as it is without any choice.
            Regime::OptOut => (given.choice, false, Why::Outdated),
        },
    };
    Decision { allowed, ask, regime, why }
}

/// How long a choice holds: as long as the cookie that remembers it.
fn lifetime_ms(policy: &Policy) -> i64 {
    match policy.cookie_for(CookiePurpose::Consent).map(|cookie| cookie.period) {
        Some(Lifetime::Span(period)) => period.ms(),
        _ => 0,
    }
}

/// That something was agreed to; what goes to a processor on the ground of consent asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed(Choosable);

impl Agreed {
    /// That marketing is agreed to, as the studio's own records say.
    pub fn marketing_on_record() -> Self {
        Self(Choosable::Marketing)
    }

    /// That analytics were agreed to when what is sent was done, as the studio's own records say.
    pub fn analytics_on_record() -> Self {
        Self(Choosable::Analytics)
    }

    /// What was agreed to.
    pub fn to(self) -> Choosable {
        self.0
    }
}

impl Decision {
    /// That something on the banner is allowed, if it is.
    pub fn agreed(&self, purpose: Purpose) -> Option<Agreed> {
        let choosable = match purpose {
            Purpose::Analytics => Choosable::Analytics,
            Purpose::Support => Choosable::Support,
        };
        self.allowed.allows(purpose).then_some(Agreed(choosable))
    }
}
