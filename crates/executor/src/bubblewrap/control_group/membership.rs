//! `/proc/self/cgroup`: to which group this process belongs in each hierarchy (`cgroups(7)`).

/// One line: a hierarchy and the group in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Membership<'a> {
    /// The controllers bound to the hierarchy; empty for version 2.
    pub(super) controllers: Vec<&'a str>,
    /// Whether it is the one of version 2.
    pub(super) is_unified: bool,
    /// The group's path, from the root of this process's namespace of control groups.
    pub(super) path: &'a str,
}

/// All that can be understood: a group outside of the namespace (`/../x`) cannot be reached.
pub(super) fn parse(text: &str) -> Vec<Membership<'_>> {
    text.lines().filter_map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<Membership<'_>> {
    let mut fields = line.splitn(3, ':');
    let (number, controllers, path) = (fields.next()?, fields.next()?, fields.next()?);
    let is_plain = path.starts_with('/') && !path.split('/').any(|part| part == "..");
    is_plain.then(|| Membership {
        controllers: controllers
            .split(',')
            .filter(|name| !name.is_empty())
            .collect(),
        is_unified: number == "0" && controllers.is_empty(),
        path,
    })
}
