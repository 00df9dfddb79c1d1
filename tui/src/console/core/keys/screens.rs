//! The keys of single screens.

use super::binding::{Binding, char};
use crate::console::core::action::Action;
use crate::console::core::input::Key;
use crate::console::core::route::Screen;

/// The keys that a screen has for itself.
pub(crate) fn of_screen(screen: Screen) -> &'static [Binding] {
    match screen {
        Screen::Overview => OVERVIEW,
        Screen::Jobs => JOBS,
        Screen::Job => JOB,
        Screen::Workers => WORKERS,
        Screen::Accounts => ACCOUNTS,
        Screen::Account => ACCOUNT,
        Screen::Keys => KEYS,
        Screen::Expiries => EXPIRIES,
        Screen::Events => EVENTS,
    }
}

const FILTER: Binding = Binding::look(&[char('/')], Action::Filter, "filter", "Edit the filter", 2);
const TIME: Binding = Binding::look(&[char('@')], Action::Time, "time", "Go to a time: 14:32, -2h, now", 5);
const SORT: Binding =
    Binding::look(&[char('s')], Action::Sort, "sort", "Sort by the next order that an index serves", 5);
const TO_ACCOUNT: Binding = Binding::look(&[char('a')], Action::Account, "account", "Go to the account", 4);
const TO_KEY: Binding = Binding::look(&[char('p')], Action::Key, "key", "Go to the API key", 6);
const TO_WORKER: Binding = Binding::look(&[char('w')], Action::Worker, "worker", "Go to the worker", 5);
const TO_JOBS: Binding = Binding::look(&[char('b')], Action::Jobs, "jobs", "Go to the jobs of the row", 3);
const MARK: Binding = Binding::look(&[char(' ')], Action::Mark, "mark", "Mark the row, or remove its mark", 3);
const RANGE: Binding =
    Binding::look(&[char('v')], Action::MarkRange, "range", "Mark the rows from the last mark to here", 7);
const ALL: Binding =
    Binding::look(&[char('V')], Action::SelectAll, "all", "Select everything that the filter matches", 5);
const UNMARK: Binding = Binding::look(&[char('u')], Action::Unmark, "unmark", "Remove the marks", 8);
const VIEW: Binding = Binding::look(&[char('o')], Action::View, "view", "Open the result in a viewer", 4);
const SAVE: Binding = Binding::look(&[char('d')], Action::Save, "save", "Save the result to a file", 5);
const IMAGE: Binding = Binding::look(&[char('i')], Action::Image, "image", "Show the preview in another way", 6);
const PREVIOUS: Binding = Binding::look(&[char('[')], Action::Previous, "previous", "Go to the row before", 6);
const NEXT: Binding = Binding::look(&[char(']')], Action::Next, "next", "Go to the row behind", 6);
const SCROLL_UP: Binding = Binding::look(&[Key::ctrl('y')], Action::ScrollUp, "scroll", "Scroll the detail back", 9);
const SCROLL_DOWN: Binding = Binding::look(&[Key::ctrl('e')], Action::ScrollDown, "scroll", "Scroll the detail on", 9);
const RETRY: Binding = Binding::write(&[char('R')], Action::Retry, "retry", "Submit failed jobs again, as new ones", 3);
const CANCEL: Binding =
    Binding::write(&[char('X')], Action::Cancel, "cancel", "Cancel unfinished jobs, and refund them", 4);
const EXTEND: Binding = Binding::write(&[char('E')], Action::Extend, "extend", "Keep results for longer", 4);
const DELETE: Binding = Binding::write(&[char('D')], Action::Delete, "delete", "Delete the result now", 6);
const LIMIT: Binding = Binding::write(&[char('T')], Action::Limit, "limit", "Change the limits", 5);

const OVERVIEW: &[Binding] = &[
    Binding::look(
        &[char('a')],
        Action::Alert(0),
        "alerts",
        "Go to what the first alert is about; the other letters: the others",
        1,
    ),
    Binding::look(&[char('b')], Action::Alert(1), "", "Go to what the second alert is about", 9),
    Binding::look(&[char('c')], Action::Alert(2), "", "Go to what the third alert is about", 9),
    Binding::look(&[char('d')], Action::Alert(3), "", "Go to what the fourth alert is about", 9),
    Binding::look(&[char('f')], Action::Alert(4), "", "Go to what the fifth alert is about", 9),
    Binding::look(&[char('i')], Action::Alert(5), "", "Go to what the sixth alert is about", 9),
    Binding::look(&[char('n')], Action::Alert(6), "", "Go to what the seventh alert is about", 9),
    Binding::look(&[char('o')], Action::Alert(7), "", "Go to what the eighth alert is about", 9),
    Binding::look(&[char('p')], Action::Alert(8), "", "Go to what the ninth alert is about", 9),
];

const JOBS: &[Binding] = &[
    FILTER,
    MARK,
    RANGE,
    ALL,
    UNMARK,
    TIME,
    SORT,
    TO_ACCOUNT,
    TO_KEY,
    TO_WORKER,
    VIEW,
    SAVE,
    RETRY,
    CANCEL,
    Binding::look(&[char('c')], Action::Columns, "columns", "Show other columns", 7),
];

const JOB: &[Binding] = &[
    TO_ACCOUNT,
    TO_KEY,
    TO_WORKER,
    PREVIOUS,
    NEXT,
    SCROLL_UP,
    SCROLL_DOWN,
    VIEW,
    SAVE,
    IMAGE,
    RETRY,
    CANCEL,
    EXTEND,
    DELETE,
];

const WORKERS: &[Binding] = &[
    SORT,
    TO_JOBS,
    Binding::write(&[char('D')], Action::Drain, "drain", "Let the worker end what it has, and take nothing new", 3),
    Binding::write(&[char('U')], Action::Undrain, "undrain", "Let the worker take jobs again", 4),
    Binding::write(&[char('L')], Action::Release, "release", "Give the worker's jobs back to the queue", 4),
];

const ACCOUNTS: &[Binding] = &[
    FILTER,
    SORT,
    TO_JOBS,
    TO_KEY,
    Binding::write(&[char('C')], Action::Adjust, "credits", "Grant or adjust credits", 3),
    Binding::write(&[char('H')], Action::Hold, "hold", "Suspend or resume the account", 4),
    LIMIT,
    Binding::write(&[char('N')], Action::New, "new", "Create an account", 5),
];

const ACCOUNT: &[Binding] = &[
    TO_JOBS,
    TO_KEY,
    Binding::write(&[char('C')], Action::Adjust, "credits", "Grant or adjust credits", 2),
    Binding::write(&[char('H')], Action::Hold, "hold", "Suspend or resume the account", 3),
    LIMIT,
];

const KEYS: &[Binding] = &[
    FILTER,
    TO_ACCOUNT,
    TO_JOBS,
    Binding::write(&[char('K')], Action::Revoke, "revoke", "Revoke the key, at once and for good", 3),
    Binding::write(&[char('N')], Action::New, "new", "Create a key; it is shown once", 3),
    LIMIT,
    Binding::write(&[char('M')], Action::Rename, "rename", "Rename the key", 5),
];

const EXPIRIES: &[Binding] = &[TO_ACCOUNT, MARK, RANGE, UNMARK, VIEW, SAVE, IMAGE, EXTEND, DELETE];

const EVENTS: &[Binding] = &[
    FILTER,
    TIME,
    TO_ACCOUNT,
    TO_WORKER,
    Binding::look(&[char('f')], Action::Follow, "follow", "Keep the newest events on the screen", 3),
    Binding::look(&[char('I')], Action::Info, "info", "Show or hide what is normal", 6),
    Binding::look(&[char('n')], Action::Warning, "warnings", "Show or hide warnings", 6),
    Binding::look(&[char('E')], Action::Error, "errors", "Show or hide errors", 6),
    Binding::look(&[char('A')], Action::Audit, "audit", "Show or hide what operators did", 6),
    Binding::look(&[char('S')], Action::Save, "save", "Save the events that are shown to a file", 7),
];
