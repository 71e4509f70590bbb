//! Archives, compared member by member.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};

use resow_manifest::comparator::Comparator;
use sha2::{Digest as _, Sha256};

use super::bytes::byte_difference;
use super::comparison::{Lying, compare_bytes, compare_sources, differ_in_format, formats};
use super::findings::{DifferenceKind, Findings};
use super::shown::cut;
use crate::content::{
    Archive, Attributes, Budget, ContentError, Member, MemberKind, Source, join, name_of_format,
};

type Members = BTreeMap<String, Member>;

/// Compares the members of two archives.
///
/// # Errors
/// When a member cannot be read at all; one that is no file of its format is compared as bytes.
pub(super) fn compare_archives(
    lying: Lying<'_>,
    left: &Archive,
    right: &Archive,
    comparator: &Comparator,
    budget: &mut Budget,
    findings: &mut Findings,
) -> Result<(), ContentError> {
    let mut comparing = Comparing {
        lying,
        comparator,
        budget,
        findings,
    };
    comparing.compare_attributes(lying.place, &left.attributes, &right.attributes);
    let (left, right) = (&left.members, &right.members);
    let renamed = comparing.renames(left, right)?;
    let gone: BTreeSet<&str> = renamed.values().copied().collect();
    let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    for name in names {
        let place = join(lying.place, name);
        match (left.get(name), right.get(name)) {
            (Some(left), Some(right)) => comparing.compare_pair(name, &place, left, right)?,
            (Some(_), None) if gone.contains(name.as_str()) => {}
            (Some(left), None) => {
                let what = describe(left);
                comparing.differ(&place, DifferenceKind::OnlyLeft { what });
            }
            (None, Some(right)) => {
                let kind = match renamed.get(name.as_str()) {
                    Some(from) => DifferenceKind::Renamed {
                        from: join(lying.place, from),
                    },
                    None => DifferenceKind::OnlyRight {
                        what: describe(right),
                    },
                };
                comparing.differ(&place, kind);
            }
            (None, None) => {}
        }
    }
    Ok(())
}

/// What a member is, in words.
fn describe(member: &Member) -> String {
    match &member.kind {
        MemberKind::File { source, executable } => {
            let kind = if *executable { "an executable" } else { "a" };
            format!("{kind} file of {} bytes", source.length())
        }
        MemberKind::Link { target } => cut(&format!("a link to `{target}`")),
        MemberKind::HardLink { target } => cut(&format!("a hard link to `{target}`")),
        MemberKind::Folder => "a folder".to_owned(),
        MemberKind::Special { what } => what.clone(),
    }
}

/// Attributes in words, cut.
fn in_words(attributes: &Attributes) -> String {
    if attributes.is_empty() {
        return "no attributes".to_owned();
    }
    // More than these are never shown.
    let first = attributes.iter().take(super::shown::MOST_BYTES);
    let parts: Vec<String> = first
        .map(|(name, text)| format!("{name}: {}", cut(text)))
        .collect();
    cut(&format!("attributes {}", parts.join(", ")))
}

/// All that is needed to compare two archives.
struct Comparing<'a> {
    lying: Lying<'a>,
    comparator: &'a Comparator,
    budget: &'a mut Budget,
    findings: &'a mut Findings,
}

impl Comparing<'_> {
    fn differ(&mut self, place: &str, kind: DifferenceKind) {
        match self.comparator.ignoring(place) {
            Some(entry) => self.findings.ignore(entry, true),
            None => self.findings.differ(place, kind),
        }
    }

    fn compare_attributes(&mut self, place: &str, left: &Attributes, right: &Attributes) {
        if left != right {
            let kind = DifferenceKind::Nature {
                left: in_words(left),
                right: in_words(right),
            };
            self.findings.differ(place, kind);
        }
    }

    /// Compares two members of one name.
    fn compare_pair(
        &mut self,
        name: &str,
        place: &str,
        left: &Member,
        right: &Member,
    ) -> Result<(), ContentError> {
        let is_same = is_same(left, right)?;
        // What has no name is no member of its own: its place is that of the file that is compared.
        if let Some(entry) = self.comparator.ignoring(place).filter(|_| !name.is_empty()) {
            self.findings.ignore(entry, !is_same);
            return Ok(());
        }
        if is_same {
            return Ok(());
        }
        let mut compare_attributes =
            || self.compare_attributes(place, &left.attributes, &right.attributes);
        match (&left.kind, &right.kind) {
            (
                MemberKind::File {
                    source: left_source,
                    executable: left_executable,
                },
                MemberKind::File {
                    source: right_source,
                    executable: right_executable,
                },
            ) => {
                compare_attributes();
                if left_executable != right_executable {
                    self.differ_in_nature(place, left, right);
                }
                self.compare_content(name, place, left_source, right_source)
            }
            _ if are_same(&left.kind, &right.kind)? => {
                compare_attributes();
                Ok(())
            }
            _ => {
                self.differ_in_nature(place, left, right);
                Ok(())
            }
        }
    }

    fn differ_in_nature(&mut self, place: &str, left: &Member, right: &Member) {
        let kind = DifferenceKind::Nature {
            left: describe(left),
            right: describe(right),
        };
        self.findings.differ(place, kind);
    }

    /// Compares two files by the format that both seem to have, as bytes where they have none.
    fn compare_content(
        &mut self,
        name: &str,
        place: &str,
        left: &Source,
        right: &Source,
    ) -> Result<(), ContentError> {
        if !differ_in_bytes(left, right)? {
            return Ok(());
        }
        let name = name_of_format(self.lying.name, name);
        let both = formats(name, left, right)?;
        if both.0 != both.1 {
            differ_in_format(place, both, self.findings);
            return Ok(compare_bytes(place, left, right, self.findings)?);
        }
        let comparator = self.comparator;
        let lying = Lying { place, name };
        let found = self
            .budget
            .enter(|budget| compare_sources(lying, both.0, left, right, comparator, budget));
        match found {
            Ok(found) => self.findings.add(found),
            Err(ContentError::Read(error)) if error.raw_os_error().is_some() => {
                return Err(error.into());
            }
            Err(error) => {
                self.findings.cannot_read(place, error);
                compare_bytes(place, left, right, self.findings)?;
            }
        }
        Ok(())
    }

    /// Which files that are there on one side alone are the same under another name; by the new name, the old one.
    fn renames<'m>(
        &self,
        left: &'m Members,
        right: &'m Members,
    ) -> io::Result<BTreeMap<&'m str, &'m str>> {
        let (left, right) = (self.alone(left, right), self.alone(right, left));
        let lengths: BTreeSet<u64> = right.iter().map(|(_, source)| source.length()).collect();
        let mut known: BTreeMap<(u64, [u8; 32]), Vec<&str>> = BTreeMap::new();
        for (name, source) in left.iter().rev() {
            if lengths.contains(&source.length()) {
                let key = (source.length(), digest(source)?);
                known.entry(key).or_default().push(name);
            }
        }
        let lengths: BTreeSet<u64> = known.keys().map(|(length, _)| *length).collect();
        let mut found = BTreeMap::new();
        for (name, source) in right {
            if lengths.contains(&source.length()) {
                let same = known.get_mut(&(source.length(), digest(source)?));
                if let Some(from) = same.and_then(Vec::pop) {
                    found.insert(name, from);
                }
            }
        }
        Ok(found)
    }

    /// The files that are there on one side alone, and have a size and are not ignored.
    fn alone<'m>(&self, own: &'m Members, other: &Members) -> Vec<(&'m str, &'m Source)> {
        let files = own.iter().filter_map(|(name, member)| match &member.kind {
            MemberKind::File { source, .. } if source.length() > 0 => Some((name.as_str(), source)),
            _ => None,
        });
        files
            .filter(|(name, _)| !other.contains_key(*name))
            .filter(|(name, _)| {
                let place = join(self.lying.place, name);
                self.comparator.ignoring(&place).is_none()
            })
            .collect()
    }
}

/// Whether two members are the same, byte by byte.
fn is_same(left: &Member, right: &Member) -> io::Result<bool> {
    Ok(left.attributes == right.attributes && are_same(&left.kind, &right.kind)?)
}

fn are_same(left: &MemberKind, right: &MemberKind) -> io::Result<bool> {
    Ok(match (left, right) {
        (
            MemberKind::File { source, executable },
            MemberKind::File {
                source: other,
                executable: other_executable,
            },
        ) => executable == other_executable && !differ_in_bytes(source, other)?,
        (MemberKind::Link { target }, MemberKind::Link { target: other })
        | (MemberKind::HardLink { target }, MemberKind::HardLink { target: other }) => {
            target == other
        }
        (MemberKind::Folder, MemberKind::Folder) => true,
        (MemberKind::Special { what }, MemberKind::Special { what: other }) => what == other,
        _ => false,
    })
}

fn differ_in_bytes(left: &Source, right: &Source) -> io::Result<bool> {
    if left.length() != right.length() {
        return Ok(true);
    }
    Ok(byte_difference(left.reader(), right.reader())?.is_some())
}

fn digest(source: &Source) -> io::Result<[u8; 32]> {
    let mut reader = source.reader();
    let mut buffer = vec![0; 64 << 10];
    let mut state = Sha256::new();
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(state.finalize().into()),
            read => state.update(&buffer[..read]),
        }
    }
}
