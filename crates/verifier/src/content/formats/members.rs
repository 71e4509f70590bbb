//! The members of an archive while it is read.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::Range;

use crate::content::parts::Parts;
use crate::content::{Budget, ContentError, Format, Member, Source};

/// The longest name of a member or of what a link leads to, in bytes.
const LONGEST_NAME: usize = 4096;

/// The members that were found so far.
pub(super) struct Members<'budget> {
    format: Format,
    limit: usize,
    parts: Parts<'budget>,
    found: BTreeMap<String, Found>,
}

enum Found {
    Whole(Member),
    Part { range: Range<u64>, executable: bool },
}

impl<'budget> Members<'budget> {
    /// None yet.
    pub(super) fn new(format: Format, budget: &'budget Budget) -> Self {
        Self {
            format,
            limit: budget.limits().members,
            parts: Parts::new(format, budget),
            found: BTreeMap::new(),
        }
    }

    /// Adds a member; whether another had the name before.
    ///
    /// # Errors
    /// When there are too many.
    pub(super) fn add(&mut self, name: String, member: Member) -> Result<bool, ContentError> {
        self.insert(name, Found::Whole(member))
    }

    /// Unpacks a file and adds it; whether another had the name before.
    ///
    /// # Errors
    /// When it cannot be unpacked, is more than the budget allows, or there are too many.
    pub(super) fn unpack(
        &mut self,
        name: String,
        executable: bool,
        reader: impl Read,
    ) -> Result<bool, ContentError> {
        let range = self.parts.add(reader)?;
        self.insert(name, Found::Part { range, executable })
    }

    fn insert(&mut self, name: String, found: Found) -> Result<bool, ContentError> {
        if self.found.len() >= self.limit {
            return Err(ContentError::TooMany {
                what: "members",
                limit: self.limit,
            });
        }
        Ok(self.found.insert(name, found).is_some())
    }

    /// The name or the target that these bytes write, without `./` before and `/` behind it.
    ///
    /// # Errors
    /// When it is too long, or no UTF-8.
    pub(super) fn name(&self, bytes: &[u8]) -> Result<String, ContentError> {
        if bytes.len() > LONGEST_NAME {
            let reason = format!("a name has more than {LONGEST_NAME} bytes");
            return Err(ContentError::malformed(self.format, reason));
        }
        let name = std::str::from_utf8(bytes).map_err(|_| ContentError::Unsupported {
            what: "names of members that are no UTF-8".to_owned(),
        })?;
        let mut name = name;
        while let Some(rest) = name.strip_prefix("./") {
            name = rest.trim_start_matches('/');
        }
        let name = name.strip_suffix("/.").unwrap_or(name);
        Ok(if name == "." {
            ""
        } else {
            name.trim_end_matches('/')
        }
        .to_owned())
    }

    /// All members.
    ///
    /// # Errors
    /// When what was unpacked cannot be looked at.
    pub(super) fn finish(self) -> Result<BTreeMap<String, Member>, ContentError> {
        let unpacked = self.parts.finish()?;
        self.found
            .into_iter()
            .map(|(name, found)| Ok((name, found.into_member(&unpacked)?)))
            .collect()
    }
}

impl Found {
    fn into_member(self, unpacked: &Source) -> Result<Member, ContentError> {
        match self {
            Self::Whole(member) => Ok(member),
            Self::Part { range, executable } => {
                let length = range.end - range.start;
                let source = unpacked.slice(range.start, length);
                let source = source.ok_or(ContentError::Truncated)?;
                Ok(Member::File { source, executable })
            }
        }
    }
}
