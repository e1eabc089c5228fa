//! The `os` library (manual section 6.9).

mod calendar;
mod date;

use super::base::invalid_option;
use super::host::{path, ret_done, ret_error, ret_status, shell};
use crate::api::{Ctx, Value};
use crate::frame::{Frame, Step, Throw};
use crate::layer::{RomValue, library};
use crate::number::{LuaFloat, NumberModel};
use alloc::format;
use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::PathBuf;

library! {
    /// The entries of `os`.
    pub struct Library in crate::builtin::BUILTIN {
        "clock" => RomValue::Native(clock::<N>),
        "date" => RomValue::Native(date::date::<N>),
        "difftime" => RomValue::Native(difftime::<N>),
        "execute" => RomValue::Native(execute::<N>),
        "exit" => RomValue::Native(exit::<N>),
        "getenv" => RomValue::Native(getenv::<N>),
        "remove" => RomValue::Native(remove::<N>),
        "rename" => RomValue::Native(rename::<N>),
        "setlocale" => RomValue::Native(setlocale::<N>),
        "time" => RomValue::Native(date::time::<N>),
        "tmpname" => RomValue::Native(tmpname::<N>),
    }
}

/// Makes the library.
pub(super) fn install<N: NumberModel>(ctx: Ctx<'_, N>) -> Result<(), Throw> {
    let library = ctx.layered_table(Library::layer())?;
    super::set_global(ctx, b"os", library.into())
}

/// `os.clock()`: processor time of the process in seconds.
fn clock<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    frame.ret1(Value::Number(N::Float::from_f64(processor_time())))
}

#[cfg(unix)]
fn processor_time() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + (time.tv_nsec / 1000) as f64 / 1e6
}

/// Time since the first call, where the system does not tell the processor time.
#[cfg(not(unix))]
fn processor_time() -> f64 {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START
        .get_or_init(std::time::Instant::now)
        .elapsed()
        .as_secs_f64()
}

/// `os.difftime(t2, t1)`
fn difftime<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (later, earlier) = (frame.check_i64(0)?, frame.check_i64(1)?);
    frame.ret1(Value::Number(N::Float::from_f64(
        later as f64 - earlier as f64,
    )))
}

/// `os.execute([command])`
fn execute<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let Some(command) = frame.opt_bytes(0)? else {
        let available = shell(b"exit 0")
            .status()
            .is_ok_and(|status| status.success());
        return frame.ret1(available);
    };
    super::io::flush_all();
    match shell(command).status() {
        Ok(status) => ret_status(frame, status),
        Err(error) => ret_error(frame, None, &error),
    }
}

/// `os.exit([code [, close]])`: ends the process at once; output is not lost.
fn exit<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let code = match frame.get(0) {
        Value::Nil | Value::Boolean(true) => 0,
        Value::Boolean(false) => 1,
        _ => frame.check_i64(0)? as i32,
    };
    super::io::flush_all();
    std::process::exit(code)
}

/// `os.getenv(varname)`
fn getenv<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let name = frame.check_bytes(0)?;
    match std::env::var_os(path(name)) {
        Some(value) => frame.ret_bytes(value.as_encoded_bytes()),
        None => frame.ret1(Value::Nil),
    }
}

/// `os.remove(filename)`
fn remove<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let name = frame.check_bytes(0)?;
    let file = path(name);
    let done = match std::fs::symlink_metadata(file) {
        Ok(data) if data.is_dir() => std::fs::remove_dir(file),
        _ => std::fs::remove_file(file),
    };
    ret_done(frame, Some(name), done)
}

/// `os.rename(oldname, newname)`
fn rename<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let (from, to) = (frame.check_bytes(0)?, frame.check_bytes(1)?);
    ret_done(frame, None, std::fs::rename(path(from), path(to)))
}

/// `os.setlocale([locale [, category]])`: there is the locale `C` only.
fn setlocale<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let locale = frame.opt_bytes(0)?;
    let category = frame.opt_bytes(1)?.unwrap_or(b"all");
    if !matches!(
        category,
        b"all" | b"collate" | b"ctype" | b"monetary" | b"numeric" | b"time"
    ) {
        return Err(invalid_option(frame, 1, category));
    }
    match locale {
        None | Some(b"" | b"C" | b"POSIX") => frame.ret_bytes(b"C"),
        _ => frame.ret1(Value::Nil),
    }
}

/// `os.tmpname()`
fn tmpname<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    match create_temporary() {
        Ok((name, _)) => frame.ret_bytes(name.as_os_str().as_encoded_bytes()),
        Err(_) => Err(frame.error(format_args!("unable to generate a unique filename"))),
    }
}

/// Creates a file with a new name among the system's temporary ones.
pub(super) fn create_temporary() -> io::Result<(PathBuf, File)> {
    const ATTEMPTS: u32 = 100;
    let random = RandomState::new();
    let mut error = io::Error::from(io::ErrorKind::AlreadyExists);
    for attempt in 0..ATTEMPTS {
        let name =
            std::env::temp_dir().join(format!("lua_{:06x}", random.hash_one(attempt) & 0xff_ffff));
        match OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&name)
        {
            Ok(file) => return Ok((name, file)),
            Err(other) => error = other,
        }
        if error.kind() != io::ErrorKind::AlreadyExists {
            break;
        }
    }
    Err(error)
}
