//! The figures of Tintype that have a target, and its ratios to peers of the same run.

use serde::Serialize;

use crate::plan::Section;
use crate::table::Table;

/// One ratio, or one figure with a target.
#[derive(Debug, Serialize)]
pub(super) struct Ratio {
    /// What it compares.
    pub(super) what: &'static str,
    /// Its value.
    pub(super) value: f64,
    /// Its target.
    pub(super) wanted: &'static str,
}

/// A figure in the table: section, contender and case.
type Place = (Section, &'static str, &'static str);

const HOT: Place = (Section::Enqueue, "tintype", "1 per call, one account");
const HOT_WITHOUT_BILLING: Place = (Section::Enqueue, "tintype without money", "1 per call, one account");
const HOT_ONE_BY_ONE: Place = (Section::Enqueue, "tintype one by one", "1 per call, one account");
const DRAIN: Place = (Section::Drain, "tintype", "64 slots");
const TAIL: Place = (Section::Latency, "tintype", "p99");
const ONE_PROCESS: Place = (Section::Processes, "tintype", "1 process");

/// The comparisons: a figure, its divisor, and the target.
const RATIOS: [(&str, Place, Option<Place>, &str); 10] = [
    ("enqueue one by one, one account, jobs/s", HOT, None, "≥ 4,000"),
    ("enqueue one by one, one account: ÷ without money", HOT, Some(HOT_WITHOUT_BILLING), "reported"),
    ("enqueue one by one, one account: ÷ a statement for each call", HOT, Some(HOT_ONE_BY_ONE), "reported"),
    ("drain with 64 slots: ÷ awa", DRAIN, Some((Section::Drain, "awa", "64 slots")), "≥ 2"),
    ("drain with 64 slots: ÷ pg-boss", DRAIN, Some((Section::Drain, "pg-boss (Node)", "64 slots")), "≥ 1 (aim)"),
    (
        "drain with 64 slots, 2 processes: ÷ 1 process",
        (Section::Processes, "tintype", "2 processes"),
        Some(ONE_PROCESS),
        "reported",
    ),
    (
        "drain with 64 slots, 4 processes: ÷ 1 process",
        (Section::Processes, "tintype", "4 processes"),
        Some(ONE_PROCESS),
        "reported",
    ),
    ("start latency at half load, p99, ms", TAIL, None, "< 15"),
    ("start latency, p99: ÷ awa", TAIL, Some((Section::Latency, "awa", "p99")), "reported"),
    ("write-ahead log per job, both, bytes", (Section::Wal, "tintype", "both"), None, "reported"),
];

/// Returns all whose parts were measured.
pub(super) fn all(table: &Table) -> Vec<Ratio> {
    let median = |(section, contender, case): Place| table.find(section, contender, case).map(|figure| figure.median);
    let ratio = |(what, ours, theirs, wanted): (&'static str, Place, Option<Place>, &'static str)| {
        let divisor = theirs.map_or(Some(1.0), median)?;
        Some(Ratio { what, value: median(ours)? / divisor, wanted })
    };
    RATIOS.into_iter().filter_map(ratio).collect()
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::contenders::ALL;
    use crate::plan::Section;
    use crate::table::Table;

    #[test]
    fn a_ratio_is_of_two_contenders_in_the_same_run() {
        let mut table = Table::default();
        for (name, rate) in [("tintype", 6_000.0), ("awa", 2_000.0)] {
            let contender = ALL.iter().find(|it| it.name == name).unwrap();
            table.add(Section::Drain, contender, "64 slots", "jobs/s", vec![rate]);
        }

        let ratios = all(&table);

        assert_eq!(ratios.iter().map(|it| it.what).collect::<Vec<_>>(), ["drain with 64 slots: ÷ awa"]);
        assert!(ratios.iter().all(|it| (it.value - 3.0).abs() < 1e-9));
    }
}
