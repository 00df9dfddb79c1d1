//! The parameters of a `DATABASE_URL`: which are understood, and with which values.

use std::time::Duration;

use super::invalid_url::InvalidUrl;

/// What becomes of a parameter.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Support {
    /// The driver understands it.
    Driver,
    /// It asks for what is done anyway.
    Fixed,
    /// It bounds how long a connection is waited for.
    ConnectTimeout(Option<Duration>),
    /// It sets these settings of the session.
    Settings(Vec<(String, String)>),
}

/// What a value must be.
enum Value {
    Any,
    Number,
    Host,
    OneOf(&'static [&'static str]),
    /// A file that is read when connecting.
    File,
    /// One of these, which is not passed on, because it is done anyway.
    Fixed(&'static [&'static str]),
    Seconds,
    Settings,
}

const SSL_MODES: &[&str] = &["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// Those of libpq and of the driver that are understood.
const PARAMETERS: [(&str, Value); 25] = [
    ("host", Value::Host),
    ("hostaddr", Value::Host),
    ("port", Value::Number),
    ("dbname", Value::Any),
    ("user", Value::Any),
    ("password", Value::Any),
    ("application_name", Value::Any),
    ("sslmode", Value::OneOf(SSL_MODES)),
    ("ssl-mode", Value::OneOf(SSL_MODES)),
    ("sslrootcert", Value::File),
    ("ssl-root-cert", Value::File),
    ("ssl-ca", Value::File),
    ("sslcert", Value::File),
    ("ssl-cert", Value::File),
    ("sslkey", Value::File),
    ("ssl-key", Value::File),
    ("statement-cache-capacity", Value::Number),
    ("options", Value::Settings),
    ("connect_timeout", Value::Seconds),
    // Services use a server only if it is the primary.
    ("target_session_attrs", Value::Fixed(&["any", "read-write", "primary"])),
    ("channel_binding", Value::Fixed(&["disable", "prefer"])),
    ("gssencmode", Value::Fixed(&["disable", "prefer"])),
    ("sslnegotiation", Value::Fixed(&["postgres"])),
    ("load_balance_hosts", Value::Fixed(&["disable"])),
    ("client_encoding", Value::Fixed(&["utf8", "UTF8", "utf-8", "UTF-8", "auto"])),
];

/// The minimum similarity for a suggestion.
const MIN_SIMILARITY: f64 = 0.88;

/// Decides about one parameter.
pub(super) fn check(name: &str, value: &str) -> Result<Support, InvalidUrl> {
    if let Some(setting) = name.strip_prefix("options[").and_then(|name| name.strip_suffix(']')) {
        return Ok(Support::Settings(vec![(setting.to_owned(), value.to_owned())]));
    }
    let Some((name, kind)) = PARAMETERS.iter().find(|(known, _)| *known == name) else {
        return Err(unknown(name));
    };
    let must_be = |what: &str| Err(InvalidUrl::Value(name, what.to_owned()));
    match kind {
        Value::Host if value.contains(',') => Err(InvalidUrl::Hosts),
        Value::Any | Value::Host => Ok(Support::Driver),
        Value::Number if value.parse::<u16>().is_ok() => Ok(Support::Driver),
        Value::Number => must_be("a number"),
        Value::OneOf(values) if values.contains(&value) => Ok(Support::Driver),
        Value::Fixed(values) if values.contains(&value) => Ok(Support::Fixed),
        Value::OneOf(values) | Value::Fixed(values) => must_be(&list(values)),
        // The certificates of the system are used anyway.
        Value::File if *name == "sslrootcert" && value == "system" => Ok(Support::Fixed),
        Value::File => match std::fs::File::open(value) {
            Ok(_) => Ok(Support::Driver),
            Err(error) => Err(InvalidUrl::File(name, error.to_string())),
        },
        Value::Seconds => match value.parse() {
            Ok(0) => Ok(Support::ConnectTimeout(None)),
            Ok(seconds @ 1..=60) => Ok(Support::ConnectTimeout(Some(Duration::from_secs(seconds)))),
            _ => must_be("a number of seconds from 0 to 60"),
        },
        Value::Settings => match settings(value) {
            Some(settings) => Ok(Support::Settings(settings)),
            None => must_be("a list of settings: -c name=value -c name=value"),
        },
    }
}

/// The name is printed only if it cannot be a part of a password.
fn unknown(name: &str) -> InvalidUrl {
    let is_name = name.len() <= 63 && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    if !is_name || name.is_empty() {
        return InvalidUrl::Unencoded;
    }
    let similarity = |known: &str| strsim::jaro_winkler(&name.to_ascii_lowercase(), known);
    let nearest = PARAMETERS.iter().map(|(known, _)| (similarity(known), *known)).max_by(|a, b| a.0.total_cmp(&b.0));
    let way_out = match nearest {
        Some((similarity, known)) if similarity >= MIN_SIMILARITY => format!(": did you mean `{known}`?"),
        _ => ": remove it".to_owned(),
    };
    InvalidUrl::Parameter(name.to_owned(), way_out)
}

fn list(values: &[&str]) -> String {
    match values {
        [all @ .., last] if !all.is_empty() => format!("{} or {last}", all.join(", ")),
        values => values.concat(),
    }
}

/// Reads settings as a server reads them on its command line: `-c name=value` or `--name=value`, divided by
/// spaces. A backslash makes the next character a part of the value.
fn settings(text: &str) -> Option<Vec<(String, String)>> {
    let mut words = vec![String::new()];
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, words.last_mut()) {
            (' ', _) => words.push(String::new()),
            ('\\', Some(word)) => word.extend(characters.next()),
            (other, Some(word)) => word.push(other),
            (_, None) => (),
        }
    }
    let mut words = words.into_iter().filter(|word| !word.is_empty());
    let mut settings = Vec::new();
    while let Some(word) = words.next() {
        let setting = match word.strip_prefix("--").or_else(|| word.strip_prefix("-c")) {
            Some("") => words.next()?,
            Some(setting) => setting.to_owned(),
            None => return None,
        };
        let (name, value) = setting.split_once('=')?;
        settings.push((name.replace('-', "_"), value.to_owned()));
    }
    Some(settings)
}
