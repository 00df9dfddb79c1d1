//! The environment: which service the console shows, and what may be done to it.

/// Which service the console shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    /// Its name, such as `prod`; empty if the operator has not given it one.
    pub(crate) name: String,
    /// Whether it is marked as one where mistakes are expensive.
    pub(crate) is_protected: bool,
    /// Whether its profile forbids changes.
    pub(crate) is_read_only: bool,
    /// The word that unlocks changes: the name in capitals unless the profile says otherwise.
    pub(crate) confirm_word: String,
    /// The names of the others that the operator can switch to.
    pub(crate) others: Vec<String>,
}
