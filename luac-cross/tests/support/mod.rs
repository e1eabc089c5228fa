//! A folder of its own for each test, and the command run in it.

#![allow(clippy::unwrap_used, reason = "tests stop at what they do not expect")]
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Standard output of a run that succeeded without a word on standard error.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!((self.code, &*self.err), (Some(0), ""), "{self:?}");
        self.out
    }

    /// The message of a run that failed as it should: status 1, one line, nothing on standard output.
    #[track_caller]
    pub fn failed(self) -> String {
        assert_eq!((self.code, &*self.out), (Some(1), ""), "{self:?}");
        let line = self.err.strip_prefix("luac-cross: ");
        let line = line.and_then(|line| line.strip_suffix('\n'));
        match line {
            Some(line) if !line.is_empty() && !line.contains('\n') => line.to_owned(),
            _ => panic!("not one line: {:?}", self.err),
        }
    }
}

/// A folder with some files.
pub struct Scene {
    folder: TempDir,
}

impl Scene {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let scene = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        for (name, text) in files {
            scene.write(name, text.as_bytes());
        }
        scene
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    #[track_caller]
    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Names of the files, sorted.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Runs the command with the words of `line` as arguments.
    pub fn run(&self, line: &str) -> Ran {
        self.run_with(line, &[], b"")
    }

    /// As [`Scene::run`], with variables of the environment and standard input.
    pub fn run_with(&self, line: &str, variables: &[(&str, &str)], input: &[u8]) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_luac-cross"))
            .args(line.split_whitespace())
            .current_dir(self.folder.path())
            .env_remove("SOURCE_DATE_EPOCH")
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read its input closes the pipe.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// What a run shows on a terminal.
    pub fn on_terminal(&self, line: &str) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_luac-cross"));
        command.args(line.split_whitespace());
        command.env("TERM", "xterm").current_dir(self.folder.path());
        let mut terminal = rexpect::session::spawn_command(command, None).unwrap();
        terminal.exp_eof().unwrap()
    }
}
