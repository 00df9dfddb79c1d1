//! Cells of a fixed width.

use unicode_width::UnicodeWidthStr;

use crate::output::format::sanitize;

/// Shown instead of a value that is not known.
pub(crate) const UNKNOWN: &str = "…";

/// Sanitizes untrusted text, and cuts or pads it to a width in terminal columns.
pub(crate) fn fit(text: &str, width: usize) -> String {
    let mut fitted = sanitize(text);
    if fitted.width() > width {
        while fitted.width() + 1 > width && fitted.pop().is_some() {}
        fitted.push('…');
    }
    let padding = width.saturating_sub(fitted.width());
    fitted + &" ".repeat(padding)
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn text_is_cut_and_padded_to_the_width() {
        for (text, fitted) in [
            ("demo", "demo  "),
            ("abcdef", "abcdef"),
            ("abcdefg", "abcde…"),
            ("日本日本", "日本… "),
            ("a\tb", "a\u{fffd}b   "),
        ] {
            assert_eq!(fit(text, 6), fitted, "{text}");
        }
    }
}
