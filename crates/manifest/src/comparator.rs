//! How an output is compared: by which format's content, within which tolerance, and without which fields.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::suggestion::did_you_mean;

/// What a manifest declares as `compare`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparator {
    /// By which format's content.
    pub kind: ComparatorKind,
    /// How far numbers may be apart wherever `fields` has nothing else.
    #[serde(default, skip_serializing_if = "Tolerance::is_exact")]
    pub tolerance: Tolerance,
    /// How far numbers may be apart in the fields, tensors or members that a pattern names. Of several patterns that name
    /// one field the longest holds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<FieldPattern, Tolerance>,
    /// What is left out of the comparison, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<IgnoredField>,
}

impl Comparator {
    /// The comparison by the content of `kind`, exact and of everything.
    pub fn of(kind: ComparatorKind) -> Self {
        Self {
            kind,
            tolerance: Tolerance::default(),
            fields: BTreeMap::new(),
            ignore: Vec::new(),
        }
    }

    /// How far numbers may be apart in the field `place`.
    pub fn tolerance_of(&self, place: &str) -> Tolerance {
        self.fields
            .iter()
            .filter(|(pattern, _)| pattern.matches(place))
            .max_by_key(|(pattern, _)| pattern.as_str().len())
            .map_or(self.tolerance, |(_, tolerance)| *tolerance)
    }

    /// Whether it may let something pass that `other` does not; bit for bit where that is `None`.
    pub fn is_looser_than(&self, other: Option<&Self>) -> bool {
        if self.kind == ComparatorKind::Bytes {
            return false;
        }
        let Some(other) = other else {
            return true;
        };
        let fields = self.fields.iter();
        let more = fields.filter(|(pattern, tolerance)| {
            !tolerance.is_within(&other.tolerance_of(pattern.as_str()))
        });
        // A pattern of the other that narrows what this one leaves wide.
        let fewer = other.fields.iter().filter(|(pattern, tolerance)| {
            !self.tolerance_of(pattern.as_str()).is_within(tolerance)
        });
        self.kind != other.kind
            || !self.tolerance.is_within(&other.tolerance)
            || more.count() > 0
            || fewer.count() > 0
            || self.ignore.iter().any(|entry| !other.ignores(&entry.field))
    }

    fn ignores(&self, field: &FieldPattern) -> bool {
        self.ignore.iter().any(|entry| entry.field == *field)
    }

    /// The entry of the ignore list that leaves the field `place` out.
    pub fn ignoring(&self, place: &str) -> Option<&IgnoredField> {
        self.ignore
            .iter()
            .find(|ignored| ignored.field.matches(place))
    }
}

/// By which format's content an output is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ComparatorKind {
    /// Whatever format name and content show.
    Auto,
    /// Byte by byte.
    Bytes,
    /// UTF-8 text, line by line; line ends of either kind.
    Text,
    /// JSON.
    Json,
    /// TOML.
    Toml,
    /// YAML.
    Yaml,
    /// Comma- or tab-separated values with a header line.
    Csv,
    /// Jupyter notebooks.
    Notebook,
    /// One NumPy array.
    Npy,
    /// NumPy arrays by name.
    Npz,
    /// Tensors by name.
    Safetensors,
    /// What `torch.save` writes.
    Torch,
    /// HDF5, as h5py and Keras write it.
    Hdf5,
    /// Keras archives.
    Keras,
    /// Parquet.
    Parquet,
    /// ONNX models.
    Onnx,
    /// PNG pictures, by pixels.
    Png,
    /// One file, compressed with gzip.
    Gzip,
    /// One file, compressed with zstd.
    Zstd,
    /// Tar archives.
    Tar,
    /// Zip archives.
    Zip,
}

impl ComparatorKind {
    /// All kinds, in the order of the documentation.
    pub const ALL: [Self; 21] = [
        Self::Auto,
        Self::Bytes,
        Self::Text,
        Self::Json,
        Self::Toml,
        Self::Yaml,
        Self::Csv,
        Self::Notebook,
        Self::Npy,
        Self::Npz,
        Self::Safetensors,
        Self::Torch,
        Self::Hdf5,
        Self::Keras,
        Self::Parquet,
        Self::Onnx,
        Self::Png,
        Self::Gzip,
        Self::Zstd,
        Self::Tar,
        Self::Zip,
    ];

    /// The kind's name in a manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Bytes => "bytes",
            Self::Text => "text",
            Self::Json => "json",
            Self::Toml => "toml",
            Self::Yaml => "yaml",
            Self::Csv => "csv",
            Self::Notebook => "notebook",
            Self::Npy => "npy",
            Self::Npz => "npz",
            Self::Safetensors => "safetensors",
            Self::Torch => "torch",
            Self::Hdf5 => "hdf5",
            Self::Keras => "keras",
            Self::Parquet => "parquet",
            Self::Onnx => "onnx",
            Self::Png => "png",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Tar => "tar",
            Self::Zip => "zip",
        }
    }

    /// Whether there are numbers in it, or in what it holds, for which a tolerance has a meaning.
    pub fn has_numbers(self) -> bool {
        !matches!(self, Self::Bytes | Self::Text)
    }
}

impl fmt::Display for ComparatorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A text that names no kind of comparator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no kind of comparison")]
pub struct UnknownComparatorKind {
    /// The text.
    pub text: String,
    /// What may have been meant.
    pub hint: Option<String>,
}

impl FromStr for ComparatorKind {
    type Err = UnknownComparatorKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == text);
        found.ok_or_else(|| UnknownComparatorKind {
            text: text.to_owned(),
            hint: did_you_mean(text, Self::ALL.into_iter().map(Self::name)),
        })
    }
}

/// How far two numbers may be apart. Each bound that is given suffices by itself; with none, numbers must be equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tolerance {
    /// `|expected - got|` at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absolute: Option<f64>,
    /// `|expected - got| / |expected|` at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relative: Option<f64>,
    /// How many numbers that the type can hold lie between them, at most, counting the further one. Of floating-point
    /// numbers alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub units_in_last_place: Option<u64>,
}

impl Tolerance {
    /// Whether numbers must be equal.
    pub fn is_exact(&self) -> bool {
        *self == Self::default()
    }

    /// Whether everything that `self` lets pass, `other` lets pass too, bound by bound.
    pub fn is_within(&self, other: &Self) -> bool {
        fn within<T: PartialOrd>(narrow: Option<T>, wide: Option<T>) -> bool {
            match (narrow, wide) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(narrow), Some(wide)) => narrow <= wide,
            }
        }
        within(self.absolute, other.absolute)
            && within(self.relative, other.relative)
            && within(self.units_in_last_place, other.units_in_last_place)
    }
}

/// A field, tensor, column or member that is not compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IgnoredField {
    /// Which.
    pub field: FieldPattern,
    /// Why; the verdict repeats it.
    pub reason: String,
}

/// The name of a field, tensor, column or member, where `*` stands for any characters.
///
/// Places are written `layers[0].loss` in structured data, `fc1.weight` for a tensor, `loss` for a column, and
/// `inner.tar!model.npz!fc1.weight` for what lies in archives. A pattern without `!` is held against what stands behind
/// the last `!` as well.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldPattern(String);

/// Why a text is no pattern of fields.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldPatternError {
    /// It is empty.
    #[error("an empty text names no field")]
    Empty,
    /// It is longer than any name that is looked for.
    #[error("the pattern has {length} bytes, more than {limit}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The most there may be.
        limit: usize,
    },
}

impl FieldPattern {
    /// The most bytes that a pattern may have.
    pub const MOST_BYTES: usize = 1024;

    /// The pattern as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the pattern names `place`.
    pub fn matches(&self, place: &str) -> bool {
        let last = place.rsplit('!').next().unwrap_or(place);
        matches(&self.0, place) || (!self.0.contains('!') && matches(&self.0, last))
    }
}

/// Whether `text` is `pattern` with something for each `*`. One pass, going back to the last `*` alone, so that no
/// pattern takes longer than the product of both lengths.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut seen) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(byte) if *byte == text[seen] => {
                at += 1;
                seen += 1;
            }
            _ => match &mut star {
                Some((place, taken)) => {
                    *taken += 1;
                    (at, seen) = (*place + 1, *taken);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

impl FromStr for FieldPattern {
    type Err = FieldPatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(FieldPatternError::Empty);
        }
        if text.len() > Self::MOST_BYTES {
            return Err(FieldPatternError::TooLong {
                length: text.len(),
                limit: Self::MOST_BYTES,
            });
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for FieldPattern {
    type Error = FieldPatternError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<FieldPattern> for String {
    fn from(pattern: FieldPattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for FieldPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> FieldPattern {
        text.parse().expect("a pattern")
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (text, place, expected) in [
            ("loss", "loss", true),
            ("loss", "losses", false),
            ("layers[*].loss", "layers[12].loss", true),
            ("*.weight", "fc1.weight", true),
            ("*.weight", "fc1.weight.more", false),
            ("a*b*c", "aXbYbZc", true),
            ("*", "", true),
            ("weight", "inner.tar!model.npz!weight", true),
            ("model.npz!weight", "inner.tar!model.npz!weight", false),
            ("*model.npz!weight", "inner.tar!model.npz!weight", true),
        ] {
            assert_eq!(pattern(text).matches(place), expected, "{text} {place}");
        }
    }

    #[test]
    fn the_longest_pattern_holds() {
        let exact = Tolerance::default();
        let wide = Tolerance {
            absolute: Some(1.0),
            ..exact
        };
        let mut comparator = Comparator::of(ComparatorKind::Json);
        comparator.fields.insert(pattern("*"), exact);
        comparator.fields.insert(pattern("loss*"), wide);
        assert_eq!(comparator.tolerance_of("loss"), wide);
        assert_eq!(comparator.tolerance_of("accuracy"), exact);
    }

    #[test]
    fn a_narrower_tolerance_is_within_a_wider_one() {
        let narrow = Tolerance {
            relative: Some(1e-6),
            ..Tolerance::default()
        };
        let wide = Tolerance {
            relative: Some(1e-3),
            absolute: Some(0.1),
            ..Tolerance::default()
        };
        assert!(narrow.is_within(&wide) && !wide.is_within(&narrow));
        assert!(Tolerance::default().is_within(&narrow));
    }

    #[test]
    fn what_lets_more_pass_is_looser() {
        let exact = Comparator::of(ComparatorKind::Json);
        let mut wide = exact.clone();
        wide.tolerance.relative = Some(1e-6);
        let mut ignoring = exact.clone();
        ignoring.ignore.push(IgnoredField {
            field: pattern("seconds"),
            reason: "wall time".to_owned(),
        });
        let mut narrow = wide.clone();
        narrow.fields.insert(pattern("loss"), Tolerance::default());
        for (left, right, expected) in [
            (&exact, None, true),
            (&exact, Some(&exact), false),
            (&wide, Some(&exact), true),
            (&exact, Some(&wide), false),
            (&ignoring, Some(&wide), true),
            (&wide, Some(&narrow), true),
            (&narrow, Some(&wide), false),
            (&Comparator::of(ComparatorKind::Bytes), None, false),
        ] {
            assert_eq!(left.is_looser_than(right), expected, "{left:?} {right:?}");
        }
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for kind in ComparatorKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        let error = "jsn".parse::<ComparatorKind>().expect_err("no kind");
        assert!(error.hint.is_some_and(|hint| hint.contains("json")));
    }
}
