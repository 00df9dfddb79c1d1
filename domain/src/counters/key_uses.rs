//! Which keys were used, remembered until it is written.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::id::KeyId;

/// How many keys one statement writes at most.
const BATCH: usize = 1_000;

/// The keys that were used in the current minute. Verifying a key only looks it up here.
#[derive(Debug, Default)]
pub(crate) struct KeyUses(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Keys whose use is not written yet.
    pending: HashSet<String>,
    /// Keys whose use is written, and until when no other use has to be.
    written: HashMap<String, Instant>,
}

impl KeyUses {
    /// Records that a key was used.
    pub(crate) fn record(&self, key: &KeyId) {
        let mut state = self.lock();
        let is_written = state.written.get(&key.0).is_some_and(|until| Instant::now() < *until);
        if !is_written && !state.pending.contains(&key.0) {
            state.pending.insert(key.0.clone());
        }
    }

    /// Returns some keys whose use is not written yet. They stay here until they are [`written`](Self::written).
    pub(crate) fn pending(&self) -> Vec<String> {
        self.lock().pending.iter().take(BATCH).cloned().collect()
    }

    /// The uses of these keys are written for the minute that ends after this time.
    pub(crate) fn written(&self, keys: Vec<String>, minute_ends_in: Duration) {
        let (now, mut state) = (Instant::now(), self.lock());
        state.written.retain(|_, until| now < *until);
        for key in keys {
            state.pending.remove(&key);
            state.written.insert(key, now + minute_ends_in);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::KeyUses;
    use crate::id::KeyId;

    #[test]
    fn a_use_is_pending_until_it_is_written_and_again_after_the_minute() {
        let (uses, key) = (KeyUses::default(), KeyId("k".to_owned()));
        uses.record(&key);
        uses.record(&key);
        assert_eq!(uses.pending(), ["k"]);
        assert_eq!(uses.pending(), ["k"], "a write that failed loses nothing");

        uses.written(uses.pending(), Duration::from_mins(1));
        uses.record(&key);
        assert!(uses.pending().is_empty(), "the minute has one use already");

        uses.written(vec!["k".to_owned()], Duration::ZERO);
        uses.record(&key);
        assert_eq!(uses.pending(), ["k"], "another minute");
    }
}
