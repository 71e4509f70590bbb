//! Code out of git objects: revisions, snapshots, what enters, and its export.
