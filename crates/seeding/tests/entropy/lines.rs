//! Lines of JSON: whole, whatever is written into them.

use crate::line::{LONGEST, Line};
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(line: &mut Line) -> Value {
    let bytes = line.finish();
    assert!(bytes.len() <= LONGEST, "{} bytes", bytes.len());
    assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), 1);
    serde_json::from_slice(bytes).expect("a line of JSON")
}

#[test]
fn a_line_has_what_was_written() {
    let arguments = [&b"a \"b\"\\\n"[..], b"", b"\xff\xc3\xa9"];
    let mut line = Line::new("process");
    line.number("pid", 4_294_967_295)
        .text("program", b"/bin/sh");
    let line = line.texts("arguments", arguments.into_iter());
    let expected = json!({
        "kind": "process", "pid": 4_294_967_295_u64, "program": "/bin/sh",
        "arguments": ["a \"b\"\\\n", "", "\u{fffd}é"],
    });
    assert_eq!(read(line), expected);
}

proptest! {
    #[test]
    fn a_line_is_whole_whatever_is_in_it(program: Vec<u8>, arguments: Vec<Vec<u8>>, times in 1_usize..200) {
        let arguments = vec![arguments; times].concat();
        let mut line = Line::new("process");
        line.number("pid", 1).text("program", &program.repeat(times));
        let read = read(line.texts("arguments", arguments.iter().map(Vec::as_slice)));
        let first = read["arguments"].as_array().expect("a list").first().cloned();
        let expected = arguments.first().map(|first| String::from_utf8_lossy(first).into_owned());
        if let (Some(first), Some(expected)) = (first, expected) {
            prop_assert!(expected.starts_with(first.as_str().expect("a text")));
        }
    }
}
