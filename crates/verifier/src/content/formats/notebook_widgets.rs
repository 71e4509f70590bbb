//! The saved states of a notebook's widgets. Their identifiers are drawn anew in each run, so that they are named here by
//! their order instead: as cells show them, then as they refer to each other, the rest by what they hold.

use std::collections::BTreeMap;

use super::notebook::as_map;
use crate::content::{ContentError, Format, Number, TypeName, Value};

type Map = BTreeMap<String, Value>;

/// The kinds of data that hold states, and that show a widget.
const STATE: &str = "application/vnd.jupyter.widget-state+json";
const VIEW: &str = "application/vnd.jupyter.widget-view+json";
/// How a state refers to another.
const REFERENCE: &str = "IPY_MODEL_";

/// Names all widgets of the notebook.
///
/// # Errors
/// When they are no maps, or there is no place for them.
pub(super) fn name_widgets(format: Format, notebook: &mut Map) -> Result<(), ContentError> {
    let mut names = Names {
        states: taken_states(notebook),
        names: BTreeMap::new(),
        order: Vec::new(),
    };
    // Below, nothing stands for a widget that has no state.
    if !names
        .states
        .values()
        .all(|state| matches!(state, Value::Map(_)))
    {
        return Err(ContentError::malformed(
            format,
            "a widget's state is no map",
        ));
    }
    if let Some(Value::List(cells)) = notebook.get_mut("cells") {
        for view in cells.iter_mut().flat_map(views) {
            names.name_view(view);
        }
    }
    names.name_rest();
    let named = names.finish();
    let states = notebook.get_mut("metadata").and_then(as_map);
    let states = states.and_then(|metadata| metadata.get_mut("widgets").and_then(as_map));
    let states = states.and_then(|widgets| widgets.get_mut(STATE).and_then(as_map));
    match (states, named.is_empty()) {
        (Some(states), _) if states.contains_key("state") => {
            states.insert("state".to_owned(), Value::List(named));
            Ok(())
        }
        (_, true) => Ok(()),
        _ => Err(ContentError::malformed(format, "its widgets have no place")),
    }
}

/// The states of all widgets by identifier, of which none are left in the notebook.
fn taken_states(notebook: &mut Map) -> Map {
    let metadata = notebook.get_mut("metadata").and_then(as_map);
    let widgets = metadata.and_then(|metadata| metadata.get_mut("widgets").and_then(as_map));
    let state = widgets.and_then(|widgets| widgets.get_mut(STATE).and_then(as_map));
    let states = state.and_then(|state| state.get_mut("state").and_then(as_map));
    states.map(std::mem::take).unwrap_or_default()
}

/// What shows widgets in the outputs of a cell.
fn views(cell: &mut Value) -> Vec<&mut Map> {
    let outputs = as_map(cell).and_then(|cell| cell.get_mut("outputs"));
    let Some(Value::List(outputs)) = outputs else {
        return Vec::new();
    };
    let data = outputs.iter_mut().filter_map(|output| {
        let data = as_map(output)?.get_mut("data").and_then(as_map)?;
        data.get_mut(VIEW).and_then(as_map)
    });
    data.collect()
}

struct Names {
    states: Map,
    /// The number of each widget by its identifier, whether or not it has a state.
    names: BTreeMap<String, usize>,
    /// The identifiers by number.
    order: Vec<String>,
}

impl Names {
    fn name_view(&mut self, view: &mut Map) {
        if let Some(Value::Text(identifier)) = view.get("model_id") {
            let number = self.name(&identifier.clone());
            view.insert("model_id".to_owned(), reference(number));
        }
    }

    /// The number of a widget; one that is new has its references named after it.
    fn name(&mut self, identifier: &str) -> usize {
        if let Some(number) = self.names.get(identifier) {
            return *number;
        }
        let first = self.order.len();
        let mut next = first;
        self.add(identifier);
        // All that was added is looked at once.
        while let Some(identifier) = self.order.get(next).cloned() {
            next += 1;
            let mut found = Vec::new();
            if let Some(state) = self.states.get(&identifier) {
                references(state, &self.states, &mut found);
            }
            found.iter().for_each(|identifier| self.add(identifier));
        }
        first
    }

    fn add(&mut self, identifier: &str) {
        if !self.names.contains_key(identifier) {
            self.names.insert(identifier.to_owned(), self.order.len());
            self.order.push(identifier.to_owned());
        }
    }

    /// Names those that nothing shows, by what they hold but for identifiers.
    fn name_rest(&mut self) {
        let rest = self.states.iter();
        let rest = rest.filter(|(identifier, _)| !self.names.contains_key(*identifier));
        let mut rest: Vec<(String, String)> = rest
            .map(|(identifier, state)| {
                let mut state = state.clone();
                replace(&mut state, &|identifier| {
                    self.states.contains_key(identifier).then_some(0)
                });
                (format!("{state:?}"), identifier.clone())
            })
            .collect();
        rest.sort_unstable();
        for (_, identifier) in rest {
            self.name(&identifier);
        }
    }

    /// The states by number: none where a widget has no state.
    fn finish(mut self) -> Vec<Value> {
        let names = self.names;
        let states = self.order.iter().map(|identifier| {
            let mut state = self.states.remove(identifier).unwrap_or(Value::Null);
            replace(&mut state, &|identifier| names.get(identifier).copied());
            state
        });
        let mut states: Vec<Value> = states.collect();
        // Views of a notebook that was saved without states are named all the same.
        if states.iter().all(|state| *state == Value::Null) {
            states.clear();
        }
        states
    }
}

/// Adds the identifiers that a state refers to, in the order in which they stand there.
fn references(value: &Value, states: &Map, found: &mut Vec<String>) {
    match value {
        Value::Text(text) => {
            let identifier = text.strip_prefix(REFERENCE);
            let known = identifier.filter(|identifier| states.contains_key(*identifier));
            found.extend(known.map(str::to_owned));
        }
        Value::List(list) => list.iter().for_each(|one| references(one, states, found)),
        Value::Map(map) => map.values().for_each(|one| references(one, states, found)),
        _ => {}
    }
}

/// Puts numbers for the identifiers that have one.
fn replace(value: &mut Value, number: &impl Fn(&str) -> Option<usize>) {
    match value {
        Value::Text(text) => {
            if let Some(number) = text.strip_prefix(REFERENCE).and_then(number) {
                *value = reference(number);
            }
        }
        Value::List(list) => list.iter_mut().for_each(|one| replace(one, number)),
        Value::Map(map) => map.values_mut().for_each(|one| replace(one, number)),
        _ => {}
    }
}

fn reference(number: usize) -> Value {
    let number = i128::try_from(number).unwrap_or(i128::MAX);
    Value::Number(Number::Integer(number)).typed(TypeName::Reference)
}

#[cfg(test)]
mod tests {
    use resow_manifest::comparator::ComparatorKind;

    use super::*;
    use crate::content::formats::json;

    /// A notebook that shows the slider `names[0]`, with its layout `names[1]`, and has a widget besides, `names[2]`.
    fn notebook(names: [&str; 3], value: u32, refers: bool) -> Value {
        let [shown, layout, rest] = names;
        let target = if refers { shown } else { layout };
        let text = format!(
            r#"{{"cells": [{{"outputs": [{{"data": {{"{VIEW}": {{"model_id": "{shown}"}}}}}}]}}],
            "metadata": {{"widgets": {{"{STATE}": {{"state": {{
                "{shown}": {{"state": {{"value": {value}, "layout": "{REFERENCE}{layout}"}}}},
                "{layout}": {{"state": {{"width": 3}}}},
                "{rest}": {{"state": {{"child": "{REFERENCE}{target}"}}}}}}}}}}}}}}"#
        );
        let Value::Map(mut notebook) = json::parse(&text).expect(&text) else {
            panic!("a map");
        };
        let format = Format::of_kind(ComparatorKind::Notebook).expect("a format");
        name_widgets(format, &mut notebook).expect("widgets");
        Value::Map(notebook)
    }

    #[test]
    fn identifiers_mean_nothing_and_states_and_references_do() {
        let one = notebook(["a", "b", "c"], 1, true);
        assert_eq!(one, notebook(["z", "y", "x"], 1, true));
        assert_eq!(one, notebook(["b", "c", "a"], 1, true));
        assert_ne!(one, notebook(["a", "b", "c"], 2, true));
        assert_ne!(one, notebook(["a", "b", "c"], 1, false));
    }
}
