//! The document that describes the API, as `OpenAPI` 3.1.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use utoipa::OpenApi;

use super::eval_export;
use super::routes::Described;
use crate::export::FORMATS;

/// What takes no key.
const OPEN: [&str; 2] = ["/health", "/api/openapi.json"];

/// An id to look at.
const EXAMPLE_ID: &str = "5tt503di7ol444s1lhk561i3";

/// The document, made once.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(document);
static TEXT: LazyLock<String> = LazyLock::new(|| DOCUMENT.to_string());

/// This document; takes no key.
#[utoipa::path(
    get, path = "/api/openapi.json", tag = "Server", operation_id = "openapi",
    responses((status = 200, body = Value))
)]
pub async fn show() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], TEXT.as_str()).into_response()
}

/// What stands at the functions that answer, and what is the same for all of them.
fn document() -> Value {
    let mut document = serde_json::to_value(Described::openapi()).unwrap_or_default();
    document["info"] = json!({
        "title": "OpenSync",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Reads, searches, changes and exports the sessions of an archive. Names are camelCase, times \
            are Unix milliseconds, costs US dollars; a figure nobody recorded is null.",
        "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
    });
    document["servers"] = json!([{ "url": "/" }]);
    document["components"]["securitySchemes"] = json!({
        "key": { "type": "http", "scheme": "bearer", "description": "A key of the settings or of `opensync key create`" },
    });
    document["security"] = json!([{ "key": [] }]);
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, item) in paths {
        for operation in item.as_object_mut().into_iter().flatten().map(|(_, operation)| operation) {
            if OPEN.contains(&path.as_str()) {
                operation["security"] = json!([]);
            } else {
                refused(operation, &["401", "403", "429"]);
            }
            if path.starts_with("/sync/") && operation.get("requestBody").is_some() {
                refused(operation, &["400", "408", "413", "503"]);
            }
            for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
                described(path, parameter);
            }
            for (status, answer) in operation["responses"].as_object_mut().into_iter().flatten() {
                if answer["description"] == "" {
                    answer["description"] = usual(status).into();
                }
            }
        }
    }
    document
}

/// A parameter that is left out is not null, and what a list in the code says of its values is said here too.
fn described(path: &str, parameter: &mut Value) {
    let schema = &mut parameter["schema"];
    if let Some(kinds) = schema["type"].as_array() {
        schema["type"] = kinds.iter().find(|kind| *kind != "null").cloned().unwrap_or_default();
    }
    if let Some(one) = schema["oneOf"].as_array().and_then(|all| all.iter().find(|one| one["type"] != "null")) {
        *schema = one.clone();
    }
    match (path, parameter["name"].as_str().unwrap_or_default()) {
        ("/api/export", "format") => {
            let formats = FORMATS.iter().map(|format| format.id);
            parameter["schema"]["enum"] = formats.chain(["jsonl", "archive"]).collect();
        }
        ("/api/export/evals", "format") => parameter["schema"]["enum"] = eval_export::FORMATS.into_iter().collect(),
        (_, "id" | "sessionIds") => parameter["example"] = EXAMPLE_ID.into(),
        _ => {}
    }
}

/// Refusals that many operations have in common: of a key, or of a body.
fn refused(operation: &mut Value, statuses: &[&str]) {
    for &status in statuses {
        let error = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } });
        let mut answer = json!({ "description": usual(status), "content": error });
        if matches!(status, "429" | "503") {
            answer["headers"] = json!({
                "Retry-After": { "description": "Seconds to wait", "schema": { "type": "integer" } },
            });
        }
        operation["responses"][status] = answer;
    }
}

fn usual(status: &str) -> &'static str {
    match status {
        "400" => "The request makes no sense; the message says why",
        "401" => "The key is missing or not known",
        "403" => "The key may not do that",
        "404" => "There is no such thing",
        "408" => "The body did not come; send it again",
        "413" => "The body is too large",
        "429" => "Asked too often",
        "503" => "Nothing was stored; send it again",
        _ => "Done",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::routes::TABLE;
    use super::*;

    #[test]
    fn the_document_has_every_route_and_no_other() {
        let described: BTreeSet<(&str, &str)> = (DOCUMENT["paths"].as_object().unwrap().iter())
            .flat_map(|(path, item)| item.as_object().unwrap().keys().map(|method| (path.as_str(), method.as_str())))
            .collect();
        let answered: BTreeSet<(&str, &str)> =
            TABLE.iter().flat_map(|(path, methods)| methods.iter().map(|method| (*path, *method))).collect();
        assert_eq!(described, answered);
        assert_eq!(DOCUMENT["openapi"], "3.1.0");
    }

    #[test]
    fn every_operation_says_what_it_is() {
        let mut ids = BTreeSet::new();
        for (path, item) in DOCUMENT["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                assert!(operation["summary"].as_str().unwrap().len() > 5, "{method} {path}");
                assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{method} {path}");
                assert!(operation["tags"][0].is_string(), "{method} {path}");
                for (status, answer) in operation["responses"].as_object().unwrap() {
                    assert!(answer["content"].is_object(), "{status} of {method} {path}");
                    assert_ne!(answer["description"], "", "{status} of {method} {path}");
                }
                assert!(operation.get("parameters").is_none_or(Value::is_array), "{method} {path}");
                let keyed = operation["responses"]["401"].is_object();
                assert_eq!(keyed, operation["security"].is_null(), "{method} {path}");
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
            match value {
                Value::Object(fields) => {
                    found.extend(fields.get("$ref").and_then(Value::as_str));
                    fields.values().for_each(|value| references(value, found));
                }
                Value::Array(items) => items.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let mut found = BTreeSet::new();
        references(&DOCUMENT, &mut found);
        assert!(found.len() > 10, "{found:?}");
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(DOCUMENT.pointer(pointer).is_some(), "{reference}");
        }
    }
}
