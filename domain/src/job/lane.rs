//! Lanes: two lines that an account stands in at once, so that its bulk work never delays
//! what somebody waits for.

/// Where a job stands in line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lane {
    /// Somebody waits for it.
    #[default]
    Interactive,
    /// It is one of many, and may take its time.
    Bulk,
}

/// Of so many claims in a row, one looks at the bulk lane first.
const BULK_SHARE: u32 = 5;

impl Lane {
    /// By which statements know it.
    pub(crate) fn number(self) -> i16 {
        match self {
            Self::Interactive => 0,
            Self::Bulk => 1,
        }
    }

    /// The one that is looked at second.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Interactive => Self::Bulk,
            Self::Bulk => Self::Interactive,
        }
    }

    /// Which lane the `turn`-th claim looks at first.
    pub(super) fn first(turn: u32) -> Self {
        if turn % BULK_SHARE == BULK_SHARE - 1 { Self::Bulk } else { Self::Interactive }
    }
}
