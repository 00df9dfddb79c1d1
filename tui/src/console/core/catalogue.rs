//! The catalogue: everything that the palette finds by its name.

use domain::id::JobId;

use super::action::Action;
use super::command::Command;
use super::fuzzy::{CLOSE, score};
use super::keys;
use super::model::Model;
use super::overlay::menu::Choice;
use super::route::{Route, Screen};
use super::settings::ThemeName;

/// How much more something is worth that was chosen before.
const RECENT: u32 = 3;

/// How much more something is worth whose word begins with the search.
const WORD: u32 = 50;

/// Something that the palette finds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// A word for it; empty if the name says enough.
    pub(crate) word: &'static str,
    /// Its name.
    pub(crate) name: String,
    /// The keys that do the same.
    pub(crate) keys: String,
    /// What it does.
    pub(crate) choice: Choice,
    /// Why it cannot be chosen.
    pub(crate) refusal: Option<String>,
}

impl Entry {
    fn new(name: impl Into<String>, choice: Choice) -> Self {
        Self { word: "", name: name.into(), keys: String::new(), choice, refusal: None }
    }
}

/// Finds entries, the best first. Those that were chosen before come before others.
pub(crate) fn find(model: &Model, search: &str) -> Vec<Entry> {
    let recent = |entry: &Entry| model.recent.iter().position(|name| *name == entry.name);
    let mut found: Vec<(u32, Entry)> = Vec::new();
    for entry in entries(model) {
        if let Some(score) = score(search, &format!("{} {}", entry.word, entry.name)) {
            let is_start = !search.is_empty() && entry.word.starts_with(search);
            let known = recent(&entry).map_or(0, |at| RECENT + u32::try_from(at).unwrap_or(0));
            found.push((score + known + if is_start { WORD } else { 0 }, entry));
        }
    }
    if found.iter().any(|(score, _)| *score >= CLOSE) {
        found.retain(|(score, _)| *score >= CLOSE);
    }
    // Stable: what is worth the same stays in the order of the catalogue.
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    direct(search).into_iter().chain(found.into_iter().map(|(_, entry)| entry)).collect()
}

/// What a search says exactly: the id of a job, or a screen and its filter.
fn direct(search: &str) -> Option<Entry> {
    let search = search.trim();
    if let Ok(job) = search.parse::<JobId>() {
        return Some(Entry::new(format!("Open job {search}"), Choice::Run(vec![Command::Go(Route::Job(job))])));
    }
    let (word, rest) = search.split_once(' ')?;
    let rest = rest.trim();
    let route = match word {
        "jobs" | "job" => Route::Jobs(Some(rest.to_owned())),
        "worker" | "workers" => Route::Workers(Some(rest.to_owned())),
        "account" => Route::Account(rest.to_owned()),
        "accounts" => Route::Accounts(Some(rest.to_owned())),
        "keys" | "key" => Route::Keys(Some(rest.to_owned())),
        "events" | "event" => Route::Events(Some(rest.to_owned())),
        _ => return None,
    };
    let name = format!("Show {}: {rest}", route.screen().name().to_lowercase());
    (!rest.is_empty()).then(|| Entry::new(name, Choice::Run(vec![Command::Go(route)])))
}

/// What can be done on other screens: it leads to them.
fn elsewhere(screen: Screen) -> impl Iterator<Item = Entry> {
    let is_here = move |binding: &keys::Binding| keys::bindings(screen).any(|own| own.help == binding.help);
    let others = Screen::NUMBERED.into_iter().filter(move |other| *other != screen.tab());
    let bindings = others.flat_map(|other| keys::of_screen(other).iter().map(move |binding| (other, binding)));
    bindings.filter(move |(_, binding)| !is_here(binding)).map(|(other, binding)| Entry {
        word: binding.hint,
        name: binding.help.to_owned(),
        keys: format!("{} {}", other.name(), binding.keys_text()),
        choice: Choice::Act(Action::Show(other)),
        refusal: None,
    })
}

/// Everything: what can be done here and elsewhere, screens, environments and themes.
fn entries(model: &Model) -> Vec<Entry> {
    let own = keys::bindings(model.screen()).filter(|binding| !is_movement(binding.action));
    let mut entries: Vec<Entry> = own.map(|binding| act(model, binding)).collect();
    entries.extend(elsewhere(model.screen()));
    entries.extend(model.environment.others.iter().map(|name| {
        Entry::new(format!("Switch to environment {name}"), Choice::Run(vec![Command::Switch(name.clone())]))
    }));
    entries.extend(
        ThemeName::ALL
            .into_iter()
            .map(|theme| Entry::new(format!("Use theme {}", theme.name()), Choice::Run(vec![Command::Theme(theme)]))),
    );
    entries
}

fn act(model: &Model, binding: &keys::Binding) -> Entry {
    let own = model.screens.get(model.screen()).refusal(binding.action);
    let locked = if binding.is_write { model.lock().map(ToOwned::to_owned) } else { None };
    let refusal = own.or(locked);
    Entry {
        word: binding.hint,
        name: binding.help.to_owned(),
        keys: binding.keys_text(),
        choice: if refusal.is_some() { Choice::Disabled } else { Choice::Act(binding.action) },
        refusal,
    }
}

/// Whether an action moves by one step: nobody looks for it by its name.
fn is_movement(action: Action) -> bool {
    matches!(
        action,
        Action::Up
            | Action::Down
            | Action::Left
            | Action::Right
            | Action::PageUp
            | Action::PageDown
            | Action::Palette
            | Action::Back
    )
}

#[cfg(test)]
mod tests {
    use super::{Choice, Model, find};
    use crate::console::core::action::Action;
    use crate::console::core::command::Command;
    use crate::console::core::environment::Environment;
    use crate::console::core::route::{Route, Screen};
    use crate::console::core::settings::ThemeName;

    fn model() -> Model {
        let environment = Environment { others: vec!["staging".to_owned()], ..Environment::default() };
        Model::new(environment, (80, 24), 1)
    }

    fn first(search: &str) -> Choice {
        find(&model(), search).remove(0).choice
    }

    #[test]
    fn a_few_letters_find_screens_environments_and_themes() {
        for (search, choice) in [
            ("work", Choice::Act(Action::Show(Screen::Workers))),
            ("stag", Choice::Run(vec![Command::Switch("staging".to_owned())])),
            ("theme light", Choice::Run(vec![Command::Theme(ThemeName::Light)])),
            ("stop", Choice::Act(Action::Freeze)),
            ("go back quit", Choice::Act(Action::Quit)),
        ] {
            assert_eq!(first(search), choice, "{search}");
        }
        assert!(find(&model(), "zzzz").is_empty());
    }

    #[test]
    fn an_id_or_a_filter_leads_straight_there() {
        let id = "0198f2c1-4f6e-7c2d-a1b0-3d5c77e09b41";
        let job = id.parse().expect("an id");
        for (search, route) in [
            (id, Route::Job(job)),
            ("jobs status:failed type:pdf", Route::Jobs(Some("status:failed type:pdf".to_owned()))),
            ("account ada", Route::Account("ada".to_owned())),
        ] {
            assert_eq!(first(search), Choice::Run(vec![Command::Go(route)]), "{search}");
        }
    }

    #[test]
    fn what_was_chosen_before_comes_first() {
        let mut model = model();
        model.recent = vec!["Show events".to_owned(), "Use theme mono".to_owned()];
        let found = find(&model, "");
        assert_eq!([&*found[0].name, &*found[1].name], ["Use theme mono", "Show events"]);
    }

    #[test]
    fn what_is_locked_says_why() {
        let mut model = model();
        model.routes.start(Route::Jobs(None));
        let retry = find(&model, "ret").remove(0);
        assert_eq!(retry.word, "retry");
        assert_eq!(retry.choice, Choice::Disabled);
        assert!(retry.refusal.is_some(), "{retry:?}");
    }
}
