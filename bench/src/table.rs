//! The table: figures, and gaps where there are none.

use serde::Serialize;

use crate::contenders::Contender;
use crate::plan::Section;

/// Everything that was measured.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Table {
    /// What there is.
    pub(crate) figures: Vec<Figure>,
    /// What there is not.
    pub(crate) gaps: Vec<Gap>,
}

/// One figure.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    /// What kind of measurement it belongs to.
    pub(crate) section: Section,
    /// Whose it is.
    pub(crate) contender: &'static str,
    /// Of what.
    pub(crate) case: String,
    /// In what.
    pub(crate) unit: &'static str,
    /// Of each run.
    pub(crate) runs: Vec<f64>,
    /// The one that counts.
    pub(crate) median: f64,
    /// Whether it was not waited for the end, so that the truth is greater.
    pub(crate) at_least: bool,
}

/// What could not be measured.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Gap {
    /// Whose it is.
    pub(crate) contender: &'static str,
    /// Where; everywhere if nothing is said.
    pub(crate) section: Option<Section>,
    /// Why.
    pub(crate) why: String,
}

impl Table {
    /// Notes figures, of one case each.
    pub(crate) fn note(
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

    /// Says of the last figure that the truth is greater.
    pub(crate) fn at_least(&mut self) {
        if let Some(figure) = self.figures.last_mut() {
            figure.at_least = true;
        }
    }

    /// Notes what could not be measured.
    pub(crate) fn gap(&mut self, contender: &Contender, section: Option<Section>, error: &anyhow::Error) {
        let home = crate::contenders::home().display().to_string();
        let said = format!("{error:#}").replace(&home, "bench");
        // Of a stack trace, only what went wrong.
        let why = said.lines().find(|line| line.contains("Error")).unwrap_or_else(|| said.lines().next().unwrap_or(""));
        let why = why.trim().to_owned();
        eprintln!("gap: {}: {why}", contender.name);
        self.gaps.push(Gap { contender: contender.name, section, why });
    }

    /// The figure of a case, where it was measured.
    pub(crate) fn find(&self, section: Section, contender: &str, case: &str) -> Option<&Figure> {
        self.figures.iter().find(|it| it.section == section && it.contender == contender && it.case == case)
    }
}

/// The middle one; the mean of the two middle ones where there is none.
pub(crate) fn median(values: &[f64]) -> f64 {
    let middle = percentile(values, 0.5);
    if values.len() % 2 == 1 {
        return middle;
    }
    let lower = values.iter().filter(|value| **value < middle).copied().fold(f64::NAN, f64::max);
    if lower.is_nan() { middle } else { f64::midpoint(lower, middle) }
}

/// The value that this part of them does not exceed.
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
