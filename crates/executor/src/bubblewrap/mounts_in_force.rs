//! The mounts of a sandbox, as the kernel lists them.

use std::fs;
use std::io;
use std::path::Path;

/// The mounts of a process.
pub(super) struct MountsInForce(Vec<Mount>);

/// One line of `mountinfo` (proc_pid_mountinfo(5)), as far as it matters here.
struct Mount {
    point: String,
    /// Of this mount alone.
    options: String,
    /// Of the file system, wherever it is mounted.
    super_options: String,
}

impl MountsInForce {
    /// Those of the process whose folder in `/proc` this is.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(folder.join("mountinfo"))?;
        Ok(Self(text.lines().filter_map(Mount::parse).collect()))
    }

    /// Whether what is mounted at a path cannot be written.
    pub(super) fn is_read_only(&self, point: &str) -> bool {
        self.at(point)
            .is_some_and(|mount| mount.options.split(',').any(|option| option == "ro"))
    }

    /// How many bytes the file system at a path can have; 0 where none is mounted there, or it has no size.
    pub(super) fn size(&self, point: &str) -> u64 {
        self.at(point)
            .and_then(|mount| {
                let size = mount
                    .super_options
                    .split(',')
                    .find_map(|option| option.strip_prefix("size="))?;
                // tmpfs(5): it shows kibibytes.
                let (number, unit) = match size.strip_suffix('k') {
                    Some(number) => (number, 1024),
                    None => (size, 1),
                };
                number.parse::<u64>().ok()?.checked_mul(unit)
            })
            .unwrap_or(0)
    }

    /// The topmost mount at a path.
    fn at(&self, point: &str) -> Option<&Mount> {
        self.0.iter().rev().find(|mount| mount.point == point)
    }
}

impl Mount {
    fn parse(line: &str) -> Option<Self> {
        let (mount, file_system) = line.split_once(" - ")?;
        let mut fields = mount.split(' ').skip(4);
        Some(Self {
            point: fields.next()?.to_owned(),
            options: fields.next()?.to_owned(),
            super_options: file_system.rsplit(' ').next()?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_sizes_are_read() {
        let lines = "98 70 254:0 /a/b / ro,nosuid,nodev,relatime - ext4 /dev/vda rw,discard\n\
                     108 98 0:48 / /tmp rw,nosuid shared:1 - tmpfs tmpfs rw,size=980k,uid=1000\n\
                     109 98 0:49 / /tmp ro,nosuid - tmpfs tmpfs rw,size=4096\n";
        let mounts = MountsInForce(lines.lines().filter_map(Mount::parse).collect());
        assert!(mounts.is_read_only("/"));
        assert!(mounts.is_read_only("/tmp"), "the topmost counts");
        assert_eq!(mounts.size("/tmp"), 4096);
        assert_eq!(mounts.size("/"), 0);
        assert_eq!(mounts.size("/nowhere"), 0);
        let first = MountsInForce(lines.lines().take(2).filter_map(Mount::parse).collect());
        assert_eq!(first.size("/tmp"), 980 << 10);
    }
}
