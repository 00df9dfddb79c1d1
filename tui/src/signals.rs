//! What tells a program that runs on to stop: Ctrl-C, SIGTERM, a terminal that is closed.

use std::{fs, future, io};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that mean: stop.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// None under `nohup`, which asks that a closed terminal mean nothing.
    hangup: Option<Signal>,
}

impl Signals {
    /// Takes the signals over from the system, which would end the process at once.
    pub(crate) fn listen() -> io::Result<Self> {
        let hangup = SignalKind::hangup();
        let heeded = !was_ignored(hangup);
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: heeded.then(|| signal(hangup)).transpose()?,
        })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => (),
            _ = self.terminate.recv() => (),
            () = heard(self.hangup.as_mut()) => (),
        }
    }
}

async fn heard(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => future::pending().await,
    }
}

/// Whether who started us had the signal ignored. Only Linux tells.
fn was_ignored(kind: SignalKind) -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores(&status, kind))
}

/// Whether the line of ignored signals names it: a bit each, the first for signal 1.
fn ignores(status: &str, kind: SignalKind) -> bool {
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (kind.as_raw_value() - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use tokio::signal::unix::SignalKind;

    use super::ignores;

    #[test]
    fn the_mask_of_ignored_signals_is_read() {
        for (status, hangup, terminate) in [
            ("Name:\ttintype\nSigIgn:\t0000000000000001\nSigCgt:\t0000000000004002", true, false),
            ("SigIgn:\t0000000000005006", false, true),
            ("SigIgn:\t0000000000000000", false, false),
            ("", false, false),
        ] {
            assert_eq!(ignores(status, SignalKind::hangup()), hangup, "{status}");
            assert_eq!(ignores(status, SignalKind::terminate()), terminate, "{status}");
        }
    }
}
