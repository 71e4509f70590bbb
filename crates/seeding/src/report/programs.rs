//! The programs that the entropy library was in, and which of them a layer of their language should have spoken for.

use std::collections::BTreeMap;

use resow_manifest::seeding_report::{UnreachedProgram, UnreachedReason};

use super::without_program;

/// Programs in the order in which they began.
#[derive(Default)]
pub(super) struct Programs {
    count: u64,
    /// The arguments with which the first process of the container was seen first, its program among them.
    command: Option<Vec<String>>,
    /// What each process is at the moment, while its language has not spoken.
    silent: BTreeMap<u32, (&'static str, UnreachedProgram)>,
    unreached: Vec<UnreachedProgram>,
}

impl Programs {
    /// A program began in a process, which may have been another program before.
    pub(super) fn began(&mut self, pid: u32, program: String, arguments: Vec<String>) {
        self.count += 1;
        self.settle(pid);
        if pid == FIRST {
            self.command.get_or_insert_with(|| arguments.clone());
        }
        let arguments = without_program(arguments);
        if let Some(language) = language_of(&program)
            && !only_answers(&arguments)
        {
            let program = UnreachedProgram {
                program,
                arguments,
                reason: UnreachedReason::Language,
            };
            self.silent.insert(pid, (language, program));
        }
    }

    /// The layer of a language spoke in a process.
    pub(super) fn spoke(&mut self, pid: u32, language: &str) {
        if self
            .silent
            .get(&pid)
            .is_some_and(|(expected, _)| *expected == language)
        {
            self.silent.remove(&pid);
        }
    }

    /// Whether the layer was in the command from its beginning. A program without the layer may have become another one
    /// since, in which it is.
    pub(super) fn began_with(&self, command: &[String]) -> bool {
        let Some(seen) = &self.command else {
            return false;
        };
        let Some((program, arguments)) = command.split_first() else {
            return false;
        };
        // A script's interpreter comes before it, and a program may be named by where it was found.
        let name = program.rsplit('/').next().unwrap_or(program);
        let is_it = |word: &String| word.rsplit('/').next() == Some(name);
        let from = seen.len().checked_sub(command.len());
        let whole = from.is_some_and(|from| is_it(&seen[from]) && seen[from + 1..] == *arguments);
        whole || (written(command) > CUT && seen.iter().any(is_it))
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The programs of which nothing was heard.
    pub(super) fn unreached(&mut self) -> Vec<UnreachedProgram> {
        let silent = std::mem::take(&mut self.silent);
        self.unreached
            .extend(silent.into_values().map(|(_, program)| program));
        std::mem::take(&mut self.unreached)
    }

    fn settle(&mut self, pid: u32) {
        self.unreached
            .extend(self.silent.remove(&pid).map(|(_, program)| program));
    }
}

/// The first process of a container: the command, in every engine.
const FIRST: u32 = 1;

/// Arguments of more bytes than this may have been cut in an event.
const CUT: usize = 1024;

fn written(command: &[String]) -> usize {
    command.iter().map(|argument| argument.len() + 6).sum()
}

/// The language whose layer should speak in a program: `python3.11` is Python's, `R` is R's.
fn language_of(program: &str) -> Option<&'static str> {
    let name = program.rsplit('/').next().unwrap_or(program);
    if name == "R" {
        return Some("r");
    }
    ["python", "pypy"]
        .into_iter()
        .filter_map(|known| name.strip_prefix(known))
        .any(|version| {
            version
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
        })
        .then_some("python")
}

/// Whether a program does nothing with these arguments but answer what it is.
fn only_answers(arguments: &[String]) -> bool {
    arguments.first().is_some_and(|first| {
        matches!(
            first.as_str(),
            "--version" | "-V" | "-VV" | "--help" | "-h" | "CMD" | "RHOME"
        )
    })
}
