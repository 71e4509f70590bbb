//! Where faults are noted while a manifest is read.

use std::fmt::Display;
use std::ops::Range;

use crate::fault::{Fault, FaultKind};

/// The faults found so far.
#[derive(Default)]
pub(super) struct FaultLog {
    faults: Vec<Fault>,
}

impl FaultLog {
    /// Notes a fault.
    pub(super) fn add(
        &mut self,
        kind: FaultKind,
        span: Range<usize>,
        message: impl Display,
        hint: Option<String>,
    ) {
        self.faults
            .push(Fault::new(kind, span, &message.to_string(), hint));
    }

    /// The faults.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Located<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}
