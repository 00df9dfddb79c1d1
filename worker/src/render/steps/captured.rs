//! The response to a command that takes a picture.

use std::borrow::Cow;

use serde::Deserialize;

/// The response, borrowed from the message.
#[derive(Deserialize)]
struct Captured<'a> {
    #[serde(borrow, alias = "screenshotData")]
    data: Cow<'a, str>,
}

/// Returns the image in a response, in base64; empty if there is none.
pub(super) fn base64_of(response: &[u8]) -> Cow<'_, str> {
    serde_json::from_slice::<Captured>(response).map(|captured| captured.data).unwrap_or_default()
}
