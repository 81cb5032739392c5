//! Whether a version holds together: every name that is used exists, nothing is there twice, and what the
//! law or a promise asks for is said.

use std::collections::BTreeSet;

use super::{
    Basis, Choosable, CookieClass, CookiePurpose, Lifetime, Mailing, Mistake, Policy, Processor, Subject,
};

/// Everything that does not hold.
pub(super) fn policy(policy: &Policy, mistakes: &mut Vec<Mistake>) {
    let mut check = Check { policy, mistakes };
    check.head();
    check.categories();
    check.purposes();
    policy.processors.iter().for_each(|processor| check.processor(processor));
    check.cookies();
    check.wordings();
    check.authorities();
    check.marketing();
    check.twice();
}

struct Check<'a> {
    policy: &'a Policy,
    mistakes: &'a mut Vec<Mistake>,
}

impl Check<'_> {
    fn wrong(&mut self, file: &str, key: impl Into<String>, what: impl Into<String>) {
        self.mistakes.push(Mistake::new(file, key, what));
    }

    fn known<'n>(
        &mut self,
        at: (&str, String),
        sort: &str,
        name: &str,
        known: impl Iterator<Item = &'n str> + Clone,
    ) {
        if !known.clone().any(|other| other == name) {
            self.mistakes.push(Mistake::unknown(at.0, at.1, sort, name, known));
        }
    }

    fn head(&mut self) {
        let controller = &self.policy.controller;
        for (key, text) in
            [("name", &controller.name), ("email", &controller.email), ("country", &controller.country)]
        {
            if text.trim().is_empty() {
                self.wrong("policy.toml", format!("controller.{key}"), "is empty");
            }
        }
        if !controller.email.contains('@') {
            self.wrong("policy.toml", "controller.email", "is no e-mail address");
        }
        if self.policy.consent.opt_in.is_empty() {
            self.wrong("policy.toml", "consent.opt_in", "names no country");
        }
        if self.policy.promises.is_empty() {
            self.wrong("promises.csv", "", "promises nothing");
        }
    }

    fn marketing(&mut self) {
        let (marketing, file) = (&self.policy.marketing, "marketing.toml");
        for mailing in Mailing::ALL {
            match marketing.kinds.iter().filter(|kind| kind.id == mailing).count() {
                1 => {}
                0 => self.wrong(file, "marketing.kinds", format!("{:?} is missing", mailing.word())),
                _ => self.wrong(file, "marketing.kinds", format!("{:?} is there twice", mailing.word())),
            }
        }
        let mut seen = BTreeSet::new();
        for country in marketing.regions.iter().flat_map(|region| &region.countries) {
            if !seen.insert(*country) {
                self.wrong(file, "marketing.regions", format!("{country} is in two regions"));
            }
        }
        if marketing.cart_left.ms() >= marketing.cart_lapsed.ms() {
            self.wrong(file, "marketing.cart_lapsed", "is not after `cart_left`");
        }
        let mut seen = BTreeSet::new();
        for country in marketing.zones.iter().flat_map(|zone| &zone.countries) {
            if !seen.insert(*country) {
                self.wrong(file, "marketing.zones", format!("{country} is in two zones"));
            }
        }
        let day = marketing.hours.to - marketing.hours.from;
        let all = marketing.zones.iter().map(|zone| zone.offsets).chain([marketing.elsewhere]);
        for offsets in all {
            // What is due is looked for every hour.
            if offsets.most < offsets.least || day - (offsets.most - offsets.least) < 2 * 60 {
                let what = format!("leaves less than two hours of a day of {offsets:?}");
                self.wrong(file, "marketing.hours", what);
            }
        }
    }

    fn categories(&mut self) {
        for category in &self.policy.categories {
            let key = format!("categories.{}", category.id.as_str());
            if category.kinds.is_empty() {
                self.wrong("categories.toml", &key, "has no kinds");
            }
            if !self.policy.purposes.iter().any(|purpose| purpose.categories.contains(&category.id)) {
                self.wrong("categories.toml", &key, "is used for no purpose, so it must not be collected");
            }
        }
    }

    fn purposes(&mut self) {
        let policy = self.policy;
        let file = "purposes.toml";
        for purpose in &policy.purposes {
            let key = |part: &str| format!("purposes.{}.{part}", purpose.id.as_str());
            for category in &purpose.categories {
                let known = policy.categories.iter().map(|category| category.id.as_str());
                self.known((file, key("categories")), "category", category.as_str(), known);
            }
            for rule in &purpose.keep {
                let known = policy.retention.iter().map(|rule| rule.id.as_str());
                self.known((file, key("keep")), "retention rule", rule.as_str(), known);
            }
            for (part, is_empty) in [
                ("categories", purpose.categories.is_empty()),
                ("people", purpose.people.is_empty()),
                ("keep", purpose.keep.is_empty()),
            ] {
                if is_empty {
                    self.wrong(file, key(part), "names nothing");
                }
            }
            if (purpose.basis == Basis::Consent) != purpose.choice.is_some() {
                self.wrong(file, key("choice"), "is given exactly where the basis is consent");
            }
            if (purpose.basis == Basis::LegitimateInterests) != purpose.interest.is_some() {
                self.wrong(file, key("interest"), "is given exactly where the basis is legitimate-interests");
            }
            if purpose.basis != Basis::LegitimateInterests && purpose.compelling.is_some() {
                self.wrong(file, key("compelling"), "is given only where the basis is legitimate-interests");
            }
        }
    }

    fn processor(&mut self, processor: &Processor) {
        let policy = self.policy;
        let file = "processors.toml";
        let id = processor.id.as_str();
        let key = |part: &str| format!("processors.{id}.{part}");
        for purpose in &processor.purposes {
            let known = policy.purposes.iter().map(|purpose| purpose.id.as_str());
            self.known((file, key("purposes")), "purpose", purpose.as_str(), known);
        }
        for (part, is_empty) in [
            ("purposes", processor.purposes.is_empty()),
            ("regions", processor.regions.is_empty()),
            ("agreement.document", processor.agreement.document.trim().is_empty()),
            ("deletion.by", processor.deletion.by.trim().is_empty()),
        ] {
            if is_empty {
                self.wrong(file, key(part), "is empty");
            }
        }
        self.fields(processor);
        for host in &processor.server {
            let plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
            if !host.contains('.') || !host.bytes().all(plain) {
                self.wrong(
                    file,
                    key("server"),
                    format!("{host:?} is no host; write for example api.example.com"),
                );
            }
        }
        for header in processor.required_headers.iter().filter(|header| !processor.headers.contains(header)) {
            let known: Vec<&str> = processor.headers.iter().map(String::as_str).collect();
            self.mistakes.push(Mistake::unknown(file, key("required_headers"), "header", header, known));
        }
        for always in &processor.always {
            if always.header.is_some() == always.field.is_some() {
                self.wrong(file, key("always"), "give either a header or a field");
            }
            let Some(header) = &always.header else { continue };
            if !always.value.is_str() {
                self.wrong(file, key("always"), format!("the value of the header {header:?} is no text"));
            }
            if processor.headers.contains(header) {
                self.wrong(file, key("always"), format!("{header:?} is listed in `headers` too"));
            }
        }
        for browser in &processor.browser {
            let known = processor.purposes.iter().map(|purpose| purpose.as_str());
            self.known((file, key("browser.purpose")), "purpose", browser.purpose.as_str(), known);
            let sources = [
                &browser.script,
                &browser.connect,
                &browser.image,
                &browser.media,
                &browser.frame,
                &browser.form,
            ];
            for source in sources.into_iter().flatten() {
                let host = source.strip_prefix("https://").or_else(|| source.strip_prefix("wss://"));
                if !host.is_some_and(|host| host.trim_start_matches("*.").contains('.')) {
                    self.wrong(file, key("browser"), format!("{source:?} is no source; write https://host"));
                }
            }
        }
        if !processor.privacy_page.starts_with("https://") {
            self.wrong(file, key("privacy_page"), "is no address; write https://…");
        }
    }

    /// A processor gets only what its purposes use.
    fn fields(&mut self, processor: &Processor) {
        let policy = self.policy;
        let file = "processors.toml";
        let key = |part: &str| format!("processors.{}.{part}", processor.id.as_str());
        for (kind, names) in &processor.fields {
            let at = key(&format!("fields.{}", kind.as_str()));
            let kinds = policy.categories.iter().flat_map(|category| &category.kinds);
            self.known((file, at.clone()), "kind of data", kind.as_str(), kinds.map(|kind| kind.id.as_str()));
            let category = policy
                .categories
                .iter()
                .find(|category| category.kinds.iter().any(|known| known.id == *kind));
            let used = policy.purposes.iter().filter(|purpose| processor.purposes.contains(&purpose.id));
            let used: Vec<_> = used.flat_map(|purpose| &purpose.categories).collect();
            if category.is_some_and(|category| !used.contains(&&category.id)) {
                self.wrong(file, &at, "none of its purposes uses the category of this kind");
            }
            if names.is_empty() {
                self.wrong(file, &at, "names no field");
            }
            for name in names.iter().filter(|name| processor.is_plain(name)) {
                self.wrong(file, &at, format!("{name:?} is listed as plain too"));
            }
        }
        for kind in processor.deletion.fields.keys().filter(|kind| !processor.fields.contains_key(kind)) {
            let known: Vec<&str> = processor.fields.keys().map(|kind| kind.as_str()).collect();
            self.mistakes.push(Mistake::unknown(
                file,
                key("deletion.fields"),
                "kind of data among its own named",
                kind.as_str(),
                known,
            ));
        }
    }

    fn cookies(&mut self) {
        let policy = self.policy;
        let file = "cookies.toml";
        for cookie in &policy.cookies {
            let key = |part: &str| format!("cookies.{}.{part}", cookie.name);
            if (cookie.purpose == CookiePurpose::Vendor) != cookie.processor.is_some() {
                self.wrong(file, key("processor"), "is given exactly where the purpose is vendor");
            }
            if cookie.purpose.is_of_messenger() {
                if cookie.class != CookieClass::Support {
                    self.wrong(file, key("class"), "what our messenger keeps has the class support");
                }
            } else if cookie.purpose != CookiePurpose::Vendor
                && (!matches!(cookie.period, Lifetime::Span(_)) || !cookie.is_essential())
            {
                self.wrong(file, key("period"), "a cookie of ours is essential and kept for a span");
            }
            let choice = match cookie.class {
                CookieClass::Essential => None,
                CookieClass::Analytics => Some(Choosable::Analytics),
                CookieClass::Support => Some(Choosable::Support),
            };
            let Some(id) = &cookie.processor else { continue };
            let known = policy.processors.iter().map(|processor| processor.id.as_str());
            self.known((file, key("processor")), "processor", id.as_str(), known);
            let Some(processor) = policy.processors.iter().find(|processor| processor.id == *id) else {
                continue;
            };
            let mut purposes =
                policy.purposes.iter().filter(|purpose| processor.purposes.contains(&purpose.id));
            let fits = purposes.any(|purpose| match choice {
                None => purpose.basis != Basis::Consent,
                some => purpose.choice == some,
            });
            if !fits {
                self.wrong(
                    file,
                    key("class"),
                    format!("{} has no purpose that would allow it", processor.name),
                );
            }
        }
        for (purpose, word) in [
            (CookiePurpose::Session, "session"),
            (CookiePurpose::SignIn, "sign-in"),
            (CookiePurpose::Consent, "consent"),
            (CookiePurpose::Country, "country"),
            (CookiePurpose::Age, "age"),
            (CookiePurpose::SupportDevice, "support-device"),
            (CookiePurpose::SupportSession, "support-session"),
            (CookiePurpose::SupportId, "support-id"),
        ] {
            if policy.cookies.iter().filter(|cookie| cookie.purpose == purpose).count() != 1 {
                self.wrong(file, "", format!("exactly one cookie has the purpose {word:?}"));
            }
        }
    }

    fn wordings(&mut self) {
        let policy = self.policy;
        for subject in Subject::ALL {
            if !policy.wordings.iter().any(|wording| wording.subject == subject) {
                self.wrong("wordings.toml", "", format!("there is no wording for {:?}", subject.word()));
            }
        }
        let counts = &policy.consent.counts;
        let of = |subject: Subject| {
            let of_subject = policy.wordings.iter().filter(move |wording| wording.subject == subject);
            of_subject.map(|wording| wording.version.as_str())
        };
        for version in counts {
            let (key, sort) = ("consent.counts".to_owned(), "wording of the banner or of marketing");
            self.known(("policy.toml", key), sort, version, Subject::LAPSING.into_iter().flat_map(of));
        }
        for subject in Subject::LAPSING {
            let is_named = |version: &str| counts.iter().any(|named| named == version);
            // The banner's are always named; of the other where some count no more.
            let names = subject == Subject::Cookies || of(subject).any(is_named);
            if names && of(subject).next_back().is_some_and(|newest| !is_named(newest)) {
                self.wrong("policy.toml", "consent.counts", "leaves out the wording that is shown");
            }
        }
    }

    fn authorities(&mut self) {
        let policy = self.policy;
        // The Union as a whole has addresses, but nobody to complain to.
        let countries = policy.consent.opt_in.iter().filter(|country| country.code() != "EU");
        for country in countries {
            if !policy.authorities.iter().any(|authority| authority.countries.contains(country)) {
                self.wrong(
                    "authorities.toml",
                    country.code(),
                    "has no authority, though consent is asked for there",
                );
            }
        }
        for authority in policy.authorities.iter().filter(|authority| !authority.web.starts_with("https://"))
        {
            self.wrong("authorities.toml", &authority.name, "has no address that begins with https://");
        }
    }

    fn twice(&mut self) {
        let policy = self.policy;
        let categories = &policy.categories;
        let kinds = categories.iter().flat_map(|category| &category.kinds);
        let store = |cookie: &super::Cookie| format!("{} ({:?})", cookie.name, cookie.store);
        let countries = policy.authorities.iter().flat_map(|authority| &authority.countries);
        self.unique("categories.toml", categories.iter().map(|category| category.id.as_str().to_owned()));
        self.unique("categories.toml", kinds.map(|kind| kind.id.as_str().to_owned()));
        self.unique("purposes.toml", policy.purposes.iter().map(|purpose| purpose.id.as_str().to_owned()));
        self.unique(
            "processors.toml",
            policy.processors.iter().map(|processor| processor.id.as_str().to_owned()),
        );
        self.unique("retention.toml", policy.retention.iter().map(|rule| rule.id.as_str().to_owned()));
        self.unique("wordings.toml", policy.wordings.iter().map(|wording| wording.version.clone()));
        self.unique("cookies.toml", policy.cookies.iter().map(store));
        self.unique("authorities.toml", countries.map(|country| country.code().to_owned()));
        self.unique("policy.toml", policy.consent.opt_in.iter().map(|country| country.code().to_owned()));
    }

    fn unique(&mut self, file: &str, names: impl Iterator<Item = String>) {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(name.clone()) {
                self.wrong(file, &name, "is there twice");
            }
        }
    }
}
