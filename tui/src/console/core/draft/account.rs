//! Drafts of changes of accounts.

use super::field::{FieldError, FieldSpec, field, number, rate, rate_fields, value, wrong};
use crate::console::core::write::AccountWrite;

/// A change of an account that needs some value first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AccountDraft {
    /// Grant or adjust credits.
    Credits {
        /// The account.
        account: String,
        /// Its balance, as far as it is known.
        balance: Option<i64>,
    },
    /// Create an account.
    Create,
    /// Change the limits.
    Limit {
        /// The account.
        account: String,
        /// Its share of the workers.
        weight: i16,
        /// Jobs per minute and at once; `None`: unlimited.
        rate: Option<(i32, i32)>,
    },
}

impl AccountDraft {
    pub(super) fn title(&self) -> String {
        match self {
            Self::Credits { account, .. } => format!("Credits of {account}"),
            Self::Create => "New account".to_owned(),
            Self::Limit { account, .. } => format!("Limits of {account}"),
        }
    }

    pub(super) fn fields(&self) -> Vec<FieldSpec> {
        match self {
            Self::Credits { .. } => vec![
                field("credits", "how many to add, or to remove: 500 or -20", String::new()),
                field("kind", "grant: bought or given; adjust: a correction", "grant".to_owned()),
            ],
            Self::Create => vec![
                field("name", "1 to 100 characters", String::new()),
                field("credits", "the first credits", "0".to_owned()),
            ],
            Self::Limit { weight, rate, .. } => {
                let mut fields =
                    vec![field("weight", "its share while other accounts wait, 1 to 1000", weight.to_string())];
                fields.extend(rate_fields(*rate));
                fields
            }
        }
    }

    pub(super) fn fill(&self, values: &[String]) -> Result<AccountWrite, FieldError> {
        let (first, second) = (value(values, 0), value(values, 1));
        match self {
            Self::Credits { account, balance } => credits(account, *balance, first, second),
            Self::Create if first.is_empty() || first.chars().count() > 100 => {
                Err(wrong(0, "an account's name has 1 to 100 characters"))
            }
            Self::Create => {
                let credits = number::<i64>(second).filter(|credits| *credits >= 0);
                let credits = credits.ok_or_else(|| wrong(1, "type a number of credits, such as 0 or 1000"))?;
                Ok(AccountWrite::Create { name: first.to_owned(), credits, reason: String::new() })
            }
            Self::Limit { account, .. } => {
                let weight = number::<i16>(first).filter(|weight| (1..=1000).contains(weight));
                let weight = weight.ok_or_else(|| wrong(0, "a weight is from 1 to 1000"))?;
                let rate = rate(values, 1)?;
                Ok(AccountWrite::Limit { account: account.clone(), weight, rate, reason: String::new() })
            }
        }
    }
}

fn credits(account: &str, balance: Option<i64>, credits: &str, kind: &str) -> Result<AccountWrite, FieldError> {
    let credits = number::<i64>(credits).filter(|credits| *credits != 0);
    let credits = credits.ok_or_else(|| wrong(0, "type a number of credits, such as 500 or -20"))?;
    if balance.is_some_and(|balance| balance.saturating_add(credits) < 0) {
        return Err(wrong(0, "the account has fewer credits than that; a balance is never below 0"));
    }
    let (account, reason) = (account.to_owned(), String::new());
    match kind {
        "grant" if credits > 0 => Ok(AccountWrite::Grant { account, credits, balance, reason }),
        "grant" => Err(wrong(1, "only adjust removes credits")),
        "adjust" => Ok(AccountWrite::Adjust { account, credits, balance, reason }),
        _ => Err(wrong(1, "type grant or adjust")),
    }
}

#[cfg(test)]
mod tests {
    use super::AccountDraft;
    use crate::console::core::write::AccountWrite;

    fn values(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn credits_are_granted_or_adjusted_and_never_below_zero() {
        let draft = AccountDraft::Credits { account: "ada".to_owned(), balance: Some(10) };
        for (filled, field) in [
            (["", "grant"], 0),
            (["0", "grant"], 0),
            (["x", "grant"], 0),
            (["-11", "adjust"], 0),
            (["-5", "grant"], 1),
            (["5", "gift"], 1),
        ] {
            assert_eq!(draft.fill(&values(&filled)).map_err(|error| error.field), Err(field), "{filled:?}");
        }
        assert!(matches!(draft.fill(&values(&["1,000", "grant"])), Ok(AccountWrite::Grant { credits: 1000, .. })));
        assert!(matches!(draft.fill(&values(&["-10", "adjust"])), Ok(AccountWrite::Adjust { credits: -10, .. })));
    }

    #[test]
    fn limits_are_checked_where_they_are_typed() {
        let draft = AccountDraft::Limit { account: "ada".to_owned(), weight: 1, rate: None };
        for (filled, field) in [(["0", "", ""], 0), (["1", "0", "20"], 1), (["1", "60", "19"], 2), (["1", "60", ""], 2)]
        {
            assert_eq!(draft.fill(&values(&filled)).map_err(|error| error.field), Err(field), "{filled:?}");
        }
        assert!(matches!(draft.fill(&values(&["2", "", ""])), Ok(AccountWrite::Limit { weight: 2, rate: None, .. })));
        let filled = draft.fill(&values(&["1", "60", "20"]));
        assert!(matches!(filled, Ok(AccountWrite::Limit { rate: Some((60, 20)), .. })));
    }
}
