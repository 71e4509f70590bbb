//! Layers, images and roots for tests.

use std::ffi::CString;
use std::fs;
use std::io::Cursor;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use resow_executor::image::archive::from_engine_export;
use resow_executor::image::identity::ImageIdentity;
use resow_executor::interrupt::Interrupt;
use resow_executor::root_file_system::{HeldRoot, RootFileSystemError, RootFileSystems};
use resow_manifest::digest::Sha256Digest;
use tar::{EntryType, Header};

/// The time of every file, in seconds since 1970, where a test does not say another.
pub(crate) const TIME: u64 = 1_234_567_890;

/// A layer being made, byte for byte: nothing here keeps it from being hostile.
#[derive(Clone, Default)]
pub(crate) struct Layer(Vec<u8>);

impl Layer {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn folder(self, name: &str, mode: u32) -> Self {
        self.entry(EntryType::Directory, name, mode, "", b"")
    }

    pub(crate) fn file(self, name: &str, content: &str) -> Self {
        self.entry(EntryType::Regular, name, 0o644, "", content.as_bytes())
    }

    pub(crate) fn symlink(self, name: &str, target: &str) -> Self {
        self.entry(EntryType::Symlink, name, 0o777, target, b"")
    }

    pub(crate) fn hard_link(self, name: &str, target: &str) -> Self {
        self.entry(EntryType::Link, name, 0o644, target, b"")
    }

    pub(crate) fn fifo(self, name: &str) -> Self {
        self.entry(EntryType::Fifo, name, 0o644, "", b"")
    }

    pub(crate) fn device(self, name: &str) -> Self {
        self.entry(EntryType::Char, name, 0o666, "", b"")
    }

    pub(crate) fn entry(
        self,
        kind: EntryType,
        name: &str,
        mode: u32,
        target: &str,
        content: &[u8],
    ) -> Self {
        self.owned(kind, name, (mode, 0, 0), target, content)
    }

    /// An entry with a mode, a user and a group.
    pub(crate) fn owned(
        self,
        kind: EntryType,
        name: &str,
        (mode, user, group): (u32, u64, u64),
        target: &str,
        content: &[u8],
    ) -> Self {
        let mut header = Header::new_ustar();
        let fields = header.as_old_mut();
        fields.name[..name.len()].copy_from_slice(name.as_bytes());
        fields.linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(user);
        header.set_gid(group);
        header.set_mtime(TIME);
        header.set_size(content.len() as u64);
        self.raw(header, content)
    }

    /// A header with whatever it says, and content.
    pub(crate) fn raw(mut self, mut header: Header, content: &[u8]) -> Self {
        header.set_cksum();
        self.0.extend(header.as_bytes());
        self.0.extend(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    /// PAX records for the next entry.
    pub(crate) fn pax(self, records: &[(&str, &str)]) -> Self {
        let records: String = records
            .iter()
            .map(|(key, value)| {
                let rest = key.len() + value.len() + 3;
                let length = (rest..)
                    .find(|length| length - rest == length.to_string().len())
                    .expect("some length");
                format!("{length} {key}={value}\n")
            })
            .collect();
        self.entry(EntryType::XHeader, "pax", 0o644, "", records.as_bytes())
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        [&self.0[..], &[0; 1024]].concat()
    }

    /// The layer without blocks of zeros at its end.
    pub(crate) fn unfinished(&self) -> Vec<u8> {
        self.0.clone()
    }
}

/// The archive of an image with these layers, in a folder of its own.
pub(crate) fn archive_of(folder: &Path, layers: &[Vec<u8>]) -> PathBuf {
    let names: Vec<_> = (0..layers.len())
        .map(|number| format!("{number}.tar"))
        .collect();
    let digests = layers
        .iter()
        .map(|layer| format!("\"{}\"", Sha256Digest::of(layer)));
    let digests: Vec<_> = digests.collect();
    let configuration = format!(
        r#"{{"architecture":"amd64","config":{{"Env":["A=b"]}},"os":"linux","rootfs":{{"type":"layers","diff_ids":[{}]}}}}"#,
        digests.join(",")
    );
    let listed: Vec<_> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let images = format!(
        r#"[{{"Config":"config.json","Layers":[{}]}}]"#,
        listed.join(",")
    );
    let mut export = Layer::new()
        .file("config.json", &configuration)
        .file("manifest.json", &images);
    for (name, layer) in names.iter().zip(layers) {
        export = export.entry(EntryType::Regular, name, 0o644, "", layer);
    }
    let mut archive = Cursor::new(Vec::new());
    from_engine_export(&mut &export.bytes()[..], &mut archive, folder).expect("an image");
    let path = folder.join(format!(
        "{}.tar",
        Sha256Digest::of(archive.get_ref()).short()
    ));
    fs::write(&path, archive.into_inner()).expect("room");
    path
}

/// A folder for roots, and for what is unpacked into it.
pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) roots: RootFileSystems,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let roots =
            RootFileSystems::open(&folder.path().join("cache/roots")).expect("a new folder");
        Self {
            folder,
            roots: roots.with_reserve(0),
        }
    }

    pub(crate) fn unpack(&self, layers: &[Layer]) -> Result<ImageIdentity, RootFileSystemError> {
        let layers: Vec<_> = layers.iter().map(Layer::bytes).collect();
        self.unpack_bytes(&layers)
    }

    pub(crate) fn unpack_bytes(
        &self,
        layers: &[Vec<u8>],
    ) -> Result<ImageIdentity, RootFileSystemError> {
        let archive = archive_of(self.folder.path(), layers);
        self.roots
            .unpack(&archive, &mut |_| {}, &Interrupt::default())
    }

    /// Unpacks and holds an image that is whole.
    pub(crate) fn held(&self, layers: &[Layer]) -> HeldRoot {
        let image = self
            .unpack(layers)
            .unwrap_or_else(|error| panic!("{}", told(&error)));
        let held = self.roots.hold(&image.id).expect("readable");
        held.expect("just unpacked")
    }

    /// How many entries the folder of roots has, locks among them.
    pub(crate) fn left(&self) -> usize {
        let roots = self.folder.path().join("cache/roots/roots");
        fs::read_dir(roots).expect("readable").count()
    }
}

/// An error with all its sources, in one line.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// The names in a folder of a root, sorted.
pub(crate) fn names(held: &HeldRoot, folder: &str) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(held.path().join(folder))
        .expect("readable")
        .map(|entry| entry.expect("readable").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The content of a file of a root.
pub(crate) fn content(held: &HeldRoot, path: &str) -> String {
    fs::read_to_string(held.path().join(path)).expect("readable")
}

/// The twelve permission bits of a file of a root.
pub(crate) fn mode(held: &HeldRoot, path: &str) -> u32 {
    let found = fs::symlink_metadata(held.path().join(path)).expect("there");
    found.mode() & 0o7777
}

/// Whether these tests run as root.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// An extended attribute of a file of a root.
pub(crate) fn attribute(held: &HeldRoot, path: &str, name: &str) -> Option<Vec<u8>> {
    let mut value = [0; 256];
    let name = CString::new(name).expect("no NUL");
    let length = rustix::fs::lgetxattr(held.path().join(path), &name, &mut value[..]).ok()?;
    Some(value[..length].to_vec())
}
