//! A claim as the text of a file.
//!
//! The first line is a comment, the second `version = 1`, the third `checksum = "sha256:…"`: the SHA-256 of all other
//! lines, as bytes, with their line feeds. These three lines stay so in every version, so that damage is told from a
//! newer version.

use resow_manifest::digest::Sha256Digest;
use resow_manifest::manifest::OutputRole;

use super::error::ClaimError;
use super::statement::Claim;
use crate::record::{FormatVersion, Versioned};

const COMMENT: &str = "# Written by `resow claim`: do not edit. `resow verify` reruns the plan and compares the outputs.\n";

impl Claim {
    /// The most bytes that are read as a claim: a claim is committed to git.
    pub const MOST_BYTES: usize = 32 << 20;

    /// The claim as TOML. Equal claims give equal bytes.
    ///
    /// # Errors
    /// When it contradicts itself or is larger than [`Self::MOST_BYTES`].
    pub fn to_toml(&self) -> Result<String, ClaimError> {
        self.check()?;
        let body = toml::to_string(self).map_err(|source| ClaimError::Unwritable {
            source: Box::new(source),
        })?;
        let sealed = format!("{COMMENT}{body}");
        let checksum = Sha256Digest::of(sealed.as_bytes());
        let version_end = COMMENT.len() + body.find('\n').map_or(body.len(), |end| end + 1);
        let (head, tail) = sealed.split_at(version_end);
        let text = format!("{head}checksum = \"{checksum}\"\n{tail}");
        check_size(text.len())?;
        Ok(text)
    }

    /// Reads what [`Self::to_toml`] wrote, from text or bytes.
    ///
    /// # Errors
    /// When it is damaged, a newer one, or no claim.
    pub fn from_toml(text: impl AsRef<[u8]>) -> Result<Self, ClaimError> {
        check_size(text.as_ref().len())?;
        let text =
            std::str::from_utf8(text.as_ref()).map_err(|source| ClaimError::NotText { source })?;
        let (written, rest) = take_checksum(text).ok_or(ClaimError::NoChecksum)?;
        let computed = Sha256Digest::of(rest.as_bytes());
        if written != computed {
            return Err(ClaimError::Damaged { written, computed });
        }
        let malformed = |source| ClaimError::Malformed {
            source: Box::new(source),
        };
        let Versioned { version } = toml::from_str(&rest).map_err(malformed)?;
        if version > FormatVersion::NUMBER {
            return Err(ClaimError::Newer {
                version,
                known: FormatVersion::NUMBER,
            });
        }
        let claim: Self = toml::from_str(&rest).map_err(malformed)?;
        claim.check()?;
        Ok(claim)
    }

    fn check(&self) -> Result<(), ClaimError> {
        let contradiction = |field| Err(ClaimError::Contradiction { field });
        let plan = self.plan.plan();
        if !self.policy.rules.keys().eq(&plan.outputs) {
            return contradiction("policy");
        }
        // Each input of the plan, once: a plan is not run without one.
        let mut places: Vec<_> = self.inputs.values().collect();
        places.sort_unstable();
        if !places.into_iter().eq(plan.inputs.keys()) {
            return contradiction("inputs");
        }
        if self
            .outputs
            .values()
            .any(|entry| entry.role == OutputRole::Log)
        {
            return contradiction("outputs");
        }
        if self.outputs.is_empty() {
            return contradiction("outputs");
        }
        if !self.same.is_empty() && self.host.is_none() {
            return contradiction("same");
        }
        // What it holds besides a digest is what the digest names.
        for (name, content) in &self.contents {
            let entry = self.outputs.get(name);
            let blob = entry.and_then(|entry| entry.content.blob());
            if !blob.is_some_and(|blob| content.is_of(blob)) {
                return contradiction("contents");
            }
        }
        if self
            .trace
            .as_ref()
            .is_some_and(|trace| !trace.is_consistent())
        {
            return contradiction("trace");
        }
        Ok(())
    }
}

/// The digest on the third line, and the text without that line.
fn take_checksum(text: &str) -> Option<(Sha256Digest, String)> {
    let mut lines = text.split_inclusive('\n');
    let (first, second, third) = (lines.next()?, lines.next()?, lines.next()?);
    let digest = third
        .strip_prefix("checksum = \"")?
        .strip_suffix("\"\n")?
        .parse()
        .ok()?;
    let head = first.len() + second.len();
    let rest = format!("{}{}", &text[..head], &text[head + third.len()..]);
    Some((digest, rest))
}

fn check_size(size: usize) -> Result<(), ClaimError> {
    let limit = Claim::MOST_BYTES;
    if size > limit {
        return Err(ClaimError::TooLarge { size, limit });
    }
    Ok(())
}
