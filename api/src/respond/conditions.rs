//! Conditional requests: `If-Match`, `If-None-Match` and `If-Range` (RFC 9110, section 13).

use std::borrow::Cow;

use poem_openapi::registry::MetaSchemaRef;
use poem_openapi::types::{ParseFromParameter, ParseResult, Type};

/// A header whose value is a list, and which may be sent in several lines. In the document it is
/// a string.
#[derive(Debug, Default)]
pub(crate) struct ListHeader(String);

impl Type for ListHeader {
    const IS_REQUIRED: bool = true;

    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        String::name()
    }

    fn schema_ref() -> MetaSchemaRef {
        String::schema_ref()
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(self.as_raw_value().into_iter())
    }
}

impl ParseFromParameter for ListHeader {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        Ok(Self(value.to_owned()))
    }

    fn parse_from_parameters<I: IntoIterator<Item = A>, A: AsRef<str>>(lines: I) -> ParseResult<Self> {
        let lines: Vec<String> = lines.into_iter().map(|line| line.as_ref().to_owned()).collect();
        Ok(Self(lines.join(",")))
    }
}

/// The response to a request for a file, given its conditions.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Send the file, or the part that `Range` asks for.
    Send,
    /// Send the whole file: the part would be one of another file.
    SendWhole,
    /// The caller has the file already.
    NotModified,
    /// The file is another one than the caller expects.
    PreconditionFailed,
}

/// The conditions of a request for a file.
#[derive(Debug, Default)]
pub(crate) struct Conditions<'a> {
    pub(crate) if_match: Option<&'a ListHeader>,
    pub(crate) if_none_match: Option<&'a ListHeader>,
    pub(crate) if_range: Option<&'a str>,
}

impl Conditions<'_> {
    /// Evaluates the conditions, in the order of RFC 9110, against the file's strong entity tag.
    ///
    /// A file has no `Last-Modified`, so the conditions about dates do not apply to it, and an
    /// `If-Range` with a date is false.
    pub(crate) fn decide(&self, etag: &str) -> Decision {
        if self.if_match.is_some_and(|tags| !tags.contains(|tag| tag == etag)) {
            return Decision::PreconditionFailed;
        }
        let without_weakness = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag) == etag;
        if self.if_none_match.is_some_and(|tags| tags.contains(without_weakness)) {
            return Decision::NotModified;
        }
        match self.if_range {
            Some(tag) if tag.trim() != etag => Decision::SendWhole,
            Some(_) | None => Decision::Send,
        }
    }
}

impl ListHeader {
    /// Whether the list is `*`, or contains an entity tag that is the same by this comparison. Our
    /// own tags contain no comma, so one that does matches as little as its parts.
    fn contains(&self, is_same: impl Fn(&str) -> bool) -> bool {
        self.0.trim() == "*" || self.0.split(',').any(|tag| is_same(tag.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Conditions, Decision, ListHeader};

    const ETAG: &str = "\"ab12\"";

    fn list(raw: &str) -> ListHeader {
        ListHeader(raw.to_owned())
    }

    #[test]
    fn a_file_that_the_caller_has_is_not_sent_again() {
        for (tags, decision) in [
            ("\"ab12\"", Decision::NotModified),
            ("W/\"ab12\"", Decision::NotModified),
            ("\"x\", \"ab12\"", Decision::NotModified),
            ("\"x\",\"ab12\" , \"y\"", Decision::NotModified),
            ("*", Decision::NotModified),
            (" * ", Decision::NotModified),
            ("\"x\"", Decision::Send),
            ("ab12", Decision::Send),
            ("\"AB12\"", Decision::Send),
            ("\"x*\"", Decision::Send),
            ("w/\"ab12\"", Decision::Send),
            ("", Decision::Send),
        ] {
            let conditions = Conditions { if_none_match: Some(&list(tags)), ..Conditions::default() };

            assert_eq!(conditions.decide(ETAG), decision, "{tags}");
        }
    }

    #[test]
    fn a_precondition_compares_strongly() {
        for (tags, decision) in [
            ("\"ab12\"", Decision::Send),
            ("\"x\", \"ab12\"", Decision::Send),
            ("*", Decision::Send),
            ("W/\"ab12\"", Decision::PreconditionFailed),
            ("\"x\"", Decision::PreconditionFailed),
            ("ab12", Decision::PreconditionFailed),
            ("", Decision::PreconditionFailed),
        ] {
            let conditions = Conditions { if_match: Some(&list(tags)), ..Conditions::default() };

            assert_eq!(conditions.decide(ETAG), decision, "{tags}");
        }
    }

    #[test]
    fn a_part_of_another_file_is_not_sent() {
        for (tag, decision) in [
            ("\"ab12\"", Decision::Send),
            ("W/\"ab12\"", Decision::SendWhole),
            ("\"x\"", Decision::SendWhole),
            ("Sat, 28 Nov 2026 16:00:00 GMT", Decision::SendWhole),
            ("", Decision::SendWhole),
        ] {
            let conditions = Conditions { if_range: Some(tag), ..Conditions::default() };

            assert_eq!(conditions.decide(ETAG), decision, "{tag}");
        }
    }

    #[test]
    fn a_failed_precondition_wins() {
        let (other, own) = (list("\"x\""), list(ETAG));
        let conditions = Conditions { if_match: Some(&other), if_none_match: Some(&own), if_range: None };

        assert_eq!(conditions.decide(ETAG), Decision::PreconditionFailed);
    }
}
