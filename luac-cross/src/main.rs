//! Cross compiler and image tool: compiles Lua to flash images, looks into them, verifies them, and runs scripts on
//! the host with images mounted.

mod build;
mod failure;
mod inspect;
mod mapped;
mod options;
mod run;

use failure::Failure;
use options::Command;
use std::process::ExitCode;

fn main() -> ExitCode {
    match options::parse(std::env::args_os()).and_then(perform) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            ExitCode::FAILURE
        }
    }
}

fn perform(command: Command) -> Result<(), Failure> {
    match command {
        Command::Help => {
            print!("{}", options::HELP);
            Ok(())
        }
        Command::Version => {
            println!("luac-cross {} (Lua 5.3)", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        Command::Build(job) => build::perform(&job),
        Command::Run(job) => run::perform(&job),
        Command::Inspect { image, json } => inspect::perform(&image, json),
        Command::Verify { images } => inspect::verify(&images),
    }
}
