//! Same seed, same harvest: the command line of resow.

mod answer;
mod arguments;
mod commands;
mod exit_code;
mod failure;
mod interruption;
mod pipeline;
mod project;
mod report;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::exit_code::Exit;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let interrupt = match interruption::watch() {
        Ok(interrupt) => interrupt,
        Err(failure) => {
            return answer::print("resow", Err(failure), arguments.common.json).into();
        }
    };
    let name = arguments.command.name();
    let result = commands::dispatch(&arguments, &interrupt);
    let exit = answer::print(name, result, arguments.common.json);
    if interrupt.is_requested() {
        exit.and(Exit::Interrupted).into()
    } else {
        exit.into()
    }
}
