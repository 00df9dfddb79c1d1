//! Updates about changes: unlocking, confirming, and what became of them.

use std::time::Duration;

use super::apply::say;
use crate::console::core::access::{UNLOCKED_FOR, WriteAccess};
use crate::console::core::command::Command;
use crate::console::core::draft::Draft;
use crate::console::core::log::Entry;
use crate::console::core::model::Model;
use crate::console::core::overlay::Overlay;
use crate::console::core::write::Report;

/// Locks changes, or asks for the word that unlocks them.
pub(super) fn toggle(model: &mut Model) -> Vec<Command> {
    if model.access.is_open() {
        return lock(model, "changes are locked");
    }
    // Everything but the lock itself must allow it.
    model.access = WriteAccess::Unlocked(model.now);
    let refusal = model.refusal();
    model.access = WriteAccess::Locked;
    match refusal {
        Some(refusal) => vec![Command::Say(refusal)],
        None => vec![Command::Draft(Draft::Unlock { word: model.environment.confirm_word.clone() })],
    }
}

/// Opens the connection for changes.
pub(super) fn unlock(model: &mut Model) -> Vec<Command> {
    model.access = WriteAccess::Opening;
    vec![Command::OpenWrites]
}

/// The connection for changes was opened, or was not.
pub(super) fn opened(model: &mut Model, result: Result<(), String>) -> Vec<Command> {
    match result {
        Ok(()) if model.access == WriteAccess::Opening => {
            model.access = WriteAccess::Unlocked(model.now + UNLOCKED_FOR);
            vec![Command::Say("Changes are unlocked for 10 minutes. W locks them.".to_owned())]
        }
        Ok(()) => vec![Command::CloseWrites],
        Err(reason) => {
            model.access = WriteAccess::Locked;
            vec![Command::Say(format!("Changes stay locked: {reason}"))]
        }
    }
}

/// Locks changes.
pub(super) fn lock(model: &mut Model, reason: &str) -> Vec<Command> {
    model.access = WriteAccess::Locked;
    model.overlays.retain(|overlay| !matches!(overlay, Overlay::Confirm(_)));
    say(model, reason.to_owned());
    vec![Command::CloseWrites]
}

/// Makes the change that was confirmed, if it may still be made.
pub(super) fn confirmed(model: &mut Model) -> Vec<Command> {
    let refusal = model.refusal();
    let (Some(Overlay::Confirm(confirm)), refusal) = (model.overlays.pop(), refusal) else { return Vec::new() };
    if let Some(refusal) = refusal {
        return vec![Command::Say(refusal)];
    }
    let id = model.next_write;
    model.next_write += 1;
    model.writing.push((id, confirm.write.command_line()));
    vec![Command::Say(format!("{} …", confirm.write.title())), Command::Write(id, confirm.write)]
}

/// A change was made, or was not.
pub(super) fn written(model: &mut Model, id: u64, result: Result<Report, String>, took: Duration) -> Vec<Command> {
    let Some(at) = model.writing.iter().position(|(written, _)| *written == id) else { return Vec::new() };
    let (_, command_line) = model.writing.remove(at);
    let text = match &result {
        Ok(report) => report.summary.clone(),
        Err(reason) => format!("Nothing was changed: {reason}"),
    };
    let (outcome, secret) = match result {
        Ok(report) => (Ok(report.summary), report.secret),
        Err(reason) => (Err(reason), None),
    };
    if let Some(secret) = secret {
        model.overlays.push(Overlay::Secret(secret, model.now));
    }
    model.log.push(Entry { command_line, outcome, took, at: model.now });
    vec![Command::Say(text), Command::Refresh]
}
