//! `tintype secret-key`: a new key that seals the secrets of jobs.

use domain::secret::Keyring;
use secrecy::ExposeSecret;
use serde_json::json;

use super::error::CommandError;
use crate::output::OutputFormat;

/// Prints a new key.
pub(crate) fn run(format: OutputFormat) -> Result<(), CommandError> {
    let key = Keyring::generate();
    let key = key.expose_secret();
    Ok(format.print(&json!({ "secret_key": key }), || key.to_owned())?)
}
