//! The `Range` header (RFC 9110, section 14.2).

use std::ops::Range;

/// The range starts after the end of the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unsatisfiable;

/// Returns the requested byte range of a file of this size, or `None` for the whole file:
/// without a range, and, as RFC 9110 allows, for several ranges, for other units and for a
/// malformed header.
///
/// `headers::Range` (0.4.2) cannot do this: it drops a suffix that is longer than the file,
/// which means the whole file, and does not tell an unsatisfiable range from a malformed one.
pub(crate) fn parse(header: &str, size: i64) -> Result<Option<Range<i64>>, Unsatisfiable> {
    let in_bytes = header.trim().split_once('=').filter(|(unit, _)| unit.eq_ignore_ascii_case("bytes"));
    let Some((first, last)) = in_bytes.and_then(|(_, range)| range.split_once('-')) else { return Ok(None) };
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
    fn a_single_range_selects_a_part_of_the_file() {
        for (header, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=2-5", 2..6),
            ("bytes=8-99", 8..10),
            ("bytes=4-", 4..10),
            ("bytes=-3", 7..10),
            ("bytes=-99", 0..10),
            ("Bytes=2-5", 2..6),
            ("bytes=9-9223372036854775807", 9..10),
        ] {
            assert_eq!(parse(header, 10), Ok(Some(part)), "{header}");
        }
    }

    #[test]
    fn a_range_after_the_end_of_the_file_is_unsatisfiable() {
        for header in ["bytes=10-", "bytes=10-11", "bytes=-0"] {
            assert_eq!(parse(header, 10), Err(Unsatisfiable), "{header}");
        }
    }

    #[test]
    fn anything_but_a_single_valid_range_selects_the_whole_file() {
        for header in ["", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,4-5", "lines=1-2", "bytes=+1-2", "bytes=a-b"] {
            assert_eq!(parse(header, 10), Ok(None), "{header}");
        }
    }
}
