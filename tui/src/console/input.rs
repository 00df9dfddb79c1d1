//! Input: events of the terminal, translated to messages.

use std::os::fd::AsFd;
use std::{io, thread};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use tokio::sync::{mpsc, oneshot};

use super::keys::Key;
use super::message::Message;

/// The number of events that may wait for the loop.
const EVENT_QUEUE_LENGTH: usize = 8;

/// Reads events on a thread of its own, which ends with the process: on a terminal that is
/// closed, crossterm (0.29) reads forever without returning. See [`closed`].
pub(super) fn read_events() -> io::Result<mpsc::Receiver<io::Result<Event>>> {
    let (sender, events) = mpsc::channel(EVENT_QUEUE_LENGTH);
    thread::Builder::new().name("input".to_owned()).spawn(
        move || {
            while sender.blocking_send(event::read()).is_ok() {}
        },
    )?;
    Ok(events)
}

/// Completes when the terminal is closed. SIGHUP may not tell: it can be ignored, and not every
/// program that provides a terminal sends it.
pub(super) fn closed() -> io::Result<oneshot::Receiver<()>> {
    let (sender, closed) = oneshot::channel();
    thread::Builder::new().name("terminal".to_owned()).spawn(move || {
        let stdin = io::stdin();
        // Without a flag, only errors and the end are waited for.
        let mut terminal = [PollFd::new(stdin.as_fd(), PollFlags::empty())];
        while poll(&mut terminal, PollTimeout::NONE) == Err(Errno::EINTR) {}
        let _nobody_waits = sender.send(());
    })?;
    Ok(closed)
}

/// Whether the terminal is closed.
pub(super) fn is_closed() -> bool {
    let stdin = io::stdin();
    let mut terminal = [PollFd::new(stdin.as_fd(), PollFlags::empty())];
    poll(&mut terminal, PollTimeout::ZERO).is_ok_and(|events| events > 0)
}

/// Translates an event, unless the console ignores it.
pub(super) fn translate(event: &Event) -> Option<Message> {
    match event {
        Event::Key(event) => key(event).map(Message::Key),
        Event::Resize(..) => Some(Message::Resized),
        Event::FocusGained | Event::FocusLost | Event::Mouse(_) | Event::Paste(_) => None,
    }
}

fn key(KeyEvent { code, kind, modifiers, .. }: &KeyEvent) -> Option<Key> {
    if *kind == KeyEventKind::Release {
        return None;
    }
    if *code == KeyCode::Char('c') && modifiers.contains(KeyModifiers::CONTROL) {
        return Some(Key::Interrupt);
    }
    if *code == KeyCode::Esc {
        return Some(Key::Escape);
    }
    code.as_char().map(Key::Char)
}
