//! Events: what the operator and the terminal send, and the signals that concern the terminal.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use nix::sys::signal::{Signal as Name, kill};
use nix::unistd::{Pid, getpgrp, getsid};
use tokio::net::unix::pipe;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::capabilities::Capabilities;
use super::decode::{Decoder, Event};
use super::options::Options;
use super::shared::Shared;
use super::{guard, tty};
use crate::console::core::input::Input;

/// How many inputs may wait for the loop.
const QUEUE: usize = 64;

/// How much is read at once.
const CHUNK: usize = 4_096;

/// Starts to read. The last input is that the terminal was closed.
pub(super) fn start(
    options: &Options,
    shared: &Arc<Shared>,
    capabilities: watch::Sender<Capabilities>,
    tasks: &mut JoinSet<()>,
) -> io::Result<mpsc::Receiver<Input>> {
    let (out, inputs) = mpsc::channel(QUEUE);
    let mut decoder = Decoder::new(options.hold());
    if options.may_ask {
        decoder.expect_response();
    }
    let reader = Reader {
        terminal: pipe::Receiver::from_file_unchecked(tty::open(&io::stdin())?)?,
        decoder,
        start: Instant::now(),
        resized: signal(SignalKind::window_change())?,
        stopped: signal(SignalKind::from_raw(Name::SIGTSTP as i32))?,
        continued: signal(SignalKind::from_raw(Name::SIGCONT as i32))?,
        shared: Arc::clone(shared),
        capabilities,
        out,
    };
    tasks.spawn(reader.run());
    Ok(inputs)
}

/// Stops the group of this process as a shell stops a job, so that the shell has the terminal.
pub(super) fn stop_group() -> Result<(), &'static str> {
    if !has_shell() {
        return Err("there is no shell to return to");
    }
    kill(Pid::from_raw(0), Name::SIGTSTP).map_err(|_| "the shell cannot be returned to")
}

/// Whether a shell can continue this process. It cannot in the group of the session's leader, such as the program of a
/// window of tmux.
fn has_shell() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}

struct Reader {
    terminal: pipe::Receiver,
    decoder: Decoder,
    start: Instant,
    resized: Signal,
    stopped: Signal,
    continued: Signal,
    shared: Arc<Shared>,
    capabilities: watch::Sender<Capabilities>,
    out: mpsc::Sender<Input>,
}

impl Reader {
    /// Reads until the terminal is closed, or nobody listens.
    async fn run(mut self) {
        let mut buffer = vec![0; CHUNK];
        loop {
            let held = self.decoder.deadline().map(|at| self.start + at);
            let sent = tokio::select! {
                biased;
                read = read(&self.terminal, &mut buffer) => {
                    let Ok(length @ 1..) = read else {
                        drop(self.out.send(Input::Closed).await);
                        return;
                    };
                    let events = self.decoder.feed(buffer.get(..length).unwrap_or_default(), self.start.elapsed());
                    self.handle(events).await
                }
                () = until(held) => {
                    let events = self.decoder.tick(self.start.elapsed());
                    self.handle(events).await
                }
                _ = self.resized.recv() => self.send_size().await,
                _ = self.stopped.recv() => self.stop().await,
                _ = self.continued.recv() => self.take_back().await,
            };
            if !sent {
                return;
            }
        }
    }

    async fn handle(&mut self, events: Vec<Event>) -> bool {
        for event in events {
            let is_sent = match event {
                Event::Input(input) => self.out.send(input).await.is_ok(),
                Event::Response(response) => {
                    self.capabilities.send_modify(|capabilities| capabilities.add(&response));
                    // Once the last response is here, the console may look different.
                    !self.capabilities.borrow().is_complete || self.send_size().await
                }
            };
            if !is_sent {
                return false;
            }
        }
        true
    }

    async fn send_size(&self) -> bool {
        let (columns, lines) = tty::size();
        self.out.send(Input::Resize(columns, lines)).await.is_ok()
    }

    /// Leaves the terminal to the shell until the process is continued.
    async fn stop(&mut self) -> bool {
        if !has_shell() {
            return true;
        }
        self.shared.is_suspended.store(true, Ordering::Relaxed);
        guard::leave();
        // The default of SIGTSTP cannot be restored, so the signal that has no handler stops the group.
        let _stopped = kill(Pid::from_raw(0), Name::SIGSTOP);
        self.continued.recv().await;
        self.take_back().await
    }

    /// The process was continued: the shell has changed the terminal.
    async fn take_back(&self) -> bool {
        guard::enter();
        self.shared.must_clear.store(true, Ordering::Relaxed);
        self.shared.is_suspended.store(false, Ordering::Relaxed);
        self.send_size().await
    }
}

async fn read(terminal: &pipe::Receiver, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        terminal.readable().await?;
        match terminal.try_read(buffer) {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            result => return result,
        }
    }
}

/// Waits until then, or for ever.
async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
