//! The files that jobs make, as responses by their media types.

use std::ops::Range;

use domain::Db;
use domain::result::Kept;
use poem::Body;
use poem_openapi::ResponseContent;
use poem_openapi::payload::Binary;

use crate::problem::{Problem, internal};
use crate::stream;

/// Any file.
#[derive(ResponseContent)]
pub(super) enum File {
    #[oai(content_type = "image/png")]
    Png(Binary<Body>),
    #[oai(content_type = "image/jpeg")]
    Jpeg(Binary<Body>),
    #[oai(content_type = "image/webp")]
    Webp(Binary<Body>),
    #[oai(content_type = "application/pdf")]
    Pdf(Binary<Body>),
}

/// A picture.
#[derive(ResponseContent)]
pub(super) enum Picture {
    #[oai(content_type = "image/png")]
    Png(Binary<Body>),
    #[oai(content_type = "image/jpeg")]
    Jpeg(Binary<Body>),
    #[oai(content_type = "image/webp")]
    Webp(Binary<Body>),
}

/// A document.
#[derive(ResponseContent)]
pub(super) enum Document {
    #[oai(content_type = "application/pdf")]
    Pdf(Binary<Body>),
}

/// A media type that its job cannot have made.
pub(super) struct Foreign(String);

impl From<Foreign> for Problem {
    fn from(Foreign(content_type): Foreign) -> Self {
        tracing::error!(content_type, "a result has a media type that its job does not make");
        internal()
    }
}

impl File {
    /// A result, whole.
    pub(super) fn whole(db: Db, kept: Kept) -> Result<Self, Foreign> {
        let all = 0..kept.size;
        Self::part(db, kept, all)
    }

    /// A part of a result.
    pub(super) fn part(db: Db, kept: Kept, part: Range<i64>) -> Result<Self, Foreign> {
        let file = match kept.content_type.as_str() {
            "image/png" => Self::Png,
            "image/jpeg" => Self::Jpeg,
            "image/webp" => Self::Webp,
            "application/pdf" => Self::Pdf,
            _ => return Err(Foreign(kept.content_type)),
        };
        Ok(file(Binary(stream::body(db, kept, part))))
    }
}

impl TryFrom<File> for Picture {
    type Error = Foreign;

    fn try_from(file: File) -> Result<Self, Foreign> {
        match file {
            File::Png(body) => Ok(Self::Png(body)),
            File::Jpeg(body) => Ok(Self::Jpeg(body)),
            File::Webp(body) => Ok(Self::Webp(body)),
            File::Pdf(_) => Err(Foreign("application/pdf".to_owned())),
        }
    }
}

impl TryFrom<File> for Document {
    type Error = Foreign;

    fn try_from(file: File) -> Result<Self, Foreign> {
        match file {
            File::Pdf(body) => Ok(Self::Pdf(body)),
            File::Png(_) | File::Jpeg(_) | File::Webp(_) => Err(Foreign("image".to_owned())),
        }
    }
}
