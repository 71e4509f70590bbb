//! The members of an archive while it is read.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::Range;

use crate::content::parts::Parts;
use crate::content::{
    Archive, Attributes, Budget, ContentError, Format, Member, MemberKind, Source,
};

/// The longest name of a member or of what a link leads to, in bytes.
const LONGEST_NAME: usize = 4096;
/// What an attribute takes besides its bytes.
const ATTRIBUTE: u64 = 256;

/// The members that were found so far.
pub(super) struct Members<'budget> {
    format: Format,
    limit: usize,
    most_attributes: u64,
    attributes: u64,
    parts: Parts<'budget>,
    found: BTreeMap<String, (Found, Attributes)>,
}

enum Found {
    Whole(MemberKind),
    Part { range: Range<u64>, executable: bool },
}

impl<'budget> Members<'budget> {
    /// None yet.
    pub(super) fn new(format: Format, budget: &'budget Budget) -> Self {
        Self {
            format,
            limit: budget.limits().members,
            most_attributes: budget.limits().structured,
            attributes: 0,
            parts: Parts::new(format, budget),
            found: BTreeMap::new(),
        }
    }

    /// Adds a member.
    ///
    /// # Errors
    /// When another has its name, or there are too many.
    pub(super) fn add(
        &mut self,
        name: String,
        kind: MemberKind,
        attributes: Attributes,
    ) -> Result<(), ContentError> {
        self.insert(name, Found::Whole(kind), attributes)
    }

    /// Unpacks a file and adds it.
    ///
    /// # Errors
    /// When it cannot be unpacked, is more than the budget allows, another has its name, or there are too many.
    pub(super) fn unpack(
        &mut self,
        name: String,
        executable: bool,
        reader: impl Read,
        attributes: Attributes,
    ) -> Result<(), ContentError> {
        let range = self.parts.add(reader)?;
        self.insert(name, Found::Part { range, executable }, attributes)
    }

    fn insert(
        &mut self,
        name: String,
        found: Found,
        attributes: Attributes,
    ) -> Result<(), ContentError> {
        if self.found.len() >= self.limit {
            return Err(ContentError::TooMany {
                what: "members",
                limit: self.limit,
            });
        }
        let bytes = attributes.iter();
        let bytes = bytes.map(|(name, value)| (name.len() + value.len()) as u64 + ATTRIBUTE);
        self.attributes = bytes.fold(self.attributes, u64::saturating_add);
        if self.attributes > self.most_attributes {
            return Err(ContentError::TooLarge {
                size: self.attributes,
                limit: self.most_attributes,
            });
        }
        if self.found.contains_key(&name) {
            let reason = format!("the name `{}` stands there twice", name.escape_debug());
            return Err(ContentError::malformed(self.format, reason));
        }
        self.found.insert(name, (found, attributes));
        Ok(())
    }

    /// The name of a member that these bytes write, without `./` before and `/` behind it; `.` for the folder that
    /// everything lies in.
    ///
    /// # Errors
    /// When it is too long, or no UTF-8.
    pub(super) fn name(&self, bytes: &[u8]) -> Result<String, ContentError> {
        let written = self.target(bytes)?;
        let mut name = written.as_str();
        while let Some(rest) = name.strip_prefix("./") {
            name = rest.trim_start_matches('/');
        }
        let name = name.strip_suffix("/.").unwrap_or(name);
        let name = name.trim_end_matches('/');
        Ok(match (name.is_empty(), written.starts_with('/')) {
            (true, true) => "/",
            (true, false) => ".",
            _ => name,
        }
        .to_owned())
    }

    /// Where these bytes say that a link leads.
    ///
    /// # Errors
    /// When that is too long, or no UTF-8.
    pub(super) fn target(&self, bytes: &[u8]) -> Result<String, ContentError> {
        if bytes.len() > LONGEST_NAME {
            let reason = format!("a name has more than {LONGEST_NAME} bytes");
            return Err(ContentError::malformed(self.format, reason));
        }
        let name = std::str::from_utf8(bytes).map_err(|_| ContentError::Unsupported {
            what: "names of members that are no UTF-8".to_owned(),
        })?;
        Ok(name.to_owned())
    }

    /// All members.
    ///
    /// # Errors
    /// When what was unpacked cannot be looked at.
    pub(super) fn finish(self, attributes: Attributes) -> Result<Archive, ContentError> {
        let unpacked = self.parts.finish()?;
        let members = self.found.into_iter().map(|(name, (found, attributes))| {
            let kind = found.into_kind(&unpacked)?;
            Ok((name, Member { kind, attributes }))
        });
        Ok(Archive {
            members: members.collect::<Result<_, ContentError>>()?,
            attributes,
        })
    }
}

impl Found {
    fn into_kind(self, unpacked: &Source) -> Result<MemberKind, ContentError> {
        match self {
            Self::Whole(kind) => Ok(kind),
            Self::Part { range, executable } => {
                let length = range.end - range.start;
                let source = unpacked.slice(range.start, length);
                let source = source.ok_or(ContentError::Truncated)?;
                Ok(MemberKind::File { source, executable })
            }
        }
    }
}
