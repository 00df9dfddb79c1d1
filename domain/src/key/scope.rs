//! Scopes: what a key may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a key may do in its account.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    sqlx::Type,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "key_scope", rename_all = "snake_case")]
pub enum Scope {
    /// Submit, cancel and retry jobs.
    Render,
    /// Read jobs, results and the balance.
    Read,
    /// Everything.
    Admin,
}

/// The scopes of a key: one or more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Scope>")]
pub struct Scopes(Vec<Scope>);

/// The text is not a list of scopes.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a scope; use one or more of render, read and admin, separated by commas")]
pub struct InvalidScope(String);

/// The key does not have the scope that the operation requires.
#[derive(Debug, thiserror::Error)]
#[error("this operation requires the scope `{required}`; the API key has {present}")]
pub struct InsufficientScope {
    required: Scope,
    present: Scopes,
}

impl Scope {
    /// The name on the command line and in the database.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Scopes {
    /// Every right.
    pub fn admin() -> Self {
        Self(vec![Scope::Admin])
    }

    /// Checks that the scopes include one, or all.
    pub fn require(&self, required: Scope) -> Result<(), InsufficientScope> {
        let is_included = self.0.contains(&required) || self.0.contains(&Scope::Admin);
        is_included.then_some(()).ok_or_else(|| InsufficientScope { required, present: self.clone() })
    }

    /// The names, separated by commas, as the command line takes them.
    pub fn names(&self) -> String {
        self.0.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(",")
    }

    pub(super) fn as_slice(&self) -> &[Scope] {
        &self.0
    }
}

impl From<Vec<Scope>> for Scopes {
    fn from(mut scopes: Vec<Scope>) -> Self {
        scopes.sort_unstable();
        scopes.dedup();
        Self(scopes)
    }
}

impl FromStr for Scopes {
    type Err = InvalidScope;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let scope = |name: &str| name.trim().parse().map_err(|_| InvalidScope(name.to_owned()));
        raw.split(',').map(scope).collect::<Result<Vec<_>, _>>().map(Self::from)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|scope| format!("`{scope}`")).collect();
        f.write_str(&names.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, Scopes};

    #[test]
    fn admin_includes_every_scope_and_no_other_scope_does() {
        for (scopes, may_render, may_read, may_administer) in [
            ("admin", true, true, true),
            ("render", true, false, false),
            ("read", false, true, false),
            ("render,read", true, true, false),
            ("read,admin", true, true, true),
        ] {
            let scopes: Scopes = scopes.parse().expect("a list of scopes");
            let allows = |scope| scopes.require(scope).is_ok();

            assert_eq!(
                (allows(Scope::Render), allows(Scope::Read), allows(Scope::Admin)),
                (may_render, may_read, may_administer),
                "{scopes}"
            );
        }
    }

    #[test]
    fn a_list_of_scopes_is_sorted_and_has_no_duplicates() {
        for (raw, names) in [("read", Some("read")), ("read, render,read", Some("render,read"))] {
            assert_eq!(raw.parse::<Scopes>().ok().map(|scopes| scopes.names()).as_deref(), names, "{raw}");
        }
        for raw in ["", ",", "render,", "write", "Render", "render read"] {
            assert!(raw.parse::<Scopes>().is_err(), "{raw}");
        }
    }

    #[test]
    fn a_missing_scope_is_named_with_those_that_the_key_has() {
        let scopes: Scopes = "read".parse().expect("a scope");

        let error = scopes.require(Scope::Render).expect_err("it may not render");

        assert_eq!(error.to_string(), "this operation requires the scope `render`; the API key has `read`");
    }
}
