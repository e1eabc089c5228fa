//! Random differential testing: programs made by chance, run by the reference and by this project from source and from
//! an image, in both number models. What differs is shrunk and reported.

mod choices;
mod expressions;
mod library;
mod statements;

use crate::programs::{Numbers, Tool};
use crate::reference;
use crate::shell::{self, Failure};
use choices::{Choices, shrink};
use expressions::Scope;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Prints what each case of a module does.
const DRIVER: &str = "xtask/lua/random.lua";

/// Cases in one program.
const BATCH: usize = 1000;

/// Cases of each number model in a run of the tests.
const CASES: usize = 60_000;

/// The seed of the tests' run.
const SEED: u64 = 0x1F5;

/// Programs tried to make a failing case smaller.
const SHRINKING: usize = 400;

/// Differences reported before the run gives up.
const MOST_REPORTS: usize = 12;

const LIMIT: Duration = Duration::from_secs(300);

/// The text of a case: the body of a function.
fn case(choices: &mut Choices<'_>) -> String {
    let scope = Scope::default();
    match choices.pick(20) {
        0..=5 => format!("  out({})\n", expressions::list(choices, &scope, 3)),
        6..=10 => format!("  out({})\n", library::call(choices, &scope, 1)),
        11 => {
            let soup = library::soup(choices);
            format!("  out(load({soup}, '=soup'))\n")
        }
        _ => {
            let mut writer = statements::Writer::new(choices);
            writer.block(&scope);
            writer.finish()
        }
    }
}

/// A module that returns a list of functions.
fn module(cases: &[String]) -> String {
    let mut text = String::from("return {\n");
    for case in cases {
        text += "function(_ENV)\n";
        text += case;
        text += "end,\n";
    }
    text + "}\n"
}

/// One number model: its reference, and where its programs are written.
struct Comparison<'a> {
    reference: PathBuf,
    tool: &'a Tool,
    numbers: Numbers,
    directory: PathBuf,
}

impl Comparison<'_> {
    fn file(&self, name: &str) -> PathBuf {
        let model = match self.numbers {
            Numbers::Narrow => 32,
            Numbers::Wide => 64,
        };
        self.directory.join(format!("{name}{model}.lua"))
    }

    /// What the reference prints; that it runs a module to its end is the generator's duty.
    fn expected(&self, mut command: Command) -> Result<String, Failure> {
        let output = shell::capture(&mut command, LIMIT)?;
        if !output.status.success() {
            return Err(Failure::new(
                format!("{}: {}", shell::line(&command), output.status),
                String::from_utf8_lossy(&output.stderr),
            ));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn print(&self, mut command: Command) -> Result<String, Failure> {
        let output = shell::capture(&mut command, LIMIT)?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            text += &format!(
                "\n{}: {}",
                output.status,
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(text)
    }

    /// What the reference prints for the module in `file`, and this project from source and from an image.
    fn outputs(&self, file: &Path) -> Result<[String; 3], Failure> {
        let driver = Path::new(DRIVER);
        let mut expected = Command::new(&self.reference);
        expected.arg(driver).arg(file);
        let name = file.display().to_string();
        let source = self.tool.source(self.numbers, driver, &[name]);
        let image = file.with_extension("img");
        let modules = [("cases".to_owned(), file.to_owned())];
        shell::capture(
            &mut self.tool.compilation(self.numbers, &modules, &image),
            LIMIT,
        )?;
        let mounted = self
            .tool
            .with_image(self.numbers, &image, driver, &["cases".into()]);
        Ok([
            self.expected(expected)?,
            self.print(source)?,
            self.print(mounted)?,
        ])
    }

    /// What differs for one case alone.
    fn difference(&self, choices: &[u32]) -> Option<String> {
        let text = case(&mut Choices::again(choices.to_vec()));
        let file = self.file("one");
        shell::write_file(&file, module(std::slice::from_ref(&text)).as_bytes()).ok()?;
        let [expected, source, image] = self.outputs(&file).ok()?;
        let (way, actual) = if source != expected {
            ("source", source)
        } else if image != expected {
            ("image", image)
        } else {
            return None;
        };
        Some(format!(
            "{text}expected:\n{expected}actual, from {way}:\n{actual}"
        ))
    }

    /// The choices of cases of a batch whose outputs differ, and what differs.
    fn failing(&self, batch: &[Vec<u32>]) -> Result<Vec<(Vec<u32>, String)>, Failure> {
        let texts: Vec<String> = batch
            .iter()
            .map(|choices| case(&mut Choices::again(choices.clone())))
            .collect();
        let file = self.file("batch");
        shell::write_file(&file, module(&texts).as_bytes())?;
        let [expected, source, image] = self.outputs(&file)?;
        if source == expected && image == expected {
            return Ok(Vec::new());
        }
        let [expected, source, image] = [&expected, &source, &image].map(|text| split(text));
        let difference = |at: usize| {
            let (wanted, text) = (expected.get(at)?, &texts[at]);
            let actual = [source.get(at), image.get(at)];
            let differs = actual.iter().any(|actual| *actual != Some(wanted));
            differs.then(|| {
                format!("{text}expected:\n{wanted}\nactual, from source, image:\n{actual:?}\n")
            })
        };
        Ok((0..batch.len())
            .filter_map(|at| Some((batch[at].clone(), difference(at)?)))
            .collect())
    }
}

/// The parts of a driver's output, by case.
fn split(text: &str) -> Vec<&str> {
    text.split("\n#").collect()
}

/// Runs the usual number of cases in both number models.
pub fn run() -> Result<(), Failure> {
    cases(SEED, CASES)
}

/// Runs `count` cases in each number model.
fn cases(seed: u64, count: usize) -> Result<(), Failure> {
    let tool = Tool::build()?;
    let directory = shell::target_directory("random")?;
    let mut reports = Vec::new();
    for numbers in [Numbers::Wide, Numbers::Narrow] {
        let reference = match numbers {
            Numbers::Wide => PathBuf::from("lua5.3"),
            Numbers::Narrow => reference::narrow()?,
        };
        let comparison = Comparison {
            reference,
            tool: &tool,
            numbers,
            directory: directory.clone(),
        };
        let mut random = fastrand::Rng::with_seed(seed);
        let mut done = 0;
        while done < count && reports.len() < MOST_REPORTS {
            let batch: Vec<Vec<u32>> = (0..BATCH)
                .map(|_| {
                    let mut choices = Choices::fresh(&mut random);
                    case(&mut choices);
                    choices.into_taken()
                })
                .collect();
            for (failing, among_others) in comparison.failing(&batch)? {
                if reports.len() < MOST_REPORTS {
                    report(&comparison, failing, among_others, &mut reports);
                }
            }
            done += BATCH;
        }
        println!("{} cases with {}", done, numbers.option());
    }
    if reports.is_empty() {
        println!("{} random cases, no difference", 2 * count);
        return Ok(());
    }
    for report in &reports {
        println!("\nDIFFERS\n{report}");
    }
    Err(Failure::new(
        format!("{} random cases differ", reports.len()),
        format!("Each is listed above as small as it could be made; the seed was {seed}."),
    ))
}

/// Adds what differs for a case, made small if it differs alone.
fn report(
    comparison: &Comparison<'_>,
    failing: Vec<u32>,
    among_others: String,
    reports: &mut Vec<String>,
) {
    let small = shrink(failing, SHRINKING, |choices| {
        comparison.difference(choices).is_some()
    });
    let difference = comparison.difference(&small).unwrap_or(among_others);
    if !reports.contains(&difference) {
        reports.push(difference);
    }
}

/// `cargo xtask random [--seed N] [--cases N]`.
pub fn command(arguments: &[String]) -> Result<(), Failure> {
    let value = |name: &str, usual: u64| match arguments.iter().position(|word| word == name) {
        None => Ok(usual),
        Some(at) => arguments
            .get(at + 1)
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| Failure::new(format!("{name} needs a number"), "For example: --seed 7")),
    };
    let count = value("--cases", CASES as u64)? as usize;
    cases(value("--seed", SEED)?, count)
}
