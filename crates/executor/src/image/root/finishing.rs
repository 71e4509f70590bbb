//! What an image has besides its packages' files; no maintainer script is run to make it.

use std::io;

use super::path::{MERGED, RootPath};
use super::spool::Spool;
use super::tree::{Kind, Owner, Tree, TreeError};

/// The user and group that everything runs as.
pub(crate) const USER: u32 = 1000;

/// The name by which finished files are known.
const ORIGIN: &str = "resow";
const ROOT: Owner = Owner { user: 0, group: 0 };
const OWN: Owner = Owner {
    user: USER as u64,
    group: USER as u64,
};

/// Folders that an engine mounts over or a command writes to: path, mode, owner.
const FOLDERS: [(&str, u32, Owner); 10] = [
    ("proc", 0o755, ROOT),
    ("sys", 0o755, ROOT),
    ("dev", 0o755, ROOT),
    ("run", 0o755, ROOT),
    ("root", 0o700, ROOT),
    ("tmp", 0o1777, ROOT),
    ("var/tmp", 0o1777, ROOT),
    ("workspace", 0o755, OWN),
    ("home", 0o755, ROOT),
    ("home/resow", 0o755, OWN),
];

/// Links that Debian's own set-up makes: path and target.
const LINKS: [(&str, &str); 2] = [("var/run", "/run"), ("var/lock", "/run/lock")];

/// Where names of hosts and users are looked up, without what Debian's default would ask besides.
const NAME_SERVICES: &str =
    "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n";

/// Why an image cannot be finished.
#[derive(Debug, thiserror::Error)]
pub enum FinishingError {
    /// What is to be added collides with what packages brought.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The temporary file cannot be written or read.
    #[error("the temporary file failed")]
    Spool(#[from] io::Error),
    /// The master lists of users and groups are missing.
    #[error("the image has no `{0}`")]
    NoUsers(&'static str),
}

/// Adds what every image has, after its packages.
pub(crate) fn finish(tree: &mut Tree, spool: &mut Spool) -> Result<(), FinishingError> {
    for folder in MERGED {
        let target = RootPath::known_within("usr", folder);
        let always = matches!(folder, "bin" | "sbin" | "lib" | "lib64");
        if always || tree.get(&target).is_some() {
            tree.folder(target, 0o755, ROOT, ORIGIN)?;
            tree.symlink(RootPath::known(folder), format!("usr/{folder}"), ORIGIN)?;
        }
    }
    for (path, mode, owner) in FOLDERS {
        tree.folder(RootPath::known(path), mode, owner, ORIGIN)?;
    }
    for (path, target) in LINKS {
        let path = RootPath::known(path);
        if tree.get(&path).is_none() {
            tree.symlink(path, target.to_owned(), ORIGIN)?;
        }
    }
    let name_services = RootPath::known("etc/nsswitch.conf");
    if tree.get(&name_services).is_none() {
        write(tree, spool, name_services, NAME_SERVICES.as_bytes())?;
    }
    extend_master(
        tree,
        spool,
        "usr/share/base-passwd/passwd.master",
        "etc/passwd",
        "resow:*:1000:1000:resow:/home/resow:/bin/sh\n",
    )?;
    extend_master(
        tree,
        spool,
        "usr/share/base-passwd/group.master",
        "etc/group",
        "resow:*:1000:\n",
    )
}

/// Adds a file with this content that everyone may read.
pub(crate) fn write(
    tree: &mut Tree,
    spool: &mut Spool,
    path: RootPath,
    mut content: &[u8],
) -> Result<(), FinishingError> {
    let content = spool.store(&mut content)?;
    Ok(tree.file(path, content, 0o644, ROOT, ORIGIN)?)
}

/// Adds a link that the recipe asks for; one that is already there and the same stays.
pub(crate) fn link(tree: &mut Tree, path: RootPath, target: &str) -> Result<(), FinishingError> {
    Ok(tree.symlink(path.merged(), target.to_owned(), ORIGIN)?)
}

fn extend_master(
    tree: &mut Tree,
    spool: &mut Spool,
    master: &'static str,
    path: &'static str,
    line: &str,
) -> Result<(), FinishingError> {
    let Some(Kind::File(content)) = tree.get(&RootPath::known(master)).map(|entry| &entry.kind)
    else {
        return Err(FinishingError::NoUsers(master));
    };
    let mut bytes = spool.bytes(&content.clone())?;
    if bytes.last().is_some_and(|last| *last != b'\n') {
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(line.as_bytes());
    write(tree, spool, RootPath::known(path), &bytes)
}
