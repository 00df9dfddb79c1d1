//! Describes keys for people.

use domain::key::{CreatedKey, KeySummary};
use secrecy::ExposeSecret;

use crate::output::format::{count, sanitize, timestamp};
use crate::output::table::{Align, table};

/// Describes a new key, with its secret on a line of its own.
pub(super) fn created(created: &CreatedKey) -> String {
    let (key, id) = (created.key.expose_secret(), &created.id);
    let expiry = created.expires_at.map(|at| format!(" and it expires at {}", timestamp(at))).unwrap_or_default();
    format!(
        "{key}\nThe key's id is {id}{expiry}. Store the key now: only its hash is kept, so it cannot be shown again."
    )
}

/// Lays out keys as a table.
pub(in crate::cli) fn list(keys: &[KeySummary]) -> String {
    if keys.is_empty() {
        return "no keys".to_owned();
    }
    let headings = [
        "id",
        "account",
        "name",
        "scopes",
        "state",
        "condition",
        "created",
        "created by",
        "last used",
        "expires",
        "rate",
        "replaced by",
    ];
    let row = |key: &KeySummary| {
        [
            key.id.to_string(),
            sanitize(&key.account),
            sanitize(&key.name),
            key.scopes.names(),
            key.state.name().to_owned(),
            key.condition.name().to_owned(),
            timestamp(key.created_at),
            key.created_by.as_deref().map(sanitize).unwrap_or_default(),
            key.last_used_at.map(timestamp).unwrap_or_default(),
            key.expires_at.map(timestamp).unwrap_or_default(),
            key.rate.map(|rate| format!("{}/min", count(rate.into()))).unwrap_or_default(),
            key.replaced_by.as_ref().map(ToString::to_string).unwrap_or_default(),
        ]
    };
    table(headings.map(|heading| (heading, Align::Left)), &keys.iter().map(row).collect::<Vec<_>>())
}
