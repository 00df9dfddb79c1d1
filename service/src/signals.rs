//! The signals that stop a program: Ctrl-C, SIGTERM, and a closed terminal.

use std::{fs, future, io};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Receives the signals that mean "stop": SIGINT, SIGTERM and SIGHUP.
#[derive(Debug)]
pub struct ShutdownSignals {
    interrupt: Signal,
    terminate: Signal,
    /// `None` under `nohup`, which starts programs with SIGHUP ignored, and once it was received.
    hangup: Option<Signal>,
}

impl ShutdownSignals {
    /// Replaces the default handlers, which would end the process immediately.
    pub fn listen() -> io::Result<Self> {
        let hangup = SignalKind::hangup();
        let handle_hangup = !was_ignored(hangup);
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: handle_hangup.then(|| signal(hangup)).transpose()?,
        })
    }

    /// Waits for the next signal. A closed terminal counts once: the kernel and the shell both
    /// send SIGHUP, and the second one does not mean "force".
    pub async fn recv(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => (),
            _ = self.terminate.recv() => (),
            () = recv_optional(&mut self.hangup) => self.ignore_hangup(),
        }
    }

    /// The handler of a signal remains when its receiver is dropped, so nothing ends the process.
    fn ignore_hangup(&mut self) {
        self.hangup = None;
    }
}

async fn recv_optional(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => future::pending().await,
    }
}

/// Whether the parent process started this one with the signal ignored. Known on Linux only;
/// `false` elsewhere.
fn was_ignored(kind: SignalKind) -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| is_ignored(&status, kind))
}

/// Whether the mask of ignored signals contains the signal: bit 0 stands for signal 1.
fn is_ignored(status: &str, kind: SignalKind) -> bool {
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (kind.as_raw_value() - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use tokio::signal::unix::SignalKind;

    use super::is_ignored;

    #[test]
    fn the_mask_of_ignored_signals_is_parsed() {
        for (status, hangup, terminate) in [
            ("Name:\ttintype\nSigIgn:\t0000000000000001\nSigCgt:\t0000000000004002", true, false),
            ("SigIgn:\t0000000000005006", false, true),
            ("SigIgn:\t0000000000000000", false, false),
            ("", false, false),
        ] {
            assert_eq!(is_ignored(status, SignalKind::hangup()), hangup, "{status}");
            assert_eq!(is_ignored(status, SignalKind::terminate()), terminate, "{status}");
        }
    }
}
