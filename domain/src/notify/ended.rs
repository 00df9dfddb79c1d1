//! The jobs that a notification on `ended` names.

use std::fmt::Write as _;

use crate::id::JobId;

/// A payload has fewer than 8,000 bytes, and an id 36 and a space.
const MAX_JOBS: usize = 200;

/// Jobs that have ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// These.
    Jobs(Vec<JobId>),
    /// Any: look at the tables.
    Any,
}

impl Ended {
    /// Adds jobs.
    pub(super) fn add(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Jobs(jobs), Self::Jobs(others)) if jobs.len() + others.len() <= MAX_JOBS => jobs.extend(others),
            _ => *self = Self::Any,
        }
    }

    /// The payload of a notification.
    pub(super) fn payload(&self) -> String {
        let mut payload = String::new();
        if let Self::Jobs(jobs) = self {
            for job in jobs {
                let _into_a_string = write!(payload, "{job} ");
            }
        }
        payload
    }

    /// Reads a payload. An earlier version sends an empty one, and a later one may name jobs otherwise.
    pub(super) fn read(payload: &str) -> Self {
        let jobs: Result<Vec<JobId>, _> = payload.split_whitespace().map(str::parse).collect();
        match jobs {
            Ok(jobs) if !jobs.is_empty() => Self::Jobs(jobs),
            Ok(_) | Err(_) => Self::Any,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ended, MAX_JOBS};
    use crate::id::JobId;

    fn jobs(count: usize) -> Ended {
        Ended::Jobs((0..count).map(|_| JobId::new()).collect())
    }

    #[test]
    fn a_payload_names_as_many_jobs_as_fit_or_none() {
        let mut ended = jobs(MAX_JOBS);

        assert_eq!(Ended::read(&ended.payload()), ended);
        assert!(ended.payload().len() < 8000);

        ended.add(jobs(1));
        assert_eq!((ended.payload().as_str(), Ended::read("")), ("", Ended::Any));
    }

    #[test]
    fn what_cannot_be_read_names_no_jobs() {
        assert_eq!(Ended::read("4 more"), Ended::Any);
    }

    #[test]
    fn any_job_and_a_job_are_any() {
        let (mut any, mut one) = (Ended::Any, jobs(1));

        any.add(jobs(1));
        one.add(Ended::Any);

        assert_eq!((any, one), (Ended::Any, Ended::Any));
    }
}
