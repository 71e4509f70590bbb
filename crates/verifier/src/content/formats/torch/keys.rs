//! Keys of dictionaries as texts, since places are.

use std::collections::BTreeMap;

use super::super::counter::Counter;
use super::node::{Node, NodeId, Pickle};
use crate::content::ContentError;

/// The values of a dictionary by key. Of one key the later value holds, as in Python.
///
/// # Errors
/// When a key is of a kind that has no text, is longer than `longest`, or differs from another by its kind alone, as `1`
/// and `"1"` do; or when all are too long together.
pub(super) fn by_key(
    pickle: &Pickle,
    items: &[(NodeId, NodeId)],
    longest: usize,
    counter: &mut Counter,
) -> Result<BTreeMap<String, NodeId>, ContentError> {
    let mut keys: BTreeMap<String, (NodeId, NodeId)> = BTreeMap::new();
    for (key, value) in items {
        let name = text(pickle, *key).filter(|name| name.len() <= longest);
        let name =
            name.ok_or_else(|| unsupported("keys that are no short text, number or tuple"))?;
        counter.take_text(name.len() as u64)?;
        let before = keys.insert(name, (*key, *value));
        if before.is_some_and(|(old, _)| pickle.node(old) != pickle.node(*key)) {
            return Err(unsupported("keys that differ by their type alone"));
        }
    }
    let values = keys.into_iter().map(|(name, (_, value))| (name, value));
    Ok(values.collect())
}

fn text(pickle: &Pickle, id: NodeId) -> Option<String> {
    if let Some(items) = pickle.tuple(id).filter(|items| items.len() <= 16) {
        let items: Option<Vec<String>> = items.iter().map(|item| scalar(pickle, *item)).collect();
        return Some(format!("({})", items?.join(", ")));
    }
    scalar(pickle, id)
}

fn scalar(pickle: &Pickle, id: NodeId) -> Option<String> {
    match pickle.node(id) {
        Node::Text(text) => Some(text.to_string()),
        Node::Integer(number) => Some(number.to_string()),
        Node::Float(number) => Some(format!("{number:?}")),
        Node::Bool(value) => Some(value.to_string()),
        Node::Nothing => Some("None".to_owned()),
        Node::Global { module, name } => Some(format!("{module}.{name}")),
        _ => None,
    }
}

fn unsupported(what: &str) -> ContentError {
    ContentError::Unsupported {
        what: what.to_owned(),
    }
}
