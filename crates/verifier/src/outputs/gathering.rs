//! Which of the things that a run made belong to which declared output.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use resow_manifest::manifest::OutputRole;
use resow_manifest::outcome::RunFault;
use resow_manifest::output_location::OutputLocation;
use resow_manifest::workspace_path::WorkspacePath;

use super::capped::CappedList;
use super::name::OutputName;
use super::tree::{OutputPolicy, PolicyMatcher};
use crate::digesting::{Refusal, RefusalReason};

/// Something that stands in the workspace after the run and did not before, or not so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeFile {
    /// Its path, relative to the workspace.
    pub path: PathBuf,
    /// What it is.
    pub kind: MadeKind,
}

/// What a made thing is, before it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeKind {
    /// A file.
    File,
    /// A folder; it counts where nothing is in it.
    Folder,
    /// A symbolic link.
    Link,
    /// Anything else, in words: `a FIFO`, `a socket`, `a device`.
    Special(&'static str),
}

/// A made thing that belongs to a declared output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatheredFile {
    /// Its path.
    pub path: WorkspacePath,
    /// Whether it is compared.
    pub role: OutputRole,
}

/// The made things, told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gathering {
    /// What belongs to a declared output, sorted by path.
    pub files: Vec<GatheredFile>,
    /// Declared outputs that are missing or cannot be outputs.
    pub faults: Vec<RunFault>,
    /// What was made and not declared. Folders are not listed: what is in them is.
    pub undeclared: CappedList,
}

/// Tells apart what was made by what is declared.
pub fn gather(policy: &OutputPolicy, made: &[MadeFile]) -> Gathering {
    let occupied = occupied_folders(made);
    let matcher = policy.matcher();
    let mut present = BTreeSet::from([&OutputLocation::StandardOutput]);
    let mut gathering = Gathering::default();
    let mut undeclared = Vec::new();
    for file in made {
        let bytes = file.path.as_os_str().as_bytes();
        if file.kind == MadeKind::Folder && occupied.contains(bytes) {
            continue;
        }
        let lossy = String::from_utf8_lossy(bytes).into_owned();
        let covering = covering(&matcher, &lossy);
        if covering.is_empty() {
            if file.kind != MadeKind::Folder {
                undeclared.push(lossy);
            }
            continue;
        }
        present.extend(covering);
        match admit(&matcher, file) {
            Ok(admitted) => gathering.files.push(admitted),
            Err(reason) => gathering.faults.push(
                Refusal {
                    path: lossy,
                    reason,
                }
                .into_fault(),
            ),
        }
    }
    let missing = policy
        .rules
        .keys()
        .filter(|location| !present.contains(location))
        .map(|location| RunFault::MissingOutput {
            location: location.to_string(),
        });
    gathering.faults.extend(missing);
    gathering.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    gathering.undeclared = CappedList::of(undeclared);
    gathering
}

fn admit(policy: &PolicyMatcher<'_>, file: &MadeFile) -> Result<GatheredFile, RefusalReason> {
    if let MadeKind::Special(kind) = file.kind {
        return Err(RefusalReason::Special(kind));
    }
    let text = file.path.to_str().ok_or(RefusalReason::Name)?;
    let path: WorkspacePath = text.parse().map_err(|_| RefusalReason::Name)?;
    let name = OutputName::of_path(&path).ok_or(RefusalReason::Name)?;
    let role = policy.role(&name);
    Ok(GatheredFile { path, role })
}

/// The declared locations that a path belongs to. What is not UTF-8 in it was replaced, which a location never names:
/// such a path belongs to a location through the folders above it or through a glob.
fn covering<'a>(policy: &PolicyMatcher<'a>, path: &str) -> Vec<&'a OutputLocation> {
    let Ok(path) = path.parse::<WorkspacePath>() else {
        return Vec::new();
    };
    policy.covering(&path).collect()
}

/// Every folder that something stands in.
fn occupied_folders(made: &[MadeFile]) -> BTreeSet<&[u8]> {
    made.iter()
        .flat_map(|file| file.path.ancestors().skip(1))
        .map(|folder| OsStr::as_bytes(folder.as_os_str()))
        .collect()
}
