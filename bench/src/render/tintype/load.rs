//! The accounts that submit jobs: how many, and how jobs are spread over them.

use rand::SeedableRng;
use rand::distr::Distribution;
use rand::distr::weighted::WeightedIndex;
use rand::rngs::StdRng;

/// The length of a schedule: more jobs than a round renders.
const JOBS: usize = 4096;

/// The seed of all schedules, so that every case and every run draws the same accounts.
const SEED: u64 = 15;

/// How jobs are spread over accounts. Each job's account is drawn, because taking turns is the worst case for whatever
/// keeps the accounts that were used last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spread {
    /// Every account is as likely.
    Uniform,
    /// The n-th account is as likely as 1/n: Zipf's law with s = 1.
    Zipf,
}

/// Accounts, and the spread of jobs over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Load {
    /// The number of accounts.
    pub(crate) accounts: usize,
    /// The spread.
    pub(crate) spread: Spread,
}

impl Load {
    /// All jobs are of one account.
    pub(crate) const ONE_ACCOUNT: Self = Self { accounts: 1, spread: Spread::Uniform };

    /// Its name in the table.
    pub(crate) fn title(self) -> String {
        match (self.accounts, self.spread) {
            (1, _) => "1 account".to_owned(),
            (many, Spread::Uniform) => format!("{many} accounts, uniform"),
            (many, Spread::Zipf) => format!("{many} accounts, Zipf"),
        }
    }

    /// Returns the account of each job, by its number; it begins again at its end.
    pub(crate) fn schedule(self) -> anyhow::Result<Vec<usize>> {
        let weight = |account: u32| match self.spread {
            Spread::Uniform => 1.0,
            Spread::Zipf => 1.0 / f64::from(account + 1),
        };
        let drawn = WeightedIndex::new((0..u32::try_from(self.accounts)?).map(weight))?;
        let mut random = StdRng::seed_from_u64(SEED);
        Ok((0..JOBS).map(|_| drawn.sample(&mut random)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{JOBS, Load, Spread};

    fn jobs_of_first(load: Load) -> usize {
        load.schedule().unwrap().into_iter().filter(|account| *account == 0).count()
    }

    #[test]
    fn jobs_are_spread_as_the_law_says() {
        let harmonic: f64 = (1..=50).map(|rank| 1.0 / f64::from(rank)).sum();
        let cases = [(Load::ONE_ACCOUNT, 1.0), (Load { accounts: 50, spread: Spread::Uniform }, 1.0 / 50.0)];
        let zipf = (Load { accounts: 50, spread: Spread::Zipf }, 1.0 / harmonic);

        for (load, share) in cases.into_iter().chain([zipf]) {
            #[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
            let found = jobs_of_first(load) as f64 / JOBS as f64;
            assert!((found - share).abs() < 0.02, "{}: {found} instead of {share}", load.title());
        }
    }

    #[test]
    fn every_case_and_every_run_draws_the_same_accounts() {
        for spread in [Spread::Uniform, Spread::Zipf] {
            let load = Load { accounts: 200, spread };

            assert_eq!(load.schedule().unwrap(), load.schedule().unwrap());
        }
    }
}
