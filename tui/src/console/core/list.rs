//! A list of rows: the cursor and the marks stay on their rows, whatever arrives.

use std::collections::BTreeSet;

/// A row of a list.
pub(crate) trait Row {
    /// What names the row for as long as it exists.
    type Id: Clone + Ord + std::fmt::Debug;

    /// The row's id.
    fn id(&self) -> Self::Id;
}

/// How the cursor moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// To the row before.
    Up,
    /// To the row behind.
    Down,
    /// A page back.
    PageUp,
    /// A page on.
    PageDown,
    /// To the first row.
    Home,
    /// To the last row that is loaded.
    End,
}

/// Rows in the order in which they are shown, with a cursor and marks that follow ids, not positions.
#[derive(Debug, Clone)]
pub(crate) struct List<R: Row> {
    rows: Vec<R>,
    cursor: Option<R::Id>,
    /// Where the cursor was, for when its row disappears.
    position: usize,
    /// The first row on the screen.
    top: usize,
    /// How many rows the screen shows.
    height: usize,
    marks: BTreeSet<R::Id>,
    /// Where a range of marks begins.
    anchor: Option<R::Id>,
}

impl<R: Row> Default for List<R> {
    fn default() -> Self {
        Self { rows: Vec::new(), cursor: None, position: 0, top: 0, height: 1, marks: BTreeSet::new(), anchor: None }
    }
}

impl<R: Row> List<R> {
    /// The rows.
    pub(crate) fn rows(&self) -> &[R] {
        &self.rows
    }

    /// The rows, to refresh what they show. Their ids and order must stay.
    pub(crate) fn rows_mut(&mut self) -> &mut [R] {
        &mut self.rows
    }

    /// The row that the cursor is on.
    pub(crate) fn selected(&self) -> Option<&R> {
        self.rows.get(self.position)
    }

    /// The position of the cursor.
    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// The first row on the screen.
    pub(crate) fn top(&self) -> usize {
        self.top
    }

    /// The rows on the screen.
    pub(crate) fn visible(&self) -> &[R] {
        let end = (self.top + self.height).min(self.rows.len());
        self.rows.get(self.top..end).unwrap_or_default()
    }

    /// The marked rows' ids.
    pub(crate) fn marks(&self) -> &BTreeSet<R::Id> {
        &self.marks
    }

    /// Whether a row is marked.
    pub(crate) fn is_marked(&self, row: &R) -> bool {
        self.marks.contains(&row.id())
    }

    /// Sets how many rows the screen shows.
    pub(crate) fn set_height(&mut self, height: usize) {
        self.height = height.max(1);
        self.scroll();
    }

    /// Replaces the rows. The cursor stays on its row and on its line of the screen; if the row is gone, it goes to
    /// the one that took its place. Marks of rows that are gone stay: a page is not the whole list.
    pub(crate) fn replace(&mut self, rows: Vec<R>) {
        let line = self.position.saturating_sub(self.top);
        self.rows = rows;
        let found = self.cursor.as_ref().and_then(|id| self.rows.iter().position(|row| row.id() == *id));
        self.position = found.unwrap_or(self.position).min(self.rows.len().saturating_sub(1));
        self.cursor = self.selected().map(Row::id);
        self.top = self.position.saturating_sub(line);
        self.scroll();
    }

    /// Adds the next page behind the others. Rows that are there already are left out.
    pub(crate) fn append(&mut self, rows: Vec<R>) {
        let known: BTreeSet<R::Id> = self.rows.iter().map(Row::id).collect();
        self.rows.extend(rows.into_iter().filter(|row| !known.contains(&row.id())));
        self.cursor = self.selected().map(Row::id);
    }

    /// Forgets rows, cursor and marks: another list is shown.
    pub(crate) fn clear(&mut self) {
        *self = Self { height: self.height, ..Self::default() };
    }

    /// Moves the cursor.
    pub(crate) fn step(&mut self, step: Step) {
        let page = self.height.saturating_sub(1).max(1);
        let last = self.rows.len().saturating_sub(1);
        self.go_to(match step {
            Step::Up => self.position.saturating_sub(1),
            Step::Down => self.position + 1,
            Step::PageUp => self.position.saturating_sub(page),
            Step::PageDown => self.position + page,
            Step::Home => 0,
            Step::End => last,
        });
    }

    /// Moves the cursor to a position.
    pub(crate) fn go_to(&mut self, position: usize) {
        self.position = position.min(self.rows.len().saturating_sub(1));
        self.cursor = self.selected().map(Row::id);
        self.scroll();
    }

    /// Moves the cursor to a row, if it is loaded.
    pub(crate) fn select(&mut self, id: &R::Id) -> bool {
        let found = self.rows.iter().position(|row| row.id() == *id);
        if let Some(position) = found {
            self.go_to(position);
        }
        found.is_some()
    }

    /// Whether less than a page of rows is behind the cursor, so that the next page should be read.
    pub(crate) fn is_near_end(&self) -> bool {
        self.position + self.height >= self.rows.len()
    }

    /// Marks the row of the cursor, or removes its mark, and moves on.
    pub(crate) fn toggle_mark(&mut self) {
        if let Some(id) = self.cursor.clone() {
            if !self.marks.remove(&id) {
                self.marks.insert(id.clone());
            }
            self.anchor = Some(id);
            self.step(Step::Down);
        }
    }

    /// Marks the rows from the last that was marked to the cursor.
    pub(crate) fn mark_range(&mut self) {
        let from = self.anchor.as_ref().and_then(|id| self.rows.iter().position(|row| row.id() == *id));
        let from = from.unwrap_or(self.position);
        let range = from.min(self.position)..=from.max(self.position);
        self.marks.extend(self.rows.get(range).unwrap_or_default().iter().map(Row::id));
        self.anchor.clone_from(&self.cursor);
    }

    /// Removes all marks.
    pub(crate) fn unmark(&mut self) {
        self.marks.clear();
        self.anchor = None;
    }

    /// Keeps the cursor on the screen.
    fn scroll(&mut self) {
        let max_top = self.rows.len().saturating_sub(self.height);
        self.top = self.top.clamp((self.position + 1).saturating_sub(self.height), self.position).min(max_top);
    }
}

#[cfg(test)]
mod tests {
    use super::{List, Row, Step};

    impl Row for u32 {
        type Id = Self;

        fn id(&self) -> Self {
            *self
        }
    }

    fn list(rows: impl IntoIterator<Item = u32>) -> List<u32> {
        let mut list = List::default();
        list.set_height(3);
        list.replace(rows.into_iter().collect());
        list
    }

    #[test]
    fn the_cursor_stays_on_its_row_and_its_line() {
        let mut list = list(0..10);
        list.go_to(5);
        let line = list.position() - list.top();

        list.replace((0..10).map(|n| n + 100).chain(0..10).collect());

        assert_eq!((list.selected(), list.position() - list.top()), (Some(&5), line));
    }

    #[test]
    fn the_next_row_takes_the_place_of_one_that_is_gone() {
        let mut list = list([1, 2, 3]);
        list.go_to(1);
        list.replace(vec![1, 3]);
        assert_eq!(list.selected(), Some(&3));
        list.replace(Vec::new());
        assert_eq!(list.selected(), None);
    }

    #[test]
    fn the_cursor_is_always_on_the_screen() {
        let mut list = list(0..10);
        for step in [Step::End, Step::PageUp, Step::Up, Step::Home, Step::PageDown, Step::Down, Step::PageDown] {
            list.step(step);
            assert!(list.visible().contains(list.selected().expect("a row")), "{step:?}");
        }
    }

    #[test]
    fn marks_follow_rows_and_ranges_go_from_the_last_mark() {
        let mut list = list(0..10);
        list.go_to(2);
        list.toggle_mark();
        list.go_to(5);
        list.mark_range();
        assert_eq!(list.marks().iter().copied().collect::<Vec<_>>(), [2, 3, 4, 5]);

        list.replace((3..10).collect());
        assert!(list.is_marked(&4) && !list.is_marked(&6) && list.marks().contains(&2));
        list.unmark();
        assert!(list.marks().is_empty());
    }

    #[test]
    fn a_page_is_added_once() {
        let mut list = list([1, 2]);
        list.append(vec![2, 3]);
        assert_eq!(list.rows(), [1, 2, 3]);
        assert!(list.is_near_end());
    }
}
