//! Patterns against the reference implementation's results, and against a matcher too simple to be wrong.

use lua_vm::text::pattern::{
    Capture, Matcher, PatternError, find_plain, has_specials, split_anchor,
};
use std::ops::Range;

fn find(
    source: &[u8],
    pattern: &[u8],
    init: usize,
) -> Result<Option<(Range<usize>, Vec<Capture>)>, PatternError> {
    if !has_specials(pattern) {
        let found = find_plain(source, pattern, init);
        return Ok(found.map(|start| (start..start + pattern.len(), Vec::new())));
    }
    let (anchored, pattern) = split_anchor(pattern);
    let mut matcher = Matcher::new(source, pattern);
    let found = if anchored {
        matcher.match_at(init)?.map(|end| init..end)
    } else {
        matcher.search(init, None)?
    };
    let Some(whole) = found else { return Ok(None) };
    let captures: Result<_, _> = (0..matcher.capture_count())
        .map(|index| matcher.capture(index, whole.clone()))
        .collect();
    Ok(Some((whole, captures?)))
}

/// `gsub(source, pattern, "<%0>")`.
fn mark(source: &[u8], pattern: &[u8]) -> Result<Vec<u8>, PatternError> {
    let (anchored, pattern) = split_anchor(pattern);
    let mut matcher = Matcher::new(source, pattern);
    let (mut out, mut from, mut last_end) = (Vec::new(), 0, None);
    loop {
        let found = if anchored {
            matcher.match_at(from)?.map(|end| from..end)
        } else {
            matcher.search(from, last_end)?
        };
        let Some(found) = found else { break };
        out.extend(&source[from..found.start]);
        out.push(b'<');
        out.extend(&source[found.clone()]);
        out.push(b'>');
        from = found.end;
        last_end = Some(from);
        if anchored {
            break;
        }
    }
    out.extend(&source[from..]);
    Ok(out)
}

fn show(
    source: &[u8],
    result: Result<Option<(Range<usize>, Vec<Capture>)>, PatternError>,
) -> String {
    match result {
        Err(error) => format!("!{error}"),
        Ok(None) => "nil".into(),
        Ok(Some((range, captures))) => {
            let mut out = format!("{}..{}", range.start + 1, range.end);
            for capture in captures {
                match capture {
                    Capture::Text(range) => {
                        out += "\t=";
                        out += &String::from_utf8_lossy(&source[range]);
                    }
                    Capture::Position(position) => out += &format!("\t@{position}"),
                }
            }
            out
        }
    }
}

/// Lines of: source, pattern, init, `gsub(source, pattern, "<%0>")`, results of `find`.
#[test]
fn reference_results() {
    let table = std::env::var("PATTERN_TABLE").map_or_else(
        |_| include_str!("tables/patterns.txt").to_owned(),
        |path| std::fs::read_to_string(path).unwrap(),
    );
    let mut lines = 0;
    for line in table.lines() {
        let mut fields = line.splitn(5, '\t');
        let mut field = || fields.next().unwrap();
        let (source, pattern, init, marked, found) = (field(), field(), field(), field(), field());
        let (source, pattern) = (source.as_bytes(), pattern.as_bytes());
        let init: usize = init.parse().unwrap();
        assert_eq!(
            show(source, find(source, pattern, init - 1)),
            found,
            "{line}"
        );
        let own = mark(source, pattern).map_or_else(
            |error| error.to_string(),
            |out| String::from_utf8(out).unwrap(),
        );
        assert_eq!(own, marked, "{line}");
        lines += 1;
    }
    assert!(lines > 1000);
}
