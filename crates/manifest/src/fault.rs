//! What is wrong with a manifest, and where.

use std::fmt;
use std::ops::Range;

/// What kind of fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// The text is not TOML.
    Syntax,
    /// A key that no manifest has.
    UnknownKey,
    /// A value of another type.
    WrongType,
    /// A value of the right type that is refused.
    BadValue,
    /// Something that a manifest needs is not there.
    Missing,
    /// Two settings do not go together.
    Conflict,
    /// An image or input without a digest: `resow pin` writes it.
    Unpinned,
    /// A setting that is right but does not act in this version.
    NotYet,
    /// The manifest's version is newer than this resow.
    NewerVersion,
}

impl FaultKind {
    /// Its name, as programs read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::UnknownKey => "unknown-key",
            Self::WrongType => "wrong-type",
            Self::BadValue => "bad-value",
            Self::Missing => "missing",
            Self::Conflict => "conflict",
            Self::Unpinned => "unpinned",
            Self::NotYet => "not-yet",
            Self::NewerVersion => "newer-version",
        }
    }
}

/// One fault of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its kind.
    pub kind: FaultKind,
    /// What is wrong: lower case, no full stop, values in backticks.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where: bytes of the manifest's text, on character boundaries. Empty at 0 where a key of the root is missing.
    pub span: Range<usize>,
}

impl Fault {
    /// A fault; what of the manifest's text stands in its words is made harmless for a terminal.
    pub(crate) fn new(
        kind: FaultKind,
        span: Range<usize>,
        message: &str,
        hint: Option<String>,
    ) -> Self {
        Self {
            kind,
            message: harmless(message),
            hint: hint.map(|hint| harmless(&hint)),
            span,
        }
    }
}

/// The text with control characters, and those that turn the direction of writing, as escapes: a manifest may come from
/// a stranger.
fn harmless(text: &str) -> String {
    let turns = |character| matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .flat_map(|character| {
            let escaped = character.is_control() || turns(character);
            let escape = escaped.then(|| character.escape_default());
            let plain = (!escaped).then_some(character);
            escape.into_iter().flatten().chain(plain)
        })
        .collect()
}

/// All faults of a manifest, in the order of their places; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// The faults, sorted by place; `None` where there are none.
    pub fn new(mut faults: Vec<Fault>) -> Option<Self> {
        faults.sort_by_key(|fault| (fault.span.start, fault.span.end));
        (!faults.is_empty()).then_some(Self(faults))
    }

    /// The faults in the order of their places.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.0.iter()
    }

    /// Whether digests are all that is missing, so that `resow pin` can mend the manifest.
    pub fn only_unpinned(&self) -> bool {
        self.0.iter().all(|fault| fault.kind == FaultKind::Unpinned)
    }
}

impl<'f> IntoIterator for &'f Faults {
    type Item = &'f Fault;
    type IntoIter = std::slice::Iter<'f, Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Faults {
    type Item = Fault;
    type IntoIter = std::vec::IntoIter<Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Faults {
    /// The messages, joined by `; `, without places and hints.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str("; ")?;
            }
            formatter.write_str(&fault.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
