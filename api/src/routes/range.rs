//! A part of a file, as `Range` asks for it (RFC 9110, 14.2).

use std::ops::Range;

/// What was asked for lies behind the end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unsatisfiable;

/// The one range that was asked for, in bytes. `None`: the whole file, which is also the
/// answer to several ranges, to other units and to what cannot be read.
pub(super) fn parse(asked: &str, size: i64) -> Result<Option<Range<i64>>, Unsatisfiable> {
    let Some((first, last)) = asked.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Ok(None);
    };
    let number = |raw: &str| raw.parse::<i64>().ok().filter(|_| raw.bytes().all(|byte| byte.is_ascii_digit()));
    match (first, number(first), last, number(last)) {
        ("", _, _, Some(suffix)) if suffix > 0 => Ok(Some(size.saturating_sub(suffix).max(0)..size)),
        ("", _, _, Some(_)) => Err(Unsatisfiable),
        (_, Some(first), _, _) if first >= size => Err(Unsatisfiable),
        (_, Some(first), "", _) => Ok(Some(first..size)),
        (_, Some(first), _, Some(last)) if first <= last => Ok(Some(first..size.min(last.saturating_add(1)))),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::{Unsatisfiable, parse};

    #[test]
    fn one_range_is_a_part_of_the_file() {
        for (asked, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=2-5", 2..6),
            ("bytes=8-99", 8..10),
            ("bytes=4-", 4..10),
            ("bytes=-3", 7..10),
            ("bytes=-99", 0..10),
            ("bytes=9-9223372036854775807", 9..10),
        ] {
            assert_eq!(parse(asked, 10), Ok(Some(part)), "{asked}");
        }
    }

    #[test]
    fn what_lies_behind_the_end_cannot_be_had() {
        for asked in ["bytes=10-", "bytes=10-11", "bytes=-0"] {
            assert_eq!(parse(asked, 10), Err(Unsatisfiable), "{asked}");
        }
    }

    #[test]
    fn what_is_no_single_range_is_the_whole_file() {
        for asked in ["", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,4-5", "lines=1-2", "bytes=+1-2", "bytes=a-b"] {
            assert_eq!(parse(asked, 10), Ok(None), "{asked}");
        }
    }
}
