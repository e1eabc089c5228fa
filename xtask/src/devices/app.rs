//! A program of ten modules on a small heap: it runs from flash, and cannot be loaded from source.

use super::emulator::Device;
use super::flash::Content;
use super::programs::{self as device_programs, HEAP, RUNNER, RUNNER_NAME};
use crate::programs::{self, Numbers, Tool};
use crate::shell::{self, Failure};
use std::path::PathBuf;
use std::time::Duration;

const DIRECTORY: &str = "examples/app";
/// Its main module, and fewest lines of all modules together.
const MAIN: &str = "main";
const LEAST_LINES: usize = 1500;
const MODULES: usize = 10;
const LIMIT: Duration = Duration::from_secs(300);

fn failure(what: String) -> Failure {
    Failure::new(what, format!("The program is in {DIRECTORY}."))
}

/// The sources, by the names of their files.
fn sources(files: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let read = |file: &PathBuf| {
        let text = shell::read_text(file)?;
        Ok((format!("{}.lua", programs::name(file)), text.into_bytes()))
    };
    files.iter().map(read).collect()
}

/// Runs the program in both ways.
pub fn run(device: &Device, tool: &Tool) -> Result<(), Failure> {
    let files = programs::in_directory(DIRECTORY)?;
    let sources = sources(&files)?;
    let texts = sources.iter().map(|(_, text)| text);
    let lines: usize = texts
        .map(|text| text.iter().filter(|byte| **byte == b'\n').count())
        .sum();
    if files.len() != MODULES || lines < LEAST_LINES {
        return Err(failure(format!("{lines} lines in {} modules", files.len())));
    }
    println!("{DIRECTORY}: {lines} lines in {MODULES} modules, heap {HEAP} KB");
    from_flash(device, tool, &files)?;
    from_source(device, &sources)
}

fn from_flash(device: &Device, tool: &Tool, files: &[PathBuf]) -> Result<(), Failure> {
    let mut modules = programs::modules(files);
    modules.push((RUNNER_NAME.to_owned(), PathBuf::from(RUNNER)));
    let image = device.file("app.img");
    tool.compile(Numbers::Narrow, &modules, &image)?;
    let expected = shell::capture(&mut tool.module(Numbers::Narrow, &image, MAIN, &[]), LIMIT)?;
    let flash = device.flash(&image)?;
    let input = format!("LFS.{RUNNER_NAME}('{MAIN}')\n\x04");
    let output = device.run(&flash, HEAP, &input, LIMIT)?;
    let run = device_programs::parse(&output.stdout);
    if run.failure.is_some() || !expected.status.success() || run.output != expected.stdout {
        return Err(failure(format!(
            "from flash: {}\n{}",
            run.failure.unwrap_or_default(),
            String::from_utf8_lossy(&output.stdout)
        )));
    }
    println!(
        "  from flash: runs, {} instructions, stack {}",
        run.instructions, run.stack
    );
    Ok(())
}

fn from_source(device: &Device, sources: &[(String, Vec<u8>)]) -> Result<(), Failure> {
    let content = Content {
        image: None,
        files: sources,
    };
    let flash = device.filled(&device.file("app-source.flash"), &content)?;
    let input = format!("dofile('{MAIN}.lua')\n'the prompt ' .. 'goes on'\n\x04");
    let output = device.run(&flash, HEAP, &input, LIMIT)?;
    let terminal = String::from_utf8_lossy(&output.stdout);
    let refused = terminal
        .split_once("not enough memory\n")
        .is_some_and(|(before, after)| {
            !before.contains("broker") && after.contains("the prompt goes on")
        });
    if !refused {
        return Err(failure(format!("from source: {terminal}")));
    }
    println!("  from source: not enough memory, and the prompt goes on");
    Ok(())
}
