//! Tasks for people who build resow: `cargo xtask demo`, `test`, `bench` and `fuzz`.

mod bench;
mod demo;
mod docker_daemon;
mod engines;
mod fuzz;
mod matrix;
mod prerequisites;
mod process;
mod suite;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <task>

  demo    build resow and its image, and show the main job
  test [--all]
          run the whole test suite; of the large images one, or all, with a dated table
  bench   measure, as ratios against named commands, and write a dated file
  fuzz [--seconds N]
          run each fuzz target for N seconds (60)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["demo"] => demo::demo(),
        ["test"] => suite::run(false),
        ["test", "--all"] => suite::run(true),
        ["bench"] => bench::bench(),
        ["fuzz"] => fuzz::fuzz(fuzz::SECONDS),
        ["fuzz", "--seconds", seconds] => match seconds.parse() {
            Ok(seconds) => fuzz::fuzz(seconds),
            Err(_) => Err(process::TaskError::new(USAGE)),
        },
        ["--help" | "-h"] => {
            process::say(USAGE);
            Ok(())
        }
        _ => Err(process::TaskError::new(USAGE)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            process::say(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}
