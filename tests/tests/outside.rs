//! A family's whole journey with all thirteen processors switched on, each emulated on this machine: from the first page
//! to the erasure of the account. Every request that a processor was sent is held, field by field, against what the policy
//! lists for it; afterwards nobody outside has anything of the family left.
//!
//! What was sent is printed as a table, and lies in `target/outside.txt`.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use e2e::server::{command, free_address};
use e2e::site::Site;
use e2e::visitor::{Value, Visitor, film_is_whole, plain_client};
use e2e::{drawn_child, tiny_film};
use emulators::Asked;
use emulators::all::All;
use emulators::gemini::Reply;
use policy::{Policies, Processor};
use serde_json::{Value as Json, json};
use sqlx::Row;

/// The first parent, who is a user of the sign-in service too.
const EMAIL: &str = "parent@example.org";
/// The second, who comes by the sign-in service alone. The first one's address is a part of it.
const OTHER_EMAIL: &str = "other.parent@example.org";
/// The child. Nothing that goes out holds this, however it is written.
const NAME: &str = "Zoëlina";
const SAID: &str = "The film does not start.";
const ANSWERED: &str = "It starts now. Please try again.";
const ANALYTICS: [&str; 4] = ["google-analytics", "segment", "mixpanel", "contentsquare"];
/// Those that know a family by something that is let go of. Google Gemini never gets anything of one; what lies at Google
/// Cloud Storage is deleted object by object.
const LEAVE_RECEIPTS: [&str; 11] = [
    "fal",
    "mux",
    "imagekit",
    "clerk",
    "stripe",
    "klaviyo",
    "intercom",
    "google-analytics",
    "segment",
    "mixpanel",
    "contentsquare",
];
/// Those that may know the parent's address.
const KNOW_ADDRESS: [&str; 4] = ["clerk", "stripe", "klaviyo", "intercom"];
const MONTH_S: i64 = 31 * 24 * 3_600;

/// The site and what stands around it.
struct World<'a> {
    all: &'a All,
    site: Site,
    /// The configuration, and the folder of the film.
    config: PathBuf,
    film: PathBuf,
    ahead_s: Cell<i64>,
    _folder: tempfile::TempDir,
}

impl<'a> World<'a> {
    async fn begin(all: &'a All) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let film = folder.path().join("tiny");
        copy(Path::new(&tiny_film()), &film)?;
        has_painted_shots(&film)?;
        let address = free_address()?;
        let config = all.configure(folder.path(), &format!("http://{address}"))?;
        let settings = [("MINISTUDIO_CONFIG", config.clone()), ("MINISTUDIO_FILMS", film.clone())];
        let settings = settings.map(|(name, path)| (name, path.display().to_string()));
        // The bucket is looked at before anything starts: whoever answers for it must not be kept waiting.
        let site = tokio::task::spawn_blocking(move || {
            let settings: Vec<(&str, &str)> =
                settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
            Site::start_at(address, &settings)
        });
        let site = site.await??;
        Ok(Self { all, site, config, film, ahead_s: Cell::new(0), _folder: folder })
    }

    /// So many seconds go by, here and outside.
    fn later(&self, seconds: i64) -> anyhow::Result<()> {
        let ahead_s = self.ahead_s.get() + seconds;
        self.ahead_s.set(ahead_s);
        // They first: what is signed by a clock that is ahead is not taken.
        self.all.set_ahead(ahead_s);
        self.site.at(ahead_s)
    }

    fn url(&self) -> &str {
        &self.site.server.url
    }

    /// All that these processors were asked.
    fn asked(&self, ids: &[&str]) -> Vec<Asked> {
        let emulators = self.all.emulators().into_iter().filter(|(id, _)| ids.contains(id));
        emulators.flat_map(|(_, emulator)| emulator.asked()).collect()
    }

    /// How often a processor was called so.
    fn calls(&self, id: &str, method: &str, begins: &str) -> usize {
        let asked = self.asked(&[id]);
        asked.iter().filter(|asked| asked.method == method && asked.path.starts_with(begins)).count()
    }
}

/// The shot that shows the face is painted as a picture, and once more, at the end, as a moving one.
fn has_painted_shots(film: &Path) -> anyhow::Result<()> {
    let change = |file: &str, change: &dyn Fn(String) -> String| -> anyhow::Result<()> {
        let file = film.join(file);
        Ok(std::fs::write(&file, change(std::fs::read_to_string(&file)?))?)
    };
    std::fs::copy(film.join("shots/02-hill.toml"), film.join("shots/05-boat.toml"))?;
    for (shot, kind) in [("02-hill", "portrait"), ("05-boat", "image-to-video")] {
        let table = format!("generated = {{ kind = \"{kind}\", prompt = \"the child, cut from paper\" }}\n");
        change(&format!("shots/{shot}.toml"), &|drawn| format!("{table}{drawn}"))?;
    }
    let more = "[shots.05-boat]\ncaption = \"Home!\"\ndescribed = \"The child in a boat.\"\n";
    for language in ["en", "de"] {
        change(&format!("words/{language}.toml"), &|words| format!("{words}{more}"))?;
    }
    change("film.toml", &|text| text.replace("\"04-age\"]", "\"04-age\", \"05-boat\"]"))
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            std::fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a vendor has a clock of its own")]
fn now_s() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Waits (up to five minutes).
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    for _ in 0..600 {
        if is_so().await.with_context(|| what.to_owned())? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    anyhow::bail!("waited in vain until {what}")
}

/// What stands between two texts, as HTML writes it.
fn between(html: &str, start: &str, end: &str) -> Option<String> {
    let rest = &html[html.find(start)? + start.len()..];
    Some(rest[..rest.find(end)?].replace("&amp;", "&"))
}

/// The directive of a page's Content-Security-Policy.
fn directive(visitor: &Visitor, name: &str) -> anyhow::Result<String> {
    let policy = visitor.answer_headers.get("content-security-policy").context("no policy")?;
    let mut directives = policy.to_str()?.split(';').map(str::trim);
    Ok(directives.find(|one| one.starts_with(name)).context("no such directive")?.to_owned())
}

async fn status_of(url: &str) -> anyhow::Result<u16> {
    Ok(plain_client()?.get(url).send().await?.status().as_u16())
}

#[tokio::test]
async fn proves_s6_2_s6_3_s6_4_s6_5_s6_6_s6_7_s6_8_s6_9_s6_10_s6_11_s6_12_s6_13_s6_14_s6_15_s5_12_each_processor_gets_what_is_listed_and_keeps_nothing()
-> anyhow::Result<()> {
    let portrait = std::fs::read(e2e::root().join("tests/emulators/portrait.png"))?;
    let all = All::start(portrait).await;
    tokio::select! {
        came = journey(&all) => came,
        () = all.go_on() => anyhow::bail!("the processors stopped"),
    }
}

async fn journey(all: &All) -> anyhow::Result<()> {
    let world = World::begin(all).await?;
    let mut parent = world.site.visitor("DE")?;
    signs_up(&world, &mut parent).await?;
    agrees_to_analytics(&world, &mut parent).await?;
    let newcomer = sign_in_by_the_service(&world).await?;
    let film = orders(&world, &mut parent).await?;
    watches(&world, &mut parent, &film).await?;
    is_on_the_list(&world).await?;
    is_counted(&world, &mut parent).await?;
    asks_for_help(&world, &mut parent).await?;
    has_texts_written(&world).await?;
    is_kept_sealed(&world).await?;

    is_let_go_of_by_the_painter(&world).await?;
    leaves_the_list(&world, &mut parent).await?;
    is_deleted_at_the_service(&world, &newcomer).await?;
    parent.open("/account/delete").await?;
    parent.must_submit("/account/delete", &[]).await?;
    world.later(MONTH_S)?;
    is_erased(&world).await?;
    nothing_is_left(&world).await?;
    what_was_sent_is_listed(&world)
}

/// With marketing ticked, and confirmed by the link of the first mail.
async fn signs_up(world: &World<'_>, parent: &mut Visitor) -> anyhow::Result<()> {
    parent.open("/sign-up").await?;
    let fields = [
        ("email", Value::Text(EMAIL)),
        ("adult", Value::Text("adult-1")),
        ("marketing", Value::Text("marketing-1")),
    ];
    parent.must_submit("/sign-up", &fields).await?;
    parent.open("/outbox").await?;
    parent.open(&parent.link("/outbox/")?).await?;
    parent.open(&parent.link("/sign-in/link/")?).await?;
    ensure!(parent.session().is_ok(), "not signed in: {}", parent.path);
    // S6-12 to S6-15: no request before consent, not even of somebody who is signed in.
    for path in ["/", "/films", "/about", "/privacy"] {
        parent.open(path).await?;
        ensure!(parent.status.is_success() && !parent.html.contains("id=\"tags\""), "{path}");
        parent.tell("/usage", &json!({"path": path, "event": "view"})).await?;
    }
    ensure!(world.asked(&ANALYTICS).is_empty(), "{:?}", world.asked(&ANALYTICS));
    Ok(())
}

async fn agrees_to_analytics(world: &World<'_>, parent: &mut Visitor) -> anyhow::Result<()> {
    parent.open("/").await?;
    parent.must_submit("/cookie-settings", &[("decision", Value::Text("accept"))]).await?;
    for path in ["/films", "/films/tiny"] {
        parent.open(path).await?;
        ensure!(parent.html.contains("id=\"tags\""), "{path} has no tags");
        parent.tell("/usage", &json!({"path": path, "event": "view"})).await?;
    }
    // What the processors' own scripts make in a browser, as our loader tells it (assets/js/tags.js).
    let ids = json!({"ids": [
        {"processor": "google-analytics", "id": "1870211111.1790000001"},
        {"processor": "mixpanel", "id": "$device:6f1c0e7a"},
        {"processor": "contentsquare", "id": "0e4b7f5c-6c8e-a7b1"},
    ]});
    parent.tell("/usage/ids", &ids).await?;
    // S6-15: the fourth has no interface; what it has is only a browser's, under the id that its script made.
    ensure!(world.site.count("handles where processor = 'contentsquare'").await? == 1);
    Ok(())
}

/// A browser that is sent to the sign-in service and comes back as one of its users; the user's id.
async fn comes_back_as(world: &World<'_>, visitor: &mut Visitor, email: &str) -> anyhow::Result<String> {
    visitor.open("/sign-in/service").await?;
    let back = visitor.path.split_once("redirect_url=").context("no way back")?.1.to_owned();
    let words = format!("Continue as {email}<");
    let user = visitor.html.split("<form action=\"/portal/").find(|form| form.contains(&words));
    let user = user.and_then(|form| form.split('"').next()).context("no such user")?.to_owned();
    let choice = format!("{}/portal/{user}?redirect_url={back}", world.all.clerk.frontend());
    visitor.open(&choice).await?;
    ensure!(visitor.status.is_success(), "{} at {}: {}", visitor.status, visitor.path, visitor.words());
    Ok(user)
}

/// The parent from another browser, and somebody new, whose id at the service it gives.
async fn sign_in_by_the_service(world: &World<'_>) -> anyhow::Result<String> {
    let mut elsewhere = world.site.visitor("DE")?;
    comes_back_as(world, &mut elsewhere, EMAIL).await?;
    ensure!(elsewhere.path == "/library" && elsewhere.session().is_ok(), "{}", elsewhere.path);
    ensure!(world.site.count("accounts").await? == 1, "the address was confirmed at both ends");
    let mut newcomer = world.site.visitor("DE")?;
    let user = comes_back_as(world, &mut newcomer, OTHER_EMAIL).await?;
    ensure!(newcomer.path == "/sign-up/service" && newcomer.html.contains(OTHER_EMAIL), "{}", newcomer.path);
    newcomer.must_submit("/sign-up/service", &[("adult", Value::Text("adult-1"))]).await?;
    ensure!(newcomer.session().is_ok(), "not signed in: {}", newcomer.path);
    ensure!(world.site.count("accounts where state = 'active'").await? == 2);
    Ok(user)
}

/// Orders the film and pays at the till's own page; where it is watched.
async fn orders(world: &World<'_>, parent: &mut Visitor) -> anyhow::Result<String> {
    // S6-3: what cannot be deleted at once is asked for again.
    world.all.fal.keeps_files(1);
    parent.open("/create/tiny").await?;
    let photo = drawn_child(1);
    let fields = [("guardian", Value::Text("guardian-1")), ("photo", Value::File(&photo))];
    parent.must_submit("/photo", &fields).await?;
    parent.open("/create/tiny").await?;
    let fields = [("name", Value::Text(NAME)), ("option-age", Value::Text("5"))];
    parent.must_submit("/child", &fields).await?;

    // S6-9: no page of ours asks for a card, and a form of the till leads to Stripe's page alone.
    parent.open("/films").await?;
    ensure!(directive(parent, "form-action")? == "form-action 'self'");
    parent.open("/create/tiny/till").await?;
    let form_action = directive(parent, "form-action")?;
    ensure!(form_action == "form-action 'self' https://checkout.stripe.com", "{form_action}");
    ensure!(!parent.html.contains("cc-number") && !parent.html.contains("cc-csc"));
    parent.must_submit("/till", &[("outcome", Value::Text("pay"))]).await?;
    let page = parent.link("/c/pay/")?;
    ensure!(page.starts_with(&world.all.stripe.pages()), "{page}");
    let session = page.rsplit('/').next().unwrap_or_default();
    let customer = world.all.stripe.customer(EMAIL);
    let paid = world.all.stripe.pay(session, Some(&customer));
    let hook = format!("{}/webhooks/stripe", world.url());
    ensure!(world.all.stripe.send(&hook, &paid, now_s()).await? == 200);
    until("the order is paid", async || {
        parent.open("/create/tiny/till/wait").await?;
        Ok(parent.path.starts_with("/minitube/"))
    })
    .await?;
    let film = parent.path.clone();
    film_is_whole(parent).await?;
    Ok(film)
}

async fn watches(world: &World<'_>, parent: &mut Visitor, film: &str) -> anyhow::Result<()> {
    let mux = &world.all.mux;
    let mut playlist = None;
    until("the film is streamed from outside", async || {
        parent.open(film).await?;
        playlist = between(&parent.html, "data-elsewhere=\"", "\"");
        Ok(playlist.is_some())
    })
    .await?;
    // S6-6: watched with a signature and not without, and the copy does not hold the child's name.
    let playlist = playlist.context("no address")?;
    ensure!(status_of(&playlist).await? == 200, "{playlist}");
    let unsigned = playlist.split('?').next().unwrap_or_default();
    ensure!(status_of(unsigned).await? == 403, "{unsigned}");
    let assets = mux.assets();
    ensure!(assets.len() == 1 && !assets[0].playback_ids.is_empty(), "{assets:?}");
    ensure!(assets[0].playback_ids.iter().all(|(_, policy)| policy == "signed"), "{assets:?}");
    let copied = mux.film(&assets[0].id).context("it was never fetched")?;
    ensure!(copied.len() > 1000 && !spelled(NAME).iter().any(|needle| holds(&copied, needle)));

    // S6-7: a still is shown with a signature that ends, and not without.
    let mut still = None;
    until("its still is shown from outside", async || {
        parent.open("/library").await?;
        let found = parent.html.split('"').find(|text| text.contains("ik-s=") && !text.contains(' '));
        still = found.map(|address| address.replace("&amp;", "&"));
        Ok(still.is_some())
    })
    .await?;
    let still = still.context("no address")?;
    ensure!(still.contains("ik-t=") && status_of(&still).await? == 200, "{still}");
    let (place, query) = still.split_once('?').context("no query")?;
    let bare: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("ik-")).collect();
    let unsigned = format!("{place}?{}", bare.join("&"));
    ensure!(status_of(&unsigned).await? == 401, "{unsigned}");
    let files = world.all.imagekit.files();
    ensure!(files.len() == 1 && files[0].is_private, "{} files", files.len());
    ensure!(!world.all.imagekit.cached().is_empty(), "what was shown is in the cache");
    Ok(())
}

/// S6-10: on the list without a name, with the order as a purchase.
async fn is_on_the_list(world: &World<'_>) -> anyhow::Result<()> {
    until("the list knows the parent and the purchase", async || {
        let kept = world.all.klaviyo.kept();
        let subscribed = kept.profiles.get(EMAIL).is_some_and(|profile| profile.consent == "SUBSCRIBED");
        let bought =
            |event: &emulators::klaviyo::Event| event.email == EMAIL && event.metric == "Placed Order";
        Ok(subscribed && kept.events.iter().any(bought))
    })
    .await?;
    let kept = world.all.klaviyo.kept();
    ensure!(kept.profiles.len() == 1 && kept.events.len() == 1, "{:?}", kept.profiles.keys());
    let profile = &kept.profiles[EMAIL];
    ensure!(profile.first_name.is_none() && profile.last_name.is_none(), "{profile:?}");
    Ok(())
}

async fn is_counted(world: &World<'_>, parent: &mut Visitor) -> anyhow::Result<()> {
    let all = world.all;
    parent.tell("/usage", &json!({"path": "/library", "event": "view"})).await?;
    until("all three are told of the purchase", async || {
        let ga = all.ga.kept();
        Ok(ga.iter().any(|kept| kept["events"][0]["name"] == "purchase")
            && all.segment.messages().iter().any(|message| message["event"] == "purchase")
            && all.mixpanel.events().iter().any(|event| event["event"] == "purchase"))
    })
    .await?;
    ensure!(all.ga.mistakes().is_empty(), "{:?}", all.ga.mistakes());
    // It does not know doubles: whoever tells it must tell once.
    let purchases = all.ga.kept().iter().filter(|kept| kept["events"][0]["name"] == "purchase").count();
    ensure!(purchases == 1, "{purchases} purchases were told");
    // S6-13: a random id and nothing else, the same for all of them.
    let ids = |events: Vec<Json>, id: fn(&Json) -> &Json| -> BTreeSet<String> {
        events.iter().map(|event| id(event).as_str().unwrap_or_default().to_owned()).collect()
    };
    let of_segment = ids(all.segment.messages(), |event| &event["userId"]);
    ensure!(of_segment.len() == 1 && of_segment.iter().all(|id| id.len() > 20), "{of_segment:?}");
    ensure!(ids(all.mixpanel.events(), |event| &event["properties"]["distinct_id"]) == of_segment);
    ensure!(ids(all.ga.kept(), |event| &event["client_id"]) == of_segment);
    // S6-12: each says that advertising is not agreed to; what was done before consent is told by none.
    ensure!(all.ga.kept().iter().all(|kept| kept["consent"]["ad_user_data"] == "DENIED"));
    for asked in world.asked(&ANALYTICS) {
        ensure!(!holds(&asked.body, b"/privacy") && !holds(&asked.body, b"/about"), "{}", asked.path);
    }
    Ok(())
}

/// S6-11: the messenger is offered in Minitube, knows who is signed in by a signed token, and is answered from the desk.
async fn asks_for_help(world: &World<'_>, parent: &mut Visitor) -> anyhow::Result<()> {
    const THEIRS: &str = "<script type=\"application/json\" id=\"messenger\">";
    let intercom = &world.all.intercom;
    for path in ["/", "/films", "/library", "/account"] {
        parent.open(path).await?;
        ensure!(!parent.html.contains(THEIRS), "{path} starts the messenger");
    }
    parent.open("/minitube").await?;
    let told = between(&parent.html, THEIRS, "</script>").context("Minitube does not start the messenger")?;
    let told: Json = serde_json::from_str(&told)?;
    ensure!(told["settings"]["intercom_user_jwt"].is_string(), "nobody signed who it is");
    let contact = intercom.boot(&told["settings"]).map_err(anyhow::Error::msg)?;
    let known = &intercom.kept().contacts[&contact];
    ensure!(known.email.as_deref() == Some(EMAIL) && known.name.is_none(), "{known:?}");
    let conversation = intercom.writes(&contact, &format!("{}/minitube", world.url()), SAID);
    let news = intercom.notification("notif_1", "conversation.user.created", conversation, Some(now_s()));
    let hook = format!("{}/webhooks/intercom", world.url());
    ensure!(intercom.notify(&hook, news).await? == 200);
    let mut operator = world.site.operator().await?;
    until("the desk has the conversation", async || {
        operator.open("/desk/conversations").await?;
        Ok(operator.link("/desk/conversations/").is_ok())
    })
    .await?;
    let desk = operator.link("/desk/conversations/")?;
    operator.open(&desk).await?;
    ensure!(operator.html.contains(SAID) && !operator.html.contains(EMAIL), "{}", operator.words());
    operator.must_submit(&desk, &[("words", Value::Text(ANSWERED))]).await?;
    until("the answer is there", async || {
        let kept = intercom.kept();
        let parts = kept.conversations.get(&conversation).map(|one| one.parts.clone()).unwrap_or_default();
        Ok(parts.iter().any(|part| part.author.0 == "admin" && part.body.contains(ANSWERED)))
    })
    .await
}

/// S6-4: the texts of a film, with a placeholder for the child; nobody's data are near.
async fn has_texts_written(world: &World<'_>) -> anyhow::Result<()> {
    let variants = || Reply::Text(r#"["{CHILD} flies to the moon.", "The moon waits."]"#.to_owned());
    world.all.gemini.replies(std::iter::repeat_with(variants).take(12));
    let mut write = command();
    write.args(["film", "write"]).arg(&world.film).arg("--config").arg(&world.config);
    write.arg("--data").arg(world.site.data.path());
    let told = tokio::task::spawn_blocking(move || write.output()).await??;
    ensure!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let printed = String::from_utf8(told.stdout)?;
    ensure!(printed.contains("{name} flies to the moon."), "{printed}");
    let asked = world.asked(&["google-gemini"]);
    ensure!(asked.len() >= 6, "asked {} times", asked.len());
    for asked in &asked {
        ensure!(!holds(&asked.body, b"{name}") && !holds(&asked.body, b"inlineData"), "a slot or a picture");
    }
    ensure!(asked.iter().any(|asked| holds(&asked.body, b"{CHILD}")), "no placeholder");
    Ok(())
}

/// S6-5: what is personal lies sealed in the bucket, under names that say nothing. What is made once for everybody
/// (`shared/`) has nothing of anybody in it.
async fn is_kept_sealed(world: &World<'_>) -> anyhow::Result<()> {
    let objects = world.all.gcs.objects();
    let sealed: Vec<_> = objects.iter().filter(|kept| kept.name.starts_with("sealed/")).collect();
    ensure!(sealed.len() >= 6, "only {} objects", sealed.len());
    let registered = world.site.count("objects").await?;
    ensure!(registered >= 6, "only {registered} are registered");
    ensure!(objects.iter().all(|kept| kept.name.starts_with("sealed/") || kept.name.starts_with("shared/")));
    let mut ids = Vec::new();
    for table in ["accounts", "films", "orders", "photos", "children"] {
        let rows = world.site.rows(&format!("select id from {table}")).await?;
        ids.extend(rows.iter().map(|row| row.get::<String, _>(0).to_lowercase()));
    }
    for kept in sealed {
        let name = kept.name.to_lowercase();
        ensure!(!ids.iter().any(|id| name.contains(id)), "{name} says whose it is");
        let is_open = kept.bytes.starts_with(b"\xff\xd8\xff")
            || kept.bytes.get(4..8) == Some(b"ftyp")
            || [&b"\x89PNG\r\n\x1a\n"[..], b"JFIF\0", b"ftypiso"].iter().any(|mark| holds(&kept.bytes, mark));
        ensure!(!is_open, "{name} is not sealed");
    }
    Ok(())
}

/// S6-3 and S5-12: each call says that nothing is to be kept; what was got is deleted, and asked for again until it is.
async fn is_let_go_of_by_the_painter(world: &World<'_>) -> anyhow::Result<()> {
    let fal = &world.all.fal;
    let asked = world.asked(&["fal"]);
    for model in ["/emulated/portrait", "/emulated/video"] {
        ensure!(world.calls("fal", "POST", model) == 1, "no shot was painted by {model}");
    }
    ensure!(world.calls("fal", "GET", "/files/") == 2, "what was painted was not fetched");
    for asked in &asked {
        let period = asked.header("x-fal-object-lifecycle-preference");
        let says_so =
            asked.header("x-fal-store-io") == "0" && period == r#"{"expiration_duration_seconds":600}"#;
        ensure!(says_so, "{} {} may be kept: {period}", asked.method, asked.path);
    }
    until("nothing of the photo is at the painter", async || {
        world.later(60)?;
        Ok(fal.requests().is_empty() && fal.files().is_empty())
    })
    .await?;
    let tries = world.calls("fal", "DELETE", "/v1/models/requests/");
    ensure!(tries >= 3, "there are two, the first deletion failed, and there were {tries}");
    Ok(())
}

/// S6-10: taken off the list, kept from coming back, and deleted there.
async fn leaves_the_list(world: &World<'_>, parent: &mut Visitor) -> anyhow::Result<()> {
    parent.open("/account").await?;
    parent.choose("/account/marketing", &[]).await?;
    ensure!(parent.status.is_success(), "{}", parent.status);
    until("the list has forgotten the parent", async || {
        world.later(60)?;
        let kept = world.all.klaviyo.kept();
        let told = |path: &str| world.calls("klaviyo", "POST", path) > 0;
        Ok(told("/api/profile-subscription-bulk-delete-jobs")
            && told("/api/profile-suppression-bulk-create-jobs")
            && told("/api/data-privacy-deletion-jobs")
            && kept.profiles.is_empty()
            && kept.events.is_empty()
            && world.site.count("handles where processor = 'klaviyo'").await? == 0)
    })
    .await
}

/// S6-8: who is deleted at the sign-in service has asked for the end of their account here.
async fn is_deleted_at_the_service(world: &World<'_>, user: &str) -> anyhow::Result<()> {
    let clerk = &world.all.clerk;
    clerk.remove(user);
    let now_s = now_s() + world.ahead_s.get();
    let told = clerk.event("msg_1", "user.deleted", &clerk.about_user(user), now_s);
    let hook = format!("{}/webhooks/clerk", world.url());
    ensure!(told.post(&hook).await? == 200);
    until("the account is about to end", async || {
        Ok(world.site.count("accounts where state = 'leaving'").await? == 1)
    })
    .await
}

/// Waits until both accounts are gone. The letter that one processor can only be sent is confirmed at the desk.
async fn is_erased(world: &World<'_>) -> anyhow::Result<()> {
    let letters = "handles where processor = 'contentsquare' and letter_sealed is not null";
    let mut confirmed = false;
    until("the accounts are erased", async || {
        if !confirmed && world.site.count(letters).await? == 1 {
            let mut operator = world.site.operator().await?;
            operator.open("/desk/processors").await?;
            let handle = between(&operator.html, "name=\"confirmed\" value=\"", "\"");
            if let Some(handle) = handle {
                // S6-15: it names what the vendor's own script made.
                ensure!(operator.html.contains("0e4b7f5c-6c8e-a7b1"), "{}", operator.words());
                let answer = [("confirmed", handle.as_str()), ("number", "case 12")];
                operator.choose("/desk/processors", &answer).await?;
                ensure!(operator.status.is_success(), "{}", operator.status);
                confirmed = true;
            }
        }
        world.later(600)?;
        Ok(world.site.count("accounts").await? == 0)
    })
    .await?;
    ensure!(confirmed, "nobody was asked in writing");
    ensure!(world.site.count("handles").await? == 0 && world.site.count("objects").await? == 0);
    ensure!(world.site.count("erasures where done_at_ms is not null").await? == 2);
    Ok(())
}

async fn nothing_is_left(world: &World<'_>) -> anyhow::Result<()> {
    let all = world.all;
    // S6-3
    ensure!(all.fal.requests().is_empty() && all.fal.files().is_empty());
    // S6-5
    let objects = all.gcs.objects();
    ensure!(objects.iter().all(|kept| kept.name.starts_with("shared/")), "{} objects", objects.len());
    ensure!(all.gcs.soft_deleted().is_empty());
    // S6-6 and S6-7
    ensure!(all.mux.assets().is_empty(), "{:?}", all.mux.assets());
    ensure!(all.imagekit.files().is_empty() && all.imagekit.cached().is_empty(), "a still is left");
    // S6-8: which of the two addresses does not matter, one is a part of the other.
    ensure!(!all.clerk.has(EMAIL), "a user is left");
    // S6-9: payments stay as long as the law asks; the customer does not.
    ensure!(all.stripe.customers().is_empty() && all.stripe.payments().len() == 1);
    // S6-10
    let kept = all.klaviyo.kept();
    ensure!(kept.profiles.is_empty() && kept.events.is_empty() && kept.deletions.is_empty());
    // S6-11
    let kept = all.intercom.kept();
    ensure!(kept.contacts.is_empty() && kept.conversations.is_empty() && kept.reports.is_empty(), "{kept:?}");
    // S6-12 to S6-14: also what the scripts in the browser had, by their own ids.
    ensure!(all.ga.kept().is_empty() && all.ga.deletions().len() == 2, "{:?}", all.ga.deletions());
    ensure!(all.segment.messages().is_empty() && all.segment.regulations().len() == 1);
    ensure!(all.mixpanel.events().is_empty() && all.mixpanel.tasks().len() == 2);

    let mut operator = world.site.operator().await?;
    operator.open("/desk/processors").await?;
    for id in LEAVE_RECEIPTS {
        ensure!(
            operator.html.contains(&format!("<td>{id}</td>")),
            "no receipt of {id}: {}",
            operator.words()
        );
    }
    ensure!(operator.html.contains("case 12") && !operator.html.contains("name=\"confirmed\""));
    // Nothing personal is in the logs, a card least of all.
    let printed = world.site.server.printed.lock().expect("not poisoned").clone();
    for needle in spelled(NAME).iter().chain(&spelled(EMAIL)) {
        ensure!(!holds(printed.as_bytes(), needle), "the log holds {}", String::from_utf8_lossy(needle));
    }
    Ok(())
}

// What was sent, field by field.

/// The calls that we make: processor, method, address as the adapters write it, and whether something is deleted by it.
/// Google Analytics' tokens come from the desk that stands beside the storage.
const CALLS: [(&str, &str, &str, bool); 54] = [
    ("fal", "GET", "/.well-known/jwks.json", false),
    ("fal", "DELETE", "/v1/models/requests/{request_id}/payloads", true),
    ("fal", "GET", "/{+model}/requests/{request_id}/status", false),
    ("fal", "GET", "/{+model}/requests/{request_id}", false),
    ("fal", "PUT", "/{+model}/requests/{request_id}/cancel", true),
    ("fal", "GET", "/files/{+file}", false),
    ("fal", "POST", "/{+model}", false),
    ("google-gemini", "POST", "/v1beta/models/{model}:generateContent", false),
    ("google-cloud-storage", "POST", "/token", false),
    ("google-cloud-storage", "GET", "/storage/v1/b/{bucket}", false),
    ("google-cloud-storage", "GET", "/storage/v1/b/{bucket}/o", false),
    ("google-cloud-storage", "GET", "/storage/v1/b/{bucket}/o/{object}", false),
    ("google-cloud-storage", "DELETE", "/storage/v1/b/{bucket}/o/{object}", true),
    ("google-cloud-storage", "POST", "/upload/storage/v1/b/{bucket}/o", false),
    ("mux", "GET", "/video/v1/assets", false),
    ("mux", "POST", "/video/v1/assets", false),
    ("mux", "GET", "/video/v1/assets/{asset}", false),
    ("mux", "DELETE", "/video/v1/assets/{asset}", true),
    ("imagekit", "POST", "/api/v1/files/upload", false),
    ("imagekit", "GET", "/v1/files/{file}/details", false),
    ("imagekit", "DELETE", "/v1/files/{file}", true),
    ("imagekit", "POST", "/v1/files/batch/deleteByFileIds", true),
    ("imagekit", "POST", "/v1/files/purge", true),
    ("imagekit", "GET", "/v1/files/purge/{request}", true),
    ("clerk", "GET", "/v1/jwks", false),
    ("clerk", "GET", "/v1/users/{user}", false),
    ("clerk", "DELETE", "/v1/users/{user}", true),
    ("clerk", "POST", "/v1/users/{user}/ban", true),
    ("clerk", "POST", "/v1/sessions/{session}/revoke", true),
    ("stripe", "POST", "/v1/checkout/sessions", false),
    ("stripe", "GET", "/v1/checkout/sessions/{session}", false),
    ("stripe", "GET", "/v1/payment_intents/{payment_intent}", false),
    ("stripe", "DELETE", "/v1/customers/{customer}", true),
    ("klaviyo", "POST", "/api/profile-import", false),
    ("klaviyo", "POST", "/api/profile-subscription-bulk-create-jobs", false),
    ("klaviyo", "POST", "/api/profile-subscription-bulk-delete-jobs", true),
    ("klaviyo", "POST", "/api/profile-suppression-bulk-create-jobs", true),
    ("klaviyo", "GET", "/api/profiles", true),
    ("klaviyo", "POST", "/api/events", false),
    ("klaviyo", "POST", "/api/data-privacy-deletion-jobs", true),
    ("intercom", "POST", "/contacts/search", true),
    ("intercom", "POST", "/conversations/search", true),
    ("intercom", "GET", "/conversations/{conversation}", false),
    ("intercom", "POST", "/conversations/{conversation}/reply", false),
    ("intercom", "DELETE", "/conversations/{conversation}", true),
    ("intercom", "DELETE", "/contacts/{contact}", true),
    ("google-analytics", "POST", "/mp/collect", false),
    ("google-analytics", "POST", "/v1alpha/properties/{property}:submitUserDeletion", true),
    ("segment", "POST", "/v1/track", false),
    ("segment", "POST", "/regulations", true),
    ("segment", "GET", "/regulations/{regulation}", true),
    ("mixpanel", "POST", "/import", false),
    ("mixpanel", "POST", "/api/app/data-deletions/v3.0/", true),
    ("mixpanel", "GET", "/api/app/data-deletions/v3.0/{tracking}", true),
];
/// What browsers ask of processors, by the beginnings of paths: pages and pictures of theirs, and their scripts. It is
/// no request of ours; what a script may keep is in `tags.rs`.
const BROWSERS: [(&str, &str); 12] = [
    ("mux", "/play"),
    ("imagekit", "/ministudio/"),
    ("clerk", "/sign-in"),
    ("clerk", "/sign-up"),
    ("clerk", "/portal/"),
    ("clerk", "/v1/client/handshake"),
    ("stripe", "/c/pay/"),
    ("intercom", "/widget/"),
    ("intercom", "/messenger/web/"),
    ("google-analytics", "/gtag/"),
    ("segment", "/analytics.js/"),
    ("mixpanel", "/libs/"),
];
/// What every request has.
const TRANSPORT: [&str; 8] = [
    "host",
    "accept",
    "accept-encoding",
    "user-agent",
    "content-type",
    "content-length",
    "transfer-encoding",
    "connection",
];

/// S6-2: every field and header of every request stands in the policy's table; and S6-3 to S6-15: no value is where it
/// may not be.
fn what_was_sent_is_listed(world: &World<'_>) -> anyhow::Result<()> {
    let policies = Policies::embedded();
    let policy = policies.in_force(0);
    let (mut wrong, mut table) = (BTreeSet::new(), String::new());
    for (id, emulator) in world.all.emulators() {
        let processor = policy.processors.iter().find(|processor| processor.id.as_str() == id);
        let processor = processor.with_context(|| format!("{id} is not in the policy"))?;
        let (mut counted, mut requests) = (BTreeMap::<String, usize>::new(), 0);
        for asked in emulator.asked() {
            if BROWSERS.iter().any(|(of, begins)| *of == id && asked.path.starts_with(begins)) {
                continue;
            }
            requests += 1;
            let call = format!("{id}: {} {}", asked.method, asked.path);
            let Some((names, deletes)) = read(id, &asked) else {
                wrong.insert(format!("{call} is no call of ours"));
                continue;
            };
            for name in names.into_iter().collect::<BTreeSet<_>>() {
                if !is_listed(processor, &asked.path, &name, deletes) {
                    wrong.insert(format!("{call}: {name}"));
                }
                *counted.entry(name).or_default() += 1;
            }
            for header in asked.headers.keys().map(|name| name.as_str()) {
                let put_on = processor.always.iter().any(|always| always.header.as_deref() == Some(header));
                let listed = put_on || processor.headers.iter().any(|known| known == header);
                if !listed && !TRANSPORT.contains(&header) {
                    wrong.insert(format!("{call}: the header {header}"));
                }
            }
        }
        ensure!((requests > 0) == (id != "contentsquare"), "{id} was sent {requests} requests");
        writeln!(table, "{id}: {requests} requests")?;
        for (name, times) in &counted {
            writeln!(table, "  {name:<75} {times:>5}")?;
        }
    }
    wrong.extend(values(world)?);
    println!("{table}");
    std::fs::write(e2e::root().join("target/outside.txt"), &table)?;
    ensure!(wrong.is_empty(), "what the policy does not list went out: {wrong:#?}");
    Ok(())
}

/// What is where it may not be.
fn values(world: &World<'_>) -> anyhow::Result<BTreeSet<String>> {
    let photo = std::fs::read(drawn_child(1))?;
    let submitted = world.asked(&["fal"]).into_iter().find(|asked| asked.method == "POST");
    let submitted = submitted.context("nothing was painted")?;
    let inline = submitted.json()["image_url"].as_str().unwrap_or_default().to_owned();
    let head = STANDARD.decode(inline.split_once(";base64,").context("no picture")?.1)?;
    let photos: Vec<Vec<u8>> = pieces(&photo).into_iter().chain(pieces(&head)).flat_map(coded).collect();
    ensure!(photos.iter().any(|needle| holds(&submitted.body, needle)), "a photo would not be found");
    let (name, email) = (spelled(NAME), spelled(EMAIL));
    let mut wrong = BTreeSet::new();
    for (id, emulator) in world.all.emulators() {
        for asked in emulator.asked() {
            let sent = whole(&asked);
            let mut look = |what: &str, needles: &[Vec<u8>]| {
                if needles.iter().any(|needle| holds(&sent, needle)) {
                    wrong.insert(format!("{id}: {} {} holds {what}", asked.method, asked.path));
                }
            };
            look("the child's name", &name);
            if !KNOW_ADDRESS.contains(&id) {
                look("the address", &email);
            }
            if id != "fal" {
                look("a photo", &photos);
            }
        }
    }
    Ok(wrong)
}

/// A request as one text.
fn whole(asked: &Asked) -> Vec<u8> {
    let mut all = format!("{}?{}\n", asked.path, asked.query).into_bytes();
    for value in asked.headers.values() {
        all.extend_from_slice(value.as_bytes());
        all.push(b'\n');
    }
    all.extend_from_slice(&asked.body);
    all
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Parts of a file by which it is known again.
fn pieces(file: &[u8]) -> Vec<Vec<u8>> {
    let places = [file.len() / 3, file.len() / 2, file.len() * 2 / 3];
    places.into_iter().filter_map(|at| Some(file.get(at..at + 48)?.to_vec())).collect()
}

/// Bytes as they are, and as they stand in base64, wherever they begin there.
fn coded(bytes: Vec<u8>) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for start in 0..3 {
        let rest = bytes.get(start..).unwrap_or_default();
        let whole = &rest[..rest.len() / 3 * 3];
        // Four letters stand somewhere in sealed bytes by chance.
        if whole.len() >= 6 {
            all.extend([STANDARD.encode(whole).into_bytes(), URL_SAFE.encode(whole).into_bytes()]);
        }
    }
    all.push(bytes);
    all
}

/// A word in all the ways in which it may be written.
fn spelled(word: &str) -> Vec<Vec<u8>> {
    let mut all = BTreeSet::new();
    for word in [word.to_owned(), word.to_lowercase(), word.to_uppercase()] {
        let apart = word.replace('ë', "e\u{308}").replace('Ë', "E\u{308}");
        let latin: Option<Vec<u8>> = word.chars().map(|letter| u8::try_from(letter).ok()).collect();
        for bytes in [Some(word.clone().into_bytes()), Some(apart.into_bytes()), latin].into_iter().flatten()
        {
            all.extend(coded(bytes));
        }
        let wide: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let other: Vec<u8> = word.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let hex: String = word.bytes().map(|byte| format!("{byte:02x}")).collect();
        let percent: String = word
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02X}"),
            })
            .collect();
        let escaped = |form: fn(u32) -> String| -> String {
            let letter = |letter: char| match letter.is_ascii() {
                true => letter.to_string(),
                false => form(u32::from(letter)),
            };
            word.chars().map(letter).collect()
        };
        let json = escaped(|code| format!("\\u{code:04x}"));
        let json_in_capitals = escaped(|code| format!("\\u{code:04X}"));
        let html = escaped(|code| format!("&#{code};"));
        let small = percent.replace("%C3", "%c3").replace("%AB", "%ab").replace("%8B", "%8b");
        let texts = [hex, percent, small, json, json_in_capitals, html].map(String::into_bytes);
        all.extend(texts.into_iter().chain([wide, other]));
    }
    all.into_iter().collect()
}

/// The names of a request's fields as the policy writes them, and whether the request has something deleted; none where
/// it is no call that we make.
fn read(id: &str, asked: &Asked) -> Option<(Vec<String>, bool)> {
    let mut calls = CALLS.iter().filter(|(of, method, ..)| *of == id && *method == asked.method);
    let (placed, deletes) =
        calls.find_map(|(_, _, address, deletes)| Some((fits(address, &asked.path)?, *deletes)))?;
    let mut names: Vec<String> = placed.iter().map(|name| format!("path.{name}")).collect();
    let pairs = asked.query.split('&').filter(|pair| !pair.is_empty());
    names.extend(pairs.map(|pair| format!("query.{}", decoded(pair.split('=').next().unwrap_or_default()))));
    let mut body = Vec::new();
    let sort = asked.header("content-type");
    if sort.starts_with("application/") && sort.ends_with("json") {
        leaves("", &asked.json(), &mut body);
    } else if sort == "application/x-www-form-urlencoded" {
        let text = String::from_utf8_lossy(&asked.body).into_owned();
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        body.extend(pairs.map(|pair| dotted(&decoded(pair.split('=').next().unwrap_or_default()))));
    } else if sort.starts_with("multipart/form-data") {
        body = parts(sort, &asked.body)?;
    } else if !asked.body.is_empty() {
        // The body is one file.
        body.push("object".to_owned());
    }
    // As egress has it: a field of the body that would look like one of the address.
    let in_body =
        body.into_iter().map(|name| match name.starts_with("query.") || name.starts_with("path.") {
            true => format!("body.{name}"),
            false => name,
        });
    names.extend(in_body);
    Some((names, deletes))
}

/// Whether the policy has a field for a processor.
fn is_listed(processor: &Processor, path: &str, name: &str, deletes: bool) -> bool {
    let put_on = processor.always.iter().any(|always| {
        let is_here = always.path.as_deref().is_none_or(|begins| path.starts_with(begins));
        let is_it = |field: &str| field == name || name.strip_suffix("[]") == Some(field);
        is_here && always.field.as_deref().is_some_and(is_it)
    });
    put_on
        || processor.is_plain(name)
        || match deletes {
            true => processor.deletion.fields.keys().any(|kind| processor.may_carry_for_deletion(kind, name)),
            false => processor.fields.keys().any(|kind| processor.may_carry(kind, name)),
        }
}

/// The names of the places in an address, if a path is one of them.
fn fits(address: &'static str, path: &str) -> Option<Vec<&'static str>> {
    let Some((before, rest)) = address.split_once('{') else { return (address == path).then(Vec::new) };
    let path = path.strip_prefix(before)?;
    let (name, behind) = rest.split_once('}')?;
    let (name, with_slashes) = name.strip_prefix('+').map_or((name, false), |name| (name, true));
    (1..=path.len()).find_map(|end| {
        let (value, rest) = path.split_at_checked(end)?;
        if value.contains('/') && !with_slashes {
            return None;
        }
        let mut names = fits(behind, rest)?;
        names.push(name);
        Some(names)
    })
}

/// The places in a body at which something stands.
fn leaves(at: &str, value: &Json, names: &mut Vec<String>) {
    match value {
        Json::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                let below = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                leaves(&below, value, names);
            }
        }
        Json::Array(list) if !list.is_empty() => {
            // A list of all is no part of the names.
            let below = if at.is_empty() { String::new() } else { format!("{at}[]") };
            list.iter().for_each(|value| leaves(&below, value, names));
        }
        _ if at.is_empty() => {}
        _ => names.push(at.to_owned()),
    }
}

/// `a[0][b]`, as forms write it, in the policy's words: `a[].b`.
fn dotted(name: &str) -> String {
    let mut parts = name.split('[');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| {
        let key = part.trim_end_matches(']');
        match key.bytes().all(|byte| byte.is_ascii_digit()) {
            true => format!("{name}[]"),
            false => format!("{name}.{key}"),
        }
    })
}

/// The names of a multipart body; none where it is not whole.
fn parts(sort: &str, body: &[u8]) -> Option<Vec<String>> {
    let mark = format!("--{}", sort.split_once("boundary=")?.1.trim_matches('"'));
    let mut names = Vec::new();
    let mut rest = body;
    while let Some(at) = rest.windows(mark.len()).position(|window| window == mark.as_bytes()) {
        rest = &rest[at + mark.len()..];
        if rest.starts_with(b"--") {
            return Some(names);
        }
        let end = rest.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&rest[..end]).into_owned();
        names.push(between(&head, "; name=\"", "\"")?);
    }
    None
}

fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        let code = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match code.and_then(|two| u8::from_str_radix(two, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn a_name_is_found_however_it_is_written() {
    let needles = spelled(NAME);
    let is_found = |text: &[u8]| needles.iter().any(|needle| holds(text, needle));
    for text in [
        "for Zoëlina!",
        "ZOËLINA",
        "Zoe\u{308}lina",
        "?q=Zo%C3%ABlina&x",
        "?q=zo%c3%ablina&x",
        r#"{"a":"Zo\u00eblina"}"#,
        "Zo&#235;lina",
    ] {
        assert!(is_found(text.as_bytes()), "{text}");
        for before in ["", "a", "ab"] {
            assert!(is_found(STANDARD.encode(format!("{before}Zoëlina Example")).as_bytes()), "{before}");
        }
    }
    assert!(is_found(b"Zo\xeblina"));
    assert!(!is_found("Zoe, Lina and Zo".as_bytes()));
}

#[test]
fn fields_are_named_as_the_policy_names_them() {
    assert_eq!(fits("/{+model}/requests/{id}/status", "/a/b/requests/7/status"), Some(vec!["id", "model"]));
    assert_eq!(fits("/v1/b/{bucket}/o", "/v1/b/a/c/o"), None);
    assert_eq!(fits("/p/{property}:delete", "/p/17:delete"), Some(vec!["property"]));
    assert_eq!(dotted("line_items[0][price_data][currency]"), "line_items[].price_data.currency");
    let mut names = Vec::new();
    leaves("", &json!([{"a": {"b": [1, {"c": null}]}, "d": []}]), &mut names);
    assert_eq!(names, ["a.b[]", "a.b[].c", "d"]);
    let body =
        b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\n\r\n--\r\n--x--\r\n";
    assert_eq!(parts("multipart/form-data; boundary=x", body), Some(vec!["file".to_owned()]));
}
