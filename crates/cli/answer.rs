//! What a command answers: text for people, an object for programs, and the exit code.

use std::io;

use serde_json::{Map, Value, json};

use crate::exit_code::Exit;
use crate::failure::Failure;
use crate::report::terminal;

/// The version of the JSON objects, as `docs/json.md` documents them.
const VERSION: u32 = 1;

/// A command's answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The exit code.
    pub(crate) exit: Exit,
    /// What people read on the standard output; empty for nothing.
    pub(crate) text: String,
    /// What programs read, without the fields that every object has.
    pub(crate) fields: Map<String, Value>,
}

impl Answer {
    /// An answer with this text and these fields.
    pub(crate) fn new(exit: Exit, text: impl Into<String>, fields: Value) -> Self {
        let fields = match fields {
            Value::Object(fields) => fields,
            other => Map::from_iter([("value".to_owned(), other)]),
        };
        Self {
            exit,
            text: text.into(),
            fields,
        }
    }
}

/// Prints what a command gave, and returns its exit code.
pub(crate) fn print(command: &str, result: Result<Answer, Failure>, json: bool) -> Exit {
    match result {
        Ok(answer) => {
            let printed = if json {
                print_object(command, answer.exit, answer.fields)
            } else if answer.text.is_empty() {
                Ok(())
            } else {
                terminal::answer(answer.text.trim_end_matches('\n'))
            };
            exit_of_printing(printed, answer.exit)
        }
        Err(failure) => {
            terminal::failure(&failure);
            if !json {
                return failure.exit;
            }
            let fields = Map::from_iter([("error".to_owned(), failure.object())]);
            exit_of_printing(print_object(command, failure.exit, fields), failure.exit)
        }
    }
}

/// Prints why a launcher did not become a sandbox, for the resow that started it, and returns its exit code.
pub(crate) fn print_launch_failure(message: &str) -> Exit {
    terminal::note(message);
    Exit::Unavailable
}

/// Prints what is wrong with the arguments, or the help that they ask for, and returns the exit code.
pub(crate) fn print_usage(error: &clap::Error) -> Exit {
    // A reader that went away is no error.
    let _ = error.print();
    if !error.use_stderr() {
        return Exit::Done;
    }
    // The arguments could not be read: whether an object is wanted is found in them as they stand.
    if std::env::args_os().any(|argument| argument == "--json") {
        let text = error.render().to_string();
        let message = text.lines().next().unwrap_or_default();
        let message = message.strip_prefix("error: ").unwrap_or(message);
        let failure =
            Failure::new(Exit::Usage, message).with_hint("`resow --help` shows how it is used");
        let fields = Map::from_iter([("error".to_owned(), failure.object())]);
        return exit_of_printing(print_object("resow", Exit::Usage, fields), Exit::Usage);
    }
    Exit::Usage
}

/// An answer that could not be written is none: whoever reads the exit code must not take it for one.
fn exit_of_printing(printed: io::Result<()>, exit: Exit) -> Exit {
    match printed {
        Ok(()) => exit,
        Err(error) => {
            let failure = Failure::from_error(Exit::Unavailable, &error, None)
                .about("the answer could not be written to the standard output");
            terminal::failure(&failure);
            exit.and(failure.exit)
        }
    }
}

fn print_object(command: &str, exit: Exit, fields: Map<String, Value>) -> io::Result<()> {
    let mut object = Map::from_iter([
        ("version".to_owned(), json!(VERSION)),
        ("command".to_owned(), json!(command)),
        ("exit".to_owned(), json!(exit.number())),
    ]);
    object.extend(fields);
    terminal::answer(&Value::Object(object).to_string())
}
