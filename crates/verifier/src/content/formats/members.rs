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
    /// Whether names begin at the root; `None` before the first one.
    are_absolute: Option<bool>,
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
            are_absolute: None,
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
        let is_absolute = name.starts_with('/');
        if *self.are_absolute.get_or_insert(is_absolute) != is_absolute {
            return Err(unsupported("names of members some of which are absolute"));
        }
        if let Found::Whole(MemberKind::HardLink { target }) = &found {
            self.check_hard_link(target)?;
        }
        self.found.insert(name, (found, attributes));
        Ok(())
    }

    /// Checks that a hard link follows what it leads to: whoever unpacks it before that has something else.
    fn check_hard_link(&self, target: &str) -> Result<(), ContentError> {
        match self.found.get(target) {
            None | Some((Found::Whole(MemberKind::Folder), _)) => {
                Err(unsupported("hard links that lead to no file before them"))
            }
            Some(_) => Ok(()),
        }
    }

    /// Checks that no member lies in one that is no folder: where it is unpacked to depends on their order.
    fn check_folders(&self) -> Result<(), ContentError> {
        for (name, (found, _)) in &self.found {
            let within = format!("{name}/");
            let next = self.found.range(within.clone()..).next();
            let has_members = next.is_some_and(|(next, _)| next.starts_with(&within));
            if has_members && !matches!(found, Found::Whole(MemberKind::Folder)) {
                return Err(unsupported(
                    "members of archives that lie in links or files",
                ));
            }
        }
        Ok(())
    }

    /// The name of a member that these bytes write, without `./` before it, and, of a folder, `/` behind it; `.` for the
    /// folder that everything lies in.
    ///
    /// # Errors
    /// When it is too long, no UTF-8, or another way to write a name.
    pub(super) fn name(&self, bytes: &[u8], is_folder: bool) -> Result<String, ContentError> {
        let written = self.target(bytes)?;
        let mut name = written.as_str();
        if is_folder {
            if matches!(name, "/" | "." | "./") {
                return Ok(name[..1].to_owned());
            }
            name = name.strip_suffix('/').unwrap_or(name);
        }
        name = name.strip_prefix("./").unwrap_or(name);
        let mut parts = name.strip_prefix('/').unwrap_or(name).split('/');
        match parts.any(|part| matches!(part, "" | "." | "..")) {
            true => Err(unsupported("names of members with parts that are no names")),
            false => Ok(name.to_owned()),
        }
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
        let name = std::str::from_utf8(bytes);
        let name = name.map_err(|_| unsupported("names of members that are no UTF-8"))?;
        Ok(name.to_owned())
    }

    /// All members.
    ///
    /// # Errors
    /// When what was unpacked cannot be looked at.
    pub(super) fn finish(self, attributes: Attributes) -> Result<Archive, ContentError> {
        self.check_folders()?;
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

fn unsupported(what: &str) -> ContentError {
    ContentError::Unsupported {
        what: what.to_owned(),
    }
}
