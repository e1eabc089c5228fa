//! What runs after boot: `node.startup` and `node.startupcommand`.
//!
//! The settings are a file, [`FILE`], that survives power cuts as every file does. It has a line for each setting but the
//! command, which is the rest of it.

use alloc::vec::Vec;

use lua_vm::api::Value;
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::number::NumberModel;

use super::set;
use crate::files::{Error, Files, Mode};

/// Name of the file that holds the settings.
pub(crate) const FILE: &[u8] = b".startup";

const DEFAULT_COMMAND: &[u8] = b"@init.lua";
const NO_BANNER: &[u8] = b"banner=off\n";

/// What runs after boot.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Startup {
    /// Whether the firmware says what it is.
    pub(crate) banner: bool,
    /// `@file`, `!module`, or a chunk of Lua; empty for the default.
    command: Vec<u8>,
}

impl Startup {
    const DEFAULT: Startup = Startup {
        banner: true,
        command: Vec::new(),
    };

    /// The settings of a device; the default ones if there are none.
    pub(crate) fn read(files: Option<&Files>) -> Self {
        let content = files.and_then(|files| files.content(FILE).ok());
        content.map_or(Self::DEFAULT, Self::parse)
    }

    fn parse(mut content: Vec<u8>) -> Self {
        let banner = !content.starts_with(NO_BANNER);
        if !banner {
            content.drain(..NO_BANNER.len());
        }
        Self {
            banner,
            command: content,
        }
    }

    /// What to run.
    pub(crate) fn command(&self) -> &[u8] {
        match self.command.is_empty() {
            true => DEFAULT_COMMAND,
            false => &self.command,
        }
    }

    fn write(&self, files: &Files) -> Result<(), Error> {
        if *self == Self::DEFAULT {
            return match files.remove(FILE) {
                Err(Error::NotFound) => Ok(()),
                other => other,
            };
        }
        let file = files.open(FILE, Mode::WRITE)?;
        let banner = if self.banner { &b""[..] } else { NO_BANNER };
        let written = files
            .write(file, banner)
            .and_then(|()| files.write(file, &self.command));
        let closed = files.close(file);
        written.and(closed)
    }
}

fn files<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Files, Throw> {
    let files = frame.ctx().with_app_data(|files: &mut Files| files.clone());
    files.ok_or_else(|| frame.error(format_args!("no file system")))
}

fn copy(text: &[u8]) -> Result<Vec<u8>, Throw> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(text.len())
        .map_err(|_| Throw::Memory)?;
    copy.extend_from_slice(text);
    Ok(copy)
}

fn store<N: NumberModel>(
    frame: &mut Frame<'_, N>,
    files: &Files,
    startup: &Startup,
) -> Result<(), Throw> {
    match startup.write(files) {
        Ok(()) => Ok(()),
        Err(error) => Err(frame.error(format_args!("start-up settings: {error}"))),
    }
}

/// `node.startupcommand(command)`: what runs after boot: `@file`, `!module`, or a chunk of Lua; `@init.lua` if it is empty.
pub(super) fn startupcommand<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let command = copy(frame.check_bytes(0)?)?;
    let files = files(frame)?;
    let startup = Startup {
        command,
        ..Startup::read(Some(&files))
    };
    store(frame, &files, &startup)?;
    frame.ret1(true)
}

/// `node.startup([settings])`: a table with the settings `banner` and `command`; those given are changed before. An empty
/// string sets the default ones.
pub(super) fn startup<N: NumberModel>(frame: &mut Frame<'_, N>) -> Result<Step, Throw> {
    let files = files(frame)?;
    let ctx = frame.ctx();
    let mut startup = Startup::read(Some(&files));
    match frame.get(0) {
        Value::Nil => {}
        Value::String(text) if text.is_empty() => {
            startup = Startup::DEFAULT;
            store(frame, &files, &startup)?;
        }
        Value::Table(table) => {
            let mut key = Value::Nil;
            while let Some((name, value)) = table.next(ctx, key)? {
                change(frame, &mut startup, name, value)?;
                key = name;
            }
            store(frame, &files, &startup)?;
        }
        _ => return Err(frame.type_error(0, "table")),
    }
    let table = ctx.new_table(0, 2)?;
    set(ctx, table, "banner", startup.banner)?;
    set(ctx, table, "command", ctx.intern(startup.command())?)?;
    frame.ret1(table)
}

fn change<'gc, N: NumberModel>(
    frame: &mut Frame<'gc, N>,
    startup: &mut Startup,
    name: Value<'gc, N>,
    value: Value<'gc, N>,
) -> Result<(), Throw> {
    let Value::String(name) = name else {
        return Err(frame.arg_error(0, format_args!("invalid entry")));
    };
    match (name.as_bytes(), value) {
        (b"banner", Value::Boolean(banner)) => startup.banner = banner,
        (b"command", Value::String(command)) => startup.command = copy(command.as_bytes())?,
        // The file system is mounted at boot, for these settings are in it; the clock is the firmware's.
        (b"delay_mount", Value::Boolean(false)) => {}
        _ => {
            return Err(
                frame.error_bytes(format_args!("invalid start-up setting: "), name.as_bytes())
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_back() {
        let parse = |text: &[u8]| Startup::parse(text.to_vec());
        assert_eq!(parse(b""), Startup::DEFAULT);
        assert_eq!(parse(b"").command(), b"@init.lua");
        let quiet = parse(b"banner=off\n!main\n");
        assert!(!quiet.banner);
        assert_eq!(quiet.command(), b"!main\n");
        assert_eq!(
            parse(b"print 'banner=off\n'").command(),
            b"print 'banner=off\n'"
        );
    }
}
