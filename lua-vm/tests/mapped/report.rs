//! Where in the source loads come from.

use crate::trap::Access;
use std::fmt::Write;
use std::path::Path;

/// A function and its line.
struct Frame {
    name: String,
    file: String,
    line: u32,
}

/// The functions an instruction belongs to: from the one it was written in to the one they are inlined into; behind them those
/// of who called it, if it lies in a library.
fn frames(access: &Access) -> Vec<Frame> {
    let mut frames = Vec::new();
    // Addresses are taken for those of returns, which lie behind their instruction.
    let addresses = [Some(access.place + 1), access.caller];
    for address in addresses.into_iter().flatten() {
        backtrace::resolve(address as *mut _, |symbol| {
            let path = symbol.filename().unwrap_or(Path::new("?"));
            let name = symbol.name().map(|name| format!("{name:#}"));
            frames.push(Frame {
                name: name.unwrap_or_default(),
                file: path.to_string_lossy().into_owned(),
                line: symbol.lineno().unwrap_or(0),
            });
        });
    }
    frames
}

/// Whether the code that loads lies in one of `paths`: the innermost function of the workspace's own decides, or any if none is.
fn lies_in(frames: &[Frame], paths: &[&str]) -> bool {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let own =
        |frame: &&Frame| workspace.is_some_and(|root| Path::new(&frame.file).starts_with(root));
    let listed = |frame: &Frame| {
        let name = frame.name.trim_start_matches('<');
        paths.iter().any(|path| name.starts_with(path))
    };
    match frames.iter().find(own) {
        Some(owner) => listed(owner),
        None => frames.iter().any(listed),
    }
}

/// The loads of less than a word by code outside of `paths`, as lines to read.
pub fn partial(seen: &[Access], paths: &[&str]) -> String {
    let mut text = String::new();
    for access in seen.iter().filter(|access| access.is_partial()) {
        let frames = frames(access);
        if lies_in(&frames, paths) {
            continue;
        }
        let Access {
            place,
            size,
            count,
            odd,
            ..
        } = access;
        let _ = writeln!(
            text,
            "{count} loads of {size} bytes, {odd} not aligned, at {place:#x}"
        );
        for Frame { name, file, line } in &frames {
            let _ = writeln!(text, "    {name} {file}:{line}");
        }
    }
    text
}
