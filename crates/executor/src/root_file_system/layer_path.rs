//! The name of a layer's entry, as a path below the root.

use super::error::LayerError;

/// A path below the root: components without `.`, `..`, NUL or emptiness, joined by `/`. Empty for the root itself.
///
/// Unlike the paths of images made here, it need not be UTF-8, since those of other images are not always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LayerPath(Vec<u8>);

/// The longest path, in bytes: `PATH_MAX` of Linux with its NUL.
const LONGEST: usize = 4095;
/// The longest component, as Linux's `NAME_MAX`.
const LONGEST_NAME: usize = 255;
/// The most components: images have some thirty, and each costs an open folder.
const DEEPEST: usize = 128;

impl LayerPath {
    /// Reads an entry's name or the target of a hard link. A leading `/` is the root's, as engines take it.
    ///
    /// # Errors
    /// When it has `..` or a NUL, is too long or too deep.
    pub(super) fn read(name: &[u8]) -> Result<Self, LayerError> {
        let refused = |problem| LayerError::Name {
            name: String::from_utf8_lossy(&name[..name.len().min(LONGEST)]).into_owned(),
            problem,
        };
        if name.len() > LONGEST {
            return Err(refused("is too long"));
        }
        if name.contains(&0) {
            return Err(refused("has a NUL"));
        }
        let mut path = Vec::with_capacity(name.len());
        for (depth, component) in plain(name).enumerate() {
            match component {
                b".." => return Err(refused("has `..`")),
                long if long.len() > LONGEST_NAME => return Err(refused("is too long")),
                _ if depth >= DEEPEST => return Err(refused("is too deep")),
                _ => {}
            }
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(component);
        }
        Ok(Self(path))
    }

    /// The components from the root on.
    pub(super) fn components(&self) -> impl Iterator<Item = &[u8]> {
        plain(&self.0)
    }

    /// The path of the folder that it is in, and its name there; `None` for the root.
    pub(super) fn split(&self) -> Option<(Self, &[u8])> {
        if self.0.is_empty() {
            return None;
        }
        let slash = self.0.iter().rposition(|byte| *byte == b'/');
        let folder = Self(slash.map_or_else(Vec::new, |slash| self.0[..slash].to_vec()));
        Some((folder, &self.0[slash.map_or(0, |slash| slash + 1)..]))
    }

    /// The path of `name` in this folder.
    pub(super) fn join(&self, name: &[u8]) -> Self {
        let mut path = self.0.clone();
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(name);
        Self(path)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Display for LayerPath {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "/{}", String::from_utf8_lossy(&self.0))
    }
}

fn plain(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    name.split(|byte| *byte == b'/')
        .filter(|component| !matches!(*component, b"" | b"."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_the_root_on() {
        for (name, expected) in [
            ("./usr/bin/sh", "/usr/bin/sh"),
            ("/etc//passwd", "/etc/passwd"),
            ("usr/./share/", "/usr/share"),
            ("./", "/"),
            ("", "/"),
            ("...", "/..."),
        ] {
            let path = LayerPath::read(name.as_bytes()).expect("plain");
            assert_eq!(path.to_string(), expected, "{name}");
        }
        assert!(LayerPath::read(b"caf\xe9").is_ok());
    }

    #[test]
    fn hostile_names_are_refused() {
        let long = "a".repeat(256);
        let deep = "a/".repeat(129);
        let longest = "abcdefg/".repeat(600);
        for name in ["..", "a/../b", "/../etc", "a\0b", &long, &deep, &longest] {
            assert!(LayerPath::read(name.as_bytes()).is_err(), "{name}");
        }
        assert!(LayerPath::read("a/".repeat(128).as_bytes()).is_ok());
    }

    #[test]
    fn a_path_is_its_folder_and_its_name() {
        let path = LayerPath::read(b"a/b/c").expect("plain");
        let (folder, name) = path.split().expect("not the root");
        assert_eq!((folder.to_string().as_str(), name), ("/a/b", &b"c"[..]));
        assert_eq!(folder.join(name), path);
        assert_eq!(LayerPath::default().split(), None);
    }
}
