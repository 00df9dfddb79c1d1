//! Parses how long keys live, as commands and forms take it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::key::Expiry;

/// The longest time that is accepted: 100 years. A database cannot add any time to a moment.
const MAX_DURATION: Duration = Duration::from_hours(24 * 36_500);

/// Parses a time such as `90m`, `24h` or `7d`.
pub(crate) fn duration(raw: &str) -> Result<Duration, String> {
    let unit = raw.chars().last().and_then(|unit| match unit {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(60 * 60),
        'd' => Some(24 * 60 * 60),
        _ => None,
    });
    let number = raw.get(..raw.len().saturating_sub(1)).and_then(|number| number.parse::<u64>().ok());
    let seconds = unit.zip(number).and_then(|(unit, number)| number.checked_mul(unit));
    let duration = seconds.map(Duration::from_secs).filter(|&duration| duration <= MAX_DURATION);
    duration.ok_or_else(|| "must be a number with a unit, such as 30s, 90m, 24h or 7d, of 100 years at most".to_owned())
}

/// Parses an expiry: a time from now, or a moment.
pub(crate) fn expiry(raw: &str) -> Result<Expiry, String> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(raw) {
        return Ok(Expiry::At(moment.with_timezone(&Utc)));
    }
    let message = "must be a time such as 12h or 90d, or a moment such as 2027-01-31T00:00:00Z";
    duration(raw).map(Expiry::After).map_err(|_| message.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::key::Expiry;

    use super::{duration, expiry};

    #[test]
    fn a_time_is_a_number_with_a_unit() {
        for (raw, seconds) in [("0s", 0), ("30s", 30), ("90m", 5_400), ("24h", 86_400), ("7d", 604_800)] {
            assert_eq!(duration(raw), Ok(Duration::from_secs(seconds)), "{raw}");
        }
        for raw in ["", "24", "h", "-1h", "1.5h", "24H", "1w", "24 h", "36501d", "18446744073709551615d", "1é"] {
            assert!(duration(raw).is_err(), "{raw}");
        }
    }

    #[test]
    fn an_expiry_is_a_time_from_now_or_a_moment() {
        let moment = "2027-01-31T00:00:00Z".parse().expect("a moment");

        assert_eq!(expiry("90d"), Ok(Expiry::After(Duration::from_hours(90 * 24))));
        assert_eq!(expiry("2027-01-31T00:00:00Z"), Ok(Expiry::At(moment)));
        assert_eq!(expiry("2027-01-31T01:00:00+01:00"), Ok(Expiry::At(moment)));
        for raw in ["2027-01-31", "tomorrow", "never"] {
            assert!(expiry(raw).is_err(), "{raw}");
        }
    }
}
