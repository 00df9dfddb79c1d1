//! Text that is broken into lines.

use super::text::{cut, width};

/// Breaks a text into lines of at most this many columns, between words where possible. A word that is too long for a
/// line is broken, not cut: a command that is copied by hand must be whole.
pub(crate) fn wrap(text: &str, columns: u16) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut word = word;
        loop {
            let line = lines.last_mut().map_or_else(String::new, std::mem::take);
            let joined = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if width(&joined) <= columns || columns < 2 {
                set_last(&mut lines, joined);
                break;
            }
            if !line.is_empty() {
                set_last(&mut lines, line);
                lines.push(String::new());
                continue;
            }
            let (head, rest) = split(word, columns);
            set_last(&mut lines, head.to_owned());
            lines.push(String::new());
            word = rest;
        }
    }
    lines
}

fn set_last(lines: &mut [String], text: String) {
    if let Some(last) = lines.last_mut() {
        *last = text;
    }
}

/// Splits a word after the last letter that fits, or after its first one.
fn split(word: &str, columns: u16) -> (&str, &str) {
    let ends = word.char_indices().map(|(at, letter)| at + letter.len_utf8());
    let fits =
        |end: &usize| word.get(..*end).is_some_and(|head| width(head) <= columns && width(&cut(head, columns)) > 0);
    let first = word.chars().next().map_or(0, char::len_utf8);
    word.split_at(ends.take_while(fits).last().unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use super::{width, wrap};

    #[test]
    fn lines_break_between_words_and_nothing_is_lost() {
        for (text, lines) in [
            ("", vec![""]),
            ("one two three", vec!["one two", "three"]),
            ("abcdefghijkl m", vec!["abcdefgh", "ijkl m"]),
            ("a  b", vec!["a  b"]),
            ("日本語日本語", vec!["日本語日", "本語"]),
        ] {
            assert_eq!(wrap(text, 8), lines, "{text}");
            assert!(wrap(text, 8).iter().all(|line| width(line) <= 8));
        }
        assert_eq!(wrap("日本", 1), ["日本"]);
    }
}
