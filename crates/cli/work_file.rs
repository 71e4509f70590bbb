//! A file of the work tree that resow reads as a whole: a manifest, a claim, a recipe, a lock.
//!
//! It came with a teammate's commit: a link that leads out of the repository, a FIFO or a device is not read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use crate::exit_code::Exit;
use crate::failure::Failure;

/// The most bytes of such a file: a claim of a hundred thousand outputs has some 20 MB.
const MOST_BYTES: u64 = 64 << 20;

/// The content of a file, relative to the root; `None` where there is none.
pub(crate) fn read(root: &Path, relative: &str) -> Result<Option<Vec<u8>>, Failure> {
    refuse_links(root, relative)?;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::open(root.join(relative), flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(rustix::io::Errno::NOENT) => return Ok(None),
        Err(errno) => return Err(cannot_read(relative)(errno.into())),
    };
    let metadata = file.metadata().map_err(cannot_read(relative))?;
    if !metadata.is_file() {
        return Err(Failure::new(
            Exit::Usage,
            format!("`{relative}` is not a file"),
        ));
    }
    let mut content = Vec::new();
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut content)
        .map_err(cannot_read(relative))?;
    if content.len() as u64 > MOST_BYTES {
        return Err(Failure::new(
            Exit::Usage,
            format!("`{relative}` has more than {} MiB", MOST_BYTES >> 20),
        ));
    }
    Ok(Some(content))
}

/// Refuses a path one of whose components is a symbolic link: what is read or written through it may lie anywhere.
pub(crate) fn refuse_links(root: &Path, relative: &str) -> Result<(), Failure> {
    let mut path = root.to_owned();
    for component in relative.split('/') {
        path.push(component);
        let is_link = path
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.is_symlink());
        if is_link {
            let link = path.strip_prefix(root).unwrap_or(&path).display();
            return Err(Failure::new(
                Exit::Usage,
                format!("`{link}` is a symbolic link, and what it leads to may lie anywhere"),
            )
            .with_hint(format!("put the file itself at `{relative}`")));
        }
    }
    Ok(())
}

/// Turns an error of reading a path into a failure that names it.
pub(crate) fn cannot_read(path: &str) -> impl Fn(io::Error) -> Failure {
    let path = path.to_owned();
    move |error| {
        Failure::from_error(Exit::Unavailable, &error, None).about(format!("cannot read `{path}`"))
    }
}
