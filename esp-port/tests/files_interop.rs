//! Volumes that the Python package `littlefs-python` makes are read here, and the other way round.
//!
//! The package is taken from the machine's Python if that has it, else installed into a virtual environment below the
//! build directory. Without Python, or without a way to get the package, the test fails.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]

use esp_port::files::{Files, Mode, Volume};
use lfs_format::nor::NorModel;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const BLOCKS: usize = 64;

/// What another program left counts as programmed, erased or not, so units may be programmed again.
type Flash = NorModel<4096, 4, 1, true>;

/// Reads or changes an image file. The files of a volume are numbered; number and round give the content.
const SCRIPT: &str = r#"
import sys
from littlefs import LittleFS

action, path, blocks, unit = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
SIZES = [0, 1, 17, 255, 256, 257, 1000, 4095, 4096, 9000, 20000]

def name(number):
    return ("dir%d/deep/f%d" if number % 3 == 0 else "file%d-%d.lua") % (number, number)

def content(number, size, turn):
    return bytes((at * (number + 3) + turn + at // 251) & 255 for at in range(size))

fs = LittleFS(block_size=4096, block_count=blocks, prog_size=unit, read_size=unit,
              cache_size=max(unit, 64), mount=False)
if action == "make":
    fs.format()
    fs.mount()
    for number, size in enumerate(SIZES):
        if number % 3 == 0:
            fs.makedirs("dir%d/deep" % number)
        with fs.open(name(number), "wb") as file:
            file.write(content(number, size, 1))
else:
    fs.context.buffer = bytearray(open(path, "rb").read())
    fs.mount()
    seen = sorted(root.strip("/") + "/" + file if root != "/" else file
                  for root, _, files in fs.walk("/") for file in files)
    assert seen == sorted(name(number) for number in range(len(SIZES))), seen
    for number, size in enumerate(SIZES):
        with fs.open(name(number), "rb") as file:
            assert file.read() == content(number, size, 2), name(number)
        with fs.open(name(number), "ab") as file:
            file.write(b"appended")
open(path, "wb").write(bytes(fs.context.buffer))
print(f"{len(SIZES)} files")
"#;

const SIZES: [usize; 11] = [0, 1, 17, 255, 256, 257, 1000, 4095, 4096, 9000, 20000];

fn name(number: usize) -> String {
    match number % 3 {
        0 => format!("dir{number}/deep/f{number}"),
        _ => format!("file{number}-{number}.lua"),
    }
}

fn content(number: usize, size: usize, turn: usize) -> Vec<u8> {
    (0..size)
        .map(|at| (at * (number + 3) + turn + at / 251) as u8)
        .collect()
}

fn has_package(python: &Path) -> bool {
    let output = Command::new(python)
        .args(["-c", "import littlefs"])
        .output();
    output.is_ok_and(|output| output.status.success())
}

fn succeed(command: &mut Command) -> String {
    let output = command.output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}: install Python 3"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// A Python that has the package.
fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(find_python)
}

fn find_python() -> PathBuf {
    let own = PathBuf::from("python3");
    if has_package(&own) {
        return own;
    }
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("littlefs-python");
    let python = environment.join("bin/python3");
    if !has_package(&python) {
        succeed(Command::new(&own).args(["-m", "venv"]).arg(&environment));
        succeed(Command::new(&python).args(["-m", "pip", "install", "-q", "littlefs-python"]));
    }
    python
}

fn run(python: &Path, action: &str, image: &Path, unit: usize) {
    let said = succeed(
        Command::new(python)
            .args(["-c", SCRIPT, action])
            .arg(image)
            .args([BLOCKS.to_string(), unit.to_string()]),
    );
    assert_eq!(said, format!("{} files\n", SIZES.len()));
}

fn load(image: &Path) -> Volume<Flash> {
    let bytes = std::fs::read(image).unwrap();
    let words: Vec<u32> = bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|word| u32::from_le_bytes(*word))
        .collect();
    assert_eq!(words.len(), BLOCKS * 1024);
    let mut flash = Flash::new(BLOCKS).unwrap();
    flash.fill(&words);
    let mut volume = Volume::new(flash, 0, BLOCKS as u32 * 4096).unwrap();
    volume.mount().unwrap();
    volume
}

fn save(volume: Volume<Flash>, image: &Path) {
    let flash = volume.into_flash();
    let bytes: Vec<u8> = flash
        .words()
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    std::fs::write(image, bytes).unwrap();
}

#[test]
fn volumes_go_to_python_and_back() {
    let python = python();
    for unit in [1, 16, 256] {
        let image = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("volume-{unit}"));
        run(python, "make", &image, unit);
        let mut volume = load(&image);
        for (number, size) in SIZES.into_iter().enumerate() {
            let name = name(number);
            let file = volume
                .open(name.as_bytes(), Mode::parse(b"r+").unwrap())
                .unwrap();
            let mut read = vec![0; size + 1];
            let count = volume.read(file, &mut read).unwrap();
            read.truncate(count);
            assert_eq!(read, content(number, size, 1), "{name}");
            volume.close(file).unwrap();
            let file = volume.open(name.as_bytes(), Mode::WRITE).unwrap();
            for piece in content(number, size, 2).chunks(333) {
                volume.write(file, piece).unwrap();
            }
            volume.close(file).unwrap();
        }
        save(volume, &image);
        run(python, "check", &image, unit);
        let files = Files::new(load(&image)).unwrap();
        for (number, size) in SIZES.into_iter().enumerate() {
            let mut expected = content(number, size, 2);
            expected.extend_from_slice(b"appended");
            assert_eq!(files.content(name(number).as_bytes()), Ok(expected));
        }
    }
}

#[test]
fn a_volume_made_here_is_read_by_python() {
    let python = python();
    let image = Path::new(env!("CARGO_TARGET_TMPDIR")).join("volume-own");
    let flash = Flash::new(BLOCKS).unwrap();
    let mut volume = Volume::new(flash, 0, BLOCKS as u32 * 4096).unwrap();
    volume.format().unwrap();
    volume.mount().unwrap();
    for turn in [1, 2] {
        for (number, size) in SIZES.into_iter().enumerate() {
            let file = volume.open(name(number).as_bytes(), Mode::WRITE).unwrap();
            volume.write(file, &content(number, size, turn)).unwrap();
            volume.close(file).unwrap();
        }
    }
    save(volume, &image);
    run(python, "check", &image, 16);
}
