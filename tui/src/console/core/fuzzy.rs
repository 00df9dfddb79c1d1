//! Fuzzy search: finds what contains the letters of a pattern in their order.

/// What a letter at the start of a word is worth.
const WORD_START: u32 = 8;

/// What a letter is worth that follows the one before.
const ADJACENT: u32 = 10;

/// What every letter is worth.
const FOUND: u32 = 1;

/// What it is worth that every letter starts a word or follows the one before: `rj` is for `Retry jobs`.
pub(crate) const CLOSE: u32 = 1_000;

/// How well a text matches a pattern; `None` if it does not. Each word of the pattern is looked for on its own, without
/// regard to case. From [`CLOSE`] on, no letter of it is far from the others.
pub(crate) fn score(pattern: &str, text: &str) -> Option<u32> {
    let text: Vec<char> = text.chars().map(lower).collect();
    let scores: Option<Vec<(u32, bool)>> = pattern.split_whitespace().map(|word| word_score(word, &text)).collect();
    let scores = scores?;
    let is_close = scores.iter().all(|(_, is_close)| *is_close);
    Some(scores.iter().map(|(score, _)| score).sum::<u32>() + if is_close { CLOSE } else { 0 })
}

/// The score of a word, and whether all of its letters are close.
fn word_score(word: &str, text: &[char]) -> Option<(u32, bool)> {
    let word: Vec<char> = word.chars().map(lower).collect();
    if word.len() > text.len() {
        return None;
    }
    let far = || (0..text.len()).filter_map(|start| far_from(&word, text, start)).max();
    close_score(&word, text).map(|score| (score, true)).or_else(|| far().map(|score| (score, false)))
}

/// The score if each letter starts a word or follows the one before, or if all of them are together somewhere.
fn close_score(word: &[char], text: &[char]) -> Option<u32> {
    let starts: Vec<usize> = (0..text.len()).filter(|at| is_word_start(text, *at)).collect();
    // What the letters so far are worth, if the last of them is the one at each position.
    let mut ends: Vec<Option<u32>> = Vec::new();
    for (number, letter) in word.iter().enumerate() {
        let before = std::mem::take(&mut ends);
        let best = |at: usize| {
            if number == 0 {
                return starts.binary_search(&at).is_ok().then_some(0);
            }
            let adjacent = at.checked_sub(1).and_then(|at| *before.get(at)?).map(|score| score + ADJACENT);
            let earlier = || before.iter().take(at).flatten().copied().max();
            adjacent.max(if starts.binary_search(&at).is_ok() { earlier() } else { None })
        };
        let score =
            |at: usize| (text.get(at) == Some(letter)).then(|| best(at)).flatten().map(|score| score + worth(text, at));
        ends = (0..text.len()).map(score).collect();
    }
    let together = text.windows(word.len()).position(|letters| letters == word);
    let length = u32::try_from(word.len()).unwrap_or(u32::MAX);
    let together = together.map(|_| (FOUND + ADJACENT).saturating_mul(length) - ADJACENT);
    ends.into_iter().flatten().max().max(together)
}

/// The score if the first letter is the one at `start`, and the others are anywhere behind it.
fn far_from(word: &[char], text: &[char], start: usize) -> Option<u32> {
    if text.get(start) != word.first() {
        return None;
    }
    let (mut score, mut at) = (0, start);
    for letter in word {
        let found = at + text.get(at..)?.iter().position(|other| other == letter)?;
        score += worth(text, found);
        at = found + 1;
    }
    Some(score)
}

fn worth(text: &[char], at: usize) -> u32 {
    FOUND + if is_word_start(text, at) { WORD_START } else { 0 }
}

fn is_word_start(text: &[char], at: usize) -> bool {
    at.checked_sub(1).and_then(|before| text.get(before)).is_none_or(|letter| !letter.is_alphanumeric())
}

fn lower(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::{CLOSE, score};

    #[test]
    fn letters_must_be_there_in_their_order() {
        for (pattern, text, matches) in [
            ("", "Anything", true),
            ("rtr", "Retry jobs", true),
            ("jobs ret", "Retry jobs", true),
            ("ÄB", "äb", true),
            ("trs", "Retry jobs", true),
            ("rx", "Retry jobs", false),
            ("jobsx", "Retry jobs", false),
        ] {
            assert_eq!(score(pattern, text).is_some(), matches, "{pattern} in {text}");
        }
    }

    #[test]
    fn letters_that_start_words_or_follow_each_other_are_close() {
        for (pattern, text, is_close) in [
            ("ret", "Retry jobs", true),
            ("rj", "Retry jobs", true),
            ("rejob", "Retry jobs", true),
            ("jobs ret", "Retry jobs", true),
            ("tr", "Retry jobs", true),
            ("tj", "Retry jobs", false),
            ("ret", "Read everything again now", false),
            ("ret", "filter  Edit the filter", false),
            ("ret", "Let the console have the mouse, or the terminal", false),
        ] {
            assert_eq!(score(pattern, text).is_some_and(|score| score >= CLOSE), is_close, "{pattern} in {text}");
        }
    }

    #[test]
    fn a_long_pattern_takes_no_long_time() {
        let text = "a ".repeat(40);
        assert_eq!(score(&format!("{}b", "a".repeat(12)), &text), None);
    }
}
