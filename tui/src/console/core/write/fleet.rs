//! Changes of workers.

use domain::id::WorkerId;

use super::level::Level;
use super::shell::{quoted, with_reason};
use crate::output::format::quantity;

/// A change of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FleetVerb {
    /// It ends what it has, and claims nothing.
    Drain,
    /// It claims jobs again.
    Undrain,
    /// Its jobs are queued again.
    Release,
}

/// A change of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FleetWrite {
    /// The change.
    pub(crate) verb: FleetVerb,
    /// The worker.
    pub(crate) worker: WorkerId,
    /// Its name.
    pub(crate) name: String,
    /// Whether another registration has the same name, so that the command needs the id.
    pub(crate) is_ambiguous: bool,
    /// How many leases it held when it was looked at.
    pub(crate) leases: i64,
    /// Why.
    pub(crate) reason: String,
}

impl FleetWrite {
    pub(super) fn level(&self) -> Level {
        match self.verb {
            FleetVerb::Drain | FleetVerb::Undrain => Level::Row,
            FleetVerb::Release => Level::Many,
        }
    }

    pub(super) fn title(&self) -> String {
        match self.verb {
            FleetVerb::Drain => format!("drain {}", self.name),
            FleetVerb::Undrain => format!("undrain {}", self.name),
            FleetVerb::Release => format!("release {} of {}", quantity(self.leases, "lease"), self.name),
        }
    }

    pub(super) fn facts(&self) -> Vec<(&'static str, String)> {
        let effect = match self.verb {
            FleetVerb::Drain => {
                let jobs = quantity(self.leases, "job");
                vec![("effect", format!("it ends its {jobs}, and claims no more until it is undrained"))]
            }
            FleetVerb::Undrain => vec![("effect", "it claims jobs again within 3 s".to_owned())],
            FleetVerb::Release => vec![
                (
                    "matches",
                    format!("{} now; those that end until then are left alone", quantity(self.leases, "lease")),
                ),
                ("effect", "the jobs are queued again at the head of their lanes, no attempt is used up".to_owned()),
                ("fence", "if the worker still lives, it stops its renders and can no longer end the jobs".to_owned()),
            ],
        };
        [vec![("worker", format!("{} ({})", self.name, self.worker))], effect].concat()
    }

    pub(super) fn confirmation(&self) -> String {
        match self.verb {
            FleetVerb::Drain | FleetVerb::Undrain => String::new(),
            FleetVerb::Release => self.leases.to_string(),
        }
    }

    pub(super) fn command_line(&self) -> String {
        let verb = match self.verb {
            FleetVerb::Drain => "drain",
            FleetVerb::Undrain => "undrain",
            FleetVerb::Release => "release",
        };
        let subject = if self.is_ambiguous { self.worker.to_string() } else { quoted(&self.name) };
        format!("tintype workers {verb} {subject}{}", with_reason(&self.reason))
    }
}

#[cfg(test)]
mod tests {
    use domain::id::WorkerId;
    use uuid::Uuid;

    use super::{FleetVerb, FleetWrite, Level};

    fn write(verb: FleetVerb, is_ambiguous: bool) -> FleetWrite {
        let worker = WorkerId::from(Uuid::from_u128(7));
        let (name, reason) = ("w 7".to_owned(), "roll to 2".to_owned());
        FleetWrite { verb, worker, name, is_ambiguous, leases: 1, reason }
    }

    #[test]
    fn the_command_line_does_the_same_even_if_two_workers_have_one_name() {
        let drain = write(FleetVerb::Drain, false);
        assert_eq!(drain.command_line(), "tintype workers drain 'w 7' --reason 'roll to 2'");
        let release = write(FleetVerb::Release, true).command_line();
        assert_eq!(release, "tintype workers release 00000000-0000-0000-0000-000000000007 --reason 'roll to 2'");
    }

    #[test]
    fn only_releasing_leases_needs_their_count() {
        let levels = [FleetVerb::Drain, FleetVerb::Undrain, FleetVerb::Release].map(|verb| {
            let write = write(verb, false);
            (write.level(), write.confirmation())
        });
        let line = (Level::Row, String::new());
        assert_eq!(levels, [line.clone(), line, (Level::Many, "1".to_owned())]);
    }
}
