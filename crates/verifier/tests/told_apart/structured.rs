//! JSON, TOML, YAML and notebooks.

use super::{assert_alike, assert_told_apart};

fn each(name: &str, pairs: &[(&str, &str)], check: impl Fn(&str, &[u8], &[u8])) {
    for (left, right) in pairs {
        check(name, left.as_bytes(), right.as_bytes());
    }
}

#[test]
fn numbers_of_json_are_exact() {
    let apart = [
        ("-0", "0"),
        ("[9007199254740993.0]", "[9007199254740992.0]"),
        ("9007199254740993e0", "9007199254740992e0"),
        ("0.1", "0.1000000000000000055511151231257827"),
        ("1e400", "2e400"),
        ("1e-400", "0.0"),
        ("18446744073709551617.0", "18446744073709551616.0"),
    ];
    each("x.json", &apart, assert_told_apart);
    let alike = [("-0", "-0.0"), ("1.50", "15e-1"), ("[1e22]", "[10E+21]")];
    each("x.json", &alike, assert_alike);
}

#[test]
fn dates_of_toml_are_no_texts() {
    let apart = [
        ("a = 2026-01-01", "a = \"2026-01-01\""),
        ("a = 07:32:00", "a = '07:32:00'"),
        ("a = 07:32:00.1234567891", "a = 07:32:00.1234567892"),
        ("a = 9007199254740993.0", "a = 9007199254740992.0"),
        ("a = {}", "a = []"),
    ];
    each("x.toml", &apart, assert_told_apart);
    each("x.toml", &[("a = 0x10 # b", "a = 16")], assert_alike);
}

#[test]
fn what_readers_of_yaml_take_differently_is_told_apart() {
    let apart = [
        ("a: yes", "a: 'yes'"),
        ("a: yes", "a: true"),
        ("a: off", "a: \"off\""),
        ("a: 010", "a: 8"),
        ("a: 010", "a: 10"),
        ("a: 010", "a: '010'"),
        ("a: 1_000", "a: '1_000'"),
        ("a: 12:30:45", "a: '12:30:45'"),
        ("a: 2026-01-01", "a: '2026-01-01'"),
        ("a: 0o17", "a: 15"),
        ("a: 1e3", "a: 1000.0"),
        ("a: 1e3", "a: '1e3'"),
        ("yes: 1", "'yes': 1"),
        ("1: a", "'1': a"),
        ("'1': a", "'\"1\"': a"),
        (
            "a: &b {c: 1}\nd:\n  <<: *b\n",
            "a: &b {c: 1}\nd:\n  '<<': *b\n",
        ),
        ("!Point [1, 2]", "'!Point': [1, 2]"),
        ("a: !b 1", "a: {'!b': '1'}"),
        ("a: !b x", "a: !c x"),
        ("!!set {a, b}", "{a, b}"),
        ("!!binary aGk=", "aGk="),
        ("--- 1\n--- 2\n", "documents: [1, 2]\n"),
        ("--- 1\n--- 2\n", "!<documents> [1, 2]\n"),
        ("", "null"),
        ("%YAML 1.1\n---\na: 1\n", "a: 1\n"),
        ("a: -0", "a: 0"),
        ("a: 9007199254740993.0", "a: 9007199254740992.0"),
        ("a: |\n  b", "a: |\n  b\n"),
        ("a: >-\n  b", "a: >\n  b"),
        ("- |\n  b", "- |\n  b\n"),
        ("\u{feff}%YAML 1.1\n---\na: 1\n", "\u{feff}a: 1\n"),
        ("\u{feff}%YAML 1.1\n---\na: 1\n", "%YAML 1.2\n---\na: 1\n"),
        ("# b\r%YAML 1.1\r---\ra: 1\n", "# b\r---\ra: 1\n"),
        ("a: 1 # b", "a: 1 #\u{2028}b: 2"),
        ("a: 1 # b", "a: 1 #\u{85}b: 2"),
        ("a: 1\n", "a: 1\n\0b: 2\n"),
        ("a: 1\n---\nb: 1\n", "a: 1\n---\n\u{feff}b: 1\n"),
        (".nan: 1", "NaN: 1"),
        (".inf: 1", "inf: 1"),
        ("-.inf: 1", "-inf: 1"),
        (".inf: 1", "'.inf': 1"),
        ("--- 1\n--- 2\n", "!<%20documents> [1, 2]\n"),
    ];
    each("x.yaml", &apart, assert_told_apart);
    let alike = [
        ("a: 1.0e-05", "a: 0.00001"),
        ("{a: true, b: ~}", "b: null\na: True\n"),
        ("a: 'x'", "a: !!str x"),
        ("a: &b [1]\nc: *b\n", "a: [1]\nc: [1]\n"),
        ("a: 1 # one", "a: 1"),
        ("a: 1", "\u{feff}a: 1"),
        ("a: |\n  b\nc: 1", "c: 1\na: |\n  b\n"),
    ];
    each("x.yaml", &alike, assert_alike);
}

/// A notebook that shows a slider of this value, whose identifiers begin so.
fn slider(prefix: &str, value: u32) -> String {
    format!(
        r#"{{"nbformat": 4, "nbformat_minor": 5, "cells": [{{"cell_type": "code", "id": "{prefix}", "source": [],
        "metadata": {{}}, "outputs": [{{"output_type": "display_data", "metadata": {{}}, "data":
        {{"application/vnd.jupyter.widget-view+json": {{"model_id": "{prefix}1", "version_major": 2}}}}}}]}}],
        "metadata": {{"widgets": {{"application/vnd.jupyter.widget-state+json": {{"version_major": 2, "state": {{
        "{prefix}1": {{"model_name": "IntSliderModel", "state": {{"value": {value}, "layout": "IPY_MODEL_{prefix}2"}}}},
        "{prefix}2": {{"model_name": "LayoutModel", "state": {{}}}}}}}}}}}}}}"#
    )
}

#[test]
fn states_of_widgets_are_content_and_their_identifiers_are_not() {
    let apart = [
        (slider("a", 1), slider("a", 2)),
        (slider("a", 1), slider("b", 2)),
    ];
    for (left, right) in apart {
        assert_told_apart("x.ipynb", left.as_bytes(), right.as_bytes());
    }
    let (left, right) = (slider("a", 1), slider("z", 1));
    assert_alike("x.ipynb", left.as_bytes(), right.as_bytes());
}

#[test]
fn a_widget_without_a_state_is_none_with_one_that_is_null() {
    let with = |states: &str| {
        format!(
            r#"{{"nbformat": 4, "nbformat_minor": 5, "cells": [], "metadata": {{"widgets":
            {{"application/vnd.jupyter.widget-state+json": {{"state": {states}}}}}}}}}"#
        )
    };
    let (null, none) = (with(r#"{"x": null}"#), with("{}"));
    assert_told_apart("x.ipynb", null.as_bytes(), none.as_bytes());
}

#[test]
fn lists_of_lines_are_texts_where_notebooks_may_have_them() {
    let output = |output: &str| {
        format!(
            r#"{{"nbformat": 4, "nbformat_minor": 5, "metadata": {{}}, "cells": [{{"cell_type": "code", "id": "a",
            "source": "", "metadata": {{}}, "outputs": [{output}]}}]}}"#
        )
    };
    let pair = |template: &str| {
        [r#"["a\n", "b"]"#, r#""a\nb""#].map(|text| output(&template.replace("TEXT", text)))
    };
    for template in [
        r#"{"output_type": "stream", "name": "stdout", "text": TEXT}"#,
        r#"{"output_type": "display_data", "metadata": {}, "data": {"text/plain": TEXT}}"#,
        r#"{"output_type": "execute_result", "metadata": {}, "data": {"text/html": TEXT}}"#,
    ] {
        let [left, right] = pair(template);
        assert_alike("x.ipynb", left.as_bytes(), right.as_bytes());
    }
    for template in [
        r#"{"output_type": "error", "ename": "E", "evalue": "", "traceback": TEXT}"#,
        r#"{"output_type": "error", "ename": "E", "evalue": "", "traceback": [], "text": TEXT}"#,
        r#"{"output_type": "stream", "name": "stdout", "text": "", "data": {"text/plain": TEXT}}"#,
        r#"{"output_type": "display_data", "metadata": {}, "data": {"application/x+json": TEXT}}"#,
    ] {
        let [left, right] = pair(template);
        assert_told_apart("x.ipynb", left.as_bytes(), right.as_bytes());
    }
}
