//! Numbers, times and strangers' words, as people read them.

use std::time::Duration;

use domain::overview::PROBE;

/// A count with its thousands set apart: `1,204`.
pub(crate) fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut grouped = String::from(if number < 0 { "-" } else { "" });
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count that may lack a few: `≈1,204`.
pub(crate) fn about(number: i64) -> String {
    format!("≈{}", count(number))
}

/// A count that stops at the probe's limit: `10,000+` there, for it may be more.
pub(crate) fn probe(number: i64) -> String {
    let more = if number >= PROBE { "+" } else { "" };
    format!("{}{more}", count(number))
}

/// A count of things: `1 result`, `1,204 results`.
pub(crate) fn things(number: i64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", count(number))
}

/// A length of time in its two largest units: `45s`, `2m41s`, `1h02m`, `3d04h`.
pub(crate) fn span(time: Duration) -> String {
    let s = time.as_secs();
    match s {
        0..60 => format!("{s}s"),
        60..3_600 => format!("{}m{:02}s", s / 60, s % 60),
        3_600..86_400 => format!("{}h{:02}m", s / 3_600, s / 60 % 60),
        86_400.. => format!("{}d{:02}h", s / 86_400, s / 3_600 % 24),
    }
}

/// Seconds as the database tells them. What is negative or no number is no time at all.
pub(crate) fn seconds(s: f64) -> Duration {
    Duration::try_from_secs_f64(s).unwrap_or_default()
}

/// A size in the unit that fits: `812 B`, `4.6 MB`, `462 MB`.
pub(crate) fn bytes(size: i64) -> String {
    let size = size.max(0);
    let (mut unit, mut scale) = ("B", 1);
    for (larger, next) in [("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000)] {
        if size >= next {
            (unit, scale) = (larger, next);
        }
    }
    let (whole, tenth) = (size / scale, size % scale * 10 / scale);
    if scale > 1 && whole < 10 { format!("{whole}.{tenth} {unit}") } else { format!("{} {unit}", count(whole)) }
}

/// A stranger's words made fit for a terminal: on one line, and with nothing in them that
/// moves the cursor, hides, or turns the direction of writing.
pub(crate) fn clean(words: &str) -> String {
    let seen = |letter: &char| {
        !matches!(letter, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
    };
    words.chars().filter(seen).map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{bytes, clean, count, seconds, span};

    #[test]
    fn counts_set_thousands_apart() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (-1_234_567, "-1,234,567"),
            (i64::MIN, "-9,223,372,036,854,775,808"),
        ] {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn spans_have_two_units() {
        for (s, text) in [(0, "0s"), (59, "59s"), (161, "2m41s"), (3_720, "1h02m"), (273_600, "3d04h")] {
            assert_eq!(span(Duration::from_secs(s)), text);
        }
    }

    #[test]
    fn times_that_cannot_be_are_none() {
        for s in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(seconds(s), Duration::ZERO);
        }
    }

    #[test]
    fn sizes_have_the_unit_that_fits() {
        for (size, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (4_600, "4.6 kB"),
            (462_000_000, "462 MB"),
            (43_900_000_000, "43 GB"),
            (i64::MAX, "9,223,372 TB"),
        ] {
            assert_eq!(bytes(size), text);
        }
    }

    #[test]
    fn strangers_words_cannot_steer_the_terminal() {
        for (words, text) in
            [("demo", "demo"), ("a\u{1b}[2Jb\n", "a\u{fffd}[2Jb\u{fffd}"), ("\u{202e}evil\u{200b}", "evil")]
        {
            assert_eq!(clean(words), text);
        }
    }
}
