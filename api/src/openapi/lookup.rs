//! Looks up operations in the document.

use serde_json::{Map, Value};

/// Returns the methods that a path supports, as a list for `Allow`.
pub(super) fn allowed_methods(document: &Value, path: &str) -> Option<String> {
    let methods: Vec<_> = operations(document, path)?.keys().map(|method| method.to_uppercase()).collect();
    Some(methods.join(", "))
}

/// Returns the path template that a path matches, such as `/v1/jobs/{job_id}`.
pub(super) fn template<'a>(document: &'a Value, path: &str) -> Option<&'a str> {
    document.get("paths")?.as_object()?.keys().find(|template| matches(template, path)).map(String::as_str)
}

/// Returns the names and schemas of the query parameters of an operation.
pub(super) fn query_parameters<'a>(document: &'a Value, path: &str, method: &str) -> Vec<(&'a str, &'a Value)> {
    let schema = |parameter: &'a Value| Some((parameter.get("name")?.as_str()?, parameter.get("schema")?));
    in_query(document, path, method).filter_map(schema).collect()
}

/// Returns the names of the query parameters that an operation requires.
pub(super) fn required_query_parameters<'a>(document: &'a Value, path: &str, method: &str) -> Vec<&'a str> {
    let required = in_query(document, path, method).filter(|parameter| parameter.get("required") == Some(&true.into()));
    required.filter_map(|parameter| parameter.get("name")?.as_str()).collect()
}

fn in_query<'a>(document: &'a Value, path: &str, method: &str) -> impl Iterator<Item = &'a Value> {
    let parameters = operations(document, path)
        .and_then(|operations| operations.get(&method.to_lowercase()))
        .and_then(|operation| operation.get("parameters")?.as_array());
    parameters.into_iter().flatten().filter(|parameter| parameter.get("in").is_some_and(|place| place == "query"))
}

/// Returns the operations of the path template that matches a path, by their methods.
fn operations<'a>(document: &'a Value, path: &str) -> Option<&'a Map<String, Value>> {
    let paths = document.get("paths")?.as_object()?;
    let (_, operations) = paths.iter().find(|(template, _)| matches(template, path))?;
    operations.as_object()
}

fn matches(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(expected, segment)| expected == segment || expected.starts_with('{'))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{allowed_methods, query_parameters};

    fn document() -> Value {
        let wait = json!({"name": "wait_s", "in": "query", "schema": {}});
        json!({"paths": {
            "/v1/jobs/{job_id}": {"get": {"parameters": [{"name": "job_id", "in": "path"}, wait]}, "delete": {}},
            "/v1/jobs/{job_id}/result": {"get": {}},
        }})
    }

    #[test]
    fn a_path_has_the_methods_of_the_template_that_it_matches() {
        let allowed = |path| allowed_methods(&document(), path);

        assert_eq!(allowed("/v1/jobs/0198f2c1").as_deref(), Some("GET, DELETE"));
        assert_eq!(allowed("/v1/jobs/0198f2c1/result").as_deref(), Some("GET"));
        assert_eq!(allowed("/v1/jobs"), None);
    }

    #[test]
    fn only_query_parameters_are_returned() {
        assert_eq!(query_parameters(&document(), "/v1/jobs/0198f2c1", "GET"), [("wait_s", &json!({}))]);
        assert!(query_parameters(&document(), "/v1/jobs/0198f2c1", "DELETE").is_empty());
        assert!(query_parameters(&document(), "/v1/nothing", "GET").is_empty());
    }
}
