//! The members of archives, encoded.

use crate::content::formats::read;
use crate::content::{
    Archive, Attributes, Budget, ContentError, Document, Format, MemberKind, Source, join,
    name_of_format,
};

use super::encoder::{Encoder, FORMAT_HEAD};

impl Encoder<'_> {
    /// Writes the members of an archive that lies at `place`, in a file called `outer`.
    ///
    /// # Errors
    /// When a part of one cannot be read after all, or has no encoding.
    pub(super) fn members(
        &mut self,
        place: &str,
        outer: &str,
        archive: &Archive,
        budget: &mut Budget,
    ) -> Result<(), ContentError> {
        self.letter(b'M');
        self.attributes(&archive.attributes);
        let kept: Vec<_> = archive
            .members
            .iter()
            .map(|(name, member)| (join(place, name), name, member))
            .filter(|(at, name, _)| name.is_empty() || self.comparator.ignoring(at).is_none())
            .collect();
        self.number(kept.len() as u64);
        for (at, name, member) in kept {
            self.text(name);
            self.attributes(&member.attributes);
            match &member.kind {
                MemberKind::File { source, executable } => {
                    self.letter(b'F');
                    self.letter(u8::from(*executable));
                    self.file(&at, name_of_format(outer, name), source, budget)?;
                }
                MemberKind::Link { target } => {
                    self.letter(b'L');
                    self.text(target);
                }
                MemberKind::HardLink { target } => {
                    self.letter(b'H');
                    self.text(target);
                }
                MemberKind::Folder => self.letter(b'D'),
                MemberKind::Special { what } => {
                    self.letter(b'S');
                    self.text(what);
                }
            }
        }
        Ok(())
    }

    fn attributes(&mut self, attributes: &Attributes) {
        self.number(attributes.len() as u64);
        for (name, text) in attributes {
            self.text(name);
            self.text(text);
        }
    }

    /// A file in an archive, as bytes where it is not what its format promises.
    fn file(
        &mut self,
        place: &str,
        name: &str,
        source: &Source,
        budget: &mut Budget,
    ) -> Result<(), ContentError> {
        let format = Format::guess(name, &source.head(FORMAT_HEAD)?);
        let done = budget.enter(|budget| {
            // Whether it can be read is told apart from whether it can be encoded.
            let document = match read(format, source, budget) {
                Ok(document) => document,
                Err(error) if is_of_the_reader(&error) => return Err(error),
                Err(_) => Document::Bytes(source.clone()),
            };
            self.document(place, name, format, &document, budget)
        });
        match done {
            Err(ContentError::TooDeep { .. }) => {
                let bytes = Document::Bytes(source.clone());
                self.document(place, name, format, &bytes, budget)
            }
            done => done,
        }
    }
}

/// Whether reading failed for what is not in the member itself: the system, or what was unpacked before.
fn is_of_the_reader(error: &ContentError) -> bool {
    match error {
        ContentError::TooMuchPacked { .. } => true,
        ContentError::Read(error) => error.raw_os_error().is_some(),
        _ => false,
    }
}
