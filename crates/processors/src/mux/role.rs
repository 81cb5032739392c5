//! The roles that Mux takes. It must not know what a film is to the studio.
//!
//! A handle is an asset's id; or `name/` and a passthrough, as long as the id is not known. A deletion by name is asked
//! about with when it was asked for first, in seconds since 1970.

use bytes::Bytes;
use futures::future::BoxFuture;
use policy::{Personal, ProcessorId, kind};

use super::{Asset, Audience, Error, Film, Mux, Rejected, SigningKey, Status, What, playlist_url};
use crate::role::{
    ARRIVES_WITHIN_S, CallError, Check, Erased, Erases, Hook, HookError, News, Opened, Stream, StreamState,
    Streaming, Trouble, Way,
};

/// What the handle of a film begins with whose id is not known.
const BY_NAME: &str = "name/";
/// When a deletion is looked at again that Mux has not carried out yet, in seconds.
const AGAIN_S: u64 = 60;

/// Mux with the key that addresses for watching are signed with.
pub(super) struct AtMux {
    mux: Mux,
    key: SigningKey,
    way: Option<Way>,
}

impl AtMux {
    pub(super) fn new(mux: Mux, key: SigningKey, way: Option<Way>) -> Self {
        Self { mux, key, way }
    }

    /// What is seen of an asset. One that everybody may watch is deleted at once.
    async fn seen(&self, asked: Result<Asset, Error>) -> Result<Stream, Trouble> {
        match asked {
            Ok(asset) => Ok(stream(asset)),
            Err(Error::Exposed(id)) => {
                self.mux.delete(&id).await?;
                let why = "a film at Mux was open to everybody, and was deleted there: look at the environment's settings";
                Err(Trouble::Refused(why.to_owned()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes what is there under a name, again and again as long as something may still come.
    async fn erase_named(&self, name: &str, since_s: i64, now_s: i64) -> Result<Erased, Trouble> {
        match self.mux.find(name).await {
            Ok(None) if now_s.saturating_sub(since_s) >= ARRIVES_WITHIN_S => {
                return Ok(done("asked for when nothing could come any more, it is not there"));
            }
            Ok(None) => {}
            Ok(Some(Asset { id, .. })) | Err(Error::Exposed(id)) => {
                self.mux.delete(&id).await?;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(Erased::UnderWay { task: since_s.to_string(), again_s: AGAIN_S })
    }

    async fn erase_asset(&self, asset: &str) -> Result<Erased, Trouble> {
        self.mux.delete(asset).await?;
        // Only what is not there any more is deleted.
        match self.mux.asset(asset).await {
            Ok(None) => Ok(done("the asset was deleted; asked again, it is not there")),
            Ok(Some(_)) | Err(Error::Exposed(_)) => {
                Ok(Erased::UnderWay { task: asset.to_owned(), again_s: AGAIN_S })
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Streaming for AtMux {
    fn processor(&self) -> ProcessorId {
        ProcessorId::Mux
    }

    fn early_handle(&self, name: &str) -> String {
        format!("{BY_NAME}{name}")
    }

    fn ingest<'a>(
        &'a self,
        name: &'a str,
        url: &'a Personal<kind::GeneratedVideo, String>,
    ) -> BoxFuture<'a, Result<Stream, Trouble>> {
        Box::pin(async move {
            // No captions: they hold the child's name.
            let film = Film { passthrough: name, url, captions: &[] };
            self.seen(self.mux.ingest(&film).await).await
        })
    }

    fn way(&self) -> Option<Way> {
        self.way
    }

    fn send<'a>(
        &'a self,
        name: &'a str,
        film: &'a Personal<kind::GeneratedVideo, Bytes>,
    ) -> BoxFuture<'a, Result<Stream, Trouble>> {
        Box::pin(async move { self.seen(self.mux.send(name, film).await).await })
    }

    fn look<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Stream>, Trouble>> {
        Box::pin(async move {
            match self.mux.asset(id).await {
                Ok(None) => Ok(None),
                Ok(Some(asset)) => Ok(Some(stream(asset))),
                Err(error) => self.seen(Err(error)).await.map(Some),
            }
        })
    }

    fn playlist_url(&self, playback: &str, now_s: i64, life_s: i64) -> Result<String, Trouble> {
        let token = self.key.token(playback, Audience::Video, &[], now_s, life_s);
        let token = token.map_err(|error| Trouble::Refused(error.to_string()))?;
        Ok(playlist_url(playback, &token))
    }
}

impl Erases for AtMux {
    fn erase<'a>(&'a self, handle: &'a str, now_s: i64) -> BoxFuture<'a, Result<Erased, Trouble>> {
        Box::pin(async move {
            match handle.strip_prefix(BY_NAME) {
                Some(name) => self.erase_named(name, now_s, now_s).await,
                None => self.erase_asset(handle).await,
            }
        })
    }

    fn standing<'a>(
        &'a self,
        handle: &'a str,
        task: &'a str,
        now_s: i64,
    ) -> BoxFuture<'a, Result<Erased, Trouble>> {
        Box::pin(async move {
            match handle.strip_prefix(BY_NAME) {
                Some(name) => self.erase_named(name, task.parse().unwrap_or(now_s), now_s).await,
                None => self.erase_asset(handle).await,
            }
        })
    }
}

impl Hook for AtMux {
    fn open<'a>(
        &'a self,
        header: &'a (dyn Fn(&str) -> Option<String> + Send + Sync),
        body: &'a [u8],
        now_s: i64,
    ) -> BoxFuture<'a, Result<Opened, HookError>> {
        Box::pin(async move {
            let signature = header("mux-signature");
            let event = match self.mux.webhook(signature.as_deref(), body, now_s) {
                Ok(event) => event,
                // It is Mux's own word; whoever looks at the film does away with it.
                Err(Rejected::Exposed(stream)) => {
                    return Ok(Opened {
                        id: format!("exposed-{stream}"),
                        news: vec![News::Stream { stream }],
                    });
                }
                Err(Rejected::Malformed) => {
                    return Err(HookError::Malformed(Rejected::Malformed.to_string()));
                }
                Err(error) => return Err(HookError::NotBelieved(error.to_string())),
            };
            let news = match event.what {
                What::AssetCreated(asset) | What::AssetReady(asset) | What::AssetErrored(asset) => {
                    vec![News::Stream { stream: asset.id }]
                }
                What::AssetDeleted { asset } => vec![News::Stream { stream: asset }],
                What::CaptionsReady { .. }
                | What::CaptionsErrored { .. }
                | What::UploadDone { .. }
                | What::UploadOver { .. }
                | What::Other => Vec::new(),
            };
            Ok(Opened { id: event.id, news })
        })
    }
}

impl Check for AtMux {
    fn check(&self, _now_s: i64, _: &str) -> BoxFuture<'_, Result<(), String>> {
        // There is none by this id; but whoever may not ask is told so.
        Box::pin(async move {
            match self.mux.asset("0").await {
                Ok(_) | Err(Error::Refused { .. }) => Ok(()),
                Err(error) => Err(error.to_string()),
            }
        })
    }
}

fn stream(asset: Asset) -> Stream {
    let state = match asset.status {
        Status::Preparing => StreamState::Preparing,
        Status::Ready => StreamState::Ready,
        Status::Errored => StreamState::Failed,
    };
    Stream { id: asset.id, playback: asset.playback_id, state }
}

fn done(receipt: &str) -> Erased {
    Erased::Done { receipt: receipt.to_owned() }
}

impl CallError for Error {
    fn away(&self) -> Option<(String, Option<u64>)> {
        let Self::Away { why, retry_after_s } = self else { return None };
        Some((why.clone(), *retry_after_s))
    }
}
