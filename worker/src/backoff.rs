//! Backoff: pauses that double while an operation keeps failing.

use std::time::Duration;

use tokio::time::sleep;

/// A pause that doubles each time, up to a maximum.
#[derive(Debug)]
pub(crate) struct Backoff {
    min: Duration,
    next: Duration,
    max: Duration,
}

impl Backoff {
    pub(crate) fn new(min: Duration, max: Duration) -> Self {
        Self { min, next: min, max }
    }

    /// Returns the next pause.
    pub(crate) fn next_pause(&mut self) -> Duration {
        let doubled = (self.next * 2).min(self.max);
        std::mem::replace(&mut self.next, doubled)
    }

    /// Sleeps for the next pause.
    pub(crate) async fn sleep(&mut self) {
        sleep(self.next_pause()).await;
    }

    /// Starts again from the shortest pause, after a success.
    pub(crate) fn reset(&mut self) {
        self.next = self.min;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Backoff;

    #[test]
    fn pauses_double_up_to_the_maximum_until_a_reset() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_millis(350));

        assert_eq!([(); 4].map(|()| backoff.next_pause().as_millis()), [100, 200, 350, 350]);
        backoff.reset();
        assert_eq!(backoff.next_pause(), Duration::from_millis(100));
    }
}
