//! Drafts: changes that need some value first, such as an amount or a name.

mod account;
mod expiry;
mod field;
mod key;

pub(crate) use account::AccountDraft;
pub(crate) use expiry::ExpiryDraft;
pub(crate) use field::{FieldError, FieldSpec};
pub(crate) use key::KeyDraft;

use super::write::Write;

/// A change that needs some value first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Draft {
    /// Unlock changes: the environment's word is typed.
    Unlock {
        /// The word.
        word: String,
    },
    /// A change of an account.
    Account(AccountDraft),
    /// A change of a key.
    Key(KeyDraft),
    /// Results that are extended.
    Expiry(ExpiryDraft),
}

/// The outcome of a form that was filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Filled {
    /// A change, which is confirmed next.
    Write(Write),
    /// The connection for changes is opened.
    Unlock,
}

impl Draft {
    /// What will happen, in a few words.
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Unlock { .. } => "Unlock changes for 10 minutes".to_owned(),
            Self::Account(draft) => draft.title(),
            Self::Key(draft) => draft.title(),
            Self::Expiry(draft) => draft.title(),
        }
    }

    /// The fields.
    pub(crate) fn fields(&self) -> Vec<FieldSpec> {
        match self {
            Self::Unlock { word } => {
                vec![FieldSpec { label: "confirm", help: format!("type {word}"), value: String::new() }]
            }
            Self::Account(draft) => draft.fields(),
            Self::Key(draft) => draft.fields(),
            Self::Expiry(_) => ExpiryDraft::fields(),
        }
    }

    /// Makes the change from what was typed.
    pub(crate) fn fill(&self, values: &[String]) -> Result<Filled, FieldError> {
        match self {
            Self::Unlock { word } if values.first() == Some(word) => Ok(Filled::Unlock),
            Self::Unlock { word } => Err(FieldError { field: 0, message: format!("type {word} to unlock") }),
            Self::Account(draft) => draft.fill(values).map(|write| Filled::Write(Write::Account(write))),
            Self::Key(draft) => draft.fill(values).map(|write| Filled::Write(Write::Key(write))),
            Self::Expiry(draft) => draft.fill(values).map(|write| Filled::Write(Write::Expiry(write))),
        }
    }
}
