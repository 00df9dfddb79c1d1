//! The table: figures, and gaps where there are none.

use serde::Serialize;

use crate::contenders::Contender;
use crate::database::Violated;
use crate::multixact::{Multixacts, SectionMultixacts};
use crate::plan::Section;

/// All measurements.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Table {
    /// The figures.
    pub(crate) figures: Vec<Figure>,
    /// The gaps.
    pub(crate) gaps: Vec<Gap>,
    /// The multixacts of each section.
    pub(crate) multixacts: Vec<SectionMultixacts>,
    /// What must not happen, and has: violated invariants, and multixacts of Tintype.
    pub(crate) problems: Vec<String>,
}

/// One figure.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    /// Its section.
    pub(crate) section: Section,
    /// Its contender.
    pub(crate) contender: &'static str,
    /// Its case.
    pub(crate) case: String,
    /// Its unit.
    pub(crate) unit: &'static str,
    /// The value of each run.
    pub(crate) runs: Vec<f64>,
    /// The median.
    pub(crate) median: f64,
    /// Whether the measurement was stopped early, so that the real value is greater.
    pub(crate) at_least: bool,
}

/// Something that could not be measured.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Gap {
    /// Its contender.
    pub(crate) contender: &'static str,
    /// Its section; `None` means all of them.
    pub(crate) section: Option<Section>,
    /// The reason.
    pub(crate) why: String,
}

impl Table {
    /// Adds figures, one for each case.
    pub(crate) fn add(
        &mut self,
        section: Section,
        contender: &Contender,
        case: &str,
        unit: &'static str,
        runs: Vec<f64>,
    ) {
        let median = median(&runs);
        eprintln!("{section:?}: {}, {case}: {median:.2} {unit}", contender.name);
        let contender = contender.name;
        self.figures.push(Figure { section, contender, case: case.to_owned(), unit, runs, median, at_least: false });
    }

    /// Marks the last figure as a lower bound.
    pub(crate) fn mark_lower_bound(&mut self) {
        if let Some(figure) = self.figures.last_mut() {
            figure.at_least = true;
        }
    }

    /// Adds what Postgres did with multixacts; by Tintype, it may do nothing.
    pub(crate) fn add_multixacts(&mut self, section: Section, contender: Option<&'static Contender>, used: Multixacts) {
        let name = contender.map(|it| it.name);
        let Multixacts { created, read, written, zeroed } = used;
        let what = format!(
            "{section:?}: {}: {created} multixacts; pages: {read} read, {written} written, {zeroed} zeroed",
            name.unwrap_or("all contenders")
        );
        eprintln!("{what}");
        self.multixacts.push(SectionMultixacts { section, contender: name, used });
        if contender.is_some_and(Contender::is_tintype) && used != Multixacts::NONE {
            self.add_problem(what);
        }
    }

    /// Adds something that must not happen.
    pub(crate) fn add_problem(&mut self, problem: String) {
        eprintln!("problem: {problem}");
        self.problems.push(problem);
    }

    /// Adds a gap.
    pub(crate) fn add_gap(&mut self, contender: &Contender, section: Option<Section>, error: &anyhow::Error) {
        let bench_dir = crate::contenders::bench_dir().display().to_string();
        let output = format!("{error:#}").replace(&bench_dir, "bench");
        // Keep only the message of a stack trace.
        let why =
            output.lines().find(|line| line.contains("Error")).unwrap_or_else(|| output.lines().next().unwrap_or(""));
        let why = why.trim().to_owned();
        eprintln!("gap: {}: {why}", contender.name);
        if error.is::<Violated>() {
            self.add_problem(format!("{}: {why}", contender.name));
        }
        self.gaps.push(Gap { contender: contender.name, section, why });
    }

    /// Returns the figure of a case, if it was measured.
    pub(crate) fn find(&self, section: Section, contender: &str, case: &str) -> Option<&Figure> {
        self.figures.iter().find(|it| it.section == section && it.contender == contender && it.case == case)
    }
}

/// Returns the median; of an even number, the mean of the two middle values.
pub(crate) fn median(values: &[f64]) -> f64 {
    let middle = percentile(values, 0.5);
    if values.len() % 2 == 1 {
        return middle;
    }
    let lower = values.iter().filter(|value| **value < middle).copied().fold(f64::NAN, f64::max);
    if lower.is_nan() { middle } else { f64::midpoint(lower, middle) }
}

/// Returns the given quantile.
pub(crate) fn percentile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let below = sorted.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a list"
    )]
    let place = (below as f64 * part).ceil() as usize;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::{median, percentile};

    #[test]
    fn the_median_is_the_middle_one_or_between_the_two() {
        for (values, expected) in [(vec![3.0], 3.0), (vec![9.0, 1.0, 2.0], 2.0), (vec![1.0, 2.0], 1.5)] {
            assert!((median(&values) - expected).abs() < 1e-9, "{values:?}");
        }
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<f64> = (0..=100).map(f64::from).collect();

        assert!((percentile(&values, 0.99) - 99.0).abs() < 1e-9);
        assert!((percentile(&values, 0.5) - 50.0).abs() < 1e-9);
        assert!(percentile(&[], 0.5).is_nan());
    }
}
