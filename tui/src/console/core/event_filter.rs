//! The filter of events: `level:error,audit kind:worker. worker:w-12 since:2h`.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use domain::event::{EventFilter, EventLevel};

use super::words::words;

/// The qualifiers, for completion and errors.
const QUALIFIERS: &str = "level:, kind:, job:, worker:, account:, actor:, error:, since:, until:";

/// Reads a filter: words that must all match. A value with blanks is in double quotes. Times are `14:32` of the last
/// 24 hours, `2h` ago (also m and d), `now`, or in full.
pub(crate) fn parse(raw: &str, now: DateTime<Utc>) -> Result<EventFilter, String> {
    let mut filter = EventFilter::default();
    for word in words(raw) {
        let Some((qualifier, value)) = word.split_once(':').filter(|(_, value)| !value.is_empty()) else {
            return Err(match word.strip_suffix(':') {
                Some(_) => format!("{word} needs a value"),
                None => format!("{word:?} has no qualifier; use {QUALIFIERS}"),
            });
        };
        let value = value.to_owned();
        match qualifier {
            "level" => filter.levels = levels(&value)?,
            "kind" => filter.kind = Some(value),
            "job" | "id" => filter.job = Some(value.parse().map_err(|_| format!("{value:?} is not the id of a job"))?),
            "worker" => filter.worker = Some(value),
            "account" => filter.account = Some(value),
            "actor" => filter.actor = Some(value),
            "error" => filter.code = Some(value.to_uppercase()),
            "since" => filter.since = Some(time(&value, now)?),
            "until" => filter.until = Some(time(&value, now)?),
            _ => return Err(format!("there is no {qualifier}: in this filter; use {QUALIFIERS}")),
        }
    }
    Ok(filter)
}

/// Reads levels: `error,audit`, or `>=warning`.
fn levels(raw: &str) -> Result<Vec<EventLevel>, String> {
    let level =
        |name: &str| name.parse().map_err(|_| format!("there is no level {name:?}; use info, warning, error or audit"));
    match raw.strip_prefix(">=") {
        Some(least) => {
            let least: EventLevel = level(least)?;
            let all = [EventLevel::Info, EventLevel::Warning, EventLevel::Error, EventLevel::Audit];
            Ok(all.into_iter().filter(|level| *level >= least).collect())
        }
        None => raw.split(',').map(level).collect(),
    }
}

/// Reads a time.
fn time(raw: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let error = || format!("{raw:?} is not a time; use 14:32, 2h, now, or 2026-11-23T14:32:00Z");
    if raw == "now" {
        return Ok(now);
    }
    if let Ok(time) = raw.parse() {
        return Ok(time);
    }
    let clock = NaiveTime::parse_from_str(raw, "%H:%M:%S").or_else(|_| NaiveTime::parse_from_str(raw, "%H:%M"));
    if let Ok(clock) = clock {
        let today = now.date_naive().and_time(clock).and_utc();
        return Ok(if today > now { today - TimeDelta::days(1) } else { today });
    }
    let age = raw.strip_prefix('-').unwrap_or(raw);
    let unit = age.chars().last().ok_or_else(error)?;
    let number: i64 = age.strip_suffix(unit).and_then(|number| number.parse().ok()).ok_or_else(error)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(error()),
    };
    let age = number.checked_mul(seconds).and_then(TimeDelta::try_seconds).ok_or_else(error)?;
    now.checked_sub_signed(age).ok_or_else(error)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use domain::event::{EventFilter, EventLevel};
    use proptest::proptest;

    use super::parse;

    fn now() -> DateTime<Utc> {
        "2026-11-23T14:32:07Z".parse().expect("a time")
    }

    #[test]
    fn a_filter_is_read() {
        let filter = parse("level:error,audit kind:worker. worker:\"w 12\" actor:eve error:timeout", now());
        assert_eq!(
            filter,
            Ok(EventFilter {
                levels: vec![EventLevel::Error, EventLevel::Audit],
                kind: Some("worker.".to_owned()),
                worker: Some("w 12".to_owned()),
                actor: Some("eve".to_owned()),
                code: Some("TIMEOUT".to_owned()),
                ..EventFilter::default()
            })
        );
        let levels = parse("level:>=warning", now()).map(|filter| filter.levels);
        assert_eq!(levels, Ok(vec![EventLevel::Warning, EventLevel::Error, EventLevel::Audit]));
    }

    #[test]
    fn times_are_of_the_last_day_ages_or_full() {
        for (raw, time) in [
            ("14:30", "2026-11-23T14:30:00Z"),
            ("14:33", "2026-11-22T14:33:00Z"),
            ("2h", "2026-11-23T12:32:07Z"),
            ("-90s", "2026-11-23T14:30:37Z"),
            ("now", "2026-11-23T14:32:07Z"),
            ("2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"),
        ] {
            let until = parse(&format!("until:{raw}"), now()).map(|filter| filter.until);
            assert_eq!(until, Ok(time.parse().ok()), "{raw}");
        }
        assert_eq!(parse("since:1d", now()).map(|filter| filter.since), Ok(Some(now() - TimeDelta::days(1))));
    }

    #[test]
    fn an_error_names_the_word_and_the_way_out() {
        for (raw, word, way_out) in [
            ("user:ada", "user:", "account:"),
            ("lost", "\"lost\"", "kind:"),
            ("level:bad", "\"bad\"", "warning"),
            ("job:7", "\"7\"", "id"),
            ("since:", "since:", "value"),
            ("since:soon", "\"soon\"", "14:32"),
        ] {
            let error = parse(raw, now()).expect_err("it is not a filter");
            assert!(error.contains(word) && error.contains(way_out), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(raw in "\\PC{0,40}", value in "(since|until|level):[-0-9hms:.>=é]{0,24}") {
            drop((parse(&raw, now()), parse(&value, now())));
        }
    }
}
