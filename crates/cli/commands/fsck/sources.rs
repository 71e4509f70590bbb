//! The exports of sources that are cached.

use std::path::{Path, PathBuf};

use resow_executor::source::{SourceCache, UnusableExport, UnusableReason};
use resow_store::Store;
use resow_store::checking::Severity;
use resow_store::repair::{Action, Change};

use super::found::Found;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::project::Project;
use crate::work_file::cannot_read;

/// The exports that no run can use.
pub(super) fn exports(project: &Project) -> Result<Vec<UnusableExport>, Failure> {
    let folder = sources(project.root());
    SourceCache::unusable(&folder).map_err(cannot_read(".resow/sources"))
}

fn sources(root: &Path) -> PathBuf {
    root.join(Store::FOLDER).join("sources")
}

/// Removes them: the next run makes them anew.
pub(super) fn discard(
    project: &Project,
    exports: &[UnusableExport],
    failures: &mut Vec<Failure>,
) -> Vec<Change> {
    let root = project.root();
    let mut changes = Vec::new();
    for export in exports {
        match SourceCache::discard(&sources(root), export) {
            Ok(()) => changes.push(Change {
                path: export
                    .path
                    .strip_prefix(root)
                    .unwrap_or(&export.path)
                    .into(),
                action: Action::Removed,
            }),
            Err(error) => failures.push(
                Failure::from_error(Exit::Unavailable, &error, None)
                    .about(format!("cannot remove `{}`", export.path.display())),
            ),
        }
    }
    changes
}

/// What is said of them.
pub(super) fn findings(project: &Project, exports: &[UnusableExport]) -> Vec<Found> {
    let found = exports.iter().map(|export| {
        let path = export.path.strip_prefix(project.root());
        let (kind, message) = match export.reason {
            UnusableReason::HalfMade => (
                "half-export",
                "the export of a source was being made when resow was killed",
            ),
            UnusableReason::Changed => (
                "changed-export",
                "the export of a source is not as it was made",
            ),
        };
        Found {
            part: "sources",
            severity: Severity::Leftover,
            kind,
            path: path.unwrap_or(&export.path).to_string_lossy().into_owned(),
            message: message.to_owned(),
            hint: Some("the next run makes it anew; `resow fsck --repair` removes it".to_owned()),
        }
    });
    found.collect()
}
