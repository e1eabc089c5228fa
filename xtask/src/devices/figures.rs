//! Figures of the devices and of this machine, compared with budgets.

use super::budgets;
use super::emulator::{Core, Device};
use super::programs::{self, Set};
use super::puc::Puc;
use super::size::Flash;
use crate::measure::{self, Unit};
use crate::needs;
use crate::programs::{self as sources, Numbers, Tool};
use crate::shell::{self, Failure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

/// Names and values, in order of their names.
pub type Figures = BTreeMap<String, u64>;

const LIMIT: Duration = Duration::from_secs(300);

/// Files that make up a program of some 500 lines.
const PROGRAM: [&str; 6] = [
    "examples/lua/json.lua",
    "examples/lua/http.lua",
    "examples/lua/template.lua",
    "examples/lua/stats.lua",
    "tests-lua/prog_interp.lua",
    "tests-lua/prog_data.lua",
];
const PROGRAM_LINES: usize = 500;

/// Heap for the figures in KB: the program from source does not fit into that of a small device.
const HEAP: u32 = 256;

/// The figure of [`Flash::lua`].
pub const FLASH: &str = "code and constants of Lua";
/// The figure of [`Flash::store`].
const STORE: &str = "code of store and building on the device";
/// Instructions to fetch a module.
pub const FETCH: &str = "instructions to fetch a module";

/// The targets, in the order of the table.
const HOST: &str = "host";
const REFERENCE: &str = "PUC rv32imc";

/// A chunk that returns the first 500 lines of [`PROGRAM`], or a little more, as functions.
fn program() -> Result<String, Failure> {
    let mut text = String::from("return {\n");
    for file in PROGRAM {
        if text.lines().count() < PROGRAM_LINES {
            text += &format!(
                "function(...)\n{}\nend,\n",
                shell::read_text(Path::new(file))?
            );
        }
    }
    Ok(text + "}\n")
}

/// The image with the program of the figures.
fn image(tool: &Tool) -> Result<PathBuf, Failure> {
    let directory = shell::target_directory("devices/figures")?;
    let program = program()?;
    let (compiled, text) = (directory.join("program.lua"), directory.join("text.lua"));
    shell::write_file(&compiled, program.as_bytes())?;
    let quoted = format!("return [=====[\n{program}]=====]\n");
    shell::write_file(&text, quoted.as_bytes())?;
    let image = directory.join("figures.img");
    let modules = [
        ("_program".to_owned(), compiled),
        ("_text".to_owned(), text),
        (
            "_figures".to_owned(),
            PathBuf::from("xtask/lua/figures.lua"),
        ),
    ];
    tool.compile(Numbers::Narrow, &modules, &image)?;
    Ok(image)
}

/// The lines `figure NAME VALUE` of an output.
fn read(output: &str, figures: &mut Figures) {
    for line in output.lines() {
        let figure = line
            .split_once("figure ")
            .and_then(|(_, rest)| rest.rsplit_once(' '));
        if let Some((name, value)) = figure
            && let Ok(value) = value.trim().parse()
        {
            figures.insert(name.to_owned(), value);
        }
    }
}

/// The number that follows a text.
fn number_after(output: &str, text: &str) -> Option<u64> {
    let (_, rest) = output.split_once(text)?;
    rest.split([' ', '\n']).next()?.parse().ok()
}

/// Bytes of code and constants of an ELF file.
fn text_size(tool: &str, elf: &Path) -> Option<u64> {
    let table = shell::query(tool, &[&elf.to_string_lossy()])?;
    table
        .lines()
        .nth(1)?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

fn benchmark_figure(program: &str) -> String {
    format!("instructions of {program}")
}

/// Optimization levels of a firmware: the packages of its profile that have one, and the level of all others.
fn levels(core: Core) -> Result<String, Failure> {
    let manifest = match core {
        Core::Rv32 => "examples/qemu-rv32/Cargo.toml",
        Core::Lx106 => "examples/qemu-lx106/Cargo.toml",
    };
    let text = shell::read_text(Path::new(manifest))?;
    let mut levels = Vec::new();
    for section in text.split("[profile.release").skip(1) {
        let (name, rest) = section.split_once(']').unwrap_or((section, ""));
        let body = rest.split("\n[").next().unwrap_or_default();
        let level = body
            .lines()
            .find_map(|line| line.strip_prefix("opt-level = "));
        if let Some(level) = level {
            let package = name.strip_prefix(".package.").unwrap_or("all others");
            levels.push(format!("{package} {}", level.trim_matches('"')));
        }
    }
    Ok(levels.join(", "))
}

fn device(tool: &Tool, core: Core, image: &Path) -> Result<Figures, Failure> {
    let device = Device::build(core)?;
    let mut figures = Figures::new();
    let (size, nm) = match core {
        Core::Rv32 => ("riscv64-unknown-elf-size", "riscv64-unknown-elf-nm"),
        Core::Lx106 => ("xtensa-lx106-elf-size", "xtensa-lx106-elf-nm"),
    };
    if let Some(bytes) = text_size(size, &device.elf) {
        let flash = Flash::of(nm, &device.elf, bytes)?;
        flash.print(&format!("{} (opt-level: {})", core.name(), levels(core)?));
        figures.insert("code and constants".into(), bytes);
        figures.insert(FLASH.into(), flash.lua());
        figures.insert(STORE.into(), flash.store);
    }
    let flash = device.flash(image)?;
    let output = device.run(&flash, HEAP, "LFS._figures()\n\x04", LIMIT)?;
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    read(&output, &mut figures);
    for (name, text) in [
        ("heap after boot", "state "),
        ("instructions to verify the image", "verified in "),
        ("native stack", "stack used "),
    ] {
        let value = number_after(&output, text).ok_or_else(|| {
            Failure::new(format!("{} prints no figures", core.name()), output.clone())
        })?;
        figures.insert(name.into(), value);
    }
    let set = Set::new(tool, core, "bench")?;
    let flash = device.flash(set.image())?;
    let counts = in_parallel(set.programs.len(), |index| {
        let program = &set.programs[index];
        let run = set.run(&device, &flash, program)?;
        Ok((program.name.clone(), run))
    })?;
    add_counts(counts, &mut figures)?;
    Ok(figures)
}

fn in_parallel<T: Send>(
    count: usize,
    work: impl Fn(usize) -> Result<T, Failure> + Sync,
) -> Result<Vec<T>, Failure> {
    let done = Mutex::new(Vec::new());
    programs::in_parallel(count, |index| {
        let result = work(index);
        let mut done = done.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        done.push(result);
    });
    let done = done.into_inner();
    done.unwrap_or_else(|poisoned| poisoned.into_inner())
        .into_iter()
        .collect()
}

fn add_counts(counts: Vec<(String, programs::Run)>, figures: &mut Figures) -> Result<(), Failure> {
    for (name, run) in counts {
        if let Some(failure) = run.failure {
            return Err(Failure::new(
                format!("{name}: {failure}"),
                "A failed run has no count.",
            ));
        }
        figures.insert(benchmark_figure(&name), run.instructions);
    }
    Ok(())
}

/// The argument of a program in small sizes.
fn size_of(sizes: &[(String, String)], file: &Path) -> String {
    let name = sources::name(file);
    let size = sizes.iter().find(|(listed, _)| *listed == name);
    size.map(|(_, size)| size.clone()).unwrap_or_default()
}

fn puc() -> Result<Figures, Failure> {
    let puc = Puc::build()?;
    let mut figures = Figures::new();
    if let Some(bytes) = text_size("riscv64-unknown-elf-size", &puc.elf) {
        figures.insert("code and constants".into(), bytes);
    }
    let files = sources::in_directory("bench")?;
    let sizes = sources::list("bench/SIZES")?;
    let counts = in_parallel(files.len(), |index| {
        let file = &files[index];
        let run = puc.run(file, &size_of(&sizes, file))?;
        Ok((format!("bench/{}", sources::name(file)), run))
    })?;
    if let Some((_, run)) = counts.first()
        && let Some(bytes) = run.boot_heap
    {
        figures.insert("heap after boot".into(), bytes);
    }
    add_counts(counts, &mut figures)?;
    Ok(figures)
}

fn host(tool: &Tool, image: &Path) -> Result<Figures, Failure> {
    needs::valgrind()?;
    let mut figures = Figures::new();
    let mut command: Command = tool.module(Numbers::Narrow, image, "_figures", &[]);
    let output = shell::capture(&mut command, LIMIT)?;
    read(&String::from_utf8_lossy(&output.stdout), &mut figures);
    let files = sources::in_directory("bench")?;
    let sizes = sources::list("bench/SIZES")?;
    let bench = shell::target_directory("devices/figures")?.join("bench.img");
    tool.compile(Numbers::Narrow, &sources::modules(&files), &bench)?;
    let counts = in_parallel(files.len(), |index| {
        let file = &files[index];
        let name = sources::name(file);
        let arguments = [size_of(&sizes, file)];
        let command = tool.module(Numbers::Narrow, &bench, &name, &arguments);
        let (_, millions) = measure::once(command, Unit::Instructions)?;
        Ok((name, (millions * 1e6) as u64))
    })?;
    for (name, count) in counts {
        figures.insert(benchmark_figure(&format!("bench/{name}")), count);
    }
    Ok(figures)
}

/// The figures as a step of the tests.
pub fn check() -> Result<(), Failure> {
    run(&[])
}

/// Measures everything, prints the table, writes `target/figures.json`, and compares with the budgets.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let accept = arguments.iter().any(|word| word == "--accept");
    if let Some(unknown) = arguments.iter().find(|word| *word != "--accept") {
        return Err(Failure::new(
            format!("no option {unknown}"),
            "See cargo xtask help.",
        ));
    }
    let tool = Tool::build()?;
    let image = image(&tool)?;
    let mut columns = Vec::new();
    for core in [Core::Rv32, Core::Lx106] {
        columns.push((core.name(), device(&tool, core, &image)?));
    }
    columns.push((REFERENCE, puc()?));
    columns.insert(0, (HOST, host(&tool, &image)?));
    print(&columns);
    write_json(&columns)?;
    if accept {
        return budgets::accept(&columns);
    }
    budgets::check(&columns)
}

fn print(columns: &[(&str, Figures)]) {
    let mut names: Vec<&String> = columns.iter().flat_map(|(_, f)| f.keys()).collect();
    names.sort();
    names.dedup();
    print!("\n{:50}", "");
    for (target, _) in columns {
        print!(" {target:>13}");
    }
    println!("  rv32imc / PUC");
    let mut ratios = Vec::new();
    for name in names {
        print!("{name:50}");
        for (_, figures) in columns {
            match figures.get(name) {
                Some(value) => print!(" {value:13}"),
                None => print!(" {:>13}", "-"),
            }
        }
        let of = |target| columns.iter().find(|(t, _)| *t == target)?.1.get(name);
        if let (Some(ours), Some(theirs)) = (of(Core::Rv32.name()), of(REFERENCE)) {
            let ratio = *ours as f64 / *theirs as f64;
            print!("  {ratio:6.3}");
            if name.contains("bench/") {
                ratios.push(ratio);
                if ratio > 1.0 {
                    print!("  goal not reached: {theirs}");
                }
            }
        }
        if let Some(goal) = of(Core::Rv32.name()).and_then(|value| budgets::missed(name, *value)) {
            print!("  goal not reached: {goal}");
        }
        println!();
    }
    println!(
        "geometric mean of the programs on rv32imc, of PUC Lua's instructions: {:.3}",
        measure::geometric_mean(&ratios)
    );
}

fn write_json(columns: &[(&str, Figures)]) -> Result<(), Failure> {
    let targets: BTreeMap<&str, &Figures> = columns.iter().map(|(t, f)| (*t, f)).collect();
    let path = shell::target().join("figures.json");
    let text = serde_json::to_string_pretty(&targets).map_err(|error| {
        Failure::new(
            format!("{}: {error}", path.display()),
            "This is a fault of xtask.",
        )
    })?;
    shell::write_file(&path, text.as_bytes())?;
    println!("written to {}", path.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_lines() {
        let mut figures = Figures::new();
        read("> figure a b 12\nnoise\nfigure c x\n", &mut figures);
        assert_eq!(figures, Figures::from([("a b".to_owned(), 12)]));
    }

    #[test]
    fn numbers_are_found_after_their_text() {
        assert_eq!(number_after("state 12 bytes\n", "state "), Some(12));
        assert_eq!(number_after("state x", "state "), None);
    }
}
