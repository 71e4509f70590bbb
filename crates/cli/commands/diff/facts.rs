//! Facts of two records that differ: the hosts, what was seeded.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

/// A fact that differs.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct FactDifference {
    /// Its name: `cpu_model`, `engine.version`, `libraries[numpy].version`.
    pub(super) field: String,
    /// The fact of the first; `null` where it has none.
    pub(super) left: Value,
    /// The fact of the other.
    pub(super) right: Value,
}

impl FactDifference {
    /// Every fact that differs, in the order of names.
    pub(super) fn between(left: &impl Serialize, right: &impl Serialize) -> Vec<Self> {
        let mut found = Vec::new();
        let (left, right) = (facts(left), facts(right));
        collect(String::new(), &left, &right, &mut found);
        found
    }
}

/// The facts as records write them.
fn facts(facts: &impl Serialize) -> Value {
    serde_json::to_value(facts).unwrap_or(Value::Null)
}

fn collect(field: String, left: &Value, right: &Value, found: &mut Vec<FactDifference>) {
    match (left, right) {
        (left, right) if left == right => {}
        (Value::Object(left), Value::Object(right)) => {
            let keys: BTreeSet<_> = left.keys().chain(right.keys()).collect();
            for key in keys {
                let name = if field.is_empty() {
                    key.clone()
                } else {
                    format!("{field}.{key}")
                };
                let side = |object: &serde_json::Map<String, Value>| {
                    object.get(key).cloned().unwrap_or(Value::Null)
                };
                collect(name, &side(left), &side(right), found);
            }
        }
        (Value::Array(left), Value::Array(right)) => lists(&field, left, right, found),
        _ => found.push(FactDifference {
            field,
            left: left.clone(),
            right: right.clone(),
        }),
    }
}

/// Lists in which an element is known by its name, or by itself: what is in one alone is told, whatever the order.
fn lists(field: &str, left: &[Value], right: &[Value], found: &mut Vec<FactDifference>) {
    // Of several elements of one name, those that are on both sides are no difference.
    let without = |own: &[Value], other: &[Value]| -> Vec<Value> {
        let own = own.iter().filter(|value| !other.contains(value));
        own.cloned().collect()
    };
    let (left, right) = (&without(left, right), &without(right, left));
    let mut add = |left: &Value, right: &Value, of: &Value| {
        collect(format!("{field}[{}]", name(of)), left, right, found);
    };
    for one in left {
        match right.iter().find(|other| name(other) == name(one)) {
            Some(other) => add(one, other, one),
            None => add(one, &Value::Null, one),
        }
    }
    for other in right {
        if !left.iter().any(|one| name(one) == name(other)) {
            add(&Value::Null, other, other);
        }
    }
}

/// What an element of a list is known by: its name, the library and what it uses, or itself.
fn name(value: &Value) -> String {
    let text = |key| value.get(key).and_then(Value::as_str);
    match (text("name"), text("library"), text("what")) {
        (Some(name), _, _) => name.to_owned(),
        (None, Some(library), Some(what)) => format!("{library} {what}"),
        _ => value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_fact_that_differs_is_named() {
        let left = json!({ "cores": 2, "flags": ["a", "b"], "libraries": [{ "name": "numpy", "version": "1" }] });
        let right = json!({ "cores": 4, "flags": ["b", "c"], "libraries": [{ "name": "numpy", "version": "2" }] });
        let found = FactDifference::between(&left, &right);
        let fields: Vec<_> = found.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(
            fields,
            ["cores", "flags[a]", "flags[c]", "libraries[numpy].version"]
        );
        assert_eq!(FactDifference::between(&left, &left), []);
        let of = |kernel| {
            json!({ "uses": [
            { "library": "OpenBLAS", "what": "threads", "value": "1" },
            { "library": "OpenBLAS", "what": "kernel", "value": kernel },
        ] })
        };
        let found = FactDifference::between(&of("Haswell"), &of("Zen"));
        let fields: Vec<_> = found.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["uses[OpenBLAS kernel].value"]);
    }
}
