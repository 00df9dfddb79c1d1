//! Histograms of durations: how long most took, from a few numbers that can be added up.

/// How many buckets a histogram has.
pub const BUCKETS: usize = 24;

/// The upper bounds of the buckets in milliseconds: 50 × 1.5ⁿ. The last bucket has none.
const BOUNDS: [i64; BUCKETS - 1] = [
    50, 75, 112, 168, 253, 379, 569, 854, 1_281, 1_922, 2_883, 4_324, 6_487, 9_730, 14_596, 21_894, 32_842, 49_263,
    73_894, 110_841, 166_262, 249_394, 374_091,
];

/// How many durations were in each bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Histogram([i64; BUCKETS]);

impl Histogram {
    /// Counts a duration.
    pub fn record(&mut self, ms: i64) {
        let bucket = BOUNDS.iter().position(|bound| ms <= *bound).unwrap_or(BUCKETS - 1);
        if let Some(count) = self.0.get_mut(bucket) {
            *count += 1;
        }
    }

    /// Adds the counts of another one. Counts without a bucket are left out.
    pub fn add(&mut self, counts: &[i64]) {
        for (count, more) in self.0.iter_mut().zip(counts) {
            *count += more;
        }
    }

    /// The counts.
    pub fn counts(&self) -> &[i64; BUCKETS] {
        &self.0
    }

    /// Returns the duration that this percentage of all did not exceed, in milliseconds; `None` if there were none.
    /// Approximate: it is interpolated within its bucket. Of the last bucket, only the lower bound is known.
    pub fn percentile(&self, percent: i64) -> Option<i64> {
        let total: i64 = self.0.iter().sum();
        let rank = (total * percent + 99) / 100;
        let mut before = 0;
        let mut lower = 0;
        for (at, count) in self.0.iter().enumerate() {
            let upper = BOUNDS.get(at).copied().unwrap_or(lower);
            if *count > 0 && before + count >= rank {
                return Some(lower + (upper - lower) * (rank - before) / count);
            }
            before += count;
            lower = upper;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{BOUNDS, BUCKETS, Histogram};

    #[test]
    fn each_bound_is_one_and_a_half_times_the_one_before() {
        for (at, bound) in BOUNDS.iter().enumerate() {
            let power = 50.0 * 1.5_f64.powi(i32::try_from(at).expect("a small number"));
            assert!((power - f64::from(i32::try_from(*bound).expect("a small number"))).abs() < 1.0, "{at}");
        }
    }

    #[test]
    fn a_duration_is_in_the_first_bucket_whose_bound_it_does_not_exceed() {
        for (ms, bucket) in [(-5, 0), (0, 0), (50, 0), (51, 1), (75, 1), (374_091, 22), (374_092, 23), (i64::MAX, 23)] {
            let mut histogram = Histogram::default();
            histogram.record(ms);
            assert_eq!(histogram.counts().iter().position(|count| *count == 1), Some(bucket), "{ms} ms");
        }
    }

    #[test]
    fn a_percentile_is_within_the_bucket_of_its_rank() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.percentile(50), None);
        for ms in [10, 60, 60, 60, 60, 60, 60, 60, 60, 2_000] {
            histogram.record(ms);
        }
        for (percent, bounds) in [(10, 1..=50), (50, 51..=75), (90, 51..=75), (95, 1_923..=2_883), (99, 1_923..=2_883)]
        {
            let found = histogram.percentile(percent).expect("it has counts");
            assert!(bounds.contains(&found), "p{percent}: {found}");
        }
    }

    #[test]
    fn of_the_last_bucket_the_lower_bound_is_known() {
        let mut histogram = Histogram::default();
        histogram.record(9_000_000);
        assert_eq!(histogram.percentile(99), BOUNDS.last().copied());
    }

    #[test]
    fn histograms_of_another_length_are_added_as_far_as_they_go() {
        let mut histogram = Histogram::default();
        histogram.add(&[1, 2]);
        histogram.add(&[1; BUCKETS + 3]);
        assert_eq!(histogram.counts().iter().sum::<i64>(), 3 + 24);
    }
}
