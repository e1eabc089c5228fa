//! What runs after boot: `node.startup` and `node.startupcommand`.
//!
//! The settings are a file, [`FILE`], that survives power cuts as every file does. It has a line for each setting but the
//! command, which is the rest of it.

use alloc::vec::Vec;

use lua_vm::api::Value;
use lua_vm::frame::{Frame, Step, Throw};
use lua_vm::number::{LuaInt, NumberModel};

use super::{integer, set};
use crate::files::{Error, Files, Mode};

/// Name of the file that holds the settings.
pub(crate) const FILE: &[u8] = b".startup";

const DEFAULT_COMMAND: &[u8] = b"@init.lua";
const NO_BANNER: &[u8] = b"banner=off\n";
const FREQUENCY: &[u8] = b"frequency=";
/// Highest clock in MHz that has a place in the file.
const MAX_MHZ: i64 = 999;

/// What runs after boot.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Startup {
    /// Whether the firmware says what it is.
    pub(crate) banner: bool,
    /// Clock of the processor in MHz, if it is to be another than the board's own.
    pub(crate) frequency: Option<u16>,
    /// `@file`, `!module`, or a chunk of Lua; empty for the default.
    command: Vec<u8>,
}

impl Startup {
    const DEFAULT: Startup = Startup {
        banner: true,
        frequency: None,
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
        let mut frequency = None;
        if let Some((number, length)) = frequency_line(&content) {
            frequency = Some(number);
            content.drain(..length);
        }
        Self {
            banner,
            frequency,
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
            .and_then(|()| match self.frequency {
                Some(mhz) => {
                    let digits = [mhz / 100 % 10, mhz / 10 % 10, mhz % 10];
                    files.write(file, FREQUENCY)?;
                    files.write(file, &digits.map(|digit| b'0' + digit as u8))?;
                    files.write(file, b"\n")
                }
                None => Ok(()),
            })
            .and_then(|()| files.write(file, &self.command));
        let closed = files.close(file);
        written.and(closed)
    }
}

/// The number of a line for the frequency, which has three digits, and the length of that line.
fn frequency_line(content: &[u8]) -> Option<(u16, usize)> {
    let digits = content.strip_prefix(FREQUENCY)?.first_chunk::<4>()?;
    let [hundreds, tens, ones, b'\n'] = digits else {
        return None;
    };
    let number = [hundreds, tens, ones]
        .into_iter()
        .try_fold(0, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + u16::from(digit - b'0'))
        });
    Some((number?, FREQUENCY.len() + digits.len()))
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

/// `node.startup([settings])`: a table with the settings `banner`, `frequency` (MHz, if it was set) and `command`; those given are
/// changed before. An empty string sets the default ones.
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
    let table = ctx.new_table(0, 3)?;
    set(ctx, table, "banner", startup.banner)?;
    if let Some(mhz) = startup.frequency {
        set(ctx, table, "frequency", integer::<N>(mhz))?;
    }
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
        (b"frequency", Value::Integer(mhz)) if (1..=MAX_MHZ).contains(&mhz.widen()) => {
            startup.frequency = Some(mhz.widen() as u16);
        }
        // The file system is mounted at boot, for these settings are in it.
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
        let slow = parse(b"frequency=080\nprint(1)");
        assert_eq!(
            (slow.frequency, slow.command()),
            (Some(80), &b"print(1)"[..])
        );
        for other in ["frequency=80\n", "frequency=abc\n", "frequency=080"] {
            let none = parse(other.as_bytes());
            assert_eq!((none.frequency, none.command()), (None, other.as_bytes()));
        }
        assert_eq!(
            parse(b"print 'banner=off\n'").command(),
            b"print 'banner=off\n'"
        );
    }
}
