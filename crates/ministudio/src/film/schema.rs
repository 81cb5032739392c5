//! JSON Schemas of a film's files, so that an editor completes fields and marks mistakes while they are written.
//! Made of what the engine itself reads by.

use std::path::Path;

use anyhow::Context;
use film::reference::{EASINGS, FILES, Field, Kind, Table};
use serde_json::{Map, Value, json};

use super::SchemaArgs;

/// The dialect that editors of TOML understand.
const DIALECT: &str = "http://json-schema.org/draft-07/schema#";
const HEX: &str = "^#[0-9a-fA-F]{6}$";

pub fn run(args: &SchemaArgs) -> anyhow::Result<()> {
    if args.reference {
        print!("{}", super::manual::markdown());
        return Ok(());
    }
    match &args.out {
        Some(folder) => {
            write(folder)?;
            println!("The schemas are in {}.", folder.display());
        }
        None => {
            let all: Map<String, Value> =
                FILES.iter().map(|file| (file.name.to_owned(), schema(file.path, file.table))).collect();
            println!("{}", serde_json::to_string_pretty(&all)?);
        }
    }
    Ok(())
}

/// Writes the schema of each kind of file into a folder.
pub fn write(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for file in &FILES {
        let path = folder.join(format!("{}.json", file.name));
        let text = serde_json::to_string_pretty(&schema(file.path, file.table))? + "\n";
        std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}

fn schema(path: &str, table: &Table) -> Value {
    let mut schema = of_table(table);
    schema["$schema"] = DIALECT.into();
    schema["title"] = path.into();
    schema
}

fn of_table(table: &Table) -> Value {
    let properties: Map<String, Value> =
        table.fields.iter().map(|field| (field.key.to_owned(), of_field(field))).collect();
    let required: Vec<&str> =
        table.fields.iter().filter(|field| field.required).map(|field| field.key).collect();
    json!({
        "type": "object",
        "description": table.about,
        "properties": properties,
        "required": required,
        "additionalProperties": table.free.as_ref().map_or(Value::Bool(false), of_field),
    })
}

fn of_field(field: &Field) -> Value {
    let mut schema = of_kind(field.kind);
    schema["description"] = field.about.into();
    schema
}

fn of_kind(kind: Kind) -> Value {
    let (mut schema, default) = match kind {
        Kind::Text { default } => (json!({ "type": "string", "maxLength": 2000 }), default.map(Value::from)),
        Kind::Choice { of, default } => (json!({ "enum": of }), default.map(Value::from)),
        Kind::Flag { default } => (json!({ "type": "boolean" }), Some(default.into())),
        Kind::Number { low, high, default } => {
            (json!({ "type": "number", "minimum": low, "maximum": high }), default.map(Value::from))
        }
        Kind::Whole { low, high, default } => {
            (json!({ "type": "integer", "minimum": low, "maximum": high }), default.map(Value::from))
        }
        Kind::Numbers { of, default } => {
            let length = of.len();
            let list = json!({ "type": "array", "items": { "type": "number" }, "minItems": length, "maxItems": length });
            (list, default.map(|numbers| json!(numbers)))
        }
        Kind::Texts => (json!({ "type": "array", "items": { "type": "string" } }), None),
        Kind::OneOrTexts => (
            json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] }),
            None,
        ),
        Kind::Track { default } => (over_time(json!({ "type": "number" })), default.map(Value::from)),
        Kind::Colour => (json!({ "type": "string" }), None),
        Kind::Hex => (json!({ "type": "string", "pattern": HEX }), None),
        Kind::ColourTrack => (over_time(json!({ "type": "string" })), None),
        Kind::Table(table) => (of_table(table), None),
        Kind::Tables(table) => (json!({ "type": "array", "items": of_table(table) }), None),
        Kind::OneOrTables(table) => {
            let one = of_table(table);
            (json!({ "anyOf": [one, { "type": "array", "items": one }] }), None)
        }
    };
    if let Some(default) = default {
        schema["default"] = default;
    }
    schema
}

/// A value, or keys with easing.
fn over_time(value: Value) -> Value {
    let second = json!({ "type": "number", "minimum": 0 });
    let key = json!({
        "type": "array",
        "items": [second, value, { "enum": EASINGS }],
        "minItems": 2,
        "maxItems": 3,
    });
    json!({ "anyOf": [value, { "type": "array", "items": key, "minItems": 1 }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As much of JSON Schema as ours use.
    fn fits(schema: &Value, value: &toml::Value) -> bool {
        if let Some(any) = schema["anyOf"].as_array() {
            return any.iter().any(|one| fits(one, value));
        }
        if let Some(words) = schema["enum"].as_array() {
            return words.iter().any(|word| word.as_str() == value.as_str() && value.is_str());
        }
        let number = value.as_float().or(value.as_integer().map(|n| n as f64));
        match schema["type"].as_str().unwrap() {
            "string" => value.is_str(),
            "boolean" => value.is_bool(),
            "integer" | "number" => number.is_some_and(|n| {
                n >= schema["minimum"].as_f64().unwrap_or(f64::MIN)
                    && n <= schema["maximum"].as_f64().unwrap_or(f64::MAX)
            }),
            "array" => value.as_array().is_some_and(|list| {
                let item = |at: usize| {
                    if schema["items"].is_array() { &schema["items"][at] } else { &schema["items"] }
                };
                list.len() as u64 >= schema["minItems"].as_u64().unwrap_or(0)
                    && list.len() as u64 <= schema["maxItems"].as_u64().unwrap_or(u64::MAX)
                    && list.iter().enumerate().all(|(at, one)| fits(item(at), one))
            }),
            "object" => value.as_table().is_some_and(|table| {
                let required = schema["required"].as_array().unwrap();
                required.iter().all(|key| table.contains_key(key.as_str().unwrap()))
                    && table.iter().all(|(key, value)| match schema["properties"].get(key) {
                        Some(of) => fits(of, value),
                        None => {
                            schema["additionalProperties"].is_object()
                                && fits(&schema["additionalProperties"], value)
                        }
                    })
            }),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn the_schemas_take_every_file_of_the_films_and_no_mistyped_field() {
        use film::Folder;
        let schemas: Vec<(&str, Value)> =
            FILES.iter().map(|file| (file.name, schema(file.path, file.table))).collect();
        let of = |path: &str| {
            let name = if path == "film.toml" {
                "film"
            } else {
                path.split('/').next().unwrap().trim_end_matches('s')
            };
            let name = if name == "word" { "words" } else { name };
            schemas.iter().find(|(known, _)| *known == name).map(|(_, schema)| schema)
        };
        let mut looked_at = 0;
        for film in catalogue::films() {
            for path in film.paths().iter().filter(|path| path.ends_with(".toml")) {
                let Some(schema) = of(path) else { continue };
                let text = String::from_utf8(film.read(path).unwrap().into_owned()).unwrap();
                let mut value = toml::Value::Table(text.parse().unwrap());
                assert!(fits(schema, &value), "{} {path}", film.slug());
                value.as_table_mut().unwrap().insert("secnods".to_owned(), 3.into());
                assert!(!fits(schema, &value), "{} {path}", film.slug());
                looked_at += 1;
            }
        }
        assert!(looked_at > 20, "{looked_at}");
    }
}
