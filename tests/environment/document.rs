//! A part of a document that tests write, and hold to what they saw.
#![expect(unreachable_pub, reason = "a module of tests")]

use std::fs;

use crate::environment::checkout;

/// When set, the document is rewritten, not compared.
const REWRITE: &str = "RESOW_WRITE_TABLES";

/// Insists that the part between the marks of `writer` in `document` is `text`; rewrites it where that is asked for.
pub fn hold(document: &str, writer: &str, text: &str) {
    let path = checkout().join(document);
    let begin = format!("<!-- The table is written by {writer}. -->\n");
    let end = "<!-- End of the table. -->\n";
    let content = fs::read_to_string(&path).expect("the document");
    let start = content.find(&begin).expect("the table's beginning") + begin.len();
    let length = content[start..].find(end).expect("the table's end");
    let found = &content[start..start + length];
    if std::env::var_os(REWRITE).is_some() {
        let written = format!("{}{text}{}", &content[..start], &content[start + length..]);
        fs::write(path, written).expect("the document is written");
    } else {
        assert_eq!(
            found, text,
            "{document} says otherwise: `{REWRITE}=1` rewrites it"
        );
    }
}
