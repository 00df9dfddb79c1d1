//! The worker's metrics, in the text format of Prometheus.

/// Returns the sum of a counter over all label sets with this outcome; `None` if there is none.
pub(super) fn sum(text: &str, counter: &str, outcome: &str) -> Option<f64> {
    let label = format!("outcome=\"{outcome}\"");
    let value = |line: &str| {
        let labels = line.strip_prefix(counter)?.strip_prefix('{')?;
        let (labels, value) = labels.rsplit_once("} ")?;
        labels.split(',').any(|it| it == label).then(|| value.trim().parse::<f64>().ok())?
    };
    text.lines().filter_map(value).reduce(|sum, value| sum + value)
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn a_counter_is_summed_over_its_other_labels() {
        let text = "# TYPE lane_total counter\nlane_total{outcome=\"used\",reason=\"\"} 3\n\
                    lane_total{reason=\"a\",outcome=\"used\"} 4\nlane_total{outcome=\"refused\"} 9\nlane_totals 1\n";

        assert_eq!(sum(text, "lane_total", "used"), Some(7.0));
        assert_eq!(sum(text, "lane_total", "unused"), None);
    }
}
