//! A check of the whole store: it changes nothing, and what it finds is data.

mod blobs;
mod diagnoses;
mod files;
mod finding;
mod hashing;
mod index;
mod layout;
mod leftovers;
mod progress;
mod records;
mod results;
mod survey;
mod words;

use std::path::Path;

pub use finding::{EntryKind, Fault, Finding, Part, Severity};
pub use progress::{CheckError, Progress, Watch};
pub use survey::Depth;

pub(crate) use files::described;
pub(crate) use hashing::digest_of;
pub(crate) use layout::DAMAGED;
pub(crate) use records::read_record;

use survey::Survey;

/// What a check saw.
#[derive(Debug, Default)]
pub struct Checkup {
    /// What is not as it should be, by part of the store and by path.
    pub findings: Vec<Finding>,
    /// How many records can be read.
    pub records: u64,
    /// How many blobs are whole.
    pub blobs: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// How many images the store keeps.
    pub images: u64,
}

/// Checks the store of the work tree at `root`; `None` where there is none.
///
/// # Errors
/// When the store is a newer one, is not a folder, or cannot be looked at; or whoever watches says to stop.
pub fn check<'a>(
    root: &'a Path,
    depth: Depth,
    watch: &'a mut Watch<'a>,
) -> Result<Option<Checkup>, CheckError> {
    if !layout::is_there(root)? {
        return Ok(None);
    }
    let mut survey = Survey {
        root,
        depth,
        findings: Vec::new(),
        watch,
    };
    survey.identity()?;
    survey.layout();
    let content = survey.blobs()?;
    let recorded = survey.records(&content);
    let checkup = Checkup {
        findings: Vec::new(),
        records: recorded.whole.len() as u64,
        blobs: content.whole.len() as u64,
        bytes: content.whole.values().sum(),
        images: 0,
    };
    survey.damaged_blobs(content, &recorded.namers);
    survey.index(&recorded);
    let images = survey.images()?;
    survey.downloads()?;
    survey.diagnoses()?;
    survey.results(&recorded);
    let temporary = survey.folder("tmp");
    survey.temporaries(&temporary);
    survey.runs();
    Ok(Some(Checkup {
        findings: survey.findings,
        images,
        ..checkup
    }))
}
