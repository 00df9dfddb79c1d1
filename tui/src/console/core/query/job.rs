//! Queries about jobs.

use domain::id::JobId;
use domain::job::browse::Selection;

/// What the screens of jobs show together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JobPanel {
    /// The first page of the list.
    Page,
    /// The next page.
    Next,
    /// What has become of the jobs on the screen.
    Progress,
    /// How many newer ones there are.
    Newer,
    /// How many match.
    Matches,
    /// A job.
    Detail,
}

/// A question about jobs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum JobQuery {
    /// The newest jobs of a selection, before this one.
    Page(Selection, Option<JobId>),
    /// The jobs of a selection behind this one.
    Next(Selection, JobId),
    /// What has become of these jobs.
    Progress(Vec<JobId>),
    /// How many jobs are newer than this one.
    Newer(JobId),
    /// Which jobs match, as far as they can be changed at once.
    Matches(Selection),
    /// Everything about a job.
    Detail(JobId),
}

impl JobQuery {
    /// Where the answer is shown.
    pub(super) fn panel(&self) -> JobPanel {
        match self {
            Self::Page(..) => JobPanel::Page,
            Self::Next(..) => JobPanel::Next,
            Self::Progress(_) => JobPanel::Progress,
            Self::Newer(_) => JobPanel::Newer,
            Self::Matches(_) => JobPanel::Matches,
            Self::Detail(_) => JobPanel::Detail,
        }
    }
}
