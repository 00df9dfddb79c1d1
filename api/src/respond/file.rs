//! Result files, as response bodies by media type.

use std::ops::Range;

use domain::Db;
use domain::result::StoredResult;
use poem::Body;
use poem_openapi::ResponseContent;
use poem_openapi::payload::Binary;

use crate::respond::stream;

/// Any result.
#[derive(ResponseContent)]
pub(crate) enum ResultFile {
    #[oai(content_type = "image/png")]
    Png(Binary<Body>),
    #[oai(content_type = "image/jpeg")]
    Jpeg(Binary<Body>),
    #[oai(content_type = "image/webp")]
    Webp(Binary<Body>),
    #[oai(content_type = "application/pdf")]
    Pdf(Binary<Body>),
}

/// The result of a screenshot job.
#[derive(ResponseContent)]
pub(crate) enum ImageFile {
    #[oai(content_type = "image/png")]
    Png(Binary<Body>),
    #[oai(content_type = "image/jpeg")]
    Jpeg(Binary<Body>),
    #[oai(content_type = "image/webp")]
    Webp(Binary<Body>),
}

/// The result of a PDF job.
#[derive(ResponseContent)]
pub(crate) enum PdfFile {
    #[oai(content_type = "application/pdf")]
    Pdf(Binary<Body>),
}

/// A media type that a job of this type cannot produce.
pub(crate) struct UnexpectedMediaType(pub(crate) String);

impl ResultFile {
    /// The whole result.
    pub(crate) fn whole(db: Db, result: StoredResult) -> Result<Self, UnexpectedMediaType> {
        let all = 0..result.size;
        Self::part(db, result, all)
    }

    /// A part of the result, in bytes.
    pub(crate) fn part(db: Db, result: StoredResult, part: Range<i64>) -> Result<Self, UnexpectedMediaType> {
        let file = match result.content_type.as_str() {
            "image/png" => Self::Png,
            "image/jpeg" => Self::Jpeg,
            "image/webp" => Self::Webp,
            "application/pdf" => Self::Pdf,
            _ => return Err(UnexpectedMediaType(result.content_type)),
        };
        Ok(file(Binary(stream::body(db, result, part))))
    }
}

impl TryFrom<ResultFile> for ImageFile {
    type Error = UnexpectedMediaType;

    fn try_from(file: ResultFile) -> Result<Self, UnexpectedMediaType> {
        match file {
            ResultFile::Png(body) => Ok(Self::Png(body)),
            ResultFile::Jpeg(body) => Ok(Self::Jpeg(body)),
            ResultFile::Webp(body) => Ok(Self::Webp(body)),
            ResultFile::Pdf(_) => Err(UnexpectedMediaType("application/pdf".to_owned())),
        }
    }
}

impl TryFrom<ResultFile> for PdfFile {
    type Error = UnexpectedMediaType;

    fn try_from(file: ResultFile) -> Result<Self, UnexpectedMediaType> {
        match file {
            ResultFile::Pdf(body) => Ok(Self::Pdf(body)),
            ResultFile::Png(_) | ResultFile::Jpeg(_) | ResultFile::Webp(_) => {
                Err(UnexpectedMediaType("image".to_owned()))
            }
        }
    }
}
