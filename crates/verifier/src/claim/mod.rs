//! Claims: what an author commits beside a manifest, as TOML: "this plan gives these outputs, compared like this".

mod error;
mod file;
mod statement;

pub use error::ClaimError;
pub use statement::Claim;
