//! Metrics as a scraper reads them: the text format of Prometheus, and its conventions.

use std::collections::{BTreeMap, BTreeSet};

/// The metrics of one or more processes.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    families: BTreeMap<String, Family>,
}

/// A metric with all its labels.
#[derive(Debug, Clone, Default)]
struct Family {
    kind: String,
    help: String,
    samples: Vec<Sample>,
}

/// A line: its name, its labels, and its value.
#[derive(Debug, Clone)]
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

/// How many label sets a metric may have.
const MAX_SERIES: usize = 250;

impl Metrics {
    /// Parses a scrape. Panics at a line that is not of the format, or that comes twice.
    pub fn parse(text: &str) -> Self {
        let mut metrics = Self::default();
        assert!(text.ends_with('\n'), "the last line ends");
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').expect(line);
                let family = metrics.families.entry(name.to_owned()).or_default();
                assert!(std::mem::replace(&mut family.help, help.to_owned()).is_empty(), "a second HELP: {line}");
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect(line);
                let family = metrics.families.entry(name.to_owned()).or_default();
                assert!(std::mem::replace(&mut family.kind, kind.to_owned()).is_empty(), "a second TYPE: {line}");
            } else {
                let sample = sample(line);
                let family = metrics.family_of(&sample.name).unwrap_or_else(|| panic!("no TYPE before: {line}"));
                let known = &mut metrics.families.get_mut(&family).expect("a family").samples;
                let is_known = known.iter().any(|one| (&one.name, &one.labels) == (&sample.name, &sample.labels));
                assert!(!is_known, "a second time: {line}");
                known.push(sample);
            }
        }
        metrics
    }

    /// Adds those of another process.
    pub fn merge(&mut self, other: Self) {
        for (name, family) in other.families {
            self.families.entry(name).or_default().samples.extend(family.samples);
        }
    }

    /// Returns the names of all metrics, with those of the parts of histograms.
    pub fn names(&self) -> BTreeSet<String> {
        let of_samples = self.families.values().flat_map(|family| &family.samples).map(|sample| sample.name.clone());
        of_samples.chain(self.families.keys().cloned()).collect()
    }

    /// Returns the names of all metrics.
    pub fn families(&self) -> impl Iterator<Item = String> {
        self.families.keys().cloned()
    }

    /// Returns the names of the labels of a metric.
    pub fn labels(&self, name: &str) -> BTreeSet<String> {
        self.samples(name).flat_map(|sample| sample.labels.keys().cloned()).collect()
    }

    /// Returns the values of a label of a metric.
    pub fn values(&self, name: &str, label: &str) -> BTreeSet<String> {
        self.samples(name).filter_map(|sample| sample.labels.get(label).cloned()).collect()
    }

    /// Adds up all lines of this name that have these labels: NaN if there is none.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |sample: &&Sample| {
            labels.iter().all(|(label, value)| sample.labels.get(*label).is_some_and(|is| is == value))
        };
        self.samples(name).filter(has).map(|sample| sample.value).reduce(|sum, value| sum + value).unwrap_or(f64::NAN)
    }

    /// Returns what violates a convention of Prometheus.
    pub fn complaints(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (name, Family { kind, help, samples }) in &self.families {
            let mut check = |holds: bool, rule: &str| {
                if !holds {
                    wrong.push(format!("{name}: {rule}"));
                }
            };
            check(name.starts_with("tintype_") || name.starts_with("process_"), "has no prefix of its program");
            check(
                name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'),
                "has a name that is not valid",
            );
            check(help.ends_with('.') && help.len() > 3, "has no HELP that is a sentence");
            check(["counter", "gauge", "histogram"].contains(&kind.as_str()), "has no TYPE, or an odd one");
            check((kind == "counter") == name.ends_with("_total"), "counters, and only they, end with _total");
            for unit in ["_ms", "_milliseconds", "_minutes", "_kb", "_mb", "_percent", "_bucket", "_count", "_sum"] {
                check(!name.ends_with(unit) && !name.contains(&format!("{unit}_")), "is not in a base unit");
            }
            check(kind != "histogram" || name.ends_with("_seconds"), "is a histogram of something unknown");
            check(!samples.is_empty(), "has no values");
            let series: BTreeSet<_> = samples.iter().map(|sample| without_bound(&sample.labels)).collect();
            check(series.len() <= MAX_SERIES, "has too many label sets");
            for sample in samples {
                check(sample.value >= 0.0 || sample.value.is_nan(), "is negative");
                check(sample.labels.values().all(|value| value.len() <= 64), "has long labels");
            }
            if kind == "histogram" {
                check(series.iter().all(|labels| self.is_whole(name, labels)), "is an incomplete histogram");
            }
        }
        wrong
    }

    /// Whether the buckets of a histogram grow, and the last one holds all.
    fn is_whole(&self, name: &str, labels: &BTreeMap<String, String>) -> bool {
        let of = |suffix: &str| {
            let name = format!("{name}_{suffix}");
            let same = |sample: &&Sample| without_bound(&sample.labels) == *labels;
            self.samples(&name).filter(same).map(|sample| sample.value).collect::<Vec<_>>()
        };
        let (buckets, count) = (of("bucket"), of("count"));
        buckets.is_sorted() && buckets.len() > 1 && buckets.last() == count.first() && of("sum").len() == 1
    }

    fn samples(&self, name: &str) -> impl Iterator<Item = &Sample> {
        let family = self.family_of(name).and_then(|family| self.families.get(&family));
        family.into_iter().flat_map(|family| &family.samples).filter(move |sample| sample.name == name)
    }

    fn family_of(&self, name: &str) -> Option<String> {
        let parts = ["", "_bucket", "_sum", "_count"].iter().filter_map(|suffix| name.strip_suffix(suffix));
        parts.map(str::to_owned).find(|family| self.families.contains_key(family))
    }
}

fn without_bound(labels: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    labels.iter().filter(|(name, _)| *name != "le").map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn sample(line: &str) -> Sample {
    let (series, value) = line.rsplit_once(' ').expect(line);
    let value = value.parse().expect(line);
    let Some((name, labels)) = series.split_once('{') else {
        return Sample { name: series.to_owned(), labels: BTreeMap::new(), value };
    };
    // No label of ours contains a comma or a quote.
    let labels = labels.strip_suffix('}').expect(line).split(',').map(|label| {
        let (name, value) = label.split_once('=').expect(line);
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).expect(line);
        assert!(!value.contains('"') && !value.contains('\\'), "{line}");
        (name.to_owned(), value.to_owned())
    });
    Sample { name: name.to_owned(), labels: labels.collect(), value }
}
