//! Which actions move a cursor.

use super::action::Action;
use super::list::Step;

/// How an action moves the cursor of a list, if it does.
pub(crate) fn step(action: Action) -> Option<Step> {
    match action {
        Action::Up => Some(Step::Up),
        Action::Down => Some(Step::Down),
        Action::PageUp => Some(Step::PageUp),
        Action::PageDown => Some(Step::PageDown),
        Action::Home => Some(Step::Home),
        Action::End => Some(Step::End),
        _ => None,
    }
}
