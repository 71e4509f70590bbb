//! ONNX.

use resow_verifier::difference::Agreement;

use super::{compare, only};

#[test]
fn a_nested_graph_is_compared_too() {
    let comparison = compare("raw.onnx", "branch.onnx");
    let (place, array) = only(&comparison);
    assert!(
        place.starts_with("graph.node[1].attribute[1].g.initializer"),
        "{place}"
    );
    assert_eq!(
        array.elements.as_ref().map(|one| one.beyond_tolerance),
        Some(1)
    );
    let external = compare("raw.onnx", "external.onnx");
    assert_eq!(external.agreement, Agreement::Different);
    assert!(format!("{external:?}").contains("external_data"));
}
