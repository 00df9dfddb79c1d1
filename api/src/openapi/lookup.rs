//! Looks up operations in the document.

use serde_json::{Map, Value};

/// Returns the methods that a path supports, as a list for `Allow`.
pub(super) fn allowed_methods(document: &Value, path: &str) -> Option<String> {
    let methods: Vec<_> = operations(document, path)?.keys().map(|method| method.to_uppercase()).collect();
    Some(methods.join(", "))
}

/// Returns the names of the query parameters of an operation.
pub(super) fn query_parameters<'a>(document: &'a Value, path: &str, method: &str) -> Vec<&'a str> {
    let parameters = operations(document, path)
        .and_then(|operations| operations.get(&method.to_lowercase()))
        .and_then(|operation| operation.get("parameters")?.as_array());
    let name =
        |parameter: &'a Value| (parameter.get("in")? == "query").then(|| parameter.get("name")?.as_str()).flatten();
    parameters.map(|parameters| parameters.iter().filter_map(name).collect()).unwrap_or_default()
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
        let wait = json!({"name": "wait_s", "in": "query"});
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
        assert_eq!(query_parameters(&document(), "/v1/jobs/0198f2c1", "GET"), ["wait_s"]);
        assert!(query_parameters(&document(), "/v1/jobs/0198f2c1", "DELETE").is_empty());
        assert!(query_parameters(&document(), "/v1/nothing", "GET").is_empty());
    }
}
