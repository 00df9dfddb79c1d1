//! Previews of results: what is wanted, fetched and decoded.
//!
//! A screen says of which job it shows a preview, and how large. It is fetched once no key was pressed for a moment,
//! then decoded by the loop, which hands back a picture that only the view can draw.

mod picture;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use domain::id::JobId;
use serde::{Deserialize, Serialize};

pub(crate) use picture::Picture;

/// A preview is fetched this long after the last key.
pub(crate) const AFTER_KEY: Duration = Duration::from_millis(120);

/// How many pictures are kept.
const MAX_PICTURES: usize = 8;

/// The largest result that is fetched in full, here and over SSH.
const MAX_BYTES: i64 = 8 << 20;
const MAX_BYTES_OVER_SSH: i64 = 256 << 10;

/// How previews are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) enum PreviewMode {
    /// The thumbnail.
    #[default]
    Thumbnail,
    /// The result itself.
    Full,
    /// The thumbnail, drawn with characters whatever the terminal can do.
    Characters,
    /// Not at all.
    Off,
}

impl PreviewMode {
    /// The mode that follows.
    pub(crate) fn next(self) -> Self {
        match self {
            Self::Thumbnail => Self::Full,
            Self::Full => Self::Characters,
            Self::Characters => Self::Off,
            Self::Off => Self::Thumbnail,
        }
    }

    /// What it is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Thumbnail => "thumbnail",
            Self::Full => "full size",
            Self::Characters => "characters",
            Self::Off => "off",
        }
    }
}

/// A preview that a screen shows: of which job, and its size in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Wanted {
    /// The job.
    pub(crate) job: JobId,
    /// The columns.
    pub(crate) columns: u16,
    /// The lines.
    pub(crate) lines: u16,
}

/// The question to the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PreviewQuery {
    /// The job.
    pub(crate) job: JobId,
    /// Up to how many bytes the result itself is read; 0: the thumbnail.
    pub(crate) max_bytes: i64,
}

/// What there is of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fetched {
    /// The question.
    pub(crate) query: PreviewQuery,
    /// Its description; `None`: it has expired, or there is none yet.
    pub(crate) result: Option<ResultFacts>,
    /// A picture to decode. It is not recorded.
    #[serde(skip)]
    pub(crate) picture: Option<Arc<[u8]>>,
    /// Its first bytes, if there is no picture. They are not recorded.
    #[serde(skip)]
    pub(crate) head: Vec<u8>,
}

/// A description of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ResultFacts {
    /// The media type.
    pub(crate) content_type: String,
    /// The number of bytes.
    pub(crate) size: i64,
}

/// What names a decoded picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PictureKey {
    /// The preview.
    pub(crate) wanted: Wanted,
    /// How.
    pub(crate) mode: PreviewMode,
}

/// A picture to decode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decode {
    /// What names it.
    pub(crate) key: PictureKey,
    /// The file.
    pub(crate) bytes: Arc<[u8]>,
}

/// The previews.
#[derive(Debug, Default)]
pub(crate) struct Previews {
    /// How they are shown.
    pub(crate) mode: PreviewMode,
    /// Whether the terminal is far away.
    pub(crate) is_over_ssh: bool,
    fetched: Option<Fetched>,
    /// Why it could not be fetched.
    failure: Option<String>,
    decoding: Option<PictureKey>,
    /// The last one that was used is at the end.
    pictures: VecDeque<(PictureKey, Result<Picture, String>)>,
}

impl Previews {
    /// What to ask for, unless it is decoded already.
    pub(crate) fn query(&self, wanted: Wanted) -> Option<PreviewQuery> {
        let is_known = self.picture(wanted).is_some() && self.fetched(wanted.job).is_some();
        (self.mode != PreviewMode::Off && !is_known).then(|| self.question(wanted.job))
    }

    fn question(&self, job: JobId) -> PreviewQuery {
        let max_bytes = match (self.mode, self.is_over_ssh) {
            (PreviewMode::Full, false) => MAX_BYTES,
            (PreviewMode::Full, true) => MAX_BYTES_OVER_SSH,
            (PreviewMode::Thumbnail | PreviewMode::Characters | PreviewMode::Off, _) => 0,
        };
        PreviewQuery { job, max_bytes }
    }

    /// Takes what was fetched.
    pub(crate) fn arrived(&mut self, fetched: Fetched) {
        self.failure = None;
        self.fetched = Some(fetched);
    }

    /// Records why it could not be fetched.
    pub(crate) fn failed(&mut self, reason: String) {
        self.failure = Some(reason);
    }

    /// What to decode now: one at a time, and the newest.
    pub(crate) fn decode(&mut self, wanted: Wanted) -> Option<Decode> {
        let key = PictureKey { wanted, mode: self.mode };
        if self.mode == PreviewMode::Off || self.decoding == Some(key) || self.picture(wanted).is_some() {
            return None;
        }
        let bytes = Arc::clone(self.fetched(wanted.job)?.picture.as_ref()?);
        self.decoding = Some(key);
        Some(Decode { key, bytes })
    }

    /// Takes a decoded picture, or why it cannot be decoded.
    pub(crate) fn decoded(&mut self, key: PictureKey, picture: Result<Picture, String>) {
        if self.decoding == Some(key) {
            self.decoding = None;
        }
        self.pictures.retain(|(known, _)| *known != key);
        self.pictures.push_back((key, picture));
        let surplus = self.pictures.len().saturating_sub(MAX_PICTURES);
        self.pictures.drain(..surplus);
    }

    /// Forgets what was drawn: the terminal has forgotten it, too.
    pub(crate) fn forget(&mut self) {
        self.pictures.clear();
        self.decoding = None;
    }

    /// The picture, once it is decoded, or why it cannot be.
    pub(crate) fn picture(&self, wanted: Wanted) -> Option<&Result<Picture, String>> {
        let key = PictureKey { wanted, mode: self.mode };
        self.pictures.iter().find(|(known, _)| *known == key).map(|(_, picture)| picture)
    }

    /// The last preview that was fetched, if it is of this job and in the current mode.
    pub(crate) fn fetched(&self, job: JobId) -> Option<&Fetched> {
        self.fetched.as_ref().filter(|fetched| fetched.query == self.question(job))
    }

    /// Why nothing could be fetched.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }
}

#[cfg(test)]
mod tests;
