//! Lua programs, and the ways to run them: a reference interpreter, this project from source, and from an image.

use crate::shell::{self, Failure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs a module of an image.
const DRIVER: &str = "xtask/lua/run_module.lua";

/// Where Debian's packages put their modules. Its last names are for packages that only older versions of Lua list.
pub const DEBIAN_PATH: &str = "/usr/share/lua/5.3/?.lua;/usr/share/lua/5.3/?/init.lua;\
                               /usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua";

/// Where they put those for Lua 5.1.
pub const DEBIAN_PATH_51: &str = "/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua";

/// A path on which nothing is found, so that a module can only come from an image.
pub const NO_PATH: &str = "./none/?.lua";

/// Number model of a run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Numbers {
    /// 32-bit integers and floats.
    Narrow,
    /// 64-bit integers and floats, as the reference has.
    Wide,
}

impl Numbers {
    /// The option of the cross compiler.
    pub fn option(self) -> &'static str {
        match self {
            Numbers::Narrow => "--num32",
            Numbers::Wide => "--num64",
        }
    }
}

/// The Lua files of a directory, in order of their names.
pub fn in_directory(directory: &str) -> Result<Vec<PathBuf>, Failure> {
    let path = Path::new(directory);
    let failure = |error| shell::file_failure(path, error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failure)? {
        let file = entry.map_err(failure)?.path();
        if file.extension().is_some_and(|extension| extension == "lua") {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Failure::new(
            format!("{directory} holds no Lua files"),
            "Restore them.",
        ));
    }
    Ok(files)
}

/// The name of a program: its file's name without extension.
pub fn name(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The lines of a list file, each split at its first blank; comments and empty lines are left out.
pub fn list(path: &str) -> Result<Vec<(String, String)>, Failure> {
    let text = shell::read_text(Path::new(path))?;
    Ok(text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
            (first.to_owned(), rest.to_owned())
        })
        .collect())
}

/// Gives a command the same surroundings on every machine.
pub fn surround(command: &mut Command, module_path: &str) {
    for variable in [
        "LUA_INIT",
        "LUA_INIT_5_3",
        "LUA_INIT_5_4",
        "LUA_PATH_5_3",
        "LUA_PATH_5_4",
    ] {
        command.env_remove(variable);
    }
    for variable in ["LUA_CPATH_5_3", "LUA_CPATH_5_4"] {
        command.env_remove(variable);
    }
    command
        .env("LUA_PATH", module_path)
        .env("LUA_CPATH", "./none/?.so")
        .env("LC_ALL", "C")
        .env("TZ", "UTC");
}

/// A reference interpreter on a script.
pub fn reference(interpreter: &str, script: &Path, arguments: &[String]) -> Command {
    let mut command = Command::new(interpreter);
    command.arg(script).args(arguments);
    surround(&mut command, NO_PATH);
    command
}

/// The cross compiler, which also runs scripts.
#[derive(Clone)]
pub struct Tool {
    path: PathBuf,
    /// Scripts see the names of Lua 5.1.
    compat51: bool,
}

impl Tool {
    /// Builds the release version.
    pub fn build() -> Result<Self, Failure> {
        shell::run(
            Command::new("cargo").args(["build", "--release", "-p", "luac-cross"]),
            "Mend the build of luac-cross.",
        )?;
        Ok(Tool::at(&shell::target().join("release/luac-cross")))
    }

    /// A version built elsewhere.
    pub fn at(path: &Path) -> Self {
        Tool {
            path: path.to_owned(),
            compat51: false,
        }
    }

    /// The same, for scripts of Lua 5.1.
    pub fn compat51(&self) -> Self {
        Tool {
            compat51: true,
            ..self.clone()
        }
    }

    /// A command that runs a script.
    fn runner(&self, numbers: Numbers) -> Command {
        let mut command = self.command();
        command.arg(numbers.option());
        if self.compat51 {
            command.arg("--compat51");
        }
        command
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        surround(&mut command, NO_PATH);
        command
    }

    /// Compiles modules, given by name and file, into an image at `output`.
    pub fn compile(
        &self,
        numbers: Numbers,
        modules: &[(String, PathBuf)],
        output: &Path,
    ) -> Result<(), Failure> {
        shell::run(
            &mut self.compilation(numbers, modules, output),
            "The cross compiler's message is above.",
        )
    }

    /// The command that compiles modules.
    pub fn compilation(
        &self,
        numbers: Numbers,
        modules: &[(String, PathBuf)],
        output: &Path,
    ) -> Command {
        let mut command = self.command();
        command.args([numbers.option(), "-f", "-o"]).arg(output);
        for (name, file) in modules {
            command.arg(format!("{name}={}", file.display()));
        }
        command
    }

    /// Runs a script from its source.
    pub fn source(&self, numbers: Numbers, script: &Path, arguments: &[String]) -> Command {
        let mut command = self.runner(numbers);
        command.arg("-e").arg(script).args(arguments);
        command
    }

    /// Runs a script with an image mounted.
    pub fn with_image(
        &self,
        numbers: Numbers,
        image: &Path,
        script: &Path,
        arguments: &[String],
    ) -> Command {
        let mut command = self.runner(numbers);
        command
            .arg("-F")
            .arg(image)
            .arg("-e")
            .arg(script)
            .args(arguments);
        command
    }

    /// Runs a module of an image.
    pub fn module(
        &self,
        numbers: Numbers,
        image: &Path,
        module: &str,
        arguments: &[String],
    ) -> Command {
        let mut command = self.with_image(numbers, image, Path::new(DRIVER), &[]);
        command.arg(module).args(arguments);
        command
    }
}

/// Modules named after their files.
pub fn modules(files: &[PathBuf]) -> Vec<(String, PathBuf)> {
    files
        .iter()
        .map(|file| (name(file), file.clone()))
        .collect()
}
