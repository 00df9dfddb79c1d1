//! Editing the filter or a time.

use chrono::{DateTime, Utc};
use domain::job::browse::{JobLine, Moment};

use super::State;
use super::editor::Field;
use crate::console::core::command::Command;
use crate::console::core::filter::{self, Known};
use crate::console::core::input::{Code, Input};
use crate::console::core::route::Route;
use crate::console::core::screen::Context;

impl State {
    /// Names of what is on the screen.
    pub(crate) fn known(&self) -> Known {
        let names = |name: fn(&JobLine) -> Option<&String>| {
            let mut names: Vec<String> = self.list.rows().iter().filter_map(name).cloned().collect();
            names.sort();
            names.dedup();
            names
        };
        Known {
            accounts: names(|row| Some(&row.account)),
            keys: names(|row| Some(&row.key)),
            workers: names(|row| row.worker.as_ref()),
        }
    }

    /// Takes a key or pasted text.
    pub(super) fn edit_line(&mut self, cx: &Context, input: &Input) -> Vec<Command> {
        let known = self.known();
        let Some(editor) = &mut self.editor else { return Vec::new() };
        match input {
            Input::Paste(text) => {
                editor.line.insert(text.trim());
                editor.completion = None;
            }
            Input::Key(key) => match key.code {
                Code::Escape => self.editor = None,
                Code::Enter => return self.accept(cx),
                Code::Tab if editor.field == Field::Filter => editor.complete(&known),
                _ => {
                    editor.line.edit(*key);
                    editor.error = None;
                    editor.completion = None;
                }
            },
            _ => {}
        }
        Vec::new()
    }

    fn accept(&mut self, cx: &Context) -> Vec<Command> {
        let Some(mut editor) = self.editor.take() else { return Vec::new() };
        let text = editor.line.text();
        match editor.field {
            Field::Filter => match filter::parse(&text, cx.clock) {
                Ok(selection) => {
                    self.is_typed = true;
                    return vec![Command::Replace(Route::Jobs(Some(filter::print(&selection))))];
                }
                Err(error) => editor.error = Some(error.to_string()),
            },
            Field::Time => match filter::moment(text.trim(), cx.clock) {
                Some(Moment::At(at)) => return self.go_to_time(Some(at)),
                Some(Moment::Ago(ago)) if ago.is_zero() => return self.go_to_time(None),
                Some(Moment::Ago(ago)) => {
                    return self.go_to_time(cx.clock.map(|clock| clock - ago));
                }
                None => editor.error = Some("write 14:32, -2h, now, or 2026-11-29T14:32".to_owned()),
            },
        }
        self.editor = Some(editor);
        Vec::new()
    }

    fn go_to_time(&mut self, at: Option<DateTime<Utc>>) -> Vec<Command> {
        let is_typed = self.is_typed;
        self.show(self.selection.clone(), at);
        self.is_typed = is_typed;
        Vec::new()
    }
}
