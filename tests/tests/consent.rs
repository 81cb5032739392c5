//! Consent, cookies and the policy's pages in the running program: what a visitor gets in each country, after
//! each decision, as time goes by and as the policy changes.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use e2e::site::Site;
use e2e::visitor::{Value, Visitor, plain_client, sign_up};

/// The countries where nothing optional may happen before somebody agrees: EU, EEA, United Kingdom.
const REGULATED: [&str; 31] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "IS", "LI", "NO", "GB",
];
const DAY_S: i64 = 24 * 3_600;

/// What the page's own loader was told that it may load.
fn optional(visitor: &Visitor) -> &str {
    let start = "name=\"ms-optional\" content=\"";
    let at = visitor.html.find(start).map(|at| at + start.len());
    at.and_then(|at| visitor.html[at..].split('"').next()).unwrap_or("no loader")
}

fn asks(visitor: &Visitor) -> bool {
    visitor.html.contains("class=\"banner\"")
}

async fn decide(visitor: &mut Visitor, decision: &str) -> anyhow::Result<()> {
    visitor.open("/cookie-settings").await?;
    visitor.must_submit("/cookie-settings", &[("decision", Value::Text(decision))]).await
}

#[tokio::test]
async fn proves_s9_1_in_the_31_countries_and_an_unknown_one_nothing_optional_comes_before_yes()
-> anyhow::Result<()> {
    let site = Site::start(&[])?;
    for country in REGULATED.into_iter().chain(["", "ZZ", "nonsense"]) {
        let mut visitor = site.visitor(country)?;
        for path in
            ["/", "/films", "/films/moon-garden", "/about", "/contact", "/privacy", "/sign-up", "/nowhere"]
        {
            visitor.open(path).await?;
            ensure!(asks(&visitor), "{country}: {path} does not ask");
            ensure!(optional(&visitor).is_empty(), "{country}: {path} loads {}", optional(&visitor));
            ensure!(!visitor.html.contains("optional.js"), "{country}: {path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn proves_s9_2_elsewhere_optional_things_are_on_until_somebody_objects_and_gpc_objects()
-> anyhow::Result<()> {
    let site = Site::start(&[])?;
    for country in ["US", "JP", "BR", "CH"] {
        let mut visitor = site.visitor(country)?;
        visitor.open("/films").await?;
        ensure!(!asks(&visitor) && optional(&visitor) == "usage", "{country}: {}", optional(&visitor));
        decide(&mut visitor, "withdraw").await?;
        visitor.open("/films").await?;
        ensure!(optional(&visitor).is_empty() && !asks(&visitor));
        let mut visitor = site.visitor(country)?;
        visitor.headers.insert("sec-gpc", "1".parse()?);
        visitor.open("/films").await?;
        ensure!(
            optional(&visitor).is_empty() && !asks(&visitor),
            "{country} with GPC: {}",
            optional(&visitor)
        );
        // Somebody who decides otherwise, knowing that their browser objects, is believed.
        decide(&mut visitor, "accept").await?;
        visitor.open("/films").await?;
        ensure!(optional(&visitor) == "usage");
    }
    Ok(())
}

#[tokio::test]
async fn proves_s9_3_the_decision_is_kept_for_a_year_and_the_country_for_a_day() -> anyhow::Result<()> {
    let site = Site::start(&[])?;
    let mut visitor = site.visitor("DE")?;
    visitor.open("/films").await?;
    let country = visitor.set_cookies.iter().find(|cookie| cookie.starts_with("geo_country="));
    let country = country.context("no country cookie")?;
    ensure!(country == "geo_country=DE; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400", "{country}");
    let client = plain_client()?;
    let answer = client
        .post(format!("{}/cookie-settings", site.server.url))
        .header("sec-fetch-site", "same-origin")
        .form(&[("decision", "accept"), ("wording", "cookies-1")])
        .send()
        .await?;
    let set: Vec<_> =
        answer.headers().get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok()).collect();
    let decision =
        set.iter().find(|cookie| cookie.starts_with("ms-cookie-consent=")).context("no decision")?;
    ensure!(decision.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000"), "{decision}");
    Ok(())
}

#[tokio::test]
async fn proves_s9_4_one_click_withdraws_everything() -> anyhow::Result<()> {
    let site = Site::start(&[])?;
    // What optional tools left behind goes with it.
    let client = plain_client()?;
    let answer = client
        .post(format!("{}/cookie-settings", site.server.url))
        .header("sec-fetch-site", "same-origin")
        .header("cookie", "_ga=GA1.1; _ga_X=1; _fbp=2; unrelated=3")
        .form(&[("decision", "withdraw"), ("wording", "cookies-1")])
        .send()
        .await?;
    let set: Vec<_> =
        answer.headers().get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok()).collect();
    for gone in ["_ga", "_ga_X", "_fbp"] {
        ensure!(
            set.iter().any(|cookie| cookie.starts_with(&format!("{gone}=;")) && cookie.contains("Max-Age=0")),
            "{gone}: {set:?}"
        );
    }
    ensure!(!set.iter().any(|cookie| cookie.starts_with("unrelated")), "{set:?}");
    // It is on every page (`sweep.rs` opens them all), one that shows an error too.
    let mut visitor = site.visitor("US")?;
    visitor.open("/nowhere").await?;
    ensure!(optional(&visitor) == "usage");
    visitor.must_submit("/cookie-settings", &[("decision", Value::Text("withdraw"))]).await.ok();
    visitor.open("/films/moon-garden").await?;
    ensure!(optional(&visitor).is_empty(), "{}", optional(&visitor));
    Ok(())
}

#[tokio::test]
async fn proves_s9_5_refusing_takes_as_many_steps_as_accepting() -> anyhow::Result<()> {
    let site = Site::start(&[])?;
    let mut visitor = site.visitor("DE")?;
    visitor.open("/").await?;
    let banner = visitor.html.split("class=\"banner\"").nth(1).context("no banner")?;
    for decision in ["accept", "refuse"] {
        ensure!(
            banner.contains(&format!("<button class=\"button\" name=\"decision\" value=\"{decision}\">")),
            "{banner}"
        );
    }
    for (decision, loads) in [("accept", "usage"), ("refuse", "")] {
        let mut visitor = site.visitor("DE")?;
        visitor.open("/").await?;
        visitor.must_submit("/cookie-settings", &[("decision", Value::Text(decision))]).await?;
        ensure!(optional(&visitor) == loads && !asks(&visitor), "{decision}: {}", optional(&visitor));
    }
    Ok(())
}

#[tokio::test]
async fn proves_s9_6_the_messenger_is_on_the_approved_pages_only() -> anyhow::Result<()> {
    let site = Site::start(&[])?;
    let mut visitor = site.visitor("US")?;
    sign_up(&mut visitor, "parent@example.org").await?;
    for (path, expected) in [
        ("/contact", "usage messenger"),
        ("/about", "usage messenger"),
        ("/films/moon-garden", "usage messenger"),
        ("/de/films/moon-garden", "usage messenger"),
        ("/minitube", "usage messenger"),
        ("/", "usage"),
        ("/films", "usage"),
        ("/privacy", "usage"),
        ("/library", "usage"),
        ("/account", "usage"),
        ("/nowhere", "usage"),
    ] {
        visitor.open(path).await?;
        ensure!(optional(&visitor) == expected, "{path}: {:?}", optional(&visitor));
    }
    // With every optional thing refused, Minitube alone still offers support.
    decide(&mut visitor, "refuse").await?;
    for (path, expected) in
        [("/minitube", "messenger"), ("/contact", ""), ("/about", ""), ("/films/moon-garden", "")]
    {
        visitor.open(path).await?;
        ensure!(optional(&visitor) == expected, "{path}: {:?}", optional(&visitor));
    }
    Ok(())
}

#[tokio::test]
async fn proves_s3_2_each_consent_is_a_choice_of_its_own() -> anyhow::Result<()> {
    let site = Site::start(&[])?;
    let mut visitor = site.visitor("FR")?;
    let yes = Value::Text("yes");
    visitor.open("/cookie-settings").await?;
    let both = [("decision", Value::Text("choice")), ("analytics", Value::Text("yes")), ("support", yes)];
    visitor.must_submit("/cookie-settings", &both).await?;
    visitor.open("/about").await?;
    ensure!(optional(&visitor) == "usage messenger");
    let keep_only = async |visitor: &mut Visitor, kept: &str| {
        visitor.open("/cookie-settings").await?;
        visitor.choose("/cookie-settings", &[("decision", "choice"), (kept, "yes")]).await?;
        visitor.open("/about").await
    };
    keep_only(&mut visitor, "support").await?;
    ensure!(optional(&visitor) == "messenger", "{}", optional(&visitor));
    keep_only(&mut visitor, "analytics").await?;
    ensure!(optional(&visitor) == "usage", "{}", optional(&visitor));
    Ok(())
}

#[tokio::test]
async fn proves_s2_2_use_is_counted_only_where_it_is_allowed_and_then_at_once() -> anyhow::Result<()> {
    let site = Site::start(&[])?;
    let client = plain_client()?;
    let count = async |cookie: &str, times: usize| {
        for _ in 0..times {
            let sent = client
                .post(format!("{}/usage", site.server.url))
                .header("sec-fetch-site", "same-origin")
                .header("x-country", "DE")
                .header("cookie", cookie.to_owned())
                .json(&serde_json::json!({"path": "/films/moon-garden", "event": "view"}))
                .send()
                .await?;
            ensure!(sent.status() == 204, "{}", sent.status());
        }
        Ok(())
    };
    let counted = async || {
        let mut operator = site.operator().await?;
        operator.open("/desk/processing").await?;
        anyhow::Ok(operator.html.contains("<code>/films/{slug}</code>"))
    };
    count("", 20).await?;
    ensure!(!counted().await?, "a visitor who was not asked was counted");
    let given = format!("ms-cookie-consent=01ARZ3NDEKTSV4RRFFQ69G5FAV.cookies-1.{}.100", now_ms());
    count(&given, 9).await?;
    ensure!(!counted().await?, "fewer than ten are shown");
    count(&given, 1).await?;
    ensure!(counted().await?, "an allowed visit was not counted");
    Ok(())
}

#[tokio::test]
async fn proves_s2_4_the_country_stands_in_its_cookie_and_nowhere_finer() -> anyhow::Result<()> {
    let site = Site::start(&[])?;
    let mut visitor = site.visitor("SE")?;
    sign_up(&mut visitor, "parent@example.org").await?;
    decide(&mut visitor, "accept").await?;
    visitor.open("/cookie-settings").await?;
    ensure!(visitor.html.contains("SE"), "{}", visitor.html);
    // The cookie is believed for a day, whatever the proxy says meanwhile.
    visitor.headers.insert("x-country", "US".parse()?);
    visitor.open("/films").await?;
    ensure!(visitor.set_cookies.is_empty(), "{:?}", visitor.set_cookies);
    Ok(())
}

/// The policy in the program once more, changed, in a folder named after its day.
fn next_policy(within: &Path, day: &str, edits: &[(&str, &str, &str)]) -> anyhow::Result<PathBuf> {
    let folder = within.join(day);
    copy(&e2e::root().join("policy/2026-05-22"), &folder)?;
    let dated = ("policy.toml", "effective = \"2026-05-22\"", &*format!("effective = \"{day}\""));
    for (file, from, to) in std::iter::once(&dated).chain(edits) {
        let text = std::fs::read_to_string(folder.join(file))?;
        ensure!(text.contains(from), "{file} has no {from}");
        std::fs::write(folder.join(file), text.replace(from, to))?;
    }
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// A day so many days from now, as 2030-01-31, and the seconds until its noon.
fn day_in(days: i64) -> (String, i64) {
    let today = now_ms().div_euclid(1_000 * DAY_S);
    let (mut year, mut left) = (1970, today + days);
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    while left >= 365 + i64::from(leap(year)) {
        left -= 365 + i64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (format!("{year:04}-{month:02}-{:02}", left + 1), days * DAY_S + DAY_S / 2)
}

#[expect(clippy::disallowed_methods, reason = "the test stands outside the program")]
fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    now.as_millis() as i64
}

#[tokio::test]
async fn proves_s16_2_a_policy_to_come_is_announced_and_on_its_day_old_consent_lapses() -> anyhow::Result<()>
{
    let folder = tempfile::tempdir()?;
    let (day, until_s) = day_in(40);
    let edits = [
        ("policy.toml", "counts = [\"cookies-1\"]", "counts = [\"cookies-2\"]"),
        ("policy.toml", "The first version.", "The messenger is new."),
        ("wordings.toml", "version = \"cookies-1\"", "version = \"cookies-2\""),
    ];
    let next = next_policy(folder.path(), &day, &edits)?.display().to_string();
    let site = Site::start(&[("MINISTUDIO_POLICIES", &next)])?;
    let mut visitor = site.visitor("DE")?;
    decide(&mut visitor, "accept").await?;
    visitor.open("/films").await?;
    ensure!(visitor.html.contains("The messenger is new."), "the new policy is not announced");
    ensure!(optional(&visitor) == "usage", "the consent counts until then");
    visitor.open(&format!("/privacy/{day}")).await?;
    ensure!(visitor.status.is_success() && visitor.html.contains("This version is not in force yet"));
    visitor.open(&format!("/privacy/{day}/changes")).await?;
    ensure!(visitor.status.is_success() && visitor.html.contains("What has changed"), "{}", visitor.html);
    site.at(until_s)?;
    visitor.open("/films").await?;
    ensure!(
        asks(&visitor) && optional(&visitor).is_empty(),
        "old consent still counts: {}",
        optional(&visitor)
    );
    ensure!(!visitor.html.contains("The messenger is new."), "still announced on its day");
    visitor.must_submit("/cookie-settings", &[("decision", Value::Text("accept"))]).await?;
    visitor.open("/films").await?;
    ensure!(optional(&visitor) == "usage" && !asks(&visitor));
    visitor.open("/privacy/2026-05-22").await?;
    ensure!(visitor.html.contains("This is an earlier version"), "the old version is not readable");
    Ok(())
}

#[tokio::test]
async fn proves_s1_1_the_controller_on_the_page_and_in_mails_comes_from_one_value() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (day, until_s) = day_in(3);
    let edits = [
        ("policy.toml", "name = \"Mini Studio, Inc.\"", "name = \"Paper Lantern Ltd.\""),
        ("policy.toml", "hello@ministudio.com", "hello@lantern.example"),
    ];
    let next = next_policy(folder.path(), &day, &edits)?.display().to_string();
    let site = Site::start(&[("MINISTUDIO_POLICIES", &next)])?;
    for (shift, name, email) in [
        (0, "Mini Studio, Inc.", "hello@ministudio.com"),
        (until_s, "Paper Lantern Ltd.", "hello@lantern.example"),
    ] {
        site.at(shift)?;
        let mut visitor = site.visitor("DE")?;
        visitor.open("/privacy").await?;
        ensure!(visitor.html.contains(name) && visitor.html.contains(email), "{name} is not on the page");
        sign_up(&mut visitor, &format!("parent{shift}@example.org")).await?;
        visitor.open("/outbox").await?;
        visitor.open(&visitor.link("/outbox/")?).await?;
        ensure!(visitor.html.contains(name) && visitor.html.contains(email), "{name} is not in the mail");
    }
    Ok(())
}

#[tokio::test]
async fn proves_s15_1_a_message_marked_as_gdpr_request_is_on_top_of_the_desk() -> anyhow::Result<()> {
    let site = Site::start(&[])?;
    let mut visitor = site.visitor("DE")?;
    for (kind, message) in [("question", "How long is a film?"), ("question", "GDPR Request: a copy, please")]
    {
        visitor.open("/contact").await?;
        let fields = [
            ("email", Value::Text("somebody@example.org")),
            ("kind", Value::Text(kind)),
            ("message", Value::Text(message)),
        ];
        visitor.must_submit("/contact", &fields).await?;
    }
    ensure!(visitor.html.contains("within 30 days at the latest"));
    visitor.open("/outbox").await?;
    visitor.open(&visitor.link("/outbox/")?).await?;
    ensure!(
        visitor.html.contains("somebody@example.org") && visitor.html.contains("It goes first"),
        "{}",
        visitor.html
    );
    let mut operator = site.operator().await?;
    operator.open("/desk/enquiries").await?;
    operator.open(&operator.link("/desk/enquiries/")?).await?;
    ensure!(operator.html.contains("GDPR Request: a copy, please"), "{}", operator.html);
    operator.must_submit("/desk/enquiries/", &[("todo", Value::Text("close"))]).await?;
    ensure!(!operator.html.contains("Goes first"));
    Ok(())
}

#[tokio::test]
async fn proves_s7_1_s12_9_record_of_processing_and_the_authority_of_the_country() -> anyhow::Result<()> {
    let site = Site::start(&[])?;
    let mut operator = site.operator().await?;
    operator.open("/desk/processing").await?;
    ensure!(operator.status.is_success() && operator.html.contains("Art. 6(1)"), "{}", operator.html);
    for country in REGULATED {
        let mut visitor = site.visitor(country)?;
        visitor.open("/privacy").await?;
        ensure!(
            visitor.html.contains("The data-protection authority there is"),
            "{country} has no authority"
        );
    }
    Ok(())
}
