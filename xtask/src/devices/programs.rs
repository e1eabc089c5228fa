//! The Lua programs of the repository on an emulated device, against the same programs on this machine.

use super::emulator::{Core, Device, Flash};
use crate::programs::{self, Numbers, Tool};
use crate::shell::{self, Failure};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// The module that runs another one between marks.
pub const RUNNER: &str = "xtask/lua/device_run.lua";
/// Its name in images.
pub const RUNNER_NAME: &str = "_run";
const BEGIN: &[u8] = b"<begin>\n";
const END: &[u8] = b"<end> ";

/// No program of these sets takes this long.
const LIMIT: Duration = Duration::from_secs(300);

/// Heap of a device in KB unless a list says otherwise.
pub const HEAP: u32 = 44;

/// Programs that need more heap, or cannot run on a device.
const NEEDS: &str = "xtask/lua/DEVICE_NEEDS";

/// A program to run.
pub struct Program {
    /// Name of the set and of the program.
    pub name: String,
    module: String,
    argument: Option<String>,
    heap: u32,
}

/// A set of programs in one image.
pub struct Set {
    image: PathBuf,
    /// The programs.
    pub programs: Vec<Program>,
}

/// How a program went on a device.
pub struct Run {
    /// What it printed.
    pub output: Vec<u8>,
    /// Instructions it took.
    pub instructions: u64,
    /// Most bytes of native stack used since reset.
    pub stack: u64,
    /// Bytes of heap in use when it began, where the terminal showed them.
    pub boot_heap: Option<u64>,
    /// How it ended, if it failed.
    pub failure: Option<String>,
}

impl Set {
    /// The programs of a directory that can run on a core, in one image.
    pub fn new(tool: &Tool, core: Core, directory: &str) -> Result<Self, Failure> {
        let files = programs::in_directory(directory)?;
        let needs = programs::list(NEEDS)?;
        let sizes = match directory {
            "bench" => programs::list("bench/SIZES")?,
            _ => Vec::new(),
        };
        let mut modules = programs::modules(&files);
        modules.push((RUNNER_NAME.to_owned(), PathBuf::from(RUNNER)));
        let image = shell::target_directory("devices")?
            .join(core.name())
            .join(format!("{}.img", directory.replace('/', "-")));
        tool.compile(Numbers::Narrow, &modules, &image)?;
        let programs = files.iter().filter_map(|file| {
            let module = programs::name(file);
            let name = format!("{directory}/{module}");
            let need = needs.iter().find(|(listed, _)| *listed == name);
            let heap = need.map_or(Some(HEAP), |(_, need)| heap_of(need, core))?;
            let size = sizes.iter().find(|(listed, _)| *listed == module);
            Some(Program {
                name,
                module,
                argument: size.map(|(_, size)| size.clone()),
                heap,
            })
        });
        Ok(Set {
            programs: programs.collect(),
            image,
        })
    }

    /// The image.
    pub fn image(&self) -> &Path {
        &self.image
    }

    /// What a program prints on this machine, from the same image.
    fn expected(&self, tool: &Tool, program: &Program) -> Result<Vec<u8>, Failure> {
        let arguments: Vec<String> = program.argument.iter().cloned().collect();
        let mut command = tool.module(Numbers::Narrow, &self.image, &program.module, &arguments);
        let output = shell::capture(&mut command, LIMIT)?;
        match output.status.success() {
            true => Ok(output.stdout),
            false => Err(Failure::new(
                format!("{}: {}", shell::line(&command), output.status),
                String::from_utf8_lossy(&output.stderr).into_owned(),
            )),
        }
    }

    /// Runs one program on a device.
    pub fn run(&self, device: &Device, flash: &Flash, program: &Program) -> Result<Run, Failure> {
        let argument = program.argument.as_deref().unwrap_or_default();
        let input = match argument {
            "" => format!("LFS.{RUNNER_NAME}('{}')\n\x04", program.module),
            size => format!("LFS.{RUNNER_NAME}('{}', '{size}')\n\x04", program.module),
        };
        let output = device.run(flash, program.heap, &input, LIMIT)?;
        Ok(parse(&output.stdout))
    }
}

/// KB of heap that an entry of [`NEEDS`] gives a program on a core; `None` if it does not run there.
fn heap_of(need: &str, core: Core) -> Option<u32> {
    let mut words = need.split(' ');
    let heap = words.next()?.parse().ok()?;
    match words.next() {
        Some(only) if only.trim_end_matches(':') != core.name() => None,
        _ => Some(heap),
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// Takes apart what the terminal showed.
pub fn parse(terminal: &[u8]) -> Run {
    let boot = String::from_utf8_lossy(terminal);
    let boot_heap = boot
        .split_once("heap in use ")
        .and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
    let failed = || Run {
        boot_heap,
        output: terminal.to_vec(),
        instructions: 0,
        stack: 0,
        failure: Some("the program did not end".into()),
    };
    let Some(begin) = find(terminal, BEGIN).map(|at| at + BEGIN.len()) else {
        return failed();
    };
    let rest = &terminal[begin..];
    let Some(end) = find(rest, END) else {
        return failed();
    };
    let after = String::from_utf8_lossy(&rest[end + END.len()..]).into_owned();
    let (line, after) = after.split_once('\n').unwrap_or((&after, ""));
    let mut words = line.splitn(4, ' ');
    let mut next = || words.next().unwrap_or_default();
    let (ok, millions, units) = (next() == "true", next(), next());
    let count = |word: &str| word.parse().unwrap_or(0);
    let failure = (!ok).then(|| format!("{} {after}", next()));
    let stack = after
        .split_once("stack used ")
        .and_then(|(_, rest)| rest.split(' ').next());
    Run {
        boot_heap,
        output: rest[..end].to_vec(),
        instructions: count(millions) * (1 << 30) + count(units),
        stack: stack.map_or(0, count),
        failure,
    }
}

/// Calls `work` with every index below `count` on as many threads as there are processors.
pub fn in_parallel(count: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        return;
                    }
                    work(index);
                }
            });
        }
    });
}

/// Runs every program of a set and compares; prints a line for each, and adds what differs to `failures`.
pub fn compare(tool: &Tool, device: &Device, set: &Set, flash: &Flash, failures: &mut Vec<String>) {
    let found = Mutex::new(Vec::new());
    in_parallel(set.programs.len(), |index| {
        let program = &set.programs[index];
        let failed = set
            .expected(tool, program)
            .and_then(|expected| Ok((expected, set.run(device, flash, program)?)));
        let verdict = match failed {
            Err(failure) => Some(format!("{}\n{}", failure.what, failure.advice)),
            Ok((expected, run)) => verdict(device, program, &expected, &run),
        };
        if let Some(text) = verdict {
            let mut found = found
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            found.push(format!(
                "{} on {}: {text}",
                program.name,
                device.core.name()
            ));
        }
    });
    failures.extend(
        found
            .into_inner()
            .unwrap_or_else(|poisoned| poisoned.into_inner()),
    );
}

fn verdict(device: &Device, program: &Program, expected: &[u8], run: &Run) -> Option<String> {
    if run.failure.is_none() && run.output == expected {
        println!(
            "{:36} {:>12} instructions, stack {:5}, heap {} KB",
            program.name, run.instructions, run.stack, program.heap
        );
        return None;
    }
    println!("{:36} DIFFERS", program.name);
    let stem = device.file(&program.name.replace('/', "_"));
    let (wanted, actual) = (
        stem.with_extension("expected"),
        stem.with_extension("actual"),
    );
    let written =
        shell::write_file(&wanted, expected).and_then(|()| shell::write_file(&actual, &run.output));
    let files = match written {
        Ok(()) => format!("diff {} {}", wanted.display(), actual.display()),
        Err(failure) => failure.what,
    };
    let how = run.failure.as_deref().unwrap_or("another output");
    Some(format!("{how}\n    {files}"))
}
