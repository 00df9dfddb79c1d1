//! Paper sizes.

use serde::{Deserialize, Serialize};

/// A paper size: ISO 216 or North American.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, strum::IntoStaticStr)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Paper {
    A0,
    A1,
    A2,
    A3,
    #[default]
    A4,
    A5,
    A6,
    Letter,
    Legal,
    Tabloid,
    Ledger,
}

impl Paper {
    /// Width and height of a sheet in portrait orientation, in inches.
    pub fn inches(self) -> (f64, f64) {
        let millimetres = |width: f64, height: f64| (width / 25.4, height / 25.4);
        match self {
            Self::A0 => millimetres(841.0, 1189.0),
            Self::A1 => millimetres(594.0, 841.0),
            Self::A2 => millimetres(420.0, 594.0),
            Self::A3 => millimetres(297.0, 420.0),
            Self::A4 => millimetres(210.0, 297.0),
            Self::A5 => millimetres(148.0, 210.0),
            Self::A6 => millimetres(105.0, 148.0),
            Self::Letter => (8.5, 11.0),
            Self::Legal => (8.5, 14.0),
            Self::Tabloid => (11.0, 17.0),
            Self::Ledger => (17.0, 11.0),
        }
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        self.into()
    }
}
