//! The loop: receives messages, updates the model, carries out what the update asks for, and draws.

mod console;
mod plain;
mod reach;

use std::io::{self, IsTerminal};

use service::signals::ShutdownSignals;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::ConsoleArgs;
use crate::profile::Profile;
use crate::target::TargetError;
use console::Console;

/// Why the console ended, other than on request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConsoleError {
    /// Use the command that prints.
    #[error("the console needs a terminal; use `tintype overview` to print what it shows")]
    NoTerminal,
    /// Name a database.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Lines could not be printed.
    #[error(transparent)]
    Watch(#[from] crate::cli::CommandError),
    /// The terminal is gone.
    #[error("the terminal does not respond")]
    Io(#[from] io::Error),
}

/// Shows the console until a key or a signal ends it. The database may be unreachable at times.
pub(crate) async fn run(profile: Profile, args: &ConsoleArgs) -> Result<(), ConsoleError> {
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    if !is_terminal {
        return Err(ConsoleError::NoTerminal);
    }
    if profile.recording.is_none() {
        profile.target.database_url()?;
    }
    let mut signals = ShutdownSignals::listen()?;
    let mut quit = signal(SignalKind::quit())?;
    let shown = async {
        if plain::is_wanted() {
            return Ok(plain::run(&profile).await?);
        }
        Console::open(&profile, args)?.run().await.map_err(ConsoleError::Io)
    };
    tokio::select! {
        result = shown => match result {
            // Nobody is left to read that the terminal was closed.
            Err(ConsoleError::Io(error)) if is_closed(&error) => Ok(()),
            result => result,
        },
        () = signals.recv() => Ok(()),
        _ = quit.recv() => Ok(()),
    }
}

fn is_closed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe || error.raw_os_error() == Some(nix::errno::Errno::EIO as i32)
}
