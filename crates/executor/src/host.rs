//! Facts about this host, from what Linux tells about it.

use std::collections::BTreeSet;
use std::fs;
use std::io;

use resow_manifest::host::{EngineFacts, Host};

const PROCESSORS: &str = "/proc/cpuinfo";
const MEMORY: &str = "/proc/meminfo";

/// Why nothing is known about the host.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// A file of `/proc` cannot be read.
    #[error("cannot read `{path}`")]
    Unreadable {
        /// The file.
        path: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl HostError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some("resow reads facts about the host from `/proc`: mount it".to_owned())
    }
}

/// What this host is, whichever engine runs on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFacts {
    /// The processor's model as it names itself; on processors that do not, their numbers.
    pub cpu_model: String,
    /// The processor's features as Linux names them, sorted.
    pub cpu_features: Vec<String>,
    /// How many processors are online.
    pub cores: u32,
    /// The memory in bytes.
    pub memory: u64,
    /// The kernel's release.
    pub kernel: String,
}

impl HostFacts {
    /// Reads the facts of this host.
    ///
    /// # Errors
    /// When `/proc` is not there.
    pub fn read() -> Result<Self, HostError> {
        let read = |path| {
            fs::read_to_string(path).map_err(|source| HostError::Unreadable { path, source })
        };
        let processors = read(PROCESSORS)?;
        Ok(Self {
            cpu_model: model(&processors),
            cpu_features: features(&processors),
            cores: count(&processors),
            memory: total_memory(&read(MEMORY)?),
            kernel: rustix::system::uname()
                .release()
                .to_string_lossy()
                .into_owned(),
        })
    }

    /// The host of a record: these facts and the engine's.
    pub fn with_engine(self, engine: EngineFacts) -> Host {
        Host {
            cpu_model: self.cpu_model,
            cpu_features: self.cpu_features,
            cores: self.cores,
            memory: self.memory,
            kernel: self.kernel,
            engine,
            gpus: Vec::new(),
            as_if: None,
        }
    }
}

/// The value behind the first line `key : value`.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == key).then(|| value.trim())
    })
}

fn model(processors: &str) -> String {
    if let Some(name) = value(processors, "model name") {
        return name.to_owned();
    }
    // ARM processors have numbers instead of a name.
    [
        "CPU implementer",
        "CPU architecture",
        "CPU variant",
        "CPU part",
        "CPU revision",
    ]
    .into_iter()
    .filter_map(|key| Some(format!("{key} {}", value(processors, key)?)))
    .collect::<Vec<_>>()
    .join(", ")
}

/// The features that every processor has: a host may mix kinds.
fn features(processors: &str) -> Vec<String> {
    let mut common: Option<BTreeSet<&str>> = None;
    for line in processors.lines() {
        let Some((name, listed)) = line.split_once(':') else {
            continue;
        };
        if !matches!(name.trim(), "flags" | "Features") {
            continue;
        }
        let listed: BTreeSet<&str> = listed.split_whitespace().collect();
        common = Some(match common {
            None => listed,
            Some(known) => known.intersection(&listed).copied().collect(),
        });
    }
    common
        .unwrap_or_default()
        .into_iter()
        .map(str::to_owned)
        .collect()
}

fn count(processors: &str) -> u32 {
    let listed = processors
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| name.trim() == "processor")
        .count();
    u32::try_from(listed).unwrap_or(u32::MAX)
}

fn total_memory(memory: &str) -> u64 {
    value(memory, "MemTotal")
        .and_then(|text| text.strip_suffix("kB")?.trim().parse::<u64>().ok())
        .map_or(0, |kibibytes| kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_those_that_all_processors_have() {
        let processors = "processor\t: 0\nmodel name\t: A\nflags\t\t: sse2 avx fma\n\n\
                          processor\t: 1\nmodel name\t: A\nflags\t\t: fma sse2\n";
        assert_eq!(features(processors), ["fma", "sse2"]);
        assert_eq!(count(processors), 2);
        assert_eq!(model(processors), "A");
    }

    #[test]
    fn a_processor_without_a_name_has_numbers() {
        let processors =
            "processor\t: 0\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n";
        assert_eq!(model(processors), "CPU implementer 0x41, CPU part 0xd0c");
        assert_eq!(features(processors), ["asimd", "fp"]);
    }

    #[test]
    fn memory_is_in_bytes() {
        assert_eq!(
            total_memory("MemTotal:       1000 kB\nMemFree: 1 kB\n"),
            1_024_000
        );
    }

    #[test]
    fn this_host_has_facts() {
        let facts = HostFacts::read().expect("a Linux host");
        assert!(facts.cores > 0 && facts.memory > 0 && !facts.kernel.is_empty());
    }
}
