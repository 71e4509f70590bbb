//! Names of environment variables: which are well formed, and which resow sets itself.

/// Variables that resow sets in every run, besides all that begin with `RESOW_`.
pub const SET_BY_RESOW: &[&str] = &["HOME", "HOSTNAME", "PWD"];

/// Whether resow sets this variable itself, so that a manifest may not.
pub fn is_set_by_resow(name: &str) -> bool {
    SET_BY_RESOW.contains(&name) || name.starts_with("RESOW_")
}

/// Whether the name is one that every shell takes: letters, digits and `_`, not beginning with a digit (POSIX.1-2017,
/// "Environment Variable Definition", with lower-case letters too).
pub fn is_variable_name(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name
            .bytes()
            .next()
            .is_some_and(|first| !first.is_ascii_digit())
}
