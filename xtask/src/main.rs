//! Workspace commands: `cargo xtask test` proves the workspace, `cargo xtask bench` measures it.

mod bench;
mod checks;
mod devices;
mod differential;
mod esp;
mod esptool;
mod measure;
mod miri;
mod needs;
mod programs;
mod random;
mod reference;
mod shell;
mod steps;

use shell::Failure;
use std::process::ExitCode;

const HELP: &str = "\
usage: cargo xtask <command>

  test [step...]          run every step, or only those named, in order; stop at the first failure
  test --list             name the steps
  figures [--accept]      measure heap, instructions and code size of every target, and compare with the
                          budgets in xtask/BUDGETS; --accept makes what was measured the budgets
  bench [options]         run the benchmark programs under lua5.3, lua5.4 and this project
    --runs N              measured runs of each program (default 5)
    --only NAME           programs whose name contains NAME (may be repeated)
    --callgrind           count instructions with valgrind instead, on small sizes
    --num32               run this project's side with 32-bit numbers
  random [options]        compare random programs with the reference, in both number models
    --seed N              another set of programs
    --cases N             programs of each number model (default 60000)
";

fn run(arguments: &[String]) -> Result<(), Failure> {
    shell::enter_workspace()?;
    match arguments.first().map(String::as_str) {
        Some("test") => steps::run(&arguments[1..]),
        Some("figures") => devices::figures(&arguments[1..]),
        Some("bench") => bench::run(&arguments[1..]),
        Some("random") => random::command(&arguments[1..]),
        Some("help" | "--help" | "-h") => {
            print!("{HELP}");
            Ok(())
        }
        Some(other) => Err(Failure::new(format!("no command '{other}'"), HELP)),
        None => Err(Failure::new("no command given", HELP)),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nfailed: {}\n{}", failure.what, failure.advice);
            ExitCode::FAILURE
        }
    }
}
