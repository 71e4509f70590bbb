//! Archives: their members, and what is said of each.

use std::collections::BTreeMap;

use super::source::Source;

/// What is said of a member or an archive besides its content, by name: bytes that are no printable ASCII are escaped.
pub type Attributes = BTreeMap<String, String>;

/// Files by name.
#[derive(Clone, Debug, Default)]
pub struct Archive {
    /// The members. One that has no name, as in gzip, has the empty one.
    pub members: BTreeMap<String, Member>,
    /// What is said of all of them: a comment, global attributes.
    pub attributes: Attributes,
}

/// A member of an archive.
#[derive(Clone, Debug)]
pub struct Member {
    /// What it is.
    pub kind: MemberKind,
    /// What is said of it: extended attributes, set-user-ID bits, a comment.
    pub attributes: Attributes,
}

/// What a member of an archive is.
#[derive(Clone, Debug)]
pub enum MemberKind {
    /// A file; its bytes are unpacked.
    File {
        /// Its content.
        source: Source,
        /// Whether its owner may execute it; `false` where the format does not say.
        executable: bool,
    },
    /// A symbolic link.
    Link {
        /// The path that it holds.
        target: String,
    },
    /// Another name of a member.
    HardLink {
        /// The name of that member, as it is written.
        target: String,
    },
    /// A folder.
    Folder,
    /// A device or the like.
    Special {
        /// What, in words, with its number.
        what: String,
    },
}

impl MemberKind {
    /// A member of this kind of which nothing else is said.
    pub(crate) fn plain(self) -> Member {
        Member {
            kind: self,
            attributes: Attributes::new(),
        }
    }
}
