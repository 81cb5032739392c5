//! Taking a photo in, and choosing one of its faces.

use std::sync::Arc;

use bytes::Bytes;
use intake::BYTES_MAX;
use likeness::CutOut;
use policy::{PurposeId, Subject};
use ring::digest;
use sea_orm::ActiveValue::Set;
use sea_orm::PaginatorTrait;
use sea_orm::entity::prelude::*;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use vault::{DataKey, ObjectId};

use super::{Details, Photo, Photos, State, row_of, rows, small};
use crate::clock::HOUR_MS;
use crate::objects::{self, Stored};
use crate::throttle::{self, Limit};
use crate::under_way::{Held, UnderWay};
use crate::{AccountId, Client, Error, PhotoId, Result, Studio, boxed};

/// Photos an account may have.
pub const PHOTOS_MAX: u64 = 200;
/// Uploads of one account.
const UPLOADS: Limit = Limit { name: "uploads-account", tries_max: 60, window_ms: HOUR_MS };
/// Uploads of one account that are on their way at the same moment: each is held in memory until it was looked at.
const UPLOADS_AT_ONCE: usize = 4;
/// Those of one client: a family's devices, and not so many that the others find all places taken.
const UPLOADS_AT_ONCE_PER_CLIENT: usize = 8;
/// Those of everybody.
const UPLOADS_AT_ONCE_IN_ALL: usize = 24;
/// Photos of one account that are looked at at the same moment: however many it sends, others have their turn.
const LOOKED_AT_ONCE: usize = 1;
/// So many uploads a photo counts for whose decoding came to its limit: it took as much as many others.
const UPLOADS_OF_A_LONG_LOOK: i64 = 10;

/// After so many seconds another one may be on its way.
const SOON_S: u64 = 10;

/// Who may send a photo, and have one looked at, at this moment.
pub(crate) struct Doors {
    by_account: UnderWay,
    by_client: UnderWay,
    in_all: Arc<Semaphore>,
    looked_at: UnderWay,
}

impl Default for Doors {
    fn default() -> Self {
        Self {
            by_account: UnderWay::default(),
            by_client: UnderWay::default(),
            in_all: Arc::new(Semaphore::new(UPLOADS_AT_ONCE_IN_ALL)),
            looked_at: UnderWay::default(),
        }
    }
}

/// A photo that is on its way here: whoever reads its bytes has this first.
pub struct Expected {
    account: AccountId,
    _places: ([Held; 2], OwnedSemaphorePermit),
}

/// A place where a photo is looked at; given back when it is dropped.
pub(super) struct LookedAt {
    _of_account: Held,
    _of_all: OwnedSemaphorePermit,
}

/// The guardian's affirmation, ticked for a photo and the order that it is given for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardianAffirmation {
    /// The version of the wording that was shown.
    pub wording: String,
}

impl GuardianAffirmation {
    /// The affirmation, without which no photo is looked at and none serves an order.
    ///
    /// # Errors
    /// `affirmation-required` when the box was not ticked.
    pub(crate) fn required(ticked: Option<Self>) -> Result<Self> {
        let sentence = "Please confirm that you are the child's parent or guardian, or have permission. Until then the photo is not looked at.";
        ticked.ok_or_else(|| Error::refused("affirmation-required", sentence))
    }

    /// That the words that were ticked are those of now.
    ///
    /// # Errors
    /// `wording-changed`.
    pub(crate) fn check(&self, studio: &Studio) -> Result<()> {
        if studio.policy().is_current(Subject::Guardian, &self.wording) {
            return Ok(());
        }
        let sentence =
            "The wording has changed since this page was loaded. Please read it again and confirm.";
        Err(Error::conflict("wording-changed", sentence))
    }
}

/// What was made from a photo, not stored yet.
struct Seen {
    details: Details,
    small: Option<Bytes>,
    cut_out: Option<(Vec<u8>, Bytes)>,
}

/// A cut-out and its small version, stored but not entered.
struct StoredCutOut {
    whole: Stored,
    small: Stored,
}

/// How a file that was sent stands to the photos that are there.
enum Sent {
    /// It is this one.
    There(PhotoId),
    /// It is a new one, which is recognised by this.
    New(Vec<u8>),
}

impl Photos<'_> {
    /// Takes a photo in that is here already, not on its way from a client. Without the affirmation the bytes are not
    /// looked at. The same file sent twice is one photo.
    ///
    /// # Errors
    /// As [`Photos::upload_beside`].
    #[boxed]
    pub async fn upload(
        &self,
        account: &AccountId,
        bytes: &[u8],
        affirmation: Option<GuardianAffirmation>,
    ) -> Result<Photo> {
        let client = Client("here".into());
        self.upload_beside(&self.expect(account, &client).await?, bytes, affirmation, None).await
    }

    /// Makes ready for an upload, before its bytes are read.
    ///
    /// # Errors
    /// `too-many-uploads`: of the account within the hour; of the account, the client or everybody at this moment.
    #[boxed]
    pub async fn expect(&self, account: &AccountId, client: &Client) -> Result<Expected> {
        let whom = account.as_str().as_bytes();
        // First, so that whoever finds the places taken has lost none of the hour's tries.
        let _places = self.places(whom, client).ok_or_else(|| Error::too_many("too-many-uploads", SOON_S))?;
        throttle::count(self.studio, &UPLOADS, whom, "too-many-uploads").await?;
        Ok(Expected { account: account.clone(), _places })
    }

    /// The same, for a hero who plays beside another: a file that shows both is a photo for each of them, as a photo has
    /// one chosen face.
    ///
    /// # Errors
    /// `too-large`, `affirmation-required`, `photo-missing` where there are no bytes, `wording-changed`,
    /// `too-many-photos`; the codes of [`intake::Refused`] and [`likeness::Refusal`], each with its sentence.
    #[boxed]
    pub async fn upload_beside(
        &self,
        expected: &Expected,
        bytes: &[u8],
        affirmation: Option<GuardianAffirmation>,
        beside: Option<&PhotoId>,
    ) -> Result<Photo> {
        let (studio, account) = (self.studio, &expected.account);
        if bytes.len() > BYTES_MAX {
            return Err(too_large());
        }
        let affirmation = GuardianAffirmation::required(affirmation)?;
        if bytes.is_empty() {
            return Err(Error::refused("photo-missing", "Please choose a photo."));
        }
        affirmation.check(studio)?;
        let affirmed_at_ms = studio.now_ms();
        let content_index = match self.sent(account, bytes, beside).await? {
            Sent::There(photo) => return self.get(account, &photo).await,
            Sent::New(content_index) => content_index,
        };
        let of_account = rows::Entity::find().filter(rows::Column::AccountId.eq(account.as_str()));
        if of_account.count(studio.db().read()).await? >= PHOTOS_MAX {
            let sentence =
                "There are as many photos as an account can have. Please delete one you do not need.";
            return Err(Error::conflict("too-many-photos", sentence));
        }
        let key = studio.data_key(account, PurposeId::Films).await?;

        let (accepted, seen) = {
            let place = self.place(account).await?;
            let accepted = self.take_in(account, bytes).await?;
            let intake::Accepted { photo, jpeg } = accepted;
            let (width, height) = (photo.width, photo.height);
            ((width, height, jpeg), self.look(photo, None, place).await?)
        };
        let (width, height, jpeg) = accepted;

        let photo_stored = studio.objects().store(&key, &jpeg).await?;
        let small =
            seen.small.ok_or_else(|| Error::internal("a photo was looked at without a small version"))?;
        let small_stored = studio.objects().store(&key, &small).await?;
        let cut_out = self.store_cut_out(&key, seen.cut_out).await?;
        let id = studio.new_id();
        let row = rows::ActiveModel {
            account_id: Set(account.to_string()),
            child_id: Set(None),
            state: Set(if cut_out.is_some() { State::Ready } else { State::ChooseFace }),
            content_index: Set(content_index.clone()),
            photo_object: Set(photo_stored.id.to_string()),
            small_object: Set(small_stored.id.to_string()),
            cut_out_object: Set(cut_out.as_ref().map(|cut_out| cut_out.whole.id.to_string())),
            cut_out_small_object: Set(cut_out.as_ref().map(|cut_out| cut_out.small.id.to_string())),
            width: Set(width.into()),
            height: Set(height.into()),
            details_sealed: Set(self.seal_details(&key, &id, &seen.details)?),
            affirmed_wording: Set(affirmation.wording),
            affirmed_at_ms: Set(affirmed_at_ms),
            created_at_ms: Set(studio.now_ms()),
            id: Set(id.clone()),
        };
        let tx = studio.db().begin().await?;
        let inserted = rows::Entity::insert(row).exec_without_returning(&tx).await;
        if let Err(error) = inserted {
            drop(tx);
            let mut stored = vec![photo_stored.id, small_stored.id];
            stored.extend(cut_out.iter().flat_map(|cut_out| [cut_out.whole.id, cut_out.small.id]));
            studio.objects().delete(&stored).await?;
            // The same file, sent twice at once: the other one was a moment faster.
            return match self.of_content(account, &content_index).await? {
                Some(there) => self.get(account, &there).await,
                None => Err(error.into()),
            };
        }
        studio.objects().enter(&tx, account, "photo", &photo_stored).await?;
        studio.objects().enter(&tx, account, "photo-small", &small_stored).await?;
        self.enter_cut_out(&tx, account, cut_out.as_ref()).await?;
        tx.commit().await?;
        self.get(account, &PhotoId::stored(id)).await
    }

    /// Chooses one of several faces, by its place in [`Photo::faces`]; may be changed again.
    ///
    /// # Errors
    /// `photo-not-found`, `face-not-found`, `too-many-uploads`, the codes of [`likeness::Refusal`].
    #[boxed]
    pub async fn choose_face(&self, account: &AccountId, photo: &PhotoId, face: usize) -> Result<Photo> {
        let studio = self.studio;
        let row = row_of(studio.db().read(), account, photo).await?;
        let key = studio.data_key(account, PurposeId::Films).await?;
        let mut details = self.details(&key, &row)?;
        if face >= details.faces.len() {
            return Err(Error::not_found("face-not-found"));
        }
        if details.chosen == Some(face) {
            return self.get(account, photo).await;
        }
        // It is as much work as taking a photo in.
        throttle::count(studio, &UPLOADS, account.as_str().as_bytes(), "too-many-uploads").await?;
        details.chosen = Some(face);
        let jpeg = studio.objects().get(&key, &objects::id_in_row(&row.photo_object)?).await?;
        let seen = {
            let place = self.place(account).await?;
            let accepted = self.take_in(account, &jpeg).await?;
            self.look(accepted.photo, Some(details), place).await?
        };
        let cut_out = self.store_cut_out(&key, seen.cut_out).await?;
        let cut_out = cut_out.ok_or_else(|| Error::internal("a chosen face was not cut out"))?;

        let tx = studio.db().begin().await?;
        // Read again: another tab may have chosen meanwhile; whoever comes last wins.
        let row = row_of(&tx, account, photo).await?;
        let change = rows::ActiveModel {
            id: Set(row.id.clone()),
            state: Set(State::Ready),
            cut_out_object: Set(Some(cut_out.whole.id.to_string())),
            cut_out_small_object: Set(Some(cut_out.small.id.to_string())),
            details_sealed: Set(self.seal_details(&key, &row.id, &seen.details)?),
            ..Default::default()
        };
        rows::Entity::update(change).exec(&tx).await?;
        let before = [row.cut_out_object, row.cut_out_small_object].into_iter().flatten();
        let before = before.map(|id| objects::id_in_row(&id)).collect::<Result<Vec<ObjectId>>>()?;
        studio.objects().strike(&tx, account, &before).await?;
        self.enter_cut_out(&tx, account, Some(&cut_out)).await?;
        tx.commit().await?;
        studio.objects().delete(&before).await?;
        self.get(account, photo).await
    }

    /// Places for one more form that is held, if there are any.
    fn places(&self, whom: &[u8], client: &Client) -> Option<([Held; 2], OwnedSemaphorePermit)> {
        let doors = &self.studio.0.uploads;
        let of_account = doors.by_account.begin(whom, UPLOADS_AT_ONCE)?;
        let of_client = doors.by_client.begin(client.0.as_bytes(), UPLOADS_AT_ONCE_PER_CLIENT)?;
        let of_all = Arc::clone(&doors.in_all).try_acquire_owned().ok()?;
        Some(([of_account, of_client], of_all))
    }

    /// A place for a photo to be looked at, once there is one and it is the account's turn.
    pub(super) async fn place(&self, account: &AccountId) -> Result<LookedAt> {
        let inner = &self.studio.0;
        let _of_account = inner.uploads.looked_at.turn(account.as_str().as_bytes(), LOOKED_AT_ONCE).await;
        let _of_all = Arc::clone(&inner.photo_places).acquire_owned().await.map_err(Error::internal)?;
        Ok(LookedAt { _of_account, _of_all })
    }

    /// Clean pixels of what was sent.
    async fn take_in(&self, account: &AccountId, bytes: &[u8]) -> Result<intake::Accepted> {
        let refused = match self.studio.0.eyes.take_in(bytes).await {
            Ok(accepted) => return Ok(accepted),
            Err(refused) => refused,
        };
        if matches!(refused, intake::Refused::TookTooLong) {
            let whom = account.as_str().as_bytes();
            // It was counted once before it was looked at.
            let more = UPLOADS_OF_A_LONG_LOOK - 1;
            // More than there may be in an hour are the next one's to hear of: this one hears why it was not taken.
            throttle::count_as(self.studio, &UPLOADS, whom, more, "too-many-uploads").await.ok();
        }
        Err(not_taken(refused))
    }

    /// Looks at a photo, away from the threads that answer requests: finds the faces, unless they
    /// are known, and cuts out the only or the chosen one.
    async fn look(&self, photo: likeness::Photo, known: Option<Details>, place: LookedAt) -> Result<Seen> {
        let eyes = Arc::clone(&self.studio.0.eyes);
        let seen = tokio::task::spawn_blocking(move || {
            // Taken until it is done, also when nobody waits for it any more.
            let _place = place;
            let (mut details, small) = match known {
                Some(details) => (details, None),
                None => {
                    let faces = eyes.faces(&photo).map_err(not_usable)?;
                    let chosen = (faces.len() == 1).then_some(0);
                    (Details { faces, chosen, warnings: Vec::new() }, Some(small::photo(&photo)?))
                }
            };
            let cut_out = match details.chosen {
                Some(chosen) => {
                    let cut_out: CutOut = eyes.cut_out(&photo, &details.faces[chosen]).map_err(not_usable)?;
                    let small = small::cut_out(&cut_out)?;
                    details.warnings.clone_from(&cut_out.warnings);
                    Some((cut_out.to_bytes(), small))
                }
                None => None,
            };
            Ok(Seen { details, small, cut_out })
        });
        seen.await.map_err(Error::internal)?
    }

    async fn store_cut_out(
        &self,
        key: &DataKey,
        cut_out: Option<(Vec<u8>, Bytes)>,
    ) -> Result<Option<StoredCutOut>> {
        let Some((whole, small)) = cut_out else { return Ok(None) };
        let whole = self.studio.objects().store(key, &whole).await?;
        let small = self.studio.objects().store(key, &small).await?;
        Ok(Some(StoredCutOut { whole, small }))
    }

    async fn enter_cut_out(
        &self,
        tx: &impl ConnectionTrait,
        account: &AccountId,
        cut_out: Option<&StoredCutOut>,
    ) -> Result<()> {
        if let Some(cut_out) = cut_out {
            self.studio.objects().enter(tx, account, "cut-out", &cut_out.whole).await?;
            self.studio.objects().enter(tx, account, "cut-out-small", &cut_out.small).await?;
        }
        Ok(())
    }

    /// Looks for the file among the photos. Whose photo is `beside` needs it for themselves: then it is another.
    async fn sent(&self, account: &AccountId, bytes: &[u8], beside: Option<&PhotoId>) -> Result<Sent> {
        let once = self.content_index(account, bytes, "photo");
        match self.of_content(account, &once).await? {
            None => return Ok(Sent::New(once)),
            Some(photo) if Some(&photo) != beside => return Ok(Sent::There(photo)),
            Some(_) => {}
        }
        let again = self.content_index(account, bytes, "photo-beside");
        Ok(self.of_content(account, &again).await?.map_or(Sent::New(again), Sent::There))
    }

    /// Recognises the same file of the same account; says nothing to anybody without the key.
    fn content_index(&self, account: &AccountId, bytes: &[u8], kind: &str) -> Vec<u8> {
        let content = digest::digest(&digest::SHA256, bytes);
        let value = [account.as_str().as_bytes(), b"/", content.as_ref()].concat();
        self.studio.0.house.index.of(kind, &value).to_vec()
    }

    async fn of_content(&self, account: &AccountId, content_index: &[u8]) -> Result<Option<PhotoId>> {
        let row = rows::Entity::find()
            .filter(rows::Column::AccountId.eq(account.as_str()))
            .filter(rows::Column::ContentIndex.eq(content_index))
            .one(self.studio.db().read())
            .await?;
        Ok(row.map(|row| PhotoId::stored(row.id)))
    }
}

/// What is said of a photo of more than [`BYTES_MAX`]: whoever reads one that long has no need to read it to its end.
pub fn too_large() -> Error {
    not_taken(intake::Refused::TooLarge { limit_mb: (BYTES_MAX / (1024 * 1024)) as u32 })
}

fn not_taken(refused: intake::Refused) -> Error {
    if refused.is_our_fault() {
        return Error::unavailable(refused.code(), format!("{refused:?}"));
    }
    Error::refused(refused.code(), refused.to_string())
}

fn not_usable(refusal: likeness::Refusal) -> Error {
    Error::refused(refusal.code(), refusal.to_string())
}
