//! Conversations at the prompt: what goes wrong must be an error of Lua, and the prompt must go on.

use super::emulator::{Device, Flash};
use super::programs::HEAP;
use crate::shell::Failure;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);

/// A statement, and what the terminal must show before the next prompt.
type Exchange = (&'static str, &'static str);

/// No heap is left, in all the ways a program takes heap.
const MEMORY: &[Exchange] = &[
    ("t = {} for i = 1, 1e9 do t[i] = i end", "not enough memory"),
    ("t = nil", ""),
    ("s = 'x' while true do s = s .. s end", "not enough memory"),
    ("s = nil", ""),
    (
        "print(pcall(string.rep, 'x', 1000000))",
        "false\tnot enough memory",
    ),
    ("t = {} while true do t = {t} end", "not enough memory"),
    (
        "t = {} while true do local v = t t = function() return v end end",
        "not enough memory",
    ),
    ("t = nil", ""),
    (
        "t = {} while true do t[#t + 1] = coroutine.create(print) end",
        "not enough memory",
    ),
    ("t = nil", ""),
    (
        "print(load(function() return 'local a = {} ' end))",
        "not enough memory",
    ),
    (
        "print(#table.concat({'a', 'b'}, ('-'):rep(50000)))",
        "not enough memory",
    ),
    (
        "collectgarbage() print(collectgarbage('count') < 4)",
        "true",
    ),
    ("print(select(2, device.heap()))", "45056"),
];

/// Recursion of every kind: the native stack must not grow with it.
const RECURSION: &[Exchange] = &[
    ("function f() return 1 + f() end print(pcall(f))", "false"),
    ("t = setmetatable({}, {}) m = getmetatable(t)", ""),
    (
        "m.__index = function(s, k) return s[k + 1] end print(pcall(function() return t[1] end))",
        "false",
    ),
    (
        "m.__add = function(a, b) return a + b end print(pcall(function() return t + 1 end))",
        "false",
    ),
    (
        "m.__concat = function(a, b) return a .. b end print(pcall(function() return t .. 1 end))",
        "false",
    ),
    (
        "m.__tostring = function(s) return tostring(s) end print(pcall(tostring, t))",
        "false",
    ),
    (
        "m.__call = function(s) return 1 + s() end print(pcall(t))",
        "false",
    ),
    (
        "function g() return (('x'):gsub('x', g)) end print(pcall(g))",
        "false",
    ),
    (
        "function g() table.sort({3, 2, 1}, g) end print(pcall(g))",
        "false",
    ),
    (
        "function g() local ok, e = pcall(g) if not ok then error(e, 0) end end print(pcall(g))",
        "false",
    ),
    (
        "function g() return coroutine.wrap(g)() end print(pcall(g))",
        "false",
    ),
    (
        "function g() return load('return g()')() + 1 end print(pcall(g))",
        "false",
    ),
    ("print(xpcall(f, function(e) return f() end))", "false"),
    (
        "print(pcall(string.find, ('a'):rep(2000), ('a?'):rep(300) .. 'b'))",
        "",
    ),
    (
        "print(load(('('):rep(300) .. '1' .. (')'):rep(300)))",
        "nil",
    ),
    ("print(load('return ' .. ('{'):rep(300)))", "nil"),
    ("print(load(('do '):rep(300)))", "nil"),
    ("print(load(('local function f() '):rep(300)))", ""),
    ("print(load('x = ' .. ('a.b[c(d'):rep(90)))", "nil"),
    ("print(load('return ' .. ('- '):rep(300) .. '1'))", "nil"),
    (
        "collectgarbage() print(collectgarbage('count') < 6)",
        "true",
    ),
];

/// What the terminal showed after each statement.
fn replies<'t>(terminal: &'t str, session: &[Exchange]) -> Vec<&'t str> {
    let pieces = terminal.split("> ").skip(1);
    let unechoed = pieces.zip(session).map(|(piece, (statement, _))| {
        let echo = piece.strip_prefix(statement);
        echo.map_or(piece, |rest| rest.trim_start_matches('\n'))
    });
    unechoed.collect()
}

/// The bytes of native stack that the last line reports: used, and there.
fn stack(terminal: &str) -> Option<(u32, u32)> {
    let (_, rest) = terminal.rsplit_once("stack used ")?;
    let mut words = rest.split(' ');
    let used = words.next()?.parse().ok()?;
    Some((used, words.nth(1)?.parse().ok()?))
}

fn hold(device: &Device, flash: &Flash, session: &[Exchange]) -> Result<u32, String> {
    let mut input: String = session
        .iter()
        .map(|(statement, _)| format!("{statement}\n"))
        .collect();
    input.push('\x04');
    let output = device
        .run(flash, HEAP, &input, LIMIT)
        .map_err(|failure| failure.what)?;
    let terminal = String::from_utf8_lossy(&output.stdout);
    let replies = replies(&terminal, session);
    for (index, (statement, wanted)) in session.iter().enumerate() {
        let reply = replies.get(index).copied().unwrap_or("(nothing)");
        if !reply.contains(wanted) {
            return Err(format!("{statement}\n    - {wanted}\n    + {reply}"));
        }
    }
    match stack(&terminal) {
        Some((used, size)) if used < size && output.status.success() => Ok(used),
        Some((used, size)) => Err(format!(
            "{used} of {size} bytes of stack, {}",
            output.status
        )),
        None => Err(format!("it did not end well: {}", output.status)),
    }
}

/// Holds all conversations with a device.
pub fn run(device: &Device, flash: &Flash) -> Result<(), Failure> {
    for (name, session) in [("memory", MEMORY), ("recursion", RECURSION)] {
        match hold(device, flash, session) {
            Ok(used) => println!("prompt: {name:28} stack {used:5}, heap {HEAP} KB"),
            Err(text) => {
                return Err(Failure::new(
                    format!("{name} at the prompt of {}: {text}", device.core.name()),
                    "The statement, what the terminal was to show, and what it showed.",
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_found_with_and_without_echo() {
        let session = [("a()", "1"), ("b()", "")];
        assert_eq!(
            replies("boot\n> a()\n1\n> b()\n> end", &session),
            ["1\n", ""]
        );
        assert_eq!(replies("boot\n> 1\n> > end", &session), ["1\n", ""]);
    }

    #[test]
    fn stack_is_read_from_the_last_line() {
        assert_eq!(stack("x\nstack used 12 of 34 bytes\n"), Some((12, 34)));
        assert_eq!(stack("x"), None);
    }
}
