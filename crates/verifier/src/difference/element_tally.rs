//! What the elements that differ come to, as they are found.

use resow_manifest::comparator::Tolerance;

use super::array_difference::{Element, ElementDifferences};
use super::distance::Distance;
use super::element_number::ElementNumber;
use super::element_text::text;
use super::numpy_type::NumpyType;
use crate::content::{ElementType, Layout};

/// What the elements that differ come to.
pub(super) struct ElementTally<'a> {
    element: ElementType,
    shape: &'a [u64],
    layout: Layout,
    tolerance: &'a Tolerance,
    /// How NumPy tells the elements of both, where no element type does.
    types: [Option<&'a NumpyType<'a>>; 2],
    differing: u64,
    beyond: u64,
    not_finite: u64,
    not_finite_on_both: u64,
    used: f64,
    first: Option<Pair>,
    worst: Option<Pair>,
    greatest: Option<Distance>,
    steepest: Option<f64>,
}

/// Two elements that differ, with the place of their index among all in row-major order.
struct Pair {
    rank: u64,
    left: Vec<u8>,
    right: Vec<u8>,
    distance: Option<Distance>,
    /// Whether both numbers are finite.
    is_finite: bool,
}

impl<'a> ElementTally<'a> {
    /// Of arrays of this form, whose elements come in the order of `layout`.
    pub(super) fn new(
        element: ElementType,
        shape: &'a [u64],
        layout: Layout,
        tolerance: &'a Tolerance,
        types: [Option<&'a NumpyType<'a>>; 2],
    ) -> Self {
        Self {
            element,
            shape,
            layout,
            tolerance,
            types,
            differing: 0,
            beyond: 0,
            not_finite: 0,
            not_finite_on_both: 0,
            used: 0.0,
            first: None,
            worst: None,
            greatest: None,
            steepest: None,
        }
    }

    /// Adds those elements of two parts whose bytes differ. Each has `size` bytes, the least significant first; the first
    /// of a part stands at `position`.
    pub(super) fn add_differing(&mut self, position: u64, size: usize, left: &[u8], right: &[u8]) {
        // A length that the compiler knows makes this several times as fast.
        match size {
            1 => self.add_sized::<1>(position, left, right),
            2 => self.add_sized::<2>(position, left, right),
            4 => self.add_sized::<4>(position, left, right),
            8 => self.add_sized::<8>(position, left, right),
            16 => self.add_sized::<16>(position, left, right),
            _ => {
                let pairs = left.chunks_exact(size).zip(right.chunks_exact(size));
                for (position, (left, right)) in (position..).zip(pairs) {
                    if left != right {
                        self.add(position, left, right);
                    }
                }
            }
        }
    }

    fn add_sized<const SIZE: usize>(&mut self, position: u64, left: &[u8], right: &[u8]) {
        let pairs = left.as_chunks::<SIZE>().0.iter();
        let pairs = pairs.zip(right.as_chunks::<SIZE>().0);
        for (position, (left, right)) in (position..).zip(pairs) {
            if left != right {
                self.add(position, left, right);
            }
        }
    }

    /// Adds the elements at `position`, whose bytes differ, the least significant first.
    #[inline]
    fn add(&mut self, position: u64, left: &[u8], right: &[u8]) {
        let numbers =
            ElementNumber::read(self.element, left).zip(ElementNumber::read(self.element, right));
        if numbers.is_some_and(|(left, right)| left.is_same(right)) {
            return;
        }
        self.differing += 1;
        let distance = numbers.map(|(left, right)| left.distance(right));
        match distance.and_then(|distance| distance.used(self.tolerance)) {
            Some(used) => self.used = self.used.max(used),
            None => self.beyond += 1,
        }
        let mut is_finite = true;
        if let Some(((left, right), distance)) = numbers.zip(distance) {
            let finite = [left.is_finite(), right.is_finite()];
            is_finite = finite == [true; 2];
            self.not_finite += u64::from(!is_finite);
            self.not_finite_on_both += u64::from(finite == [false; 2]);
            self.measure(left, right, distance);
        }
        let rank = self.rank(position);
        let pair = || Pair {
            rank,
            left: left.to_vec(),
            right: right.to_vec(),
            distance,
            is_finite,
        };
        if self.first.as_ref().is_none_or(|first| rank < first.rank) {
            self.first = Some(pair());
        }
        // What is not finite is further away than everything finite; of such pairs the first counts.
        let absolute = distance.and_then(|distance| distance.absolute);
        let is_worse = |worst: &Pair| match (is_finite, worst.is_finite) {
            (false, false) => rank < worst.rank,
            (true, true) => absolute > worst.distance.and_then(|distance| distance.absolute),
            (_, is_worst_finite) => is_worst_finite,
        };
        if distance.is_some() && self.worst.as_ref().is_none_or(is_worse) {
            self.worst = Some(pair());
        }
    }

    #[inline]
    fn measure(&mut self, left: ElementNumber, right: ElementNumber, distance: Distance) {
        let mut most = self.greatest.unwrap_or(Distance {
            absolute: None,
            relative: None,
            units_in_last_place: None,
            is_near_zero: false,
        });
        if distance.units_in_last_place > most.units_in_last_place {
            let magnitude = |number: ElementNumber| number.magnitude().unwrap_or(f64::INFINITY);
            self.steepest = Some(magnitude(left).max(magnitude(right)));
            most.is_near_zero = distance.is_near_zero;
        }
        self.greatest = Some(Distance {
            absolute: larger(most.absolute, distance.absolute),
            relative: larger(most.relative, distance.relative),
            units_in_last_place: most.units_in_last_place.max(distance.units_in_last_place),
            is_near_zero: most.is_near_zero,
        });
    }

    /// The place of the element at `position` in row-major order.
    #[inline]
    fn rank(&self, position: u64) -> u64 {
        if self.layout == Layout::RowMajor {
            return position;
        }
        // The first index runs fastest; what is left of it is the sum over the slower ones.
        let (mut rank, mut left) = (0, position);
        let mut step: u64 = self.shape.iter().product();
        for length in self.shape {
            let length = (*length).max(1);
            step /= length;
            rank += left % length * step;
            left /= length;
        }
        rank
    }

    /// The larger of the two numbers that are furthest apart in last places.
    pub(super) fn steepest(&self) -> Option<f64> {
        self.steepest
    }

    /// What all came to, of `of` elements, and the greatest share of the tolerance that is used; `None` where nothing
    /// differs. `is_near_zero`: whether the numbers that are furthest apart in last places are small beside others.
    pub(super) fn finish(self, of: u64, is_near_zero: bool) -> Option<(ElementDifferences, f64)> {
        let greatest = self.greatest.map(|greatest| Distance {
            is_near_zero: is_near_zero || greatest.is_near_zero,
            ..greatest
        });
        let text = |bytes: &[u8], own: Option<&NumpyType>| match own {
            Some(own) => own.text(bytes),
            None => text(self.element, bytes),
        };
        let shown = |pair: &Pair| Element {
            index: index_of(pair.rank, self.shape),
            left: text(&pair.left, self.types[0]),
            right: text(&pair.right, self.types[1]),
            distance: pair.distance,
        };
        let differences = ElementDifferences {
            differing: self.differing,
            beyond_tolerance: self.beyond,
            of,
            not_finite: self.not_finite,
            not_finite_on_both: self.not_finite_on_both,
            first: shown(self.first.as_ref()?),
            worst: self.worst.as_ref().map(shown),
            greatest,
            is_near_zero: greatest.is_some_and(|greatest| greatest.is_near_zero),
        };
        Some((differences, self.used))
    }
}

/// The greater one; any is greater than none.
fn larger(left: Option<f64>, right: Option<f64>) -> Option<f64> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.max(right)),
        (left, right) => left.or(right),
    }
}

/// The index in each dimension of the element at this place in row-major order.
fn index_of(rank: u64, shape: &[u64]) -> Vec<u64> {
    let mut left = rank;
    let mut index = vec![0; shape.len()];
    for (index, length) in index.iter_mut().zip(shape).rev() {
        *index = left % length.max(&1);
        left /= length.max(&1);
    }
    index
}
