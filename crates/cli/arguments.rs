//! The command line: what can be asked for, and how its help explains it.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use resow_manifest::determinism::InstructionSet;
use resow_manifest::experiment_name::ExperimentName;
use resow_manifest::seed::Seed;
use resow_manifest::workspace_path::WorkspacePath;

use crate::commands::Budget;
use crate::engine_choice::EngineChoice;

/// Same seed, same harvest: run experiments sealed, rerun them from a commit, and verify that the result is the same.
#[derive(Debug, Parser)]
#[command(name = "resow", version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
A first experiment, from nothing:
  resow init               write experiments/first.toml and a script that runs
  git add --all            only what git tracks enters a run
  resow run first          run it, sealed
  git commit -m first
  resow claim first        write down what it gave, for others to check
  resow verify first       run it again and compare

Exit codes:
  0    done, or identical, equivalent, within tolerance
  1    different
  2    bad usage, or a manifest with faults
  3    incomparable, stale, nothing to compare with, or the run failed
  4    an engine, image, commit, input or resource cannot be had
  5    evidence is damaged
  130  interrupted";

/// The heading of what every command takes, apart from the command's own options.
const EVERYWHERE: &str = "Options of every command";

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Common {
    /// Print one JSON object on the standard output instead of text
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub(crate) json: bool,

    /// Work in this folder's repository
    #[arg(
        short = 'C',
        long,
        global = true,
        help_heading = EVERYWHERE,
        value_name = "FOLDER",
        default_value = ".",
        hide_default_value = true
    )]
    pub(crate) directory: PathBuf,

    /// What runs containers, else `RESOW_ENGINE`, else Docker where it answers, else bubblewrap
    #[arg(
        long,
        global = true,
        help_heading = EVERYWHERE,
        value_name = "ENGINE"
    )]
    pub(crate) engine: Option<EngineChoice>,

    /// The Docker engine's address
    #[arg(
        long,
        global = true,
        help_heading = EVERYWHERE,
        value_name = "ADDRESS",
        env = "DOCKER_HOST",
        hide_env_values = true
    )]
    pub(crate) docker_host: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a first experiment that runs
    #[command(
        after_help = "Examples:\n  resow init                          a small example, to see how it goes\n  resow init train --script train.py  an experiment around your own script"
    )]
    Init(Init),
    /// Read manifests and say what is wrong or not pinned; run nothing
    #[command(after_help = "Examples:\n  resow check\n  resow check digits")]
    Check {
        /// Experiments; all where none is named
        names: Vec<ExperimentName>,
    },
    /// Write the digests of tags and inputs into the manifest
    #[command(
        after_help = "Example:\n  resow pin digits  `reference = \"python:3.12\"` becomes `python:3.12@sha256:…`"
    )]
    Pin {
        /// The experiment
        name: ExperimentName,
    },
    /// Run an experiment, or say that the store has it already
    #[command(
        after_help = "Examples:\n  resow run digits\n  resow run digits --force\n  resow run digits --seed 7 --set params.learning_rate=0.1"
    )]
    Run {
        /// The experiment
        name: ExperimentName,
        /// Run again although the store has a successful record
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        overrides: Overrides,
    },
    /// Run again from a commit, branch, tag or record, and compare
    #[command(
        after_help = "Examples:\n  resow rerun 3f2a91c               every experiment of that commit\n  resow rerun v1.0:digits           one experiment of a tag\n  resow rerun HEAD~3:digits\n  resow rerun HEAD:digits --as-if x86-64-v2\n\nCompares with the claim in that revision, else with a claim of the same plan\nreachable from HEAD, else with the store."
    )]
    Rerun {
        /// A commit (any form git knows) or a record, and optionally `:` and an experiment
        #[arg(value_name = "REVISION[:NAME]")]
        revision: String,
        /// Compare although this differs
        #[arg(long, value_name = "WHAT")]
        accept: Vec<Accept>,
        /// Run as a machine would whose processor knows no more than this: libraries choose among these instructions,
        /// where the plan leaves the choice to them
        #[arg(long, value_name = "INSTRUCTIONS", value_parser = instruction_set())]
        as_if: Option<InstructionSet>,
    },
    /// Write the claim of an experiment, from a successful record of HEAD's plan
    #[command(
        after_help = "Example:\n  resow claim digits && git add experiments/digits.claim.toml"
    )]
    Claim {
        /// The experiment
        name: ExperimentName,
    },
    /// Run claims again and give a verdict on each
    #[command(
        after_help = "Examples:\n  resow verify               every claim\n  resow verify digits\n  resow verify digits --accept image"
    )]
    Verify {
        /// Experiments; all that have a claim where none is named
        names: Vec<ExperimentName>,
        /// Compare although this differs; the verdict says so
        #[arg(long, value_name = "WHAT")]
        accept: Vec<Accept>,
    },
    /// Compare two records, claims, revisions, folders or files
    #[command(
        after_help = "Examples:\n  resow diff 1a2b3c4d 5e6f7a8b       two records\n  resow diff digits 5e6f7a8b         a claim and a record\n  resow diff v1.0:digits digits      what was claimed in a revision, and now\n  resow diff v1.0 HEAD               every experiment of two revisions\n  resow diff results/digits other/   two folders\n  resow diff old.npy new.npy         two files, by what they hold"
    )]
    Diff {
        /// A record, an experiment with a claim or its claim's file, REVISION:NAME, a revision, a folder or a file
        left: String,
        /// Likewise
        right: String,
    },
    /// Find by experiment what makes the outputs of reruns differ
    #[command(
        after_help = "Examples:\n  resow diagnose digits\n  resow diagnose digits --budget 10m   no run begins after ten minutes\n  resow diagnose digits --budget 30runs\n  resow diagnose digits                goes on where it was left\n  resow diagnose digits --fresh        begins again\n\nRuns the plan as it is, with everything held, with everything set otherwise,\nthen with one factor after another. It writes no record and no results.\n\nExit code 0 if nothing was seen to change an output and another seed does,\n1 if a cause was found or no seed changes anything, 3 if the run fails or\nthe budget was spent before."
    )]
    Diagnose {
        /// The experiment
        name: ExperimentName,
        /// Stop after a time (`90s`, `10m`, `2h`) or a number of runs (`30runs`), and say what was found so far
        #[arg(long, value_name = "TIME|RUNS")]
        budget: Option<Budget>,
        /// Begin again, instead of going on after the runs that were made already
        #[arg(long)]
        fresh: bool,
        #[command(flatten)]
        overrides: Overrides,
    },
    /// List the records of the store, newest first
    #[command(
        after_help = "Examples:\n  resow log\n  resow log digits -n 5\n  resow log --json      for programs"
    )]
    Log {
        /// Only records of this experiment
        name: Option<ExperimentName>,
        /// At most this many
        #[arg(short = 'n', long, value_name = "NUMBER", default_value = "20", value_parser = at_least_one)]
        limit: NonZeroUsize,
    },
    /// Show a record, a claim or the plan of an experiment
    #[command(
        after_help = "Examples:\n  resow show 1a2b3c4d     a record\n  resow show digits       the plan as it would run now, and the claim"
    )]
    Show {
        /// A record or an experiment
        what: String,
    },
    /// Check the store: every record, blob and image, and what crashes left behind
    #[command(
        after_help = "Examples:\n  resow fsck            changes nothing\n  resow fsck --repair   keeps what is whole, moves the rest to .resow/damaged/\n  resow fsck --json     for programs"
    )]
    Fsck {
        /// Move aside what is damaged, make anew what follows from the records, remove what crashes left
        #[arg(long)]
        repair: bool,
    },
    /// Images: lock recipes, build them, carry them as files
    #[command(subcommand)]
    Image(Image),
    /// Try what this host can do, and say what is missing and the command that installs it
    #[command(
        after_help = "Examples:\n  resow doctor\n  resow doctor --json      for programs\n\nNeeds no repository. Exit code 0 if experiments can run, 4 if no engine works."
    )]
    Doctor,
}

impl Command {
    /// The command's name, as it is typed.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::Check { .. } => "check",
            Self::Pin { .. } => "pin",
            Self::Run { .. } => "run",
            Self::Rerun { .. } => "rerun",
            Self::Claim { .. } => "claim",
            Self::Verify { .. } => "verify",
            Self::Diff { .. } => "diff",
            Self::Diagnose { .. } => "diagnose",
            Self::Log { .. } => "log",
            Self::Show { .. } => "show",
            Self::Fsck { .. } => "fsck",
            Self::Image(Image::Lock { .. }) => "image lock",
            Self::Image(Image::Build { .. }) => "image build",
            Self::Image(Image::Save { .. }) => "image save",
            Self::Image(Image::Load { .. }) => "image load",
            Self::Image(Image::List) => "image list",
            Self::Doctor => "doctor",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// What to call the experiment
    #[arg(default_value = "first")]
    pub(crate) name: ExperimentName,
    /// The script to run, relative to the repository's root; an example is written where none is given
    #[arg(long, value_name = "FILE")]
    pub(crate) script: Option<WorkspacePath>,
    /// A file or folder that the script writes; its standard output where none is given
    #[arg(long, value_name = "PATH", requires = "script")]
    pub(crate) output: Vec<String>,
}

/// Another plan without an edit.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Overrides {
    /// Run with this seed
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) seed: Option<Seed>,
    /// Run with this parameter, as `params.NAME=VALUE`
    #[arg(long = "set", value_name = "params.NAME=VALUE")]
    pub(crate) parameters: Vec<String>,
}

/// A difference between plans that a comparison can pass over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Accept {
    /// Another image: the claim's cannot be had any more, or another is the point
    Image,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Image {
    /// Lock a recipe anew: today's versions from the mirrors, and the image that they make
    #[command(after_help = "Example:\n  resow image lock docker/python")]
    Lock {
        /// The recipe's folder
        folder: WorkspacePath,
    },
    /// Build a locked recipe, check that it is the locked image, and load it into the engine
    #[command(after_help = "Example:\n  resow image build docker/python")]
    Build {
        /// The recipe's folder
        folder: WorkspacePath,
    },
    /// Keep an image in the store, and write it to a file
    #[command(
        after_help = "Examples:\n  resow image save docker/python\n  resow image save docker/python --output python.tar\n  resow image save sha256:1a2b… --output image.tar"
    )]
    Save {
        /// A recipe's folder, or an image's identifier
        image: String,
        /// Write an OCI layout, which `docker load` reads too, to this file
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Take an image out of a file into the store and the engine
    #[command(after_help = "Example:\n  resow image load python.tar")]
    Load {
        /// A file that `resow image save` or `docker save` wrote
        file: PathBuf,
    },
    /// List the images that the store keeps
    #[command(
        after_help = "Examples:\n  resow image list\n  resow image list --json      for programs"
    )]
    List,
}

/// A lesser processor by the name of its instruction set.
fn instruction_set() -> impl TypedValueParser<Value = InstructionSet> {
    let lesser = InstructionSet::NAMES.iter().filter(|name| **name != "host");
    PossibleValuesParser::new(lesser.copied())
        .map(|name| InstructionSet::named(&name).unwrap_or(InstructionSet::X86_64))
}

fn at_least_one(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "write a whole number, at least 1")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Arguments;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_stands_after_the_options_fits_a_terminal() {
        let mut waiting = vec![Arguments::command()];
        while let Some(command) = waiting.pop() {
            let help = command.get_after_help().map(ToString::to_string);
            for line in help.unwrap_or_default().lines() {
                let name = command.get_name();
                assert!(line.chars().count() <= 78, "{name}: {line}");
            }
            waiting.extend(command.get_subcommands().cloned());
        }
    }
}
