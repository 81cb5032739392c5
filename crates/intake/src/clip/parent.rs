//! The parent's side of a moving picture: hears its pictures one by one, no longer than it must, and trusts nothing it is
//! told.

use std::pin::Pin;
use std::time::Duration;

use likeness::Photo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Child;
use tokio::time::Sleep;

use super::{CLIP_PICTURES_MAX, CLIP_SECONDS_MAX, CLIP_SIDE_MAX, ClipRefused, PIXELS_MAX, boxes, child};
use crate::parent::{End, Intake, ended, started};

/// A moving picture that takes longer by the wall clock is ended. The pictures wait for whoever takes them.
const WALL_MAX: Duration = Duration::from_secs(90);

/// A moving picture whose pictures come one after the other. Dropped, its process ends.
pub struct Clip {
    width: u32,
    height: u32,
    starts_us: Vec<u32>,
    length_us: u32,
    /// How many pictures came.
    came: usize,
    told: Told,
}

/// What is told of it, by whom, and until when it is listened to.
struct Told {
    from: Box<dyn AsyncRead + Send + Unpin>,
    process: Option<Child>,
    until: Pin<Box<Sleep>>,
}

impl Intake {
    /// Opens a moving picture for frames of this size: its pictures are not much larger than what covers such a frame.
    ///
    /// # Errors
    /// See [`ClipRefused`]; also while its pictures come.
    pub async fn watch(&self, bytes: Vec<u8>, frame: (u32, u32)) -> Result<Clip, ClipRefused> {
        // What needs no decoding is refused without starting anything.
        boxes::look(&bytes)?;
        let argument = self.argument.unwrap_or(child::ARGUMENT);
        let sides = [frame.0, frame.1].map(|side| side.to_string());
        let mut process = started(&self.program, &[argument, &sides[0], &sides[1]]).map_err(|error| {
            ClipRefused::Unwell { detail: format!("starting the decoding process: {error}") }
        })?;
        let (Some(mut stdin), Some(stdout)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(ClipRefused::Unwell { detail: "the decoding process has no pipes".into() });
        };
        // Ends with the process at the latest.
        tokio::spawn(async move {
            let _ = stdin.write_all(&bytes).await;
            let _ = stdin.shutdown().await;
        });
        let until = Box::pin(tokio::time::sleep(self.wall_max.unwrap_or(WALL_MAX)));
        Clip::told(Told { from: Box::new(stdout), process: Some(process), until }).await
    }
}

impl std::fmt::Debug for Clip {
    /// Nothing of what is to be seen.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clip")
            .field("sides", &self.sides())
            .field("length", &self.length())
            .finish_non_exhaustive()
    }
}

impl Clip {
    /// The same for tests of what becomes of it: in this process, with the same checks, and all at once.
    #[doc(hidden)]
    pub async fn decoded_here(bytes: &[u8], frame: (u32, u32)) -> Result<Self, ClipRefused> {
        let mut told = Vec::new();
        child::tell(bytes, frame, &mut told);
        let until = Box::pin(tokio::time::sleep(WALL_MAX));
        Self::told(Told { from: Box::new(std::io::Cursor::new(told)), process: None, until }).await
    }

    async fn told(mut told: Told) -> Result<Self, ClipRefused> {
        let mut magic = [0; child::MAGIC.len()];
        told.hear(&mut magic).await?;
        if magic != child::MAGIC {
            return Err(no_answer());
        }
        told.goes_on().await?;
        let mut numbers = [0; 3];
        told.numbers(&mut numbers).await?;
        let [width, height, count] = numbers;
        let is_sound = (1..=CLIP_SIDE_MAX).contains(&width)
            && (1..=CLIP_SIDE_MAX).contains(&height)
            && width * height <= PIXELS_MAX
            && (1..=CLIP_PICTURES_MAX).contains(&(count as usize));
        if !is_sound {
            return Err(no_answer());
        }
        let mut starts_us = vec![0; count as usize];
        told.numbers(&mut starts_us).await?;
        let mut length_us = [0];
        told.numbers(&mut length_us).await?;
        let [length_us] = length_us;
        if !starts_us.is_sorted() || starts_us[0] != 0 || length_us > CLIP_SECONDS_MAX * 1_000_000 {
            return Err(no_answer());
        }
        Ok(Self { width, height, starts_us, length_us, came: 0, told })
    }

    /// Sides of its pictures, in pixels.
    pub fn sides(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// When each of its pictures begins to be shown, ascending, in seconds.
    pub fn starts(&self) -> Vec<f64> {
        self.starts_us.iter().map(|micros| f64::from(*micros) / 1e6).collect()
    }

    /// When the last one ends, in seconds.
    pub fn length(&self) -> f64 {
        f64::from(self.length_us) / 1e6
    }

    /// Its next picture; `None` after the last.
    ///
    /// # Errors
    /// See [`ClipRefused`]; then no more come.
    pub async fn picture(&mut self) -> Result<Option<Photo>, ClipRefused> {
        if self.came == self.starts_us.len() {
            return Ok(None);
        }
        self.told.goes_on().await?;
        let mut rgb = vec![0; self.width as usize * self.height as usize * 3];
        self.told.hear(&mut rgb).await?;
        self.came += 1;
        Photo::new(self.width, self.height, rgb).map(Some).ok_or_else(no_answer)
    }
}

impl Told {
    /// Fills the bytes, in time.
    async fn hear(&mut self, bytes: &mut [u8]) -> Result<(), ClipRefused> {
        let heard = tokio::select! {
            heard = self.from.read_exact(bytes) => heard,
            () = self.until.as_mut() => return Err(ClipRefused::TookTooLong),
        };
        if heard.is_ok() {
            return Ok(());
        }
        // It ended, or hung up and goes on.
        let Some(process) = &mut self.process else { return Err(ClipRefused::Damaged) };
        let status = tokio::select! {
            status = process.wait() => status,
            () = self.until.as_mut() => return Err(ClipRefused::TookTooLong),
        };
        Err(match status.map(ended) {
            Ok(End::Exhausted) => ClipRefused::TookTooLong,
            Ok(End::Crashed) => ClipRefused::Damaged,
            Ok(End::Done) => no_answer(),
            Ok(End::Other(detail)) => ClipRefused::Unwell { detail },
            Err(error) => {
                ClipRefused::Unwell { detail: format!("waiting for the decoding process: {error}") }
            }
        })
    }

    async fn numbers(&mut self, numbers: &mut [u32]) -> Result<(), ClipRefused> {
        let mut bytes = vec![0; numbers.len() * 4];
        self.hear(&mut bytes).await?;
        for (number, bytes) in numbers.iter_mut().zip(bytes.chunks_exact(4)) {
            *number = bytes.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte));
        }
        Ok(())
    }

    /// Whether there is more, or why not.
    async fn goes_on(&mut self) -> Result<(), ClipRefused> {
        let mut word = [0];
        self.hear(&mut word).await?;
        match word {
            [child::GOES_ON] => Ok(()),
            [refused] => {
                Err(ClipRefused::TOLD.get(usize::from(refused) - 1).cloned().unwrap_or_else(no_answer))
            }
        }
    }
}

fn no_answer() -> ClipRefused {
    ClipRefused::Unwell { detail: "the decoding process gave no sound answer".into() }
}
