//! Drafts of changes of keys.

use domain::key::{Expiry, Scopes};

use super::field::{FieldError, FieldSpec, field, rate, rate_fields, value, wrong};
use crate::console::core::write::KeyWrite;
use crate::lifetime;

/// A change of a key that needs some value first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyDraft {
    /// Create a key.
    Create {
        /// The name of its account, if it is known.
        account: String,
    },
    /// Rename a key.
    Rename {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
    /// Change the limits.
    Limit {
        /// Its id.
        id: String,
        /// What it may do.
        scopes: Scopes,
        /// Jobs per minute and at once; `None`: unlimited.
        rate: Option<(i32, i32)>,
    },
}

/// The expiry stays as it is.
const KEEP: &str = "keep";

impl KeyDraft {
    pub(super) fn title(&self) -> String {
        match self {
            Self::Create { .. } => "New API key".to_owned(),
            Self::Rename { id, .. } => format!("Rename key {id}"),
            Self::Limit { id, .. } => format!("Limits of key {id}"),
        }
    }

    pub(super) fn fields(&self) -> Vec<FieldSpec> {
        let scopes = |value: String| field("scopes", "render, read or admin, or several: render,read", value);
        match self {
            Self::Create { account } => vec![
                field("account", "whose credits it spends", account.clone()),
                field("name", "where the key is used", "default".to_owned()),
                scopes("render,read".to_owned()),
                field("expires", "never, 90d, or 2027-01-31T00:00:00Z", "never".to_owned()),
            ],
            Self::Rename { name, .. } => vec![field("name", "1 to 100 characters", name.clone())],
            Self::Limit { scopes: current, rate, .. } => {
                let expires = field("expires", "keep, never, 90d, or 2027-01-31T00:00:00Z", KEEP.to_owned());
                let mut fields = vec![scopes(current.names()), expires];
                fields.extend(rate_fields(*rate));
                fields
            }
        }
    }

    pub(super) fn fill(&self, values: &[String]) -> Result<KeyWrite, FieldError> {
        let reason = String::new();
        let (first, second) = (value(values, 0).to_owned(), value(values, 1).to_owned());
        match self {
            Self::Create { .. } => {
                if first.is_empty() {
                    return Err(wrong(0, "type the name of an account"));
                }
                let (scopes, expiry) = (scopes(values, 2)?, expiry(values, 3)?);
                Ok(KeyWrite::Create { account: first, name: named(second, 1)?, scopes, expiry, reason })
            }
            Self::Rename { id, .. } => Ok(KeyWrite::Rename { id: id.clone(), name: named(first, 0)?, reason }),
            Self::Limit { id, .. } => {
                let expiry = if second == KEEP { None } else { Some(expiry(values, 1)?) };
                let (scopes, rate) = (scopes(values, 0)?, rate(values, 2)?);
                Ok(KeyWrite::Limit { id: id.clone(), scopes, expiry, rate, reason })
            }
        }
    }
}

fn named(name: String, at: usize) -> Result<String, FieldError> {
    let is_valid = (1..=100).contains(&name.chars().count());
    if is_valid { Ok(name) } else { Err(wrong(at, "a key's name has 1 to 100 characters")) }
}

fn scopes(values: &[String], at: usize) -> Result<Scopes, FieldError> {
    value(values, at).parse().map_err(|_| wrong(at, "use one or more of render, read and admin, with commas"))
}

fn expiry(values: &[String], at: usize) -> Result<Expiry, FieldError> {
    match value(values, at) {
        "never" => Ok(Expiry::Never),
        text => lifetime::expiry(text).map_err(|error| wrong(at, &error)),
    }
}

#[cfg(test)]
mod tests {
    use domain::key::Expiry;

    use super::KeyDraft;
    use crate::console::core::write::KeyWrite;

    fn values(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn what_is_wrong_is_named_where_it_was_typed() {
        let create = KeyDraft::Create { account: String::new() };
        for (filled, field) in [
            (["", "ci", "read", "never"], 0),
            (["ada", "", "read", "never"], 1),
            (["ada", "ci", "write", "never"], 2),
            (["ada", "ci", "read", "soon"], 3),
        ] {
            assert_eq!(create.fill(&values(&filled)).map_err(|error| error.field), Err(field), "{filled:?}");
        }
        let limit = KeyDraft::Limit { id: "7Qm2".to_owned(), scopes: "read".parse().expect("scopes"), rate: None };
        let kept = limit.fill(&values(&["read", "keep", "", ""]));
        assert!(matches!(kept, Ok(KeyWrite::Limit { expiry: None, rate: None, .. })));
        let never = limit.fill(&values(&["read", "never", "60", "20"]));
        assert!(matches!(never, Ok(KeyWrite::Limit { expiry: Some(Expiry::Never), rate: Some((60, 20)), .. })));
    }
}
