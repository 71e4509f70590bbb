//! Same seed, same harvest: the command line of resow.

mod answer;
mod arguments;
mod cache_folder;
mod commands;
mod engine_choice;
mod exit_code;
mod failure;
mod foreign;
mod interruption;
mod pipeline;
mod project;
mod report;
mod work_file;

use std::process::ExitCode;

use clap::Parser;
use resow_executor::bubblewrap;

use crate::arguments::Arguments;
use crate::exit_code::Exit;

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    match words.next() {
        Some(word) if word == bubblewrap::LAUNCH => {
            return answer::print_launch_failure(&bubblewrap::launch()).into();
        }
        Some(word) if word == foreign::READ_CONTENT => {
            return match foreign::read_content(words) {
                Ok(()) => Exit::Done.into(),
                Err(_) => Exit::Unavailable.into(),
            };
        }
        _ => {}
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return answer::print_usage(&error).into(),
    };
    let interrupt = match interruption::watch() {
        Ok(interrupt) => interrupt,
        Err(failure) => {
            return answer::print("resow", Err(failure), arguments.common.json).into();
        }
    };
    let name = arguments.command.name();
    let mut result = commands::dispatch(&arguments, &interrupt);
    if interrupt.is_requested() {
        match &mut result {
            Ok(answer) => answer.exit = answer.exit.and(Exit::Interrupted),
            Err(failure) => failure.interrupt(),
        }
    }
    answer::print(name, result, arguments.common.json).into()
}
