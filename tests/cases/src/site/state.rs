//! What the connections of the site share.

use std::sync::atomic::AtomicUsize;

/// What its connections share.
#[derive(Debug)]
pub(super) struct State {
    /// The port of all addresses.
    pub(super) port: u16,
    /// The web font.
    pub(super) font: Vec<u8>,
    /// How often `/download` was requested.
    pub(super) downloads: AtomicUsize,
}

impl State {
    /// Returns the URL of the first address.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
