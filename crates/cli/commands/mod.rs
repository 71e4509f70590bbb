//! One file a command: from its arguments to its answer.

mod check;
mod claim;
mod diagnose;
mod diff;
mod doctor;
mod fsck;
mod image;
mod init;
mod log;
mod pin;
mod rerun;
mod run;
mod show;
mod verify;

use resow_executor::interrupt::Interrupt;

pub(crate) use self::diagnose::Budget;
use crate::answer::Answer;
use crate::arguments::{Arguments, Command};
use crate::failure::Failure;
use crate::project::Project;

/// Does what the command says.
pub(crate) fn dispatch(arguments: &Arguments, interrupt: &Interrupt) -> Result<Answer, Failure> {
    let project = || Project::open(&arguments.common, interrupt.clone());
    match &arguments.command {
        Command::Init(options) => init::init(&project()?, options),
        Command::Check { names } => check::check(&project()?, names),
        Command::Pin { name } => pin::pin(&project()?, name),
        Command::Run {
            name,
            force,
            overrides,
        } => run::run(&project()?, name, *force, overrides),
        Command::Rerun {
            revision,
            accept,
            as_if,
        } => {
            let options = rerun::Options {
                accept,
                as_if: *as_if,
            };
            rerun::rerun(&project()?, revision, &options)
        }
        Command::Claim { name } => claim::claim(&project()?, name),
        Command::Verify { names, accept } => verify::verify(&project()?, names, accept),
        Command::Diff { left, right } => diff::diff(&arguments.common, interrupt, left, right),
        Command::Diagnose {
            name,
            budget,
            fresh,
            overrides,
        } => {
            let options = diagnose::Options {
                budget: *budget,
                fresh: *fresh,
                overrides,
            };
            diagnose::diagnose(&project()?, name, &options)
        }
        Command::Log { name, limit } => log::log(&project()?, name.as_ref(), *limit),
        Command::Show { what } => show::show(&project()?, what),
        Command::Fsck { repair } => fsck::fsck(&project()?, *repair),
        Command::Image(command) => image::image(&project()?, command),
        Command::Doctor => Ok(doctor::doctor(&arguments.common)),
    }
}
