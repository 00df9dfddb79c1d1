//! Reaching another environment before it is shown.

use crate::console::data::connect;
use crate::output::format::sanitize;
use crate::profile::Profile;

/// Looks up an environment, and whether its database answers.
pub(super) async fn reach(name: &str) -> Result<Profile, String> {
    let profile = Profile::named(name).map_err(|error| sanitize(&error.to_string()))?;
    connect(&profile.target).await.map_err(|reason| format!("{name} cannot be reached: {reason}"))?;
    Ok(profile)
}
