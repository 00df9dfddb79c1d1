//! The key that seals the secrets of jobs: made once, and kept in the data directory.

use std::env;

use domain::secret::Keyring;
use secrecy::ExposeSecret;

use super::error::UpError;
use super::program::Variable;
use crate::data_dir::{DataDir, SECRET_KEY_FILE};

const KEY: &str = "TINTYPE_SECRET_KEY";
const KEY_FILE: &str = "TINTYPE_SECRET_KEY_FILE";

/// Returns the variable that gives the key to the API and the workers, after creating the key if
/// there is none; `None` if the operator has set a key.
pub(crate) fn environment(data_dir: &DataDir) -> Result<Option<Variable>, UpError> {
    if [KEY, KEY_FILE].into_iter().any(|name| env::var_os(name).is_some_and(|value| !value.is_empty())) {
        return Ok(None);
    }
    let file = data_dir.join(SECRET_KEY_FILE);
    if !file.try_exists()? {
        data_dir.write(SECRET_KEY_FILE, Keyring::generate().expose_secret())?;
    }
    Keyring::load(None, Some(&file))?;
    Ok(Some((KEY_FILE, file.into())))
}
