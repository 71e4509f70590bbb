//! Single mappings of a process: which of its shared pages belong to files that are counted elsewhere.

use std::fs;

use rustix::process::Pid;

use super::file_systems::Device;
use super::memory_counts::kibibytes;
use super::nameless_files::FileNumber;

/// The process's share of the mapped pages of files that are counted elsewhere, in bytes.
pub(super) fn shares_of(process: Pid, is_counted: impl Fn(FileNumber) -> bool) -> u64 {
    let bytes = fs::read(format!("/proc/{}/smaps", process.as_raw_nonzero()));
    shares(
        &String::from_utf8_lossy(&bytes.unwrap_or_default()),
        is_counted,
    )
}

/// Within a private mapping, changed pages are the process's own. The kernel gives them whole where it gives shares
/// of the others, so that what is left is at most what lies in the files.
fn shares(text: &str, is_counted: impl Fn(FileNumber) -> bool) -> u64 {
    let mut total = 0;
    let mut share = None;
    for line in text.lines() {
        match line.split_once(": ") {
            Some(("Pss", value)) => {
                share = share.and(kibibytes(value));
            }
            Some(("Anonymous", value)) => {
                let own = kibibytes(value).unwrap_or(0);
                total += share
                    .take()
                    .map_or(0, |share: u64| share.saturating_sub(own));
            }
            _ => {
                if let Some(file) = file(line) {
                    share = is_counted(file).then_some(0);
                }
            }
        }
    }
    total
}

/// The file in a mapping's first line: `7f01-7f02 rw-s 00000000 00:1a 42 /dev/shm/name`.
fn file(line: &str) -> Option<FileNumber> {
    let mut fields = line.split_ascii_whitespace();
    fields.next()?.split_once('-')?;
    let (major, minor) = fields.nth(2)?.split_once(':')?;
    let number = |text| u32::from_str_radix(text, 16).ok();
    Some(FileNumber {
        device: Device {
            major: number(major)?,
            minor: number(minor)?,
        },
        inode: fields.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mappings_of_the_files_count_and_without_changed_pages() {
        let text = "\
7f00-7f10 rw-s 00000000 00:1a 42                         /dev/shm/a: b
Size:               1024 kB
Rss:                1024 kB
Pss:                 512 kB
Pss_Dirty:           512 kB
Anonymous:             0 kB
VmFlags: rd wr sh mr mw me ms sd
7f10-7f20 rw-p 00000000 00:1a 43                         /dev/shm/private
Pss:                 100 kB
Anonymous:            40 kB
7f20-7f30 rw-p 00000000 00:00 0
Pss:                 900 kB
Anonymous:           900 kB
7f30-7f40 rw-s 00000000 00:01 44                         /memfd:x (deleted)
Pss:                 700 kB
Anonymous:             0 kB
";
        let device = Device {
            major: 0,
            minor: 0x1a,
        };
        assert_eq!(
            shares(text, |file| file.device == device),
            (512 + 60) * 1024
        );
        assert_eq!(shares(text, |file| file.inode == 44), 700 * 1024);
        assert_eq!(shares(text, |_| false), 0);
    }
}
