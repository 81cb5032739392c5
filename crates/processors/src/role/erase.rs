//! Having a processor delete what it got.

use futures::future::BoxFuture;

use super::Trouble;

/// What has become of a deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Erased {
    /// It is gone. The processor's own number of the deletion, or a word for how it is known; nothing personal.
    Done {
        /// The receipt.
        receipt: String,
    },
    /// It is under way there.
    UnderWay {
        /// What to ask about it with.
        task: String,
        /// When to ask again, in seconds.
        again_s: u64,
    },
    /// The processor can only be asked in writing: somebody sends it this letter and notes the answer at the desk.
    InWriting {
        /// The letter. It names the handle.
        letter: String,
    },
}

/// The role: deletes what it got, by the handle that was kept when it was first sent.
pub trait Erases: Send + Sync {
    /// Has what a handle names deleted. Asking twice does no harm; what is not there counts as deleted.
    ///
    /// # Errors
    /// See [`Trouble`].
    fn erase<'a>(&'a self, handle: &'a str, now_s: i64) -> BoxFuture<'a, Result<Erased, Trouble>>;

    /// What has become of a deletion that was under way.
    ///
    /// # Errors
    /// See [`Trouble`].
    fn standing<'a>(
        &'a self,
        handle: &'a str,
        task: &'a str,
        now_s: i64,
    ) -> BoxFuture<'a, Result<Erased, Trouble>> {
        let _ = task;
        self.erase(handle, now_s)
    }
}
