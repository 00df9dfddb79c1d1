//! The clocks and bounds of connections. Constants, because they follow from what clients need.

use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit};

/// How long a connection may take from its first byte, or from being opened, to the end of the head
/// of a request. A head is a few hundred bytes.
const HEAD: Duration = Duration::from_secs(10);

/// How long a connection may be idle between two requests: as long as common reverse proxies keep
/// theirs, which then close first.
const IDLE: Duration = Duration::from_mins(1);

/// How long a body may pause. Also the time in which it need not keep to [`BODY_RATE`].
const BODY: Duration = Duration::from_secs(30);

/// The least that a body must bring per second after that, on average: a quarter of a megabit. The
/// largest body, 24 MiB, then takes at most 13 minutes.
const BODY_RATE: u64 = 32 * 1024;

/// How long a response may wait for a client that reads nothing.
const WRITE: Duration = Duration::from_mins(1);

/// How long a response may take from its head to its end: 50 MB at 85 kB/s.
const RESPONSE: Duration = Duration::from_mins(10);

/// How long requests in progress may take after the server has stopped to accept connections.
const DRAIN: Duration = Duration::from_secs(30);

/// How many connections there are at most, if open files allow it: at worst about 250 KB each, half of it
/// in the kernel.
const MAX_CONNECTIONS: u64 = 4096;

/// Open files that are not connections of clients: those of the database, logs, the runtime.
const OTHER_FILES: u64 = 128;

/// The clocks and bounds of a server's connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many connections are served at once.
    pub connections: usize,
    /// How long the head of a request may take.
    pub head: Duration,
    /// How long a connection may be idle between requests.
    pub idle: Duration,
    /// How long the body of a request may pause.
    pub body: Duration,
    /// How many bytes per second the body of a request brings at least, on average.
    pub body_rate: u64,
    /// How long a response may wait for a client that does not read.
    pub write: Duration,
    /// How long a response may take.
    pub response: Duration,
    /// How long requests in progress may take after the server has stopped to accept connections.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: max_connections(None),
            head: HEAD,
            idle: IDLE,
            body: BODY,
            body_rate: BODY_RATE,
            write: WRITE,
            response: RESPONSE,
            drain: DRAIN,
        }
    }
}

impl Limits {
    /// The limits of a connection beyond [`connections`](Self::connections): it sends one request at
    /// once, or makes room for another.
    pub(super) fn reserved(self) -> Self {
        let short = Duration::from_secs(2);
        let bounded = |limit: Duration| limit.min(short);
        Self {
            head: bounded(self.head),
            idle: bounded(self.idle),
            body: bounded(self.body),
            write: bounded(self.write),
            response: self.response.min(short * 5),
            ..self
        }
    }
}

/// Returns how many connections a process may serve: as many as were asked for, or a default, if the
/// limit of open files allows it. Logs when it does not.
pub fn max_connections(wanted: Option<u32>) -> usize {
    let files = getrlimit(Resource::RLIMIT_NOFILE).map_or(1024, |(soft, _)| soft);
    let connections = connections_within(files, wanted.map(u64::from));
    if wanted.is_some_and(|wanted| u64::from(wanted) > connections) {
        tracing::warn!("the limit of {files} open files allows {connections} connections; raise it for more");
    }
    usize::try_from(connections).unwrap_or(usize::MAX)
}

/// Leaves files for everything else; if there are very few, half of them.
fn connections_within(files: u64, wanted: Option<u64>) -> u64 {
    let available = files.saturating_sub(OTHER_FILES).max(files / 2);
    wanted.unwrap_or(MAX_CONNECTIONS).min(available).max(1)
}

#[cfg(test)]
mod tests {
    use super::connections_within;

    #[test]
    fn connections_leave_open_files_for_everything_else() {
        for (files, wanted, expected) in [
            (1024, None, 896),
            (1_000_000, None, 4096),
            (1_000_000, Some(10_000), 10_000),
            (1024, Some(10_000), 896),
            (1024, Some(10), 10),
            (128, None, 64),
            (0, None, 1),
            (u64::MAX, Some(u64::from(u32::MAX)), u64::from(u32::MAX)),
        ] {
            assert_eq!(connections_within(files, wanted), expected, "{files} {wanted:?}");
        }
    }
}
