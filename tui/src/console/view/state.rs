//! What a screen says while it has nothing to show: the same words everywhere.

use std::time::Duration;

use ratatui::layout::Rect;

use crate::console::core::load::{Load, LoadState};
use crate::console::theme::Role;
use crate::console::widget::{Canvas, Cell, wrap};

/// A query that takes longer than this is mentioned.
const MENTIONED_AFTER: Duration = Duration::from_millis(150);

/// A query that takes longer than this can be left.
const SLOW_AFTER: Duration = Duration::from_secs(1);

/// The words of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words<'a> {
    /// What it lists, such as `jobs`.
    pub(crate) things: &'a str,
    /// The filter; empty if there is none.
    pub(crate) filter: &'a str,
    /// What to say if there is nothing, and no filter: what will appear, and when.
    pub(crate) nothing: &'a str,
}

/// How reading goes, for the title of a pane: nothing while it is quick.
pub(crate) fn progress<T>(load: &Load<T>, now: Duration) -> Cell<'static> {
    match load.state() {
        LoadState::Loading(since) => {
            let took = now.saturating_sub(*since);
            let text = format!("reading for {}.{} s", took.as_secs(), took.subsec_millis() / 100);
            match took {
                _ if took < MENTIONED_AFTER => Cell::default(),
                _ if took < SLOW_AFTER => Cell::label(text),
                _ => Cell::new(format!("{text}, limit 1.5 s"), Role::Warning),
            }
        }
        LoadState::Failed(_) if load.data().is_some() => {
            let age = load.at().map(|at| now.saturating_sub(at).as_secs()).unwrap_or_default();
            Cell::new(format!("{age}s old: the last reading failed, r reads again"), Role::Warning)
        }
        LoadState::Idle | LoadState::Failed(_) => Cell::default(),
    }
}

/// Draws what stands in the place of rows, if there are none, and returns whether there are none.
pub(crate) fn placeholder<T>(canvas: &mut Canvas, area: Rect, load: &Load<T>, len: usize, words: &Words) -> bool {
    let (text, role) = match (load.data(), load.failure()) {
        (Some(_), _) if len > 0 => return false,
        (Some(_), _) if words.filter.is_empty() => (words.nothing.to_owned(), Role::Label),
        (Some(_), _) => (format!("No {} match  {}  Esc clears the filter.", words.things, words.filter), Role::Text),
        (None, Some(reason)) => (format!("{} {reason}  r reads again.", canvas.glyphs.bad), Role::Bad),
        (None, None) => (format!("{} reading {}", canvas.glyphs.ellipsis, words.things), Role::Label),
    };
    for (row, line) in area.rows().zip(wrap(&text, area.width)) {
        canvas.text(row, &line, role);
    }
    true
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Load, Words, placeholder, progress};
    use crate::console::widget::testing::draw;

    const WORDS: Words = Words { things: "jobs", filter: "", nothing: "No job was submitted yet." };

    fn said(load: &Load<u8>, len: usize, words: &Words) -> String {
        draw(60, 2, |canvas, area| {
            placeholder(canvas, area, load, len, words);
        })
        .trim_end()
        .to_owned()
    }

    #[test]
    fn nothing_unknown_and_failed_are_said_differently() {
        let mut load = Load::default();
        assert_eq!(said(&load, 0, &WORDS), "… reading jobs");
        load.failed("permission denied for table ledger.".to_owned());
        assert_eq!(said(&load, 0, &WORDS), "✗ permission denied for table ledger.  r reads again.");
        load.arrived(Duration::ZERO, 7);
        assert_eq!(said(&load, 0, &WORDS), "No job was submitted yet.");
        let filtered = Words { filter: "status:failed", ..WORDS };
        assert_eq!(said(&load, 0, &filtered), "No jobs match  status:failed  Esc clears the filter.");
        assert_eq!(said(&load, 1, &filtered), "");
    }

    #[test]
    fn a_quick_query_is_not_mentioned() {
        let mut load: Load<u8> = Load::default();
        load.arrived(Duration::from_secs(3), 7);
        load.asked(Duration::from_secs(5));
        for (ms, text) in [(5_149, ""), (5_400, "reading for 0.4 s"), (6_200, "reading for 1.2 s, limit 1.5 s")] {
            assert_eq!(progress(&load, Duration::from_millis(ms)).text, text);
        }
        load.failed("timeout".to_owned());
        let text = "12s old: the last reading failed, r reads again";
        assert_eq!(progress(&load, Duration::from_secs(15)).text, text);
    }
}
