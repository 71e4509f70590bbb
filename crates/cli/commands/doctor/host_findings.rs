//! What was found of the host besides engines.

use jiff::Timestamp;
use resow_executor::capability::clock::ClockFacts;
use resow_executor::capability::compute::ComputeFacts;
use resow_executor::capability::disk::DiskFacts;
use resow_executor::capability::distribution::{Package, PackageManager};
use resow_executor::capability::gpu::GpuFacts;
use resow_executor::capability::image_clients::ImageClients;
use resow_executor::capability::program::Program;
use resow_executor::capability::{Capabilities, Probed};
use resow_manifest::determinism::InstructionSet;

use super::finding::{Finding, State};

const GIBIBYTE: u64 = 1 << 30;
/// Less than this and the first larger output fills the disk.
const LITTLE_DISK: u64 = GIBIBYTE;
/// Fewer than this and an unpacked image does not fit.
const FEW_FILES: u64 = 50_000;

const GIT: (&str, &str) = ("git", "clones and commits");
const APT: (&str, &str) = ("apt-get", "locks and builds images");
const PIP: (&str, &str) = ("pip", "the same, with wheels");
const GPU: (&str, &str) = ("GPU", "experiments that ask for it");
const CLOCK: (&str, &str) = ("clock", "times in records");

/// The findings, in the order in which they matter.
pub(super) fn all(found: &Capabilities) -> Vec<Finding> {
    let mut findings = vec![
        processors(found.compute.as_ref()),
        memory(found.compute.as_ref()),
    ];
    findings.extend(
        found
            .disks
            .iter()
            .map(|(what, _, facts)| disk(what, facts.as_ref())),
    );
    findings.push(gpu(found.gpus.as_ref()));
    findings.push(git(&found.git));
    findings.extend(image_clients(
        found.image_clients.as_ref(),
        found.distribution.manager,
    ));
    findings.push(clock(found.clock.as_ref()));
    findings
}

/// A size as people read it, rounded down: what is said to be free is free.
fn size(bytes: u64) -> String {
    match bytes {
        ..GIBIBYTE => format!("{} MiB", bytes >> 20),
        _ => format!("{} GiB", bytes / GIBIBYTE),
    }
}

fn processors(found: Option<&ComputeFacts>) -> Finding {
    let (name, purpose) = ("processors", "runs experiments");
    let Some(facts) = found else {
        return Finding::unknown(name, purpose);
    };
    let set = facts.instruction_set;
    let version = format!("{} of {}, {set}", facts.usable_cores, facts.cores);
    if matches!(set, InstructionSet::X86_64 | InstructionSet::X86_64V2) {
        return Finding::new(name, purpose, State::Limited, version)
            .because("plans under `portable` ask for x86-64-v3 unless they say otherwise");
    }
    match facts.processor_quota {
        None => Finding::new(name, purpose, State::Ok, version),
        Some(quota) => Finding::new(name, purpose, State::Limited, version).because(format!(
            "a control group allows the time of {quota:.1} processors: runs with more `cpus` are slowed down"
        )),
    }
}

fn memory(found: Option<&ComputeFacts>) -> Finding {
    let (name, purpose) = ("memory", "runs experiments");
    let Some(facts) = found else {
        return Finding::unknown(name, purpose);
    };
    let version = format!(
        "{} free of {}",
        size(facts.available_memory),
        size(facts.memory)
    );
    if facts.usable_memory == facts.memory {
        return Finding::new(name, purpose, State::Ok, version);
    }
    Finding::new(name, purpose, State::Limited, version).because(format!(
        "a control group allows {}",
        size(facts.usable_memory)
    ))
}

fn disk(what: &str, found: Option<&DiskFacts>) -> Finding {
    let (name, purpose) = match what {
        "store" => ("disk of store", "keeps records and outputs"),
        _ => ("disk of cache", "keeps unpacked images"),
    };
    let Some(facts) = found else {
        return Finding::unknown(name, purpose);
    };
    let version = format!("{}, {} free", facts.file_system, size(facts.free_bytes));
    let problem = match &facts.writing {
        Err(error) => Some(format!("nothing can be written there: {error}")),
        Ok(_) if facts.free_bytes < LITTLE_DISK => Some("it is almost full".to_owned()),
        Ok(_) if facts.free_inodes.is_some_and(|free| free < FEW_FILES) => {
            Some("it has room for few files more".to_owned())
        }
        Ok(written) => written.clock_offset.map(|offset| {
            format!(
                "its clock and this host's are {:.0} s apart",
                offset.as_secs_f64()
            )
        }),
    };
    match problem {
        None => Finding::new(name, purpose, State::Ok, version),
        Some(problem) => Finding::new(name, purpose, State::Limited, version)
            .because(format!("`{}`: {problem}", facts.folder.display())),
    }
}

fn gpu(found: Option<&GpuFacts>) -> Finding {
    let (name, purpose) = GPU;
    let Some(facts) = found else {
        return Finding::unknown(name, purpose);
    };
    if !facts.has_nvidia() {
        return match facts.rocm {
            true => Finding::new(name, purpose, State::Ok, "AMD ROCm"),
            false => Finding::new(name, purpose, State::NotNeeded, "none"),
        };
    }
    let version = match (facts.nvidia_processors.as_slice(), &facts.nvidia_driver) {
        ([], Some(driver)) => format!("NVIDIA driver {driver}"),
        ([], None) => "NVIDIA".to_owned(),
        ([one], _) => one.clone(),
        ([first, ..], _) => format!("{} x {first}", facts.nvidia_processors.len()),
    };
    if let Some(said) = &facts.nvidia_failure {
        return Finding::new(name, purpose, State::Limited, version).because(said);
    }
    if facts.nvidia_toolkit.is_none() {
        return Finding::new(name, purpose, State::Limited, version)
            .because("without NVIDIA's container toolkit Docker hands no GPU to a container")
            .with_hint("install `nvidia-container-toolkit` from NVIDIA's repository".to_owned());
    }
    Finding::new(name, purpose, State::Ok, version)
}

fn git(found: &Probed<Option<Program>>) -> Finding {
    let (name, purpose) = GIT;
    match found {
        None => Finding::unknown(name, purpose),
        Some(Some(git)) => Finding::new(name, purpose, State::Ok, version(git)),
        Some(None) => Finding::new(name, purpose, State::Missing, "")
            .because("it is not installed; resow itself reads repositories without it")
            .with_package(Package::Git),
    }
}

fn version(program: &Program) -> String {
    program.version.clone().unwrap_or_default()
}

/// `apt-get` and pip. Images are locked and built on Debian and its family; elsewhere neither is needed.
fn image_clients(found: Option<&ImageClients>, manager: Option<PackageManager>) -> [Finding; 2] {
    let Some(found) = found else {
        return [APT, PIP].map(|(name, purpose)| Finding::unknown(name, purpose));
    };
    let is_debian = manager == Some(PackageManager::Apt);
    [apt(found, is_debian), pip(found, is_debian)]
}

fn apt(found: &ImageClients, is_debian: bool) -> Finding {
    let (name, purpose) = APT;
    match &found.apt {
        Some(apt) if found.has_debian_keys => Finding::new(name, purpose, State::Ok, version(apt)),
        Some(apt) if is_debian => Finding::new(name, purpose, State::Limited, version(apt))
            .because("the keys of Debian's releases are not installed")
            .with_package(Package::DebianKeys),
        _ => Finding::new(name, purpose, State::NotNeeded, "").because(
            "images are locked and built on Debian; `resow image load FILE` takes one that was saved there",
        ),
    }
}

fn pip(found: &ImageClients, is_debian: bool) -> Finding {
    let (name, purpose) = PIP;
    match &found.pip {
        Some(pip) => Finding::new(name, purpose, State::Ok, version(pip)),
        None if is_debian => Finding::new(name, purpose, State::Missing, "")
            .because("it is not installed")
            .with_package(Package::Pip),
        None => Finding::new(name, purpose, State::NotNeeded, ""),
    }
}

fn clock(found: Option<&ClockFacts>) -> Finding {
    let (name, purpose) = CLOCK;
    let Some(facts) = found else {
        return Finding::unknown(name, purpose);
    };
    let now = Timestamp::try_from(facts.now).map_or_else(
        |_| String::new(),
        |now| now.strftime("%Y-%m-%d %H:%M UTC").to_string(),
    );
    match facts.fault {
        None => Finding::new(name, purpose, State::Ok, now),
        Some(fault) => Finding::new(name, purpose, State::Limited, now)
            .because(fault.to_string())
            .with_hint("`sudo timedatectl set-ntp true` sets it from the network".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use resow_executor::capability::clock::ClockFault;

    use super::*;

    #[test]
    fn sizes_never_promise_more_than_there_is() {
        assert_eq!(size(3 * GIBIBYTE - 1), "2 GiB");
        assert_eq!(size(5 << 20), "5 MiB");
        assert_eq!(size(0), "0 MiB");
    }

    #[test]
    fn what_debian_lacks_can_be_installed_and_elsewhere_is_not_needed() {
        let none = ImageClients {
            apt: None,
            pip: None,
            has_debian_keys: false,
        };
        let [_, pip] = image_clients(Some(&none), Some(PackageManager::Apt));
        assert_eq!(
            (pip.state, pip.package),
            (State::Missing, Some(Package::Pip))
        );
        for manager in [Some(PackageManager::Apk), None] {
            let findings = image_clients(Some(&none), manager);
            assert!(
                findings
                    .iter()
                    .all(|one| one.state == State::NotNeeded && one.package.is_none())
            );
        }
    }

    #[test]
    fn a_gpu_that_docker_cannot_hand_over_is_limited() {
        let facts = GpuFacts {
            nvidia_devices: 2,
            nvidia_processors: vec!["NVIDIA H100".to_owned(); 2],
            ..GpuFacts::default()
        };
        let finding = gpu(Some(&facts));
        assert_eq!(
            (finding.state, finding.version.as_str()),
            (State::Limited, "2 x NVIDIA H100")
        );
        assert_eq!(gpu(Some(&GpuFacts::default())).state, State::NotNeeded);
        assert_eq!(gpu(None).state, State::Limited);
    }

    #[test]
    fn a_clock_that_cannot_be_right_is_limited() {
        let facts = ClockFacts {
            now: SystemTime::UNIX_EPOCH + Duration::from_secs(60),
            fault: Some(ClockFault::TooEarly),
        };
        let finding = clock(Some(&facts));
        assert_eq!(finding.state, State::Limited);
        assert_eq!(finding.version, "1970-01-01 00:01 UTC");
    }
}
