//! The output: which file is made of the page, and how.

pub mod length;
pub mod page_ranges;
pub mod paper;
pub mod pdf;
pub mod screenshot;
pub mod template;

use serde::{Deserialize, Serialize};

use pdf::Pdf;
use screenshot::Screenshot;

/// The file to make.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// A picture.
    Screenshot(Screenshot),
    /// A document.
    Pdf(Pdf),
}

/// The kind of file a job makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "job_type", rename_all = "snake_case")]
pub enum JobType {
    /// A picture.
    Screenshot,
    /// A document.
    Pdf,
}

impl Output {
    /// The media type of the file.
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Screenshot(screenshot) => screenshot.format.content_type(),
            Self::Pdf(_) => "application/pdf",
        }
    }

    /// The name of the format on the wire: `png`, `jpeg`, `webp`, a paper size, or `custom` for a
    /// sheet with a width or height of its own.
    pub fn format(&self) -> &'static str {
        match self {
            Self::Screenshot(screenshot) => screenshot.format.name(),
            Self::Pdf(pdf) if pdf.has_custom_size() => "custom",
            Self::Pdf(pdf) => pdf.paper_or_default().name(),
        }
    }
}

impl From<&Output> for JobType {
    fn from(output: &Output) -> Self {
        match output {
            Output::Screenshot(_) => Self::Screenshot,
            Output::Pdf(_) => Self::Pdf,
        }
    }
}

impl JobType {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        self.into()
    }
}
