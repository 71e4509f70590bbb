//! Which format a file has, by its first bytes and its name.

use std::fmt;

use resow_manifest::comparator::ComparatorKind;
use serde::Serialize;

use super::member_name::name_of_format;

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub struct Format(ComparatorKind);

impl Format {
    /// The format that a comparator names; `None` for `auto`, which names none.
    pub fn of_kind(kind: ComparatorKind) -> Option<Self> {
        (kind != ComparatorKind::Auto).then_some(Self(kind))
    }

    /// That of a file of which only its bytes are known.
    pub fn bytes() -> Self {
        Self(ComparatorKind::Bytes)
    }

    /// The name by which two files of these names are compared: that of the other, where both show the same format, also of
    /// what is compressed; else none, so that only what they hold shows it.
    pub fn name_of_both<'a>(left: &str, right: &'a str) -> &'a str {
        let (mut one, mut other) = (left, right);
        while show_one_format(one, other) {
            let inner = (name_of_format(one, ""), name_of_format(other, ""));
            if inner == (one, other) {
                return right;
            }
            (one, other) = inner;
        }
        ""
    }

    /// The comparator that names it.
    pub fn kind(self) -> ComparatorKind {
        self.0
    }

    /// The format of a file with this name and these first bytes (4 KiB, or all that it has). What the bytes show counts
    /// more than the name: a file called `weights.npy` that is a zip archive is one. Formats without a mark of their own
    /// are known by their names; what is no UTF-8 then, is bytes.
    pub fn guess(name: &str, head: &[u8]) -> Self {
        let extension = extension(name);
        Self(by_mark(&extension, head).unwrap_or_else(|| by_name(&extension, head)))
    }
}

/// What stands behind the last point of a name, in small letters.
fn extension(name: &str) -> String {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    extension.to_ascii_lowercase()
}

fn show_one_format(left: &str, right: &str) -> bool {
    let (left, right) = (extension(left), extension(right));
    let [of_left, of_right] = [&left, &right].map(|extension| by_name(extension, b""));
    left == right || (of_left == of_right && of_left != ComparatorKind::Text)
}

/// By the mark that the format begins with, and, of archives, by what they are used for.
fn by_mark(extension: &str, head: &[u8]) -> Option<ComparatorKind> {
    let marks: [(&[u8], ComparatorKind); 8] = [
        (b"\x93NUMPY", ComparatorKind::Npy),
        (b"\x89HDF\r\n\x1a\n", ComparatorKind::Hdf5),
        (b"PAR1", ComparatorKind::Parquet),
        (b"\x89PNG\r\n\x1a\n", ComparatorKind::Png),
        (b"\x1f\x8b", ComparatorKind::Gzip),
        (b"\x28\xb5\x2f\xfd", ComparatorKind::Zstd),
        (b"PK\x03\x04", ComparatorKind::Zip),
        (b"PK\x05\x06", ComparatorKind::Zip),
    ];
    let found = marks
        .into_iter()
        .find(|(mark, _)| head.starts_with(mark))
        .map(|(_, kind)| kind);
    match (found, extension) {
        (Some(ComparatorKind::Zip), "npz") => Some(ComparatorKind::Npz),
        (Some(ComparatorKind::Zip), "keras") => Some(ComparatorKind::Keras),
        (Some(ComparatorKind::Zip), "pt" | "pth") => Some(ComparatorKind::Torch),
        (Some(ComparatorKind::Zip), _) if is_torch(head) => Some(ComparatorKind::Torch),
        (Some(kind), _) => Some(kind),
        (None, _) if head.get(257..262) == Some(b"ustar") => Some(ComparatorKind::Tar),
        (None, _) => None,
    }
}

/// Whether the first member of a zip archive is the pickle that `torch.save` begins with: `<name>/data.pkl`.
fn is_torch(head: &[u8]) -> bool {
    let Some(length) = head.get(26..28) else {
        return false;
    };
    let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
    head.get(30..30 + length)
        .is_some_and(|name| name.ends_with(b"/data.pkl"))
}

fn by_name(extension: &str, head: &[u8]) -> ComparatorKind {
    match extension {
        "safetensors" => return ComparatorKind::Safetensors,
        "onnx" => return ComparatorKind::Onnx,
        // The oldest ones have no mark.
        "tar" => return ComparatorKind::Tar,
        _ => {}
    }
    if !is_text(head) {
        return ComparatorKind::Bytes;
    }
    match extension {
        "json" => ComparatorKind::Json,
        "toml" => ComparatorKind::Toml,
        "yaml" | "yml" => ComparatorKind::Yaml,
        "csv" | "tsv" => ComparatorKind::Csv,
        "ipynb" => ComparatorKind::Notebook,
        _ => ComparatorKind::Text,
    }
}

/// Whether these first bytes are UTF-8 without NUL; a character may be cut at the end.
fn is_text(head: &[u8]) -> bool {
    if head.contains(&0) {
        return false;
    }
    match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

impl fmt::Display for Format {
    /// As people write it: `JSON`, `safetensors`, `a PyTorch file`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.0 {
            ComparatorKind::Auto | ComparatorKind::Bytes => "bytes",
            ComparatorKind::Text => "text",
            ComparatorKind::Json => "JSON",
            ComparatorKind::Toml => "TOML",
            ComparatorKind::Yaml => "YAML",
            ComparatorKind::Csv => "CSV",
            ComparatorKind::Notebook => "notebook",
            ComparatorKind::Npy => "npy",
            ComparatorKind::Npz => "npz",
            ComparatorKind::Safetensors => "safetensors",
            ComparatorKind::Torch => "PyTorch file",
            ComparatorKind::Hdf5 => "HDF5",
            ComparatorKind::Keras => "Keras archive",
            ComparatorKind::Parquet => "Parquet",
            ComparatorKind::Onnx => "ONNX",
            ComparatorKind::Png => "PNG",
            ComparatorKind::Gzip => "gzip",
            ComparatorKind::Zstd => "zstd",
            ComparatorKind::Tar => "tar archive",
            ComparatorKind::Zip => "zip archive",
        })
    }
}

impl From<Format> for String {
    /// The word of the manifest.
    fn from(format: Format) -> Self {
        format.0.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_show_the_format() {
        for (left, right) in [
            ("a.json", "b.JSON"),
            ("a.yml", "b.yaml"),
            ("a.json.gz", "b.json.gz"),
            ("a", "b"),
        ] {
            assert_eq!(Format::name_of_both(left, right), right);
        }
        for (left, right) in [
            ("a.txt", "b.json"),
            ("a.json", "b"),
            ("a.npz", "b.zip"),
            ("a.txt.gz", "b.json.gz"),
            ("a.json.gz", "b.json"),
        ] {
            assert_eq!(Format::name_of_both(left, right), "", "{left} {right}");
        }
    }
}
