//! Debian packages, read without running or unpacking anything (deb(5)).

mod control;
mod envelope;
pub mod package;
mod tarball;
#[cfg(test)]
mod tests;
