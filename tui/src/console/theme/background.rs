//! The background of the terminal.

/// Whether the terminal's background is dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, strum::EnumIter)]
pub(crate) enum Background {
    /// Light text on a dark background.
    #[default]
    Dark,
    /// Dark text on a light background.
    Light,
}

impl Background {
    /// Reads the terminal's response to `OSC 11 ; ?`, such as `rgb:fdfd/f6f6/e3e3`, with or without what surrounds it.
    pub(crate) fn from_response(response: &str) -> Option<Self> {
        let (_, colour) = response.split_once("rgb")?;
        let (_, channels) = colour.split_once(':')?;
        let mut channels = channels.split('/').map(channel);
        let (red, green, blue) = (channels.next()??, channels.next()??, channels.next()??);
        // The luma of the colour, in thousandths.
        let luma = (299 * red + 587 * green + 114 * blue) / 1_000;
        Some(if luma > 500 { Self::Light } else { Self::Dark })
    }

    /// Reads `COLORFGBG`, which some terminals set: the last number is the background's.
    pub(crate) fn from_colorfgbg(value: &str) -> Option<Self> {
        let background: u8 = value.rsplit(';').next()?.parse().ok()?;
        Some(if matches!(background, 7 | 15) { Self::Light } else { Self::Dark })
    }
}

/// Reads one to four hexadecimal digits, in thousandths of the largest such number.
fn channel(text: &str) -> Option<u32> {
    let digits: String = text.chars().take_while(char::is_ascii_hexdigit).take(4).collect();
    let bits = 4 * u32::try_from(digits.len()).ok()?;
    Some(u32::from_str_radix(&digits, 16).ok()? * 1_000 / ((1 << bits) - 1))
}

#[cfg(test)]
mod tests {
    use super::Background::{self, Dark, Light};

    #[test]
    fn the_terminal_says_which_background_it_has() {
        for (response, background) in [
            ("\u{1b}]11;rgb:fdfd/f6f6/e3e3\u{1b}\\", Some(Light)),
            ("\u{1b}]11;rgb:0000/2b2b/3636\u{7}", Some(Dark)),
            ("rgb:ff/ff/ff", Some(Light)),
            ("rgb:0/0/0", Some(Dark)),
            ("rgba:ffff/ffff/ffff/8000", Some(Light)),
            ("rgb:12/34", None),
            ("rgb:x/y/z", None),
            ("", None),
        ] {
            assert_eq!(Background::from_response(response), background, "{response:?}");
        }
    }

    #[test]
    fn colorfgbg_ends_with_the_background() {
        for (value, background) in
            [("0;15", Some(Light)), ("15;default;0", Some(Dark)), ("0;default", None), ("", None)]
        {
            assert_eq!(Background::from_colorfgbg(value), background, "{value:?}");
        }
    }
}
