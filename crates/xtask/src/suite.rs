//! The whole test suite, with what it needs in place.

use crate::engine::Engine;
use crate::prerequisites;
use crate::process::{TaskError, command, must, root};

/// Runs every test of every crate, against a real engine.
///
/// # Errors
/// When something is missing or a test fails.
pub(crate) fn run() -> Result<(), TaskError> {
    prerequisites::ensure()?;
    prerequisites::ensure_package_lists()?;
    let _engine = Engine::ensure()?;
    must(command("cargo", ["test", "--locked", "--workspace"]).current_dir(root()))
}
