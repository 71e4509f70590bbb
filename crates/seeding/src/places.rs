//! Where a run finds the layer.

/// The folder of the layer, read-only.
pub const FOLDER: &str = "/run/resow/seeding";
/// The file to which every process appends what it has to say.
pub const EVENTS: &str = "/run/resow/events";
/// The file in which processes count those that are called the same.
pub const OCCURRENCES: &str = "/run/resow/occurrences";
/// The size of [`OCCURRENCES`], in bytes: 16 for each program that is started. It lies on disk only where it was written.
pub const OCCURRENCES_SIZE: u64 = 16 << 20;

pub(crate) const ENTROPY_LIBRARY: &str = "/run/resow/seeding/entropy.so";
pub(crate) const CLOCK_LIBRARY: &str = "/run/resow/seeding/clock.so";
pub(crate) const PYTHON: &str = "/run/resow/seeding/python";
pub(crate) const R_PROFILE: &str = "/run/resow/seeding/r/profile.R";
