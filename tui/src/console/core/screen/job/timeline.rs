//! The timeline of a job: what happened to it, oldest first.

use chrono::{DateTime, Utc};
use domain::job::{ErrorCode, JobState};

use crate::console::core::data::JobDetail;

/// Something that happened to a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    /// What kind of moment it is.
    pub(crate) kind: MomentKind,
    /// What happened, in a word.
    pub(crate) what: String,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// Where, why, and by whom.
    pub(crate) detail: String,
}

/// A kind of moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MomentKind {
    /// It waits.
    Waiting,
    /// A worker renders it.
    Running,
    /// An attempt failed.
    Setback,
    /// It failed.
    Failed,
    /// It completed.
    Completed,
    /// Something else.
    Note,
}

/// Returns the timeline.
pub(crate) fn timeline(JobDetail { job, trail }: &JobDetail) -> Vec<Moment> {
    let moment = |kind, what: &str, at, detail: String| Moment { kind, what: what.to_owned(), at, detail };
    let mut moments = vec![moment(MomentKind::Waiting, "submitted", job.created_at, queue(job.queue_position))];
    for event in &trail.events {
        let what = event.kind.strip_prefix("job.").unwrap_or(&event.kind);
        let kind = match what {
            "retried" | "lapsed" | "released" => MomentKind::Setback,
            _ => MomentKind::Note,
        };
        let by = event.actor.as_ref().map(|actor| format!(" by {actor}")).unwrap_or_default();
        moments.push(moment(kind, what, event.at, format!("{}{by}", event.message)));
    }
    let worker = trail.worker.as_deref().unwrap_or_default();
    let started =
        job.started_at.map(|at| moment(MomentKind::Running, "started", at, format!("{worker} #{}", job.attempt)));
    moments.extend(started);
    if let Some(at) = trail.parked_until {
        moments.push(moment(MomentKind::Waiting, "queued again", at, "waits for its next attempt".to_owned()));
    }
    if let Some(at) = job.completed_at {
        let code = job.error_code.as_ref().map(ErrorCode::name).unwrap_or_default().to_owned();
        let kind = if job.state == JobState::Failed { MomentKind::Failed } else { MomentKind::Completed };
        moments.push(moment(kind, job.state.name(), at, code));
    }
    let expires = job.expires_at.map(|at| moment(MomentKind::Note, "expires", at, String::new()));
    moments.extend(expires);
    moments.sort_by_key(|moment| moment.at);
    moments
}

fn queue(position: Option<i64>) -> String {
    position.map(|position| format!("number {position} in its lane")).unwrap_or_default()
}
