//! The mounts that this process sees, as `/proc/self/mountinfo` lists them.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// One mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mount {
    /// Its number.
    pub(super) id: u64,
    /// Which folder of the file system is mounted.
    pub(super) root: PathBuf,
    /// Where.
    pub(super) at: PathBuf,
    /// The file system's type: `ext4`.
    pub(super) kind: String,
    /// The file system's options, apart from those of the mount.
    pub(super) options: Vec<String>,
}

/// The mounts, in the order in which they were made; none where they cannot be read.
pub(super) fn read() -> Vec<Mount> {
    parse(&fs::read_to_string("/proc/self/mountinfo").unwrap_or_default())
}

fn parse(text: &str) -> Vec<Mount> {
    text.lines().filter_map(mount).collect()
}

/// A line is `id parent device root at options… - type source options`, as proc_pid_mountinfo(5) says.
fn mount(line: &str) -> Option<Mount> {
    let (place, system) = line.split_once(" - ")?;
    let mut place = place.split(' ');
    let id = place.next()?.parse().ok()?;
    let mut place = place.skip(2);
    let mut system = system.split(' ');
    Some(Mount {
        id,
        root: unescape(place.next()?),
        at: unescape(place.next()?),
        kind: system.next()?.to_owned(),
        options: system.nth(1)?.split(',').map(str::to_owned).collect(),
    })
}

/// A path in which white space and backslashes stand as three octal digits.
fn unescape(text: &str) -> PathBuf {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let code = more
            .get(..3)
            .filter(|_| *first == b'\\')
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &more[3..] } else { more };
    }
    OsString::from_vec(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_is_read_with_its_path() {
        let line = "36 35 98:0 /mnt1 /mnt\\0402/\\134 rw,noatime shared:1 - ext3 /dev/root rw,errors=continue";
        let expected = Mount {
            id: 36,
            root: "/mnt1".into(),
            at: "/mnt 2/\\".into(),
            kind: "ext3".to_owned(),
            options: vec!["rw".to_owned(), "errors=continue".to_owned()],
        };
        assert_eq!(parse(&format!("{line}\nnonsense\n")), [expected]);
    }

    #[test]
    fn this_process_has_mounts() {
        assert!(read().iter().any(|mount| mount.kind == "proc"));
    }
}
