//! Reach: whether the user that Postgres runs as can get to a folder.

use std::path::Path;

use super::PostgresError;
use crate::up::program::{Owner, may_enter};

/// Names the first folder on the way that the user may not enter, and the way out.
pub(super) async fn check(owner: &Owner, folder: &Path, way_out: &'static str) -> Result<(), PostgresError> {
    if matches!(owner, Owner::Ourselves) {
        return Ok(());
    }
    let mut way: Vec<&Path> = folder.ancestors().collect();
    way.reverse();
    for step in way {
        match may_enter(owner, step).await {
            Ok(true) => (),
            Ok(false) => return Err(PostgresError::OutOfReach(step.to_owned(), way_out)),
            Err(error) => return Err(PostgresError::Io(step.to_owned(), error)),
        }
    }
    Ok(())
}
