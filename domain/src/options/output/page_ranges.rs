//! The pages of a PDF.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

/// The most ranges.
const MAX_RANGES: usize = 100;

/// The pages of a PDF that are kept: ranges in ascending order that do not overlap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PageRanges(Vec<(u32, u32)>);

/// The string is not a list of pages.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be page numbers and ranges such as `1-3, 5` or `8-`, in ascending order and from 1")]
pub struct InvalidPageRanges;

impl PageRanges {
    /// Parses a list such as `1-3, 5, 8-`.
    pub fn parse(raw: &str) -> Result<Self, InvalidPageRanges> {
        let page = |raw: &str, open: u32| match raw.trim() {
            "" => Some(open),
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok(),
            _ => None,
        };
        let range = |part: &str| match part.split_once('-') {
            Some((first, last)) if part.trim() != "-" => page(first, 1).zip(page(last, u32::MAX)),
            Some(_) => None,
            None => page(part, 0).map(|page| (page, page)),
        };
        let ranges: Option<Vec<_>> = raw.split(',').map(range).collect();
        let ranges = ranges.filter(|ranges| ranges.len() <= MAX_RANGES).ok_or(InvalidPageRanges)?;
        let mut before = 0;
        for (first, last) in &ranges {
            if *first <= before || last < first {
                return Err(InvalidPageRanges);
            }
            before = *last;
        }
        Ok(Self(ranges))
    }

    /// The ranges up to a page.
    #[must_use]
    pub fn up_to(&self, max: u32) -> Self {
        Self(self.0.iter().filter(|(first, _)| *first <= max).map(|(first, last)| (*first, (*last).min(max))).collect())
    }

    /// Whether no page is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Display for PageRanges {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let ranges: Vec<_> = self.0.iter().map(|(first, last)| format!("{first}-{last}")).collect();
        formatter.write_str(&ranges.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::PageRanges;

    #[test]
    fn pages_and_ranges_are_read_and_limited() {
        for (raw, expected) in
            [("1", "1-1"), ("1-3, 5", "1-3,5-5"), (" 2 - 4 ", "2-4"), ("8-", "8-10"), ("-3,5", "1-3,5-5"), ("11", "")]
        {
            assert_eq!(PageRanges::parse(raw).expect(raw).up_to(10).to_string(), expected, "{raw}");
        }
    }

    #[test]
    fn other_strings_are_not_pages() {
        for raw in ["", "0", "1,", "3-1", "5,3", "1-3,2", "a", "1;2", "-", "1--2", "99999999999", "+1", "1-2-3"] {
            assert!(PageRanges::parse(raw).is_err(), "{raw:?}");
        }
    }
}
