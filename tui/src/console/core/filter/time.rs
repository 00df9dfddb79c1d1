//! Times and durations of a filter.

use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use domain::job::browse::Moment;

/// The longest duration: no row of a job is kept for longer.
const MAX: Duration = Duration::from_hours(24 * 1_000);

/// Units, the largest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads a duration such as `90s` or `1h30m`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let (number, behind) = rest.split_at_checked(digits)?;
        let letters = behind.find(|letter: char| letter.is_ascii_digit()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at_checked(letters)?;
        let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(*scale)?)?;
        rest = behind;
    }
    Some(Duration::from_millis(total)).filter(|duration| !text.is_empty() && *duration <= MAX)
}

/// Writes a duration as [`duration`] reads it.
pub(super) fn print_duration(duration: Duration) -> String {
    let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let unit = UNITS.iter().find(|(_, scale)| ms >= *scale && ms.is_multiple_of(*scale));
    unit.map_or_else(|| "0s".to_owned(), |(name, scale)| format!("{}{name}", ms / scale))
}

/// Reads a moment: `now`, `1h` or `-1h` ago, `14:32` the last time it was, a day, or a day and a time.
pub(crate) fn moment(text: &str, now: Option<DateTime<Utc>>) -> Option<Moment> {
    if text == "now" {
        return Some(Moment::Ago(Duration::ZERO));
    }
    if let Some(ago) = duration(text.strip_prefix('-').unwrap_or(text)) {
        return Some(Moment::Ago(ago));
    }
    let at = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc()).ok();
    let at = at.or_else(|| day_and_time(text)).or_else(|| time_of_day(text, now?))?;
    let is_possible = (DateTime::UNIX_EPOCH..DateTime::from_timestamp(253_402_300_799, 0)?).contains(&at);
    is_possible.then_some(Moment::At(at))
}

fn day_and_time(text: &str) -> Option<DateTime<Utc>> {
    let formats = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%MZ"];
    let time = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN));
    time.or_else(day).map(|time| time.and_utc())
}

fn time_of_day(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let formats = ["%H:%M:%S", "%H:%M"];
    let time = formats.iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok())?;
    let today = now.date_naive().and_time(time).and_utc();
    if today <= now { Some(today) } else { today.checked_sub_days(Days::new(1)) }
}

/// Writes a moment as [`moment`] reads it.
pub(super) fn print_moment(moment: Moment) -> String {
    match moment {
        Moment::Ago(duration) => print_duration(duration),
        Moment::At(time) => time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
    }
}
