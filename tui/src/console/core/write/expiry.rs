//! Changes of results.

use domain::id::JobId;

use super::level::Level;
use super::shell::{quoted, with_reason};

/// A change of results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExpiryWrite {
    /// The change.
    pub(crate) verb: ExpiryVerb,
    /// The jobs that the results are of.
    pub(crate) jobs: Vec<JobId>,
    /// Why.
    pub(crate) reason: String,
}

/// A kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExpiryVerb {
    /// Keep them for some hours more.
    Extend(i32),
    /// Delete them now.
    Delete,
}

impl ExpiryWrite {
    pub(super) fn level(&self) -> Level {
        match self.verb {
            ExpiryVerb::Extend(_) if self.jobs.len() == 1 => Level::Row,
            ExpiryVerb::Extend(_) => Level::Many,
            ExpiryVerb::Delete => Level::Grave,
        }
    }

    pub(super) fn title(&self) -> String {
        let results = match self.jobs.as_slice() {
            [job] => format!("the result of {job}"),
            jobs => format!("{} results", jobs.len()),
        };
        match self.verb {
            ExpiryVerb::Extend(hours) => format!("extend {results} by {hours} h"),
            ExpiryVerb::Delete => format!("delete {results}"),
        }
    }

    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let effect = match self.verb {
            ExpiryVerb::Extend(_) => {
                "they stay for as long, or for as long as the ring can keep them; so does the space of what was stored \
                 with them"
            }
            ExpiryVerb::Delete => "customers get 410 RESULT_EXPIRED from now on; the jobs stay completed and paid",
        };
        vec![("effect", effect.to_owned())]
    }

    /// The count, or the end of the job's id.
    pub(super) fn confirmation(&self) -> String {
        match (self.level(), self.jobs.as_slice()) {
            (Level::Row, _) => String::new(),
            (_, [job]) => job.to_string().chars().skip(24).collect(),
            (_, jobs) => jobs.len().to_string(),
        }
    }

    pub(super) fn command_line(&self) -> String {
        let jobs: Vec<String> = self.jobs.iter().map(|job| quoted(&job.to_string())).collect();
        let (verb, hours) = match self.verb {
            ExpiryVerb::Extend(hours) => ("extend", format!(" --hours {hours}")),
            ExpiryVerb::Delete => ("delete", String::new()),
        };
        format!("tintype expiries {verb} {}{hours}{}", jobs.join(" "), with_reason(&self.reason))
    }
}

#[cfg(test)]
mod tests {
    use super::{ExpiryVerb, ExpiryWrite, JobId, Level};

    fn write(verb: ExpiryVerb, jobs: usize) -> ExpiryWrite {
        let job: JobId = "0198f2b7-10aa-7d01-9c3e-55d1e2a0c7f4".parse().expect("an id");
        ExpiryWrite { verb, jobs: vec![job; jobs], reason: "ticket 771".to_owned() }
    }

    #[test]
    fn deleting_is_grave_and_extending_one_result_is_not() {
        for (verb, jobs, level, typed) in [
            (ExpiryVerb::Extend(5), 1, Level::Row, ""),
            (ExpiryVerb::Extend(5), 3, Level::Many, "3"),
            (ExpiryVerb::Delete, 1, Level::Grave, "55d1e2a0c7f4"),
            (ExpiryVerb::Delete, 2, Level::Grave, "2"),
        ] {
            let write = write(verb, jobs);
            assert_eq!((write.level(), write.confirmation().as_str()), (level, typed));
        }
    }

    #[test]
    fn the_command_line_does_the_same() {
        assert_eq!(
            write(ExpiryVerb::Extend(5), 1).command_line(),
            "tintype expiries extend 0198f2b7-10aa-7d01-9c3e-55d1e2a0c7f4 --hours 5 --reason 'ticket 771'"
        );
    }
}
