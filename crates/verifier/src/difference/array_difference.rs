//! How two arrays of one name differ.

use std::fmt;

use serde::Serialize;

use super::distance::Distance;
use super::numpy_type::NumpyType;
use crate::content::{Array, ByteOrder, ElementType, Layout};

/// How two arrays of one name differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ArrayDifference {
    /// The form of what is expected.
    pub left: ArrayForm,
    /// The form of the other.
    pub right: ArrayForm,
    /// How their elements differ; `None` where type or shape do, so that none belongs to another.
    pub elements: Option<ElementDifferences>,
}

/// The form of an array.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ArrayForm {
    /// The type of its elements.
    pub element: ElementType,
    /// The type as NumPy writes it, where the other is but a number of bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub descr: Option<String>,
    /// Their byte order.
    pub order: ByteOrder,
    /// The length of each dimension.
    pub shape: Vec<u64>,
    /// The order of elements.
    pub layout: Layout,
}

impl ArrayForm {
    /// The form of this array, of which NumPy says this type.
    pub(super) fn of(array: &Array, numpy: Option<&NumpyType<'_>>) -> Self {
        Self {
            descr: numpy.map(NumpyType::name),
            element: array.element,
            order: array.order,
            shape: array.shape.clone(),
            layout: array.layout,
        }
    }
}

impl fmt::Display for ArrayForm {
    /// `float32[128, 10]`; a single number as `float32[]`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.descr {
            Some(descr) => write!(formatter, "{descr}{:?}", self.shape),
            None => write!(formatter, "{}{:?}", self.element, self.shape),
        }
    }
}

/// How the elements of two arrays of one type and shape differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ElementDifferences {
    /// How many differ, within the tolerance or not.
    pub differing: u64,
    /// How many of those are beyond the tolerance.
    pub beyond_tolerance: u64,
    /// How many there are.
    pub of: u64,
    /// In how many one of both, or each, is not-a-number or infinite.
    pub not_finite: u64,
    /// In how many of those each is.
    pub not_finite_on_both: u64,
    /// The first that differs, in the order of the indexes.
    pub first: Element,
    /// The first that is not finite on one side or both, else the one that is furthest away, by absolute distance; `None`
    /// where elements are no numbers.
    pub worst: Option<Element>,
    /// The greatest distance of finite numbers by each measure, which need not be of one element.
    pub greatest: Option<Distance>,
    /// Whether the greatest distance in last places says little, as [`Distance::is_near_zero`] has it, or because both
    /// numbers are less than a millionth of the largest of the array.
    pub is_near_zero: bool,
}

/// An element that differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Element {
    /// Its index in each dimension.
    pub index: Vec<u64>,
    /// What is expected, in the fewest digits that tell it from every other number of the type.
    pub left: String,
    /// The other.
    pub right: String,
    /// How far apart they are; `None` where they are no numbers.
    pub distance: Option<Distance>,
}
