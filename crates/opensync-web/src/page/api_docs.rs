//! The API, described for people: a page made from its own description.

use askama::Template;
use serde_json::Value;

use crate::page::shell::Shell;

/// The page.
#[derive(Template)]
#[template(path = "api_docs.html")]
pub struct ApiDocsPage {
    shell: Shell,
    about: Prose,
    groups: Vec<Group>,
    schemas: Vec<Schema>,
}

/// Operations that belong together.
struct Group {
    name: String,
    operations: Vec<Operation>,
}

struct Operation {
    id: String,
    method: String,
    path: String,
    summary: Prose,
    more: Prose,
    needs_key: bool,
    fields: Vec<Field>,
    /// What a body holds.
    body: Option<Type>,
    answers: Vec<Answer>,
}

/// A parameter, or a field of a schema.
struct Field {
    name: String,
    kind: Type,
    required: bool,
    about: Prose,
}

struct Answer {
    status: String,
    about: Prose,
    /// Media types and what they hold.
    content: Vec<(String, Type)>,
}

/// A type: words around the name of a schema, where there is one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Type {
    before: String,
    schema: Option<String>,
}

/// A text in pieces: those between backticks are code.
type Prose = Vec<(bool, String)>;

struct Schema {
    name: String,
    /// The only values there are, when it is a list of names.
    values: Vec<String>,
    about: Prose,
    /// Schemas whose fields it has as well.
    includes: Vec<String>,
    fields: Vec<Field>,
}

impl ApiDocsPage {
    /// A page of the API's own description.
    pub fn new(shell: Shell, document: &Value) -> Self {
        let mut groups: Vec<Group> = Vec::new();
        for (path, item) in entries(&document["paths"]) {
            for (method, operation) in entries(item) {
                let name = text(&operation["tags"][0]);
                let at = groups.iter().position(|group| group.name == name).unwrap_or_else(|| {
                    groups.push(Group { name, operations: Vec::new() });
                    groups.len() - 1
                });
                groups[at].operations.push(Operation::new(path, method, operation));
            }
        }
        groups.sort_by(|one, other| one.name.cmp(&other.name));
        let schemas = entries(&document["components"]["schemas"]).map(|(name, schema)| Schema::new(name, schema));
        Self { shell, about: prose(&document["info"]["description"]), groups, schemas: schemas.collect() }
    }
}

impl Operation {
    fn new(path: &str, method: &str, operation: &Value) -> Self {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let body = entries(&operation["requestBody"]["content"]).next();
        let answer = |(status, answer): (&String, &Value)| Answer {
            status: status.clone(),
            about: prose(&answer["description"]),
            content: entries(&answer["content"]).map(|(media, of)| (media.clone(), Type::new(&of["schema"]))).collect(),
        };
        Self {
            id: text(&operation["operationId"]),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: prose(&operation["summary"]),
            more: prose(&operation["description"]),
            needs_key: operation["security"].is_null(),
            fields: parameters
                .map(|parameter| Field {
                    name: text(&parameter["name"]),
                    kind: Type::new(&parameter["schema"]),
                    required: parameter["required"] == true,
                    about: prose(&parameter["description"]),
                })
                .collect(),
            body: body.map(|(_, body)| Type::new(&body["schema"])),
            answers: entries(&operation["responses"]).map(answer).collect(),
        }
    }
}

impl Schema {
    fn new(name: &str, schema: &Value) -> Self {
        // A schema that takes in others is a list of pieces; what stands behind a reference has a place of its own.
        let pieces: Vec<&Value> = schema["allOf"].as_array().map_or_else(|| vec![schema], |all| all.iter().collect());
        let includes = pieces.iter().filter_map(|piece| Type::new(piece).schema).collect();
        let fields = pieces.iter().flat_map(|piece| {
            let required: Vec<&str> =
                piece["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            entries(&piece["properties"]).map(move |(name, schema)| Field {
                kind: Type::new(schema),
                required: required.contains(&name.as_str()),
                about: prose(&schema["description"]),
                name: name.clone(),
            })
        });
        let values = schema["enum"].as_array().into_iter().flatten().map(text);
        Self {
            name: name.to_owned(),
            values: values.collect(),
            about: prose(&schema["description"]),
            includes,
            fields: fields.collect(),
        }
    }
}

impl Type {
    fn new(schema: &Value) -> Self {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap_or_default();
            return Self { before: String::new(), schema: Some(name.to_owned()) };
        }
        for kind in ["oneOf", "anyOf"] {
            if let Some(one) = schema[kind].as_array().and_then(|any| any.iter().find(|one| one["type"] != "null")) {
                return Self::new(one).after("null or ");
            }
        }
        if let Some(values) = schema["enum"].as_array() {
            let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            return Self::named(&values.join(", "));
        }
        let names: Vec<&str> = match &schema["type"] {
            Value::String(name) => vec![name],
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let null = if names.contains(&"null") { "null or " } else { "" };
        let kind = match names.iter().find(|name| **name != "null") {
            Some(&"array") => Self::new(&schema["items"]).after("list of "),
            Some(&"object") if schema["additionalProperties"].is_object() => {
                Self::new(&schema["additionalProperties"]).after("by name: ")
            }
            Some(&"string") => Self::named("text"),
            Some(&"boolean") => Self::named("true or false"),
            Some(name) => Self::named(name),
            None => Self::named("any JSON"),
        };
        kind.after(null)
    }

    fn named(name: &str) -> Self {
        Self { before: name.to_owned(), schema: None }
    }

    fn after(mut self, words: &str) -> Self {
        self.before.insert_str(0, words);
        self
    }
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// A text on one line.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn prose(value: &Value) -> Prose {
    let pieces = text(value);
    let pieces = pieces.split('`').enumerate().map(|(n, piece)| (n % 2 == 1, piece.to_owned()));
    pieces.filter(|(_, piece)| !piece.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code() {
        let pieces = prose(&json!("`a` or\n`b c`."));
        let pieces: Vec<(bool, &str)> = pieces.iter().map(|(code, piece)| (*code, piece.as_str())).collect();
        assert_eq!(pieces, [(true, "a"), (false, " or "), (true, "b c"), (false, ".")]);
    }

    #[test]
    fn types_are_said_in_words() {
        for (schema, before, name) in [
            (json!({"type": "string"}), "text", None),
            (json!({"type": ["integer", "null"]}), "null or integer", None),
            (json!({"type": "array", "items": {"$ref": "#/components/schemas/Part"}}), "list of ", Some("Part")),
            (json!({"oneOf": [{"type": "null"}, {"$ref": "#/x/Key"}]}), "null or ", Some("Key")),
            (json!({"type": "object", "additionalProperties": {"type": "boolean"}}), "by name: true or false", None),
            (json!({"type": "string", "enum": ["asc", "desc"]}), "asc, desc", None),
            (json!({}), "any JSON", None),
        ] {
            assert_eq!(Type::new(&schema), Type { before: before.to_owned(), schema: name.map(str::to_owned) });
        }
    }
}
