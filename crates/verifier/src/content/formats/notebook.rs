//! Jupyter notebooks: JSON without what another run of the same cells writes anew.

use std::collections::BTreeMap;

use super::json;
use super::notebook_widgets::name_widgets;
use crate::content::{Budget, ContentError, Format, Source, Value};

type Map = BTreeMap<String, Value>;

/// What Jupyter, its extensions, papermill and Colab call the times in the metadata of a cell.
const TIMES: [(&str, &[&str]); 4] = [
    (
        "execution",
        &[
            "iopub.execute_input",
            "iopub.status.busy",
            "iopub.status.idle",
            "shell.execute_reply",
            "shell.execute_reply.started",
        ],
    ),
    ("ExecuteTime", &["start_time", "end_time"]),
    PAPERMILL,
    ("executionInfo", &["timestamp", "elapsed"]),
];
/// Those that papermill writes for a cell, and for the whole notebook.
const PAPERMILL: (&str, &[&str]) = ("papermill", &["start_time", "end_time", "duration"]);
/// What Colab calls identifiers of a cell in its metadata.
const IDENTIFIERS: [&str; 2] = ["id", "outputId"];

/// The notebook that the file holds: without counts of execution, identifiers of cells, and times; widgets are named by
/// their order. Lists of lines are one text, and what a cell printed in pieces is one piece.
///
/// # Errors
/// When it is no notebook of version 4, or is more than `budget` allows.
pub(super) fn read(
    format: Format,
    source: &Source,
    budget: &Budget,
) -> Result<Value, ContentError> {
    let Value::Map(mut notebook) = json::read(format, source, budget)? else {
        return Err(ContentError::malformed(format, "it is no map"));
    };
    let Some(Value::List(cells)) = notebook.get_mut("cells") else {
        return Err(ContentError::malformed(format, "it has no list of `cells`"));
    };
    for cell in cells.iter_mut().filter_map(as_map) {
        clean_cell(cell);
    }
    if let Some(metadata) = notebook.get_mut("metadata").and_then(as_map) {
        let (key, times) = PAPERMILL;
        remove_times(metadata, key, times);
    }
    name_widgets(format, &mut notebook)?;
    Ok(Value::Map(notebook))
}

pub(super) fn as_map(value: &mut Value) -> Option<&mut Map> {
    match value {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

fn clean_cell(cell: &mut Map) {
    remove_count(cell);
    if matches!(cell.get("id"), Some(Value::Text(_))) {
        cell.remove("id");
    }
    if let Some(metadata) = cell.get_mut("metadata").and_then(as_map) {
        TIMES
            .iter()
            .for_each(|(key, times)| remove_times(metadata, key, times));
        metadata.retain(|name, value| {
            !(IDENTIFIERS.contains(&name.as_str()) && matches!(value, Value::Text(_)))
        });
    }
    if let Some(source) = cell.get_mut("source") {
        join(source);
    }
    if let Some(attachments) = cell.get_mut("attachments").and_then(as_map) {
        attachments
            .values_mut()
            .filter_map(as_map)
            .for_each(clean_data);
    }
    if let Some(Value::List(outputs)) = cell.get_mut("outputs") {
        outputs.iter_mut().filter_map(as_map).for_each(clean_output);
        merge_streams(outputs);
    }
}

/// What is no number is no count.
fn remove_count(map: &mut Map) {
    let count = map.get("execution_count");
    if matches!(count, Some(Value::Null | Value::Number(_))) {
        map.remove("execution_count");
    }
}

/// Takes the times out of what stands at `key`, and that as well where nothing else is left.
fn remove_times(metadata: &mut Map, key: &str, times: &[&str]) {
    let Some(part) = metadata.get_mut(key).and_then(as_map) else {
        return;
    };
    let is_time = |value: &Value| match value {
        Value::Text(_) => true,
        // A notebook that was not executed has none; a text says when, and these how long or since when.
        Value::Null | Value::Number(_) => key == PAPERMILL.0 || key == "executionInfo",
        _ => false,
    };
    part.retain(|name, value| !(times.contains(&name.as_str()) && is_time(value)));
    if part.is_empty() {
        metadata.remove(key);
    }
}

/// What may be a list of lines depends on the type of the output: of an error nothing may.
fn clean_output(output: &mut Map) {
    let Some(Value::Text(kind)) = output.get("output_type") else {
        return;
    };
    match kind.as_str() {
        "stream" => {
            if let Some(text) = output.get_mut("text") {
                join(text);
            }
        }
        "display_data" | "execute_result" => {
            if kind == "execute_result" {
                remove_count(output);
            }
            if let Some(data) = output.get_mut("data").and_then(as_map) {
                clean_data(data);
            }
        }
        _ => {}
    }
}

/// Joins the lines of each kind of data that is no JSON.
fn clean_data(data: &mut Map) {
    for (kind, value) in data {
        if !kind.ends_with("json") {
            join(value);
        }
    }
}

/// Makes one text of a list of lines.
fn join(value: &mut Value) {
    let Value::List(lines) = value else {
        return;
    };
    let mut text = String::new();
    for line in lines {
        let Value::Text(line) = line else {
            return;
        };
        text.push_str(line);
    }
    *value = Value::Text(text);
}

/// Joins neighbouring pieces of one stream: when they were written is what parts them.
fn merge_streams(outputs: &mut Vec<Value>) {
    let mut merged: Vec<Value> = Vec::with_capacity(outputs.len());
    for mut output in outputs.drain(..) {
        if let (Some((name, text)), Some(last)) = (stream(&mut output), merged.last_mut())
            && let Some((last_name, last_text)) = stream(last)
            && name == last_name
        {
            last_text.push_str(text);
            continue;
        }
        merged.push(output);
    }
    *outputs = merged;
}

/// The name and the text of a piece of a stream; `None` of any other output, and of one that says more.
fn stream(output: &mut Value) -> Option<(String, &mut String)> {
    let map = as_map(output)?;
    if map.len() != 3 || map.get("output_type") != Some(&Value::Text("stream".to_owned())) {
        return None;
    }
    let Some(Value::Text(name)) = map.get("name").cloned() else {
        return None;
    };
    match map.get_mut("text") {
        Some(Value::Text(text)) => Some((name, text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use resow_manifest::comparator::ComparatorKind;

    use super::*;

    fn notebook(cells: &str) -> Result<Value, ContentError> {
        let format = Format::of_kind(ComparatorKind::Notebook).expect("a format");
        let text = format!(r#"{{"cells": {cells}, "metadata": {{}}, "nbformat": 4}}"#);
        read(
            format,
            &Source::of_bytes(text.into_bytes()),
            &Budget::default(),
        )
    }

    fn same(left: &str, right: &str) -> bool {
        notebook(left).expect(left) == notebook(right).expect(right)
    }

    #[test]
    fn what_a_run_writes_anew_is_left_out() {
        assert!(same(
            r#"[{"id": "a", "execution_count": 1, "metadata": {"execution": {"iopub.status.busy": "1"}}, "source": ["a\n", "b"],
                "outputs": [{"output_type": "execute_result", "execution_count": 1, "data": {"text/plain": ["1"]}}]}]"#,
            r#"[{"id": "b", "execution_count": 7, "metadata": {"ExecuteTime": {"start_time": "1"}, "outputId": "c",
                "papermill": {"start_time": "1", "end_time": "2", "duration": 1.5},
                "executionInfo": {"timestamp": 1, "elapsed": 2}}, "source": "a\nb",
                "outputs": [{"output_type": "execute_result", "execution_count": 7, "data": {"text/plain": "1"}}]}]"#,
        ));
    }

    #[test]
    fn outputs_and_sources_are_kept() {
        assert!(!same(r#"[{"source": "a"}]"#, r#"[{"source": "b"}]"#));
        let output = |text: &str| {
            format!(
                r#"[{{"outputs": [{{"output_type": "display_data", "data": {{"application/json": {text}}}}}]}}]"#
            )
        };
        assert!(!same(&output(r#"["a", "b"]"#), &output(r#""ab""#)));
    }

    #[test]
    fn pieces_of_a_stream_are_one() {
        let piece = |name: &str, text: &str| {
            format!(r#"{{"output_type": "stream", "name": "{name}", "text": ["{text}"]}}"#)
        };
        let cell = |pieces: &[String]| format!(r#"[{{"outputs": [{}]}}]"#, pieces.join(","));
        let one = cell(&[piece("stdout", "ab")]);
        assert!(same(
            &cell(&[piece("stdout", "a"), piece("stdout", "b")]),
            &one
        ));
        assert!(!same(
            &cell(&[piece("stdout", "a"), piece("stderr", "b")]),
            &one
        ));
        let more = piece("stdout", "b").replacen('{', r#"{"metadata": {"x": 1}, "#, 1);
        assert!(!same(&cell(&[piece("stdout", "a"), more]), &one));
    }

    #[test]
    fn what_is_no_time_and_no_count_is_kept() {
        for (left, right) in [
            (r#"[{"execution_count": "a"}]"#, "[{}]"),
            (r#"[{"id": 7}]"#, "[{}]"),
            (
                r#"[{"metadata": {"execution": {"timeout": 3}}}]"#,
                r#"[{"metadata": {}}]"#,
            ),
            (
                r#"[{"metadata": {"ExecuteTime": {"start_time": 3}}}]"#,
                r#"[{"metadata": {}}]"#,
            ),
        ] {
            assert!(!same(left, right), "{left}");
        }
    }

    #[test]
    fn what_is_no_notebook_is_said() {
        for cells in ["1", "null", "[", "{}"] {
            notebook(cells).expect_err(cells);
        }
    }
}
