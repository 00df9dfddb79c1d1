//! The sections of the queue benchmark.

mod drain;
mod enqueue;
mod fairness;
mod held;
mod latency;
mod wal;

use crate::contenders::Contender;
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
        return Box::pin(held::measure(server, plan, contenders, table)).await;
    }
    for contender in contenders.iter().copied() {
        let context = Context { server, plan, contender };
        let measured = match section {
            Section::Enqueue => enqueue::measure(context, table).await,
            Section::Drain => drain::measure(context, table).await,
            Section::Latency => latency::measure(context, table).await,
            Section::Wal => wal::measure(context, table).await,
            Section::Fairness => fairness::measure(context, table).await,
            Section::Held => Ok(()),
        };
        if let Err(error) = measured {
            table.add_gap(contender, Some(section), &error);
        }
    }
}

/// Returns the number of jobs for a duration at a rate, within bounds.
fn jobs_for(rate: f64, seconds: f64, bounds: std::ops::RangeInclusive<u32>) -> u32 {
    let jobs = (rate * seconds).clamp(f64::from(*bounds.start()), f64::from(*bounds.end()));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within bounds")]
    let jobs = jobs as u32;
    jobs
}
