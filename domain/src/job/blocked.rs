//! What a render was kept from reaching.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Why something that a page asked for was blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockedClass {
    /// Its address is not on the public internet.
    PrivateAddress,
    /// Its name is reserved for private networks.
    Name,
    /// Its port is not one that pages come from.
    Port,
    /// The page had asked for as much as one page may.
    Budget,
}

/// How often a render was blocked, by class. It tells no address and no name: what a page
/// learns by being blocked, its author could ask of our network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, u64>")]
pub struct Blocked(BTreeMap<BlockedClass, u64>);

impl BlockedClass {
    const ALL: [Self; 4] = [Self::PrivateAddress, Self::Name, Self::Port, Self::Budget];

    /// Reads a name; `None` where it is none of ours.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::PrivateAddress => "private_address",
            Self::Name => "name",
            Self::Port => "port",
            Self::Budget => "budget",
        }
    }
}

impl Blocked {
    /// Counts what was blocked once more, so often.
    pub fn add(&mut self, class: BlockedClass, count: u64) {
        if count > 0 {
            *self.0.entry(class).or_default() += count;
        }
    }

    /// Whether nothing was blocked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each class that there was, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (BlockedClass, u64)> {
        self.0.iter().map(|(class, count)| (*class, *count))
    }

    /// As it is stored: nothing, where nothing was blocked.
    pub(super) fn stored(&self) -> Option<sqlx::types::Json<&Self>> {
        (!self.is_empty()).then_some(sqlx::types::Json(self))
    }
}

/// What a later version stored under classes of its own is not told.
impl From<BTreeMap<String, u64>> for Blocked {
    fn from(stored: BTreeMap<String, u64>) -> Self {
        stored.iter().filter_map(|(name, count)| Some((BlockedClass::parse(name)?, *count))).collect()
    }
}

impl FromIterator<(BlockedClass, u64)> for Blocked {
    fn from_iter<I: IntoIterator<Item = (BlockedClass, u64)>>(counts: I) -> Self {
        let mut blocked = Self::default();
        counts.into_iter().for_each(|(class, count)| blocked.add(class, count));
        blocked
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Blocked, BlockedClass};

    #[test]
    fn what_was_blocked_comes_back_from_where_it_is_stored() {
        let blocked: Blocked = BlockedClass::ALL.into_iter().zip([3, 1, 1, 2]).collect();
        let stored = json!({"private_address": 3, "name": 1, "port": 1, "budget": 2});

        assert_eq!(serde_json::to_value(&blocked).expect("json"), stored);
        assert_eq!(serde_json::from_value::<Blocked>(stored).expect("what is stored"), blocked);
    }

    #[test]
    fn a_class_of_a_later_version_is_not_told() {
        let blocked: Blocked = serde_json::from_value(json!({"name": 1, "weekday": 5})).expect("what is stored");

        assert_eq!(blocked.iter().collect::<Vec<_>>(), [(BlockedClass::Name, 1)]);
    }

    #[test]
    fn what_was_never_blocked_is_not_counted() {
        assert!(Blocked::from_iter([(BlockedClass::Port, 0)]).is_empty());
    }
}
