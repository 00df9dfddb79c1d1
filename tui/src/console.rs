//! The console: how the service stands, live.
//!
//! ```text
//!  keys, sizes ──► Msg ─┐            ┌─ Msg ◄── data: asks the database
//!                       ▼            ▼
//!                  update(Model, Msg) ──► view(Model) ──► the screen
//! ```
//! `core` decides and `view` draws, both without I/O, clock or runtime; `data` asks. This
//! loop carries messages between them, waits for nothing else, and draws only when
//! something that can be seen has changed.

mod core;
mod data;
mod theme;
mod view;
mod widget;

use std::io::{self, IsTerminal};
use std::time::Duration;

use crossterm::event::{Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures_util::StreamExt;
use ratatui::DefaultTerminal;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::database::{DatabaseError, Source};
use crate::signals::Signals;

use self::core::{Key, Model, Msg, Step, update};
use self::theme::Theme;

/// Why the console ends, other than by a key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConsoleError {
    /// Use the command that prints.
    #[error("the console needs a terminal; `tintype overview` prints what it shows")]
    NoTerminal,
    /// Say which database is meant.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Who asks the database has died: a defect.
    #[error("the console can no longer ask the database")]
    Deaf,
    /// The terminal is gone.
    #[error("the terminal does not answer")]
    Io(#[from] io::Error),
}

/// The terminal in the state that drawing takes, put back however this ends; when it is a
/// panic, by the hook that `try_init` sets.
struct Screen(DefaultTerminal);

impl Screen {
    fn open() -> io::Result<Self> {
        ratatui::try_init().map(Self)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

/// Shows the console until a key or a signal ends it. The database may come and go.
pub(crate) async fn run(source: Source) -> Result<(), ConsoleError> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(ConsoleError::NoTerminal);
    }
    source.url()?;
    let mut signals = Signals::listen()?;
    let mut screen = Screen::open()?;
    tokio::select! {
        ended = show(source, &mut screen) => ended,
        () = signals.next() => Ok(()),
    }
}

async fn show(source: Source, Screen(terminal): &mut Screen) -> Result<(), ConsoleError> {
    let theme = Theme::of_environment();
    let start = Instant::now();
    let (tell, mut told) = mpsc::channel(8);
    let mut asking = JoinSet::new();
    asking.spawn(data::ask(source, start, tell));
    let mut events = EventStream::new();
    let mut model = Model::default();
    let mut step = Step::Draw;
    loop {
        match step {
            Step::Quit => return Ok(()),
            Step::Draw => {
                terminal.draw(|frame| view::view(&model, theme, frame))?;
            }
            Step::Rest => (),
        }
        let msg = tokio::select! {
            biased;
            event = events.next() => match event {
                Some(event) => translate(&event?),
                None => return Ok(()),
            },
            msg = told.recv() => Some(msg.ok_or(ConsoleError::Deaf)?),
            () = sleep_until(start + next_second(&model)), if model.ages() => Some(Msg::Tick),
        };
        step = msg.map_or(Step::Rest, |msg| update(&mut model, start.elapsed(), msg));
    }
}

/// When the ages on the screen are a second older.
fn next_second(model: &Model) -> Duration {
    Duration::from_secs(model.now().as_secs() + 1)
}

/// What an event of the terminal means, if anything.
fn translate(event: &Event) -> Option<Msg> {
    match event {
        Event::Key(KeyEvent { kind: KeyEventKind::Release, .. }) => None,
        Event::Key(KeyEvent { code: KeyCode::Char('c'), modifiers, .. })
            if modifiers.contains(KeyModifiers::CONTROL) =>
        {
            Some(Msg::Key(Key::Interrupt))
        }
        Event::Key(KeyEvent { code: KeyCode::Char(letter), .. }) => Some(Msg::Key(Key::Letter(*letter))),
        Event::Key(KeyEvent { code: KeyCode::Esc, .. }) => Some(Msg::Key(Key::Escape)),
        Event::Resize(..) => Some(Msg::Resized),
        Event::Key(_) | Event::FocusGained | Event::FocusLost | Event::Mouse(_) | Event::Paste(_) => None,
    }
}
