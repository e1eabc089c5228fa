//! Cross compiler and image tool: compiles Lua to flash images, looks into them, verifies and signs them, and runs scripts on
//! the host with images mounted.

mod build;
mod failure;
mod flash;
mod inspect;
mod mapped;
mod options;
mod output;
mod pack;
mod run;
mod sign;
mod sim;

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
        Command::Help => output::print(options::HELP.as_bytes()),
        Command::Version => print_version(),
        Command::Build(job) => {
            if job.version {
                print_version()?;
            }
            build::perform(&job)
        }
        Command::Run(job) => {
            if job.version {
                print_version()?;
            }
            run::perform(&job)
        }
        Command::Inspect { image, json } => inspect::perform(&image, json),
        Command::PackHelp => output::print(pack::HELP.as_bytes()),
        Command::Pack(job) => pack::perform(&job),
        Command::SimHelp => output::print(sim::HELP.as_bytes()),
        Command::Sim(job) => sim::perform(&job),
        Command::Keygen(name) => sign::generate(&name),
        Command::Sign(job) => sign::perform(&job),
        Command::Verify(job) => sign::check(&job),
    }
}

fn print_version() -> Result<(), Failure> {
    let line = concat!("luac-cross ", env!("CARGO_PKG_VERSION"), " (Lua 5.3)\n");
    output::print(line.as_bytes())
}
