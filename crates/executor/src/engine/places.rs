//! Where things are in every container, whichever engine makes it.

/// The working directory: the source, and what the run writes.
pub(crate) const WORKSPACE: &str = "/workspace";

/// The home folder of the run's user.
pub(crate) const HOME: &str = "/home/resow";

/// The folder for temporary files.
pub(crate) const TEMPORARY: &str = "/tmp";

/// What the host is called inside.
pub(crate) const HOST_NAME: &str = "resow";
