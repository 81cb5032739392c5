//! A copy of everything for the account's owner (GDPR, Art. 15 and 20): one tar archive with `data.json`, its
//! schema, a page to read, and every photo, cut-out and film. What belongs into it follows from the policy's plan, and
//! besides it what they wrote to us: [`cases`].
//!
//! Nothing is stored for it. The archive is laid out first, from sizes alone, so that any part of it can be sent:
//! an interrupted download goes on where it ended, and a large library never lies in memory.

mod cases;
mod link;
mod rows;

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use likeness::CutOut;
use policy::PurposeId;
use policy::derive::export::{columns, plan};
use ring::digest;
use sea_orm::entity::prelude::*;
use sea_orm::{EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use vault::{DataKey, ObjectId};

use crate::clock::HOUR_MS;
use crate::db::rows_of;
use crate::enquiries::AttachmentId;
use crate::hex::hex;
use crate::throttle::{self, Limit};
use crate::{AccountId, Error, Result, Studio, boxed, objects};

/// Tar is written in blocks of so many bytes (POSIX.1-1988, ustar).
const BLOCK: u64 = 512;
/// What `data.json` looks like.
const SCHEMA: &str = include_str!("schema.json");

/// An archive, laid out.
pub struct Archive {
    studio: Studio,
    key: Arc<DataKey>,
    entries: Vec<Entry>,
    /// Bytes of the whole archive.
    pub size: u64,
    /// Changes whenever anything in it does.
    pub etag: String,
}

/// A file of the archive.
struct Entry {
    header: Bytes,
    size: u64,
    what: What,
}

#[derive(Clone)]
enum What {
    /// Made just now.
    Text(Bytes),
    /// As it is stored.
    Object(ObjectId),
    /// A stored cut-out, as a picture that every program opens.
    CutOut(ObjectId),
    /// What came with a mail to us, as it came.
    Attachment(AttachmentId),
}

/// Archives laid out for one account, also to go on with one that broke off.
const LAID_OUT: Limit = Limit { name: "exports-account", tries_max: 60, window_ms: HOUR_MS };

/// Exports of a studio.
#[derive(Clone, Copy)]
pub struct Exports<'a> {
    studio: &'a Studio,
}

impl<'a> Exports<'a> {
    pub(crate) fn new(studio: &'a Studio) -> Self {
        Self { studio }
    }

    /// Lays out the archive of an account.
    ///
    /// # Errors
    /// `account-not-found`; `too-many-exports`; or when something is out of reach.
    #[boxed]
    pub async fn lay_out(&self, account: &AccountId) -> Result<Archive> {
        let studio = self.studio;
        // Each cut-out is made a picture of, only to know how large that is.
        throttle::count(studio, &LAID_OUT, account.as_str().as_bytes(), "too-many-exports").await?;
        // Only of an account that is in use.
        let language = studio.accounts().get(account).await?.language;
        let key = Arc::new(studio.data_key(account, PurposeId::Account).await?);
        let mut media = Vec::new();
        for object in self.objects(account).await? {
            media.push(self.medium(&key, &object).await?);
        }
        media.extend(self.attachments(account).await?);
        let data = self.data(account, &key, &media).await?;
        let data = serde_json::to_vec_pretty(&data).map_err(Error::internal)?;
        let text = |path: &str, text: Vec<u8>| (path.to_owned(), text.len() as u64, What::Text(text.into()));
        let mut files = vec![
            text("read-me.txt", read_me(&language).into()),
            text("data.json", data),
            text("schema.json", SCHEMA.into()),
        ];
        files.extend(media.into_iter().map(|medium| (medium.path, medium.size, medium.what)));
        let mut entries = Vec::with_capacity(files.len());
        let mut hash = digest::Context::new(&digest::SHA256);
        for (path, size, what) in files {
            let header = header(&path, size)?;
            hash.update(&header);
            if let What::Text(text) = &what {
                hash.update(text);
            }
            entries.push(Entry { header, size, what });
        }
        // Two empty blocks end an archive.
        let size = entries.iter().map(|entry| BLOCK + padded(entry.size)).sum::<u64>() + 2 * BLOCK;
        let etag = hex(&hash.finish().as_ref()[..16]);
        Ok(Archive { studio: studio.clone(), key, entries, size, etag })
    }

    /// The stored objects that are handed out, oldest first.
    async fn objects(&self, account: &AccountId) -> Result<Vec<objects::rows::Model>> {
        let plan = plan(self.studio.policies().classification());
        let kinds: Vec<&str> = plan.objects.iter().map(|(kind, _)| *kind).collect();
        let found = objects::rows::Entity::find()
            .filter(objects::rows::Column::AccountId.eq(account.as_str()))
            .filter(objects::rows::Column::Kind.is_in(kinds))
            .order_by_asc(objects::rows::Column::CreatedAtMs)
            .order_by_asc(objects::rows::Column::Id)
            .all(self.studio.db().read())
            .await?;
        Ok(found)
    }

    async fn medium(&self, key: &DataKey, row: &objects::rows::Model) -> Result<Medium> {
        let id = objects::id_in_row(&row.id)?;
        let (folder, ending) = match row.kind.as_str() {
            "photo" => ("photos", "jpg"),
            "cut-out" => ("cut-outs", "png"),
            "film-file" => ("films", "mp4"),
            other => (other, "bin"),
        };
        let (size, what) = match row.kind.as_str() {
            "cut-out" => (cut_out(self.studio, key, &id).await?.len() as u64, What::CutOut(id)),
            _ => (row.bytes.unsigned_abs(), What::Object(id)),
        };
        let path = format!("{folder}/{}.{ending}", row.id);
        Ok(Medium { path, kind: row.kind.clone(), size, what })
    }

    /// What `data.json` holds.
    async fn data(&self, account: &AccountId, key: &DataKey, media: &[Medium]) -> Result<Value> {
        let studio = self.studio;
        let (policy, classes) = (Arc::clone(studio.policy()), studio.policies().classification());
        let mut plan = plan(classes);
        let mut tables = serde_json::Map::new();
        for table in &plan.tables {
            let whose = rows_of(classes, account, table.by)?;
            let read = rows::read(studio, key, table.table, &table.columns, whose).await?;
            tables.insert(table.table.to_owned(), read);
        }
        for (table, by) in cases::TABLES {
            let (mut handed_out, held_back) = columns(classes, table);
            handed_out.retain(|(column, _)| *column != cases::AS_FILE);
            let whose = cases::rows_of(account, by);
            let read = rows::read(studio, studio.house_key(), table, &handed_out, whose).await?;
            tables.insert(table.to_owned(), read);
            plan.held_back.extend(held_back);
        }
        let files =
            media.iter().map(|file| json!({"path": file.path, "kind": file.kind, "bytes": file.size}));
        let held_back = plan.held_back.iter().map(|(what, why)| json!({"what": what, "why": why}));
        Ok(json!({
            "format": 1,
            "controller": {"name": policy.controller.name, "email": policy.controller.email},
            "policy": policy.effective.to_string(),
            "tables": tables,
            "files": files.collect::<Vec<_>>(),
            "held_back": held_back.collect::<Vec<_>>(),
        }))
    }
}

/// What the archive holds, for whoever opens it.
fn read_me(language: &str) -> &'static str {
    match language {
        "de" => include_str!("read-me/de.txt"),
        "fr" => include_str!("read-me/fr.txt"),
        "es" => include_str!("read-me/es.txt"),
        _ => include_str!("read-me/en.txt"),
    }
}

struct Medium {
    path: String,
    kind: String,
    size: u64,
    what: What,
}

impl Archive {
    /// The archive, or a part of it.
    ///
    /// # Errors
    /// `range-outside`; in the stream, when an object does not open any more.
    pub fn bytes(self, range: Option<Range<u64>>) -> Result<BoxStream<'static, Result<Bytes>>> {
        let range = range.unwrap_or(0..self.size);
        if range.start > range.end || range.end > self.size {
            return Err(Error::refused("range-outside", "That part of the file does not exist."));
        }
        let mut at = 0;
        let mut pieces = Vec::new();
        for entry in self.entries {
            let padding = padded(entry.size) - entry.size;
            let parts = [
                (BLOCK, What::Text(entry.header)),
                (entry.size, entry.what),
                (padding, What::Text(Bytes::from(vec![0; padding as usize]))),
            ];
            for (size, what) in parts {
                pieces.extend(cut(at..at + size, &range).map(|part| (what, part)));
                at += size;
            }
        }
        let end = What::Text(Bytes::from(vec![0; 2 * BLOCK as usize]));
        pieces.extend(cut(at..at + 2 * BLOCK, &range).map(|part| (end, part)));
        let (studio, key) = (self.studio, self.key);
        let streams = stream::iter(pieces).then(move |(what, part)| {
            let (studio, key) = (studio.clone(), Arc::clone(&key));
            async move { piece(&studio, &key, what, part).await }
        });
        Ok(streams.try_flatten().boxed())
    }
}

/// A part of an entry.
async fn piece(
    studio: &Studio,
    key: &DataKey,
    what: What,
    part: Range<u64>,
) -> Result<BoxStream<'static, Result<Bytes>>> {
    let slice = |bytes: Bytes| bytes.slice(part.start as usize..part.end as usize);
    Ok(match what {
        What::Text(text) => stream::once(std::future::ready(Ok(slice(text)))).boxed(),
        What::CutOut(id) => {
            let png = cut_out(studio, key, &id).await?;
            stream::once(std::future::ready(Ok(slice(png)))).boxed()
        }
        What::Attachment(id) => {
            let content = Bytes::from(studio.enquiries().content(&id).await?);
            stream::once(std::future::ready(Ok(slice(content)))).boxed()
        }
        What::Object(id) => {
            let (_, bytes) = studio.vault().stream(key, &id, Some(part)).await?;
            bytes.map_err(Error::from).boxed()
        }
    })
}

/// What of `whole` lies in `wanted`, counted from the start of `whole`.
fn cut(whole: Range<u64>, wanted: &Range<u64>) -> Option<Range<u64>> {
    let (start, end) = (whole.start.max(wanted.start), whole.end.min(wanted.end));
    (start < end).then(|| start - whole.start..end - whole.start)
}

/// A stored cut-out as a picture (PNG); the same bytes each time.
async fn cut_out(studio: &Studio, key: &DataKey, id: &ObjectId) -> Result<Bytes> {
    let stored = studio.objects().get(key, id).await?;
    let png = tokio::task::spawn_blocking(move || CutOut::from_bytes(&stored).map(|cut_out| cut_out.png()));
    Ok(png.await.map_err(Error::internal)?.map_err(Error::internal)?.into())
}

fn padded(size: u64) -> u64 {
    size.next_multiple_of(BLOCK)
}

/// The block before a file. Times are left at zero, so that the same archive is the same bytes.
fn header(path: &str, size: u64) -> Result<Bytes> {
    let mut header = tar::Header::new_ustar();
    header.set_path(format!("mini-studio/{path}")).map_err(Error::internal)?;
    header.set_size(size);
    header.set_mode(0o600);
    header.set_mtime(0);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_cksum();
    Ok(Bytes::copy_from_slice(header.as_bytes()))
}

#[cfg(test)]
mod tests;
