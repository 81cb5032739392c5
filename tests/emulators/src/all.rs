//! All thirteen processors at once, each with an account of ours: for trying the large deployment on one machine, and
//! for tests of a whole journey.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::contentsquare::Contentsquare;
use crate::fal::{self, Fal, Stand};
use crate::ga::Ga;
use crate::gcs::{ANALYTICS, Desk, Gcs, Known, STORAGE};
use crate::gemini::Gemini;
use crate::imagekit::ImageKit;
use crate::intercom::{Intercom, Workspace};
use crate::kit::now_s;
use crate::klaviyo::Klaviyo;
use crate::mixpanel::{Mixpanel, Project};
use crate::mux::Mux;
use crate::segment::Segment;
use crate::stripe::Stripe;
use crate::{Emulator, clerk, imagekit, mux, stripe};

/// The dummy account of Google's own test vectors.
const VECTORS: &str = include_str!("../../../crates/processors/tests/contracts/gcs/vectors.json");
/// How often what takes its time elsewhere goes on here.
const GOES_ON: Duration = Duration::from_millis(250);

const CLERK_KEY: &str = "sk_test_emulated0123456789";
const CLERK_HOOKS: &str = "whsec_ZW11bGF0b3ItZW11bGF0b3ItMDEyMzQ1Njc=";
const KLAVIYO_KEY: &str = "pk_emulated0123456789";
const FAL_USER: &str = "user-emulated";
const FAL_VIDEO: &str = "emulated/video";
const SIGNING_KEY: &str = "emulated-signing-key";

/// All thirteen.
pub struct All {
    /// Fal.ai.
    pub fal: Fal,
    /// Google Gemini.
    pub gemini: Gemini,
    /// Google Cloud Storage, and the desk that gives out Google's tokens.
    pub gcs: Gcs,
    /// Mux.
    pub mux: Mux,
    /// ImageKit.
    pub imagekit: ImageKit,
    /// Clerk.
    pub clerk: clerk::Clerk,
    /// Stripe.
    pub stripe: Stripe,
    /// Klaviyo.
    pub klaviyo: Klaviyo,
    /// Intercom.
    pub intercom: Intercom,
    /// Google Analytics.
    pub ga: Ga,
    /// Segment.
    pub segment: Segment,
    /// Mixpanel.
    pub mixpanel: Mixpanel,
    /// ContentSquare.
    pub contentsquare: Contentsquare,
    google: Arc<Desk>,
    ahead_s: AtomicI64,
    /// A portrait as a model would make it (PNG).
    portrait: Vec<u8>,
}

impl All {
    /// Starts them. `portrait` is what a model makes of any photo (PNG).
    ///
    /// # Panics
    /// When the dummy account is not what it was.
    pub async fn start(portrait: Vec<u8>) -> Self {
        let now_s = now_s();
        let known = Known::of(&service_account(), now_s).expect("the dummy account is one");
        let public_key = known.public_key.clone();
        let google = Arc::new(Desk::new(known, &[STORAGE, ANALYTICS]));
        let all = Self {
            fal: Fal::start("fal-key", "fal-admin-key", FAL_USER).await,
            gemini: Gemini::start("gemini-key").await,
            gcs: Gcs::start_at(Arc::clone(&google), "ministudio-emulated").await,
            mux: Mux::start().await,
            imagekit: ImageKit::start().await,
            clerk: clerk::Clerk::start(CLERK_KEY, CLERK_HOOKS).await,
            stripe: Stripe::start_with_pages(now_s).await,
            klaviyo: Klaviyo::start(KLAVIYO_KEY, &in_words(now_s)).await,
            intercom: Intercom::start(workspace(), now_s).await,
            ga: Ga::start_at(Arc::clone(&google), "G-AB12CD34EF", "mp-secret", "17").await,
            segment: Segment::start("writekey1", "public-token").await,
            mixpanel: Mixpanel::start(project()).await,
            contentsquare: Contentsquare::start("0123456789abc").await,
            google,
            ahead_s: AtomicI64::new(0),
            portrait,
        };
        all.mux.know_key(SIGNING_KEY, public_key);
        for (email, first, last) in
            [("parent@example.org", "Parent", "One"), ("other.parent@example.org", "Parent", "Two")]
        {
            all.clerk.sign_up(email, first, last, now_s);
        }
        all
    }

    /// Each with its id in the policy.
    pub fn emulators(&self) -> [(&'static str, &Emulator); 13] {
        [
            ("fal", &self.fal.emulator),
            ("google-gemini", &self.gemini.emulator),
            ("google-cloud-storage", &self.gcs.emulator),
            ("mux", &self.mux.emulator),
            ("imagekit", &self.imagekit.emulator),
            ("clerk", &self.clerk.emulator),
            ("stripe", &self.stripe.emulator),
            ("klaviyo", &self.klaviyo.emulator),
            ("intercom", &self.intercom.emulator),
            ("google-analytics", &self.ga.emulator),
            ("segment", &self.segment.emulator),
            ("mixpanel", &self.mixpanel.emulator),
            ("contentsquare", &self.contentsquare.emulator),
        ]
    }

    /// Which host each stands in for.
    pub fn hosts(&self) -> Vec<(&'static str, &Emulator)> {
        vec![
            ("queue.fal.run", &self.fal.emulator),
            ("api.fal.ai", &self.fal.emulator),
            ("v3.fal.media", &self.fal.emulator),
            ("rest.fal.ai", &self.fal.emulator),
            ("generativelanguage.googleapis.com", &self.gemini.emulator),
            ("storage.googleapis.com", &self.gcs.emulator),
            ("oauth2.googleapis.com", &self.gcs.emulator),
            ("api.mux.com", &self.mux.emulator),
            ("stream.mux.com", &self.mux.emulator),
            ("upload.imagekit.io", &self.imagekit.emulator),
            ("api.imagekit.io", &self.imagekit.emulator),
            ("ik.imagekit.io", &self.imagekit.emulator),
            ("api.clerk.com", &self.clerk.emulator),
            ("api.stripe.com", &self.stripe.emulator),
            ("a.klaviyo.com", &self.klaviyo.emulator),
            ("api.intercom.io", &self.intercom.emulator),
            ("widget.intercom.io", &self.intercom.emulator),
            ("api-iam.intercom.io", &self.intercom.emulator),
            ("www.googletagmanager.com", &self.ga.emulator),
            ("www.google-analytics.com", &self.ga.emulator),
            ("analyticsadmin.googleapis.com", &self.ga.emulator),
            ("cdn.segment.com", &self.segment.emulator),
            ("api.segment.io", &self.segment.emulator),
            ("api.segmentapis.com", &self.segment.emulator),
            ("cdn.mxpnl.com", &self.mixpanel.emulator),
            ("api.mixpanel.com", &self.mixpanel.emulator),
            ("mixpanel.com", &self.mixpanel.emulator),
            ("t.contentsquare.net", &self.contentsquare.emulator),
        ]
    }

    /// Writes the configuration that switches all of them on for a site (`http://127.0.0.1:8420`), with its keys beside
    /// it in the folder; the file's path.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn configure(&self, folder: &Path, site: &str) -> io::Result<PathBuf> {
        self.configure_some(folder, site, &self.emulators().map(|(id, _)| id))
    }

    /// The same with these alone switched on, by their ids in the policy.
    ///
    /// # Errors
    /// As [`Self::configure`].
    pub fn configure_some(&self, folder: &Path, site: &str, which: &[&str]) -> io::Result<PathBuf> {
        let key_file = folder.join("service-account.json");
        std::fs::write(&key_file, service_account().to_string())?;
        let key_file = key_file.display();
        let signing_key = &service_account()["private_key"];
        let frontend = self.clerk.frontend();
        let (stripe_key, stripe_hooks, pages) = (stripe::KEY, stripe::WEBHOOK_SECRET, self.stripe.pages());
        let (mux_id, mux_secret, mux_hooks) = (mux::TOKEN_ID, mux::TOKEN_SECRET, mux::WEBHOOK_SECRET);
        let (imagekit_key, imagekit_endpoint) = (imagekit::PRIVATE_KEY, imagekit::ENDPOINT);
        let text = format!(
            r#"# Made by `cargo xtask emulate`: every processor stands on this machine.
address = "{site}"

[processors.fal]
agreement = "emulated"
key = "fal-key"
admin_key = "fal-admin-key"
user_id = "{FAL_USER}"
model = "emulated/portrait"
cents_per_call = 4
video_model = "{FAL_VIDEO}"
video_cents_per_call = 40

[processors.google-gemini]
agreement = "emulated"
key = "gemini-key"
model = "gemini-2.5-flash"

[processors.google-cloud-storage]
agreement = "emulated"
bucket = "ministudio-emulated"
key_file = "{key_file}"

[processors.mux]
agreement = "emulated"
token_id = "{mux_id}"
token_secret = "{mux_secret}"
signing_key_id = "{SIGNING_KEY}"
signing_key = {signing_key}
webhook_secret = "{mux_hooks}"
# The emulator fetches from this machine.
upload = "lent"

[processors.imagekit]
agreement = "emulated"
private_key = "{imagekit_key}"
endpoint = "{imagekit_endpoint}"

[processors.clerk]
agreement = "emulated"
secret_key = "{CLERK_KEY}"
webhook_secret = "{CLERK_HOOKS}"
frontend = "{frontend}"
authorised_parties = ["{site}"]

[processors.stripe]
agreement = "emulated"
secret_key = "{stripe_key}"
webhook_secrets = "{stripe_hooks}"
pages = "{pages}"

[processors.klaviyo]
agreement = "emulated"
key = "{KLAVIYO_KEY}"
list = "LIST01"

[processors.intercom]
agreement = "emulated"
app_id = "emul8ted"
admin_id = "493881"
access_token = "intercom-token"
identity_secret = "intercom-identity"
client_secret = "intercom-client"

[processors.google-analytics]
agreement = "emulated"
measurement_id = "G-AB12CD34EF"
api_secret = "mp-secret"
property = "17"
key_file = "{key_file}"

[processors.segment]
agreement = "emulated"
write_key = "writekey1"
public_api_token = "public-token"

[processors.mixpanel]
agreement = "emulated"
project_token = "0123456789abcdef"
project_id = "42"
service_user = "studio"
service_secret = "sa-secret"
deletion_token = "oauth-of-a-person"
deletion_token_ends = "2100-01-01"

[processors.contentsquare]
agreement = "emulated"
tag_id = "0123456789abc"

[emulators]
"#
        );
        let is_meant = |part: &&str| {
            let of = part.strip_prefix("[processors.").and_then(|rest| rest.split_once(']'));
            of.is_none_or(|(id, _)| which.contains(&id))
        };
        let mut text = text.split("\n\n").filter(is_meant).collect::<Vec<_>>().join("\n\n");
        for (host, emulator) in self.hosts() {
            text.push_str(&format!("\"{host}\" = \"{}\"\n", emulator.address));
        }
        let file = folder.join("emulated.toml");
        std::fs::write(&file, text)?;
        self.stripe.tell(&format!("{site}/webhooks/stripe"));
        self.mux.tell(&format!("{site}/webhooks/mux"));
        Ok(file)
    }

    /// Their clocks are so much ahead of the machine's, in seconds.
    pub fn set_ahead(&self, seconds: i64) {
        self.ahead_s.store(seconds, Ordering::Relaxed);
        self.tick();
    }

    /// From now on so many of a hundred requests to each go wrong, in every way there is.
    pub fn storm(&self, percent: u64, seed: u64) {
        for (place, (_, emulator)) in self.emulators().into_iter().enumerate() {
            emulator.storm(percent, seed + place as u64);
        }
    }

    /// Their clocks go on, and what takes its time elsewhere (a film is taken in, a portrait is made, data are deleted)
    /// is done: for ever, so that a test or a person only has to wait.
    pub async fn go_on(&self) {
        loop {
            self.tick();
            for asset in self.mux.assets().into_iter().filter(|asset| asset.status == "preparing") {
                self.mux.finish(&asset.id);
            }
            for (id, taken) in self.fal.requests() {
                if matches!(taken.stand, Stand::Queued(_) | Stand::Running) {
                    match taken.app.as_str() {
                        FAL_VIDEO => self.fal.makes(&id, "mp4", fal::CLIP),
                        _ => self.fal.makes(&id, "png", &self.portrait),
                    };
                }
            }
            self.klaviyo.finish_deletions();
            self.segment.move_on("FINISHED", &[]);
            self.mixpanel.move_on("SUCCESS");
            tokio::time::sleep(GOES_ON).await;
        }
    }

    fn tick(&self) {
        let now_s = now_s() + self.ahead_s.load(Ordering::Relaxed);
        self.google.set_now(now_s);
        self.gcs.set_now(now_s);
        self.mux.set_now(now_s);
        self.stripe.set_now(now_s);
        self.intercom.set_now(now_s);
        self.klaviyo.set_now(&in_words(now_s));
        self.clerk.set_clock(now_s);
    }
}

fn service_account() -> Value {
    let vectors: Value = serde_json::from_str(VECTORS).expect("JSON");
    vectors["service_account"].clone()
}

fn workspace() -> Workspace {
    Workspace {
        app_id: "emul8ted".to_owned(),
        token: "intercom-token".to_owned(),
        messenger_secret: "intercom-identity".to_owned(),
        client_secret: "intercom-client".to_owned(),
        admin_id: "493881".to_owned(),
    }
}

fn project() -> Project {
    Project {
        token: "0123456789abcdef".to_owned(),
        id: 42,
        service_account: ("studio".to_owned(), "sa-secret".to_owned()),
        oauth: "oauth-of-a-person".to_owned(),
    }
}

fn in_words(now_s: i64) -> String {
    let at = jiff::Timestamp::from_second(now_s).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}
