//! The fields of a form, and how they are read.

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldSpec {
    /// Its label.
    pub(crate) label: &'static str,
    /// What to type, with an example.
    pub(crate) help: String,
    /// What it contains at first.
    pub(crate) value: String,
}

/// Which field is wrong, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// The field, from 0.
    pub(crate) field: usize,
    /// The error, and what to type instead.
    pub(crate) message: String,
}

pub(super) fn field(label: &'static str, help: &str, value: String) -> FieldSpec {
    FieldSpec { label, help: help.to_owned(), value }
}

pub(super) fn wrong(field: usize, message: &str) -> FieldError {
    FieldError { field, message: message.to_owned() }
}

pub(super) fn value(values: &[String], at: usize) -> &str {
    values.get(at).map_or("", String::as_str)
}

/// Reads a number, with or without separators.
pub(super) fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    text.replace([',', '_', ' '], "").parse().ok()
}

/// The fields of a rate.
pub(super) fn rate_fields(rate: Option<(i32, i32)>) -> [FieldSpec; 2] {
    let (rate, burst) = rate.map(|(rate, burst)| (rate.to_string(), burst.to_string())).unzip();
    [
        field("rate", "jobs a minute; empty: unlimited", rate.unwrap_or_default()),
        field("burst", "jobs at once, 20 or more", burst.unwrap_or_default()),
    ]
}

/// Reads the fields of a rate, of which the first one has this number.
pub(super) fn rate(values: &[String], first: usize) -> Result<Option<(i32, i32)>, FieldError> {
    let (rate, burst) = (value(values, first), value(values, first + 1));
    if rate.is_empty() {
        return Ok(None);
    }
    let rate = number::<i32>(rate).filter(|rate| (1..=1_000_000).contains(rate));
    let rate = rate.ok_or_else(|| wrong(first, "a rate is from 1 to 1000000 jobs a minute; empty: unlimited"))?;
    let burst = number::<i32>(burst).filter(|burst| (20..=1_000_000).contains(burst));
    let burst = burst.ok_or_else(|| wrong(first + 1, "a burst is from 20 to 1000000 jobs"))?;
    Ok(Some((rate, burst)))
}
