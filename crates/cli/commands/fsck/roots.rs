//! The unpacked images, which every repository of this user shares.

use resow_executor::root_file_system::{ContentsError, Damage, HeldRoot, RootFileSystems};
use resow_store::checking::Severity;
use resow_store::repair::{Action, Change};

use super::found::Found;
use crate::cache_folder::cache_folder;
use crate::engine_choice::ROOTS;
use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::project::Project;
use crate::report::progress::Progress;

/// An unpacked image that is not what it was.
pub(super) struct DamagedRoot {
    root: HeldRoot,
    damage: Damage,
}

/// Those of this user's that are not what they were, every byte compared.
pub(super) fn damaged(project: &Project) -> Result<Vec<DamagedRoot>, Failure> {
    // Where nothing was ever unpacked, nothing is made.
    let folder = cache_folder().map(|cache| cache.join(ROOTS));
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else {
        return Ok(Vec::new());
    };
    let roots = RootFileSystems::open(&folder)?;
    let mut progress = Progress::new(!project.common.json);
    let mut damaged = Vec::new();
    for image in roots.images()? {
        let Some(root) = roots.hold(&image.id)? else {
            continue;
        };
        match root.check_contents(&mut |event| progress.take(event), &project.interrupt) {
            Ok(_) => {}
            Err(ContentsError::Damage(damage)) => damaged.push(DamagedRoot { root, damage }),
            Err(ContentsError::Interrupted) => {
                return Err(Failure::new(Exit::Interrupted, "interrupted"));
            }
        }
    }
    Ok(damaged)
}

/// What is said of them.
pub(super) fn findings(damaged: &[DamagedRoot]) -> Vec<Found> {
    let found = damaged.iter().map(|damaged| Found {
        part: "roots",
        severity: Severity::Damaged,
        kind: "damaged-root",
        path: damaged.root.path().to_string_lossy().into_owned(),
        message: format!(
            "the unpacked image {} is not what it was: {}",
            damaged.root.identity().id,
            damaged.damage
        ),
        hint: Some("the next run unpacks it again; `resow fsck --repair` sets it aside".to_owned()),
    });
    found.collect()
}

/// Sets them aside: the next run unpacks their images again.
pub(super) fn discard(damaged: Vec<DamagedRoot>, failures: &mut Vec<Failure>) -> Vec<Change> {
    let mut changes = Vec::new();
    for DamagedRoot { root, .. } in damaged {
        let path = root.path();
        match root.discard() {
            Ok(()) => changes.push(Change {
                path,
                action: Action::Removed,
            }),
            Err(error) => failures.push(error.into()),
        }
    }
    changes
}
