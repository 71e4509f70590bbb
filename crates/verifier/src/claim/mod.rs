//! Claims: what an author commits beside a manifest, as TOML: "this plan gives these outputs, compared like this".

mod content;
mod error;
mod file;
mod statement;

pub use content::{ClaimedContent, ClaimedContents};
pub use error::ClaimError;
pub use statement::Claim;
