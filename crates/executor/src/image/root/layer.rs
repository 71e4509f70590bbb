//! A layer as a tar: sorted by path, with one time, GNU long names, and nothing of the host.

use std::collections::HashMap;
use std::io::{self, Write};

use tar::{Builder, EntryType, Header};

use super::spool::Spool;
use super::tree::{Entry, Kind, Tree};

/// The time of every file in an image, in seconds since 1970: the start of the year 2000 in UTC.
///
/// Not 0, since zip archives cannot hold times before 1980.
pub(crate) const FILE_TIME: u64 = 946_684_800;

/// Writes the layer with this number, from 0. The spool must be flushed.
pub(crate) fn write(
    tree: &Tree,
    layer: usize,
    spool: &Spool,
    destination: &mut dyn Write,
) -> io::Result<()> {
    let mut builder = Builder::new(destination);
    let mut written = HashMap::new();
    for (path, entry) in tree.of_layer(layer) {
        let mut header = header(entry);
        match &entry.kind {
            Kind::Folder => {
                header.set_entry_type(EntryType::Directory);
                builder.append_data(&mut header, format!("{}/", path.as_str()), io::empty())?;
            }
            Kind::Symlink(target) => {
                header.set_entry_type(EntryType::Symlink);
                builder.append_link(&mut header, path.as_str(), target)?;
            }
            Kind::File(content) => {
                // An empty content shares its offset with whatever follows it.
                let first = (content.length > 0)
                    .then(|| written.insert((content.offset, content.length), path.as_str()))
                    .flatten();
                if let Some(first) = first {
                    written.insert((content.offset, content.length), first);
                    header.set_entry_type(EntryType::Link);
                    builder.append_link(&mut header, path.as_str(), first)?;
                } else {
                    header.set_entry_type(EntryType::Regular);
                    header.set_size(content.length);
                    builder.append_data(&mut header, path.as_str(), spool.read(content))?;
                }
            }
        }
    }
    builder.into_inner()?.flush()
}

fn header(entry: &Entry) -> Header {
    let mut header = Header::new_gnu();
    header.set_mode(entry.mode);
    header.set_uid(u64::from(entry.user));
    header.set_gid(u64::from(entry.group));
    header.set_mtime(FILE_TIME);
    header.set_size(0);
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::root::path::RootPath;
    use crate::image::root::tree::Owner;
    use resow_manifest::digest::Sha256Digest;

    fn layer() -> Vec<u8> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut spool = Spool::new(folder.path(), 1 << 20).expect("a spool");
        let mut tree = Tree::default();
        let owner = Owner::default();
        let path = |text: &str| RootPath::from_absolute(text).expect("plain");
        let content = spool.store(&mut &b"content"[..]).expect("room");
        let empty = spool.store(&mut io::empty()).expect("room");
        let long = format!("/usr/{}/{}", "a".repeat(90), "b".repeat(90));
        tree.file(path("/usr/b"), content, 0o755, owner, "p")
            .expect("free");
        tree.file(path("/usr/a"), content, 0o755, owner, "p")
            .expect("free");
        tree.file(path("/usr/e"), empty, 0o644, owner, "p")
            .expect("free");
        tree.file(path("/usr/f"), empty, 0o644, owner, "p")
            .expect("free");
        tree.file(path(&long), content, 0o755, owner, "p")
            .expect("free");
        tree.symlink(path("/usr/c"), "../usr/a".into(), "p")
            .expect("free");
        tree.folder(path("/tmp"), 0o1777, owner, "p").expect("free");
        spool.flush().expect("room");
        let mut bytes = Vec::new();
        write(&tree, 0, &spool, &mut bytes).expect("written");
        bytes
    }

    #[test]
    fn the_bytes_of_a_layer_never_change() {
        assert_eq!(
            Sha256Digest::of(&layer()).to_string(),
            "sha256:99c40912e218d0969aee0938c454e02c6552fc4e405ab39ca1b148c513c5d2a6"
        );
    }

    #[test]
    fn entries_are_sorted_and_hard_links_point_back() {
        let bytes = layer();
        let mut archive = tar::Archive::new(bytes.as_slice());
        let names: Vec<_> = archive
            .entries()
            .expect("a tar")
            .map(|entry| {
                let entry = entry.expect("an entry");
                let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                (
                    name.chars().take(12).collect::<String>(),
                    entry.header().entry_type(),
                )
            })
            .collect();
        let expected = [
            ("tmp/", EntryType::Directory),
            ("usr/", EntryType::Directory),
            ("usr/a", EntryType::Regular),
            ("usr/aaaaaaaa", EntryType::Directory),
            ("usr/aaaaaaaa", EntryType::Link),
            ("usr/b", EntryType::Link),
            ("usr/c", EntryType::Symlink),
            ("usr/e", EntryType::Regular),
            ("usr/f", EntryType::Regular),
        ];
        let names: Vec<_> = names
            .iter()
            .map(|(name, kind)| (name.as_str(), *kind))
            .collect();
        assert_eq!(names, expected);
    }
}
