//! The state of the decoder.

use std::time::Duration;

/// The part that has been read of something that is not complete.
#[derive(Debug, Default)]
pub(super) enum State {
    #[default]
    Ground,
    /// `ESC`, which is a key at this time unless a sequence follows.
    Escape(Duration),
    /// `ESC` was a key. Until this time, `[` and `O` are the rest of a sequence.
    AfterEscape(Duration),
    /// `ESC [`, or the rest of it, which means nothing any more.
    Csi { is_rest: bool },
    /// `ESC O`, or the rest of it.
    Ss3 { is_rest: bool },
    /// This many bytes that mean nothing.
    Skip(u8),
    /// `ESC ]`, `ESC P` or `ESC _`, until `BEL` or `ESC \`, or until this time.
    String { until: Duration, escape: bool },
    /// `ESC [200~`, until `ESC [201~`.
    Paste,
    /// The first bytes of a character.
    Utf8 { length: usize, alt: bool },
}
