//! The filter of keys: `account:ada is:stale deploy`.

use std::str::FromStr;

use domain::key::{KeyCondition, KeyFilter};
use strum::VariantNames;

use super::words::{quoted, words};

/// Reads a filter: words that must all match. A value with blanks is in double quotes: `account:"Shop AG"`.
pub(crate) fn parse(raw: &str) -> Result<KeyFilter, String> {
    let mut filter = KeyFilter::default();
    for word in words(raw) {
        match word.split_once(':') {
            Some(("account", name)) => filter.account = Some(name.to_owned()),
            Some(("id" | "key", id)) => filter.id = Some(id.to_owned()),
            Some(("is" | "state", condition)) => filter.condition = Some(self::condition(condition)?),
            Some((qualifier, _)) if qualifier.chars().all(|c| c.is_ascii_lowercase()) => {
                return Err(format!(
                    "there is no {qualifier}: in this filter; use account:, id:, is: or a part of the name"
                ));
            }
            _ if word.starts_with("tt_") => filter.id = Some(word),
            _ => {
                let text = filter.text.take().map(|text| format!("{text} {word}"));
                filter.text = Some(text.unwrap_or(word));
            }
        }
    }
    Ok(filter)
}

/// Writes a filter as it is read.
pub(crate) fn print(filter: &KeyFilter) -> String {
    let KeyFilter { account, condition, text, id } = filter;
    let parts = [
        account.as_ref().map(|name| format!("account:{}", quoted(name))),
        id.as_ref().map(|id| format!("id:{}", quoted(id))),
        condition.map(|condition| format!("is:{}", condition.name())),
        text.as_deref().map(quoted),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn condition(name: &str) -> Result<KeyCondition, String> {
    let known = || KeyCondition::VARIANTS.join(", ");
    KeyCondition::from_str(&name.replace('-', "_"))
        .map_err(|_| format!("a key is never {name:?}; use one of {}", known()))
}

#[cfg(test)]
mod tests {
    use domain::key::{KeyCondition, KeyFilter};

    use super::{parse, print};

    #[test]
    fn a_filter_is_read_as_it_is_written() {
        let account = |name: &str| KeyFilter { account: Some(name.to_owned()), ..KeyFilter::default() };
        for (raw, filter) in [
            ("", KeyFilter::default()),
            ("account:ada", account("ada")),
            ("account:\"Shop AG\"", account("Shop AG")),
            ("is:stale", KeyFilter { condition: Some(KeyCondition::Stale), ..KeyFilter::default() }),
            ("deploy", KeyFilter { text: Some("deploy".to_owned()), ..KeyFilter::default() }),
            ("id:7Qm2", KeyFilter { id: Some("7Qm2".to_owned()), ..KeyFilter::default() }),
        ] {
            assert_eq!((parse(raw), print(&filter).as_str()), (Ok(filter), raw));
        }
        assert_eq!(parse("tt_7Qm2").map(|filter| filter.id), Ok(Some("tt_7Qm2".to_owned())));
        assert_eq!(parse("state:never-used").map(|filter| filter.condition), Ok(Some(KeyCondition::NeverUsed)));
        assert_eq!(parse("shop  prod").map(|filter| filter.text), Ok(Some("shop prod".to_owned())));
    }

    #[test]
    fn an_error_names_the_word_and_the_way_out() {
        for (raw, word, way_out) in [("user:ada", "user:", "account:"), ("is:old", "\"old\"", "stale")] {
            let error = parse(raw).expect_err("it is not a filter");
            assert!(error.contains(word) && error.contains(way_out), "{error}");
        }
    }
}
