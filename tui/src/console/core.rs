//! What the console knows, and what each message makes of it.
//!
//! Pure: no I/O and no runtime; the time is told. So every state of the screen can be
//! written down in a test.

use std::time::Duration;

use domain::overview::Overview;

/// All that the screen is drawn from.
#[derive(Debug, Default)]
pub(crate) struct Model {
    load: Load,
    now: Duration,
}

/// What is known of the service. A number that is not known cannot be shown as zero.
#[derive(Debug, Default, PartialEq)]
pub(crate) enum Load {
    /// Nothing yet: it takes a moment, or does not work.
    #[default]
    Connecting,
    /// Nothing yet, and why.
    Failing(Trouble),
    /// The newest there is.
    Live {
        /// The service.
        seen: Overview,
        /// When it was so, by the console's own clock.
        since: Duration,
    },
    /// What was last known, and why there is nothing newer.
    Stale {
        /// What was last known.
        seen: Overview,
        /// When it was so, by the console's own clock.
        since: Duration,
        /// Why there is nothing newer.
        trouble: Trouble,
    },
}

/// Why the database gives no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// In a line.
    pub(crate) why: String,
    /// How often it was tried in vain.
    pub(crate) tries: u32,
    /// When it is tried again; `None` while an answer may still come.
    pub(crate) next: Option<Duration>,
}

/// What happens to the console.
#[derive(Debug)]
pub(crate) enum Msg {
    /// The database has answered.
    Seen(Box<Overview>),
    /// It has not.
    Failed(Trouble),
    /// A key was pressed.
    Key(Key),
    /// The screen has another size.
    Resized,
    /// Time has passed.
    Tick,
}

/// A key, as far as it means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// A letter.
    Letter(char),
    /// Esc.
    Escape,
    /// Ctrl-C.
    Interrupt,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing: what can be seen is the same.
    Rest,
    /// Draw.
    Draw,
    /// End.
    Quit,
}

impl Model {
    /// What is known.
    pub(crate) fn load(&self) -> &Load {
        &self.load
    }

    /// How long the console runs.
    pub(crate) fn now(&self) -> Duration {
        self.now
    }

    /// Whether something on the screen changes with time alone.
    pub(crate) fn ages(&self) -> bool {
        match self.load {
            Load::Connecting | Load::Live { .. } => false,
            Load::Failing(_) | Load::Stale { .. } => true,
        }
    }
}

/// Takes a message in, and says what to do next.
pub(crate) fn update(model: &mut Model, now: Duration, msg: Msg) -> Step {
    let earlier = std::mem::replace(&mut model.now, now);
    match msg {
        Msg::Key(Key::Letter('q') | Key::Escape | Key::Interrupt) => Step::Quit,
        Msg::Resized => Step::Draw,
        Msg::Tick if model.ages() && now.as_secs() != earlier.as_secs() => Step::Draw,
        Msg::Key(Key::Letter(_)) | Msg::Tick => Step::Rest,
        Msg::Seen(seen) => {
            let load = Load::Live { seen: *seen, since: now };
            let step = if looks_alike(&model.load, &load) { Step::Rest } else { Step::Draw };
            model.load = load;
            step
        }
        Msg::Failed(trouble) => {
            model.load = match std::mem::take(&mut model.load) {
                Load::Connecting | Load::Failing(_) => Load::Failing(trouble),
                Load::Live { seen, since } | Load::Stale { seen, since, .. } => Load::Stale { seen, since, trouble },
            };
            Step::Draw
        }
    }
}

/// Whether two states cannot be told apart on the screen, whose clock shows seconds.
fn looks_alike(old: &Load, new: &Load) -> bool {
    match (old, new) {
        (Load::Live { seen: old, .. }, Load::Live { seen: new, .. }) => {
            old.at.timestamp() == new.at.timestamp() && Overview { at: new.at, ..old.clone() } == *new
        }
        (Load::Connecting | Load::Failing(_) | Load::Live { .. } | Load::Stale { .. }, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta};
    use domain::overview::{Overview, Queue};

    use super::{Key, Load, Model, Msg, Step, Trouble, update};

    fn seen(queued: i64, ms: i64) -> Overview {
        let at = DateTime::UNIX_EPOCH + TimeDelta::milliseconds(ms);
        Overview { at, queue: Queue { queued, ..Queue::default() }, ..Overview::default() }
    }

    fn trouble(tries: u32) -> Trouble {
        Trouble { why: "connection refused".to_owned(), tries, next: Some(s(9)) }
    }

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn only_q_esc_and_ctrl_c_quit() {
        for (key, step) in [
            (Key::Letter('q'), Step::Quit),
            (Key::Escape, Step::Quit),
            (Key::Interrupt, Step::Quit),
            (Key::Letter('x'), Step::Rest),
        ] {
            assert_eq!(update(&mut Model::default(), s(1), Msg::Key(key)), step, "{key:?}");
        }
    }

    #[test]
    fn only_what_can_be_seen_is_drawn() {
        let mut model = Model::default();

        for (overview, step) in [
            (seen(1, 0), Step::Draw),
            (seen(1, 400), Step::Rest),
            (seen(2, 500), Step::Draw),
            (seen(2, 1_000), Step::Draw),
        ] {
            assert_eq!(update(&mut model, s(1), Msg::Seen(Box::new(overview))), step);
        }
    }

    #[test]
    fn a_failure_keeps_what_was_known_and_since_when() {
        let mut model = Model::default();
        update(&mut model, s(5), Msg::Seen(Box::new(seen(3, 0))));

        update(&mut model, s(6), Msg::Resized);
        update(&mut model, s(8), Msg::Failed(trouble(1)));
        update(&mut model, s(12), Msg::Failed(trouble(2)));

        assert_eq!(*model.load(), Load::Stale { seen: seen(3, 0), since: s(5), trouble: trouble(2) });
    }

    #[test]
    fn before_the_first_answer_a_failure_knows_nothing() {
        let mut model = Model::default();

        update(&mut model, s(3), Msg::Failed(trouble(1)));

        assert_eq!(*model.load(), Load::Failing(trouble(1)));
    }

    #[test]
    fn an_answer_ends_every_trouble() {
        let mut model = Model::default();
        update(&mut model, s(1), Msg::Seen(Box::new(seen(1, 0))));
        update(&mut model, s(4), Msg::Failed(trouble(1)));

        let step = update(&mut model, s(5), Msg::Seen(Box::new(seen(1, 0))));

        assert_eq!((step, model.load()), (Step::Draw, &Load::Live { seen: seen(1, 0), since: s(5) }));
    }

    #[test]
    fn time_alone_draws_only_ages() {
        let mut live = Model::default();
        update(&mut live, s(1), Msg::Seen(Box::new(seen(1, 0))));
        let mut failing = Model::default();
        update(&mut failing, s(1), Msg::Failed(trouble(1)));

        assert_eq!(update(&mut live, s(2), Msg::Tick), Step::Rest);
        assert_eq!(update(&mut failing, Duration::from_millis(1_900), Msg::Tick), Step::Rest);
        assert_eq!(update(&mut failing, s(2), Msg::Tick), Step::Draw);
    }
}
