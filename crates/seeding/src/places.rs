//! Where a run finds the layer.

/// The folder of the layer, read-only.
pub const FOLDER: &str = "/run/resow/seeding";
/// The file to which every process appends what it has to say.
pub const EVENTS: &str = "/run/resow/events";
/// The file in which processes count those that are called the same.
pub const OCCURRENCES: &str = "/run/resow/occurrences";
/// The size of [`OCCURRENCES`], in bytes: 16 for each program that is started. It lies on disk only where it was written.
pub const OCCURRENCES_SIZE: u64 = 16 << 20;
/// The file to which processes append what they trace, where the manifest asks for a trace: mounted onto one in
/// [`FOLDER`], so that images need no place for it.
pub const TRACE: &str = "/run/resow/seeding/trace";

/// How much [`OCCURRENCES`] is longer in a run that is watched: a page, in which processes count what they meet.
pub const COUNTERS_SIZE: u64 = 4096;

pub(crate) const ENTROPY_LIBRARY: &str = "/run/resow/seeding/entropy.so";
pub(crate) const CLOCK_LIBRARY: &str = "/run/resow/seeding/clock.so";
pub(crate) const PYTHON: &str = "/run/resow/seeding/python";
pub(crate) const R_PROFILE: &str = "/run/resow/seeding/r/profile.R";
