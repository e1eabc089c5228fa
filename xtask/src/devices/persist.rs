//! Flash that outlives the device: images are installed, replaced, taken back and made on it over starts, and no cut of the power
//! loses one.

use super::emulator::{Core, Device, Flash};
use super::flash::Content;
use super::programs::HEAP;
use super::terminal::Terminal;
use crate::programs::{self, Numbers, Tool};
use crate::shell::{self, Failure};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Replacements in the test of cuts, and the seed of their moments.
const RELOADS: u32 = 200;
const SEED: u64 = 2053;

/// What a statement is to show.
type Exchange = (&'static str, &'static str);

/// Which image runs.
const WHICH: &str = "LFS.which()";

/// Statements, in groups: the device is switched off behind each.
const STARTS: &[&[Exchange]] = &[
    &[
        ("LFS.which", "nil"),
        ("node.LFS.reload('a.img')", "LFS modules 7"),
        (WHICH, "a"),
    ],
    &[
        (WHICH, "a"),
        ("node.LFS.reload('b.img')", "LFS modules 7"),
        (WHICH, "b"),
        ("file.putcontents('note', 'kept')", "true"),
    ],
    &[
        (WHICH, "b"),
        ("file.getcontents('note')", "kept"),
        ("node.LFS.rollback()", "LFS modules 7"),
        (WHICH, "a"),
    ],
    // Not confirmed: the image before comes back.
    &[
        (WHICH, "a"),
        ("node.LFS.reload('b.img', 1)", "on trial"),
        (WHICH, "b"),
    ],
    &[
        (WHICH, "a"),
        ("node.LFS.reload('b.img', 1)", "on trial"),
        ("node.LFS.confirm()", "true"),
    ],
    &[
        (WHICH, "b"),
        ("node.LFS.reload('none.img')", "not found"),
        ("node.LFS.reload('torn.img')", "length mismatch"),
        (WHICH, "b"),
        (
            "node.LFS.build{'which.lua', twice = function(x) return x * 2 end}",
            "LFS modules 2",
        ),
        ("LFS.which() .. LFS.twice(21)", "c42"),
    ],
    &[("LFS.which() .. LFS.twice(21)", "c42")],
];

/// The image that answers with its name, beside the modules of the examples.
fn image(tool: &Tool, device: &Device, name: &str) -> Result<PathBuf, Failure> {
    let which = device.file(&format!("which_{name}.lua"));
    shell::write_file(&which, format!("return '{name}'\n").as_bytes())?;
    let mut modules = programs::modules(&programs::in_directory("examples/lua")?);
    modules.push(("which".to_owned(), which));
    let image = device.file(name).with_extension("img");
    tool.compile(Numbers::Narrow, &modules, &image)?;
    Ok(image)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| shell::file_failure(path, error))
}

/// A flash with two images as files, and a module as source.
fn prepare(device: &Device, tool: &Tool) -> Result<Flash, Failure> {
    let (a, b) = (
        read(&image(tool, device, "a")?)?,
        read(&image(tool, device, "b")?)?,
    );
    let torn = a.iter().take(a.len() / 2).copied().collect();
    let files = [
        ("a.img".to_owned(), a),
        ("b.img".to_owned(), b),
        ("torn.img".to_owned(), torn),
        ("which.lua".to_owned(), b"return 'c'\n".to_vec()),
    ];
    let content = Content {
        image: None,
        files: &files,
    };
    device.filled(&device.file("persist.flash"), &content)
}

fn hold(device: &Device, flash: &Flash) -> Result<(), Failure> {
    for (start, exchanges) in STARTS.iter().enumerate() {
        let (mut terminal, boot) = Terminal::start(device, flash, HEAP)?;
        for (statement, wanted) in *exchanges {
            let answer = terminal.say(statement)?;
            if !answer.contains(wanted) {
                return Err(Failure::new(
                    format!("start {start}, {statement}\n    - {wanted}\n    + {answer}"),
                    format!("The device started with:\n{boot}"),
                ));
            }
        }
    }
    println!("images over {} starts: as expected", STARTS.len());
    Ok(())
}

/// How long a replacement takes, to the prompt of the new image.
fn duration(device: &Device, flash: &Flash) -> Result<Duration, Failure> {
    let (mut terminal, _) = Terminal::start(device, flash, HEAP)?;
    let start = Instant::now();
    terminal.say("node.LFS.reload('a.img')")?;
    Ok(start.elapsed())
}

/// Starts one replacement after the other and cuts the power at random moments, up to twice as late as an undisturbed one takes.
fn cut(device: &Device, flash: &Flash) -> Result<(), Failure> {
    let longest = 2 * duration(device, flash)?;
    let mut random = fastrand::Rng::with_seed(SEED);
    let (mut replaced, mut lost) = (0, Vec::new());
    let mut expected = ["a", "a"];
    for reload in 0..RELOADS {
        let (mut terminal, boot) = Terminal::start(device, flash, HEAP)?;
        let which = terminal.say(WHICH)?;
        if !expected.contains(&which.as_str()) || boot.contains("not used") {
            lost.push(format!("before reload {reload}: {which}\n{boot}"));
        }
        replaced += u32::from(reload > 0 && which == expected[1]);
        let next = if which == "a" { "b" } else { "a" };
        expected = [if which == "a" { "a" } else { "b" }, next];
        terminal.type_line(&format!("node.LFS.reload('{next}.img')"))?;
        std::thread::sleep(longest.mul_f64(random.f64()));
    }
    println!(
        "reloads {RELOADS}, kills {RELOADS} within {} ms of each, of them {replaced} behind the replacement, images lost {}",
        longest.as_millis(),
        lost.len()
    );
    match lost.first() {
        None => Ok(()),
        Some(first) => Err(Failure::new(
            format!("images lost: {first}"),
            format!("The moments are random with seed {SEED}; the flash file shows what is left."),
        )),
    }
}

/// Runs both tests on the ESP32-C3's core.
pub fn run() -> Result<(), Failure> {
    let device = Device::build(Core::Rv32)?;
    let tool = Tool::build()?;
    let flash = prepare(&device, &tool)?;
    hold(&device, &flash)?;
    cut(&device, &prepare(&device, &tool)?)
}
