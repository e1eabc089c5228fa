//! What the libraries of a host share: names of files, and errors of the system as results.

use super::buffer::append;
use crate::api::Value;
use crate::frame::{Frame, Step, Throw};
use crate::number::{LuaInt, NumberModel};
use alloc::vec::Vec;
use core::fmt::Write;
use std::ffi::OsStr;
use std::io;
use std::path::Path;

/// A name in bytes as a path.
#[cfg(unix)]
pub(super) fn path(name: &[u8]) -> &Path {
    use std::os::unix::ffi::OsStrExt;
    Path::new(OsStr::from_bytes(name))
}

/// A name in bytes as a path; one that is not UTF-8 names no file.
#[cfg(not(unix))]
pub(super) fn path(name: &[u8]) -> &Path {
    Path::new(OsStr::new(core::str::from_utf8(name).unwrap_or("\0")))
}

/// Formatted text that is appended to a buffer; lack of memory is an error.
pub(super) struct Writer<'b>(pub &'b mut Vec<u8>);

impl Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        append(self.0, text.as_bytes()).map_err(|_| core::fmt::Error)
    }
}

/// Appends the system's text for an error, without the number that Rust puts behind it.
pub(super) fn append_reason(out: &mut Vec<u8>, error: &io::Error) -> Result<(), Throw> {
    let start = out.len();
    write!(Writer(out), "{error}").map_err(|_| Throw::Memory)?;
    if error.raw_os_error().is_some() {
        let reason = out.get(start..).unwrap_or_default();
        let end = crate::text::pattern::find_plain(reason, b" (os error", 0);
        out.truncate(start + end.unwrap_or(reason.len()));
    }
    Ok(())
}

/// Returns nil, the message (after the file's name, if it is given) and the number of an error.
pub(super) fn ret_error<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    name: Option<&[u8]>,
    error: &io::Error,
) -> Result<Step, Throw> {
    let ctx = frame.ctx();
    let message = ctx.with_scratch(|text| {
        if let Some(name) = name {
            append(text, name)?;
            append(text, b": ")?;
        }
        append_reason(text, error)?;
        ctx.intern(text)
    })?;
    let number = Value::Integer(N::Int::wrap(i64::from(error.raw_os_error().unwrap_or(0))));
    frame.push(Value::Nil)?;
    frame.ret2(message, number)?;
    Ok(Step::Return(3))
}

/// Returns true, or nil, the message and the number of the error.
pub(super) fn ret_done<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    name: Option<&[u8]>,
    done: io::Result<()>,
) -> Result<Step, Throw> {
    match done {
        Ok(()) => frame.ret1(true),
        Err(error) => ret_error(frame, name, &error),
    }
}

/// A command for the system's shell.
pub(super) fn shell(command: &[u8]) -> std::process::Command {
    #[cfg(unix)]
    let (shell, option) = ("/bin/sh", "-c");
    #[cfg(not(unix))]
    let (shell, option) = ("cmd", "/C");
    let mut process = std::process::Command::new(shell);
    process.arg(option).arg(path(command));
    process
}

/// Returns how a process ended: true or nil, `exit` or `signal`, and the number.
pub(super) fn ret_status<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    status: std::process::ExitStatus,
) -> Result<Step, Throw> {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None;
    let (what, code) = match signal {
        Some(signal) => ("signal", signal),
        None => ("exit", status.code().unwrap_or(-1)),
    };
    let what = frame.ctx().intern(what.as_bytes())?;
    let success = if status.success() {
        Value::Boolean(true)
    } else {
        Value::Nil
    };
    frame.push(success)?;
    frame.ret2(what, Value::Integer(N::Int::wrap(i64::from(code))))?;
    Ok(Step::Return(3))
}

/// Reads a file for `loadfile` and `require`; standard input if the name is empty.
pub(super) fn read_file(name: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let message = |what: &[u8], error: &io::Error| {
        let mut text = Vec::new();
        let parts = [b"cannot ", what, b" ", name, b": "];
        // Without memory for the message it is cut short.
        let _ = parts.iter().try_for_each(|part| append(&mut text, part));
        let _ = append_reason(&mut text, error);
        text
    };
    let mut content = Vec::new();
    if name == super::load::STANDARD_INPUT {
        read_all(&mut io::stdin().lock(), &mut content)
            .map_err(|error| message(b"read", &error))?;
        return Ok(content);
    }
    let mut file = std::fs::File::open(path(name)).map_err(|error| message(b"open", &error))?;
    read_all(&mut file, &mut content).map_err(|error| message(b"read", &error))?;
    Ok(content)
}

fn read_all(source: &mut dyn io::Read, content: &mut Vec<u8>) -> io::Result<()> {
    const PIECE: usize = 8192;
    loop {
        let len = content.len();
        content
            .try_reserve(PIECE)
            .map_err(|_| io::ErrorKind::OutOfMemory)?;
        content.resize(len + PIECE, 0);
        let read = source.read(content.get_mut(len..).unwrap_or_default());
        content.truncate(len + read.as_ref().map_or(0, |count| *count));
        match read {
            Ok(0) => return Ok(()),
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_have_no_numbers() {
        let mut text = Vec::new();
        append_reason(&mut text, &io::Error::from_raw_os_error(2)).unwrap();
        assert_eq!(text, b"No such file or directory");
    }

    #[test]
    fn unreadable_files_are_named() {
        let error = read_file(b"/no/such/file").unwrap_err();
        assert_eq!(
            error,
            b"cannot open /no/such/file: No such file or directory"
        );
        assert_eq!(
            read_file(b"/").unwrap_err(),
            b"cannot read /: Is a directory"
        );
    }
}
