//! The files of the layer that no run writes, kept between runs: looked at byte by byte before each run, and made anew
//! where they are not just what they should be.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use resow_manifest::digest::Sha256Digest;
use resow_seeding::files::{self, LayerFile};
use rustix::fs::{FlockOperation, OFlags};

use super::ExecuteError;
use super::container::READABLE;
use crate::workspace::remove_tree;

/// The mode of a folder that the run's user may enter.
const ENTERABLE: u32 = 0o755;

/// The folder of the layer in `cache`, as it should be. `own`, a path of this run alone, is where it is made; there it
/// stays where nothing can be kept.
pub(super) fn ensure(cache: &Path, own: &Path) -> Result<PathBuf, ExecuteError> {
    let files = files::all();
    let kept = cache.join(format!("layer-{}", name(&files)));
    if is_whole(&kept, &files) {
        return Ok(kept);
    }
    let failed = |source| ExecuteError::Write {
        path: own.to_owned(),
        source,
    };
    // One at a time: what another run has put in place, and is about to use, is not replaced.
    let lock = lock(cache);
    if is_whole(&kept, &files) {
        return Ok(kept);
    }
    make(own, &files).map_err(failed)?;
    if lock.is_err() || replace(&kept, own).is_err() {
        return Ok(own.to_owned());
    }
    Ok(kept)
}

/// Another version of resow has other files, and its own folder.
fn name(files: &[LayerFile]) -> String {
    let mut bytes = Vec::new();
    for file in files {
        bytes.extend_from_slice(&Sha256Digest::of(file.path.as_bytes()).hex().into_bytes());
        bytes.extend_from_slice(&Sha256Digest::of(file.content).hex().into_bytes());
    }
    Sha256Digest::of(&bytes).short()
}

/// Held until it is dropped.
fn lock(cache: &Path) -> io::Result<File> {
    fs::create_dir_all(cache)?;
    let file = File::create(cache.join("layer.lock"))?;
    rustix::fs::flock(&file, FlockOperation::LockExclusive)?;
    Ok(file)
}

/// Puts what was made in place; what was there, which is damaged, is removed.
fn replace(kept: &Path, own: &Path) -> io::Result<()> {
    let set_aside = own.with_extension("old");
    match fs::rename(kept, &set_aside) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        other => other?,
    }
    let replaced = fs::rename(own, kept);
    // A link is removed as one.
    let is_folder = fs::symlink_metadata(&set_aside).is_ok_and(|status| status.is_dir());
    let _ = if is_folder {
        remove_tree(&set_aside).map_err(io::Error::other)
    } else {
        fs::remove_file(&set_aside)
    };
    replaced
}

/// Makes the folder with these files.
fn make(folder: &Path, files: &[LayerFile]) -> io::Result<()> {
    make_folder(folder)?;
    for inner in folders(files) {
        make_folder(&folder.join(inner))?;
    }
    for file in files {
        let path = folder.join(&file.path);
        fs::write(&path, file.content)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(READABLE))?;
    }
    Ok(())
}

fn make_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(ENTERABLE))
}

/// Every folder that these files lie in, each before those in it.
fn folders(files: &[LayerFile]) -> BTreeSet<&str> {
    let mut folders = BTreeSet::new();
    for file in files {
        let ends = file.path.match_indices('/');
        folders.extend(ends.map(|(end, _)| &file.path[..end]));
    }
    folders
}

/// Whether the folder has these files, with these bytes, and nothing else.
fn is_whole(folder: &Path, files: &[LayerFile]) -> bool {
    let folders = folders(files);
    let mut there = 0;
    let inner = folders.iter().map(|inner| folder.join(inner));
    for path in [folder.to_owned()].into_iter().chain(inner) {
        if !has_mode(fs::symlink_metadata(&path), true, ENTERABLE) {
            return false;
        }
        match fs::read_dir(&path) {
            Ok(entries) => there += entries.count(),
            Err(_) => return false,
        }
    }
    there == files.len() + folders.len()
        && files
            .iter()
            .all(|file| is_same(&folder.join(&file.path), file.content).unwrap_or(false))
}

fn is_same(path: &Path, content: &[u8]) -> io::Result<bool> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut file = File::options()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    let status = file.metadata()?;
    if status.len() != content.len() as u64 || !has_mode(Ok(status), false, READABLE) {
        return Ok(false);
    }
    let mut found = Vec::with_capacity(content.len() + 1);
    file.read_to_end(&mut found)?;
    Ok(found == content)
}

fn has_mode(status: io::Result<fs::Metadata>, is_folder: bool, mode: u32) -> bool {
    status.is_ok_and(|status| {
        let is_right = if is_folder {
            status.is_dir()
        } else {
            status.is_file()
        };
        is_right && status.mode() & 0o7777 == mode
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_is_not_just_the_layer_is_made_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = folder.path().join("cache");
        let kept = cache.join(format!("layer-{}", name(&files::all())));
        let mut runs = 0;
        let mut ensure = || {
            runs += 1;
            let own = folder.path().join(format!("run-{runs}"));
            let found = ensure(&cache, &own).expect("a layer");
            assert_eq!(found, kept);
            assert!(is_whole(&kept, &files::all()));
            assert!(!own.exists() && !own.with_extension("old").exists());
            fs::metadata(&kept).expect("a folder").ino()
        };
        let first = ensure();
        assert_eq!(ensure(), first, "it is kept");
        let python = kept.join("python/sitecustomize.py");
        let spoil: [&dyn Fn(); 6] = [
            &|| fs::write(&python, b"import this\n").expect("a file"),
            &|| fs::write(kept.join("python/random.py"), b"").expect("a file"),
            &|| fs::remove_file(kept.join("entropy.so")).expect("a file"),
            &|| fs::set_permissions(&python, fs::Permissions::from_mode(0o600)).expect("a mode"),
            &|| {
                fs::remove_file(&python).expect("a file");
                symlink("/dev/zero", &python).expect("a link");
            },
            &|| {
                fs::rename(&kept, folder.path().join("elsewhere")).expect("a folder");
                symlink(folder.path().join("elsewhere"), &kept).expect("a link");
            },
        ];
        for spoil in spoil {
            spoil();
            assert!(!is_whole(&kept, &files::all()));
            ensure();
        }
    }

    #[test]
    fn where_nothing_can_be_kept_the_run_has_its_own() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("cache"), b"").expect("a file");
        let own = folder.path().join("run");
        let found = ensure(&folder.path().join("cache"), &own).expect("a layer");
        assert_eq!(found, own);
        assert!(is_whole(&own, &files::all()));
    }
}
