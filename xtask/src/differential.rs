//! The same Lua programs under lua5.3, from source and from an image: the outputs must be equal byte for byte.

use crate::needs;
use crate::programs::{self, Numbers, Tool};
use crate::reference;
use crate::shell::{self, Failure, Output};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// No program of these tests comes near this, even under a sanitizer.
const LIMIT: Duration = Duration::from_secs(300);

/// Address space of a program in kilobytes.
const MEMORY: u32 = 3_000_000;

const REFERENCE: &str = "lua5.3";

/// Runs and compares, remembers what differed.
struct Comparison {
    directory: PathBuf,
    /// The address sanitizer reserves more address space than any limit allows.
    bounded: bool,
    runs: usize,
    failures: Vec<String>,
}

impl Comparison {
    fn new(bounded: bool) -> Result<Self, Failure> {
        Ok(Comparison {
            bounded,
            directory: shell::target_directory("lua-tests")?,
            runs: 0,
            failures: Vec::new(),
        })
    }

    /// What the reference prints for a program.
    fn expected(&self, mut command: Command) -> Result<Output, Failure> {
        let output = shell::capture(&mut command, LIMIT)?;
        if output.status.success() {
            return Ok(output);
        }
        Err(Failure::new(
            format!("{}: {}", shell::line(&command), output.status),
            format!(
                "The reference itself fails, so the test is wrong:\n{}",
                String::from_utf8_lossy(&output.stderr)
            ),
        ))
    }

    /// Runs `commands` (each with the name of its way of running) and compares their output with `expected`.
    fn compare(
        &mut self,
        program: &str,
        expected: &[u8],
        commands: Vec<(&str, Command)>,
    ) -> Result<(), Failure> {
        let mut report = format!("{program:44}");
        for (way, mut command) in commands {
            self.runs += 1;
            let captured = if self.bounded {
                shell::capture(&mut shell::bounded(&command, MEMORY), LIMIT)
            } else {
                shell::capture(&mut command, LIMIT)
            };
            let (verdict, actual) = match captured {
                Ok(output) if output.status.success() && output.stdout == expected => {
                    report += &format!("  {way} {:.2} s", output.time.as_secs_f64());
                    continue;
                }
                Ok(output) => (explain(expected, &output), output.stdout),
                Err(failure) => (failure.what, Vec::new()),
            };
            let stem = format!("{}.{way}", program.replace('/', "_"));
            let file = self
                .directory
                .join(&stem)
                .with_extension(format!("{way}.actual"));
            shell::write_file(&file, &actual)?;
            let wanted = self
                .directory
                .join(&stem)
                .with_extension(format!("{way}.expected"));
            shell::write_file(&wanted, expected)?;
            report += &format!("  {way} DIFFERS");
            self.failures.push(format!(
                "{program} ({way})\n    {}\n    diff {} {}\n{verdict}",
                shell::line(&command),
                wanted.display(),
                file.display()
            ));
        }
        println!("{}", report.trim_end());
        Ok(())
    }

    fn finish(self) -> Result<(), Failure> {
        if self.failures.is_empty() {
            println!("{} runs, all outputs equal", self.runs);
            return Ok(());
        }
        for failure in &self.failures {
            println!("\nDIFFERS {failure}");
        }
        Err(Failure::new(
            format!("{} of {} runs differ", self.failures.len(), self.runs),
            "Each is listed above with its command and the two outputs to compare.",
        ))
    }
}

/// The first line that differs, the exit status and the end of the error output.
fn explain(expected: &[u8], output: &Output) -> String {
    let mut text = String::new();
    let wanted: Vec<&[u8]> = expected.split(|byte| *byte == b'\n').collect();
    let got: Vec<&[u8]> = output.stdout.split(|byte| *byte == b'\n').collect();
    let lines = wanted.len().max(got.len());
    if let Some(at) = (0..lines).find(|at| wanted.get(*at) != got.get(*at)) {
        let show = |lines: &[&[u8]]| match lines.get(at) {
            Some(line) => String::from_utf8_lossy(&line[..line.len().min(300)]).into_owned(),
            None => String::from("(end of output)"),
        };
        text += &format!(
            "    line {}\n    - {}\n    + {}\n",
            at + 1,
            show(&wanted),
            show(&got)
        );
    }
    if !output.status.success() {
        text += &format!("    {}\n", output.status);
        let errors = String::from_utf8_lossy(&output.stderr);
        for line in errors.lines().take(6) {
            text += &format!("    | {line}\n");
        }
    }
    text
}

/// Compiles the files, one module each, for both number models.
fn images(
    tool: &Tool,
    directory: &Path,
    name: &str,
    files: &[PathBuf],
) -> Result<[PathBuf; 2], Failure> {
    let modules = programs::modules(files);
    let narrow = directory.join(format!("{name}-32.img"));
    let wide = directory.join(format!("{name}-64.img"));
    tool.compile(Numbers::Narrow, &modules, &narrow)?;
    tool.compile(Numbers::Wide, &modules, &wide)?;
    Ok([narrow, wide])
}

/// Behaviour tests against the reference, with numbers of either width.
fn behaviour(tool: &Tool, comparison: &mut Comparison) -> Result<(), Failure> {
    let files = programs::in_directory("tests-lua")?;
    let [narrow, wide] = images(tool, &comparison.directory, "tests", &files)?;
    let reference = reference::narrow()?;
    let reference = reference.to_string_lossy();
    let wide_only = programs::list("tests-lua/WIDE_ONLY")?;
    for file in &files {
        let name = programs::name(file);
        let label = file.to_string_lossy();
        let expected = comparison.expected(programs::reference(REFERENCE, file, &[]))?;
        let commands = vec![
            ("source", tool.source(Numbers::Wide, file, &[])),
            ("image", tool.module(Numbers::Wide, &wide, &name, &[])),
        ];
        comparison.compare(&label, &expected.stdout, commands)?;
        if wide_only
            .iter()
            .any(|(listed, _)| listed.strip_suffix(".lua") == Some(&name))
        {
            continue;
        }
        let expected = comparison.expected(programs::reference(&reference, file, &[]))?;
        let commands = vec![
            ("source32", tool.source(Numbers::Narrow, file, &[])),
            ("image32", tool.module(Numbers::Narrow, &narrow, &name, &[])),
        ];
        comparison.compare(&label, &expected.stdout, commands)?;
    }
    Ok(())
}

/// What goes beyond the reference, against written outputs.
fn beyond(tool: &Tool, comparison: &mut Comparison) -> Result<(), Failure> {
    let files = programs::in_directory("tests-lua/beyond")?;
    let [narrow, wide] = images(tool, &comparison.directory, "beyond", &files)?;
    for file in &files {
        let name = programs::name(file);
        let expected = shell::read_text(&file.with_extension("expected"))?;
        let commands = vec![
            ("source", tool.source(Numbers::Wide, file, &[])),
            ("image", tool.module(Numbers::Wide, &wide, &name, &[])),
            ("source32", tool.source(Numbers::Narrow, file, &[])),
            ("image32", tool.module(Numbers::Narrow, &narrow, &name, &[])),
        ];
        comparison.compare(&file.to_string_lossy(), expected.as_bytes(), commands)?;
    }
    Ok(())
}

/// The benchmark programs on small sizes.
fn benchmarks(tool: &Tool, comparison: &mut Comparison) -> Result<(), Failure> {
    let files = programs::in_directory("bench")?;
    let image = comparison.directory.join("bench.img");
    tool.compile(Numbers::Wide, &programs::modules(&files), &image)?;
    let sizes = programs::list("bench/SIZES")?;
    for file in &files {
        let name = programs::name(file);
        let size = sizes.iter().find(|(listed, _)| *listed == name);
        let arguments: Vec<String> = size.iter().map(|(_, size)| size.clone()).collect();
        let expected = comparison.expected(programs::reference(REFERENCE, file, &arguments))?;
        let commands = vec![
            ("source", tool.source(Numbers::Wide, file, &arguments)),
            (
                "image",
                tool.module(Numbers::Wide, &image, &name, &arguments),
            ),
        ];
        comparison.compare(&file.to_string_lossy(), &expected.stdout, commands)?;
    }
    Ok(())
}

/// The example program: its modules by `require` from files, and from an image.
fn example(tool: &Tool, comparison: &mut Comparison) -> Result<(), Failure> {
    let files = programs::in_directory("examples/lua")?;
    let [narrow, wide] = images(tool, &comparison.directory, "examples", &files)?;
    let main = Path::new("examples/lua/main.lua");
    let from_files = |mut command: Command| {
        programs::surround(&mut command, "examples/lua/?.lua");
        command
    };
    let expected = comparison.expected(from_files(programs::reference(REFERENCE, main, &[])))?;
    let commands = vec![
        ("source", from_files(tool.source(Numbers::Wide, main, &[]))),
        ("image", tool.module(Numbers::Wide, &wide, "main", &[])),
        (
            "source32",
            from_files(tool.source(Numbers::Narrow, main, &[])),
        ),
        (
            "image32",
            tool.module(Numbers::Narrow, &narrow, "main", &[]),
        ),
    ];
    comparison.compare("examples/lua/main.lua", &expected.stdout, commands)
}

/// All Lua programs of the repository with the release build.
pub fn lua() -> Result<(), Failure> {
    programs_with(&Tool::build()?, true)
}

/// All Lua programs of the repository with another build of the cross compiler.
pub fn lua_with(tool: &Path) -> Result<(), Failure> {
    programs_with(&Tool::at(tool), false)
}

fn programs_with(tool: &Tool, bounded: bool) -> Result<(), Failure> {
    needs::reference()?;
    let mut comparison = Comparison::new(bounded)?;
    behaviour(tool, &mut comparison)?;
    beyond(tool, &mut comparison)?;
    benchmarks(tool, &mut comparison)?;
    example(tool, &mut comparison)?;
    comparison.finish()
}

/// A directory of drivers for Lua packages, and what they are run with.
struct Packages {
    directory: &'static str,
    reference: &'static str,
    path: &'static str,
}

/// Real Lua packages: the drivers load them from files, and from one image that holds all their modules.
pub fn real() -> Result<(), Failure> {
    needs::reference()?;
    needs::real_programs()?;
    let tool = Tool::build()?;
    let mut comparison = Comparison::new(true)?;
    let now = Packages {
        directory: "tests-lua/real",
        reference: REFERENCE,
        path: programs::DEBIAN_PATH,
    };
    let old = Packages {
        directory: "tests-lua/real51",
        reference: "lua5.1",
        path: programs::DEBIAN_PATH_51,
    };
    packages(&tool, &mut comparison, &now)?;
    packages(&tool.compat51(), &mut comparison, &old)?;
    comparison.finish()
}

fn packages(tool: &Tool, comparison: &mut Comparison, packages: &Packages) -> Result<(), Failure> {
    let directory = Path::new(packages.directory);
    let list = directory.join("MODULES");
    let modules: Vec<(String, PathBuf)> = programs::list(&list.to_string_lossy())?
        .into_iter()
        .map(|(name, path)| (name, PathBuf::from(path)))
        .collect();
    let image = comparison
        .directory
        .join(directory.file_name().unwrap_or_default())
        .with_extension("img");
    tool.compile(Numbers::Wide, &modules, &image)?;
    for driver in programs::in_directory(packages.directory)? {
        let from_files = |mut command: Command| {
            programs::surround(&mut command, packages.path);
            command
        };
        let reference = programs::reference(packages.reference, &driver, &[]);
        let expected = comparison.expected(from_files(reference))?;
        let source = from_files(tool.source(Numbers::Wide, &driver, &[]));
        let mounted = tool.with_image(Numbers::Wide, &image, &driver, &[]);
        let commands = vec![("source", source), ("image", mounted)];
        comparison.compare(&driver.to_string_lossy(), &expected.stdout, commands)?;
    }
    Ok(())
}
