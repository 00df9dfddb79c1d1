//! The loop: receives messages, updates the model, and draws it.

use std::io::{self, IsTerminal};
use std::time::Duration;

use ratatui::DefaultTerminal;
use service::signals::ShutdownSignals;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::effect::Effect;
use super::guard::TerminalGuard;
use super::message::Message;
use super::model::Model;
use super::theme::Theme;
use super::update::update;
use super::{data, input, view};
use crate::target::{Target, TargetError};

/// The number of messages that may wait for the loop.
const MESSAGE_QUEUE_LENGTH: usize = 8;

/// Why the console ended, other than on request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConsoleError {
    /// Use the command that prints.
    #[error("the console needs a terminal; use `tintype overview` to print what it shows")]
    NoTerminal,
    /// Name a database.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The task that polls the database panicked: report the bug.
    #[error("the task that polls the database has died")]
    PollerDied,
    /// The terminal is gone.
    #[error("the terminal does not respond")]
    Io(#[from] io::Error),
}

/// Shows the console until a key or a signal ends it. The database may be unreachable at times.
pub(crate) async fn run(target: Target) -> Result<(), ConsoleError> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(ConsoleError::NoTerminal);
    }
    target.database_url()?;
    let mut signals = ShutdownSignals::listen()?;
    let closed = input::closed()?;
    let mut guard = TerminalGuard::enter()?;
    tokio::select! {
        result = run_loop(target, guard.terminal()) => match result {
            Err(ConsoleError::Io(_)) if input::is_closed() => Ok(()),
            result => result,
        },
        () = signals.recv() => Ok(()),
        _ = closed => Ok(()),
    }
}

async fn run_loop(target: Target, terminal: &mut DefaultTerminal) -> Result<(), ConsoleError> {
    let theme = Theme::from_environment();
    let start = Instant::now();
    let (sender, mut messages) = mpsc::channel(MESSAGE_QUEUE_LENGTH);
    let mut tasks = JoinSet::new();
    tasks.spawn(data::poll(target, start, sender));
    let mut events = input::read_events()?;
    let mut model = Model::default();
    let mut effect = Effect::Draw;
    loop {
        match effect {
            Effect::Quit => return Ok(()),
            Effect::Draw => {
                terminal.draw(|frame| view::view(&model, theme, frame))?;
            }
            Effect::None => (),
        }
        let message = tokio::select! {
            biased;
            event = events.recv() => match event {
                Some(event) => input::translate(&event?),
                None => return Ok(()),
            },
            message = messages.recv() => Some(message.ok_or(ConsoleError::PollerDied)?),
            () = sleep_until(start + next_second(&model)), if model.is_aging() => Some(Message::Tick),
        };
        effect = message.map_or(Effect::None, |message| update(&mut model, start.elapsed(), message));
    }
}

/// When the ages on the screen change next.
fn next_second(model: &Model) -> Duration {
    Duration::from_secs(model.now().as_secs() + 1)
}
