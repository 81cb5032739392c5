//! What was deleted for good, beside the database: a file of ids, so that a backup that still holds them brings
//! nothing back. An id is random and leads to nobody once its row is gone. Beside them stands who objected to what and
//! when, by their ids and the keyed hashes of addresses, so that a backup from before takes no objection back; which gift
//! passes were used, became good again or were taken back, by their ids; and the mark that tells whether the database is
//! older ([`super::older`]).
//!
//! A line is on the disk before the change is committed: should the program die in between, the change is carried out
//! at the next start, as somebody asked for it.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use policy::RetentionId;
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};

use super::leftovers::Turn;
use super::{disk, older};
use crate::accounts::again;
use crate::accounts::rows::accounts;
use crate::enquiries::rows::attachments;
use crate::erasure::Reason;
use crate::{AccountId, ChildId, Error, PhotoId, Result, Studio, boxed, children, films, photos};

/// Ids looked up at once.
const BATCH: usize = 500;
/// The word before the mark.
const MARK: &str = "mark";

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deleted {
    Account,
    Photo,
    Film,
    Child,
    /// Something that came with a mail to us.
    Attachment,
}

impl Deleted {
    const ALL: [Self; 5] = [Self::Account, Self::Photo, Self::Film, Self::Child, Self::Attachment];

    fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Photo => "photo",
            Self::Film => "film",
            Self::Child => "child",
            Self::Attachment => "attachment",
        }
    }
}

/// What somebody wants, or wants no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Said {
    /// An account: no mail that advertises.
    NoMarketing,
    /// An address, by its keyed hash: the same.
    NoMarketingAt,
    /// An address, by its keyed hash: no gift mail.
    NoGiftMailAt,
    /// An account: no support within Minitube.
    NoSupport,
    /// An account: support within Minitube again.
    Support,
    /// An account: it is to end.
    Leaving,
    /// An account: it is not to end after all.
    Stays,
    /// An account: its data are only to be stored.
    Restricted,
    /// An account: they may be used again.
    Lifted,
    /// A gift pass, by its id: it pays for an order.
    PassUsed,
    /// A gift pass, by its id: it is good again.
    PassGood,
    /// A gift pass, by its id: the house took it back, or a bank its money.
    PassRevoked,
    /// A gift pass, by its id: its money was given back by hand at the till.
    PassGivenBack,
    /// A gift pass, by its id: its giver took it back, and is to have the money.
    PassWithdrawn,
}

impl Said {
    fn word(self) -> &'static str {
        match self {
            Self::NoMarketing => "no-marketing",
            Self::NoMarketingAt => "no-marketing-at",
            Self::NoGiftMailAt => "no-gift-mail-at",
            Self::NoSupport => "no-support",
            Self::Support => "support",
            Self::Leaving => "leaving",
            Self::Stays => "stays",
            Self::Restricted => "restricted",
            Self::Lifted => "lifted",
            Self::PassUsed => "pass-used",
            Self::PassGood => "pass-good",
            Self::PassRevoked => "pass-revoked",
            Self::PassGivenBack => "pass-given-back",
            Self::PassWithdrawn => "pass-withdrawn",
        }
    }
}

/// The file.
pub(crate) struct Ledger {
    file: PathBuf,
    writing: Mutex<()>,
}

impl Ledger {
    /// The ledger of a data folder; its file is made with the first line.
    pub fn in_folder(data: &Path) -> Self {
        Self { file: file_in(data), writing: Mutex::new(()) }
    }

    /// Writes a line, and returns once it is on the disk.
    ///
    /// # Errors
    /// When it cannot be written: then nothing may be deleted.
    pub fn enter(&self, what: Deleted, id: &str) -> Result<()> {
        self.write(what.word(), id)
    }

    /// Writes down what somebody said at a time, and returns once it is on the disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn enter_said(&self, what: Said, whose: &str, at_ms: i64) -> Result<()> {
        self.write(what.word(), &format!("{whose} {at_ms}"))
    }

    /// Writes down how far the database's mark was moved.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mark(&self, at_ms: i64) -> Result<()> {
        self.write(MARK, &at_ms.to_string())
    }

    /// How far the database's mark was moved, as far as is known here; 0 where nothing is.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn marked(&self) -> Result<i64> {
        let marks = self.read(MARK)?;
        Ok(marks.iter().filter_map(|at_ms| at_ms.parse::<i64>().ok()).max().unwrap_or(0))
    }

    /// Forgets what was said of addresses up to a time, as for longer nobody may keep it, and all marks but the last.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn forget(&self, addresses_until_ms: i64) -> Result<()> {
        let _alone = self.alone().map_err(away)?;
        let text = text_of(&self.file).map_err(away)?;
        let words = [Said::NoMarketingAt, Said::NoGiftMailAt].map(Said::word);
        let is_old = |line: &str| {
            let mut parts = line.trim_end().split(' ');
            parts.next().is_some_and(|word| words.contains(&word))
                && parts
                    .nth(1)
                    .and_then(|at_ms| at_ms.parse::<i64>().ok())
                    .is_some_and(|at_ms| at_ms <= addresses_until_ms)
        };
        let last = text.lines().filter_map(marked_in).max();
        let is_passed = |line: &str| marked_in(line).is_some_and(|at_ms| Some(at_ms) < last);
        let says_nothing = |line: &str| line.trim_end().is_empty();
        let lines = text.split_inclusive('\n');
        let kept: String =
            lines.filter(|line| !says_nothing(line) && !is_old(line) && !is_passed(line)).collect();
        if kept.len() < text.len() {
            disk::replace(&self.file, kept.as_bytes()).map_err(away)
        } else {
            Ok(())
        }
    }

    /// Keeps everybody else from writing: in this process, and in others on the same data folder.
    fn alone(&self) -> std::io::Result<(Turn, MutexGuard<'_, ()>)> {
        let one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        Ok((Turn::wait(&self.file.with_extension("lock"))?, one))
    }

    fn write(&self, word: &str, rest: &str) -> Result<()> {
        let write = || -> std::io::Result<()> {
            let _alone = self.alone()?;
            let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.file)?;
            // Whole in one call, and on a line of its own, also behind one that was cut off; empty lines say nothing.
            file.write_all(format!("\n{word} {rest}\n").as_bytes())?;
            file.sync_all()
        };
        write().map_err(away)
    }

    /// The ids of a kind.
    fn ids(&self, what: Deleted) -> Result<Vec<String>> {
        self.read(what.word())
    }

    /// Who said something, each with the last time.
    fn said(&self, what: Said) -> Result<BTreeMap<String, i64>> {
        let mut last = BTreeMap::new();
        for line in self.read(what.word())? {
            let Some((whose, at_ms)) = line.split_once(' ') else { continue };
            let Ok(at_ms) = at_ms.parse::<i64>() else { continue };
            let known = last.entry(whose.to_owned()).or_insert(at_ms);
            *known = at_ms.max(*known);
        }
        Ok(last)
    }

    /// What was said last of each gift pass up to a time, and when.
    fn passes(&self, until_ms: i64) -> Result<BTreeMap<String, (Said, i64)>> {
        use Said::{PassGivenBack, PassGood, PassRevoked, PassUsed, PassWithdrawn};
        let mut last = BTreeMap::new();
        // In the order in which they can follow on one another within a moment.
        for what in [PassUsed, PassGood, PassRevoked, PassGivenBack, PassWithdrawn] {
            let said = self.said(what)?;
            for (pass, at_ms) in said.into_iter().filter(|(_, at_ms)| *at_ms <= until_ms) {
                let known = last.entry(pass).or_insert((what, at_ms));
                if at_ms >= known.1 {
                    *known = (what, at_ms);
                }
            }
        }
        Ok(last)
    }

    /// What stands behind a word, line by line.
    fn read(&self, word: &str) -> Result<Vec<String>> {
        let text = text_of(&self.file).map_err(away)?;
        let whole = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        let pairs = whole.filter_map(|line| line.split_once(' '));
        Ok(pairs.filter(|(known, _)| *known == word).map(|(_, rest)| rest.to_owned()).collect())
    }
}

/// The mark that a line holds, if it is one of that kind.
fn marked_in(line: &str) -> Option<i64> {
    line.trim_end().strip_prefix(MARK)?.strip_prefix(' ')?.parse().ok()
}

/// Puts what another ledger names behind what this one names, all or nothing.
pub fn join(own: &Path, more: &Path) -> std::io::Result<()> {
    let mut text = text_of(own)?;
    // A line that was cut off names nothing, and must not take the next one with it.
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&std::fs::read_to_string(more)?);
    disk::replace(own, text.as_bytes())
}

/// What stands in a ledger; nothing, where it has no line yet.
fn text_of(file: &Path) -> std::io::Result<String> {
    match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        read => read,
    }
}

fn away(error: std::io::Error) -> Error {
    Error::unavailable("ledger-away", error.to_string())
}

/// Forgets what the policy has nobody know for longer, and what nobody needs.
///
/// # Errors
/// When the file cannot be read or written.
pub fn forget(studio: &Studio) -> Result<()> {
    match studio.policy().rule(RetentionId::Marketing) {
        Some(rule) => studio.ledger().forget(rule.period.before(studio.now_ms())),
        None => Ok(()),
    }
}

/// Where the ledger of a data folder lies.
pub fn file_in(data: &Path) -> PathBuf {
    data.join("erasures.log")
}

/// Deletes again whatever the ledger names and the database holds: it came from a backup. Returns how many there
/// were. Whoever objected to something has objected to it again, whoever had their account ended or restricted has done so
/// again, and gift passes stand as was said last. What may have been taken back since a database that is older than the
/// ledger does not come back with it either. Called before anybody is let in.
///
/// # Errors
/// When the database, the store or the ledger is out of reach.
#[boxed]
pub async fn apply(studio: &Studio) -> Result<u64> {
    older::move_on(studio).await?;
    let mut again = 0;
    for what in Deleted::ALL {
        let ids = studio.ledger().ids(what)?;
        for batch in ids.chunks(BATCH) {
            for (id, whose) in there(studio, what, batch).await? {
                again += 1;
                let account = AccountId::stored(whose);
                match what {
                    // Of a case, and no account's.
                    Deleted::Attachment => {
                        attachments::Entity::delete_by_id(id).exec(studio.db().write()).await?;
                    }
                    Deleted::Account => drop(studio.erasures().erase(&account, Reason::Owner).await?),
                    Deleted::Photo => studio.photos().delete(&account, &PhotoId::stored(id)).await?,
                    Deleted::Film => studio.films().delete(&account, &films::FilmId::stored(id)).await?,
                    Deleted::Child => studio.children().delete(&account, &ChildId::stored(id)).await?,
                }
            }
        }
    }
    if again > 0 {
        tracing::warn!(again, "deleted again what a backup had brought back");
    }
    object_again(studio).await?;
    Ok(again)
}

async fn object_again(studio: &Studio) -> Result<()> {
    let ledger = studio.ledger();
    studio.marketing().stop_again(&ledger.said(Said::NoMarketing)?).await?;
    studio.marketing().refuse_again(&ledger.said(Said::NoMarketingAt)?).await?;
    studio.gifts().refuse_again(&ledger.said(Said::NoGiftMailAt)?).await?;
    // What was said of a pass since then the database knows itself. A line alone whose change was not committed would use
    // it up for nothing.
    if let Some(until_ms) = older::brought_back_at_ms(studio).await? {
        studio.gifts().stand_again(&ledger.passes(until_ms)?).await?;
    }
    let (mut objected, allowed) = (ledger.said(Said::NoSupport)?, ledger.said(Said::Support)?);
    objected.retain(|account, at_ms| allowed.get(account).is_none_or(|again| *again <= *at_ms));
    studio.accounts().object_again(&objected).await?;
    let last = |said, taken_back| -> Result<again::Said> {
        Ok(again::Said { said: ledger.said(said)?, taken_back: ledger.said(taken_back)? })
    };
    let (leaving, restricted) = (last(Said::Leaving, Said::Stays)?, last(Said::Restricted, Said::Lifted)?);
    studio.accounts().stand_again(&leaving, &restricted).await
}

/// Those of the ids that the database holds, each with its account, or its case.
async fn there(studio: &Studio, what: Deleted, ids: &[String]) -> Result<Vec<(String, String)>> {
    let db = studio.db().read();
    macro_rules! find {
        ($rows:path, $account:expr) => {{
            use $rows as rows;
            rows::Entity::find()
                .select_only()
                .column(rows::Column::Id)
                .column($account)
                .filter(rows::Column::Id.is_in(ids))
                .order_by_asc(rows::Column::Id)
                .into_tuple()
                .all(db)
                .await?
        }};
    }
    Ok(match what {
        Deleted::Account => find!(accounts, accounts::Column::Id),
        Deleted::Photo => find!(photos::rows, photos::rows::Column::AccountId),
        Deleted::Film => find!(films::rows::films, films::rows::films::Column::AccountId),
        Deleted::Child => find!(children::rows, children::rows::Column::AccountId),
        Deleted::Attachment => find!(attachments, attachments::Column::EnquiryId),
    })
}
