//! Where what all repositories of a user share is kept: what can be made again.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// The folder: `RESOW_CACHE`, else `resow` in `XDG_CACHE_HOME`, else `.cache/resow` in `HOME`. `None` where no variable
/// says. It need not exist.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    find(|name| env::var_os(name))
}

fn find(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let path = |name| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    // The specification of base directories wants relative ones passed over.
    let absolute = |name| path(name).filter(|folder| folder.is_absolute());
    path("RESOW_CACHE")
        .and_then(|folder| std::path::absolute(folder).ok())
        .or_else(|| Some(absolute("XDG_CACHE_HOME")?.join("resow")))
        .or_else(|| Some(absolute("HOME")?.join(".cache/resow")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;

    fn found(variables: &[(&str, &str)]) -> Option<PathBuf> {
        let variables: BTreeMap<_, _> = variables.iter().copied().collect();
        find(|name| variables.get(name).map(OsString::from))
    }

    #[test]
    fn the_most_particular_variable_counts() {
        let home = ("HOME", "/home/ada");
        let shared = ("XDG_CACHE_HOME", "/var/ada");
        let own = ("RESOW_CACHE", "/fast/resow");
        assert_eq!(found(&[home, shared, own]), Some("/fast/resow".into()));
        assert_eq!(found(&[home, shared]), Some("/var/ada/resow".into()));
        assert_eq!(found(&[home]), Some("/home/ada/.cache/resow".into()));
        assert_eq!(found(&[]), None);
    }

    #[test]
    fn what_is_empty_or_relative_says_nothing() {
        let home = ("HOME", "/home/ada");
        let found = |variables: &[_]| found(variables);
        let default = Some("/home/ada/.cache/resow".into());
        assert_eq!(
            found(&[home, ("XDG_CACHE_HOME", "cache"), ("RESOW_CACHE", "")]),
            default
        );
        assert_eq!(found(&[("HOME", "ada")]), None);
        let own = found(&[("RESOW_CACHE", "cache")]).expect("a folder");
        assert!(own.is_absolute() && own.ends_with(Path::new("cache")));
    }
}
