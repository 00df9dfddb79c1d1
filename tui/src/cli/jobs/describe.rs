//! Jobs in words.

use domain::job::browse::{JobLine, JobPage, SCAN_SIZE};
use domain::job::{ErrorCode, MAX_ATTEMPTS};

use crate::output::format::{count, sanitize, timestamp};
use crate::output::table::{Align, table};

/// Describes a page.
pub(super) fn page(page: &JobPage) -> String {
    let note = match page.next {
        Some(_) if page.is_scan_limited => format!("\nsearched {} jobs; there may be more", count(SCAN_SIZE)),
        Some(_) => "\nthere are more: raise --limit".to_owned(),
        None => String::new(),
    };
    if page.jobs.is_empty() {
        return format!("no jobs{note}");
    }
    let headings = ["job", "state", "type", "account", "attempt", "submitted", "worker", "error", "source"];
    let headings = headings.map(|heading| (heading, Align::Left));
    format!("{}{note}", table(headings, &page.jobs.iter().map(row).collect::<Vec<_>>()))
}

fn row(job: &JobLine) -> [String; 9] {
    [
        job.id.to_string(),
        job.state.name().to_owned(),
        job.kind.name().to_owned(),
        sanitize(&job.account),
        format!("{}/{MAX_ATTEMPTS}", job.attempt),
        timestamp(job.created_at),
        job.worker.as_deref().map(sanitize).unwrap_or_default(),
        job.error_code.as_ref().map(ErrorCode::name).map(sanitize).unwrap_or_default(),
        sanitize(&job.source),
    ]
}

/// Describes how many jobs match.
pub(super) fn matching(jobs: usize, is_capped: bool) -> String {
    if is_capped {
        return format!("more than {jobs} jobs match: narrow the filter");
    }
    format!("{jobs} jobs match: --expect {jobs}")
}
