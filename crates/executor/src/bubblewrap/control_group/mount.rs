//! Where hierarchies of control groups are mounted: `/proc/self/mountinfo` (`proc(5)`).

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Component, Path, PathBuf};

/// A mounted hierarchy.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CgroupMount {
    /// Which group lies at the mount point: within a container, often the container's own.
    pub(super) root: PathBuf,
    /// The mount point.
    pub(super) point: PathBuf,
    /// Whether it is version 2.
    pub(super) is_unified: bool,
    /// The controllers of a hierarchy of version 1, among other options.
    pub(super) options: Vec<String>,
}

impl CgroupMount {
    /// The folder of a group in this mount, if it can be seen there.
    pub(super) fn folder(&self, group: &Path) -> Option<PathBuf> {
        let beneath = group.strip_prefix(&self.root).ok()?;
        let folder = self.point.join(beneath);
        folder.is_dir().then_some(folder)
    }
}

/// The mounts of control groups, the last mounted last.
pub(super) fn parse(text: &str) -> Vec<CgroupMount> {
    text.lines().filter_map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<CgroupMount> {
    let (mount, system) = line.split_once(" - ")?;
    let mut mount = mount.split(' ').skip(3);
    let (root, point) = (unescape(mount.next()?), unescape(mount.next()?));
    let mut system = system.split(' ');
    let is_unified = match system.next()? {
        "cgroup2" => true,
        "cgroup" => false,
        _ => return None,
    };
    let is_outside = root.components().any(|part| part == Component::ParentDir);
    (!is_outside).then(|| CgroupMount {
        root,
        point,
        is_unified,
        options: system
            .nth(1)
            .unwrap_or_default()
            .split(',')
            .map(str::to_owned)
            .collect(),
    })
}

/// The kernel writes blanks, tabs, line ends and backslashes as three octal digits after a backslash.
fn unescape(text: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'\\')
            .then(|| after.get(..3))
            .flatten()
            .and_then(octal);
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() {
            &after[3..]
        } else {
            after
        };
    }
    PathBuf::from(OsString::from_vec(bytes))
}

fn octal(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok()?;
    u8::from_str_radix(digits, 8).ok()
}
