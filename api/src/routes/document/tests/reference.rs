//! The document as a reference: nothing in it lacks a description, an example or its errors.
//!
//! Each test returns the names of what lacks something.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{DOCUMENT, errors};
use crate::openapi::Examples;

/// Fields of options whose meaning is clear from the description of their object.
const SELF_EXPLANATORY: &[&str] = &[];

/// The operations, by their ids.
fn operations() -> impl Iterator<Item = (&'static str, &'static Value)> {
    let paths = DOCUMENT.value()["paths"].as_object().into_iter().flat_map(Map::values);
    let operations = paths.filter_map(Value::as_object).flat_map(Map::values);
    operations.map(|operation| (operation["operationId"].as_str().unwrap_or("an operation without an id"), operation))
}

fn responses() -> impl Iterator<Item = (String, &'static str, &'static Value)> {
    operations().flat_map(|(id, operation)| {
        let responses = operation["responses"].as_object().into_iter().flatten();
        responses.map(move |(status, response)| (format!("{id} {status}"), status.as_str(), response))
    })
}

fn schemas() -> impl Iterator<Item = (&'static String, &'static Value)> {
    DOCUMENT.value()["components"]["schemas"].as_object().into_iter().flatten()
}

/// Whether a text is a sentence, or several, for a reader.
fn is_prose(text: &Value) -> bool {
    text.as_str().is_some_and(|text| text.len() > 8 && (text.ends_with(['.', '`', ')'])))
}

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn every_operation_has_a_summary_and_a_description() {
    let is_summary = |text: &Value| text.as_str().is_some_and(|text| text.len() > 5 && !text.ends_with('.'));
    let lacking = operations().filter(|(_, operation)| {
        !is_summary(&operation["summary"]) || !is_prose(&operation["description"]) || operation["tags"].is_null()
    });

    assert_eq!(lacking.map(|(id, _)| id.to_owned()).collect::<Vec<_>>(), none());
}

#[test]
fn every_parameter_has_a_description() {
    let parameters = operations().flat_map(|(id, operation)| {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        parameters.map(move |parameter| (id, parameter))
    });
    let lacking = parameters.filter(|(_, parameter)| !is_prose(&parameter["description"]));

    assert_eq!(lacking.map(|(id, parameter)| format!("{id} {}", parameter["name"])).collect::<Vec<_>>(), none());
}

#[test]
fn every_schema_and_every_field_has_a_description() {
    let mut lacking = Vec::new();
    for (name, schema) in schemas() {
        if !is_prose(&schema["description"]) {
            lacking.push(name.clone());
        }
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{name}.{field}");
            if !is_prose(&property["description"]) && !SELF_EXPLANATORY.contains(&path.as_str()) {
                lacking.push(path);
            }
        }
    }

    assert_eq!(lacking, none());
}

#[test]
fn every_name_of_a_schema_is_a_word_that_a_person_would_choose() {
    let is_plain = |name: &str| name.starts_with(char::is_uppercase) && name.chars().all(char::is_alphanumeric);
    let lacking = schemas().filter(|(name, _)| !is_plain(name));

    assert_eq!(lacking.map(|(name, _)| name.clone()).collect::<Vec<_>>(), none());
}

#[test]
fn every_response_has_a_description_and_a_request_id() {
    let lacking = responses().filter(|(_, _, response)| {
        !is_prose(&response["description"]) || response["headers"]["X-Request-Id"].is_null()
    });

    assert_eq!(lacking.map(|(name, ..)| name).collect::<Vec<_>>(), none());
}

#[test]
fn every_header_has_a_description() {
    let document = DOCUMENT.value();
    let headers = responses().flat_map(|(response, _, value)| {
        let headers = value["headers"].as_object().into_iter().flatten();
        headers.map(move |(name, header)| (format!("{response} {name}"), header))
    });
    let lacking = headers.filter(|(_, header)| {
        let reference = header["$ref"].as_str().map(|reference| reference.trim_start_matches('#'));
        let header = reference.map_or(Some(*header), |pointer| document.pointer(pointer));
        !header.is_some_and(|header| is_prose(&header["description"]))
    });

    assert_eq!(lacking.map(|(name, _)| name).collect::<Vec<_>>(), none());
}

#[test]
fn every_operation_lists_the_errors_that_all_operations_may_return() {
    let lacking = operations().filter(|(_, operation)| {
        ["401", "422", "500", "503"].iter().any(|status| operation["responses"][status].is_null())
    });

    assert_eq!(lacking.map(|(id, _)| id.to_owned()).collect::<Vec<_>>(), none());
}

#[test]
fn every_json_response_and_request_has_an_example() {
    let has_example = |content: &Value| {
        let json = &content["application/json"];
        json.is_null() || !json["example"].is_null() || json["examples"].as_object().is_some_and(|map| !map.is_empty())
    };
    let responses = responses().filter(|(_, _, response)| !has_example(&response["content"]));
    let requests = operations().filter(|(_, operation)| !has_example(&operation["requestBody"]["content"]));
    let lacking = responses.map(|(name, ..)| name).chain(requests.map(|(id, _)| id.to_owned()));

    assert_eq!(lacking.collect::<Vec<_>>(), none());
}

/// The examples of a media type, with references followed.
fn examples(json: &'static Value) -> impl Iterator<Item = &'static Value> {
    let named = json["examples"].as_object().into_iter().flat_map(Map::values).map(|example| {
        let pointer = example["$ref"].as_str().map(|reference| reference.trim_start_matches('#'));
        let example = pointer.map_or(Some(example), |pointer| DOCUMENT.value().pointer(pointer));
        &example.expect("an example that exists")["value"]
    });
    json.get("example").into_iter().chain(named)
}

#[test]
fn every_example_is_valid_by_its_schema_and_has_only_known_fields() {
    let responses = responses().map(|(name, _, response)| (name, &response["content"]));
    let requests = operations().map(|(id, operation)| (id.to_owned(), &operation["requestBody"]["content"]));

    for (name, content) in responses.chain(requests) {
        let json = &content["application/json"];
        let schema = json["schema"]["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
        for example in examples(json) {
            let schema = schema.unwrap_or_else(|| panic!("{name} has a schema"));
            assert_eq!(errors(schema, example), [], "{name}: {example}");
            let known = &DOCUMENT.value()["components"]["schemas"][schema]["properties"];
            let unknown = example.as_object().into_iter().flatten().find(|(field, _)| known.get(field).is_none());
            assert_eq!(unknown, None, "{name}");
        }
    }
}

#[test]
fn the_examples_are_json_and_belong_to_operations() {
    let examples = Examples::parse(super::super::EXAMPLES);
    let known: BTreeSet<_> = operations().map(|(id, _)| id).collect();

    let unknown: Vec<_> = examples.operations().filter(|id| !known.contains(id.as_str())).collect();

    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn ids_are_uuids_and_idempotency_keys_have_bounds() {
    for (name, property) in schemas().flat_map(|(_, schema)| schema["properties"].as_object().into_iter().flatten()) {
        if matches!(name.as_str(), "job_id" | "batch_id") {
            assert_eq!(property["format"], "uuid", "{name}");
        }
    }
    for (id, parameter) in operations().flat_map(|(id, operation)| {
        operation["parameters"].as_array().into_iter().flatten().map(move |parameter| (id, parameter))
    }) {
        let schema = &parameter["schema"];
        match parameter["name"].as_str() {
            Some("job_id" | "batch_id") => assert_eq!(schema["format"], "uuid", "{id}"),
            Some("Idempotency-Key") => {
                assert_eq!((&schema["minLength"], &schema["maxLength"]), (&1.into(), &255.into()));
            }
            _ => {}
        }
    }
}

#[test]
fn every_code_is_in_an_enum_with_its_meaning() {
    for (name, known) in [("ErrorCode", "VALIDATION_ERROR"), ("JobErrorCode", "WAIT_TIMEOUT")] {
        let schema = &DOCUMENT.value()["components"]["schemas"][name];
        let codes: Vec<_> = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let description = schema["description"].as_str().unwrap_or_default();

        assert!(codes.contains(&known), "{codes:?}");
        assert!(description.contains("Later versions may add codes"), "{description}");
        for code in codes {
            let line = description.lines().find(|line| line.starts_with(&format!("* `{code}`")));
            assert!(line.is_some_and(|line| line.len() > code.len() + 12), "{code}: {line:?}");
        }
    }
    for pointer in ["ErrorDetail/properties/code", "ErrorSummary/properties/code", "Job/properties/error_code"] {
        let property = DOCUMENT.value().pointer(&format!("/components/schemas/{pointer}")).expect("a property");
        assert!(property["allOf"][0]["$ref"].as_str().is_some_and(|name| name.ends_with("ErrorCode")), "{property}");
    }
}
