//! The benchmark set under lua5.3, lua5.4, and this project from source and from an image.

use crate::measure::{self, Unit};
use crate::needs;
use crate::programs::{self, Numbers, Tool};
use crate::shell::{self, Failure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Ways to run a program; the first is what the others are compared with.
const WAYS: [&str; 4] = ["lua5.3", "lua5.4", "source", "image"];

struct Options {
    runs: usize,
    only: Vec<String>,
    unit: Unit,
    numbers: Numbers,
}

fn options(arguments: &[String]) -> Result<Options, Failure> {
    let mut options = Options {
        runs: 5,
        only: Vec::new(),
        unit: Unit::Time,
        numbers: Numbers::Wide,
    };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || {
            words.next().ok_or_else(|| {
                Failure::new(format!("{word} wants a value"), "See cargo xtask help.")
            })
        };
        match word.as_str() {
            "--runs" => {
                options.runs = value()?
                    .parse()
                    .ok()
                    .filter(|runs| *runs > 0)
                    .ok_or_else(|| {
                        Failure::new("--runs wants a number above 0", "See cargo xtask help.")
                    })?;
            }
            "--only" => options.only.push(value()?.clone()),
            "--callgrind" => options.unit = Unit::Instructions,
            "--num32" => options.numbers = Numbers::Narrow,
            _ => {
                return Err(Failure::new(
                    format!("no option {word}"),
                    "See cargo xtask help.",
                ));
            }
        }
    }
    // Instruction counts hardly differ from run to run.
    if options.unit == Unit::Instructions {
        options.runs = 1;
    }
    Ok(options)
}

/// The measures of one program, one list for each way.
struct Row {
    name: String,
    measures: [Vec<f64>; 4],
}

impl Row {
    fn ratio(&self, way: usize, of: fn(&[f64]) -> f64) -> f64 {
        of(&self.measures[way]) / of(&self.measures[0])
    }
}

fn commands(
    tool: &Tool,
    options: &Options,
    image: &Path,
    file: &Path,
    arguments: &[String],
) -> [Command; 4] {
    let name = programs::name(file);
    [
        programs::reference(WAYS[0], file, arguments),
        programs::reference(WAYS[1], file, arguments),
        tool.source(options.numbers, file, arguments),
        tool.module(options.numbers, image, &name, arguments),
    ]
}

fn measure(tool: &Tool, options: &Options, image: &Path, file: &Path) -> Result<Row, Failure> {
    let name = programs::name(file);
    let mut arguments = Vec::new();
    if options.unit == Unit::Instructions {
        let sizes = programs::list("bench/SIZES")?;
        arguments.extend(
            sizes
                .into_iter()
                .filter(|(listed, _)| *listed == name)
                .map(|(_, size)| size),
        );
    }
    let mut measures: [Vec<f64>; 4] = Default::default();
    let mut expected: Option<Vec<u8>> = None;
    // The ways take turns, so that a disturbance of the machine meets all of them.
    for _ in 0..options.runs {
        for (way, command) in commands(tool, options, image, file, &arguments)
            .into_iter()
            .enumerate()
        {
            let text = shell::line(&command);
            let (printed, measure) = measure::once(command, options.unit)?;
            measures[way].push(measure);
            let wanted = expected.get_or_insert_with(|| printed.clone());
            // 32-bit floats print other digits than the reference does.
            if *wanted != printed && options.numbers == Numbers::Wide {
                return Err(Failure::new(
                    format!("{text}: another output than {}", WAYS[0]),
                    "A wrong result has no speed; run `cargo xtask test lua` first.",
                ));
            }
        }
    }
    Ok(Row { name, measures })
}

fn print_header(options: &Options) {
    println!(
        "\n{:14} {:>12}  ratios to it: least run (median run), below 1 is faster",
        "",
        options.unit.symbol()
    );
    print!("{:14} {:>12}", "program", WAYS[0]);
    for way in &WAYS[1..] {
        print!("  {way:>15}");
    }
    println!();
}

fn print_row(row: &Row) {
    print!(
        "{:14} {:12.1}",
        row.name,
        measure::smallest(&row.measures[0])
    );
    for way in 1..WAYS.len() {
        let least = row.ratio(way, measure::smallest);
        let middle = row.ratio(way, measure::median);
        print!("  {least:7.3} ({middle:5.3})");
    }
    println!();
}

fn print_summary(rows: &[Row]) {
    print!("{:14} {:12}", "geometric mean", "");
    for way in 1..WAYS.len() {
        let mean = |of: fn(&[f64]) -> f64| {
            measure::geometric_mean(
                &rows
                    .iter()
                    .map(|row| row.ratio(way, of))
                    .collect::<Vec<_>>(),
            )
        };
        print!(
            "  {:7.3} ({:5.3})",
            mean(measure::smallest),
            mean(measure::median)
        );
    }
    println!();
    for (way, name) in WAYS.iter().enumerate().skip(1) {
        let slowest = rows.iter().max_by(|a, b| {
            a.ratio(way, measure::smallest)
                .total_cmp(&b.ratio(way, measure::smallest))
        });
        if let Some(row) = slowest {
            println!(
                "slowest of {name}: {} at {:.3}",
                row.name,
                row.ratio(way, measure::smallest)
            );
        }
    }
}

/// Runs the set and prints the table.
pub fn run(arguments: &[String]) -> Result<(), Failure> {
    let options = options(arguments)?;
    needs::reference()?;
    if options.unit == Unit::Instructions {
        needs::valgrind()?;
    }
    let tool = Tool::build()?;
    let files: Vec<PathBuf> = programs::in_directory("bench")?
        .into_iter()
        .filter(|file| {
            let name = programs::name(file);
            options.only.is_empty() || options.only.iter().any(|part| name.contains(part.as_str()))
        })
        .collect();
    if files.is_empty() {
        return Err(Failure::new(
            "no program has such a name",
            "Look into bench/.",
        ));
    }
    let image = shell::target_directory("bench")?.join("bench.img");
    tool.compile(options.numbers, &programs::modules(&files), &image)?;
    print_header(&options);
    let mut rows = Vec::new();
    for file in &files {
        let row = measure(&tool, &options, &image, file)?;
        print_row(&row);
        rows.push(row);
    }
    print_summary(&rows);
    Ok(())
}
