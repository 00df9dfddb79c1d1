//! Which statement makes a change of a worker.

use domain::Db;
use domain::event::Actor;
use domain::worker::{self, Drain, Released};

use crate::console::core::write::{FleetVerb, FleetWrite, Report};
use crate::console::data::link::describe;
use crate::output::format::quantity;

/// Makes the change.
pub(super) async fn perform(db: &Db, actor: &Actor, write: &FleetWrite) -> Result<Report, String> {
    let (id, name) = (write.worker, &write.name);
    let gone = || format!("{name} is no longer registered");
    let drain = match write.verb {
        FleetVerb::Drain => worker::drain(db, actor, id).await,
        FleetVerb::Undrain => worker::undrain(db, actor, id).await,
        FleetVerb::Release => {
            return match worker::release(db, actor, id).await.map_err(|error| describe(&error))? {
                Released::Jobs(jobs) => Ok(Report::new(format!("{} of {name} queued again", quantity(jobs, "job")))),
                Released::Working => Err(format!("{name} is alive and not drained: drain it first")),
                Released::NoSuchWorker => Err(gone()),
            };
        }
    };
    match drain.map_err(|error| describe(&error))? {
        Drain::Changed if write.verb == FleetVerb::Drain => Ok(Report::new(format!("{name} is draining"))),
        Drain::Changed => Ok(Report::new(format!("{name} claims jobs again"))),
        Drain::Unchanged => Err(format!("{name} was in that state already")),
        Drain::NoSuchWorker => Err(gone()),
    }
}
