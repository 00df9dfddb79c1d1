//! Parses the text of a body, with every error in words of this API.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::error::code::Code;
use crate::error::problem::Problem;
use crate::openapi::truncated;

/// Parses JSON in UTF-8, with or without a byte order mark. An object that has a name twice is an
/// error: which of the two values counts would differ between parsers.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| malformed(&format!("it is not UTF-8 at byte {}", error.valid_up_to())))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let repeated = Cell::new(None);
    let mut parser = serde_json::Deserializer::from_str(text);
    let parsed = Node { path: &Path::Root, repeated: &repeated }.deserialize(&mut parser);
    let parsed = parsed.and_then(|value| parser.end().map(|()| value));
    parsed.map_err(|error| match repeated.take() {
        Some(name) => Problem::new(Code::MalformedJson, format!("the body has the name `{name}` twice")),
        None => malformed(&reason(&error)),
    })
}

fn malformed(reason: &str) -> Problem {
    Problem::new(Code::MalformedJson, format!("the body is not valid JSON: {reason}"))
}

/// Translates an error. The place is a line and column, as in an editor.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!("line {}, column {}", error.line(), error.column());
    let reason = match text.as_str() {
        _ if error.is_eof() && error.column() == 0 && error.line() <= 1 => return "it is empty".to_owned(),
        _ if error.is_eof() => "it ends too early",
        _ if text.starts_with("recursion limit") => "it is nested too deeply",
        _ if text.starts_with("number out of range") => "a number is too large",
        _ if ["surrogate", "hex escape", "unicode code point"].iter().any(|words| text.contains(words)) => {
            "an escape in a string is half of a surrogate pair, or no character"
        }
        _ if text.starts_with("control character") => "a control character in a string is not escaped",
        _ if text.starts_with("trailing comma") => "a comma is followed by nothing",
        _ if text.starts_with("trailing characters") => "it continues after its end",
        _ if text.starts_with("key must be a string") => "a name is not in double quotes",
        _ => "a character is out of place",
    };
    format!("{reason} ({place})")
}

/// The path of a value, on the stack of the parser.
enum Path<'a> {
    Root,
    Field(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => f.write_str(&truncated(name)),
            Self::Field(outer, name) => write!(f, "{outer}.{}", truncated(name)),
            Self::Item(outer, index) => write!(f, "{outer}[{index}]"),
        }
    }
}

/// A value at a path. A name that is found twice is stored in `repeated`.
#[derive(Clone, Copy)]
struct Node<'a> {
    path: &'a Path<'a>,
    repeated: &'a Cell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        loop {
            let path = Path::Item(self.path, array.len());
            let Some(item) = items.next_element_seed(Node { path: &path, repeated: self.repeated })? else { break };
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let path = Path::Field(self.path, &name);
            if object.contains_key(&name) {
                self.repeated.set(Some(truncated(&path.to_string())));
                return Err(A::Error::custom("repeated name"));
            }
            let value = fields.next_value_seed(Node { path: &path, repeated: self.repeated })?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::parse;

    fn error(bytes: &[u8]) -> String {
        parse(bytes).expect_err("not JSON").message
    }

    #[test]
    fn json_with_a_byte_order_mark_is_json() {
        let text = "\u{feff}{\"a\": [1, -0, 1.5, 1e2, \"\\u00e9\\ud83d\\ude00\", null, true]}";

        assert_eq!(parse(text.as_bytes()).expect("JSON"), json!({"a": [1, -0.0, 1.5, 100.0, "é😀", null, true]}));
    }

    #[test]
    fn a_name_that_is_sent_twice_is_reported_with_its_path() {
        for (text, name) in [
            (r#"{"url": "a", "url": "a"}"#, "url"),
            (r#"{"url": "a", "\u0075rl": "b"}"#, "url"),
            (r#"{"jobs": [{}, {"viewport": {"width": 1, "width": 2}}]}"#, "jobs[1].viewport.width"),
            (r#"[[{"": 1, "": 2}]]"#, "[0][0]."),
        ] {
            assert_eq!(error(text.as_bytes()), format!("the body has the name `{name}` twice"), "{text}");
        }
        let long = "k".repeat(1000);
        let shown = "k".repeat(64);
        let text = format!("{{\"{long}\": 1, \"{long}\": 1}}");
        assert_eq!(error(text.as_bytes()), format!("the body has the name `{shown}…` twice"));
    }

    #[test]
    fn an_error_says_what_is_wrong_and_where() {
        for (text, reason) in [
            (&b""[..], "it is empty"),
            (b"{", "it ends too early (line 1, column 1)"),
            (b"{\"a\": 1,}", "a comma is followed by nothing (line 1, column 9)"),
            (b"{'a': 1}", "a name is not in double quotes (line 1, column 2)"),
            (b"{\"a\": NaN}", "a character is out of place (line 1, column 7)"),
            (b"{\"a\": 1e999}", "a number is too large (line 1, column 11)"),
            (
                b"{\"a\": \"\\ud800\"}",
                "an escape in a string is half of a surrogate pair, or no character (line 1, column 14)",
            ),
            (b"{\"a\": \"\n\"}", "a control character in a string is not escaped (line 2, column 0)"),
            (b"{} {}", "it continues after its end (line 1, column 4)"),
            (b"{\"a\": \"\xff\"}", "it is not UTF-8 at byte 7"),
        ] {
            assert_eq!(error(text), format!("the body is not valid JSON: {reason}"), "{text:?}");
        }
    }

    #[test]
    fn a_body_that_is_nested_deeply_is_rejected() {
        for open in ["[", "{\"a\":"] {
            let text = open.repeat(100_000);

            assert!(error(text.as_bytes()).contains("it is nested too deeply"), "{open}");
        }
    }

    #[test]
    fn names_that_mean_something_to_the_parser_are_names() {
        let text = r#"{"$serde_json::private::RawValue": "{", "$serde_json::private::Number": "1"}"#;

        let expected = json!({"$serde_json::private::RawValue": "{", "$serde_json::private::Number": "1"});
        assert_eq!(parse(text.as_bytes()).expect("JSON"), expected);
    }
}
