//! Git LFS: pointers in blobs, and the content they stand for.
//!
//! A blob stands for other content when it is a well-formed pointer and a `.gitattributes` of its folder or one above,
//! in the same tree, has `filter=lfs`: a rule of the tree alone, so that every clone agrees.

use std::path::{Path, PathBuf};

use resow_manifest::digest::Sha256Digest;

/// Pointers are at most this long (Git LFS specification, "The Pointer").
pub(crate) const LONGEST_POINTER: usize = 1023;

/// What a pointer says of the content it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LfsPointer {
    pub(crate) digest: Sha256Digest,
    pub(crate) size: u64,
}

impl LfsPointer {
    /// Reads a pointer: `version`, then sorted keys, of which `oid sha256:…` and `size …` are required.
    pub(crate) fn parse(content: &[u8]) -> Option<Self> {
        if content.len() > LONGEST_POINTER {
            return None;
        }
        let text = std::str::from_utf8(content).ok()?;
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let version = lines.next()?.strip_prefix("version ")?;
        if !version.ends_with("/spec/v1") {
            return None;
        }
        let (mut digest, mut size) = (None, None);
        for line in lines {
            let (key, value) = line.split_once(' ')?;
            match key {
                "oid" => digest = Some(value.parse().ok()?),
                "size" => size = Some(value.parse().ok()?),
                _ => {}
            }
        }
        Some(Self {
            digest: digest?,
            size: size?,
        })
    }

    /// Where the content lies, below a repository's common git folder.
    pub(crate) fn content_path(&self, common_folder: &Path) -> PathBuf {
        let hexadecimal = self.digest.hex();
        common_folder
            .join("lfs/objects")
            .join(&hexadecimal[..2])
            .join(&hexadecimal[2..4])
            .join(&hexadecimal)
    }
}

/// Whether a `.gitattributes` sends any file through Git LFS.
pub(crate) fn mentions_lfs(attributes: &[u8]) -> bool {
    attributes.split(|byte| *byte == b'\n').any(|line| {
        !line.starts_with(b"#")
            && line
                .split(u8::is_ascii_whitespace)
                .any(|word| word == b"filter=lfs")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_read_and_near_pointers_are_not() {
        let digest = Sha256Digest::of(b"content");
        let pointer = format!("version https://git-lfs.github.com/spec/v1\noid {digest}\nsize 7\n");
        assert_eq!(
            LfsPointer::parse(pointer.as_bytes()),
            Some(LfsPointer { digest, size: 7 })
        );
        for text in [
            String::new(),
            pointer.replace("version ", ""),
            pointer.replace("size 7\n", ""),
            pointer.replace("sha256:", "sha1:"),
            pointer.trim_end().to_owned(),
            format!("{pointer}{}", "x".repeat(1024)),
        ] {
            assert_eq!(LfsPointer::parse(text.as_bytes()), None, "{text:?}");
        }
    }
}
