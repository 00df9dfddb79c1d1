//! How many lines the parts of the screens about money take.

/// A terminal of fewer lines shows less around the rows.
const LOW: u16 = 24;

/// Whether the account is shown beside the list of accounts.
pub(crate) fn is_wide((columns, lines): (u16, u16)) -> bool {
    columns >= 120 && lines >= 30
}

/// The lines of the account below the list, where it is not beside it.
pub(crate) fn account_strip((_, lines): (u16, u16)) -> u16 {
    if lines < LOW { 3 } else { 5 }
}

/// The lines of the account above its ledger.
pub(crate) fn above_ledger((_, lines): (u16, u16)) -> u16 {
    if lines < LOW { 4 } else { 7 }
}

/// The lines of the key below the list of keys.
pub(crate) fn key_strip((_, lines): (u16, u16)) -> u16 {
    if lines < LOW { 3 } else { 6 }
}
