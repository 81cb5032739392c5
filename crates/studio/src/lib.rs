//! The studio: the rules. Accounts, sessions, children, photos, orders, films, jobs, and the one
//! place where the database is spoken to.
//!
//! It must not know HTTP, HTML or how anything looks; it must not name a vendor.

// People and their accounts.
pub mod accounts;
pub mod children;
pub mod sessions;

// What becomes of their data.
pub mod backup;
pub mod consents;
pub mod erasure;
pub mod export;
pub mod handles;
mod purposes;
pub mod retention;

// What goes out, and what comes back.
pub mod analytics;
pub mod conversations;
pub mod lists;
pub mod mail;
pub mod marketing;
mod notices;
pub mod outgoing;
pub mod webhooks;

// From a photo and a draft to the film, and who watches it.
pub mod films;
pub mod generated;
pub mod gifts;
pub mod orders;
pub mod photos;
pub mod releases;
pub mod shares;
pub mod streams;
pub mod till;

// The desk: who works here, what they see to, and the figures.
pub mod desk;
pub mod enquiries;
pub mod looks;
pub mod metrics;
pub mod staff;
pub mod usage;

// The ground that all of them stand on.
mod client;
pub mod clock;
mod config;
pub mod db;
mod due;
mod error;
mod hex;
mod ids;
pub mod jobs;
mod keys;
pub mod objects;
#[cfg(test)]
mod siblings;
mod throttle;
mod under_way;

use std::sync::Arc;

pub use client::Client;
pub use clock::{Clock, Manual, System};
pub use config::{Config, MasterKey};
pub use error::{Class, Error, Result};
pub(crate) use ids::id_type;
pub use ids::{AccountId, ChildId, MailId, PhotoId, SessionId};
pub use keys::master_key_file;
pub use vault::{FileKeeper, Random, SeededRandom, SystemRandom};

/// An async function of the crate's border, compiled here once: without it every crate that awaits it, and every part
/// of this one, compiles it anew.
pub(crate) use async_recursion::async_recursion as boxed;
use egress::Receipts;
use processors::{Connected, Post};

/// Connects the processors that are switched on; it gets where receipts are written.
pub type Connect = dyn Fn(Arc<dyn Receipts>) -> std::result::Result<Connected, String> + Send + Sync;

/// What the studio needs from outside; tests hand in their own.
#[derive(Clone)]
pub struct Outside {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for keys, tokens and ids.
    pub random: Arc<dyn Random>,
    /// Delivers mail.
    pub post: Arc<dyn Post>,
    /// Draws and encodes shots.
    pub renderer: Arc<dyn films::Renderer>,
    /// Connects processors.
    pub connect: Arc<Connect>,
}

impl Outside {
    /// The real clock and randomness; mail stays in the local outbox; no processor is connected.
    pub fn embedded() -> Self {
        Self {
            clock: Arc::new(System),
            random: Arc::new(SystemRandom::default()),
            post: Arc::new(processors::LocalOutbox),
            renderer: Arc::new(films::Engine),
            connect: Arc::new(|_| Ok(Connected::default())),
        }
    }
}

/// The studio, open. Cheap to clone.
#[derive(Clone)]
pub struct Studio(Arc<Inner>);

struct Inner {
    config: Config,
    db: db::Db,
    vault: vault::Vault,
    outside: Outside,
    house: keys::House,
    ids: ids::Ids,
    eyes: Arc<dyn photos::eyes::Eyes>,
    catalogue: films::Catalogue,
    photo_places: Arc<tokio::sync::Semaphore>,
    uploads: photos::Doors,
    stills: under_way::UnderWay,
    listeners: conversations::Listeners,
    backstage: jobs::Backstage,
    numbers: metrics::Kept,
    ledger: backup::Ledger,
    erasing: erasure::Tried,
    outgoing: outgoing::Outgoing,
    connected: Connected,
    last_lent: streams::LastLent,
}

impl Studio {
    /// Opens the studio: makes its folders and the master key when they are missing, connects to
    /// the database and brings it up to date, opens the vault, deletes again what a backup brought back, takes back what
    /// may have been taken back since, and finishes erasures that were interrupted. All else that there is to tidy is the
    /// first of the chores ([`Self::tidy`]): however much it is, nobody waits for it to be let in.
    ///
    /// # Errors
    /// When any of these is out of reach; when the objects are those of another database.
    #[boxed]
    pub async fn open(config: Config, outside: Outside, catalogue: films::Catalogue) -> Result<Self> {
        let eyes = photos::eyes::real(&config)?;
        let studio = Self::open_with(config, outside, catalogue, eyes).await?;
        for check in &studio.connected().before_start {
            let refused = |why| Error::internal(format!("nothing was started: {why}"));
            let (now_s, site) = (studio.now_ms() / clock::SECOND_MS, studio.config().address.as_str());
            check.check(now_s, site).await.map_err(refused)?;
        }
        studio.objects().claim().await?;
        backup::remove_leftovers(studio.config())?;
        backup::erase_again(&studio).await?;
        studio.erasures().finish().await?;
        Ok(studio)
    }

    /// The same without making sure of anything: no processor is asked, no store is claimed, nothing is erased again or
    /// swept. To look at what is there, and for what sees to that itself.
    ///
    /// # Errors
    /// As [`Self::open`].
    #[boxed]
    pub async fn look_into(config: Config, outside: Outside, catalogue: films::Catalogue) -> Result<Self> {
        let eyes = photos::eyes::real(&config)?;
        Self::open_with(config, outside, catalogue, eyes).await
    }

    async fn open_with(
        config: Config,
        outside: Outside,
        catalogue: films::Catalogue,
        eyes: Arc<dyn photos::eyes::Eyes>,
    ) -> Result<Self> {
        objects::may_begin(&config).await?;
        let db = db::Db::open(&config).await?;
        keys::may_be_made(&config, &db).await?;
        let keeper = keys::keeper(&config, &*outside.random).await?;
        let outgoing = outgoing::Outgoing::new(&db, &outside);
        let connected = (outside.connect)(Arc::new(outgoing.clone()))
            .map_err(|why| Error::internal(format!("processors cannot be connected: {why}")))?;
        let random = Arc::clone(&outside.random);
        let vault = match &connected.objects {
            Some(store) => vault::Vault::new(Arc::clone(store), keeper, random),
            None => vault::Vault::in_folder(&objects::folder_in(&config.data), keeper, random)?,
        };
        let house = keys::House::open(&db, &vault).await?;
        let backstage = jobs::Backstage::open(&config, &db, &outside, &connected).await?;
        let photo_places = Arc::new(tokio::sync::Semaphore::new(config.photos_at_once));
        let ids = ids::Ids::default();
        let ledger = backup::Ledger::in_folder(&config.data);
        let inner = Inner {
            config,
            db,
            vault,
            outside,
            house,
            ids,
            eyes,
            catalogue,
            photo_places,
            uploads: photos::Doors::default(),
            stills: under_way::UnderWay::default(),
            listeners: conversations::Listeners::default(),
            backstage,
            numbers: metrics::Kept::default(),
            ledger,
            erasing: erasure::Tried::default(),
            outgoing,
            connected,
            last_lent: streams::LastLent::default(),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Forgets what has been kept as long as the policy says and what nobody needs (ended sessions, counts whose
    /// window is over, objects without a row, what a backup left when it was cut off); carries out erasures that are
    /// due; tells of a policy to come.
    /// A job does it soon after the start and every hour; doing it twice changes nothing.
    ///
    /// # Errors
    /// When the database or the store is out of reach.
    #[boxed]
    pub async fn tidy(&self) -> Result<()> {
        backup::remove_leftovers(self.config())?;
        jobs::apart("enquiries", enquiries::watch(self)).await;
        jobs::apart("notices", notices::tell(self)).await;
        analytics::tidy(self).await?;
        self.retention().sweep().await?;
        sessions::tidy(self).await?;
        throttle::tidy(self).await?;
        conversations::tidy(self).await?;
        self.gifts().tidy().await?;
        backup::forget(self)?;
        let orphans = self.objects().sweep().await?;
        if orphans > 0 {
            tracing::info!(orphans, "objects without a row deleted");
        }
        Ok(())
    }

    /// The configuration it was opened with.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The policy in force.
    pub fn policy(&self) -> &Arc<policy::Policy> {
        self.policies().in_force(self.now_ms())
    }

    /// All versions of the policy, those to come too.
    pub fn policies(&self) -> &policy::Policies {
        &self.0.config.policies
    }

    /// The processors that are switched on.
    pub fn switched_on(&self) -> &policy::SwitchedOn {
        &self.0.config.switched_on
    }

    /// What the house itself keeps sealed: words of people without an account.
    pub(crate) fn house_key(&self) -> &vault::DataKey {
        &self.0.house.key
    }

    /// What was deleted for good, beside the database.
    pub(crate) fn ledger(&self) -> &backup::Ledger {
        &self.0.ledger
    }

    /// The database.
    pub fn db(&self) -> &db::Db {
        &self.0.db
    }

    /// Encrypted objects and fields.
    pub fn vault(&self) -> &vault::Vault {
        &self.0.vault
    }

    /// The films on offer.
    pub fn catalogue(&self) -> &films::Catalogue {
        &self.0.catalogue
    }

    /// Now, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.0.outside.clock.now_ms()
    }

    /// Randomness for keys, tokens and ids.
    pub fn random(&self) -> &dyn Random {
        &*self.0.outside.random
    }

    /// A new id: sortable by time, otherwise random.
    pub fn new_id(&self) -> String {
        self.0.ids.next(self.now_ms(), self.random())
    }

    /// Accounts: signing up and in.
    pub fn accounts(&self) -> accounts::Accounts<'_> {
        accounts::Accounts::new(self)
    }

    /// Sessions: who is there.
    pub fn sessions(&self) -> sessions::Sessions<'_> {
        sessions::Sessions::new(self)
    }

    /// The mails that were written.
    pub fn mail(&self) -> mail::Outbox<'_> {
        mail::Outbox::new(self)
    }

    /// Receipts of consent.
    pub fn consents(&self) -> consents::Consents<'_> {
        consents::Consents::new(self)
    }

    /// What people write to us.
    pub fn enquiries(&self) -> enquiries::Enquiries<'_> {
        enquiries::Enquiries::new(self)
    }

    /// Erasures of accounts.
    pub fn erasures(&self) -> erasure::Erasures<'_> {
        erasure::Erasures::new(self)
    }

    /// A copy of everything for an account's owner.
    pub fn exports(&self) -> export::Exports<'_> {
        export::Exports::new(self)
    }

    /// Marketing: what people agreed to, and its mails.
    pub fn marketing(&self) -> marketing::Marketing<'_> {
        marketing::Marketing::new(self)
    }

    /// How long what is kept.
    pub fn retention(&self) -> retention::Retention<'_> {
        retention::Retention::new(self)
    }

    /// What is said in the messenger.
    pub fn conversations(&self) -> conversations::Conversations<'_> {
        conversations::Conversations::new(self)
    }

    /// Receipts of what went out to processors.
    pub fn outgoing(&self) -> &outgoing::Outgoing {
        &self.0.outgoing
    }

    /// The processors that are connected, by their roles.
    pub fn connected(&self) -> &Connected {
        &self.0.connected
    }

    /// The messenger of somebody else, where one is connected.
    pub fn messenger(&self) -> conversations::Messenger<'_> {
        conversations::Messenger::new(self)
    }

    /// What processors have of accounts.
    pub fn handles(&self) -> handles::Handles<'_> {
        handles::Handles::new(self)
    }

    /// Shots that are painted outside.
    pub fn generated(&self) -> generated::Generated<'_> {
        generated::Generated::new(self)
    }

    /// The mailing list outside, if there is one.
    pub fn lists(&self) -> lists::Lists<'_> {
        lists::Lists::new(self)
    }

    /// What processors tell by themselves.
    pub fn webhooks(&self) -> webhooks::Webhooks<'_> {
        webhooks::Webhooks::new(self)
    }

    /// What is told to processors of those who agreed to analytics.
    pub fn analytics(&self) -> analytics::Analytics<'_> {
        analytics::Analytics::new(self)
    }

    /// Copies of films where they are streamed and shown from elsewhere.
    pub fn streams(&self) -> streams::Streams<'_> {
        streams::Streams::new(self)
    }

    /// How the site is used, as sums.
    pub fn usage(&self) -> usage::Usage<'_> {
        usage::Usage::new(self)
    }

    /// Profiles of children.
    pub fn children(&self) -> children::Children<'_> {
        children::Children::new(self)
    }

    /// Photos and their cut-outs.
    pub fn photos(&self) -> photos::Photos<'_> {
        photos::Photos::new(self)
    }

    /// The register of encrypted objects.
    pub fn objects(&self) -> objects::Objects<'_> {
        objects::Objects::new(self)
    }

    /// What the jobs need beside the database.
    pub(crate) fn backstage(&self) -> &jobs::Backstage {
        &self.0.backstage
    }

    /// Orders: from a draft to a film that is made.
    pub fn orders(&self) -> orders::Orders<'_> {
        orders::Orders::new(self)
    }

    /// The till.
    pub fn till(&self) -> till::Till<'_> {
        till::Till::new(self)
    }

    /// The films that accounts own.
    pub fn films(&self) -> films::Films<'_> {
        films::Films::new(self)
    }

    /// Work in the background.
    pub fn jobs(&self) -> jobs::Jobs<'_> {
        jobs::Jobs::new(self)
    }

    /// Who works here.
    pub fn staff(&self) -> staff::Staff<'_> {
        staff::Staff::new(self)
    }

    /// Looks of the staff at what is private.
    pub fn looks(&self) -> looks::Looks<'_> {
        looks::Looks::new(self)
    }

    /// Films that their owners released to be shown.
    pub fn releases(&self) -> releases::Releases<'_> {
        releases::Releases::new(self)
    }

    /// Films that their owners share by a link.
    pub fn shares(&self) -> shares::Shares<'_> {
        shares::Shares::new(self)
    }

    /// Passes that somebody gives away.
    pub fn gifts(&self) -> gifts::Gifts<'_> {
        gifts::Gifts::new(self)
    }

    /// Figures for whoever watches over the program.
    pub fn metrics(&self) -> metrics::Metrics<'_> {
        metrics::Metrics::new(self)
    }

    /// The operator's desk.
    pub fn desk(&self) -> desk::Desk<'_> {
        desk::Desk::new(self)
    }
}
