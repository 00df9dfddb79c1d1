//! Text that is serialized only in order to be sealed.

use secrecy::{ExposeSecret, SecretString};
use serde::Serializer;

/// Serializes a secret in plain text, for the sealed form.
pub(super) fn expose<S: Serializer>(text: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text.expose_secret())
}

/// Whether a text contains a control character.
pub(super) fn has_control(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_control())
}
