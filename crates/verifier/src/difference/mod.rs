//! Where two files differ, and how far apart they are.
//!
//! [`compare_files`] reads both by their format and gives a [`Comparison`]. What cannot be read as its format is compared
//! byte by byte, and the comparison says why. Nothing is executed, and memory is bounded whatever the files hold.

mod ahead;
mod archive;
mod array_difference;
mod array_totals;
mod arrays;
mod bytes;
mod columns;
mod comparison;
mod distance;
mod element_distance;
mod element_number;
mod element_tally;
mod element_text;
mod elements;
mod findings;
mod lines;
mod long_text;
mod near;
mod numpy_type;
mod place;
mod renames;
mod reordering;
mod same;
mod shown;
mod table;
mod tree;

pub use array_difference::{ArrayDifference, ArrayForm, Element, ElementDifferences};
pub use array_totals::{ArrayTotals, FurthestArray};
pub use bytes::{ByteDifference, byte_difference};
pub use comparison::{Agreement, Comparison, compare_documents, compare_files, compare_files_with};
pub use distance::{Distance, units_between};
pub use findings::{Difference, DifferenceKind, Findings, IgnoredPlace, UnreadablePlace};
pub use same::are_same_bytes;
