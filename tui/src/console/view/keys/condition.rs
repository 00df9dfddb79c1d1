//! How the condition of a key looks.

use domain::key::KeyCondition;

use crate::console::theme::Role;

/// A sign, words and a colour for each condition.
pub(super) fn of(condition: KeyCondition) -> (&'static str, &'static str, Role) {
    match condition {
        KeyCondition::Active => ("✓", "active", Role::Good),
        KeyCondition::Idle => ("·", "idle", Role::Text),
        KeyCondition::Stale => ("!", "stale >30 d", Role::Warning),
        KeyCondition::NeverUsed => ("○", "never used", Role::Text),
        KeyCondition::Unknown => ("…", "not recorded", Role::Label),
        KeyCondition::ExpiresSoon => ("!", "expires soon", Role::Warning),
        KeyCondition::Expired => ("✗", "expired", Role::Bad),
        KeyCondition::Revoked => ("✗", "revoked", Role::Bad),
    }
}
