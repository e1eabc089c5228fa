//! The reference implementation with 32-bit numbers: built from the sources that the crate `lua-src` carries.

use crate::shell::{self, Failure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The directory of the C sources of Lua 5.3.
pub fn sources() -> Result<PathBuf, Failure> {
    let advice = "The crate lua-src is a dependency of xtask; `cargo fetch` brings it.";
    let metadata = shell::query("cargo", &["metadata", "--format-version", "1"])
        .ok_or_else(|| Failure::new("cargo metadata fails", advice))?;
    metadata
        .split('"')
        .find(|text| text.contains("/lua-src-") && text.ends_with("Cargo.toml"))
        .map(Path::new)
        .and_then(Path::parent)
        .map(|directory| directory.join("lua-5.3.6"))
        .filter(|sources| sources.join("lua.h").exists())
        .ok_or_else(|| Failure::new("the sources of Lua 5.3 are not to be found", advice))
}

/// The C files of the library in a directory.
pub fn files(sources: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(sources)
        .map_err(|error| shell::file_failure(sources, error))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "c"))
        .collect();
    files.sort();
    Ok(files)
}

/// Builds the reference interpreter with `LUA_32BITS` unless it is there, and gives its path.
pub fn narrow() -> Result<PathBuf, Failure> {
    let program = shell::target_directory("reference")?.join("lua5.3-32bits");
    if program.exists() {
        return Ok(program);
    }
    let sources = sources()?;
    let files = files(&sources)?;
    let mut compile = Command::new("cc");
    compile
        .args(["-O2", "-DLUA_32BITS", "-DLUA_COMPAT_5_2", "-DLUA_USE_POSIX"])
        .arg("-I")
        .arg(&sources)
        .arg("-o")
        .arg(&program)
        .args(files)
        .args(["xtask/c/reference.c", "-lm"]);
    shell::run(
        &mut compile,
        "Building the reference needs a C compiler: apt-get install gcc",
    )?;
    Ok(program)
}
