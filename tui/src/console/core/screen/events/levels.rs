//! Which levels are shown.

use domain::event::EventLevel;

use crate::console::core::action::Action;

/// All levels, in the order in which they are shown.
pub(crate) const ALL: [EventLevel; 4] = [EventLevel::Error, EventLevel::Warning, EventLevel::Info, EventLevel::Audit];

/// The levels that are hidden.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Levels {
    hidden: Vec<EventLevel>,
}

impl Levels {
    /// Whether a level is shown.
    pub(crate) fn shows(&self, level: EventLevel) -> bool {
        !self.hidden.contains(&level)
    }

    /// Shows or hides a level. At least one is shown.
    pub(super) fn toggle(&mut self, level: EventLevel) {
        if self.shows(level) {
            self.hidden.push(level);
        } else {
            self.hidden.retain(|hidden| *hidden != level);
        }
        if self.hidden.len() == ALL.len() {
            self.hidden.clear();
        }
    }

    /// The levels to read, of those that a filter names. None: all.
    pub(super) fn of(&self, named: &[EventLevel]) -> Vec<EventLevel> {
        if self.hidden.is_empty() {
            return named.to_vec();
        }
        let is_named = |level: &EventLevel| named.is_empty() || named.contains(level);
        let shown: Vec<EventLevel> = ALL.into_iter().filter(|level| self.shows(*level) && is_named(level)).collect();
        // The filter names only levels that are hidden: it was written later.
        if shown.is_empty() { named.to_vec() } else { shown }
    }
}

/// The level that an action shows or hides.
pub(super) fn level(action: Action) -> Option<EventLevel> {
    match action {
        Action::Info => Some(EventLevel::Info),
        Action::Warning => Some(EventLevel::Warning),
        Action::Error => Some(EventLevel::Error),
        Action::Audit => Some(EventLevel::Audit),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::event::EventLevel::{Audit, Error, Info, Warning};

    use super::Levels;

    #[test]
    fn levels_that_are_hidden_are_not_read_and_one_is_always_shown() {
        let mut levels = Levels::default();
        assert!(levels.of(&[]).is_empty(), "all");
        levels.toggle(Info);
        assert_eq!(levels.of(&[]), [Error, Warning, Audit]);
        assert_eq!(levels.of(&[Error, Info]), [Error]);
        assert_eq!(levels.of(&[Info]), [Info]);
        for level in [Error, Warning, Audit] {
            levels.toggle(level);
        }
        assert_eq!(levels, Levels::default());
    }
}
