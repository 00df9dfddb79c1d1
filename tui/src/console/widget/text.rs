//! Text, measured and cut in terminal columns.

use std::borrow::Cow;

use ratatui::buffer::CellWidth;
use unicode_width::UnicodeWidthChar;

use crate::output::format::sanitize;

/// Shown instead of a value that is not known.
pub(crate) const UNKNOWN: &str = "…";

/// The width of a text, in terminal columns.
pub(crate) fn width(text: &str) -> u16 {
    if text.is_ascii() { u16::try_from(text.len()).unwrap_or(u16::MAX) } else { text.cell_width() }
}

/// Makes untrusted text safe, and cuts it to a width in terminal columns. What was cut ends with `…`.
pub(crate) fn cut(text: &str, columns: u16) -> Cow<'_, str> {
    if text.len() <= usize::from(columns) && text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Cow::Borrowed(text);
    }
    // Only what may fit is looked at: a text may be a megabyte long.
    let head: String = text.chars().take(4 * usize::from(columns) + 4).collect();
    let safe = sanitize(&head);
    if width(&safe) <= columns && head.len() == text.len() {
        Cow::Owned(safe)
    } else {
        Cow::Owned(shorten(&safe, columns))
    }
}

/// Shows the start and the end of a text that is too long: both ends of an id tell it from its neighbours.
pub(crate) fn middle(text: &str, columns: u16) -> Cow<'_, str> {
    let length = text.chars().count();
    let columns = usize::from(columns);
    if length <= columns || columns < 4 || !text.is_ascii() {
        return cut(text, u16::try_from(columns).unwrap_or(u16::MAX));
    }
    let end = (columns - 1) / 2;
    let start = columns - 1 - end;
    let head = text.get(..start).unwrap_or_default();
    let tail = text.get(length - end..).unwrap_or_default();
    Cow::Owned(format!("{head}…{tail}"))
}

fn shorten(text: &str, columns: u16) -> String {
    let mut room = columns.saturating_sub(1);
    let fits = |c: char| {
        let width = u16::try_from(c.width().unwrap_or(0)).unwrap_or(0);
        let left = room.checked_sub(width);
        room = left.unwrap_or(0);
        left.map(|_| c)
    };
    let mut shortened: String = text.chars().map_while(fits).collect();
    // A sign may be wider with what follows it than alone.
    while width(&shortened) >= columns && shortened.pop().is_some() {}
    if columns > 0 {
        shortened.push('…');
    }
    shortened
}

#[cfg(test)]
mod tests {
    use super::{cut, middle, width};

    #[test]
    fn text_is_cut_to_the_width() {
        for (text, fitted) in [
            ("demo", "demo"),
            ("abcdef", "abcdef"),
            ("abcdefg", "abcde…"),
            ("日本日本", "日本…"),
            ("a\tb", "a\u{fffd}b"),
            ("", ""),
        ] {
            assert_eq!(cut(text, 6), fitted, "{text}");
        }
        assert_eq!(cut("abc", 0), "");
        assert_eq!(cut("abc", 1), "…");
    }

    #[test]
    fn no_text_is_wider_than_its_column() {
        let texts = [
            "♻\u{fe0f}♻\u{fe0f}♻",
            "e\u{301}e\u{301}",
            "\u{301}a",
            "ｶﾞｶﾞ",
            "👩\u{200d}❤\u{fe0f}\u{200d}👨",
            "a\u{1b}[31mred",
            "日本語",
        ];
        for text in texts.map(str::to_owned).into_iter().chain(["x".repeat(1_000_000)]) {
            for columns in 0..9 {
                assert!(width(&cut(&text, columns)) <= columns, "{text:.20} {columns}");
            }
        }
    }

    #[test]
    fn an_id_keeps_both_ends() {
        for (columns, shown) in [(36, "0198f2c1-4f6e-7c2d-a1b0-3d5c77e09b41"), (9, "0198…9b41"), (3, "01…"), (0, "")]
        {
            assert_eq!(middle("0198f2c1-4f6e-7c2d-a1b0-3d5c77e09b41", columns), shown);
        }
    }
}
