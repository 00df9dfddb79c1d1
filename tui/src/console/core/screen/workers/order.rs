//! The order of workers.

use std::cmp::{Ordering, Reverse};

use domain::worker::{Worker, WorkerState};

/// What the workers are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Order {
    /// Those in trouble first.
    #[default]
    Trouble,
    /// By name.
    Name,
    /// Those that hold most leases first.
    Busy,
    /// Those that use most memory first.
    Memory,
    /// Those that fail most first.
    Failing,
}

impl Order {
    /// The next one.
    pub(super) fn next(self) -> Self {
        match self {
            Self::Trouble => Self::Name,
            Self::Name => Self::Busy,
            Self::Busy => Self::Memory,
            Self::Memory => Self::Failing,
            Self::Failing => Self::Trouble,
        }
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Trouble => "trouble first",
            Self::Name => "name",
            Self::Busy => "busiest first",
            Self::Memory => "most memory first",
            Self::Failing => "most failures first",
        }
    }

    /// Sorts workers.
    pub(super) fn sort(self, workers: &mut [Worker]) {
        workers.sort_by(|a, b| self.compare(a, b).then_with(|| (&a.name, a.id).cmp(&(&b.name, b.id))));
    }

    fn compare(self, a: &Worker, b: &Worker) -> Ordering {
        match self {
            Self::Trouble => trouble(a).cmp(&trouble(b)),
            Self::Name => Ordering::Equal,
            Self::Busy => b.busy.cmp(&a.busy),
            Self::Memory => b.memory_bytes.cmp(&a.memory_bytes),
            Self::Failing => b.failed_1m.cmp(&a.failed_1m),
        }
    }
}

/// The worst state first; of lost workers, those that hold leases.
fn trouble(worker: &Worker) -> (WorkerState, Reverse<i64>) {
    let leases = if worker.state == WorkerState::Lost { worker.busy } else { 0 };
    (worker.state, Reverse(leases))
}

#[cfg(test)]
mod tests {
    use super::Order;
    use crate::fleet_text::tests::fleet;

    #[test]
    fn every_order_is_reached_and_puts_its_first_worker_first() {
        let mut order = Order::Trouble;
        for (expected, first) in [
            (Order::Trouble, "w-12"),
            (Order::Name, "w-01"),
            (Order::Busy, "w-01"),
            (Order::Memory, "w-09"),
            (Order::Failing, "w-02"),
        ] {
            let mut workers = fleet().workers;
            order.sort(&mut workers);
            assert_eq!((order, workers[0].name.as_str()), (expected, first));
            order = order.next();
        }
        assert_eq!(order, Order::Trouble);
    }
}
