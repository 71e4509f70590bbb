//! The counts that the kernel keeps of a process's memory.

use std::fs;

use rustix::process::Pid;

/// What one process takes, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct MemoryCounts {
    /// Anonymous memory, large pages, and what has been swapped out.
    pub(super) private: u64,
    /// Shared memory: files in memory, `memfd`s, System V segments, shared anonymous mappings.
    pub(super) shared: u64,
}

impl MemoryCounts {
    /// Whole pages, whoever else has them: `/proc/<pid>/status`. One that has ended takes nothing.
    pub(super) fn resident(process: Pid) -> Self {
        let text = read(process, "status");
        Self {
            private: sum(&text, &["RssAnon", "VmSwap", "HugetlbPages"]),
            shared: sum(&text, &["RssShmem"]),
        }
    }

    /// Shares, so that those of all who have a page make one page: `/proc/<pid>/smaps_rollup`, with components since
    /// Linux 5.3. `None` where the kernel does not tell.
    pub(super) fn shares(process: Pid) -> Option<Self> {
        let text = read(process, "smaps_rollup");
        text.contains("\nPss_Anon:").then(|| Self {
            private: sum(
                &text,
                &["Pss_Anon", "SwapPss", "Shared_Hugetlb", "Private_Hugetlb"],
            ),
            shared: sum(&text, &["Pss_Shmem"]),
        })
    }
}

fn read(process: Pid, file: &str) -> String {
    // A name that the process has chosen need not be text.
    let bytes = fs::read(format!("/proc/{}/{file}", process.as_raw_nonzero()));
    String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
}

/// The sum of the lines `Name:   123 kB` with these names, in bytes.
fn sum(text: &str, names: &[&str]) -> u64 {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| names.contains(name))
        .filter_map(|(_, value)| kibibytes(value))
        .sum()
}

/// `  123 kB` in bytes.
pub(super) fn kibibytes(value: &str) -> Option<u64> {
    let number: u64 = value.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    number.checked_mul(1024)
}
