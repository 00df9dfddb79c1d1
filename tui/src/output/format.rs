//! Numbers, times and untrusted text, formatted for people.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::overview::MAX_COUNTED;

/// Formats a number with thousands separators: `1,204`.
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

/// Formats an approximate number: `≈1,204`.
pub(crate) fn approximate(number: i64) -> String {
    format!("≈{}", count(number))
}

/// Formats a number that is exact only below [`MAX_COUNTED`]: `1,204` or `10,000+`.
pub(crate) fn capped(number: i64) -> String {
    let suffix = if number >= MAX_COUNTED { "+" } else { "" };
    format!("{}{suffix}", count(number))
}

/// Formats a number with its unit: `1 result`, `1,204 results`.
pub(crate) fn quantity(number: i64, unit: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {unit}{plural}", count(number))
}

/// Formats a duration in its two largest units: `45s`, `2m41s`, `1h02m`, `3d04h`.
pub(crate) fn duration(duration: Duration) -> String {
    let s = duration.as_secs();
    match s {
        0..60 => format!("{s}s"),
        60..3_600 => format!("{}m{:02}s", s / 60, s % 60),
        3_600..86_400 => format!("{}h{:02}m", s / 3_600, s / 60 % 60),
        86_400.. => format!("{}d{:02}h", s / 86_400, s / 3_600 % 24),
    }
}

/// Formats milliseconds as a duration of at most six characters: `250ms`, `1.9s`, `2m41s`.
pub(crate) fn millis(ms: i64) -> String {
    match ms.max(0) {
        ms @ 0..1_000 => format!("{ms}ms"),
        ms @ 1_000..60_000 => format!("{}.{}s", ms / 1_000, ms % 1_000 / 100),
        ms => duration(Duration::from_millis(ms.unsigned_abs())),
    }
}

/// Converts seconds from the database. Negative, infinite and NaN values become zero.
pub(crate) fn seconds(s: f64) -> Duration {
    Duration::try_from_secs_f64(s).unwrap_or_default()
}

/// Formats a point in time, to the second: `2026-11-23 14:32:07Z`.
pub(crate) fn timestamp(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// Formats a size: `812 B`, `4.6 MB`, `462 MB`.
pub(crate) fn bytes(size: i64) -> String {
    let size = size.max(0);
    let (mut unit, mut scale) = ("B", 1);
    for (larger_unit, larger_scale) in
        [("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000)]
    {
        if size >= larger_scale {
            (unit, scale) = (larger_unit, larger_scale);
        }
    }
    let (whole, tenth) = (size / scale, size % scale * 10 / scale);
    if scale > 1 && whole < 10 { format!("{whole}.{tenth} {unit}") } else { format!("{} {unit}", count(whole)) }
}

/// Makes untrusted text safe to print on a terminal: removes invisible and bidirectional
/// formatting characters, and replaces control characters, including line breaks. Removes what
/// gives an emoji another form, too, because terminals disagree on the width of the result.
pub(crate) fn sanitize(text: &str) -> String {
    let is_visible = |letter: &char| {
        !matches!(letter, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{1f3fb}'..='\u{1f3ff}'
            | '\u{e0000}'..='\u{e0fff}')
    };
    text.chars().filter(is_visible).map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{bytes, count, duration, millis, sanitize, seconds};

    #[test]
    fn counts_have_thousands_separators() {
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
    fn durations_have_two_units() {
        for (s, text) in [(0, "0s"), (59, "59s"), (161, "2m41s"), (3_720, "1h02m"), (273_600, "3d04h")] {
            assert_eq!(duration(Duration::from_secs(s)), text);
        }
    }

    #[test]
    fn milliseconds_have_the_unit_that_fits() {
        for (ms, text) in [(-1, "0ms"), (999, "999ms"), (1_960, "1.9s"), (59_999, "59.9s"), (161_000, "2m41s")] {
            assert_eq!(millis(ms), text);
        }
    }

    #[test]
    fn invalid_seconds_become_zero() {
        for s in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(seconds(s), Duration::ZERO);
        }
    }

    #[test]
    fn sizes_use_the_largest_unit_that_fits() {
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
    fn untrusted_text_cannot_control_the_terminal() {
        for (text, sanitized) in
            [("demo", "demo"), ("a\u{1b}[2Jb\n", "a\u{fffd}[2Jb\u{fffd}"), ("\u{202e}evil\u{200b}", "evil")]
        {
            assert_eq!(sanitize(text), sanitized);
        }
    }

    #[test]
    fn no_sign_is_wider_in_one_terminal_than_in_another() {
        for (text, sanitized) in [("♻\u{fe0f}", "♻"), ("👍\u{1f3fd}", "👍"), ("👩\u{200d}❤\u{fe0f}\u{200d}👨", "👩❤👨")]
        {
            assert_eq!(sanitize(text), sanitized);
        }
    }
}
