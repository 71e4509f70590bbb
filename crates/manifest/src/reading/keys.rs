//! Which keys a manifest has, and in which table.

pub(super) const ROOT: &[&str] = &[
    "version",
    "description",
    "seed",
    "profile",
    "commit",
    "command",
    "source",
    "image",
    "params",
    "inputs",
    "outputs",
    "env",
    "secrets",
    "resources",
    "determinism",
    "claim",
    "trace",
];
pub(super) const SOURCE: &[&str] = &["include"];
pub(super) const IMAGE: &[&str] = &["build", "reference", "id"];
pub(super) const INPUT: &[&str] = &["name", "at", "sha256", "digests"];
pub(super) const OUTPUT: &[&str] = &["path", "stream", "role", "compare"];
pub(super) const COMPARE: &[&str] = &[
    "kind",
    "absolute",
    "relative",
    "units_in_last_place",
    "fields",
    "ignore",
];
pub(super) const TOLERANCE: &[&str] = &["absolute", "relative", "units_in_last_place"];
pub(super) const IGNORE: &[&str] = &["field", "reason"];
pub(super) const CLAIM: &[&str] = &["same"];
pub(super) const SECRETS: &[&str] = &["names"];
pub(super) const RESOURCES: &[&str] = &["cpus", "memory", "shm", "scratch", "timeout", "gpus"];
pub(super) const DETERMINISM: &[&str] = &[
    "threads",
    "instruction_set",
    "algorithms",
    "entropy",
    "clock",
];
pub(super) const CLOCK: &[&str] = &["start", "step"];
pub(super) const TRACE: &[&str] = &["every", "state"];

/// Where a key that stands in the wrong table belongs.
pub(super) fn home_of(key: &str) -> Option<String> {
    if ROOT.contains(&key) {
        return Some(format!("`{key}` stands before the first table"));
    }
    let homes = [
        ("[source]", SOURCE),
        ("[image]", IMAGE),
        ("[[inputs]]", INPUT),
        ("[[outputs]]", OUTPUT),
        ("[resources]", RESOURCES),
        ("[determinism]", DETERMINISM),
        ("[claim]", CLAIM),
        ("[trace]", TRACE),
    ];
    homes
        .iter()
        .find(|(_, keys)| keys.contains(&key))
        .map(|(table, _)| format!("`{key}` belongs in `{table}`"))
}
