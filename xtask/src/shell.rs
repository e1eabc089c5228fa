//! Running commands, each printed before it runs.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Why a command of this tool ends unsuccessfully, and what to do about it.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong.
    pub what: String,
    /// What the reader can do.
    pub advice: String,
}

impl Failure {
    /// A failure with advice.
    pub fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Failure {
            what: what.into(),
            advice: advice.into(),
        }
    }
}

/// A failure of reading or writing `path`.
pub fn file_failure(path: &Path, error: std::io::Error) -> Failure {
    Failure::new(
        format!("{}: {error}", path.display()),
        "Check that the file and its directory exist and may be read and written.",
    )
}

/// Makes the workspace's root the working directory, so that paths in output do not depend on the caller's.
pub fn enter_workspace() -> Result<(), Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."));
    std::env::set_current_dir(root).map_err(|error| file_failure(root, error))
}

/// The command as a line that can be typed, with the environment it adds.
pub fn line(command: &Command) -> String {
    let mut words: Vec<String> = command
        .get_envs()
        .filter_map(|(name, value)| {
            let name = name.to_string_lossy();
            value.map(|value| format!("{name}={}", quoted(value)))
        })
        .collect();
    words.push(quoted(command.get_program()));
    words.extend(command.get_args().map(quoted));
    words.join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Runs a command with its output shown; another exit status than 0 is a failure with `advice`.
pub fn run(command: &mut Command, advice: &str) -> Result<(), Failure> {
    let text = line(command);
    println!("+ {text}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::new(format!("{text}: {status}"), advice)),
        Err(error) => Err(Failure::new(format!("{text}: {error}"), advice)),
    }
}

/// What a program wrote and how it ended.
pub struct Output {
    /// Exit status.
    pub status: ExitStatus,
    /// Standard output, byte for byte.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// From start to end.
    pub time: Duration,
}

/// The same command with at most `kilobytes` of address space, so that a runaway program fails alone.
pub fn bounded(command: &Command, kilobytes: u32) -> Command {
    let mut bounded = Command::new("sh");
    bounded
        .arg("-c")
        .arg(format!("ulimit -v {kilobytes} && exec \"$0\" \"$@\""))
        .arg(command.get_program())
        .args(command.get_args());
    copy_environment(command, &mut bounded);
    bounded
}

/// Gives `to` the changes of the environment that `from` has.
pub fn copy_environment(from: &Command, to: &mut Command) {
    for (name, value) in from.get_envs() {
        match value {
            Some(value) => to.env(name, value),
            None => to.env_remove(name),
        };
    }
}

/// Runs a command with its output kept and nothing to read. It is killed after `limit`.
pub fn capture(command: &mut Command, limit: Duration) -> Result<Output, Failure> {
    capture_with(command, Vec::new(), limit)
}

/// As [`capture`], with `input` to read.
pub fn capture_with(
    command: &mut Command,
    input: Vec<u8>,
    limit: Duration,
) -> Result<Output, Failure> {
    let text = line(command);
    let failure = |error: std::io::Error| {
        Failure::new(
            format!("{text}: {error}"),
            "Check that the program is installed.",
        )
    };
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failure)?;
    if let Some(mut pipe) = child.stdin.take() {
        // A program that ends before it has read everything is judged by how it ended.
        std::thread::spawn(move || pipe.write_all(&input).ok());
    }
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let mut pause = Duration::from_micros(100);
    let status = loop {
        match child.try_wait().map_err(failure)? {
            Some(status) => break status,
            None if start.elapsed() > limit => {
                child.kill().map_err(failure)?;
                child.wait().map_err(failure)?;
                return Err(Failure::new(
                    format!("{text}: still running after {} s", limit.as_secs()),
                    "Run the command by hand to see where it hangs.",
                ));
            }
            None => std::thread::sleep(pause),
        }
        pause = (pause * 2).min(Duration::from_millis(2));
    };
    let time = start.elapsed();
    Ok(Output {
        status,
        stdout: stdout.join().unwrap_or_default(),
        stderr: stderr.join().unwrap_or_default(),
        time,
    })
}

// A full pipe would stop the child, so both are read while it runs.
fn drain<R: std::io::Read + Send + 'static>(pipe: Option<R>) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What arrived before an error is still worth comparing.
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// The standard output of a short query, if it succeeded.
pub fn query(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from)
}

/// A directory under [`target`], made if need be.
pub fn target_directory(name: &str) -> Result<PathBuf, Failure> {
    let path = target().join(name);
    std::fs::create_dir_all(&path).map_err(|error| file_failure(&path, error))?;
    Ok(path)
}

/// Reads a text file.
pub fn read_text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| file_failure(path, error))
}

/// Writes a file.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|error| file_failure(path, error))
}
