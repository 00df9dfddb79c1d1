//! What is said of a field that is wrong.

use serde_json::Value;

/// Options of the contract that this version does not render yet: of any page,
const NOT_YET: [&str; 28] = [
    "ai_cleanup",
    "basic_auth",
    "block_ads",
    "block_cookie_banners",
    "block_resources",
    "block_trackers",
    "cache_ttl_s",
    "click_selectors",
    "clip",
    "cookies",
    "css",
    "dark_mode",
    "device",
    "fail_on_status",
    "geolocation",
    "headers",
    "hide_selectors",
    "js",
    "locale",
    "media",
    "omit_background",
    "reduced_motion",
    "reference",
    "selector",
    "timezone",
    "user_agent",
    "viewport",
    "webhook_url",
];
/// and of a PDF alone.
const NOT_YET_OF_PDF: [&str; 9] = [
    "footer_html",
    "header_html",
    "height",
    "outline",
    "page_ranges",
    "prefer_css_page_size",
    "scale",
    "tagged",
    "width",
];

/// A name that is far from every other is no misspelling of it.
const NEAR: f64 = 0.75;

/// How much of what was sent is ever repeated.
const REPEATED: usize = 64;

pub(super) fn expected(kind: &str, value: &Value) -> String {
    let sent = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) if kind == "integer" => "a fraction",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    let wanted = match kind {
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "an array",
        "object" => "an object",
        _ => "a string",
    };
    format!("must be {wanted}, not {sent}")
}

pub(super) fn unknown(name: &str, known: &[&str]) -> String {
    let (of_page, of_pdf) = (known.contains(&"html"), known.contains(&"margin"));
    if (of_page && NOT_YET.contains(&name)) || (of_pdf && NOT_YET_OF_PDF.contains(&name)) {
        return "is not supported yet: leave it out".to_owned();
    }
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("is no known field; did you mean `{near}`?"),
        None => "is no known field: leave it out".to_owned(),
    }
}

pub(super) fn not_one_of(sent: &str, known: &[&str]) -> String {
    let near = nearest(sent, known.iter().copied());
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    format!("{}{hint}", one_of(known.iter().copied()))
}

pub(super) fn one_of<'a>(known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<_> = known.map(|name| format!("`{name}`")).collect();
    format!("must be one of {}", known.join(", "))
}

pub(super) fn range(least: Option<f64>, most: Option<f64>) -> String {
    match (least, most) {
        (Some(least), Some(most)) => format!("must be between {least} and {most}"),
        (Some(least), None) => format!("must be at least {least}"),
        (None, Some(most)) => format!("must be at most {most}"),
        (None, None) => "must be a number".to_owned(),
    }
}

/// A name, no longer than is worth repeating.
pub(crate) fn shortened(name: &str) -> String {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(REPEATED).collect();
    if shown.len() < name.len() { format!("{shown}…") } else { shown }
}

fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = shortened(name).to_lowercase();
    let near = |other: &str| strsim::jaro_winkler(&name, &other.to_lowercase());
    let closest = known.max_by(|one, other| near(one).total_cmp(&near(other)))?;
    (near(closest) >= NEAR).then_some(closest)
}
