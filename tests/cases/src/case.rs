//! The cases, as they are stored.

use std::path::PathBuf;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One page, and what a right render of it looks like.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Its name, unique in all collections.
    pub id: String,
    /// The kind of problem that it is about.
    pub group: Group,
    /// The output.
    pub kind: Kind,
    /// Whether it is about errors of this API alone, which no other tool has.
    #[serde(default)]
    pub contract: bool,
    /// The public report that it was made after.
    pub report: Option<String>,
    /// The body of the request, before [`Case::request`] fills it in.
    pub body: Value,
    /// The measures, each a name and numbers that say where.
    pub measure: Vec<Vec<Value>>,
    /// The right value of each measure.
    pub expected: Vec<Value>,
}

/// The kind of problem that a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Pop-ups, dialogs, closing and reloading leave the page and the file as they are.
    Undisturbed,
    /// All of the page is in the file.
    Whole,
    /// The page is captured when a person would call it ready.
    Ready,
    /// What cannot be rendered fails at once and says why.
    Ends,
    /// The page sees an ordinary browser, with an office's fonts.
    Manners,
    /// Sheets, margins and orientation.
    Paper,
    /// Partial transparency.
    Alpha,
    /// Many sites at once.
    Connections,
}

/// The output of a case: the last part of the API's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A picture.
    Screenshot,
    /// A PDF.
    Pdf,
}

/// A file of cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    /// `cases.json`: the cases that the project was given.
    Shared,
    /// `own.json`: the cases that the project added.
    Own,
}

impl Group {
    /// All groups.
    pub const ALL: [Self; 8] = [
        Self::Undisturbed,
        Self::Whole,
        Self::Ready,
        Self::Ends,
        Self::Manners,
        Self::Paper,
        Self::Alpha,
        Self::Connections,
    ];

    /// Returns its description in a table.
    pub fn title(self) -> &'static str {
        match self {
            Self::Undisturbed => "pop-ups, dialogs, closing, reloading",
            Self::Whole => "all of the page",
            Self::Ready => "ready as a person means it",
            Self::Ends => "honest errors",
            Self::Manners => "an ordinary browser",
            Self::Paper => "paper",
            Self::Alpha => "transparency",
            Self::Connections => "many sites",
        }
    }
}

impl Kind {
    /// Returns the last part of the API's path.
    pub fn name(self) -> &'static str {
        match self {
            Self::Screenshot => "screenshot",
            Self::Pdf => "pdf",
        }
    }
}

impl Case {
    /// Whether its values depend on what runs beside it: times, and counts of requests.
    pub fn is_exclusive(&self) -> bool {
        let name = |measure: &Vec<Value>| measure.first().and_then(Value::as_str).map(str::to_owned);
        self.measure.iter().filter_map(name).any(|name| name == "ms" || name == "requests")
    }

    /// Returns the case with its time limits multiplied by `times`, for a machine that is busy with other work.
    #[must_use]
    pub fn with_slack(mut self, times: u64) -> Self {
        let limits = self.measure.iter().zip(&mut self.expected).filter(|(measure, _)| measure[..] == ["ms"]);
        for (_, expected) in limits {
            if let Some(limit) = expected.get_mut("under") {
                *limit = limit.as_u64().map(|ms| ms * times).into();
            }
        }
        self
    }
}

/// Reads a collection.
pub fn load(collection: Collection) -> anyhow::Result<Vec<Case>> {
    let file = match collection {
        Collection::Shared => "cases.json",
        Collection::Own => "own.json",
    };
    let text = std::fs::read_to_string(directory().join(file)).with_context(|| format!("reading {file}"))?;
    serde_json::from_str(&text).with_context(|| format!("parsing {file}"))
}

/// Reads a page of the cases, with the URL of the site filled in.
pub(crate) fn page(name: &str, site: &str) -> anyhow::Result<Vec<u8>> {
    let bytes = std::fs::read(directory().join("inputs").join(name)).with_context(|| format!("reading {name}"))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.replace("{site}", site).into_bytes()),
        Err(binary) => Ok(binary.into_bytes()),
    }
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../visual/cases")
}
