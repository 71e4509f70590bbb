//! A repository with one small experiment.

use super::{Environment, Repository};

/// The standard output as the only one.
const STDOUT: &str = "[[outputs]]\nstream = \"stdout\"\n";

impl Environment {
    /// A repository with one experiment, `coin`, that prints its seed. Nothing is committed.
    pub fn coin(&self, name: &str) -> Repository<'_> {
        let farm = self.repository(name);
        farm.add_python_image();
        farm.write("README.md", "coins\n");
        farm.experiment("coin", "echo \"heads $RESOW_SEED\"\n", STDOUT);
        farm
    }
}
