//! Why a command could not be started.

/// What a person should know, where the engine said `said` of `program`.
pub(crate) fn reason(program: &str, said: &str) -> String {
    let says = |part: &str| said.to_ascii_lowercase().contains(part);
    if says("exec format error") {
        format!("`{program}` is not a program for this architecture")
    } else if says("permission denied") {
        format!("`{program}` is not executable")
    } else if says("not found") || says("no such file") {
        format!("`{program}` is not in the image or the workspace")
    } else {
        format!("`{program}`: {}", said.trim())
    }
}
