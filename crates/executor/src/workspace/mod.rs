//! The workspace of one run: a fresh, writable copy of the source, and what the run changed in it.
