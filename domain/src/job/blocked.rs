//! What a page was denied, by class.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Why a request of a page was blocked.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::EnumString, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum BlockedClass {
    /// The address is not on the public internet.
    PrivateAddress,
    /// The name is reserved for private networks.
    Name,
    /// The port belongs to a protocol other than HTTP.
    Port,
    /// The page had used up its traffic budget.
    Budget,
}

/// How many requests of a page were blocked, by class. It holds no address and no name: the
/// author of a page could use those to map the network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, u64>")]
pub struct Blocked(BTreeMap<BlockedClass, u64>);

impl BlockedClass {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl Blocked {
    /// Adds `count` requests of a class.
    pub fn add(&mut self, class: BlockedClass, count: u64) {
        if count > 0 {
            *self.0.entry(class).or_default() += count;
        }
    }

    /// Whether nothing was blocked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The classes that occurred, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (BlockedClass, u64)> {
        self.0.iter().map(|(class, count)| (*class, *count))
    }

    /// The stored form: null if nothing was blocked.
    pub(super) fn stored(&self) -> Option<sqlx::types::Json<&Self>> {
        (!self.is_empty()).then_some(sqlx::types::Json(self))
    }
}

/// Classes of a later version are dropped.
impl From<BTreeMap<String, u64>> for Blocked {
    fn from(stored: BTreeMap<String, u64>) -> Self {
        stored.iter().filter_map(|(name, count)| Some((name.parse().ok()?, *count))).collect()
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
    fn counts_are_read_as_they_were_stored() {
        let blocked: Blocked = [
            (BlockedClass::PrivateAddress, 3),
            (BlockedClass::Name, 1),
            (BlockedClass::Port, 1),
            (BlockedClass::Budget, 2),
        ]
        .into_iter()
        .collect();
        let stored = json!({"private_address": 3, "name": 1, "port": 1, "budget": 2});

        assert_eq!(serde_json::to_value(&blocked).expect("json"), stored);
        assert_eq!(serde_json::from_value::<Blocked>(stored).expect("stored counts"), blocked);
    }

    #[test]
    fn classes_of_a_later_version_are_dropped() {
        let blocked: Blocked = serde_json::from_value(json!({"name": 1, "weekday": 5})).expect("stored counts");

        assert_eq!(blocked.iter().collect::<Vec<_>>(), [(BlockedClass::Name, 1)]);
    }

    #[test]
    fn a_count_of_zero_is_not_stored() {
        assert!(Blocked::from_iter([(BlockedClass::Port, 0)]).is_empty());
    }
}
