//! What arrives for the list.

use domain::id::JobId;
use domain::job::browse::{JobLine, JobPage, JobProgress};

use super::State;
use crate::console::core::list::Row;

impl Row for JobLine {
    type Id = JobId;

    fn id(&self) -> JobId {
        self.id
    }
}

impl State {
    /// Takes the first page. What is loaded below it stays, unless there is a gap between both.
    pub(super) fn first_page(&mut self, page: JobPage) {
        self.newer = 0;
        let last = page.jobs.last().map(|row| row.id);
        let has_gap = self.list.rows().first().is_none_or(|first| last.is_none_or(|last| first.id < last));
        if has_gap || page.next.is_none() {
            self.list.replace(page.jobs);
            self.next = page.next;
            self.scans = usize::from(page.is_scan_limited);
            return;
        }
        let below = self.list.rows().iter().filter(|row| last.is_some_and(|last| row.id < last));
        let below: Vec<JobLine> = below.cloned().collect();
        if below.is_empty() {
            self.next = page.next;
            self.scans = usize::from(page.is_scan_limited);
        }
        self.list.replace(page.jobs.into_iter().chain(below).collect());
    }

    /// Takes the page behind a job, if the list still ends there.
    pub(super) fn following_page(&mut self, after: JobId, page: JobPage) {
        if self.next == Some(after) {
            self.is_going_on = false;
            self.next = page.next;
            self.scans += usize::from(page.is_scan_limited);
            self.list.append(page.jobs);
        }
    }

    /// Refreshes the rows.
    pub(super) fn progress(&mut self, progress: &[JobProgress]) {
        for row in self.list.rows_mut() {
            if let Some(new) = progress.iter().find(|new| new.id == row.id) {
                row.state = new.state;
                row.attempt = new.attempt;
                row.started_at = new.started_at;
                row.completed_at = new.completed_at;
                row.error_code.clone_from(&new.error_code);
            }
        }
    }
}
