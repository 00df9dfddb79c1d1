//! Gathering: what arrives while a statement runs is sent together in the next one.
//!
//! A caller that finds a free permit sends at once. The others wait. A caller that has sent hands its permit
//! to the first of them, with the items of all. So as much gathers as arrives in the time of a statement: little
//! while there is little to do. Nothing waits for more to arrive.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long a caller keeps its permit. Statements take milliseconds: one that takes longer waits for a lock or for a
/// server that does not respond, and others should not wait for it.
const PERMIT_TIMEOUT: Duration = Duration::from_millis(100);

/// The items that wait, and the permits of the callers that send. Clones share them.
#[derive(Debug)]
pub(crate) struct Gather<T, R>(Arc<Shared<T, R>>);

/// The most that one caller sends at once. A larger item is sent alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) items: usize,
    pub(crate) bytes: usize,
}

#[derive(Debug)]
struct Shared<T, R> {
    limits: Limits,
    state: Mutex<State<T, R>>,
}

#[derive(Debug)]
struct State<T, R> {
    free_permits: usize,
    waiting: VecDeque<Waiting<T, R>>,
}

#[derive(Debug)]
struct Waiting<T, R> {
    item: T,
    bytes: usize,
    turn: oneshot::Sender<Turn<T, R>>,
}

/// The items that are sent together: that of the caller who sends them, and the others.
type Batch<T, R> = (Waiting<T, R>, Vec<Waiting<T, R>>);

/// What a caller that waited receives.
#[derive(Debug)]
enum Turn<T, R> {
    /// Another caller sent its item, with this result.
    Sent(R),
    /// It sends its item and those of others.
    Send(Permit<T, R>, T, Vec<Waiting<T, R>>),
}

/// A permit that is taken. Dropping it hands it on, so a caller that is cancelled blocks none.
#[derive(Debug)]
struct Permit<T, R>(Option<Arc<Shared<T, R>>>);

impl<T, R> Clone for Gather<T, R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T, R> Gather<T, R> {
    /// As many callers send at once as there are permits, and those that lost theirs to [`PERMIT_TIMEOUT`].
    pub(crate) fn new(permits: usize, limits: Limits) -> Self {
        let state = Mutex::new(State { free_permits: permits, waiting: VecDeque::new() });
        Self(Arc::new(Shared { limits, state }))
    }

    /// Sends an item, alone or with others, and returns its result. `send` returns the results of
    /// its items, in their order. Returns `None` if the caller that sent the item was cancelled:
    /// then it may have been sent.
    pub(crate) async fn send<F>(&self, item: T, bytes: usize, send: impl FnOnce(Vec<T>) -> F) -> Option<R>
    where
        F: Future<Output = Vec<R>>,
    {
        let (turn, reply) = oneshot::channel();
        let (permit, item, others) = match self.enter(Waiting { item, bytes, turn }) {
            Some((permit, item)) => (permit, item, Vec::new()),
            None => match reply.await.ok()? {
                Turn::Sent(result) => return Some(result),
                Turn::Send(permit, item, others) => (permit, item, others),
            },
        };
        let mut permit = Some(permit);
        let (others, turns): (Vec<_>, Vec<_>) = others.into_iter().map(|other| (other.item, other.turn)).unzip();
        let items = std::iter::once(item).chain(others).collect();
        let mut statement = pin!(send(items));
        let results = match timeout(PERMIT_TIMEOUT, &mut statement).await {
            Ok(results) => results,
            Err(_elapsed) => {
                drop(permit.take());
                statement.await
            }
        };
        let mut results = results.into_iter();
        let own = results.next();
        for (turn, result) in turns.into_iter().zip(results) {
            // Fails if the other caller was cancelled.
            let _ = turn.send(Turn::Sent(result));
        }
        drop(permit);
        own
    }

    /// Returns a permit and the item, or keeps the item until a permit is left.
    fn enter(&self, waiting: Waiting<T, R>) -> Option<(Permit<T, R>, T)> {
        let mut state = self.0.lock();
        if state.free_permits == 0 {
            state.waiting.push_back(waiting);
            return None;
        }
        state.free_permits -= 1;
        Some((Permit(Some(Arc::clone(&self.0))), waiting.item))
    }
}

impl<T, R> Shared<T, R> {
    /// Returns the items that are sent next; frees the permit if there are none.
    fn next(&self) -> Option<Batch<T, R>> {
        let mut state = self.lock();
        state.waiting.retain(|waiting| !waiting.turn.is_closed());
        let Some(first) = state.waiting.pop_front() else {
            state.free_permits += 1;
            return None;
        };
        let mut bytes = first.bytes;
        let fits = state.waiting.iter().take(self.limits.items.saturating_sub(1)).take_while(|other| {
            bytes = bytes.saturating_add(other.bytes);
            bytes <= self.limits.bytes
        });
        let others = fits.count();
        Some((first, state.waiting.drain(..others).collect()))
    }

    fn lock(&self) -> MutexGuard<'_, State<T, R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T, R> Drop for Permit<T, R> {
    fn drop(&mut self) {
        let Some(shared) = self.0.take() else { return };
        while let Some((first, others)) = shared.next() {
            let turn = Turn::Send(Permit(Some(Arc::clone(&shared))), first.item, others);
            let Err(Turn::Send(mut permit, _, others)) = first.turn.send(turn) else { return };
            // Its caller was cancelled just now: the permit is still ours.
            permit.0 = None;
            let mut state = shared.lock();
            for other in others.into_iter().rev() {
                state.waiting.push_front(other);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use futures_util::FutureExt;
    use futures_util::future::join_all;
    use tokio::sync::Semaphore;

    use super::{Gather, Limits};

    /// Sends numbers, and remembers which went together. Each flight waits for a release.
    struct Sent {
        gather: Gather<u32, u32>,
        flights: Mutex<Vec<Vec<u32>>>,
        releases: Arc<Semaphore>,
    }

    impl Sent {
        fn new(permits: usize) -> Self {
            let gather = Gather::new(permits, Limits { items: 3, bytes: 100 });
            Self { gather, flights: Mutex::default(), releases: Arc::new(Semaphore::new(0)) }
        }

        async fn send(&self, number: u32, bytes: usize) -> Option<u32> {
            let send = async |numbers: Vec<u32>| {
                self.flights.lock().unwrap().push(numbers.clone());
                self.releases.acquire().await.unwrap().forget();
                numbers.into_iter().map(|number| number * 10).collect()
            };
            self.gather.send(number, bytes, send).await
        }

        fn flights(&self) -> Vec<Vec<u32>> {
            self.flights.lock().unwrap().clone()
        }
    }

    #[tokio::test]
    async fn what_arrives_while_one_is_sent_goes_together_in_order_and_within_the_limits() {
        let sent = Sent::new(1);
        let sizes = [1, 1, 1, 1, 1, 60, 60, 101, 1];

        let all = join_all((0..9).zip(sizes).map(|(number, bytes)| sent.send(number, bytes)));
        let (results, ()) = tokio::join!(all, async { sent.releases.add_permits(10) });

        assert_eq!(results, (0..9).map(|number| Some(number * 10)).collect::<Vec<_>>());
        assert_eq!(sent.flights(), [vec![0], vec![1, 2, 3], vec![4, 5], vec![6], vec![7], vec![8]]);
    }

    #[tokio::test]
    async fn nothing_waits_for_a_permit_that_is_free() {
        let sent = Sent::new(2);

        let (mut first, mut second) = (Box::pin(sent.send(1, 1)), Box::pin(sent.send(2, 1)));
        assert!((&mut first).now_or_never().is_none() && (&mut second).now_or_never().is_none());

        assert_eq!(sent.flights(), [[1], [2]]);
    }

    #[tokio::test]
    async fn a_caller_that_waits_for_long_loses_its_permit_and_gets_its_result() {
        let gather = Gather::new(1, Limits { items: 3, bytes: 100 });
        let second_is_sent = Semaphore::new(0);

        let first = gather.send(1, 1, async |numbers| {
            second_is_sent.acquire().await.unwrap().forget();
            numbers
        });
        let second = gather.send(2, 1, async |numbers| {
            second_is_sent.add_permits(1);
            numbers
        });

        assert_eq!(tokio::join!(first, second), (Some(1), Some(2)));
    }

    #[tokio::test]
    async fn a_caller_that_is_cancelled_hands_its_permit_on_and_those_it_sent_for_learn_of_it() {
        let sent = Sent::new(1);
        let (mut first, mut second, mut third, mut fourth) = (
            Box::pin(sent.send(1, 1)),
            Box::pin(sent.send(2, 1)),
            Box::pin(sent.send(3, 1)),
            Box::pin(sent.send(4, 200)),
        );
        for call in [&mut first, &mut second, &mut third, &mut fourth] {
            assert!(call.now_or_never().is_none());
        }

        drop(first);
        assert!((&mut second).now_or_never().is_none());
        drop(second);
        sent.releases.add_permits(1);

        assert_eq!(third.await, None);
        assert_eq!(fourth.await, Some(40));
        assert_eq!(sent.flights(), [vec![1], vec![2, 3], vec![4]]);
    }

    #[tokio::test]
    async fn a_caller_that_is_cancelled_before_its_turn_is_not_sent() {
        let sent = Sent::new(1);
        let (mut first, mut second, mut third) =
            (Box::pin(sent.send(1, 1)), Box::pin(sent.send(2, 1)), Box::pin(sent.send(3, 1)));
        for call in [&mut first, &mut second, &mut third] {
            assert!(call.now_or_never().is_none());
        }
        sent.releases.add_permits(2);

        drop(second);

        assert_eq!((first.await, third.await), (Some(10), Some(30)));
        assert_eq!(sent.flights(), [[1], [3]]);
    }

    #[tokio::test]
    async fn a_turn_that_nobody_takes_passes_to_the_next() {
        let sent = Sent::new(1);
        let (mut first, mut second, mut third) =
            (Box::pin(sent.send(1, 1)), Box::pin(sent.send(2, 100)), Box::pin(sent.send(3, 1)));
        for call in [&mut first, &mut second, &mut third] {
            assert!(call.now_or_never().is_none());
        }
        sent.releases.add_permits(2);

        assert_eq!(first.await, Some(10), "the second is to send");
        drop(second);

        assert_eq!(third.await, Some(30));
        assert_eq!(sent.flights(), [[1], [3]]);
    }
}
