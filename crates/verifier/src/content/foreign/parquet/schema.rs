//! The schema of a Parquet file: columns and groups in order.

use std::collections::BTreeMap;

use parquet::basic::ConvertedType;
use parquet::schema::types::Type;

use crate::content::{Number, Value};

/// The schema below a group, with all that it says of each field.
pub(super) fn value(group: &Type) -> Value {
    Value::List(group.get_fields().iter().map(|field| one(field)).collect())
}

fn one(field: &Type) -> Value {
    let text = |text: String| Value::Text(text);
    let number = |number: i32| Value::Number(Number::Integer(i128::from(number)));
    let info = field.get_basic_info();
    let mut all = BTreeMap::from([("name".to_owned(), text(info.name().to_owned()))]);
    let mut add = |name: &str, value| all.insert(name.to_owned(), value);
    if info.has_repetition() {
        add("repetition", text(info.repetition().to_string()));
    }
    if info.converted_type() != ConvertedType::NONE {
        add("converted", text(info.converted_type().to_string()));
    }
    if let Some(logical) = info.logical_type_ref() {
        add("logical", text(format!("{logical:?}")));
    }
    if info.has_id() {
        add("id", number(info.id()));
    }
    match field {
        Type::PrimitiveType {
            physical_type,
            type_length,
            scale,
            precision,
            ..
        } => {
            add("type", text(physical_type.to_string()));
            for (name, value) in [
                ("length", *type_length),
                ("scale", *scale),
                ("precision", *precision),
            ] {
                if value > 0 {
                    add(name, number(value));
                }
            }
        }
        Type::GroupType { .. } => {
            add("fields", value(field));
        }
    }
    Value::Map(all)
}
