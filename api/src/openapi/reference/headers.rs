//! Describes the headers of responses that no operation has to mention.

use serde_json::{Map, Value, json};

use super::operations;

/// The headers: the name, the description, whether it is always sent, and an example.
const HEADERS: &[(&str, &str, bool, &str)] = &[
    (
        "X-Request-Id",
        "The id of the request. Include it when you report a problem.",
        true,
        "0198f2c17d3e7b6a9c415e2f8a1b0c3d",
    ),
    ("Cache-Control", "Caches must not store the response.", true, "no-store"),
    ("Vary", "The headers that the response depends on.", true, "X-API-Key, Authorization"),
    ("WWW-Authenticate", "The scheme to authenticate with.", true, "Bearer"),
    (
        "RateLimit-Policy",
        "How many jobs the account may submit at once, `q`, and the number of seconds in which this quota is \
         restored, `w`. Present if the rate limit was exceeded.",
        false,
        "\"jobs\";q=60;w=60",
    ),
    (
        "RateLimit",
        "How many jobs the account may submit now, `r`, and the number of seconds until the whole quota is available, \
         `t`. Present if the rate limit was exceeded.",
        false,
        "\"jobs\";r=0;t=12",
    ),
    ("Content-Range", "The size of the file, in bytes.", true, "bytes */48213"),
];

pub(super) fn describe(document: &mut Value) {
    operations::for_each(document, |mut operation| {
        let is_versioned = operation.path.starts_with("/v1/");
        for (status, response) in operation.responses() {
            let headers = response.entry("headers").or_insert_with(|| json!({}));
            if let Value::Object(headers) = headers {
                rename_rate_limit(headers);
                for name in names(status, is_versioned) {
                    headers.entry(name).or_insert_with(|| json!({"$ref": format!("#/components/headers/{name}")}));
                }
            }
        }
    });
    let header = |(name, description, required, example): &(&str, &str, bool, &str)| {
        let schema = json!({"type": "string", "example": example});
        ((*name).to_owned(), json!({"description": description, "required": required, "schema": schema}))
    };
    if let Some(Value::Object(components)) = document.get_mut("components") {
        components.insert("headers".to_owned(), Value::Object(HEADERS.iter().map(header).collect()));
    }
}

/// Returns the headers that every response of this status has, besides those of the operation.
fn names(status: &str, is_versioned: bool) -> Vec<&'static str> {
    let mut names = vec!["X-Request-Id"];
    match status {
        "401" => names.push("WWW-Authenticate"),
        "416" => names.push("Content-Range"),
        "429" => names.extend(["RateLimit-Policy", "RateLimit"]),
        _ => {}
    }
    if is_versioned && status.starts_with('2') {
        names.extend(["Cache-Control", "Vary"]);
    }
    names
}

/// poem-openapi emits the names of headers in upper case, which loses their spelling.
fn rename_rate_limit(headers: &mut Map<String, Value>) {
    let spelled = |name: String| name.replace("Ratelimit", "RateLimit");
    *headers = std::mem::take(headers).into_iter().map(|(name, header)| (spelled(name), header)).collect();
}
