//! A mistake in a file is said with file, key and a suggestion.

use policy::{Classification, Policy};

use crate::{files, replace};

/// What reading says of the files with one text replaced.
fn said(file: &str, from: &str, to: &str) -> String {
    let mut files = files();
    replace(&mut files, file, from, to);
    Policy::read(&files).expect_err("it is wrong").to_string()
}

#[test]
fn the_files_hold() {
    Policy::read(&files()).unwrap();
}

#[test]
fn slips_are_told_with_their_place_and_what_was_meant() {
    for (file, from, to, expected) in [
        ("processors.toml", "photo = [\"image_url\"", "photos = [\"image_url\"", "did you mean \"photo\"?"),
        ("processors.toml", "purposes = [\"films\"]", "purposes = [\"film\"]", "did you mean \"films\"?"),
        ("purposes.toml", "\"uploaded-images\"]", "\"uploaded-image\"]", "did you mean \"uploaded-images\"?"),
        ("purposes.toml", "\"sign-up\"", "\"signup\"", "did you mean \"sign-up\"?"),
        ("cookies.toml", "\"30 days\"", "\"30 dayz\"", "\"30 dayz\" is no period"),
        ("cookies.toml", "processor = \"clerk\"", "processor = \"klerk\"", "did you mean \"clerk\"?"),
        ("policy.toml", "[controller]", "[controller]\nfax = \"1\"", "unknown field `fax`"),
        ("policy.toml", "2026-05-22", "2026-05-32", "\"2026-05-32\" is no day"),
        ("policy.toml", "\"AT\"", "\"AUT\"", "\"AUT\" is no country"),
        ("categories.toml", "fr = \"Assistance\"\n", "", "the words in \"fr\" are missing"),
    ] {
        let said = said(file, from, to);
        assert!(said.starts_with(&format!("{file}: ")), "{said}");
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn what_contradicts_itself_is_refused() {
    for (file, from, to, expected) in [
        ("wordings.toml", "guardian-1", "adult-1", "wordings.toml: adult-1: is there twice"),
        (
            "wordings.toml",
            "subject = \"guardian\"",
            "subject = \"adult\"",
            "there is no wording for \"guardian\"",
        ),
        (
            "policy.toml",
            "\"cookies-1\"",
            "\"cookies-0\"",
            "consent.counts: there is no wording of the banner or of marketing \"cookies-0\"; did you mean \"cookies-1\"?",
        ),
        (
            "purposes.toml",
            "choice = \"analytics\"\n",
            "",
            "purposes.analytics.choice: is given exactly where the basis is consent",
        ),
        (
            "purposes.toml",
            "basis = \"contract\"",
            "basis = \"legitimate-interests\"",
            "purposes.account.interest: is given exactly where",
        ),
        (
            "purposes.toml",
            "\"country\", \"device-technical\"",
            "\"device-technical\"",
            "categories.country: is used for no purpose",
        ),
        (
            "processors.toml",
            "[processors.fields]\nphoto",
            "[processors.fields]\nemail = [\"prompt\"]\nphoto",
            "\"prompt\" is listed as plain too",
        ),
        (
            "processors.toml",
            "[processors.fields]\nphoto",
            "[processors.fields]\nbilling = [\"a\"]\nphoto",
            "processors.fal.fields.billing: none of its purposes uses the category",
        ),
        ("processors.toml", "regions = [\"US\"]", "regions = []", "processors.fal.regions: is empty"),
        ("processors.toml", "\"queue.fal.run\"", "\"https://queue.fal.run\"", "is no host"),
        ("processors.toml", "\"https://*.mux.com\"", "\"*.mux.com\"", "is no source"),
        (
            "processors.toml",
            "{ header = \"x-fal-store-io\", value = \"0\" }",
            "{ header = \"x-fal-store-io\", value = 0 }",
            "processors.fal.always: the value of the header \"x-fal-store-io\" is no text",
        ),
        (
            "processors.toml",
            "{ header = \"x-fal-store-io\", value = \"0\" }",
            "{ header = \"authorization\", value = \"0\" }",
            "processors.fal.always: \"authorization\" is listed in `headers` too",
        ),
        ("cookies.toml", "processor = \"mixpanel\"\n", "", "is given exactly where the purpose is vendor"),
        (
            "cookies.toml",
            "processor = \"google-analytics\"",
            "processor = \"stripe\"",
            "Stripe has no purpose that would allow it",
        ),
        (
            "cookies.toml",
            "purpose = \"country\"",
            "purpose = \"consent\"",
            "exactly one cookie has the purpose",
        ),
        (
            "authorities.toml",
            "countries = [\"PL\"]",
            "countries = [\"CH\"]",
            "authorities.toml: PL: has no authority",
        ),
        (
            "text/de.md",
            "{{purposes}}",
            "{{purpose}}",
            "text/de.md: there is no placeholder \"purpose\"; did you mean \"purposes\"?",
        ),
        ("text/fr.md", "{{purposes}}", "", "text/fr.md: has other placeholders than the English text"),
        ("promises.csv", "S1-1,", "S2-1,", "promises.csv: line 3: names \"S2-1\" twice"),
    ] {
        let said = said(file, from, to);
        assert!(said.contains(expected), "{file} {to}: {said}");
    }
}

#[test]
fn several_mistakes_are_told_at_once_and_a_missing_file_is_one() {
    let mut files = files();
    files.remove("retention.toml");
    files.insert("text/it.md".into(), String::new());
    replace(&mut files, "cookies.toml", "\"30 days\"", "\"a month\"");
    let said = Policy::read(&files).unwrap_err().to_string();
    for expected in ["retention.toml: is missing", "text/it.md: is no text", "\"a month\" is no period"] {
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn a_version_without_an_agreement_region_or_safeguard_cannot_be_read() {
    for without in
        ["regions = [\"US\"]\n", "safeguard = \"standard-contractual-clauses\"\n", "[processors.agreement]\n"]
    {
        assert!(said("processors.toml", without, "").starts_with("processors.toml: "));
    }
}

#[test]
fn a_slip_in_the_classification_is_told_too() {
    let text = std::fs::read_to_string(crate::root().join("classification.toml")).unwrap();
    for (from, to, expected) in [
        (
            "name_sealed = \"account-contact\"",
            "name_sealed = \"acount-contact\"",
            "did you mean \"account-contact\"?",
        ),
        ("name_sealed = \"account-contact\"", "name_sealed = \"operational\"", "say why it is operational"),
        (
            "since = \"seen_at_ms\"",
            "since = \"seen_at\"",
            "tables.sessions.since: there is no column \"seen_at\"; did you mean \"seen_at_ms\"?",
        ),
        (
            "empty = { price_cents = 0",
            "empty = { price_cent = 0",
            "tables.orders.sooner.empty: there is no column \"price_cent\"; did you mean \"price_cents\"?",
        ),
        ("account = \"film_id in films\"", "account = \"film_id in film\"", "did you mean \"films\"?"),
        (
            "keep = \"sign-in-link\"",
            "keep = \"operational\"",
            "tables.links.keep: personal data needs a retention rule",
        ),
        (
            "[tables.seaql_migrations]\n",
            "[tables.seaql_migrations]\ncolumns = { version = \"support\" }\n",
            "give either columns or",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        let said = Classification::read(&text.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(said.starts_with("classification.toml: ") && said.contains(expected), "{said}");
    }
    let unsuited = text.replacen("since = \"seen_at_ms\"\n", "", 1);
    let said = Classification::read(&unsuited).unwrap().check(Policy::current()).unwrap_err().to_string();
    assert!(said.contains("tables.sessions.since: its rule counts from a column"), "{said}");
}
