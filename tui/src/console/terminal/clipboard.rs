//! The clipboard: `OSC 52`, with which a terminal copies what it is sent, also over SSH.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The longest text that is copied, in bytes: some terminals drop sequences of more than 100,000 bytes.
const MAX_COPY: usize = 74_994;

/// The sequence that copies a text.
pub(super) fn sequence(text: &str, is_tmux: bool) -> Result<Vec<u8>, String> {
    if text.len() > MAX_COPY {
        return Err(format!("{} bytes are too many to copy: at most {MAX_COPY}", text.len()));
    }
    let encoded = STANDARD.encode(text);
    let plain = format!("\x1b]52;c;{encoded}\x07");
    // tmux takes the plain sequence if `set-clipboard` is on, and else passes on the marked one if that is allowed.
    let wrapped = if is_tmux { format!("\x1bPtmux;\x1b\x1b]52;c;{encoded}\x07\x1b\\") } else { String::new() };
    Ok(format!("{plain}{wrapped}").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::{MAX_COPY, sequence};

    #[test]
    fn a_text_is_copied_whole_or_not_at_all() {
        assert_eq!(sequence("id", false).unwrap(), b"\x1b]52;c;aWQ=\x07");
        assert_eq!(sequence("id", true).unwrap(), b"\x1b]52;c;aWQ=\x07\x1bPtmux;\x1b\x1b]52;c;aWQ=\x07\x1b\\");
        assert!(sequence(&"x".repeat(MAX_COPY), false).is_ok_and(|bytes| bytes.len() < 100_001));
        assert!(sequence(&"x".repeat(MAX_COPY + 1), false).is_err());
    }
}
