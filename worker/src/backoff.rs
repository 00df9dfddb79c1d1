//! Back-off: pauses that grow while something fails, and are short again once it works.

use std::time::Duration;

use tokio::time::sleep;

/// A pause that doubles, up to a longest.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    next: Duration,
    longest: Duration,
}

impl Backoff {
    pub(crate) fn new(first: Duration, longest: Duration) -> Self {
        Self { first, next: first, longest }
    }

    /// The pause that is due. The one after it is twice as long.
    pub(crate) fn pause(&mut self) -> Duration {
        let longer = (self.next * 2).min(self.longest);
        std::mem::replace(&mut self.next, longer)
    }

    /// Pauses.
    pub(crate) async fn rest(&mut self) {
        sleep(self.pause()).await;
    }

    /// What failed works.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Backoff;

    #[test]
    fn pauses_grow_up_to_the_longest_until_it_works() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_millis(350));

        assert_eq!([(); 4].map(|()| backoff.pause().as_millis()), [100, 200, 350, 350]);
        backoff.reset();
        assert_eq!(backoff.pause(), Duration::from_millis(100));
    }
}
