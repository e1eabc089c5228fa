//! What a PC provides: standard output, files.

use crate::api::{Error, Lua};
use crate::number::NumberModel;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::vec::Vec;

/// Bytes kept before they are written.
const BUFFER: usize = 1 << 16;

static OUTPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Puts bytes on standard output: buffered as C does, by lines on a terminal and in large blocks otherwise.
pub fn write(bytes: &[u8]) {
    let Ok(mut buffer) = OUTPUT.lock() else {
        return;
    };
    buffer.extend_from_slice(bytes);
    if buffer.len() >= BUFFER || (bytes.contains(&b'\n') && std::io::stdout().is_terminal()) {
        drain(&mut buffer);
    }
}

/// Writes what is buffered.
pub fn flush() {
    if let Ok(mut buffer) = OUTPUT.lock() {
        drain(&mut buffer);
    }
}

fn drain(buffer: &mut Vec<u8>) {
    let mut out = std::io::stdout().lock();
    // A closed pipe ends the output, as it does for other programs.
    let _ = out.write_all(buffer).and_then(|()| out.flush());
    buffer.clear();
}

/// Gives a state standard output and the file system, and the libraries `io` and `os`.
///
/// # Errors
/// Out of memory.
pub fn attach<N: NumberModel>(lua: &mut Lua<'_, N>) -> Result<(), Error> {
    lua.set_output(write);
    lua.set_reader(read_file);
    Ok(())
}

fn read_file(name: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let path = std::str::from_utf8(name).map_err(|_| Vec::from(*b"file name is not UTF-8"))?;
    std::fs::read(path).map_err(|error| error_text(&error))
}

/// The message of an error of the operating system, as C's `strerror` words it.
pub fn error_text(error: &std::io::Error) -> Vec<u8> {
    let text = std::format!("{error}");
    let end = text.find(" (os error").unwrap_or(text.len());
    Vec::from(&text.as_bytes()[..end])
}
