//! Graphics processors: what the drivers and their tools tell.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::program::{self, Program};
use super::trial::attempt;

/// How long `nvidia-smi` may take: a driver that sleeps takes seconds to wake.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is known of a host's graphics processors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GpuFacts {
    /// The version of NVIDIA's driver, where it is loaded.
    pub nvidia_driver: Option<String>,
    /// How many devices `/dev/nvidia0`, `/dev/nvidia1`, … there are.
    pub nvidia_devices: usize,
    /// The processors by name, as `nvidia-smi -L` lists them.
    pub nvidia_processors: Vec<String>,
    /// Why `nvidia-smi` listed none although the driver is loaded.
    pub nvidia_failure: Option<String>,
    /// NVIDIA's container toolkit, with which Docker hands processors to containers.
    pub nvidia_toolkit: Option<Program>,
    /// Whether AMD's ROCm can be used: `/dev/kfd` is there.
    pub rocm: bool,
}

impl GpuFacts {
    /// Asks the drivers.
    pub(super) fn probe(search_path: Option<&OsStr>) -> Self {
        let devices = fs::read_dir("/dev").into_iter().flatten().flatten();
        let mut facts = Self {
            nvidia_driver: fs::read_to_string("/proc/driver/nvidia/version")
                .ok()
                .and_then(|text| driver_version(&text)),
            nvidia_devices: devices
                .filter(|entry| is_nvidia_device(&entry.file_name().to_string_lossy()))
                .count(),
            nvidia_toolkit: toolkit(search_path),
            rocm: Path::new("/dev/kfd").exists(),
            ..Self::default()
        };
        if facts.has_nvidia() {
            match list(search_path) {
                Ok(found) => facts.nvidia_processors = found,
                Err(said) => facts.nvidia_failure = Some(said),
            }
        }
        facts
    }

    /// Whether NVIDIA's driver is loaded, or has devices.
    pub const fn has_nvidia(&self) -> bool {
        self.nvidia_driver.is_some() || self.nvidia_devices > 0
    }
}

fn toolkit(search_path: Option<&OsStr>) -> Option<Program> {
    [
        "nvidia-ctk",
        "nvidia-container-toolkit",
        "nvidia-container-cli",
    ]
    .into_iter()
    .find_map(|name| Program::ask(name, search_path, &["--version"]))
}

fn list(search_path: Option<&OsStr>) -> Result<Vec<String>, String> {
    let program =
        program::find("nvidia-smi", search_path).ok_or("`nvidia-smi` is not installed")?;
    let finished = attempt(Command::new(program).arg("-L"), PATIENCE)
        .map_err(|error| format!("`nvidia-smi`: {error}"))?;
    if !finished.status.success() {
        return Err(format!("`nvidia-smi`: {}", finished.complaint()));
    }
    Ok(finished.output.lines().filter_map(processor_name).collect())
}

/// The name in a line `GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-…)`.
fn processor_name(line: &str) -> Option<String> {
    let (_, name) = line.strip_prefix("GPU ")?.split_once(": ")?;
    let name = name.split(" (UUID").next()?;
    Some(name.to_owned())
}

/// The version in `NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54.03  Tue Jun …`.
fn driver_version(text: &str) -> Option<String> {
    let words = text.lines().next()?.split_whitespace();
    words
        .filter(|word| word.contains('.'))
        .find(|word| word.chars().all(|c| c.is_ascii_digit() || c == '.'))
        .map(str::to_owned)
}

fn is_nvidia_device(name: &str) -> bool {
    name.strip_prefix("nvidia")
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_driver_prints_is_read() {
        let proprietary = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54.03  Tue Jun  6 22:20:39 UTC 2023\nGCC";
        assert_eq!(driver_version(proprietary).as_deref(), Some("535.54.03"));
        let open =
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build\n";
        assert_eq!(driver_version(open).as_deref(), Some("570.86.15"));
        assert_eq!(
            processor_name("GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-1)").as_deref(),
            Some("NVIDIA H100 80GB HBM3")
        );
        assert_eq!(processor_name("No devices found."), None);
    }

    #[test]
    fn control_devices_are_no_processors() {
        assert!(is_nvidia_device("nvidia0") && is_nvidia_device("nvidia15"));
        assert!(!is_nvidia_device("nvidiactl") && !is_nvidia_device("nvidia-uvm"));
        assert!(!is_nvidia_device("nvidia"));
    }

    #[test]
    fn a_host_says_the_same_in_both_ways() {
        let facts = GpuFacts::probe(None);
        assert!(facts.has_nvidia() || facts.nvidia_processors.is_empty());
        assert!(facts.nvidia_toolkit.is_none());
    }
}
