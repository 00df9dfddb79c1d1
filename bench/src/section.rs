//! The sections of the queue benchmark.

mod drain;
mod enqueue;
mod fairness;
mod held;
mod latency;
mod processes;
mod wal;

use crate::contenders::Contender;
use crate::multixact::Counters;
use crate::plan::{Plan, Section};
use crate::server::Server;
use crate::table::Table;

/// One contender in a section.
#[derive(Debug, Clone, Copy)]
struct Context<'a> {
    server: &'a Server,
    plan: &'a Plan,
    contender: &'static Contender,
}

/// Measures a section, for all contenders.
pub(crate) async fn measure(
    section: Section,
    server: &Server,
    plan: &Plan,
    contenders: &[&'static Contender],
    table: &mut Table,
) {
    if section == Section::Held {
        let before = Counters::read(&server.admin).await;
        Box::pin(held::measure(server, plan, contenders, table)).await;
        let only = if let [only] = contenders { Some(*only) } else { None };
        return add_multixacts(section, server, only, before, table).await;
    }
    for contender in contenders.iter().copied() {
        let before = Counters::read(&server.admin).await;
        let context = Context { server, plan, contender };
        let measured = match section {
            Section::Enqueue => enqueue::measure(context, table).await,
            Section::Drain => drain::measure(context, table).await,
            Section::Processes => processes::measure(context, table).await,
            Section::Latency => latency::measure(context, table).await,
            Section::Wal => wal::measure(context, table).await,
            Section::Fairness => fairness::measure(context, table).await,
            Section::Held => Ok(()),
        };
        if let Err(error) = measured {
            table.add_gap(contender, Some(section), &error);
        }
        add_multixacts(section, server, Some(contender), before, table).await;
    }
}

async fn add_multixacts(
    section: Section,
    server: &Server,
    contender: Option<&'static Contender>,
    before: anyhow::Result<Counters>,
    table: &mut Table,
) {
    let used = async { anyhow::Ok(Counters::read(&server.admin).await?.since(before?)) };
    match used.await {
        Ok(used) => table.add_multixacts(section, contender, used),
        Err(error) => table.add_problem(format!("{section:?}: multixacts could not be counted: {error:#}")),
    }
}

/// Returns the number of jobs for a duration at a rate, within bounds.
fn jobs_for(rate: f64, seconds: f64, bounds: std::ops::RangeInclusive<u32>) -> u32 {
    let jobs = (rate * seconds).clamp(f64::from(*bounds.start()), f64::from(*bounds.end()));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within bounds")]
    let jobs = jobs as u32;
    jobs
}
